#include "twin/predict.h"

#include "base/base.h"
#include "twin/clone.h"

#include <math.h>

/* The window in which a sweep's spikes count; the same for recording and twin (see judge_sweep() in clone.c). */
static int count_in_step(const lg_sweep *s, const double *v_mV) {
  const size_t begin = s->has_step ? s->step_on : 0;
  const size_t end = s->has_step ? s->step_off + (size_t)(2.0 / s->dt_ms + 0.5) : s->n;
  return lg_clone_count_spikes(v_mV, begin, end, s->n, s->dt_ms);
}

enum { LANES = 8 };

/* Potentials of up to LANES draws from `first` on, one after the other in v_mV (LANES, n); returns how many. */
static size_t simulate_draws(const lg_predictor *p, size_t first, const double *i_pA, size_t n, double dt_ms,
                             double *mixed, double *v_mV) {
  const size_t m = p->n_draws - first < LANES ? p->n_draws - first : LANES, n_p = p->twin->n_parameters;
  if (!p->family->simulate_lanes) {
    lg_twin twin = *p->twin;
    for (size_t k = 0; k < n_p; k++) twin.parameters[k].value = p->draws[first * n_p + k];
    p->family->simulate(&twin, i_pA, n, dt_ms, v_mV);
    return 1;
  }
  p->family->simulate_lanes(p->draws + first * n_p, m, i_pA, n, dt_ms, mixed);
  for (size_t l = 0; l < m; l++)
    for (size_t j = 0; j < n; j++) v_mV[l * n + j] = mixed[j * LANES + l];
  return m;
}

static void widen(double x, double *lo, double *hi) {
  if (x < *lo) *lo = x;
  if (x > *hi) *hi = x;
}

/* ---- sweeps ------------------------------------------------------------------------------------------- */

typedef struct sweeps_job {
  const lg_predictor *predictor;
  const lg_recording *rec;
  lg_predicted_sweep *sweeps;
  double *scratch; /* (threads, 2 LANES, longest) */
  size_t longest;
} sweeps_job;

static void predict_sweep(const sweeps_job *job, size_t k, double *v_mV) {
  const lg_predictor *p = job->predictor;
  lg_predicted_sweep *out = &job->sweeps[k];
  lg_sweep cut = job->rec->sweeps[k];
  cut.n = out->n;
  const lg_sweep *s = &cut;
  out->count_lo = (double)INFINITY;
  out->count_hi = -(double)INFINITY;
  for (size_t j = 0; j < s->n; j++) out->lo_mV[j] = (double)INFINITY, out->hi_mV[j] = -(double)INFINITY;
  for (size_t d = 0, m; d < p->n_draws; d += m) {
    m = simulate_draws(p, d, s->i_pA, s->n, s->dt_ms, v_mV + LANES * s->n, v_mV);
    for (size_t l = 0; l < m; l++) {
      const double *v = v_mV + l * s->n;
      for (size_t j = 0; j < s->n; j++) widen(v[j], &out->lo_mV[j], &out->hi_mV[j]);
      widen((double)count_in_step(s, v), &out->count_lo, &out->count_hi);
    }
  }
  for (size_t j = 0; j < s->n; j++)
    if (!(out->lo_mV[j] <= out->hi_mV[j])) out->lo_mV[j] = out->hi_mV[j] = (double)NAN;
}

static lg_status predict_range(void *user, size_t begin, size_t end, unsigned worker) {
  const sweeps_job *job = user;
  for (size_t k = begin; k < end; k++) predict_sweep(job, k, job->scratch + (size_t)worker * 2 * LANES * job->longest);
  return LG_OK;
}

lg_status lg_predict_sweeps(lg_ctx *ctx, const lg_predictor *predictor, const lg_recording *rec,
                            lg_predicted_sweep *sweeps) {
  lg_status status = LG_OK;
  sweeps_job job = {predictor, rec, sweeps, NULL, 1};
  if (predictor->n_draws == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "no draws to predict from");
  for (size_t k = 0; k < rec->n_sweeps; k++)
    if (sweeps[k].n > job.longest) job.longest = sweeps[k].n;
  LG_NEW(ctx, job.scratch, (size_t)lg_ctx_threads(ctx) * 2 * LANES * job.longest);
  LG_TRY(lg_parallel_for(ctx, rec->n_sweeps, 1, predict_range, &job));
done:
  lg_free(ctx, job.scratch);
  return status;
}

/* ---- f–I curve ------------------------------------------------------------------------------------------ */

typedef struct fi_job {
  const lg_predictor *predictor;
  lg_sweep like; /* the step with a little before and after it */
  lg_predicted_point *points;
  double *scratch; /* (threads, 1 + 2 LANES, n) */
} fi_job;

static lg_status fi_range(void *user, size_t begin, size_t end, unsigned worker) {
  const fi_job *job = user;
  const lg_sweep *s = &job->like;
  double *i_pA = job->scratch + (size_t)worker * (1 + 2 * LANES) * s->n, *v_mV = i_pA + s->n;
  for (size_t k = begin; k < end; k++) {
    lg_predicted_point *q = &job->points[k];
    for (size_t j = 0; j < s->n; j++) i_pA[j] = j >= s->step_on && j < s->step_off ? q->i_pA : s->step_hold_pA;
    job->predictor->family->simulate(job->predictor->twin, i_pA, s->n, s->dt_ms, v_mV);
    q->spikes = (double)count_in_step(s, v_mV);
    q->lo = (double)INFINITY;
    q->hi = -(double)INFINITY;
    for (size_t d = 0, m; d < job->predictor->n_draws; d += m) {
      m = simulate_draws(job->predictor, d, i_pA, s->n, s->dt_ms, v_mV + LANES * s->n, v_mV);
      for (size_t l = 0; l < m; l++) widen((double)count_in_step(s, v_mV + l * s->n), &q->lo, &q->hi);
    }
    if (job->predictor->n_draws == 0) q->lo = q->hi = (double)NAN;
  }
  return LG_OK;
}

lg_status lg_predict_fi(lg_ctx *ctx, const lg_predictor *predictor, const lg_sweep *like, lg_predicted_point *points,
                        size_t n) {
  lg_status status = LG_OK;
  fi_job job = {predictor, *like, points, NULL};
  if (!like->has_step || like->step_off <= like->step_on)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "sweep %d has no step to vary", like->number);
  const size_t before = (size_t)(20.0 / like->dt_ms), after = (size_t)(20.0 / like->dt_ms);
  job.like.step_on = before;
  job.like.step_off = before + (like->step_off - like->step_on);
  job.like.n = job.like.step_off + after;
  LG_NEW(ctx, job.scratch, (size_t)lg_ctx_threads(ctx) * (1 + 2 * LANES) * job.like.n);
  LG_TRY(lg_parallel_for(ctx, n, 1, fi_range, &job));
done:
  lg_free(ctx, job.scratch);
  return status;
}
