/* HDF5 files that the program wrote: outcomes and maps of axons, results of sweeps, tensors. */
#include "app/cli/info.h"

#include "io/h5_outline.h"
#include "io/trace_write_internal.h"

#include <math.h>
#include <string.h>

/* Traces and strain profiles have words of their own. */
static const struct {
  const char *format, *kind;
} kinds[] = {{"loligo-axon-outcomes", "axon outcomes"},
             {"loligo-axon-map", "axon map"},
             {"loligo-axon-predictions", "axon predictions"},
             {"loligo-sweep", "sweep results"},
             {"loligo-tensors", "tensors"}};

static const char *text_of(lg_ctx *ctx, const lg_json_at *at, const char *key) {
  const char *text = NULL;
  if (lg_json_get_text_or(ctx, at, key, NULL, &text) == LG_OK) return text;
  lg_ctx_clear(ctx);
  return NULL;
}

static size_t list_of(lg_ctx *ctx, const lg_json_at *at, const char *key, lg_json_at *list) {
  size_t n = 0;
  if (!lg_json_has(at, key)) return 0;
  if (lg_json_get_array(ctx, at, key, list, &n) == LG_OK) return n;
  lg_ctx_clear(ctx);
  return 0;
}

const char *info_h5_kind(lg_ctx *ctx, const lg_json_doc *outline) {
  const lg_json_at root = lg_json_root(outline);
  const char *format = text_of(ctx, &root, "format");
  for (size_t k = 0; format && k < sizeof kinds / sizeof kinds[0]; k++)
    if (strcmp(format, kinds[k].format) == 0) return kinds[k].kind;
  return NULL;
}

/* ---- units -------------------------------------------------------------------------------------------- */

/* The attribute's, or what the name of a column ends in. */
static const char *unit_of(const char *name, const char *attribute, char unit[16]) {
  static const struct {
    const char *part, *unit;
  } more[] = {{"_pct", "%"}, {"_pN", "pN"}, {"_nm", "nm"}, {"_mm", "mm"}};
  if (attribute && attribute[0]) return attribute;
  const char *slash = strrchr(name, '/');
  if (slash) name = slash + 1;
  lg_trace_unit(name, unit, 16);
  if (unit[0]) return unit;
  for (size_t k = 0; k < sizeof more / sizeof more[0]; k++) {
    const char *at = strstr(name, more[k].part);
    const char after = at ? at[strlen(more[k].part)] : 'x';
    if (after == '\0' || after == '_') return more[k].unit;
  }
  return "";
}

/* ---- for people ------------------------------------------------------------------------------------------ */

static void put_name(FILE *stream, const char *indent, const char *name) {
  char line[96];
  (void)snprintf(line, sizeof line, "%s%s", indent, name ? name : "?");
  lg_one_line(line);
  (void)fprintf(stream, "%-24s ", line);
}

static void range_text(lg_ctx *ctx, FILE *stream, const lg_json_at *at, const char *unit) {
  const double least = info_number(ctx, at, "min"), largest = info_number(ctx, at, "max");
  const double missing = info_number(ctx, at, "missing");
  if (isnan(missing)) return;
  if (isnan(least)) (void)fputs("none finite", stream);
  else if (least == largest) (void)fprintf(stream, "%.6g", least);
  else (void)fprintf(stream, "%.6g to %.6g", least, largest);
  if (!isnan(least) && unit[0] && strcmp(unit, "1") != 0) (void)fprintf(stream, " %s", unit);
  if (!isnan(least) && missing > 0.0) (void)fprintf(stream, ", %.0f missing", missing);
}

static void columns_text(lg_ctx *ctx, FILE *stream, const lg_json_at *dataset) {
  lg_json_at list;
  const size_t n = list_of(ctx, dataset, "columns", &list);
  for (size_t k = 0; k < n; k++) {
    char unit[16];
    const lg_json_at column = lg_json_item(&list, k);
    const char *name = text_of(ctx, &column, "name");
    put_name(stream, "  ", name);
    range_text(ctx, stream, &column, unit_of(name ? name : "", NULL, unit));
    (void)fputc('\n', stream);
  }
}

static void shape_text(lg_ctx *ctx, FILE *stream, const lg_json_at *dataset) {
  lg_json_at list;
  char line[160];
  const char *type = text_of(ctx, dataset, "type"), *tensor = text_of(ctx, dataset, "tensor");
  const size_t n = list_of(ctx, dataset, "shape", &list);
  int used = snprintf(line, sizeof line, "%.20s", type ? type : "?");
  for (size_t d = 0; d < n && d < 8; d++) {
    const lg_json_at item = lg_json_item(&list, d);
    used += snprintf(line + used, sizeof line - (size_t)used, "%s%.0f", d ? ", " : " (", info_number(ctx, &item, ""));
  }
  (void)fprintf(stream, "%s%s", line, n > 0 ? ")" : "");
  if (!tensor) return;
  (void)snprintf(line, sizeof line, "%s", tensor);
  lg_one_line(line);
  (void)fprintf(stream, " as %s", line);
}

static void dataset_text(lg_ctx *ctx, FILE *stream, const lg_json_at *dataset) {
  char unit[16], line[72];
  const char *name = text_of(ctx, dataset, "name"), *text = text_of(ctx, dataset, "text");
  if (!name || (text && strchr(name, '/'))) return; /* texts of a group: the vector beside it holds them too */
  put_name(stream, "", name);
  if (text) {
    (void)snprintf(line, sizeof line, "%.60s%s", text, strlen(text) > 60 ? "..." : "");
    lg_one_line(line);
    (void)fprintf(stream, "text '%s'\n", line);
    return;
  }
  shape_text(ctx, stream, dataset);
  if (lg_json_has(dataset, "missing")) (void)fputs(", ", stream);
  range_text(ctx, stream, dataset, unit_of(name, text_of(ctx, dataset, "unit"), unit));
  (void)fputc('\n', stream);
  columns_text(ctx, stream, dataset);
}

void info_h5_text(lg_ctx *ctx, FILE *stream, const lg_json_doc *outline) {
  const lg_json_at root = lg_json_root(outline);
  const char *format = text_of(ctx, &root, "format"), *name = text_of(ctx, &root, "name");
  lg_json_at list;
  const size_t n = list_of(ctx, &root, "datasets", &list);
  const double version = info_number(ctx, &root, "version");
  (void)fprintf(stream, "%s, HDF5 (%s", info_h5_kind(ctx, outline), format);
  if (isfinite(version)) (void)fprintf(stream, " %.0f", version);
  (void)fputs(")\n", stream);
  if (name && name[0]) (void)fprintf(stream, "%-24s %s\n", "name", name);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at dataset = lg_json_item(&list, k);
    dataset_text(ctx, stream, &dataset);
  }
}

/* ---- for programs ---------------------------------------------------------------------------------------- */

static void range_json(lg_ctx *ctx, lg_json *w, const lg_json_at *at) {
  if (!lg_json_has(at, "missing")) return;
  lg_json_key_number(w, "min", info_number(ctx, at, "min"));
  lg_json_key_number(w, "max", info_number(ctx, at, "max"));
  lg_json_key_integer(w, "missing", (int64_t)info_number(ctx, at, "missing"));
}

static void unit_json(lg_json *w, const char *name, const char *attribute) {
  char unit[16];
  const char *found = unit_of(name, attribute, unit);
  lg_json_key_text(w, "unit", found[0] ? found : NULL);
}

static void columns_json(lg_ctx *ctx, lg_json *w, const lg_json_at *dataset) {
  lg_json_at list;
  const size_t n = list_of(ctx, dataset, "columns", &list);
  if (n == 0) return;
  lg_json_key(w, "columns");
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at column = lg_json_item(&list, k);
    const char *name = text_of(ctx, &column, "name");
    lg_json_object(w);
    lg_json_key_text(w, "name", name);
    unit_json(w, name ? name : "", NULL);
    range_json(ctx, w, &column);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void dataset_json(lg_ctx *ctx, lg_json *w, const lg_json_at *dataset) {
  lg_json_at shape;
  const char *name = text_of(ctx, dataset, "name"), *text = text_of(ctx, dataset, "text");
  const size_t rank = list_of(ctx, dataset, "shape", &shape);
  lg_json_object(w);
  lg_json_key_text(w, "name", name);
  lg_json_key_text(w, "type", text_of(ctx, dataset, "type"));
  lg_json_key(w, "shape");
  lg_json_array(w);
  for (size_t d = 0; d < rank; d++) {
    const lg_json_at item = lg_json_item(&shape, d);
    lg_json_integer(w, (int64_t)info_number(ctx, &item, ""));
  }
  lg_json_end_array(w);
  if (text_of(ctx, dataset, "tensor")) lg_json_key_text(w, "tensor", text_of(ctx, dataset, "tensor"));
  if (text) lg_json_key_text(w, "text", text);
  if (lg_json_has(dataset, "missing")) unit_json(w, name ? name : "", text_of(ctx, dataset, "unit"));
  range_json(ctx, w, dataset);
  columns_json(ctx, w, dataset);
  lg_json_end_object(w);
}

void info_h5_json(lg_ctx *ctx, lg_json *w, const lg_json_doc *outline) {
  const lg_json_at root = lg_json_root(outline);
  lg_json_at list;
  const size_t n = list_of(ctx, &root, "datasets", &list);
  lg_json_key_text(w, "file_format", text_of(ctx, &root, "format"));
  lg_json_key_number(w, "file_version", info_number(ctx, &root, "version"));
  lg_json_key_text(w, "name", text_of(ctx, &root, "name"));
  lg_json_key(w, "datasets");
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at dataset = lg_json_item(&list, k);
    dataset_json(ctx, w, &dataset);
  }
  lg_json_end_array(w);
}
