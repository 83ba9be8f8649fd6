#include "twin/culture_frames.h"

#include "data/json_writer.h"

#include <math.h>
#include <stdint.h>

enum { LEVELS = 65536 };

void lg_culture_frames_destroy(lg_ctx *ctx, lg_culture_frames *f) {
  if (!f) return;
  lg_free(ctx, f->value);
  lg_free(ctx, f);
}

/* The mean of the pixels behind (y, x) of frame t; those at the edge have fewer. */
static uint32_t mean_of(const lg_tiff *m, const lg_culture_frames *f, size_t t, size_t y, size_t x) {
  const uint16_t *frame = m->counts + t * m->info.height * m->info.width;
  const size_t v1 = (y + 1) * f->shrink < m->info.height ? (y + 1) * f->shrink : m->info.height,
               u1 = (x + 1) * f->shrink < m->info.width ? (x + 1) * f->shrink : m->info.width;
  uint64_t sum = 0, n = 0;
  for (size_t v = y * f->shrink; v < v1; v++)
    for (size_t u = x * f->shrink; u < u1; u++) sum += frame[v * m->info.width + u], n++;
  return n > 0 ? (uint32_t)((sum + n / 2) / n) : 0;
}

static void shrink_frame(const lg_tiff *m, const lg_culture_frames *f, size_t k, uint16_t *to) {
  for (size_t y = 0; y < f->height; y++)
    for (size_t x = 0; x < f->width; x++) to[y * f->width + x] = (uint16_t)mean_of(m, f, k * f->step, y, x);
}

/* Counts as they look without hot pixels: the middle of three beside each other. */
static void count_middles(const lg_culture_frames *f, const uint16_t *counts, uint64_t *histogram) {
  for (size_t y = 0; y < f->height; y++)
    for (size_t x = 0; x < f->width; x++) {
      const uint16_t *row = counts + y * f->width, b = row[x], a = row[x > 0 ? x - 1 : x],
                     c = row[x + 1 < f->width ? x + 1 : x];
      const uint16_t low = a < c ? a : c, high = a < c ? c : a;
      histogram[b < low ? low : b > high ? high : b]++;
    }
}

/* The smallest count that a share of the pixels do not exceed. */
static uint32_t below(const uint64_t *histogram, double share) {
  uint64_t all = 0, seen = 0;
  for (size_t c = 0; c < LEVELS; c++) all += histogram[c];
  for (uint32_t c = 0; c < LEVELS; c++) {
    seen += histogram[c];
    if ((double)seen >= share * (double)all) return c;
  }
  return LEVELS - 1;
}

static void to_bytes(const uint16_t *counts, size_t n, uint32_t low, uint32_t high, unsigned char *to) {
  for (size_t p = 0; p < n; p++) {
    const uint32_t c = counts[p] < low ? low : counts[p] > high ? high : counts[p];
    to[p] = (unsigned char)((255u * (c - low) + (high - low) / 2u) / (high - low));
  }
}

static void measure(const lg_tiff *m, const culture_frames_options *o, lg_culture_frames *f) {
  const size_t longest = m->info.height > m->info.width ? m->info.height : m->info.width;
  f->shrink = (longest + o->side - 1) / o->side;
  f->step = (m->info.n_frames + o->frames - 1) / o->frames;
  f->full_height = m->info.height;
  f->full_width = m->info.width;
  f->height = (m->info.height + f->shrink - 1) / f->shrink;
  f->width = (m->info.width + f->shrink - 1) / f->shrink;
  f->n = (m->info.n_frames + f->step - 1) / f->step;
  f->frame_s = m->info.frame_s;
  f->pixel_um = m->info.pixel_um;
}

lg_status lg_culture_frames_create(lg_ctx *ctx, const lg_tiff *m, const culture_frames_options *o,
                                   lg_culture_frames **out) {
  lg_status status = LG_OK;
  lg_culture_frames *f = NULL;
  uint16_t *counts = NULL;
  uint64_t *histogram = NULL;
  *out = NULL;
  if (o->side < 16 || o->side > 4096 || o->frames < 1 || o->frames > 100000)
    return lg_fail(ctx, LG_ERR_ARGUMENT,
                   "at most %zu px and %zu frames: 16 to 4096 px, 1 to 100000 frames is the range", o->side, o->frames);
  LG_NEW(ctx, f, 1);
  measure(m, o, f);
  const size_t n = f->height * f->width;
  LG_NEW(ctx, counts, n);
  LG_NEW(ctx, histogram, LEVELS);
  LG_NEW(ctx, f->value, n * f->n);
  for (size_t k = 0; k < f->n; k++) {
    shrink_frame(m, f, k, counts);
    count_middles(f, counts, histogram);
  }
  const uint32_t low = below(histogram, 0.001), top = below(histogram, 0.9995), high = top > low ? top : low + 1;
  for (size_t k = 0; k < f->n; k++) {
    shrink_frame(m, f, k, counts);
    to_bytes(counts, n, low, high, f->value + k * n);
  }
  f->low = (double)low / m->scale + m->offset;
  f->high = (double)high / m->scale + m->offset;
  *out = f;
  f = NULL;
done:
  lg_free(ctx, counts);
  lg_free(ctx, histogram);
  lg_culture_frames_destroy(ctx, f);
  return status;
}

static void put_known(FILE *f, const char *before, double x) {
  if (isfinite(x)) lg_put_number(f, before, x);
  else (void)fprintf(f, "%snull", before);
}

lg_status lg_culture_frames_write(lg_ctx *ctx, const char *path, const lg_culture_frames *x) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  (void)fprintf(f, "{\"schema\":\"loligo-frames/1\",\"n\":%zu,\"height\":%zu,\"width\":%zu", x->n, x->height, x->width);
  (void)fprintf(f, ",\"shrink\":%zu,\"step\":%zu,\"full_height\":%zu,\"full_width\":%zu", x->shrink, x->step,
                x->full_height, x->full_width);
  put_known(f, ",\"low\":", x->low);
  put_known(f, ",\"high\":", x->high);
  put_known(f, ",\"frame_s\":", x->frame_s);
  put_known(f, ",\"pixel_um\":", x->pixel_um);
  (void)fputs("}\n", f);
  (void)fwrite(x->value, 1, x->n * x->height * x->width, f);
  return lg_outfile_commit(ctx, file);
}
