/* Levenberg–Marquardt inside bounds. */
#include "num/levenberg.h"

#include "num/cholesky.h"

#include <math.h>
#include <string.h>

static double width(const lg_lm *s, size_t i) { return s->high[i] - s->low[i]; }

static double prior_weight(const lg_lm *s, size_t i) {
  return isnan(s->centre[i]) || s->fixed[i] ? 0.0 : 1.0 / (width(s, i) * width(s, i));
}

static double prior_cost(const lg_lm *s, const double *x) {
  double cost = 0.0;
  for (size_t i = 0; i < s->n; i++) {
    const double w = prior_weight(s, i);
    if (w > 0.0) cost += 0.5 * w * (x[i] - s->centre[i]) * (x[i] - s->centre[i]);
  }
  return cost;
}

/* Curvature and slope with the weak Gaussian, in units of the ranges. */
static void scaled(const lg_lm *s, double *a, double *g) {
  const size_t n = s->n;
  for (size_t i = 0; i < n; i++) {
    const double w = prior_weight(s, i), by = s->fixed[i] ? 0.0 : width(s, i);
    g[i] = by * (s->g[i] + (w > 0.0 ? w * (s->x[i] - s->centre[i]) : 0.0));
    for (size_t j = 0; j < n; j++) a[i * n + j] = by * s->a[i * n + j] * (s->fixed[j] ? 0.0 : width(s, j));
    a[i * n + i] += by * by * w;
    if (s->fixed[i] || !(a[i * n + i] > 0.0)) a[i * n + i] = 1.0;
  }
}

/* A damped step in units of the ranges, inside the bounds. */
static bool bounded_step(const lg_lm *s, const double *a, const double *g, double lambda, double *step) {
  const size_t n = s->n;
  const double longest = s->longest > 0.0 ? s->longest : 0.25;
  double damped[LG_LM_MOST * LG_LM_MOST], x[LG_LM_MOST];
  bool held[LG_LM_MOST];
  for (size_t i = 0; i < n; i++) {
    held[i] = s->fixed[i];
    step[i] = 0.0;
  }
  for (size_t round = 0; round <= n; round++) {
    bool crossed = false;
    memcpy(damped, a, n * n * sizeof *damped);
    for (size_t i = 0; i < n; i++) {
      damped[i * n + i] *= 1.0 + lambda;
      x[i] = -g[i];
      for (size_t j = 0; j < n; j++)
        if (held[j]) x[i] -= a[i * n + j] * step[j];
    }
    for (size_t i = 0; i < n; i++) {
      if (!held[i]) continue;
      for (size_t j = 0; j < n; j++) damped[i * n + j] = damped[j * n + i] = i == j ? 1.0 : 0.0;
      x[i] = step[i];
    }
    if (!lg_cholesky(n, damped)) return false;
    lg_cholesky_solve(n, damped, x);
    for (size_t i = 0; i < n; i++) {
      if (held[i]) continue;
      const double low = fmax((s->low[i] - s->x[i]) / width(s, i), -longest);
      const double high = fmin((s->high[i] - s->x[i]) / width(s, i), longest);
      step[i] = fmin(fmax(x[i], low), high);
      if (step[i] == x[i]) continue;
      held[i] = crossed = true;
    }
    if (!crossed) return true;
  }
  return true;
}

static double promise(size_t n, const double *a, const double *g, const double *step) {
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) scaled() sets n of them
    sum -= g[i] * step[i];
    for (size_t j = 0; j < n; j++) sum -= 0.5 * step[i] * a[i * n + j] * step[j];
  }
  return sum;
}

/* In a bent valley steps are short and much alike: go on along the last two of them as long as that brings something.
 * x, *cost: the point that was reached, and where it leads. */
static void leap(lg_lm *s, const double *two_before, double *x, double *cost) {
  double far[LG_LM_MOST], stride = 1.0;
  for (int k = 0; k < 6; k++, stride *= 2.0) {
    double of;
    for (size_t i = 0; i < s->n; i++)
      // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) from the third step on
      far[i] = fmin(fmax(x[i] + stride * (x[i] - two_before[i]), s->low[i]), s->high[i]);
    s->evaluations++;
    if (!s->fn(s->user, far, &of, NULL, NULL) || !(of + prior_cost(s, far) < *cost + prior_cost(s, x))) return;
    memcpy(x, far, s->n * sizeof *x);
    *cost = of;
  }
}

bool lg_lm_descend(lg_lm *s, size_t iterations, double worthwhile) {
  const size_t n = s->n;
  double a[LG_LM_MOST * LG_LM_MOST], g[LG_LM_MOST], step[LG_LM_MOST], x[LG_LM_MOST], lambda = 1e-3;
  double before[2][LG_LM_MOST]; /* the last two points */
  for (size_t i = 0; i < n; i++) s->x[i] = fmin(fmax(s->x[i], s->low[i]), s->high[i]);
  s->derivatives++;
  if (!s->fn(s->user, s->x, &s->cost, s->a, s->g)) return false;
  scaled(s, a, g);
  for (size_t it = 0, rejected = 0; it < iterations && rejected < 10;) {
    double cost = 0.0;
    bool better = false;
    if (bounded_step(s, a, g, lambda, step)) {
      s->decrement = promise(n, a, g, step);
      if (lambda < 1e-2 && s->decrement < worthwhile) return true;
      for (size_t i = 0; i < n; i++) x[i] = fmin(fmax(s->x[i] + step[i] * width(s, i), s->low[i]), s->high[i]);
      s->evaluations++;
      better = s->fn(s->user, x, &cost, NULL, NULL) && cost + prior_cost(s, x) < s->cost + prior_cost(s, s->x);
    }
    if (!better) {
      lambda = fmax(lambda * 6.0, 1e-3);
      rejected++;
      continue;
    }
    const double expected = s->cost + prior_cost(s, s->x) - cost - prior_cost(s, x);
    if (it >= 2 && lambda >= 1e-2) leap(s, before[0], x, &cost);
    const double gain = s->cost + prior_cost(s, s->x) - cost - prior_cost(s, x);
    memcpy(before[0], it > 0 ? before[1] : s->x, n * sizeof *x);
    memcpy(before[1], s->x, n * sizeof *x);
    memcpy(s->x, x, n * sizeof *x);
    s->derivatives++;
    if (!s->fn(s->user, s->x, &s->cost, s->a,
               s->g)) { /* it could be without derivatives: not expected, but stay sane */
      memcpy(s->x, before[1], n * sizeof *x);
      return s->fn(s->user, s->x, &s->cost, s->a, s->g);
    }
    scaled(s, a, g);
    lambda = fmax(lambda * (expected > 0.7 * s->decrement ? 0.1 : 0.4), 1e-9);
    it++;
    rejected = 0;
    if (gain < worthwhile && lambda < 1e-2) return true;
  }
  return true;
}

bool lg_lm_covariance(const lg_lm *s, bool bare, double *covariance) {
  const size_t n = s->n;
  double a[LG_LM_MOST * LG_LM_MOST], inverse[LG_LM_MOST * LG_LM_MOST];
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      const double wi = width(s, i), wj = width(s, j);
      a[i * n + j] = s->fixed[i] || s->fixed[j] ? (i == j ? 1.0 : 0.0) : wi * wj * s->a[i * n + j];
      if (i == j && !bare && !s->fixed[i]) a[i * n + j] += wi * wi * prior_weight(s, i);
    }
  if (!lg_cholesky(n, a)) return false;
  lg_cholesky_inverse(n, a, inverse);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      covariance[i * n + j] = s->fixed[i] || s->fixed[j] ? 0.0 : width(s, i) * width(s, j) * inverse[i * n + j];
  return true;
}
