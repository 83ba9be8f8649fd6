/* Cultures: the public interface. */
#include "culture/simulate.h"
#include "twin/api.h"
#include "twin/culture_amortised.h"
#include "twin/culture_file.h"
#include "twin/culture_movie.h"
#include "twin/culture_unet.h"

#include <loligo/culture.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_FRAMES = 32 /* of a movie */ };

/* ---- graphs --------------------------------------------------------------------------------------- */

lg_status lg_culture_graph_read(lg_ctx *ctx, const char *cells, const char *edges, lg_culture_graph **out) {
  const char *about = cells;
  const lg_status status = lg_culture_graph_load(ctx, cells, edges, &about, out);
  return status == LG_OK ? status : lg_fail_prefix(ctx, status, "%s: ", about ? about : cells);
}

static int by_cells(const void *a, const void *b) {
  const culture_edge *x = a, *y = b;
  return x->i != y->i ? (x->i > y->i) - (x->i < y->i) : (x->j > y->j) - (x->j < y->j);
}

static lg_status take_edges(lg_ctx *ctx, lg_culture_graph *g, const uint32_t *pairs, const double *u, const double *l) {
  for (size_t k = 0; k < g->n_edges; k++) {
    uint32_t i = pairs[2 * k], j = pairs[2 * k + 1];
    if (i == j || i >= g->n || j >= g->n)
      return lg_fail(ctx, LG_ERR_RANGE, "edge %zu joins cells %u and %u; two different ones of 0 … %zu", k, i, j,
                     g->n - 1);
    if (!(u[k] > 0.0 && l[k] > 0.0))
      return lg_fail(ctx, LG_ERR_RANGE, "edge %zu: distance %g px, border %g px; above 0", k, u[k], l[k]);
    g->edges[k] = (culture_edge){i < j ? i : j, i < j ? j : i, u[k], l[k]};
  }
  if (g->n_edges > 1) qsort(g->edges, g->n_edges, sizeof *g->edges, by_cells);
  for (size_t k = 1; k < g->n_edges; k++)
    if (g->edges[k].i == g->edges[k - 1].i && g->edges[k].j == g->edges[k - 1].j)
      return lg_fail(ctx, LG_ERR_RANGE, "cells %u and %u are joined twice", g->edges[k].i, g->edges[k].j);
  return LG_OK;
}

lg_status lg_culture_graph_make(lg_ctx *ctx, size_t n, const double *area_px, const uint8_t *is_border, size_t n_edges,
                                const uint32_t *pairs, const double *u_px, const double *l_px, lg_culture_graph **out) {
  lg_status status = LG_OK;
  lg_culture_graph *g = NULL;
  *out = NULL;
  if (n == 0 || n > 10000000) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%zu cells; 1 … 1e7", n));
  LG_NEW(ctx, g, 1);
  g->n = n;
  g->n_edges = n_edges;
  LG_NEW(ctx, g->id, n);
  LG_NEW(ctx, g->area_px, n);
  LG_NEW(ctx, g->is_border, n);
  LG_NEW(ctx, g->edges, n_edges);
  for (size_t k = 0; k < n; k++) {
    if (!(area_px[k] > 0.0))
      LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "cell %zu has an area of %g px; above 0", k, area_px[k]));
    g->id[k] = (uint32_t)(k + 1);
    g->area_px[k] = area_px[k];
    g->is_border[k] = is_border[k] != 0;
  }
  LG_TRY(take_edges(ctx, g, pairs, u_px, l_px));
  *out = g;
  g = NULL;
done:
  lg_culture_graph_destroy(ctx, g);
  return status;
}

static lg_status give_graph(lg_ctx *ctx, const lg_culture_graph *g, lg_result *r) {
  lg_status status = LG_OK;
  void *id, *area, *border, *pairs, *u, *l;
  LG_TRY(lg_result_add(ctx, r, "id", LG_ARRAY_UINT32, 1, &g->n, &id));
  LG_TRY(lg_result_add(ctx, r, "area_px", LG_ARRAY_DOUBLE, 1, &g->n, &area));
  LG_TRY(lg_result_add(ctx, r, "is_border", LG_ARRAY_UINT8, 1, &g->n, &border));
  LG_TRY(lg_result_add(ctx, r, "pairs", LG_ARRAY_UINT32, 2, (size_t[]){g->n_edges, 2}, &pairs));
  LG_TRY(lg_result_add(ctx, r, "u_px", LG_ARRAY_DOUBLE, 1, &g->n_edges, &u));
  LG_TRY(lg_result_add(ctx, r, "l_px", LG_ARRAY_DOUBLE, 1, &g->n_edges, &l));
  for (size_t k = 0; k < g->n; k++) {
    ((uint32_t *)id)[k] = g->id[k];
    ((double *)area)[k] = g->area_px[k];
    ((uint8_t *)border)[k] = g->is_border[k];
  }
  for (size_t k = 0; k < g->n_edges; k++) {
    ((uint32_t *)pairs)[2 * k] = g->edges[k].i;
    ((uint32_t *)pairs)[2 * k + 1] = g->edges[k].j;
    ((double *)u)[k] = g->edges[k].u_px;
    ((double *)l)[k] = g->edges[k].l_px;
  }
done:
  return status;
}

lg_status lg_culture_graph_arrays(lg_ctx *ctx, const lg_culture_graph *graph, lg_result **out) {
  lg_status status = LG_OK;
  lg_result *r = NULL;
  *out = NULL;
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(give_graph(ctx, graph, r));
  *out = r;
  r = NULL;
done:
  lg_result_destroy(ctx, r);
  return status;
}

static void free_block(lg_ctx *ctx, void *block) { lg_free(ctx, block); }

lg_status lg_culture_traces_read(lg_ctx *ctx, const char *path, const lg_culture_graph *graph, lg_result **out) {
  lg_status status = LG_OK;
  lg_result *r = NULL;
  double *y = NULL;
  size_t n_times = 0;
  *out = NULL;
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(lg_culture_traces_load(ctx, path, graph, &y, &n_times));
  LG_TRY(lg_result_keep(ctx, r, y, free_block));
  LG_TRY(lg_result_lend(ctx, r, "y", LG_ARRAY_DOUBLE, 2, (size_t[]){n_times, graph->n}, y));
  *out = r;
  r = NULL;
done:
  lg_result_destroy(ctx, r);
  return status;
}

/* ---- movies --------------------------------------------------------------------------------------- */

static void destroy_film(lg_ctx *ctx, void *object) { lg_culture_film_destroy(ctx, object); }

static lg_status find_cells(lg_ctx *ctx, const lg_culture_film *film, const lg_movie_options *o,
                            lg_culture_masks **masks) {
  lg_status status = LG_OK;
  lg_culture_unet_file net = {0};
  const culture_watershed by_watershed = lg_culture_watershed_default();
  const culture_unet_options by_net = lg_culture_unet_options_default();
  double zoom;
  if (o->masks) {
    LG_TRY(lg_culture_masks_load(ctx, o->masks, masks));
  } else if (!o->network) {
    LG_TRY(lg_culture_film_watershed(ctx, film, &by_watershed, masks, &zoom));
  } else {
    LG_TRY(lg_culture_unet_load(ctx, o->network, &net));
    LG_TRY(lg_culture_film_unet(ctx, film, &net, &by_net, masks, &zoom));
  }
  LG_TRY(lg_culture_film_clip(ctx, film, *masks));
done:
  lg_culture_unet_file_clear(ctx, &net);
  return status;
}

static lg_status give_film(lg_ctx *ctx, const lg_culture_film *film, lg_result *r) {
  lg_status status = LG_OK;
  lg_api_json j = {0};
  const lg_culture_movie *m = &film->movie;
  LG_TRY(lg_result_lend(ctx, r, "counts", LG_ARRAY_UINT16, 3, (size_t[]){m->n_frames, m->height, m->width}, m->counts));
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-movie/1"));
  lg_json_key_number(&j.w, "frame_s", m->frame_s);
  lg_json_key_number(&j.w, "pixel_um", m->pixel_um);
  lg_json_key_number(&j.w, "dark", film->levels.dark);
  lg_json_key_text(&j.w, "warning", film->saturation[0] ? film->saturation : NULL);
  LG_TRY(lg_api_json_end(ctx, &j, r));
done:
  lg_result_text_drop(&j.writer);
  return status;
}

static lg_status give_cells(lg_ctx *ctx, const lg_culture_film *film, const lg_movie_options *o, lg_result *r) {
  lg_status status = LG_OK;
  lg_culture_masks *masks = NULL;
  lg_culture_graph *graph = NULL;
  double *y = NULL;
  void *label;
  culture_graph_options how = lg_culture_graph_options_default();
  how.least_area_px = o->least_area_px;
  how.least_border_px = o->least_border_px;
  how.top = film->seen.top, how.left = film->seen.left;
  how.bottom = film->seen.bottom, how.right = film->seen.right;
  LG_TRY(find_cells(ctx, film, o, &masks));
  LG_TRY(lg_culture_graph_of_masks(ctx, masks, &how, &graph));
  LG_TRY(lg_culture_film_traces(ctx, film, masks, graph, o->median != 0, &y));
  double *kept = y;
  y = NULL;
  LG_TRY(lg_result_keep(ctx, r, kept, free_block));
  LG_TRY(lg_result_lend(ctx, r, "y", LG_ARRAY_DOUBLE, 2, (size_t[]){film->movie.n_frames, graph->n}, kept));
  LG_TRY(lg_result_add(ctx, r, "masks", LG_ARRAY_UINT32, 2, (size_t[]){masks->height, masks->width}, &label));
  memcpy(label, masks->label, masks->height * masks->width * sizeof(uint32_t));
  LG_TRY(give_graph(ctx, graph, r));
done:
  lg_free(ctx, y);
  lg_culture_graph_destroy(ctx, graph);
  lg_culture_masks_destroy(ctx, masks);
  return status;
}

lg_status lg_culture_read_movie(lg_ctx *ctx, const char *path, const lg_movie_options *options, lg_result **out) {
  const lg_movie_options defaults = LG_MOVIE_OPTIONS_INIT, *o = options ? options : &defaults;
  const culture_film_options how = {o->dark, LEAST_FRAMES, o->align != 0};
  lg_status status = LG_OK;
  lg_result *r = NULL;
  lg_culture_film *film = NULL;
  *out = NULL;
  LG_TRY(lg_api_size(ctx, "lg_movie_options", o->size, sizeof *o));
  if (!(o->least_area_px >= 0.0 && o->least_border_px >= 0.0))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "least_area_px is %g, least_border_px %g; 0 or more", o->least_area_px,
                   o->least_border_px));
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(lg_culture_film_open(ctx, path, &how, &film));
  const lg_culture_film *kept = film;
  film = NULL;
  LG_TRY(lg_result_keep(ctx, r, (void *)(uintptr_t)kept, destroy_film));
  LG_TRY(give_film(ctx, kept, r));
  LG_TRY(give_cells(ctx, kept, o, r));
  *out = r;
  r = NULL;
done:
  lg_culture_film_destroy(ctx, film);
  lg_result_destroy(ctx, r);
  return status;
}

/* ---- identification ------------------------------------------------------------------------------- */

static lg_status read_options(lg_ctx *ctx, const lg_culture_options *o, culture_identify *to) {
  lg_status status = LG_OK;
  size_t method = 0, law = 0;
  LG_TRY(lg_api_size(ctx, "lg_culture_options", o->size, sizeof *o));
  *to = lg_culture_identify_default();
  while (o->method && method < CULTURE_METHODS &&
         strcmp(o->method, lg_culture_method_name((culture_method)method)) != 0)
    method++;
  if (method == CULTURE_METHODS) LG_TRY(lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no method '%.40s'", o->method));
  to->method = (culture_method)method;
  if (o->law && strcmp(o->law, "auto") != 0) {
    while (law < CULTURE_LAWS && strcmp(o->law, lg_culture_law_name((culture_law)law)) != 0) law++;
    if (law == CULTURE_LAWS) LG_TRY(lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no law '%.40s'", o->law));
    to->law = (int)law;
  }
  to->bootstrap.replicates = o->replicates ? o->replicates : 1000;
  to->bootstrap.block = o->block_frames ? o->block_frames : 30;
  if (o->seed) to->bootstrap.seed = to->pinn.seed = to->pinn_paper.seed = o->seed;
  if (to->method == CULTURE_AMORTISED && !o->network)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "the method 'amortised' needs a network"));
done:
  return status;
}

static void destroy_result(lg_ctx *ctx, void *object) { lg_culture_result_destroy(ctx, object); }

static lg_status give_events(lg_ctx *ctx, const lg_culture_result *c, lg_result *r) {
  lg_status status = LG_OK;
  void *cell, *frame, *amplitude;
  LG_TRY(lg_result_add(ctx, r, "event_cell", LG_ARRAY_UINT32, 1, &c->n_events, &cell));
  LG_TRY(lg_result_add(ctx, r, "event_frame", LG_ARRAY_UINT32, 1, &c->n_events, &frame));
  LG_TRY(lg_result_add(ctx, r, "event_amplitude", LG_ARRAY_DOUBLE, 1, &c->n_events, &amplitude));
  for (size_t k = 0; k < c->n_events; k++) {
    ((uint32_t *)cell)[k] = c->events[k].cell;
    ((uint32_t *)frame)[k] = (uint32_t)c->events[k].frame;
    ((double *)amplitude)[k] = c->events[k].amplitude;
  }
done:
  return status;
}

static lg_status give_fit(lg_ctx *ctx, const lg_culture_result *c, size_t n_times, lg_result *r) {
  lg_status status = LG_OK;
  const size_t rows[] = {c->n_inner, n_times};
  LG_TRY(lg_result_lend(ctx, r, "inner", LG_ARRAY_UINT32, 1, &c->n_inner, c->inner));
  LG_TRY(lg_result_lend_row(ctx, r, "gamma", c->n_inner, c->gamma));
  LG_TRY(lg_result_lend_row(ctx, r, "gamma_low", c->n_inner, c->gamma_low));
  LG_TRY(lg_result_lend_row(ctx, r, "gamma_high", c->n_inner, c->gamma_high));
  if (c->input) LG_TRY(lg_result_lend(ctx, r, "input", LG_ARRAY_DOUBLE, 2, rows, c->input));
  if (c->run) LG_TRY(lg_result_lend(ctx, r, "run", LG_ARRAY_DOUBLE, 2, rows, c->run));
  LG_TRY(lg_result_lend_row(ctx, r, "profile_k", CULTURE_PROFILE, c->profile_k));
  LG_TRY(lg_result_lend_row(ctx, r, "profile", CULTURE_PROFILE, c->profile));
  LG_TRY(lg_result_lend_row(ctx, r, "replicates", c->replicate_k ? c->n_replicates : 0, c->replicate_k));
done:
  return status;
}

static lg_status give_summary(lg_ctx *ctx, const lg_culture_graph *graph, const lg_culture_result *c,
                              const char *method, lg_result *r) {
  lg_status status = LG_OK;
  lg_api_json j = {0};
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-culture/1"));
  lg_culture_summary(&j.w, graph, c, method);
  LG_TRY(lg_api_json_end(ctx, &j, r));
done:
  lg_result_text_drop(&j.writer);
  return status;
}

lg_status lg_culture_find_coupling(lg_ctx *ctx, const lg_culture_graph *graph, const double *y, size_t n_times,
                                   const lg_culture_options *options, lg_result **out) {
  const lg_culture_options defaults = LG_CULTURE_OPTIONS_INIT, *o = options ? options : &defaults;
  lg_status status = LG_OK;
  lg_result *r = NULL;
  lg_culture_result *found = NULL;
  lg_culture_amortised network = {0};
  culture_identify how;
  *out = NULL;
  LG_TRY(read_options(ctx, o, &how));
  if (how.method == CULTURE_AMORTISED) {
    LG_TRY(lg_culture_amortised_load(ctx, o->network, &network));
    how.amortised = &network;
  }
  LG_TRY(lg_culture_identify(ctx, graph, y, n_times, &how, &found));
  LG_TRY(lg_result_create(ctx, &r));
  const lg_culture_result *c = found;
  found = NULL;
  LG_TRY(lg_result_keep(ctx, r, (void *)(uintptr_t)c, destroy_result));
  LG_TRY(give_fit(ctx, c, n_times, r));
  LG_TRY(give_events(ctx, c, r));
  LG_TRY(give_summary(ctx, graph, c, lg_culture_method_name(how.method), r));
  *out = r;
  r = NULL;
done:
  lg_culture_amortised_clear(ctx, &network);
  lg_culture_result_destroy(ctx, found);
  lg_result_destroy(ctx, r);
  return status;
}

/* ---- cultures that are made ----------------------------------------------------------------------- */

lg_status lg_culture_make(lg_ctx *ctx, uint64_t seed, size_t cells, size_t frames, double k, double noise,
                          lg_result **out) {
  lg_status status = LG_OK;
  culture_simulation s = lg_culture_simulation_default();
  lg_culture_truth *truth = NULL;
  lg_result *r = NULL;
  lg_api_json j = {0};
  void *y, *gamma, *masks;
  *out = NULL;
  s.seed = seed;
  if (cells) s.ncell = cells;
  if (frames) s.frames = frames;
  if (k != 0.0) s.k = k;
  if (noise != 0.0) s.trace_sd = noise;
  LG_TRY(lg_culture_simulate(ctx, &s, &truth));
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(lg_result_add(ctx, r, "y", LG_ARRAY_DOUBLE, 2, (size_t[]){truth->n_times, truth->graph->n}, &y));
  LG_TRY(lg_result_add(ctx, r, "gamma", LG_ARRAY_DOUBLE, 1, &truth->graph->n, &gamma));
  LG_TRY(lg_result_add(ctx, r, "masks", LG_ARRAY_UINT32, 2, (size_t[]){truth->masks->height, truth->masks->width},
                       &masks));
  lg_culture_noisy_traces(&s, truth, y);
  memcpy(gamma, truth->gamma, truth->graph->n * sizeof(double));
  memcpy(masks, truth->masks->label, truth->masks->height * truth->masks->width * sizeof(uint32_t));
  LG_TRY(give_graph(ctx, truth->graph, r));
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-culture-truth/1"));
  lg_json_key_number(&j.w, "k", s.k);
  lg_json_key_text(&j.w, "law", lg_culture_law_name(s.law));
  lg_json_key_number(&j.w, "noise", s.trace_sd);
  LG_TRY(lg_api_json_end(ctx, &j, r));
  *out = r;
  r = NULL;
done:
  lg_result_text_drop(&j.writer);
  lg_culture_truth_destroy(ctx, truth);
  lg_result_destroy(ctx, r);
  return status;
}
