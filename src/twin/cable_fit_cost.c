/* The cost of a fit over sweeps, its derivatives, and what a free run looks like. */
#include "twin/cable_fit_internal.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

double lg_cable_fit_value(const cable_fit_unknown *u, double x) { return u->logarithmic ? lg_exp(x) : x; }
double lg_cable_fit_coordinate(const cable_fit_unknown *u, double value) {
  return u->logarithmic ? lg_ln(value) : value;
}

bool lg_cable_fit_choose(cable_fit_desk *d, bool quiet_only) {
  d->n_active = 0;
  for (size_t k = 0; k < d->n_jobs; k++)
    if (d->jobs[k].s->train && !(quiet_only && d->jobs[k].s->spikes)) d->active[d->n_active++] = k;
  return d->n_active > 0;
}

/* 1 / (noise^2 + misfit^2 + (share of the change per sample)^2): times of steep places are known less well. */
void lg_cable_fit_weigh(cable_fit_desk *d) {
  const double floor2 = d->fit->sigma_mV * d->fit->sigma_mV + d->scale_mV * d->scale_mV;
  for (size_t k = 0; k < d->n_jobs; k++) {
    cable_fit_sweep *s = d->jobs[k].s;
    double last = (double)NAN;
    size_t at = 0;
    for (size_t j = 0; j <= s->n_steps; j++) s->weight[j] = 0.0;
    for (size_t j = s->settle; j <= s->n_steps; j++) {
      if (isnan(s->v_mV[j])) continue;
      const double change = isnan(last) ? 0.0 : d->slope_share * (s->v_mV[j] - last);
      s->weight[j] = 1.0 / (floor2 + change * change);
      if (!isnan(last)) s->weight[at] = fmin(s->weight[at], s->weight[j]); /* the change on either side */
      last = s->v_mV[j];
      at = j;
    }
  }
}

static double bridge_of(const cable_fit_desk *d, const double *x) {
  for (size_t u = 0; u < d->fit->n_unknowns; u++)
    if (d->fit->unknowns[u].n_tied == 0) return x[u];
  return 0.0;
}

/* Residual of a step against the recording, with its weight; false where nothing counts. */
static bool residual(const cable_fit_job *j, double bridge, size_t step, double v, double *r, double *w) {
  const cable_fit_sweep *s = j->s;
  *w = s->weight[step];
  if (!(*w > 0.0)) return false;
  *r = v - j->step_error_mV[step] + bridge * s->current_nA[step < s->n_steps ? step : s->n_steps - 1] - s->v_mV[step];
  return true;
}

/* Huber's cost of a residual in units of its width; *share: what is left of its weight. */
static double robust(double huber, double u, double *share) {
  const double size = fabs(u);
  *share = 1.0;
  if (huber <= 0.0 || size <= huber) return 0.5 * u * u;
  *share = huber / size;
  return huber * (size - 0.5 * huber);
}

typedef struct gather {
  cable_fit_job *j;
  double bridge;
} gather;

static bool take(void *user, size_t step, const double *v, const double *dv) {
  const gather *to = user;
  cable_fit_job *j = to->j;
  const cable_fit_desk *d = j->desk;
  const size_t n = d->fit->n_unknowns;
  double r, w, share, slope[LG_LM_MOST] = {0.0};
  if (!residual(j, to->bridge, step, v[0], &r, &w)) return true;
  j->cost += robust(d->huber, r * sqrt(w), &share);
  j->chi2 += r * r * w;
  j->n++;
  for (size_t p = 0; p < d->n_seeds; p++) {
    const size_t u = d->unknown_of[p];
    if (u == SIZE_MAX) continue;
    slope[u] += dv[p] * (d->fit->unknowns[u].logarithmic ? lg_cable_fit_value(&d->fit->unknowns[u], j->x[u]) : 1.0);
  }
  for (size_t u = 0; u < n; u++)
    if (d->fit->unknowns[u].n_tied == 0) slope[u] = j->s->current_nA[step < j->s->n_steps ? step : j->s->n_steps - 1];
  const double weight = w * share;
  for (size_t p = 0; p < n; p++) {
    const double by = weight * slope[p];
    j->g[p] += by * r;
    for (size_t q = 0; q <= p; q++) j->a[p * n + q] += by * slope[q];
  }
  return true;
}

void lg_cable_fit_set_values(cable_fit_job *j) {
  const cable_fit_desk *d = j->desk;
  for (size_t p = 0; p < d->n_seeds; p++) {
    const size_t u = d->unknown_of[p];
    j->values[p] = u == SIZE_MAX ? j->s->start_mV - bridge_of(d, j->x) * j->s->current_nA[0]
                                 : lg_cable_fit_value(&d->fit->unknowns[u], j->x[u]);
  }
}

static lg_status run_job(cable_fit_job *j) {
  cable_fit_desk *d = j->desk;
  lg_status status = LG_OK;
  const size_t n = d->fit->n_unknowns;
  gather to = {j, bridge_of(d, j->x)};
  j->cost = j->chi2 = 0.0;
  j->n = 0;
  memset(j->a, 0, sizeof j->a);
  memset(j->g, 0, sizeof j->g);
  lg_cable_fit_set_values(j);
  LG_TRY(lg_cable_gradient_set(j->ctx, j->r, j->values));
  j->drive.towards_uS = d->nudge_per_ms * d->capacitance_nF;
  j->drive.towards_mV = d->nudge_per_ms > 0.0 ? j->s->towards_mV : NULL;
  LG_TRY(lg_cable_gradient_drive(j->ctx, j->r, &j->drive, 1));
  if (j->derive) {
    LG_TRY(lg_cable_gradient_forward(j->ctx, j->r, take, &to));
    for (size_t p = 0; p < n; p++)
      for (size_t q = 0; q < p; q++) j->a[q * n + p] = j->a[p * n + q];
    return LG_OK;
  }
  LG_TRY(lg_cable_gradient_run(j->ctx, j->r, j->v));
  for (size_t step = 0; step <= j->s->n_steps; step++) {
    double r, w, share;
    if (!residual(j, to.bridge, step, j->v[step], &r, &w)) continue;
    j->cost += robust(d->huber, r * sqrt(w), &share);
    j->chi2 += r * r * w;
    j->n++;
  }
done:
  return status;
}

static lg_status run_jobs(void *user, size_t begin, size_t end, unsigned worker) {
  cable_fit_desk *d = user;
  (void)worker;
  for (size_t k = begin; k < end; k++) {
    cable_fit_job *j = &d->jobs[d->active[k]];
    j->ok = run_job(j) == LG_OK;
  }
  return LG_OK;
}

bool lg_cable_fit_evaluate(void *desk, const double *x, double *cost, double *a, double *g) {
  cable_fit_desk *d = desk;
  const size_t n = d->fit->n_unknowns;
  if (lg_cancelled(d->ctx)) return false;
  for (size_t k = 0; k < d->n_jobs; k++) {
    d->jobs[k].x = x;
    d->jobs[k].derive = a != NULL;
  }
  if (lg_parallel_for(d->ctx, d->n_active, 1, run_jobs, d) != LG_OK) return false;
  *cost = 0.0;
  if (a) {
    memset(a, 0, n * n * sizeof *a);
    memset(g, 0, n * sizeof *g);
  }
  for (size_t k = 0; k < d->n_active; k++) {
    const cable_fit_job *j = &d->jobs[d->active[k]];
    if (!j->ok) return false;
    *cost += j->cost;
    for (size_t p = 0; a && p < n; p++) g[p] += j->g[p];
    for (size_t p = 0; a && p < n * n; p++) a[p] += j->a[p];
  }
  return isfinite(*cost);
}

/* ---- a free run -------------------------------------------------------------------------------- */

enum { MOST_SPIKES = 2000 };

static size_t spike_times(const double *v, size_t first, size_t n, double dt, double *t) {
  size_t spikes = 0, last = first;
  for (size_t k = first + 1; k < n; k++) {
    if (isnan(v[k])) continue;
    if (v[last] < -10.0 && v[k] >= -10.0 && spikes < MOST_SPIKES)
      t[spikes++] = dt * ((double)last + (double)(k - last) * (-10.0 - v[last]) / (v[k] - v[last]));
    last = k;
  }
  return spikes;
}

static double nearest(const double *t, size_t n, double to) {
  double best = INFINITY;
  for (size_t k = 0; k < n; k++) best = fmin(best, fabs(t[k] - to));
  return best;
}

/* Of spikes in order, each moved onto its recorded one: rms difference within 3 ms, mV. */
static double shape_error(const cable_fit_sweep *s, const double *recorded, const double *predicted) {
  const size_t n = s->n_recorded < s->n_predicted ? s->n_recorded : s->n_predicted;
  double sum = 0.0;
  size_t of = 0;
  for (size_t k = 0; k < n; k++) {
    const double shift = (predicted[k] - recorded[k]) / s->dt_ms;
    const double first = recorded[k] / s->dt_ms - 3.0 / s->dt_ms, last = first + 6.0 / s->dt_ms;
    for (size_t i = first > (double)s->settle ? (size_t)first : s->settle; i <= s->n_steps && (double)i <= last; i++) {
      const double at = (double)i + shift;
      if (isnan(s->v_mV[i]) || !(at >= 0.0) || !(at < (double)s->n_steps)) continue;
      const size_t j = (size_t)at;
      const double v = s->predicted_mV[j] + (at - (double)j) * (s->predicted_mV[j + 1] - s->predicted_mV[j]);
      sum += (v - s->v_mV[i]) * (v - s->v_mV[i]);
      of++;
    }
  }
  return of > 0 ? sqrt(sum / (double)of) : 0.0;
}

static double look_at(cable_fit_job *j, double bridge) {
  cable_fit_sweep *s = j->s;
  double recorded[MOST_SPIKES], predicted[MOST_SPIKES], sum = 0.0, quiet = 0.0, late = 0.0;
  size_t n = 0, n_quiet = 0;
  for (size_t k = 0; k <= s->n_steps; k++)
    s->predicted_mV[k] = j->v[k] - j->step_error_mV[k] + bridge * s->current_nA[k < s->n_steps ? k : s->n_steps - 1];
  s->n_recorded = spike_times(s->v_mV, s->settle, s->n_steps + 1, s->dt_ms, recorded);
  s->n_predicted = spike_times(s->predicted_mV, s->settle, s->n_steps + 1, s->dt_ms, predicted);
  size_t a = 0, b = 0; /* first spikes not 5 ms behind */
  for (size_t k = s->settle; k <= s->n_steps; k++) {
    if (isnan(s->v_mV[k])) continue;
    const double e = s->predicted_mV[k] - s->v_mV[k], t = (double)k * s->dt_ms;
    while (a < s->n_recorded && recorded[a] < t - 5.0) a++;
    while (b < s->n_predicted && predicted[b] < t - 5.0) b++;
    sum += e * e;
    n++;
    if ((a < s->n_recorded && recorded[a] < t + 5.0) || (b < s->n_predicted && predicted[b] < t + 5.0)) continue;
    quiet += e * e;
    n_quiet++;
  }
  s->rmse_mV = n > 0 ? sqrt(sum / (double)n) : (double)NAN;
  s->rmse_quiet_mV = n_quiet > 0 ? sqrt(quiet / (double)n_quiet) : (double)NAN;
  for (size_t k = 0; k < s->n_recorded; k++) late += fmin(nearest(predicted, s->n_predicted, recorded[k]), 20.0);
  /* logarithms: a cell that fires too much is no worse than one that does not fire at all */
  double counts = fabs(lg_ln((1.0 + (double)s->n_predicted) / (1.0 + (double)s->n_recorded)));
  if (s->n_recorded > 0 && s->n_predicted == 0) { /* the nearer to firing, the better */
    double peak = -INFINITY;
    for (size_t k = s->settle; k <= s->n_steps; k++) peak = fmax(peak, s->predicted_mV[k]);
    counts += fmin(fmax((-10.0 - peak) / 60.0, 0.0), 1.0);
  }
  return counts + (n_quiet > 0 ? s->rmse_quiet_mV / 3.0 : 0.0) +
         (s->n_recorded > 0 ? late / (double)s->n_recorded / 5.0 : 0.0) + shape_error(s, recorded, predicted) / 20.0;
}

double lg_cable_fit_score(cable_fit_desk *d, const double *x) {
  double cost, score = 0.0;
  const double nudge = d->nudge_per_ms;
  d->nudge_per_ms = 0.0;
  (void)lg_cable_fit_choose(d, false);
  const bool fine = d->n_active > 0 && lg_cable_fit_evaluate(d, x, &cost, NULL, NULL);
  d->nudge_per_ms = nudge;
  for (size_t k = 0; k < d->n_active && fine; k++) score += look_at(&d->jobs[d->active[k]], bridge_of(d, x));
  return fine ? score / (double)d->n_active : INFINITY;
}

double lg_cable_fit_look(cable_fit_desk *d, const double *x) {
  double cost, score = 0.0;
  size_t n = 0;
  const double nudge = d->nudge_per_ms;
  d->nudge_per_ms = 0.0;
  d->n_active = 0;
  for (size_t k = 0; k < d->n_jobs; k++) d->active[d->n_active++] = k;
  const bool fine = lg_cable_fit_evaluate(d, x, &cost, NULL, NULL);
  d->nudge_per_ms = nudge;
  for (size_t k = 0; k < d->n_jobs && fine; k++) {
    const double of = look_at(&d->jobs[k], bridge_of(d, x));
    if (!d->jobs[k].s->train) continue;
    score += of;
    n++;
  }
  return fine && n > 0 ? score / (double)n : INFINITY;
}
