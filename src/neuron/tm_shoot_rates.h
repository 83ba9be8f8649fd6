/**
 * @file tm_shoot_rates.h
 * @brief What the passes of the refinement share, so that a pass with sensitivities and one without take the same steps
 * with the same arithmetic: exponentials and the step of a sample.
 */
#ifndef LG_TM_SHOOT_RATES_H
#define LG_TM_SHOOT_RATES_H

#include "neuron/tm_rates.h"
#include "neuron/tm_shoot.h"

/* e^x - 1 for |x| < 700 as lg_expm1(), its polynomial by Estrin's scheme up to r^12 / 12!: 1e-15, a third of the time
   that a chain of twelve steps waits. */
static inline double lg_tm_expm1(double x) {
  double scale;
  const double r = lg_exp_reduce(x, &scale), r2 = r * r, r4 = r2 * r2;
  const double low = (0.5 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
  const double middle = (1.0 / 720.0 + r * (1.0 / 5040.0)) + r2 * (1.0 / 40320.0 + r * (1.0 / 362880.0));
  const double high = (1.0 / 3628800.0 + r * (1.0 / 39916800.0)) + r2 * (1.0 / 479001600.0);
  const double reduced = r + r2 * ((low + r4 * middle) + (r4 * r4) * high);
  return scale * reduced + (scale - 1.0);
}

/* y/(e^y - 1) from m = e^y - 1, and its derivative: lg_tm_phi() with the exponential done before. */
static inline double lg_tm_phi_from(double y, double m, double *slope) {
  const double inverse = 1.0 / (m == 0.0 ? 1.0 : m), phi = y * inverse;
  const int small = fabs(y) < 1e-4;
  *slope = small ? -0.5 + y * (1.0 / 6.0) : (1.0 - phi) * inverse - phi;
  return small ? 1.0 - 0.5 * y + y * y * (1.0 / 12.0) : phi;
}

/* Steps per sample: 0.05 ms where the recording is slow, an eighth of 0.1 ms where it is fast. */
static inline unsigned lg_tm_substeps(const lg_tm_sweep *sw, size_t k, size_t *fast_until) {
  const size_t ahead = (size_t)(0.3 / sw->dt_ms) + 1, kept = (size_t)(1.0 / sw->dt_ms) + 1;
  const size_t probe = k + ahead < sw->n ? k + ahead : sw->n - 1;
  if (fabs(sw->v_mV[probe] - sw->v_mV[probe > 0 ? probe - 1 : 0]) > 30.0 * sw->dt_ms) *fast_until = probe + kept;
  return (unsigned)ceil(sw->dt_ms / (k < *fast_until ? 0.0125 : 0.05) - 1e-9);
}

#endif
