#include "neuron/validate_record.h"
#include "base/elementary.h"
#include "neuron/adex_sampled.h"
#include "neuron/hh52_sampled.h"

#include <math.h>

#define TM_STEP_MS 0.0125 /* RK4: potentials within 1e-4 mV also in the upstroke */

static unsigned substeps_of(double dt_ms) { return (unsigned)ceil(dt_ms / TM_STEP_MS - 1e-9); }

static void record_izhikevich(const lg_validation *plan, uint64_t index, size_t n, double *i_pA, double *v_mV,
                              lg_validate_cell *cell) {
  lg_izh_draw draw;
  lg_izh_prior_draw(plan->seed, index, &draw);
  cell->i0_pA = draw.i0_pA;
  lg_izh_to_vector(&draw.p, cell->natural);
  lg_izh_protocol_fill(plan->protocol, cell->i0_pA, plan->seed, index, plan->dt_ms, n, i_pA);
  (void)lg_izh_simulate_sampled(&draw.p, i_pA, n, plan->dt_ms, v_mV, NULL, 0);
}

static void record_tm(const lg_validation *plan, uint64_t index, lg_validate_drawer *drawer, size_t n, double *i_pA,
                      double *v_mV, lg_validate_cell *cell) {
  const uint64_t lane = index % LG_TM_LANES;
  if (!drawer->filled || drawer->base != index - lane) {
    drawer->base = index - lane;
    drawer->filled = true;
    lg_tm_prior_draw(plan->seed, drawer->base, drawer->tm);
  }
  const lg_tm_draw *draw = &drawer->tm[lane];
  cell->i0_pA = draw->i0_pA;
  lg_tm_to_natural(draw->theta, cell->natural);
  lg_izh_protocol_fill(plan->protocol, cell->i0_pA, plan->seed, index, plan->dt_ms, n, i_pA);
  (void)lg_tm_simulate_sampled(draw->theta, LG_TM_PRIOR_TAUMAX, i_pA, n, plan->dt_ms, substeps_of(plan->dt_ms), 0, v_mV,
                               NULL, 0);
}

void lg_validate_record(const lg_validation *plan, uint64_t index, lg_validate_drawer *drawer, size_t n, double *i_pA,
                        double *v_mV, lg_validate_cell *cell) {
  cell->family = plan->data;
  for (int c = 0; c < LG_VALIDATE_P; c++) cell->natural[c] = (double)NAN;
  switch (plan->data) {
  case LG_VALIDATE_IZHIKEVICH:
    record_izhikevich(plan, index, n, i_pA, v_mV, cell);
    break;
  case LG_VALIDATE_TM:
    record_tm(plan, index, drawer, n, i_pA, v_mV, cell);
    break;
  case LG_VALIDATE_ADEX: {
    lg_adex_draw draw;
    lg_adex_prior_draw(plan->seed, index, &draw);
    cell->i0_pA = draw.i0_pA;
    lg_izh_protocol_fill(plan->protocol, cell->i0_pA, plan->seed, index, plan->dt_ms, n, i_pA);
    (void)lg_adex_simulate_sampled(&draw.p, i_pA, n, plan->dt_ms, v_mV);
    break;
  }
  case LG_VALIDATE_HH52: {
    lg_hh52_draw draw;
    lg_hh52_prior_draw(plan->seed, index, &draw);
    cell->i0_pA = draw.i0_pA;
    lg_izh_protocol_fill(plan->protocol, cell->i0_pA, plan->seed, index, plan->dt_ms, n, i_pA);
    (void)lg_hh52_simulate_sampled(&draw.p, i_pA, n, plan->dt_ms, 0, v_mV);
    break;
  }
  }
  lg_izh_add_noise(v_mV, n, plan->sigma_mV, plan->seed, index);
}

size_t lg_validate_spikes(lg_validate_family family, const double natural[LG_VALIDATE_P], const double *i_pA, size_t n,
                          double dt_ms, double *spikes_ms, size_t max_spikes) {
  if (family == LG_VALIDATE_IZHIKEVICH) {
    const lg_izh_params p = lg_izh_from_vector(natural);
    return lg_izh_simulate_sampled(&p, i_pA, n, dt_ms, NULL, spikes_ms, max_spikes);
  }
  double theta[LG_TM_PARAMETERS];
  lg_tm_from_natural(natural, theta);
  return lg_tm_simulate_sampled(theta, LG_TM_PRIOR_TAUMAX, i_pA, n, dt_ms, substeps_of(2.0 * dt_ms), 0, NULL, spikes_ms,
                                max_spikes);
}
