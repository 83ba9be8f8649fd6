/** @file trace_write_internal.h @brief One writer per format of traces; trace_write.c checks the columns and chooses.
 */
#ifndef LG_TRACE_WRITE_INTERNAL_H
#define LG_TRACE_WRITE_INTERNAL_H

#include "data/provenance.h"
#include "io/trace_write.h"

typedef struct lg_trace {
  const lg_trace_column *columns;
  size_t n_columns, n_rows;
  lg_provenance *provenance;
} lg_trace;

lg_status lg_trace_write_csv(lg_ctx *ctx, const char *path, const lg_trace *trace);
lg_status lg_trace_write_npy(lg_ctx *ctx, const char *path, const lg_trace *trace);
lg_status lg_trace_write_h5(lg_ctx *ctx, const char *path, const lg_trace *trace);
lg_status lg_trace_write_nwb(lg_ctx *ctx, const char *path, const lg_trace *trace);

/** The unit in a column's name, "" when there is none that we know. */
void lg_trace_unit(const char *column, char *unit, size_t bytes);

#endif
