/* The page of a culture as tensors: reading. Indices and counts are checked; pictures of wrong numbers are no harm. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/culture_keep_internal.h"

#include "io/safetensors.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { ANY = 0 };

/* The first failure is kept and later calls do nothing. */
typedef struct reader {
  lg_ctx *ctx;
  const lg_safetensors *from;
  lg_status status;
} reader;

static void wrong(reader *r, const char *name, const char *what) {
  if (r->status == LG_OK) r->status = lg_fail(r->ctx, LG_ERR_FORMAT, "'%s' %s", name, what);
}

/* A tensor of rows and columns; those that are ANY come back. NULL where it is missing. */
static const void *find(reader *r, const char *name, lg_dtype dtype, size_t *rows, size_t *columns) {
  const lg_tensor_entry *t = r->status == LG_OK ? lg_safetensors_find(r->from, name) : NULL;
  if (!t) return NULL;
  if (t->dtype != dtype || t->rank != 2 || t->shape[0] == 0 || t->shape[1] == 0 ||
      (*rows != ANY && t->shape[0] != *rows) || (*columns != ANY && t->shape[1] != *columns)) {
    wrong(r, name, "has another type or shape than a page of a culture needs");
    return NULL;
  }
  *rows = t->shape[0];
  *columns = t->shape[1];
  return t->data;
}

static const double *must(reader *r, const char *name, size_t rows, size_t columns) {
  const double *x = find(r, name, LG_DTYPE_F64, &rows, &columns);
  if (!x) wrong(r, name, "is missing");
  return x;
}

static void *copy(reader *r, const void *from, size_t n, size_t bytes) {
  if (r->status != LG_OK || !from) return NULL;
  void *to = lg_alloc(r->ctx, n, bytes);
  if (to) memcpy(to, from, n * bytes);
  else r->status = LG_ERR_MEMORY;
  return to;
}

static double *numbers(reader *r, const char *name, size_t rows, size_t columns) {
  return copy(r, must(r, name, rows, columns), rows * columns, sizeof(double));
}

/* A whole number of `least` to `most`; otherwise `least`, and the failure is noted. */
static double whole(reader *r, const char *name, double x, double least, double most) {
  if (x >= least && x <= most && x == floor(x)) return x;
  wrong(r, name, "holds a count or an index that cannot be");
  return least;
}

static void *room(reader *r, size_t n, size_t bytes) {
  void *x = r->status == LG_OK ? lg_alloc(r->ctx, n, bytes) : NULL;
  if (!x && r->status == LG_OK) r->status = LG_ERR_MEMORY;
  return x;
}

static char *text(reader *r, const char *name) {
  size_t rows = 1, n = ANY;
  const char *from = find(r, name, LG_DTYPE_U8, &rows, &n);
  char *to = room(r, from ? n + 1 : 1, 1);
  if (to && from) memcpy(to, from, n);
  if (to) to[from ? n : 0] = '\0';
  return to;
}

/* ---- the graph -------------------------------------------------------------------------------------------- */

static void read_edges(reader *r, lg_culture_graph *g) {
  size_t n = ANY, columns = CULTURE_KEPT_EDGES;
  const double *x = find(r, "edges", LG_DTYPE_F64, &n, &columns);
  if (!x || !(g->edges = room(r, n, sizeof *g->edges))) return;
  g->n_edges = n;
  for (size_t k = 0; k < n; k++, x += CULTURE_KEPT_EDGES) {
    const double i = whole(r, "edges", x[0], 0.0, (double)(g->n - 1));
    const double j = whole(r, "edges", x[1], 0.0, (double)(g->n - 1));
    if (!(i < j && x[2] > 0.0 && x[3] > 0.0)) wrong(r, "edges", "holds a border that cannot be");
    g->edges[k] = (culture_edge){(uint32_t)i, (uint32_t)j, x[2], x[3]};
  }
}

static void read_graph(reader *r, culture_kept *k) {
  size_t n = ANY, columns = CULTURE_KEPT_CELLS;
  const double *x = find(r, "cells", LG_DTYPE_F64, &n, &columns);
  if (!x) wrong(r, "cells", "is missing");
  lg_culture_graph *g = k->graph = room(r, 1, sizeof *g);
  if (r->status != LG_OK) return;
  g->id = room(r, n, sizeof *g->id);
  g->area_px = room(r, n, sizeof *g->area_px);
  g->is_border = room(r, n, sizeof *g->is_border);
  if (r->status != LG_OK) return;
  g->n = n;
  for (size_t i = 0; i < n; i++, x += CULTURE_KEPT_CELLS) {
    g->id[i] = (uint32_t)whole(r, "cells", x[0], 0.0, (double)UINT32_MAX);
    g->area_px[i] = x[1];
    g->is_border[i] = x[2] != 0.0;
    if (!(x[1] > 0.0)) wrong(r, "cells", "holds an area that cannot be");
  }
  if (lg_safetensors_find(r->from, "cells.cy_px")) {
    g->cy_px = numbers(r, "cells.cy_px", 1, n);
    g->cx_px = numbers(r, "cells.cx_px", 1, n);
  }
  read_edges(r, g);
}

/* ---- the result --------------------------------------------------------------------------------------------- */

static void read_scalars(reader *r, lg_culture_result *c) {
  const double *x = must(r, "numbers", 1, CULTURE_KEPT_N_NUMBERS);
#define TAKE(member) c->member = *x++;
  if (x) {
    CULTURE_KEPT_NUMBERS(TAKE)
  }
#undef TAKE
  x = must(r, "counts", 1, CULTURE_KEPT_N_COUNTS);
#define TAKE(member, type, most) c->member = (type)whole(r, "counts", *x++, 0.0, most);
  if (x) {
    CULTURE_KEPT_COUNTS(TAKE)
  }
#undef TAKE
  const struct {
    const char *name;
    double *to;
    size_t n;
  } rows[] = {{"law.score", c->choice.score, CULTURE_LAWS},
              {"law.weak_score", c->choice.weak_score, CULTURE_LAWS},
              {"profile.k", c->profile_k, CULTURE_PROFILE},
              {"profile.squares", c->profile, CULTURE_PROFILE}};
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    x = must(r, rows[k].name, 1, rows[k].n);
    if (x) memcpy(rows[k].to, x, rows[k].n * sizeof *x);
  }
}

static void read_fits(reader *r, lg_culture_result *c) {
  const double *x = must(r, "fit", c->n_inner, CULTURE_KEPT_FITS);
  c->cell = room(r, c->n_inner, sizeof *c->cell);
  for (size_t k = 0; r->status == LG_OK && k < c->n_inner; k++, x += CULTURE_KEPT_FITS) {
    c->cell[k] = (culture_cell_fit){x[0], x[1], x[2], x[3], x[4], (int)whole(r, "fit", x[5], 1.0, 4.0)};
    c->group[c->cell[k].group - 1]++;
  }
}

/* Cells with an equation: ascending, as their figure searches them. */
static void read_inner(reader *r, const lg_culture_graph *g, lg_culture_result *c) {
  size_t rows = 1, n = ANY;
  const double *x = find(r, "inner", LG_DTYPE_F64, &rows, &n);
  if (!x) wrong(r, "inner", "is missing");
  if (r->status != LG_OK) return;
  c->n_inner = n;
  c->inner = room(r, n, sizeof *c->inner);
  c->at_bound = room(r, n, sizeof *c->at_bound);
  const double *bound = must(r, "at_bound", 1, n);
  for (size_t k = 0; r->status == LG_OK && k < n; k++) {
    c->inner[k] = (uint32_t)whole(r, "inner", x[k], k ? (double)c->inner[k - 1] + 1.0 : 0.0, (double)(g->n - 1));
    c->at_bound[k] = (signed char)whole(r, "at_bound", bound[k], -1.0, 1.0);
  }
}

static void read_cells(reader *r, lg_culture_result *c) {
  c->gamma = numbers(r, "gamma", 1, c->n_inner);
  c->gamma_low = numbers(r, "gamma.low", 1, c->n_inner);
  c->gamma_high = numbers(r, "gamma.high", 1, c->n_inner);
  c->run = numbers(r, "run", c->n_inner, c->n_times);
  c->bare = numbers(r, "bare", c->n_inner, c->n_times);
  read_fits(r, c);
}

static void read_events(reader *r, const lg_culture_graph *g, lg_culture_result *c) {
  size_t n = ANY, columns = CULTURE_KEPT_EVENTS;
  const double *x = find(r, "events", LG_DTYPE_F64, &n, &columns);
  if (!x || !(c->events = room(r, n, sizeof *c->events))) return;
  c->n_events = n;
  for (size_t k = 0; k < n; k++, x += CULTURE_KEPT_EVENTS) {
    const double cell = whole(r, "events", x[0], 0.0, (double)(g->n - 1));
    const double frame = whole(r, "events", x[1], 0.0, (double)(c->n_times - 1));
    c->events[k] = (culture_event){(uint32_t)cell, (size_t)frame, x[2]};
  }
}

static void read_lists(reader *r, lg_culture_result *c) {
  size_t rows = 1, n = ANY, columns = 4;
  const double *x = find(r, "replicates", LG_DTYPE_F64, &rows, &n);
  if ((c->replicate_k = copy(r, x, n, sizeof *x))) c->n_replicates = n;
  rows = ANY;
  x = find(r, "history", LG_DTYPE_F64, &rows, &columns);
  if (x && (c->pinn.history = room(r, rows, sizeof *c->pinn.history))) {
    c->pinn.n_history = rows;
    for (size_t k = 0; k < rows; k++, x += 4) c->pinn.history[k] = (culture_pinn_row){x[0], x[1], x[2], x[3]};
  }
  if (lg_safetensors_find(r->from, "leak") && (x = must(r, "leak", 1, 3)) &&
      (c->leak_study = room(r, 1, sizeof *c->leak_study))) {
    c->leak_study->median = x[0];
    c->leak_study->sd = x[1];
    c->leak_study->kept = x[2];
  }
}

static void read_warnings(reader *r, lg_culture_result *c) {
  char *all = text(r, "text.warnings");
  for (char *at = all; at && *at;) {
    char *end = strchr(at, '\n');
    if (end) *end = '\0';
    lg_culture_warn(c, "%s", at);
    at = end ? end + 1 : NULL;
  }
  lg_free(r->ctx, all);
}

static void read_result(reader *r, culture_kept *k) {
  lg_culture_result *c = k->result = room(r, 1, sizeof *c);
  if (r->status != LG_OK) return;
  c->n_times = k->view.n_times;
  read_scalars(r, c);
  read_inner(r, k->graph, c);
  if (r->status != LG_OK) return;
  read_cells(r, c);
  read_events(r, k->graph, c);
  read_lists(r, c);
  read_warnings(r, c);
}

/* ---- the movie ---------------------------------------------------------------------------------------------- */

static void read_stills(reader *r, culture_kept *k) {
  size_t h = ANY, w = ANY;
  const float *mean = find(r, "still.mean", LG_DTYPE_F32, &h, &w);
  if (!mean) return;
  const float *correlation = find(r, "still.correlation", LG_DTYPE_F32, &h, &w);
  const float *frame = find(r, "still.frame", LG_DTYPE_F32, &h, &w);
  const double *label = must(r, "still.label", h, w), *x = must(r, "still", 1, CULTURE_KEPT_STILL);
  if (!correlation || !frame) wrong(r, "still.correlation or still.frame", "is missing");
  culture_stills *s = k->stills = room(r, 1, sizeof *s);
  if (r->status != LG_OK) return;
  *s = (culture_stills){.height = h,
                        .width = w,
                        .shrink = (size_t)whole(r, "still", x[0], 1.0, 1e6),
                        .frame_at = (size_t)whole(r, "still", x[1], 0.0, 1e9),
                        .has_event = x[2] != 0.0,
                        .at_cell = (uint32_t)whole(r, "still", x[3], 0.0, (double)(k->graph->n - 1))};
  s->mean = copy(r, mean, h * w, sizeof *mean);
  s->correlation = copy(r, correlation, h * w, sizeof *mean);
  s->frame = copy(r, frame, h * w, sizeof *mean);
  s->label = room(r, h * w, sizeof *s->label);
  for (size_t p = 0; r->status == LG_OK && p < h * w; p++)
    s->label[p] = (uint32_t)whole(r, "still.label", label[p], 0.0, (double)UINT32_MAX);
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static void read_view(reader *r, culture_kept *k) {
  size_t rows = ANY, columns = k->graph->n;
  const double *y = find(r, "y", LG_DTYPE_F64, &rows, &columns), *x = must(r, "view", 1, CULTURE_KEPT_VIEW);
  if (!y) wrong(r, "y", "is missing");
  if (r->status != LG_OK) return;
  k->y = copy(r, y, rows * columns, sizeof *y);
  k->options = lg_culture_identify_default();
  k->options.law = (int)whole(r, "view", x[2], -1.0, CULTURE_LAWS - 1);
  k->options.method = (culture_method)whole(r, "view", x[3], 0.0, CULTURE_METHODS - 1);
  k->view = (culture_view){.n_times = rows, .frame_s = x[0], .pixel_um = x[1]};
}

static void read_all(reader *r, culture_kept *k) {
  const char *schema = lg_safetensors_metadata(r->from, "schema");
  if (!schema || strcmp(schema, CULTURE_KEPT_SCHEMA) != 0) wrong(r, "schema", "is not " CULTURE_KEPT_SCHEMA);
  read_graph(r, k);
  if (r->status == LG_OK) read_view(r, k);
  if (r->status == LG_OK) read_result(r, k);
  if (r->status == LG_OK) read_stills(r, k);
  k->title = text(r, "text.title");
  k->method = text(r, "text.method");
  k->provenance = text(r, "text.provenance");
  k->view.title = k->title;
  k->view.method = k->method;
  k->view.graph = k->graph;
  k->view.y = k->y;
  k->view.result = k->result;
  k->view.options = &k->options;
  k->view.stills = k->stills;
  k->view.provenance_json = k->provenance && k->provenance[0] ? k->provenance : NULL;
}

lg_status lg_culture_kept_load(lg_ctx *ctx, const char *folder, culture_kept **out) {
  char path[4096];
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  culture_kept *k = NULL;
  *out = NULL;
  if (snprintf(path, sizeof path, "%s/" CULTURE_KEPT, folder) >= (int)sizeof path)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  if (access(path, F_OK) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_IO,
                   "%s: " CULTURE_KEPT " is missing, from which the page of a culture is drawn again: the "
                   "run had --no-report, or is older than that file; run it again",
                   folder));
  LG_TRY(lg_safetensors_read(ctx, path, &st));
  LG_NEW(ctx, k, 1);
  reader r = {ctx, st, LG_OK};
  read_all(&r, k);
  if (r.status != LG_OK) LG_TRY(r.status == LG_ERR_FORMAT ? lg_fail_prefix(ctx, r.status, "%s: ", path) : r.status);
  *out = k;
  k = NULL;
done:
  lg_culture_kept_destroy(ctx, k);
  lg_safetensors_destroy(ctx, st);
  return status;
}

void lg_culture_kept_destroy(lg_ctx *ctx, culture_kept *k) {
  if (!k) return;
  lg_culture_graph_destroy(ctx, k->graph);
  lg_culture_result_destroy(ctx, k->result);
  lg_culture_stills_destroy(ctx, k->stills);
  lg_free(ctx, k->y);
  lg_free(ctx, k->title);
  lg_free(ctx, k->method);
  lg_free(ctx, k->provenance);
  lg_free(ctx, k);
}
