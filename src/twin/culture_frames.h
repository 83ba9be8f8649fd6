/** @file culture_frames.h @brief A movie's frames as bytes, small enough for a page to play. */
#ifndef LG_CULTURE_FRAMES_H
#define LG_CULTURE_FRAMES_H

#include "base/base.h"
#include "io/tiff.h"

/** How large the frames may be. */
typedef struct culture_frames_options {
  size_t side;   /* px: longer sides are halved, thirded … by the mean of whole pixels; 16 to 4096 */
  size_t frames; /* so many at most: otherwise every second, third …; 1 to 100000 */
} culture_frames_options;

/** Bytes (n, height, width): 0 is `low` counts and below, 255 `high` and above. */
typedef struct lg_culture_frames {
  size_t n, height, width;
  size_t shrink, step;            /* pixels of the movie along a pixel, frames of the movie from frame to frame */
  size_t full_height, full_width; /* px of the movie */
  double low, high;               /* counts: the 0.1 and 99.95 percentile of the shrunk frames, hot pixels left out */
  double frame_s, pixel_um;       /* of the movie, NAN: not known */
  unsigned char *value;
} lg_culture_frames;

/**
 * @brief Shrink a movie to bytes.
 * @retval LG_ERR_ARGUMENT options beyond their range
 */
LG_MUST_CHECK lg_status lg_culture_frames_create(lg_ctx *ctx, const lg_tiff *movie,
                                                 const culture_frames_options *options, lg_culture_frames **out);
void lg_culture_frames_destroy(lg_ctx *ctx, lg_culture_frames *frames);

/** @brief One line of JSON (schema loligo-frames/1, members as above), then the bytes. */
LG_MUST_CHECK lg_status lg_culture_frames_write(lg_ctx *ctx, const char *path, const lg_culture_frames *frames);

#endif
