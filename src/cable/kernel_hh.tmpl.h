/*
 * hh over vectors. The includer has one of simd_*.h and defines KERNEL(name) and PAIR, how many vectors go side by side
 * so that the latencies of one hide behind the other.
 *
 * With s = a + b the sum of a gate's rates, a step is x += (a - x s) (1 - e^(-pace s)) / s, and the last factor is an
 * entire function of s: a polynomial, no division. Series hold for |v| <= 100 mV; lanes beyond take the slow road.
 */

#include "cable/kernel_hh_rates.tmpl.h"

INLINE V KERNEL(hh_moved_far)(V x, V a, V s, V pace) {
  const V left = KERNEL(hh_exp)(-MINV(pace * s, SET1(700.0)));
  const V steady = a / s;
  return FMA(x - steady, left, steady);
}

/* Gates of PAIR vectors: m, h, n. */
typedef struct {
  V m[PAIR], h[PAIR], n[PAIR];
} KERNEL(hh_gates);

INLINE void KERNEL(hh_by_series)(const cable_hh_pace *c, const KERNEL(hh_rates) * r, KERNEL(hh_gates) * x,
                                 const size_t n) {
  V qm[PAIR], qh[PAIR], qn[PAIR];
  EACH qm[u] = SET1(c->m[CABLE_HH_M_DEGREE]);
  for (int k = CABLE_HH_M_DEGREE - 1; k >= CABLE_HH_DEGREE; k--) EACH qm[u] = FMA(qm[u], r->sm[u], SET1(c->m[k]));
  EACH qh[u] = qn[u] = SET1(c->hn[CABLE_HH_DEGREE]);
  for (int k = CABLE_HH_DEGREE - 1; k >= 0; k--) {
    EACH qm[u] = FMA(qm[u], r->sm[u], SET1(c->m[k]));
    EACH qh[u] = FMA(qh[u], r->sh[u], SET1(c->hn[k]));
    EACH qn[u] = FMA(qn[u], r->sn[u], SET1(c->hn[k]));
  }
  EACH x->m[u] = FMA(FNMA(x->m[u], r->sm[u], r->am[u]), qm[u], x->m[u]);
  EACH x->h[u] = FMA(FNMA(x->h[u], r->sh[u], r->ah[u]), qh[u], x->h[u]);
  EACH x->n[u] = FMA(FNMA(x->n[u], r->sn[u], r->an[u]), qn[u], x->n[u]);
}

INLINE void KERNEL(hh_by_exponentials)(const cable_hh_pace *c, const KERNEL(hh_rates) * r, KERNEL(hh_gates) * x,
                                       const size_t n) {
  const V pace = SET1(c->pace);
  EACH x->m[u] = KERNEL(hh_moved_far)(x->m[u], r->am[u], r->sm[u], pace);
  EACH x->h[u] = KERNEL(hh_moved_far)(x->h[u], r->ah[u], r->sh[u], pace);
  EACH x->n[u] = KERNEL(hh_moved_far)(x->n[u], r->an[u], r->sn[u], pace);
}

/* Lanes beyond the range of the series: from the gates before the step, which still stand in the arrays. */
static __attribute__((noinline)) void KERNEL(hh_beyond)(const cable_hh_run *a, size_t at, double *m, double *h,
                                                        double *n) {
  for (size_t l = 0; l < W; l++) {
    if (fabs(a->v[at + l]) <= 100.0) continue;
    m[l] = a->m[at + l], h[l] = a->h[at + l], n[l] = a->k[at + l];
    lg_cable_hh_relax(a->v[at + l], a->pace, &m[l], &h[l], &n[l]);
  }
}

/*
 * The rates' mean over the step, by backward differences over three steps: x + (second difference) / 24. Where a
 * potential jumps these tell nothing, and the rates stay as they are.
 */
INLINE void KERNEL(hh_average_rate)(V *rate, V *first, double *kept) {
  const V x = *rate, d = x - LOAD(kept), e = d - LOAD(kept + 8);
  STORE(kept, x);
  STORE(kept + 8, d);
  *first = FMA(SET1(0.5), e, d); /* change per step, at its end */
  *rate = FMA(SET1(1.0 / 24.0), e, x);
}

/*
 * Of the gate m only, whose rates make nearly all of the error: with the commutator of their change and the relaxation,
 * pace / 12 (s a' - a s') (Magnus' series to fourth order).
 */
INLINE void KERNEL(hh_average)(const cable_hh_run *a, size_t at, const V *v, KERNEL(hh_rates) * r, bool by_series,
                               const size_t n) {
  const V pace = SET1(a->pace->pace * (1.0 / 12.0)), half = SET1(0.5), far = SET1(20.0);
  EACH {
    const size_t k = at + u * W;
    double *kept = a->memory + k / 8 * (8 * CABLE_HH_MEMORY) + k % 8;
    const V am = r->am[u], sm = r->sm[u], jump = ABS(v[u] - LOAD(kept)), jumped = LOAD(kept + 8);
    V mean_a = am, mean_s = sm, da, ds;
    STORE(kept, v[u]);
    STORE(kept + 8, jump);
    KERNEL(hh_average_rate)(&mean_a, &da, kept + 16);
    KERNEL(hh_average_rate)(&mean_s, &ds, kept + 32);
    if (!a->corrects) continue;
    mean_a = FMA(by_series ? pace : MINV(pace, half / sm), FNMA(am, ds, sm * da), mean_a);
    const M wild = ABOVE(MAXV(jump, jumped), far);
    r->am[u] = SEL(wild, am, mean_a);
    r->sm[u] = SEL(wild, sm, mean_s);
  }
}

INLINE void KERNEL(hh_step)(const cable_hh_run *a, size_t at, const V *v, KERNEL(hh_gates) * x, bool by_series,
                            const size_t n) {
  KERNEL(hh_rates) r;
  if (a->memory) {
    V within[PAIR]; /* where the rates' series hold */
    EACH within[u] = MINV(MAXV(v[u], SET1(-100.0)), SET1(100.0));
    KERNEL(hh_rates_at)(within, &r, n);
    KERNEL(hh_average)(a, at, v, &r, by_series, n);
  } else {
    KERNEL(hh_rates_at)(v, &r, n);
  }
  if (by_series) KERNEL(hh_by_series)(a->pace, &r, x, n);
  else KERNEL(hh_by_exponentials)(a->pace, &r, x, n);
  EACH {
    if (!ANY(ABOVE(ABS(v[u]), SET1(100.0)))) continue;
    double m[W], h[W], k[W];
    STORE(m, x->m[u]);
    STORE(h, x->h[u]);
    STORE(k, x->n[u]);
    KERNEL(hh_beyond)(a, at + u * W, m, h, k);
    x->m[u] = LOAD(m);
    x->h[u] = LOAD(h);
    x->n[u] = LOAD(k);
  }
  EACH {
    STORE(a->m + at + u * W, x->m[u]);
    STORE(a->h + at + u * W, x->h[u]);
    STORE(a->k + at + u * W, x->n[u]);
  }
}

INLINE void KERNEL(hh_flow)(const cable_hh_run *a, size_t at, const V *v, const KERNEL(hh_gates) * x, bool uniform,
                            const size_t n) {
#define DENSITY(name) (uniform ? SET1(*a->name) : LOAD(a->name + at + u * W))
  V gna[PAIR], gk[PAIR], i[PAIR];
  EACH gna[u] = DENSITY(gnabar) * ((x->m[u] * x->m[u]) * (x->m[u] * x->h[u]));
  EACH {
    const V n2 = x->n[u] * x->n[u];
    gk[u] = DENSITY(gkbar) * (n2 * n2);
  }
  EACH i[u] = FMA(gna[u], v[u] - DENSITY(ena), FMA(gk[u], v[u] - DENSITY(ek), DENSITY(gl) * (v[u] - DENSITY(el))));
  EACH gna[u] = gna[u] + gk[u] + DENSITY(gl);
  EACH {
    const size_t k = at + u * W;
    const V scale = LOAD(a->scale + k);
    STORE(a->g + k, FMA(scale, gna[u], LOAD(a->g + k)));
    STORE(a->i + k, FMA(scale, i[u], LOAD(a->i + k)));
  }
#undef DENSITY
}

INLINE void KERNEL(hh_vectors)(const cable_hh_run *a, size_t at, bool steps, bool by_series, bool flows, bool uniform,
                               const size_t n) {
  V v[PAIR];
  KERNEL(hh_gates) x;
  EACH {
    v[u] = LOAD(a->v + at + u * W);
    x.m[u] = LOAD(a->m + at + u * W);
    x.h[u] = LOAD(a->h + at + u * W);
    x.n[u] = LOAD(a->k + at + u * W);
  }
  if (steps) KERNEL(hh_step)(a, at, v, &x, by_series, n);
  if (flows) KERNEL(hh_flow)(a, at, v, &x, uniform, n);
}

INLINE void KERNEL(hh_loop)(const cable_hh_run *run, bool steps, bool by_series, bool flows, bool uniform) {
  const cable_hh_run a = *run; /* a copy: its pointers stay in registers while the arrays are written */
  size_t at = 0;
  for (; at + W * PAIR <= a.n; at += W * PAIR) KERNEL(hh_vectors)(&a, at, steps, by_series, flows, uniform, PAIR);
  if (PAIR > 2 && at + W * 2 <= a.n) {
    KERNEL(hh_vectors)(&a, at, steps, by_series, flows, uniform, 2);
    at += W * 2;
  }
  for (; at < a.n; at += W) KERNEL(hh_vectors)(&a, at, steps, by_series, flows, uniform, 1);
}

void KERNEL(lg_cable_hh_run)(const cable_hh_run *run) {
  const bool series = run->pace && run->pace->by_series;
  if (!run->pace && run->uniform) KERNEL(hh_loop)(run, false, false, true, true);
  else if (!run->pace) KERNEL(hh_loop)(run, false, false, true, false);
  else if (!run->g && series) KERNEL(hh_loop)(run, true, true, false, false);
  else if (!run->g) KERNEL(hh_loop)(run, true, false, false, false);
  else if (series && run->uniform) KERNEL(hh_loop)(run, true, true, true, true);
  else if (series) KERNEL(hh_loop)(run, true, true, true, false);
  else if (run->uniform) KERNEL(hh_loop)(run, true, false, true, true);
  else KERNEL(hh_loop)(run, true, false, true, false);
}
