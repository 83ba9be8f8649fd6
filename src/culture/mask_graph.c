#include "culture/mask_graph.h"

#include <math.h>
#include <stdlib.h>

culture_graph_options lg_culture_graph_options_default(void) {
  return (culture_graph_options){.least_area_px = 500.0, .least_border_px = 5.0};
}

/* Indices of the labels that have pixels, their areas and centroids. */
static lg_status take_cells(lg_ctx *ctx, const lg_culture_masks *m, lg_culture_graph *g, uint32_t *index) {
  lg_status status = LG_OK;
  const size_t n = (size_t)m->most + 1;
  double *sums = NULL;
  LG_NEW(ctx, sums, 3 * n);
  double *area = sums, *y = sums + n, *x = sums + 2 * n;
  for (size_t k = 0; k < m->height * m->width; k++) {
    const uint32_t label = m->label[k];
    const size_t row = k / m->width, column = k % m->width;
    area[label] += 1.0, y[label] += (double)row, x[label] += (double)column;
  }
  for (size_t label = 1; label < n; label++)
    if (area[label] > 0.0) index[label] = (uint32_t)g->n++;
  if (g->n == 0) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "there is no cell in the masks"));
  LG_NEW(ctx, g->id, g->n);
  LG_NEW(ctx, g->area_px, g->n);
  LG_NEW(ctx, g->cy_px, g->n);
  LG_NEW(ctx, g->cx_px, g->n);
  LG_NEW(ctx, g->is_border, g->n);
  for (size_t label = 1, k = 0; label < n; label++) {
    if (!(area[label] > 0.0)) continue;
    g->id[k] = (uint32_t)label;
    g->area_px[k] = area[label];
    g->cy_px[k] = y[label] / area[label], g->cx_px[k] = x[label] / area[label];
    k++;
  }
done:
  lg_free(ctx, sums);
  return status;
}

static int ascending(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static size_t note(uint32_t a, uint32_t b, uint64_t *pairs, size_t n) {
  if (a != b && a && b) pairs[n++] = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
  return n;
}

/* All 4-neighbour pairs of pixels of two labels, sorted. */
static size_t find_pairs(const lg_culture_masks *m, uint64_t *pairs) {
  const size_t w = m->width;
  size_t n = 0;
  for (size_t y = 0; y < m->height; y++)
    for (size_t x = 0; x < w; x++) {
      const uint32_t *at = m->label + y * w + x;
      if (x + 1 < w) n = note(at[0], at[1], pairs, n);
      if (y + 1 < m->height) n = note(at[0], at[w], pairs, n);
    }
  qsort(pairs, n, sizeof *pairs, ascending);
  return n;
}

static lg_status take_edges(lg_ctx *ctx, const lg_culture_masks *m, const culture_graph_options *o,
                            const uint32_t *index, lg_culture_graph *g) {
  lg_status status = LG_OK;
  uint64_t *pairs = NULL;
  LG_NEW(ctx, pairs, 2 * m->height * m->width);
  const size_t n = find_pairs(m, pairs);
  LG_NEW(ctx, g->edges, n + 1);
  for (size_t k = 0, end; k < n; k = end) {
    for (end = k + 1; end < n && pairs[end] == pairs[k];) end++;
    const uint32_t i = index[pairs[k] >> 32], j = index[pairs[k] & 0xffffffffu];
    const double length = (double)(end - k), dy = g->cy_px[i] - g->cy_px[j], dx = g->cx_px[i] - g->cx_px[j];
    if (length < o->least_border_px || g->area_px[i] < o->least_area_px || g->area_px[j] < o->least_area_px) continue;
    g->edges[g->n_edges++] = (culture_edge){i, j, sqrt(dy * dy + dx * dx), length};
  }
done:
  lg_free(ctx, pairs);
  return status;
}

static lg_status mark_border(lg_ctx *ctx, const lg_culture_masks *m, const culture_graph_options *o,
                             const uint32_t *index, lg_culture_graph *g) {
  const size_t h = m->height, w = m->width;
  for (size_t c = 0; c < g->n; c++) g->is_border[c] = true; /* until an edge shows that it is not alone */
  for (size_t k = 0; k < g->n_edges; k++) g->is_border[g->edges[k].i] = g->is_border[g->edges[k].j] = false;
  for (size_t k = 0; k < h * w; k++) {
    const size_t y = k / w, x = k % w;
    const bool outside =
        y <= o->top || x <= o->left || y + 1 >= (o->bottom ? o->bottom : h) || x + 1 >= (o->bottom ? o->right : w);
    if (outside && m->label[k]) g->is_border[index[m->label[k]]] = true;
  }
  for (size_t q = 0; q < o->n_extra; q++) {
    const uint32_t label = o->extra_border[q];
    if (label == 0 || label > m->most || g->id[index[label]] != label)
      return lg_fail(ctx, LG_ERR_RANGE, "border cell %u is not in the masks", label);
    g->is_border[index[label]] = true;
  }
  return LG_OK;
}

lg_status lg_culture_graph_of_masks(lg_ctx *ctx, const lg_culture_masks *m, const culture_graph_options *o,
                                    lg_culture_graph **out) {
  lg_status status = LG_OK;
  lg_culture_graph *g = NULL;
  uint32_t *index = NULL;
  *out = NULL;
  LG_NEW(ctx, g, 1);
  LG_NEW(ctx, index, (size_t)m->most + 1);
  LG_TRY(take_cells(ctx, m, g, index));
  LG_TRY(take_edges(ctx, m, o, index, g));
  LG_TRY(mark_border(ctx, m, o, index, g));
  *out = g;
  g = NULL;
done:
  lg_free(ctx, index);
  lg_culture_graph_destroy(ctx, g);
  return status;
}
