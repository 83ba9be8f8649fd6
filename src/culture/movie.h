/**
 * @file movie.h
 * @brief Movies of a monolayer as the stages need them: filtered, levelled, projected, read off by masks.
 *
 * Stages: 3 x 3 x 3 median (against hot pixels), dark level, ln(1 + counts), quartiles over the whole movie, (v - q1 +
 * 2 IQR)/(5 IQR). A movie is held once, as 16-bit counts; values are looked up in a table of 65,536 entries.
 */
#ifndef LG_CULTURE_MOVIE_H
#define LG_CULTURE_MOVIE_H

#include "base/base.h"

/** Counts (n_frames, height, width). */
typedef struct lg_culture_movie {
  size_t n_frames, height, width;
  uint16_t *counts;
  double frame_s;  /* time between frames; NAN: the file does not say */
  double pixel_um; /* NAN: the file does not say */
  double scale;    /* counts of a float file were multiplied by this to fit 16 bits; 1 for integers */
  bool saturated;  /* a thousandth of the pixels or more stand at the highest value */
} lg_culture_movie;

void lg_culture_movie_destroy(lg_ctx *ctx, lg_culture_movie *movie);

/** @brief Median of 3 x 3 x 3 pixels, borders mirrored (d c b a|a b c d|d c b a); in place, threads over rows. */
LG_MUST_CHECK lg_status lg_culture_median(lg_ctx *ctx, lg_culture_movie *movie);

/** Levels of a whole movie. */
typedef struct culture_levels {
  double dark;   /* subtracted before the logarithm */
  double q1, q3; /* quartiles of ln(1 + counts - dark), linear interpolation, exact */
} culture_levels;

/** @brief Levels; dark NAN: the 0.5 percentile of the movie. */
LG_MUST_CHECK lg_status lg_culture_find_levels(lg_ctx *ctx, const lg_culture_movie *movie, double dark,
                                               culture_levels *out);

/** @brief Normalised value of every count. @param table (65536) */
void lg_culture_level_table(const culture_levels *levels, float *table);

/** @brief Mean over time, and mean Pearson correlation with the 8 neighbours after a Gaussian of 1 px; one pass.
 * @param mean,correlation (height, width) */
LG_MUST_CHECK lg_status lg_culture_project(lg_ctx *ctx, const lg_culture_movie *movie, const float *table, float *mean,
                                           float *correlation);

/** Labels of an image: 0 background, 1 … n cells. */
typedef struct lg_culture_masks {
  size_t height, width;
  uint32_t *label; /* (height, width) */
  uint32_t most;   /* greatest label */
  double pixel_um; /* 0 or NAN: not known */
} lg_culture_masks;

void lg_culture_masks_destroy(lg_ctx *ctx, lg_culture_masks *masks);

/** @brief Every label keeps its largest piece (by sides); the others go to labels that they touch. */
LG_MUST_CHECK lg_status lg_culture_keep_whole(lg_ctx *ctx, lg_culture_masks *masks);

/** @brief Mean (or median) of the normalised pixels of every label, frame by frame. @param y (n_frames, masks->most) */
LG_MUST_CHECK lg_status lg_culture_read_traces(lg_ctx *ctx, const lg_culture_movie *movie, const float *table,
                                               const lg_culture_masks *masks, bool median, double *y);

#endif
