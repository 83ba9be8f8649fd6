/* Gather what a report shows of a clone. The words of the card stand in clone_report_words.c. */
#include "twin/clone_report_internal.h"
#include "twin/report_folder.h"

#include "base/base.h"
#include "twin/posterior.h"
#include "twin/predict.h"
#include "twin/report_view.h"

#include <loligo/neuron.h>
#include <math.h>
#include <string.h>

enum {
  FI_POINTS = 49,
  BAND_SAMPLES = 4000000, /* longer recordings get no pointwise bands: memory and the time of 39 simulations */
};

/* ---- parameters and posterior -------------------------------------------------------------------------- */

static const char *meaning_of(const lg_twin *twin, const char *name) {
  size_t n;
  const lg_model_info *const *rows = lg_neuron_models(&n);
  for (size_t k = 0; k < n; k++) {
    if (strcmp(rows[k]->model, twin->model) != 0 || strcmp(rows[k]->variant, twin->variant) != 0) continue;
    const size_t f = lg_model_field(rows[k], name);
    return f != SIZE_MAX ? rows[k]->fields[f].doc : NULL;
  }
  return NULL;
}

static lg_status add_parameters(lg_ctx *ctx, lg_clone_report *r, const lg_twin *twin) {
  lg_status status = LG_OK;
  LG_NEW(ctx, r->parameters, twin->n_parameters);
  for (size_t k = 0; k < twin->n_parameters; k++) {
    const lg_twin_parameter *p = &twin->parameters[k];
    r->parameters[k] = (lg_report_parameter)LG_REPORT_PARAMETER_INIT;
    r->parameters[k].name = p->name;
    r->parameters[k].unit = p->unit;
    r->parameters[k].meaning = meaning_of(twin, p->name);
    r->parameters[k].value = p->value;
    r->parameters[k].sd = p->sd;
    r->parameters[k].lo95 = p->lo95;
    r->parameters[k].hi95 = p->hi95;
    r->parameters[k].prior_low = p->prior_low;
    r->parameters[k].prior_high = p->prior_high;
    if (twin->network[0]) r->parameters[k].held_out_r2 = twin->network_r2[k];
  }
  r->data.parameters = r->parameters;
  r->data.n_parameters = twin->n_parameters;
done:
  return status;
}

static lg_status add_posterior(lg_ctx *ctx, lg_clone_report *r, const lg_clone *clone,
                               const lg_clone_report_opts *opts) {
  lg_status status = LG_OK;
  const size_t wanted = clone->twin.n_samples > 0 ? clone->twin.n_samples : opts->n_samples;
  const size_t n = wanted > LG_PREDICT_DRAWS ? wanted : LG_PREDICT_DRAWS;
  LG_NEW(ctx, r->samples, n * clone->twin.n_parameters);
  if (lg_twin_sample(clone->family, &clone->twin, opts->seed, n, r->samples)) {
    r->data.samples = r->samples;
    r->data.n_samples = n;
  }
done:
  return status;
}

/* ---- sweeps ----------------------------------------------------------------------------------------------- */

static lg_status add_sweeps(lg_ctx *ctx, lg_clone_report *r, const lg_recording *rec, const lg_clone *clone) {
  lg_status status = LG_OK;
  LG_NEW(ctx, r->sweeps, rec->n_sweeps);
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    lg_report_sweep *to = &r->sweeps[k];
    *to = (lg_report_sweep)LG_REPORT_SWEEP_INIT;
    to->number = s->number;
    to->n = s->n;
    to->dt_ms = s->dt_ms;
    to->v_mV = s->v_mV;
    to->i_pA = s->i_pA;
    to->twin_mV = clone->twin_mV[k];
    to->fitted = clone->sweeps[k].fitted;
    to->step_pA = clone->sweeps[k].step_pA;
    if (s->has_step) {
      to->step_on_ms = (double)s->step_on * s->dt_ms;
      to->step_off_ms = (double)s->step_off * s->dt_ms;
    }
    to->n_spikes = clone->sweeps[k].n_spikes;
    to->n_spikes_twin = clone->sweeps[k].n_spikes_twin;
  }
  r->data.sweeps = r->sweeps;
  r->data.n_sweeps = rec->n_sweeps;
done:
  return status;
}

static lg_predictor predictor_of(const lg_clone_report *r, const lg_clone *clone) {
  const size_t n = r->data.n_samples < LG_PREDICT_DRAWS ? r->data.n_samples : LG_PREDICT_DRAWS;
  return (lg_predictor){clone->family, &clone->twin, r->samples, n};
}

/* Samples up to the end of the window that figures show: 39 simulations need not go on when nobody looks. */
static size_t shown(const lg_report_sweep *s) {
  double t0, t1;
  lg_report_window(s, &t0, &t1);
  const double n = ceil((t1 - s->t0_ms) / s->dt_ms) + 1.0;
  return n < (double)s->n ? (size_t)n : s->n;
}

static lg_status add_bands(lg_ctx *ctx, lg_clone_report *r, const lg_recording *rec, const lg_clone *clone) {
  lg_status status = LG_OK;
  lg_predicted_sweep *predicted = NULL;
  const lg_predictor predictor = predictor_of(r, clone);
  size_t total = 0;
  for (size_t k = 0; k < rec->n_sweeps; k++) total += rec->sweeps[k].n;
  if (predictor.n_draws == 0 || total > BAND_SAMPLES) return LG_OK;
  LG_NEW(ctx, predicted, rec->n_sweeps);
  LG_NEW(ctx, r->bands, 2 * total);
  double *space = r->bands;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    predicted[k].n = shown(&r->sweeps[k]);
    predicted[k].lo_mV = space;
    predicted[k].hi_mV = space + rec->sweeps[k].n;
    space += 2 * rec->sweeps[k].n;
    for (size_t j = predicted[k].n; j < rec->sweeps[k].n; j++)
      predicted[k].lo_mV[j] = predicted[k].hi_mV[j] = (double)NAN;
  }
  LG_TRY(lg_predict_sweeps(ctx, &predictor, rec, predicted));
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    r->sweeps[k].twin_lo_mV = predicted[k].lo_mV;
    r->sweeps[k].twin_hi_mV = predicted[k].hi_mV;
    r->sweeps[k].n_spikes_twin_lo = predicted[k].count_lo;
    r->sweeps[k].n_spikes_twin_hi = predicted[k].count_hi;
  }
done:
  lg_free(ctx, predicted);
  return status;
}

/* ---- f–I curve ------------------------------------------------------------------------------------------- */

/* The sweep whose step the curve varies: the first of the commonest kind, one with a step. */
static const lg_sweep *step_sweep(const lg_recording *rec, double *low, double *high) {
  const lg_sweep *like = NULL;
  *low = (double)INFINITY;
  *high = -(double)INFINITY;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    if (!s->has_step || s->step_off <= s->step_on) continue;
    if (!like) like = s;
    if (s->step_pA < *low) *low = s->step_pA;
    if (s->step_pA > *high) *high = s->step_pA;
  }
  return *high > *low ? like : NULL;
}

static lg_status add_fi(lg_ctx *ctx, lg_clone_report *r, const lg_recording *rec, const lg_clone *clone) {
  lg_status status = LG_OK;
  lg_predicted_point points[FI_POINTS];
  double low, high;
  const lg_sweep *like = step_sweep(rec, &low, &high);
  const lg_predictor predictor = predictor_of(r, clone);
  if (!like) return LG_OK;
  for (size_t k = 0; k < FI_POINTS; k++) points[k].i_pA = low + (high - low) * (double)k / (FI_POINTS - 1);
  LG_NEW(ctx, r->fi, (size_t)4 * FI_POINTS);
  LG_TRY(lg_predict_fi(ctx, &predictor, like, points, FI_POINTS));
  for (size_t k = 0; k < FI_POINTS; k++) {
    r->fi[k] = points[k].i_pA;
    r->fi[FI_POINTS + k] = points[k].spikes;
    r->fi[2 * FI_POINTS + k] = points[k].lo;
    r->fi[3 * FI_POINTS + k] = points[k].hi;
  }
  r->data.n_fi = FI_POINTS;
  r->data.fi_pA = r->fi;
  r->data.fi_spikes = r->fi + FI_POINTS;
  if (predictor.n_draws > 0) r->data.fi_lo = r->fi + 2 * FI_POINTS;
  if (predictor.n_draws > 0) r->data.fi_hi = r->fi + 3 * FI_POINTS;
done:
  return status;
}

/* ---- features -------------------------------------------------------------------------------------------- */

/* The same recording with the twin's potential: what the twin is measured on. Borrows everything. */
static lg_status measure_twin(lg_ctx *ctx, const lg_recording *rec, const lg_clone *clone, lg_features **out) {
  lg_status status = LG_OK;
  lg_recording twin = *rec;
  twin.sweeps = NULL;
  LG_NEW(ctx, twin.sweeps, rec->n_sweeps);
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    twin.sweeps[k] = rec->sweeps[k];
    twin.sweeps[k].v_mV = clone->twin_mV[k];
  }
  status = lg_features_create(ctx, &twin, NULL, out);
done:
  lg_free(ctx, twin.sweeps);
  return status;
}

static lg_status add_features(lg_ctx *ctx, lg_clone_report *r, const lg_recording *rec, const lg_clone *clone) {
  static const lg_cell_feature shown[] = {LG_CF_V_REST,    LG_CF_RIN,      LG_CF_TAU,           LG_CF_CAPACITANCE,
                                          LG_CF_SAG,       LG_CF_RHEOBASE, LG_CF_RHEO_LATENCY,  LG_CF_RHEO_THR,
                                          LG_CF_RHEO_PEAK, LG_CF_RHEO_HW,  LG_CF_RHEO_UPSTROKE, LG_CF_RHEO_FAST_AHP,
                                          LG_CF_MAX_RATE,  LG_CF_FI_SLOPE, LG_CF_ADAPT_2RHEO,   LG_CF_CV_2RHEO,
                                          LG_CF_REBOUND_N};
  enum { SHOWN = sizeof shown / sizeof shown[0] };
  lg_status status = LG_OK;
  lg_features *cell = NULL, *twin = NULL;
  const lg_feature_info *table = lg_features_cell_table();
  LG_NEW(ctx, r->features, SHOWN);
  LG_TRY(lg_features_create(ctx, rec, NULL, &cell));
  LG_TRY(measure_twin(ctx, rec, clone, &twin));
  size_t n = 0;
  for (size_t k = 0; k < SHOWN; k++) {
    const double a = cell->cell[shown[k]].value, b = twin->cell[shown[k]].value;
    if (isnan(a) && isnan(b)) continue;
    r->features[n++] = (lg_report_feature){table[shown[k]].name, table[shown[k]].unit, a, b, table[shown[k]].doc};
  }
  r->data.features = r->features;
  r->data.n_features = n;
done:
  lg_features_destroy(ctx, cell);
  lg_features_destroy(ctx, twin);
  return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------- */

static void add_head(lg_clone_report *r, const lg_recording *rec, const lg_twin *twin, const lg_provenance *p) {
  char now[40];
  lg_provenance_times(p, r->created, now);
  r->data.source = rec->source;
  r->data.format = rec->format;
  r->data.pairing = rec->pairing;
  r->data.protocol = rec->protocol;
  r->data.created = r->created;
  r->data.model = twin->model;
  r->data.variant = twin->variant;
  r->data.stage = twin->method && strcmp(twin->method, "features") == 0 ? "features" : twin->stage;
  r->data.domain = lg_domain_name(twin->domain);
  r->data.accepted = twin->accepted;
  r->data.chi2_per_sample = twin->chi2_per_sample;
  r->data.noise_mV = twin->noise_mV;
  r->data.n_warnings = rec->n_warnings;
  r->data.warnings = (const char *const *)rec->warnings;
}

lg_status lg_clone_report_create(lg_ctx *ctx, const lg_recording *rec, const lg_clone *clone,
                                 const lg_clone_report_opts *opts, lg_provenance *provenance, lg_clone_report **out) {
  lg_status status = LG_OK;
  lg_clone_report *r = NULL;
  *out = NULL;
  LG_NEW(ctx, r, 1);
  r->data = (lg_report_data)LG_REPORT_DATA_INIT;
  add_head(r, rec, &clone->twin, provenance);
  LG_TRY(add_parameters(ctx, r, &clone->twin));
  LG_TRY(add_posterior(ctx, r, clone, opts));
  LG_TRY(add_sweeps(ctx, r, rec, clone));
  LG_TRY(lg_progress(ctx, "report", 1, 4));
  LG_TRY(add_bands(ctx, r, rec, clone));
  LG_TRY(lg_progress(ctx, "report", 2, 4));
  LG_TRY(add_fi(ctx, r, rec, clone));
  LG_TRY(lg_progress(ctx, "report", 3, 4));
  LG_TRY(add_features(ctx, r, rec, clone));
  lg_clone_report_words(r, rec, clone);
  LG_TRY(lg_report_provenance_text(ctx, provenance, &r->provenance));
  r->data.provenance_json = r->provenance;
  *out = r;
  r = NULL;
done:
  lg_clone_report_destroy(ctx, r);
  return status;
}

const lg_report_data *lg_clone_report_get(const lg_clone_report *report) { return &report->data; }

void lg_clone_report_destroy(lg_ctx *ctx, lg_clone_report *r) {
  if (!r) return;
  lg_free(ctx, r->sweeps);
  lg_free(ctx, r->parameters);
  lg_free(ctx, r->features);
  lg_free(ctx, r->samples);
  lg_free(ctx, r->bands);
  lg_free(ctx, r->fi);
  lg_free(ctx, r->provenance);
  lg_free(ctx, r);
}

/* ---- the folder ------------------------------------------------------------------------------------------- */

static lg_status write_crate(lg_ctx *ctx, const lg_clone_report *r, const lg_provenance *provenance, const char *dir) {
  static const lg_crate_file all[] = {
      {"run.json", "Everything the report shows, but for the traces, as JSON"},
      {"traces.csv", "Recording and twin, one row per sample"},
      {"report.html", "The report, one self-contained page"},
      {"report.pdf", "The report for print"},
      {"fig-overlay.svg", "Recording and twin with current and residual"},
      {"fig-overlay.png", "Recording and twin with current and residual"},
      {"fig-family.svg", "Steps of the recording beside those of the twin"},
      {"fig-family.png", "Steps of the recording beside those of the twin"},
      {"fig-phase.svg", "Phase plane"},
      {"fig-phase.png", "Phase plane"},
      {"fig-fi.svg", "Spikes against current"},
      {"fig-fi.png", "Spikes against current"},
      {"fig-parameters.svg", "Parameters with their 95 % intervals"},
      {"fig-parameters.png", "Parameters with their 95 % intervals"},
      {"fig-posterior.svg", "Corner plot of the posterior"},
      {"fig-posterior.png", "Corner plot of the posterior"},
  };
  char name[300];
  const char *source = r->data.source ? r->data.source : "";
  const char *slash = strrchr(source, '/');
  (void)snprintf(name, sizeof name, "Twin of %.200s", slash ? slash + 1 : source);
  return lg_folder_crate(ctx, dir, name, "Mechanistic model of one recorded neuron, compared with its recording.",
                         provenance, all, sizeof all / sizeof all[0]);
}

lg_status lg_clone_report_write(lg_ctx *ctx, const lg_clone_report *report, const lg_provenance *provenance,
                                const char *dir) {
  const lg_status status = lg_report_write(ctx, &report->data, dir, LG_REPORT_ALL);
  return status == LG_OK ? write_crate(ctx, report, provenance, dir) : status;
}
