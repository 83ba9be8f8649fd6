/* The amortised network as safetensors: weights, scales of what it reads, reaches of its intervals, ranges. */
#include "twin/culture_amortised_sets.h"

#include "learn/train.h"

#include <math.h>
#include <string.h>

enum { SCALES = 6, TABLES = 4 };

/* Tensors beside the weights. */
typedef struct beside {
  const char *name;
  size_t n;
  void *data;
} beside;

static void list_scales(lg_culture_amortised *a, beside out[SCALES]) {
  const beside all[SCALES] = {
      {"whole_mean", CULTURE_AM_WHOLE, a->whole_mean}, {"whole_sd", CULTURE_AM_WHOLE, a->whole_sd},
      {"cell_mean", CULTURE_AM_CELL, a->cell_mean},    {"cell_sd", CULTURE_AM_CELL, a->cell_sd},
      {"link_mean", CULTURE_AM_LINK, a->link_mean},    {"link_sd", CULTURE_AM_LINK, a->link_sd}};
  memcpy(out, all, sizeof all);
}

static void list_tables(lg_culture_amortised *a, beside out[TABLES]) {
  const beside all[TABLES] = {{"reach_k", CULTURE_AM_LEVELS, a->reach_k},
                              {"reach_gamma", CULTURE_AM_LEVELS, a->reach_gamma},
                              {"range_low", CULTURE_AM_RANGES, a->low},
                              {"range_high", CULTURE_AM_RANGES, a->high}};
  memcpy(out, all, sizeof all);
}

lg_status lg_culture_amortised_write(lg_ctx *ctx, const char *path, const lg_culture_amortised *a, const char *plan) {
  lg_status status = LG_OK;
  lg_tensor_entry *entries = NULL;
  lg_culture_amortised copy = *a;
  beside scale[SCALES], table[TABLES];
  const size_t n = a->net.params.n;
  LG_NEW(ctx, entries, n + SCALES + TABLES);
  lg_f32_params_entries(&a->net.params, a->theta, entries);
  list_scales(&copy, scale);
  list_tables(&copy, table);
  for (size_t q = 0; q < SCALES; q++)
    entries[n + q] = (lg_tensor_entry){
        .name = scale[q].name, .dtype = LG_DTYPE_F32, .rank = 1, .shape = {scale[q].n}, .data = scale[q].data};
  for (size_t q = 0; q < TABLES; q++)
    entries[n + SCALES + q] = (lg_tensor_entry){
        .name = table[q].name, .dtype = LG_DTYPE_F64, .rank = 1, .shape = {table[q].n}, .data = table[q].data};
  const lg_text_pair more[] = {{"schema", "loligo-culture-amortised/1"},
                               {"plan", plan},
                               {"levels", "0.5 0.68 0.8 0.9 0.95"},
                               {"ranges", "noise k cells frames"},
                               {"trained_on", "simulated traces only (loligo culture simulate)"}};
  LG_TRY(lg_safetensors_write(ctx, path, entries, n + SCALES + TABLES, more, sizeof more / sizeof more[0]));
done:
  lg_free(ctx, entries);
  return status;
}

static lg_status take(lg_ctx *ctx, const lg_safetensors *st, const beside *b, lg_dtype type, size_t bytes) {
  const void *data;
  const lg_status status = lg_safetensors_get(ctx, st, b->name, type, 1, &b->n, &data);
  if (status == LG_OK) memcpy(b->data, data, b->n * bytes);
  return status;
}

static lg_status check(lg_ctx *ctx, const lg_culture_amortised *a) {
  const struct {
    const float *sd;
    size_t n;
  } sds[3] = {{a->whole_sd, CULTURE_AM_WHOLE}, {a->cell_sd, CULTURE_AM_CELL}, {a->link_sd, CULTURE_AM_LINK}};
  for (size_t q = 0; q < 3; q++)
    for (size_t k = 0; k < sds[q].n; k++)
      if (!(sds[q].sd[k] > 0.0f && isfinite(sds[q].sd[k])))
        return lg_fail(ctx, LG_ERR_FORMAT, "the network's scales are damaged");
  for (size_t q = 0; q < CULTURE_AM_LEVELS; q++)
    if (!(a->reach_k[q] >= 0.0 && a->reach_k[q] < 1e6 && a->reach_gamma[q] >= 0.0 && a->reach_gamma[q] < 1e6))
      return lg_fail(ctx, LG_ERR_FORMAT, "the network's intervals are damaged");
  return LG_OK;
}

lg_status lg_culture_amortised_load(lg_ctx *ctx, const char *path, lg_culture_amortised *out) {
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  beside scale[SCALES], table[TABLES];
  memset(out, 0, sizeof *out);
  LG_TRY(lg_safetensors_read(ctx, path, &st));
  const char *schema = lg_safetensors_metadata(st, "schema");
  if (!schema || strcmp(schema, "loligo-culture-amortised/1") != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "no network that identifies cultures: its schema is '%.40s'",
                   schema ? schema : "not there"));
  LG_TRY(lg_culture_amortised_net_create(ctx, &out->net));
  LG_NEW(ctx, out->theta, out->net.params.count);
  LG_TRY(lg_f32_params_load(ctx, &out->net.params, st, out->theta));
  list_scales(out, scale);
  list_tables(out, table);
  for (size_t q = 0; q < SCALES; q++) LG_TRY(take(ctx, st, &scale[q], LG_DTYPE_F32, sizeof(float)));
  for (size_t q = 0; q < TABLES; q++) LG_TRY(take(ctx, st, &table[q], LG_DTYPE_F64, sizeof(double)));
  LG_TRY(check(ctx, out));
done:
  lg_safetensors_destroy(ctx, st);
  if (status != LG_OK) lg_culture_amortised_clear(ctx, out);
  return status;
}
