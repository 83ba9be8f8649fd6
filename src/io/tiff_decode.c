/* Pixels out of strips and tiles. */
#include "io/tiff_internal.h"

#include <math.h>
#include <string.h>

/* Where values go: counts, labels, or (a first pass over what does not fit 16 bits) their range. */
typedef struct sink {
  const lg_tiff_info *info;
  uint16_t *counts;
  uint32_t *labels;
  double offset, scale, low, high;
  bool ranging;
  size_t strange; /* floats that are no numbers; labels that are no whole ones */
} sink;

static double value_at(const lg_tiff_info *info, const unsigned char *bytes, size_t k) {
  uint16_t half;
  uint32_t word;
  float real;
  if (info->bits == 8) return (double)bytes[k];
  if (info->bits == 16) return (double)(memcpy(&half, bytes + 2 * k, 2), half);
  if (info->is_float) return (double)(memcpy(&real, bytes + 4 * k, 4), real);
  return (double)(memcpy(&word, bytes + 4 * k, 4), word);
}

/* n pixels of a line, to pixel `at` of the stack. */
static void take(sink *s, const unsigned char *bytes, size_t n, size_t at) {
  if (s->counts && s->info->bits == 16 && !s->ranging) {
    memcpy(s->counts + at, bytes, 2 * n);
    return;
  }
  if (s->counts && s->info->bits == 8 && !s->ranging) {
    for (size_t k = 0; k < n; k++) s->counts[at + k] = bytes[k];
    return;
  }
  for (size_t k = 0; k < n; k++) {
    const double x = value_at(s->info, bytes, k);
    if (!isfinite(x)) {
      s->strange++;
    } else if (s->ranging) {
      s->low = fmin(s->low, x), s->high = fmax(s->high, x);
    } else if (s->labels) {
      s->strange += x < 0.0 || x != floor(x) || x > 4294967295.0;
      s->labels[at + k] = x >= 0.0 && x <= 4294967295.0 ? (uint32_t)x : 0;
    } else {
      s->counts[at + k] = (uint16_t)floor((x - s->offset) * s->scale + 0.5);
    }
  }
}

static lg_status damaged(lg_ctx *ctx, const tiff_image *image, size_t frame) {
  return lg_fail(ctx, LG_ERR_FORMAT, "frame %zu cannot be decoded: %s", frame + 1,
                 image->message[0] ? image->message : "it is cut or damaged");
}

static lg_status read_strips(lg_ctx *ctx, TIFF *tiff, tiff_image *image, sink *s, unsigned char *buffer, size_t frame) {
  const lg_tiff_info *info = s->info;
  const size_t line = info->width * (info->bits / 8), first = frame * info->height * info->width;
  uint32_t rows = 0;
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
  if (rows == 0 || rows > info->height) rows = (uint32_t)info->height;
  for (size_t y = 0; y < info->height; y += rows) {
    const size_t n = info->height - y < rows ? info->height - y : rows;
    const tmsize_t got =
        TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, (uint32_t)y, 0), buffer, (tmsize_t)(n * line));
    if (got != (tmsize_t)(n * line)) return damaged(ctx, image, frame);
    take(s, buffer, n * info->width, first + y * info->width);
  }
  return LG_OK;
}

static lg_status read_tiles(lg_ctx *ctx, TIFF *tiff, tiff_image *image, sink *s, unsigned char *buffer, size_t frame) {
  const lg_tiff_info *info = s->info;
  const size_t bytes = info->bits / 8, first = frame * info->height * info->width;
  uint32_t wide = 0, high = 0;
  (void)TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &wide);
  (void)TIFFGetField(tiff, TIFFTAG_TILELENGTH, &high);
  if (wide == 0 || high == 0) return damaged(ctx, image, frame);
  for (size_t y = 0; y < info->height; y += high)
    for (size_t x = 0; x < info->width; x += wide) {
      const uint32_t tile = TIFFComputeTile(tiff, (uint32_t)x, (uint32_t)y, 0, 0);
      if (TIFFReadEncodedTile(tiff, tile, buffer, TIFFTileSize(tiff)) != (tmsize_t)((size_t)wide * high * bytes))
        return damaged(ctx, image, frame);
      const size_t n = info->width - x < wide ? info->width - x : wide;
      for (size_t row = 0; row < high && y + row < info->height; row++)
        take(s, buffer + row * wide * bytes, n, first + (y + row) * info->width + x);
    }
  return LG_OK;
}

static bool other_order(TIFF *tiff) {
  const uint16_t probe = 1;
  unsigned char low;
  memcpy(&low, &probe, 1);
  return (TIFFIsBigEndian(tiff) != 0) == (low == 1);
}

/* Frames that follow each other behind one directory; libtiff does not know of them, so bytes are put in order here. */
static lg_status read_block(lg_ctx *ctx, TIFF *tiff, tiff_image *image, sink *s, unsigned char *buffer) {
  const lg_tiff_info *info = s->info;
  const size_t bytes = info->bits / 8, line = info->width * bytes;
  uint64_t *offsets = NULL;
  if (!TIFFGetField(tiff, TIFFTAG_STRIPOFFSETS, &offsets) || !offsets) return damaged(ctx, image, 0);
  const unsigned char *at = image->bytes + offsets[0]; /* lg_tiff_scan saw that it is long enough */
  const bool swap = bytes > 1 && other_order(tiff);
  for (size_t row = 0; row < info->n_frames * info->height; row++, at += line) {
    memcpy(buffer, at, line);
    for (size_t k = 0; swap && k < line; k += bytes)
      for (size_t q = 0; q < bytes / 2; q++) {
        const unsigned char byte = buffer[k + q];
        buffer[k + q] = buffer[k + bytes - 1 - q], buffer[k + bytes - 1 - q] = byte;
      }
    take(s, buffer, info->width, row * info->width);
  }
  return LG_OK;
}

static lg_status read_frames(lg_ctx *ctx, TIFF *tiff, tiff_image *image, sink *s) {
  lg_status status = LG_OK;
  const lg_tiff_info *info = s->info;
  unsigned char *buffer = NULL;
  size_t bytes = 0;
  if (!TIFFSetDirectory(tiff, 0)) LG_TRY(damaged(ctx, image, 0));
  for (size_t frame = 0; frame < info->n_frames; frame++) {
    const bool tiled = TIFFIsTiled(tiff) != 0;
    const tmsize_t tile = tiled ? TIFFTileSize(tiff) : 0;
    const size_t needed = tiled ? (size_t)(tile > 0 ? tile : 0) : info->height * info->width * (info->bits / 8);
    if (tiled && (tile <= 0 || needed > (size_t)1 << 30)) LG_TRY(damaged(ctx, image, frame));
    if (needed > bytes) {
      lg_free(ctx, buffer);
      bytes = needed;
      LG_NEW(ctx, buffer, bytes);
    }
    if (info->is_one_block) {
      LG_TRY(read_block(ctx, tiff, image, s, buffer));
      break;
    }
    LG_TRY(tiled ? read_tiles(ctx, tiff, image, s, buffer, frame) : read_strips(ctx, tiff, image, s, buffer, frame));
    if (frame + 1 < info->n_frames && !TIFFReadDirectory(tiff)) LG_TRY(damaged(ctx, image, frame + 1));
  }
done:
  lg_free(ctx, buffer);
  return status;
}

/* Counts of what does not fit 16 bits: as it is when it is small and whole, otherwise spread over 60,000. */
static void choose_scale(sink *s) {
  s->offset = s->low < 0.0 ? s->low : 0.0;
  const double room = s->high - s->offset;
  s->scale = !s->info->is_float && room <= 65535.0 ? 1.0 : room > 0.0 ? 60000.0 / room : 1.0;
}

lg_status lg_tiff_decode(lg_ctx *ctx, tiff_image *image, const lg_tiff_info *info, uint16_t *counts, uint32_t *labels,
                         double *offset, double *scale) {
  lg_status status = LG_OK;
  sink s = {.info = info,
            .counts = counts,
            .labels = labels,
            .scale = 1.0,
            .low = (double)INFINITY,
            .high = -(double)INFINITY};
  TIFF *tiff = lg_tiff_open_image(image);
  if (!tiff) return lg_fail(ctx, LG_ERR_FORMAT, "no TIFF: %s", image->message);
  if (counts && info->bits == 32) {
    s.ranging = true;
    LG_TRY(read_frames(ctx, tiff, image, &s));
    if (s.strange > 0 || !(s.high >= s.low))
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%zu pixels are no numbers (NaN or infinite)", s.strange));
    s.ranging = false;
    choose_scale(&s);
  }
  LG_TRY(read_frames(ctx, tiff, image, &s));
  if (s.strange > 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%zu pixels are no labels (whole numbers from 0)", s.strange));
  *offset = s.offset, *scale = s.scale;
done:
  TIFFClose(tiff);
  return status;
}
