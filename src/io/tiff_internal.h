/** @file tiff_internal.h @brief libtiff over a memory image. */
#ifndef LG_TIFF_INTERNAL_H
#define LG_TIFF_INTERNAL_H

#include "io/tiff.h"

#include <tiffio.h>

typedef struct tiff_image {
  const unsigned char *bytes;
  size_t n, at;
  bool is_mapped;    /* pages of a file, which may be forgotten and read again */
  char message[200]; /* the last that libtiff said */
} tiff_image;

/** @brief Open; NULL with image->message. */
TIFF *lg_tiff_open_image(tiff_image *image);

/** @brief Read the directories: sizes, kind of pixels, times. */
LG_MUST_CHECK lg_status lg_tiff_scan(lg_ctx *ctx, tiff_image *image, lg_tiff_info *info);

/** @brief Decode every frame. counts or labels is NULL; offset and scale (of floats and 32 bits) may be NULL when not
 * needed. */
LG_MUST_CHECK lg_status lg_tiff_decode(lg_ctx *ctx, tiff_image *image, const lg_tiff_info *info, uint16_t *counts,
                                       uint32_t *labels, double *offset, double *scale);

/** What a description says of the planes; 0: nothing. */
typedef struct tiff_words {
  long images, channels, slices, frames;
  double unit_um; /* ImageJ: of its resolution; NAN: not told */
} tiff_words;

/** @brief Time between frames, size of a pixel and planes out of a description: OME-XML or ImageJ's lines. */
void lg_tiff_describe(lg_ctx *ctx, const char *text, size_t n, lg_tiff_info *info, tiff_words *words);

#endif
