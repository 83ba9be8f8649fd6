#include "twin/culture_unet_data.h"

#include "base/elementary.h"
#include "culture/blur.h"

#include <math.h>
#include <string.h>

enum { STREAM_VARIETY = 40, STREAM_NOTHING = 42 };

void lg_culture_unet_sample_clear(lg_ctx *ctx, unet_sample *s) {
  lg_free(ctx, s->maps);
  lg_free(ctx, s->image);
  lg_culture_masks_destroy(ctx, s->masks);
  memset(s, 0, sizeof *s);
}

/* Microscopes and cultures differ: light, noise, borders, sharpness, activity. */
static culture_simulation draw(uint64_t seed, size_t index, size_t size, size_t ncell, size_t frames) {
  culture_simulation s = lg_culture_simulation_default();
  lg_rng rng = lg_rng_make(seed, STREAM_VARIETY, index);
  s.seed = lg_rng_u64(&rng) >> 1;
  s.size = size;
  s.frames = (size_t)((double)frames * lg_exp(lg_rng_range(&rng, -0.7, 0.7)));
  s.ncell = (size_t)((double)ncell * lg_exp(lg_rng_range(&rng, -0.5, 0.5)));
  s.warp = lg_rng_range(&rng, 1.0, 4.0);
  s.O = lg_rng_range(&rng, 1.2, 3.5);
  s.load_sd = lg_rng_range(&rng, 0.05, 0.35);
  s.border_dim = lg_rng_range(&rng, 0.3, 0.8);
  s.psf = lg_rng_range(&rng, 0.6, 1.8);
  s.vign = lg_rng_range(&rng, 0.0, 0.4);
  s.ev_inner = lg_rng_range(&rng, 0.002, 0.02);
  s.ev_border = lg_rng_range(&rng, 0.005, 0.02);
  s.k = lg_rng_range(&rng, 0.01, 0.1);
  s.hot = size * size / 1400;
  return s;
}

/* Some cells become gaps: they hardly glow, and are no cells in the answer. */
static void make_holes(uint64_t seed, size_t index, double share, lg_culture_truth *t, lg_culture_masks *answer) {
  for (size_t c = 0; c < t->graph->n; c++) {
    lg_rng rng = lg_rng_make(seed, STREAM_VARIETY + 1, index * 100000 + c);
    if (lg_rng_uniform(&rng) >= share) continue;
    t->load[c] *= 0.04;
    for (size_t k = 0; k < answer->height * answer->width; k++)
      if (answer->label[k] == t->graph->id[c]) answer->label[k] = 0;
  }
}

static lg_status make_maps(lg_ctx *ctx, lg_culture_movie *movie, unet_sample *s) {
  lg_status status = LG_OK;
  const size_t n = movie->height * movie->width;
  culture_levels levels;
  float *table = NULL, *maps = NULL;
  LG_NEW(ctx, table, 65536);
  LG_NEW(ctx, maps, 2 * n);
  LG_TRY(lg_culture_median(ctx, movie));
  LG_TRY(lg_culture_find_levels(ctx, movie, (double)NAN, &levels));
  lg_culture_level_table(&levels, table);
  LG_TRY(lg_culture_project(ctx, movie, table, maps, maps + n));
  lg_culture_unet_correlation(maps + n, n);
  LG_TRY(lg_culture_unet_input(ctx, maps, maps + n, movie->height, movie->width, s->maps));
  LG_TRY(lg_culture_unet_input(ctx, maps, maps, movie->height, movie->width, s->image));
done:
  lg_free(ctx, table);
  lg_free(ctx, maps);
  return status;
}

static lg_status copy_masks(lg_ctx *ctx, const lg_culture_masks *from, lg_culture_masks **out) {
  lg_status status = LG_OK;
  lg_culture_masks *m = NULL;
  LG_NEW(ctx, m, 1);
  *out = m;
  m->height = from->height, m->width = from->width, m->most = from->most;
  LG_NEW(ctx, m->label, m->height * m->width);
  memcpy(m->label, from->label, m->height * m->width * sizeof *m->label);
done:
  return status;
}

static lg_status film(lg_ctx *ctx, const culture_simulation *s, uint64_t seed, size_t index, double hole_share,
                      unet_sample *out) {
  lg_status status = LG_OK;
  const size_t n = s->size * s->size;
  lg_culture_truth *truth = NULL;
  lg_culture_movie *movie = NULL;
  *out = (unet_sample){.side = s->size};
  LG_TRY(lg_culture_simulate(ctx, s, &truth));
  LG_TRY(copy_masks(ctx, truth->masks, &out->masks));
  if (hole_share > 0.0) make_holes(seed, index, hole_share, truth, out->masks);
  LG_TRY(lg_culture_film_truth(ctx, s, truth, &movie));
  LG_NEW(ctx, out->maps, 2 * n);
  LG_NEW(ctx, out->image, 2 * n);
  LG_TRY(make_maps(ctx, movie, out));
done:
  lg_culture_truth_destroy(ctx, truth);
  lg_culture_movie_destroy(ctx, movie);
  if (status != LG_OK) lg_culture_unet_sample_clear(ctx, out);
  return status;
}

lg_status lg_culture_unet_sample(lg_ctx *ctx, uint64_t seed, size_t index, size_t size, size_t ncell, size_t frames,
                                 double hole_share, unet_sample *out) {
  const culture_simulation s = draw(seed, index, size, ncell, frames);
  return film(ctx, &s, seed, index, hole_share, out);
}

lg_status lg_culture_unet_plain(lg_ctx *ctx, uint64_t seed, size_t index, size_t size, size_t ncell, size_t frames,
                                unet_sample *out) {
  culture_simulation s = lg_culture_simulation_default();
  lg_rng rng = lg_rng_make(seed, STREAM_VARIETY, index);
  s.seed = lg_rng_u64(&rng) >> 1;
  s.size = size, s.ncell = ncell, s.frames = frames;
  return film(ctx, &s, seed, index, 0.0, out);
}

lg_status lg_culture_unet_still(lg_ctx *ctx, uint64_t seed, size_t index, size_t size, size_t ncell, unet_sample *out) {
  lg_status status = LG_OK;
  const culture_stain stain = lg_culture_stain_draw(seed, index, size, ncell);
  lg_culture_movie *image = NULL;
  float *map = NULL;
  bool membranes;
  *out = (unet_sample){.side = size};
  LG_TRY(lg_culture_simulate_stain(ctx, &stain, &out->masks, &image));
  LG_NEW(ctx, out->maps, 2 * size * size);
  LG_NEW(ctx, map, size * size);
  LG_TRY(lg_culture_median(ctx, image));
  LG_TRY(lg_culture_image_map(ctx, image, &membranes, map));
  for (size_t k = 0; membranes != stain.membranes && k < size * size; k++) map[k] = -map[k]; /* cells are bright */
  LG_TRY(lg_culture_unet_input(ctx, map, map, size, size, out->maps));
done:
  lg_culture_movie_destroy(ctx, image);
  lg_free(ctx, map);
  if (status != LG_OK) lg_culture_unet_sample_clear(ctx, out);
  return status;
}

lg_status lg_culture_unet_nothing(lg_ctx *ctx, uint64_t seed, size_t index, size_t size, unet_sample *out) {
  lg_status status = LG_OK;
  const size_t n = size * size;
  lg_rng rng = lg_rng_make(seed, STREAM_NOTHING, index);
  const culture_blur blur = lg_culture_blur_make(lg_exp(lg_rng_range(&rng, -2.0, 1.5)));
  float *map = NULL;
  *out = (unet_sample){.side = size};
  LG_NEW(ctx, out->maps, 2 * n);
  LG_NEW(ctx, map, 4 * n + size + 2 * CULTURE_BLUR_MOST);
  LG_NEW(ctx, out->masks, 1);
  out->masks->height = out->masks->width = size;
  LG_NEW(ctx, out->masks->label, n);
  for (size_t k = 0; k < 2 * n; k++) map[k] = (float)lg_rng_normal(&rng);
  for (size_t c = 0; c < 2; c++) lg_culture_blur(&blur, size, size, map + c * n, map + c * n, map + 2 * n);
  LG_TRY(lg_culture_unet_input(ctx, map, index % 2 ? map : map + n, size, size, out->maps));
done:
  lg_free(ctx, map);
  if (status != LG_OK) lg_culture_unet_sample_clear(ctx, out);
  return status;
}
