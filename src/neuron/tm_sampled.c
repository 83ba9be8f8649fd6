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

static void rhs(const rates_per_C *q, double drive, const double y[LG_TM_STATES], double f[LG_TM_STATES]) {
  lg_tm_rates r, d;
  lg_tm_rates_at(y[0], q->vt, q->taumax, &r, &d);
  const double n2 = y[3] * y[3];
  f[0] = drive - q->na * y[1] * y[1] * y[1] * y[2] * (y[0] - q->ena) - (q->k * n2 * n2 + q->m * y[4]) * (y[0] - q->ek) -
         q->l * (y[0] - q->el);
  f[1] = r.am * (1.0 - y[1]) - r.bm * y[1];
  f[2] = r.ah * (1.0 - y[2]) - r.bh * y[2];
  f[3] = r.an * (1.0 - y[3]) - r.bn * y[3];
  f[4] = (r.p_inf - y[4]) * r.p_rate;
}

static double steady_current(const rates_per_C *q, double drive, double v) {
  double y[LG_TM_STATES], f[LG_TM_STATES];
  lg_tm_steady(v, q->vt, y);
  rhs(q, drive, y, f);
  return f[0];
}

static double rest_of(const rates_per_C *q, double drive) {
  double low = -120.0, high = low;
  if (!(steady_current(q, drive, low) > 0.0)) return (double)NAN;
  while (steady_current(q, drive, high) > 0.0) {
    low = high;
    high += 0.5;
    if (high > 0.0) return (double)NAN;
  }
  for (int k = 0; k < 60; k++) {
    const double middle = 0.5 * (low + high);
    if (steady_current(q, drive, middle) > 0.0) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

double lg_tm_rest(const double theta[LG_TM_PARAMETERS], double taumax_ms) {
  const rates_per_C q = unpack(theta, taumax_ms);
  return rest_of(&q, 0.0);
}

static void rk4_step(const rates_per_C *q, double drive, double h, double y[LG_TM_STATES]) {
  double k1[LG_TM_STATES], k2[LG_TM_STATES], k3[LG_TM_STATES], k4[LG_TM_STATES], z[LG_TM_STATES];
  rhs(q, drive, y, k1);
  for (int i = 0; i < LG_TM_STATES; i++) z[i] = y[i] + 0.5 * h * k1[i];
  rhs(q, drive, z, k2);
  for (int i = 0; i < LG_TM_STATES; i++) z[i] = y[i] + 0.5 * h * k2[i];
  rhs(q, drive, z, k3);
  for (int i = 0; i < LG_TM_STATES; i++) z[i] = y[i] + h * k3[i];
  rhs(q, drive, z, k4);
  for (int i = 0; i < LG_TM_STATES; i++) y[i] += h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
}

size_t lg_tm_simulate_sampled(const double theta[LG_TM_PARAMETERS], double taumax_ms, const double *i_pA, size_t n,
                              double dt_ms, unsigned substeps, size_t stop_after, double *v_mV, double *spikes_ms,
                              size_t max_spikes) {
  const rates_per_C q = unpack(theta, taumax_ms);
  const double h = dt_ms / (double)substeps;
  double y[LG_TM_STATES];
  size_t spikes = 0;
  const double rest = rest_of(&q, i_pA[0] * q.inv_C);
  lg_tm_steady(rest == rest ? rest : -65.0, q.vt, y);
  for (size_t k = 0; k < n; k++) {
    if (v_mV) v_mV[k] = y[0];
    const double drive = i_pA[k] * q.inv_C;
    for (unsigned s = 0; s < substeps; s++) {
      const double before = y[0];
      rk4_step(&q, drive, h, y);
      if (before >= -20.0 || y[0] < -20.0) continue;
      const double t = (double)k * dt_ms + h * ((double)s + (-20.0 - before) / (y[0] - before));
      if (spikes_ms && spikes < max_spikes) spikes_ms[spikes] = t;
      spikes++;
    }
    if (stop_after > 0 && spikes >= stop_after) break;
  }
  return spikes;
}
