/**
 * @file tm_rates.h
 * @brief Rates of the Traub–Miles/Pospischil neuron with their derivatives, inlined into the stepping loops.
 *
 * Traub & Miles 1991, as used by Pospischil et al. 2008, Biol Cybern 99:427, doi 10.1007/s00422-008-0263-8. x = V - VT
 * in mV, rates 1/ms.
 */
#ifndef LG_TM_RATES_H
#define LG_TM_RATES_H

#include "base/elementary.h"

/** alpha, beta of m, h, n; steady state and rate (1/tau) of p. */
typedef struct lg_tm_rates {
  double am, bm, ah, bh, an, bn, p_inf, p_rate;
} lg_tm_rates;

/* y/(e^y - 1) and its derivative; the series is exact to rounding below 1e-4. */
static inline double lg_tm_phi(double y, double *slope) {
  const double e = lg_expm1(y);
  const double safe = e == 0.0 ? 1.0 : e;
  const double phi = y / safe;
  const int small = fabs(y) < 1e-4;
  const double series = 1.0 - 0.5 * y + y * y * (1.0 / 12.0);
  *slope = small ? -0.5 + y * (1.0 / 6.0) : (1.0 - phi) / safe - phi;
  return small ? series : phi;
}

/**
 * @brief Rates at potential v_mV and, in *d, their derivatives with respect to v (with respect to VT: minus those of m,
 * h, n).
 * @param taumax time constant scale of the M current, ms
 */
static inline void lg_tm_rates_at(double v_mV, double vt_mV, double taumax, lg_tm_rates *r, lg_tm_rates *d) {
  const double x = v_mV - vt_mV;
  double slope;
  r->am = 1.28 * lg_tm_phi((13.0 - x) * 0.25, &slope);
  d->am = -0.32 * slope;
  r->bm = 1.4 * lg_tm_phi((x - 40.0) * 0.2, &slope);
  d->bm = 0.28 * slope;
  r->ah = 0.128 * lg_exp((17.0 - x) * (1.0 / 18.0));
  d->ah = r->ah * (-1.0 / 18.0);
  const double eh = lg_exp((40.0 - x) * 0.2);
  r->bh = 4.0 / (1.0 + eh);
  d->bh = r->bh * 0.2 * (eh / (1.0 + eh));
  r->an = 0.16 * lg_tm_phi((15.0 - x) * 0.2, &slope);
  d->an = -0.032 * slope;
  r->bn = 0.5 * lg_exp((10.0 - x) * 0.025);
  d->bn = r->bn * -0.025;
  const double u = lg_exp((v_mV + 35.0) * 0.05), inverse = 1.0 / u;
  r->p_inf = 1.0 / (1.0 + inverse * inverse);
  d->p_inf = 0.1 * r->p_inf * (1.0 - r->p_inf);
  r->p_rate = (3.3 * u + inverse) / taumax;
  d->p_rate = (3.3 * u - inverse) * 0.05 / taumax;
}

/** Slow inactivation of sodium: gNa is multiplied by 1 - share (1 - s), s' = (s_inf - s) / tau. share 0: none. */
typedef struct lg_tm_slow {
  double share;                  /* 0 … 1, of the channels that have the slow gate */
  double half_mV, slope_mV;      /* s_inf = 1 / (1 + e^((v - half)/slope)) */
  double tau_min_ms, tau_max_ms; /* tau far from half and at half: a bell of twice the width of ds_inf/dv */
} lg_tm_slow;

/* half -60 mV, slope 6 mV, 0.5 … 5 s: cortical sodium channels (Fleidervish et al. 1996, J Physiol 493:83). */
#define LG_TM_SLOW_DEFAULT                                                                                             \
  { .share = 0.0, .half_mV = -60.0, .slope_mV = 6.0, .tau_min_ms = 500.0, .tau_max_ms = 5000.0 }

/** @brief Steady state and rate (1/tau) of the slow gate; one exponential. */
static inline void lg_tm_slow_at(double v_mV, double half_mV, double slope_mV, double tau_min_ms, double tau_max_ms,
                                 double *s_inf, double *rate) {
  const double x = v_mV - half_mV, e = lg_exp(-0.5 * fabs(x) / slope_mV), e2 = e * e, inverse = 1.0 / (1.0 + e2);
  *s_inf = (x > 0.0 ? e2 : 1.0) * inverse;
  *rate = 1.0 / (tau_min_ms + (tau_max_ms - tau_min_ms) * 2.0 * e * inverse);
}

#endif
