/**
 * @file elementary.h
 * @brief exp, log, expm1, tanh, sin, cos of our own: the same bits from every compiler and on every machine.
 *
 * Plain C with no table, no branch on the fast path and no libm call, so that loops over them vectorise. Compiled
 * with -ffp-contract=off everything here is exactly reproducible. Errors are below 2 ulp
 * (tests/unit/test_elementary.c).
 */
#ifndef LG_ELEMENTARY_H
#define LG_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t lg_bits_of(double x) {
  uint64_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}

static inline double lg_of_bits(uint64_t u) {
  double x;
  memcpy(&x, &u, sizeof x);
  return x;
}

/* exp(r) - 1 for |r| <= ln2/2: Taylor to r^13, whose remainder is below 2^-57 there. */
static inline double lg_expm1_reduced(double r) {
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  return r + r * r * p;
}

/* Split x = n*ln2 + r (Cody–Waite); *scale = 2^n. x must be within ±708. */
static inline double lg_exp_reduce(double x, double *scale) {
  const double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p52; /* round to nearest integer by magic number */
  const double n = shifted - 0x1.8p52;
  *scale = lg_of_bits((lg_bits_of(shifted) + 1023u) << 52);
  return (x - n * 0x1.62e42fefa3800p-1) - n * 0x1.ef35793c76730p-45;
}

/** @brief e^x. Overflows to infinity above 709.7; 0 below -708; NaN stays NaN. */
static inline double lg_exp(double x) {
  const double c = x > 709.782712893384 ? 709.782712893384 : (x < -708.0 ? -708.0 : x);
  double scale;
  const double r = lg_exp_reduce(c, &scale);
  /* half the scale, then twice the result: 2^1024 would overflow before e^x does */
  const double half = lg_of_bits(lg_bits_of(scale) - ((uint64_t)1 << 52));
  const double y = 2.0 * (half + half * lg_expm1_reduced(r));
  return x > 709.782712893384 ? (double)INFINITY : (x < -708.0 ? 0.0 : y);
}

/** @brief e^x for |x| <= 700, which is not checked: the bits of lg_exp there at two thirds of its price. */
static inline double lg_exp_within(double x) {
  double scale;
  const double r = lg_exp_reduce(x, &scale);
  return scale + scale * lg_expm1_reduced(r);
}

/** @brief e^x - 1 without cancellation near 0. */
static inline double lg_expm1(double x) {
  const double c = x > 708.0 ? 708.0 : (x < -708.0 ? -708.0 : x);
  double scale;
  const double r = lg_exp_reduce(c, &scale);
  return scale * lg_expm1_reduced(r) + (scale - 1.0);
}

/** @brief tanh x. */
static inline double lg_tanh(double x) {
  const double a = fabs(x) > 22.0 ? 22.0 : fabs(x);
  const double e = lg_expm1(2.0 * a);
  const double t = e / (e + 2.0);
  return x != x ? x : (x < 0.0 ? -t : t);
}

/** @brief 1 / (1 + e^-x), without overflow. */
static inline double lg_sigmoid(double x) {
  const double e = lg_exp(-fabs(x));
  return x >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

/** @brief x / (e^x - 1), 1 at 0: the removable singularity of Hodgkin–Huxley rates. */
static inline double lg_x_over_expm1(double x) { return x == 0.0 ? 1.0 : x / lg_expm1(x); }

/** @brief Natural logarithm (method of FreeBSD's e_log.c). -inf at 0, NaN below. */
static inline double lg_ln(double x) {
  if (!(x > 0.0)) return x == 0.0 ? -(double)INFINITY : (double)NAN;
  if (x > 1.7976931348623157e308) return x;
  double k = 0.0;
  if (x < 2.2250738585072014e-308) {
    x *= 0x1p54;
    k = -54.0;
  }
  uint64_t u = lg_bits_of(x);
  u += (uint64_t)0x3ff0000000000000 - (uint64_t)0x3fe6a09e667f3bcd;
  k += (double)((int)(u >> 52) - 1023);
  u = (u & (uint64_t)0x000fffffffffffff) + (uint64_t)0x3fe6a09e667f3bcd;
  const double f = lg_of_bits(u) - 1.0;
  const double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
  double p = 1.479819860511658591e-01;
  p = p * z + 1.531383769920937332e-01;
  p = p * z + 1.818357216161805012e-01;
  p = p * z + 2.222219843214978396e-01;
  p = p * z + 2.857142874366239149e-01;
  p = p * z + 3.999999999940941908e-01;
  p = p * z + 6.666666666666735130e-01;
  const double remainder = z * p;
  return k * 6.93147180369123816490e-01 - ((half - (s * (half + remainder) + k * 1.90821492927058770002e-10)) - f);
}

/** @brief x^y for x > 0, as exp(y ln x): relative error about |y ln x| ulp. */
static inline double lg_pow(double x, double y) { return lg_exp(y * lg_ln(x)); }

/** @brief Sine and cosine of a whole turn times u (angle 2 pi u). Exact reduction for any |u| < 2^51. */
static inline void lg_sincos_turn(double u, double *sine, double *cosine) {
  const double quarters = 4.0 * u;
  const double shifted = quarters + 0x1.8p52;
  const unsigned quadrant = (unsigned)(lg_bits_of(shifted) & 3u);
  const double x = (quarters - (shifted - 0x1.8p52)) * 1.57079632679489661923;
  const double z = x * x;
  double s = 1.0 / 355687428096000.0;
  s = s * z - 1.0 / 1307674368000.0;
  s = s * z + 1.0 / 6227020800.0;
  s = s * z - 1.0 / 39916800.0;
  s = s * z + 1.0 / 362880.0;
  s = s * z - 1.0 / 5040.0;
  s = s * z + 1.0 / 120.0;
  s = s * z - 1.0 / 6.0;
  s = x + x * z * s;
  double c = 1.0 / 20922789888000.0;
  c = c * z - 1.0 / 87178291200.0;
  c = c * z + 1.0 / 479001600.0;
  c = c * z - 1.0 / 3628800.0;
  c = c * z + 1.0 / 40320.0;
  c = c * z - 1.0 / 720.0;
  c = c * z + 1.0 / 24.0;
  c = 1.0 - (0.5 * z - z * z * c);
  const double a = quadrant & 1u ? c : s, b = quadrant & 1u ? s : c;
  *sine = quadrant & 2u ? -a : a;
  *cosine = (quadrant + 1u) & 2u ? -b : b;
}

#endif
