#include "twin/axon_map.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const lg_axon_map_sources[AXON_MAP_SOURCES] = {"network", "direct", "failed"};

const axon_output_name lg_axon_output_names[AXON_OUTPUTS] = {
    [AXON_MT] = {"mt", "Peak strain of microtubules", ""},
    [AXON_AXOLEMMA] = {"axl", "Peak strain of the axolemma", ""},
    [AXON_TAU] = {"tau_pct", "Tau bonds lost", "%"},
    [AXON_NF] = {"nf_pct", "Neurofilaments lost", "%"},
    [AXON_ARM] = {"side_pct", "Side arms lost", "%"},
    [AXON_MT_BROKEN] = {"mt_broken_pct", "Microtubules ruptured", "%"},
};

/* ---- grid ------------------------------------------------------------------------------------------------ */

enum { MOST_CELLS = 50000000 };

/* Lowest coordinate, and the smallest step between two that differ (INFINITY: they are all the same). */
static void look_along(const double *position, size_t n, size_t axis, double *sorted, double *low, double *step,
                       double *high) {
  for (size_t k = 0; k < n; k++) sorted[k] = position[3 * k + axis];
  qsort(sorted, n, sizeof *sorted, lg_ascending);
  *low = sorted[0], *high = sorted[n - 1], *step = (double)INFINITY;
  for (size_t k = 1; k < n; k++)
    if (sorted[k] - sorted[k - 1] > 1e-6) *step = fmin(*step, sorted[k] - sorted[k - 1]);
}

/* Whether every voxel lies in a cell of its own. */
static bool fill_cells(axon_map_grid *g, const double *position, size_t n, uint8_t *taken) {
  for (size_t k = 0; k < n; k++) {
    size_t cell = 0;
    for (size_t d = 0; d < 3; d++) {
      const double at = (position[3 * k + d] - g->origin_mm[d]) / g->spacing_mm, whole = floor(at + 0.5);
      if (fabs(at - whole) > 0.01) return false;
      cell = cell * g->n[d] + (size_t)whole;
    }
    if (taken[cell]++) return false;
    g->cell[k] = (uint32_t)cell;
  }
  return true;
}

static lg_status find_grid(lg_ctx *ctx, const double *position, size_t n, axon_map_grid *g) {
  lg_status status = LG_OK;
  double *sorted = NULL, high[3], step[3], cells = 1.0;
  uint8_t *taken = NULL;
  LG_NEW(ctx, g->cell, n);
  LG_NEW(ctx, sorted, n);
  for (size_t d = 0; d < 3; d++) look_along(position, n, d, sorted, &g->origin_mm[d], &step[d], &high[d]);
  g->spacing_mm = fmin(step[0], fmin(step[1], step[2]));
  if (!isfinite(g->spacing_mm)) goto done;
  for (size_t d = 0; d < 3; d++) cells *= floor((high[d] - g->origin_mm[d]) / g->spacing_mm + 0.5) + 1.0;
  if (cells > MOST_CELLS) goto done;
  for (size_t d = 0; d < 3; d++) g->n[d] = (size_t)floor((high[d] - g->origin_mm[d]) / g->spacing_mm + 0.5) + 1;
  LG_NEW(ctx, taken, (size_t)cells);
  if (!fill_cells(g, position, n, taken)) g->n[0] = g->n[1] = g->n[2] = 0;
done:
  lg_free(ctx, sorted);
  lg_free(ctx, taken);
  return status;
}

/* ---- made and freed -------------------------------------------------------------------------------------- */

static void find_peaks(const axon_profiles *p, axon_map *m) {
  for (size_t k = 0; k < p->n; k++) {
    const double *x = p->strain + k * p->n_times;
    double most = 0.0, rate = 0.0;
    for (size_t t = 0; t < p->n_times; t++) {
      most = fmax(most, x[t]);
      if (t > 0) rate = fmax(rate, fabs(x[t] - x[t - 1]) / p->dt_s);
    }
    m->peak_strain[k] = (float)most;
    m->peak_rate[k] = (float)rate;
  }
}

lg_status lg_axon_map_create(lg_ctx *ctx, const axon_profiles *p, axon_map **out) {
  lg_status status = LG_OK;
  axon_map *m = NULL;
  *out = NULL;
  if (!p->position_mm)
    return lg_fail(ctx, LG_ERR_ARGUMENT,
                   "the profiles have no positions; a map needs position_mm (HDF5 of loligo axon strain)");
  if (p->n == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "there is no profile");
  for (size_t k = 0; k < 3 * p->n; k++)
    if (!(fabs(p->position_mm[k]) < 1e4))
      return lg_fail(ctx, LG_ERR_RANGE, "position of voxel %zu: %g mm", k / 3, p->position_mm[k]);
  LG_NEW(ctx, m, 1);
  m->n = p->n;
  LG_NEW(ctx, m->position_mm, 3 * p->n);
  for (size_t k = 0; k < 3 * p->n; k++) m->position_mm[k] = (float)p->position_mm[k];
  if (p->fibre) {
    LG_NEW(ctx, m->fibre, 3 * p->n);
    for (size_t k = 0; k < 3 * p->n; k++) m->fibre[k] = (float)p->fibre[k];
  }
  LG_NEW(ctx, m->peak_strain, p->n);
  LG_NEW(ctx, m->peak_rate, p->n);
  LG_NEW(ctx, m->source, p->n);
  LG_NEW(ctx, m->injured, p->n);
  for (size_t q = 0; q < AXON_PREDICTED; q++) LG_NEW(ctx, m->value[q], p->n);
  find_peaks(p, m);
  LG_TRY(find_grid(ctx, p->position_mm, p->n, &m->grid));
  *out = m;
  m = NULL;
done:
  lg_axon_map_destroy(ctx, m);
  return status;
}

void lg_axon_map_destroy(lg_ctx *ctx, axon_map *m) {
  if (!m) return;
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    lg_free(ctx, m->net[q]);
    lg_free(ctx, m->sd[q]);
    lg_free(ctx, m->value[q]);
  }
  for (size_t q = 0; q < AXON_OUTPUTS; q++) lg_free(ctx, m->direct[q]);
  for (size_t k = 0; m->regions && k < m->n_regions; k++) lg_free(ctx, m->regions[k]);
  lg_free(ctx, m->regions);
  lg_free(ctx, m->partition);
  lg_free(ctx, m->region);
  lg_free(ctx, m->position_mm);
  lg_free(ctx, m->fibre);
  lg_free(ctx, m->peak_strain);
  lg_free(ctx, m->peak_rate);
  lg_free(ctx, m->nearest);
  lg_free(ctx, m->in_range);
  lg_free(ctx, m->source);
  lg_free(ctx, m->injured);
  lg_free(ctx, m->grid.cell);
  lg_free(ctx, m);
}

/* ---- what was worked out --------------------------------------------------------------------------------- */

lg_status lg_axon_map_take_net(lg_ctx *ctx, axon_map *m, const axon_prediction *p) {
  lg_status status = LG_OK;
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    LG_NEW(ctx, m->net[q], m->n);
    LG_NEW(ctx, m->sd[q], m->n);
    for (size_t k = 0; k < m->n; k++) m->net[q][k] = (float)p[k].mean[q], m->sd[q][k] = (float)p[k].sd[q];
  }
  LG_NEW(ctx, m->nearest, m->n);
  LG_NEW(ctx, m->in_range, m->n);
  for (size_t k = 0; k < m->n; k++) m->nearest[k] = (float)p[k].nearest, m->in_range[k] = p[k].in_range;
done:
  return status;
}

lg_status lg_axon_map_take_direct(lg_ctx *ctx, axon_map *m, const size_t *which, size_t n, const axon_outcome *o) {
  lg_status status = LG_OK;
  for (size_t q = 0; q < AXON_OUTPUTS; q++) {
    LG_NEW(ctx, m->direct[q], m->n);
    for (size_t k = 0; k < m->n; k++) m->direct[q][k] = (float)NAN;
    for (size_t k = 0; k < n; k++) m->direct[q][which ? which[k] : k] = (float)o[k].out[q];
  }
done:
  return status;
}

lg_status lg_axon_map_finish(lg_ctx *ctx, axon_map *m, double threshold, bool beyond) {
  if (!(threshold > 0.0))
    return lg_fail(ctx, LG_ERR_RANGE, "the threshold of injury is %g; above 0 is needed", threshold);
  m->threshold = threshold;
  for (size_t k = 0; k < m->n; k++) {
    const bool direct = m->direct[0] && isfinite(m->direct[0][k]), net = m->net[0] && (beyond || m->in_range[k]);
    m->source[k] = direct ? AXON_MAP_DIRECT : net ? AXON_MAP_NETWORK : AXON_MAP_FAILED;
    for (size_t q = 0; q < AXON_PREDICTED; q++)
      m->value[q][k] = direct ? m->direct[q][k] : net ? m->net[q][k] : (float)NAN;
    m->injured[k] = (double)m->value[AXON_MT][k] >= threshold;
  }
  return LG_OK;
}

size_t lg_axon_map_count(const axon_map *m, unsigned source) {
  size_t n = 0;
  for (size_t k = 0; k < m->n; k++) n += m->source[k] == source;
  return n;
}

size_t lg_axon_map_out_of_range(const axon_map *m) {
  size_t n = 0;
  for (size_t k = 0; m->in_range && k < m->n; k++) n += !m->in_range[k];
  return n;
}

lg_status lg_axon_map_agreement(lg_ctx *ctx, const axon_map *m, size_t q, bool in_range_only, axon_agreement *out) {
  lg_status status = LG_OK;
  double *error = NULL, sum = 0.0, squares = 0.0, total = 0.0, bias = 0.0, low = (double)INFINITY, high = -low;
  size_t n = 0;
  const double none = (double)NAN;
  *out = (axon_agreement){0, none, none, none, none, none, none};
  if (!m->net[0] || !m->direct[0]) return LG_OK;
  LG_NEW(ctx, error, m->n);
  for (size_t k = 0; k < m->n; k++) {
    const double x = (double)m->direct[q][k], y = (double)m->net[q][k];
    if (!isfinite(x) || !isfinite(y) || (in_range_only && !m->in_range[k])) continue;
    error[n++] = fabs(y - x);
    sum += x, bias += y - x, squares += (y - x) * (y - x);
    low = fmin(low, x), high = fmax(high, x);
  }
  out->n = n;
  if (n == 0) goto done;
  for (size_t k = 0; k < m->n; k++) {
    const double x = (double)m->direct[q][k];
    if (!isfinite(x) || !isfinite((double)m->net[q][k]) || (in_range_only && !m->in_range[k])) continue;
    total += (x - sum / (double)n) * (x - sum / (double)n);
  }
  qsort(error, n, sizeof *error, lg_ascending);
  out->rmse = sqrt(squares / (double)n);
  if (total > 0.0) out->r2 = 1.0 - squares / total;
  if (high > low) out->nrmse_pct = 100.0 * out->rmse / (high - low);
  out->mean_error = bias / (double)n;
  out->p95_error = error[(size_t)floor(0.95 * (double)(n - 1))];
  out->worst_error = error[n - 1];
done:
  lg_free(ctx, error);
  return status;
}
