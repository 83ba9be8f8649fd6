#include "twin/feature_fit.h"

#include "base/elementary.h"
#include "num/cmaes.h"
#include "num/importance.h"

#include <string.h>

enum {
  SCOUTS = 512,      /* random candidates at the start */
  POPULATION = 16,   /* of CMA-ES */
  MAX_RUNS = 8,      /* from the best scouts */
  FINALISTS = 2,     /* runs that go on after a quarter of the way */
  GENERATIONS = 140, /* at most, of each run */
  POLISH = 60,       /* at most, of the last run: from the best point, all sweeps, fine steps */
  CLOUD = 256,       /* samples of a round of importance sampling */
  CLOUD_ROUNDS = 3,
};

/** What an evaluation needs; one scratch per worker. */
typedef struct search {
  const lg_feature_model *model;
  const lg_targets *targets;
  const double *z;      /* (n, n_z) candidates */
  const double *fixed;  /* (n_p) natural parameters of every lane instead, or NULL */
  size_t n;             /* a multiple of LG_LANES */
  double *terms;        /* (n, sweeps, 2) */
  double *cost, *score; /* (n) */
  lg_lane_out *out;     /* (workers) */
  double *v;            /* (workers, max_n_v, LG_LANES) */
  bool fine;            /* the steps of the model rather than those of the drive */
  const size_t *sweeps; /* (n_sweeps) those that are simulated */
  size_t n_sweeps;
  size_t evaluations;
} search;

/* Coordinates beyond the box are moved to its face; how far they were is paid for. */
static double into_box(const double *z, size_t n, double *inside) {
  double beyond = 0.0;
  for (size_t k = 0; k < n; k++) {
    inside[k] = fmin(fmax(z[k], 0.0), 1.0);
    beyond += (z[k] - inside[k]) * (z[k] - inside[k]);
  }
  return beyond;
}

/* Item = batch of eight candidates times sweep. */
static lg_status evaluate_range(void *user, size_t begin, size_t end, unsigned worker) {
  search *s = user;
  const size_t n_sweeps = s->n_sweeps, n_z = s->model->n_z;
  lg_lane_out *out = &s->out[worker];
  for (size_t item = begin; item < end; item++) {
    const size_t batch = item / n_sweeps, used = item % n_sweeps, sweep = s->sweeps[used];
    double p[LG_FEATURE_MAX_P][LG_LANES], inside[LG_FEATURE_MAX_Z], natural[LG_FEATURE_MAX_P];
    for (size_t l = 0; l < LG_LANES; l++) {
      (void)into_box(s->z + (batch * LG_LANES + l) * n_z, n_z, inside);
      s->model->natural(&s->targets->passive, inside, natural);
      for (size_t k = 0; k < s->model->n_p; k++) p[k][l] = s->fixed ? s->fixed[k] : natural[k];
    }
    const lg_target *t = &s->targets->sweeps[sweep];
    lg_lane_drive drive = t->drive;
    drive.substeps = (unsigned)ceil(drive.dt_ms / (s->fine ? s->model->step_ms : fmax(s->model->step_ms, 0.1)) - 1e-6);
    if (drive.substeps == 0) drive.substeps = 1;
    drive.calm = 4;
    out->every = t->every;
    out->v_mV = s->v + (size_t)worker * s->targets->max_n_v * LG_LANES;
    out->v0_mV = NULL;
    s->model->run(p, &drive, out);
    for (size_t l = 0; l < LG_LANES; l++)
      lg_feature_cost(s->model, s->targets, sweep, out, (int)l,
                      s->terms + ((batch * LG_LANES + l) * n_sweeps + used) * 2);
  }
  return LG_OK;
}

static lg_status evaluate(lg_ctx *ctx, search *s, const double *z, size_t n) {
  const size_t n_sweeps = s->n_sweeps, n_z = s->model->n_z;
  double inside[LG_FEATURE_MAX_Z];
  s->z = z;
  s->n = n;
  s->evaluations += n;
  const lg_status status = lg_parallel_for(ctx, n / LG_LANES * n_sweeps, 1, evaluate_range, s);
  double recorded = 0.0;
  for (size_t j = 0; j < n_sweeps; j++) recorded += s->sweeps[j] < s->targets->n ? 1.0 : 0.0;
  for (size_t k = 0; k < n; k++) {
    double common = 0.0, extra = 0.0;
    for (size_t j = 0; j < n_sweeps; j++) {
      common += s->terms[(k * n_sweeps + j) * 2];
      extra += s->terms[(k * n_sweeps + j) * 2 + 1];
    }
    s->score[k] = common / recorded;
    s->cost[k] = (common + extra) / recorded + 100.0 * into_box(z + k * n_z, n_z, inside);
  }
  return status;
}

static void note_best(const search *s, lg_feature_fit *fit) {
  const size_t n_z = s->model->n_z;
  for (size_t k = 0; k < s->n; k++) {
    if (!(s->cost[k] < fit->cost)) continue;
    fit->cost = s->cost[k];
    fit->score = s->score[k];
    (void)into_box(s->z + k * n_z, n_z, fit->z);
  }
}

/* Go on with a run; *best is the lowest cost that it has seen. */
static lg_status go_on(lg_ctx *ctx, search *s, size_t generations, double *z, lg_cmaes *es, double *best,
                       lg_feature_fit *fit) {
  lg_status status = LG_OK;
  for (size_t g = 0; g < generations && status == LG_OK; g++) {
    if (lg_cancelled(ctx)) return lg_fail(ctx, LG_ERR_CANCELLED, "the search was stopped");
    if (lg_cmaes_spread(es) < 3e-3) break;
    lg_cmaes_ask(es, z);
    status = evaluate(ctx, s, z, POPULATION);
    if (status != LG_OK) break;
    note_best(s, fit);
    for (size_t k = 0; k < POPULATION; k++) *best = fmin(*best, s->cost[k]);
    lg_cmaes_tell(es, z, s->cost);
  }
  return status;
}

/* ---- uncertainty ------------------------------------------------------------------------------ */

/* Weighted mean and covariance of the samples in z. */
static void moments(const double *z, const double *w, size_t n, size_t n_z, double *mean, double *cov) {
  memset(mean, 0, n_z * sizeof *mean);
  memset(cov, 0, n_z * n_z * sizeof *cov);
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < n_z; i++) mean[i] += w[k] * z[k * n_z + i];
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < n_z; i++)
      for (size_t j = 0; j < n_z; j++)
        cov[i * n_z + j] += w[k] * (z[k * n_z + i] - mean[i]) * (z[k * n_z + j] - mean[j]);
}

/* Samples of N(mean, axes diag(length^2) axes^T); log_q up to a constant. */
static void draw_cloud(const double *mean, const double *axes, const double *length, size_t n_z, uint64_t seed,
                       uint64_t round, double *z, double *log_q) {
  for (size_t k = 0; k < CLOUD; k++) {
    lg_rng rng = lg_rng_make(seed, 0x636c6f7564u, round * CLOUD + k); /* "cloud" */
    double y[LG_FEATURE_MAX_Z], square = 0.0;
    for (size_t j = 0; j < n_z; j++) {
      const double x = lg_rng_normal(&rng);
      y[j] = length[j] * x;
      square += x * x;
    }
    for (size_t i = 0; i < n_z; i++) {
      z[k * n_z + i] = mean[i];
      for (size_t j = 0; j < n_z; j++) z[k * n_z + i] += axes[i * n_z + j] * y[j];
    }
    log_q[k] = -0.5 * square;
  }
}

/* Weights exp(-cost/2 in units of the misfit that is left) over the density drawn from, the largest ones clipped. */
static void weigh(const search *s, const double *log_q, double scale, double *w) {
  double most = -(double)INFINITY, sum = 0.0;
  for (size_t k = 0; k < CLOUD; k++) {
    w[k] = -0.5 * s->cost[k] * scale - log_q[k];
    most = fmax(most, w[k]);
  }
  for (size_t k = 0; k < CLOUD; k++) sum += w[k] = lg_exp(fmax(w[k] - most, -700.0));
  const double ceiling = sum / sqrt((double)CLOUD);
  double clipped = 0.0;
  for (size_t k = 0; k < CLOUD; k++) clipped += w[k] = fmin(w[k], ceiling);
  for (size_t k = 0; k < CLOUD; k++) w[k] /= clipped;
}

static double quantile(const double *x, const double *w, size_t n, double share, size_t *order) {
  for (size_t k = 0; k < n; k++) {
    size_t j = k;
    for (; j > 0 && x[order[j - 1]] > x[k]; j--) order[j] = order[j - 1];
    order[j] = k;
  }
  double sum = 0.0;
  for (size_t k = 0; k < n; k++) {
    sum += w[order[k]];
    if (sum >= share) return x[order[k]];
  }
  return x[order[n - 1]];
}

/* Equally likely rows of the weighted ones. */
static void keep_samples(const double *naturals, const double *w, size_t n_p, uint64_t seed, lg_feature_fit *fit) {
  size_t index[LG_FEATURE_SAMPLES];
  double squares = 0.0;
  for (size_t k = 0; k < CLOUD; k++) squares += w[k] * w[k];
  fit->draws = CLOUD;
  fit->effective = 1.0 / squares;
  lg_resample(w, CLOUD, seed, LG_FEATURE_SAMPLES, index);
  for (size_t k = 0; k < LG_FEATURE_SAMPLES; k++)
    memcpy(fit->samples + k * n_p, naturals + index[k] * n_p, n_p * sizeof *naturals);
}

static void summarise(const search *s, const double *z, const double *w, uint64_t seed, double *column,
                      double *naturals, lg_feature_fit *fit) {
  const size_t n_z = s->model->n_z, n_p = s->model->n_p;
  double inside[LG_FEATURE_MAX_Z], y[LG_FEATURE_MAX_P], mean[LG_FEATURE_MAX_P];
  size_t order[CLOUD];
  for (size_t k = 0; k < CLOUD; k++) {
    (void)into_box(z + k * n_z, n_z, inside);
    s->model->natural(&s->targets->passive, inside, naturals + k * n_p);
  }
  keep_samples(naturals, w, n_p, seed, fit);
  moments(naturals, w, CLOUD, n_p, mean, fit->covariance);
  for (size_t p = 0; p < n_p; p++) {
    for (size_t k = 0; k < CLOUD; k++) column[k] = naturals[k * n_p + p];
    fit->sd[p] = sqrt(fit->covariance[p * n_p + p]);
    fit->low95[p] = fmin(quantile(column, w, CLOUD, 0.025, order), fit->p[p]);
    fit->high95[p] = fmax(quantile(column, w, CLOUD, 0.975, order), fit->p[p]);
  }
  for (size_t k = 0; k < CLOUD; k++) {
    s->model->to_y(naturals + k * n_p, y);
    memcpy(naturals + k * n_p, y, n_p * sizeof *y);
  }
  moments(naturals, w, CLOUD, n_p, mean, fit->covariance);
  /* parameters that are tied to each other make it singular */
  for (size_t p = 0; p < n_p; p++) fit->covariance[p * n_p + p] *= 1.001;
}

static lg_status cloud(lg_ctx *ctx, search *s, uint64_t seed, double *z, lg_feature_fit *fit) {
  lg_status status = LG_OK;
  const size_t n_z = s->model->n_z;
  double mean[LG_FEATURE_MAX_Z], cov[LG_FEATURE_MAX_Z * LG_FEATURE_MAX_Z], axes[LG_FEATURE_MAX_Z * LG_FEATURE_MAX_Z],
      value[LG_FEATURE_MAX_Z], w[CLOUD], log_q[CLOUD];
  double *column = NULL, *naturals = NULL;
  LG_NEW(ctx, column, CLOUD);
  LG_NEW(ctx, naturals, CLOUD * s->model->n_p);
  memcpy(mean, fit->z, sizeof mean);
  /* the shape of the search's covariance, at a spread of some percent of the box */
  double trace = 0.0;
  for (size_t i = 0; i < n_z; i++) trace += fit->valley[i * n_z + i];
  const double factor = 0.05 * 0.05 * (double)n_z / trace;
  for (size_t i = 0; i < n_z * n_z; i++) cov[i] = factor * fit->valley[i];
  /* each sweep gives about three independent features; what is left of the cost says how far they are off */
  const double birge = fmax(fit->cost / 3.0, 0.3), scale = (double)s->targets->n / birge;
  for (uint64_t round = 0; round < CLOUD_ROUNDS; round++) {
    double copy[LG_FEATURE_MAX_Z * LG_FEATURE_MAX_Z];
    memcpy(copy, cov, sizeof copy);
    lg_eigen_symmetric(n_z, copy, value, axes);
    for (size_t j = 0; j < n_z; j++) value[j] = sqrt(fmax(value[j], 1e-6));
    draw_cloud(mean, axes, value, n_z, seed, round, z, log_q);
    LG_TRY(evaluate(ctx, s, z, CLOUD));
    weigh(s, log_q, scale, w);
    moments(z, w, CLOUD, n_z, mean, cov);
  }
  summarise(s, z, w, seed, column, naturals, fit);
done:
  lg_free(ctx, column);
  lg_free(ctx, naturals);
  return status;
}

/* ---- which sweeps -------------------------------------------------------------------------------- */

static double largest_current(const lg_target *t) {
  double most = -(double)INFINITY;
  for (size_t k = 0; k < t->drive.n; k++) most = fmax(most, t->i_pA[k]);
  return most;
}

/* All sweeps (with those beyond the recording if asked for), those first that a search with few of them needs: the two
 * beside rheobase, then by halving what lies between the others. */
static size_t order_sweeps(const lg_targets *ts, bool beyond, size_t *order) {
  size_t n = 0, silent = SIZE_MAX, first = SIZE_MAX;
  for (size_t k = 0; k < ts->n; k++) {
    const double i = largest_current(&ts->sweeps[k]);
    if (ts->sweeps[k].n_in > 0 && (first == SIZE_MAX || i < largest_current(&ts->sweeps[first]))) first = k;
    if (ts->sweeps[k].n_in == 0 && (silent == SIZE_MAX || i > largest_current(&ts->sweeps[silent]))) silent = k;
  }
  for (size_t k = 0; beyond && k < ts->n_beyond; k++) order[n++] = ts->n + k;
  if (first != SIZE_MAX) order[n++] = first;
  if (silent != SIZE_MAX) order[n++] = silent;
  if (first != ts->n - 1 && silent != ts->n - 1) order[n++] = ts->n - 1;
  size_t step = 1;
  while (2 * step < ts->n) step *= 2;
  for (; step > 0; step /= 2)
    for (size_t k = 0; k < ts->n; k += step) {
      bool there = false;
      for (size_t j = 0; j < n; j++) there |= order[j] == k;
      if (!there) order[n++] = k;
    }
  return n;
}

/* Generations that a budget allows: long recordings get fewer, so that a clone takes about the same time. */
static size_t generations(const search *s, size_t most) {
  const double budget_ms = 6500.0; /* of one candidate on all its sweeps, at which `most` are affordable */
  double total_ms = 0.0;
  for (size_t k = 0; k < s->n_sweeps; k++) {
    const lg_lane_drive *d = &s->targets->sweeps[s->sweeps[k]].drive;
    total_ms += (double)d->n * d->dt_ms;
  }
  const double n = (double)most * fmin(1.0, budget_ms / total_ms);
  return n > 12.0 ? (size_t)n : 12;
}

/* ---- the whole -------------------------------------------------------------------------------- */

static void search_release(lg_ctx *ctx, search *s) {
  lg_free(ctx, s->terms);
  lg_free(ctx, s->cost);
  lg_free(ctx, s->score);
  lg_free(ctx, s->out);
  lg_free(ctx, s->v);
}

static lg_status search_prepare(lg_ctx *ctx, search *s) {
  lg_status status = LG_OK;
  const size_t workers = lg_ctx_threads(ctx);
  LG_NEW(ctx, s->terms, (size_t)SCOUTS * (s->targets->n + 2) * 2);
  LG_NEW(ctx, s->cost, SCOUTS);
  LG_NEW(ctx, s->score, SCOUTS);
  LG_NEW(ctx, s->out, workers);
  LG_NEW(ctx, s->v, workers * s->targets->max_n_v * LG_LANES);
done:
  return status;
}

/* Indices of the best scouts. */
static void best_scouts(const search *s, size_t best[MAX_RUNS]) {
  for (size_t r = 0; r < MAX_RUNS; r++) {
    best[r] = SIZE_MAX;
    for (size_t k = 0; k < SCOUTS; k++) {
      bool taken = false;
      for (size_t q = 0; q < r; q++) taken |= best[q] == k;
      if (!taken && (best[r] == SIZE_MAX || s->cost[k] < s->cost[best[r]])) best[r] = k;
    }
  }
}

/* All runs a quarter of the way, the best of them to the end. */
static lg_status run_all(lg_ctx *ctx, search *s, const double *scouts, const size_t *scout, uint64_t seed, double *z,
                         lg_cmaes *es, lg_feature_fit *fit) {
  lg_status status = LG_OK;
  const size_t n_z = s->model->n_z, most = generations(s, GENERATIONS);
  double best[MAX_RUNS];
  bool done[MAX_RUNS] = {false};
  for (size_t r = 0; r < s->model->runs; r++) {
    const double *from = r == 0 && s->model->typical ? s->model->typical : scouts + scout[r] * n_z;
    best[r] = (double)INFINITY;
    LG_TRY(lg_cmaes_begin(ctx, n_z, POPULATION, from, 0.2, seed, 0x636d6100u + r, &es[r]));
    LG_TRY(go_on(ctx, s, most / 4, z, &es[r], &best[r], fit));
  }
  for (size_t f = 0; f < FINALISTS && f < s->model->runs; f++) {
    size_t first = SIZE_MAX;
    for (size_t r = 0; r < s->model->runs; r++)
      if (!done[r] && (first == SIZE_MAX || best[r] < best[first])) first = r;
    done[first] = true;
    LG_TRY(go_on(ctx, s, most, z, &es[first], &best[first], fit));
  }
done:
  return status;
}

lg_status lg_feature_search(lg_ctx *ctx, const lg_feature_model *model, const lg_targets *targets, uint64_t seed,
                            lg_feature_fit *fit) {
  lg_status status = LG_OK;
  search s = {.model = model, .targets = targets};
  size_t *order = NULL;
  lg_cmaes *es = NULL;
  double *scouts = NULL, *z = NULL;
  size_t best[MAX_RUNS];
  double polished = (double)INFINITY;
  const size_t n_z = model->n_z;
  memset(fit, 0, sizeof *fit);
  fit->cost = (double)INFINITY;
  LG_NEW(ctx, order, targets->n + targets->n_beyond);
  const size_t n_order = order_sweeps(targets, model->shape, order);
  s.sweeps = order;
  s.n_sweeps = n_order < model->coarse_sweeps ? n_order : model->coarse_sweeps;
  LG_TRY(search_prepare(ctx, &s));
  LG_NEW(ctx, es, MAX_RUNS);
  LG_NEW(ctx, scouts, SCOUTS * n_z);
  LG_NEW(ctx, z, CLOUD * n_z);
  for (size_t k = 0; k < SCOUTS; k++) {
    lg_rng rng = lg_rng_make(seed, 0x73636f757473u, k); /* "scouts" */
    for (size_t i = 0; i < n_z; i++) scouts[k * n_z + i] = lg_rng_uniform(&rng);
  }
  LG_TRY(evaluate(ctx, &s, scouts, SCOUTS));
  note_best(&s, fit);
  best_scouts(&s, best);
  LG_TRY(run_all(ctx, &s, scouts, best, seed, z, es, fit));
  /* from here on all sweeps at the model's own step: the costs so far do not compare */
  s.fine = true;
  s.n_sweeps = n_order;
  fit->cost = (double)INFINITY;
  for (size_t k = 0; k < LG_LANES; k++) memcpy(z + k * n_z, fit->z, n_z * sizeof *z);
  LG_TRY(evaluate(ctx, &s, z, LG_LANES));
  note_best(&s, fit);
  LG_TRY(lg_cmaes_begin(ctx, n_z, POPULATION, fit->z, 0.03, seed, 0x636d61ffu, es));
  LG_TRY(go_on(ctx, &s, generations(&s, POLISH), z, es, &polished, fit));
  model->natural(&targets->passive, fit->z, fit->p);
  memcpy(fit->valley, es->covariance, n_z * n_z * sizeof fit->valley[0]);
  fit->evaluations = s.evaluations;
done:
  search_release(ctx, &s);
  lg_free(ctx, order);
  lg_free(ctx, es);
  lg_free(ctx, scouts);
  lg_free(ctx, z);
  return status;
}

/* The spread of a cloud needs no fine steps and few sweeps. */
lg_status lg_feature_spread(lg_ctx *ctx, const lg_feature_model *model, const lg_targets *targets, uint64_t seed,
                            lg_feature_fit *fit) {
  lg_status status = LG_OK;
  search s = {.model = model, .targets = targets};
  size_t *order = NULL;
  double *z = NULL;
  LG_NEW(ctx, order, targets->n + targets->n_beyond);
  const size_t n_order = order_sweeps(targets, model->shape, order);
  s.sweeps = order;
  s.n_sweeps = n_order < model->coarse_sweeps ? n_order : model->coarse_sweeps;
  LG_TRY(search_prepare(ctx, &s));
  LG_NEW(ctx, z, CLOUD * model->n_z);
  LG_TRY(cloud(ctx, &s, seed, z, fit));
  fit->evaluations += s.evaluations;
done:
  search_release(ctx, &s);
  lg_free(ctx, order);
  lg_free(ctx, z);
  return status;
}

lg_status lg_feature_score(lg_ctx *ctx, const lg_feature_model *model, const lg_targets *targets, const double *p,
                           double *score) {
  lg_status status = LG_OK;
  const double z[LG_LANES * LG_FEATURE_MAX_Z] = {0.0};
  search s = {.model = model, .targets = targets, .fixed = p, .fine = true};
  size_t *order = NULL;
  *score = (double)NAN;
  LG_NEW(ctx, order, targets->n);
  s.n_sweeps = order_sweeps(targets, false, order);
  s.sweeps = order;
  LG_TRY(search_prepare(ctx, &s));
  LG_TRY(evaluate(ctx, &s, z, LG_LANES));
  *score = s.score[0];
done:
  search_release(ctx, &s);
  lg_free(ctx, order);
  return status;
}
