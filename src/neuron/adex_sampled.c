#include "neuron/adex_sampled.h"
#include "base/elementary.h"
#include "neuron/protocol_izhikevich.h"
#include "num/halve.h"

#define PEAK_MV 0.0

static double dv(const lg_adex_params *p, double i, double v, double w) {
  const double exponent = (v - p->VT) / p->DT;
  return (-p->gL * (v - p->EL) + p->gL * p->DT * lg_exp(exponent < 60.0 ? exponent : 60.0) - w + i) / p->C;
}

static double dw(const lg_adex_params *p, double v, double w) { return (p->a * (v - p->EL) - w) / p->tau_w; }

static void midpoint(const lg_adex_params *p, double i, double h, double *v, double *w) {
  const double vm = *v + 0.5 * h * dv(p, i, *v, *w), wm = *w + 0.5 * h * dw(p, *v, *w);
  *v += h * dv(p, i, vm, wm);
  *w += h * dw(p, vm, wm);
}

/* One sample: steps that move v by little, so that the upstroke is followed; the reset is exact to 0.1 mV of it. */
static size_t advance(const lg_adex_params *p, double i, double dt, double *v, double *w) {
  size_t spikes = 0;
  for (double left = dt; left > 0.0;) {
    const double slope = fabs(dv(p, i, *v, *w)), longest = 0.1 * p->DT / (slope + 1e-9);
    double h = left < 0.025 ? left : 0.025;
    if (h > longest) h = longest;
    midpoint(p, i, h, v, w);
    left -= h;
    if (*v < PEAK_MV) continue;
    *v = p->vr;
    *w += p->b;
    if (++spikes > 100) return spikes;
  }
  return spikes;
}

size_t lg_adex_simulate_sampled(const lg_adex_params *p, const double *i_pA, size_t n, double dt_ms, double *v_mV) {
  double v = p->EL, w = 0.0;
  size_t spikes = 0;
  for (size_t k = 0; k < n; k++) {
    if (v_mV) v_mV[k] = v;
    spikes += advance(p, i_pA[k], dt_ms, &v, &w);
  }
  return spikes;
}

static bool fires(const void *user, double i_pA) {
  const lg_adex_params *p = user;
  double v = p->EL, w = 0.0;
  for (int k = 0; k < 5000; k++)
    if (advance(p, i_pA, 0.1, &v, &w) > 0) return true;
  return false;
}

static size_t clone1_spikes(const lg_adex_params *p, double i0_pA, uint64_t seed, uint64_t index) {
  lg_izh_player player = lg_izh_player_make(LG_IZH_CLONE1, i0_pA, seed, index, 0.1);
  double v = p->EL, w = 0.0, i;
  size_t spikes = 0;
  for (size_t left = lg_izh_protocol_samples(LG_IZH_CLONE1, 0.1); left > 0 && spikes < 300; left--) {
    lg_izh_player_fill(&player, 1, &i);
    spikes += advance(p, i, 0.1, &v, &w);
  }
  return spikes;
}

void lg_adex_prior_draw(uint64_t seed, uint64_t index, lg_adex_draw *out) {
  lg_rng rng = lg_rng_make(seed, 0x61646578u, index); /* "adex" */
  for (;;) {
    lg_adex_params p;
    p.C = lg_exp(lg_rng_range(&rng, 3.912023005428146, 5.521460917862246));
    p.gL = p.C / lg_rng_range(&rng, 5.0, 30.0);
    p.EL = lg_rng_range(&rng, -80.0, -60.0);
    p.VT = lg_rng_range(&rng, -55.0, -42.0);
    p.DT = lg_rng_range(&rng, 0.8, 4.0);
    p.a = lg_rng_range(&rng, -1.0, 8.0);
    p.tau_w = lg_exp(lg_rng_range(&rng, 2.995732273553991, 5.703782474656201));
    p.b = lg_rng_range(&rng, 0.0, 150.0);
    p.vr = lg_rng_range(&rng, -68.0, -48.0);
    const double titration = lg_exp(0.12 * lg_rng_normal(&rng));
    if (p.gL + p.a <= 0.2 || p.vr > p.VT + 5.0) continue;
    const double rheo = lg_halve(fires, &p, 3000.0);
    if (!(rheo >= 1.0)) continue;
    const size_t spikes = clone1_spikes(&p, rheo * titration, seed, index);
    if (spikes < 4 || spikes >= 300) continue;
    *out = (lg_adex_draw){p, rheo, rheo * titration};
    return;
  }
}
