#include "axon/threshold.h"

#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>

/* Injured: from the onset points (0.15, 50 /s) and (0.20, 30 /s) on. */
const axon_grid_point lg_axon_grid[AXON_GRID] = {
    {0.10, 10, false}, {0.10, 30, false}, {0.10, 50, false}, {0.10, 70, false}, {0.15, 10, false}, {0.15, 30, false},
    {0.15, 50, true},  {0.15, 70, true},  {0.20, 10, false}, {0.20, 30, true},  {0.20, 50, true},  {0.20, 70, true}};

enum { MOST_GRID_TIMES = 512 };

/* Ramp and hold of a point. */
static axon_profiles lay_ramp(const axon_grid_point *g, double *strain, char **name) {
  const double ramp_s = g->strain / g->rate_per_s;
  const size_t n = (size_t)ceil((ramp_s + AXON_GRID_HOLD_S) / AXON_GRID_STEP_S - 1e-9);
  for (size_t k = 0; k <= n; k++) strain[k] = fmin(g->rate_per_s * (double)k * AXON_GRID_STEP_S, g->strain);
  return (axon_profiles){.n = 1, .n_times = n + 1, .dt_s = AXON_GRID_STEP_S, .strain = strain, .names = name};
}

static axon_split split_of(const axon_outcome *grid, size_t output) {
  axon_split s = {.low = -INFINITY, .high = INFINITY};
  for (size_t k = 0; k < AXON_GRID; k++) {
    const double x = grid[k].out[output];
    if (lg_axon_grid[k].injured) s.high = fmin(s.high, x);
    else s.low = fmax(s.low, x);
  }
  const double middle = 0.5 * (s.low + s.high);
  s.separates = s.high > s.low;
  s.margin = s.high / s.low - 1.0;
  s.threshold = s.separates ? middle : (double)NAN;
  return s;
}

static axon_threshold judge(const axon_outcome *grid) {
  axon_threshold t = {0};
  for (size_t k = 0; k < AXON_GRID; k++) t.failed |= grid[k].failed;
  for (size_t q = 0; q < AXON_JUDGED; q++) {
    t.split[q] = split_of(grid, q);
    if (t.failed) t.split[q] = (axon_split){false, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
  }
  return t;
}

lg_status lg_axon_thresholds(lg_ctx *ctx, const lg_axon *const *axons, size_t n, axon_precision precision,
                             axon_threshold *thresholds, axon_outcome *grid) {
  lg_status status = LG_OK;
  const axon_simulate_opts opts = {.precision = precision};
  double strain[MOST_GRID_TIMES];
  char label[] = "ramp", *name = label;
  axon_outcome *of_point = NULL, *all = grid, *own = NULL;
  LG_NEW(ctx, of_point, n);
  if (!all) {
    LG_NEW(ctx, own, n * AXON_GRID);
    all = own;
  }
  for (size_t k = 0; k < AXON_GRID; k++) {
    const axon_profiles ramp = lay_ramp(&lg_axon_grid[k], strain, &name);
    LG_TRY(lg_axon_simulate_each(ctx, axons, n, &ramp, &opts, of_point, NULL));
    for (size_t a = 0; a < n; a++) all[a * AXON_GRID + k] = of_point[a];
  }
  for (size_t a = 0; a < n; a++) thresholds[a] = judge(all + a * AXON_GRID);
done:
  lg_free(ctx, of_point);
  lg_free(ctx, own);
  return status;
}

lg_status lg_axon_injury_threshold(lg_ctx *ctx, const lg_axon *axon, double *threshold) {
  axon_threshold t;
  const lg_status status = lg_axon_thresholds(ctx, &axon, 1, AXON_FLOAT, &t, NULL);
  *threshold = status == LG_OK ? t.split[AXON_MT].threshold : (double)NAN;
  return status;
}

static double quantile_of(double *x, size_t n, double part) {
  if (n == 0) return (double)NAN;
  qsort(x, n, sizeof *x, lg_ascending);
  return lg_quantile(x, n, part);
}

static bool suits(const axon_threshold *t, size_t output, double threshold) {
  return !t->failed && t->split[output].low < threshold && threshold <= t->split[output].high;
}

static size_t count_suited(const axon_threshold *t, size_t n, size_t output, double threshold) {
  size_t count = 0;
  for (size_t k = 0; k < n; k++) count += suits(&t[k], output, threshold);
  return count;
}

/* The middle of the range in which every threshold suits the same most axons; it ends at some `high`. */
static void find_best(const axon_threshold *t, size_t n, size_t output, axon_threshold_summary *s) {
  double end = (double)NAN, begin = -INFINITY;
  for (size_t k = 0; k < n; k++) {
    if (t[k].failed || !t[k].split[output].separates) continue;
    const double high = t[k].split[output].high;
    const size_t suited = count_suited(t, n, output, high);
    if (suited < s->n_best || (suited == s->n_best && !(high < end))) continue;
    s->n_best = suited;
    end = high;
  }
  for (size_t k = 0; k < n; k++)
    if (suits(&t[k], output, end)) begin = fmax(begin, t[k].split[output].low);
  s->best_fixed = 0.5 * (begin + end);
}

axon_threshold_summary lg_axon_threshold_summary(const axon_threshold *t, size_t n, size_t output, double fixed,
                                                 double *scratch) {
  axon_threshold_summary s = {.best_fixed = (double)NAN};
  double *margins = scratch, *thresholds = scratch + n;
  for (size_t k = 0; k < n; k++) {
    const axon_split *split = &t[k].split[output];
    if (t[k].failed) continue;
    margins[s.n++] = split->margin;
    if (!split->separates) continue;
    thresholds[s.n_separate++] = split->threshold;
  }
  s.margin_median = quantile_of(margins, s.n, 0.5);
  s.margin_5 = quantile_of(margins, s.n, 0.05);
  for (size_t q = 0; q < AXON_QUANTILES; q++)
    s.threshold[q] = quantile_of(thresholds, s.n_separate, lg_axon_quantiles[q]);
  s.threshold_low = quantile_of(thresholds, s.n_separate, 0.0);
  s.threshold_high = quantile_of(thresholds, s.n_separate, 1.0);
  s.n_fixed = count_suited(t, n, output, fixed);
  if (s.n_separate > 0) find_best(t, n, output, &s);
  return s;
}
