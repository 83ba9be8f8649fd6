/* The file of a learned map. */
#include "io/safetensors.h"
#include "twin/drug_learn_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { M = LG_MECHANISMS, P = LG_EFFECT_P, Z = LG_EFFECT_Z, EXTRA = 8 };

#define SCHEMA "loligo-drug-delta-net/1"

/* The vectors beside the layers. */
static void extras(const lg_delta_net *net, lg_tensor_entry e[EXTRA]) {
  e[0] = (lg_tensor_entry){"twin.mean", LG_DTYPE_F64, 1, {Z}, net->z_mean};
  e[1] = (lg_tensor_entry){"twin.sd", LG_DTYPE_F64, 1, {Z}, net->z_sd};
  e[2] = (lg_tensor_entry){"twin.chol", LG_DTYPE_F64, 2, {Z, Z}, net->chol};
  e[3] = (lg_tensor_entry){"twin.limit", LG_DTYPE_F64, 1, {1}, &net->limit};
  e[4] = (lg_tensor_entry){"change.sd", LG_DTYPE_F64, 1, {P}, net->delta_sd};
  e[5] = (lg_tensor_entry){"change.spread", LG_DTYPE_F64, 1, {P}, net->spread};
  e[6] = (lg_tensor_entry){"strength.low", LG_DTYPE_F64, 1, {M}, net->strength_low};
  e[7] = (lg_tensor_entry){"strength.high", LG_DTYPE_F64, 1, {M}, net->strength_high};
}

static void list(char *text, size_t bytes, const double *x, size_t n) {
  text[0] = '\0';
  for (size_t k = 0; k < n; k++)
    (void)snprintf(text + strlen(text), bytes - strlen(text), "%s%.4g", k ? " " : "", x[k]);
}

lg_status lg_delta_net_write(lg_ctx *ctx, const lg_delta_net *net, const lg_delta_table *table, uint64_t seed,
                             const char *path) {
  lg_status status = LG_OK;
  lg_tensor_entry *entries = NULL;
  char trained[128], between[128], noise[128], counts[128], hidden[32], pairs[32], seed_text[32];
  const double rmse[4] = {table->trained.count_rmse, table->between.count_rmse, table->trained.count_rmse_none,
                          table->trained.count_rmse_refit};
  list(trained, sizeof trained, table->trained.r2, P);
  list(between, sizeof between, table->between.r2, P);
  list(noise, sizeof noise, table->noise, P);
  list(counts, sizeof counts, rmse, 4);
  (void)snprintf(hidden, sizeof hidden, "%zu", net->hidden);
  (void)snprintf(pairs, sizeof pairs, "%zu", table->usable);
  (void)snprintf(seed_text, sizeof seed_text, "%llu", (unsigned long long)seed);
  const lg_text_pair metadata[] = {
      {"schema", SCHEMA},
      {"hidden", hidden},
      {"changes", "vr vt c d/C vpeak"},
      {"training_pairs", pairs},
      {"held_out_r2", trained},
      {"held_out_r2_between_doses", between},
      {"noise", noise},
      {"count_rmse_trained_between_none_refit", counts},
      {"seed", seed_text},
  };
  const size_t n = net->params.n;
  LG_NEW(ctx, entries, n + EXTRA);
  lg_f32_params_entries(&net->params, net->theta, entries);
  extras(net, entries + n);
  status = lg_safetensors_write(ctx, path, entries, n + EXTRA, metadata, sizeof metadata / sizeof metadata[0]);
done:
  lg_free(ctx, entries);
  return status;
}

static lg_status check(lg_ctx *ctx, const lg_delta_net *net) {
  bool fine = net->limit > 0.0 && net->limit < 1e6;
  for (int k = 0; k < Z; k++)
    fine = fine && isfinite(net->z_mean[k]) && net->z_sd[k] > 0.0 && net->z_sd[k] < 1e9 && net->chol[k * Z + k] > 0.0;
  for (int k = 0; k < Z * Z; k++) fine = fine && isfinite(net->chol[k]);
  for (int k = 0; k < P; k++)
    fine = fine && net->delta_sd[k] > 0.0 && net->delta_sd[k] < 1e6 && net->spread[k] > 0.0 && net->spread[k] < 1e6;
  for (size_t k = 0; k < net->params.count; k++) fine = fine && isfinite((double)net->theta[k]);
  return fine ? LG_OK : lg_fail(ctx, LG_ERR_FORMAT, "scales or weights are not finite and positive");
}

static lg_status fill(lg_ctx *ctx, const lg_safetensors *st, lg_delta_net *net) {
  lg_tensor_entry wanted[EXTRA];
  lg_status status = lg_f32_params_load(ctx, &net->params, st, net->theta);
  extras(net, wanted);
  double *const to[EXTRA] = {net->z_mean,   net->z_sd,   net->chol,         &net->limit,
                             net->delta_sd, net->spread, net->strength_low, net->strength_high};
  for (int k = 0; k < EXTRA && status == LG_OK; k++) {
    const void *data;
    size_t count = 1;
    status = lg_safetensors_get(ctx, st, wanted[k].name, LG_DTYPE_F64, wanted[k].rank, wanted[k].shape, &data);
    for (size_t d = 0; d < wanted[k].rank; d++) count *= wanted[k].shape[d];
    if (status == LG_OK) memcpy(to[k], data, count * sizeof(double));
  }
  return status == LG_OK ? check(ctx, net) : status;
}

lg_status lg_delta_net_load(lg_ctx *ctx, const char *path, lg_delta_net **out) {
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  lg_delta_net *net = NULL;
  char *end;
  *out = NULL;
  LG_TRY(lg_safetensors_read(ctx, path, &st));
  const char *schema = lg_safetensors_metadata(st, "schema"), *hidden = lg_safetensors_metadata(st, "hidden");
  const long width = hidden ? strtol(hidden, &end, 10) : 0;
  if (!schema || strcmp(schema, SCHEMA) != 0 || width < 4 || width > LG_DELTA_HIDDEN_MOST) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: no map of drug effects (%s); loligo train drug-delta makes them", path,
                     schema ? schema : "no schema");
    goto done;
  }
  LG_TRY(lg_delta_net_create(ctx, (size_t)width, &net));
  status = fill(ctx, st, net);
  if (status != LG_OK) {
    status = lg_fail_prefix(ctx, status, "%s: ", path);
    goto done;
  }
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
  (void)snprintf(net->name, sizeof net->name, "%.*s", dot ? (int)(dot - base) : (int)strlen(base), base);
  *out = net;
  net = NULL;
done:
  lg_delta_net_destroy(ctx, net);
  lg_safetensors_destroy(ctx, st);
  return status;
}
