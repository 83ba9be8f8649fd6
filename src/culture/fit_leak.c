/*
 * A leak beside the coupling: y' = k sum_j a_ij (y_j - y_i) - beta_i y_i + gamma_i, one beta for all cells or one each.
 *
 * Squares of segmented output error by nested searches. Where neighbours are flat, k and beta do the same to a trace:
 * how much of what is known of k the leak takes away is the ratio of the profile's curvatures with beta free and fixed.
 */
#include "culture/leak.h"
#include "culture/stretch.h"

#include "base/elementary.h"
#include "num/brent.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

/* Range of the leak, per frame: a little below 0, so that none is inside. */
static const double least_leak = -0.02, most_leak = 0.5;

typedef struct search {
  const lg_culture_data *data;
  const bool *masked;
  const culture_soe *soe;
  double k, *gamma, low, high; /* of ln k */
} search;

/* Squares of one cell at a leak, with its feed. */
static double cell_squares(const search *s, size_t g, double k, double leak, double *gamma) {
  const lg_culture_data *d = s->data;
  const bool *m = s->masked + g * d->n_times;
  double sums[3] = {0};
  for (size_t from = 0, t = 1; t <= d->n_times; t++) {
    if (t < d->n_times && !m[t]) continue;
    if (t - from >= s->soe->shortest)
      lg_culture_stretch(d->x + g * d->n_times + from, d->input + g * d->n_times + from, NULL, t - from, k,
                         k * d->sum[g] + leak, sums);
    from = t;
  }
  *gamma = sums[0] > 1e-12 ? sums[1] / sums[0] : 0.0;
  return sums[2] - *gamma * sums[1];
}

static double all_squares(const search *s, double k, double leak) {
  double sum = 0.0;
  for (size_t g = 0; g < s->data->n_inner; g++)
    sum += cell_squares(s, g, k, leak, &s->gamma[g]), s->data->leak[g] = leak;
  return sum;
}

static double over_k(void *user, double log_k) {
  const search *s = user;
  return all_squares(s, lg_exp(log_k), s->data->leak[0]);
}

/* Common leak: k at its best. */
static double over_leak(void *user, double leak) {
  search *s = user;
  double least;
  for (size_t g = 0; g < s->data->n_inner; g++) s->data->leak[g] = leak;
  s->k = lg_exp(lg_brent(over_k, s, s->low, s->high, 1e-5, &least));
  return least;
}

typedef struct one_cell {
  const search *s;
  size_t g;
  double k;
} one_cell;

static double of_cell(void *user, double leak) {
  const one_cell *c = user;
  return cell_squares(c->s, c->g, c->k, leak, &c->s->gamma[c->g]);
}

/* A leak for each cell at its best. */
static double over_k_cells(void *user, double log_k) {
  const search *s = user;
  double sum = 0.0;
  for (size_t g = 0; g < s->data->n_inner; g++) {
    one_cell c = {s, g, lg_exp(log_k)};
    double least;
    s->data->leak[g] = lg_brent(of_cell, &c, least_leak, most_leak, 1e-6, &least);
    sum += of_cell(&c, s->data->leak[g]);
  }
  return sum;
}

/* Squares at a k with the leaks at their best; they stay in the data. */
static double best_at(search *s, culture_leak which, double k) {
  if (which == CULTURE_CELL_LEAK) return over_k_cells(s, lg_ln(k));
  double lowest = least_leak, highest = most_leak, least = (double)INFINITY;
  for (int it = 0; it < 60; it++) { /* golden sections: Brent over a function of k and leak would need a third struct */
    const double a = highest - 0.6180339887498949 * (highest - lowest),
                 b = lowest + 0.6180339887498949 * (highest - lowest);
    const double at_a = all_squares(s, k, a), at_b = all_squares(s, k, b);
    least = fmin(least, fmin(at_a, at_b));
    if (at_a < at_b) highest = b;
    else lowest = a;
    if (highest - lowest < 1e-6) break;
  }
  return least;
}

lg_status lg_culture_fit_leak(lg_ctx *ctx, const lg_culture_data *d, const bool *masked, const culture_soe *o,
                              culture_leak which, culture_fit *fit, double *residual_squares) {
  search s = {d, masked, o, fit->k, fit->gamma, lg_ln(o->k_low), lg_ln(o->k_high)};
  double least;
  if (!d->leak) return lg_fail(ctx, LG_ERR_INTERNAL, "data without room for leaks");
  if (which == CULTURE_CELL_LEAK) {
    fit->k = lg_exp(lg_brent(over_k_cells, &s, s.low, s.high, 1e-4, &least));
    *residual_squares = over_k_cells(&s, lg_ln(fit->k));
  } else {
    const double leak = lg_brent(over_leak, &s, least_leak, most_leak, 1e-6, &least);
    *residual_squares = over_leak(&s, leak);
    fit->k = s.k;
    (void)all_squares(&s, fit->k, leak);
  }
  return LG_OK;
}

/* The grid, the curvatures, and what they say. Leaves leaks and feeds as they were. */
lg_status lg_culture_study_leak(lg_ctx *ctx, const lg_culture_data *d, const bool *masked, const culture_soe *o,
                                culture_leak which, const culture_fit *fit, culture_leak_study *out) {
  lg_status status = LG_OK;
  const size_t n = d->n_inner;
  const double step = 0.05;
  double *block = NULL;
  size_t points = 0;
  LG_NEW(ctx, block, 3 * n);
  double *own = block, *gamma = block + n, *sorted = block + 2 * n;
  memcpy(own, d->leak, n * sizeof *own);
  memcpy(sorted, d->leak, n * sizeof *own);
  search s = {d, masked, o, fit->k, gamma, 0.0, 0.0};
  for (size_t q = 0; q < n * d->n_times; q++) points += !masked[q];
  out->median = lg_median(sorted, n);
  double fixed[3], free[3], shift[3];
  for (int q = 0; q < 3; q++) {
    const double k = fit->k * lg_exp(step * (q - 1));
    fixed[q] = 0.0;
    for (size_t g = 0; g < n; g++) fixed[q] += cell_squares(&s, g, k, own[g], &gamma[g]);
    free[q] = best_at(&s, which, k);
  }
  const double curve_fixed = fixed[0] + fixed[2] - 2.0 * fixed[1], curve_free = free[0] + free[2] - 2.0 * fixed[1];
  out->kept = curve_fixed > 0.0 ? fmin(fmax(curve_free / curve_fixed, 0.0), 1.0) : 0.0;
  /* a shift of all leaks: its own curvature with k fixed, less what k can take over */
  const double small = fmax(0.02 * fit->k, 1e-4);
  for (int q = 0; q < 3; q++) {
    shift[q] = 0.0;
    for (size_t g = 0; g < n; g++) shift[q] += cell_squares(&s, g, fit->k, own[g] + small * (q - 1), &gamma[g]);
  }
  const double curve = (shift[0] + shift[2] - 2.0 * shift[1]) / (small * small) * fmax(out->kept, 1e-6);
  out->sd = curve > 0.0 ? sqrt(2.0 * shift[1] / (double)points / curve) : (double)INFINITY;
  const double reach = fmax(fmin(4.0 * out->sd, 0.2), 2.0 * fabs(out->median));
  for (int a = 0; a < CULTURE_LEAK_GRID; a++)
    for (int b = 0; b < CULTURE_LEAK_GRID; b++) {
      const double share_k = 2.0 * a / (CULTURE_LEAK_GRID - 1) - 1.0, by = 2.0 * b / (CULTURE_LEAK_GRID - 1) - 1.0;
      double *at = &out->squares[a][b];
      out->k[a] = fit->k * lg_exp(0.6931471805599453 * share_k), out->shift[b] = reach * by;
      *at = 0.0;
      for (size_t g = 0; g < n; g++) *at += cell_squares(&s, g, out->k[a], own[g] + out->shift[b], &gamma[g]);
    }
  memcpy(d->leak, own, n * sizeof *own);
done:
  lg_free(ctx, block);
  return status;
}
