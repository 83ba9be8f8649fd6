/* Rows 4 to 6: cells by the watershed and by the flow network, of movies and of stained monolayers. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/culture_validate_internal.h"

#include "twin/culture_unet.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void say_score(const culture_check *c, int row, const culture_mask_score *s, const double must[4]) {
  lg_culture_check_least(c, row, "average precision at an IoU of 0.5", s->ap[0], "", must[0]);
  lg_culture_check_least(c, row, "average precision at an IoU of 0.75", s->ap[1], "", must[1]);
  lg_culture_check_note(c, row, "average precision at an IoU of 0.9", s->ap[2], "");
  lg_culture_check_least(c, row, "mean IoU of the true cells", s->mean_iou, "", must[2]);
  lg_culture_check_least(c, row, "F1 of the borders", s->edge_f1, "", must[3]);
  lg_culture_check_note(c, row, "cells found", (double)s->n, "");
  lg_culture_check_note(c, row, "cells there are", (double)s->n_truth, "");
}

static lg_status judge(const culture_check *c, int row, bool by_network, const double must[4]) {
  lg_status status = LG_OK;
  lg_ctx *ctx = c->ctx;
  lg_culture_film *film = NULL;
  lg_culture_masks *truth = NULL, *found = NULL;
  lg_culture_unet_file net = {0};
  culture_mask_score score;
  char path[4096];
  double h;
  LG_TRY(lg_culture_check_film(c, &film));
  LG_TRY(lg_culture_check_path(c, path, "%s_masks.tif", c->what->set));
  LG_TRY(lg_culture_masks_load(ctx, path, &truth));
  if (by_network) {
    LG_TRY(lg_culture_unet_load(ctx, c->what->network, &net));
    const culture_unet_options o = lg_culture_unet_options_default();
    LG_TRY(lg_culture_film_unet(ctx, film, &net, &o, &found, &h));
  } else {
    const culture_watershed o = lg_culture_watershed_default();
    LG_TRY(lg_culture_film_watershed(ctx, film, &o, &found, &h));
  }
  LG_TRY(lg_culture_score_masks(ctx, found, truth, &score));
  say_score(c, row, &score, must);
done:
  lg_culture_unet_file_clear(ctx, &net);
  lg_culture_film_destroy(ctx, film);
  lg_culture_masks_destroy(ctx, truth);
  lg_culture_masks_destroy(ctx, found);
  return status;
}

lg_status lg_culture_validate_watershed(const culture_check *c) {
  return judge(c, CULTURE_ROW_WATERSHED, false, (const double[]){0.97, 0.88, 0.87, 0.91});
}

lg_status lg_culture_validate_network(const culture_check *c) {
  if (c->what->network) return judge(c, CULTURE_ROW_NETWORK, true, (const double[]){0.99, 0.97, 0.96, 0.97});
  lg_culture_check_note(c, CULTURE_ROW_NETWORK, "there is no network: give --net, or train one", (double)NAN, "");
  return LG_OK;
}

/* ---- real monolayers ----------------------------------------------------------------------------------------- */

enum { MOST_IMAGES = 64, NAME = 256 };

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

/* Stems of real_MDCK_*.tif that have partial masks, in order. */
static lg_status list_images(const culture_check *c, char (*stem)[NAME], size_t *n) {
  DIR *dir = opendir(c->what->folder);
  const struct dirent *e;
  *n = 0;
  if (!dir) return lg_fail(c->ctx, LG_ERR_IO, "the folder cannot be read");
  while ((e = readdir(dir)) && *n < MOST_IMAGES) {
    const char *end = strstr(e->d_name, "_partial_masks.tif");
    if (strncmp(e->d_name, "real_MDCK", 9) != 0 || !end || (size_t)(end - e->d_name) >= NAME) continue;
    (void)snprintf(stem[(*n)++], NAME, "%.*s", (int)(end - e->d_name), e->d_name);
  }
  (void)closedir(dir);
  qsort(stem, *n, NAME, by_name);
  return LG_OK;
}

/* Share of the published cells that are found with an IoU above 0.75. */
static lg_status recall(const culture_check *c, const char *stem, const lg_culture_unet_file *net, double *share) {
  lg_status status = LG_OK;
  lg_ctx *ctx = c->ctx;
  lg_culture_film *film = NULL;
  lg_culture_masks *truth = NULL, *found = NULL;
  culture_mask_score score;
  char path[4096];
  double h;
  LG_TRY(lg_culture_check_path(c, path, "%s.tif", stem));
  LG_TRY(lg_culture_film_load(ctx, path, (double)NAN, 1, &film));
  LG_TRY(lg_culture_check_path(c, path, "%s_partial_masks.tif", stem));
  LG_TRY(lg_culture_masks_load(ctx, path, &truth));
  if (net) {
    const culture_unet_options o = lg_culture_unet_options_default();
    LG_TRY(lg_culture_film_unet(ctx, film, net, &o, &found, &h));
  } else {
    culture_watershed o = lg_culture_watershed_default();
    o.h = 0.2, o.smooth_px = 2.0, o.background_px = 25.0;
    LG_TRY(lg_culture_film_watershed(ctx, film, &o, &found, &h));
  }
  LG_TRY(lg_culture_score_masks(ctx, found, truth, &score));
  *share = score.recall_75;
done:
  lg_culture_film_destroy(ctx, film);
  lg_culture_masks_destroy(ctx, truth);
  lg_culture_masks_destroy(ctx, found);
  return status;
}

static lg_status judge_images(const culture_check *c, char (*stem)[NAME], size_t n, const lg_culture_unet_file *net) {
  const int row = CULTURE_ROW_REAL;
  double mean = 0.0, least = 1.0;
  char text[NAME + 32];
  for (size_t k = 0; k < n; k++) {
    double share;
    const lg_status status = recall(c, stem[k], net, &share);
    if (status != LG_OK) return status;
    (void)snprintf(text, sizeof text, "%s: %s, share above 0.75", net ? "network" : "watershed", stem[k] + 5);
    lg_culture_check_note(c, row, text, share, "");
    mean += share / (double)n;
    least = fmin(least, share);
  }
  if (net) {
    lg_culture_check_least(c, row, "network: published cells above an IoU of 0.75, mean", mean, "", 0.9);
    lg_culture_check_least(c, row, "network: worst image", least, "", 0.8);
  } else {
    lg_culture_check_note(c, row, "watershed: published cells above an IoU of 0.75, mean", mean, "");
  }
  return LG_OK;
}

lg_status lg_culture_validate_real(const culture_check *c) {
  lg_status status = LG_OK;
  char(*stem)[NAME] = NULL;
  lg_culture_unet_file net = {0};
  size_t n;
  LG_NEW(c->ctx, stem, MOST_IMAGES);
  LG_TRY(list_images(c, stem, &n));
  if (n == 0) {
    lg_culture_check_note(c, CULTURE_ROW_REAL, "there are no real images in this folder", (double)NAN, "");
    goto done;
  }
  LG_TRY(judge_images(c, stem, n, NULL));
  if (c->what->network) {
    LG_TRY(lg_culture_unet_load(c->ctx, c->what->network, &net));
    LG_TRY(judge_images(c, stem, n, &net));
  } else {
    lg_culture_check_note(c, CULTURE_ROW_REAL, "there is no network: give --net, or train one", (double)NAN, "");
  }
done:
  lg_culture_unet_file_clear(c->ctx, &net);
  lg_free(c->ctx, stem);
  return status;
}
