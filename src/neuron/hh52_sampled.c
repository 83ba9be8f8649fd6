#include "neuron/hh52_sampled.h"
#include "neuron/hh52_rates.h"
#include "neuron/protocol_izhikevich.h"
#include "num/halve.h"

#define STEP_MS 0.0125
#define COARSE_MS 0.05 /* decides on spikes, not on their times */

enum { STATES = 4 };

static void rhs(const lg_hh52_params *p, double drive, const double y[STATES], double f[STATES]) {
  const double v = y[0], m = y[1], h = y[2], n = y[3], n2 = n * n;
  const lg_hh52_rates r = lg_hh52_rates_at(v);
  f[0] = drive - p->gNa * m * m * m * h * (v - 50.0) - p->gK * n2 * n2 * (v + 77.0) - p->gL * (v + 54.387);
  f[1] = r.am * (1.0 - m) - r.bm * m;
  f[2] = r.ah * (1.0 - h) - r.bh * h;
  f[3] = r.an * (1.0 - n) - r.bn * n;
}

static void rk4(const lg_hh52_params *p, double drive, double h, double y[STATES]) {
  double k1[STATES], k2[STATES], k3[STATES], k4[STATES], z[STATES];
  rhs(p, drive, y, k1);
  for (int i = 0; i < STATES; i++) z[i] = y[i] + 0.5 * h * k1[i];
  rhs(p, drive, z, k2);
  for (int i = 0; i < STATES; i++) z[i] = y[i] + 0.5 * h * k2[i];
  rhs(p, drive, z, k3);
  for (int i = 0; i < STATES; i++) z[i] = y[i] + h * k3[i];
  rhs(p, drive, z, k4);
  for (int i = 0; i < STATES; i++) y[i] += h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
}

static void steady(double v, double y[STATES]) {
  const lg_hh52_rates r = lg_hh52_rates_at(v);
  y[0] = v;
  y[1] = r.am / (r.am + r.bm);
  y[2] = r.ah / (r.ah + r.bh);
  y[3] = r.an / (r.an + r.bn);
}

/* Rest in the unshifted potential: the zero of the steady current between -90 and -50 mV. */
static double rest_of(const lg_hh52_params *p) {
  double low = -90.0, high = -50.0, y[STATES], f[STATES];
  for (int k = 0; k < 60; k++) {
    const double middle = 0.5 * (low + high);
    steady(middle, y);
    rhs(p, 0.0, y, f);
    if (f[0] > 0.0) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

typedef struct machine {
  double y[STATES];
  double step_ms;
  size_t spikes;
} machine;

static machine at_rest(const lg_hh52_params *p, double step_ms) {
  machine m = {.step_ms = step_ms};
  steady(rest_of(p), m.y);
  return m;
}

static void advance(const lg_hh52_params *p, double i_pA, double dt_ms, machine *m) {
  const double steps = ceil(dt_ms / m->step_ms - 1e-9);
  for (double s = 0.0; s < steps; s += 1.0) {
    const double before = m->y[0];
    rk4(p, i_pA / p->C, dt_ms / steps, m->y);
    m->spikes += before < -20.0 && m->y[0] >= -20.0;
  }
}

size_t lg_hh52_simulate_sampled(const lg_hh52_params *p, const double *i_pA, size_t n, double dt_ms, size_t stop_after,
                                double *v_mV) {
  machine m = at_rest(p, STEP_MS);
  for (size_t k = 0; k < n; k++) {
    if (v_mV) v_mV[k] = m.y[0] + p->shift;
    advance(p, i_pA[k], dt_ms, &m);
    if (stop_after && m.spikes >= stop_after) break;
  }
  return m.spikes;
}

static bool fires(const void *user, double i_pA) {
  const lg_hh52_params *p = user;
  machine m = at_rest(p, COARSE_MS);
  for (int k = 0; k < 5000 && m.spikes == 0; k++) advance(p, i_pA, 0.1, &m);
  return m.spikes > 0;
}

static size_t clone1_spikes(const lg_hh52_params *p, double i0_pA, uint64_t seed, uint64_t index) {
  lg_izh_player player = lg_izh_player_make(LG_IZH_CLONE1, i0_pA, seed, index, 0.1);
  machine m = at_rest(p, COARSE_MS);
  double i;
  for (size_t left = lg_izh_protocol_samples(LG_IZH_CLONE1, 0.1); left > 0 && m.spikes < 300; left--) {
    lg_izh_player_fill(&player, 1, &i);
    advance(p, i, 0.1, &m);
  }
  return m.spikes;
}

void lg_hh52_prior_draw(uint64_t seed, uint64_t index, lg_hh52_draw *out) {
  lg_rng rng = lg_rng_make(seed, 0x68683532u, index); /* "hh52" */
  for (;;) {
    lg_hh52_params p;
    p.C = lg_exp(lg_rng_range(&rng, 2.995732273553991, 5.521460917862246));
    p.gNa = 120.0 * lg_rng_range(&rng, 0.8, 1.25);
    p.gK = 36.0 * lg_rng_range(&rng, 0.8, 1.25);
    p.gL = 0.3 * lg_rng_range(&rng, 0.8, 1.25);
    p.shift = lg_rng_range(&rng, -10.0, 5.0);
    const double titration = lg_exp(0.12 * lg_rng_normal(&rng)), rheo = lg_halve(fires, &p, 30.0 * p.C);
    if (!(rheo >= 1.0)) continue;
    const size_t spikes = clone1_spikes(&p, rheo * titration, seed, index);
    if (spikes < 4 || spikes >= 300) continue;
    *out = (lg_hh52_draw){p, rheo, rheo * titration};
    return;
  }
}
