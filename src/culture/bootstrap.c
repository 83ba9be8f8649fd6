#include "culture/bootstrap.h"

#include "culture/stretch.h"

#include "base/elementary.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ln k is moved by so much for its derivative. */
static const double small_step = 1e-4;

/* ln of the ratio of the interval's ends beyond which k is not known: 16. */
static const double open_reach = 2.772588722239781;

culture_bootstrap lg_culture_bootstrap_default(void) {
  return (culture_bootstrap){.what = CULTURE_TIME_BLOCKS, .block = 30, .replicates = 1000, .level = 0.95, .seed = 1};
}

/*
 * What a frame's residual does to the fit, to first order. With f the effect of a unit feed and d that of ln k on a
 * cell's trace, both with the stretches' starts projected out, and d also with f projected out (share c_g):
 *   delta ln k = sum_g sum_t d e / sum d²,   delta gamma_g = sum_t f e / sum f² - c_g delta ln k.
 */
typedef struct influence {
  const lg_culture_data *data;
  size_t n_blocks;
  double *of_k, *of_gamma;           /* (n_inner, n_blocks) sums of d e, and of f e / sum f² */
  double *share;                     /* (n_inner) c_g */
  double curve, *block_curve;        /* sum d², and its parts (n_blocks) */
  double *by_time, *by_cell;         /* weights of a replicate */
  double *e, *f, *d, *start, *moved; /* (n_times) of one cell */
} influence;

/* pred = start of the stretch as it fades, its feed and its neighbours, for one k. Also the effects of the first two.
 */
static void predict(const lg_culture_data *data, size_t g, size_t from, size_t m, double k, double start, double gamma,
                    double *pred, double *of_start, double *of_feed) {
  const double *u = data->input + g * data->n_times + from;
  const culture_interval h = culture_interval_of(k * data->sum[g] + (data->leak ? data->leak[g] : 0.0));
  double driven = 0.0, fades = 1.0, feed = 0.0;
  for (size_t t = 0; t < m; t++) {
    if (t > 0) {
      driven = h.fade * driven + k * (h.h1 * u[t - 1] + h.h2 * (u[t] - u[t - 1]));
      fades *= h.fade;
      feed = h.fade * feed + h.h1;
    }
    pred[t] = driven + start * fades + gamma * feed;
    if (of_start) of_start[t] = fades;
    if (of_feed) of_feed[t] = feed;
  }
}

static double product(const double *a, const double *b, size_t n) {
  double sum = 0.0;
  for (size_t t = 0; t < n; t++) sum += a[t] * b[t];
  return sum;
}

/* x without its part along a unit start. */
static void project(double *x, const double *start, size_t n) {
  const double part = product(x, start, n) / product(start, start, n);
  for (size_t t = 0; t < n; t++) x[t] -= part * start[t];
}

/* One stretch: residuals and effects at its frames. */
static void look_at(influence *w, const culture_fit *fit, size_t g, size_t from, size_t m) {
  const double *y = w->data->x + g * w->data->n_times + from;
  double *e = w->e + from, *f = w->f + from, *d = w->d + from;
  predict(w->data, g, from, m, fit->k, 0.0, fit->gamma[g], e, w->start, f);
  for (size_t t = 0; t < m; t++) e[t] = y[t] - e[t];
  const double start = product(e, w->start, m) / product(w->start, w->start, m);
  for (size_t t = 0; t < m; t++) e[t] -= start * w->start[t];
  predict(w->data, g, from, m, fit->k * lg_exp(small_step), start, fit->gamma[g], d, NULL, NULL);
  predict(w->data, g, from, m, fit->k * lg_exp(-small_step), start, fit->gamma[g], w->moved, NULL, NULL);
  for (size_t t = 0; t < m; t++) d[t] = (d[t] - w->moved[t]) / (2.0 * small_step);
  project(f, w->start, m);
  project(d, w->start, m);
}

/* Sums of one cell over the blocks. Leaving out a block moves a feed by 1/(1 - its share of sum f²) of its sum, and ln
 * k by as much of its share of sum d² (below). */
static void add_cell(influence *w, size_t g, size_t block) {
  const size_t times = w->data->n_times;
  const double ff = product(w->f, w->f, times);
  w->share[g] = ff > 1e-12 ? product(w->d, w->f, times) / ff : 0.0;
  for (size_t b = 0; b < w->n_blocks; b++) {
    double of_k = 0.0, of_gamma = 0.0, own = 0.0;
    for (size_t t = b * block; t < times && t < (b + 1) * block; t++) {
      const double d = w->d[t] - w->share[g] * w->f[t];
      of_k += d * w->e[t], of_gamma += w->f[t] * w->e[t], own += w->f[t] * w->f[t];
      w->block_curve[b] += d * d;
    }
    w->of_k[g * w->n_blocks + b] = of_k;
    w->of_gamma[g * w->n_blocks + b] = ff > 1e-12 ? of_gamma / fmax(ff - own, 0.25 * ff) : 0.0;
  }
}

static void add_all(influence *w, const bool *masked, size_t shortest, size_t block, const culture_fit *fit) {
  const size_t times = w->data->n_times;
  for (size_t g = 0; g < w->data->n_inner; g++) {
    const bool *m = masked + g * times;
    memset(w->e, 0, 3 * times * sizeof *w->e); /* and f, d */
    for (size_t s = 0, t = 1; t <= times; t++) {
      if (t < times && !m[t]) continue;
      if (t - s >= shortest) look_at(w, fit, g, s, t - s);
      s = t;
    }
    add_cell(w, g, block);
  }
  for (size_t b = 0; b < w->n_blocks; b++) w->curve += w->block_curve[b];
  for (size_t b = 0; b < w->n_blocks && w->curve > 0.0; b++)
    for (size_t g = 0; g < w->data->n_inner; g++)
      w->of_k[g * w->n_blocks + b] /= fmax(1.0 - w->block_curve[b] / w->curve, 0.25);
}

static void draw(lg_rng *rng, double *weights, size_t n) {
  memset(weights, 0, n * sizeof *weights);
  for (size_t k = 0; k < n; k++) weights[lg_rng_below(rng, n)] += 1.0;
}

/* Deviations of ln k* and of the feeds over the replicates: (replicates) and (n_inner, replicates). */
static void replicate(influence *w, const culture_bootstrap *o, double *of_k, double *of_gamma) {
  const size_t cells = w->data->n_inner, blocks = w->n_blocks;
  const double wider = blocks > 3 ? sqrt((double)blocks / ((double)blocks - 3.0)) : 3.0; /* blocks are few */
  for (size_t q = 0; q < o->replicates; q++) {
    lg_rng rng = lg_rng_make(o->seed, 0x6375, q);
    draw(&rng, w->by_time, blocks);
    for (size_t g = 0; g < cells; g++) w->by_cell[g] = 1.0;
    if (o->what != CULTURE_TIME_BLOCKS) draw(&rng, w->by_cell, cells);
    double sum = 0.0;
    for (size_t g = 0; g < cells; g++) {
      double own = 0.0;
      for (size_t b = 0; b < blocks; b++)
        own += (o->what == CULTURE_CELLS ? 1.0 : w->by_time[b]) * w->of_k[g * blocks + b];
      sum += w->by_cell[g] * own;
    }
    of_k[q] = (o->what == CULTURE_CELLS ? 1.0 : wider) * sum / w->curve;
    for (size_t g = 0; of_gamma && g < cells; g++) {
      double own = 0.0;
      for (size_t b = 0; b < blocks; b++) own += w->by_time[b] * w->of_gamma[g * blocks + b];
      of_gamma[g * o->replicates + q] = wider * own - w->share[g] * of_k[q];
    }
  }
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

static lg_status make_influence(lg_ctx *ctx, const lg_culture_data *d, size_t block, influence *w) {
  lg_status status = LG_OK;
  w->data = d;
  w->n_blocks = (d->n_times + block - 1) / block;
  LG_NEW(ctx, w->of_k, 2 * d->n_inner * w->n_blocks + 2 * d->n_inner + 2 * w->n_blocks + 5 * d->n_times);
  w->of_gamma = w->of_k + d->n_inner * w->n_blocks, w->share = w->of_gamma + d->n_inner * w->n_blocks;
  w->by_cell = w->share + d->n_inner, w->by_time = w->by_cell + d->n_inner;
  w->block_curve = w->by_time + w->n_blocks;
  w->e = w->block_curve + w->n_blocks, w->f = w->e + d->n_times, w->d = w->f + d->n_times;
  w->start = w->d + d->n_times, w->moved = w->start + d->n_times;
done:
  return status;
}

lg_status lg_culture_resample(lg_ctx *ctx, const lg_culture_data *d, const bool *masked, size_t shortest,
                              const culture_fit *fit, const culture_bootstrap *o, culture_interval_of_k *k,
                              double *gamma_low, double *gamma_high) {
  lg_status status = LG_OK;
  influence w = {0};
  double *of_k = NULL, *of_gamma = NULL;
  LG_TRY(check(ctx, d, o));
  LG_TRY(make_influence(ctx, d, o->block, &w));
  LG_NEW(ctx, of_k, o->replicates);
  if (gamma_low) LG_NEW(ctx, of_gamma, d->n_inner * o->replicates);
  add_all(&w, masked, shortest, o->block, fit);
  k->low = 0.0, k->high = (double)INFINITY, k->open = true;
  for (size_t q = 0; k->sorted && q < o->replicates; q++) k->sorted[q] = fit->k;
  if (!(w.curve > 0.0)) goto done; /* nothing says anything of k */
  replicate(&w, o, of_k, of_gamma);
  const double tail = 0.5 * (1.0 - o->level);
  qsort(of_k, o->replicates, sizeof *of_k, lg_ascending);
  const double low = lg_quantile(of_k, o->replicates, tail), high = lg_quantile(of_k, o->replicates, 1.0 - tail);
  k->open = high - low > open_reach;
  k->low = fit->k * lg_exp(fmax(low, -20.0)), k->high = fit->k * lg_exp(fmin(high, 20.0));
  for (size_t q = 0; k->sorted && q < o->replicates; q++)
    k->sorted[q] = fit->k * lg_exp(fmin(fmax(of_k[q], -20.0), 20.0));
  for (size_t g = 0; of_gamma && g < d->n_inner; g++) {
    double *x = of_gamma + g * o->replicates;
    qsort(x, o->replicates, sizeof *x, lg_ascending);
    gamma_low[g] = fit->gamma[g] + lg_quantile(x, o->replicates, tail);
    gamma_high[g] = fit->gamma[g] + lg_quantile(x, o->replicates, 1.0 - tail);
  }
done:
  lg_free(ctx, w.of_k);
  lg_free(ctx, of_k);
  lg_free(ctx, of_gamma);
  return status;
}

lg_status lg_culture_profile(lg_ctx *ctx, const lg_culture_data *d, const bool *masked, size_t shortest,
                             const double *k, size_t n, double *out) {
  lg_status status = LG_OK;
  double *block = NULL;
  LG_NEW(ctx, block, 3 * d->n_inner);
  for (size_t q = 0; q < n; q++) {
    lg_culture_soe_sums(d, masked, shortest, 0, k[q], block);
    out[q] = 0.0;
    for (size_t g = 0; g < d->n_inner; g++) {
      const double *s = block + 3 * g;
      out[q] += s[2] - (s[0] > 1e-12 ? s[1] * s[1] / s[0] : 0.0);
    }
  }
done:
  lg_free(ctx, block);
  return status;
}
