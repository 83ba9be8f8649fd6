/*
 * Several instances at a time, in one text for three instruction sets. The includer has one of simd_*.h, whose vectors
 * take + - * / (with numbers too) and give the same bits at every length, and defines LEVEL, what names end with:
 * plain, v3, v4.
 */
#include "base/elementary.h"
#include "cable/level.h"
#include "cable/mechanism.h"

/* e^x and e^x - 1, |x| <= 700, which is not checked: x = n ln2 + r, then a Chebyshev fit of (e^r - 1 - r) / r^2. */
static inline V LG_M(exp_both)(V x, V *minus_one) {
  const V shifted = FMA(x, SET1(0x1.71547652b82fep+0), SET1(0x1.8p52)), n = shifted - SET1(0x1.8p52);
  const V r = FMA(n, SET1(-0x1.ef35793c76730p-45), FMA(n, SET1(-0x1.62e42fefa3800p-1), x)), r2 = r * r;
  V even = SET1(0x1.289185613a3d6p-22), odd = SET1(0x1.af38a9b0ec855p-26);
  even = FMA(even, r2, SET1(0x1.a019b90d2ae7ap-16));
  odd = FMA(odd, r2, SET1(0x1.71de0dae63bb3p-19));
  even = FMA(even, r2, SET1(0x1.6c16c1788bd90p-10));
  odd = FMA(odd, r2, SET1(0x1.a01a01a7c41d5p-13));
  even = FMA(even, r2, SET1(0x1.5555555553d63p-5));
  odd = FMA(odd, r2, SET1(0x1.11111111109b3p-7));
  even = FMA(even, r2, SET1(0.5));
  odd = FMA(odd, r2, SET1(0x1.5555555555556p-3));
  const V reduced = FMA(r2, FMA(odd, r, even), r), scale = POW2(shifted);
  *minus_one = FMA(scale, reduced, scale - SET1(1.0));
  return FMA(scale, reduced, scale);
}

static inline V LG_M(exp)(V x) {
  V unused;
  return LG_M(exp_both)(x, &unused);
}

static inline V LG_M(expm1)(V x) {
  V minus_one;
  (void)LG_M(exp_both)(x, &minus_one);
  return minus_one;
}

/* x / (e^x - 1), 1 at 0. */
static inline V LG_M(over_expm1)(V x) {
  const V minus_one = LG_M(expm1)(x);
  return SEL(ABOVE(ABS(x), SET1(0.0)), x / minus_one, SET1(1.0));
}

/* 1 / (1 + e^-x) for |x| <= 700. */
static inline V LG_M(sigmoid)(V x) { return SET1(1.0) / (SET1(1.0) + LG_M(exp)(-x)); }

/* ln x of a normal positive x: lg_ln without its special cases. */
static inline V LG_M(ln)(V x) {
  const V k = EXPONENT(x), f = FRACTION(x) - SET1(1.0);
  const V s = f / (SET1(2.0) + f), z = s * s, half = SET1(0.5) * f * f;
  V p = SET1(1.479819860511658591e-01);
  p = FMA(p, z, SET1(1.531383769920937332e-01));
  p = FMA(p, z, SET1(1.818357216161805012e-01));
  p = FMA(p, z, SET1(2.222219843214978396e-01));
  p = FMA(p, z, SET1(2.857142874366239149e-01));
  p = FMA(p, z, SET1(3.999999999940941908e-01));
  p = FMA(p, z, SET1(6.666666666666735130e-01));
  const V low = FMA(s, FMA(p, z, half), k * SET1(1.90821492927058770002e-10));
  return FMA(k, SET1(6.93147180369123816490e-01), f - (half - low));
}

/* 1 - e^-y for y >= 0, as large as it may be. */
static inline V LG_M(share)(V y) { return -LG_M(expm1)(MAXV(SET1(-700.0), -y)); }

/* A gate at a potential: where it goes, and how fast (1/ms). */
typedef struct LG_M(gate) {
  V steady, speed;
} LG_M(gate);

static inline LG_M(gate) LG_M(by_rates)(V a, V b, double q) {
  const V sum = a + b;
  return (LG_M(gate)){a / sum, SET1(q) * sum};
}

/* Whether instances k … k+W-1 stand on neighbouring nodes. Those that fill up the last vector do not. */
static inline bool LG_M(straight)(const cable_block *block, size_t k) {
  return (block->contiguous || block->tiled) && k + W <= block->number;
}

static inline V LG_M(gather)(const cable_block *block, size_t k, const double *from) {
  const uint32_t *node = block->node + k;
  return LG_M(straight)(block, k) ? LOAD(from + node[0]) : GATHER(from, node);
}

/* A potential as rates see it: within ±400 mV, where no exponential overflows; NaN stays. */
static inline V LG_M(hold)(V v) { return MAXV(SET1(-400.0), MINV(SET1(400.0), v)); }

/* Points may share a node: one after the other. */
static inline void LG_M(add)(const cable_block *block, size_t k, V x, double *to) {
  const uint32_t *node = block->node + k;
  if (LG_M(straight)(block, k)) {
    double *at = to + node[0];
    STORE(at, LOAD(at) + x);
  } else {
    double each[W];
    STORE(each, x);
    for (size_t l = 0; l < W; l++) to[node[l]] += each[l];
  }
}

/* What is left of a conductance after hundreds of time constants is nothing: it would become denormal, and slow. */
static inline V LG_M(left)(V x) { return SEL(BELOW(ABS(x), SET1(1e-100)), SET1(0.0), x); }

/*
 * A gate's rates as their mean over the step, with the commutator of their change and the relaxation (Magnus' series to
 * fourth order), by backward differences over three steps; limited where the potential jumps. Four arrays from `first`
 * on: opening rate and speed of even and of odd steps.
 */
static inline LG_M(gate)
    LG_M(averaged)(const cable_block *block, size_t k, size_t first, const cable_moment *now, LG_M(gate) gate) {
  if (!block->memory) return gate;
  const size_t odd = (size_t)(now->step & 1);
  double *const *old = block->memory + first + 2 * odd, *const *new = block->memory + first + 2 * (1 - odd);
  const V s0 = gate.speed, a0 = gate.steady * s0;
  if (now->step >= 2) {
    const V a1 = LOAD(new[0] + k), s1 = LOAD(new[1] + k), a2 = LOAD(old[0] + k), s2 = LOAD(old[1] + k);
    const V da = FMA(SET1(1.5), a0, FMA(SET1(-2.0), a1, SET1(0.5) * a2));
    const V ds = FMA(SET1(1.5), s0, FMA(SET1(-2.0), s1, SET1(0.5) * s2));
    const V slow = MINV(SET1(now->dt_ms) * s0, SET1(6.0)) * SET1(1.0 / 12.0);
    V as = FMA(FMA(SET1(-2.0), a1, a0 + a2), SET1(1.0 / 24.0), a0);
    V ss = FMA(FMA(SET1(-2.0), s1, s0 + s2), SET1(1.0 / 24.0), s0);
    as = FMA(slow, FNMA(gate.steady, ds, da), as);
    ss = MINV(MAXV(ss, SET1(0.5) * s0), SET1(2.0) * s0);
    as = MINV(MINV(MAXV(as, SET1(0.5) * a0), SET1(2.0) * a0), ss);
    gate = (LG_M(gate)){as / ss, ss};
  }
  STORE(old[0] + k, a0);
  STORE(old[1] + k, s0);
  return gate;
}
