/* Shifts refined by least squares on what the frames look like. */
#include "base/elementary.h"
#include "culture/align_internal.h"
#include "culture/blur.h"
#include "culture/median_kernel.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

enum { CHUNKS = 16, ROUNDS = 3, PAD = 16, SUMS = 3 /* values, squares, how many */ };

typedef struct refining {
  const lg_culture_movie *movie;
  culture_window window;
  const float *ln;
  culture_shift *shift;
  double *variance;     /* (n_frames) of a shift along one axis, by its quarters */
  size_t bh, bw, pitch; /* of a block: the window and a margin for blur and interpolation */
  culture_blur wide, fine;
  culture_median_fn *median;
  float *mean, *weight, *limit; /* (h, w) template, one over the variance, Tukey's limit */
  float *sums;                  /* (CHUNKS, SUMS, h, w) */
  struct room {
    uint16_t *lines;
    float *block, *blurred, *scratch, *across, *image; /* (bh, bw) three, (bh, w), (h, w) */
  } * room;                                            /* (workers) */
  size_t n_rooms;
  bool has_mean;
} refining;

void lg_culture_taps(double f, float weight[CULTURE_TAPS]) {
  static const double pi = 3.141592653589793;
  double w[CULTURE_TAPS], sum = 0.0;
  for (int q = 0; q < CULTURE_TAPS; q++) {
    const double at = (double)(q - CULTURE_TAPS_BEFORE) - f, x = 0.5 * at;
    double sine, window, cosine;
    lg_sincos_turn(x / CULTURE_TAPS, &sine, &window);
    lg_sincos_turn(x, &sine, &cosine);
    w[q] = (fabs(at) < 1e-9 ? 1.0 : sine / (pi * at)) * window * window;
    sum += w[q];
  }
  for (int q = 0; q < CULTURE_TAPS; q++) weight[q] = (float)(w[q] / sum);
}

static size_t clamped(ptrdiff_t x, size_t n) { return x < 0 ? 0 : (size_t)x >= n ? n - 1 : (size_t)x; }

/* The block around the window, oy and ox farther: median of 3 x 3, logarithm, less its blur. */
static void take_block(const refining *r, size_t t, ptrdiff_t oy, ptrdiff_t ox, struct room *k) {
  const size_t h = r->movie->height, w = r->movie->width;
  const uint16_t *frame = r->movie->counts + t * h * w;
  const ptrdiff_t top = (ptrdiff_t)r->window.top - PAD + oy, left = (ptrdiff_t)r->window.left - PAD + ox;
  uint16_t *sorted = k->lines + 3 * r->pitch, *out = sorted + 9 * r->pitch;
  const uint16_t *lines[9];
  for (size_t q = 0; q < 9; q++) lines[q] = k->lines + q % 3 * r->pitch; /* in any order: a median */
  for (size_t y = 0; y < r->bh + 2; y++) {
    const uint16_t *row = frame + clamped(top + (ptrdiff_t)y - 1, h) * w;
    uint16_t *line = k->lines + y % 3 * r->pitch;
    for (size_t x = 0; x < r->bw + 2; x++) line[x] = row[clamped(left + (ptrdiff_t)x - 1, w)];
    if (y < 2) continue;
    r->median(lines, r->bw, sorted, out);
    for (size_t x = 0; x < r->bw; x++) k->block[(y - 2) * r->bw + x] = r->ln[out[x]];
  }
  lg_culture_blur(&r->fine, r->bh, r->bw, k->block, k->block, k->scratch);
  lg_culture_blur(&r->wide, r->bh, r->bw, k->block, k->blurred, k->scratch);
  for (size_t q = 0; q < r->bh * r->bw; q++) k->block[q] -= k->blurred[q];
}

/* The window out of the block, fy and fx of a pixel farther. */
static void sample(const refining *r, double fy, double fx, struct room *k) {
  const size_t h = r->window.h, w = r->window.w;
  float wy[CULTURE_TAPS], wx[CULTURE_TAPS];
  lg_culture_taps(fy, wy);
  lg_culture_taps(fx, wx);
  for (size_t y = 0; y < r->bh; y++) {
    const float *row = k->block + y * r->bw + PAD - CULTURE_TAPS_BEFORE;
    float *to = k->across + y * w;
    for (size_t x = 0; x < w; x++) {
      float sum = 0.0f;
      for (size_t q = 0; q < CULTURE_TAPS; q++) sum += wx[q] * row[x + q];
      to[x] = sum;
    }
  }
  for (size_t y = 0; y < h; y++) {
    const float *row = k->across + (y + PAD - CULTURE_TAPS_BEFORE) * w;
    float *to = k->image + y * w;
    for (size_t x = 0; x < w; x++) {
      float sum = 0.0f;
      for (size_t q = 0; q < CULTURE_TAPS; q++) sum += wy[q] * row[q * w + x];
      to[x] = sum;
    }
  }
}

/* Rows or columns of the window that a frame, so shifted, shows. */
static void shown(size_t first, size_t n, size_t frame, double d, size_t *begin, size_t *end) {
  const double low = ceil(-((double)first + d)), high = floor((double)frame - 1.0 - (double)first - d);
  *begin = low > 1.0 ? (size_t)low : 1;
  *end = high < 0.0 ? 0 : (size_t)high + 1 < n - 1 ? (size_t)high + 1 : n - 1; /* slopes need a neighbour */
}

typedef struct normal {
  double yy, yx, xx, by, bx;
} normal;

static bool solve(const normal *n, double *dy, double *dx) {
  const double det = n->yy * n->xx - n->yx * n->yx;
  *dy = *dx = 0.0;
  if (!(det > 1e-12 * (n->yy + n->xx) * (n->yy + n->xx))) return false; /* stripes or nothing: it stays */
  *dy = fmin(fmax(-(n->xx * n->by - n->yx * n->bx) / det, -0.5), 0.5);
  *dx = fmin(fmax(-(n->yy * n->bx - n->yx * n->by) / det, -0.5), 0.5);
  return true;
}

/* One step from where the frame is taken to lie. Returns the variance of a step as its quarters differ. */
static double step(const refining *r, const culture_shift *s, const struct room *k, double *dy, double *dx) {
  const size_t w = r->window.w;
  size_t y0, y1, x0, x1;
  normal quarter[4] = {{0}}, all = {0};
  shown(r->window.top, r->window.h, r->movie->height, s->dy_px, &y0, &y1);
  shown(r->window.left, w, r->movie->width, s->dx_px, &x0, &x1);
  for (size_t y = y0; y < y1; y++)
    for (size_t side = 0; side < 2; side++) {
      const size_t middle = (x0 + x1) / 2, begin = side ? middle : x0, end = side ? x1 : middle;
      normal *n = &quarter[(y > (y0 + y1) / 2 ? 2 : 0) + side];
      float yy = 0.0f, yx = 0.0f, xx = 0.0f, by = 0.0f, bx = 0.0f;
      for (size_t x = begin; x < end; x++) {
        const size_t q = y * w + x;
        const float gy = 0.5f * (r->mean[q + w] - r->mean[q - w]), gx = 0.5f * (r->mean[q + 1] - r->mean[q - 1]);
        const float d = k->image[q] - r->mean[q], u = 1.0f - d * d * r->limit[q];
        const float weight = u > 0.0f ? r->weight[q] * u * u : 0.0f;
        yy += weight * gy * gy, yx += weight * gy * gx, xx += weight * gx * gx;
        by += weight * gy * d, bx += weight * gx * d;
      }
      n->yy += (double)yy, n->yx += (double)yx, n->xx += (double)xx, n->by += (double)by, n->bx += (double)bx;
    }
  double sum[2] = {0}, squares = 0.0, part[2];
  int n = 0;
  for (int q = 0; q < 4; q++) {
    all.yy += quarter[q].yy, all.yx += quarter[q].yx, all.xx += quarter[q].xx;
    all.by += quarter[q].by, all.bx += quarter[q].bx;
    if (!solve(&quarter[q], &part[0], &part[1])) continue;
    sum[0] += part[0], sum[1] += part[1], squares += part[0] * part[0] + part[1] * part[1], n++;
  }
  (void)solve(&all, dy, dx);
  /* both axes; of the mean of n quarters */
  return n < 2 ? 0.0 : (squares - (sum[0] * sum[0] + sum[1] * sum[1]) / n) / (2.0 * (n - 1) * n);
}

static void add(const refining *r, const culture_shift *s, const struct room *k, float *sums) {
  const size_t n = r->window.h * r->window.w;
  size_t y0, y1, x0, x1;
  shown(r->window.top, r->window.h, r->movie->height, s->dy_px, &y0, &y1);
  shown(r->window.left, r->window.w, r->movie->width, s->dx_px, &x0, &x1);
  for (size_t y = y0; y < y1; y++)
    for (size_t x = x0; x < x1; x++) {
      const size_t q = y * r->window.w + x;
      sums[q] += k->image[q], sums[n + q] += k->image[q] * k->image[q], sums[2 * n + q] += 1.0f;
    }
}

static lg_status run_chunks(void *user, size_t begin, size_t end, unsigned worker) {
  const refining *r = user;
  const size_t frames = r->movie->n_frames, n = SUMS * r->window.h * r->window.w;
  struct room *k = &r->room[worker];
  for (size_t c = begin; c < end; c++) {
    memset(r->sums + c * n, 0, n * sizeof *r->sums);
    for (size_t t = frames * c / CHUNKS; t < frames * (c + 1) / CHUNKS; t++) {
      culture_shift *s = &r->shift[t];
      const double oy = floor(s->dy_px), ox = floor(s->dx_px);
      if (!s->trusted) continue;
      take_block(r, t, (ptrdiff_t)oy, (ptrdiff_t)ox, k);
      sample(r, s->dy_px - oy, s->dx_px - ox, k);
      if (r->has_mean) {
        double dy, dx;
        r->variance[t] = step(r, s, k, &dy, &dx);
        s->dy_px += dy, s->dx_px += dx;
        sample(r, s->dy_px - oy, s->dx_px - ox, k);
      }
      add(r, s, k, r->sums + c * n);
    }
  }
  return LG_OK;
}

/* Template and weights; pixels that fewer than half of the frames show count nothing. */
static void next_mean(refining *r, double *scratch) {
  const size_t n = r->window.h * r->window.w;
  size_t m = 0;
  for (size_t q = 0; q < n; q++) {
    double sum = 0.0, squares = 0.0, count = 0.0;
    for (size_t c = 0; c < CHUNKS; c++) {
      const float *sums = r->sums + c * SUMS * n;
      sum += (double)sums[q], squares += (double)sums[n + q], count += (double)sums[2 * n + q];
    }
    const bool enough = count > 0.5 * (double)r->movie->n_frames;
    const double mean = enough ? sum / count : 0.0, variance = enough ? fmax(squares / count - mean * mean, 0.0) : 0.0;
    r->mean[q] = (float)mean;
    r->weight[q] = enough ? (float)variance : -1.0f;
    if (enough) scratch[m++] = variance;
  }
  const float usual = m > 0 ? (float)lg_median(scratch, m) : 0.0f;
  for (size_t q = 0; q < n; q++) {
    const float variance = r->weight[q] + 0.2f * usual + 1e-12f;
    const bool enough = r->weight[q] >= 0.0f;
    r->weight[q] = enough ? usual / variance : 0.0f;
    r->limit[q] = enough ? 1.0f / (22.0f * variance) : 0.0f; /* Tukey's 4.685, squared */
  }
}

static lg_status make_rooms(lg_ctx *ctx, refining *r) {
  lg_status status = LG_OK;
  const size_t h = r->window.h, w = r->window.w;
  LG_NEW(ctx, r->room, r->n_rooms);
  for (size_t k = 0; k < r->n_rooms; k++) {
    struct room *m = &r->room[k];
    LG_NEW(ctx, m->lines, 13 * r->pitch);
    LG_NEW(ctx, m->block, r->bh * r->bw);
    LG_NEW(ctx, m->blurred, r->bh * r->bw);
    LG_NEW(ctx, m->scratch, r->bh * r->bw + r->bw + 2 * CULTURE_BLUR_MOST);
    LG_NEW(ctx, m->across, r->bh * w);
    LG_NEW(ctx, m->image, h * w);
  }
done:
  return status;
}

lg_status lg_culture_refine_shifts(lg_ctx *ctx, const lg_culture_movie *movie, const culture_window *window,
                                   const float *ln, culture_shift *shift, double *noise_px) {
  lg_status status = LG_OK;
  const size_t n = window->h * window->w;
  refining r = {.movie = movie,
                .window = *window,
                .ln = ln,
                .shift = shift,
                .bh = window->h + 2 * PAD,
                .bw = window->w + 2 * PAD,
                .wide = lg_culture_blur_make(3.0),
                .fine = lg_culture_blur_make(0.7),
                .median = lg_culture_median_kernel(),
                .n_rooms = lg_ctx_threads(ctx) < CHUNKS ? lg_ctx_threads(ctx) : CHUNKS};
  double *scratch = NULL;
  r.pitch = r.bw + 2 + CULTURE_MEDIAN_SPARE;
  LG_NEW(ctx, r.mean, n);
  LG_NEW(ctx, r.weight, n);
  LG_NEW(ctx, r.limit, n);
  LG_NEW(ctx, r.sums, CHUNKS * SUMS * n);
  LG_NEW(ctx, scratch, n > movie->n_frames ? n : movie->n_frames);
  LG_NEW(ctx, r.variance, movie->n_frames);
  LG_TRY(make_rooms(ctx, &r));
  for (int round = 0; round <= ROUNDS; round++) {
    LG_TRY(lg_parallel_for(ctx, CHUNKS, 1, run_chunks, &r));
    next_mean(&r, scratch);
    r.has_mean = true;
  }
  size_t sure = 0;
  for (size_t t = 0; t < movie->n_frames; t++)
    if (shift[t].trusted) scratch[sure++] = r.variance[t];
  *noise_px = sure > 0 ? sqrt(lg_median(scratch, sure) / 0.89) : 0.0; /* chi-squared of 6: its median over its mean */
done:
  for (size_t k = 0; r.room && k < r.n_rooms; k++) {
    struct room *m = &r.room[k];
    float *const blocks[] = {m->block, m->blurred, m->scratch, m->across, m->image};
    for (size_t q = 0; q < sizeof blocks / sizeof blocks[0]; q++) lg_free(ctx, blocks[q]);
    lg_free(ctx, m->lines);
  }
  float *const blocks[] = {r.mean, r.weight, r.limit, r.sums};
  for (size_t q = 0; q < sizeof blocks / sizeof blocks[0]; q++) lg_free(ctx, blocks[q]);
  lg_free(ctx, r.room);
  lg_free(ctx, r.variance);
  lg_free(ctx, scratch);
  return status;
}
