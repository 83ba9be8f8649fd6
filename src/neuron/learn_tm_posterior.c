/* The posterior beyond the Laplace picture: samples weighed by the misfit of the free model. */
#include "neuron/learn_tm_internal.h"

#include "neuron/tm_misfit.h"

#include <math.h>
#include <string.h>

enum { NP = LG_TM_PARAMETERS, W = LG_TM_LANES, MAX_SWEEPS = 64 };

/** What the density of draws is asked of. */
typedef struct density {
  const lg_tm_desk *w;
  lg_ctx *ctx;  /* whose threads help; NULL: none */
  double scale; /* of the cost: 1 over chi2 per sample */
  const double *z;
  size_t n;
  double *log_density;
} density;

/* The most likely start potential of each sweep given theta: linear around the optimum, where all else is known. */
static double start_of(const lg_tm_desk *w, size_t sweep, const double theta[NP]) {
  const lg_tm_arrow *r = &w->arrows[sweep];
  double coupled = r->g;
  for (int p = 0; p < NP; p++) coupled += r->b[p] * (theta[p] - w->theta[p]);
  return r->c > 0.0 ? w->start[sweep] - coupled / r->c : w->start[sweep];
}

/* Groups of eight draws; spare lanes carry the last draw again. */
static lg_status weigh_groups(void *user, size_t begin, size_t end, unsigned worker) {
  density *d = user;
  (void)worker;
  for (size_t group = begin; group < end; group++) {
    lg_tm_misfit misfit = {
        .taumax_ms = d->w->pass.taumax_ms, .sigma_mV = d->w->pass.sigma_mV, .huber = d->w->pass.huber};
    double cost[W] = {0.0}, start[W];
    const double *row[W];
    for (size_t j = 0; j < W; j++) {
      const size_t k = group * W + j;
      row[j] = d->z + (k < d->n ? k : d->n - 1) * NP;
      for (size_t p = 0; p < NP; p++) misfit.theta[p][j] = row[j][p];
    }
    for (size_t s = 0; s < d->w->n_sweeps; s++) {
      for (size_t j = 0; j < W; j++) start[j] = start_of(d->w, s, row[j]);
      lg_tm_misfit_add(&misfit, &d->w->sweeps[s], start, cost);
    }
    for (size_t j = 0; j < W && group * W + j < d->n; j++) d->log_density[group * W + j] = -d->scale * cost[j];
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
static bool descend_from_best(lg_tm_desk *w, lg_tm_fit *fit) {
  double start[MAX_SWEEPS], best[NP];
  const double before = lg_tm_desk_cost(w);
  memcpy(best, w->cloud->z + w->cloud->best * NP, sizeof best);
  for (size_t s = 0; s < w->n_sweeps; s++) start[s] = start_of(w, s, best);
  if (stand_at(w, best, start)) lg_tm_desk_polish(w, 60);
  if (lg_tm_desk_cost(w) < before - 0.01) {
    lg_tm_desk_keep(w, fit);
    return true;
  }
  (void)stand_at(w, fit->theta, w->best_start);
  return false;
}

bool lg_tm_desk_posterior(lg_tm_desk *w, lg_ctx *ctx, lg_tm_fit *fit) {
  enum { DESCENTS = 2 };
  density d = {.w = w, .ctx = ctx};
  const lg_importance_task task = {.log_density = log_density,
                                   .user = &d,
                                   .low = w->opts->low,
                                   .high = w->opts->high,
                                   .draws = LG_POSTERIOR_SAMPLES,
                                   .rounds = LG_POSTERIOR_ROUNDS,
                                   .enough = LG_POSTERIOR_ENOUGH,
                                   .seed = w->opts->seed};
  if (w->n_sweeps > MAX_SWEEPS || !stand_at(w, fit->theta, w->best_start)) return false;
  for (int descents = 0;; descents++) {
    d.scale = 1.0 / fit->chi2_per_sample;
    if (!lg_importance_begin(w->cloud, fit->theta, &fit->covariance[0][0])) return false;
    if (!lg_importance_round(w->cloud, &task)) return false;
    const double gain = w->cloud->log_density[w->cloud->best] + d.scale * w->normal.cost;
    if (descents == DESCENTS || !(gain > 0.1) || !descend_from_best(w, fit)) break;
  }
  while (w->cloud->effective < task.enough && w->cloud->rounds < task.rounds)
    if (lg_cancelled(w->ctx) || !lg_importance_round(w->cloud, &task)) break;
  return w->cloud->effective > 0.0;
}
