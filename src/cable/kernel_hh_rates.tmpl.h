/*
 * The rates of hh over vectors, and an exponential. The includer has one of simd_*.h and defines KERNEL(name) and PAIR,
 * how many vectors go side by side.
 *
 * All exponentials of the rates are powers of e^(-z/1440), z = v + 40 mV, kept as F = e^x - 1 while they are squared
 * (F(F + 2)), so that 1 - e^(-z/10) has no cancellation at z = 0. One division serves the three quotients.
 */

#define INLINE static inline __attribute__((always_inline))
#define EACH for (size_t u = 0; u < n; u++)

typedef struct {
  V am[PAIR], ah[PAIR], an[PAIR], sm[PAIR], sh[PAIR], sn[PAIR]; /* opening rates and sums, 1/ms at 6.3 °C */
  V per_m[PAIR], per_n[PAIR]; /* 1 / (e^(-z/10) - 1); 1 / (1 - e^(-(v+55)/10)) but within 0.5 mV of its pole */
} KERNEL(hh_rates);

INLINE void KERNEL(hh_rates_at)(const V *v, KERNEL(hh_rates) * out, const size_t n) {
  const V one = SET1(1.0), two = SET1(2.0);
  V z[PAIR], r[PAIR], p[PAIR], F[PAIR], F4[PAIR], E40[PAIR], w[PAIR], low_h[PAIR], low_n[PAIR], near_an[PAIR];
  M near[PAIR];
  EACH z[u] = v[u] + SET1(40.0);
  EACH z[u] = SEL(BELOW(ABS(z[u]), SET1(1e-12)), SET1(1e-12), z[u]);
  EACH r[u] = z[u] * SET1(-1.0 / 1440.0);
  EACH p[u] = FMA(SET1(0.00019367189584337114727), r[u], SET1(0.0013887015664229919005));
  EACH p[u] = FMA(p[u], r[u], SET1(0.0083333436408599042721));
  EACH p[u] = FMA(p[u], r[u], SET1(0.041666667246935608446));
  EACH p[u] = FMA(p[u], r[u], SET1(0.16666666666094561028));
  EACH p[u] = FMA(p[u], r[u], SET1(0.49999999999968619074));
  EACH p[u] = FMA(p[u], r[u], SET1(1.0000000000000007622));
  EACH p[u] = p[u] * r[u];
  EACH p[u] = p[u] * (p[u] + two); /* F1, which F9 needs again */
  EACH F[u] = p[u] * (p[u] + two);
  EACH F4[u] = F[u] * (F[u] + two);
  EACH F[u] = F4[u] * (F4[u] + two);
  EACH p[u] = FMA(F[u], p[u], F[u] + p[u]); /* F9 */
  EACH F[u] = p[u] * (p[u] + two);
  EACH F[u] = F[u] * (F[u] + two); /* F36 */
  EACH E40[u] = (F[u] + one) * (F4[u] + one);
  EACH out->ah[u] = FMA(SET1(0.020055335780213307023), F[u], SET1(0.020055335780213307023));
  EACH F[u] = F[u] * (F[u] + two); /* F72 */
  /* a_m = .1 z / (1 - e^(-z/10)), b_h = 1 / (1 + e^(-(v+35)/10)), a_n = .01 (v+55) / (1 - e^(-(v+55)/10)) */
  EACH {
    const V zn = v[u] + SET1(55.0);
    near[u] = BELOW(ABS(zn), SET1(0.5));
    w[u] = zn * SET1(0.01);
  }
  EACH low_h[u] = FMA(SET1(1.6487212707001281468), F[u], SET1(2.6487212707001281468));
  EACH low_n[u] = SEL(near[u], one, FNMA(SET1(0.22313016014842982893), F[u], SET1(0.77686983985157017107)));
  EACH { /* .1 x / (1 - e^-x) = .1 + x/20 + x^2/120 - x^4/7200, x = 10 w */
    const V w2 = w[u] * w[u];
    near_an[u] = FMA(w2, FMA(w2, SET1(-10000.0 / 7200.0), SET1(100.0 / 120.0)), FMA(w[u], SET1(0.5), SET1(0.1)));
  }
  V hn[PAIR], i[PAIR], iF[PAIR];
  EACH hn[u] = low_h[u] * low_n[u];
  EACH i[u] = one / (hn[u] * F[u]);
  EACH iF[u] = i[u] * F[u];
  EACH out->per_m[u] = i[u] * hn[u];
  EACH out->per_n[u] = iF[u] * low_h[u];
  EACH out->am[u] = (z[u] * SET1(-0.1)) * out->per_m[u];
  EACH out->sm[u] = FMA(SET1(0.99740883510918479527), E40[u], out->am[u]);
  EACH out->sh[u] = FMA(iF[u], low_n[u], out->ah[u]);
  EACH out->an[u] = SEL(near[u], near_an[u], w[u] * out->per_n[u]);
  EACH out->sn[u] = FMA(SET1(0.091451953618330223895), p[u], out->an[u] + SET1(0.091451953618330223895));
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
