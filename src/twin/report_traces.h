/**
 * @file report_traces.h
 * @brief traces.csv of a run: one row per sample, `t_ms,i_pA,v_mV,sweep,twin_v_mV[,twin_lo95_mV,twin_hi95_mV]`.
 */
#ifndef LG_REPORT_TRACES_H
#define LG_REPORT_TRACES_H

#include "twin/report_view.h"

enum { LG_TRACE_COLUMNS = 5 /* i, v, twin, lower, upper edge */ };

/** Where the columns of a sweep go; NULL: not wanted. */
typedef struct lg_trace_columns {
  double *to[LG_TRACE_COLUMNS];
} lg_trace_columns;

/**
 * @brief Parse the bytes of a traces.csv into the columns of its sweeps.
 * @param sweeps  (n_sweeps) their numbers and lengths; the file must hold exactly these
 * @param columns (n_sweeps)
 * @param band    whether the file has the columns of the band
 * @retval LG_ERR_FORMAT with path and line
 */
LG_MUST_CHECK lg_status lg_report_parse_traces(lg_ctx *ctx, const char *path, const unsigned char *bytes, size_t n,
                                               const lg_report_sweep *sweeps, const lg_trace_columns *columns,
                                               size_t n_sweeps, bool band);

#endif
