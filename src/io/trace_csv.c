/* Traces as CSV: '#' lines of provenance, names, rows. */
#include "io/trace_write_internal.h"

#include <math.h>
#include <string.h>

static void write_value(FILE *stream, double x) {
  char text[32];
  if (isnan(x)) (void)fputs("nan", stream);
  else if (isinf(x)) (void)fputs(x > 0 ? "inf" : "-inf", stream);
  else {
    lg_format_double(x, text);
    (void)fputs(text, stream);
  }
}

lg_status lg_trace_write_csv(lg_ctx *ctx, const char *path, const lg_trace *trace) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *stream = lg_outfile_stream(file);
  if (trace->provenance) lg_provenance_write_comments(trace->provenance, stream);
  for (size_t c = 0; c < trace->n_columns; c++) (void)fprintf(stream, "%s%s", c ? "," : "", trace->columns[c].name);
  (void)fputc('\n', stream);
  for (size_t r = 0; r < trace->n_rows && !ferror(stream); r++) {
    for (size_t c = 0; c < trace->n_columns; c++) {
      if (c) (void)fputc(',', stream);
      write_value(stream, trace->columns[c].values[r]);
    }
    (void)fputc('\n', stream);
  }
  return lg_outfile_commit(ctx, file);
}
