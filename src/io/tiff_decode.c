/* Pixels out of strips and tiles. */
#define _DEFAULT_SOURCE /* madvise */
#include "io/tiff_internal.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>

/* Where values go: counts, labels, or (a first pass over what does not fit 16 bits) their range. */
typedef struct sink {
  const lg_tiff_info *info;
  uint16_t *counts;
  uint32_t *labels;
  double offset, scale, low, high;
  bool ranging;
  size_t strange, first; /* where: floats that are no numbers; labels that are no whole ones */
} sink;

#define VALUE(type, k) (memcpy(&(type##_), bytes + sizeof(type##_) * (k), sizeof(type##_)), (double)(type##_))

static double value_at(const lg_tiff_info *info, const unsigned char *bytes, size_t k) {
  int8_t i8_;
  int16_t i16_;
  int32_t i32_;
  int64_t i64_;
  uint16_t u16_;
  uint32_t u32_;
  uint64_t u64_;
  float f32_;
  double f64_;
  if (info->is_float) return info->bits == 64 ? VALUE(f64, k) : VALUE(f32, k);
  switch (info->bits) {
  case 8:
    return info->is_signed ? VALUE(i8, k) : (double)bytes[k];
  case 16:
    return info->is_signed ? VALUE(i16, k) : VALUE(u16, k);
  case 32:
    return info->is_signed ? VALUE(i32, k) : VALUE(u32, k);
  default:
    return info->is_signed ? VALUE(i64, k) : VALUE(u64, k);
  }
}

#undef VALUE

/* Whether pixels are counts as they stand. */
static bool is_plain(const lg_tiff_info *info) { return info->bits <= 16 && !info->is_float && !info->is_signed; }

/* n pixels of a line, to pixel `at` of the stack. */
static void take(sink *s, const unsigned char *bytes, size_t n, size_t at) {
  if (s->counts && is_plain(s->info)) {
    if (s->info->bits == 16) memcpy(s->counts + at, bytes, 2 * n);
    else
      for (size_t k = 0; k < n; k++) s->counts[at + k] = bytes[k];
    if (s->info->is_inverted) {
      const unsigned white = s->info->bits == 16 ? 65535 : 255;
      for (size_t k = 0; k < n; k++) s->counts[at + k] = (uint16_t)(white - s->counts[at + k]);
    }
    return;
  }
  for (size_t k = 0; k < n; k++) {
    const double x = value_at(s->info, bytes, k);
    if (!isfinite(x)) {
      if (s->strange++ == 0) s->first = at + k;
    } else if (s->ranging) {
      s->low = fmin(s->low, x), s->high = fmax(s->high, x);
    } else if (s->labels) {
      if ((x < 0.0 || x != floor(x) || x > 4294967295.0) && s->strange++ == 0) s->first = at + k;
      s->labels[at + k] = x >= 0.0 && x <= 4294967295.0 ? (uint32_t)x : 0;
    } else if (s->counts) {
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

/* Pages of the file that were read need not stay: they are on the disk. */
static void forget(const tiff_image *image) {
  union {
    const unsigned char *from;
    void *to;
  } pointer = {.from = image->bytes};
  if (image->is_mapped) (void)madvise(pointer.to, image->n, MADV_DONTNEED);
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
    if (row % info->height == 0 && row / info->height % 16 == 15) forget(image);
  }
  return LG_OK;
}

static lg_status read_frames(lg_ctx *ctx, TIFF *tiff, tiff_image *image, sink *s) {
  lg_status status = LG_OK;
  const lg_tiff_info *info = s->info;
  unsigned char *buffer = NULL;
  size_t bytes = 0, decoded = 0;
  const size_t forget_after = (size_t)32 << 20;
  if (!TIFFSetDirectory(tiff, 0)) LG_TRY(damaged(ctx, image, 0));
  for (size_t frame = 0; frame < info->n_frames; frame++) {
    const bool tiled = TIFFIsTiled(tiff) != 0;
    const tmsize_t tile = tiled ? TIFFTileSize(tiff) : 0;
    const size_t needed = tiled ? (size_t)(tile > 0 ? tile : 0) : info->height * info->width * (info->bits / 8);
    if (tiled && (tile <= 0 || needed > (size_t)1 << 30)) LG_TRY(damaged(ctx, image, frame));
    if (!buffer || needed > bytes) {
      lg_free(ctx, buffer);
      bytes = needed;
      LG_NEW(ctx, buffer, bytes);
    }
    if (info->is_one_block) {
      LG_TRY(read_block(ctx, tiff, image, s, buffer));
      break;
    }
    if ((decoded += info->height * info->width * (info->bits / 8)) > forget_after) {
      forget(image);
      decoded = 0;
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
  if (counts && !is_plain(info)) {
    s.ranging = true;
    LG_TRY(read_frames(ctx, tiff, image, &s));
    if (s.strange > 0 || !(s.high >= s.low))
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT,
                     "%zu pixels are no numbers (NaN or infinite), the first in frame %zu at row %zu, column %zu; "
                     "every pixel needs a "
                     "finite number",
                     s.strange, s.first / (info->height * info->width) + 1, s.first / info->width % info->height,
                     s.first % info->width));
    s.ranging = false;
    choose_scale(&s);
  }
  LG_TRY(read_frames(ctx, tiff, image, &s));
  if (s.strange > 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT,
                   "%zu pixels are no labels (whole numbers from 0), the first at row %zu, column %zu", s.strange,
                   s.first / info->width, s.first % info->width));
  *offset = s.offset, *scale = s.scale;
done:
  TIFFClose(tiff);
  return status;
}
