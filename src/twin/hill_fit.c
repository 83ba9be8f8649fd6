/* Hill curves through raw block; see hill_fit.h. */
#include "twin/hill_fit.h"

#include "base/elementary.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>

/* What a fit sees; weights NULL: all 1. */
typedef struct problem {
  const double *ln_c, *block;
  double *weight;
  size_t n;
  double a_low, a_high, h_low, h_high; /* of ln IC50 and h */
} problem;

typedef struct point {
  double a, h, cost;
} point;

static double curve(double ln_c, double a, double h) { return 100.0 * lg_sigmoid(h * (ln_c - a)); }

static double cost_of(const problem *p, double a, double h) {
  double sum = 0.0;
  for (size_t k = 0; k < p->n; k++) {
    const double r = p->block[k] - curve(p->ln_c[k], a, h);
    sum += (p->weight ? p->weight[k] : 1.0) * r * r;
  }
  return sum;
}

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

/* Normal equations of one step at x: gradient g and matrix of J'WJ (aa, ah, hh). */
static void normal(const problem *p, const point *x, double g[2], double m[3]) {
  g[0] = g[1] = m[0] = m[1] = m[2] = 0.0;
  for (size_t k = 0; k < p->n; k++) {
    const double u = p->ln_c[k] - x->a, s = lg_sigmoid(x->h * u), slope = 100.0 * s * (1.0 - s);
    const double w = p->weight ? p->weight[k] : 1.0, r = p->block[k] - 100.0 * s;
    const double da = -x->h * slope, dh = u * slope;
    g[0] += w * da * r;
    g[1] += w * dh * r;
    m[0] += w * da * da;
    m[1] += w * da * dh;
    m[2] += w * dh * dh;
  }
}

/* Levenberg–Marquardt within the box; a parameter at its wall that would leave it stands still for the step. */
static point descend(const problem *p, point x, int iterations) {
  double damping = 1e-3;
  x.cost = cost_of(p, x.a, x.h);
  for (int k = 0; k < iterations; k++) {
    double g[2], m[3];
    normal(p, &x, g, m);
    const bool hold_a = (x.a <= p->a_low && g[0] < 0.0) || (x.a >= p->a_high && g[0] > 0.0);
    const bool hold_h = (x.h <= p->h_low && g[1] < 0.0) || (x.h >= p->h_high && g[1] > 0.0);
    const double aa = m[0] * (1.0 + damping) + 1e-30, hh = m[2] * (1.0 + damping) + 1e-30;
    const double ah = hold_a || hold_h ? 0.0 : m[1], det = aa * hh - ah * ah;
    const double ga = hold_a ? 0.0 : g[0], gh = hold_h ? 0.0 : g[1];
    const double step_a = (ga * hh - gh * ah) / det, step_h = (gh * aa - ga * ah) / det;
    if (!isfinite(step_a) || !isfinite(step_h)) break;
    point next = {clamp(x.a + clamp(step_a, -5.0, 5.0), p->a_low, p->a_high),
                  clamp(x.h + clamp(step_h, -1.0, 1.0), p->h_low, p->h_high), 0.0};
    next.cost = cost_of(p, next.a, next.h);
    if (next.cost < x.cost) {
      const double gain = x.cost - next.cost, moved = fabs(next.a - x.a) + fabs(next.h - x.h);
      x = next;
      damping = damping > 1e-12 ? 0.2 * damping : damping;
      if (gain <= 1e-14 * x.cost && moved < 1e-9) break;
    } else {
      damping *= 8.0;
      if (damping > 1e12) break;
    }
  }
  return x;
}

/* The best of a grid of starts over the tested range and beyond. */
static point search(const problem *p, double ln_low, double ln_high) {
  static const double hills[] = {0.5, 1.0, 2.0};
  point best = {0.0, 1.0, (double)INFINITY};
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 3; j++) {
      const double a = ln_low - 1.0 + (ln_high - ln_low + 5.0) * i / 7.0;
      const point start = {clamp(a, p->a_low, p->a_high), clamp(hills[j], p->h_low, p->h_high), 0.0};
      const point x = descend(p, start, 200);
      if (x.cost < best.cost) best = x;
    }
  return best;
}

/* Cauchy weights with the scale of the residuals' median: refitted until they stand. */
static point reweigh(problem *p, point x, double *scratch) {
  double *weight = scratch, *sorted = scratch + p->n;
  p->weight = weight;
  for (int round = 0; round < 30; round++) {
    for (size_t k = 0; k < p->n; k++) sorted[k] = fabs(p->block[k] - curve(p->ln_c[k], x.a, x.h));
    qsort(sorted, p->n, sizeof *sorted, lg_ascending);
    const double scale = 2.385 * (1.4826 * sorted[p->n / 2] + 0.05); /* 0.05 %: exact data have no spread */
    for (size_t k = 0; k < p->n; k++) {
      const double r = (p->block[k] - curve(p->ln_c[k], x.a, x.h)) / scale;
      weight[k] = 1.0 / (1.0 + r * r);
    }
    const point next = descend(p, x, 100);
    const double moved = fabs(next.a - x.a) + fabs(next.h - x.h);
    x = next;
    if (moved < 1e-7) break;
  }
  return x;
}

/* How much wider an interval is because the noise is known from few residuals only: Student's t over the normal
 * quantile, to first order at 95 %. */
static double student_over_normal(size_t degrees) { return 1.0 + (1.96 * 1.96 + 1.0) / (4.0 * (double)degrees); }

/* Curve + residuals drawn anew. scratch: (n) residuals, (n) drawn, then 2 n_bootstrap fits. The weights of a robust fit
 * stay with their cells: a bad cell's residual is not spread over the others. */
static void bootstrap(const problem *p, const point *fit, const lg_hill_options *o, lg_rng *rng, double *scratch,
                      lg_hill_result *out) {
  double *residual = scratch, *drawn = scratch + p->n, *a = scratch + 2 * p->n, *h = a + o->n_bootstrap;
  double mean = 0.0, square = 0.0;
  problem again = *p;
  const double widen = sqrt((double)p->n / (double)(p->n - 2));
  for (size_t k = 0; k < p->n; k++) {
    const double w = p->weight ? sqrt(p->weight[k]) : 1.0;
    residual[k] = widen * w * (p->block[k] - curve(p->ln_c[k], fit->a, fit->h));
  }
  again.block = drawn;
  again.weight = NULL;
  for (size_t b = 0; b < o->n_bootstrap; b++) {
    for (size_t k = 0; k < p->n; k++) drawn[k] = curve(p->ln_c[k], fit->a, fit->h) + residual[lg_rng_below(rng, p->n)];
    const point x = descend(&again, *fit, 60);
    a[b] = x.a;
    h[b] = x.h;
    mean += x.a / (double)o->n_bootstrap;
  }
  for (size_t b = 0; b < o->n_bootstrap; b++) square += (a[b] - mean) * (a[b] - mean);
  out->pIC50_sd = sqrt(square / (double)o->n_bootstrap) / 2.302585092994046;
  qsort(a, o->n_bootstrap, sizeof *a, lg_ascending);
  qsort(h, o->n_bootstrap, sizeof *h, lg_ascending);
  const double tail = 0.5 * (1.0 - o->level);
  const double t = student_over_normal(p->n - 2);
  out->IC50_low_uM = lg_exp(fit->a + t * (lg_quantile(a, o->n_bootstrap, tail) - fit->a));
  const double high = fit->a + t * (lg_quantile(a, o->n_bootstrap, 1.0 - tail) - fit->a);
  out->IC50_high_uM = high > p->a_high - 6.0 ? (double)INFINITY : lg_exp(high);
  out->hill_low = clamp(fit->h + t * (lg_quantile(h, o->n_bootstrap, tail) - fit->h), p->h_low, p->h_high);
  out->hill_high = clamp(fit->h + t * (lg_quantile(h, o->n_bootstrap, 1.0 - tail) - fit->h), p->h_low, p->h_high);
}

/* Concentrations count as one within a millionth. */
static bool same_concentration(double a, double b) { return fabs(a - b) < 1e-6; }

/* Largest mean over one concentration, and how many there are. */
static void describe(const problem *p, lg_hill_result *out) {
  out->max_block_percent = -(double)INFINITY;
  for (size_t k = 0; k < p->n; k++) {
    double sum = 0.0;
    size_t count = 0;
    bool first = true;
    for (size_t j = 0; j < p->n; j++) {
      if (!same_concentration(p->ln_c[j], p->ln_c[k])) continue;
      first = first && j >= k;
      sum += p->block[j];
      count++;
    }
    out->n_concentrations += first;
    if (sum / (double)count > out->max_block_percent) out->max_block_percent = sum / (double)count;
  }
}

bool lg_hill_fit(const double *c_uM, const double *block, size_t n, const lg_hill_options *options, lg_rng *rng,
                 double *scratch, lg_hill_result *out) {
  const double unknown = (double)NAN;
  double *ln_c = scratch, low = (double)INFINITY, high = -(double)INFINITY;
  *out = (lg_hill_result){.IC50_uM = unknown,
                          .hill = unknown,
                          .IC50_low_uM = unknown,
                          .IC50_high_uM = unknown,
                          .hill_low = unknown,
                          .hill_high = unknown,
                          .pIC50_sd = unknown,
                          .max_block_percent = unknown,
                          .rmse_percent = unknown,
                          .n = n};
  if (n < 3) return false;
  for (size_t k = 0; k < n; k++) {
    ln_c[k] = lg_ln(c_uM[k]);
    low = fmin(low, ln_c[k]);
    high = fmax(high, ln_c[k]);
  }
  problem p = {ln_c, block, NULL, n, low - 12.0, high + 20.0, options->hill_low, options->hill_high};
  describe(&p, out);
  if (out->n_concentrations < 2) return false;
  if (!(out->max_block_percent > 0.0)) return true;
  point x = search(&p, low, high);
  if (options->robust) x = reweigh(&p, x, scratch + n);
  out->reached = x.a < p.a_high;
  if (!out->reached) return true;
  out->IC50_uM = lg_exp(x.a);
  out->hill = x.h;
  out->extrapolated = x.a > high || x.a < low;
  out->at_bound = x.h <= p.h_low || x.h >= p.h_high;
  double sum = 0.0;
  for (size_t k = 0; k < n; k++) sum += (block[k] - curve(ln_c[k], x.a, x.h)) * (block[k] - curve(ln_c[k], x.a, x.h));
  out->rmse_percent = sqrt(sum / (double)n);
  if (options->n_bootstrap > 1) bootstrap(&p, &x, options, rng, scratch + 3 * n, out);
  return true;
}
