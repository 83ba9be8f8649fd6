#include "twin/culture_movie.h"

#include "io/tiff.h"
#include "twin/culture_drift.h"
#include "twin/report_folder.h"

#include <math.h>
#include <string.h>

void lg_culture_film_destroy(lg_ctx *ctx, lg_culture_film *f) {
  if (!f) return;
  lg_tiff_unmap(f->movie.counts, f->mapped_bytes);
  lg_free(ctx, f->table);
  lg_free(ctx, f->shift);
  lg_free(ctx, f);
}

/* The pixels go over to the film. */
static void take_over(lg_culture_film *f, lg_tiff *t) {
  f->movie = (lg_culture_movie){.n_frames = t->info.n_frames,
                                .height = t->info.height,
                                .width = t->info.width,
                                .counts = t->counts,
                                .frame_s = t->info.frame_s,
                                .pixel_um = t->info.pixel_um,
                                .scale = t->scale};
  f->mapped_bytes = t->mapped_bytes;
  t->counts = NULL;
}

/* A frame that is overexposed has a twentieth of its pixels at the highest value there is. */
static void look_for_saturation(lg_ctx *ctx, lg_culture_film *f) {
  lg_culture_movie *m = &f->movie;
  const size_t pixels = m->height * m->width, n = m->n_frames * pixels;
  uint16_t most = 0;
  size_t at_most = 0, frames = 0, first = 0, last = 0;
  for (size_t k = 0; k < n; k++) most = m->counts[k] > most ? m->counts[k] : most;
  for (size_t t = 0; t < m->n_frames; t++) {
    size_t here = 0;
    for (size_t k = t * pixels; k < (t + 1) * pixels; k++) here += m->counts[k] == most;
    at_most += here;
    if (here <= pixels / 20) continue;
    if (frames++ == 0) first = t;
    last = t;
  }
  const bool blank = at_most == n && most < UINT16_MAX;
  m->saturated = at_most > n / 1000 && at_most > 10 && !blank;
  if (!m->saturated) return;
  if (frames > 0 && frames < m->n_frames)
    (void)snprintf(
        f->saturation, sizeof f->saturation,
        "%zu frame%s saturated, from %zu to %zu (counted from 0): a twentieth or more of the pixels stand at %u",
        frames, frames == 1 ? " is" : "s are", first, last, most);
  else
    (void)snprintf(f->saturation, sizeof f->saturation,
                   "the movie is saturated: %.2g %% of its pixels stand at the highest value, %u",
                   100.0 * (double)at_most / (double)n, most);
  lg_log(ctx, LG_LEVEL_WARNING, "%s", f->saturation);
}

lg_status lg_culture_film_load(lg_ctx *ctx, const char *path, double dark, size_t frames, lg_culture_film **out) {
  return lg_culture_film_open(ctx, path, &(culture_film_options){.dark = dark, .frames = frames}, out);
}

lg_status lg_culture_film_open(lg_ctx *ctx, const char *path, const culture_film_options *o, lg_culture_film **out) {
  lg_status status = LG_OK;
  lg_tiff *tiff = NULL;
  lg_culture_film *f = NULL;
  *out = NULL;
  LG_TRY(lg_tiff_read(ctx, path, &tiff));
  if (tiff->info.n_frames < o->frames)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%zu frame%s; a movie of at least %zu is needed", tiff->info.n_frames,
                   tiff->info.n_frames == 1 ? "" : "s", o->frames));
  LG_NEW(ctx, f, 1);
  take_over(f, tiff);
  LG_NEW(ctx, f->table, 65536);
  look_for_saturation(ctx, f);
  if (o->align) LG_TRY(lg_culture_film_align(ctx, f));
  LG_TRY(lg_culture_median(ctx, &f->movie));
  LG_TRY(lg_culture_find_levels(ctx, &f->movie, o->dark, &f->levels));
  lg_culture_level_table(&f->levels, f->table);
  *out = f;
  f = NULL;
done:
  lg_tiff_destroy(ctx, tiff);
  lg_culture_film_destroy(ctx, f);
  return status;
}

lg_status lg_culture_film_watershed(lg_ctx *ctx, const lg_culture_film *f, const culture_watershed *o,
                                    lg_culture_masks **out, double *h) {
  lg_status status = LG_OK;
  const lg_culture_movie *m = &f->movie;
  const size_t n = m->height * m->width;
  float *block = NULL;
  LG_NEW(ctx, block, 3 * n);
  if (m->n_frames >= 8) {
    LG_TRY(lg_culture_project(ctx, m, f->table, block, block + n));
    lg_culture_cell_map(block, block + n, n, block + 2 * n);
    LG_TRY(lg_culture_watershed_movie(ctx, m, f->table, block + 2 * n, o, out, h));
  } else {
    bool membranes;
    LG_TRY(lg_culture_image_map(ctx, m, &membranes, block + 2 * n));
    LG_TRY(lg_culture_watershed_segment(ctx, block + 2 * n, m->height, m->width, o, out, h));
  }
done:
  lg_free(ctx, block);
  return status;
}

lg_status lg_culture_masks_load(lg_ctx *ctx, const char *path, lg_culture_masks **out) {
  lg_status status = LG_OK;
  lg_tiff *tiff = NULL;
  lg_culture_masks *m = NULL;
  *out = NULL;
  LG_TRY(lg_tiff_read_labels(ctx, path, &tiff));
  LG_NEW(ctx, m, 1);
  m->height = tiff->info.height, m->width = tiff->info.width, m->pixel_um = tiff->info.pixel_um;
  LG_NEW(ctx, m->label, m->height * m->width);
  memcpy(m->label, tiff->labels, m->height * m->width * sizeof *m->label);
  for (size_t k = 0; k < m->height * m->width; k++) m->most = m->label[k] > m->most ? m->label[k] : m->most;
  if (m->most > m->height * m->width)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "label %u in an image of %zu pixels; labels are 1 to the number of cells",
                   m->most, m->height * m->width));
  *out = m;
  m = NULL;
done:
  lg_tiff_destroy(ctx, tiff);
  lg_culture_masks_destroy(ctx, m);
  return status;
}

/* ---- what is written ------------------------------------------------------------------------------------ */

typedef struct job {
  const lg_culture_graph *graph;
  lg_provenance *provenance;
} job;

static lg_status write_cells(lg_ctx *ctx, const void *user, FILE *f) {
  lg_status status = LG_OK;
  const job *j = user;
  const lg_culture_graph *g = j->graph;
  size_t *degree = NULL;
  LG_NEW(ctx, degree, g->n);
  for (size_t e = 0; e < g->n_edges; e++) degree[g->edges[e].i]++, degree[g->edges[e].j]++;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("id,area_px,cy,cx,degree,is_border\n", f);
  for (size_t c = 0; c < g->n; c++) {
    (void)fprintf(f, "%u", g->id[c]);
    lg_put_number(f, ",", g->area_px[c]);
    lg_put_number(f, ",", g->cy_px[c]);
    lg_put_number(f, ",", g->cx_px[c]);
    (void)fprintf(f, ",%zu,%d\n", degree[c], g->is_border[c]);
  }
done:
  lg_free(ctx, degree);
  return status;
}

static lg_status write_edges(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  const lg_culture_graph *g = j->graph;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("i,j,u_centroid_dist_px,l_crack_px\n", f);
  for (size_t e = 0; e < g->n_edges; e++) {
    (void)fprintf(f, "%u,%u", g->id[g->edges[e].i], g->id[g->edges[e].j]);
    lg_put_number(f, ",", g->edges[e].u_px);
    lg_put_number(f, ",", g->edges[e].l_px);
    (void)fputc('\n', f);
  }
  return LG_OK;
}

lg_status lg_culture_edges_write(lg_ctx *ctx, const char *folder, const lg_culture_graph *graph,
                                 lg_provenance *provenance) {
  const job j = {graph, provenance};
  const lg_status status = lg_make_directory(ctx, folder);
  return status == LG_OK ? lg_folder_write(ctx, folder, "edges.csv", write_edges, &j) : status;
}

lg_status lg_culture_graph_write(lg_ctx *ctx, const char *folder, const lg_culture_graph *graph,
                                 lg_provenance *provenance) {
  const job j = {graph, provenance};
  const lg_status status = lg_culture_edges_write(ctx, folder, graph, provenance);
  return status == LG_OK ? lg_folder_write(ctx, folder, "cells.csv", write_cells, &j) : status;
}

lg_status lg_culture_traces_write(lg_ctx *ctx, const char *path, const lg_culture_graph *g, const double *y,
                                  size_t n_times, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  lg_provenance_write_comments(provenance, f);
  for (size_t c = 0; c < g->n; c++) (void)fprintf(f, "%sc%u", c ? "," : "", g->id[c]);
  for (size_t t = 0; t < n_times; t++)
    for (size_t c = 0; c < g->n; c++) {
      char text[32];
      lg_format_double(y[t * g->n + c], text);
      (void)fprintf(f, "%s%s", c ? "," : "\n", text);
    }
  (void)fputc('\n', f);
  return lg_outfile_commit(ctx, file);
}

lg_status lg_culture_film_traces(lg_ctx *ctx, const lg_culture_film *film, const lg_culture_masks *masks,
                                 const lg_culture_graph *g, bool median, double **y) {
  lg_status status = LG_OK;
  double *all = NULL, *own = NULL;
  const size_t times = film->movie.n_frames;
  *y = NULL;
  LG_NEW(ctx, all, times * masks->most);
  LG_NEW(ctx, own, times * g->n);
  LG_TRY(lg_culture_read_traces(ctx, &film->movie, film->table, masks, median, all));
  for (size_t t = 0; t < times; t++)
    for (size_t c = 0; c < g->n; c++) own[t * g->n + c] = all[t * masks->most + g->id[c] - 1];
  *y = own;
  own = NULL;
done:
  lg_free(ctx, all);
  lg_free(ctx, own);
  return status;
}
