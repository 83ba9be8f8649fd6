#include "twin/report_view.h"

#include "io/plot.h"
#include "twin/report_keep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double lg_report_round(double x) {
  if (!isfinite(x) || fabs(x) > 1e11) return x;
  return floor(x * 1e4 + 0.5) / 1e4;
}

bool lg_report_is_fixed(const lg_report_parameter *p) {
  return isfinite(p->value) && p->sd <= 1e-9 * (fabs(p->value) + 1e-9) && !(p->hi95 - p->lo95 > 1e-6 * fabs(p->value));
}

const char *lg_report_title(const lg_report_data *d) {
  if (d->title && d->title[0]) return d->title;
  if (!d->source || !d->source[0]) return "Unnamed recording";
  const char *slash = strrchr(d->source, '/');
  return slash && slash[1] ? slash + 1 : d->source;
}

void lg_report_model_name(const lg_report_data *d, char *buffer, size_t bytes) {
  static const char *const names[][2] = {{"izhikevich", "Izhikevich 2007"},
                                         {"hh52", "Hodgkin\xe2\x80\x93Huxley 1952"},
                                         {"hh", "Hodgkin\xe2\x80\x93Huxley"},
                                         {"tm", "Traub\xe2\x80\x93Miles"}};
  const char *name = d->model ? d->model : "unknown model";
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
    if (strcmp(name, names[k][0]) == 0) name = names[k][1];
  if (d->variant && d->variant[0]) (void)snprintf(buffer, bytes, "%s, variant %s", name, d->variant);
  else (void)snprintf(buffer, bytes, "%s", name);
}

static lg_status check(lg_ctx *ctx, const lg_report_data *d) {
  if ((d->n_sweeps && !d->sweeps) || (d->n_parameters && !d->parameters) || (d->n_features && !d->features) ||
      (d->n_samples && !d->samples) || (d->n_checks && !d->checks) || (d->n_candidates && !d->candidates) ||
      (d->n_fi && (!d->fi_pA || !d->fi_spikes)) || (d->n_reasons && !d->reasons) || (d->n_limits && !d->limits) ||
      (d->n_warnings && !d->warnings) || (d->n_training && !d->training))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "report: a list has a length but is NULL");
  for (size_t k = 0; k < d->n_sweeps; k++) {
    const lg_report_sweep *s = &d->sweeps[k];
    if (s->n > 0 && !s->v_mV) return lg_fail(ctx, LG_ERR_ARGUMENT, "report: sweep %d has no potential", s->number);
    if (s->n > 0 && !(s->dt_ms > 0.0 && isfinite(s->dt_ms) && isfinite(s->t0_ms)))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "report: sweep %d has a sampling interval of %g ms; above 0 expected",
                     s->number, s->dt_ms);
  }
  for (size_t k = 0; k < d->n_parameters; k++)
    if (!d->parameters[k].name) return lg_fail(ctx, LG_ERR_ARGUMENT, "report: parameter %zu has no name", k);
  return LG_OK;
}

/* ---- rounding -------------------------------------------------------------------------------------- */

static const double *copy_rounded(const double *from, size_t n, double **free_space) {
  if (!from) return NULL;
  double *to = *free_space;
  for (size_t k = 0; k < n; k++) to[k] = lg_report_round(from[k]);
  *free_space += n;
  return to;
}

static lg_status round_traces(lg_ctx *ctx, lg_report_view *v) {
  lg_status status = LG_OK;
  const lg_report_data *d = &v->data;
  size_t total = 0;
  for (size_t k = 0; k < d->n_sweeps; k++) {
    const lg_report_sweep *s = &d->sweeps[k];
    const size_t traces =
        1u + (s->i_pA != NULL) + (s->twin_mV != NULL) + (s->twin_lo_mV != NULL) + (s->twin_hi_mV != NULL);
    size_t size;
    if (!lg_mul_size(s->n, traces, &size) || total + size < total)
      return lg_fail(ctx, LG_ERR_LIMIT, "report: too many samples");
    total += size;
  }
  if (d->n_sweeps == 0) return LG_OK;
  LG_NEW(ctx, v->sweeps, d->n_sweeps);
  LG_NEW(ctx, v->traces, total + 1);
  double *space = v->traces;
  for (size_t k = 0; k < d->n_sweeps; k++) {
    lg_report_sweep *s = &v->sweeps[k];
    *s = d->sweeps[k];
    s->v_mV = copy_rounded(s->v_mV, s->n, &space);
    s->i_pA = copy_rounded(s->i_pA, s->n, &space);
    s->twin_mV = copy_rounded(s->twin_mV, s->n, &space);
    s->twin_lo_mV = copy_rounded(s->twin_lo_mV, s->n, &space);
    s->twin_hi_mV = copy_rounded(s->twin_hi_mV, s->n, &space);
  }
  v->data.sweeps = v->sweeps;
done:
  return status;
}

/* ---- derived numbers ------------------------------------------------------------------------------- */

static bool quiet(const lg_report_sweep *s) { return s->n_spikes == 0 && s->n_spikes_twin == 0; }

static lg_report_error error_of(const lg_report_view *v, bool fitted) {
  lg_report_error e = {.count_rmse = (double)NAN, .count_r2 = (double)NAN, .quiet_rmse_mV = (double)NAN};
  double sum = 0.0, sum_squares = 0.0, miss = 0.0, quiet_sum = 0.0;
  size_t quiet_n = 0;
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    const lg_report_sweep *s = &v->sweeps[k];
    if (s->fitted != fitted || !s->twin_mV) continue;
    e.n_sweeps++;
    if (s->n_spikes >= 0 && s->n_spikes_twin >= 0) {
      const double d = s->n_spikes_twin - s->n_spikes;
      e.n_counts++;
      sum += s->n_spikes;
      sum_squares += (double)s->n_spikes * s->n_spikes;
      miss += d * d;
    }
    if (!quiet(s)) continue;
    e.n_quiet++;
    for (size_t i = 0; i < s->n; i++) {
      const double d = s->v_mV[i] - s->twin_mV[i];
      if (isnan(d)) continue;
      quiet_sum += d * d;
      quiet_n++;
    }
  }
  if (e.n_counts > 0) {
    const double n = (double)e.n_counts, spread = sum_squares - sum * sum / n;
    e.count_rmse = sqrt(miss / n);
    if (e.n_counts > 1 && spread > 1e-9) e.count_r2 = 1.0 - miss / spread;
  }
  if (quiet_n > 0) e.quiet_rmse_mV = sqrt(quiet_sum / (double)quiet_n);
  return e;
}

/* The sweep to show large: with about eight spikes, enough to see their rhythm and few enough to see each; predicted
 * rather than fitted, with a twin. */
static size_t choose_best(const lg_report_view *v) {
  const size_t n = v->data.n_sweeps;
  int most = 0;
  for (size_t k = 0; k < n; k++)
    if (v->sweeps[k].n_spikes > most) most = v->sweeps[k].n_spikes;
  const double wanted = most < 8 ? most : 8;
  size_t best = n;
  double best_cost = (double)INFINITY;
  for (size_t k = 0; k < n; k++) {
    const lg_report_sweep *s = &v->sweeps[k];
    if (s->n == 0) continue;
    double cost = fabs(s->n_spikes - wanted);
    if (!s->twin_mV) cost += 1e6;
    if (s->n_spikes <= 0) cost += 1e3;
    if (s->fitted) cost += 2.5;
    if (cost < best_cost) best_cost = cost, best = k;
  }
  return best;
}

static void find_ranges(lg_report_view *v) {
  v->v_low = v->i_low = v->residual_low = (double)INFINITY;
  v->v_high = v->i_high = v->residual_high = -(double)INFINITY;
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    const lg_report_sweep *s = &v->sweeps[k];
    lg_range_extend(&v->v_low, &v->v_high, s->v_mV, s->n);
    lg_range_extend(&v->v_low, &v->v_high, s->twin_mV, s->n);
    lg_range_extend(&v->i_low, &v->i_high, s->i_pA, s->n);
    if (s->i_pA) v->has_current = true;
    if (s->twin_mV) v->has_twin = true;
    for (size_t i = 0; s->twin_mV && i < s->n; i++) {
      const double d = s->v_mV[i] - s->twin_mV[i];
      lg_range_extend(&v->residual_low, &v->residual_high, &d, 1);
    }
  }
  lg_range_pad(&v->v_low, &v->v_high, 0.05);
  lg_range_pad(&v->i_low, &v->i_high, 0.12);
  lg_range_pad(&v->residual_low, &v->residual_high, 0.05);
}

static lg_report_flag flag_of(const lg_report_data *d) {
  const char *domain = d->domain ? d->domain : "red";
  if (strcmp(domain, "amber") == 0) return LG_FLAG_AMBER; /* not explained to the noise, but it predicts */
  return strcmp(domain, "green") == 0 && d->accepted ? LG_FLAG_GREEN : LG_FLAG_RED;
}

void lg_report_window(const lg_report_sweep *s, double *t0, double *t1) {
  const double begin = s->t0_ms, end = s->t0_ms + (double)s->n * s->dt_ms;
  *t0 = begin;
  *t1 = end;
  if (isfinite(s->step_on_ms) && isfinite(s->step_off_ms) && s->step_off_ms > s->step_on_ms) {
    const double width = s->step_off_ms - s->step_on_ms;
    if (s->step_on_ms - 0.2 * width > begin) *t0 = s->step_on_ms - 0.2 * width;
    if (s->step_off_ms + 0.3 * width < end) *t1 = s->step_off_ms + 0.3 * width;
  }
  if (!(*t1 > *t0)) *t1 = *t0 + 1.0;
}

lg_status lg_report_view_create(lg_ctx *ctx, const lg_report_data *data, lg_report_view **out) {
  lg_status status = LG_OK;
  lg_report_view *v = NULL;
  *out = NULL;
  LG_TRY(check(ctx, data));
  LG_NEW(ctx, v, 1);
  v->data = *data;
  LG_TRY(lg_report_lay_out(ctx, v->data.provenance_json, &v->provenance));
  v->data.provenance_json = v->provenance;
  LG_TRY(round_traces(ctx, v));
  v->fitted = error_of(v, true);
  v->predicted = error_of(v, false);
  v->flag = flag_of(data);
  v->best = choose_best(v);
  find_ranges(v);
  *out = v;
  v = NULL;
done:
  lg_report_view_destroy(ctx, v);
  return status;
}

void lg_report_view_destroy(lg_ctx *ctx, lg_report_view *v) {
  if (!v) return;
  lg_free(ctx, v->sweeps);
  lg_free(ctx, v->traces);
  free(v->provenance); /* jansson's */
  lg_free(ctx, v);
}
