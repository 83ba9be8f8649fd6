#include "num/lsq_internal.h"

#include <math.h>
#include <string.h>

static const double rank_small = 1e-14;

double lg_lsq_cost(const lsq_problem *p, const double *x, double *residual, double *gradient) {
  const size_t n = p->n;
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    double e = -p->q[i];
    for (size_t j = i; j < n; j++) e += p->r[i * n + j] * x[j];
    residual[i] = e;
    sum += e * e;
  }
  if (gradient) {
    memset(gradient, 0, n * sizeof *gradient);
    for (size_t i = 0; i < n; i++)
      for (size_t j = i; j < n; j++) gradient[j] += p->r[i * n + j] * residual[i];
  }
  return 0.5 * sum + p->rest;
}

double lg_lsq_optimality(const lsq_problem *p, const double *gradient, const signed char *active) {
  double most = 0.0;
  for (size_t j = 0; j < p->n; j++) {
    const double g = gradient[j];
    most = fmax(most, active[j] == 0 ? fabs(g) : fmax(active[j] < 0 ? -g : g, 0.0));
  }
  return most;
}

static lg_status check(lg_ctx *ctx, size_t m, size_t n, const double *a, const double *b, const double *low,
                       const double *high, const lg_lsq_options *o) {
  if (!a || !b || m < 1 || m > 100000000 || n < 1 || n > 4000)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu rows and %zu columns; 1 to 1e8 and 1 to 4000 are allowed", m, n);
  if (o->size < sizeof *o) return lg_fail(ctx, LG_ERR_ARGUMENT, "options of %zu bytes; begin with their INIT", o->size);
  if (!(o->tolerance >= 1e-16 && o->tolerance <= 1e-2) || o->max_iterations < 1 || o->max_iterations > 100000)
    return lg_fail(ctx, LG_ERR_RANGE, "tolerance %g, %u iterations; 1e-16 to 1e-2 and 1 to 100000 are allowed",
                   o->tolerance, o->max_iterations);
  for (size_t k = 0; k < m; k++) {
    if (!isfinite(b[k])) return lg_fail(ctx, LG_ERR_RANGE, "b[%zu] is not finite", k);
    for (size_t j = 0; j < n; j++)
      if (!isfinite(a[k * n + j])) return lg_fail(ctx, LG_ERR_RANGE, "A[%zu, %zu] is not finite", k, j);
  }
  for (size_t j = 0; j < n; j++)
    if (low && high && !(low[j] < high[j]))
      return lg_fail(ctx, LG_ERR_RANGE, "bounds of unknown %zu: %g is not below %g", j, low[j], high[j]);
  return LG_OK;
}

/* Rows of an upper triangle, with one more row at most that holds nothing but a right-hand side. */
static bool is_triangle(size_t m, size_t n, const double *a) {
  if (m < n || m > n + 1) return false;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < i && j < n; j++)
      if (a[i * n + j] != 0.0) return false;
  for (size_t i = 0; i < n; i++)
    if (a[i * n + i] == 0.0) return false;
  return true;
}

/* R, q and the rest; at[k] is the unknown of column k. */
static lg_status compress(lg_ctx *ctx, size_t m, size_t n, const double *a, const double *b, lsq_problem *p,
                          size_t *at) {
  lg_status status = LG_OK;
  lg_qr qr = {.m = m, .n = n, .at = at};
  double *right = NULL;
  size_t cells;
  if (is_triangle(m, n, a)) {
    for (size_t j = 0; j < n; j++) at[j] = j;
    memcpy(p->r, a, n * n * sizeof *a);
    memcpy(p->q, b, n * sizeof *b);
    p->rest = m > n ? 0.5 * b[n] * b[n] : 0.0;
    p->rank = n;
    return LG_OK;
  }
  if (!lg_mul_size(m, n, &cells)) return lg_fail(ctx, LG_ERR_LIMIT, "the matrix is too large");
  LG_NEW(ctx, qr.a, cells);
  LG_NEW(ctx, qr.tau, n);
  LG_NEW(ctx, qr.work, 2 * n);
  LG_NEW(ctx, right, m);
  memcpy(qr.a, a, cells * sizeof *a);
  memcpy(right, b, m * sizeof *b);
  lg_qr_factor(&qr, true, rank_small);
  lg_qr_apply(&qr, right);
  const size_t rows = m < n ? m : n;
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = i; j < n; j++) p->r[i * n + j] = qr.a[i * n + j];
    p->q[i] = right[i];
  }
  for (size_t i = rows; i < m; i++) p->rest += 0.5 * right[i] * right[i];
  p->rank = qr.rank;
done:
  lg_free(ctx, qr.a);
  lg_free(ctx, qr.tau);
  lg_free(ctx, qr.work);
  lg_free(ctx, right);
  return status;
}

/* The unbounded solution; 0 for columns beyond the rank. */
static void unbounded(const lsq_problem *p, double *x) {
  const size_t n = p->n;
  memset(x, 0, n * sizeof *x);
  for (size_t k = p->rank; k-- > 0;) {
    double sum = p->q[k];
    for (size_t j = k + 1; j < p->rank; j++) sum -= p->r[k * n + j] * x[j];
    x[k] = sum / p->r[k * n + k];
  }
}

static bool inside(const lsq_problem *p, const double *x) {
  for (size_t j = 0; j < p->n; j++)
    if (!(x[j] >= p->low[j] && x[j] <= p->high[j])) return false;
  return true;
}

/* Onto the bounds what is beyond them, or so near that the gradient presses it there. */
static void guess_active(const lsq_problem *p, double *x, const double *gradient, signed char *active) {
  for (size_t j = 0; j < p->n; j++) {
    const double room = isfinite(p->low[j]) && isfinite(p->high[j]) ? p->high[j] - p->low[j] : fmax(1.0, fabs(x[j]));
    active[j] = 0;
    if (x[j] <= p->low[j] || (gradient && x[j] - p->low[j] < 1e-6 * room && gradient[j] > 0.0)) active[j] = -1;
    else if (x[j] >= p->high[j] || (gradient && p->high[j] - x[j] < 1e-6 * room && gradient[j] < 0.0)) active[j] = 1;
    if (active[j]) x[j] = active[j] < 0 ? p->low[j] : p->high[j];
  }
}

/* The trust region's answer, its active set made exact where that is no worse. */
static lg_status by_trf(lg_ctx *ctx, const lsq_problem *p, const double *start, double *x, signed char *active,
                        double *exact, double *scratch, lg_lsq_result *out) {
  int converged = 0;
  lg_status status = lg_lsq_trf(ctx, p, start, x, out);
  if (status != LG_OK) return status;
  double *gradient = scratch + p->n;
  out->cost_trf = lg_lsq_cost(p, x, scratch, gradient);
  memcpy(exact, x, p->n * sizeof *x);
  guess_active(p, exact, gradient, active);
  status = lg_lsq_bvls(ctx, p, exact, active, &out->iterations_active, &converged);
  if (status != LG_OK) return status;
  if (lg_lsq_cost(p, exact, scratch, NULL) <= out->cost_trf * (1.0 + 1e-13) + 1e-300) { /* but for rounding */
    memcpy(x, exact, p->n * sizeof *x);
    out->converged = out->converged || converged;
  } else {
    guess_active(p, x, NULL, active);
  }
  return LG_OK;
}

static lg_status solve(lg_ctx *ctx, const lsq_problem *p, double *x, signed char *active, lg_lsq_result *out) {
  lg_status status = LG_OK;
  double *work = NULL;
  LG_NEW(ctx, work, 4 * p->n);
  double *start = work, *exact = work + p->n, *scratch = work + 2 * p->n;
  unbounded(p, start);
  memcpy(x, start, p->n * sizeof *x);
  memset(active, 0, p->n);
  out->converged = 1;
  if (!inside(p, x)) {
    if (p->options->method == LG_LSQ_BVLS) {
      guess_active(p, x, NULL, active);
      LG_TRY(lg_lsq_bvls(ctx, p, x, active, &out->iterations, &out->converged));
    } else {
      LG_TRY(by_trf(ctx, p, start, x, active, exact, scratch, out));
    }
  }
  out->cost = lg_lsq_cost(p, x, scratch, scratch + p->n);
  out->optimality = lg_lsq_optimality(p, scratch + p->n, active);
  if (p->options->method == LG_LSQ_BVLS || out->iterations == 0) out->cost_trf = out->cost;
  for (size_t j = 0; j < p->n; j++) out->n_active += active[j] != 0;
done:
  lg_free(ctx, work);
  return status;
}

lg_status lg_lsq_bounded(lg_ctx *ctx, size_t m, size_t n, const double *a, const double *b, const double *low,
                         const double *high, const lg_lsq_options *options, double *x, signed char *active,
                         lg_lsq_result *result) {
  static const lg_lsq_options defaults = LG_LSQ_OPTIONS_INIT;
  lg_status status = LG_OK;
  lsq_problem p = {.n = n, .options = options ? options : &defaults};
  lg_lsq_result out = {0};
  size_t *at = NULL;
  double *found = NULL;
  signed char *sides = NULL;
  LG_TRY(check(ctx, m, n, a, b, low, high, p.options));
  LG_NEW(ctx, p.r, n * n);
  LG_NEW(ctx, p.q, 3 * n);
  LG_NEW(ctx, at, n);
  LG_NEW(ctx, found, n);
  LG_NEW(ctx, sides, n);
  p.low = p.q + n, p.high = p.q + 2 * n;
  LG_TRY(compress(ctx, m, n, a, b, &p, at));
  for (size_t j = 0; j < n; j++) {
    p.low[j] = low ? low[at[j]] : -(double)INFINITY;
    p.high[j] = high ? high[at[j]] : (double)INFINITY;
  }
  LG_TRY(solve(ctx, &p, found, sides, &out));
  out.rank = p.rank;
  for (size_t j = 0; j < n; j++) {
    x[at[j]] = found[j];
    if (active) active[at[j]] = sides[j];
  }
  if (result) *result = out;
done:
  lg_free(ctx, p.r);
  lg_free(ctx, p.q);
  lg_free(ctx, at);
  lg_free(ctx, found);
  lg_free(ctx, sides);
  return status;
}
