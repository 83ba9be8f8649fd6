/** @file axon_file.h @brief Files of the axon room: constants, outcomes, traces. */
#ifndef LG_AXON_FILE_H
#define LG_AXON_FILE_H

#include "twin/axon_profiles.h"

/**
 * @brief Constants from JSON: a preset with what the file names (ref_open.json's names) replaced; the preset is the
 * file's ("preset": "male" or "female"), the male axon otherwise.
 */
LG_MUST_CHECK lg_status lg_axon_params_load(lg_ctx *ctx, const char *path, axon_params *out);
/** @brief The same on another preset, whatever the file's own is; NULL: lg_axon_params_load(). */
LG_MUST_CHECK lg_status lg_axon_params_load_on(lg_ctx *ctx, const char *path, const axon_params *preset,
                                               axon_params *out);

/** Which outcomes go into a table, and what is said of them beside the six outputs. */
typedef struct axon_rows {
  size_t n;
  char *const *names; /* (n) */
  const axon_outcome *outcomes;
  const axon_params *further; /* NULL: the six outputs only; otherwise six further columns for an axon of these */
  double injury_threshold;    /* of the column injured: mt is this or more */
} axon_rows;

/** @brief name,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct[,reaction_pN,mt_compression,undulation_nm,mt_time_ms,
 * axl_time_ms,injured]. */
LG_MUST_CHECK lg_status lg_axon_rows_write(lg_ctx *ctx, const char *path, const axon_rows *rows,
                                           lg_provenance *provenance);

/** @brief name,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct. */
LG_MUST_CHECK lg_status lg_axon_outcomes_write(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                               const axon_outcome *outcomes, lg_provenance *provenance);

/** @brief One profile in time:
 * t_s,eps,mt_max_now,axl_max_now,tau_lost_frac,nf_lost_frac,reaction_x0_pN,max_excess_compress. */
LG_MUST_CHECK lg_status lg_axon_trace_write(lg_ctx *ctx, const char *path, const double *trace, size_t n_steps,
                                            double dt_s, lg_provenance *provenance);

#endif
