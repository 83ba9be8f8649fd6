/* What the amortised network reads: estimates, how they differ, and what they rest on. */
#include "culture/amortised.h"

#include "base/elementary.h"
#include "culture/identify.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

const char *const lg_culture_amortised_range[CULTURE_AM_RANGES] = {"noise", "k", "cells", "frames"};

void lg_culture_features_destroy(lg_ctx *ctx, lg_culture_features *x) {
  if (!x) return;
  lg_free(ctx, x->cell);
  lg_free(ctx, x->link);
  lg_free(ctx, x->from);
  lg_free(ctx, x->inner);
  lg_free(ctx, x->gamma);
  lg_free(ctx, x);
}

lg_status lg_culture_features_new(lg_ctx *ctx, size_t n, size_t n_inner, size_t n_links, lg_culture_features **out) {
  lg_status status = LG_OK;
  lg_culture_features *x = NULL;
  *out = NULL;
  LG_NEW(ctx, x, 1);
  x->n = n, x->n_inner = n_inner, x->n_links = n_links;
  LG_NEW(ctx, x->cell, n * CULTURE_AM_CELL);
  LG_NEW(ctx, x->link, n_links * CULTURE_AM_LINK);
  LG_NEW(ctx, x->from, 2 * n_links);
  x->to = x->from + n_links;
  LG_NEW(ctx, x->inner, n_inner + n);
  x->zero = x->inner + n_inner;
  LG_NEW(ctx, x->gamma, 2 * n_inner);
  x->sd_gamma = x->gamma + n_inner;
  *out = x;
  x = NULL;
done:
  lg_culture_features_destroy(ctx, x);
  return status;
}

static double clip(double x, double reach) { return isnan(x) ? 0.0 : fmax(-reach, fmin(reach, x)); }
static double ln(double x) { return lg_ln(fmax(x, 1e-12)); }

enum { WEAK = 3, POINTS = 3 };
static const size_t weak_half[WEAK] = {6, 10, 16};
static const double nudge = 0.05; /* of ln k, for slopes */

typedef struct look {
  const lg_culture_coupling *c;
  const lg_culture_data *d;
  const bool *masked;
  size_t shortest, block, n_blocks;
  culture_fit soe, lag, weak[WEAK];
  double *whole;  /* (POINTS, n_inner, 3) squares at ln k - nudge, ln k, ln k + nudge */
  double *blocks; /* (2, n_inner, n_blocks, 3) cut at blocks, both ends */
  double *noise;  /* (n_cells) */
  double *spread; /* (n_cells) sd */
  double *jump;   /* (n_cells) sd of differences */
  double *left;   /* (n_inner) variance of what the fit leaves */
  double *count;  /* (n_inner) samples in stretches */
  double *lean;   /* (n_inner) d gamma / d ln k */
  double sd_ls, sd_blocks, sd;
} look;

static double gamma_of(const double *s) { return s[0] > 1e-12 ? s[1] / s[0] : 0.0; }
static double squares_of(const double *s) { return s[2] - gamma_of(s) * s[1]; }

/* Samples of the stretches of a cell, less the start of each and the level. */
static double free_samples(const look *w, size_t g, double *all) {
  const size_t times = w->d->n_times;
  const bool *m = w->masked + g * times;
  double n = -1.0;
  *all = 0.0;
  for (size_t s = 0, t = 1; t <= times; t++) {
    if (t < times && !m[t]) continue;
    if (t - s >= w->shortest) n += (double)(t - s) - 1.0, *all += (double)(t - s);
    s = t;
  }
  return fmax(n, 1.0);
}

/* Least-squares and block-wise standard errors of ln k. */
static void errors_of_k(look *w) {
  const size_t n = w->d->n_inner;
  double squares[POINTS] = {0}, freedom = 0.0, mean = 0.0, scatter = 0.0;
  for (size_t g = 0; g < n; g++) {
    const double f = free_samples(w, g, &w->count[g]);
    for (size_t q = 0; q < POINTS; q++) squares[q] += squares_of(w->whole + (q * n + g) * 3);
    w->left[g] = fmax(squares_of(w->whole + (n + g) * 3), 0.0) / f;
    w->lean[g] = (gamma_of(w->whole + (2 * n + g) * 3) - gamma_of(w->whole + g * 3)) / (2.0 * nudge);
    freedom += f;
  }
  const double curve = fmax((squares[0] - 2.0 * squares[1] + squares[2]) / (nudge * nudge), 1e-12);
  w->sd_ls = sqrt(2.0 * squares[1] / freedom / curve);
  for (size_t round = 0; round < 2; round++) /* mean, then scatter of the blocks' slopes */
    for (size_t b = 0; b < w->n_blocks; b++) {
      double slope = 0.0;
      for (size_t g = 0; g < n; g++) {
        const double gamma = gamma_of(w->whole + (n + g) * 3);
        const double *low = w->blocks + (g * w->n_blocks + b) * 3, *high = low + n * w->n_blocks * 3;
        slope += ((high[2] - 2.0 * gamma * high[1] + gamma * gamma * high[0]) -
                  (low[2] - 2.0 * gamma * low[1] + gamma * gamma * low[0])) /
                 (2.0 * nudge);
      }
      if (round == 0) mean += slope / (double)w->n_blocks;
      else scatter += (slope - mean) * (slope - mean);
    }
  w->sd_blocks = sqrt(scatter * (double)w->n_blocks / ((double)w->n_blocks - 1.0)) / curve;
  w->sd = fmin(sqrt(w->sd_ls * w->sd_ls + 1e-6), 2.0);
}

static lg_status estimate(lg_ctx *ctx, look *w, const culture_soe *o, bool *masked) {
  lg_status status = LG_OK;
  const lg_culture_data *d = w->d;
  double rest;
  LG_TRY(lg_culture_fit_soe(ctx, d, o, &w->soe, masked, &rest));
  LG_TRY(lg_culture_fit_lag(ctx, d, 3, &w->lag));
  for (size_t q = 0; q < WEAK; q++) LG_TRY(lg_culture_fit_weak(ctx, d, weak_half[q], 2, true, &w->weak[q], NULL));
  w->masked = masked, w->shortest = o->shortest;
  for (size_t q = 0; q < POINTS; q++)
    lg_culture_soe_sums(d, masked, o->shortest, 0, w->soe.k * lg_exp(nudge * ((double)q - 1.0)),
                        w->whole + q * d->n_inner * 3);
  for (size_t q = 0; q < 2; q++)
    lg_culture_soe_sums(d, masked, o->shortest, w->block, w->soe.k * lg_exp(nudge * (q ? 1.0 : -1.0)),
                        w->blocks + q * d->n_inner * w->n_blocks * 3);
  errors_of_k(w);
done:
  return status;
}

/* Noise and spread of every trace. @param scratch (3 n_times) */
static void describe_traces(look *w, double *scratch) {
  const lg_culture_data *d = w->d;
  for (size_t i = 0; i < d->n_cells; i++) {
    double mean = 0.0, squares = 0.0, jumps = 0.0;
    for (size_t t = 0; t < d->n_times; t++) {
      scratch[t] = d->y[t * d->n_cells + i];
      mean += scratch[t] / (double)d->n_times;
      if (t) jumps += (scratch[t] - scratch[t - 1]) * (scratch[t] - scratch[t - 1]);
    }
    for (size_t t = 0; t < d->n_times; t++) squares += (scratch[t] - mean) * (scratch[t] - mean);
    w->spread[i] = sqrt(squares / (double)d->n_times);
    w->jump[i] = sqrt(jumps / (double)d->n_times);
    w->noise[i] = fmax(lg_culture_noise(scratch, d->n_times, scratch + d->n_times), 1e-6);
  }
}

static double masked_share(const look *w, size_t g) {
  size_t n = 0;
  for (size_t t = 0; t < w->d->n_times; t++) n += w->masked[g * w->d->n_times + t];
  return (double)n / (double)w->d->n_times;
}

static void fill_cells(const look *w, lg_culture_features *x) {
  const lg_culture_data *d = w->d;
  for (size_t i = 0; i < d->n_cells; i++) {
    float *f = x->cell + i * CULTURE_AM_CELL;
    f[0] = 1.0f;
    f[1] = (float)ln(w->noise[i]);
    f[2] = (float)ln(w->spread[i]);
    f[3] = (float)ln(w->jump[i] / w->noise[i]);
    f[4] = (float)(w->c->first[i + 1] - w->c->first[i]);
    f[5] = (float)w->c->sum[i];
  }
  double middle = 0.0;
  for (size_t g = 0; g < d->n_inner; g++) middle += w->soe.gamma[g] / (double)d->n_inner;
  for (size_t g = 0; g < d->n_inner; g++) {
    const size_t i = d->inner[g];
    float *f = x->cell + i * CULTURE_AM_CELL;
    const double information = fmax(w->whole[(d->n_inner + g) * 3], 1e-9), by_k = w->lean[g] * w->sd;
    const double own = sqrt(w->left[g] / information), sd = fmax(sqrt(own * own + by_k * by_k), 1e-9);
    x->inner[g] = (int32_t)i, x->gamma[g] = w->soe.gamma[g], x->sd_gamma[g] = sd;
    f[0] = 0.0f;
    f[6] = (float)ln(sd);
    f[7] = (float)(by_k / sd);
    f[8] = (float)ln(w->left[g] / (w->noise[i] * w->noise[i]));
    f[9] = (float)masked_share(w, g);
    f[10] = (float)ln(w->count[g]);
    f[11] = (float)clip((w->lag.gamma[g] - w->soe.gamma[g]) / sd, 20.0);
    for (size_t q = 0; q < WEAK; q++) f[12 + q] = (float)clip((w->weak[q].gamma[g] - w->soe.gamma[g]) / sd, 20.0);
    f[15] = (float)clip(w->soe.gamma[g] / sd, 20.0);
    f[16] = (float)clip((w->soe.gamma[g] - middle) / sd, 20.0);
    f[17] = (float)clip(w->lean[g] / fmax(own, 1e-9) * 0.01, 20.0);
  }
}

static void fill_links(const look *w, lg_culture_features *x) {
  const lg_culture_data *d = w->d;
  for (size_t i = 0; i < d->n_cells; i++)
    for (size_t q = w->c->first[i]; q < w->c->first[i + 1]; q++) {
      const size_t j = w->c->other[q];
      double squares = 0.0, mean = 0.0;
      for (size_t t = 0; t < d->n_times; t++) {
        const double apart = d->y[t * d->n_cells + j] - d->y[t * d->n_cells + i];
        mean += apart / (double)d->n_times, squares += apart * apart / (double)d->n_times;
      }
      float *f = x->link + q * CULTURE_AM_LINK;
      x->from[q] = (int32_t)j, x->to[q] = (int32_t)i;
      f[0] = (float)(w->c->a[q] / fmax(w->c->sum[i], 1e-12));
      f[1] = (float)ln(w->noise[j] / w->noise[i]);
      f[2] = (float)ln(sqrt(fmax(squares - mean * mean, 0.0)) / w->noise[i]);
      f[3] = (float)clip(mean / sqrt(fmax(squares, 1e-12)), 1.0);
      f[4] = (float)ln(w->jump[j] / w->noise[j]);
    }
}

static lg_status fill_whole(lg_ctx *ctx, look *w, culture_law law, lg_culture_features *x) {
  lg_status status = LG_OK;
  const lg_culture_data *d = w->d;
  double *each = NULL, masked = 0.0, steep = 0.0, degree = 0.0, left = 0.0, signal = 0.0, noise;
  float *f = x->whole;
  LG_NEW(ctx, each, d->n_cells);
  memcpy(each, w->noise, d->n_cells * sizeof *each);
  noise = lg_median(each, d->n_cells);
  for (size_t g = 0; g < d->n_inner; g++) {
    const size_t i = d->inner[g];
    const double share = 1.0 / (double)d->n_inner;
    masked += share * masked_share(w, g), steep = fmax(steep, w->c->sum[i] * w->soe.k);
    degree += share * (double)(w->c->first[i + 1] - w->c->first[i]);
    left += share * ln(w->left[g] / (noise * noise));
    double mean = 0.0, squares = 0.0;
    for (size_t t = 0; t < d->n_times; t++) {
      const double z = d->z[g * d->n_times + t];
      mean += z / (double)d->n_times, squares += z * z / (double)d->n_times;
    }
    signal += share * fmax(squares - mean * mean, 0.0);
  }
  x->ln_k = lg_ln(w->soe.k), x->sd_k = w->sd;
  f[0] = (float)x->ln_k;
  f[1] = (float)ln(w->sd);
  f[2] = (float)ln(w->sd_blocks / w->sd);
  f[3] = (float)ln(w->sd_ls / w->sd);
  f[4] = (float)clip(ln(w->lag.k / w->soe.k) / w->sd, 20.0);
  for (size_t q = 0; q < WEAK; q++) f[5 + q] = (float)clip(ln(w->weak[q].k / w->soe.k) / w->sd, 20.0);
  f[8] = (float)clip(ln(w->lag.k / w->soe.k) * 10.0, 20.0);
  for (size_t q = 0; q < WEAK; q++) f[9 + q] = (float)clip(ln(w->weak[q].k / w->soe.k) * 10.0, 20.0);
  f[12] = (float)ln(noise);
  f[13] = (float)ln((double)d->n_inner);
  f[14] = (float)ln((double)d->n_times);
  f[15] = (float)masked;
  f[16] = (float)steep;
  f[17] = (float)degree;
  f[18] = (float)left;
  f[19] = (float)ln(sqrt(signal) / noise);
  f[20 + (int)law] = 1.0f;
  x->in[0] = noise, x->in[1] = w->soe.k, x->in[2] = (double)d->n_cells, x->in[3] = (double)d->n_times;
done:
  lg_free(ctx, each);
  return status;
}

static lg_status make_room(lg_ctx *ctx, look *w, double **block) {
  lg_status status = LG_OK;
  const size_t n = w->d->n_inner, cells = w->d->n_cells;
  w->n_blocks = (w->d->n_times + w->block - 1) / w->block;
  LG_NEW(ctx, *block, n * (2 + WEAK) + POINTS * n * 3 + 2 * n * w->n_blocks * 3 + 3 * cells + 3 * n);
  double *at = *block;
  w->soe.gamma = at, at += n;
  w->lag.gamma = at, at += n;
  for (size_t q = 0; q < WEAK; q++) w->weak[q].gamma = at, at += n;
  w->whole = at, at += POINTS * n * 3;
  w->blocks = at, at += 2 * n * w->n_blocks * 3;
  w->noise = at, at += cells;
  w->spread = at, at += cells;
  w->jump = at, at += cells;
  w->left = at, at += n;
  w->count = at, at += n;
  w->lean = at;
done:
  return status;
}

lg_status lg_culture_features_create(lg_ctx *ctx, const lg_culture_coupling *c, const lg_culture_data *d,
                                     culture_law law, const culture_soe *soe, bool *masked, lg_culture_features **out) {
  lg_status status = LG_OK;
  look w = {.c = c, .d = d, .block = d->n_times / 12 > 20 ? d->n_times / 12 : 20};
  lg_culture_features *x = NULL;
  double *block = NULL, *scratch = NULL;
  *out = NULL;
  if (d->n_times < CULTURE_AM_LEAST)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu frames; the network reads %d or more", d->n_times, (int)CULTURE_AM_LEAST);
  LG_TRY(make_room(ctx, &w, &block));
  LG_NEW(ctx, scratch, 3 * d->n_times);
  LG_TRY(lg_culture_features_new(ctx, d->n_cells, d->n_inner, c->first[d->n_cells], &x));
  LG_TRY(estimate(ctx, &w, soe, masked));
  describe_traces(&w, scratch);
  fill_cells(&w, x);
  fill_links(&w, x);
  LG_TRY(fill_whole(ctx, &w, law, x));
  *out = x;
  x = NULL;
done:
  lg_culture_features_destroy(ctx, x);
  lg_free(ctx, block);
  lg_free(ctx, scratch);
  return status;
}
