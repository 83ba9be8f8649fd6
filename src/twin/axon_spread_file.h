/** @file axon_spread_file.h @brief What a population's spread is learned from, and the model as a file (safetensors).
 */
#ifndef LG_AXON_SPREAD_FILE_H
#define LG_AXON_SPREAD_FILE_H

#include "axon/spread_model.h"
#include "io/safetensors.h"

/** Examples with their memory. */
typedef struct axon_spread_set {
  axon_spread_examples examples;
  float *strain;
  double *out, *mean, *sd;
} axon_spread_set;

/**
 * @brief Profiles and every outcome over a population: name,seed,mt,axl,tau_pct,nf_pct,… of `axon population --each`.
 *
 * Rows of a profile may stand anywhere; further columns are ignored; rows with nan are left out, as are profiles
 * without a row of the reference seed or with fewer than two others (said in the log). Profiles of another length or
 * step become 101 samples of 1 ms.
 * @retval LG_ERR_FORMAT a column is missing, a cell is no number, no profile has a population
 */
LG_MUST_CHECK lg_status lg_axon_spread_set_load(lg_ctx *ctx, const char *profiles, const char *each,
                                                uint64_t reference_seed, axon_spread_set *out);
void lg_axon_spread_set_clear(lg_ctx *ctx, axon_spread_set *set);

/**
 * @brief Metadata: schema, axon, seeds; tensors (doubles): known (n, 10), weights (n, 8), seen.mean, seen.sd (10),
 * told.mean, cv.r2, cv.nrmse (8), kernel (2: width, noise).
 */
LG_MUST_CHECK lg_status lg_axon_spread_model_save(lg_ctx *ctx, const lg_axon_spread_model *model,
                                                  const lg_text_pair *more, size_t n_more, const char *path);
/** @retval LG_ERR_FORMAT not one, or numbers that cannot be */
LG_MUST_CHECK lg_status lg_axon_spread_model_load(lg_ctx *ctx, const char *path, lg_axon_spread_model **out);

#endif
