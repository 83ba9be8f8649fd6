/**
 * @file spread_model.h
 * @brief From what one axon suffers to the mean and spread over a population of gap configurations.
 *
 * Gaussian-process regression (squared exponential, Rasmussen & Williams 2006, ch. 2) on ten numbers: the transformed
 * four outputs of the reference axon, predicted or simulated, and six features of the profile. Told are the transformed
 * population mean relative to the reference axon's output, and ln of sd over mean. Far from every profile that was
 * learned it falls back to their average: the usual ratio of mean and spread to the reference axon.
 */
#ifndef LG_AXON_SPREAD_MODEL_H
#define LG_AXON_SPREAD_MODEL_H

#include "axon/axon_net.h"

enum { AXON_SPREAD_SEEN = AXON_PREDICTED + 6, AXON_SPREAD_TOLD = 2 * AXON_PREDICTED };

typedef struct lg_axon_spread_model {
  axon_params params; /* of the reference axon: its seed is the one whose outputs are seen */
  size_t n_seeds;     /* axons of the population, at least, in every profile */
  size_t n_known;
  double *known;   /* (n_known, AXON_SPREAD_SEEN) standardised */
  double *weights; /* (n_known, AXON_SPREAD_TOLD) */
  double seen_mean[AXON_SPREAD_SEEN], seen_sd[AXON_SPREAD_SEEN], told_mean[AXON_SPREAD_TOLD];
  double width;                                         /* of the kernel, in standardised units */
  double noise;                                         /* variance of what is told, relative to the kernel's */
  double r2[AXON_SPREAD_TOLD], nrmse[AXON_SPREAD_TOLD]; /* cross-validated, natural units: means, then sds */
} lg_axon_spread_model;

/** Profiles with the outputs of the reference axon, and mean and sd of the population. */
typedef struct axon_spread_examples {
  size_t n, n_seeds;
  const float *strain;           /* (n, AXON_NET_TIMES), 1 ms apart */
  const double *out, *mean, *sd; /* (n, AXON_PREDICTED) each; sd above 0 */
} axon_spread_examples;

/**
 * @brief Learn; width and noise are those of least cross-validated error.
 * @param folds parts of the cross-validation, profiles dealt out in turn; 2 to n
 * @retval LG_ERR_RANGE fewer than 20 profiles, folds out of range, an sd that is not positive
 */
LG_MUST_CHECK lg_status lg_axon_spread_learn(lg_ctx *ctx, const axon_params *params, const axon_spread_examples *from,
                                             size_t folds, lg_axon_spread_model **out);
void lg_axon_spread_model_destroy(lg_ctx *ctx, lg_axon_spread_model *model);

/** @brief Mean and sd over the population for one profile. @param strain (AXON_NET_TIMES) @param out of the reference
 * axon */
void lg_axon_spread_tell(const lg_axon_spread_model *model, const float *strain, const double out[AXON_PREDICTED],
                         double mean[AXON_PREDICTED], double sd[AXON_PREDICTED]);

#endif
