/* Cells that are gone: from some frame on their trace is flat, or far below all that it was. */
#include "culture/identify_internal.h"

#include "num/median.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMED = 3 };

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double mean(const double *x, size_t begin, size_t end) {
  double sum = 0.0;
  for (size_t t = begin; t < end; t++) sum += x[t];
  return sum / (double)(end - begin);
}

/* Percentile of a part, by rank. */
static double ranked(const double *x, size_t begin, size_t end, double share, double *scratch) {
  const size_t n = end - begin;
  memcpy(scratch, x + begin, n * sizeof *scratch);
  qsort(scratch, n, sizeof *scratch, ascending);
  return scratch[(size_t)(share * (double)(n - 1) + 0.5)];
}

/* Where a trace stops to move at all; n: it does not. */
static size_t flat_from(const double *x, size_t n, size_t least) {
  size_t t = n - 1;
  while (t > 0 && x[t - 1] == x[n - 1]) t--;
  return t > 0 && n - t >= least ? t : n;
}

/* The place that best parts a trace into a high and a low half; n: it is no fall into the dark.
 * d: the trace less what all cells do together. */
static size_t dark_from(const double *d, size_t n, size_t least, double *scratch) {
  size_t best = n;
  double score = 0.0, sum = 0.0, total = 0.0;
  for (size_t t = 0; t < n; t++) total += d[t];
  for (size_t t = 0; t < n; t++) {
    if (t >= least && n - t >= least) {
      const double drop = sum / (double)t - (total - sum) / (double)(n - t);
      const double now = drop * sqrt((double)t * (double)(n - t));
      if (now > score) score = now, best = t;
    }
    sum += d[t];
  }
  if (best == n) return n;
  const double drop = mean(d, 0, best) - mean(d, best, n);
  const double middle = ranked(d, 0, best, 0.5, scratch), low = ranked(d, 0, best, 0.02, scratch);
  const double spread = fmax(middle - ranked(d, 0, best, 0.159, scratch), 1e-12);
  const double highest = ranked(d, best, n, 0.98, scratch);
  const double step = mean(d, best - 3, best) - mean(d, best, best + 3);
  return highest < low && drop > 6.0 * spread && step > 0.5 * drop ? best : n;
}

lg_status lg_culture_warn_vanished(lg_ctx *ctx, const lg_culture_graph *g, const double *y, size_t n_times,
                                   lg_culture_result *result) {
  lg_status status = LG_OK;
  const size_t least = n_times / 20 > 8 ? n_times / 20 : 8;
  double *common = NULL, *x = NULL;
  size_t gone = 0;
  if (n_times < 3 * least) return LG_OK;
  LG_NEW(ctx, common, n_times);
  LG_NEW(ctx, x, 3 * n_times + g->n);
  double *d = x + n_times, *scratch = x + 2 * n_times;
  for (size_t t = 0; t < n_times; t++) {
    memcpy(scratch, y + t * g->n, g->n * sizeof *scratch);
    common[t] = lg_median(scratch, g->n);
  }
  for (size_t c = 0; c < g->n; c++) {
    for (size_t t = 0; t < n_times; t++) x[t] = y[t * g->n + c], d[t] = g->n >= 5 ? x[t] - common[t] : x[t];
    const size_t flat = flat_from(x, n_times, least), dark = dark_from(d, n_times, least, scratch);
    if (flat == n_times && dark == n_times) continue;
    if (gone++ < MOST_NAMED)
      lg_culture_warn(result, "cell %u vanishes: its trace is %s from frame %zu on (counted from 0)", g->id[c],
                      flat < n_times ? "flat" : "dark", flat < n_times ? flat : dark);
  }
  if (gone > MOST_NAMED) lg_culture_warn(result, "%zu more cells vanish", gone - MOST_NAMED);
done:
  lg_free(ctx, common);
  lg_free(ctx, x);
  return status;
}
