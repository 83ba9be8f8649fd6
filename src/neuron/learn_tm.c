#include "neuron/learn_tm_internal.h"

#include "neuron/prior_tm.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef lg_tm_desk work;

enum { NP = LG_TM_PARAMETERS, MAX_WINDOWS = LG_TM_MAX_WINDOWS, MAX_NOISE = 20000 };

/** One rung of the ladder from clinging to free. */
typedef struct rung {
  double nudge, window_ms, slope_share;
  bool scaled; /* widen by the misfit itself */
  int iterations;
} rung;

#define WHOLE 1e9 /* ms: a window per sweep */

/* The first rungs are cheap and tell whether a start is in the right valley: there the misfit falls to the noise. */
static const rung scout[] = {{12.0, WHOLE, 0.3, true, 5}, {4.0, WHOLE, 0.3, true, 4}, {1.5, WHOLE, 0.3, true, 4}};
/* Ever longer windows without: for those that dwell beside a saddle. */
static const rung windows[] = {
    {0.5, WHOLE, 0.2, true, 4},  {0.15, WHOLE, 0.1, true, 4}, {0.0, 15.0, 0.1, true, 3},    {0.0, 40.0, 0.05, true, 3},
    {0.0, 40.0, 0.0, false, 12}, {0.0, 150.0, 0.0, false, 8}, {0.0, WHOLE, 0.0, false, 60},
};

lg_tm_fit_opts lg_tm_fit_opts_default(void) {
  lg_tm_fit_opts o = {.size = sizeof o, .taumax_ms = LG_TM_PRIOR_TAUMAX, .max_starts = 8};
  memcpy(o.low, lg_tm_prior_low, sizeof o.low);
  memcpy(o.high, lg_tm_prior_high, sizeof o.high);
  return o;
}

/* Sort every stride-th absolute value, at most MAX_NOISE of them; returns how many. */
static size_t sort_abs(const double *x, size_t n, double *sorted) {
  const size_t stride = n / MAX_NOISE + 1;
  size_t m = 0;
  for (size_t k = 0; k < n; k += stride) sorted[m++] = fabs(x[k]);
  qsort(sorted, m, sizeof *sorted, lg_ascending);
  return m;
}

double lg_tm_noise(const lg_tm_sweep *sweeps, size_t n_sweeps) {
  /* blocks of 64 fourth differences (variance 70 sigma^2), which are blind to slow courses; the median block is slow */
  enum { BLOCKS = 1024, LENGTH = 64 };
  double quiet[BLOCKS];
  size_t blocks = 0;
  for (size_t s = 0; s < n_sweeps; s++) {
    const size_t step = sweeps[s].n * n_sweeps / BLOCKS + LENGTH;
    for (size_t k = 2; k + LENGTH + 2 < sweeps[s].n && blocks < BLOCKS; k += step) {
      double square = 0.0;
      for (size_t j = k; j < k + LENGTH; j++) {
        const double *v = sweeps[s].v_mV + j;
        const double d = v[-2] + v[2] - 4.0 * (v[-1] + v[1]) + 6.0 * v[0];
        square += d * d;
      }
      quiet[blocks++] = square / LENGTH;
    }
  }
  qsort(quiet, blocks, sizeof *quiet, lg_ascending);
  return blocks > 0 ? sqrt(quiet[blocks / 2] / 70.0) : 0.0;
}

/* ---- windows ---------------------------------------------------------------------------------- */

static double roughness(const lg_tm_sweep *sw, size_t k) {
  const size_t r = (size_t)(1.0 / sw->dt_ms) + 1;
  const size_t a = k > r ? k - r : 0, b = k + r < sw->n ? k + r : sw->n - 1;
  double worst = fabs(sw->v_mV[b] - sw->v_mV[a]);
  for (size_t j = a; j < b; j++) {
    const double d = fabs(sw->v_mV[j + 1] - sw->v_mV[j]);
    if (d > 40.0 * sw->dt_ms) worst += 10.0 * d;
  }
  return worst + (sw->v_mV[k] > -35.0 ? 50.0 : 0.0);
}

static double local_mean(const lg_tm_sweep *sw, size_t k) {
  const size_t r = (size_t)(0.3 / sw->dt_ms) + 1;
  const size_t a = k > r ? k - r : 0, b = k + r < sw->n ? k + r : sw->n - 1;
  double sum = 0.0;
  for (size_t j = a; j <= b; j++) sum += sw->v_mV[j];
  return sum / (double)(b - a + 1);
}

static size_t next_start(const lg_tm_sweep *sw, size_t begin, double length_ms) {
  const size_t near = begin + (size_t)(0.6 * length_ms / sw->dt_ms),
               far = begin + (size_t)(1.4 * length_ms / sw->dt_ms);
  const size_t stride = (size_t)(0.2 / sw->dt_ms) + 1;
  if (far >= sw->n) return sw->n;
  size_t best = near;
  double least = 1e300;
  for (size_t k = near; k < far; k += stride) {
    const double r = roughness(sw, k);
    if (r >= least) continue;
    least = r;
    best = k;
  }
  return best;
}

/*
 * Cut the sweeps into windows. When the sweeps were whole before and `follow` is set, a window starts where the nudged
 * trajectory was (the residuals hold it): that averages the noise over 1/K, far better than a local mean near
 * threshold.
 */
static void make_windows(work *w, double length_ms, bool follow) {
  size_t first = 0;
  w->n_windows = 0;
  for (size_t s = 0; s < w->n_sweeps; s++) {
    const lg_tm_sweep *sw = &w->sweeps[s];
    for (size_t begin = 0; begin < sw->n && w->n_windows < MAX_WINDOWS;) {
      size_t end = length_ms * 1.5 / sw->dt_ms < (double)sw->n ? next_start(sw, begin, length_ms) : sw->n;
      if (w->n_windows + (w->n_sweeps - s) >= MAX_WINDOWS) end = sw->n;
      w->windows[w->n_windows] = (lg_tm_window){s, begin, end, begin == 0};
      w->start[w->n_windows++] = follow ? sw->v_mV[begin] + w->residual[first + begin] : local_mean(sw, begin);
      begin = end;
    }
    first += sw->n;
  }
}

/* ---- one start, all rungs --------------------------------------------------------------------- */

/* A start of our own: the middle of the bounds, with VT and the sodium conductance (which trade off) spread over them.
 */
static void own_start(const lg_tm_fit_opts *o, size_t number, double theta[NP]) {
  static const double vt_share[8] = {.5, .8, .2, .65, .35, .92, .08, .5};
  static const double na_share[8] = {.5, .35, .65, .4, .6, .3, .7, .9};
  for (int i = 0; i < NP; i++) theta[i] = 0.5 * (o->low[i] + o->high[i]);
  theta[8] = o->low[8] + vt_share[number % 8] * (o->high[8] - o->low[8]);
  theta[1] = o->low[1] + na_share[number % 8] * (o->high[1] - o->low[1]);
}

/* Width of the misfit beyond the noise at the present parameters, mV; 0 when the noise explains it. */
static double misfit_scale(work *w) {
  const size_t m = sort_abs(w->residual, w->total, w->sorted);
  const double scale = m > 0 ? 1.48 * w->sorted[m / 2] : 0.0;
  return scale < 1.1 * w->pass.sigma_mV ? 0.0 : scale;
}

/* Weigh by a misfit scale that fits the residuals: the one of the rung before, unless it is off by half. */
static bool settle_scale(work *w, bool scaled) {
  if (!scaled) w->pass.scale_mV = 0.0;
  if (!lg_tm_desk_shoot(w, w->theta, w->start, &w->normal, w->arrows)) return false;
  if (!scaled) return true;
  const double scale = misfit_scale(w);
  if (scale == w->pass.scale_mV || (scale > 0.67 * w->pass.scale_mV && scale < 1.5 * w->pass.scale_mV)) return true;
  w->pass.scale_mV = scale;
  return lg_tm_desk_shoot(w, w->theta, w->start, &w->normal, w->arrows);
}

static double chi2_of(const work *w) { return w->normal.chi2 / (double)w->normal.n; }

/* What a step before the last rung should bring: much while all is wrong; beside the optimum a sigma matters, because
   weaker nudging will magnify it. */
static double worthwhile(const work *w) { return chi2_of(w) < 2.0 ? 0.1 : 1e-3 * w->normal.cost; }

/*
 * Let go: ever weaker nudging over whole sweeps. Where a weaker one throws the course off (it dwells beside a saddle,
 * which nudging damps), a value between is tried first.
 */
static bool let_go(work *w) {
  enum { MAX_RUNGS = 24, HALVINGS = 3 };
  double nudge = 0.5;
  w->pass.huber = 2.0;
  w->pass.slope_share = 0.1;
  w->pass.nudge_per_ms = nudge;
  if (!settle_scale(w, true)) return false;
  lg_tm_desk_descend(w, 4, worthwhile(w));
  for (int k = 0; k < MAX_RUNGS && nudge > 0.0; k++) {
    const double before = chi2_of(w);
    double next = k + 1 == MAX_RUNGS || nudge < 0.01 ? 0.0 : 0.3 * nudge;
    for (int halving = 0;; halving++) {
      w->pass.nudge_per_ms = next;
      if (!settle_scale(w, true)) return false;
      if (halving == HALVINGS || k + 1 == MAX_RUNGS || chi2_of(w) < 3.0 * fmax(before, 1.0)) break;
      next = next > 0.0 ? sqrt(nudge * next) : 0.5 * nudge;
    }
    lg_tm_desk_descend(w, 5, worthwhile(w));
    nudge = next;
  }
  w->pass.huber = LG_TM_FREE_HUBER;
  w->pass.slope_share = 0.0;
  if (!settle_scale(w, false)) return false;
  lg_tm_desk_polish(w, 60, 0.005);
  return true;
}

/* Through the rungs of a ladder. `fresh`: from theta alone; else the windows are whole sweeps already. */
static bool climb(work *w, const rung *ladder, size_t n, bool fresh) {
  double window_ms = fresh ? 0.0 : WHOLE;
  if (fresh) w->pass.scale_mV = 0.0;
  for (size_t k = 0; k < n; k++) {
    const rung *r = &ladder[k];
    if (r->window_ms != window_ms) {
      /* the last pass of a descent may have been a refused trial: once more for the residuals of the accepted point */
      const bool follow = window_ms > 0.0;
      if (follow && !lg_tm_desk_shoot(w, w->theta, w->start, &w->normal, w->arrows)) return false;
      make_windows(w, r->window_ms, follow);
      window_ms = r->window_ms;
    }
    w->pass.nudge_per_ms = r->nudge;
    w->pass.slope_share = r->slope_share;
    w->pass.huber = r->scaled ? 2.0 : LG_TM_FREE_HUBER;
    if (!settle_scale(w, r->scaled)) return false;
    if (k + 1 < n || r->scaled) lg_tm_desk_descend(w, r->iterations, worthwhile(w));
    else lg_tm_desk_polish(w, r->iterations, 0.005);
  }
  return true;
}

static double chi2_per_freedom(const work *w) {
  return w->normal.chi2 / (double)(w->normal.n > w->n_windows + NP ? w->normal.n - w->n_windows - NP : 1);
}

void lg_tm_desk_keep(work *w, lg_tm_fit *fit) {
  memcpy(fit->theta, w->theta, sizeof fit->theta);
  memcpy(w->best_start, w->start, w->n_windows * sizeof *w->start);
  fit->chi2_per_sample = chi2_per_freedom(w);
  fit->accepted = fit->chi2_per_sample >= 0.8 && fit->chi2_per_sample <= 1.25;
  /* the residuals know the noise better than the estimate before the fit did; misfit beyond it is model error */
  if (!lg_tm_desk_covariance(w, fit->chi2_per_sample, fit->covariance))
    for (int i = 0; i < NP; i++)
      for (int j = 0; j < NP; j++) fit->covariance[i][j] = (double)NAN;
}

/* Largest misfit of all but 1 in 200 samples in units of the noise: spikes that miss show here, not in the median. */
static double misfit_tail(work *w) {
  const size_t m = sort_abs(w->residual, w->total, w->sorted);
  return m > 0 ? w->sorted[m - 1 - m / 200] / (2.81 * w->pass.sigma_mV) : (double)INFINITY;
}

/* From a scouted point to the end, by letting go or by windows; keeps it when it is the best so far. */
static void finish(work *w, const double theta[NP], bool by_windows, bool *any, lg_tm_fit *fit) {
  memcpy(w->theta, theta, sizeof w->theta);
  make_windows(w, WHOLE, false);
  w->pass.scale_mV = 0.0;
  if (!(by_windows ? climb(w, windows, sizeof windows / sizeof windows[0], false) : let_go(w))) return;
  if (!*any || chi2_per_freedom(w) < fit->chi2_per_sample) lg_tm_desk_keep(w, fit);
  *any = true;
}

/* Both ways, unless the first one does. */
static bool finish_both(work *w, const double theta[NP], bool *any, lg_tm_fit *fit) {
  finish(w, theta, false, any, fit);
  if (*any && fit->accepted && w->decrement < 0.1) return true;
  finish(w, theta, true, any, fit);
  return *any && fit->accepted;
}

/* Scout from each start; finish at once where the scout arrived in the right valley, else from the best one at the
 * end. */
static bool search(work *w, lg_tm_fit *fit) {
  enum { VALLEYS = 2 }; /* so many starts are followed to their end */
  double best[NP] = {0.0}, least = (double)INFINITY;
  bool any = false;
  unsigned tried = 0, valleys = 0;
  for (size_t k = 0; k < w->opts->max_starts && valleys < VALLEYS; k++) {
    double theta[NP];
    if (k < w->opts->n_starts) memcpy(w->theta, w->opts->starts + k * NP, sizeof w->theta);
    else own_start(w->opts, k - w->opts->n_starts, w->theta);
    tried++;
    if (!climb(w, scout, sizeof scout / sizeof scout[0], true) ||
        !lg_tm_desk_shoot(w, w->theta, w->start, &w->normal, w->arrows))
      continue;
    const double tail = misfit_tail(w);
    memcpy(theta, w->theta, sizeof theta);
    if (tail < 1.5 || chi2_of(w) < 2.0) {
      valleys++;
      if (finish_both(w, theta, &any, fit)) break;
    } else if (tail < least) {
      least = tail;
      memcpy(best, theta, sizeof best);
    }
  }
  if (valleys == 0 && least < (double)INFINITY) (void)finish_both(w, best, &any, fit);
  fit->starts = tried;
  return any;
}

static lg_status check_sweeps(lg_ctx *ctx, const lg_tm_sweep *sweeps, size_t n_sweeps, size_t *total) {
  *total = 0;
  for (size_t s = 0; s < n_sweeps; s++) {
    if (!(sweeps[s].dt_ms > 0.0) || (double)sweeps[s].n * sweeps[s].dt_ms < 10.0)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "sweep %zu is %g ms long; at least 10 ms are needed", s,
                     (double)sweeps[s].n * sweeps[s].dt_ms);
    for (size_t k = 0; k < sweeps[s].n; k++)
      if (!isfinite(sweeps[s].v_mV[k]) || !isfinite(sweeps[s].i_pA[k]))
        return lg_fail(ctx, LG_ERR_ARGUMENT, "sweep %zu, sample %zu: potential or current is not finite", s, k);
    *total += sweeps[s].n;
  }
  return *total > 0 ? LG_OK : lg_fail(ctx, LG_ERR_ARGUMENT, "no sweeps to fit");
}

lg_status lg_tm_desk_create(lg_ctx *ctx, size_t max_samples, lg_tm_desk **out) {
  lg_status status = LG_OK;
  work *w = NULL;
  *out = NULL;
  LG_NEW(ctx, w, 1);
  w->ctx = ctx;
  w->capacity = max_samples;
  LG_NEW(ctx, w->windows, MAX_WINDOWS);
  LG_NEW(ctx, w->start, MAX_WINDOWS);
  LG_NEW(ctx, w->trial_start, MAX_WINDOWS);
  LG_NEW(ctx, w->kept_start, MAX_WINDOWS);
  LG_NEW(ctx, w->best_start, MAX_WINDOWS);
  LG_NEW(ctx, w->kept_arrows, MAX_WINDOWS);
  LG_NEW(ctx, w->arrows, MAX_WINDOWS);
  LG_NEW(ctx, w->trial_arrows, MAX_WINDOWS);
  LG_NEW(ctx, w->residual, max_samples);
  LG_NEW(ctx, w->sorted, MAX_NOISE + 1);
  *out = w;
  return LG_OK;
done:
  lg_tm_desk_destroy(ctx, w);
  return status;
}

lg_status lg_tm_desk_add_cloud(lg_ctx *ctx, lg_tm_desk *w) {
  return lg_importance_create(ctx, NP, (size_t)LG_POSTERIOR_ROUNDS * LG_POSTERIOR_SAMPLES, &w->cloud);
}

void lg_tm_desk_destroy(lg_ctx *ctx, lg_tm_desk *w) {
  if (!w) return;
  lg_free(ctx, w->windows);
  lg_free(ctx, w->start);
  lg_free(ctx, w->trial_start);
  lg_free(ctx, w->kept_start);
  lg_free(ctx, w->best_start);
  lg_importance_destroy(ctx, w->cloud);
  lg_free(ctx, w->kept_arrows);
  lg_free(ctx, w->arrows);
  lg_free(ctx, w->trial_arrows);
  lg_free(ctx, w->residual);
  lg_free(ctx, w->sorted);
  lg_free(ctx, w);
}

static bool identify(lg_tm_desk *w, lg_ctx *helpers, const lg_tm_sweep *sweeps, size_t n_sweeps,
                     const lg_tm_fit_opts *opts, lg_tm_fit *fit) {
  memset(fit, 0, sizeof *fit);
  w->opts = opts;
  w->sweeps = sweeps;
  w->n_sweeps = n_sweeps;
  w->total = w->n_windows = 0;
  w->iterations = 0;
  for (size_t s = 0; s < n_sweeps; s++) {
    if (sweeps[s].n > w->capacity - w->total) return false;
    w->total += sweeps[s].n;
  }
  w->pass = (lg_tm_pass){.taumax_ms = opts->taumax_ms};
  w->pass.sigma_mV = opts->sigma_mV > 0.0 ? opts->sigma_mV : fmax(lg_tm_noise(sweeps, n_sweeps), 1e-3);
  const bool found = search(w, fit);
  if (w->cloud) w->cloud->n = 0;
  if (w->cloud && found && fit->accepted && !lg_tm_desk_posterior(w, helpers, fit)) w->cloud->n = 0;
  fit->iterations = w->iterations;
  fit->sigma_mV = w->pass.sigma_mV;
  return found;
}

bool lg_tm_identify_in(lg_tm_desk *desk, const lg_tm_sweep *sweeps, size_t n_sweeps, const lg_tm_fit_opts *opts,
                       lg_tm_fit *fit) {
  return identify(desk, NULL, sweeps, n_sweeps, opts, fit);
}

lg_importance *lg_tm_desk_cloud(const lg_tm_desk *desk) {
  return desk->cloud && desk->cloud->n > 0 ? desk->cloud : NULL;
}

lg_status lg_tm_identify(lg_ctx *ctx, const lg_tm_sweep *sweeps, size_t n_sweeps, const lg_tm_fit_opts *opts,
                         lg_tm_fit *fit, lg_posterior *posterior) {
  lg_status status = LG_OK;
  const lg_tm_fit_opts standard = lg_tm_fit_opts_default();
  lg_tm_desk *desk = NULL;
  size_t total;
  if (!opts) opts = &standard;
  if (posterior) posterior->n = 0;
  LG_TRY(check_sweeps(ctx, sweeps, n_sweeps, &total));
  LG_TRY(lg_tm_desk_create(ctx, total, &desk));
  if (posterior) LG_TRY(lg_tm_desk_add_cloud(ctx, desk));
  const bool found = identify(desk, ctx, sweeps, n_sweeps, opts, fit);
  if (lg_cancelled(ctx)) status = lg_fail(ctx, LG_ERR_CANCELLED, "interrupted after %u passes", fit->iterations);
  else if (!found) status = lg_fail(ctx, LG_ERR_NUMERICAL, "no start of the fit gave a finite trajectory");
  else if (lg_tm_desk_cloud(desk)) lg_posterior_collect(desk->cloud, lg_tm_to_natural, opts->seed, posterior);
done:
  lg_tm_desk_destroy(ctx, desk);
  return status;
}
