/*
 * hh over vectors. The includer has one of simd_*.h and defines KERNEL(name).
 *
 * All exponentials of the rates are powers of e^(-z/1440), z = v + 40 mV, kept as F = e^x - 1 while they are squared
 * (F(F + 2)), so that 1 - e^(-z/10) has no cancellation at z = 0. With s = a + b the sum of a gate's rates, a step is
 * x += (a - x s) (1 - e^(-pace s)) / s, and the last factor is an entire function of s: a polynomial, no division. So
 * one division serves the three removable quotients. Series hold for |v| <= 100 mV; lanes beyond take the slow road.
 */

typedef struct {
  V am, ah, an, sm, sh, sn; /* opening rates and sums, 1/ms at 6.3 °C */
} KERNEL(hh_rates);

static inline __attribute__((always_inline)) KERNEL(hh_rates) KERNEL(hh_rates_at)(V v) {
  const V two = SET1(2.0), shifted = v + SET1(40.0);
  const V z = SEL(BELOW(ABS(shifted), SET1(1e-12)), SET1(1e-12), shifted);
  const V r = z * SET1(-1.0 / 1440.0);
  V p = SET1(0.00019367189584337114727);
  p = FMA(p, r, SET1(0.0013887015664229919005));
  p = FMA(p, r, SET1(0.0083333436408599042721));
  p = FMA(p, r, SET1(0.041666667246935608446));
  p = FMA(p, r, SET1(0.16666666666094561028));
  p = FMA(p, r, SET1(0.49999999999968619074));
  p = FMA(p, r, SET1(1.0000000000000007622));
  const V F0 = p * r, F1 = F0 * (F0 + two), F2 = F1 * (F1 + two), F4 = F2 * (F2 + two), F8 = F4 * (F4 + two);
  const V F9 = FMA(F8, F1, F8 + F1), F18 = F9 * (F9 + two), F36 = F18 * (F18 + two), F72 = F36 * (F36 + two);
  const V one = SET1(1.0), E40 = (F36 + one) * (F4 + one);
  /* a_m = .1 z / (1 - e^(-z/10)), b_h = 1 / (1 + e^(-(v+35)/10)), a_n = .01 (v+55) / (1 - e^(-(v+55)/10)) */
  const V zn = v + SET1(55.0);
  const M near = BELOW(ABS(zn), SET1(0.5));
  const V low_h = FMA(SET1(1.6487212707001281468), F72, SET1(2.6487212707001281468));
  const V low_n = SEL(near, one, FNMA(SET1(0.22313016014842982893), F72, SET1(0.77686983985157017107)));
  const V hn = low_h * low_n, i = one / (hn * F72), iF = i * F72;
  const V w = zn * SET1(0.01), w2 = w * w; /* .1 x / (1 - e^-x) = .1 + x/20 + x^2/120 - x^4/7200, x = 10 w */
  const V near_an = FMA(w2, FMA(w2, SET1(-10000.0 / 7200.0), SET1(100.0 / 120.0)), FMA(w, SET1(0.5), SET1(0.1)));
  const V bh = iF * low_n;
  KERNEL(hh_rates) out;
  out.am = (z * SET1(-0.1)) * (i * hn);
  out.ah = FMA(SET1(0.020055335780213307023), F36, SET1(0.020055335780213307023));
  out.an = SEL(near, near_an, w * (iF * low_h));
  out.sm = FMA(SET1(0.99740883510918479527), E40, out.am);
  out.sh = out.ah + bh;
  out.sn = FMA(SET1(0.091451953618330223895), F9, out.an) + SET1(0.091451953618330223895);
  return out;
}

/* e^x for -700 <= x <= 0: Cody-Waite reduction, Taylor to r^12. */
static inline V KERNEL(hh_exp)(V x) {
  const V shifted = FMA(x, SET1(0x1.71547652b82fep+0), SET1(0x1.8p52));
  const V n = shifted - SET1(0x1.8p52);
  const V r = FNMA(n, SET1(0x1.abc9e3b39803fp-56), FNMA(n, SET1(0x1.62e42fefa39efp-1), x));
  V p = SET1(1.0 / 479001600.0);
  p = FMA(p, r, SET1(1.0 / 39916800.0));
  p = FMA(p, r, SET1(1.0 / 3628800.0));
  p = FMA(p, r, SET1(1.0 / 362880.0));
  p = FMA(p, r, SET1(1.0 / 40320.0));
  p = FMA(p, r, SET1(1.0 / 5040.0));
  p = FMA(p, r, SET1(1.0 / 720.0));
  p = FMA(p, r, SET1(1.0 / 120.0));
  p = FMA(p, r, SET1(1.0 / 24.0));
  p = FMA(p, r, SET1(1.0 / 6.0));
  p = FMA(p, r, SET1(0.5));
  p = FMA(p, r, SET1(1.0));
  p = FMA(p, r, SET1(1.0));
  return p * POW2(shifted);
}

static inline __attribute__((always_inline)) V KERNEL(hh_moved)(V x, V a, V s, const double *c, int degree) {
  V q = SET1(c[degree]);
  for (int k = degree - 1; k >= 0; k--) q = FMA(q, s, SET1(c[k]));
  return FMA(FNMA(x, s, a), q, x);
}

static inline V KERNEL(hh_moved_far)(V x, V a, V s, V pace) {
  const V left = KERNEL(hh_exp)(-MINV(pace * s, SET1(700.0)));
  const V steady = a / s;
  return FMA(x - steady, left, steady);
}

/* Lanes beyond the range of the series: from the gates before the step. */
static __attribute__((noinline)) void KERNEL(hh_beyond)(const cable_hh_pace *pace, const double *v, const double *old,
                                                        double *moved) {
  for (size_t l = 0; l < W; l++) {
    if (fabs(v[l]) <= 100.0) continue;
    double x[3] = {old[l], old[W + l], old[2 * W + l]};
    lg_cable_hh_relax(v[l], pace, &x[0], &x[1], &x[2]);
    for (size_t j = 0; j < 3; j++) moved[j * W + l] = x[j];
  }
}

static inline __attribute__((always_inline)) void KERNEL(hh_gates)(const cable_hh_pace *c, V v, V x[3],
                                                                   bool by_series) {
  const V old[3] = {x[0], x[1], x[2]};
  const KERNEL(hh_rates) r = KERNEL(hh_rates_at)(v);
  if (by_series) {
    x[0] = KERNEL(hh_moved)(x[0], r.am, r.sm, c->m, CABLE_HH_M_DEGREE);
    x[1] = KERNEL(hh_moved)(x[1], r.ah, r.sh, c->hn, CABLE_HH_DEGREE);
    x[2] = KERNEL(hh_moved)(x[2], r.an, r.sn, c->hn, CABLE_HH_DEGREE);
  } else {
    const V pace = SET1(c->pace);
    x[0] = KERNEL(hh_moved_far)(x[0], r.am, r.sm, pace);
    x[1] = KERNEL(hh_moved_far)(x[1], r.ah, r.sh, pace);
    x[2] = KERNEL(hh_moved_far)(x[2], r.an, r.sn, pace);
  }
  if (!ANY(ABOVE(ABS(v), SET1(100.0)))) return;
  double w[W], before[3 * W], after[3 * W];
  STORE(w, v);
  for (size_t j = 0; j < 3; j++) {
    STORE(before + j * W, old[j]);
    STORE(after + j * W, x[j]);
  }
  KERNEL(hh_beyond)(c, w, before, after);
  for (size_t j = 0; j < 3; j++) x[j] = LOAD(after + j * W);
}

static inline __attribute__((always_inline)) void KERNEL(hh_loop)(const cable_hh_run *a, bool steps, bool by_series,
                                                                  bool flows, bool uniform) {
  V gnabar, gkbar, gl, el, ena, ek;
  if (uniform) {
    gnabar = SET1(*a->gnabar), gkbar = SET1(*a->gkbar), gl = SET1(*a->gl);
    el = SET1(*a->el), ena = SET1(*a->ena), ek = SET1(*a->ek);
  }
  for (size_t at = 0; at < a->n; at += W) {
    const V v = LOAD(a->v + at);
    V x[3] = {LOAD(a->m + at), LOAD(a->h + at), LOAD(a->k + at)};
    if (steps) {
      KERNEL(hh_gates)(a->pace, v, x, by_series);
      STORE(a->m + at, x[0]);
      STORE(a->h + at, x[1]);
      STORE(a->k + at, x[2]);
    }
    if (!flows) continue;
    if (!uniform) {
      gnabar = LOAD(a->gnabar + at), gkbar = LOAD(a->gkbar + at), gl = LOAD(a->gl + at);
      el = LOAD(a->el + at), ena = LOAD(a->ena + at), ek = LOAD(a->ek + at);
    }
    const V scale = LOAD(a->scale + at), n2 = x[2] * x[2];
    const V gna = gnabar * ((x[0] * x[0]) * (x[0] * x[1])), gk = gkbar * (n2 * n2);
    const V i = FMA(gna, v - ena, FMA(gk, v - ek, gl * (v - el)));
    STORE(a->g + at, FMA(scale, gna + gk + gl, LOAD(a->g + at)));
    STORE(a->i + at, FMA(scale, i, LOAD(a->i + at)));
  }
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
