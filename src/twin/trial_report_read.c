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
  lg_json_doc *doc;
  lg_keeper keeper;
  char *provenance; /* jansson's */
};

#define KEEP(pointer, n) LG_KEEP(ctx, &r->keeper, pointer, n)
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
    LG_TRY(lg_keep_records(ctx, &r->keeper, &at, "targets", &lg_record_trial_target, &drugs[k].targets,
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
  LG_TRY(lg_keep_numbers(ctx, &r->keeper, root, "example.untreated_mV", d->n_trace, false, &d->trace_mV));
  LG_TRY(lg_json_get_array(ctx, root, "example.treated", &list, &treated));
  for (size_t k = 0; k < treated; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(lg_json_get_integer(ctx, &at, "dose", 0, (int64_t)d->n_doses - 1, &dose));
    LG_TRY(lg_keep_numbers(ctx, &r->keeper, &at, "v_mV", d->n_trace, false, &doses[dose].trace_mV));
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
  LG_TRY(lg_keep_texts(ctx, &r->keeper, root, "reasons", &d->reasons, &d->n_reasons));
  LG_TRY(read_drugs(ctx, r, root));
  LG_TRY(lg_keep_records(ctx, &r->keeper, root, "metrics", &lg_record_trial_metric, &d->metrics, &d->n_metrics));
  LG_TRY(read_untreated(ctx, r, root));
  LG_TRY(read_doses(ctx, r, root));
  LG_TRY(lg_keep_records(ctx, &r->keeper, root, "flags", &lg_record_trial_flag, &d->flags, &d->n_flags));
  LG_TRY(lg_keep_records(ctx, &r->keeper, root, "seizure_panel", &lg_record_trial_liability, &d->liabilities,
                         &d->n_liabilities));
  LG_TRY(lg_keep_texts(ctx, &r->keeper, root, "notes", &d->notes, &d->n_notes));
  LG_TRY(lg_report_read_provenance(ctx, root, &r->provenance));
  d->provenance_json = r->provenance;
done:
  return status;
}

/* The report of a document, which it owns from now on, whatever happens. */
static lg_status take(lg_ctx *ctx, const char *name, lg_json_doc *doc, lg_trial_report **out) {
  lg_status status = LG_OK;
  lg_trial_report *r = lg_alloc(ctx, 1, sizeof *r);
  const char *schema = NULL;
  if (!r) {
    lg_json_doc_destroy(ctx, doc);
    return LG_ERR_MEMORY;
  }
  r->doc = doc;
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_json_get_text(ctx, &root, "schema", &schema));
  if (strcmp(schema, LG_TRIAL_SCHEMA) != 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: schema is '%s'; a run of the trial command has '" LG_TRIAL_SCHEMA "'",
                     name, schema);
    goto done;
  }
  LG_TRY(read_all(ctx, r, &root));
  *out = r;
  r = NULL;
done:
  lg_trial_report_destroy(ctx, r);
  return status;
}

lg_status lg_trial_report_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_trial_report **out) {
  lg_json_doc *doc = NULL;
  *out = NULL;
  const lg_status status = lg_json_parse(ctx, name, bytes, n, LG_JSON_STRICT, &doc);
  return status == LG_OK ? take(ctx, name, doc, out) : status;
}

lg_status lg_trial_report_read(lg_ctx *ctx, const char *path, lg_trial_report **out) {
  char file[4096];
  lg_json_doc *doc = NULL;
  *out = NULL;
  lg_status status = lg_folder_file(ctx, path, "trial.json", file, sizeof file);
  if (status == LG_OK) status = lg_json_load(ctx, file, LG_JSON_STRICT, (size_t)1 << 30, &doc);
  return status == LG_OK ? take(ctx, file, doc, out) : status;
}

const lg_trial_report_data *lg_trial_report_get(const lg_trial_report *r) { return &r->data; }

void lg_trial_report_destroy(lg_ctx *ctx, lg_trial_report *r) {
  if (!r) return;
  lg_keeper_destroy(ctx, &r->keeper);
  lg_json_doc_destroy(ctx, r->doc);
  free(r->provenance);
  lg_free(ctx, r);
}
