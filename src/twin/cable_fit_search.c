/* Where gradients of the potential do not lead to spikes: a population of starts, and evolution by the score of free
 * runs, which compares spikes after moving them onto each other. */
#include "twin/cable_fit_internal.h"

#include "num/cmaes.h"

#include <math.h>
#include <string.h>

enum { POPULATION = 16 };

/* ---- a population --------------------------------------------------------------------------------- */

/* Latin hypercube: each unknown's range in n slices, each slice once. */
static void draw(const cable_fit_desk *d, size_t start, size_t n, double *x) {
  for (size_t u = 0; u < d->lm.n; u++) {
    lg_rng rng = lg_rng_make(d->o->seed, 0x1a71, start * LG_LM_MOST + u);
    size_t slice[CABLE_FIT_POPULATION];
    for (size_t k = 0; k < n; k++) slice[k] = k;
    for (size_t k = n; k-- > 1;) {
      const size_t other = (size_t)lg_rng_below(&rng, k + 1), kept = slice[k];
      slice[k] = slice[other];
      slice[other] = kept;
    }
    for (size_t k = 0; k < n; k++) {
      const double share = 0.05 + 0.9 * ((double)slice[k] + lg_rng_uniform(&rng)) / (double)n;
      x[k * LG_LM_MOST + u] = d->lm.low[u] + share * (d->lm.high[u] - d->lm.low[u]);
    }
  }
}

double lg_cable_fit_populate(cable_fit_desk *d, size_t start, bool keep_passive) {
  static const size_t n = CABLE_FIT_POPULATION;
  double best = INFINITY, kept[LG_LM_MOST];
  double *x = lg_alloc(d->ctx, n * LG_LM_MOST, sizeof *x);
  if (!x) return best;
  draw(d, start, n, x);
  memcpy(kept, d->lm.x, sizeof kept);
  for (size_t k = 0; k < n && !lg_cancelled(d->ctx); k++) {
    double *at = x + k * LG_LM_MOST;
    for (size_t u = 0; u < d->lm.n; u++)
      if (keep_passive && k % 2 == 0 && d->fit->unknowns[u].passive) at[u] = kept[u];
    const double score = lg_cable_fit_score(d, at);
    if (!(score < best)) continue;
    best = score;
    memcpy(d->lm.x, at, d->lm.n * sizeof *at);
  }
  lg_free(d->ctx, x);
  return best;
}

/* ---- evolution ------------------------------------------------------------------------------------ */

typedef struct evolution {
  cable_fit_desk *d;
  size_t n, generations;
  double score, best[LG_LM_MOST]; /* the best so far, coordinates of the fit */
  double z[POPULATION * LG_LM_MOST], cost[POPULATION];
  size_t n_seen;
  double *seen; /* (generations POPULATION, n + 1) scores and points, to tell what is nearly as good */
} evolution;

/* Shares of the ranges to coordinates; what lies outside is put on the bound and costs. */
static double inside(const evolution *e, const double *z, double *x) {
  double out = 0.0;
  for (size_t u = 0; u < e->n; u++) {
    const double held = fmin(fmax(z[u], 0.0), 1.0);
    out += (z[u] - held) * (z[u] - held);
    x[u] = e->d->lm.low[u] + held * (e->d->lm.high[u] - e->d->lm.low[u]);
  }
  return out;
}

static lg_status evolve(evolution *e, const double *from, double sigma, uint64_t stream) {
  lg_status status = LG_OK;
  cable_fit_desk *d = e->d;
  lg_cmaes es;
  double mean[LG_LM_MOST];
  for (size_t u = 0; u < e->n; u++) mean[u] = (from[u] - d->lm.low[u]) / (d->lm.high[u] - d->lm.low[u]);
  LG_TRY(lg_cmaes_begin(d->ctx, e->n, POPULATION, mean, sigma, d->o->seed, stream, &es));
  for (size_t g = 0; g < e->generations && lg_cmaes_spread(&es) > 1e-3; g++) {
    LG_TRY(lg_progress(d->ctx, "evolving by spikes", g, e->generations));
    lg_cmaes_ask(&es, e->z);
    for (size_t k = 0; k < POPULATION; k++) {
      double *row = e->seen + e->n_seen++ * (e->n + 1), *x = row + 1;
      const double out = inside(e, e->z + k * e->n, x), score = lg_cable_fit_score(d, x);
      row[0] = score;
      e->cost[k] = isfinite(score) ? score + 10.0 * out : 1e3;
      if (!(score < e->score)) continue;
      e->score = score;
      memcpy(e->best, x, e->n * sizeof *x);
    }
    lg_cmaes_tell(&es, e->z, e->cost);
  }
done:
  return status;
}

/* Ranges of what scores nearly as well, in coordinates. */
static void ranges(const evolution *e, double *low, double *high) {
  const double enough = 1.15 * e->score + 0.05;
  memcpy(low, e->best, e->n * sizeof *low);
  memcpy(high, e->best, e->n * sizeof *high);
  for (size_t k = 0; k < e->n_seen; k++) {
    const double *row = e->seen + k * (e->n + 1);
    for (size_t u = 0; u < e->n && row[0] <= enough; u++) {
      low[u] = fmin(low[u], row[1 + u]);
      high[u] = fmax(high[u], row[1 + u]);
    }
  }
}

lg_status lg_cable_fit_evolve(cable_fit_desk *d, const double *from, double score, double *low, double *high,
                              double *reached) {
  lg_status status = LG_OK;
  evolution *e = NULL;
  *reached = INFINITY;
  if (d->lm.n > LG_CMAES_MAX_N) return LG_OK;
  LG_NEW(d->ctx, e, 1);
  e->d = d;
  e->n = d->lm.n;
  e->generations = d->o->generations > 0 ? d->o->generations : 60;
  e->score = score;
  memcpy(e->best, from, e->n * sizeof *from);
  LG_NEW(d->ctx, e->seen, 2 * e->generations * POPULATION * (e->n + 1));
  /* from what the gradients have found, and from a population of its own */
  LG_TRY(evolve(e, from, 0.1, 0xe701));
  memcpy(d->lm.x, from, e->n * sizeof *from);
  if (isfinite(lg_cable_fit_populate(d, 0x100, true))) {
    double other[LG_LM_MOST];
    memcpy(other, d->lm.x, sizeof other);
    LG_TRY(evolve(e, other, 0.15, 0xe702));
  }
  ranges(e, low, high);
  memcpy(d->lm.x, e->best, e->n * sizeof *from);
  *reached = e->score;
done:
  if (e) lg_free(d->ctx, e->seen);
  lg_free(d->ctx, e);
  return status;
}
