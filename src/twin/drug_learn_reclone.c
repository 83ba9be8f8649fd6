#include "twin/drug_learn_reclone.h"

#include "base/elementary.h"
#include "neuron/lanes.h"
#include "neuron/plan.h"
#include "num/subset.h"

#include <loligo/batch.h>
#include <math.h>
#include <string.h>

enum { L = LG_RECLONE_LEVELS, LEAD_STEPS = 100, STEPS = 12000, EVERY = 2, MAX_SPIKES = 256, N_Z = 6 };
enum { N_SAMPLES = (LEAD_STEPS + STEPS) / EVERY + 1 };
_Static_assert((int)LG_RECLONE_LEVELS == (int)LG_LANES, "a lane per level");

#define DT_MS 0.05 /* the lead of 5 ms, then 600 ms: the spike after the step makes its count continuous */

const double lg_reclone_levels[L] = {-0.5, 0.5, 0.8, 1.1, 1.4, 1.8, 2.4, 3.0};
static const double course_ms[LG_RECLONE_COURSE] = {15.0, 60.0, 400.0};

/* Spikes as a continuous number: whole ones in the step and the share of the interval that the step's end cuts. */
static double continuous_count(const double *spikes_ms, size_t n) {
  size_t k = 0;
  while (k < n && spikes_ms[k] < LG_RECLONE_STEP_MS) k++;
  const double last = k > 0 ? spikes_ms[k - 1] : 0.0;
  double interval;
  if (k < n) interval = spikes_ms[k] - last;
  else if (k > 1) interval = fmax(spikes_ms[k - 1] - spikes_ms[k - 2], LG_RECLONE_STEP_MS - last);
  else return (double)k;
  return (double)k + fmin((LG_RECLONE_STEP_MS - last) / interval, 1.0);
}

static void read_spikes(const double *spikes_ms, size_t n, lg_reclone_level *out) {
  out->n_spikes = 0;
  while (out->n_spikes < n && spikes_ms[out->n_spikes] < LG_RECLONE_STEP_MS) out->n_spikes++;
  out->count = continuous_count(spikes_ms, n);
  out->first_ms = n > 0 ? spikes_ms[0] : (double)NAN;
  out->interval_ms = n > 1 ? spikes_ms[1] - spikes_ms[0] : (double)NAN;
}

/* ---- the conductance neuron --------------------------------------------------------------------- */

typedef struct measure_job {
  const double *v, *spikes; /* (lanes, samples), (lanes, MAX_SPIKES) */
  const uint32_t *count;
  size_t samples;
  lg_reclone_view *views;
} measure_job;

#define SAMPLE_MS (DT_MS * EVERY)
#define LEAD_MS (DT_MS * LEAD_STEPS)

static size_t sample_at(double ms, size_t n) {
  const size_t k = (size_t)(ms / SAMPLE_MS + 0.5);
  return k < n ? k : n - 1;
}

/* Peak and trough of the first spike of a lane: the later ones of strong steps may be stunted. */
static bool shape_of(const double *v, size_t n, const double *spikes, size_t m, double *peak, double *trough) {
  if (m == 0 || spikes[0] >= LEAD_MS + LG_RECLONE_STEP_MS) return false;
  const double next = fmin(m > 1 ? spikes[1] : spikes[0] + 20.0, spikes[0] + 20.0);
  *peak = -200.0;
  *trough = 200.0;
  for (size_t j = sample_at(spikes[0], n); j < sample_at(next, n); j++) {
    *peak = fmax(*peak, v[j]);
    *trough = fmin(*trough, v[j]);
  }
  return true;
}

static void measure_one(const measure_job *job, size_t index) {
  lg_reclone_view *out = &job->views[index];
  bool shaped = false;
  memset(out, 0, sizeof *out);
  out->silent_at_rest = true;
  out->rest_mV = job->v[index * L * job->samples];
  out->peak_mV = out->trough_mV = (double)NAN;
  for (int l = L - 1; l >= 0; l--) {
    const size_t lane = index * L + (size_t)l;
    const double *v = job->v + lane * job->samples, *spikes = job->spikes + lane * MAX_SPIKES;
    const size_t m = job->count[lane] < MAX_SPIKES ? job->count[lane] : MAX_SPIKES;
    double times[MAX_SPIKES], peak, trough;
    for (size_t k = 0; k < m; k++) times[k] = spikes[k] - LEAD_MS;
    if (m > 0 && times[0] < 0.0) out->silent_at_rest = false;
    read_spikes(times, m, &out->level[l]);
    for (int c = 0; c < LG_RECLONE_COURSE; c++)
      out->level[l].course_mV[c] =
          m > 0 ? (double)NAN : v[sample_at(LEAD_MS + course_ms[c], job->samples)] - out->rest_mV;
    if (shaped || !shape_of(v, job->samples, spikes, m, &peak, &trough)) continue;
    out->peak_mV = peak;
    out->trough_mV = trough;
    shaped = true;
  }
}

static lg_status measure_range(void *user, size_t begin, size_t end, unsigned worker) {
  (void)worker;
  for (size_t k = begin; k < end; k++) measure_one(user, k);
  return LG_OK;
}

/* Tonic conductances are a leak: then the quick kernel runs the neuron. Returns whether it does. */
static bool simplify(lg_neuron *neuron) {
  double *p = neuron->value;
  const double gaba = p[LG_TM_GGABA], girk = p[LG_TM_GGIRK], leak = p[LG_TM_GL] + gaba + girk;
  if (gaba + girk > 0.0 && leak > 0.0) {
    p[LG_TM_EL] = (p[LG_TM_GL] * p[LG_TM_EL] + gaba * p[LG_TM_EGABA] + girk * p[LG_TM_EK]) / leak;
    p[LG_TM_GL] = leak;
    p[LG_TM_GGABA] = p[LG_TM_GGIRK] = 0.0;
  }
  return p[LG_TM_H_SHIFT] == 0.0 && !(p[LG_TM_NAB_DOSE] > 0.0) && !(p[LG_TM_NAB2_DOSE] > 0.0) &&
         !(p[LG_TM_SLOW] > 0.0) && p[LG_TM_RATE_SCALE] == 1.0;
}

enum { MOST = 64 };

/* Room for MOST neurons. */
typedef struct bench {
  lg_neuron *lanes;
  double *waveform, *scale, *v, *spikes;
  uint32_t *count;
  unsigned char *failed;
  lg_reclone_view *views;
  size_t *origin;
} bench;

static void clear_bench(lg_ctx *ctx, bench *b) {
  lg_free(ctx, b->lanes);
  lg_free(ctx, b->waveform);
  lg_free(ctx, b->scale);
  lg_free(ctx, b->v);
  lg_free(ctx, b->spikes);
  lg_free(ctx, b->count);
  lg_free(ctx, b->failed);
  lg_free(ctx, b->views);
  lg_free(ctx, b->origin);
}

static lg_status make_bench(lg_ctx *ctx, bench *b) {
  lg_status status = LG_OK;
  LG_NEW(ctx, b->lanes, MOST * L);
  LG_NEW(ctx, b->waveform, LEAD_STEPS + STEPS);
  LG_NEW(ctx, b->scale, MOST * L);
  LG_NEW(ctx, b->v, MOST * L * N_SAMPLES);
  LG_NEW(ctx, b->spikes, MOST * L * MAX_SPIKES);
  LG_NEW(ctx, b->count, MOST * L);
  LG_NEW(ctx, b->failed, MOST * L);
  LG_NEW(ctx, b->views, MOST);
  LG_NEW(ctx, b->origin, MOST);
  for (size_t k = LEAD_STEPS; k < LEAD_STEPS + STEPS; k++) b->waveform[k] = 1.0;
done:
  return status;
}

/* Up to MOST neurons, all of one kind. */
static lg_status run_bench(lg_ctx *ctx, const bench *b, size_t now, lg_batch_kind kind, lg_reclone_view *views) {
  lg_status status = LG_OK;
  const lg_batch_input input = {now * L, LEAD_STEPS + STEPS, DT_MS, b->waveform, b->scale, NULL};
  lg_batch_options options = LG_BATCH_OPTIONS_INIT;
  options.kind = kind;
  lg_batch_output output = {
      .n_spikes = b->count, .max_spikes = MAX_SPIKES, .spikes_ms = b->spikes, .sample_every = EVERY, .v_mV = b->v};
  memset(b->failed, 0, MOST * L);
  if (kind == LG_BATCH_TM_FULL) output.failed = b->failed;
  LG_TRY(lg_batch_run(ctx, b->lanes, &input, &options, &output));
  measure_job job = {b->v, b->spikes, b->count, N_SAMPLES, b->views};
  LG_TRY(lg_parallel_for(ctx, now, 8, measure_range, &job));
  for (size_t k = 0; k < now; k++) {
    for (size_t l = 0; l < L; l++) b->views[k].failed = b->views[k].failed || b->failed[k * L + l] != 0;
    views[b->origin[k]] = b->views[k];
  }
done:
  return status;
}

lg_status lg_reclone_measure(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const double *rheobase_pA,
                             lg_reclone_view *views) {
  lg_status status = LG_OK;
  bench b = {.lanes = NULL};
  LG_TRY(make_bench(ctx, &b));
  for (int full = 0; full < 2; full++) {
    const lg_batch_kind kind = full ? LG_BATCH_TM_FULL : LG_BATCH_TM_RK4;
    size_t now = 0;
    for (size_t k = 0; k < n; k++) {
      lg_neuron one = neurons[k];
      double rest;
      if (simplify(&one) == (full == 1)) continue;
      if (lg_neuron_rest(ctx, &one, 0.0, &rest) != LG_OK) {
        memset(&views[k], 0, sizeof views[k]);
        views[k].failed = true;
        continue;
      }
      one.value[LG_TM_V0] = rest;
      for (size_t l = 0; l < L; l++) {
        b.lanes[now * L + l] = one;
        b.scale[now * L + l] = lg_reclone_levels[l] * rheobase_pA[k];
      }
      b.origin[now++] = k;
      if (now < MOST) continue;
      LG_TRY(run_bench(ctx, &b, now, kind, views));
      now = 0;
    }
    if (now > 0) LG_TRY(run_bench(ctx, &b, now, kind, views));
  }
done:
  clear_bench(ctx, &b);
  return status;
}

/* ---- the Izhikevich neuron ---------------------------------------------------------------------- */

enum { IZH_SAMPLES = 6001, IZH_EVERY = 50 }; /* 600 ms at 0.1 ms behind one sample of rest, kept every 5 ms */

/* Eight currents at once: under one current, a neuron of 1/level of the size sees the level. */
void lg_reclone_answer(const lg_izh_params *p, double rheobase_pA, lg_reclone_view *view) {
  lg_lanes_izhikevich q;
  double current[IZH_SAMPLES], v[(IZH_SAMPLES / IZH_EVERY + 1) * L];
  lg_lane_out out = {.every = IZH_EVERY, .v_mV = v};
  const lg_lane_drive drive = {current, IZH_SAMPLES, 0.1, 1, 1};
  current[0] = 0.0;
  for (int k = 1; k < IZH_SAMPLES; k++) current[k] = rheobase_pA;
  for (int l = 0; l < L; l++) {
    const double size = 1.0 / lg_reclone_levels[l];
    q.C[l] = p->C * size;
    q.klow[l] = q.khigh[l] = p->k * size;
    q.vr[l] = p->vr;
    q.vt[l] = p->vt;
    q.a[l] = p->a;
    q.b[l] = p->b * size;
    q.c[l] = p->c;
    q.d[l] = p->d * size;
    q.vpeak[l] = p->vpeak;
    q.Ishift[l] = 0.0;
  }
  lg_lanes_run_izhikevich(&q, &drive, &out);
  memset(view, 0, sizeof *view);
  view->rest_mV = p->vr;
  view->peak_mV = p->vpeak;
  view->trough_mV = p->c;
  for (int l = 0; l < L; l++) {
    const size_t m = out.n_spikes[l] < LG_LANE_SPIKES ? out.n_spikes[l] : LG_LANE_SPIKES;
    double times[LG_LANE_SPIKES];
    for (size_t k = 0; k < m; k++) times[k] = (double)out.spikes[l][k].t_ms - 0.1;
    read_spikes(times, m, &view->level[l]);
    for (int c = 0; c < LG_RECLONE_COURSE; c++)
      view->level[l].course_mV[c] =
          m > 0 ? (double)NAN : v[(size_t)(course_ms[c] / (0.1 * IZH_EVERY) + 0.5) * L + (size_t)l] - p->vr;
  }
}

/* ---- fitting ------------------------------------------------------------------------------------- */

/* z: ln(1000 k/C), vt - vr, ln(100 a), b/C, d/C, ln C */
typedef struct point {
  double z[N_Z];
} point;

static const double typical[N_Z] = {2.3, 18.0, 1.1, 0.03, 1.0, 0.0};
static const double spread[N_Z] = {1.0, 10.0, 1.2, 0.06, 1.2, 0.5}; /* of the prior of untreated cells */
static const double move[N_Z] = {1.0, 8.0, 1.0, 1.0, 0.6, 1.0};     /* how far a drug may draw a treated one */
static const int untreated_free[] = {0, 1, 2, 3, 4, 5}, treated_free[] = {1, 4};
static const double lowest[N_Z] = {-0.7, 1.5, -2.3, -0.1, -0.5, -3.0};
static const double highest[N_Z] = {5.3, 60.0, 4.6, 0.6, 8.0, 3.0};
static const double probe[N_Z] = {0.01, 0.05, 0.02, 5e-4, 0.01, 0.01};

enum { N_R = L * (2 + 1 + LG_RECLONE_COURSE) + N_Z };

typedef struct problem {
  const lg_reclone_view *view, *untreated, *answer; /* untreated, answer: of a treated cell only */
  double rheobase, C0;
  double vr, c, vpeak;
  point centre;
  const double *width;
  const int *free;
  int n_free;
  int evaluations;
} problem;

static lg_izh_params params_of(const problem *q, const point *x) {
  const double C = q->C0 * lg_exp(x->z[5]);
  return (lg_izh_params){.C = C,
                         .k = 1e-3 * lg_exp(x->z[0]) * C,
                         .vr = q->vr,
                         .vt = q->vr + x->z[1],
                         .a = 0.01 * lg_exp(x->z[2]),
                         .b = x->z[3] * C,
                         .c = q->c,
                         .d = x->z[4] * C,
                         .vpeak = q->vpeak};
}

static double bounded(double x, double most) { return x > most ? most : x < -most ? -most : x; }

/* ln(model/data); of a treated cell minus what the same was before, which the family could not follow. */
static double log_ratio(double model, double data, const double *model0, const double *data0, double width) {
  double r = lg_ln(model / data);
  if (model0) r -= lg_ln(*model0 / *data0);
  return r == r ? bounded(r / width, 4.0) : 0.0;
}

static double residuals(problem *q, const point *x, double r[N_R], double *count_rmse) {
  lg_reclone_view got;
  const lg_izh_params p = params_of(q, x);
  double sum = 0.0, square = 0.0;
  size_t n = 0;
  q->evaluations++;
  lg_reclone_answer(&p, q->rheobase, &got);
  for (int l = 0; l < L; l++) {
    const lg_reclone_level *a = &got.level[l], *b = &q->view->level[l];
    const lg_reclone_level *a0 = q->answer ? &q->answer->level[l] : NULL;
    const lg_reclone_level *b0 = q->answer ? &q->untreated->level[l] : NULL;
    const double wanted = fmax(b->count + (a0 ? a0->count - b0->count : 0.0), 0.0);
    r[n++] = (a->count - wanted) / (0.4 + 0.03 * wanted);
    r[n++] = log_ratio(a->first_ms, b->first_ms, a0 ? &a0->first_ms : NULL, b0 ? &b0->first_ms : NULL, 0.3);
    r[n++] = log_ratio(a->interval_ms, b->interval_ms, a0 ? &a0->interval_ms : NULL, b0 ? &b0->interval_ms : NULL, 0.3);
    for (int c = 0; c < LG_RECLONE_COURSE; c++) {
      const double off = a0 ? a0->course_mV[c] - b0->course_mV[c] : 0.0;
      const double both = a->course_mV[c] - b->course_mV[c] - off;
      r[n++] = both == both ? bounded(both / (1.0 + 0.05 * fabs(b->course_mV[c])), 6.0) : 0.0;
    }
    if (l > 0) square += ((double)a->n_spikes - (double)b->n_spikes) * ((double)a->n_spikes - (double)b->n_spikes);
  }
  for (int i = 0; i < N_Z; i++) r[n++] = (x->z[i] - q->centre.z[i]) / q->width[i];
  for (size_t k = 0; k < N_R; k++) sum += r[k] * r[k];
  if (count_rmse) *count_rmse = sqrt(square / (L - 1));
  return sum;
}

static void clamp(point *x) {
  for (int i = 0; i < N_Z; i++) x->z[i] = fmin(fmax(x->z[i], lowest[i]), highest[i]);
}

static void jacobian(problem *q, const point *x, const double *r, double j[N_R][N_Z]) {
  for (int i = 0; i < q->n_free; i++) {
    point moved = *x;
    double other[N_R];
    const int p = q->free[i];
    moved.z[p] += x->z[p] + probe[p] > highest[p] ? -probe[p] : probe[p];
    (void)residuals(q, &moved, other, NULL);
    for (size_t k = 0; k < N_R; k++) j[k][i] = (other[k] - r[k]) / (moved.z[p] - x->z[p]);
  }
}

static bool step_of(const problem *q, double j[N_R][N_Z], const double *r, double lambda, double step[N_Z]) {
  lg_quadratic s = {.n = (size_t)q->n_free, .m = 0};
  double gain;
  for (size_t a = 0; a < s.n; a++) {
    s.g[a] = 0.0;
    for (size_t k = 0; k < N_R; k++) s.g[a] += j[k][a] * r[k];
    for (size_t b = 0; b < s.n; b++) {
      double h = 0.0;
      for (size_t k = 0; k < N_R; k++) h += j[k][a] * j[k][b];
      s.h[a * s.n + b] = h * (a == b ? 1.0 + lambda : 1.0);
    }
  }
  for (int i = 0; i < N_Z; i++) step[i] = 0.0;
  return lg_subset_minimum(&s, 0, step, &gain, NULL);
}

/* Broyden's update: the slope along the step becomes what was seen. */
static void update(const problem *q, double j[N_R][N_Z], const double *r0, const double *r1, const point *from,
                   const point *to) {
  double moved[N_Z], step[N_Z], norm = 0.0;
  for (int i = 0; i < q->n_free; i++) {
    moved[i] = to->z[q->free[i]] - from->z[q->free[i]];
    step[i] = moved[i] / spread[q->free[i]];
    norm += step[i] * step[i];
  }
  if (!(norm > 1e-18)) return;
  for (size_t k = 0; k < N_R; k++) {
    double seen = r1[k] - r0[k];
    for (int i = 0; i < q->n_free; i++) seen -= j[k][i] * moved[i];
    for (int i = 0; i < q->n_free; i++) j[k][i] += seen * step[i] / (norm * spread[q->free[i]]);
  }
}

/*
 * Levenberg-Marquardt with slopes by differences, taken `jacobians` times at most and carried along by Broyden's
 * updates between: at the beginning, and where the updated ones have led nowhere.
 */
static double minimise(problem *q, point *x, int rounds, int jacobians, double *count_rmse) {
  double r[N_R], trial[N_R], j[N_R][N_Z], step[N_Z], lambda = 0.03, rmse = 0.0;
  double cost = residuals(q, x, r, count_rmse);
  bool stale = true;
  memset(j, 0, sizeof j);
  for (int round = 0, refused = 0; round < rounds; round++) {
    if (stale) {
      if (jacobians-- == 0) break;
      jacobian(q, x, r, j);
      refused = 0;
    }
    if (!step_of(q, j, r, lambda, step)) break;
    point to = *x;
    for (int i = 0; i < q->n_free; i++) to.z[q->free[i]] += bounded(step[i], spread[q->free[i]]);
    clamp(&to);
    const double other = residuals(q, &to, trial, &rmse), gain = cost - other;
    update(q, j, r, trial, x, &to);
    if (gain > 0.0) {
      *x = to;
      cost = other;
      *count_rmse = rmse;
      memcpy(r, trial, sizeof r);
      lambda = fmax(lambda * 0.3, 1e-4);
      refused = 0;
      stale = gain < 0.02 * cost;
    } else {
      lambda = fmin(lambda * 6.0, 1e4);
      stale = ++refused == 3;
    }
  }
  return cost;
}

void lg_reclone(const lg_reclone_view *view, double rheobase_pA, double C_pF, lg_reclone_fit *fit) {
  problem q = {
      .view = view, .rheobase = rheobase_pA, .C0 = C_pF, .free = untreated_free, .n_free = N_Z, .width = spread};
  point x;
  memset(fit, 0, sizeof *fit);
  q.vr = view->rest_mV;
  q.c = view->trough_mV;
  q.vpeak = view->peak_mV;
  memcpy(q.centre.z, typical, sizeof typical);
  double least = (double)INFINITY;
  for (int start = 0; start < 3 && !(fit->count_rmse < 1.5 && start > 0); start++) {
    double rmse;
    x = q.centre;
    x.z[0] += start == 1 ? 0.8 : start == 2 ? -0.8 : 0.0;
    x.z[1] *= start == 1 ? 0.6 : start == 2 ? 1.6 : 1.0;
    const double cost = minimise(&q, &x, 40, 5, &rmse);
    if (!(cost < least)) continue;
    least = cost;
    fit->cost = cost / (double)N_R;
    fit->count_rmse = rmse;
    fit->p = params_of(&q, &x);
  }
  lg_reclone_answer(&fit->p, rheobase_pA, &fit->answer);
  fit->evaluations = q.evaluations;
}

void lg_reclone_treated(const lg_reclone_view *before, const lg_reclone_view *after, double rheobase_pA,
                        const lg_reclone_fit *untreated, lg_reclone_fit *fit) {
  const lg_izh_params *b = &untreated->p;
  problem q = {.view = after,
               .untreated = before,
               .answer = &untreated->answer,
               .rheobase = rheobase_pA,
               .C0 = b->C,
               .free = treated_free,
               .n_free = 2,
               .width = move};
  const double rest = after->rest_mV - before->rest_mV, trough = after->trough_mV - before->trough_mV,
               peak = after->peak_mV - before->peak_mV;
  memset(fit, 0, sizeof *fit);
  q.vr = b->vr + rest;
  q.c = b->c + (trough == trough ? trough : 0.0);
  q.vpeak = b->vpeak + (peak == peak ? peak : 0.0);
  q.centre = (point){{lg_ln(1e3 * b->k / b->C), b->vt - b->vr, lg_ln(100.0 * b->a), b->b / b->C, b->d / b->C, 0.0}};
  point x = q.centre;
  fit->cost = minimise(&q, &x, 16, 3, &fit->count_rmse) / (double)N_R;
  fit->p = params_of(&q, &x);
  lg_reclone_answer(&fit->p, rheobase_pA, &fit->answer);
  fit->evaluations = q.evaluations;
}
