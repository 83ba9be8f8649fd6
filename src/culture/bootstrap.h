/**
 * @file bootstrap.h
 * @brief How sure k and the feeds are: resampling of time blocks (default), of cells, or of both.
 *
 * To first order a residual moves ln k and its cell's feed by its influence; sums of influences over the blocks are
 * what is drawn, so that stretches stay whole and replicates cost nothing. Blocks are few: deviations are widened by
 * sqrt(blocks/(blocks - 3)), as Student's t is wider than the normal law, and a block's sums by what leaving it out
 * would do.
 */
#ifndef LG_CULTURE_BOOTSTRAP_H
#define LG_CULTURE_BOOTSTRAP_H

#include "culture/methods.h"

typedef enum culture_resample {
  CULTURE_TIME_BLOCKS = 0, /* common to all cells */
  CULTURE_CELLS,
  CULTURE_BOTH
} culture_resample;

typedef struct culture_bootstrap {
  culture_resample what;
  size_t block;      /* frames; 30 */
  size_t replicates; /* 100 to 1e6; 1000 */
  double level;      /* 0.95 */
  uint64_t seed;
} culture_bootstrap;

culture_bootstrap lg_culture_bootstrap_default(void);

typedef struct culture_interval_of_k {
  double low, high;
  bool open;      /* a factor of 16 or more between its ends: not identifiable */
  double *sorted; /* in: (options->replicates) where every replicate's k goes, ascending; NULL: not asked */
} culture_interval_of_k;

/**
 * @brief Intervals of a fit by segmented output error.
 * @param gamma_low,gamma_high (n_inner) out, or NULL
 */
LG_MUST_CHECK lg_status lg_culture_resample(lg_ctx *ctx, const lg_culture_data *data, const bool *masked,
                                            size_t shortest, const culture_fit *fit, const culture_bootstrap *options,
                                            culture_interval_of_k *k, double *gamma_low, double *gamma_high);

/**
 * @brief Profile: squares over k with every other unknown at its best.
 * @param k (n) where @param squares (n) out
 */
LG_MUST_CHECK lg_status lg_culture_profile(lg_ctx *ctx, const lg_culture_data *data, const bool *masked,
                                           size_t shortest, const double *k, size_t n, double *squares);

#endif
