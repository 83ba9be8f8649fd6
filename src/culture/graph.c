#include "culture/graph.h"

#include <math.h>

void lg_culture_graph_destroy(lg_ctx *ctx, lg_culture_graph *g) {
  if (!g) return;
  lg_free(ctx, g->id);
  lg_free(ctx, g->area_px);
  lg_free(ctx, g->cy_px);
  lg_free(ctx, g->cx_px);
  lg_free(ctx, g->is_border);
  lg_free(ctx, g->edges);
  lg_free(ctx, g);
}

const char *lg_culture_law_name(culture_law law) {
  static const char *const names[CULTURE_LAWS] = {"ul/degree", "l/degree", "(l/u)/area", "unit"};
  return names[law];
}

void lg_culture_coupling_destroy(lg_ctx *ctx, lg_culture_coupling *c) {
  if (!c) return;
  lg_free(ctx, c->first);
  lg_free(ctx, c->other);
  lg_free(ctx, c->a);
  lg_free(ctx, c->sum);
  lg_free(ctx, c->norm);
  lg_free(ctx, c);
}

static lg_status check(lg_ctx *ctx, const lg_culture_graph *g) {
  for (size_t k = 0; k < g->n_edges; k++) {
    const culture_edge *e = &g->edges[k];
    if (e->i >= e->j || e->j >= g->n)
      return lg_fail(ctx, LG_ERR_RANGE, "border %zu joins cells %u and %u of %zu", k + 1, e->i, e->j, g->n);
    if (!(e->u_px > 0.0) || !(e->l_px > 0.0))
      return lg_fail(ctx, LG_ERR_RANGE, "cells %u and %u: distance %g px and border %g px; both must be above 0",
                     g->id[e->i], g->id[e->j], e->u_px, e->l_px);
  }
  for (size_t c = 0; c < g->n; c++)
    if (!(g->area_px[c] > 0.0))
      return lg_fail(ctx, LG_ERR_RANGE, "cell %u has an area of %g px", g->id[c], g->area_px[c]);
  return LG_OK;
}

/* Neighbours of every cell; a holds the edge's number until the weights are set. */
static void link_cells(const lg_culture_graph *g, lg_culture_coupling *c, size_t *fill) {
  for (size_t k = 0; k < g->n_edges; k++) c->first[g->edges[k].i + 1]++, c->first[g->edges[k].j + 1]++;
  for (size_t i = 0; i < g->n; i++) c->first[i + 1] += c->first[i], fill[i] = c->first[i];
  for (size_t k = 0; k < g->n_edges; k++) {
    const culture_edge *e = &g->edges[k];
    c->other[fill[e->i]] = e->j, c->a[fill[e->i]++] = (double)k;
    c->other[fill[e->j]] = e->i, c->a[fill[e->j]++] = (double)k;
  }
}

static double weight(culture_law law, const culture_edge *e, double u, double l) {
  switch (law) {
  case CULTURE_UL_DEGREE:
    return e->u_px / u * (e->l_px / l);
  case CULTURE_L_DEGREE:
    return e->l_px / l;
  case CULTURE_LU_AREA:
    return e->l_px / e->u_px;
  default:
    return 1.0;
  }
}

static void weigh(const lg_culture_graph *g, culture_law law, lg_culture_coupling *c) {
  double u = 0.0, l = 0.0, area = 0.0, mean = 0.0;
  for (size_t k = 0; k < g->n_edges; k++) u += g->edges[k].u_px, l += g->edges[k].l_px;
  u /= (double)g->n_edges, l /= (double)g->n_edges;
  for (size_t i = 0; i < g->n; i++) area += g->area_px[i] / (double)g->n;
  for (size_t i = 0; i < g->n; i++) {
    const double norm = law == CULTURE_LU_AREA ? g->area_px[i] / area : (double)(c->first[i + 1] - c->first[i]);
    c->norm[i] = norm;
    for (size_t q = c->first[i]; q < c->first[i + 1]; q++) {
      c->a[q] = weight(law, &g->edges[(size_t)c->a[q]], u, l) / norm;
      c->sum[i] += c->a[q];
    }
    mean += c->sum[i] / (double)g->n;
  }
  if (law != CULTURE_LU_AREA) return;
  for (size_t i = 0; i < g->n; i++) {
    c->sum[i] /= mean;
    for (size_t q = c->first[i]; q < c->first[i + 1]; q++) c->a[q] /= mean;
  }
}

lg_status lg_culture_coupling_create(lg_ctx *ctx, const lg_culture_graph *g, culture_law law,
                                     lg_culture_coupling **out) {
  lg_status status = LG_OK;
  lg_culture_coupling *c = NULL;
  size_t *fill = NULL;
  *out = NULL;
  if (g->n_edges == 0) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "no two cells touch: there is nothing to couple"));
  LG_TRY(check(ctx, g));
  LG_NEW(ctx, c, 1);
  c->n = g->n;
  LG_NEW(ctx, c->first, g->n + 1);
  LG_NEW(ctx, c->other, 2 * g->n_edges);
  LG_NEW(ctx, c->a, 2 * g->n_edges);
  LG_NEW(ctx, c->sum, g->n);
  LG_NEW(ctx, c->norm, g->n);
  LG_NEW(ctx, fill, g->n);
  link_cells(g, c, fill);
  weigh(g, law, c);
  *out = c;
  c = NULL;
done:
  lg_free(ctx, fill);
  lg_culture_coupling_destroy(ctx, c);
  return status;
}
