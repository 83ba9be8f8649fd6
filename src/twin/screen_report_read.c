/* Read screen.json back, with everything checked. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/figure_verdict.h"
#include "twin/report_keep.h"
#include "twin/screen_report_schema.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct lg_screen_report {
  lg_screen_report_data data;
  lg_kept_run run;
};

static const lg_kept_kind kind = {"screen.json", LG_SCREEN_SCHEMA, "screen"};

#define KEEP(pointer, n) LG_KEEP(ctx, &r->run.keeper, pointer, n)

/* One array of a compound into a member of its cells; NAN when it is not there. */
static lg_status read_column(lg_ctx *ctx, const lg_json_at *at, const char *key, lg_screen_cell *cells, size_t n,
                             size_t offset) {
  lg_status status = LG_OK;
  double *x = NULL, none = (double)NAN;
  size_t m = n;
  if (lg_json_has(at, key)) LG_TRY(lg_json_get_numbers(ctx, at, key, NULL, &x, &m));
  if (m != n) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.%s: %zu numbers, %zu expected", at->file, at->path, key, m, n);
    goto done;
  }
  for (size_t j = 0; j < n; j++) memcpy((char *)&cells[j] + offset, x ? &x[j] : &none, sizeof *x);
done:
  lg_free(ctx, x);
  return status;
}

static lg_status read_verdicts(lg_ctx *ctx, const lg_json_at *at, lg_screen_cell *cells, size_t n) {
  lg_status status = LG_OK;
  lg_json_at list;
  size_t m;
  LG_TRY(lg_json_get_array(ctx, at, "verdict", &list, &m));
  if (m != n) return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.verdict: %zu doses, %zu expected", at->file, at->path, m, n);
  for (size_t j = 0; j < n; j++) {
    const lg_json_at item = lg_json_item(&list, j);
    const char *word;
    LG_TRY(lg_json_get_text(ctx, &item, "", &word));
    cells[j].verdict = lg_verdict_find(word);
    if (cells[j].verdict < 0 && strcmp(word, lg_verdict_look_of(-1)->name) != 0)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.verdict: '%s' is none of the verdicts", at->file, at->path, word);
  }
done:
  return status;
}

static lg_status read_compound(lg_ctx *ctx, const lg_json_at *at, lg_screen_compound *q, lg_screen_cell *cells,
                               size_t n) {
  lg_status status = LG_OK;
  LG_TRY(lg_record_get(ctx, at, &lg_record_screen_compound, q));
  LG_TRY(read_verdicts(ctx, at, cells, n));
  for (size_t j = 0; j < LG_SCREEN_COLUMNS; j++)
    LG_TRY(read_column(ctx, at, lg_screen_columns[j].key, cells, n, lg_screen_columns[j].offset));
  for (int j = 0; j < LG_VERDICTS; j++) {
    char key[64];
    (void)snprintf(key, sizeof key, "share.%s", lg_verdict_look_of(j)->name);
    LG_TRY(read_column(ctx, at, key, cells, n, offsetof(lg_screen_cell, share) + (size_t)j * sizeof(double)));
  }
done:
  return status;
}

static lg_status read_compounds(lg_ctx *ctx, lg_screen_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_screen_report_data *d = &r->data;
  lg_json_at list;
  lg_screen_compound *compounds = NULL;
  lg_screen_cell *cells = NULL;
  size_t n;
  LG_TRY(lg_json_get_array(ctx, root, "dose_uM", &list, &d->n_doses));
  LG_TRY(lg_keep_numbers(ctx, &r->run.keeper, root, "dose_uM", d->n_doses, false, &d->dose_uM));
  LG_TRY(lg_json_get_array(ctx, root, "compounds", &list, &d->n_compounds));
  if (!lg_mul_size(d->n_compounds, d->n_doses, &n) || n > (size_t)50000000)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %zu compounds x %zu doses are too many", root->file, d->n_compounds,
                   d->n_doses);
  KEEP(compounds, d->n_compounds);
  for (size_t k = 0; k < d->n_compounds; k++) { /* before the cells: their number is a product of the file's */
    const lg_json_at at = lg_json_item(&list, k);
    lg_json_at verdicts;
    size_t m;
    LG_TRY(lg_json_get_array(ctx, &at, "verdict", &verdicts, &m));
    if (m != d->n_doses)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.verdict: %zu doses, %zu expected", at.file, at.path, m, d->n_doses);
  }
  KEEP(cells, n);
  for (size_t k = 0; k < d->n_compounds; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(read_compound(ctx, &at, &compounds[k], &cells[k * d->n_doses], d->n_doses));
  }
  d->compounds = compounds;
  d->cells = cells;
done:
  return status;
}

static lg_status read_all(lg_ctx *ctx, lg_screen_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  r->data = (lg_screen_report_data)LG_SCREEN_REPORT_DATA_INIT;
  LG_TRY(lg_record_get(ctx, root, &lg_record_screen_head, &r->data));
  LG_TRY(lg_keep_texts(ctx, &r->run.keeper, root, "reasons", &r->data.reasons, &r->data.n_reasons));
  LG_TRY(read_compounds(ctx, r, root));
  LG_TRY(lg_keep_records(ctx, &r->run.keeper, root, "failures", &lg_record_screen_failure, &r->data.failures,
                         &r->data.n_failures));
  LG_TRY(lg_keep_texts(ctx, &r->run.keeper, root, "notes", &r->data.notes, &r->data.n_notes));
  r->data.provenance_json = r->run.provenance;
done:
  return status;
}

/* bytes NULL: from the folder or file `name`. */
static lg_status make(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_screen_report **out) {
  lg_status status = LG_OK;
  lg_screen_report *r = NULL;
  *out = NULL;
  LG_NEW(ctx, r, 1);
  if (bytes) LG_TRY(lg_kept_run_parse(ctx, &kind, name, bytes, n, &r->run));
  else LG_TRY(lg_kept_run_load(ctx, &kind, name, &r->run));
  const lg_json_at root = lg_json_root(r->run.doc);
  LG_TRY(read_all(ctx, r, &root));
  *out = r;
  r = NULL;
done:
  lg_screen_report_destroy(ctx, r);
  return status;
}

lg_status lg_screen_report_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_screen_report **out) {
  return make(ctx, name, bytes ? bytes : "", n, out);
}

lg_status lg_screen_report_read(lg_ctx *ctx, const char *path, lg_screen_report **out) {
  return make(ctx, path, NULL, 0, out);
}

const lg_screen_report_data *lg_screen_report_get(const lg_screen_report *r) { return &r->data; }

void lg_screen_report_destroy(lg_ctx *ctx, lg_screen_report *r) {
  if (!r) return;
  lg_kept_run_clear(ctx, &r->run);
  lg_free(ctx, r);
}
