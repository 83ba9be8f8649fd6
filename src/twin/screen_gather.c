#include "twin/screen_gather.h"

#include "base/elementary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct lg_screen_gather {
  size_t n_compounds, n_doses, n_individuals;
  float *area, *rheobase; /* (compounds, doses, individuals) */
  signed char *verdict;
};

lg_status lg_screen_gather_create(lg_ctx *ctx, size_t n_compounds, size_t n_doses, size_t n_individuals,
                                  lg_screen_gather **out) {
  lg_status status = LG_OK;
  lg_screen_gather *g = NULL;
  size_t n;
  *out = NULL;
  if (n_compounds == 0 || n_doses == 0 || n_individuals == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a screen of %zu compounds, %zu doses, %zu individuals", n_compounds, n_doses,
                   n_individuals);
  if (!lg_mul_size(n_compounds, n_doses, &n) || !lg_mul_size(n, n_individuals, &n))
    return lg_fail(ctx, LG_ERR_LIMIT, "a screen of too many points");
  LG_NEW(ctx, g, 1);
  *g = (lg_screen_gather){.n_compounds = n_compounds, .n_doses = n_doses, .n_individuals = n_individuals};
  LG_NEW(ctx, g->area, n);
  LG_NEW(ctx, g->rheobase, n);
  LG_NEW(ctx, g->verdict, n);
  memset(g->verdict, -1, n);
  *out = g;
  g = NULL;
done:
  lg_screen_gather_destroy(ctx, g);
  return status;
}

void lg_screen_gather_destroy(lg_ctx *ctx, lg_screen_gather *g) {
  if (!g) return;
  lg_free(ctx, g->area);
  lg_free(ctx, g->rheobase);
  lg_free(ctx, g->verdict);
  lg_free(ctx, g);
}

lg_status lg_screen_gather_put(lg_ctx *ctx, lg_screen_gather *g, size_t compound, size_t dose, size_t individual,
                               int verdict, double area, double rheobase) {
  if (compound >= g->n_compounds || dose >= g->n_doses || individual >= g->n_individuals)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "point (%zu, %zu, %zu) of a screen of (%zu, %zu, %zu)", compound, dose,
                   individual, g->n_compounds, g->n_doses, g->n_individuals);
  if (verdict < -1 || verdict >= LG_VERDICTS) return lg_fail(ctx, LG_ERR_ARGUMENT, "verdict %d is none", verdict);
  const size_t k = (compound * g->n_doses + dose) * g->n_individuals + individual;
  g->area[k] = (float)area;
  g->rheobase[k] = (float)rheobase;
  g->verdict[k] = (signed char)verdict;
  return LG_OK;
}

size_t lg_screen_gather_missing(const lg_screen_gather *g) {
  const size_t n = g->n_compounds * g->n_doses * g->n_individuals;
  size_t missing = 0;
  for (size_t k = 0; k < n; k++) missing += g->verdict[k] < 0;
  return missing;
}

/* ---- cells ------------------------------------------------------------------------------------------ */

static int ascending(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return x < y ? -1 : (x > y ? 1 : 0);
}

/* Quantile of n sorted values, between neighbours (type 7 of Hyndman & Fan 1996); NAN of none. */
static double quantile(const float *sorted, size_t n, double q) {
  if (n == 0) return (double)NAN;
  const double at = q * (double)(n - 1);
  const size_t k = (size_t)at;
  if (k + 1 >= n) return (double)sorted[n - 1];
  return (double)sorted[k] + (at - (double)k) * ((double)sorted[k + 1] - (double)sorted[k]);
}

/* Finite values of the individuals that were worked out, sorted. */
static size_t sorted_values(const float *x, const signed char *verdict, size_t n, float *to) {
  size_t m = 0;
  for (size_t k = 0; k < n; k++)
    if (verdict[k] >= 0 && isfinite(x[k])) to[m++] = x[k];
  if (m > 1) qsort(to, m, sizeof *to, ascending);
  return m;
}

static int most_frequent(const size_t count[LG_VERDICTS], const float *area, const signed char *verdict, size_t n,
                         double median) {
  int best = -1;
  double best_distance = 0.0;
  for (int v = 0; v < LG_VERDICTS; v++) {
    double distance = 0.0;
    if (count[v] == 0) continue;
    for (size_t k = 0; k < n; k++)
      if (verdict[k] == v && isfinite(area[k])) distance += fabs((double)area[k] - median);
    distance /= (double)count[v];
    if (best < 0 || count[v] > count[best] || (count[v] == count[best] && distance < best_distance))
      best = v, best_distance = distance;
  }
  return best;
}

static void fill_cell(const lg_screen_gather *g, size_t at, float *space, lg_screen_cell *c) {
  const size_t n = g->n_individuals;
  const float *area = g->area + at * n;
  const signed char *verdict = g->verdict + at * n;
  size_t count[LG_VERDICTS] = {0}, known = 0;
  *c = (lg_screen_cell)LG_SCREEN_CELL_INIT;
  for (size_t k = 0; k < n; k++)
    if (verdict[k] >= 0) count[verdict[k]]++, known++;
  for (int v = 0; v < LG_VERDICTS; v++)
    c->share[v] = n > 1 && known > 0 ? (double)count[v] / (double)known : (double)NAN;
  if (known == 0) return;
  size_t m = sorted_values(area, verdict, n, space);
  c->area_ratio = quantile(space, m, 0.5);
  if (n > 1) {
    c->area_lo = quantile(space, m, 0.025);
    c->area_hi = quantile(space, m, 0.975);
    c->affected = 1.0 - (double)count[LG_VERDICT_UNCHANGED] / (double)known;
  }
  c->verdict = most_frequent(count, area, verdict, n, c->area_ratio);
  m = sorted_values(g->rheobase + at * n, verdict, n, space);
  c->rheobase_ratio = quantile(space, m, 0.5);
}

lg_status lg_screen_gather_cells(lg_ctx *ctx, const lg_screen_gather *g, lg_screen_cell *cells) {
  lg_status status = LG_OK;
  float *space = NULL;
  LG_NEW(ctx, space, g->n_individuals);
  for (size_t k = 0; k < g->n_compounds * g->n_doses; k++) fill_cell(g, k, space, &cells[k]);
done:
  lg_free(ctx, space);
  return status;
}

double lg_screen_ec50(const double *dose, const lg_screen_cell *cells, size_t n) {
  size_t far = n;
  for (size_t k = 0; k < n; k++) {
    if (!isfinite(cells[k].area_ratio)) continue;
    if (far == n || fabs(cells[k].area_ratio - 1.0) > fabs(cells[far].area_ratio - 1.0)) far = k;
  }
  if (far == n || fabs(cells[far].area_ratio - 1.0) < 0.2) return (double)NAN;
  const double half = 0.5 * (cells[far].area_ratio - 1.0);
  size_t before = n; /* the last known dose below half */
  for (size_t k = 0; k <= far; k++) {
    const double effect = (cells[k].area_ratio - 1.0) / half; /* 1 at half */
    if (!isfinite(effect)) continue;
    if (effect < 1.0) {
      before = k;
      continue;
    }
    if (before == n) return (double)NAN;
    const double low = (cells[before].area_ratio - 1.0) / half;
    const double share = (1.0 - low) / (effect - low);
    return lg_exp(lg_ln(dose[before]) + share * (lg_ln(dose[k]) - lg_ln(dose[before])));
  }
  return (double)NAN;
}
