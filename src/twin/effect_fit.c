#include "twin/effect_fit.h"

#include "base/elementary.h"

#include <math.h>

enum { MOST = 512, GRID_H = 60 };
#define MIN_MOVE 0.1
#define MIN_R2 0.8

typedef struct points {
  const double *dose, *y;
  size_t n;
} points;

static double occupied(double dose, double ln_ec50, double h) {
  return 1.0 / (1.0 + lg_exp(h * (ln_ec50 - lg_ln(dose))));
}

/* Sum of squares with the best end value. */
static double misfit(const points *p, double ln_ec50, double h, double *end) {
  double oo = 0.0, oy = 0.0, sum = 0.0;
  for (size_t k = 0; k < p->n; k++) {
    const double o = occupied(p->dose[k], ln_ec50, h);
    oo += o * o;
    oy += o * (p->y[k] - 1.0);
  }
  const double step = oo > 0.0 ? oy / oo : 0.0;
  double last = 1.0 + step;
  if (last < 0.0) last = 0.0; /* an area cannot be negative */
  for (size_t k = 0; k < p->n; k++) {
    const double off = p->y[k] - 1.0 - (last - 1.0) * occupied(p->dose[k], ln_ec50, h);
    sum += off * off;
  }
  *end = last;
  return sum;
}

/* Best slope at an EC50. */
static double best_slope(const points *p, double ln_ec50, double *h, double *end) {
  double best = (double)INFINITY;
  for (int k = 0; k <= GRID_H; k++) {
    double e;
    const double slope = 0.3 * lg_exp(lg_ln(8.0 / 0.3) * (double)k / GRID_H), sum = misfit(p, ln_ec50, slope, &e);
    if (!(sum < best)) continue;
    best = sum;
    *h = slope;
    *end = e;
  }
  return best;
}

/* Two-sided 95 % quantile of t (Abramowitz & Stegun 26.7.5, to 1 % from 2 degrees of freedom on). */
static double t95(size_t freedom) {
  static const double few[] = {12.71, 4.303, 3.182, 2.776, 2.571};
  if (freedom <= 5) return few[freedom > 0 ? freedom - 1 : 0];
  const double z = 1.959964, v = (double)freedom;
  return z + (z * z * z + z) / (4.0 * v) + (5.0 * z * z * z * z * z + 16.0 * z * z * z + 3.0 * z) / (96.0 * v * v);
}

static void search(const points *p, lg_effect_fit *out) {
  const double from = lg_ln(p->dose[0]) - 1.0, to = lg_ln(p->dose[p->n - 1]) + 1.0;
  enum { GRID = 400 };
  double best = (double)INFINITY, at = from;
  for (int k = 0; k <= GRID; k++) {
    double h, end;
    const double x = from + (to - from) * (double)k / GRID, sum = best_slope(p, x, &h, &end);
    if (!(sum < best)) continue;
    best = sum;
    at = x;
    out->hill = h;
    out->end = end;
  }
  out->ec50 = lg_exp(at);
  double mean = 0.0, total = 0.0;
  for (size_t k = 0; k < p->n; k++) mean += p->y[k] / (double)p->n;
  for (size_t k = 0; k < p->n; k++) total += (p->y[k] - mean) * (p->y[k] - mean);
  out->r2 = total > 0.0 ? 1.0 - best / total : 0.0;
  if (p->n < 5) return;
  const size_t freedom = p->n - 3;
  const double t = t95(freedom), limit = (best + 1e-12) * (1.0 + t * t / (double)freedom);
  double low = at, high = at;
  for (int k = 0; k <= GRID; k++) {
    double h, end;
    const double x = from + (to - from) * (double)k / GRID;
    if (best_slope(p, x, &h, &end) > limit) continue;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  out->low = low > from ? lg_exp(low) : (double)NAN; /* open where the search ends */
  out->high = high < to ? lg_exp(high) : (double)NAN;
}

void lg_effect_fit_hill(const double *dose, const double *y, size_t n, lg_effect_fit *out) {
  double d[MOST], z[MOST], least = 1.0, most = 1.0;
  points p = {d, z, 0};
  const double none = (double)NAN;
  *out = (lg_effect_fit){.ec50 = none, .low = none, .high = none, .hill = none, .end = none, .r2 = none};
  for (size_t k = 0; k < n && p.n < MOST; k++) {
    if (!(dose[k] > 0.0) || !isfinite(y[k])) continue;
    d[p.n] = dose[k];
    z[p.n++] = y[k];
    least = y[k] < least ? y[k] : least;
    most = y[k] > most ? y[k] : most;
  }
  if (p.n < 3) {
    out->why = "fewer than three doses";
    return;
  }
  if (most - least < MIN_MOVE) {
    out->why = "the effect stays below a tenth at these doses";
    return;
  }
  search(&p, out);
  if (out->r2 < MIN_R2) out->why = "the effect does not follow one sigmoid: it is not monotone in dose";
  else if (out->ec50 > p.dose[p.n - 1]) out->why = "half of the effect lies above the highest dose";
  else if (out->ec50 < p.dose[0]) out->why = "half of the effect lies below the lowest dose";
  else out->found = true;
}
