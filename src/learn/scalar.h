/**
 * @file scalar.h
 * @brief exp, tanh, sigmoid, softplus of one number in float and double, for the kernels of the learning engine.
 *
 * The float versions are polynomials of float additions, multiplications, explicit fused multiply-adds and one
 * division, without a branch on the value, so that loops over them vectorise for AVX2 and AVX-512 with the same bits;
 * without FMA instructions libm's fmaf gives those bits, slowly. Errors: exp < 2 ulp, tanh < 6 ulp, sigmoid < 4 ulp
 * (tests/unit/test_learn_kernels.c).
 */
#ifndef LG_LEARN_SCALAR_H
#define LG_LEARN_SCALAR_H

#include "base/elementary.h"

static inline uint32_t lg_bits_of_f32(float x) {
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}

static inline float lg_of_bits_f32(uint32_t u) {
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}

/** @brief e^x in float (Cephes' expf polynomial). Infinity above 88.72; flushed to 0 below -86.9; NaN stays NaN. */
static inline float lg_exp_f32(float x) {
  float c = x > 88.722839f ? 88.722839f : x;
  c = c < -86.9f ? -86.9f : c;
  const float shifted = fmaf(c, 1.44269504088896341f, 0x1.8p23f); /* round to nearest integer by magic number */
  const float n = shifted - 0x1.8p23f;
  const float r = fmaf(n, 2.12194440e-4f, fmaf(n, -0.693359375f, c)), z = r * r;
  /* the polynomial in pairs: a shorter chain than Horner's */
  const float low = fmaf(1.6666665459e-1f, r, 5.0000001201e-1f), middle = fmaf(8.3334519073e-3f, r, 4.1665795894e-2f);
  const float high = fmaf(1.9875691500e-4f, r, 1.3981999507e-3f);
  const float p = fmaf(fmaf(high, z, middle), z, low);
  const float e = fmaf(p, z, r) + 1.0f;
  /* half the scale, then twice the result: 2^128 would overflow before e^x does */
  const float half = lg_of_bits_f32((lg_bits_of_f32(shifted) + 126u) << 23);
  const float y = 2.0f * (half * e);
  const float up = x > 88.722839f ? (float)INFINITY : y;
  return x < -86.9f ? 0.0f : up;
}

/** @brief tanh x in float: odd rational function of degree 13/6 (as in Eigen), clamped where the result rounds to 1. */
static inline float lg_tanh_f32(float x) {
  float c = x > 7.90531110763549805f ? 7.90531110763549805f : x;
  c = c < -7.90531110763549805f ? -7.90531110763549805f : c;
  const float z = c * c, z2 = z * z;
  const float p0 = fmaf(6.37261928875436e-04f, z, 4.89352455891786e-03f);
  const float p1 = fmaf(5.12229709037114e-08f, z, 1.48572235717979e-05f);
  const float p2 = fmaf(2.00018790482477e-13f, z, -8.60467152213735e-11f);
  const float p = fmaf(fmaf(fmaf(-2.76076847742355e-16f, z2, p2), z2, p1), z2, p0);
  const float q0 = fmaf(2.26843463243900e-03f, z, 4.89352518554385e-03f);
  const float q1 = fmaf(1.19825839466702e-06f, z, 1.18534705686654e-04f);
  const float y = c * p / fmaf(q1, z2, q0);
  const float low = y < -1.0f ? -1.0f : y; /* rounding must not leave [-1, 1] */
  return low > 1.0f ? 1.0f : low;
}

/** @brief ln x in float for normal x > 0, which is not checked (Cephes' logf polynomial); error < 1 ulp of ln 2 or x.
 */
static inline float lg_ln_f32(float x) {
  /* x = m 2^k with m in sqrt(1/2) … sqrt(2) */
  const uint32_t bits = lg_bits_of_f32(x) - 0x3f3504f3u;
  const float k = (float)(int32_t)(bits >> 23 | (bits & 0x80000000u ? 0xfffffe00u : 0u));
  const float f = lg_of_bits_f32((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f, z = f * f;
  const float p0 = fmaf(f, -2.4999993993e-1f, 3.3333331174e-1f);
  const float p1 = fmaf(-1.6668057665e-1f, f, 2.0000714765e-1f), p2 = fmaf(-1.2420140846e-1f, f, 1.4249322787e-1f);
  const float p3 = fmaf(-1.1514610310e-1f, f, 1.1676998740e-1f);
  const float high = fmaf(fmaf(7.0376836292e-2f, z, p3), z, p2);
  const float p = fmaf(fmaf(high, z, p1), z, p0);
  const float tail = fmaf(-0.5f, z, fmaf(k, -2.12194440e-4f, f * z * p));
  return fmaf(k, 0.693359375f, f + tail);
}

/** @brief 1 / (1 + e^-x) in float. */
static inline float lg_sigmoid_f32(float x) { return 1.0f / (1.0f + lg_exp_f32(-x)); }

/** @brief ln(1 + e^x) in float, through double. */
static inline float lg_softplus_f32(float x) {
  const double a = fabs((double)x);
  return (float)((x > 0.0f ? (double)x : 0.0) + lg_ln(1.0 + lg_exp(-a)));
}

static inline double lg_exp_f64(double x) { return lg_exp(x); }
static inline double lg_tanh_f64(double x) { return lg_tanh(x); }
static inline double lg_sigmoid_f64(double x) { return lg_sigmoid(x); }

/** @brief ln(1 + e^x). */
static inline double lg_softplus_f64(double x) { return (x > 0.0 ? x : 0.0) + lg_ln(1.0 + lg_exp(-fabs(x))); }

static inline float lg_sqrt_f32(float x) { return sqrtf(x); }
static inline double lg_sqrt_f64(double x) { return sqrt(x); }

#endif
