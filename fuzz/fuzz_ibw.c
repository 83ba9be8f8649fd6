/* Igor binary waves, versions 1, 2, 3 and 5; once as they are, once with the header's checksum put right. */
#include "io/ibw.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_ibw_wave wave = {0};
  volatile double sum = 0.0;
  if (lg_ctx_create(&ctx) != LG_OK) return;
  if (lg_ibw_is(data, size)) sum += 1.0;
  if (lg_ibw_parse(ctx, data, size, &wave) == LG_OK)
    for (size_t k = 0; k < wave.n * wave.n_columns; k++) sum += wave.values[k];
  lg_ibw_destroy(ctx, &wave);
  lg_ctx_destroy(ctx);
}

/* The 16-bit words of the header sum to 0; damage would otherwise end there. */
static void repair(uint8_t *b, size_t size) {
  const bool big = b[0] == 0;
  const unsigned version = big ? b[1] : b[0];
  const size_t at = version == 5 ? 2 : version == 3 ? 18 : 14, end = version == 5 ? 384 : version == 3 ? 130 : 126;
  if (size < end) return;
  unsigned sum = 0;
  b[at] = b[at + 1] = 0;
  for (size_t k = 0; k < end; k += 2) sum += big ? (unsigned)(b[k] << 8 | b[k + 1]) : (unsigned)(b[k + 1] << 8 | b[k]);
  sum = (0x10000u - (sum & 0xffffu)) & 0xffffu;
  b[at + (big ? 1 : 0)] = (uint8_t)(sum & 0xffu);
  b[at + (big ? 0 : 1)] = (uint8_t)(sum >> 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  parse(data, size);
  uint8_t *copy = malloc(size ? size : 1);
  if (!copy) return 0;
  if (size) memcpy(copy, data, size);
  if (size > 8) repair(copy, size);
  parse(copy, size);
  free(copy);
  return 0;
}
