/* Bounded-variable least squares: exchange of active bounds (Stark & Parker 1995), on the compressed problem. */
#include "num/lsq_internal.h"

#include <math.h>
#include <string.h>

static const double rank_small = 1e-13;

typedef struct bvls {
  const lsq_problem *p;
  lg_qr qr;
  size_t *free, n_free;
  double *right, *z, *residual, *gradient;
  bool *barred; /* freed in vain since the cost last fell */
} bvls;

/* Least squares over the free unknowns, the others at x; z is (n_free). */
static void solve_free(bvls *w, const double *x, const signed char *active) {
  const lsq_problem *p = w->p;
  const size_t n = p->n;
  w->n_free = 0;
  for (size_t j = 0; j < n; j++)
    if (active[j] == 0) w->free[w->n_free++] = j;
  if (w->n_free == 0) return;
  w->qr.m = n, w->qr.n = w->n_free;
  for (size_t i = 0; i < n; i++) {
    double right = p->q[i];
    for (size_t j = i; j < n; j++)
      if (active[j] != 0) right -= p->r[i * n + j] * x[j];
    w->right[i] = right;
    for (size_t f = 0; f < w->n_free; f++)
      w->qr.a[i * w->n_free + f] = w->free[f] >= i ? p->r[i * n + w->free[f]] : 0.0;
  }
  lg_qr_factor(&w->qr, true, rank_small);
  lg_qr_solve(&w->qr, w->right, w->z);
}

/* Go towards z as far as the bounds allow; the unknown that stops it becomes active. Returns whether z was reached. */
static bool go_towards(bvls *w, double *x, signed char *active) {
  double alpha = 1.0;
  size_t stops = SIZE_MAX;
  for (size_t f = 0; f < w->n_free; f++) {
    const size_t j = w->free[f];
    const double bound = w->z[f] < w->p->low[j] ? w->p->low[j] : w->p->high[j];
    if (w->z[f] >= w->p->low[j] && w->z[f] <= w->p->high[j]) continue;
    const double way = (bound - x[j]) / (w->z[f] - x[j]);
    if (stops == SIZE_MAX || way < alpha) alpha = way, stops = f;
  }
  for (size_t f = 0; f < w->n_free; f++) {
    const size_t j = w->free[f];
    if (stops == SIZE_MAX) x[j] = w->z[f];
    else x[j] = fmin(fmax(x[j] + alpha * (w->z[f] - x[j]), w->p->low[j]), w->p->high[j]);
  }
  if (stops == SIZE_MAX) return true;
  const size_t j = w->free[stops];
  active[j] = w->z[stops] < w->p->low[j] ? -1 : 1;
  x[j] = active[j] < 0 ? w->p->low[j] : w->p->high[j];
  return false;
}

/* The active unknown that the gradient wants away most; SIZE_MAX: none beyond the tolerance. Rounding of the gradient
 * is a share of |column| |residual|. */
static size_t to_free(const bvls *w, const signed char *active, double tolerance) {
  const size_t n = w->p->n;
  double most = 0.0;
  size_t at = SIZE_MAX;
  for (size_t j = 0; j < n; j++) {
    if (active[j] == 0 || w->barred[j]) continue;
    double column = 0.0, pull = (double)active[j] * w->gradient[j];
    for (size_t i = 0; i <= j; i++) column += fabs(w->p->r[i * n + j] * w->residual[i]);
    if (pull > fmax(tolerance * column, 1e-300) && pull > most) most = pull, at = j;
  }
  return at;
}

static lg_status set_up(lg_ctx *ctx, bvls *w) {
  lg_status status = LG_OK;
  const size_t n = w->p->n;
  LG_NEW(ctx, w->qr.a, n * n);
  LG_NEW(ctx, w->qr.tau, n);
  LG_NEW(ctx, w->qr.at, n);
  LG_NEW(ctx, w->qr.work, 2 * n);
  LG_NEW(ctx, w->free, n);
  LG_NEW(ctx, w->barred, n);
  LG_NEW(ctx, w->right, 4 * n);
  w->z = w->right + n, w->residual = w->z + n, w->gradient = w->residual + n;
done:
  return status;
}

lg_status lg_lsq_bvls(lg_ctx *ctx, const lsq_problem *p, double *x, signed char *active, unsigned *iterations,
                      int *converged) {
  lg_status status = LG_OK;
  bvls w = {.p = p};
  *iterations = 0;
  *converged = 0;
  LG_TRY(set_up(ctx, &w));
  double best = (double)INFINITY;
  for (size_t freed = SIZE_MAX; *iterations < p->options->max_iterations;) {
    ++*iterations;
    for (size_t turn = 0; turn <= p->n; turn++) {
      solve_free(&w, x, active);
      if (go_towards(&w, x, active)) break;
    }
    const double cost = lg_lsq_cost(p, x, w.residual, w.gradient);
    if (cost < best) memset(w.barred, 0, p->n * sizeof *w.barred);
    else if (freed != SIZE_MAX) w.barred[freed] = true; /* another one may help */
    best = fmin(best, cost);
    freed = to_free(&w, active, 1e-14);
    if (freed == SIZE_MAX) {
      *converged = 1;
      break;
    }
    active[freed] = 0;
  }
done:
  lg_free(ctx, w.qr.a);
  lg_free(ctx, w.qr.tau);
  lg_free(ctx, w.qr.at);
  lg_free(ctx, w.qr.work);
  lg_free(ctx, w.free);
  lg_free(ctx, w.barred);
  lg_free(ctx, w.right);
  return status;
}
