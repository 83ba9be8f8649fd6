/* run.json and traces.csv: everything a report is made of, for people, programs and `loligo report`. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* JSON has no infinity: an open bound is null, as an unknown number is. */
static void put_texts(lg_json *w, const char *key, const char *const *texts, size_t n) {
  lg_json_key(w, key);
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) lg_json_text(w, texts[k]);
  lg_json_end_array(w);
}

static void put_count(lg_json *w, const char *key, int n) {
  lg_json_key(w, key);
  if (n < 0) lg_json_null(w);
  else lg_json_integer(w, n);
}

static void put_sweeps(lg_json *w, const lg_report_data *d) {
  lg_json_key(w, "sweeps");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_sweeps; k++) {
    const lg_report_sweep *s = &d->sweeps[k];
    lg_json_object(w);
    lg_json_key_integer(w, "sweep", s->number);
    lg_json_key_boolean(w, "fitted", s->fitted);
    lg_json_key_integer(w, "samples", (int64_t)s->n);
    lg_json_key_number(w, "dt_ms", s->dt_ms);
    lg_json_key_number(w, "t0_ms", s->t0_ms);
    lg_json_key_number(w, "I_step_pA", s->step_pA);
    lg_json_key_number(w, "t_on_ms", s->step_on_ms);
    lg_json_key_number(w, "t_off_ms", s->step_off_ms);
    put_count(w, "n_spikes", s->n_spikes);
    put_count(w, "n_spikes_twin", s->n_spikes_twin);
    lg_json_key_number(w, "n_spikes_twin_lo95", s->n_spikes_twin_lo);
    lg_json_key_number(w, "n_spikes_twin_hi95", s->n_spikes_twin_hi);
    lg_json_key_boolean(w, "has_current", s->i_pA != NULL);
    lg_json_key_boolean(w, "has_twin", s->twin_mV != NULL);
    lg_json_key_boolean(w, "has_band", s->twin_lo_mV != NULL && s->twin_hi_mV != NULL);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_parameters(lg_json *w, const lg_report_data *d) {
  lg_json_key(w, "parameters");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_parameters; k++) {
    const lg_report_parameter *p = &d->parameters[k];
    lg_json_object(w);
    lg_json_key_text(w, "name", p->name);
    lg_json_key_text(w, "unit", p->unit ? p->unit : "");
    lg_json_key_text(w, "meaning", p->meaning);
    lg_json_key_number(w, "value", p->value);
    lg_json_key_number(w, "sd", p->sd);
    lg_json_key_number(w, "lo95", p->lo95);
    lg_json_key_number(w, "hi95", p->hi95);
    lg_json_key_number(w, "prior_low", p->prior_low);
    lg_json_key_number(w, "prior_high", p->prior_high);
    lg_json_key_number(w, "held_out_r2", p->held_out_r2);
    lg_json_key_number(w, "held_out_error_percent", p->held_out_error_percent);
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

static void put_features(lg_json *w, const lg_report_data *d) {
  lg_json_key(w, "features");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_features; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "name", d->features[k].name);
    lg_json_key_text(w, "unit", d->features[k].unit);
    lg_json_key_text(w, "meaning", d->features[k].meaning);
    lg_json_key_number(w, "recording", d->features[k].recording);
    lg_json_key_number(w, "twin", d->features[k].twin);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_judgement(lg_json *w, const lg_report_data *d) {
  lg_json_key(w, "candidates");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_candidates; k++) {
    const lg_report_candidate *c = &d->candidates[k];
    lg_json_object(w);
    lg_json_key_text(w, "model", c->model);
    lg_json_key_text(w, "variant", c->variant);
    lg_json_key_number(w, "chi2_per_sample", c->chi2_per_sample);
    lg_json_key_number(w, "count_rmse", c->count_rmse);
    lg_json_key_boolean(w, "accepted", c->accepted);
    lg_json_key_boolean(w, "chosen", c->chosen);
    lg_json_key_text(w, "note", c->note);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_key(w, "checks");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_checks; k++) {
    const lg_report_check *c = &d->checks[k];
    lg_json_object(w);
    lg_json_key_text(w, "name", c->name);
    lg_json_key_text(w, "unit", c->unit);
    lg_json_key_number(w, "value", c->value);
    lg_json_key_number(w, "low", c->low);
    lg_json_key_number(w, "high", c->high);
    lg_json_key_boolean(w, "passed", c->passed);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_words(lg_json *w, const lg_report_data *d) {
  put_texts(w, "reasons", d->reasons, d->n_reasons);
  put_texts(w, "limits", d->limits, d->n_limits);
  put_texts(w, "warnings", d->warnings, d->n_warnings);
  lg_json_key(w, "training");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_training; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "name", d->training[k].name);
    lg_json_key_text(w, "text", d->training[k].text);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_head(lg_json *w, const lg_report_data *d) {
  lg_json_key_text(w, "schema", "loligo-report/1");
  lg_json_key_text(w, "title", d->title);
  lg_json_key_text(w, "source", d->source);
  lg_json_key_text(w, "format", d->format);
  lg_json_key_text(w, "pairing", d->pairing);
  lg_json_key_text(w, "protocol", d->protocol);
  lg_json_key_text(w, "created_utc", d->created);
  lg_json_key_text(w, "model", d->model);
  lg_json_key_text(w, "variant", d->variant);
  lg_json_key_text(w, "stage", d->stage);
  lg_json_key_text(w, "domain", d->domain);
  lg_json_key_boolean(w, "accepted", d->accepted);
  lg_json_key_number(w, "chi2_per_sample", d->chi2_per_sample);
  lg_json_key_number(w, "noise_mV", d->noise_mV);
}

lg_status lg_report_write_json(lg_ctx *ctx, const lg_report_data *d, const char *sha256, FILE *stream) {
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  put_head(&w, d);
  if (sha256) {
    lg_json_key(&w, "traces");
    lg_json_object(&w);
    lg_json_key_text(&w, "file", "traces.csv");
    lg_json_key_text(&w, "sha256", sha256);
    lg_json_end_object(&w);
  }
  put_sweeps(&w, d);
  put_parameters(&w, d);
  put_posterior(&w, d);
  put_features(&w, d);
  put_judgement(&w, d);
  put_words(&w, d);
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

/* ---- traces.csv ------------------------------------------------------------------------------------ */

/* x with at most `decimals` places, fast: a recording has a million of them. */
static char *put_decimal(char *to, double x, int decimals) {
  double scale = 1.0;
  for (int k = 0; k < decimals; k++) scale *= 10.0;
  if (!(fabs(x) < 1e11)) {
    memcpy(to, "nan", 3);
    return to + 3;
  }
  const double scaled = floor(fabs(x) * scale + 0.5);
  uint64_t u = (uint64_t)scaled;
  char digits[32];
  int n = 0, places = decimals;
  for (; places > 0 && u % 10 == 0; places--) u /= 10; /* no zeros at the end */
  for (int k = 0; k < places; k++, u /= 10) digits[n++] = (char)('0' + u % 10);
  if (places > 0) digits[n++] = '.';
  do {
    digits[n++] = (char)('0' + u % 10);
    u /= 10;
  } while (u != 0);
  if (x < 0.0 && scaled > 0.0) *to++ = '-';
  while (n > 0) *to++ = digits[--n];
  return to;
}

static char *put_sample(char *to, const double *y, size_t k) {
  *to++ = ',';
  return put_decimal(to, y ? y[k] : (double)NAN, 4);
}

lg_status lg_report_write_traces(lg_ctx *ctx, const lg_report_view *v, FILE *stream) {
  (void)ctx;
  bool band = false;
  for (size_t k = 0; k < v->data.n_sweeps; k++) band = band || (v->sweeps[k].twin_lo_mV && v->sweeps[k].twin_hi_mV);
  (void)fprintf(stream, "# written by loligo with run.json beside it; twin = the model's answer to the same current\n");
  (void)fprintf(stream, "t_ms,i_pA,v_mV,sweep,twin_v_mV%s\n", band ? ",twin_lo95_mV,twin_hi95_mV" : "");
  for (size_t j = 0; j < v->data.n_sweeps; j++) {
    const lg_report_sweep *s = &v->sweeps[j];
    for (size_t k = 0; k < s->n; k++) {
      char line[256], *to = put_decimal(line, s->t0_ms + (double)k * s->dt_ms, 5);
      to = put_sample(to, s->i_pA, k);
      to = put_sample(to, s->v_mV, k);
      to += sprintf(to, ",%d", s->number);
      to = put_sample(to, s->twin_mV, k);
      if (band) {
        to = put_sample(to, s->twin_lo_mV, k);
        to = put_sample(to, s->twin_hi_mV, k);
      }
      *to++ = '\n';
      (void)fwrite(line, 1, (size_t)(to - line), stream);
    }
  }
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
