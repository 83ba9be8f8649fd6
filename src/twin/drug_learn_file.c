/* A learned effect as JSON. */
#include "io/json_read.h"
#include "twin/drug_learn.h"

#include <math.h>
#include <string.h>

static void write_total(lg_json *w, const char *key, const lg_effect_total *t) {
  lg_json_key(w, key);
  if (!t) {
    lg_json_null(w);
    return;
  }
  lg_json_object(w);
  lg_json_key_integer(w, "cells", (int64_t)t->n);
  lg_json_key_integer(w, "right_sign", (int64_t)t->right);
  lg_json_key_number(w, "rmse_spikes", t->rmse);
  lg_json_key_number(w, "rmse_no_change_spikes", t->rmse_none);
  lg_json_key_number(w, "inside_95", t->inside);
  lg_json_end_object(w);
}

static void write_parameter(lg_json *w, const char *key, double value, const double *ci95, double cells_sd) {
  lg_json_key(w, key);
  lg_json_object(w);
  lg_json_key_number(w, "value", value);
  lg_json_key_numbers(w, "ci95", ci95, 2);
  lg_json_key_number(w, "between_cells_sd", cells_sd);
  lg_json_end_object(w);
}

lg_status lg_effect_write(lg_ctx *ctx, const lg_effect *e, const lg_effect_total *cells_out,
                          const lg_effect_total *groups_out, lg_provenance *provenance, const char *path) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-drug-effect/1");
  lg_json_key_text(&w, "name", e->name);
  lg_json_key_text(&w, "form", lg_effect_form_name(e->form));
  write_parameter(&w, "gain", e->gain, e->gain_ci95, e->gain_sd);
  write_parameter(&w, "shift_pA", e->shift_pA, e->shift_ci95, (double)NAN);
  lg_json_key_number(&w, "count_sd", e->count_sd);
  lg_json_key_number(&w, "share_reduced", e->share_reduced);
  lg_json_key(&w, "dose");
  lg_json_object(&w);
  lg_json_key_number(&w, "learned_uM", e->dose_uM);
  lg_json_key_number(&w, "K_uM", e->K_uM);
  lg_json_key_number(&w, "hill", e->hill);
  lg_json_end_object(&w);
  lg_json_key(&w, "trained_on");
  lg_json_object(&w);
  lg_json_key_integer(&w, "cells", (int64_t)e->n_cells);
  lg_json_key_number(&w, "I_low_pA", e->low_pA);
  lg_json_key_number(&w, "I_high_pA", e->high_pA);
  lg_json_key_number(&w, "most_spikes", e->most_count);
  lg_json_end_object(&w);
  lg_json_key(&w, "left_out");
  lg_json_object(&w);
  write_total(&w, "cells", cells_out);
  write_total(&w, "groups", groups_out);
  lg_json_end_object(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(provenance, &w);
  lg_json_end_object(&w);
  if (!lg_json_end(&w)) {
    lg_outfile_discard(ctx, file);
    return lg_fail(ctx, LG_ERR_INTERNAL, "the JSON of the effect did not nest");
  }
  return lg_outfile_commit(ctx, file);
}

/* A pair of numbers, null for unknown. */
static lg_status read_interval(lg_ctx *ctx, const lg_json_at *at, const char *path, double ci[2]) {
  double *x = NULL;
  size_t n = 0;
  lg_status status = lg_json_get_numbers(ctx, at, path, NULL, &x, &n);
  if (status == LG_OK && n != 2)
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: %zu numbers, 2 expected", at->file, path, n);
  if (status == LG_OK) memcpy(ci, x, 2 * sizeof *x);
  lg_free(ctx, x);
  return status;
}

static lg_status read_form(lg_ctx *ctx, const lg_json_at *at, lg_effect_form *form) {
  const char *text;
  const lg_status status = lg_json_get_text(ctx, at, "form", &text);
  if (status != LG_OK) return status;
  for (int k = 0; k < LG_EFFECT_FORMS; k++) {
    if (strcmp(text, lg_effect_form_name((lg_effect_form)k)) != 0) continue;
    *form = (lg_effect_form)k;
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: form '%s' is unknown; gain, shift, gain and shift", at->file, text);
}

lg_status lg_effect_read(lg_ctx *ctx, const char *path, lg_effect *e) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  const char *text;
  const double big = 1e9, nan = (double)NAN;
  int64_t cells;
  memset(e, 0, sizeof *e);
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at at = lg_json_root(doc);
  LG_TRY(lg_json_get_text(ctx, &at, "schema", &text));
  if (strcmp(text, "loligo-drug-effect/1") != 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: schema '%s' is not loligo-drug-effect/1; loligo drug learn makes them",
                     path, text);
    goto done;
  }
  LG_TRY(lg_json_get_text_or(ctx, &at, "name", "", &text));
  (void)snprintf(e->name, sizeof e->name, "%s", text);
  LG_TRY(read_form(ctx, &at, &e->form));
  LG_TRY(lg_json_get_number_in(ctx, &at, "gain.value", NULL, -10.0, 1.0, &e->gain));
  LG_TRY(lg_json_get_number_in(ctx, &at, "shift_pA.value", "pA", -1e6, 1e6, &e->shift_pA));
  LG_TRY(read_interval(ctx, &at, "gain.ci95", e->gain_ci95));
  LG_TRY(read_interval(ctx, &at, "shift_pA.ci95", e->shift_ci95));
  LG_TRY(lg_json_get_number_or(ctx, &at, "gain.between_cells_sd", NULL, 0.0, big, nan, &e->gain_sd));
  LG_TRY(lg_json_get_number_or(ctx, &at, "count_sd", NULL, 0.0, big, nan, &e->count_sd));
  LG_TRY(lg_json_get_number_or(ctx, &at, "share_reduced", NULL, 0.0, 1.0, nan, &e->share_reduced));
  LG_TRY(lg_json_get_number_in(ctx, &at, "dose.learned_uM", "uM", 1e-12, big, &e->dose_uM));
  LG_TRY(lg_json_get_number_in(ctx, &at, "dose.K_uM", "uM", 1e-12, big, &e->K_uM));
  LG_TRY(lg_json_get_number_in(ctx, &at, "dose.hill", NULL, 1e-6, 10.0, &e->hill));
  LG_TRY(lg_json_get_integer(ctx, &at, "trained_on.cells", 3, 1000000, &cells));
  LG_TRY(lg_json_get_number(ctx, &at, "trained_on.I_low_pA", "pA", &e->low_pA));
  LG_TRY(lg_json_get_number(ctx, &at, "trained_on.I_high_pA", "pA", &e->high_pA));
  LG_TRY(lg_json_get_number(ctx, &at, "trained_on.most_spikes", NULL, &e->most_count));
  e->n_cells = (size_t)cells;
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}
