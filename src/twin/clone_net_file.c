/* The file of a trained network: weights, temperature, population, plan; one safetensors file that says what it is. */
#include "io/safetensors.h"
#include "twin/clone_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = LG_CLONE_NET_P, EXTRA_TENSORS = 9 };

#define SCHEMA "loligo-clone-net/1"

/* ---- write ------------------------------------------------------------------------------------ */

static void domain_entries(const lg_net_domain *d, const char *const names[3], lg_tensor_entry *entries) {
  entries[0] = (lg_tensor_entry){names[0], LG_DTYPE_F64, 1, {d->width}, d->mean};
  entries[1] = (lg_tensor_entry){names[1], LG_DTYPE_F64, 2, {d->width, d->width}, d->chol};
  entries[2] = (lg_tensor_entry){names[2], LG_DTYPE_F64, 1, {1}, &d->limit};
}

static const char *const protocol_names[] = {"CLONE-1", "STEP", "MIXED"};

const char *lg_net_protocol_name(lg_net_protocol protocol) { return protocol_names[protocol]; }

static const char spread_name[] = "calibration.spread", shift_name[] = "calibration.shift",
                  tail_name[] = "calibration.tail";
static const char *const embedding_names[3] = {"domain.embedding.mean", "domain.embedding.chol",
                                               "domain.embedding.limit"};
static const char *const feature_names[3] = {"domain.features.mean", "domain.features.chol", "domain.features.limit"};

lg_status lg_clone_net_write(lg_ctx *ctx, const lg_clone_net_file *file, uint64_t seed, const char *path) {
  lg_status status = LG_OK;
  const lg_net_plan *plan = &file->net.plan;
  lg_tensor_entry *entries = NULL;
  char r2[256] = "", seed_text[32], neurons[32], components[32], dt[32], noise[64], duration[32];
  for (int p = 0; p < P; p++)
    (void)snprintf(r2 + strlen(r2), sizeof r2 - strlen(r2), "%s%.4f", p ? " " : "", file->held_out_r2[p]);
  (void)snprintf(seed_text, sizeof seed_text, "%llu", (unsigned long long)seed);
  (void)snprintf(neurons, sizeof neurons, "%zu", plan->neurons);
  (void)snprintf(components, sizeof components, "%zu", plan->components);
  (void)snprintf(dt, sizeof dt, "%.9g", plan->dt_ms);
  (void)snprintf(noise, sizeof noise, "%.9g %.9g", plan->noise_low_mV, plan->noise_high_mV);
  (void)snprintf(duration, sizeof duration, "%.9g", lg_net_duration_ms(plan));
  const lg_text_pair metadata[] = {
      {"schema", SCHEMA},
      {"family", plan->family == LG_NET_TM ? "tm" : "izhikevich"},
      {"protocol", protocol_names[plan->protocol]},
      {"duration_ms", duration},
      {"encoder", plan->encoder},
      {"components", components},
      {"features", plan->features ? "yes" : "no"},
      {"training_neurons", neurons},
      {"dt_ms", dt},
      {"noise_mV", noise},
      {"seed", seed_text},
      {"held_out_r2", r2},
  };
  const size_t n = file->net.params.n;
  LG_NEW(ctx, entries, n + EXTRA_TENSORS);
  lg_f32_params_entries(&file->net.params, file->theta, entries);
  entries[n] = (lg_tensor_entry){spread_name, LG_DTYPE_F64, 1, {P}, file->calibration.spread};
  entries[n + 1] = (lg_tensor_entry){shift_name, LG_DTYPE_F64, 1, {P}, file->calibration.shift};
  entries[n + 2] = (lg_tensor_entry){tail_name, LG_DTYPE_F64, 1, {P}, file->calibration.tail};
  domain_entries(&file->embedding, embedding_names, entries + n + 3);
  domain_entries(&file->features, feature_names, entries + n + 6);
  status = lg_safetensors_write(ctx, path, entries, n + EXTRA_TENSORS, metadata, sizeof metadata / sizeof metadata[0]);
done:
  lg_free(ctx, entries);
  return status;
}

/* ---- read ------------------------------------------------------------------------------------- */

static lg_status text_of(lg_ctx *ctx, const lg_safetensors *st, const char *key, const char **text) {
  *text = lg_safetensors_metadata(st, key);
  return *text ? LG_OK : lg_fail(ctx, LG_ERR_FORMAT, "the metadata lack '%s'; not a cloning network", key);
}

/* A number of the metadata inside [low, high]. */
static lg_status number_of(lg_ctx *ctx, const lg_safetensors *st, const char *key, double low, double high,
                           double *value) {
  const char *text;
  char *end;
  const lg_status status = text_of(ctx, st, key, &text);
  if (status != LG_OK) return status;
  *value = strtod(text, &end);
  if (end == text || *end != '\0' || !(*value >= low && *value <= high))
    return lg_fail(ctx, LG_ERR_FORMAT, "metadata %s is '%s'; a number from %g to %g", key, text, low, high);
  return LG_OK;
}

static lg_status choice_of(lg_ctx *ctx, const lg_safetensors *st, const char *key, const char *zero, const char *one,
                           bool *is_one) {
  const char *text;
  const lg_status status = text_of(ctx, st, key, &text);
  if (status != LG_OK) return status;
  *is_one = strcmp(text, one) == 0;
  if (!*is_one && strcmp(text, zero) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "metadata %s is '%s'; %s or %s", key, text, zero, one);
  return LG_OK;
}

static lg_status read_protocol(lg_ctx *ctx, const lg_safetensors *st, lg_net_plan *plan) {
  const char *text;
  lg_status status = text_of(ctx, st, "protocol", &text);
  for (int k = 0; k < 3 && status == LG_OK; k++) {
    if (strcmp(text, protocol_names[k]) != 0) continue;
    plan->protocol = (lg_net_protocol)k;
    if (plan->protocol != LG_NET_MIXED) return LG_OK;
    return number_of(ctx, st, "duration_ms", 400.0, 60000.0, &plan->duration_ms);
  }
  return status != LG_OK ? status
                         : lg_fail(ctx, LG_ERR_FORMAT, "metadata protocol is '%s'; CLONE-1, STEP or MIXED", text);
}

static lg_status read_plan(lg_ctx *ctx, const lg_safetensors *st, lg_net_plan *plan) {
  lg_status status = LG_OK;
  const char *text;
  bool tm, features;
  double components, neurons;
  LG_TRY(text_of(ctx, st, "schema", &text));
  if (strcmp(text, SCHEMA) != 0) return lg_fail(ctx, LG_ERR_FORMAT, "schema '%s'; " SCHEMA " is read", text);
  LG_TRY(choice_of(ctx, st, "family", "izhikevich", "tm", &tm));
  LG_TRY(read_protocol(ctx, st, plan));
  LG_TRY(choice_of(ctx, st, "features", "no", "yes", &features));
  LG_TRY(number_of(ctx, st, "components", 1, LG_MIXTURE_MAX_K, &components));
  LG_TRY(number_of(ctx, st, "training_neurons", 1, 1e12, &neurons));
  LG_TRY(number_of(ctx, st, "dt_ms", 1e-3, 1.0, &plan->dt_ms));
  LG_TRY(text_of(ctx, st, "noise_mV", &text));
  if (sscanf(text, "%lf %lf", &plan->noise_low_mV, &plan->noise_high_mV) != 2)
    return lg_fail(ctx, LG_ERR_FORMAT, "metadata noise_mV is '%s'; two numbers, lowest and highest", text);
  LG_TRY(text_of(ctx, st, "encoder", &text));
  plan->family = tm ? LG_NET_TM : LG_NET_IZHIKEVICH;
  plan->features = features;
  plan->components = (size_t)components;
  plan->neurons = (size_t)neurons;
  (void)snprintf(plan->encoder, sizeof plan->encoder, "%s", text);
done:
  return status;
}

static lg_status read_domain(lg_ctx *ctx, const lg_safetensors *st, const char *const names[3], size_t width,
                             lg_net_domain *d) {
  lg_status status = LG_OK;
  const size_t square[2] = {width, width}, one[1] = {1};
  const void *mean, *chol, *limit;
  LG_TRY(lg_safetensors_get(ctx, st, names[0], LG_DTYPE_F64, 1, square, &mean));
  LG_TRY(lg_safetensors_get(ctx, st, names[1], LG_DTYPE_F64, 2, square, &chol));
  LG_TRY(lg_safetensors_get(ctx, st, names[2], LG_DTYPE_F64, 1, one, &limit));
  LG_NEW(ctx, d->mean, width);
  LG_NEW(ctx, d->chol, width * width);
  memcpy(d->mean, mean, width * sizeof(double));
  memcpy(d->chol, chol, width * width * sizeof(double));
  d->limit = *(const double *)limit;
  d->width = width;
  for (size_t k = 0; k < width; k++)
    if (!(d->chol[k * width + k] > 0.0)) return lg_fail(ctx, LG_ERR_FORMAT, "%s has no positive diagonal", names[1]);
  if (!(d->limit > 0.0)) return lg_fail(ctx, LG_ERR_FORMAT, "%s is not positive", names[2]);
done:
  return status;
}

static lg_status read_calibration(lg_ctx *ctx, const lg_safetensors *st, lg_net_calibration *c) {
  lg_status status = LG_OK;
  const size_t shape[1] = {P};
  const void *spread, *shift, *tail;
  LG_TRY(lg_safetensors_get(ctx, st, spread_name, LG_DTYPE_F64, 1, shape, &spread));
  LG_TRY(lg_safetensors_get(ctx, st, shift_name, LG_DTYPE_F64, 1, shape, &shift));
  LG_TRY(lg_safetensors_get(ctx, st, tail_name, LG_DTYPE_F64, 1, shape, &tail));
  memcpy(c->tail, tail, sizeof c->tail);
  memcpy(c->spread, spread, sizeof c->spread);
  memcpy(c->shift, shift, sizeof c->shift);
  for (int p = 0; p < P; p++)
    if (!(c->spread[p] > 0.0) || !(c->tail[p] > 0.0) || !(fabs(c->shift[p]) < 1e3))
      return lg_fail(ctx, LG_ERR_FORMAT, "%s, %s or %s is out of range", spread_name, shift_name, tail_name);
done:
  return status;
}

static lg_status read_r2(lg_ctx *ctx, const lg_safetensors *st, double r2[P]) {
  const char *text;
  char *end;
  const lg_status status = text_of(ctx, st, "held_out_r2", &text);
  if (status != LG_OK) return status;
  for (int p = 0; p < P; p++, text = end) {
    r2[p] = strtod(text, &end);
    if (end == text) return lg_fail(ctx, LG_ERR_FORMAT, "metadata held_out_r2 has fewer than %d numbers", P);
  }
  return LG_OK;
}

static void name_of(const char *path, char *name, size_t bytes) {
  const char *slash = strrchr(path, '/');
  (void)snprintf(name, bytes, "%s", slash ? slash + 1 : path);
  char *dot = strrchr(name, '.');
  if (dot) *dot = '\0';
}

lg_status lg_clone_net_load(lg_ctx *ctx, const char *path, lg_clone_net_file **out) {
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  lg_clone_net_file *file = NULL;
  lg_net_plan plan;
  memset(&plan, 0, sizeof plan);
  *out = NULL;
  LG_TRY(lg_safetensors_read(ctx, path, &st));
  LG_NEW(ctx, file, 1);
  LG_TRY(read_plan(ctx, st, &plan));
  LG_TRY(lg_clone_net_create(ctx, &plan, false, &file->net));
  LG_NEW(ctx, file->theta, file->net.params.count);
  LG_TRY(lg_f32_params_load(ctx, &file->net.params, st, file->theta));
  LG_TRY(read_calibration(ctx, st, &file->calibration));
  LG_TRY(read_r2(ctx, st, file->held_out_r2));
  LG_TRY(read_domain(ctx, st, embedding_names, file->net.encoder.width, &file->embedding));
  LG_TRY(read_domain(ctx, st, feature_names, lg_net_feature_width(&plan), &file->features));
  name_of(path, file->name, sizeof file->name);
  *out = file;
  file = NULL;
done:
  lg_clone_net_destroy(ctx, file);
  lg_safetensors_destroy(ctx, st);
  return status;
}

void lg_clone_net_destroy(lg_ctx *ctx, lg_clone_net_file *file) {
  if (!file) return;
  lg_clone_net_clear(ctx, &file->net);
  lg_net_domain_clear(ctx, &file->embedding);
  lg_net_domain_clear(ctx, &file->features);
  lg_free(ctx, file->theta);
  lg_free(ctx, file);
}
