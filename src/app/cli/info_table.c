/* Tables (traces, results, arrays) and tensors in words. */
#include "app/cli/info.h"

#include "io/trace_write_internal.h"

#include <math.h>
#include <string.h>

/* ---- tables --------------------------------------------------------------------------------------- */

static const char *kind_of(const lg_table *table) { return lg_table_is_trace(table) ? "trace" : "table"; }

/* Sampling of a trace whose time is even; 0 when it is not. */
static double even_step(const lg_table *table) {
  if (!lg_table_is_trace(table) || table->items[0].n < 2) return 0.0;
  const lg_table_item *t = &table->items[0];
  const double dt = (t->x[t->n - 1] - t->x[0]) / (double)(t->n - 1);
  for (size_t k = 1; k < t->n; k++)
    if (!(fabs(t->x[k] - t->x[k - 1] - dt) <= 0.01 * dt)) return 0.0;
  return dt;
}

static bool is_shown(const lg_table_item *item) {
  return strcmp(item->name, "provenance") != 0 && strcmp(item->name, "general/source_script") != 0;
}

void info_table_text(FILE *stream, const lg_table *table) {
  const double dt = even_step(table);
  (void)fprintf(stream, "%s, %s\n", kind_of(table), table->format);
  if (dt > 0.0)
    (void)fprintf(stream, "sampling     %zu rows, %.6g ms apart (%.6g kHz)\n", table->items[0].n, dt, 1.0 / dt);
  for (size_t k = 0; k < table->n; k++) {
    const lg_table_item *item = &table->items[k];
    char unit[16];
    if (!is_shown(item)) continue;
    lg_trace_unit(item->name, unit, sizeof unit);
    if (item->text) {
      (void)fprintf(stream, "%-24s text '%.60s%s'\n", item->name, item->text, strlen(item->text) > 60 ? "..." : "");
    } else if (!item->x) {
      (void)fprintf(stream, "%-24s %zu words\n", item->name, item->n);
    } else {
      const info_range r = info_range_of(item->x, item->n);
      if (r.missing == r.n) (void)fprintf(stream, "%-24s %zu numbers, none finite\n", item->name, r.n);
      else
        (void)fprintf(stream, "%-24s %zu numbers, %.6g to %.6g%s%s%s\n", item->name, r.n, r.least, r.largest,
                      unit[0] ? " " : "", unit, r.missing ? ", some missing" : "");
    }
  }
}

void info_table_json(lg_json *w, const lg_table *table) {
  const double dt = even_step(table);
  lg_json_key_text(w, "format", table->format);
  if (dt > 0.0) lg_json_key_number(w, "dt_ms", dt);
  lg_json_key(w, "columns");
  lg_json_array(w);
  for (size_t k = 0; k < table->n; k++) {
    const lg_table_item *item = &table->items[k];
    char unit[16];
    if (!is_shown(item)) continue;
    lg_trace_unit(item->name, unit, sizeof unit);
    lg_json_object(w);
    lg_json_key_text(w, "name", item->name);
    if (item->text) {
      lg_json_key_text(w, "text", item->text);
    } else {
      const info_range r = info_range_of(item->x, item->x ? item->n : 0);
      lg_json_key_integer(w, "n", (int64_t)item->n);
      lg_json_key_text(w, "unit", unit[0] ? unit : NULL);
      lg_json_key_text(w, "type", item->x ? "number" : "text");
      lg_json_key_number(w, "min", r.least);
      lg_json_key_number(w, "max", r.largest);
      lg_json_key_integer(w, "missing", (int64_t)r.missing);
    }
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

/* ---- tensors -------------------------------------------------------------------------------------- */

static size_t elements(const lg_tensor_entry *t) {
  size_t n = 1;
  for (size_t k = 0; k < t->rank; k++) n *= t->shape[k];
  return n;
}

static double element(const lg_tensor_entry *t, size_t k) {
  switch (t->dtype) {
  case LG_DTYPE_F32:
    return (double)((const float *)t->data)[k];
  case LG_DTYPE_F64:
    return ((const double *)t->data)[k];
  case LG_DTYPE_I64:
    return (double)((const int64_t *)t->data)[k];
  default:
    return (double)((const uint8_t *)t->data)[k];
  }
}

static info_range tensor_range(const lg_tensor_entry *t) {
  info_range r = info_range_of(NULL, 0);
  for (size_t k = 0, n = elements(t); k < n; k++) {
    const double x = element(t, k);
    const info_range one = info_range_of(&x, 1);
    info_range_join(&r, &one);
  }
  return r;
}

static size_t count_all(const lg_safetensors *st) {
  size_t n = 0;
  for (size_t k = 0; k < lg_safetensors_count(st); k++) n += elements(lg_safetensors_at(st, k));
  return n;
}

void info_tensors_text(FILE *stream, const lg_safetensors *st) {
  const lg_text_pair *pair;
  (void)fprintf(stream, "network weights, safetensors\n");
  (void)fprintf(stream, "tensors      %zu with %zu numbers\n", lg_safetensors_count(st), count_all(st));
  for (size_t k = 0; (pair = lg_safetensors_metadata_at(st, k)) != NULL; k++)
    (void)fprintf(stream, "%-12s %.100s%s\n", pair->key, pair->text, strlen(pair->text) > 100 ? "..." : "");
  for (size_t k = 0; k < lg_safetensors_count(st); k++) {
    const lg_tensor_entry *t = lg_safetensors_at(st, k);
    const info_range r = tensor_range(t);
    (void)fprintf(stream, "%-32s %s (", t->name, lg_dtype_name(t->dtype));
    for (size_t d = 0; d < t->rank; d++) (void)fprintf(stream, "%s%zu", d ? ", " : "", t->shape[d]);
    if (r.n > r.missing)
      (void)fprintf(stream, ") %.4g to %.4g%s\n", r.least, r.largest, r.missing ? ", some not finite" : "");
    else (void)fprintf(stream, ")%s\n", r.n ? " nothing finite" : "");
  }
}

void info_tensors_json(lg_json *w, const lg_safetensors *st) {
  const lg_text_pair *pair;
  lg_json_key_text(w, "format", "safetensors");
  lg_json_key_integer(w, "n_numbers", (int64_t)count_all(st));
  lg_json_key(w, "metadata");
  lg_json_object(w);
  for (size_t k = 0; (pair = lg_safetensors_metadata_at(st, k)) != NULL; k++)
    lg_json_key_text(w, pair->key, pair->text);
  lg_json_end_object(w);
  lg_json_key(w, "tensors");
  lg_json_array(w);
  for (size_t k = 0; k < lg_safetensors_count(st); k++) {
    const lg_tensor_entry *t = lg_safetensors_at(st, k);
    const info_range r = tensor_range(t);
    lg_json_object(w);
    lg_json_key_text(w, "name", t->name);
    lg_json_key_text(w, "type", lg_dtype_name(t->dtype));
    lg_json_key(w, "shape");
    lg_json_array(w);
    for (size_t d = 0; d < t->rank; d++) lg_json_integer(w, (int64_t)t->shape[d]);
    lg_json_end_array(w);
    lg_json_key_number(w, "min", r.least);
    lg_json_key_number(w, "max", r.largest);
    lg_json_key_integer(w, "missing", (int64_t)r.missing);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}
