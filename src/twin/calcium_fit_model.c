/* The model of a calcium wave laid beside a measured one. */
#include "base/elementary.h"
#include "calcium/extra_case.h"
#include "twin/calcium_fit_internal.h"
#include "twin/calcium_knob.h"

#include <math.h>
#include <string.h>

bool lg_calcium_fit_is_time(const calcium_fit_unknown *u) { return strcmp(u->name, "t0") == 0; }

double lg_calcium_fit_value(const calcium_fit_unknown *u, double x) {
  return lg_calcium_fit_is_time(u) ? 1e-3 * x : lg_exp(x);
}

double lg_calcium_fit_coordinate(const calcium_fit_unknown *u, double value) {
  return lg_calcium_fit_is_time(u) ? 1e3 * value : lg_ln(value);
}

size_t lg_calcium_fit_residuals(const calcium_wave *w) {
  size_t m = 0;
  for (size_t k = 0; k < w->n_traces; k++) {
    const calcium_trace *t = &w->traces[k];
    m += w->signal == CALCIUM_ARRIVALS ? 1 + (size_t)!isnan(t->down_s) + (size_t)!isnan(t->peak_uM) : 1 + t->n;
  }
  return m;
}

lg_status lg_calcium_fit_job_create(fit_job *job, const fit_desk *d) {
  lg_status status = lg_ctx_create(&job->ctx);
  if (status != LG_OK) return status;
  lg_ctx *ctx = job->ctx;
  LG_TRY(lg_calcium_load(ctx, d->o->case_path, &job->c));
  if (job->c->extras && job->c->extras->voltage.sort == CALCIUM_VOLTAGE_OUTSIDE) {
    status = lg_fail(ctx, LG_ERR_UNSUPPORTED, "a cable runs along with this case; a fit takes the voltage as a table");
    goto done;
  }
  LG_TRY(lg_calcium_gate_choose(ctx, d->o->gate, &job->c->constants, &job->gate));
  lg_free(ctx, job->c->probes);
  job->c->n_probes = 0;
  LG_NEW(ctx, job->c->probes, d->wave->n_traces);
  job->c->n_probes = d->wave->n_traces;
  for (size_t k = 0; k < d->wave->n_traces; k++) job->c->probes[k] = d->wave->traces[k].place;
  job->c->n_snapshots = 0;
  job->c->end_s = d->end_s;
  job->room = (size_t)(d->end_s / d->sample_s) + 3;
  LG_NEW(ctx, job->signal, job->room);
  LG_NEW(ctx, job->integral, job->room);
done:
  return status;
}

void lg_calcium_fit_job_clear(fit_job *job) {
  if (!job->ctx) return;
  lg_calcium_gate_clear(job->ctx, &job->gate);
  lg_calcium_case_destroy(job->ctx, job->c);
  lg_free(job->ctx, job->signal);
  lg_free(job->ctx, job->integral);
  lg_ctx_destroy(job->ctx);
}

/* ---- what an instrument sees ------------------------------------------------------------------------- */

/* Share of the indicator's range at c: F / F_max. */
static double brightness(const calcium_fit_options *o, double c) {
  const double dark = 1.0 / o->dynamic_range;
  return dark + (1.0 - dark) * c / (c + o->kd_uM);
}

typedef struct view {
  const fit_desk *d;
  const fit_job *job;
  const calcium_trace *t;
  size_t n;            /* of signal */
  double t0_s;         /* of the stimulus on the clock of the data */
  double offset, gain; /* of fluorescence; else 0, 1 */
} view;

static double integral_at(const view *v, double t) {
  const double *s = v->job->signal, h = v->d->sample_s, at = t / h;
  if (!(at > 0.0)) return s[0] * t;
  const double last = (double)(v->n - 1);
  if (at >= last) return v->job->integral[v->n - 1] + s[v->n - 1] * (t - last * h);
  const size_t k = (size_t)at;
  const double part = at - (double)k;
  return v->job->integral[k] + h * part * (s[k] + 0.5 * part * (s[k + 1] - s[k]));
}

/* Model at t on its own clock. */
static double signal_at(const view *v, double t) {
  const double *s = v->job->signal, at = t / v->d->sample_s, half = 0.5 * v->d->o->exposure_s;
  if (half > 0.0) return (integral_at(v, t + half) - integral_at(v, t - half)) / (2.0 * half);
  if (!(at > 0.0)) return s[0];
  if (at >= (double)(v->n - 1)) return s[v->n - 1];
  const size_t k = (size_t)at;
  return s[k] + (at - (double)k) * (s[k + 1] - s[k]);
}

/* Offset and gain that lay the model, later by s, on the trace. */
static void scale(view *v, double s) {
  const calcium_trace *t = v->t;
  double y = 0.0, f = 0.0, ff = 0.0, yf = 0.0;
  if (v->d->wave->signal != CALCIUM_FLUORESCENCE) return;
  for (size_t k = 0; k < t->n; k++) {
    const double x = signal_at(v, t->t_s[k] - v->t0_s - s);
    y += t->y[k];
    f += x;
    ff += x * x;
    yf += x * t->y[k];
  }
  const double n = (double)t->n, spread = ff - f * f / n;
  v->gain = spread > 1e-12 * ff ? fmax(0.0, (yf - f * y / n) / spread) : 0.0;
  v->offset = (y - v->gain * f) / n;
}

static double misfit(view *v, double s) {
  double sum = 0.0;
  scale(v, s);
  for (size_t k = 0; k < v->t->n; k++) {
    const double r = v->offset + v->gain * signal_at(v, v->t->t_s[k] - v->t0_s - s) - v->t->y[k];
    sum += r * r;
  }
  return sum;
}

/* Sum of squares of the slope over the samples, and of slope times what is left. */
static double slopes(view *v, double s, double *by_rest) {
  const double h = fmax(v->d->sample_s, 0.02 * v->d->wave->frame_s);
  double sum = 0.0;
  *by_rest = 0.0;
  scale(v, s);
  for (size_t k = 0; k < v->t->n; k++) {
    const double t = v->t->t_s[k] - v->t0_s - s;
    const double slope = v->gain * (signal_at(v, t + h) - signal_at(v, t - h)) / (2.0 * h);
    const double rest = v->offset + v->gain * signal_at(v, t) - v->t->y[k];
    sum += slope * slope;
    *by_rest += slope * rest;
  }
  return sum;
}

/* How much later the model must be to lie on the trace: looked for around a first guess, then by Gauss and Newton. */
static double best_shift(view *v, double guess, double *slope2) {
  const double frame = v->d->wave->frame_s, step = 0.125 * frame;
  double best = guess, least = (double)INFINITY, by_rest;
  for (int k = -20; k <= 20; k++) {
    const double cost = misfit(v, guess + step * k);
    if (cost < least) {
      least = cost;
      best = guess + step * k;
    }
  }
  for (size_t k = 0; k < 8; k++) {
    const double sum = slopes(v, best, &by_rest);
    if (!(sum > 0.0)) break;
    double move = by_rest / sum; /* d signal(t - s)/ds = -slope */
    move = fmin(fmax(move, -step), step);
    double cost = misfit(v, best + move);
    for (size_t q = 0; q < 6 && cost > least; q++) {
      move *= 0.5;
      cost = misfit(v, best + move);
    }
    if (!(cost <= least)) break;
    least = cost;
    best += move;
    if (fabs(move) < 1e-6 * frame) break;
  }
  *slope2 = slopes(v, best, &by_rest);
  return best;
}

/* How far the model may be moved from its best place until the misfit has risen by the noise of one sample, the mean of
 * both sides. With no sample on the upstroke the slope there says less than that. */
static double shift_error(view *v, double best, double slope2) {
  const double noise = v->d->noise, least = misfit(v, best), most = 2.0 * v->d->wave->frame_s;
  double sum = 0.0;
  for (int side = -1; side <= 1; side += 2) {
    double inside = 0.0, outside = fmin(most, 0.25 * noise / sqrt(slope2));
    while (outside < most && misfit(v, best + side * outside) < least + noise * noise) {
      inside = outside;
      outside *= 2.0;
    }
    for (size_t k = 0; k < 12; k++) {
      const double middle = 0.5 * (inside + outside);
      if (misfit(v, best + side * middle) < least + noise * noise) inside = middle;
      else outside = middle;
    }
    sum += 0.5 * (inside + outside);
  }
  return 0.5 * sum;
}

/* When the model passes half of its rise; NAN: it does not rise. */
static double model_arrival(const view *v, double least_rise) {
  const double *s = v->job->signal;
  double top = s[0];
  for (size_t k = 1; k < v->n; k++) top = fmax(top, s[k]);
  if (!(top - s[0] > least_rise)) return (double)NAN;
  const double level = 0.5 * (s[0] + top);
  size_t k = 1;
  while (s[k] < level) k++;
  return v->d->sample_s * ((double)(k - 1) + (level - s[k - 1]) / (s[k] - s[k - 1]));
}

/* ---- residuals --------------------------------------------------------------------------------------- */

static void watch_place(const fit_desk *d, fit_job *job, const calcium_result *run, size_t place, size_t n) {
  const double c0 = job->c->constants.cytosol_rest, rest = brightness(d->o, c0);
  for (size_t k = 0; k < n; k++) {
    const double c = run->samples[(k * run->n_probes + place) * run->n_columns];
    job->signal[k] = d->wave->signal == CALCIUM_CONCENTRATION ? c
                     : d->wave->signal == CALCIUM_DFF         ? brightness(d->o, c) / rest - 1.0
                                                              : brightness(d->o, c) / rest;
  }
  job->integral[0] = 0.0;
  for (size_t k = 1; k < n; k++)
    job->integral[k] = job->integral[k - 1] + 0.5 * d->sample_s * (job->signal[k - 1] + job->signal[k]);
}

static bool lay_trace(const fit_desk *d, fit_job *job, const calcium_result *run, size_t place, double t0, double *r,
                      const fit_look *look, size_t first) {
  const calcium_trace *t = &d->wave->traces[place];
  view v = {d, job, t, run->n_samples, t0, 0.0, 1.0};
  double shift = 0.0, slope2 = 0.0;
  watch_place(d, job, run, place, run->n_samples);
  if (!isnan(t->up_s)) {
    /* less than a tenth of what was measured is no wave */
    const double least = d->wave->signal == CALCIUM_FLUORESCENCE ? 1e-3 : 0.1 * d->wave->rise;
    const double model = model_arrival(&v, least);
    if (isnan(model)) return false;
    shift = best_shift(&v, t->up_s - t0 - model, &slope2);
  } else {
    scale(&v, 0.0);
  }
  const double error = slope2 > 0.0 ? shift_error(&v, shift, slope2) : (double)NAN;
  scale(&v, shift);
  r[0] = slope2 > 0.0 ? -shift / error : 0.0;
  for (size_t k = 0; k < t->n; k++)
    r[1 + k] = (v.offset + v.gain * signal_at(&v, t->t_s[k] - t0 - shift) - t->y[k]) / d->noise;
  if (!look) return true;
  look->shift_s[place] = isnan(error) ? (double)NAN : -shift;
  look->shift_error_s[place] = error;
  for (size_t k = 0; k < t->n; k++) look->fitted[first + k] = v.offset + v.gain * signal_at(&v, t->t_s[k] - t0);
  return true;
}

static bool lay_arrivals(const fit_desk *d, const calcium_result *run, double t0, double *r, const fit_look *look) {
  size_t m = 0;
  for (size_t k = 0; k < d->wave->n_traces; k++) {
    const calcium_trace *t = &d->wave->traces[k];
    const calcium_arrival *a = &run->arrivals[k];
    if (isnan(a->up_s) || (!isnan(t->down_s) && isnan(a->down_s))) return false;
    r[m++] = (a->up_s + t0 - t->up_s) / d->time_error_s;
    if (!isnan(t->down_s)) r[m++] = (a->down_s + t0 - t->down_s) / d->time_error_s;
    if (!isnan(t->peak_uM)) r[m++] = (a->peak_uM / t->peak_uM - 1.0) / d->peak_error;
    if (!look) continue;
    look->shift_s[k] = a->up_s + t0 - t->up_s;
    look->shift_error_s[k] = d->time_error_s;
  }
  return true;
}

static void look_at_arrivals(const calcium_wave *w, const calcium_result *run, double t0, double *out) {
  for (size_t k = 0; k < w->n_traces; k++) {
    out[3 * k] = run->arrivals[k].up_s + t0;
    out[3 * k + 1] = run->arrivals[k].down_s + t0;
    out[3 * k + 2] = run->arrivals[k].peak_uM;
  }
}

static bool simulate(const fit_desk *d, fit_job *job, const double *x, double *t0, calcium_result **run) {
  lg_ctx *ctx = job->ctx;
  lg_status status = LG_OK;
  calcium_grid *grid = NULL;
  const calcium_options o = {.dt_s = d->o->dt_s, .max_dx_um = d->o->max_dx_um, .sample_s = d->sample_s};
  *t0 = 0.0;
  *run = NULL;
  for (size_t u = 0; u < d->n; u++) {
    const double value = lg_calcium_fit_value(&d->unknowns[u], x[u]);
    if (lg_calcium_fit_is_time(&d->unknowns[u])) *t0 = value;
    else lg_calcium_knob_set(job->c, d->unknowns[u].name, value);
  }
  job->runs++;
  LG_TRY(lg_calcium_case_check(ctx, job->c));
  LG_TRY(lg_calcium_grid_create(ctx, job->c, d->o->max_dx_um, &grid));
  LG_TRY(lg_calcium_simulate(ctx, job->c, grid, &job->gate.gate, NULL, &o, run));
done:
  lg_calcium_grid_destroy(ctx, grid);
  return status == LG_OK;
}

bool lg_calcium_fit_evaluate(const fit_desk *d, fit_job *job, const double *x, double *r, const fit_look *look) {
  calcium_result *run;
  double t0;
  size_t m = 0, first = 0;
  bool good = simulate(d, job, x, &t0, &run);
  if (!good) return false;
  if (d->wave->signal == CALCIUM_ARRIVALS) good = lay_arrivals(d, run, t0, r, look);
  for (size_t k = 0; k < d->wave->n_traces && good && d->wave->signal != CALCIUM_ARRIVALS; k++) {
    good = lay_trace(d, job, run, k, t0, r + m, look, first);
    m += 1 + d->wave->traces[k].n;
    first += d->wave->traces[k].n;
  }
  if (look) look_at_arrivals(d->wave, run, t0, look->arrivals);
  lg_calcium_result_destroy(job->ctx, run);
  for (size_t k = 0; k < d->m && good; k++) good = isfinite(r[k]);
  return good;
}
