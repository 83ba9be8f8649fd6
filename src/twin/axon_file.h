/** @file axon_file.h @brief Files of the axon room: constants, outcomes, traces. */
#ifndef LG_AXON_FILE_H
#define LG_AXON_FILE_H

#include "twin/axon_profiles.h"

/** @brief Constants from JSON: the default male axon, with what the file names (ref_open.json's names) replaced. */
LG_MUST_CHECK lg_status lg_axon_params_load(lg_ctx *ctx, const char *path, axon_params *out);

/** @brief name,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct. */
LG_MUST_CHECK lg_status lg_axon_outcomes_write(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                               const axon_outcome *outcomes, lg_provenance *provenance);

/** @brief One profile in time:
 * t_s,eps,mt_max_now,axl_max_now,tau_lost_frac,nf_lost_frac,reaction_x0_pN,max_excess_compress. */
LG_MUST_CHECK lg_status lg_axon_trace_write(lg_ctx *ctx, const char *path, const double *trace, size_t n_steps,
                                            double dt_s, lg_provenance *provenance);

#endif
