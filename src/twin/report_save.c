/* run.json: everything a report is made of but the traces, for people, programs and `loligo report`. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_schema.h"
#include "twin/report_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_sweeps(lg_json *w, const lg_report_data *d) {
  lg_json_key(w, "sweeps");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_sweeps; k++) {
    const lg_report_sweep *s = &d->sweeps[k];
    lg_json_object(w);
    lg_record_put(w, &lg_record_sweep, s);
    lg_json_key_boolean(w, "has_current", s->i_pA != NULL);
    lg_json_key_boolean(w, "has_twin", s->twin_mV != NULL);
    lg_json_key_boolean(w, "has_band", s->twin_lo_mV != NULL && s->twin_hi_mV != NULL);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_posterior(lg_json *w, const lg_report_data *d) {
  lg_json_key(w, "posterior");
  lg_json_object(w);
  lg_json_key_integer(w, "samples", (int64_t)d->n_samples);
  lg_json_key_numbers(w, "values", d->samples, d->n_samples * d->n_parameters);
  lg_json_end_object(w);
  lg_json_key(w, "f_I");
  lg_json_object(w);
  lg_json_key_numbers(w, "I_pA", d->fi_pA, d->n_fi);
  lg_json_key_numbers(w, "n_spikes", d->fi_spikes, d->n_fi);
  lg_json_key_numbers(w, "lo95", d->fi_lo, d->fi_lo ? d->n_fi : 0);
  lg_json_key_numbers(w, "hi95", d->fi_hi, d->fi_hi ? d->n_fi : 0);
  lg_json_end_object(w);
}

lg_status lg_report_write_json(lg_ctx *ctx, const lg_report_data *d, const char *sha256, FILE *stream) {
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-report/1");
  lg_record_put(&w, &lg_record_head, d);
  if (sha256) {
    lg_json_key(&w, "traces");
    lg_json_object(&w);
    lg_json_key_text(&w, "file", "traces.csv");
    lg_json_key_text(&w, "sha256", sha256);
    lg_json_end_object(&w);
  }
  put_sweeps(&w, d);
  lg_records_put(&w, "parameters", &lg_record_parameter, d->parameters, d->n_parameters);
  put_posterior(&w, d);
  lg_records_put(&w, "features", &lg_record_feature, d->features, d->n_features);
  lg_records_put(&w, "candidates", &lg_record_candidate, d->candidates, d->n_candidates);
  lg_records_put(&w, "checks", &lg_record_check, d->checks, d->n_checks);
  lg_texts_put(&w, "reasons", d->reasons, d->n_reasons);
  lg_texts_put(&w, "limits", d->limits, d->n_limits);
  lg_texts_put(&w, "warnings", d->warnings, d->n_warnings);
  lg_records_put(&w, "training", &lg_record_fact, d->training, d->n_training);
  lg_json_key(&w, "provenance");
  if (d->provenance_json && d->provenance_json[0]) {
    (void)fputs(d->provenance_json, stream); /* an object already, checked by the view */
    w.after_key = false;
  } else {
    lg_json_null(&w);
  }
  lg_json_end_object(&w);
  if (!lg_json_end(&w)) return lg_fail(ctx, LG_ERR_INTERNAL, "the JSON of a report does not nest");
  return LG_OK;
}

lg_status lg_report_provenance_text(lg_ctx *ctx, lg_provenance *p, char **out) {
  *out = NULL;
  char *text = NULL;
  size_t n = 0;
  FILE *s = open_memstream(&text, &n);
  if (!s) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the provenance");
  lg_json w = lg_json_begin(s);
  lg_provenance_write_json(p, &w);
  const bool nested = lg_json_end(&w);
  lg_status status = LG_OK;
  if (fclose(s) != 0 || !nested) status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for the provenance");
  else if (!(*out = lg_strdup(ctx, text))) status = LG_ERR_MEMORY;
  free(text);
  return status;
}
