/* TIFF out: into memory, then to a file that appears whole or not at all. */
#include "io/tiff_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that grow; libtiff writes directories behind pixels and goes back to patch offsets. */
typedef struct growing {
  lg_ctx *ctx;
  unsigned char *bytes;
  size_t n, room, at;
  bool bad;
} growing;

static tmsize_t put(thandle_t handle, void *from, tmsize_t n) {
  growing *g = handle;
  const size_t end = g->at + (size_t)n;
  if (g->bad || n < 0) return -1;
  if (end > g->room) {
    const size_t room = end + end / 2 + 4096;
    unsigned char *grown = lg_realloc(g->ctx, g->bytes, g->room, room, 1);
    if (!grown) {
      g->bad = true;
      return -1;
    }
    g->bytes = grown, g->room = room;
  }
  memcpy(g->bytes + g->at, from, (size_t)n);
  g->at = end;
  if (end > g->n) g->n = end;
  return n;
}

static tmsize_t get(thandle_t handle, void *to, tmsize_t n) {
  growing *g = handle;
  const size_t left = g->at < g->n ? g->n - g->at : 0, m = (size_t)n < left ? (size_t)n : left;
  if (n < 0) return -1;
  memcpy(to, g->bytes + g->at, m);
  g->at += m;
  return (tmsize_t)m;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  growing *g = handle;
  g->at = whence == SEEK_SET ? (size_t)offset : whence == SEEK_CUR ? g->at + (size_t)offset : g->n + (size_t)offset;
  return g->at;
}

static int leave(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((growing *)handle)->n; }

static void describe(TIFF *tiff, size_t n_frames, double frame_s, double pixel_um) {
  char text[200];
  const int n = snprintf(text, sizeof text, "ImageJ=1.11a\nimages=%zu\nframes=%zu\n", n_frames, n_frames);
  if (frame_s > 0.0) (void)snprintf(text + n, sizeof text - (size_t)n, "finterval=%.9g\n", frame_s);
  if (n_frames > 1 || frame_s > 0.0) (void)TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, text);
  if (!(pixel_um > 0.0)) return;
  (void)TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_CENTIMETER);
  (void)TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 1e4 / pixel_um);
  (void)TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 1e4 / pixel_um);
}

static bool put_frame(TIFF *tiff, size_t height, size_t width, unsigned bits, void *pixels) {
  const size_t line = width * (bits / 8);
  size_t rows = line ? ((size_t)1 << 16) / line : 1;
  if (rows < 1) rows = 1;
  (void)TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, (uint32_t)width);
  (void)TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t)height);
  (void)TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, (uint16_t)bits);
  (void)TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  (void)TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  (void)TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  (void)TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  (void)TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, (uint32_t)rows);
  for (size_t y = 0, strip = 0; y < height; y += rows, strip++) {
    const size_t n = height - y < rows ? height - y : rows;
    if (TIFFWriteEncodedStrip(tiff, (uint32_t)strip, (unsigned char *)pixels + y * line, (tmsize_t)(n * line)) < 0)
      return false;
  }
  return TIFFWriteDirectory(tiff) != 0;
}

static TIFF *open_growing(growing *g, bool big) {
  (void)TIFFSetErrorHandler(NULL);
  (void)TIFFSetErrorHandlerExt(NULL);
  (void)TIFFSetWarningHandler(NULL);
  (void)TIFFSetWarningHandlerExt(NULL);
  return TIFFClientOpen("image", big ? "w8l" : "wl", g, get, put, seek, leave, size_of, NULL, NULL);
}

static lg_status hand_over(lg_ctx *ctx, const char *path, const growing *g) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  (void)fwrite(g->bytes, 1, g->n, lg_outfile_stream(file)); /* commit finds a failed write */
  return lg_outfile_commit(ctx, file);
}

lg_status lg_tiff_write_labels(lg_ctx *ctx, const char *path, const uint32_t *label, size_t height, size_t width) {
  lg_status status = LG_OK;
  growing g = {.ctx = ctx};
  const size_t n = height * width;
  uint32_t most = 0;
  uint16_t *narrow = NULL;
  uint32_t *wide = NULL;
  for (size_t k = 0; k < n; k++) most = label[k] > most ? label[k] : most;
  LG_NEW(ctx, narrow, n);
  LG_NEW(ctx, wide, n);
  for (size_t k = 0; k < n; k++) narrow[k] = (uint16_t)label[k], wide[k] = label[k];
  TIFF *tiff = open_growing(&g, false);
  if (!tiff) LG_TRY(lg_fail(ctx, LG_ERR_INTERNAL, "libtiff cannot write"));
  const bool good =
      put_frame(tiff, height, width, most > 65535 ? 32 : 16, most > 65535 ? (void *)wide : (void *)narrow);
  TIFFClose(tiff);
  if (!good || g.bad) LG_TRY(lg_fail(ctx, LG_ERR_MEMORY, "the masks could not be written"));
  LG_TRY(hand_over(ctx, path, &g));
done:
  lg_free(ctx, narrow);
  lg_free(ctx, wide);
  lg_free(ctx, g.bytes);
  return status;
}

lg_status lg_tiff_write_movie(lg_ctx *ctx, const char *path, const uint16_t *counts, size_t n_frames, size_t height,
                              size_t width, double frame_s, double pixel_um) {
  lg_status status = LG_OK;
  growing g = {.ctx = ctx};
  uint16_t *frame = NULL;
  bool good = true;
  const size_t pixels = height * width;
  LG_NEW(ctx, frame, pixels);
  TIFF *tiff = open_growing(&g, n_frames > ((size_t)3 << 30) / (2 * pixels));
  if (!tiff) LG_TRY(lg_fail(ctx, LG_ERR_INTERNAL, "libtiff cannot write"));
  for (size_t t = 0; t < n_frames && good; t++) {
    memcpy(frame, counts + t * pixels, pixels * sizeof *frame);
    if (t == 0) describe(tiff, n_frames, frame_s, pixel_um);
    good = put_frame(tiff, height, width, 16, frame);
  }
  TIFFClose(tiff);
  if (!good || g.bad) LG_TRY(lg_fail(ctx, LG_ERR_MEMORY, "the movie could not be written"));
  LG_TRY(hand_over(ctx, path, &g));
done:
  lg_free(ctx, frame);
  lg_free(ctx, g.bytes);
  return status;
}
