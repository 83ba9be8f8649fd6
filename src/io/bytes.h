/**
 * @file bytes.h
 * @brief Read little-endian numbers and strings from a memory image; outside of it gives 0 and sets a flag, never a
 * crash.
 */
#ifndef LG_BYTES_H
#define LG_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** A memory image. `outside` is set by the first read that leaves it. */
typedef struct lg_bytes {
  const unsigned char *data;
  size_t n;
  bool outside;
} lg_bytes;

/** @brief Whether [offset, offset + count) lies inside. */
static inline bool lg_bytes_holds(const lg_bytes *b, size_t offset, size_t count) {
  return offset <= b->n && count <= b->n - offset;
}

static inline uint64_t lg_bytes_unsigned(lg_bytes *b, size_t offset, unsigned width) {
  if (!lg_bytes_holds(b, offset, width)) {
    b->outside = true;
    return 0;
  }
  uint64_t u = 0;
  for (unsigned k = 0; k < width; k++) u |= (uint64_t)b->data[offset + k] << (8 * k);
  return u;
}

static inline uint8_t lg_bytes_u8(lg_bytes *b, size_t offset) { return (uint8_t)lg_bytes_unsigned(b, offset, 1); }
static inline uint16_t lg_bytes_u16(lg_bytes *b, size_t offset) { return (uint16_t)lg_bytes_unsigned(b, offset, 2); }
static inline uint32_t lg_bytes_u32(lg_bytes *b, size_t offset) { return (uint32_t)lg_bytes_unsigned(b, offset, 4); }
static inline uint64_t lg_bytes_u64(lg_bytes *b, size_t offset) { return lg_bytes_unsigned(b, offset, 8); }

static inline int16_t lg_bytes_i16(lg_bytes *b, size_t offset) {
  const uint16_t u = lg_bytes_u16(b, offset);
  int16_t x;
  memcpy(&x, &u, sizeof x);
  return x;
}

static inline int32_t lg_bytes_i32(lg_bytes *b, size_t offset) {
  const uint32_t u = lg_bytes_u32(b, offset);
  int32_t x;
  memcpy(&x, &u, sizeof x);
  return x;
}

static inline float lg_bytes_f32(lg_bytes *b, size_t offset) {
  const uint32_t u = lg_bytes_u32(b, offset);
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}

static inline double lg_bytes_f64(lg_bytes *b, size_t offset) {
  const uint64_t u = lg_bytes_u64(b, offset);
  double x;
  memcpy(&x, &u, sizeof x);
  return x;
}

/**
 * @brief Copy a text of at most `width` bytes (it ends at the first 0) without leading and trailing blanks.
 *
 * The micro sign of Latin-1 becomes 'u'; other bytes that are not printable ASCII become '?'.
 */
static inline void lg_bytes_text(lg_bytes *b, size_t offset, size_t width, char *out, size_t out_bytes) {
  size_t length = 0;
  out[0] = '\0';
  if (!lg_bytes_holds(b, offset, width)) {
    b->outside = true;
    return;
  }
  const unsigned char *text = b->data + offset;
  size_t end = 0;
  while (end < width && text[end] != 0) end++;
  while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t')) end--;
  size_t k = 0;
  while (k < end && (text[k] == ' ' || text[k] == '\t')) k++;
  for (; k < end && length + 1 < out_bytes; k++) {
    const unsigned char c = text[k];
    if (c == 0xb5) out[length++] = 'u';
    else out[length++] = (char)(c >= 32 && c < 127 ? c : '?');
  }
  out[length] = '\0';
}

#endif
