/**
 * @file nmodl_math.h
 * @brief Powers, logarithms and circular functions without branches: the same bits in every interpreter and in compiled
 * mechanisms. Included, together with base/elementary.h, by the C text that is compiled.
 */
#ifndef LG_NMODL_MATH_H
#define LG_NMODL_MATH_H

#include "base/elementary.h"

/* e^r - 1 for x = n ln2 + r: a Chebyshev fit of (e^r - 1 - r) / r^2, as the built-in channels have it; *scale = 2^n. */
static inline double lg_nm_reduced(double x, double *scale) {
  const double shifted = fma(x, 0x1.71547652b82fep+0, 0x1.8p52), n = shifted - 0x1.8p52;
  const double r = fma(n, -0x1.ef35793c76730p-45, fma(n, -0x1.62e42fefa3800p-1, x)), r2 = r * r;
  double even = 0x1.289185613a3d6p-22, odd = 0x1.af38a9b0ec855p-26;
  even = fma(even, r2, 0x1.a019b90d2ae7ap-16);
  odd = fma(odd, r2, 0x1.71de0dae63bb3p-19);
  even = fma(even, r2, 0x1.6c16c1788bd90p-10);
  odd = fma(odd, r2, 0x1.a01a01a7c41d5p-13);
  even = fma(even, r2, 0x1.5555555553d63p-5);
  odd = fma(odd, r2, 0x1.11111111109b3p-7);
  even = fma(even, r2, 0.5);
  odd = fma(odd, r2, 0x1.5555555555556p-3);
  *scale = lg_of_bits((lg_bits_of(shifted) + 1023u) << 52);
  return fma(r2, fma(odd, r, even), r);
}

/** @brief e^x with fused operations: infinity above 709, 0 below -708. */
static inline double lg_nm_exp(double x) {
  const double c = x > 709.0 ? 709.0 : (x < -708.0 ? -708.0 : x);
  double scale;
  const double reduced = lg_nm_reduced(c, &scale), y = fma(scale, reduced, scale);
  return x > 709.0 ? (double)INFINITY : (x < -708.0 ? 0.0 : y);
}

/** @brief e^x - 1, likewise. */
static inline double lg_nm_expm1(double x) {
  const double c = x > 709.0 ? 709.0 : (x < -708.0 ? -708.0 : x);
  double scale;
  const double reduced = lg_nm_reduced(c, &scale), y = fma(scale, reduced, scale - 1.0);
  return x > 709.0 ? (double)INFINITY : y;
}

/** @brief tanh x by that. */
static inline double lg_nm_tanh(double x) {
  const double a = fabs(x) > 22.0 ? 22.0 : fabs(x), e = lg_nm_expm1(2.0 * a), t = e / (e + 2.0);
  return x != x ? x : (x < 0.0 ? -t : t);
}

/** @brief Natural logarithm by the method of lg_ln, without branches. */
static inline double lg_nm_ln(double x) {
  const int small = x < 2.2250738585072014e-308;
  const double y = small ? x * 0x1p54 : x;
  const uint64_t u = lg_bits_of(y) + ((uint64_t)0x3ff0000000000000 - (uint64_t)0x3fe6a09e667f3bcd);
  /* the exponent as a double without a conversion of integers, which AVX2 lacks */
  const double k =
      (lg_of_bits((u >> 52) | (uint64_t)0x4330000000000000) - 4503599627370496.0) - (small ? 1077.0 : 1023.0);
  const double f = lg_of_bits((u & (uint64_t)0x000fffffffffffff) + (uint64_t)0x3fe6a09e667f3bcd) - 1.0;
  const double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
  double p = 1.479819860511658591e-01;
  p = p * z + 1.531383769920937332e-01;
  p = p * z + 1.818357216161805012e-01;
  p = p * z + 2.222219843214978396e-01;
  p = p * z + 2.857142874366239149e-01;
  p = p * z + 3.999999999940941908e-01;
  p = p * z + 6.666666666666735130e-01;
  const double r =
      k * 6.93147180369123816490e-01 - ((half - (s * (half + z * p) + k * 1.90821492927058770002e-10)) - f);
  const double positive = x > 1.7976931348623157e308 ? x : r;
  return x > 0.0 ? positive : (x == 0.0 ? -(double)INFINITY : (double)NAN);
}

/** @brief x^y; of a negative x only with a whole y. */
static inline double lg_nm_pow(double x, double y) {
  const double a = lg_nm_exp(y * lg_nm_ln(fabs(x)));
  const double whole = floor(y), odd = y - 2.0 * floor(0.5 * y);
  const double negative = whole == y ? (odd == 1.0 ? -a : a) : (double)NAN;
  const double r = x < 0.0 ? negative : (x != x ? x : a);
  return y == 0.0 ? 1.0 : r;
}

/** @brief sin and cos of an angle; the error grows with |x| as |x| 1e-16. */
static inline double lg_nm_sin(double x) {
  double s, c;
  lg_sincos_turn(x * 0.15915494309189533577, &s, &c);
  return s;
}
static inline double lg_nm_cos(double x) {
  double s, c;
  lg_sincos_turn(x * 0.15915494309189533577, &s, &c);
  return c;
}

#endif
