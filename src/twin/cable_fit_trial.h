/** @file cable_fit_trial.h @brief Does a fit find what is known? Recordings simulated from a case, fitted from
 * elsewhere.
 */
#ifndef LG_CABLE_FIT_TRIAL_H
#define LG_CABLE_FIT_TRIAL_H

#include "twin/cable_fit.h"

typedef struct cable_trial_options {
  const double *currents_nA; /* (n_currents) steps at the electrode, one sweep each */
  size_t n_currents;
  double step_ms, noise_mV, sample_ms;
  double spread; /* true values are the case's times e^(uniform in ± spread); 0: the case's own */
  double away;   /* the start is the truth times e^(± away), uniform; reversals ± 8 away mV */
  const char *patterns;
  uint64_t seed, trial;
  cable_fit_options fit;
} cable_trial_options;

/** @brief Draw a truth around the case, simulate its sweeps (an eighth of a sample), fit; true values
 * (n_unknowns) in *truth, free with lg_free. The model comes back with its own values. */
LG_MUST_CHECK lg_status lg_cable_fit_trial(lg_ctx *ctx, cable_model *model, const cable_cut *cut,
                                           const cable_trial_options *options, cable_fit **fit, double **truth);

#endif
