/* The JSON of a trial: what `loligo trial --json` prints, and with the example traces trial.json. */
#include "twin/figure_verdict.h"
#include "twin/trial_report_schema.h"

#include <math.h>
#include <string.h>

static void put_fi(lg_json *w, const lg_trial_report_data *d, const double *n, const double *lo, const double *hi) {
  lg_json_key(w, "f_I");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_levels; k++) {
    lg_json_object(w);
    lg_json_key_number(w, "I_pA", d->i_pA[k]);
    lg_json_key_number(w, "n_spikes", n[k]);
    if (lo) lg_json_key_number(w, "n_spikes_lo95", lo[k]);
    if (hi) lg_json_key_number(w, "n_spikes_hi95", hi[k]);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_metrics(lg_json *w, const lg_trial_report_data *d, const double *values, double rheobase_pA) {
  bool named = false;
  for (size_t k = 0; k < d->n_metrics; k++) {
    named = named || strcmp(d->metrics[k].name, "rheobase_pA") == 0;
    lg_json_key_number(w, d->metrics[k].name, values[k]);
  }
  if (!named) lg_json_key_number(w, "rheobase_pA", rheobase_pA);
}

/* What the best neuron is made of there: fields that have a number. */
static void put_neuron(lg_json *w, const lg_neuron *neuron) {
  if (!neuron) return;
  lg_json_key(w, "neuron");
  lg_json_object(w);
  for (size_t k = 0; k < neuron->info->n_fields; k++)
    if (isfinite(neuron->value[k])) lg_json_key_number(w, neuron->info->fields[k].name, neuron->value[k]);
  lg_json_end_object(w);
}

static void put_dose(lg_json *w, const lg_trial_report_data *d, const lg_trial_dose *t, unsigned with) {
  lg_json_object(w);
  lg_json_key_number(w, "dose_uM", t->dose_uM);
  if (d->n_drugs > 1) {
    lg_json_key(w, "concentrations_uM");
    lg_json_object(w);
    for (size_t k = 0; k < d->n_drugs; k++) lg_json_key_number(w, d->drugs[k].name, t->dose_uM * d->drugs[k].per_dose);
    lg_json_end_object(w);
  }
  lg_json_key_text(w, "verdict", lg_verdict_look_of((int)t->verdict)->name);
  lg_json_key(w, "probability");
  lg_json_object(w);
  for (int k = 0; k < LG_VERDICTS; k++) lg_json_key_number(w, lg_verdict_look_of(k)->name, t->probability[k]);
  lg_json_end_object(w);
  lg_record_put(w, &lg_record_trial_dose, t);
  put_fi(w, d, t->n_spikes, t->lo, t->hi);
  put_metrics(w, d, t->metrics, t->rheobase_ratio * d->baseline_rheobase_pA);
  if (with & LG_TRIAL_WITH_NEURONS) put_neuron(w, t->neuron);
  lg_json_end_object(w);
}

static void put_drugs(lg_json *w, const lg_trial_report_data *d) {
  lg_json_key(w, "drugs");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_drugs; k++) {
    lg_json_object(w);
    lg_record_put(w, &lg_record_trial_drug, &d->drugs[k]);
    lg_records_put(w, "targets", &lg_record_trial_target, d->drugs[k].targets, d->drugs[k].n_targets);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_example(lg_json *w, const lg_trial_report_data *d) {
  lg_json_key(w, "example");
  lg_json_object(w);
  lg_json_key_integer(w, "samples", (int64_t)d->n_trace);
  lg_json_key_number(w, "dt_ms", d->trace_dt_ms);
  lg_json_key_numbers(w, "untreated_mV", d->trace_mV, d->n_trace);
  lg_json_key(w, "treated");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_doses; k++) {
    if (!d->doses[k].trace_mV) continue;
    lg_json_object(w);
    lg_json_key_integer(w, "dose", (int64_t)k);
    lg_json_key_numbers(w, "v_mV", d->doses[k].trace_mV, d->n_trace);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_end_object(w);
}

lg_status lg_trial_put_json(lg_ctx *ctx, const lg_trial_view *v, unsigned with, FILE *stream) {
  const lg_trial_report_data *d = &v->data;
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", LG_TRIAL_SCHEMA);
  lg_record_put(&w, &lg_record_trial_head, d);
  lg_texts_put(&w, "reasons", d->reasons, d->n_reasons);
  put_drugs(&w, d);
  lg_records_put(&w, "metrics", &lg_record_trial_metric, d->metrics, d->n_metrics);
  lg_json_key(&w, "untreated");
  lg_json_object(&w);
  put_fi(&w, d, d->n_spikes, d->n_spikes_lo, d->n_spikes_hi);
  put_metrics(&w, d, d->baseline, d->baseline_rheobase_pA);
  if (with & LG_TRIAL_WITH_NEURONS) put_neuron(&w, d->neuron);
  lg_json_end_object(&w);
  lg_json_key(&w, "doses");
  lg_json_array(&w);
  for (size_t k = 0; k < d->n_doses; k++) put_dose(&w, d, &d->doses[k], with);
  lg_json_end_array(&w);
  lg_records_put(&w, "flags", &lg_record_trial_flag, d->flags, d->n_flags);
  lg_records_put(&w, "seizure_panel", &lg_record_trial_liability, d->liabilities, d->n_liabilities);
  lg_texts_put(&w, "notes", d->notes, d->n_notes);
  if ((with & LG_TRIAL_WITH_TRACES) && d->n_trace > 0) put_example(&w, d);
  lg_json_key(&w, "provenance");
  if (d->provenance_json && d->provenance_json[0]) {
    (void)fputs(d->provenance_json, stream); /* an object already, checked by the view */
    w.after_key = false;
  } else {
    lg_json_null(&w);
  }
  lg_json_end_object(&w);
  if (!lg_json_end(&w)) return lg_fail(ctx, LG_ERR_INTERNAL, "the JSON of a trial does not nest");
  return LG_OK;
}
