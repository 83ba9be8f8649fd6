#include "twin/effect_fit.h"

#include "base/elementary.h"

#include <math.h>

enum { MOST = 512 };
#define MIN_MOVE 0.1
#define MIN_R2 0.8

typedef struct points {
  double ln_dose[MOST], y[MOST];
  size_t n;
} points;

/* Sum of squares with the best end value. */
static double misfit(const points *p, double ln_ec50, double h, double *end) {
  double oo = 0.0, oy = 0.0, yy = 0.0;
  for (size_t k = 0; k < p->n; k++) {
    const double o = 1.0 / (1.0 + lg_exp(h * (ln_ec50 - p->ln_dose[k]))), y = p->y[k] - 1.0;
    oo += o * o;
    oy += o * y;
    yy += y * y;
  }
  double step = oo > 0.0 ? oy / oo : 0.0;
  if (step < -1.0) step = -1.0; /* an area cannot be negative */
  *end = 1.0 + step;
  const double sum = yy - 2.0 * step * oy + step * step * oo;
  return sum > 0.0 ? sum : 0.0;
}

typedef struct best {
  double sum, ln_ec50, ln_h, end;
} best;

/* Look at a grid of EC50 × slope. */
static void look(const points *p, double x0, double x1, size_t n_x, double h0, double h1, size_t n_h, best *b) {
  for (size_t i = 0; i < n_x; i++)
    for (size_t j = 0; j < n_h; j++) {
      double end;
      const double x = n_x > 1 ? x0 + (x1 - x0) * (double)i / (double)(n_x - 1) : x0;
      const double h = h0 + (h1 - h0) * (double)j / (double)(n_h - 1), sum = misfit(p, x, lg_exp(h), &end);
      if (sum < b->sum) *b = (best){sum, x, h, end};
    }
}

/* Two-sided 95 % quantile of t (Abramowitz & Stegun 26.7.5, to 1 % from 2 degrees of freedom on). */
static double t95(size_t freedom) {
  static const double few[] = {12.71, 4.303, 3.182, 2.776, 2.571};
  if (freedom <= 5) return few[freedom > 0 ? freedom - 1 : 0];
  const double z = 1.959964, v = (double)freedom;
  return z + (z * z * z + z) / (4.0 * v) + (5.0 * z * z * z * z * z + 16.0 * z * z * z + 3.0 * z) / (96.0 * v * v);
}

static void search(const points *p, lg_effect_fit *out, double *sum) {
  const double x0 = p->ln_dose[0] - 1.0, x1 = p->ln_dose[p->n - 1] + 1.0, h0 = lg_ln(0.3), h1 = lg_ln(8.0);
  double dx = (x1 - x0) / 39.0, dh = (h1 - h0) / 15.0;
  best b = {(double)INFINITY, x0, h0, 1.0};
  look(p, x0, x1, 40, h0, h1, 16, &b);
  for (int zoom = 0; zoom < 4; zoom++) {
    const double x = b.ln_ec50, low = b.ln_h - dh > h0 ? b.ln_h - dh : h0, high = b.ln_h + dh < h1 ? b.ln_h + dh : h1;
    look(p, x - dx, x + dx, 9, low, high, 9, &b);
    dx *= 0.25;
    dh *= 0.25;
  }
  double mean = 0.0, total = 0.0;
  for (size_t k = 0; k < p->n; k++) mean += p->y[k] / (double)p->n;
  for (size_t k = 0; k < p->n; k++) total += (p->y[k] - mean) * (p->y[k] - mean);
  out->ec50 = lg_exp(b.ln_ec50);
  out->hill = lg_exp(b.ln_h);
  out->end = b.end;
  out->r2 = total > 0.0 ? 1.0 - b.sum / total : 0.0;
  *sum = b.sum;
}

/* Where the best sum of squares at an EC50 stays below what 95 % allows. */
static void profile(const points *p, double sum, lg_effect_fit *out) {
  enum { GRID = 300 };
  if (p->n < 5) return;
  const double from = p->ln_dose[0] - 1.0, to = p->ln_dose[p->n - 1] + 1.0, t = t95(p->n - 3);
  const double limit = (sum + 1e-12) * (1.0 + t * t / (double)(p->n - 3));
  double low = lg_ln(out->ec50), high = low;
  for (size_t k = 0; k <= GRID; k++) {
    best b = {(double)INFINITY, 0.0, 0.0, 0.0};
    const double x = from + (to - from) * (double)k / GRID;
    look(p, x, x, 1, lg_ln(0.3), lg_ln(8.0), 40, &b);
    if (b.sum > limit) continue;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  out->low = low > from ? lg_exp(low) : (double)NAN; /* open where the search ends */
  out->high = high < to ? lg_exp(high) : (double)NAN;
}

void lg_effect_fit_hill(const double *dose, const double *y, size_t n, bool interval, lg_effect_fit *out) {
  double least = 1.0, most = 1.0, sum = 0.0;
  points p = {.n = 0};
  const double none = (double)NAN;
  *out = (lg_effect_fit){.ec50 = none, .low = none, .high = none, .hill = none, .end = none, .r2 = none};
  for (size_t k = 0; k < n && p.n < MOST; k++) {
    if (!(dose[k] > 0.0) || !isfinite(y[k])) continue;
    p.ln_dose[p.n] = lg_ln(dose[k]);
    p.y[p.n++] = y[k];
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
  search(&p, out, &sum);
  if (out->r2 < MIN_R2) out->why = "the effect does not follow one sigmoid: it is not monotone in dose";
  else if (lg_ln(out->ec50) > p.ln_dose[p.n - 1]) out->why = "half of the effect lies above the highest dose";
  else if (lg_ln(out->ec50) < p.ln_dose[0]) out->why = "half of the effect lies below the lowest dose";
  else {
    out->found = true;
    if (interval) profile(&p, sum, out);
  }
}
