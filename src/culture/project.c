/* Mean and correlation with the neighbours, one pass over the movie; chunks of frames in parallel, summed in order. */
#include "culture/blur.h"
#include "culture/movie.h"

#include <math.h>
#include <string.h>

/* Right, below left, below, below right: the other four are their mirror images. */
enum { PAIRS = 4, SUMS = 2 + PAIRS, CHUNKS = 8, BAND = 64 };
/* Larger frames are taken by bands of rows instead of chunks of frames: one set of sums instead of eight. */
static const size_t most_chunked = 512 * 512;
static const ptrdiff_t pair_dy[PAIRS] = {0, 1, 1, 1}, pair_dx[PAIRS] = {1, -1, 0, 1};

typedef struct projection {
  const lg_culture_movie *movie;
  const float *table;
  culture_blur blur;
  double *sums;   /* (CHUNKS, SUMS, pixels): v, v², v v_neighbour; values less 0.5 */
  double *raw;    /* (CHUNKS, pixels): of the unblurred values */
  float *scratch; /* (workers, 3 pixels and some) */
  size_t scratch_each;
} projection;

/* Rows [y0, y1) of one frame. Rows around them, as far as the blur and the row below need, are looked up too. */
static void add_rows(const projection *p, size_t t, size_t y0, size_t y1, double *sums, double *raw, float *scratch) {
  const size_t h = p->movie->height, w = p->movie->width, pixels = h * w, reach = p->blur.radius;
  const size_t top = y0 > reach ? y0 - reach : 0, bottom = y1 + reach + 1 < h ? y1 + reach + 1 : h;
  const size_t n = (bottom - top) * w;
  const uint16_t *counts = p->movie->counts + t * pixels + top * w;
  float *v = scratch, *blurred = scratch + n;
  for (size_t k = 0; k < n; k++) v[k] = p->table[counts[k]] - 0.5f;
  for (size_t k = y0 * w; k < y1 * w; k++) raw[k] += (double)v[k - top * w];
  lg_culture_blur(&p->blur, bottom - top, w, v, blurred, scratch + 2 * n);
  for (size_t k = y0 * w; k < y1 * w; k++) {
    const double x = (double)blurred[k - top * w];
    sums[k] += x, sums[pixels + k] += x * x;
  }
  for (size_t q = 0; q < PAIRS; q++) {
    double *s = sums + (2 + q) * pixels;
    for (size_t y = y0; y < y1 && y + (size_t)pair_dy[q] < h; y++) {
      const size_t first = pair_dx[q] < 0 ? 1 : 0, end = pair_dx[q] > 0 ? w - 1 : w;
      const float *a = blurred + (y - top) * w, *b = a + pair_dy[q] * (ptrdiff_t)w + pair_dx[q];
      for (size_t x = first; x < end; x++) s[y * w + x] += (double)(a[x] * b[x]);
    }
  }
}

static lg_status run_bands(void *user, size_t begin, size_t end, unsigned worker) {
  const projection *p = user;
  const size_t h = p->movie->height;
  for (size_t b = begin; b < end; b++)
    for (size_t t = 0; t < p->movie->n_frames; t++)
      add_rows(p, t, b * BAND, (b + 1) * BAND < h ? (b + 1) * BAND : h, p->sums, p->raw,
               p->scratch + worker * p->scratch_each);
  return LG_OK;
}

static lg_status run_chunks(void *user, size_t begin, size_t end, unsigned worker) {
  const projection *p = user;
  const size_t pixels = p->movie->height * p->movie->width, frames = p->movie->n_frames;
  for (size_t c = begin; c < end; c++)
    for (size_t t = frames * c / CHUNKS; t < frames * (c + 1) / CHUNKS; t++)
      add_rows(p, t, 0, p->movie->height, p->sums + c * SUMS * pixels, p->raw + c * pixels,
               p->scratch + worker * p->scratch_each);
  return LG_OK;
}

/* Pearson's r of every pair, averaged over the neighbours that there are. */
static void correlate(const projection *p, float *count, float *correlation) {
  const size_t h = p->movie->height, w = p->movie->width, pixels = h * w;
  const double n = (double)p->movie->n_frames, *sum = p->sums, *square = p->sums + pixels;
  memset(correlation, 0, pixels * sizeof *correlation);
  memset(count, 0, pixels * sizeof *count);
  for (size_t q = 0; q < PAIRS; q++)
    for (size_t y = 0; y + (size_t)pair_dy[q] < h; y++)
      for (size_t x = pair_dx[q] < 0 ? 1 : 0; x < (pair_dx[q] > 0 ? w - 1 : w); x++) {
        const size_t a = y * w + x, b = (size_t)((ptrdiff_t)a + pair_dy[q] * (ptrdiff_t)w + pair_dx[q]);
        const double va = square[a] - sum[a] * sum[a] / n, vb = square[b] - sum[b] * sum[b] / n;
        const double both = p->sums[(2 + q) * pixels + a] - sum[a] * sum[b] / n;
        const double r = va > 1e-12 && vb > 1e-12 ? both / sqrt(va * vb) : 0.0;
        correlation[a] += (float)r, correlation[b] += (float)r;
        count[a] += 1.0f, count[b] += 1.0f;
      }
  for (size_t k = 0; k < pixels; k++)
    if (count[k] > 0.0f) correlation[k] /= count[k];
}

lg_status lg_culture_project(lg_ctx *ctx, const lg_culture_movie *m, const float *table, float *mean,
                             float *correlation) {
  lg_status status = LG_OK;
  const size_t pixels = m->height * m->width;
  projection p = {.movie = m, .table = table, .blur = lg_culture_blur_make(1.0)};
  const bool by_bands = pixels > most_chunked;
  const size_t chunks = by_bands ? 1 : CHUNKS, items = by_bands ? (m->height + BAND - 1) / BAND : CHUNKS;
  const size_t rows = by_bands && BAND + 2 * p.blur.radius + 1 < m->height ? BAND + 2 * p.blur.radius + 1 : m->height;
  p.scratch_each = 3 * rows * m->width + m->width + 2 * p.blur.radius;
  LG_NEW(ctx, p.sums, chunks * SUMS * pixels);
  LG_NEW(ctx, p.raw, chunks * pixels);
  const size_t scratch = lg_ctx_threads(ctx) * p.scratch_each;
  LG_NEW(ctx, p.scratch, scratch > pixels ? scratch : pixels); /* correlate() counts in it */
  LG_TRY(lg_parallel_for(ctx, items, 1, by_bands ? run_bands : run_chunks, &p));
  for (size_t c = 1; c < chunks; c++) {
    for (size_t k = 0; k < SUMS * pixels; k++) p.sums[k] += p.sums[c * SUMS * pixels + k];
    for (size_t k = 0; k < pixels; k++) p.raw[k] += p.raw[c * pixels + k];
  }
  for (size_t k = 0; k < pixels; k++) mean[k] = (float)(p.raw[k] / (double)m->n_frames + 0.5);
  correlate(&p, p.scratch, correlation);
done:
  lg_free(ctx, p.sums);
  lg_free(ctx, p.raw);
  lg_free(ctx, p.scratch);
  return status;
}
