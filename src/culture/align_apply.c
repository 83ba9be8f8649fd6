/* Frames brought back by their shifts. */
#include "culture/align_internal.h"
#include "culture/median_kernel.h"

#include <math.h>
#include <string.h>

static const double still = 0.01; /* px: a shift that is none */

culture_seen lg_culture_seen_by_all(const culture_shift *s, size_t n, size_t height, size_t width) {
  double low[2] = {0.0, 0.0}, high[2] = {0.0, 0.0};
  for (size_t t = 0; t < n; t++) {
    const double d[2] = {s[t].dy_px, s[t].dx_px};
    for (int q = 0; q < 2; q++) {
      if (fabs(d[q]) < still) continue;
      low[q] = fmin(low[q], d[q]), high[q] = fmax(high[q], d[q]);
    }
  }
  const double top = ceil(-low[0]), bottom = (double)height - ceil(high[0]), left = ceil(-low[1]),
               right = (double)width - ceil(high[1]);
  if (!(bottom > top && right > left)) return (culture_seen){0};
  return (culture_seen){(size_t)top, (size_t)left, (size_t)bottom, (size_t)right};
}

typedef struct applying {
  lg_culture_movie *movie;
  const culture_shift *shift;
  culture_median_fn *median;
  size_t pitch;
  struct scratch {
    uint16_t *lines;     /* (3, pitch), then (9, pitch) of the kernel, then its line out */
    uint32_t *histogram; /* (65536) of distances from the median */
    float *clean, *across;
    uint16_t *middle; /* (pixels) medians */
  } * scratch;        /* (workers) */
  size_t n_scratch;
} applying;

/* Medians of 3 x 3, borders repeated. */
static void take_medians(const applying *a, const uint16_t *frame, struct scratch *s) {
  const size_t h = a->movie->height, w = a->movie->width;
  uint16_t *sorted = s->lines + 3 * a->pitch, *out = sorted + 9 * a->pitch;
  for (size_t y = 0; y < h; y++) {
    const uint16_t *lines[9];
    for (size_t q = 0; q < 3; q++) {
      const size_t row = y + q == 0 ? 0 : y + q - 1 < h ? y + q - 1 : h - 1;
      uint16_t *line = s->lines + q * a->pitch;
      memcpy(line + 1, frame + row * w, w * sizeof *line);
      line[0] = line[1], line[w + 1] = line[w];
    }
    for (size_t q = 0; q < 9; q++) lines[q] = s->lines + q % 3 * a->pitch;
    a->median(lines, w, sorted, out);
    memcpy(s->middle + y * w, out, w * sizeof *out);
  }
}

/* The frame without its hot pixels: what lies farther than twelve times the usual distance from its median. */
static void clean_frame(const applying *a, const uint16_t *frame, struct scratch *s) {
  const size_t n = a->movie->height * a->movie->width;
  size_t below = 0, usual = 0;
  take_medians(a, frame, s);
  memset(s->histogram, 0, 65536 * sizeof *s->histogram);
  for (size_t k = 0; k < n; k++)
    s->histogram[frame[k] > s->middle[k] ? frame[k] - s->middle[k] : s->middle[k] - frame[k]]++;
  while ((below += s->histogram[usual]) <= n / 2) usual++;
  const long limit = 12 * ((long)usual + 1);
  for (size_t k = 0; k < n; k++) {
    const long d = (long)frame[k] - (long)s->middle[k];
    s->clean[k] = (float)(d > limit || d < -limit ? s->middle[k] : frame[k]);
  }
}

static size_t clamped(ptrdiff_t x, size_t n) { return x < 0 ? 0 : (size_t)x >= n ? n - 1 : (size_t)x; }

static void shift_frame(const applying *a, size_t t, struct scratch *s) {
  const size_t h = a->movie->height, w = a->movie->width;
  uint16_t *frame = a->movie->counts + t * h * w;
  const double whole_y = floor(a->shift[t].dy_px), whole_x = floor(a->shift[t].dx_px);
  float wy[CULTURE_TAPS], wx[CULTURE_TAPS];
  lg_culture_taps(a->shift[t].dy_px - whole_y, wy);
  lg_culture_taps(a->shift[t].dx_px - whole_x, wx);
  clean_frame(a, frame, s);
  for (size_t y = 0; y < h; y++) {
    const ptrdiff_t first = (ptrdiff_t)whole_x - CULTURE_TAPS_BEFORE;
    const float *row = s->clean + y * w;
    for (size_t x = 0; x < w; x++) {
      const ptrdiff_t from = (ptrdiff_t)x + first;
      const bool inside = from >= 0 && from + CULTURE_TAPS <= (ptrdiff_t)w;
      float sum = 0.0f;
      for (ptrdiff_t q = 0; q < CULTURE_TAPS; q++)
        sum += wx[q] * row[inside ? (size_t)(from + q) : clamped(from + q, w)];
      s->across[y * w + x] = sum;
    }
  }
  for (size_t y = 0; y < h; y++) {
    const float *row[CULTURE_TAPS];
    for (ptrdiff_t q = 0; q < CULTURE_TAPS; q++)
      row[q] = s->across + clamped((ptrdiff_t)y + (ptrdiff_t)whole_y + q - CULTURE_TAPS_BEFORE, h) * w;
    for (size_t x = 0; x < w; x++) {
      float v = 0.5f;
      for (size_t q = 0; q < CULTURE_TAPS; q++) v += wy[q] * row[q][x];
      frame[y * w + x] = v < 0.0f ? 0 : v >= 65535.0f ? 65535 : (uint16_t)v;
    }
  }
}

static lg_status shift_frames(void *user, size_t begin, size_t end, unsigned worker) {
  const applying *a = user;
  for (size_t t = begin; t < end; t++)
    if (fabs(a->shift[t].dy_px) >= still || fabs(a->shift[t].dx_px) >= still) shift_frame(a, t, &a->scratch[worker]);
  return LG_OK;
}

lg_status lg_culture_apply_shifts(lg_ctx *ctx, lg_culture_movie *m, const culture_shift *shift) {
  lg_status status = LG_OK;
  const size_t n = m->height * m->width;
  const culture_seen seen = lg_culture_seen_by_all(shift, m->n_frames, m->height, m->width);
  applying a = {.movie = m,
                .shift = shift,
                .median = lg_culture_median_kernel(),
                .pitch = m->width + 2 + CULTURE_MEDIAN_SPARE,
                .n_scratch = lg_ctx_threads(ctx)};
  if (seen.bottom == 0)
    return lg_fail(ctx, LG_ERR_RANGE, "the frames drift so far that nothing is seen by all of them");
  LG_NEW(ctx, a.scratch, a.n_scratch);
  for (size_t k = 0; k < a.n_scratch; k++) {
    struct scratch *s = &a.scratch[k];
    LG_NEW(ctx, s->lines, 13 * a.pitch);
    LG_NEW(ctx, s->histogram, 65536);
    LG_NEW(ctx, s->clean, n);
    LG_NEW(ctx, s->across, n);
    LG_NEW(ctx, s->middle, n);
  }
  LG_TRY(lg_parallel_for(ctx, m->n_frames, 4, shift_frames, &a));
done:
  for (size_t k = 0; a.scratch && k < a.n_scratch; k++) {
    struct scratch *s = &a.scratch[k];
    lg_free(ctx, s->lines);
    lg_free(ctx, s->histogram);
    lg_free(ctx, s->clean);
    lg_free(ctx, s->across);
    lg_free(ctx, s->middle);
  }
  lg_free(ctx, a.scratch);
  return status;
}
