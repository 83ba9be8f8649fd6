#include "io/json_read.h"
#include "twin/model_file.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A segment's keys: type, t0_ms, t1_ms and what the type needs. */
static lg_status span(lg_ctx *ctx, const lg_json_at *at, lg_segment *s) {
  lg_status status = lg_json_get_number(ctx, at, "t0_ms", "ms", &s->t0_ms);
  return status == LG_OK ? lg_json_get_number(ctx, at, "t1_ms", "ms", &s->t1_ms) : status;
}

static lg_status number_or(lg_ctx *ctx, const lg_json_at *at, const char *key, const char *unit, double fallback,
                           double *x) {
  return lg_json_get_number_or(ctx, at, key, unit, -1e9, 1e9, fallback, x);
}

static lg_status read_const(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p) {
  static const char *const keys[] = {"type", "t0_ms", "t1_ms", "amp_pA"};
  lg_segment s = {.type = LG_SEGMENT_CONST};
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(span(ctx, at, &s));
  LG_TRY(lg_json_get_number(ctx, at, "amp_pA", "pA", &s.amp_pA));
  LG_TRY(lg_protocol_add(ctx, p, &s));
done:
  return status;
}

static lg_status read_ramp(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p) {
  static const char *const keys[] = {"type", "t0_ms", "t1_ms", "from_pA", "to_pA"};
  lg_segment s = {.type = LG_SEGMENT_RAMP};
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(span(ctx, at, &s));
  LG_TRY(lg_json_get_number(ctx, at, "from_pA", "pA", &s.from_pA));
  LG_TRY(lg_json_get_number(ctx, at, "to_pA", "pA", &s.to_pA));
  LG_TRY(lg_protocol_add(ctx, p, &s));
done:
  return status;
}

static lg_status read_sine(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p) {
  static const char *const keys[] = {"type", "t0_ms", "t1_ms", "mean_pA", "amp_pA", "f_Hz", "phase_deg"};
  lg_segment s = {.type = LG_SEGMENT_SINE};
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(span(ctx, at, &s));
  LG_TRY(number_or(ctx, at, "mean_pA", "pA", 0.0, &s.mean_pA));
  LG_TRY(lg_json_get_number(ctx, at, "amp_pA", "pA", &s.amp_pA));
  LG_TRY(lg_json_get_number(ctx, at, "f_Hz", "Hz", &s.f0_Hz));
  LG_TRY(number_or(ctx, at, "phase_deg", "degrees", 0.0, &s.phase_turn));
  s.phase_turn /= 360.0;
  LG_TRY(lg_protocol_add(ctx, p, &s));
done:
  return status;
}

static lg_status read_chirp(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p) {
  static const char *const keys[] = {"type", "t0_ms", "t1_ms", "mean_pA", "amp_pA", "f0_Hz", "f1_Hz"};
  lg_segment s = {.type = LG_SEGMENT_CHIRP};
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(span(ctx, at, &s));
  LG_TRY(number_or(ctx, at, "mean_pA", "pA", 0.0, &s.mean_pA));
  LG_TRY(lg_json_get_number(ctx, at, "amp_pA", "pA", &s.amp_pA));
  LG_TRY(lg_json_get_number(ctx, at, "f0_Hz", "Hz", &s.f0_Hz));
  LG_TRY(lg_json_get_number(ctx, at, "f1_Hz", "Hz", &s.f1_Hz));
  LG_TRY(lg_protocol_add(ctx, p, &s));
done:
  return status;
}

static lg_status read_hold(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p) {
  static const char *const keys[] = {"type", "t0_ms", "t1_ms", "dt_ms", "values_pA"};
  lg_segment s = {.type = LG_SEGMENT_HOLD};
  lg_status status = LG_OK;
  double *values = NULL;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(lg_json_get_number(ctx, at, "t0_ms", "ms", &s.t0_ms));
  LG_TRY(number_or(ctx, at, "t1_ms", "ms", s.t0_ms, &s.t1_ms));
  if (lg_json_has(at, "t1_ms") && !(s.t1_ms > s.t0_ms)) {
    status = lg_fail(ctx, LG_ERR_RANGE, "t1_ms is %g; it must lie behind t0_ms (%g)", s.t1_ms, s.t0_ms);
    goto done;
  }
  LG_TRY(lg_json_get_number(ctx, at, "dt_ms", "ms", &s.dt_ms));
  LG_TRY(lg_json_get_numbers(ctx, at, "values_pA", "pA", &values, &s.n_values));
  s.values_pA = values;
  LG_TRY(lg_protocol_add(ctx, p, &s));
done:
  lg_free(ctx, values);
  return status;
}

static lg_status read_seed(lg_ctx *ctx, const lg_json_at *at, uint64_t *seed) {
  int64_t x = 0;
  const lg_status status = lg_json_has(at, "seed") ? lg_json_get_integer(ctx, at, "seed", 0, INT64_MAX, &x) : LG_OK;
  *seed = (uint64_t)x;
  return status;
}

static lg_status read_ou(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p) {
  static const char *const keys[] = {"type", "t0_ms", "t1_ms", "mean_pA", "sd_pA", "tau_ms", "seed", "dt_ms"};
  lg_ou_options o = LG_OU_OPTIONS_INIT;
  lg_segment s = {.type = LG_SEGMENT_HOLD};
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(span(ctx, at, &s));
  o.t0_ms = s.t0_ms;
  o.t1_ms = s.t1_ms;
  LG_TRY(lg_json_get_number(ctx, at, "mean_pA", "pA", &o.mean_pA));
  LG_TRY(lg_json_get_number(ctx, at, "sd_pA", "pA", &o.sd_pA));
  LG_TRY(lg_json_get_number(ctx, at, "tau_ms", "ms", &o.tau_ms));
  LG_TRY(number_or(ctx, at, "dt_ms", "ms", o.dt_ms, &o.dt_ms));
  LG_TRY(read_seed(ctx, at, &o.seed));
  LG_TRY(lg_protocol_add_ou(ctx, p, &o));
done:
  return status;
}

static lg_status read_train(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p) {
  static const char *const keys[] = {"type", "t0_ms", "t1_ms", "amp_pA", "width_ms", "rate_Hz"};
  lg_segment s = {.type = LG_SEGMENT_TRAIN};
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(span(ctx, at, &s));
  LG_TRY(lg_json_get_number(ctx, at, "amp_pA", "pA", &s.amp_pA));
  LG_TRY(number_or(ctx, at, "width_ms", "ms", 2.0, &s.width_ms));
  LG_TRY(lg_json_get_number(ctx, at, "rate_Hz", "Hz", &s.rate_Hz));
  LG_TRY(lg_protocol_add(ctx, p, &s));
done:
  return status;
}

typedef struct segment_kind {
  const char *name;
  lg_status (*read)(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p);
} segment_kind;

static const segment_kind kinds[] = {
    {"const", read_const}, {"ramp", read_ramp}, {"sine", read_sine}, {"chirp", read_chirp},
    {"hold", read_hold},   {"zoh", read_hold},  {"ou", read_ou},     {"train", read_train},
};

static lg_status read_segment(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p) {
  const char *type;
  lg_status status = lg_json_get_text(ctx, at, "type", &type);
  if (status != LG_OK) return status;
  for (size_t k = 0; k < COUNT(kinds); k++) {
    if (strcmp(kinds[k].name, type) != 0) continue;
    status = kinds[k].read(ctx, at, p);
    /* messages of the protocol itself do not know the place in the file */
    if (status != LG_OK && strncmp(lg_ctx_message(ctx), at->file, strlen(at->file)) != 0)
      return lg_fail_prefix(ctx, status, "%s: %s: ", at->file, at->path);
    return status;
  }
  return lg_fail(ctx, LG_ERR_FORMAT,
                 "%s: %s.type: '%s' is unknown; types are const, ramp, sine, chirp, hold, ou, train", at->file,
                 at->path, type);
}

static lg_status read_receptor(lg_ctx *ctx, const lg_json_at *at, lg_receptor *out) {
  static const char *const names[LG_RECEPTORS] = {"AMPA", "NMDA", "GABA_A"};
  const char *name;
  const lg_status status = lg_json_get_text(ctx, at, "receptor", &name);
  if (status != LG_OK) return status;
  for (unsigned k = 0; k < LG_RECEPTORS; k++) {
    if (strcmp(name, names[k]) != 0) continue;
    *out = (lg_receptor)k;
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.receptor: '%s' is unknown; receptors are AMPA, NMDA, GABA_A", at->file,
                 at->path, name);
}

/* {"receptor": "AMPA", "times_ms": […]} or {"receptor", "rate_Hz", "t0_ms", "t1_ms", "seed"}; "weight" optional. */
static lg_status read_synaptic(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p) {
  static const char *const keys[] = {"receptor", "times_ms", "rate_Hz", "t0_ms", "t1_ms", "seed", "weight"};
  lg_status status = LG_OK;
  lg_receptor receptor = LG_RECEPTOR_AMPA;
  lg_segment s = {.type = LG_SEGMENT_CONST};
  double weight, rate, *times = NULL;
  size_t n = 0;
  uint64_t seed;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(read_receptor(ctx, at, &receptor));
  LG_TRY(number_or(ctx, at, "weight", NULL, 1.0, &weight));
  if (lg_json_has(at, "times_ms")) {
    LG_TRY(lg_json_get_numbers(ctx, at, "times_ms", "ms", &times, &n));
    LG_TRY(lg_protocol_add_synaptic(ctx, p, receptor, times, n, weight));
  } else {
    LG_TRY(span(ctx, at, &s));
    LG_TRY(lg_json_get_number(ctx, at, "rate_Hz", "Hz", &rate));
    LG_TRY(read_seed(ctx, at, &seed));
    LG_TRY(lg_protocol_add_poisson(ctx, p, receptor, s.t0_ms, s.t1_ms, rate, weight, seed));
  }
done:
  lg_free(ctx, times);
  return status;
}

static lg_status read_list(lg_ctx *ctx, const lg_json_at *root, const char *key, lg_protocol *p,
                           lg_status (*read)(lg_ctx *ctx, const lg_json_at *at, lg_protocol *p)) {
  lg_json_at array;
  size_t n;
  if (!lg_json_has(root, key)) return LG_OK;
  lg_status status = lg_json_get_array(ctx, root, key, &array, &n);
  for (size_t k = 0; k < n && status == LG_OK; k++) {
    const lg_json_at item = lg_json_item(&array, k);
    status = read(ctx, &item, p);
  }
  return status;
}

static lg_status read_protocol(lg_ctx *ctx, const lg_json_at *root, lg_protocol **out) {
  static const char *const keys[] = {"duration_ms", "sample_ms", "segments", "synaptic",   "name",
                                     "description", "schema",    "comment",  "provenance", "reference"};
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  double duration, sample;
  lg_json_at object;
  LG_TRY(lg_json_get_object(ctx, root, "", &object));
  LG_TRY(lg_json_only_keys(ctx, root, keys, COUNT(keys)));
  LG_TRY(lg_json_get_number(ctx, root, "duration_ms", "ms", &duration));
  LG_TRY(number_or(ctx, root, "sample_ms", "ms", 0.05, &sample));
  status = lg_protocol_create(ctx, duration, sample, &p);
  if (status != LG_OK) return lg_fail_prefix(ctx, status, "%s: ", root->file);
  LG_TRY(read_list(ctx, root, "segments", p, read_segment));
  LG_TRY(read_list(ctx, root, "synaptic", p, read_synaptic));
  *out = p;
  return LG_OK;
done:
  lg_protocol_destroy(ctx, p);
  return status;
}

static lg_status read_document(lg_ctx *ctx, lg_json_doc *doc, lg_protocol **out) {
  const lg_json_at root = lg_json_root(doc);
  const lg_status status = read_protocol(ctx, &root, out);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

lg_status lg_protocol_load(lg_ctx *ctx, const char *path, lg_protocol **out) {
  lg_json_doc *doc = NULL;
  *out = NULL;
  const lg_status status = lg_json_load(ctx, path, LG_JSON_COMMENTS, (size_t)256 << 20, &doc);
  return status == LG_OK ? read_document(ctx, doc, out) : status;
}

lg_status lg_protocol_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_protocol **out) {
  lg_json_doc *doc = NULL;
  *out = NULL;
  const lg_status status = lg_json_parse(ctx, name, bytes, n, LG_JSON_COMMENTS, &doc);
  return status == LG_OK ? read_document(ctx, doc, out) : status;
}
