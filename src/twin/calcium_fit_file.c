/* What a fit of calcium waves leaves. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "data/provenance.h"
#include "io/json_read.h"
#include "twin/calcium_fit_internal.h"
#include "twin/calcium_knob.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the case with the fitted values ------------------------------------------------------------------ */

static bool put(json_t *object, const char *key, double value) {
  return json_is_object(object) && json_object_set_new(object, key, json_real(value)) == 0;
}

static json_t *within(json_t *object, const char *key) {
  json_t *it = json_object_get(object, key);
  if (json_is_object(it)) return it;
  it = json_object();
  return it && json_object_set_new(object, key, it) == 0 ? it : NULL;
}

/* A number, or the second numbers of [[x, radius], …]. */
static void multiply(json_t *object, const char *key, double by) {
  json_t *it = json_object_get(object, key);
  if (json_is_number(it)) (void)put(object, key, by * json_number_value(it));
  for (size_t k = 0; json_is_array(it) && k < json_array_size(it); k++) {
    json_t *row = json_array_get(it, k);
    if (json_is_array(row) && json_array_size(row) == 2)
      (void)json_array_set_new(row, 1, json_real(by * json_number_value(json_array_get(row, 1))));
  }
}

static void multiply_radii(json_t *root, bool er, double by) {
  json_t *geometry = json_object_get(root, "geometry"), *sections = json_object_get(root, "sections");
  static const char *const keys[2][3] = {{"R_um", "R0", "R1"}, {"r_ER_um", "r0", "r1"}};
  for (size_t k = 0; k < 3 && geometry; k++) multiply(geometry, keys[er][k], by);
  for (size_t k = 0; k < json_array_size(sections); k++) multiply(json_array_get(sections, k), er ? "r" : "R", by);
  if (er && json_object_get(root, "swc")) multiply(root, "er_fraction", by);
}

static void multiply_stimuli(json_t *root, double by) {
  json_t *it = json_object_get(root, "stimulus");
  if (json_is_object(it)) multiply(it, "j0_uM_um_s", by);
  for (size_t k = 0; json_is_array(it) && k < json_array_size(it); k++)
    multiply(json_array_get(it, k), "j0_uM_um_s", by);
}

/* Files that the case names stand beside it: give them whole paths. */
static void whole_paths(json_t *at, const char *folder) {
  const char *key;
  json_t *it;
  size_t k;
  if (json_is_array(at)) {
    json_array_foreach(at, k, it) whole_paths(it, folder);
    return;
  }
  if (!json_is_object(at)) return;
  json_object_foreach(at, key, it) {
    char path[4096], *whole;
    const char *name = json_string_value(it), *dot = name ? strrchr(name, '.') : NULL;
    if (!name) whole_paths(it, folder);
    if (!dot || name[0] == '/' || strlen(dot) > 12 || strchr(dot, ' ')) continue;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path) continue;
    whole = realpath(path, NULL);
    if (whole) (void)json_string_set(it, whole);
    free(whole);
  }
}

/* Value over the case's own, which is where the first start was. */
static void put_unknown(json_t *root, const calcium_fit_unknown *u) {
  const char *group = lg_calcium_knob_group(u->name);
  if (lg_calcium_fit_is_time(u)) return;
  if (group) (void)put(within(root, group), u->name, u->value);
  else if (strcmp(u->name, "j0") == 0) multiply_stimuli(root, u->value / u->start);
  else multiply_radii(root, strcmp(u->name, "r") == 0, u->value / u->start);
}

static lg_status write_case(lg_ctx *ctx, const calcium_fit *f, const char *path) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  json_t *root = NULL;
  lg_outfile *out = NULL;
  char *folder = NULL;
  LG_TRY(lg_json_load(ctx, f->o.case_path, LG_JSON_COMMENTS, 0, &doc));
  root = json_deep_copy(lg_json_root(doc).value);
  folder = lg_folder_of(ctx, f->o.case_path);
  if (!root || !folder) {
    status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for the fitted case");
    goto done;
  }
  whole_paths(root, folder);
  for (size_t u = 0; u < f->n; u++) put_unknown(root, &f->unknowns[u]);
  /* what was known of the old values does not hold for the new ones */
  static const char *const stale[] = {
      "derived", "reference",   "metrics",    "conv",           "fv2_convergence_speed_16_48",
      "results", "sweep_rho_R", "thresholds", "pluggable_gates"};
  for (size_t k = 0; k < sizeof stale / sizeof stale[0]; k++) (void)json_object_del(root, stale[k]);
  LG_TRY(lg_outfile_open(ctx, path, &out));
  const bool written = json_dumpf(root, lg_outfile_stream(out), JSON_INDENT(1) | JSON_REAL_PRECISION(17)) == 0 &&
                       fputc('\n', lg_outfile_stream(out)) != EOF;
  if (!written) {
    lg_outfile_discard(ctx, out);
    status = lg_fail(ctx, LG_ERR_IO, "%s could not be written", path);
    goto done;
  }
  status = lg_outfile_commit(ctx, out);
done:
  json_decref(root);
  lg_json_doc_destroy(ctx, doc);
  lg_free(ctx, folder);
  return status;
}

/* ---- fit.json ---------------------------------------------------------------------------------------- */

static void unknown_fields(lg_json *w, const calcium_fit *f, const calcium_fit_unknown *u) {
  const bool time = lg_calcium_fit_is_time(u);
  lg_json_object(w);
  lg_json_key_text(w, "name", u->name);
  lg_json_key_number(w, "value", u->value);
  lg_json_key_numbers(w, "interval_95", u->interval, 2);
  lg_json_key_number(w, time ? "sd_s" : "sd_of_logarithm", u->sd);
  lg_json_key_text(w, "interval_by", u->profiled ? "profile" : "curvature");
  lg_json_key_boolean(w, "identified", u->identified);
  lg_json_key_number(w, "start", u->start);
  lg_json_key_number(w, "low", u->low);
  lg_json_key_number(w, "high", u->high);
  if (f->coverage_done > 0) {
    lg_json_key_integer(w, "simulated_inside_95", (int64_t)u->covered);
    lg_json_key_number(w, time ? "simulated_rms_error_s" : "simulated_rms_error_of_logarithm", u->spread);
  }
  lg_json_end_object(w);
}

static void place_fields(lg_json *w, const calcium_fit *f, size_t k) {
  const calcium_trace *t = &f->wave->traces[k];
  lg_json_object(w);
  lg_json_key_integer(w, "section", (int64_t)t->place.section);
  lg_json_key_number(w, "x_um", t->place.x_um);
  lg_json_key_number(w, "model_minus_data_s", f->shift_s[k]);
  lg_json_key_number(w, "error_s", f->shift_error_s[k]);
  lg_json_end_object(w);
}

void lg_calcium_fit_fields(lg_json *w, const calcium_fit *f) {
  lg_json_key_text(w, "signal", lg_calcium_signal_word(f->wave->signal));
  lg_json_key_integer(w, "n_residuals", (int64_t)f->n_residuals);
  lg_json_key_number(w, "noise", f->wave->signal == CALCIUM_ARRIVALS ? (double)NAN : f->noise);
  lg_json_key_number(w, "chi2_per_residual", f->chi2);
  lg_json_key_number(w, "chi2_per_residual_of_the_start", f->start_chi2);
  lg_json_key_number(w, "intervals_widened_by", f->scale);
  lg_json_key_integer(w, "starts", (int64_t)f->starts_tried);
  lg_json_key_integer(w, "starts_that_agree", (int64_t)f->starts_best);
  lg_json_key_integer(w, "model_runs", (int64_t)f->runs);
  lg_json_key(w, "constants");
  lg_json_array(w);
  for (size_t u = 0; u < f->n; u++) unknown_fields(w, f, &f->unknowns[u]);
  lg_json_end_array(w);
  lg_json_key(w, "correlation");
  lg_json_array(w);
  for (size_t u = 0; u < f->n; u++) lg_json_numbers(w, f->correlation + u * f->n, f->n);
  lg_json_end_array(w);
  lg_json_key(w, "places");
  lg_json_array(w);
  for (size_t k = 0; k < f->wave->n_traces; k++) place_fields(w, f, k);
  lg_json_end_array(w);
  if (f->o.coverage == 0) return;
  lg_json_key(w, "coverage");
  lg_json_object(w);
  lg_json_key_integer(w, "simulated", (int64_t)f->o.coverage);
  lg_json_key_integer(w, "fitted", (int64_t)f->coverage_done);
  lg_json_key_integer(w, "failed", (int64_t)f->coverage_failed);
  lg_json_end_object(w);
}

/* ---- tables ------------------------------------------------------------------------------------------ */

static void write_residuals(const calcium_fit *f, FILE *out) {
  size_t first = 0;
  (void)fputs("section,x_um,t_s,measured,fitted\n", out);
  for (size_t k = 0; k < f->wave->n_traces; k++) {
    const calcium_trace *t = &f->wave->traces[k];
    for (size_t q = 0; q < t->n; q++) {
      (void)fprintf(out, "%zu", t->place.section);
      lg_put_number(out, ",", t->place.x_um);
      lg_put_number(out, ",", t->t_s[q]);
      lg_put_number(out, ",", t->y[q]);
      lg_put_number(out, ",", f->fitted[first + q]);
      (void)fputc('\n', out);
    }
    first += t->n;
  }
}

static void write_arrivals(const calcium_fit *f, FILE *out) {
  (void)fputs("section,x_um,t_up_s,t_down_s,c_peak_uM,measured_t_up_s,model_minus_data_s,error_s\n", out);
  for (size_t k = 0; k < f->wave->n_traces; k++) {
    const calcium_trace *t = &f->wave->traces[k];
    (void)fprintf(out, "%zu", t->place.section);
    lg_put_number(out, ",", t->place.x_um);
    for (size_t q = 0; q < 3; q++) lg_put_number(out, ",", f->arrivals[3 * k + q]);
    lg_put_number(out, ",", t->up_s);
    lg_put_number(out, ",", f->shift_s[k]);
    lg_put_number(out, ",", f->shift_error_s[k]);
    (void)fputc('\n', out);
  }
}

static lg_status path_in(lg_ctx *ctx, const char *folder, const char *name, char path[4096]) {
  if ((size_t)snprintf(path, 4096, "%s/%s", folder, name) < 4096) return LG_OK;
  return lg_fail(ctx, LG_ERR_RANGE, "the folder's name is too long");
}

static lg_status write_table(lg_ctx *ctx, const char *folder, const char *name, const calcium_fit *f,
                             void (*fn)(const calcium_fit *f, FILE *out), lg_provenance *provenance) {
  char path[4096];
  lg_outfile *out = NULL;
  lg_status status = path_in(ctx, folder, name, path);
  if (status == LG_OK) status = lg_outfile_open(ctx, path, &out);
  if (status != LG_OK) return status;
  if (provenance) lg_provenance_write_comments(provenance, lg_outfile_stream(out));
  fn(f, lg_outfile_stream(out));
  return lg_outfile_commit(ctx, out);
}

static lg_status write_fit(lg_ctx *ctx, const char *folder, const calcium_fit *f, lg_provenance *provenance) {
  char path[4096];
  lg_outfile *out = NULL;
  lg_status status = path_in(ctx, folder, "fit.json", path);
  if (status == LG_OK) status = lg_outfile_open(ctx, path, &out);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(out));
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-calcium-fit/1");
  lg_calcium_fit_fields(&w, f);
  if (provenance) {
    lg_json_key(&w, "provenance");
    lg_provenance_write_json(provenance, &w);
  }
  lg_json_end_object(&w);
  if (lg_json_end(&w)) return lg_outfile_commit(ctx, out);
  lg_outfile_discard(ctx, out);
  return lg_fail(ctx, LG_ERR_INTERNAL, "the fit does not nest");
}

lg_status lg_calcium_fit_write(lg_ctx *ctx, const char *folder, const calcium_fit *f, lg_provenance *provenance) {
  lg_status status = LG_OK;
  char path[4096];
  LG_TRY(lg_make_directory(ctx, folder));
  LG_TRY(path_in(ctx, folder, "case.json", path));
  LG_TRY(write_case(ctx, f, path));
  if (f->wave->n_samples > 0) LG_TRY(write_table(ctx, folder, "residuals.csv", f, write_residuals, provenance));
  LG_TRY(write_table(ctx, folder, "arrivals.csv", f, write_arrivals, provenance));
  LG_TRY(write_fit(ctx, folder, f, provenance));
done:
  return status;
}
