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
 * axl_time_ms,injured] as CSV; HDF5 when the path ends in .h5. */
LG_MUST_CHECK lg_status lg_axon_rows_write(lg_ctx *ctx, const char *path, const axon_rows *rows,
                                           lg_provenance *provenance);

/** @brief name,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct, by lg_axon_rows_write(). */
LG_MUST_CHECK lg_status lg_axon_outcomes_write(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                               const axon_outcome *outcomes, lg_provenance *provenance);

enum { AXON_FURTHER_COLUMNS = 6 };
/** @brief The further columns of an outcome; NAN where it failed. */
void lg_axon_rows_further(const axon_rows *rows, const axon_outcome *outcome, double out[AXON_FURTHER_COLUMNS]);

/** @brief The HDF5 form: attribute format = "loligo-axon-outcomes"; /out (n, 6), /further (n, 6), /name, /provenance.
 */
LG_MUST_CHECK lg_status lg_axon_rows_write_h5(lg_ctx *ctx, const char *path, const axon_rows *rows,
                                              lg_provenance *provenance);

/** Outcomes out of a file. */
typedef struct axon_labels {
  size_t n;
  double *out;  /* (n, AXON_OUTPUTS), NAN where a simulation failed */
  char **names; /* (n) */
  char *text;   /* that they point into */
} axon_labels;

/** @brief Outcomes in HDF5, read inside the sandbox. Clear with lg_axon_labels_clear(). */
LG_MUST_CHECK lg_status lg_axon_labels_parse_h5(lg_ctx *ctx, const unsigned char *bytes, size_t n, axon_labels *out);
void lg_axon_labels_clear(lg_ctx *ctx, axon_labels *labels);

/** @brief One profile in time:
 * t_s,eps,mt_max_now,axl_max_now,tau_lost_frac,nf_lost_frac,reaction_x0_pN,max_excess_compress. */
LG_MUST_CHECK lg_status lg_axon_trace_write(lg_ctx *ctx, const char *path, const double *trace, size_t n_steps,
                                            double dt_s, lg_provenance *provenance);

#endif
