/* Surrogates as files: strict reading, since they come from anywhere; compact training profiles. */
#include "twin/axon_net_file.h"

#include "data/json_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES = AXON_NET_TIMES, PACKED = (AXON_NET_TIMES + 1) / 2 * 3, MOST_NETS = 64, VECTORS = 6, MOST_MORE = 40 };

#define SCHEMA "loligo-axon-surrogate/1"

/* ---- training profiles in 12 bits ------------------------------------------------------------------------ */

static unsigned level_of(float x, float scale) {
  return (unsigned)(2048.0 + floor((double)x / (double)scale * 2047.0 + 0.5));
}

static void pack(const float *x, float *scale, uint8_t *to) {
  float most = 0.0F;
  for (size_t n = 0; n < TIMES; n++) most = fabsf(x[n]) > most ? fabsf(x[n]) : most;
  *scale = most > 0.0F ? most : 1.0F;
  for (size_t n = 0; n < TIMES; n += 2, to += 3) {
    const unsigned a = level_of(x[n], *scale), b = n + 1 < TIMES ? level_of(x[n + 1], *scale) : 2048U;
    to[0] = (uint8_t)(a & 255U);
    to[1] = (uint8_t)(a >> 8 | (b & 15U) << 4);
    to[2] = (uint8_t)(b >> 4);
  }
}

static float sample_of(unsigned level, float scale) { return ((float)level - 2048.0F) / 2047.0F * scale; }

static void unpack(const uint8_t *from, float scale, float *x) {
  for (size_t n = 0; n < TIMES; n += 2, from += 3) {
    const unsigned a = from[0] | (from[1] & 15U) << 8, b = from[1] >> 4 | (unsigned)from[2] << 4;
    x[n] = sample_of(a, scale);
    if (n + 1 < TIMES) x[n + 1] = sample_of(b, scale);
  }
}

/* ---- constants of the axon as text ------------------------------------------------------------------------ */

void lg_axon_params_to_text(const axon_params *params, char *text, size_t bytes) {
  size_t used = 0;
  for (size_t k = 0; k < AXON_PARAMS && used < bytes; k++) {
    char number[32];
    lg_format_double(lg_axon_param_get(params, &lg_axon_param_names[k]), number);
    used += (size_t)snprintf(text + used, bytes - used, "%s%s=%s", k ? " " : "", lg_axon_param_names[k].name, number);
  }
}

static const axon_param_name *find_param(const char *name, size_t bytes) {
  for (size_t k = 0; k < AXON_PARAMS; k++)
    if (strlen(lg_axon_param_names[k].name) == bytes && strncmp(lg_axon_param_names[k].name, name, bytes) == 0)
      return &lg_axon_param_names[k];
  return NULL;
}

lg_status lg_axon_params_of_text(lg_ctx *ctx, const char *text, axon_params *out) {
  *out = lg_axon_params_male();
  for (const char *at = text; *at;) {
    const size_t bytes = strcspn(at, "= ");
    const axon_param_name *p = find_param(at, bytes);
    char *end = NULL;
    const double x = at[bytes] == '=' ? strtod(at + bytes + 1, &end) : 0.0;
    if (!p) return lg_fail(ctx, LG_ERR_FORMAT, "the axon has no constant '%.*s'", (int)(bytes < 60 ? bytes : 60), at);
    if (!end || end == at + bytes + 1 || (*end && *end != ' '))
      return lg_fail(ctx, LG_ERR_FORMAT, "the axon's constant %s is no number", p->name);
    if (!(x >= p->low && x <= p->high) || (p->is_count && x != floor(x)))
      return lg_fail(ctx, LG_ERR_FORMAT, "the axon's constant %s is %g; %g to %g is allowed", p->name, x, p->low,
                     p->high);
    lg_axon_param_set(out, p, x);
    at = end + (*end == ' ');
  }
  return lg_axon_params_check(ctx, out);
}

/* ---- tensors ----------------------------------------------------------------------------------------------- */

typedef struct vector {
  const char *name;
  size_t n;
  double *x;
} vector;

static void vectors_of(lg_axon_surrogate *net, vector v[VECTORS]) {
  v[0] = (vector){"target.mean", AXON_PREDICTED, net->target_mean};
  v[1] = (vector){"target.sd", AXON_PREDICTED, net->target_sd};
  v[2] = (vector){"sd.floor", AXON_PREDICTED, net->sd_floor};
  v[3] = (vector){"sd.scale", AXON_PREDICTED, net->sd_scale};
  v[4] = (vector){"spread.most", AXON_PREDICTED, net->most_spread};
  v[5] = (vector){"known.reach", 1, &net->known_threshold};
}

/* (n_nets, shape of the parameter) */
static void entry_of(const lg_param *p, size_t n_nets, lg_tensor_entry *e) {
  *e = (lg_tensor_entry){.name = p->name, .dtype = LG_DTYPE_F32, .rank = p->rank + 1, .shape = {n_nets}};
  for (size_t d = 0; d < p->rank; d++) e->shape[d + 1] = p->shape[d];
}

static bool all_finite(const double *x, size_t n, double low, double high) {
  for (size_t k = 0; k < n; k++)
    if (!(x[k] >= low && x[k] <= high)) return false;
  return true;
}

static lg_status check_numbers(lg_ctx *ctx, const lg_axon_surrogate *net) {
  bool fine = all_finite(net->target_mean, AXON_PREDICTED, -1e6, 1e6);
  fine = fine && all_finite(net->target_sd, AXON_PREDICTED, 1e-9, 1e6);
  fine = fine && all_finite(net->sd_floor, AXON_PREDICTED, 0.0, 1e6);
  fine = fine && all_finite(net->sd_scale, AXON_PREDICTED, 0.0, 1e6);
  fine = fine && all_finite(net->most_spread, AXON_PREDICTED, 0.0, 1e6);
  fine = fine && all_finite(&net->known_threshold, 1, 0.0, 1e6);
  for (size_t k = 0; k < net->n_nets * net->n_weights && fine; k++) fine = isfinite(net->weights[k]) != 0;
  for (size_t k = 0; k < net->n_known * TIMES && fine; k++) fine = fabsf(net->known[k]) <= 1.001F;
  return fine ? LG_OK : lg_fail(ctx, LG_ERR_FORMAT, "scales, weights or training profiles are not finite or too large");
}

static lg_status read_weights(lg_ctx *ctx, const lg_safetensors *file, const axon_net *layers, lg_axon_surrogate *net) {
  lg_status status = LG_OK;
  const lg_tensor_entry *first = lg_safetensors_find(file, layers->params.items[0].name);
  if (!first || first->rank < 2 || first->shape[0] < 1 || first->shape[0] > MOST_NETS)
    return lg_fail(ctx, LG_ERR_FORMAT, "no tensor '%s' of 1 to %d networks", layers->params.items[0].name, MOST_NETS);
  net->n_nets = first->shape[0];
  net->n_weights = layers->params.count;
  for (size_t i = 0; i < layers->params.n; i++) { /* shapes before memory: the file bounds what is allocated */
    lg_tensor_entry e;
    const void *data;
    entry_of(&layers->params.items[i], net->n_nets, &e);
    LG_TRY(lg_safetensors_get(ctx, file, e.name, e.dtype, e.rank, e.shape, &data));
  }
  LG_NEW(ctx, net->weights, net->n_nets * net->n_weights);
  for (size_t i = 0; i < layers->params.n; i++) {
    const lg_param *p = &layers->params.items[i];
    const float *from = lg_safetensors_find(file, p->name)->data;
    for (size_t k = 0; k < net->n_nets; k++)
      memcpy(net->weights + k * net->n_weights + p->offset, from + k * p->count, p->count * sizeof *from);
  }
done:
  return status;
}

static lg_status read_known(lg_ctx *ctx, const lg_safetensors *file, lg_axon_surrogate *net) {
  lg_status status = LG_OK;
  const lg_tensor_entry *packed = lg_safetensors_find(file, "known.packed");
  const void *bytes, *scales;
  if (!packed || packed->rank != 2) return lg_fail(ctx, LG_ERR_FORMAT, "no tensor 'known.packed' (n, %d)", (int)PACKED);
  const size_t n = packed->shape[0], shape[2] = {n, PACKED};
  LG_TRY(lg_safetensors_get(ctx, file, "known.packed", LG_DTYPE_U8, 2, shape, &bytes));
  LG_TRY(lg_safetensors_get(ctx, file, "known.scale", LG_DTYPE_F32, 1, shape, &scales));
  if (n == 0) return lg_fail(ctx, LG_ERR_FORMAT, "no training profiles");
  LG_NEW(ctx, net->known, n * TIMES);
  net->n_known = n;
  for (size_t k = 0; k < n; k++)
    unpack((const uint8_t *)bytes + k * PACKED, ((const float *)scales)[k], net->known + k * TIMES);
done:
  return status;
}

static lg_status fill(lg_ctx *ctx, const lg_safetensors *file, lg_axon_surrogate *net) {
  lg_status status = LG_OK;
  axon_net layers = {0};
  vector v[VECTORS];
  const char *layout = lg_safetensors_metadata(file, "layout"), *axon = lg_safetensors_metadata(file, "axon");
  if (!layout || !lg_axon_layout_of(layout, &net->layout))
    return lg_fail(ctx, LG_ERR_FORMAT, "unknown layout '%.40s'; six, ji, peak, features are known",
                   layout ? layout : "");
  if (!axon) return lg_fail(ctx, LG_ERR_FORMAT, "no metadata 'axon': whose labels it learned is not said");
  LG_TRY(lg_axon_params_of_text(ctx, axon, &net->params));
  LG_TRY(lg_axon_net_create(ctx, net->layout, &layers));
  if (lg_safetensors_count(file) != layers.params.n + VECTORS + 2)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%zu tensors; layout %s has %zu", lg_safetensors_count(file), layout,
                   layers.params.n + VECTORS + 2));
  vectors_of(net, v);
  for (size_t k = 0; k < VECTORS; k++) {
    const void *data;
    LG_TRY(lg_safetensors_get(ctx, file, v[k].name, LG_DTYPE_F64, 1, &v[k].n, &data));
    memcpy(v[k].x, data, v[k].n * sizeof(double));
  }
  LG_TRY(read_weights(ctx, file, &layers, net));
  LG_TRY(read_known(ctx, file, net));
  LG_TRY(check_numbers(ctx, net));
done:
  lg_axon_net_clear(ctx, &layers);
  return status;
}

lg_status lg_axon_surrogate_of(lg_ctx *ctx, const lg_safetensors *file, lg_axon_surrogate **out) {
  lg_status status = LG_OK;
  lg_axon_surrogate *net = NULL;
  const char *schema = lg_safetensors_metadata(file, "schema");
  *out = NULL;
  if (!schema || strcmp(schema, SCHEMA) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "no surrogate of axons (schema '%.60s', not %s); loligo axon learn makes them",
                   schema ? schema : "", SCHEMA);
  LG_NEW(ctx, net, 1);
  LG_TRY(fill(ctx, file, net));
  *out = net;
  net = NULL;
done:
  lg_axon_surrogate_destroy(ctx, net);
  return status;
}

lg_status lg_axon_surrogate_load(lg_ctx *ctx, const char *path, lg_axon_surrogate **out) {
  lg_safetensors *file = NULL;
  *out = NULL;
  lg_status status = lg_safetensors_read(ctx, path, &file);
  if (status != LG_OK) return status;
  status = lg_axon_surrogate_of(ctx, file, out);
  lg_safetensors_destroy(ctx, file);
  return status == LG_OK ? LG_OK : lg_fail_prefix(ctx, status, "%s: ", path);
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

/* The networks side by side, tensor by tensor: (n_nets, …). */
static void arrange(const lg_axon_surrogate *net, const lg_params *params, float *to, lg_tensor_entry *entries) {
  for (size_t i = 0; i < params->n; i++) {
    const lg_param *p = &params->items[i];
    entry_of(p, net->n_nets, &entries[i]);
    entries[i].data = to;
    for (size_t k = 0; k < net->n_nets; k++, to += p->count)
      memcpy(to, net->weights + k * net->n_weights + p->offset, p->count * sizeof *to);
  }
}

static size_t put_metadata(const lg_axon_surrogate *net, const char *axon, const lg_text_pair *more, size_t n_more,
                           lg_text_pair pairs[MOST_MORE]) {
  size_t n = 0;
  pairs[n++] = (lg_text_pair){"schema", SCHEMA};
  pairs[n++] = (lg_text_pair){"layout", lg_axon_net_shape(net->layout)->name};
  pairs[n++] = (lg_text_pair){"axon", axon};
  for (size_t k = 0; k < n_more && n < MOST_MORE; k++) pairs[n++] = more[k];
  return n;
}

lg_status lg_axon_surrogate_save(lg_ctx *ctx, const lg_axon_surrogate *net, const lg_text_pair *more, size_t n_more,
                                 const char *path) {
  lg_status status = LG_OK;
  axon_net layers = {0};
  lg_tensor_entry *entries = NULL;
  float *weights = NULL, *scale = NULL;
  uint8_t *packed = NULL;
  char axon[2048];
  lg_text_pair pairs[MOST_MORE];
  vector v[VECTORS];
  lg_axon_surrogate numbers = *net;
  LG_TRY(check_numbers(ctx, net));
  LG_TRY(lg_axon_net_create(ctx, net->layout, &layers));
  LG_NEW(ctx, entries, layers.params.n + VECTORS + 2);
  LG_NEW(ctx, weights, net->n_nets * net->n_weights);
  LG_NEW(ctx, scale, net->n_known);
  LG_NEW(ctx, packed, net->n_known * PACKED);
  lg_axon_params_to_text(&net->params, axon, sizeof axon);
  arrange(net, &layers.params, weights, entries);
  for (size_t k = 0; k < net->n_known; k++) pack(net->known + k * TIMES, &scale[k], packed + k * PACKED);
  size_t n = layers.params.n;
  vectors_of(&numbers, v);
  for (size_t k = 0; k < VECTORS; k++) entries[n++] = (lg_tensor_entry){v[k].name, LG_DTYPE_F64, 1, {v[k].n}, v[k].x};
  entries[n++] = (lg_tensor_entry){"known.scale", LG_DTYPE_F32, 1, {net->n_known}, scale};
  entries[n++] = (lg_tensor_entry){"known.packed", LG_DTYPE_U8, 2, {net->n_known, PACKED}, packed};
  status = lg_safetensors_write(ctx, path, entries, n, pairs, put_metadata(net, axon, more, n_more, pairs));
done:
  lg_axon_net_clear(ctx, &layers);
  lg_free(ctx, entries);
  lg_free(ctx, weights);
  lg_free(ctx, scale);
  lg_free(ctx, packed);
  return status;
}
