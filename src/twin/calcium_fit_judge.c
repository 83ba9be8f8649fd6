/* Cost, curvature, intervals, profiles, coverage of a fit of calcium waves. */
#include "base/elementary.h"
#include "twin/calcium_fit_internal.h"

#include <math.h>
#include <string.h>

/* Differences: a thousandth of a constant; 0.01 ms of t0. */
static double difference(const fit_desk *d, size_t u) { return lg_calcium_fit_is_time(&d->unknowns[u]) ? 1e-2 : 1e-3; }

/* Column 0 is the point, column u + 1 the point moved along unknown u. */
static void run_column(fit_desk *d, fit_job *job, size_t column) {
  double x[CALCIUM_FIT_MOST];
  memcpy(x, d->point, d->n * sizeof *x);
  if (column > 0) x[column - 1] += d->step[column - 1];
  d->good[column] = lg_calcium_fit_evaluate(d, job, x, d->columns + column * d->m, NULL);
}

static lg_status work(void *user, size_t begin, size_t end, unsigned worker) {
  fit_desk *d = user;
  for (size_t k = begin; k < end; k++) run_column(d, &d->jobs[worker], k);
  return LG_OK;
}

bool lg_calcium_fit_cost(void *user, const double *x, double *cost, double *a, double *g) {
  fit_desk *d = user;
  const size_t columns = a ? d->n + 1 : 1, n = d->n;
  memcpy(d->point, x, n * sizeof *x);
  for (size_t u = 0; u < n; u++) {
    d->step[u] = d->lm.fixed[u] ? 0.0 : difference(d, u);
    if (x[u] + d->step[u] > d->lm.high[u]) d->step[u] = -d->step[u];
  }
  if (d->ctx && columns > 1) LG_IGNORE(lg_parallel_for(d->ctx, columns, 1, work, d));
  else
    for (size_t k = 0; k < columns; k++) run_column(d, &d->jobs[0], k);
  for (size_t k = 0; k < columns; k++)
    if (!d->good[k]) return false;
  *cost = 0.0;
  for (size_t k = 0; k < d->m; k++) *cost += 0.5 * d->columns[k] * d->columns[k];
  if (!a) return true;
  for (size_t u = 0; u < n; u++) {
    double *column = d->columns + (u + 1) * d->m;
    for (size_t k = 0; k < d->m; k++) column[k] = d->step[u] != 0.0 ? (column[k] - d->columns[k]) / d->step[u] : 0.0;
  }
  for (size_t u = 0; u < n; u++) {
    const double *p = d->columns + (u + 1) * d->m;
    g[u] = 0.0;
    for (size_t k = 0; k < d->m; k++) g[u] += p[k] * d->columns[k];
    for (size_t v = 0; v <= u; v++) {
      const double *q = d->columns + (v + 1) * d->m;
      double sum = 0.0;
      for (size_t k = 0; k < d->m; k++) sum += p[k] * q[k];
      a[u * n + v] = a[v * n + u] = sum;
    }
  }
  return true;
}

lg_status lg_calcium_fit_desk_open(lg_ctx *ctx, fit_desk *d) {
  lg_status status = LG_OK;
  d->m = lg_calcium_fit_residuals(d->wave);
  LG_NEW(ctx, d->columns, (d->n + 1) * d->m);
  LG_NEW(ctx, d->good, d->n + 1);
  memset(&d->lm, 0, sizeof d->lm);
  d->lm.n = d->n;
  d->lm.fn = lg_calcium_fit_cost;
  d->lm.user = d;
  for (size_t u = 0; u < d->n; u++) {
    d->lm.low[u] = lg_calcium_fit_coordinate(&d->unknowns[u], d->unknowns[u].low);
    d->lm.high[u] = lg_calcium_fit_coordinate(&d->unknowns[u], d->unknowns[u].high);
    d->lm.x[u] = lg_calcium_fit_coordinate(&d->unknowns[u], d->unknowns[u].start);
    d->lm.centre[u] = (double)NAN;
  }
done:
  return status;
}

void lg_calcium_fit_desk_close(lg_ctx *ctx, fit_desk *d) {
  lg_free(ctx, d->columns);
  lg_free(ctx, d->good);
  d->columns = NULL;
  d->good = NULL;
}

/* ---- intervals --------------------------------------------------------------------------------------- */

static const double chi2_95 = 3.841458820694124, z_95 = 1.959963984540054;

static double in_units(const calcium_fit_unknown *u, double coordinate) {
  return lg_calcium_fit_is_time(u) ? 1e-3 * coordinate : coordinate;
}

static void set_interval(calcium_fit_unknown *u, double low, double high) {
  const double least = lg_calcium_fit_coordinate(u, u->low), most = lg_calcium_fit_coordinate(u, u->high);
  u->interval[0] = lg_calcium_fit_value(u, fmax(low, least));
  u->interval[1] = lg_calcium_fit_value(u, fmin(high, most));
  u->identified = low > least && high < most && (lg_calcium_fit_is_time(u) || high - low < 1.3862943611198906);
}

/* Where, on one side, twice the cost has risen by the quantile: steps of one sd, then between the last two. */
static double profile_end(fit_desk *d, size_t u, double sd, double side, double limit) {
  const lg_lm best = d->lm;
  const double top = best.cost + 0.5 * limit;
  double before = best.x[u], before_cost = best.cost, at = best.x[u];
  for (size_t k = 1; k <= 6; k++) {
    at = best.x[u] + side * sd * (k < 3 ? (double)k : 2.0 + 2.0 * ((double)k - 2.0));
    const bool outside = at <= best.low[u] || at >= best.high[u];
    at = fmin(fmax(at, best.low[u]), best.high[u]);
    d->lm.fixed[u] = true;
    d->lm.x[u] = at;
    if (!lg_lm_descend(&d->lm, 4, 0.01 * limit)) break;
    if (d->lm.cost >= top) {
      /* twice the cost is a parabola nearly: its root between the two */
      const double a = sqrt(fmax(0.0, before_cost - best.cost)), b = sqrt(d->lm.cost - best.cost);
      at = before + (at - before) * (sqrt(0.5 * limit) - a) / (b - a);
      break;
    }
    before = at;
    before_cost = d->lm.cost;
    if (outside) {
      at += side * 1e-6; /* the data do not exclude the bound */
      break;
    }
  }
  d->lm = best;
  return at;
}

/* The two with the widest intervals are looked at again. */
static void profile_worst(fit_desk *d, calcium_fit *f, const double *sd) {
  for (size_t round = 0; round < 2 && round < d->n; round++) {
    size_t worst = d->n;
    for (size_t u = 0; u < d->n; u++)
      if (!f->unknowns[u].profiled && (worst == d->n || sd[u] / (d->lm.high[u] - d->lm.low[u]) >
                                                            sd[worst] / (d->lm.high[worst] - d->lm.low[worst])))
        worst = u;
    const double limit = chi2_95 * f->scale * f->scale;
    const double low = profile_end(d, worst, sd[worst], -1.0, limit),
                 high = profile_end(d, worst, sd[worst], 1.0, limit);
    f->unknowns[worst].profiled = true;
    set_interval(&f->unknowns[worst], low, high);
  }
}

void lg_calcium_fit_judge(fit_desk *d, calcium_fit *f, bool profiles) {
  double covariance[CALCIUM_FIT_MOST * CALCIUM_FIT_MOST], sd[CALCIUM_FIT_MOST];
  const size_t n = d->n;
  const double dof = (double)d->m > (double)n + 1.0 ? (double)d->m - (double)n : 1.0;
  const bool known = lg_lm_covariance(&d->lm, true, covariance);
  f->n_residuals = d->m;
  f->chi2 = 2.0 * d->lm.cost / dof;
  /* errors that were told may not be made smaller by a lucky fit; others come from the scatter about it */
  const bool told = d->wave->signal == CALCIUM_ARRIVALS ? d->o->time_error_s > 0.0 : d->o->noise > 0.0;
  f->scale = told ? fmax(1.0, sqrt(f->chi2)) : sqrt(f->chi2);
  for (size_t u = 0; u < n; u++) {
    calcium_fit_unknown *it = &f->unknowns[u];
    it->value = lg_calcium_fit_value(it, d->lm.x[u]);
    sd[u] =
        known && covariance[u * n + u] > 0.0 ? f->scale * sqrt(covariance[u * n + u]) : d->lm.high[u] - d->lm.low[u];
    it->sd = in_units(it, sd[u]);
    it->profiled = false;
    set_interval(it, d->lm.x[u] - z_95 * sd[u], d->lm.x[u] + z_95 * sd[u]);
    for (size_t v = 0; v < n; v++)
      f->correlation[u * n + v] =
          known ? covariance[u * n + v] / sqrt(covariance[u * n + u] * covariance[v * n + v]) : (u == v ? 1.0 : NAN);
  }
  if (profiles && known) profile_worst(d, f, sd);
}

/* ---- coverage ---------------------------------------------------------------------------------------- */

typedef struct cover_set {
  bool failed;
  double x[CALCIUM_FIT_MOST], sd[CALCIUM_FIT_MOST]; /* coordinates */
} cover_set;

typedef struct cover {
  const fit_desk *like;
  const calcium_fit *f;
  fit_job *jobs;   /* (threads) */
  cover_set *sets; /* (coverage) */
  lg_ctx *ctx;
} cover;

/* The model at the fitted values with the noise of the fit, in place of the data. */
static void make_noisy(const cover *c, size_t set, calcium_wave *w, double *room) {
  const fit_desk *d = c->like;
  lg_rng rng = lg_rng_make(d->o->seed, 0xca1c, set);
  const double by = c->f->scale;
  size_t first = 0;
  for (size_t k = 0; k < w->n_traces; k++) {
    calcium_trace *t = &w->traces[k];
    if (w->signal == CALCIUM_ARRIVALS) {
      const double *a = c->f->arrivals + 3 * k;
      t->up_s = a[0] + by * d->time_error_s * lg_rng_normal(&rng);
      if (!isnan(t->down_s)) t->down_s = a[1] + by * d->time_error_s * lg_rng_normal(&rng);
      if (!isnan(t->peak_uM)) t->peak_uM = a[2] * (1.0 + by * d->peak_error * lg_rng_normal(&rng));
      continue;
    }
    for (size_t q = 0; q < t->n; q++) t->y[q] = c->f->fitted[first + q] + by * d->noise * lg_rng_normal(&rng);
    first += t->n;
  }
  lg_calcium_wave_measure(w, room);
}

static void copy_away(lg_ctx *ctx, calcium_wave *w) {
  for (size_t k = 0; k < w->n_traces && w->traces; k++) lg_free(ctx, w->traces[k].y);
  lg_free(ctx, w->traces);
}

static lg_status cover_one(const cover *c, size_t set, fit_job *job) {
  lg_ctx *ctx = job->ctx;
  lg_status status = LG_OK;
  fit_desk d = *c->like;
  calcium_wave w = *c->like->wave;
  double *room = NULL;
  cover_set *out = &c->sets[set];
  d.ctx = NULL;
  d.jobs = job;
  d.columns = NULL;
  d.good = NULL;
  w.traces = NULL;
  LG_NEW(ctx, room, w.n_samples + 1);
  LG_NEW(ctx, w.traces, w.n_traces);
  for (size_t k = 0; k < w.n_traces; k++) {
    w.traces[k] = c->like->wave->traces[k];
    w.traces[k].y = NULL;
  }
  for (size_t k = 0; k < w.n_traces; k++) LG_NEW(ctx, w.traces[k].y, w.traces[k].n + 1);
  make_noisy(c, set, &w, room);
  d.wave = &w;
  LG_TRY(lg_calcium_fit_desk_open(ctx, &d));
  /* not from where they were made */
  lg_rng rng = lg_rng_make(d.o->seed, 0xca1d, set);
  for (size_t u = 0; u < d.n; u++) {
    const calcium_fit_unknown *it = &c->f->unknowns[u];
    d.lm.x[u] = lg_calcium_fit_coordinate(it, it->value) +
                (lg_calcium_fit_is_time(it) ? 1.0 : 0.15) * (2.0 * lg_rng_uniform(&rng) - 1.0);
  }
  out->failed = !lg_lm_descend(&d.lm, d.o->iterations, 0.01);
  if (!out->failed) {
    calcium_fit one = {.n = d.n};
    memcpy(one.unknowns, c->f->unknowns, sizeof one.unknowns);
    lg_calcium_fit_judge(&d, &one, false);
    memcpy(out->x, d.lm.x, d.n * sizeof *out->x);
    for (size_t u = 0; u < d.n; u++)
      out->sd[u] = one.unknowns[u].sd * (lg_calcium_fit_is_time(&one.unknowns[u]) ? 1e3 : 1.0);
  }
done:
  lg_calcium_fit_desk_close(ctx, &d);
  copy_away(ctx, &w);
  lg_free(ctx, room);
  return status;
}

static lg_status cover_work(void *user, size_t begin, size_t end, unsigned worker) {
  const cover *c = user;
  for (size_t k = begin; k < end; k++) {
    if (lg_cancelled(c->ctx)) return LG_ERR_CANCELLED;
    const lg_status status = cover_one(c, k, &c->jobs[worker]);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

lg_status lg_calcium_fit_cover(lg_ctx *ctx, const fit_desk *d, calcium_fit *f) {
  lg_status status = LG_OK;
  cover c = {.like = d, .f = f, .jobs = d->jobs, .ctx = ctx};
  LG_NEW(ctx, c.sets, d->o->coverage);
  LG_TRY(lg_parallel_for(ctx, d->o->coverage, 1, cover_work, &c));
  for (size_t u = 0; u < d->n; u++) {
    calcium_fit_unknown *it = &f->unknowns[u];
    const double truth = lg_calcium_fit_coordinate(it, it->value);
    double sum = 0.0;
    it->covered = 0;
    f->coverage_done = f->coverage_failed = 0;
    for (size_t k = 0; k < d->o->coverage; k++) {
      const cover_set *s = &c.sets[k];
      f->coverage_failed += s->failed;
      if (s->failed) continue;
      const double error = s->x[u] - truth;
      f->coverage_done++;
      it->covered += fabs(error) <= z_95 * s->sd[u];
      sum += error * error;
    }
    it->spread = in_units(it, sqrt(sum / fmax(1.0, (double)f->coverage_done)));
  }
done:
  lg_free(ctx, c.sets);
  return status;
}
