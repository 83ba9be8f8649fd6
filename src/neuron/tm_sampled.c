#include "neuron/tm_sampled.h"

#include "neuron/tm_rates.h"

const char *const lg_tm_parameter_names[LG_TM_PARAMETERS] = {"C", "gNa", "gK", "gL", "gM", "ENa", "EK", "EL", "VT"};
const char *const lg_tm_parameter_units[LG_TM_PARAMETERS] = {"pF", "nS", "nS", "nS", "nS", "mV", "mV", "mV", "mV"};

void lg_tm_to_natural(const double theta[LG_TM_PARAMETERS], double natural[LG_TM_PARAMETERS]) {
  natural[0] = lg_exp(theta[0]);
  for (int k = 1; k < 5; k++) natural[k] = natural[0] * lg_exp(theta[k]);
  for (int k = 5; k < LG_TM_PARAMETERS; k++) natural[k] = theta[k];
}

void lg_tm_from_natural(const double natural[LG_TM_PARAMETERS], double theta[LG_TM_PARAMETERS]) {
  theta[0] = lg_ln(natural[0]);
  for (int k = 1; k < 5; k++) theta[k] = lg_ln(natural[k] / natural[0]);
  for (int k = 5; k < LG_TM_PARAMETERS; k++) theta[k] = natural[k];
}

void lg_tm_steady(double v_mV, double vt_mV, double state[LG_TM_STATES]) {
  lg_tm_rates r, d;
  lg_tm_rates_at(v_mV, vt_mV, 600.0, &r, &d);
  state[0] = v_mV;
  state[1] = r.am / (r.am + r.bm);
  state[2] = r.ah / (r.ah + r.bh);
  state[3] = r.an / (r.an + r.bn);
  state[4] = r.p_inf;
}

typedef struct rates_per_C {
  double inv_C, na, k, l, m, ena, ek, el, vt, taumax;
} rates_per_C;

static rates_per_C unpack(const double theta[LG_TM_PARAMETERS], double taumax_ms) {
  return (rates_per_C){lg_exp(-theta[0]), lg_exp(theta[1]), lg_exp(theta[2]), lg_exp(theta[3]), lg_exp(theta[4]),
                       theta[5],          theta[6],         theta[7],         theta[8],         taumax_ms};
}

/* States of a neuron that also has the slow gate; the plain one leaves the last alone. */
enum { NS = LG_TM_STATES, NS_SLOW = LG_TM_STATES + 1 };

static void rhs(const rates_per_C *q, const lg_tm_slow *slow, double drive, const double y[NS_SLOW],
                double f[NS_SLOW]) {
  lg_tm_rates r, d;
  lg_tm_rates_at(y[0], q->vt, q->taumax, &r, &d);
  const double n2 = y[3] * y[3], na = slow ? q->na * (1.0 - slow->share * (1.0 - y[NS])) : q->na;
  f[0] = drive - na * y[1] * y[1] * y[1] * y[2] * (y[0] - q->ena) - (q->k * n2 * n2 + q->m * y[4]) * (y[0] - q->ek) -
         q->l * (y[0] - q->el);
  f[1] = r.am * (1.0 - y[1]) - r.bm * y[1];
  f[2] = r.ah * (1.0 - y[2]) - r.bh * y[2];
  f[3] = r.an * (1.0 - y[3]) - r.bn * y[3];
  f[4] = (r.p_inf - y[4]) * r.p_rate;
  if (!slow) return;
  double s_inf, rate;
  lg_tm_slow_at(y[0], slow->half_mV, slow->slope_mV, slow->tau_min_ms, slow->tau_max_ms, &s_inf, &rate);
  f[NS] = (s_inf - y[NS]) * rate;
}

static void steady(const rates_per_C *q, const lg_tm_slow *slow, double v, double y[NS_SLOW]) {
  double rate;
  lg_tm_steady(v, q->vt, y);
  if (slow) lg_tm_slow_at(v, slow->half_mV, slow->slope_mV, slow->tau_min_ms, slow->tau_max_ms, &y[NS], &rate);
}

static double steady_current(const rates_per_C *q, const lg_tm_slow *slow, double drive, double v) {
  double y[NS_SLOW], f[NS_SLOW];
  steady(q, slow, v, y);
  rhs(q, slow, drive, y, f);
  return f[0];
}

static double rest_of(const rates_per_C *q, const lg_tm_slow *slow, double drive) {
  double low = -120.0, high = low;
  if (!(steady_current(q, slow, drive, low) > 0.0)) return (double)NAN;
  while (steady_current(q, slow, drive, high) > 0.0) {
    low = high;
    high += 0.5;
    if (high > 0.0) return (double)NAN;
  }
  for (int k = 0; k < 60; k++) {
    const double middle = 0.5 * (low + high);
    if (steady_current(q, slow, drive, middle) > 0.0) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

static const lg_tm_slow *used(const lg_tm_slow *slow) { return slow && slow->share > 0.0 ? slow : NULL; }

double lg_tm_rest_slow(const double theta[LG_TM_PARAMETERS], double taumax_ms, const lg_tm_slow *slow) {
  const rates_per_C q = unpack(theta, taumax_ms);
  return rest_of(&q, used(slow), 0.0);
}

double lg_tm_rest(const double theta[LG_TM_PARAMETERS], double taumax_ms) {
  return lg_tm_rest_slow(theta, taumax_ms, NULL);
}

static inline void rk4_step(const rates_per_C *q, const lg_tm_slow *slow, double drive, double h, double y[NS_SLOW]) {
  const int ns = slow ? NS_SLOW : NS;
  double k1[NS_SLOW], k2[NS_SLOW], k3[NS_SLOW], k4[NS_SLOW], z[NS_SLOW];
  rhs(q, slow, drive, y, k1);
  for (int i = 0; i < ns; i++) z[i] = y[i] + 0.5 * h * k1[i];
  rhs(q, slow, drive, z, k2);
  for (int i = 0; i < ns; i++) z[i] = y[i] + 0.5 * h * k2[i];
  rhs(q, slow, drive, z, k3);
  for (int i = 0; i < ns; i++) z[i] = y[i] + h * k3[i];
  rhs(q, slow, drive, z, k4);
  for (int i = 0; i < ns; i++) y[i] += h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
}

/* Inlined twice, with and without the slow gate, so that the plain loop carries none of it. */
static inline size_t run(const rates_per_C *q, const lg_tm_slow *slow, const lg_tm_drive *d, double *v_mV,
                         double *spikes_ms, size_t max_spikes) {
  const double h = d->dt_ms / (double)d->substeps;
  double y[NS_SLOW];
  size_t spikes = 0;
  const double rest = rest_of(q, slow, d->i_pA[0] * q->inv_C);
  steady(q, slow, rest == rest ? rest : -65.0, y);
  for (size_t k = 0; k < d->n; k++) {
    if (v_mV) v_mV[k] = y[0];
    const double drive = d->i_pA[k] * q->inv_C;
    for (unsigned s = 0; s < d->substeps; s++) {
      const double before = y[0];
      rk4_step(q, slow, drive, h, y);
      if (before >= -20.0 || y[0] < -20.0) continue;
      const double t = (double)k * d->dt_ms + h * ((double)s + (-20.0 - before) / (y[0] - before));
      if (spikes_ms && spikes < max_spikes) spikes_ms[spikes] = t;
      spikes++;
    }
    if (d->stop_after > 0 && spikes >= d->stop_after) break;
  }
  return spikes;
}

size_t lg_tm_simulate_slow(const double theta[LG_TM_PARAMETERS], double taumax_ms, const lg_tm_slow *slow,
                           const lg_tm_drive *drive, double *v_mV, double *spikes_ms, size_t max_spikes) {
  const rates_per_C q = unpack(theta, taumax_ms);
  slow = used(slow);
  return slow ? run(&q, slow, drive, v_mV, spikes_ms, max_spikes) : run(&q, NULL, drive, v_mV, spikes_ms, max_spikes);
}

size_t lg_tm_simulate_sampled(const double theta[LG_TM_PARAMETERS], double taumax_ms, const double *i_pA, size_t n,
                              double dt_ms, unsigned substeps, size_t stop_after, double *v_mV, double *spikes_ms,
                              size_t max_spikes) {
  const lg_tm_drive drive = {.i_pA = i_pA, .n = n, .dt_ms = dt_ms, .substeps = substeps, .stop_after = stop_after};
  return lg_tm_simulate_slow(theta, taumax_ms, NULL, &drive, v_mV, spikes_ms, max_spikes);
}
