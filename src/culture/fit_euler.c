/*
 * The paper's regressions: forward Euler, k and one gamma for each cell (case 3), plain, Tikhonov, or inside bounds.
 *
 * Eliminating every gamma leaves one equation for k. With bounds, the same elimination written as a triangle (gammas
 * first, then k) is the exact compression of all rows; least squares inside bounds then costs O(cells²).
 */
#include "base/elementary.h"
#include "culture/methods.h"

#include <loligo/lsq.h>
#include <math.h>
#include <string.h>

culture_euler lg_culture_euler_paper(void) {
  return (culture_euler){.finer = 10,
                         .n_points = 2110,
                         .lambda = 1e-3,
                         .bounded = true,
                         .k_low = 1e-3,
                         .k_high = 0.1,
                         .gamma_low = -3e-5,
                         .gamma_high = 0.1};
}

/* Sums over the rows of one cell, b = difference over dt, a = z. */
typedef struct sums {
  double a, b, aa, ab, bb; /* means, and sums of products around them */
} sums;

typedef struct regression {
  const lg_culture_data *data;
  size_t rows;
  double dt;
  sums *cell; /* (n_inner) */
  double aa, ab, bb;
} regression;

/* z at point q of the finer grid, linear between frames. */
static double fine(const double *x, size_t q, size_t finer) {
  const size_t t = q / finer, part = q % finer;
  return part ? x[t] + (x[t + 1] - x[t]) * ((double)part / (double)finer) : x[t];
}

static void add_up(regression *r, size_t finer) {
  const lg_culture_data *d = r->data;
  for (size_t g = 0; g < d->n_inner; g++) {
    const double *x = d->x + g * d->n_times, *z = d->z + g * d->n_times;
    sums *s = &r->cell[g];
    *s = (sums){0};
    for (size_t q = 0; q < r->rows; q++) {
      s->a += fine(z, q, finer) / (double)r->rows;
      s->b += (fine(x, q + 1, finer) - fine(x, q, finer)) / r->dt / (double)r->rows;
    }
    for (size_t q = 0; q < r->rows; q++) {
      const double a = fine(z, q, finer) - s->a, b = (fine(x, q + 1, finer) - fine(x, q, finer)) / r->dt - s->b;
      s->aa += a * a, s->ab += a * b, s->bb += b * b;
    }
    r->aa += s->aa, r->ab += s->ab, r->bb += s->bb;
  }
}

/* lambda on k and on every gamma, as printed. */
static void plain(const regression *r, double lambda, culture_fit *fit) {
  const double n = (double)r->rows, ridge = lambda / (r->dt * r->dt);
  double up = r->ab, down = r->aa + ridge;
  for (size_t g = 0; g < r->data->n_inner; g++) {
    const sums *s = &r->cell[g];
    const double kept = n * ridge / (n + ridge);
    up += kept * s->a * s->b, down += kept * s->a * s->a;
  }
  fit->k = up / down;
  for (size_t g = 0; g < r->data->n_inner; g++)
    fit->gamma[g] = n * (r->cell[g].b - fit->k * r->cell[g].a) / (n + ridge);
}

/* Columns of the same length, gammas drawn to their mean: lambda (|column of k|² k² + rows sum (gamma - mean)²).
 * Returns the generalised cross-validation score. */
static double scaled(const regression *r, double lambda, culture_fit *fit) {
  const size_t cells = r->data->n_inner;
  const double n = (double)r->rows, g_n = (double)cells, kept = n * lambda / (1.0 + lambda);
  double a = 0.0, b = 0.0, spread_aa = 0.0, spread_ab = 0.0, spread_bb = 0.0, column = r->aa;
  for (size_t g = 0; g < cells; g++) {
    a += r->cell[g].a / g_n, b += r->cell[g].b / g_n;
    column += n * r->cell[g].a * r->cell[g].a;
  }
  for (size_t g = 0; g < cells; g++) {
    const double x = r->cell[g].a - a, y = r->cell[g].b - b;
    spread_aa += x * x, spread_ab += x * y, spread_bb += y * y;
  }
  const double curve = r->aa + kept * spread_aa + lambda * column;
  fit->k = (r->ab + kept * spread_ab) / curve;
  for (size_t g = 0; g < cells; g++) {
    const double own = r->cell[g].b - fit->k * r->cell[g].a, mean = b - fit->k * a;
    fit->gamma[g] = (own + lambda * mean) / (1.0 + lambda);
  }
  const double share = lambda / (1.0 + lambda);
  const double left = r->bb - 2.0 * fit->k * r->ab + fit->k * fit->k * r->aa +
                      n * share * share * (spread_bb - 2.0 * fit->k * spread_ab + fit->k * fit->k * spread_aa);
  const double freedom = g_n + 1.0 - lambda * column / curve - share * (g_n - 1.0) -
                         lambda * n * spread_aa / ((1.0 + lambda) * (1.0 + lambda) * curve);
  const double points = n * g_n, loose = 1.0 - freedom / points;
  return left / points / (loose * loose);
}

static double choose_lambda(const regression *r, culture_fit *fit) {
  double best = 0.0, least = scaled(r, 0.0, fit);
  for (int q = -32; q <= 8; q++) { /* four steps a decade, 1e-8 to 100 */
    const double lambda = lg_pow(10.0, 0.25 * q), score = scaled(r, lambda, fit);
    if (score < least) best = lambda, least = score;
  }
  (void)scaled(r, best, fit);
  return best;
}

/* The triangle of all rows and of the ridge's: gammas, then k. */
static void triangle(const regression *r, double lambda, double *a, double *b) {
  const size_t cells = r->data->n_inner, n = cells + 1;
  const double rows = (double)r->rows, dt = r->dt;
  double down = dt * dt * r->aa + lambda, up = dt * dt * r->ab;
  for (size_t g = 0; g < cells; g++) {
    const sums *s = &r->cell[g];
    const double size = sqrt(dt * dt * rows + lambda), kept = lambda / (dt * dt * rows + lambda);
    a[g * n + g] = size;
    a[g * n + cells] = dt * dt * rows * s->a / size;
    b[g] = dt * dt * rows * s->b / size;
    down += dt * dt * rows * s->a * s->a * kept;
    up += dt * dt * rows * s->a * s->b * kept;
  }
  a[cells * n + cells] = sqrt(down);
  b[cells] = up / sqrt(down);
}

static lg_status bounded(lg_ctx *ctx, const regression *r, const culture_euler *o, culture_fit *fit,
                         culture_euler_result *out) {
  lg_status status = LG_OK;
  const size_t cells = r->data->n_inner, n = cells + 1;
  double *a = NULL, *b = NULL;
  signed char *active = NULL;
  LG_NEW(ctx, a, n * n);
  LG_NEW(ctx, b, 4 * n);
  LG_NEW(ctx, active, n);
  double *low = b + n, *high = low + n, *x = high + n;
  triangle(r, isnan(o->lambda) ? 0.0 : o->lambda, a, b);
  for (size_t g = 0; g < cells; g++) low[g] = o->gamma_low, high[g] = o->gamma_high;
  low[cells] = o->k_low, high[cells] = o->k_high;
  LG_TRY(lg_lsq_bounded(ctx, n, n, a, b, low, high, NULL, x, active, NULL));
  memcpy(fit->gamma, x, cells * sizeof *x);
  fit->k = x[cells];
  out->k_at_bound = active[cells] != 0;
  for (size_t g = 0; g < n; g++) out->n_active += active[g] != 0;
  if (out->at_bound) memcpy(out->at_bound, active, cells);
done:
  lg_free(ctx, a);
  lg_free(ctx, b);
  lg_free(ctx, active);
  return status;
}

/* What the regression can know of k: docs of culture_euler_result. */
static void diagnose(const regression *r, culture_euler_result *out) {
  double levels = 0.0;
  for (size_t g = 0; g < r->data->n_inner; g++) levels += (double)r->rows * r->cell[g].a * r->cell[g].a;
  const double share = sqrt(levels / (levels + r->aa));
  out->condition = sqrt((1.0 + share) / (1.0 - share));
  out->signal = r->aa;
}

lg_status lg_culture_fit_euler(lg_ctx *ctx, const lg_culture_data *d, const culture_euler *o, culture_fit *fit,
                               culture_euler_result *result) {
  lg_status status = LG_OK;
  regression r = {.data = d, .dt = 1.0 / (double)o->finer};
  culture_euler_result out = {.at_bound = result ? result->at_bound : NULL};
  if (o->finer < 1 || o->finer > 100)
    return lg_fail(ctx, LG_ERR_RANGE, "%u points a frame; 1 to 100 are allowed", o->finer);
  const size_t all = (d->n_times - 1) * o->finer;
  r.rows = o->n_points && o->n_points - 1 < all ? o->n_points - 1 : all;
  if (r.rows < 4) return lg_fail(ctx, LG_ERR_RANGE, "%zu points are too few for a regression", r.rows + 1);
  LG_NEW(ctx, r.cell, d->n_inner);
  add_up(&r, o->finer);
  if (!(r.aa > 0.0)) LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "neighbours never differ: nothing tells k"));
  diagnose(&r, &out);
  out.lambda = o->lambda;
  if (out.at_bound) memset(out.at_bound, 0, d->n_inner);
  if (o->bounded) LG_TRY(bounded(ctx, &r, o, fit, &out));
  else if (isnan(o->lambda)) out.lambda = choose_lambda(&r, fit);
  else plain(&r, o->lambda, fit);
  if (result) *result = out;
done:
  lg_free(ctx, r.cell);
  return status;
}
