#include "app/serve/live_record.h"

#include <math.h>
#include <string.h>

static void put(unsigned char *to, uint64_t x, size_t n) {
  for (size_t k = 0; k < n; k++) to[k] = (unsigned char)(x >> (8 * k));
}

static void put_double(unsigned char *to, double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  put(to, bits, 8);
}

static uint64_t get(const unsigned char *from, size_t n) {
  uint64_t x = 0;
  for (size_t k = 0; k < n; k++) x |= (uint64_t)from[k] << (8 * k);
  return x;
}

static double get_double(const unsigned char *from) {
  const uint64_t bits = get(from, 8);
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static size_t size_of(live_type type) { return type == LIVE_INT16 ? 2 : type == LIVE_FLOAT32 ? 4 : 1; }

size_t live_payload(live_type type, size_t n) { return (n * size_of(type) + 7) / 8 * 8; }

void live_put_header(const live_header *h, unsigned char bytes[LIVE_HEADER]) {
  memcpy(bytes, "LGLV", 4);
  put(bytes + 4, LIVE_VERSION, 2);
  put(bytes + 6, LIVE_HEADER, 2);
  put(bytes + 8, h->number, 8);
  put_double(bytes + 16, h->t_ms);
  put_double(bytes + 24, h->dt_ms);
  put(bytes + 32, h->n, 4);
  bytes[36] = (unsigned char)h->quantity;
  bytes[37] = (unsigned char)h->type;
  put(bytes + 38, h->flags, 2);
  put_double(bytes + 40, h->scale);
  put_double(bytes + 48, h->offset);
  put(bytes + 56, h->payload, 4);
  put(bytes + 60, 0, 4);
}

bool live_get_header(const unsigned char bytes[LIVE_HEADER], live_header *h) {
  if (memcmp(bytes, "LGLV", 4) != 0 || get(bytes + 4, 2) != LIVE_VERSION || get(bytes + 6, 2) != LIVE_HEADER)
    return false;
  *h = (live_header){.number = get(bytes + 8, 8),
                     .t_ms = get_double(bytes + 16),
                     .dt_ms = get_double(bytes + 24),
                     .n = (uint32_t)get(bytes + 32, 4),
                     .quantity = (live_quantity)bytes[36],
                     .type = (live_type)bytes[37],
                     .flags = (unsigned)get(bytes + 38, 2),
                     .scale = get_double(bytes + 40),
                     .offset = get_double(bytes + 48),
                     .payload = (uint32_t)get(bytes + 56, 4)};
  return bytes[36] <= LIVE_STATES && bytes[37] <= LIVE_FLOAT32 &&
         (bytes[36] == LIVE_WORDS) == (bytes[37] == LIVE_BYTES) && h->payload <= LIVE_MOST_PAYLOAD &&
         h->payload == live_payload(h->type, h->n) && get(bytes + 60, 4) == 0;
}

void live_put_values(const live_header *h, const double *values, unsigned char *bytes) {
  const size_t size = size_of(h->type);
  for (size_t k = 0; k < h->n; k++) {
    const double stored = (values[k] - h->offset) / h->scale;
    if (h->type == LIVE_INT16) {
      const double near = floor(fmin(fmax(stored, -32768.0), 32767.0) + 0.5);
      put(bytes + size * k, (uint64_t)(int64_t)fmin(near, 32767.0), size);
    } else {
      const float f = (float)stored;
      uint32_t bits;
      memcpy(&bits, &f, sizeof bits);
      put(bytes + size * k, bits, size);
    }
  }
  memset(bytes + size * h->n, 0, h->payload - size * h->n);
}
