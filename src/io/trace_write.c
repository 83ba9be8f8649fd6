/* Checks the columns of a trace and chooses the writer by the extension. */
#define _XOPEN_SOURCE 700
#include "io/trace_write_internal.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

typedef lg_status (*writer)(lg_ctx *ctx, const char *path, const lg_trace *trace);

/* Extension with its dot, "" when the last part of the path has none (".hidden" has none either). */
static const char *extension(const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  const char *dot = strrchr(name, '.');
  return dot && dot != name ? dot : "";
}

static writer writer_of(const char *path) {
  static const struct {
    const char *extension;
    writer write;
  } table[] = {
      {"", lg_trace_write_csv},     {".csv", lg_trace_write_csv}, {".txt", lg_trace_write_csv},
      {".npy", lg_trace_write_npy}, {".h5", lg_trace_write_h5},   {".hdf5", lg_trace_write_h5},
      {".nwb", lg_trace_write_nwb},
  };
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++)
    if (strcasecmp(extension(path), table[k].extension) == 0) return table[k].write;
  return NULL;
}

static lg_status check_columns(lg_ctx *ctx, const lg_trace_column *columns, size_t n_columns) {
  if (n_columns < 1 || !columns[0].name || strcmp(columns[0].name, "t_ms") != 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a trace needs the column t_ms first (%zu columns given)", n_columns);
  for (size_t k = 0; k < n_columns; k++) {
    const char *name = columns[k].name;
    if (!name || !*name || strlen(name) > 120 || strpbrk(name, ",\"'\\\n\r/#") || strcmp(name, ".") == 0)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "column %zu has no usable name ('%s'); like v_mV_soma", k, name ? name : "");
    for (size_t j = 0; j < k; j++)
      if (strcmp(columns[j].name, name) == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "two columns are called '%s'", name);
  }
  return LG_OK;
}

lg_status lg_trace_write(lg_ctx *ctx, const char *path, const lg_trace_column *columns, size_t n_columns, size_t n_rows,
                         lg_provenance *provenance) {
  const lg_trace trace = {columns, n_columns, n_rows, provenance};
  const lg_status status = check_columns(ctx, columns, n_columns);
  if (status != LG_OK) return status;
  const writer write = writer_of(path);
  if (!write)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%s: the ending '%s' is not one of .csv .npy .h5 .nwb", path, extension(path));
  return write(ctx, path, &trace);
}
