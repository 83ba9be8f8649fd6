/**
 * @file feature_fit.h
 * @brief Fit a family to a real cell by what its free-running model does: spike counts and times, potentials in
 * between.
 *
 * Cost of a sweep: squared differences over their tolerance, each bounded, of
 *   the number of spikes, the course of that number over the step, the first latency, the potential of silent parts,
 * the level between spikes, and (conductance models) peak, threshold, trough and width of first and last spikes.
 * Search: random candidates, then CMA-ES from the best ones, eight candidates per SIMD batch, in parallel over batches
 * and sweeps; the same bits for any number of threads. Uncertainty: adaptive importance sampling around the best, with
 * the misfit that is left as the scale (Birge ratio).
 */
#ifndef LG_FEATURE_FIT_H
#define LG_FEATURE_FIT_H

#include "twin/feature_model.h"

enum { LG_FEATURE_SAMPLES = 200 };

typedef struct lg_feature_fit {
  double z[LG_FEATURE_MAX_Z];
  double p[LG_FEATURE_MAX_P]; /* natural */
  double sd[LG_FEATURE_MAX_P], low95[LG_FEATURE_MAX_P], high95[LG_FEATURE_MAX_P];
  double covariance[LG_FEATURE_MAX_P * LG_FEATURE_MAX_P]; /* of to_y(p), row-major (n_p, n_p) */
  double valley[LG_FEATURE_MAX_Z * LG_FEATURE_MAX_Z];     /* (n_z, n_z) where the search looked last, up to a factor */
  double cost;                                            /* mean over sweeps, all terms */
  double score; /* mean over sweeps of the terms that every family has: compares families */
  size_t evaluations;
  double samples[LG_FEATURE_SAMPLES * LG_FEATURE_MAX_P]; /* (200, n_p) natural, equally likely, in no order */
  size_t draws;                                          /* that were weighed for them … */
  double effective;                                      /* … and how many independent ones those are worth */
} lg_feature_fit;

/** @brief Search: z, p, cost, score and valley of the fit. Allocates its work space once. */
LG_MUST_CHECK lg_status lg_feature_search(lg_ctx *ctx, const lg_feature_model *model, const lg_targets *targets,
                                          uint64_t seed, lg_feature_fit *fit);

/** @brief How well a fit that was found is known: sd, low95, high95, covariance, samples. The same seed as in the
 * search. */
LG_MUST_CHECK lg_status lg_feature_spread(lg_ctx *ctx, const lg_feature_model *model, const lg_targets *targets,
                                          uint64_t seed, lg_feature_fit *fit);

/** @brief The score of given parameters. @param p (n_p) natural */
LG_MUST_CHECK lg_status lg_feature_score(lg_ctx *ctx, const lg_feature_model *model, const lg_targets *targets,
                                         const double *p, double *score);

/** Cost of one lane on one sweep; [0] the terms of every family, [1] those of the spikes' shape. */
void lg_feature_cost(const lg_feature_model *model, const lg_targets *targets, size_t sweep, const lg_lane_out *out,
                     int lane, double cost[2]);

#endif
