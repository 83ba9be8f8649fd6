/* Read trial.json back: everything is checked, since a folder may have been edited, cut or mixed up. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/figure_verdict.h"
#include "twin/report_keep.h"
#include "twin/trial_report_schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct lg_trial_report {
  lg_trial_report_data data;
  lg_kept_run run;
};

static const lg_kept_kind kind = {"trial.json", LG_TRIAL_SCHEMA, "trial"};

#define KEEP(pointer, n) LG_KEEP(ctx, &r->run.keeper, pointer, n)
static const double any = 1.7976931348623157e308;

/* One column of the f–I curve of an object; NULL in *to when `optional` and no row has it. */
static lg_status read_column(lg_ctx *ctx, lg_trial_report *r, const lg_json_at *list, const char *key, bool optional,
                             const double **to) {
  lg_status status = LG_OK;
  double *x = NULL;
  const size_t n = r->data.n_levels;
  *to = NULL;
  if (n == 0) goto done;
  const lg_json_at first = lg_json_item(list, 0);
  if (optional && !lg_json_has(&first, key)) goto done;
  KEEP(x, n);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(list, k);
    LG_TRY(lg_json_get_number_or(ctx, &at, key, NULL, -any, any, (double)NAN, &x[k]));
  }
  *to = x;
done:
  return status;
}

static lg_status read_fi(lg_ctx *ctx, lg_trial_report *r, const lg_json_at *at, const double **n, const double **lo,
                         const double **hi) {
  lg_status status = LG_OK;
  lg_json_at list;
  size_t levels;
  LG_TRY(lg_json_get_array(ctx, at, "f_I", &list, &levels));
  if (levels != r->data.n_levels)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.f_I: %zu currents, %zu expected", at->file, at->path, levels,
                   r->data.n_levels);
  LG_TRY(read_column(ctx, r, &list, "n_spikes", false, n));
  LG_TRY(read_column(ctx, r, &list, "n_spikes_lo95", true, lo));
  LG_TRY(read_column(ctx, r, &list, "n_spikes_hi95", true, hi));
done:
  return status;
}

static lg_status read_metrics(lg_ctx *ctx, lg_trial_report *r, const lg_json_at *at, const double **to) {
  lg_status status = LG_OK;
  double *x = NULL;
  KEEP(x, r->data.n_metrics);
  for (size_t k = 0; k < r->data.n_metrics; k++) {
    lg_json_at value;
    LG_TRY(lg_json_get_key(ctx, at, r->data.metrics[k].name, &value));
    x[k] = (double)NAN;
    if (!json_is_null(value.value)) LG_TRY(lg_json_get_number(ctx, &value, "", r->data.metrics[k].unit, &x[k]));
  }
  *to = x;
done:
  return status;
}

static lg_status read_drugs(lg_ctx *ctx, lg_trial_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_json_at list;
  lg_trial_drug *drugs = NULL;
  LG_TRY(lg_json_get_array(ctx, root, "drugs", &list, &r->data.n_drugs));
  KEEP(drugs, r->data.n_drugs);
  for (size_t k = 0; k < r->data.n_drugs; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(lg_record_get(ctx, &at, &lg_record_trial_drug, &drugs[k]));
    LG_TRY(lg_keep_records(ctx, &r->run.keeper, &at, "targets", &lg_record_trial_target, &drugs[k].targets,
                           &drugs[k].n_targets));
  }
  r->data.drugs = drugs;
done:
  return status;
}

static lg_status read_untreated(lg_ctx *ctx, lg_trial_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_json_at at, list;
  lg_trial_report_data *d = &r->data;
  LG_TRY(lg_json_get_object(ctx, root, "untreated", &at));
  LG_TRY(lg_json_get_array(ctx, &at, "f_I", &list, &d->n_levels));
  LG_TRY(read_column(ctx, r, &list, "I_pA", false, &d->i_pA));
  LG_TRY(read_fi(ctx, r, &at, &d->n_spikes, &d->n_spikes_lo, &d->n_spikes_hi));
  LG_TRY(read_metrics(ctx, r, &at, &d->baseline));
done:
  return status;
}

static lg_status read_dose(lg_ctx *ctx, lg_trial_report *r, const lg_json_at *at, lg_trial_dose *t) {
  lg_status status = LG_OK;
  const char *verdict = NULL;
  lg_json_at share;
  *t = (lg_trial_dose)LG_TRIAL_DOSE_INIT;
  LG_TRY(lg_json_get_number_in(ctx, at, "dose_uM", "uM", 0.0, any, &t->dose_uM));
  LG_TRY(lg_json_get_text(ctx, at, "verdict", &verdict));
  const int found = lg_verdict_find(verdict);
  if (found < 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.verdict: '%s' is none of the verdicts", at->file, at->path, verdict);
  t->verdict = (lg_verdict)found;
  LG_TRY(lg_json_get_object(ctx, at, "probability", &share));
  for (int k = 0; k < LG_VERDICTS; k++)
    LG_TRY(lg_json_get_number_or(ctx, &share, lg_verdict_look_of(k)->name, NULL, 0.0, 1.0 + 1e-9, (double)NAN,
                                 &t->probability[k]));
  LG_TRY(lg_record_get(ctx, at, &lg_record_trial_dose, t));
  LG_TRY(read_fi(ctx, r, at, &t->n_spikes, &t->lo, &t->hi));
  LG_TRY(read_metrics(ctx, r, at, &t->metrics));
done:
  return status;
}

static lg_status read_example(lg_ctx *ctx, lg_trial_report *r, const lg_json_at *root, lg_trial_dose *doses) {
  lg_status status = LG_OK;
  lg_trial_report_data *d = &r->data;
  lg_json_at list;
  int64_t n = 0, dose = 0;
  size_t treated = 0;
  if (!lg_json_has(root, "example")) goto done;
  LG_TRY(lg_json_get_integer(ctx, root, "example.samples", 1, 10000000, &n));
  LG_TRY(lg_json_get_number_in(ctx, root, "example.dt_ms", "ms", 1e-9, 1e9, &d->trace_dt_ms));
  d->n_trace = (size_t)n;
  LG_TRY(lg_keep_numbers(ctx, &r->run.keeper, root, "example.untreated_mV", d->n_trace, false, &d->trace_mV));
  LG_TRY(lg_json_get_array(ctx, root, "example.treated", &list, &treated));
  for (size_t k = 0; k < treated; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(lg_json_get_integer(ctx, &at, "dose", 0, (int64_t)d->n_doses - 1, &dose));
    LG_TRY(lg_keep_numbers(ctx, &r->run.keeper, &at, "v_mV", d->n_trace, false, &doses[dose].trace_mV));
  }
done:
  return status;
}

static lg_status read_doses(lg_ctx *ctx, lg_trial_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_json_at list;
  lg_trial_dose *doses = NULL;
  LG_TRY(lg_json_get_array(ctx, root, "doses", &list, &r->data.n_doses));
  KEEP(doses, r->data.n_doses);
  for (size_t k = 0; k < r->data.n_doses; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(read_dose(ctx, r, &at, &doses[k]));
  }
  LG_TRY(read_example(ctx, r, root, doses));
  r->data.doses = doses;
done:
  return status;
}

static lg_status read_all(lg_ctx *ctx, lg_trial_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_trial_report_data *d = &r->data;
  *d = (lg_trial_report_data)LG_TRIAL_REPORT_DATA_INIT;
  LG_TRY(lg_record_get(ctx, root, &lg_record_trial_head, d));
  LG_TRY(lg_keep_texts(ctx, &r->run.keeper, root, "reasons", &d->reasons, &d->n_reasons));
  LG_TRY(read_drugs(ctx, r, root));
  LG_TRY(lg_keep_records(ctx, &r->run.keeper, root, "metrics", &lg_record_trial_metric, &d->metrics, &d->n_metrics));
  LG_TRY(read_untreated(ctx, r, root));
  LG_TRY(read_doses(ctx, r, root));
  LG_TRY(lg_keep_records(ctx, &r->run.keeper, root, "flags", &lg_record_trial_flag, &d->flags, &d->n_flags));
  LG_TRY(lg_keep_records(ctx, &r->run.keeper, root, "seizure_panel", &lg_record_trial_liability, &d->liabilities,
                         &d->n_liabilities));
  LG_TRY(lg_keep_texts(ctx, &r->run.keeper, root, "notes", &d->notes, &d->n_notes));
  d->provenance_json = r->run.provenance;
done:
  return status;
}

/* bytes NULL: from the folder or file `name`. */
static lg_status make(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_trial_report **out) {
  lg_status status = LG_OK;
  lg_trial_report *r = NULL;
  *out = NULL;
  LG_NEW(ctx, r, 1);
  if (bytes) LG_TRY(lg_kept_run_parse(ctx, &kind, name, bytes, n, &r->run));
  else LG_TRY(lg_kept_run_load(ctx, &kind, name, &r->run));
  const lg_json_at root = lg_json_root(r->run.doc);
  LG_TRY(read_all(ctx, r, &root));
  *out = r;
  r = NULL;
done:
  lg_trial_report_destroy(ctx, r);
  return status;
}

lg_status lg_trial_report_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_trial_report **out) {
  return make(ctx, name, bytes ? bytes : "", n, out);
}

lg_status lg_trial_report_read(lg_ctx *ctx, const char *path, lg_trial_report **out) {
  return make(ctx, path, NULL, 0, out);
}

const lg_trial_report_data *lg_trial_report_get(const lg_trial_report *r) { return &r->data; }

void lg_trial_report_destroy(lg_ctx *ctx, lg_trial_report *r) {
  if (!r) return;
  lg_kept_run_clear(ctx, &r->run);
  lg_free(ctx, r);
}
