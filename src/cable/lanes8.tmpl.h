/*
 * Eight instances at a time, in one text for three instruction sets: the includer defines
 *   LEVEL           what names end with: plain, v3, v4
 *   FMA(a, b, c)    a b + c
 * and loops over eight doubles become vectors. Fused products make the last bits of the levels differ
 * (docs/decisions/0002-bits.md); tests hold them together to 1e-12.
 */
#include "base/elementary.h"
#include "cable/mechanism.h"

#define LG_JOIN_AS_IS(a, b) a##_##b
#define LG_JOIN(a, b) LG_JOIN_AS_IS(a, b)
#define LG_M(name) LG_JOIN(name, LEVEL)

enum { W = 8 };

#define EACH for (size_t l = 0; l < W; l++)

/* e^x and e^x - 1, |x| <= 700, which is not checked: x = n ln2 + r, then a Chebyshev fit of (e^r - 1 - r) / r^2. */
static inline double LG_M(exp_both)(double x, double *minus_one) {
  const double shifted = FMA(x, 0x1.71547652b82fep+0, 0x1.8p52), n = shifted - 0x1.8p52;
  const double r = FMA(n, -0x1.ef35793c76730p-45, FMA(n, -0x1.62e42fefa3800p-1, x)), r2 = r * r;
  double even = 0x1.289185613a3d6p-22, odd = 0x1.af38a9b0ec855p-26;
  even = FMA(even, r2, 0x1.a019b90d2ae7ap-16);
  odd = FMA(odd, r2, 0x1.71de0dae63bb3p-19);
  even = FMA(even, r2, 0x1.6c16c1788bd90p-10);
  odd = FMA(odd, r2, 0x1.a01a01a7c41d5p-13);
  even = FMA(even, r2, 0x1.5555555553d63p-5);
  odd = FMA(odd, r2, 0x1.11111111109b3p-7);
  even = FMA(even, r2, 0.5);
  odd = FMA(odd, r2, 0x1.5555555555556p-3);
  const double reduced = FMA(r2, FMA(odd, r, even), r);
  const double scale = lg_of_bits((lg_bits_of(shifted) + 1023u) << 52);
  *minus_one = FMA(scale, reduced, scale - 1.0);
  return FMA(scale, reduced, scale);
}

static inline double LG_M(exp)(double x) {
  double unused;
  return LG_M(exp_both)(x, &unused);
}

static inline double LG_M(expm1)(double x) {
  double minus_one;
  (void)LG_M(exp_both)(x, &minus_one);
  return minus_one;
}

/* x / (e^x - 1), 1 at 0. */
static inline double LG_M(over_expm1)(double x) {
  const double minus_one = LG_M(expm1)(x);
  return x == 0.0 ? 1.0 : x / minus_one;
}

/* 1 / (1 + e^-x) for |x| <= 700. */
static inline double LG_M(sigmoid)(double x) { return 1.0 / (1.0 + LG_M(exp)(-x)); }

/* ln x of a normal positive x: lg_ln without its special cases. */
static inline double LG_M(ln)(double x) {
  const uint64_t u = lg_bits_of(x) + ((uint64_t)0x3ff0000000000000 - (uint64_t)0x3fe6a09e667f3bcd);
  const double k = (lg_of_bits(u >> 52 | (uint64_t)0x4330000000000000) - 0x1p52) - 1023.0;
  const double m = lg_of_bits((u & (uint64_t)0x000fffffffffffff) + (uint64_t)0x3fe6a09e667f3bcd);
  const double f = m - 1.0, s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
  double p = 1.479819860511658591e-01;
  p = FMA(p, z, 1.531383769920937332e-01);
  p = FMA(p, z, 1.818357216161805012e-01);
  p = FMA(p, z, 2.222219843214978396e-01);
  p = FMA(p, z, 2.857142874366239149e-01);
  p = FMA(p, z, 3.999999999940941908e-01);
  p = FMA(p, z, 6.666666666666735130e-01);
  return FMA(k, 6.93147180369123816490e-01, f - (half - (s * FMA(p, z, half) + k * 1.90821492927058770002e-10)));
}

/* 1 - e^-y for y >= 0, as long as it may be. */
static inline double LG_M(share)(double y) { return -LG_M(expm1)(y < 700.0 ? -y : -700.0); }

/* A gate at a potential: where it goes, and how fast (1/ms). */
typedef struct LG_M(gate) {
  double steady, speed;
} LG_M(gate);

static inline LG_M(gate) LG_M(by_rates)(double a, double b, double q) {
  const double sum = a + b;
  return (LG_M(gate)){a / sum, q * sum};
}

/* Whether lanes k … k+7 stand on neighbouring nodes. The instances that fill up the last vector do not. */
static inline bool LG_M(straight)(const cable_block *block, size_t k) {
  return (block->contiguous || block->tiled) && k + W <= block->number;
}

static inline void LG_M(gather)(const cable_block *block, size_t k, const double *restrict from, double *restrict to) {
  const uint32_t *node = block->node + k;
  if (LG_M(straight)(block, k)) memcpy(to, from + node[0], W * sizeof *to);
  else EACH to[l] = from[node[l]];
}

/* The potential as rates see it: within ±400 mV, where no exponential overflows; NaN stays. */
static inline void LG_M(gather_v)(const cable_block *block, size_t k, const double *restrict v, double *restrict to) {
  LG_M(gather)(block, k, v, to);
  EACH to[l] = to[l] > 400.0 ? 400.0 : (to[l] < -400.0 ? -400.0 : to[l]);
}

/* Points may share a node: one after the other. */
static inline void LG_M(add)(const cable_block *block, size_t k, const double *restrict from, double *restrict to) {
  const uint32_t *node = block->node + k;
  if (LG_M(straight)(block, k)) {
    double *at = to + node[0];
    EACH at[l] += from[l];
  } else {
    EACH to[node[l]] += from[l];
  }
}
