/** @file predict.h @brief What strain does to axons: by networks where they are to be trusted, elsewhere by simulation.
 */
#ifndef LG_AXON_PREDICT_H
#define LG_AXON_PREDICT_H

#include "axon/surrogate.h"

/** One profile: what the networks say, or what the mechanics said in their place. */
typedef struct axon_predicted {
  double mean[AXON_PREDICTED], sd[AXON_PREDICTED]; /* as axon_prediction; sd of a simulated profile: 0 */
  double nearest;                                  /* as axon_prediction */
  bool in_range;                                   /* of the networks */
  bool direct;                                     /* simulated */
  bool failed; /* out of range, and the simulation did not converge or refuses such strain: mean and sd are NAN */
} axon_predicted;

typedef struct axon_predict_opts {
  bool no_fallback; /* keep what the networks say of profiles that are out of range */
  axon_simulate_opts simulate;
} axon_predict_opts;

typedef struct axon_predict_report {
  size_t n_out, n_direct, n_failed; /* profiles out of range, simulated, and of those failed */
} axon_predict_report;

/**
 * @brief Predict every profile; simulate those that are out of range on the axon whose labels the networks learned.
 *
 * Profiles are simulated as they are, not as resampled for the networks. No randomness; the same bits for any number of
 * threads.
 * @param rows   (profiles->n)
 * @param report may be NULL
 * @retval LG_ERR_RANGE profiles of fewer than 2 samples, or a step that the simulation does not take
 */
LG_MUST_CHECK lg_status lg_axon_predict(lg_ctx *ctx, const lg_axon_surrogate *net, const axon_profiles *profiles,
                                        const axon_predict_opts *opts, axon_predicted *rows,
                                        axon_predict_report *report);

#endif
