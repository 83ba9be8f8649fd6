/** @file align_internal.h @brief Second stage of the alignment. */
#ifndef LG_CULTURE_ALIGN_INTERNAL_H
#define LG_CULTURE_ALIGN_INTERNAL_H

#include "culture/align.h"

/** Part of the frames that is compared. */
typedef struct culture_window {
  size_t top, left, h, w;
} culture_window;

/**
 * @brief Better shifts from good ones (a quarter of a pixel off at most), by least squares in space.
 *
 * Gauss and Newton's step on the logarithm less its blur of 3 px, against the mean of the aligned frames; pixels count
 * by one over their variance in time and Tukey's weight, so that borders of cells that brighten apart count little.
 * (Phases alone take those for movement: 0.06 px of scatter against 0.025 on an undrifted movie of 288 px.)
 * @param ln (65536) logarithm of a count
 * @param[out] noise_px standard deviation of a shift along one axis, by how its four quarters differ
 */
LG_MUST_CHECK lg_status lg_culture_refine_shifts(lg_ctx *ctx, const lg_culture_movie *movie,
                                                 const culture_window *window, const float *ln, culture_shift *shift,
                                                 double *noise_px);

/**
 * @brief Where the drift is smooth, let neighbouring frames help: a local line over 2 m + 1 frames, with the greatest m
 * of 16, 8, 4, 2 whose residuals are no larger than the noise. Frames that jump by themselves stay as they are.
 */
LG_MUST_CHECK lg_status lg_culture_smooth_shifts(lg_ctx *ctx, culture_shift *shift, size_t n, double noise_px);

enum { CULTURE_TAPS = 8, CULTURE_TAPS_BEFORE = 3 };

/**
 * @brief Weights of the eight pixels from 3 before to 4 behind one, for a place f of a pixel behind it: a sinc under a
 * squared cosine. (Four cubic taps move fine structure by up to 0.1 px less than they should.)
 */
void lg_culture_taps(double f, float weight[CULTURE_TAPS]);

#endif
