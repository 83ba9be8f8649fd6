/* The posterior beyond the Laplace picture: samples weighed by the misfit of the free model. */
#include "neuron/learn_tm_internal.h"

#include "neuron/tm_misfit.h"

#include <math.h>
#include <string.h>

enum { NP = LG_TM_PARAMETERS, W = LG_TM_LANES };

/** What the density of draws is asked of. */
typedef struct density {
  const lg_tm_desk *w;
  const lg_tm_valley *valley;
  lg_ctx *ctx; /* whose threads help; NULL: none */
  const double *z;
  size_t n;
  double *log_density;
} density;

static bool inside(const lg_tm_fit_opts *o, const double theta[NP]) {
  for (int p = 0; p < NP; p++)
    if (!(theta[p] >= o->low[p] && theta[p] <= o->high[p])) return false;
  return true;
}

/* Groups of eight draws; spare lanes carry the last draw again. */
static lg_status weigh_groups(void *user, size_t begin, size_t end, unsigned worker) {
  density *d = user;
  (void)worker;
  for (size_t group = begin; group < end; group++) {
    lg_tm_misfit misfit = {
        .taumax_ms = d->w->pass.taumax_ms, .sigma_mV = d->w->pass.sigma_mV, .huber = d->w->pass.huber};
    double cost[W], start[LG_TM_VALLEY_SWEEPS], starts[LG_TM_VALLEY_SWEEPS][W], theta[NP];
    for (size_t j = 0; j < W; j++) {
      const size_t k = group * W + j;
      lg_tm_valley_place(d->valley, d->z + (k < d->n ? k : d->n - 1) * NP, theta, start);
      cost[j] = inside(d->w->opts, theta) ? 0.0 : (double)INFINITY;
      for (size_t p = 0; p < NP; p++) misfit.theta[p][j] = theta[p];
      for (size_t s = 0; s < d->w->n_sweeps; s++) starts[s][j] = start[s];
    }
    for (size_t s = 0; s < d->w->n_sweeps; s++) lg_tm_misfit_add(&misfit, &d->w->sweeps[s], starts[s], cost);
    for (size_t j = 0; j < W && group * W + j < d->n; j++) d->log_density[group * W + j] = -d->valley->scale * cost[j];
  }
  return LG_OK;
}

static void log_density(void *user, const double *z, size_t n, double *out) {
  density *d = user;
  const size_t groups = (n + W - 1) / W;
  d->z = z;
  d->n = n;
  d->log_density = out;
  for (size_t k = 0; k < n; k++) out[k] = -(double)INFINITY; /* what a cancelled run does not reach */
  if (d->ctx) LG_IGNORE(lg_parallel_for(d->ctx, groups, 1, weigh_groups, d));
  else LG_IGNORE(weigh_groups(d, 0, groups, 0));
}

/* Back to an optimum: free windows from the start potentials that belong to it. */
static bool stand_at(lg_tm_desk *w, const double theta[NP], const double *start) {
  memcpy(w->theta, theta, sizeof w->theta);
  lg_tm_desk_set_free(w, start);
  return lg_tm_desk_shoot(w, w->theta, w->start, &w->normal, w->arrows);
}

/* A draw that fits better than the optimum shows that it is none: go down from there. True when that led lower. */
static bool descend_from_best(lg_tm_desk *w, const lg_tm_valley *valley, lg_tm_fit *fit) {
  double start[LG_TM_VALLEY_SWEEPS], best[NP];
  lg_tm_valley_place(valley, w->cloud->z + w->cloud->best * NP, best, start);
  if (stand_at(w, best, start)) lg_tm_desk_polish(w, 60, 0.005);
  if (lg_tm_desk_cost(w) < valley->cost - 0.01) {
    lg_tm_desk_keep(w, fit);
    return true;
  }
  return false;
}

/* The first round around the fit, which moves to a better optimum while draws show one. */
static bool begin(lg_tm_desk *w, const lg_importance_task *task, lg_tm_valley *valley, lg_tm_fit *fit) {
  enum { DESCENTS = 2 };
  const double origin[NP] = {0.0};
  for (int descents = 0;; descents++) {
    double covariance[NP][NP] = {{0.0}};
    if (!stand_at(w, fit->theta, w->best_start)) return false;
    lg_tm_desk_polish(w, 8, 1e-6); /* the bend is measured from where the slope is nought */
    lg_tm_desk_keep(w, fit);
    lg_tm_desk_survey(w, fit, valley);
    for (int c = 0; c < NP; c++) covariance[c][c] = valley->variance[c];
    if (!lg_importance_begin(w->cloud, origin, &covariance[0][0])) return false;
    if (!lg_importance_round(w->cloud, task)) return false;
    double here;
    log_density(task->user, origin, 1, &here);
    const double gain = w->cloud->log_density[w->cloud->best] - here;
    if (descents == DESCENTS || !(gain > 0.3) || !descend_from_best(w, valley, fit)) return true;
  }
}

bool lg_tm_desk_posterior(lg_tm_desk *w, lg_ctx *ctx, lg_tm_fit *fit) {
  lg_tm_valley valley;
  density d = {.w = w, .valley = &valley, .ctx = ctx};
  const lg_importance_task task = {.log_density = log_density,
                                   .user = &d,
                                   .draws = LG_POSTERIOR_SAMPLES,
                                   .rounds = LG_POSTERIOR_ROUNDS,
                                   .enough = LG_POSTERIOR_ENOUGH,
                                   .seed = w->opts->seed};
  double theta[NP], start[LG_TM_VALLEY_SWEEPS];
  if (w->n_sweeps > LG_TM_VALLEY_SWEEPS || !begin(w, &task, &valley, fit)) return false;
  while (w->cloud->effective < task.enough && w->cloud->rounds < task.rounds)
    if (lg_cancelled(w->ctx) || !lg_importance_round(w->cloud, &task)) break;
  for (size_t k = 0; k < w->cloud->n; k++) {
    lg_tm_valley_place(&valley, w->cloud->z + k * NP, theta, start);
    memcpy(w->cloud->z + k * NP, theta, sizeof theta);
  }
  return w->cloud->effective > 0.0;
}
