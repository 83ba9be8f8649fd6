/* Twins and tensors in other formats. */
#include "app/cli/convert.h"
#include "app/cli/info.h"
#include "io/h5_write.h"
#include "twin/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- twins and models ----------------------------------------------------------------------------- */

typedef struct parameter {
  const char *name, *unit;
  double value, sd, low, high;
} parameter;

static double number_or_nan(lg_ctx *ctx, const lg_json_at *at, const char *path) {
  double x = (double)NAN;
  if (!lg_json_has(at, path) || lg_json_get_number(ctx, at, path, NULL, &x) != LG_OK) return (double)NAN;
  return x;
}

/* The k-th parameter; false behind the last one. */
static bool read_parameter(lg_ctx *ctx, const lg_json_at *list, size_t k, parameter *p) {
  lg_json_at item;
  *p = (parameter){.name = lg_json_key_at(list, k), .unit = "", .sd = NAN, .low = NAN, .high = NAN};
  if (!p->name || lg_json_get_key(ctx, list, p->name, &item) != LG_OK) return false;
  if (lg_json_is_number(&item)) {
    p->value = number_or_nan(ctx, &item, "");
    return true;
  }
  p->value = number_or_nan(ctx, &item, "value");
  p->sd = number_or_nan(ctx, &item, "sd");
  p->low = number_or_nan(ctx, &item, "ci95[0]");
  p->high = number_or_nan(ctx, &item, "ci95[1]");
  if (lg_json_has(&item, "unit")) LG_IGNORE(lg_json_get_text(ctx, &item, "unit", &p->unit));
  return true;
}

static void csv_number(FILE *stream, double x) {
  char text[32];
  if (isfinite(x)) lg_format_double(x, text);
  else text[0] = '\0';
  (void)fprintf(stream, ",%s", text);
}

static size_t write_csv(lg_ctx *ctx, FILE *stream, const lg_json_at *list, lg_provenance *provenance) {
  parameter p;
  size_t n = 0;
  lg_provenance_write_comments(provenance, stream);
  (void)fputs("parameter,value,unit,sd,ci95_low,ci95_high\n", stream);
  for (; read_parameter(ctx, list, n, &p); n++) {
    (void)fputs(p.name, stream);
    csv_number(stream, p.value);
    (void)fprintf(stream, ",%s", p.unit);
    csv_number(stream, p.sd);
    csv_number(stream, p.low);
    csv_number(stream, p.high);
    (void)fputc('\n', stream);
  }
  return n;
}

static size_t write_model(lg_ctx *ctx, FILE *stream, const lg_json_at *root, const lg_json_at *list,
                          lg_provenance *provenance) {
  const char *model = "", *variant = "";
  parameter p;
  size_t n = 0;
  LG_IGNORE(lg_json_get_text(ctx, root, "model", &model));
  if (lg_json_has(root, "variant")) LG_IGNORE(lg_json_get_text(ctx, root, "variant", &variant));
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key_text(&w, "model", model);
  if (variant[0]) lg_json_key_text(&w, "variant", variant);
  lg_json_key(&w, "parameters");
  lg_json_object(&w);
  for (; read_parameter(ctx, list, n, &p); n++) lg_json_key_number(&w, p.name, p.value);
  lg_json_end_object(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(provenance, &w);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
  return n;
}

lg_status convert_document(cli_run *run, const char *in, const char *out, convert_summary *s) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  lg_json_at root, list;
  lg_neuron neuron;
  lg_outfile *file = NULL;
  const bool json = convert_ends_in(out, ".json");
  LG_TRY(lg_neuron_load(ctx, in, &neuron)); /* complains about what is no model */
  LG_TRY(lg_json_load(ctx, in, LG_JSON_COMMENTS, 0, &doc));
  root = lg_json_root(doc);
  LG_TRY(lg_json_get_object(ctx, &root, "parameters", &list));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "model", in));
  s->what = "parameters";
  s->writing = true;
  if (!json && !convert_ends_in(out, ".csv") && strcmp(out, "-") != 0) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "a twin or model becomes .csv (its parameters) or .json (the plain model)");
    goto done;
  }
  LG_TRY(lg_outfile_open(ctx, out, &file));
  FILE *stream = lg_outfile_stream(file);
  s->n = json ? write_model(ctx, stream, &root, &list, cli_provenance(run))
              : write_csv(ctx, stream, &list, cli_provenance(run));
  status = lg_outfile_commit(ctx, file);
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

/* ---- tensors -------------------------------------------------------------------------------------- */

static size_t elements(const lg_tensor_entry *t) {
  size_t n = 1;
  for (size_t k = 0; k < t->rank; k++) n *= t->shape[k];
  return n;
}

/* "(64, 3)", "(5,)", "()" as Python writes them. */
static void shape_text(const lg_tensor_entry *t, char *text, size_t bytes) {
  size_t used = (size_t)snprintf(text, bytes, "(");
  for (size_t k = 0; k < t->rank && used < bytes; k++)
    used += (size_t)snprintf(text + used, bytes - used, "%s%zu", k ? ", " : "", t->shape[k]);
  if (used < bytes) (void)snprintf(text + used, bytes - used, "%s)", t->rank == 1 ? "," : "");
}

static lg_status write_npy(lg_ctx *ctx, const char *path, const lg_tensor_entry *t, lg_provenance *provenance) {
  static const char *const types[] = {"<f4", "<f8", "<i8", "|u1"};
  lg_status status = LG_OK;
  lg_outfile *file = NULL, *beside = NULL;
  char header[512], shape[256], name[4200];
  shape_text(t, shape, sizeof shape);
  int n =
      snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", types[t->dtype], shape);
  while ((n + 1 + 10) % 64 != 0 && n + 2 < (int)sizeof header) header[n++] = ' ';
  header[n++] = '\n';
  LG_TRY(lg_outfile_open(ctx, path, &file));
  FILE *stream = lg_outfile_stream(file);
  (void)fwrite("\x93NUMPY\x01\x00", 1, 8, stream);
  (void)fputc(n & 255, stream);
  (void)fputc(n >> 8, stream);
  (void)fwrite(header, 1, (size_t)n, stream);
  (void)fwrite(t->data, lg_dtype_bytes(t->dtype), elements(t), stream);
  LG_TRY(lg_outfile_commit(ctx, file));
  if (strcmp(path, "-") == 0) return LG_OK;
  (void)snprintf(name, sizeof name, "%.4096s.json", path);
  LG_TRY(lg_outfile_open(ctx, name, &beside));
  lg_json w = lg_json_begin(lg_outfile_stream(beside));
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-trace-provenance/1");
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(provenance, &w);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
  status = lg_outfile_commit(ctx, beside);
done:
  return status;
}

static hid_t memory_type(lg_dtype type) {
  switch (type) {
  case LG_DTYPE_F32:
    return H5T_NATIVE_FLOAT;
  case LG_DTYPE_F64:
    return H5T_NATIVE_DOUBLE;
  case LG_DTYPE_I64:
    return H5T_NATIVE_INT64;
  default:
    return H5T_NATIVE_UINT8;
  }
}

/* One vector per tensor; its shape is an attribute. */
static lg_status write_h5(lg_ctx *ctx, const char *path, const lg_safetensors *st, const char *only,
                          lg_provenance *provenance, size_t *written) {
  lg_status status = LG_OK;
  lg_h5_out out;
  char *text = lg_provenance_text(ctx, provenance);
  if (!text) return LG_ERR_MEMORY;
  LG_TRY(lg_h5_out_open(ctx, &out));
  lg_h5_put_attribute_text(&out, "/", "format", "loligo-tensors");
  for (size_t k = 0; k < lg_safetensors_count(st); k++) {
    const lg_tensor_entry *t = lg_safetensors_at(st, k);
    char name[300], shape[256];
    if (only && strcmp(only, t->name) != 0) continue;
    (void)snprintf(name, sizeof name, "/%.250s", t->name);
    for (char *p = name + 1; *p; p++)
      if (*p == '/') *p = '.';
    shape_text(t, shape, sizeof shape);
    lg_h5_put_vector(&out, name, memory_type(t->dtype), t->data, elements(t));
    lg_h5_put_attribute_text(&out, name, "shape", shape);
    (*written)++;
  }
  lg_h5_put_text(&out, "/provenance", text);
  status = lg_h5_out_commit(ctx, &out, path);
done:
  free(text);
  return status;
}

lg_status convert_tensors(cli_run *run, const char *in, const char *out, convert_summary *s) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  const char *only = cli_text(run, "tensor");
  LG_TRY(lg_safetensors_read(ctx, in, &st));
  if (only && !lg_safetensors_find(st, only)) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "there is no tensor '%s'; 'loligo info' lists them", only);
    goto done;
  }
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "weights", in));
  s->what = "tensors";
  s->writing = true;
  if (convert_ends_in(out, ".npy") && (only || lg_safetensors_count(st) == 1)) {
    s->n = 1;
    status = write_npy(ctx, out, only ? lg_safetensors_find(st, only) : lg_safetensors_at(st, 0), cli_provenance(run));
  } else if (convert_ends_in(out, ".h5") || convert_ends_in(out, ".hdf5")) {
    status = write_h5(ctx, out, st, only, cli_provenance(run), &s->n);
  } else {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "tensors become .h5 (all of them) or .npy (one: --tensor NAME)");
  }
done:
  lg_safetensors_destroy(ctx, st);
  return status;
}
