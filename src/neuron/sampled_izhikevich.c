/* What an amplifier would have sampled from an Izhikevich neuron: RK4 with event roots between samples. */
#include "base/base.h"
#include "neuron/izhikevich_step.h"

enum { MAX_EVENTS_PER_SAMPLE = 1000 }; /* ends the sample when reset and peak lie on each other */

typedef struct spike_list {
  double *times;
  size_t n, max;
} spike_list;

/* One sample with spikes or a steep course: as many substeps as needed. */
static void advance(const lg_izh_scaled *s, double j, double dt, double t, double *x, double *w, spike_list *spikes) {
  double left = dt;
  for (int events = 0; left > 0.0 && events < MAX_EVENTS_PER_SAMPLE; events++) {
    bool reset;
    left = lg_izh_to_reset(s, j, left, x, w, &reset);
    if (!reset) return;
    if (spikes->times && spikes->n < spikes->max) spikes->times[spikes->n] = t + (dt - left);
    spikes->n++;
  }
}

size_t lg_izh_simulate_from(const lg_izh_params *p, lg_izh_state *state, double t0_ms, const double *i_pA, size_t n,
                            double dt_ms, double *v_mV, double *spike_times_ms, size_t max_spikes) {
  const lg_izh_scaled s = lg_izh_scale(p);
  spike_list spikes = {.times = spike_times_ms, .max = max_spikes};
  const double rate2_of_one_step = LG_IZH_ETA * LG_IZH_ETA / (dt_ms * dt_ms);
  double x = state->v_mV - p->vr, w = state->u_pA * s.inv_C;
  for (size_t k = 0; k < n; k++) {
    if (v_mV) v_mV[k] = p->vr + x;
    const double j = i_pA[k] * s.inv_C;
    if (lg_izh_rate2(&s, j, x, w) <= rate2_of_one_step) {
      double x1 = x, w1 = w;
      lg_izh_rk4(&s, j, dt_ms, &x1, &w1);
      if (x1 < s.peak_x) {
        x = x1;
        w = w1;
        continue;
      }
    }
    advance(&s, j, dt_ms, t0_ms + (double)k * dt_ms, &x, &w, &spikes);
  }
  state->v_mV = p->vr + x;
  state->u_pA = w * p->C;
  return spikes.n;
}

size_t lg_izh_simulate_sampled(const lg_izh_params *p, const double *i_pA, size_t n, double dt_ms, double *v_mV,
                               double *spike_times_ms, size_t max_spikes) {
  lg_izh_state state = {p->vr, 0.0};
  return lg_izh_simulate_from(p, &state, 0.0, i_pA, n, dt_ms, v_mV, spike_times_ms, max_spikes);
}

void lg_izh_add_noise(double *v_mV, size_t n, double sigma_mV, uint64_t seed, uint64_t index) {
  lg_rng rng = lg_rng_make(seed, 0x697a682d6e6f6973u, index); /* "izh-nois" */
  for (size_t k = 0; k < n; k++) v_mV[k] += sigma_mV * lg_rng_normal(&rng);
}
