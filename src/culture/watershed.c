#include "culture/watershed_internal.h"

#include "culture/blur.h"
#include "culture/mask_graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

culture_watershed lg_culture_watershed_default(void) {
  return (culture_watershed){.background_px = 14.0, .smooth_px = 1.5, .h = 0.4, .finer = 0.3, .least_area_px = 150};
}

static void standard(const float *x, size_t n, double *mean, double *sd) {
  double sum = 0.0, square = 0.0;
  for (size_t k = 0; k < n; k++) sum += (double)x[k];
  *mean = sum / (double)n;
  for (size_t k = 0; k < n; k++) square += ((double)x[k] - *mean) * ((double)x[k] - *mean);
  *sd = sqrt(square / (double)n);
}

void lg_culture_cell_map(const float *mean, const float *correlation, size_t n, float *map) {
  double m[2], sd[2];
  standard(mean, n, &m[0], &sd[0]);
  standard(correlation, n, &m[1], &sd[1]);
  for (size_t k = 0; k < n; k++) {
    const double a = sd[0] > 0.0 ? ((double)mean[k] - m[0]) / sd[0] : 0.0;
    const double b = sd[1] > 0.0 ? ((double)correlation[k] - m[1]) / sd[1] : 0.0;
    map[k] = (float)(a + b);
  }
}

lg_status lg_culture_relief(lg_ctx *ctx, const float *map, size_t h, size_t w, const culture_watershed *o, float *out) {
  lg_status status = LG_OK;
  const size_t n = h * w;
  const culture_blur wide = lg_culture_blur_make(o->background_px), fine = lg_culture_blur_make(o->smooth_px);
  float *block = NULL;
  LG_NEW(ctx, block, 3 * n + w + 2 * CULTURE_BLUR_MOST + n);
  float *mean = block, *square = block + n, *scratch = block + 2 * n;
  for (size_t k = 0; k < n; k++) square[k] = map[k] * map[k];
  lg_culture_blur(&wide, h, w, map, mean, scratch);
  lg_culture_blur(&wide, h, w, square, square, scratch);
  for (size_t k = 0; k < n; k++) {
    const float variance = square[k] - mean[k] * mean[k];
    out[k] = (map[k] - mean[k]) / sqrtf(variance > 1e-6f ? variance : 1e-6f);
  }
  lg_culture_blur(&fine, h, w, out, out, scratch);
done:
  lg_free(ctx, block);
  return status;
}

/* ---- seeds: maxima by how far they stand out -------------------------------------------------------------- */

typedef struct hill {
  float height;
  uint32_t at;
} hill;

static int downwards(const void *a, const void *b) {
  const hill *x = a, *y = b;
  if (x->height != y->height) return x->height < y->height ? 1 : -1;
  return (x->at > y->at) - (x->at < y->at);
}

static uint32_t root_of(uint32_t *parent, uint32_t k) {
  while (parent[k] != k) k = parent[k] = parent[parent[k]];
  return k;
}

typedef struct lake {
  size_t h, w;
  hill *order;
  uint32_t *parent; /* of pixels that were seen; UINT32_MAX: not yet */
  float *stands;    /* by how much the maximum at a pixel stands out; -1: no maximum */
} lake;

/* Neighbours (8) that were flooded already; the roots' pixels are their maxima. */
static void flood(lake *l, const float *map, uint32_t at) {
  const size_t y = at / l->w, x = at % l->w;
  l->parent[at] = at;
  l->stands[at] = -1.0f;
  bool alone = true;
  for (int q = 0; q < 9; q++) {
    const ptrdiff_t ny = (ptrdiff_t)y + q / 3 - 1, nx = (ptrdiff_t)x + q % 3 - 1;
    if (q == 4 || ny < 0 || nx < 0 || ny >= (ptrdiff_t)l->h || nx >= (ptrdiff_t)l->w) continue;
    const uint32_t other = (uint32_t)(ny * (ptrdiff_t)l->w + nx);
    if (l->parent[other] == UINT32_MAX) continue;
    uint32_t a = root_of(l->parent, other), b = root_of(l->parent, at);
    alone = false;
    if (a == b) continue;
    if (b == at && l->stands[b] < 0.0f) { /* the pixel joins its first hill */
      l->parent[b] = a;
      continue;
    }
    if (map[a] < map[b] || (map[a] == map[b] && a > b)) { /* the lower hill ends here */
      const uint32_t swap = a;
      a = b, b = swap;
    }
    l->stands[b] = map[b] - map[at];
    l->parent[b] = a;
  }
  if (alone) l->stands[at] = 0.0f; /* a new hill; how far it stands out is seen where it ends */
}

lg_status lg_culture_hills(lg_ctx *ctx, const float *map, size_t h, size_t w, float *stands) {
  lg_status status = LG_OK;
  const size_t n = h * w;
  lake l = {.h = h, .w = w, .stands = stands};
  LG_NEW(ctx, l.order, n);
  LG_NEW(ctx, l.parent, n);
  for (size_t k = 0; k < n; k++) l.order[k] = (hill){map[k], (uint32_t)k}, l.parent[k] = UINT32_MAX;
  qsort(l.order, n, sizeof *l.order, downwards);
  for (size_t k = 0; k < n; k++) flood(&l, map, l.order[k].at);
  stands[root_of(l.parent, 0)] = map[l.order[0].at] - map[l.order[n - 1].at]; /* the highest of all */
done:
  lg_free(ctx, l.order);
  lg_free(ctx, l.parent);
  return status;
}

static int descending(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x < y) - (x > y);
}

/* In the middle (of logarithms) of the widest range without a hill, between 0.2 and 0.8. */
static lg_status stable_h(lg_ctx *ctx, const float *stands, size_t n, double *h) {
  lg_status status = LG_OK;
  float *sorted = NULL;
  size_t m = 0;
  double widest = 0.0, above = 0.8;
  LG_NEW(ctx, sorted, n + 1);
  for (size_t k = 0; k < n; k++)
    if (stands[k] > 0.2f && stands[k] < 0.8f) sorted[m++] = stands[k];
  qsort(sorted, m, sizeof *sorted, descending);
  sorted[m] = 0.2f;
  *h = 0.4;
  for (size_t k = 0; k <= m; k++) {
    const double below = (double)sorted[k];
    if (above / below > 1.0 + widest) widest = above / below - 1.0, *h = sqrt(above * below);
    above = below;
  }
done:
  lg_free(ctx, sorted);
  return status;
}

/* ---- basins: pixels in the order of their height from the seeds -------------------------------------------- */

typedef struct queued {
  float height;
  uint32_t age, at;
} queued;

static bool before(const queued *a, const queued *b) {
  return a->height != b->height ? a->height > b->height : a->age < b->age;
}

static void push(queued *heap, size_t *n, queued q) {
  size_t k = (*n)++;
  for (; k > 0 && before(&q, &heap[(k - 1) / 2]); k = (k - 1) / 2) heap[k] = heap[(k - 1) / 2];
  heap[k] = q;
}

static queued pop(queued *heap, size_t *n) {
  const queued top = heap[0], last = heap[--*n];
  size_t k = 0;
  for (size_t child = 1; child < *n; child = 2 * k + 1) {
    if (child + 1 < *n && before(&heap[child + 1], &heap[child])) child++;
    if (!before(&heap[child], &last)) break;
    heap[k] = heap[child];
    k = child;
  }
  heap[k] = last;
  return top;
}

lg_status lg_culture_basins(lg_ctx *ctx, const float *map, const float *stands, double h, lg_culture_masks *m) {
  lg_status status = LG_OK;
  const size_t n = m->height * m->width;
  queued *heap = NULL;
  size_t queue = 0;
  uint32_t age = 0;
  LG_NEW(ctx, heap, n + 1);
  for (size_t k = 0; k < n; k++)
    if ((double)stands[k] >= h) {
      m->label[k] = ++m->most;
      push(heap, &queue, (queued){map[k], age++, (uint32_t)k});
    }
  while (queue > 0) {
    const queued q = pop(heap, &queue);
    const size_t y = q.at / m->width, x = q.at % m->width;
    const size_t next[4] = {y > 0 ? q.at - m->width : n, x > 0 ? (size_t)q.at - 1 : n,
                            x + 1 < m->width ? (size_t)q.at + 1 : n, y + 1 < m->height ? q.at + m->width : n};
    for (int k = 0; k < 4; k++) {
      if (next[k] == n || m->label[next[k]]) continue;
      m->label[next[k]] = m->label[q.at]; /* labelled when queued: each pixel once */
      push(heap, &queue, (queued){map[next[k]], age++, (uint32_t)next[k]});
    }
  }
done:
  lg_free(ctx, heap);
  return status;
}

/* ---- small cells join a neighbour ------------------------------------------------------------------------- */

typedef struct merging {
  lg_culture_graph *graph; /* areas and edges are kept up to date; an edge of length 0 is gone */
  uint32_t *into;          /* (cells) itself, or the cell that it joined */
  size_t *edge_of;         /* (cells) one past the edge between a cell and the one that is joined; 0: none */
} merging;

/* The neighbour with the longest border; the first of equals; the cell itself when it touches none. */
static size_t closest(const lg_culture_graph *g, size_t cell) {
  double longest = 0.0;
  size_t best = cell;
  for (size_t e = 0; e < g->n_edges; e++) {
    const culture_edge *x = &g->edges[e];
    if ((x->i != cell && x->j != cell) || x->l_px < longest || x->l_px == 0.0) continue;
    const size_t other = x->i == cell ? x->j : x->i;
    if (x->l_px == longest && other > best) continue;
    longest = x->l_px, best = other;
  }
  return best;
}

/* The smallest cell below the limit that touches another, and the one to join; the first of equals. */
static bool smallest(const merging *m, double least, size_t *cell, size_t *to) {
  const lg_culture_graph *g = m->graph;
  bool found = false;
  for (size_t c = 0; c < g->n; c++) {
    if (m->into[c] != c || g->area_px[c] >= least || (found && g->area_px[c] >= g->area_px[*cell])) continue;
    const size_t next = closest(g, c);
    if (next != c) *cell = c, *to = next, found = true;
  }
  return found;
}

static void join(merging *m, size_t from, size_t to) {
  lg_culture_graph *g = m->graph;
  memset(m->edge_of, 0, g->n * sizeof *m->edge_of);
  for (size_t e = 0; e < g->n_edges; e++) {
    const culture_edge *x = &g->edges[e];
    if (x->l_px > 0.0 && (x->i == to || x->j == to)) m->edge_of[x->i == to ? x->j : x->i] = e + 1;
  }
  for (size_t e = 0; e < g->n_edges; e++) {
    culture_edge *x = &g->edges[e];
    if (x->l_px == 0.0 || (x->i != from && x->j != from)) continue;
    const size_t other = x->i == from ? x->j : x->i;
    if (other == to) {
      x->l_px = 0.0;
    } else if (m->edge_of[other]) {
      g->edges[m->edge_of[other] - 1].l_px += x->l_px;
      x->l_px = 0.0;
    } else {
      x->i = (uint32_t)(other < to ? other : to), x->j = (uint32_t)(other < to ? to : other);
    }
  }
  g->area_px[to] += g->area_px[from];
  m->into[from] = (uint32_t)to;
}

static lg_status merge_small(lg_ctx *ctx, double least, lg_culture_masks *m) {
  const culture_graph_options o = {.least_area_px = 0.0, .least_border_px = 1.0};
  lg_status status = LG_OK;
  merging w = {0};
  uint32_t *label = NULL;
  size_t cell = 0, next = 0;
  LG_TRY(lg_culture_graph_of_masks(ctx, m, &o, &w.graph));
  LG_NEW(ctx, w.into, w.graph->n);
  LG_NEW(ctx, w.edge_of, w.graph->n);
  LG_NEW(ctx, label, (size_t)m->most + 1);
  for (size_t c = 0; c < w.graph->n; c++) w.into[c] = (uint32_t)c;
  while (smallest(&w, least, &cell, &next)) join(&w, cell, next);
  for (size_t c = 0; c < w.graph->n; c++) {
    uint32_t to = (uint32_t)c;
    while (w.into[to] != to) to = w.into[to];
    label[w.graph->id[c]] = w.graph->id[to];
  }
  for (size_t k = 0; k < m->height * m->width; k++) m->label[k] = label[m->label[k]];
done:
  lg_culture_graph_destroy(ctx, w.graph);
  lg_free(ctx, w.into);
  lg_free(ctx, w.edge_of);
  lg_free(ctx, label);
  return status;
}

/* Labels 1 … n without gaps, in the order in which they first appear. */
static lg_status renumber(lg_ctx *ctx, lg_culture_masks *m) {
  lg_status status = LG_OK;
  uint32_t *now = NULL, n = 0;
  LG_NEW(ctx, now, (size_t)m->most + 1);
  for (size_t k = 0; k < m->height * m->width; k++) {
    const uint32_t label = m->label[k];
    if (label && !now[label]) now[label] = ++n;
    m->label[k] = label ? now[label] : 0;
  }
  m->most = n;
done:
  lg_free(ctx, now);
  return status;
}

lg_status lg_culture_seed_height(lg_ctx *ctx, const float *stands, size_t n, double asked, double *h) {
  *h = asked;
  return isnan(asked) ? stable_h(ctx, stands, n, h) : LG_OK;
}

lg_status lg_culture_tidy(lg_ctx *ctx, double least_area, lg_culture_masks *m) {
  const lg_status status = merge_small(ctx, least_area, m);
  return status == LG_OK ? renumber(ctx, m) : status;
}

/* Everything but the map: with a movie, seeds are many and what moves together is joined again. */
static lg_status segment(lg_ctx *ctx, const float *map, size_t height, size_t width, const lg_culture_movie *movie,
                         const float *table, const culture_watershed *o, lg_culture_masks **out, double *h_used) {
  lg_status status = LG_OK;
  const size_t n = height * width;
  lg_culture_masks *m = NULL;
  float *relief = NULL;
  *out = NULL;
  if (height < 16 || width < 16)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "an image of %zu x %zu pixels; at least 16 x 16 are needed", width, height));
  LG_NEW(ctx, relief, 2 * n);
  LG_NEW(ctx, m, 1);
  m->height = height, m->width = width;
  LG_NEW(ctx, m->label, n);
  LG_TRY(lg_culture_relief(ctx, map, height, width, o, relief));
  LG_TRY(lg_culture_hills(ctx, relief, height, width, relief + n));
  LG_TRY(lg_culture_seed_height(ctx, relief + n, n, o->h, h_used));
  LG_TRY(lg_culture_basins(ctx, relief, relief + n, movie ? o->finer * *h_used : *h_used, m));
  if (m->most == 0) LG_TRY(lg_fail(ctx, LG_ERR_NOT_FOUND, "no cell stands out of the image"));
  if (movie) LG_TRY(lg_culture_join_moving(ctx, movie, table, relief, *h_used, m));
  LG_TRY(lg_culture_tidy(ctx, (double)o->least_area_px, m));
  if (movie) LG_TRY(lg_culture_move_borders(ctx, movie, table, m));
  *out = m;
  m = NULL;
done:
  lg_free(ctx, relief);
  lg_culture_masks_destroy(ctx, m);
  return status;
}

lg_status lg_culture_watershed_segment(lg_ctx *ctx, const float *map, size_t height, size_t width,
                                       const culture_watershed *o, lg_culture_masks **out, double *h_used) {
  return segment(ctx, map, height, width, NULL, NULL, o, out, h_used);
}

lg_status lg_culture_watershed_movie(lg_ctx *ctx, const lg_culture_movie *movie, const float *table, const float *map,
                                     const culture_watershed *o, lg_culture_masks **out, double *h_used) {
  return segment(ctx, map, movie->height, movie->width, movie, table, o, out, h_used);
}
