/** @file splitmix.h @brief The small generator that gaps and impacts of the references are drawn from. */
#ifndef LG_AXON_SPLITMIX_H
#define LG_AXON_SPLITMIX_H

#include "base/elementary.h"

#include <math.h>

/** @brief splitmix64 (Steele, Lea & Flood 2014), 53 bits in [0, 1). */
static inline double lg_axon_uniform(uint64_t *x) {
  *x += UINT64_C(0x9E3779B97F4A7C15);
  uint64_t z = *x;
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  z ^= z >> 31;
  return (double)(z >> 11) * 0x1p-53;
}

/** @brief Standard normal out of two draws (Box-Muller). */
static inline double lg_axon_normal(uint64_t *x) {
  const double u1 = 1.0 - lg_axon_uniform(x), u2 = lg_axon_uniform(x);
  double sine, cosine;
  lg_sincos_turn(u2, &sine, &cosine);
  return sqrt(-2.0 * lg_ln(u1)) * cosine;
}

#endif
