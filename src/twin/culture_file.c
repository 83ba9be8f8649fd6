#include "twin/culture_file.h"

#include "io/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lg_status column(lg_ctx *ctx, const lg_table *table, const char *name, const lg_table_item **out) {
  *out = lg_table_find(table, name);
  if (!*out) return lg_fail(ctx, LG_ERR_FORMAT, "there is no column '%s'", name);
  if (!(*out)->x) return lg_fail(ctx, LG_ERR_FORMAT, "column '%s' holds something that is no number", name);
  return LG_OK;
}

static lg_status whole(lg_ctx *ctx, const lg_table_item *c, size_t row, double most, uint32_t *out) {
  const double x = c->x[row];
  if (!(x >= 1.0 && x <= most) || x != floor(x))
    return lg_fail(ctx, LG_ERR_FORMAT, "column '%s', row %zu: %g; a cell's label from 1 on is needed", c->name, row + 1,
                   x);
  *out = (uint32_t)x;
  return LG_OK;
}

static int by_id(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static lg_status take_cells(lg_ctx *ctx, const lg_table *table, lg_culture_graph *g) {
  lg_status status = LG_OK;
  const lg_table_item *id, *area, *border, *cy = lg_table_find(table, "cy"), *cx = lg_table_find(table, "cx");
  uint32_t *sorted = NULL;
  LG_TRY(column(ctx, table, "id", &id));
  LG_TRY(column(ctx, table, "area_px", &area));
  LG_TRY(column(ctx, table, "is_border", &border));
  g->n = id->n;
  if (g->n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "there is no cell"));
  if (area->n != g->n || border->n != g->n) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "columns of different lengths"));
  LG_NEW(ctx, g->id, g->n);
  LG_NEW(ctx, g->area_px, g->n);
  LG_NEW(ctx, g->is_border, g->n);
  const bool placed = cy && cx && cy->x && cx->x && cy->n == g->n && cx->n == g->n;
  if (placed) {
    LG_NEW(ctx, g->cy_px, g->n);
    LG_NEW(ctx, g->cx_px, g->n);
  }
  for (size_t k = 0; k < g->n; k++) {
    LG_TRY(whole(ctx, id, k, 4294967295.0, &g->id[k]));
    if (!(area->x[k] > 0.0)) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "cell %u has an area of %g px", g->id[k], area->x[k]));
    g->area_px[k] = area->x[k];
    g->is_border[k] = border->x[k] != 0.0;
    if (placed) g->cy_px[k] = cy->x[k], g->cx_px[k] = cx->x[k];
  }
  LG_NEW(ctx, sorted, g->n);
  memcpy(sorted, g->id, g->n * sizeof *sorted);
  qsort(sorted, g->n, sizeof *sorted, by_id);
  for (size_t k = 1; k < g->n; k++)
    if (sorted[k] == sorted[k - 1]) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "cell %u stands there twice", sorted[k]));
done:
  lg_free(ctx, sorted);
  return status;
}

/* Index of a label; the cells stand in any order, so by search in what is usually 1, 2, 3 … */
static bool find_cell(const lg_culture_graph *g, uint32_t id, uint32_t *at) {
  if (id >= 1 && id <= g->n && g->id[id - 1] == id) {
    *at = id - 1;
    return true;
  }
  for (size_t k = 0; k < g->n; k++)
    if (g->id[k] == id) {
      *at = (uint32_t)k;
      return true;
    }
  return false;
}

static int by_cells(const void *a, const void *b) {
  const culture_edge *x = a, *y = b;
  return x->i != y->i ? (x->i > y->i) - (x->i < y->i) : (x->j > y->j) - (x->j < y->j);
}

static lg_status take_edges(lg_ctx *ctx, const lg_table *table, lg_culture_graph *g) {
  lg_status status = LG_OK;
  const lg_table_item *i, *j, *u, *l;
  LG_TRY(column(ctx, table, "i", &i));
  LG_TRY(column(ctx, table, "j", &j));
  LG_TRY(column(ctx, table, "u_centroid_dist_px", &u));
  LG_TRY(column(ctx, table, "l_crack_px", &l));
  if (j->n != i->n || u->n != i->n || l->n != i->n) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "columns of different lengths"));
  g->n_edges = i->n;
  LG_NEW(ctx, g->edges, i->n + 1);
  for (size_t k = 0; k < i->n; k++) {
    uint32_t label[2], at[2];
    LG_TRY(whole(ctx, i, k, 4294967295.0, &label[0]));
    LG_TRY(whole(ctx, j, k, 4294967295.0, &label[1]));
    for (int q = 0; q < 2; q++)
      if (!find_cell(g, label[q], &at[q]))
        LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "row %zu: there is no cell %u among the cells", k + 1, label[q]));
    if (at[0] == at[1]) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "row %zu: cell %u borders on itself", k + 1, label[0]));
    g->edges[k] = (culture_edge){at[0] < at[1] ? at[0] : at[1], at[0] < at[1] ? at[1] : at[0], u->x[k], l->x[k]};
  }
  qsort(g->edges, g->n_edges, sizeof *g->edges, by_cells);
  for (size_t k = 1; k < g->n_edges; k++)
    if (by_cells(&g->edges[k - 1], &g->edges[k]) == 0)
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the border of cells %u and %u stands there twice", g->id[g->edges[k].i],
                     g->id[g->edges[k].j]));
done:
  return status;
}

lg_status lg_culture_graph_load(lg_ctx *ctx, const char *cells, const char *edges, const char **about,
                                lg_culture_graph **out) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  lg_culture_graph *g = NULL;
  *out = NULL;
  *about = cells;
  LG_TRY(lg_table_read(ctx, cells, &table));
  LG_NEW(ctx, g, 1);
  LG_TRY(take_cells(ctx, table, g));
  lg_table_destroy(ctx, table);
  table = NULL;
  *about = edges;
  LG_TRY(lg_table_read(ctx, edges, &table));
  LG_TRY(take_edges(ctx, table, g));
  *out = g;
  g = NULL;
done:
  lg_table_destroy(ctx, table);
  lg_culture_graph_destroy(ctx, g);
  return status;
}

static int by_name(const void *a, const void *b) {
  return strcmp((*(const lg_table_item *const *)a)->name, (*(const lg_table_item *const *)b)->name);
}

/* Whether a column is called as a cell's is: c1, c2, … */
static bool is_cell(const char *name) {
  return name[0] == 'c' && name[1] >= '1' && name[1] <= '9' && strspn(name + 1, "0123456789") == strlen(name + 1);
}

/* The columns by name; none twice. */
static lg_status sort_columns(lg_ctx *ctx, const lg_table *table, const lg_table_item **sorted, size_t *n_cells) {
  *n_cells = 0;
  for (size_t k = 0; k < table->n; k++) sorted[k] = &table->items[k], *n_cells += is_cell(table->items[k].name);
  qsort(sorted, table->n, sizeof *sorted, by_name);
  for (size_t k = 1; k < table->n; k++)
    if (is_cell(sorted[k]->name) && strcmp(sorted[k]->name, sorted[k - 1]->name) == 0)
      return lg_fail(ctx, LG_ERR_FORMAT, "column '%s' stands there twice", sorted[k]->name);
  if (*n_cells == 0) return lg_fail(ctx, LG_ERR_FORMAT, "no column is a cell's trace; c1, c2, … are needed");
  return LG_OK;
}

static lg_status take_trace(lg_ctx *ctx, const lg_table *table, const lg_table_item *const *sorted, uint32_t id,
                            size_t n_times, size_t step, double *x) {
  char name[24];
  const lg_table_item key = {.name = name}, *const at = &key;
  (void)snprintf(name, sizeof name, "c%u", id);
  const lg_table_item *const *found = bsearch(&at, sorted, table->n, sizeof *sorted, by_name);
  if (!found)
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "there is no column '%s' for cell %u of the cells: the traces are of other cells", name, id);
  const lg_table_item *item = *found;
  if (!item->x)
    return lg_fail(ctx, LG_ERR_FORMAT, "column '%s' holds something that is no number; every frame needs one", name);
  if (item->n != n_times)
    return lg_fail(ctx, LG_ERR_FORMAT, "column '%s' has %zu frames, the first %zu", name, item->n, n_times);
  for (size_t t = 0; t < n_times; t++) {
    if (!isfinite(item->x[t]))
      return lg_fail(ctx, LG_ERR_FORMAT, "column '%s', row %zu: %g is no finite number; every frame needs one", name,
                     t + 1, item->x[t]);
    x[t * step] = item->x[t];
  }
  return LG_OK;
}

lg_status lg_culture_traces_load(lg_ctx *ctx, const char *path, const lg_culture_graph *g, double **y,
                                 size_t *n_times) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  const lg_table_item **sorted = NULL;
  double *x = NULL;
  size_t n_cells;
  *y = NULL;
  LG_TRY(lg_table_read(ctx, path, &table));
  *n_times = table->n ? table->items[0].n : 0;
  if (*n_times == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "there are no frames"));
  LG_NEW(ctx, sorted, table->n);
  LG_TRY(sort_columns(ctx, table, sorted, &n_cells));
  LG_NEW(ctx, x, g->n * *n_times);
  for (size_t c = 0; c < g->n; c++) LG_TRY(take_trace(ctx, table, sorted, g->id[c], *n_times, g->n, x + c));
  if (n_cells > g->n)
    lg_log(ctx, LG_LEVEL_WARNING, "%zu of %zu traces are of cells that the graph has not; they are not used",
           n_cells - g->n, n_cells);
  *y = x;
  x = NULL;
done:
  lg_free(ctx, x);
  lg_free(ctx, sorted);
  lg_table_destroy(ctx, table);
  return status;
}
