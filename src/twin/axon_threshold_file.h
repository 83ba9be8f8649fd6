/** @file axon_threshold_file.h @brief Table of injury thresholds, one row for each axon. */
#ifndef LG_AXON_THRESHOLD_FILE_H
#define LG_AXON_THRESHOLD_FILE_H

#include "axon/threshold.h"
#include "data/provenance.h"

/** @brief seed, then of mt, axl, tau_pct and nf_pct: _separates (0 or 1), _uninjured_max, _injured_min, _margin_pct,
 * _threshold. */
LG_MUST_CHECK lg_status lg_axon_thresholds_write(lg_ctx *ctx, const char *path, const lg_axon_population *population,
                                                 const axon_threshold *thresholds, lg_provenance *provenance);

/** @brief seed,eps,rate_per_s,injured and the outputs: a row for each axon and point of the grid. */
LG_MUST_CHECK lg_status lg_axon_grid_write(lg_ctx *ctx, const char *path, const lg_axon_population *population,
                                           const axon_outcome *grid, lg_provenance *provenance);

#endif
