/**
 * @file special.h
 * @brief More functions of our own, beside those of base/elementary.h: the same bits from every compiler and library.
 *
 * Plain C, no libm call but sqrt and fabs, which are exact everywhere. Thread-safe, allocate nothing.
 */
#ifndef LG_SPECIAL_H
#define LG_SPECIAL_H

#include "base/elementary.h"

/** @brief ln(1 + x) without cancellation near 0: ln of the rounded sum, and what rounding lost. 2 ulp. */
static inline double lg_log1p(double x) {
  const double u = 1.0 + x;
  if (!(u > 0.0) || u > 1.7976931348623157e308) return lg_ln(u);
  return lg_ln(u) - ((u - 1.0) - x) / u;
}

/** @brief sinh x. 4 ulp; infinite above 709.7. */
static inline double lg_sinh(double x) {
  const double a = fabs(x), e = lg_expm1(a);
  const double y = a > 30.0 ? 0.5 * lg_exp(a) : 0.5 * (e + e / (1.0 + e));
  return x < 0.0 ? -y : y;
}

/** @brief asinh x. 4 ulp, for |x| < 1e150. */
static inline double lg_asinh(double x) {
  const double a = fabs(x), y = lg_log1p(a + a * a / (1.0 + sqrt(1.0 + a * a)));
  return x < 0.0 ? -y : y;
}

/** @brief sqrt(x^2 + y^2) without overflow; 2 ulp. */
static inline double lg_hypot(double x, double y) {
  const double a = fmax(fabs(x), fabs(y)), b = fmin(fabs(x), fabs(y)), t = b / a;
  return a > 0.0 ? a * sqrt(1.0 + t * t) : a;
}

/** @brief x^n by repeated multiplication, for small whole n of either sign. */
static inline double lg_power(double x, int n) {
  double y = 1.0;
  for (int k = 0; k < (n < 0 ? -n : n); k++) y *= x;
  return n < 0 ? 1.0 / y : y;
}

/**
 * @brief The complementary error function, 2/sqrt(pi) times the integral of exp(-t^2) from x on.
 *
 * Rational approximations of FreeBSD's s_erf.c (Sun Microsystems 1993). Error below 8 ulp where the result is normal.
 */
double lg_erfc(double x);

/** @brief The angle of the point (x, y), -pi … pi, by FreeBSD's s_atan.c. 2 ulp; 0 at the origin. */
double lg_atan2(double y, double x);

#endif
