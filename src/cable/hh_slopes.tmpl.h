/*
 * How the gates of hh after a step answer to themselves and to v, over vectors. After kernel_hh_rates.tmpl.h.
 *
 * Gate x: x' = x + (a - x s) q, q = (1 - e^(-pace s)) / s, of which q' = dq/ds: x' answers to x by 1 - s q and to v by
 * (a_v - x s_v) q + (a - x s) q' s_v.
 */

typedef struct {
  V own[3][PAIR], by_v[3][PAIR]; /* of m, h, n */
} KERNEL(hh_slopes);

/* x / (e^x - 1) differentiated near 0, |x| < 0.05. */
INLINE V KERNEL(hh_near_slope)(V x) {
  const V xx = x * x;
  const V p = FMA(xx, SET1(1.0 / 5040.0), SET1(-1.0 / 180.0));
  return FMA(x, FMA(xx, p, SET1(1.0 / 6.0)), SET1(-0.5));
}

typedef struct {
  V q, slope; /* q and q' */
} KERNEL(hh_share);

INLINE KERNEL(hh_share) KERNEL(hh_share_by_series)(const double *c, const int degree, V s) {
  V q = SET1(c[degree]), slope = SET1(0.0);
  for (int k = degree - 1; k >= 0; k--) {
    slope = FMA(slope, s, q);
    q = FMA(q, s, SET1(c[k]));
  }
  return (KERNEL(hh_share)){q, slope};
}

INLINE KERNEL(hh_share) KERNEL(hh_share_by_exponential)(double pace, V s) {
  const V y = SET1(pace) * s, fade = KERNEL(hh_exp)(-MINV(y, SET1(700.0)));
  /* 1 - e^-y for small y by its series: no cancellation */
  const V near =
      y * FMA(y, FMA(y, FMA(y, FMA(y, SET1(1.0 / 120.0), SET1(-1.0 / 24.0)), SET1(1.0 / 6.0)), SET1(-0.5)), SET1(1.0));
  const V q = SEL(BELOW(y, SET1(1e-3)), near, SET1(1.0) - fade) / s;
  return (KERNEL(hh_share)){q, FMA(SET1(pace), fade, -q) / s};
}

INLINE void KERNEL(hh_gate_slopes)(KERNEL(hh_share) share, V x, V a, V s, V a_v, V s_v, V *own, V *by_v) {
  *own = FNMA(s, share.q, SET1(1.0));
  *by_v = FMA(FNMA(x, s_v, a_v), share.q, FNMA(x, s, a) * (share.slope * s_v));
}

/* v within ±100 mV; the gates before the step. */
INLINE void KERNEL(hh_slopes_at)(const cable_hh_pace *pace, const V *v, const V *m, const V *h, const V *k,
                                 bool by_series, KERNEL(hh_slopes) * out, const size_t n) {
  KERNEL(hh_rates) r;
  const V tenth = SET1(0.1), one = SET1(1.0);
  KERNEL(hh_rates_at)(v, &r, n);
  EACH {
    const V zm = v[u] + SET1(40.0), zn = v[u] + SET1(55.0), bm = r.sm[u] - r.am[u], bh = r.sh[u] - r.ah[u];
    const V bn = r.sn[u] - r.an[u], near_m = KERNEL(hh_near_slope)(zm * SET1(-0.1));
    const V near_n = KERNEL(hh_near_slope)(zn * SET1(-0.1)) * SET1(-0.01);
    const V am =
        SEL(BELOW(ABS(zm), SET1(0.5)), near_m * SET1(-0.1), tenth * FMA(r.am[u], r.per_m[u] + one, -r.per_m[u]));
    const V an =
        SEL(BELOW(ABS(zn), SET1(0.5)), near_n, FMA(SET1(0.01), r.per_n[u], -(tenth * r.an[u]) * (r.per_n[u] - one)));
    const V ah = r.ah[u] * SET1(-1.0 / 20.0);
    const V sm = FMA(bm, SET1(-1.0 / 18.0), am), sn = FMA(bn, SET1(-1.0 / 80.0), an);
    const V sh = FMA(tenth * bh, one - bh, ah);
#define SHARE(gate, degree, s)                                                                                         \
  (by_series ? KERNEL(hh_share_by_series)(pace->gate, degree, s) : KERNEL(hh_share_by_exponential)(pace->pace, s))
    KERNEL(hh_gate_slopes)
    (SHARE(m, CABLE_HH_M_DEGREE, r.sm[u]), m[u], r.am[u], r.sm[u], am, sm, &out->own[0][u], &out->by_v[0][u]);
    KERNEL(hh_gate_slopes)
    (SHARE(hn, CABLE_HH_DEGREE, r.sh[u]), h[u], r.ah[u], r.sh[u], ah, sh, &out->own[1][u], &out->by_v[1][u]);
    KERNEL(hh_gate_slopes)
    (SHARE(hn, CABLE_HH_DEGREE, r.sn[u]), k[u], r.an[u], r.sn[u], an, sn, &out->own[2][u], &out->by_v[2][u]);
#undef SHARE
  }
}

/* The same for instances [at, at + n W) of arrays, with v of any size: what lies beyond the range of the series is done
 * one by one. */
INLINE void KERNEL(hh_slopes_of)(const cable_hh_pace *pace, const V *v, const double *const *gate, size_t at,
                                 bool by_series, KERNEL(hh_slopes) * out, const size_t n) {
  V x[3][PAIR], within[PAIR];
  EACH for (int k = 0; k < 3; k++) x[k][u] = LOAD(gate[k] + at + u * W);
  EACH within[u] = MINV(MAXV(v[u], SET1(-100.0)), SET1(100.0));
  KERNEL(hh_slopes_at)(pace, within, x[0], x[1], x[2], by_series, out, n);
  EACH {
    if (!ANY(ABOVE(ABS(v[u]), SET1(100.0)))) continue;
    double far[W], own[3][W], by_v[3][W];
    STORE(far, v[u]);
    for (int k = 0; k < 3; k++) STORE(own[k], out->own[k][u]), STORE(by_v[k], out->by_v[k][u]);
    for (size_t l = 0; l < W; l++) {
      if (fabs(far[l]) <= 100.0) continue;
      double o[3], b[3];
      lg_cable_hh_slopes_far(pace, far[l], gate[0][at + u * W + l], gate[1][at + u * W + l], gate[2][at + u * W + l], o,
                             b);
      for (int k = 0; k < 3; k++) own[k][l] = o[k], by_v[k][l] = b[k];
    }
    for (int k = 0; k < 3; k++) out->own[k][u] = LOAD(own[k]), out->by_v[k][u] = LOAD(by_v[k]);
  }
}
