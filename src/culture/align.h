/**
 * @file align.h
 * @brief Drift of a stack: shifts of whole frames by phase correlation, and frames brought back by them.
 *
 * Signs: what lies at (y, x) in the first frame lies at (y + dy, x + dx) in frame t; the first frame has 0, 0.
 */
#ifndef LG_CULTURE_ALIGN_H
#define LG_CULTURE_ALIGN_H

#include "culture/movie.h"

typedef struct culture_shift {
  double dy_px, dx_px;
  double peak;  /* of the correlation: 1 where all phases agree, near 0 where none do */
  bool trusted; /* false: the peak was too low, the shift is interpolated from the frames around */
} culture_shift;

/** The part of the first frame that every frame shows: rows [top, bottom), columns [left, right). */
typedef struct culture_seen {
  size_t top, left, bottom, right;
} culture_seen;

/**
 * @brief Shifts by phase correlation (Kuglin and Hines 1975) with a template that the aligned frames make.
 *
 * Middle of the frames (up to 512 px a side), 3 x 3 median, logarithm, tapered; phases alone are correlated with those
 * of the first frame, then spectra with the mean of the aligned ones, frequencies weighed by what the frames scatter;
 * the peak between pixels by Newton's method on the correlation's trigonometric sum. Then least squares in space
 * (align_internal.h). The same bits for any number of threads.
 * @param[out] shift (n_frames)
 * @param[out] noise_px standard deviation of one frame's shift along one axis; frames that drift smoothly are known
 * better (align_internal.h)
 * @retval LG_ERR_RANGE frames below 32 px a side, or no frame has any structure
 */
LG_MUST_CHECK lg_status lg_culture_find_shifts(lg_ctx *ctx, const lg_culture_movie *movie, culture_shift *shift,
                                               double *noise_px);

/**
 * @brief Bring every frame back, in place: pixels far from the median of their 3 x 3 (hot ones) take it, then a
 * windowed sinc of eight pixels a side. Pixels that a frame does not show repeat its border: see
 * lg_culture_seen_by_all().
 * @retval LG_ERR_RANGE nothing is seen by all frames
 */
LG_MUST_CHECK lg_status lg_culture_apply_shifts(lg_ctx *ctx, lg_culture_movie *movie, const culture_shift *shift);

/** @brief What all frames show; empty (bottom = top or right = left) where nothing. */
culture_seen lg_culture_seen_by_all(const culture_shift *shift, size_t n_frames, size_t height, size_t width);

#endif
