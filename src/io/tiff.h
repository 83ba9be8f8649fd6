/**
 * @file tiff.h
 * @brief Stacks of grey images out of TIFF, BigTIFF, OME-TIFF and ImageJ's, and label images both ways.
 *
 * libtiff parses inside the sandbox and decodes into memory that both processes share: no second copy. Grey pixels of
 * 8 to 64 bits, signed or not, or floats of 32 and 64; strips or tiles; none, LZW, deflate, PackBits, zstd where
 * libtiff has it.
 */
#ifndef LG_TIFF_H
#define LG_TIFF_H

#include "base/base.h"

/** What a file holds. */
typedef struct lg_tiff_info {
  size_t n_frames, height, width;
  unsigned bits; /* 8, 16, 32, 64 */
  bool is_float, is_signed;
  bool is_inverted;  /* 0 is white: counts are turned round, whole unsigned numbers only */
  bool is_one_block; /* ImageJ: all frames behind the one directory, not compressed */
  double frame_s;    /* between frames; NAN: the file does not say */
  double pixel_um;   /* NAN: the file does not say */
} lg_tiff_info;

/** Frames as 16-bit counts, or labels of one image. */
typedef struct lg_tiff {
  lg_tiff_info info;
  uint16_t *counts;     /* (n_frames, height, width), counts = (value - offset) scale; NULL for labels */
  uint32_t *labels;     /* (height, width); NULL for counts */
  double offset, scale; /* 0 and 1 unless the file holds floats, negative or larger numbers */
  size_t mapped_bytes;  /* of counts or labels: free with lg_tiff_unmap when taken over */
} lg_tiff;

enum { LG_TIFF_MAX_SIDE = 32768, LG_TIFF_MAX_FRAMES = 1000000 };
#define LG_TIFF_MAX_PIXELS ((size_t)4000000000)

/**
 * @brief Read a movie or an image.
 * @retval LG_ERR_FORMAT      no TIFF, or damaged: frame and what libtiff said
 * @retval LG_ERR_UNSUPPORTED colour, several channels, several planes in depth, complex pixels, frames of different
 *                            sizes
 * @retval LG_ERR_LIMIT       beyond the limits above
 */
LG_MUST_CHECK lg_status lg_tiff_read(lg_ctx *ctx, const char *path, lg_tiff **out);

/** @brief Read a label image: one frame, whole numbers, 0 the background. */
LG_MUST_CHECK lg_status lg_tiff_read_labels(lg_ctx *ctx, const char *path, lg_tiff **out);

void lg_tiff_destroy(lg_ctx *ctx, lg_tiff *tiff);
/** @brief Give back shared pixels that were taken over (and set to NULL in the struct). */
void lg_tiff_unmap(void *pixels, size_t bytes);

/** @brief Write labels as Cellpose does: one image of 16 bits (32 where a label needs them), deflated. */
LG_MUST_CHECK lg_status lg_tiff_write_labels(lg_ctx *ctx, const char *path, const uint32_t *label, size_t height,
                                             size_t width);

/** @brief Write a movie of 16-bit counts (n_frames, height, width), deflated, one directory a frame.
 * @param frame_s,pixel_um stand in an ImageJ description unless NAN */
LG_MUST_CHECK lg_status lg_tiff_write_movie(lg_ctx *ctx, const char *path, const uint16_t *counts, size_t n_frames,
                                            size_t height, size_t width, double frame_s, double pixel_um);

/** @brief Parse an image in memory without the sandbox (tests, fuzzing). */
LG_MUST_CHECK lg_status lg_tiff_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, bool labels, lg_tiff **out);

#endif
