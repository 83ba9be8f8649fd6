/** @file watershed_internal.h @brief Steps of the watershed that images and movies share. */
#ifndef LG_CULTURE_WATERSHED_INTERNAL_H
#define LG_CULTURE_WATERSHED_INTERNAL_H

#include "culture/watershed.h"

/** @brief (map - blur)/(local standard deviation), smoothed. @param relief (height, width) out */
LG_MUST_CHECK lg_status lg_culture_relief(lg_ctx *ctx, const float *map, size_t height, size_t width,
                                          const culture_watershed *options, float *relief);

/** @brief By how much every maximum stands out; -1: no maximum. @param stands (height, width) out */
LG_MUST_CHECK lg_status lg_culture_hills(lg_ctx *ctx, const float *relief, size_t height, size_t width, float *stands);

/** @brief The h of the options, or where the number of seeds changes least. */
LG_MUST_CHECK lg_status lg_culture_seed_height(lg_ctx *ctx, const float *stands, size_t n, double asked, double *h);

/** @brief Basins of the maxima that stand out by h. @param m of that size, all labels 0 */
LG_MUST_CHECK lg_status lg_culture_basins(lg_ctx *ctx, const float *relief, const float *stands, double h,
                                          lg_culture_masks *m);

/** @brief Cells below the least area join the neighbour of their longest border; labels 1 to n without gaps. */
LG_MUST_CHECK lg_status lg_culture_tidy(lg_ctx *ctx, double least_area, lg_culture_masks *m);

/** Frames of the shortest movie whose traces say which pieces move together. */
enum { CULTURE_MOTION_FRAMES = 60 };

/** @brief Join pieces that move together, and those that are quiet and hardly apart in the relief (less than h). */
LG_MUST_CHECK lg_status lg_culture_join_moving(lg_ctx *ctx, const lg_culture_movie *movie, const float *table,
                                               const float *relief, double h, lg_culture_masks *m);

#endif
