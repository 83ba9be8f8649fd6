#include "culture/bootstrap.h"

#include "base/elementary.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GRID = 61, MIDDLE = GRID / 2 };

/* ln of the factor from the middle of the grid to its ends: 4; points are denser near the middle. */
static const double reach = 1.3862943611198906;

culture_bootstrap lg_culture_bootstrap_default(void) {
  return (culture_bootstrap){.what = CULTURE_TIME_BLOCKS, .block = 30, .replicates = 1000, .level = 0.95, .seed = 1};
}

static double place(size_t q) {
  const double s = ((double)q - MIDDLE) / MIDDLE;
  return reach * s * (0.05 + 0.95 * s * s);
}

typedef struct resampling {
  const lg_culture_data *data;
  size_t n_blocks;
  double *sums;              /* (GRID, n_inner, n_blocks, 3) */
  double *by_time, *by_cell; /* weights */
  double *cell, *feed;       /* (n_inner, 3) and (n_inner) of the best point */
} resampling;

/* Squares at a point of the grid with the weights as they are; cells' sums into r->cell. */
static double squares(const resampling *r, size_t point) {
  const size_t cells = r->data->n_inner;
  const double *at = r->sums + point * cells * r->n_blocks * 3;
  double all = 0.0;
  for (size_t g = 0; g < cells; g++) {
    double s[3] = {0};
    for (size_t b = 0; b < r->n_blocks; b++)
      for (size_t q = 0; q < 3; q++) s[q] += r->by_time[b] * at[(g * r->n_blocks + b) * 3 + q];
    all += r->by_cell[g] * (s[2] - (s[0] > 1e-12 ? s[1] * s[1] / s[0] : 0.0));
    r->feed[g] = s[0] > 1e-12 ? s[1] / s[0] : (double)NAN;
  }
  return all;
}

/* ln (k/fit) of the least squares: a parabola through the best point and its neighbours. */
static double best_of(const resampling *r, bool *out_of_reach) {
  double value[GRID];
  size_t best = 0;
  for (size_t q = 0; q < GRID; q++) {
    value[q] = squares(r, q);
    if (value[q] < value[best]) best = q;
  }
  (void)squares(r, best);
  *out_of_reach = best == 0 || best == GRID - 1;
  if (*out_of_reach) return place(best);
  const double x0 = place(best - 1), x1 = place(best), x2 = place(best + 1);
  const double a = (value[best + 1] - value[best]) / (x2 - x1), b = (value[best] - value[best - 1]) / (x1 - x0);
  const double curve = (a - b) / (x2 - x0);
  return curve > 0.0 ? 0.5 * (x0 + x1) - 0.5 * b / curve : x1;
}

static void draw(lg_rng *rng, double *weights, size_t n) {
  memset(weights, 0, n * sizeof *weights);
  for (size_t k = 0; k < n; k++) weights[lg_rng_below(rng, n)] += 1.0;
}

static lg_status fill(lg_ctx *ctx, resampling *r, const bool *masked, size_t shortest, size_t block, double k) {
  lg_status status = LG_OK;
  double *scratch = NULL;
  LG_NEW(ctx, scratch, lg_culture_soe_scratch(r->data));
  for (size_t q = 0; q < GRID; q++)
    lg_culture_soe_sums(r->data, masked, shortest, block, k * lg_exp(place(q)), scratch,
                        r->sums + q * r->data->n_inner * r->n_blocks * 3);
done:
  lg_free(ctx, scratch);
  return status;
}

/* Deviations of ln k* and of the feeds over the replicates: (replicates) and (n_inner, replicates). */
static size_t replicate(resampling *r, const culture_bootstrap *o, double *of_k, double *of_gamma) {
  const size_t cells = r->data->n_inner;
  size_t lost = 0;
  bool out;
  for (size_t b = 0; b < r->n_blocks; b++) r->by_time[b] = 1.0;
  for (size_t g = 0; g < cells; g++) r->by_cell[g] = 1.0;
  const double centre = best_of(r, &out);
  memcpy(r->cell, r->feed, cells * sizeof *r->feed);
  const double wider = o->what == CULTURE_CELLS ? 1.0 : sqrt((double)r->n_blocks / ((double)r->n_blocks - 1.0));
  for (size_t k = 0; k < o->replicates; k++) {
    lg_rng rng = lg_rng_make(o->seed, 0x6375, k);
    if (o->what != CULTURE_CELLS) draw(&rng, r->by_time, r->n_blocks);
    if (o->what != CULTURE_TIME_BLOCKS) draw(&rng, r->by_cell, cells);
    of_k[k] = wider * (best_of(r, &out) - centre);
    lost += out;
    for (size_t g = 0; of_gamma && g < cells; g++)
      of_gamma[g * o->replicates + k] = isnan(r->feed[g]) ? 0.0 : wider * (r->feed[g] - r->cell[g]);
  }
  return lost;
}

static lg_status check(lg_ctx *ctx, const lg_culture_data *d, const culture_bootstrap *o) {
  if (o->replicates < 100 || o->replicates > 1000000 || !(o->level > 0.0 && o->level < 1.0))
    return lg_fail(ctx, LG_ERR_RANGE, "%zu replicates, level %g; 100 to 1e6, and between 0 and 1", o->replicates,
                   o->level);
  if (o->block < 12 || 3 * o->block > d->n_times)
    return lg_fail(ctx, LG_ERR_RANGE, "blocks of %zu frames; 12 to a third of the %zu frames are allowed", o->block,
                   d->n_times);
  return LG_OK;
}

lg_status lg_culture_resample(lg_ctx *ctx, const lg_culture_data *d, const bool *masked, size_t shortest,
                              const culture_fit *fit, const culture_bootstrap *o, culture_interval_of_k *k,
                              double *gamma_low, double *gamma_high) {
  lg_status status = LG_OK;
  resampling r = {.data = d};
  double *of_k = NULL, *of_gamma = NULL;
  LG_TRY(check(ctx, d, o));
  r.n_blocks = (d->n_times + o->block - 1) / o->block;
  LG_NEW(ctx, r.sums, GRID * d->n_inner * r.n_blocks * 3);
  LG_NEW(ctx, r.by_time, r.n_blocks + 3 * d->n_inner);
  r.by_cell = r.by_time + r.n_blocks, r.cell = r.by_cell + d->n_inner, r.feed = r.cell + d->n_inner;
  LG_NEW(ctx, of_k, o->replicates);
  if (gamma_low) LG_NEW(ctx, of_gamma, d->n_inner * o->replicates);
  LG_TRY(fill(ctx, &r, masked, shortest, o->block, fit->k));
  const size_t lost = replicate(&r, o, of_k, of_gamma);
  const double tail = 0.5 * (1.0 - o->level);
  qsort(of_k, o->replicates, sizeof *of_k, lg_ascending);
  k->low = fit->k * lg_exp(lg_quantile(of_k, o->replicates, tail));
  k->high = fit->k * lg_exp(lg_quantile(of_k, o->replicates, 1.0 - tail));
  k->open = 100 * lost >= o->replicates;
  for (size_t q = 0; k->sorted && q < o->replicates; q++) k->sorted[q] = fit->k * lg_exp(of_k[q]);
  for (size_t g = 0; of_gamma && g < d->n_inner; g++) {
    double *x = of_gamma + g * o->replicates;
    qsort(x, o->replicates, sizeof *x, lg_ascending);
    gamma_low[g] = fit->gamma[g] + lg_quantile(x, o->replicates, tail);
    gamma_high[g] = fit->gamma[g] + lg_quantile(x, o->replicates, 1.0 - tail);
  }
done:
  lg_free(ctx, r.sums);
  lg_free(ctx, r.by_time);
  lg_free(ctx, of_k);
  lg_free(ctx, of_gamma);
  return status;
}

lg_status lg_culture_profile(lg_ctx *ctx, const lg_culture_data *d, const bool *masked, size_t shortest,
                             const double *k, size_t n, double *out) {
  lg_status status = LG_OK;
  double *block = NULL;
  LG_NEW(ctx, block, lg_culture_soe_scratch(d) + 3 * d->n_inner);
  double *sums = block + lg_culture_soe_scratch(d);
  for (size_t q = 0; q < n; q++) {
    lg_culture_soe_sums(d, masked, shortest, 0, k[q], block, sums);
    out[q] = 0.0;
    for (size_t g = 0; g < d->n_inner; g++) {
      const double *s = sums + 3 * g;
      out[q] += s[2] - (s[0] > 1e-12 ? s[1] * s[1] / s[0] : 0.0);
    }
  }
done:
  lg_free(ctx, block);
  return status;
}
