/* A fitted cell as a model file. */
#define _XOPEN_SOURCE 700
#include "twin/cable_fit_file.h"

#include "io/json_read.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Set object[key], number or not yet there. */
static bool put(json_t *object, const char *key, double value) {
  return json_is_object(object) && json_object_set_new(object, key, json_real(value)) == 0;
}

/* The object under a key, made where there is none. */
static json_t *within(json_t *object, const char *key) {
  json_t *it = json_object_get(object, key);
  if (json_is_object(it)) return it;
  it = json_object();
  return it && json_object_set_new(object, key, it) == 0 ? it : NULL;
}

static bool put_region(json_t *region, const cable_parameter *p, double value) {
  char name[24];
  switch (p->sort) {
  case CABLE_CAPACITANCE:
    return put(region, "cm_uF_cm2", value);
  case CABLE_AXIAL:
    return put(region, "Ra_ohm_cm", value);
  case CABLE_REVERSAL:
    (void)snprintf(name, sizeof name, "e%.20s", p->ion);
    return put(within(region, "reversal"), name, value);
  case CABLE_FIELD: {
    json_t *used = json_object_get(json_object_get(region, "mechanisms"), p->mechanism->name);
    const char *const field = p->mechanism->parameters[p->field].name;
    json_t *distributed = json_object_get(used, field); /* {"value": …, "distance": …} */
    if (json_is_object(distributed)) return put(distributed, "value", value);
    return !used || put(used, field, value);
  }
  default:
    return true;
  }
}

static bool put_parameter(json_t *root, const cable_parameter *p, double value) {
  json_t *regions = json_object_get(root, "regions"), *synapses = json_object_get(root, "synapses");
  bool good = true;
  if (p->sort == CABLE_FIELD && p->mechanism->sort == CABLE_POINT) {
    json_t *list = json_object_get(root, "points");
    const char *const field = p->mechanism->parameters[p->field].name;
    json_t *at = json_array_get(synapses, p->index);
    if (at && strcmp(json_string_value(json_object_get(at, "type")), p->mechanism->name) == 0)
      good = put(within(at, "params"), field, value);
    at = json_array_get(list, p->index);
    if (at && strcmp(json_string_value(json_object_get(at, "type")), p->mechanism->name) == 0)
      good = good && put(within(at, "params"), field, value);
    return good;
  }
  if (p->sort == CABLE_WEIGHT) return put(json_array_get(synapses, p->index), "weight_uS", value);
  if (p->sort == CABLE_CLAMP) return put(json_array_get(json_object_get(root, "iclamps"), p->index), "amp_nA", value);
  for (size_t r = 0; r < json_array_size(regions); r++)
    if (p->region == CABLE_ANY || p->region == r) good = good && put_region(json_array_get(regions, r), p, value);
  return good;
}

/* Name of a file beside the case, from the root on, where the output lies in another folder; "" where it may stay. */
static lg_status moved_name(lg_ctx *ctx, const char *name, const char *case_path, const char *out_path,
                            char out[PATH_MAX]) {
  char a[PATH_MAX], b[PATH_MAX], joined[2 * PATH_MAX + 2];
  lg_status status = LG_OK;
  out[0] = '\0';
  if (!name || name[0] == '/') return LG_OK;
  char *from = lg_folder_of(ctx, case_path), *to = lg_folder_of(ctx, out_path);
  if (!from || !to) {
    status = LG_ERR_MEMORY;
  } else if (!realpath(from, a) || !realpath(to, b) || strcmp(a, b) != 0) {
    (void)snprintf(joined, sizeof joined, "%s/%s", from, name);
    if (!realpath(joined, out)) status = lg_fail(ctx, LG_ERR_IO, "%s cannot be found", joined);
  }
  lg_free(ctx, from);
  lg_free(ctx, to);
  return status;
}

/* The reconstruction and the mechanisms of the user are found from the folder of the output, too. */
static lg_status fix_names(lg_ctx *ctx, json_t *root, const char *case_path, const char *out_path) {
  json_t *files = json_object_get(root, "mechanism_files");
  char name[PATH_MAX];
  lg_status status = moved_name(ctx, json_string_value(json_object_get(root, "swc")), case_path, out_path, name);
  if (status == LG_OK && name[0] && json_object_set_new(root, "swc", json_string(name)) != 0) return LG_ERR_MEMORY;
  for (size_t k = 0; k < json_array_size(files) && status == LG_OK; k++) {
    status = moved_name(ctx, json_string_value(json_array_get(files, k)), case_path, out_path, name);
    if (status == LG_OK && name[0] && json_array_set_new(files, k, json_string(name)) != 0) return LG_ERR_MEMORY;
  }
  return status;
}

void lg_cable_fit_fields(lg_json *w, const cable_fit *f) {
  lg_json_key_number(w, "noise_mV", f->sigma_mV);
  lg_json_key_number(w, "chi2_per_sample", f->chi2_per_sample);
  lg_json_key_boolean(w, "explained_to_the_noise", f->explained);
  lg_json_key_boolean(w, "by_score", f->by_score);
  lg_json_key_number(w, "variance_inflation", f->inflation);
  lg_json_key_number(w, "score", f->score);
  lg_json_key_integer(w, "n_nodes", (int64_t)f->n_nodes);
  lg_json_key_integer(w, "starts", (int64_t)f->starts);
  lg_json_key_integer(w, "runs", (int64_t)f->evaluations);
  lg_json_key_integer(w, "runs_with_derivatives", (int64_t)f->derivatives);
  lg_json_key(w, "parameters");
  lg_json_array(w);
  for (size_t k = 0; k < f->n_unknowns; k++) {
    const cable_fit_unknown *u = &f->unknowns[k];
    lg_json_object(w);
    lg_json_key_text(w, "name", u->name);
    lg_json_key_text(w, "unit", u->unit);
    lg_json_key_number(w, "value", u->value);
    lg_json_key_number(w, "low_95", u->interval[0]);
    lg_json_key_number(w, "high_95", u->interval[1]);
    lg_json_key_text(w, "verdict", lg_cable_fit_word(u->verdict));
    lg_json_key_number(w, "start", u->start);
    lg_json_key_number(w, "range_low", u->low);
    lg_json_key_number(w, "range_high", u->high);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_key(w, "sweeps");
  lg_json_array(w);
  for (size_t k = 0; k < f->n_sweeps; k++) {
    const cable_fit_sweep *s = &f->sweeps[k];
    lg_json_object(w);
    lg_json_key_integer(w, "number", s->number);
    lg_json_key_text(w, "use", s->train ? "fitted" : "held out");
    lg_json_key_integer(w, "spikes_recorded", (int64_t)s->n_recorded);
    lg_json_key_integer(w, "spikes_predicted", (int64_t)s->n_predicted);
    lg_json_key_number(w, "rmse_mV", s->rmse_mV);
    lg_json_key_number(w, "rmse_away_from_spikes_mV", s->rmse_quiet_mV);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

/* What is known of the values, for reference.fit. */
static json_t *summary(const cable_fit *f, const char *recording_path) {
  json_t *fit = json_object(), *list = json_array();
  if (!fit || !list) {
    json_decref(fit);
    json_decref(list);
    return NULL;
  }
  bool good = json_object_set_new(fit, "recording", json_string(recording_path)) == 0;
  good = good && put(fit, "noise_mV", f->sigma_mV) && put(fit, "chi2_per_sample", f->chi2_per_sample);
  good = good && json_object_set_new(fit, "explained_to_the_noise", json_boolean(f->explained)) == 0;
  good = good && json_object_set_new(fit, "by_score", json_boolean(f->by_score)) == 0;
  for (size_t k = 0; k < f->n_unknowns && good; k++) {
    const cable_fit_unknown *u = &f->unknowns[k];
    json_t *it = json_object();
    good = it && json_object_set_new(it, "name", json_string(u->name)) == 0 &&
           json_object_set_new(it, "unit", json_string(u->unit)) == 0 && put(it, "value", u->value);
    if (good && isfinite(u->interval[0]) && isfinite(u->interval[1]))
      good = put(it, "low_95", u->interval[0]) && put(it, "high_95", u->interval[1]);
    good = good && json_object_set_new(it, "verdict", json_string(lg_cable_fit_word(u->verdict))) == 0;
    if (!it || json_array_append_new(list, it) != 0) good = false;
  }
  if (json_object_set_new(fit, "parameters", list) != 0 || !good) {
    json_decref(fit);
    return NULL;
  }
  return fit;
}

lg_status lg_cable_fit_save(lg_ctx *ctx, const cable_fit *fit, const char *case_path, const char *recording_path,
                            const char *out_path) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  json_t *root = NULL;
  lg_outfile *file = NULL;
  char *text = NULL;
  LG_TRY(lg_json_load(ctx, case_path, LG_JSON_COMMENTS, 0, &doc));
  root = json_deep_copy(lg_json_root(doc).value);
  bool good = root != NULL;
  for (size_t u = 0; u < fit->n_unknowns && good; u++)
    for (size_t k = 0; k < fit->unknowns[u].n_tied && good; k++)
      good = put_parameter(root, &fit->unknowns[u].tied[k], fit->unknowns[u].value);
  if (good) good = json_object_set_new(within(root, "reference"), "fit", summary(fit, recording_path)) == 0;
  if (!good) {
    status = lg_fail(ctx, LG_ERR_MEMORY, "%s: the fitted values find no place", case_path);
    goto done;
  }
  LG_TRY(fix_names(ctx, root, case_path, out_path));
  text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
  if (!text) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  LG_TRY(lg_outfile_open(ctx, out_path, &file));
  (void)fprintf(lg_outfile_stream(file), "%s\n", text);
  status = lg_outfile_commit(ctx, file);
  file = NULL;
done:
  lg_outfile_discard(ctx, file);
  free(text);
  json_decref(root);
  lg_json_doc_destroy(ctx, doc);
  return status;
}
