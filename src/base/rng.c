/* Philox 4x32-10 by Random123 (Salmon, Moraes, Dror, Shaw 2011, SC11, doi 10.1145/2063384.2063405). */
#include "base/base.h"
#include "base/elementary.h"

#ifdef __wasm__
#include "base/philox.h"
#else
#include <Random123/philox.h>
#endif

lg_rng lg_rng_make(uint64_t seed, uint64_t stream, uint64_t index) {
  lg_rng rng = {.seed = seed, .stream = stream, .index = index};
  return rng;
}

/* key = seed; counter = (block, stream mixed with index): stream and index are whitened by one Philox call of their own
   so that 192 bits of name fit the 128-bit counter without structure. */
static void refill(lg_rng *rng) {
  philox4x32_key_t key = {{(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)}};
  philox4x32_ctr_t name = {
      {(uint32_t)rng->stream, (uint32_t)(rng->stream >> 32), (uint32_t)rng->index, (uint32_t)(rng->index >> 32)}};
  const philox4x32_ctr_t whitened = philox4x32(name, key);
  philox4x32_ctr_t counter = {{whitened.v[0], whitened.v[1], whitened.v[2] ^ (uint32_t)rng->block,
                               whitened.v[3] ^ (uint32_t)(rng->block >> 32)}};
  key.v[0] ^= 0x5bd1e995u; /* a different key than the naming call */
  const philox4x32_ctr_t out = philox4x32(counter, key);
  for (int k = 0; k < 4; k++) rng->words[k] = out.v[k];
  rng->block++;
  rng->left = 4;
}

uint32_t lg_rng_u32(lg_rng *rng) {
  if (rng->left == 0) refill(rng);
  return rng->words[4 - rng->left--];
}

uint64_t lg_rng_u64(lg_rng *rng) {
  const uint64_t high = lg_rng_u32(rng);
  return high << 32 | lg_rng_u32(rng);
}

double lg_rng_uniform(lg_rng *rng) { return ((double)(lg_rng_u64(rng) >> 11) + 0.5) * 0x1p-53; }

double lg_rng_range(lg_rng *rng, double low, double high) { return low + (high - low) * lg_rng_uniform(rng); }

double lg_rng_normal(lg_rng *rng) {
  if (rng->has_spare) {
    rng->has_spare = 0;
    return rng->spare;
  }
  const double radius = sqrt(-2.0 * lg_ln(lg_rng_uniform(rng)));
  double sine, cosine;
  lg_sincos_turn(lg_rng_uniform(rng), &sine, &cosine);
  rng->spare = radius * sine;
  rng->has_spare = 1;
  return radius * cosine;
}

uint64_t lg_rng_below(lg_rng *rng, uint64_t n) {
  const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
  uint64_t x;
  do x = lg_rng_u64(rng);
  while (x >= limit);
  return x % n;
}
