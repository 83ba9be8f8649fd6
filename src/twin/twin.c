#include "twin/twin.h"

#include <math.h>

void lg_twin_reason(lg_twin *twin, lg_domain domain, const char *fmt, ...) {
  if (domain > twin->domain) twin->domain = domain;
  if (twin->n_reasons >= LG_TWIN_MAX_REASONS) return;
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(twin->reasons[twin->n_reasons++], LG_TWIN_REASON_BYTES, fmt, args);
  va_end(args);
}

const char *lg_domain_name(lg_domain domain) {
  return domain == LG_DOMAIN_GREEN ? "green" : domain == LG_DOMAIN_AMBER ? "amber" : "red";
}

static void write_parameters(const lg_twin *twin, lg_json *w) {
  lg_json_key(w, "parameters");
  lg_json_object(w);
  for (size_t k = 0; k < twin->n_parameters; k++) {
    const lg_twin_parameter *p = &twin->parameters[k];
    const double interval[2] = {p->lo95, p->hi95};
    lg_json_key(w, p->name);
    lg_json_object(w);
    lg_json_key_number(w, "value", p->value);
    lg_json_key_text(w, "unit", p->unit);
    lg_json_key_number(w, "sd", p->sd);
    lg_json_key_numbers(w, "ci95", interval, 2);
    lg_json_end_object(w);
  }
  lg_json_end_object(w);
}

static void write_fixed(const lg_twin *twin, lg_json *w) {
  if (twin->n_fixed == 0) return;
  lg_json_key(w, "fixed_parameters");
  lg_json_object(w);
  for (size_t k = 0; k < twin->n_fixed; k++) {
    lg_json_key(w, twin->fixed[k].name);
    lg_json_object(w);
    lg_json_key_number(w, "value", twin->fixed[k].value);
    lg_json_key_text(w, "unit", twin->fixed[k].unit);
    lg_json_end_object(w);
  }
  lg_json_end_object(w);
}

/* Samples as rows in the order of the parameters: exactly what a reader needs to go on with. */
static void write_samples(const lg_twin *twin, lg_json *w) {
  if (twin->n_samples == 0) return;
  lg_json_key(w, "posterior");
  lg_json_object(w);
  lg_json_key_text(w, "method", "importance");
  lg_json_key_integer(w, "draws", (int64_t)twin->draws);
  lg_json_key_number(w, "effective", twin->effective_samples);
  lg_json_end_object(w);
  lg_json_key(w, "samples");
  lg_json_array(w);
  for (size_t k = 0; k < twin->n_samples; k++)
    lg_json_numbers(w, twin->samples + k * twin->n_parameters, twin->n_parameters);
  lg_json_end_array(w);
}

static void write_fit(const lg_twin *twin, lg_json *w) {
  lg_json_key(w, "fit");
  lg_json_object(w);
  lg_json_key_number(w, "chi2_per_sample", twin->chi2_per_sample);
  lg_json_key_boolean(w, "accepted", twin->accepted);
  lg_json_key_text(w, "stage", twin->stage);
  lg_json_key_text(w, "method", twin->method ? twin->method : "trace");
  lg_json_key_number(w, "feature_score", twin->feature_score);
  lg_json_key_number(w, "noise_mV", twin->noise_mV);
  lg_json_key_number(w, "count_rmse_fitted", twin->count_rmse_fitted);
  lg_json_key_number(w, "count_rmse_predicted", twin->count_rmse_predicted);
  lg_json_key_number(w, "count_r2_predicted", twin->count_r2_predicted);
  lg_json_key_number(w, "subthreshold_rmse_mV", twin->subthreshold_rmse_mV);
  lg_json_end_object(w);
}

/* Where the twin may be asked; nothing for recordings without steps. */
static void write_range(const lg_twin *twin, lg_json *w) {
  if (isnan(twin->range_low_pA)) return;
  lg_json_key(w, "range");
  lg_json_object(w);
  lg_json_key_number(w, "I_low_pA", twin->range_low_pA);
  lg_json_key_number(w, "I_high_pA", twin->range_high_pA);
  lg_json_end_object(w);
}

static void write_network(const lg_twin *twin, lg_json *w) {
  lg_json_key(w, "network");
  if (!twin->network[0]) {
    lg_json_null(w);
    return;
  }
  lg_json_object(w);
  lg_json_key_text(w, "name", twin->network);
  lg_json_key_number(w, "distance", twin->network_distance);
  lg_json_key_numbers(w, "held_out_r2", twin->network_r2, twin->n_parameters);
  lg_json_end_object(w);
}

static void write_sweeps(const lg_twin_sweep *sweeps, size_t n, lg_json *w) {
  lg_json_key(w, "sweeps");
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    lg_json_object(w);
    lg_json_key_integer(w, "sweep", sweeps[k].number);
    lg_json_key_boolean(w, "fitted", sweeps[k].fitted);
    lg_json_key_number(w, "I_step_pA", sweeps[k].step_pA);
    lg_json_key_integer(w, "n_spikes", sweeps[k].n_spikes);
    lg_json_key_integer(w, "n_spikes_twin", sweeps[k].n_spikes_twin);
    lg_json_key_number(w, "subthreshold_rmse_mV", sweeps[k].subthreshold_rmse_mV);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void write_domain(const lg_twin *twin, const lg_recording *rec, lg_json *w) {
  lg_json_key_text(w, "domain", lg_domain_name(twin->domain));
  lg_json_key(w, "reasons");
  lg_json_array(w);
  for (size_t k = 0; k < twin->n_reasons; k++) lg_json_text(w, twin->reasons[k]);
  lg_json_end_array(w);
  lg_json_key(w, "features");
  lg_json_object(w);
  for (size_t k = 0; k < twin->n_features; k++) lg_json_key_number(w, twin->features[k].name, twin->features[k].value);
  lg_json_end_object(w);
  lg_json_key(w, "recording");
  lg_json_object(w);
  lg_json_key_text(w, "format", rec->format);
  lg_json_key_text(w, "protocol", rec->protocol);
  lg_json_key_text(w, "pairing", rec->pairing);
  lg_json_key_integer(w, "n_sweeps", (int64_t)rec->n_sweeps);
  lg_json_key_number(w, "sample_ms", rec->n_sweeps > 0 ? rec->sweeps[0].dt_ms : (double)0);
  lg_json_key(w, "warnings");
  lg_json_array(w);
  for (size_t k = 0; k < rec->n_warnings; k++) lg_json_text(w, rec->warnings[k]);
  lg_json_end_array(w);
  lg_json_end_object(w);
}

void lg_twin_write_json(const lg_twin *twin, const lg_recording *rec, const lg_twin_sweep *sweeps, size_t n_sweeps,
                        lg_provenance *provenance, lg_json *w) {
  lg_json_object(w);
  lg_json_key_text(w, "schema", "loligo-twin/1");
  lg_json_key_text(w, "model", twin->model);
  lg_json_key_text(w, "variant", twin->variant);
  write_parameters(twin, w);
  write_fixed(twin, w);
  lg_json_key_numbers(w, "covariance_transformed", twin->covariance, twin->n_parameters * twin->n_parameters);
  write_samples(twin, w);
  write_fit(twin, w);
  write_range(twin, w);
  write_network(twin, w);
  write_domain(twin, rec, w);
  write_sweeps(sweeps, n_sweeps, w);
  lg_json_key(w, "provenance");
  lg_provenance_write_json(provenance, w);
  lg_json_end_object(w);
}

lg_status lg_twin_write(lg_ctx *ctx, const lg_twin *twin, const lg_recording *rec, const lg_twin_sweep *sweeps,
                        size_t n_sweeps, lg_provenance *provenance, const char *path) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_twin_write_json(twin, rec, sweeps, n_sweeps, provenance, &w);
  if (!lg_json_end(&w)) {
    lg_outfile_discard(ctx, file);
    return lg_fail(ctx, LG_ERR_INTERNAL, "the twin's JSON did not nest");
  }
  return lg_outfile_commit(ctx, file);
}
