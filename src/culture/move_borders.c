/*
 * Pixels near a border go to the cell whose trace they follow: iterated conditional modes of squares of what a label's
 * trace leaves of a pixel's, plus a price for each neighbour of another label.
 *
 * What a trace leaves of pixel p is |z_p|² - 2 z_p y_label + |y_label|²: one pass over the movie for the products.
 */
#include "culture/watershed_internal.h"

#include "num/median.h"

#include <math.h>
#include <string.h>

/* Reach of a label, px; sweeps; price of a neighbour of another label; filtered pixels share noise: their squares count
 * that much less. */
enum { REACH = 6, SWEEPS = 12, MOST_LABELS = 8, ROWS = 8 };
static const double price = 1.0, shared_noise = 9.0;

typedef struct borders {
  const lg_culture_movie *movie;
  const float *table;
  lg_culture_masks *m;
  size_t *first;       /* (pixels + 1) */
  uint32_t *label;     /* candidates of each pixel, its own first; none where no other is near */
  double *energy;      /* of each: data only */
  float *trace;        /* (n_times, most) around their means */
  double *norm;        /* (most) squares of the traces */
  float *product;      /* of each candidate */
  float *sum, *square; /* (pixels) over time, where there are candidates */
  double noise;        /* variance that the right label leaves */
} borders;

/* Labels near a pixel, its own first. */
static size_t candidates(const lg_culture_masks *m, size_t at, uint32_t *out) {
  const ptrdiff_t h = (ptrdiff_t)m->height, w = (ptrdiff_t)m->width, y = (ptrdiff_t)at / w, x = (ptrdiff_t)at % w;
  size_t n = 0;
  if (!m->label[at]) return 0;
  out[n++] = m->label[at];
  for (ptrdiff_t dy = -REACH; dy <= REACH; dy += 2)
    for (ptrdiff_t dx = -REACH; dx <= REACH; dx += 2) {
      if (y + dy < 0 || x + dx < 0 || y + dy >= h || x + dx >= w) continue;
      const uint32_t label = m->label[(y + dy) * w + x + dx];
      if (!label || label == out[n - 1]) continue;
      size_t q = 0;
      while (q < n && out[q] != label) q++;
      if (q == n && n < MOST_LABELS) out[n++] = label;
    }
  return n > 1 ? n : 0;
}

static lg_status list_candidates(lg_ctx *ctx, borders *b) {
  lg_status status = LG_OK;
  const size_t pixels = b->m->height * b->m->width;
  uint32_t near[MOST_LABELS];
  LG_NEW(ctx, b->first, pixels + 1);
  for (size_t k = 0; k < pixels; k++) b->first[k + 1] = b->first[k] + candidates(b->m, k, near);
  LG_NEW(ctx, b->label, b->first[pixels] + MOST_LABELS);
  LG_NEW(ctx, b->product, b->first[pixels] + 1);
  LG_NEW(ctx, b->energy, b->first[pixels] + 1);
  LG_NEW(ctx, b->sum, pixels);
  LG_NEW(ctx, b->square, pixels);
  for (size_t k = 0; k < pixels; k++)
    (void)candidates(b->m, k, near),
        memcpy(b->label + b->first[k], near, (b->first[k + 1] - b->first[k]) * sizeof *near);
done:
  return status;
}

/* Traces of the labels as they are, around their means. */
static lg_status take_traces(lg_ctx *ctx, borders *b) {
  lg_status status = LG_OK;
  const size_t n = b->m->most, times = b->movie->n_frames;
  double *y = NULL, *mean = NULL;
  LG_NEW(ctx, y, times * n);
  LG_NEW(ctx, mean, n);
  LG_TRY(lg_culture_read_traces(ctx, b->movie, b->table, b->m, false, y));
  for (size_t k = 0; k < times * n; k++) mean[k % n] += y[k] / (double)times;
  memset(b->norm, 0, n * sizeof *b->norm);
  for (size_t k = 0; k < times * n; k++) {
    const double x = y[k] - mean[k % n];
    b->trace[k] = (float)x, b->norm[k % n] += x * x;
  }
done:
  lg_free(ctx, y);
  lg_free(ctx, mean);
  return status;
}

/* Products of pixels with the traces of their candidates, over all frames. */
static lg_status multiply_rows(void *user, size_t begin, size_t end, unsigned worker) {
  (void)worker;
  const borders *b = user;
  const size_t w = b->m->width, pixels = b->m->height * w, from = begin * w, to = end * w;
  for (size_t q = b->first[from]; q < b->first[to]; q++) b->product[q] = 0.0f;
  for (size_t k = from; k < to; k++) b->sum[k] = b->square[k] = 0.0f;
  for (size_t t = 0; t < b->movie->n_frames; t++) {
    const uint16_t *counts = b->movie->counts + t * pixels;
    const float *y = b->trace + t * b->m->most - 1; /* labels begin at 1 */
    for (size_t k = from; k < to; k++) {
      if (b->first[k] == b->first[k + 1]) continue;
      const float z = b->table[counts[k]];
      b->sum[k] += z, b->square[k] += z * z;
      for (size_t q = b->first[k]; q < b->first[k + 1]; q++) b->product[q] += z * y[b->label[q]];
    }
  }
  return LG_OK;
}

/* Squares that each candidate leaves, in units of twice the noise. */
static lg_status weigh(lg_ctx *ctx, borders *b) {
  lg_status status = LG_OK;
  const size_t pixels = b->m->height * b->m->width;
  const double times = (double)b->movie->n_frames;
  double *left = NULL;
  size_t n = 0;
  LG_NEW(ctx, left, pixels);
  for (size_t k = 0; k < pixels; k++) {
    if (b->first[k] == b->first[k + 1]) continue;
    const double mean = (double)b->sum[k] / times, own = (double)b->square[k] - times * mean * mean;
    for (size_t q = b->first[k]; q < b->first[k + 1]; q++)
      b->energy[q] = own - 2.0 * (double)b->product[q] + b->norm[b->label[q] - 1];
    left[n++] = b->energy[b->first[k]] / times;
  }
  b->noise = fmax(lg_median(left, n), 1e-300);
  for (size_t q = 0; q < b->first[pixels]; q++) b->energy[q] /= 2.0 * b->noise * shared_noise;
done:
  lg_free(ctx, left);
  return status;
}

/* One pixel: the candidate of least price among those that touch it. True: it moved. */
static bool move_pixel(const borders *b, size_t k) {
  uint32_t *label = b->m->label;
  const size_t w = b->m->width, h = b->m->height, y = k / w, x = k % w;
  uint32_t near[8];
  size_t n = 0, direct = 0;
  static const int dy[8] = {-1, 0, 0, 1, -1, -1, 1, 1}, dx[8] = {0, -1, 1, 0, -1, 1, -1, 1};
  bool mixed = false;
  for (int q = 0; q < 8; q++) {
    const size_t ny = y + (size_t)dy[q], nx = x + (size_t)dx[q]; /* below 0 wraps to beyond the image */
    if (ny < h && nx < w) {
      near[n++] = label[ny * w + nx];
      mixed = mixed || near[n - 1] != label[k];
    }
    if (q == 3) direct = n; /* those that share a side */
  }
  if (!mixed) return false;
  uint32_t best = label[k];
  double least = (double)INFINITY;
  for (size_t q = b->first[k]; q < b->first[k + 1]; q++) {
    double cost = b->energy[q];
    bool touches = b->label[q] == label[k];
    for (size_t c = 0; c < n; c++) {
      cost += near[c] == b->label[q] ? 0.0 : price;
      touches = touches || (c < direct && near[c] == b->label[q]);
    }
    if (touches && cost < least) least = cost, best = b->label[q];
  }
  if (best == label[k]) return false;
  label[k] = best;
  return true;
}

lg_status lg_culture_move_borders(lg_ctx *ctx, const lg_culture_movie *movie, const float *table, lg_culture_masks *m) {
  lg_status status = LG_OK;
  const size_t pixels = m->height * m->width;
  borders b = {.movie = movie, .table = table, .m = m};
  if (movie->n_frames < CULTURE_MOTION_FRAMES || m->most < 2) return LG_OK;
  LG_TRY(list_candidates(ctx, &b));
  if (b.first[pixels] == 0) goto done;
  LG_NEW(ctx, b.trace, movie->n_frames * m->most);
  LG_NEW(ctx, b.norm, m->most);
  LG_TRY(take_traces(ctx, &b));
  LG_TRY(lg_parallel_for(ctx, m->height, ROWS, multiply_rows, &b));
  LG_TRY(weigh(ctx, &b));
  for (int sweep = 0; sweep < SWEEPS; sweep++) {
    size_t moved = 0;
    for (size_t k = 0; k < pixels; k++)
      if (b.first[k] != b.first[k + 1]) moved += move_pixel(&b, k);
    if (moved == 0) break;
  }
  LG_TRY(lg_culture_keep_whole(ctx, m));
  LG_TRY(lg_culture_tidy(ctx, 0.0, m));
done:
  lg_free(ctx, b.first);
  lg_free(ctx, b.label);
  lg_free(ctx, b.energy);
  lg_free(ctx, b.trace);
  lg_free(ctx, b.norm);
  lg_free(ctx, b.product);
  lg_free(ctx, b.sum);
  lg_free(ctx, b.square);
  return status;
}
