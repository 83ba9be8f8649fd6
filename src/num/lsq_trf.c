/*
 * Trust-region reflective least squares inside bounds: Branch, Coleman & Li 1999 (doi:10.1137/S1064827595289108), for
 * the linear problem, whose model is exact. Iterates stay strictly inside; steps are measured by the distance to the
 * bound that the gradient points at; a step that hits a bound is reflected.
 */
#include "num/lsq_internal.h"
#include "num/special.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { VECTORS = 14, MOST_HALVINGS = 60 };

typedef struct trf {
  const lsq_problem *p;
  double *x, *gradient, *residual;
  double *v, *dv;              /* distance to the bound of the gradient's side, and its slope */
  double *d, *g_scaled, *diag; /* sqrt(v), d g, g dv */
  double *step_scaled, *step;  /* Newton step of the model */
  double *other_scaled, *other, *trial, *row, *scratch;
  double *triangle; /* (n, n) */
} trf;

static double dot(size_t n, const double *a, const double *b) {
  double sum = 0.0;
  for (size_t j = 0; j < n; j++) sum += a[j] * b[j];
  return sum;
}

/* Into the bounds by reflection at them. */
static void reflect(const lsq_problem *p, double *x) {
  for (size_t j = 0; j < p->n; j++) {
    const double low = p->low[j], high = p->high[j];
    if (isfinite(low) && isfinite(high)) {
      const double width = high - low;
      double t = fmod(x[j] - low, 2.0 * width);
      if (t < 0.0) t += 2.0 * width;
      x[j] = low + fmin(t, 2.0 * width - t);
    } else if (isfinite(low)) {
      x[j] = fmax(x[j], 2.0 * low - x[j]);
    } else if (isfinite(high)) {
      x[j] = fmin(x[j], 2.0 * high - x[j]);
    }
  }
}

/* Strictly inside: by a share of the bound's size, or (0) by the next number. */
static void make_inner(const lsq_problem *p, double *x, double share) {
  for (size_t j = 0; j < p->n; j++) {
    const double low = p->low[j], high = p->high[j], to_low = x[j] - low, to_high = high - x[j];
    const double near_low = share * fmax(1.0, fabs(low)), near_high = share * fmax(1.0, fabs(high));
    if (isfinite(low) && to_low <= fmin(to_high, near_low)) x[j] = share > 0.0 ? low + near_low : nextafter(low, high);
    else if (isfinite(high) && to_high <= fmin(to_low, near_high))
      x[j] = share > 0.0 ? high - near_high : nextafter(high, low);
    if (x[j] <= low || x[j] >= high) x[j] = 0.5 * low + 0.5 * high;
  }
}

/* 1/2 s' (D R' R D + C) s + g' s in scaled unknowns; C may be left out. */
static double quadratic(const trf *w, const double *scaled, bool with_diag, const double *scale, const double *g) {
  const size_t n = w->p->n;
  double squares = 0.0, diag = 0.0;
  for (size_t i = 0; i < n; i++) {
    double sum = 0.0;
    for (size_t j = i; j < n; j++) sum += w->p->r[i * n + j] * (scale ? scale[j] : 1.0) * scaled[j];
    squares += sum * sum;
    if (with_diag) diag += w->diag[i] * scaled[i] * scaled[i];
  }
  return 0.5 * (squares + diag) + dot(n, g, scaled);
}

/* Coleman and Li's scaling. Returns the greatest scaled gradient. */
static double scale(trf *w) {
  double most = 0.0;
  for (size_t j = 0; j < w->p->n; j++) {
    const double g = w->gradient[j];
    w->v[j] = 1.0, w->dv[j] = 0.0;
    if (g < 0.0 && isfinite(w->p->high[j])) w->v[j] = w->p->high[j] - w->x[j], w->dv[j] = -1.0;
    if (g > 0.0 && isfinite(w->p->low[j])) w->v[j] = w->x[j] - w->p->low[j], w->dv[j] = 1.0;
    w->d[j] = sqrt(w->v[j]);
    w->g_scaled[j] = w->d[j] * g;
    w->diag[j] = g * w->dv[j];
    most = fmax(most, fabs(g * w->v[j]));
  }
  return most;
}

/* Rotate a row (with its right-hand side) into the triangle; zeros are skipped, so sparse triangles stay cheap. */
static void rotate_in(trf *w, size_t from, double right) {
  const size_t n = w->p->n;
  for (size_t k = from; k < n; k++) {
    if (w->row[k] == 0.0) continue;
    double *r = w->triangle + k * n;
    const double size = lg_hypot(r[k], w->row[k]), c = r[k] / size, s = w->row[k] / size;
    for (size_t j = k; j < n; j++) {
      const double upper = r[j], lower = w->row[j];
      r[j] = c * upper + s * lower;
      w->row[j] = c * lower - s * upper;
    }
    const double upper = w->scratch[k];
    w->scratch[k] = c * upper + s * right;
    right = c * right - s * upper;
  }
}

/* The Newton step: least squares of [R D; sqrt(C)] s = [-residual; 0]. */
static void newton_step(trf *w) {
  const size_t n = w->p->n;
  double most = 0.0;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) w->triangle[i * n + j] = j < i ? 0.0 : w->p->r[i * n + j] * w->d[j];
    w->scratch[i] = -w->residual[i];
  }
  for (size_t k = 0; k < n; k++) {
    if (!(w->diag[k] > 0.0)) continue;
    memset(w->row, 0, n * sizeof *w->row);
    w->row[k] = sqrt(w->diag[k]);
    rotate_in(w, k, 0.0);
  }
  for (size_t k = 0; k < n; k++) most = fmax(most, fabs(w->triangle[k * n + k]));
  for (size_t k = n; k-- > 0;) { /* directions that neither the data nor the bounds see stay where they are */
    double sum = w->scratch[k];
    for (size_t j = k + 1; j < n; j++) sum -= w->triangle[k * n + j] * w->step_scaled[j];
    const double pivot = w->triangle[k * n + k];
    w->step_scaled[k] = fabs(pivot) > 1e-15 * most ? sum / pivot : 0.0;
  }
  for (size_t k = 0; k < n; k++) w->step[k] = w->d[k] * w->step_scaled[k];
}

/* How far along a direction until a bound; hits[j] marks those that are met then (NULL: not asked). */
static double to_bound(const lsq_problem *p, const double *x, const double *direction, double *scaled) {
  double least = (double)INFINITY;
  for (size_t j = 0; j < p->n; j++) {
    if (direction[j] == 0.0) continue;
    least = fmin(least, ((direction[j] > 0.0 ? p->high[j] : p->low[j]) - x[j]) / direction[j]);
  }
  if (scaled) /* turn round where the bound is met */
    for (size_t j = 0; j < p->n; j++)
      if (direction[j] != 0.0 && ((direction[j] > 0.0 ? p->high[j] : p->low[j]) - x[j]) / direction[j] == least)
        scaled[j] = -scaled[j];
  return least;
}

/* Least of a quadratic of t over [from, to]: value at start + t direction, all in scaled unknowns. */
static double along(const trf *w, const double *start, const double *direction, double from, double to, double *value) {
  const size_t n = w->p->n;
  double a = 0.0, b = 0.0;
  for (size_t i = 0; i < n; i++) {
    double s = 0.0, r = 0.0;
    for (size_t j = i; j < n; j++) {
      const double k = w->p->r[i * n + j] * w->d[j];
      s += k * direction[j];
      if (start) r += k * start[j];
    }
    a += 0.5 * (s * s + w->diag[i] * direction[i] * direction[i]);
    b += s * r + w->g_scaled[i] * direction[i] + (start ? w->diag[i] * start[i] * direction[i] : 0.0);
  }
  const double c = start ? quadratic(w, start, true, w->d, w->g_scaled) : 0.0;
  double best = from, least = from * (a * from + b) + c;
  const double at_end = to * (a * to + b) + c, middle = a > 0.0 ? -0.5 * b / a : from;
  if (at_end < least) best = to, least = at_end;
  if (middle > from && middle < to && middle * (a * middle + b) + c < least)
    best = middle, least = middle * (a * middle + b) + c;
  *value = least;
  return best;
}

static bool stays_inside(const trf *w, const double *step) {
  for (size_t j = 0; j < w->p->n; j++) {
    const double x = w->x[j] + step[j];
    if (!(x >= w->p->low[j] && x <= w->p->high[j])) return false;
  }
  return true;
}

/* The best of: the Newton step as far as a bound, the same reflected there, the scaled gradient. Into w->step. */
static void select_step(trf *w, double theta) {
  const size_t n = w->p->n;
  if (stays_inside(w, w->step)) return;
  memcpy(w->other_scaled, w->step_scaled, n * sizeof *w->other_scaled);
  const double stride = to_bound(w->p, w->x, w->step, w->other_scaled);
  for (size_t j = 0; j < n; j++) {
    w->other[j] = w->d[j] * w->other_scaled[j];
    w->step[j] *= stride, w->step_scaled[j] *= stride;
    w->trial[j] = w->x[j] + w->step[j];
  }
  double reflected = (double)INFINITY;
  const double room = to_bound(w->p, w->trial, w->other, NULL);
  if (room > 0.0) {
    const double t = along(w, w->step_scaled, w->other_scaled, (1.0 - theta) * room, theta * room, &reflected);
    for (size_t j = 0; j < n; j++) w->other[j] = w->d[j] * (w->step_scaled[j] + t * w->other_scaled[j]);
  }
  for (size_t j = 0; j < n; j++) w->step[j] *= theta, w->step_scaled[j] *= theta;
  const double straight = quadratic(w, w->step_scaled, true, w->d, w->g_scaled);
  for (size_t j = 0; j < n; j++) w->other_scaled[j] = -w->g_scaled[j], w->trial[j] = w->d[j] * w->other_scaled[j];
  double down;
  const double t = along(w, NULL, w->other_scaled, 0.0, theta * to_bound(w->p, w->x, w->trial, NULL), &down);
  if (reflected < straight && reflected < down) memcpy(w->step, w->other, n * sizeof *w->step);
  else if (down < straight)
    for (size_t j = 0; j < n; j++) w->step[j] = t * w->trial[j];
}

/* Where the chosen step does not lower the cost: shorter and shorter along the Newton step, reflected. */
static double back_track(trf *w, double theta) {
  const size_t n = w->p->n;
  double alpha = 1.0, change = 0.0;
  for (size_t j = 0; j < n; j++) w->other[j] = w->d[j] * w->step_scaled[j];
  const double slope = dot(n, w->other, w->gradient);
  for (int k = 0; k < MOST_HALVINGS; k++, alpha *= 0.5) {
    for (size_t j = 0; j < n; j++) w->trial[j] = w->x[j] + alpha * theta * w->other[j];
    reflect(w->p, w->trial);
    make_inner(w->p, w->trial, 0.0);
    for (size_t j = 0; j < n; j++) w->step[j] = w->trial[j] - w->x[j];
    change = -quadratic(w, w->step, false, NULL, w->gradient);
    if (change > -0.1 * alpha * slope) return change;
  }
  memset(w->step, 0, n * sizeof *w->step);
  return 0.0;
}

static lg_status set_up(lg_ctx *ctx, trf *w, double **block) {
  lg_status status = LG_OK;
  const size_t n = w->p->n;
  LG_NEW(ctx, *block, VECTORS * n + n * n);
  double **const vectors[VECTORS] = {&w->gradient,     &w->residual, &w->v,     &w->dv,          &w->d,
                                     &w->g_scaled,     &w->diag,     &w->row,   &w->step_scaled, &w->step,
                                     &w->other_scaled, &w->other,    &w->trial, &w->scratch};
  for (size_t k = 0; k < VECTORS; k++) *vectors[k] = *block + k * n;
  w->triangle = *block + VECTORS * n;
done:
  return status;
}

lg_status lg_lsq_trf(lg_ctx *ctx, const lsq_problem *p, const double *start, double *x, lg_lsq_result *out) {
  lg_status status = LG_OK;
  double *block = NULL;
  trf w = {.p = p, .x = x};
  LG_TRY(set_up(ctx, &w, &block));
  memcpy(x, start, p->n * sizeof *x);
  reflect(p, x);
  make_inner(p, x, 0.1);
  out->converged = 0;
  double cost = lg_lsq_cost(p, x, w.residual, w.gradient);
  for (out->iterations = 0; out->iterations < p->options->max_iterations; out->iterations++) {
    const double size = scale(&w), theta = 1.0 - fmin(0.005, size);
    if (size < p->options->tolerance) {
      out->converged = 1;
      break;
    }
    newton_step(&w);
    select_step(&w, theta);
    double change = -quadratic(&w, w.step, false, NULL, w.gradient);
    if (!(change > 0.0)) change = back_track(&w, theta);
    for (size_t j = 0; j < p->n; j++) x[j] += w.step[j];
    make_inner(p, x, 0.0);
    const double before = cost;
    cost = lg_lsq_cost(p, x, w.residual, w.gradient);
    if (change <= p->options->tolerance * before) {
      out->converged = 1;
      out->iterations++;
      break;
    }
  }
done:
  lg_free(ctx, block);
  return status;
}
