/* The truth of trace sets and of a movie, and how an identification agrees with it. */
#include "twin/culture_validate_internal.h"

#include "io/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lg_status find_law(lg_ctx *ctx, const char *name, culture_law *law) {
  for (int k = 0; k < CULTURE_LAWS; k++)
    if (strcmp(name, lg_culture_law_name((culture_law)k)) == 0) {
      *law = (culture_law)k;
      return LG_OK;
    }
  return lg_fail(ctx, LG_ERR_FORMAT, "law '%.40s'; ul/degree, l/degree, (l/u)/area or unit", name);
}

static lg_status column(lg_ctx *ctx, const lg_table *table, const char *name, size_t n, const double **x) {
  *x = NULL;
  const lg_table_item *item = lg_table_find(table, name);
  if (!item || !item->x || (n && item->n != n)) return lg_fail(ctx, LG_ERR_FORMAT, "there is no column '%s'", name);
  *x = item->x;
  return LG_OK;
}

/* ---- traces ------------------------------------------------------------------------------------------------ */

void lg_culture_set_clear(lg_ctx *ctx, culture_set *s) {
  lg_culture_graph_destroy(ctx, s->graph);
  lg_free(ctx, s->y);
  lg_free(ctx, s->gamma);
  *s = (culture_set){0};
}

static lg_status read_truth(const culture_check *c, const char *path, culture_set *s) {
  lg_status status = LG_OK;
  lg_ctx *ctx = c->ctx;
  lg_json_doc *doc = NULL;
  const char *law;
  double *border = NULL;
  size_t n, n_border;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_NEW(ctx, s->graph, 1);
  LG_TRY(lg_json_get_number(ctx, &root, "k", NULL, &s->k));
  LG_TRY(lg_json_get_text(ctx, &root, "law", &law));
  LG_TRY(find_law(ctx, law, &s->law));
  LG_TRY(lg_json_get_numbers(ctx, &root, "area", NULL, &s->graph->area_px, &s->graph->n));
  LG_TRY(lg_json_get_numbers(ctx, &root, "gamma", NULL, &s->gamma, &n));
  LG_TRY(lg_json_get_numbers(ctx, &root, "border", NULL, &border, &n_border));
  if (n != s->graph->n) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%zu feeds of %zu cells", n, s->graph->n));
  LG_NEW(ctx, s->graph->id, n);
  LG_NEW(ctx, s->graph->is_border, n);
  for (size_t k = 0; k < n; k++) s->graph->id[k] = (uint32_t)k + 1;
  for (size_t q = 0; q < n_border; q++) {
    if (!(border[q] >= 1.0 && border[q] <= (double)n))
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "border cell %g of %zu", border[q], n));
    s->graph->is_border[(size_t)border[q] - 1] = true;
  }
done:
  lg_free(ctx, border);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static lg_status read_edges(lg_ctx *ctx, const char *path, lg_culture_graph *g) {
  lg_status status = LG_OK;
  lg_table *t = NULL;
  const double *i, *j, *u, *l;
  LG_TRY(lg_table_read(ctx, path, &t));
  if (t->n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "there is no border"));
  const size_t n = t->items[0].n;
  LG_TRY(column(ctx, t, "i", n, &i));
  LG_TRY(column(ctx, t, "j", n, &j));
  LG_TRY(column(ctx, t, "u_centroid_dist_px", n, &u));
  LG_TRY(column(ctx, t, "l_crack_px", n, &l));
  LG_NEW(ctx, g->edges, n);
  g->n_edges = n;
  for (size_t e = 0; e < n; e++) {
    if (!(i[e] >= 1.0 && i[e] <= (double)g->n && j[e] >= 1.0 && j[e] <= (double)g->n))
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "a border of cells %g and %g of %zu", i[e], j[e], g->n));
    g->edges[e] = (culture_edge){(uint32_t)i[e] - 1, (uint32_t)j[e] - 1, u[e], l[e]};
  }
done:
  lg_table_destroy(ctx, t);
  return status;
}

/* Columns c1, c2, … in order: (rows, n). */
static lg_status read_columns(lg_ctx *ctx, const char *path, size_t n, double **y, size_t *rows) {
  lg_status status = LG_OK;
  lg_table *t = NULL;
  LG_TRY(lg_table_read(ctx, path, &t));
  if (t->n < n || n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%zu columns for %zu cells", t->n, n));
  *rows = t->items[0].n;
  LG_NEW(ctx, *y, *rows * n);
  for (size_t c = 0; c < n; c++) {
    char name[24];
    const double *x;
    (void)snprintf(name, sizeof name, "c%zu", c + 1);
    LG_TRY(column(ctx, t, name, *rows, &x));
    for (size_t k = 0; k < *rows; k++) (*y)[k * n + c] = x[k];
  }
done:
  lg_table_destroy(ctx, t);
  return status;
}

lg_status lg_culture_set_load(const culture_check *c, int number, culture_set *s) {
  lg_status status = LG_OK;
  char path[4096];
  *s = (culture_set){0};
  LG_TRY(lg_culture_check_path(c, path, "traces_t%d_truth.json", number));
  LG_TRY(read_truth(c, path, s));
  LG_TRY(lg_culture_check_path(c, path, "traces_t%d_edges.csv", number));
  LG_TRY(read_edges(c->ctx, path, s->graph));
  LG_TRY(lg_culture_check_path(c, path, "traces_t%d_Y.csv", number));
  LG_TRY(read_columns(c->ctx, path, s->graph->n, &s->y, &s->n_times));
done:
  if (status != LG_OK) lg_culture_set_clear(c->ctx, s);
  return status;
}

/* ---- a movie ----------------------------------------------------------------------------------------------- */

void lg_culture_film_truth_clear(lg_ctx *ctx, culture_film_truth *t) {
  lg_free(ctx, t->id);
  lg_free(ctx, t->cy);
  lg_free(ctx, t->cx);
  lg_free(ctx, t->gamma);
  lg_free(ctx, t->is_border);
  lg_free(ctx, t->latent);
  lg_free(ctx, t->event_cell);
  lg_free(ctx, t->event_frame);
  *t = (culture_film_truth){0};
}

static lg_status read_cells(lg_ctx *ctx, const char *path, culture_film_truth *t) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  const double *id, *cy, *cx, *gamma, *border;
  LG_TRY(lg_table_read(ctx, path, &table));
  if (table->n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "there is no cell"));
  t->n = table->items[0].n;
  LG_TRY(column(ctx, table, "id", t->n, &id));
  LG_TRY(column(ctx, table, "cy", t->n, &cy));
  LG_TRY(column(ctx, table, "cx", t->n, &cx));
  LG_TRY(column(ctx, table, "gamma_per_frame", t->n, &gamma));
  LG_TRY(column(ctx, table, "is_border", t->n, &border));
  LG_NEW(ctx, t->id, t->n);
  LG_NEW(ctx, t->cy, t->n);
  LG_NEW(ctx, t->cx, t->n);
  LG_NEW(ctx, t->gamma, t->n);
  LG_NEW(ctx, t->is_border, t->n);
  for (size_t k = 0; k < t->n; k++) {
    if (id[k] != (double)k + 1.0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "cell %g in row %zu", id[k], k + 1));
    t->id[k] = (uint32_t)k + 1, t->cy[k] = cy[k], t->cx[k] = cx[k], t->gamma[k] = gamma[k];
    t->is_border[k] = border[k] != 0.0;
  }
done:
  lg_table_destroy(ctx, table);
  return status;
}

/* Events of cells that are no border cells. */
static lg_status read_events(lg_ctx *ctx, const char *path, culture_film_truth *t) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  const double *cell, *frame;
  LG_TRY(lg_table_read(ctx, path, &table));
  const size_t n = table->n ? table->items[0].n : 0;
  LG_TRY(column(ctx, table, "cell", n, &cell));
  LG_TRY(column(ctx, table, "frame", n, &frame));
  LG_NEW(ctx, t->event_cell, n + 1);
  LG_NEW(ctx, t->event_frame, n + 1);
  for (size_t k = 0; k < n; k++) {
    if (!(cell[k] >= 1.0 && cell[k] <= (double)t->n))
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "an event of cell %g of %zu", cell[k], t->n));
    if (t->is_border[(size_t)cell[k] - 1]) continue;
    t->event_cell[t->n_events] = cell[k] - 1.0;
    t->event_frame[t->n_events++] = frame[k];
  }
done:
  lg_table_destroy(ctx, table);
  return status;
}

lg_status lg_culture_film_truth_load(const culture_check *c, culture_film_truth *t) {
  lg_status status = LG_OK;
  lg_ctx *ctx = c->ctx;
  lg_json_doc *doc = NULL;
  const char *set = c->what->set, *law;
  char path[4096];
  *t = (culture_film_truth){0};
  LG_TRY(lg_culture_check_path(c, path, "%s_params.json", set));
  LG_TRY(lg_json_load(ctx, path, LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_json_get_number(ctx, &root, "k", NULL, &t->k));
  LG_TRY(lg_json_get_text_or(ctx, &root, "law", "ul/degree", &law));
  LG_TRY(find_law(ctx, law, &t->law));
  LG_TRY(lg_culture_check_path(c, path, "%s_cells.csv", set));
  LG_TRY(read_cells(ctx, path, t));
  LG_TRY(lg_culture_check_path(c, path, "%s_events.csv", set));
  LG_TRY(read_events(ctx, path, t));
  LG_TRY(lg_culture_check_path(c, path, "%s_latent.csv", set));
  LG_TRY(read_columns(ctx, path, t->n, &t->latent, &t->n_times));
done:
  lg_json_doc_destroy(ctx, doc);
  if (status != LG_OK) lg_culture_film_truth_clear(ctx, t);
  return status;
}

/* ---- how they agree ---------------------------------------------------------------------------------------- */

/* True cell of every cell that was found: the nearest centroid. */
static void match_cells(const culture_film_truth *t, const lg_culture_graph *g, size_t *to) {
  for (size_t i = 0; i < g->n; i++) {
    double best = (double)INFINITY;
    for (size_t k = 0; k < t->n; k++) {
      const double dy = g->cy_px[i] - t->cy[k], dx = g->cx_px[i] - t->cx[k];
      if (dy * dy + dx * dx < best) best = dy * dy + dx * dx, to[i] = k;
    }
  }
}

/* Scale of the traces by regression on the truth, both less their means; what a trace's mean is beyond it: offsets. */
static double scale_and_offsets(const culture_film_truth *t, size_t n, const double *y, const size_t *to,
                                double *offset) {
  double both = 0.0, own = 0.0;
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < n; i++) {
      double my = 0.0, ml = 0.0;
      for (size_t k = 0; k < t->n_times; k++) {
        my += y[k * n + i] / (double)t->n_times;
        ml += t->latent[k * t->n + to[i]] / (double)t->n_times;
      }
      if (pass == 1) offset[i] = my - both / own * ml;
      for (size_t k = 0; pass == 0 && k < t->n_times; k++) {
        const double l = t->latent[k * t->n + to[i]] - ml;
        both += (y[k * n + i] - my) * l, own += l * l;
      }
    }
  return both / own;
}

/* F1 of events, each used once, nearest first; of true events those of cells that were modelled. */
static double match_events(const culture_film_truth *t, const lg_culture_graph *g, const lg_culture_result *r,
                           const size_t *to, bool *used, bool *modelled) {
  size_t hits = 0, truth = 0;
  for (size_t k = 0; k < r->n_inner; k++) modelled[to[r->inner[k]]] = true;
  for (size_t q = 0; q < t->n_events; q++) truth += modelled[(size_t)t->event_cell[q]];
  for (size_t k = 0; k < r->n_events; k++) {
    size_t best = t->n_events;
    const size_t cell = to[r->events[k].cell];
    double least = 2.0;
    for (size_t q = 0; q < t->n_events; q++) {
      const double off = fabs(t->event_frame[q] - (double)r->events[k].frame);
      if (used[q] || (size_t)t->event_cell[q] != cell || off > least) continue;
      least = off, best = q;
    }
    if (best < t->n_events) used[best] = true, hits++;
  }
  (void)g;
  return 2.0 * (double)hits / (double)(r->n_events + truth);
}

static void judge_feeds(const lg_culture_result *r, const double *truth, culture_film_score *out) {
  double mean = 0.0, left = 0.0, all = 0.0;
  size_t covered = 0;
  for (size_t k = 0; k < r->n_inner; k++) mean += truth[k] / (double)r->n_inner;
  for (size_t k = 0; k < r->n_inner; k++) {
    left += (r->gamma[k] - truth[k]) * (r->gamma[k] - truth[k]), all += (truth[k] - mean) * (truth[k] - mean);
    covered += r->gamma_low[k] <= truth[k] && truth[k] <= r->gamma_high[k];
  }
  out->gamma_r2 = 1.0 - left / all;
  out->gamma_covered = (double)covered / (double)r->n_inner;
}

lg_status lg_culture_score_film(lg_ctx *ctx, const culture_film_truth *t, const lg_culture_graph *g, const double *y,
                                const lg_culture_result *r, culture_film_score *out) {
  lg_status status = LG_OK;
  lg_culture_coupling *c = NULL;
  size_t *to = NULL;
  double *offset = NULL;
  bool *flags = NULL;
  LG_NEW(ctx, to, g->n);
  LG_NEW(ctx, offset, g->n + r->n_inner);
  LG_NEW(ctx, flags, t->n_events + t->n + 1);
  double *feed = offset + g->n;
  match_cells(t, g, to);
  const double scale = scale_and_offsets(t, g->n, y, to, offset);
  LG_TRY(lg_culture_coupling_create(ctx, g, t->law, &c));
  for (size_t k = 0; k < r->n_inner; k++) {
    const size_t i = r->inner[k];
    feed[k] = scale * t->gamma[to[i]];
    for (size_t q = c->first[i]; q < c->first[i + 1]; q++)
      feed[k] -= t->k * c->a[q] * (offset[c->other[q]] - offset[i]);
  }
  judge_feeds(r, feed, out);
  out->event_f1 = match_events(t, g, r, to, flags, flags + t->n_events);
done:
  lg_culture_coupling_destroy(ctx, c);
  lg_free(ctx, to);
  lg_free(ctx, offset);
  lg_free(ctx, flags);
  return status;
}

/* ---- a movie through all stages ----------------------------------------------------------------------------- */

void lg_culture_film_run_clear(lg_ctx *ctx, culture_film_run *run) {
  lg_culture_result_destroy(ctx, run->result);
  lg_culture_graph_destroy(ctx, run->graph);
  lg_free(ctx, run->y);
  *run = (culture_film_run){0};
}

lg_status lg_culture_film_identify(lg_ctx *ctx, const lg_culture_film *film, const lg_culture_masks *masks,
                                   const culture_identify *options, culture_film_run *out) {
  const culture_graph_options g = lg_culture_graph_options_default();
  *out = (culture_film_run){0};
  lg_status status = lg_culture_graph_of_masks(ctx, masks, &g, &out->graph);
  if (status == LG_OK) status = lg_culture_film_traces(ctx, film, masks, out->graph, false, &out->y);
  if (status == LG_OK)
    status = lg_culture_identify(ctx, out->graph, out->y, film->movie.n_frames, options, &out->result);
  if (status != LG_OK) lg_culture_film_run_clear(ctx, out);
  return status;
}
