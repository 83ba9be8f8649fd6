/* Populations as files: JSON with every patient's neuron, or CSV with a column per field that differs. */
#include "io/json_read.h"
#include "io/table.h"
#include "twin/model_file.h"
#include "twin/population.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SCHEMA "loligo-population/1"
enum { MOST_BYTES = 1 << 30 };

static bool is_csv(const char *path) {
  const size_t n = strlen(path);
  return n >= 4 && strcasecmp(path + n - 4, ".csv") == 0;
}

static void values_of(const lg_patient_features *f, double x[LG_PATIENT_FEATURES]) {
  const double values[LG_PATIENT_FEATURES] = {f->rheobase_pA,  f->Rin_MOhm, f->rest_mV,
                                              f->threshold_mV, f->peak_mV,  f->gain_Hz_per_pA};
  memcpy(x, values, sizeof values);
}

static lg_patient_features features_from(const double x[LG_PATIENT_FEATURES]) {
  return (lg_patient_features){x[0], x[1], x[2], x[3], x[4], x[5]};
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static bool differs(const lg_population *p, size_t field) {
  const lg_model_info *info = p->individuals[0].neuron.info;
  for (size_t k = 0; k < p->n; k++) {
    const double x = p->individuals[k].neuron.value[field], usual = info->fields[field].default_value;
    if (x != usual && !(isnan(x) && isnan(usual))) return true;
  }
  return false;
}

static void write_patient(lg_json *w, const lg_population *p, size_t k) {
  const lg_neuron *n = &p->individuals[k].neuron;
  double x[LG_PATIENT_FEATURES];
  lg_json_object(w);
  lg_json_key_text(w, "id", p->individuals[k].name);
  if (!isnan(p->temperature_C[k])) lg_json_key_number(w, "temperature_C", p->temperature_C[k]);
  lg_json_key(w, "parameters");
  lg_json_object(w);
  for (size_t f = 0; f < n->info->n_fields; f++)
    if (n->value[f] != n->info->fields[f].default_value && !isnan(n->value[f]))
      lg_json_key_number(w, n->info->fields[f].name, n->value[f]);
  lg_json_end_object(w);
  values_of(&p->features[k], x);
  lg_json_key(w, "features");
  lg_json_object(w);
  for (size_t f = 0; f < LG_PATIENT_FEATURES; f++) lg_json_key_number(w, lg_patient_feature_names[f], x[f]);
  lg_json_end_object(w);
  lg_json_end_object(w);
}

static void write_json(FILE *stream, const lg_population *p, lg_provenance *provenance) {
  const lg_neuron *first = &p->individuals[0].neuron;
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", SCHEMA);
  lg_json_key_text(&w, "twin", p->twin);
  lg_json_key_text(&w, "model", first->info->model);
  lg_json_key_text(&w, "variant", first->info->variant);
  lg_json_key_text(&w, "domain", lg_domain_name(p->individuals[0].domain));
  lg_json_key_integer(&w, "n", (int64_t)p->n);
  lg_json_key_integer(&w, "n_tried", (int64_t)p->n_tried);
  lg_json_key_number(&w, "share_accepted", (double)p->n / (double)p->n_tried);
  lg_json_key(&w, "individuals");
  lg_json_array(&w);
  for (size_t k = 0; k < p->n; k++) write_patient(&w, p, k);
  lg_json_end_array(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(provenance, &w);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}

static void number(FILE *f, double x) {
  char text[32] = "";
  if (isfinite(x)) lg_format_double(x, text);
  (void)fprintf(f, ",%s", text);
}

static void write_csv(FILE *f, const lg_population *p, lg_provenance *provenance) {
  const lg_model_info *info = p->individuals[0].neuron.info;
  (void)fprintf(f, "# schema: %s\n# twin: %s\n# model: %s\n# domain: %s\n# accepted: %zu of %zu\n", SCHEMA, p->twin,
                info->model, lg_domain_name(p->individuals[0].domain), p->n, p->n_tried);
  lg_provenance_write_comments(provenance, f);
  (void)fputs("id", f);
  for (size_t j = 0; j < info->n_fields; j++)
    if (differs(p, j)) (void)fprintf(f, ",%s", info->fields[j].name);
  (void)fputs(",temperature_C,domain_level", f);
  for (size_t j = 0; j < LG_PATIENT_FEATURES; j++) (void)fprintf(f, ",%s", lg_patient_feature_names[j]);
  (void)fputc('\n', f);
  for (size_t k = 0; k < p->n; k++) {
    double x[LG_PATIENT_FEATURES];
    (void)fputs(p->individuals[k].name, f);
    for (size_t j = 0; j < info->n_fields; j++)
      if (differs(p, j)) number(f, p->individuals[k].neuron.value[j]);
    number(f, p->temperature_C[k]);
    (void)fprintf(f, ",%d", (int)p->individuals[k].domain);
    values_of(&p->features[k], x);
    for (size_t j = 0; j < LG_PATIENT_FEATURES; j++) number(f, x[j]);
    (void)fputc('\n', f);
  }
}

lg_status lg_population_write(lg_ctx *ctx, const lg_population *p, lg_provenance *provenance, const char *path) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  if (is_csv(path)) write_csv(lg_outfile_stream(file), p, provenance);
  else write_json(lg_outfile_stream(file), p, provenance);
  return lg_outfile_commit(ctx, file);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

bool lg_population_is(lg_ctx *ctx, const char *path) {
  char head[256] = "";
  (void)ctx;
  FILE *f = fopen(path, "rb");
  if (!f) return false;
  const size_t n = fread(head, 1, sizeof head - 1, f);
  (void)fclose(f);
  head[n] = '\0';
  return strstr(head, "loligo-population/") != NULL;
}

static lg_status make_room(lg_ctx *ctx, size_t n, lg_population **out) {
  lg_status status = LG_OK;
  lg_population *p = NULL;
  LG_NEW(ctx, p, 1);
  p->n = n;
  p->n_tried = n;
  LG_NEW(ctx, p->individuals, n);
  LG_NEW(ctx, p->features, n);
  LG_NEW(ctx, p->temperature_C, n);
  *out = p;
  p = NULL;
done:
  lg_population_destroy(ctx, p);
  return status;
}

/* A known rheobase saves its titration; one that is none is none. */
static void settle(lg_population *p, size_t k) {
  const double rheobase = p->features[k].rheobase_pA;
  p->individuals[k].rheobase_pA = rheobase > 0.0 && isfinite(rheobase) ? rheobase : 0.0;
}

static lg_status read_patient(lg_ctx *ctx, const lg_json_at *at, const lg_neuron *blank, lg_domain domain,
                              lg_population *p, size_t k) {
  lg_status status = LG_OK;
  const char *id, *name;
  lg_json_at parameters;
  double x[LG_PATIENT_FEATURES];
  lg_individual *to = &p->individuals[k];
  to->neuron = *blank;
  to->domain = domain;
  LG_TRY(lg_json_get_text(ctx, at, "id", &id));
  (void)snprintf(to->name, sizeof to->name, "%s", id);
  LG_TRY(lg_json_get_number_or(ctx, at, "temperature_C", "degC", -50, 100, (double)NAN, &p->temperature_C[k]));
  LG_TRY(lg_json_get_object(ctx, at, "parameters", &parameters));
  for (size_t j = 0; (name = lg_json_key_at(&parameters, j)) != NULL; j++) {
    double value;
    LG_TRY(lg_json_get_number(ctx, &parameters, name, NULL, &value));
    status = lg_neuron_set(ctx, &to->neuron, name, value);
    if (status != LG_OK) LG_TRY(lg_fail_prefix(ctx, status, "%s: %s: ", at->file, at->path));
  }
  for (size_t f = 0; f < LG_PATIENT_FEATURES; f++) {
    char path[64];
    (void)snprintf(path, sizeof path, "features.%s", lg_patient_feature_names[f]);
    LG_TRY(lg_json_get_number_or(ctx, at, path, NULL, -1e12, 1e12, (double)NAN, &x[f]));
  }
  p->features[k] = features_from(x);
  settle(p, k);
done:
  return status;
}

static lg_status load_json(lg_ctx *ctx, const char *path, lg_population **out) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  lg_population *p = NULL;
  lg_json_at array;
  lg_neuron blank;
  const char *model, *variant, *domain, *twin;
  size_t n = 0;
  int64_t tried = 0;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_STRICT, MOST_BYTES, &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_json_get_text(ctx, &root, "model", &model));
  LG_TRY(lg_json_get_text_or(ctx, &root, "variant", "", &variant));
  LG_TRY(lg_json_get_text_or(ctx, &root, "domain", "green", &domain));
  LG_TRY(lg_json_get_text_or(ctx, &root, "twin", "", &twin));
  LG_TRY(lg_json_get_array(ctx, &root, "individuals", &array, &n));
  LG_TRY(lg_json_get_integer(ctx, &root, "n_tried", 0, INT64_MAX, &tried));
  if (n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: individuals: none", path));
  LG_TRY(lg_neuron_init(ctx, model, variant, &blank));
  LG_TRY(make_room(ctx, n, &p));
  p->n_tried = (size_t)tried;
  p->twin = lg_strdup(ctx, twin);
  LG_TRY(p->twin ? LG_OK : LG_ERR_MEMORY);
  const lg_domain level = strcmp(domain, "red") == 0     ? LG_DOMAIN_RED
                          : strcmp(domain, "amber") == 0 ? LG_DOMAIN_AMBER
                                                         : LG_DOMAIN_GREEN;
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&array, k);
    LG_TRY(read_patient(ctx, &item, &blank, level, p, k));
  }
  *out = p;
  p = NULL;
done:
  lg_population_destroy(ctx, p);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static double cell(const lg_table *table, const char *name, size_t k) {
  const lg_table_item *item = lg_table_find(table, name);
  return item && item->x && k < item->n ? item->x[k] : (double)NAN;
}

static lg_status row_of(lg_ctx *ctx, const lg_table *table, const lg_neuron *blank, lg_population *p, size_t k) {
  lg_status status = LG_OK;
  double x[LG_PATIENT_FEATURES];
  lg_individual *to = &p->individuals[k];
  to->neuron = *blank;
  (void)snprintf(to->name, sizeof to->name, "p%0*zu", p->n >= 10000 ? 6 : 4, k + 1);
  for (size_t j = 0; j < table->n; j++) {
    const lg_table_item *item = &table->items[j];
    if (lg_model_field(blank->info, item->name) == SIZE_MAX || !item->x || isnan(item->x[k])) continue;
    status = lg_neuron_set(ctx, &to->neuron, item->name, item->x[k]);
    if (status != LG_OK) return lg_fail_prefix(ctx, status, "row %zu: ", k + 1);
  }
  const double level = cell(table, "domain_level", k);
  to->domain = level >= 2.0 ? LG_DOMAIN_RED : level >= 1.0 ? LG_DOMAIN_AMBER : LG_DOMAIN_GREEN;
  p->temperature_C[k] = cell(table, "temperature_C", k);
  for (size_t f = 0; f < LG_PATIENT_FEATURES; f++) x[f] = cell(table, lg_patient_feature_names[f], k);
  p->features[k] = features_from(x);
  settle(p, k);
  return status;
}

static lg_status load_csv(lg_ctx *ctx, const char *path, lg_population **out) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  lg_population *p = NULL;
  lg_neuron blank;
  LG_TRY(lg_table_read(ctx, path, &table));
  const size_t n = table->n > 0 ? table->items[0].n : 0;
  if (n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: no patient", path));
  LG_TRY(lg_neuron_init(ctx, "tm", "", &blank));
  LG_TRY(make_room(ctx, n, &p));
  p->twin = lg_strdup(ctx, "");
  LG_TRY(p->twin ? LG_OK : LG_ERR_MEMORY);
  for (size_t k = 0; k < n; k++) LG_TRY(row_of(ctx, table, &blank, p, k));
  *out = p;
  p = NULL;
done:
  lg_population_destroy(ctx, p);
  lg_table_destroy(ctx, table);
  return status;
}

lg_status lg_population_load(lg_ctx *ctx, const char *path, lg_population **out) {
  *out = NULL;
  return is_csv(path) ? load_csv(ctx, path, out) : load_json(ctx, path, out);
}
