#include "twin/culture_simulate.h"

#include "io/json_read.h"
#include "io/tiff.h"
#include "twin/culture_movie.h"
#include "twin/report_folder.h"

#include <math.h>
#include <string.h>

typedef struct member {
  const char *name, *unit;
  size_t offset;
  double low, high;
} member;

#define REAL(name, unit, low, high)                                                                                    \
  { #name, unit, offsetof(culture_simulation, name), low, high }
static const member reals[] = {REAL(k, "per frame", 1e-6, 10.0),
                               REAL(saturation, NULL, 0.0, 10.0),
                               REAL(gscale, "per frame", 0.0, 1.0),
                               REAL(gzero, NULL, 0.0, 1.0),
                               REAL(ev_border, "per frame", 0.0, 1.0),
                               REAL(ev_inner, "per frame", 0.0, 1.0),
                               REAL(ou_sd, NULL, 0.0, 10.0),
                               REAL(ou_tau, "frames", 0.1, 1e5),
                               REAL(warp, "px", 0.0, 32.0),
                               REAL(S, NULL, 0.0, 10.0),
                               REAL(O, NULL, -10.0, 10.0),
                               REAL(offset, "counts", 0.0, 30000.0),
                               REAL(read, "counts", 0.0, 1000.0),
                               REAL(vign, NULL, 0.0, 1.0),
                               REAL(load_sd, NULL, 0.0, 3.0),
                               REAL(border_dim, NULL, 0.0, 1.0),
                               REAL(psf, "px", 0.0, 16.0),
                               REAL(drift, "per frame", -0.1, 0.1),
                               REAL(hot_rate, NULL, 0.0, 0.01),
                               REAL(trace_sd, NULL, 0.0, 10.0)};
#undef REAL
enum { REALS = sizeof reals / sizeof reals[0], COUNTS = 5 };

static lg_status read_counts(lg_ctx *ctx, const lg_json_at *at, culture_simulation *s) {
  lg_status status = LG_OK;
  static const char *const names[COUNTS] = {"seed", "size", "ncell", "frames", "hot"};
  static const int64_t high[COUNTS] = {INT64_MAX, 4096, 100000, 100000, 1000000};
  size_t *const to[COUNTS] = {NULL, &s->size, &s->ncell, &s->frames, &s->hot};
  for (size_t k = 0; k < COUNTS; k++) {
    int64_t x;
    if (!lg_json_has(at, names[k])) continue;
    LG_TRY(lg_json_get_integer(ctx, at, names[k], 0, high[k], &x));
    if (k > 0) *to[k] = (size_t)x;
    else s->seed = (uint64_t)x;
  }
done:
  return status;
}

static lg_status read_law(lg_ctx *ctx, const lg_json_at *at, culture_simulation *s) {
  const char *law;
  const lg_status status = lg_json_get_text_or(ctx, at, "law", lg_culture_law_name(s->law), &law);
  if (status != LG_OK) return status;
  for (int k = 0; k < CULTURE_LAWS; k++)
    if (strcmp(law, lg_culture_law_name((culture_law)k)) == 0) {
      s->law = (culture_law)k;
      return LG_OK;
    }
  return lg_fail(ctx, LG_ERR_FORMAT, "law '%.40s'; ul/degree, l/degree, (l/u)/area or unit", law);
}

lg_status lg_culture_simulation_load(lg_ctx *ctx, const char *path, culture_simulation *s) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  const char *names[REALS + COUNTS + 1] = {"seed", "size", "ncell", "frames", "hot", "law"};
  for (size_t k = 0; k < REALS; k++) names[COUNTS + 1 + k] = reals[k].name;
  *s = lg_culture_simulation_default();
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at at = lg_json_root(doc);
  LG_TRY(lg_json_only_keys(ctx, &at, names, sizeof names / sizeof names[0]));
  LG_TRY(read_counts(ctx, &at, s));
  LG_TRY(read_law(ctx, &at, s));
  for (size_t k = 0; k < REALS; k++) {
    double x;
    memcpy(&x, (const char *)s + reals[k].offset, sizeof x);
    LG_TRY(lg_json_get_number_or(ctx, &at, reals[k].name, reals[k].unit, reals[k].low, reals[k].high, x, &x));
    memcpy((char *)s + reals[k].offset, &x, sizeof x);
  }
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

/* ---- what is written ------------------------------------------------------------------------------------ */

typedef struct job {
  const lg_culture_truth *truth;
  lg_provenance *provenance;
} job;

static lg_status write_cells(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  const lg_culture_graph *g = j->truth->graph;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("id,area_px,cy,cx,is_border,gamma_per_frame,load\n", f);
  for (size_t c = 0; c < g->n; c++) {
    (void)fprintf(f, "%u", g->id[c]);
    lg_put_number(f, ",", g->area_px[c]);
    lg_put_number(f, ",", g->cy_px[c]);
    lg_put_number(f, ",", g->cx_px[c]);
    (void)fprintf(f, ",%d", g->is_border[c]);
    lg_put_number(f, ",", j->truth->gamma[c]);
    lg_put_number(f, ",", j->truth->load[c]);
    (void)fputc('\n', f);
  }
  return LG_OK;
}

static lg_status write_events(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("cell,frame,amp,kind\n", f);
  for (size_t e = 0; e < j->truth->n_events; e++) {
    const culture_true_event *x = &j->truth->events[e];
    (void)fprintf(f, "%u", j->truth->graph->id[x->cell]);
    lg_put_number(f, ",", x->frame);
    lg_put_number(f, ",", x->amplitude);
    (void)fprintf(f, ",%s\n", x->inner ? "inner" : "border");
  }
  return LG_OK;
}

static lg_status write_rest(lg_ctx *ctx, const char *folder, const culture_simulation *s, const lg_culture_truth *t,
                            const lg_culture_movie *movie, lg_provenance *provenance) {
  lg_status status = LG_OK;
  char path[4096];
  double *y = NULL;
  LG_NEW(ctx, y, t->n_times * t->graph->n);
  lg_culture_noisy_traces(s, t, y);
  (void)snprintf(path, sizeof path, "%s/latent.csv", folder);
  LG_TRY(lg_culture_traces_write(ctx, path, t->graph, t->latent, t->n_times, provenance));
  (void)snprintf(path, sizeof path, "%s/traces.csv", folder);
  LG_TRY(lg_culture_traces_write(ctx, path, t->graph, y, t->n_times, provenance));
  (void)snprintf(path, sizeof path, "%s/masks.tif", folder);
  LG_TRY(lg_tiff_write_labels(ctx, path, t->masks->label, t->masks->height, t->masks->width));
  (void)snprintf(path, sizeof path, "%s/movie.tif", folder);
  if (movie)
    LG_TRY(lg_tiff_write_movie(ctx, path, movie->counts, movie->n_frames, movie->height, movie->width, movie->frame_s,
                               movie->pixel_um));
done:
  lg_free(ctx, y);
  return status;
}

lg_status lg_culture_truth_write(lg_ctx *ctx, const char *folder, const culture_simulation *s,
                                 const lg_culture_truth *t, const lg_culture_movie *movie, lg_provenance *provenance) {
  const job j = {t, provenance};
  if (strlen(folder) > 4000) return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  lg_status status =
      lg_culture_edges_write(ctx, folder, t->graph, provenance); /* cells.csv says more than of a graph */
  if (status == LG_OK) status = lg_folder_write(ctx, folder, "cells.csv", write_cells, &j);
  if (status == LG_OK) status = lg_folder_write(ctx, folder, "events.csv", write_events, &j);
  return status == LG_OK ? write_rest(ctx, folder, s, t, movie, provenance) : status;
}
