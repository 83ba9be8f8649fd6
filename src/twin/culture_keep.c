/* The page of a culture as tensors: writing. */
#include "twin/culture_keep_internal.h"

#include "io/safetensors.h"

#include <string.h>

enum { MOST_TENSORS = 40 };

/* Tensors to be written, and the blocks that were made for them. The first failure is kept. */
typedef struct pile {
  lg_ctx *ctx;
  lg_tensor_entry all[MOST_TENSORS];
  size_t n;
  void *blocks[MOST_TENSORS];
  size_t n_blocks;
  lg_status status;
} pile;

/* What is NULL or empty is left out. */
static void add(pile *p, const char *name, lg_dtype dtype, size_t rows, size_t columns, const void *data) {
  if (p->status != LG_OK || !data || rows == 0 || columns == 0) return;
  if (p->n == MOST_TENSORS) {
    p->status = lg_fail(p->ctx, LG_ERR_INTERNAL, "too many tensors in the page of a culture");
    return;
  }
  p->all[p->n++] = (lg_tensor_entry){.name = name, .dtype = dtype, .rank = 2, .shape = {rows, columns}, .data = data};
}

/* A new tensor of doubles to fill; NULL: no memory. */
static double *make(pile *p, const char *name, size_t rows, size_t columns) {
  double *x = p->status == LG_OK ? lg_alloc(p->ctx, rows * columns, sizeof *x) : NULL;
  if (!x) {
    if (p->status == LG_OK) p->status = LG_ERR_MEMORY;
    return NULL;
  }
  p->blocks[p->n_blocks++] = x;
  add(p, name, LG_DTYPE_F64, rows, columns, x);
  return x;
}

static void add_text(pile *p, const char *name, const char *text) {
  if (text) add(p, name, LG_DTYPE_U8, 1, strlen(text), text);
}

static void add_graph(pile *p, const lg_culture_graph *g) {
  double *x = make(p, "cells", g->n, CULTURE_KEPT_CELLS);
  for (size_t k = 0; x && k < g->n; k++) {
    x[CULTURE_KEPT_CELLS * k] = g->id[k];
    x[CULTURE_KEPT_CELLS * k + 1] = g->area_px[k];
    x[CULTURE_KEPT_CELLS * k + 2] = g->is_border[k];
  }
  if (g->cy_px && g->cx_px) {
    add(p, "cells.cy_px", LG_DTYPE_F64, 1, g->n, g->cy_px);
    add(p, "cells.cx_px", LG_DTYPE_F64, 1, g->n, g->cx_px);
  }
  if (g->n_edges == 0 || !(x = make(p, "edges", g->n_edges, CULTURE_KEPT_EDGES))) return;
  for (size_t k = 0; k < g->n_edges; k++) {
    const culture_edge *e = &g->edges[k];
    memcpy(x + CULTURE_KEPT_EDGES * k, (const double[]){e->i, e->j, e->u_px, e->l_px}, CULTURE_KEPT_EDGES * sizeof *x);
  }
}

static void add_scalars(pile *p, const lg_culture_result *r) {
  size_t n = 0;
  double *x = make(p, "numbers", 1, CULTURE_KEPT_N_NUMBERS);
#define PUT(member) x[n++] = r->member;
  if (x) {
    CULTURE_KEPT_NUMBERS(PUT)
  }
#undef PUT
  n = 0;
  x = make(p, "counts", 1, CULTURE_KEPT_N_COUNTS);
#define PUT(member, type, most) x[n++] = (double)r->member;
  if (x) {
    CULTURE_KEPT_COUNTS(PUT)
  }
#undef PUT
  add(p, "law.score", LG_DTYPE_F64, 1, CULTURE_LAWS, r->choice.score);
  add(p, "law.weak_score", LG_DTYPE_F64, 1, CULTURE_LAWS, r->choice.weak_score);
  add(p, "profile.k", LG_DTYPE_F64, 1, CULTURE_PROFILE, r->profile_k);
  add(p, "profile.squares", LG_DTYPE_F64, 1, CULTURE_PROFILE, r->profile);
  add(p, "replicates", LG_DTYPE_F64, 1, r->n_replicates, r->replicate_k);
  if (r->leak_study && (x = make(p, "leak", 1, 3)))
    memcpy(x, (const double[]){r->leak_study->median, r->leak_study->sd, r->leak_study->kept}, 3 * sizeof *x);
}

static void add_cells(pile *p, const lg_culture_result *r) {
  const size_t n = r->n_inner;
  double *inner = make(p, "inner", 1, n), *bound = make(p, "at_bound", 1, n);
  double *fit = make(p, "fit", n, CULTURE_KEPT_FITS);
  for (size_t k = 0; fit && k < n; k++) {
    const culture_cell_fit *f = &r->cell[k];
    inner[k] = r->inner[k];
    bound[k] = r->at_bound[k];
    memcpy(fit + CULTURE_KEPT_FITS * k,
           (const double[]){f->mse_train, f->mse_test, f->nmse, f->mse_bare, f->peaks_f1, f->group},
           CULTURE_KEPT_FITS * sizeof *fit);
  }
  add(p, "gamma", LG_DTYPE_F64, 1, n, r->gamma);
  add(p, "gamma.low", LG_DTYPE_F64, 1, n, r->gamma_low);
  add(p, "gamma.high", LG_DTYPE_F64, 1, n, r->gamma_high);
  add(p, "run", LG_DTYPE_F64, n, r->n_times, r->run);
  add(p, "bare", LG_DTYPE_F64, n, r->n_times, r->bare);
}

static void add_lists(pile *p, const lg_culture_result *r, char *warnings, size_t bytes) {
  double *x = r->n_events ? make(p, "events", r->n_events, CULTURE_KEPT_EVENTS) : NULL;
  for (size_t k = 0; x && k < r->n_events; k++) {
    const culture_event *e = &r->events[k];
    memcpy(x + CULTURE_KEPT_EVENTS * k, (const double[]){e->cell, (double)e->frame, e->amplitude},
           CULTURE_KEPT_EVENTS * sizeof *x);
  }
  x = r->pinn.n_history ? make(p, "history", r->pinn.n_history, 4) : NULL;
  for (size_t k = 0; x && k < r->pinn.n_history; k++) {
    const culture_pinn_row *row = &r->pinn.history[k];
    memcpy(x + 4 * k, (const double[]){row->step, row->data, row->law, row->k}, 4 * sizeof *x);
  }
  size_t used = 0;
  warnings[0] = '\0';
  for (size_t k = 0; k < r->n_warnings; k++)
    used += (size_t)snprintf(warnings + used, bytes - used, "%s%s", k ? "\n" : "", r->warning[k]);
  add_text(p, "text.warnings", warnings);
}

static void add_stills(pile *p, const culture_stills *s) {
  if (!s) return;
  const size_t n = s->height * s->width;
  add(p, "still.mean", LG_DTYPE_F32, s->height, s->width, s->mean);
  add(p, "still.correlation", LG_DTYPE_F32, s->height, s->width, s->correlation);
  add(p, "still.frame", LG_DTYPE_F32, s->height, s->width, s->frame);
  double *x = make(p, "still.label", s->height, s->width);
  for (size_t k = 0; x && k < n; k++) x[k] = s->label[k];
  x = make(p, "still", 1, CULTURE_KEPT_STILL);
  if (x)
    memcpy(x, (const double[]){(double)s->shrink, (double)s->frame_at, s->has_event, s->at_cell},
           CULTURE_KEPT_STILL * sizeof *x);
}

lg_status lg_culture_keep(lg_ctx *ctx, const char *folder, const culture_view *v) {
  pile p = {.ctx = ctx, .status = LG_OK};
  char path[4096], warnings[CULTURE_WARNINGS * 201];
  const lg_text_pair schema = {"schema", CULTURE_KEPT_SCHEMA};
  if (snprintf(path, sizeof path, "%s/" CULTURE_KEPT, folder) >= (int)sizeof path)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  add_graph(&p, v->graph);
  add_scalars(&p, v->result);
  add_cells(&p, v->result);
  add_lists(&p, v->result, warnings, sizeof warnings);
  add_stills(&p, v->stills);
  add(&p, "y", LG_DTYPE_F64, v->n_times, v->graph->n, v->y);
  double *view = make(&p, "view", 1, CULTURE_KEPT_VIEW);
  if (view)
    memcpy(view, (const double[]){v->frame_s, v->pixel_um, v->options->law, v->options->method},
           CULTURE_KEPT_VIEW * sizeof *view);
  add_text(&p, "text.title", v->title);
  add_text(&p, "text.method", v->method);
  add_text(&p, "text.provenance", v->provenance_json);
  if (p.status == LG_OK) p.status = lg_safetensors_write(ctx, path, p.all, p.n, &schema, 1);
  for (size_t k = 0; k < p.n_blocks; k++) lg_free(ctx, p.blocks[k]);
  return p.status;
}
