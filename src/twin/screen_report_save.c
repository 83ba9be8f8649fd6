/* The JSON of a screen: screen.json, and the data of its page. */
#include "twin/figure_verdict.h"
#include "twin/screen_report_schema.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define NONE ((double)NAN)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEY(type, name, kind, member)                                                                                  \
  { name, kind, offsetof(type, member), NONE }

/* clang-format off */
#define D(name, kind, member) KEY(lg_screen_report_data, name, kind, member)
static const lg_key head[] = {
    D("title", LG_KEY_TEXT, title),         D("library", LG_KEY_TEXT, library), D("twins", LG_KEY_TEXT, twins),
    D("model", LG_KEY_TEXT, model),         D("domain", LG_KEY_TEXT, domain),   D("created_utc", LG_KEY_TEXT, created),
    D("individuals", LG_KEY_SIZE, n_individuals),
    D("healthy_area_ratio", LG_KEY_NUMBER, healthy_area_ratio),
    D("failed_points", LG_KEY_SIZE, n_failed_points),
    D("doses_are_multiples", LG_KEY_MAYBE, multiples),
};
#define C(name, kind, member) KEY(lg_screen_compound, name, kind, member)
static const lg_key compound[] = {
    C("name", LG_KEY_NAME, name),                 C("id", LG_KEY_TEXT, id),
    C("class", LG_KEY_TEXT, drug_class),          C("targets", LG_KEY_TEXT, targets),
    C("free_low_uM", LG_KEY_NUMBER, free_low_uM), C("free_high_uM", LG_KEY_NUMBER, free_high_uM),
    C("EC50_uM", LG_KEY_NUMBER, ec50_uM),         C("flags", LG_KEY_TEXT, flags),
};
#define F(name, kind, member) KEY(lg_screen_failure, name, kind, member)
static const lg_key failure[] = {
    F("compound", LG_KEY_TEXT, compound), F("dose_uM", LG_KEY_NUMBER, dose_uM), F("message", LG_KEY_TEXT, message),
};
/* clang-format on */

const lg_record lg_record_screen_head = {head, COUNT(head), sizeof(lg_screen_report_data)},
                lg_record_screen_compound = {compound, COUNT(compound), sizeof(lg_screen_compound)},
                lg_record_screen_failure = {failure, COUNT(failure), sizeof(lg_screen_failure)};

const lg_screen_column lg_screen_columns[LG_SCREEN_COLUMNS] = {
    {"area_ratio", offsetof(lg_screen_cell, area_ratio)},
    {"area_ratio_lo95", offsetof(lg_screen_cell, area_lo)},
    {"area_ratio_hi95", offsetof(lg_screen_cell, area_hi)},
    {"rheobase_ratio", offsetof(lg_screen_cell, rheobase_ratio)},
    {"affected", offsetof(lg_screen_cell, affected)},
};

/* One number of every dose; left out when none of them is known. */
static void put_column(lg_json *w, const char *key, const lg_screen_cell *cells, size_t n, size_t offset,
                       double *space) {
  bool any = false;
  for (size_t j = 0; j < n; j++) {
    memcpy(&space[j], (const char *)&cells[j] + offset, sizeof space[j]);
    any = any || isfinite(space[j]);
  }
  if (any) lg_json_key_numbers(w, key, space, n);
}

/* One word per dose, on one line. */
static void put_verdicts(lg_json *w, const lg_screen_cell *cells, size_t n) {
  lg_json_key(w, "verdict");
  (void)fputc('[', w->stream);
  for (size_t j = 0; j < n; j++)
    (void)fprintf(w->stream, "%s\"%s\"", j ? ", " : "", lg_verdict_look_of(cells[j].verdict)->name);
  (void)fputc(']', w->stream);
  w->after_key = false;
}

static void put_compound(lg_json *w, const lg_screen_view *v, size_t k, double *space) {
  const size_t n = v->data.n_doses;
  const lg_screen_cell *cells = lg_screen_at(v, k, 0);
  lg_json_object(w);
  lg_record_put(w, &lg_record_screen_compound, &v->data.compounds[k]);
  put_verdicts(w, cells, n);
  for (size_t j = 0; j < LG_SCREEN_COLUMNS; j++)
    put_column(w, lg_screen_columns[j].key, cells, n, lg_screen_columns[j].offset, space);
  if (v->many) {
    lg_json_key(w, "share");
    lg_json_object(w);
    for (int j = 0; j < LG_VERDICTS; j++)
      put_column(w, lg_verdict_look_of(j)->name, cells, n, offsetof(lg_screen_cell, share) + (size_t)j * sizeof(double),
                 space);
    lg_json_end_object(w);
  }
  lg_json_end_object(w);
}

lg_status lg_screen_put_json(lg_ctx *ctx, const lg_screen_view *v, size_t most, FILE *stream) {
  lg_status status = LG_OK;
  const lg_screen_report_data *d = &v->data;
  double *space = NULL;
  const size_t n = most > 0 && most < d->n_compounds ? most : d->n_compounds;
  LG_NEW(ctx, space, d->n_doses);
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", LG_SCREEN_SCHEMA);
  lg_record_put(&w, &lg_record_screen_head, d);
  lg_json_key_integer(&w, "compounds_in_all", (int64_t)d->n_compounds);
  lg_json_key_integer(&w, "hits", (int64_t)v->n_hits);
  lg_texts_put(&w, "reasons", d->reasons, d->n_reasons);
  lg_json_key_numbers(&w, "dose_uM", d->dose_uM, d->n_doses);
  lg_json_key(&w, "compounds");
  lg_json_array(&w);
  for (size_t k = 0; k < n; k++) put_compound(&w, v, n < d->n_compounds ? v->ranks[k].compound : k, space);
  lg_json_end_array(&w);
  lg_records_put(&w, "failures", &lg_record_screen_failure, d->failures, d->n_failures);
  lg_texts_put(&w, "notes", d->notes, d->n_notes);
  lg_json_key(&w, "provenance");
  if (d->provenance_json && d->provenance_json[0]) {
    (void)fputs(d->provenance_json, stream); /* an object already, checked by the view */
    w.after_key = false;
  } else {
    lg_json_null(&w);
  }
  lg_json_end_object(&w);
  if (!lg_json_end(&w)) status = lg_fail(ctx, LG_ERR_INTERNAL, "the JSON of a screen does not nest");
done:
  lg_free(ctx, space);
  return status;
}
