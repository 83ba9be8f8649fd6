#include "axon/spread_model.h"

#include "base/elementary.h"
#include "num/cholesky.h"

#include <math.h>
#include <string.h>

enum { S = AXON_SPREAD_SEEN, T = AXON_SPREAD_TOLD, Q = AXON_PREDICTED, WIDTHS = 4, NOISES = 3, FEWEST = 20 };
static const double widths[WIDTHS] = {1.5, 2.0, 3.0, 5.0}, noises[NOISES] = {3e-2, 1e-2, 3e-3};

/* ---- what is seen and told --------------------------------------------------------------------------------- */

static void see(const float *strain, const double *out, double *x) {
  float f[6];
  lg_axon_net_input(AXON_LAYOUT_FEATURES, strain, f);
  lg_axon_transform(out, x);
  x[Q] = lg_ln(fmax((double)f[0], 0.0) + 0.02); /* small profiles matter as much as large ones */
  x[Q + 1] = (double)f[1];
  x[Q + 2] = (double)f[2];
  x[Q + 3] = lg_ln(fmax((double)f[3], 0.0) + 0.05);
  x[Q + 4] = lg_ln(fmax((double)f[4], 0.0) + 0.02);
  x[Q + 5] = (double)f[5];
}

static void told_of(const double *out, const double *mean, const double *sd, double *y) {
  double reference[Q];
  lg_axon_transform(out, reference);
  lg_axon_transform(mean, y);
  for (size_t q = 0; q < Q; q++) {
    y[q] -= reference[q];
    y[Q + q] = lg_ln(sd[q] / mean[q]);
  }
}

static void untell(const double *out, const double *y, double *mean, double *sd) {
  double t[Q];
  lg_axon_transform(out, t);
  for (size_t q = 0; q < Q; q++) t[q] += y[q];
  lg_axon_transform_back(t, mean);
  for (size_t q = 0; q < Q; q++) sd[q] = lg_exp(y[Q + q]) * mean[q];
}

/* ---- regression -------------------------------------------------------------------------------------------- */

static double kernel(const double *a, const double *b, double width) {
  double d2 = 0.0;
  for (size_t k = 0; k < S; k++) d2 += (a[k] - b[k]) * (a[k] - b[k]);
  return lg_exp(-0.5 * d2 / (width * width));
}

static void mean_and_sd(const double *x, size_t n, size_t width, double *mean, double *sd) {
  for (size_t k = 0; k < width; k++) {
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) sum += x[i * width + k];
    mean[k] = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (x[i * width + k] - mean[k]) * (x[i * width + k] - mean[k]);
    if (sd) sd[k] = fmax(sqrt(squares / (double)n), 1e-9);
  }
}

/* Room of a fit to n examples. */
typedef struct room {
  double *seen, *told, *known, *weights, *matrix, *column;
} room;

/* Fit to the n rows of seen and told; matrix (n, n), column (n). */
static bool fit(const room *r, size_t n, double width, double noise, lg_axon_spread_model *m) {
  m->n_known = n;
  m->known = r->known;
  m->weights = r->weights;
  m->width = width;
  m->noise = noise;
  mean_and_sd(r->seen, n, S, m->seen_mean, m->seen_sd);
  mean_and_sd(r->told, n, T, m->told_mean, NULL);
  for (size_t i = 0; i < n * S; i++) r->known[i] = (r->seen[i] - m->seen_mean[i % S]) / m->seen_sd[i % S];
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++)
      r->matrix[i * n + j] = kernel(r->known + i * S, r->known + j * S, width) + (i == j ? noise : 0.0);
  if (!lg_cholesky(n, r->matrix)) return false;
  for (size_t t = 0; t < T; t++) {
    for (size_t i = 0; i < n; i++) r->column[i] = r->told[i * T + t] - m->told_mean[t];
    lg_cholesky_solve(n, r->matrix, r->column);
    for (size_t i = 0; i < n; i++) r->weights[i * T + t] = r->column[i];
  }
  return true;
}

static void tell_raw(const lg_axon_spread_model *m, const double *seen, double *y) {
  double x[S];
  for (size_t k = 0; k < S; k++) x[k] = (seen[k] - m->seen_mean[k]) / m->seen_sd[k];
  memcpy(y, m->told_mean, T * sizeof *y);
  for (size_t i = 0; i < m->n_known; i++) {
    const double near = kernel(x, m->known + i * S, m->width);
    for (size_t t = 0; t < T; t++) y[t] += near * m->weights[i * T + t];
  }
}

void lg_axon_spread_tell(const lg_axon_spread_model *model, const float *strain, const double out[Q], double mean[Q],
                         double sd[Q]) {
  double seen[S], y[T];
  see(strain, out, seen);
  tell_raw(model, seen, y);
  untell(out, y, mean, sd);
}

/* ---- cross-validation -------------------------------------------------------------------------------------- */

/* Every example told by the other parts, (n, T). */
static bool tell_each(const double *seen, const double *told, size_t n, size_t folds, double width, double noise,
                      const room *r, double *said) {
  lg_axon_spread_model m = {0};
  for (size_t fold = 0; fold < folds; fold++) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
      if (i % folds == fold) continue;
      memcpy(r->seen + kept * S, seen + i * S, S * sizeof *seen);
      memcpy(r->told + kept * T, told + i * T, T * sizeof *told);
      kept++;
    }
    if (!fit(r, kept, width, noise, &m)) return false;
    for (size_t i = fold; i < n; i += folds) tell_raw(&m, seen + i * S, said + i * T);
  }
  return true;
}

/* Mean over what is told of the error's share of the variance. */
static double error_of(const double *told, const double *said, size_t n) {
  double mean[T], sd[T], sum = 0.0;
  mean_and_sd(told, n, T, mean, sd);
  for (size_t k = 0; k < n * T; k++) sum += (said[k] - told[k]) * (said[k] - told[k]) / (sd[k % T] * sd[k % T]);
  return sum / (double)(n * T);
}

/* R2 and NRMSE of means and sds in natural units. */
static void judge(const axon_spread_examples *from, const double *said, lg_axon_spread_model *m) {
  for (size_t t = 0; t < T; t++) {
    const double *truth = t < Q ? from->mean : from->sd;
    double sum = 0.0, rest = 0.0, all = 0.0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < from->n; i++) sum += truth[i * Q + t % Q];
    for (size_t i = 0; i < from->n; i++) {
      double mean[Q], sd[Q];
      const double x = truth[i * Q + t % Q], away = x - sum / (double)from->n;
      untell(from->out + i * Q, said + i * T, mean, sd);
      const double error = (t < Q ? mean : sd)[t % Q] - x;
      rest += error * error;
      all += away * away;
      low = fmin(low, x);
      high = fmax(high, x);
    }
    m->r2[t] = 1.0 - rest / all;
    m->nrmse[t] = sqrt(rest / (double)from->n) / (high - low);
  }
}

static lg_status check(lg_ctx *ctx, const axon_spread_examples *from, size_t folds) {
  if (from->n < FEWEST)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu profiles with a spread; at least %d are needed", from->n, (int)FEWEST);
  if (folds < 2 || folds > from->n)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu folds of %zu profiles; allowed is 2 to %zu", folds, from->n, from->n);
  for (size_t k = 0; k < from->n * Q; k++)
    if (!(from->sd[k] > 0.0) || !(from->mean[k] > 0.0))
      return lg_fail(ctx, LG_ERR_RANGE,
                     "profile %zu does not spread over the seeds (mean %g, sd %g); are they strained?", k / Q + 1,
                     from->mean[k], from->sd[k]);
  return LG_OK;
}

/* The best width and noise, judged; then a fit to all. */
static lg_status choose(lg_ctx *ctx, const axon_spread_examples *from, size_t folds, const double *seen,
                        const double *told, const room *r, double *said, lg_axon_spread_model *m) {
  double least = INFINITY, best[2] = {widths[0], noises[0]};
  for (size_t k = 0; k < WIDTHS * NOISES; k++) {
    const double width = widths[k / NOISES], noise = noises[k % NOISES];
    if (!tell_each(seen, told, from->n, folds, width, noise, r, said)) continue;
    const double error = error_of(told, said, from->n);
    if (error < least) least = error, best[0] = width, best[1] = noise;
    const lg_status status = lg_progress(ctx, "widths", k + 1, WIDTHS * NOISES);
    if (status != LG_OK) return status;
  }
  if (isinf(least) || !tell_each(seen, told, from->n, folds, best[0], best[1], r, said))
    return lg_fail(ctx, LG_ERR_NUMERICAL, "the profiles are too alike to be told apart");
  judge(from, said, m);
  memcpy(r->seen, seen, from->n * S * sizeof *seen);
  memcpy(r->told, told, from->n * T * sizeof *told);
  if (!fit(r, from->n, best[0], best[1], m)) return lg_fail(ctx, LG_ERR_NUMERICAL, "the profiles are too alike");
  return LG_OK;
}

lg_status lg_axon_spread_learn(lg_ctx *ctx, const axon_params *params, const axon_spread_examples *from, size_t folds,
                               lg_axon_spread_model **out) {
  lg_status status = LG_OK;
  const size_t n = from->n;
  lg_axon_spread_model *m = NULL;
  double *seen = NULL, *told = NULL, *said = NULL;
  room r = {0};
  *out = NULL;
  LG_TRY(check(ctx, from, folds));
  LG_NEW(ctx, m, 1);
  LG_NEW(ctx, seen, n * S);
  LG_NEW(ctx, told, n * T);
  LG_NEW(ctx, said, n * T);
  LG_NEW(ctx, r.seen, n * S);
  LG_NEW(ctx, r.told, n * T);
  LG_NEW(ctx, r.known, n * S);
  LG_NEW(ctx, r.weights, n * T);
  LG_NEW(ctx, r.matrix, n * n);
  LG_NEW(ctx, r.column, n);
  for (size_t i = 0; i < n; i++) {
    see(from->strain + i * AXON_NET_TIMES, from->out + i * Q, seen + i * S);
    told_of(from->out + i * Q, from->mean + i * Q, from->sd + i * Q, told + i * T);
  }
  LG_TRY(choose(ctx, from, folds, seen, told, &r, said, m));
  m->params = *params;
  m->n_seeds = from->n_seeds;
  r.known = NULL; /* they are the model's now */
  r.weights = NULL;
  *out = m;
  m = NULL;
done:
  lg_free(ctx, m);
  lg_free(ctx, seen);
  lg_free(ctx, told);
  lg_free(ctx, said);
  lg_free(ctx, r.seen);
  lg_free(ctx, r.told);
  lg_free(ctx, r.known);
  lg_free(ctx, r.weights);
  lg_free(ctx, r.matrix);
  lg_free(ctx, r.column);
  return status;
}

void lg_axon_spread_model_destroy(lg_ctx *ctx, lg_axon_spread_model *m) {
  if (!m) return;
  lg_free(ctx, m->known);
  lg_free(ctx, m->weights);
  lg_free(ctx, m);
}
