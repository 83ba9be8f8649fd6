/* Row 13: processor time of the stages. */
#include "twin/culture_validate_internal.h"

#include "io/tiff.h"
#include "num/median.h"
#include "twin/culture_unet.h"

#include <math.h>

enum { RUNS = 3 };

static lg_status time_median(const culture_check *c, double *seconds) {
  lg_status status = LG_OK;
  lg_tiff *tiff = NULL;
  char path[4096];
  double each[RUNS];
  LG_TRY(lg_culture_check_path(c, path, "%s_movie.tif", c->what->set));
  for (int k = 0; k < RUNS; k++) {
    LG_TRY(lg_tiff_read(c->ctx, path, &tiff));
    lg_culture_movie m = {.n_frames = tiff->info.n_frames,
                          .height = tiff->info.height,
                          .width = tiff->info.width,
                          .counts = tiff->counts};
    const double before = lg_culture_seconds();
    LG_TRY(lg_culture_median(c->ctx, &m));
    each[k] = lg_culture_seconds() - before;
    lg_tiff_destroy(c->ctx, tiff);
    tiff = NULL;
  }
  *seconds = lg_median(each, RUNS);
done:
  lg_tiff_destroy(c->ctx, tiff);
  return status;
}

/* The regression alone: rows are never made, a triangle of (cells + 1) unknowns is solved inside its bounds. */
static lg_status time_crlsm(const culture_check *c, const lg_culture_film *film, const lg_culture_masks *masks,
                            double *seconds) {
  enum { REPEATS = 20 };
  lg_status status = LG_OK;
  lg_ctx *ctx = c->ctx;
  culture_film_run run = {0};
  lg_culture_coupling *coupling = NULL;
  lg_culture_data *d = NULL;
  culture_fit fit = {0};
  double each[RUNS];
  const culture_identify o = lg_culture_identify_default();
  const culture_euler euler = lg_culture_euler_paper();
  LG_TRY(lg_culture_film_identify(ctx, film, masks, &o, &run));
  LG_TRY(lg_culture_coupling_create(ctx, run.graph, CULTURE_UL_DEGREE, &coupling));
  LG_TRY(lg_culture_data_create(ctx, run.graph, coupling, run.y, film->movie.n_frames, &d));
  LG_NEW(ctx, fit.gamma, d->n_inner);
  for (int k = 0; k < RUNS; k++) {
    const double before = lg_culture_seconds();
    for (int q = 0; q < REPEATS; q++) {
      culture_euler_result r = {0};
      LG_TRY(lg_culture_fit_euler(ctx, d, &euler, &fit, &r));
    }
    each[k] = (lg_culture_seconds() - before) / REPEATS;
  }
  *seconds = lg_median(each, RUNS);
done:
  lg_free(ctx, fit.gamma);
  lg_culture_data_destroy(ctx, d);
  lg_culture_coupling_destroy(ctx, coupling);
  lg_culture_film_run_clear(ctx, &run);
  return status;
}

/* Movie to parameters with the watershed, nothing written. */
static lg_status time_all(const culture_check *c, double *seconds) {
  double each[RUNS];
  for (int k = 0; k < RUNS; k++) {
    lg_status status = LG_OK;
    lg_culture_film *film = NULL;
    lg_culture_masks *masks = NULL;
    culture_film_run run = {0};
    const culture_watershed w = lg_culture_watershed_default();
    const culture_identify o = lg_culture_identify_default();
    double h;
    const double before = lg_culture_seconds();
    status = lg_culture_check_film(c, &film);
    if (status == LG_OK) status = lg_culture_film_watershed(c->ctx, film, &w, &masks, &h);
    if (status == LG_OK) status = lg_culture_film_identify(c->ctx, film, masks, &o, &run);
    each[k] = lg_culture_seconds() - before;
    lg_culture_film_run_clear(c->ctx, &run);
    lg_culture_film_destroy(c->ctx, film);
    lg_culture_masks_destroy(c->ctx, masks);
    if (status != LG_OK) return status;
  }
  *seconds = lg_median(each, RUNS);
  return LG_OK;
}

/* What is not the network's: mean and correlation of the movie. */
static lg_status time_projection(const culture_check *c, const lg_culture_film *film, double *seconds) {
  lg_status status = LG_OK;
  float *maps = NULL;
  double each[RUNS];
  const size_t n = film->movie.height * film->movie.width;
  LG_NEW(c->ctx, maps, 2 * n);
  for (int k = 0; k < RUNS; k++) {
    const double before = lg_culture_seconds();
    LG_TRY(lg_culture_project(c->ctx, &film->movie, film->table, maps, maps + n));
    each[k] = lg_culture_seconds() - before;
  }
  *seconds = lg_median(each, RUNS);
done:
  lg_free(c->ctx, maps);
  return status;
}

static lg_status time_network(const culture_check *c, const lg_culture_film *film, double *seconds) {
  lg_status status = LG_OK;
  lg_culture_unet_file net = {0};
  lg_culture_masks *masks = NULL;
  culture_unet_options o = lg_culture_unet_options_default();
  double each[RUNS], zoom;
  o.zoom = 1.0;
  LG_TRY(lg_culture_unet_load(c->ctx, c->what->network, &net));
  for (int k = 0; k < RUNS; k++) {
    const double before = lg_culture_seconds();
    LG_TRY(lg_culture_film_unet(c->ctx, film, &net, &o, &masks, &zoom));
    each[k] = lg_culture_seconds() - before;
    lg_culture_masks_destroy(c->ctx, masks);
    masks = NULL;
  }
  *seconds = lg_median(each, RUNS);
done:
  lg_culture_masks_destroy(c->ctx, masks);
  lg_culture_unet_file_clear(c->ctx, &net);
  return status;
}

lg_status lg_culture_validate_speed(const culture_check *c) {
  const int row = CULTURE_ROW_SPEED;
  lg_status status = LG_OK;
  lg_culture_film *film = NULL;
  lg_culture_masks *masks = NULL;
  char path[4096];
  double s;
  LG_TRY(time_median(c, &s));
  lg_culture_check_most(c, row, "median of 3 x 3 x 3", s, "s", 0.7);
  LG_TRY(lg_culture_check_film(c, &film));
  LG_TRY(lg_culture_check_path(c, path, "%s_masks.tif", c->what->set));
  LG_TRY(lg_culture_masks_load(c->ctx, path, &masks));
  LG_TRY(time_crlsm(c, film, masks, &s));
  lg_culture_check_most(c, row, "CRLSM, rows to solution", 1e3 * s, "ms", 6.0);
  LG_TRY(time_all(c, &s));
  lg_culture_check_most(c, row, "movie to parameters with the watershed", s, "s", 1.5);
  if (c->what->network) {
    double maps;
    LG_TRY(time_projection(c, film, &maps));
    LG_TRY(time_network(c, film, &s));
    lg_culture_check_note(c, row, "mean and correlation of the movie", maps, "s");
    lg_culture_check_most(c, row, "cells by the flow network out of these, flows followed", s - maps, "s", 0.3);
  }
done:
  lg_culture_film_destroy(c->ctx, film);
  lg_culture_masks_destroy(c->ctx, masks);
  return status;
}
