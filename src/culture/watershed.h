/**
 * @file watershed.h
 * @brief Cells of a confluent monolayer by a seeded watershed on the temporal structure of its movie.
 *
 * A map that is high inside cells (mean and neighbour correlation, each in standard deviations, summed) is made even by
 * a local z-score and smoothed; seeds are its maxima that stand out by h, cells the basins of the turned map; small
 * ones join the neighbour with whom they share the longest border.
 */
#ifndef LG_CULTURE_WATERSHED_H
#define LG_CULTURE_WATERSHED_H

#include "culture/movie.h"

typedef struct culture_watershed {
  double background_px; /* Gaussian of the local z-score; 14 */
  double smooth_px;     /* 1.5 */
  double h;             /* of the local z-score; NAN: where the number of seeds changes least; 0.4 */
  double finer;         /* of movies: pieces of this share of h first, which traces then join; 0.3 */
  size_t least_area_px; /* 150 */
} culture_watershed;

culture_watershed lg_culture_watershed_default(void);

/** @brief z-score of the mean plus that of the correlation. @param map (n) out, may be either */
void lg_culture_cell_map(const float *mean, const float *correlation, size_t n, float *map);

/** @brief A map of one image: its logarithm, turned round where thin bright lines (stained membranes) stand on dark. */
LG_MUST_CHECK lg_status lg_culture_image_map(lg_ctx *ctx, const lg_culture_movie *image, bool *membranes, float *map);

/**
 * @brief Segment.
 * @param map    (height, width), high inside cells
 * @param[out] h_used the h of the seeds
 */
LG_MUST_CHECK lg_status lg_culture_watershed_segment(lg_ctx *ctx, const float *map, size_t height, size_t width,
                                                     const culture_watershed *options, lg_culture_masks **out,
                                                     double *h_used);

/**
 * @brief Segment a movie: more pieces than cells first; pieces whose differences in time agree (noise taken off) are
 * joined, quiet ones where the map hardly parts them; then pixels at borders go to the cell whose trace they follow.
 * @param map (height, width), high inside cells
 */
LG_MUST_CHECK lg_status lg_culture_watershed_movie(lg_ctx *ctx, const lg_culture_movie *movie, const float *table,
                                                   const float *map, const culture_watershed *options,
                                                   lg_culture_masks **out, double *h_used);

/**
 * @brief Pixels within six pixels of a border go to the label whose trace they follow best, neighbours of the same
 * label counting as well; every label stays in one piece, background stays background.
 */
LG_MUST_CHECK lg_status lg_culture_move_borders(lg_ctx *ctx, const lg_culture_movie *movie, const float *table,
                                                lg_culture_masks *masks);

/** How masks agree with truth. */
typedef struct culture_mask_score {
  size_t n, n_truth;
  double ap[3];     /* average precision TP/(TP + FP + FN) at IoU 0.5, 0.75, 0.9 */
  double mean_iou;  /* over the cells of the truth, of the best match; 0 where there is none */
  double recall_75; /* share of the cells of the truth with an IoU above 0.75 */
  double edge_f1;   /* borders of 5 px or more, by matched cells */
} culture_mask_score;

LG_MUST_CHECK lg_status lg_culture_score_masks(lg_ctx *ctx, const lg_culture_masks *found,
                                               const lg_culture_masks *truth, culture_mask_score *out);

#endif
