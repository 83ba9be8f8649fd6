/* Monolayers: Voronoi regions, relaxed by Lloyd's steps, of a plane that is warped. */
#include "culture/blur.h"
#include "culture/simulate.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { STREAM_POINTS = 1, STREAM_WARP = 2, RELAX = 5 };

typedef struct plane {
  size_t side, n, bins; /* points lie in bins of a regular grid */
  double *y, *x, bin;
  uint32_t *first, *member; /* (bins² + 1), (n) */
} plane;

static size_t bin_of(const plane *p, double v) {
  const double b = floor(v / p->bin);
  return b < 0.0 ? 0 : b >= (double)p->bins ? p->bins - 1 : (size_t)b;
}

static void sort_in(plane *p) {
  memset(p->first, 0, (p->bins * p->bins + 1) * sizeof *p->first);
  for (size_t k = 0; k < p->n; k++) p->first[bin_of(p, p->y[k]) * p->bins + bin_of(p, p->x[k]) + 1]++;
  for (size_t b = 0; b < p->bins * p->bins; b++) p->first[b + 1] += p->first[b];
  for (size_t k = 0; k < p->n; k++) p->member[k] = UINT32_MAX;
  for (size_t k = 0; k < p->n; k++) {
    uint32_t at = p->first[bin_of(p, p->y[k]) * p->bins + bin_of(p, p->x[k])];
    while (p->member[at] != UINT32_MAX) at++;
    p->member[at] = (uint32_t)k;
  }
}

/* Nearest point: rings of bins until none can be nearer. */
static uint32_t nearest(const plane *p, double y, double x) {
  const ptrdiff_t by = (ptrdiff_t)bin_of(p, y), bx = (ptrdiff_t)bin_of(p, x), bins = (ptrdiff_t)p->bins;
  double best = (double)INFINITY;
  uint32_t at = 0;
  for (ptrdiff_t ring = 0; ring <= bins; ring++) {
    const double outside = ((double)ring - 1.0) * p->bin;
    if (outside > 0.0 && outside * outside > best) break;
    for (ptrdiff_t dy = -ring; dy <= ring; dy++)
      for (ptrdiff_t dx = -ring, far = dy == -ring || dy == ring ? 1 : 2 * ring; dx <= ring; dx += far) {
        const ptrdiff_t cy = by + dy, cx = bx + dx;
        if (cy < 0 || cx < 0 || cy >= bins || cx >= bins) continue;
        const size_t b = (size_t)(cy * bins + cx);
        for (uint32_t q = p->first[b]; q < p->first[b + 1]; q++) {
          const uint32_t k = p->member[q];
          const double d = (p->y[k] - y) * (p->y[k] - y) + (p->x[k] - x) * (p->x[k] - x);
          if (d < best || (d == best && k < at)) best = d, at = k;
        }
      }
  }
  return at;
}

static void relax(plane *p, double *sums, lg_rng *rng) {
  const double jitter = 0.05 * (double)p->side / sqrt((double)p->n);
  for (int it = 0; it < RELAX; it++) {
    sort_in(p);
    memset(sums, 0, 3 * p->n * sizeof *sums);
    for (size_t y = 0; y < p->side; y++)
      for (size_t x = 0; x < p->side; x++) {
        double *s = sums + 3 * nearest(p, (double)y + 0.5, (double)x + 0.5);
        s[0] += 1.0, s[1] += (double)y + 0.5, s[2] += (double)x + 0.5;
      }
    for (size_t k = 0; k < p->n; k++) {
      const double *s = sums + 3 * k, edge = (double)p->side;
      if (s[0] > 0.0) p->y[k] = s[1] / s[0], p->x[k] = s[2] / s[0];
      p->y[k] = fmin(fmax(p->y[k] + jitter * lg_rng_normal(rng), 0.0), edge);
      p->x[k] = fmin(fmax(p->x[k] + jitter * lg_rng_normal(rng), 0.0), edge);
    }
  }
  sort_in(p);
}

/* Smooth displacement of standard deviation `warp`. */
static void make_warp(size_t side, double warp, lg_rng *rng, float *field, float *scratch) {
  const size_t n = side * side;
  const culture_blur blur = lg_culture_blur_make(9.0);
  double sum = 0.0, square = 0.0;
  for (size_t k = 0; k < n; k++) field[k] = (float)lg_rng_normal(rng);
  lg_culture_blur(&blur, side, side, field, field, scratch);
  for (size_t k = 0; k < n; k++) sum += (double)field[k], square += (double)field[k] * (double)field[k];
  const double sd = sqrt(square / (double)n - sum * sum / (double)n / (double)n);
  for (size_t k = 0; k < n; k++) field[k] = (float)((double)field[k] * warp / sd);
}

static lg_status make_plane(lg_ctx *ctx, const culture_simulation *s, plane *p) {
  lg_status status = LG_OK;
  p->side = s->size, p->n = s->ncell;
  p->bins = (size_t)fmax(1.0, floor(sqrt((double)s->ncell)));
  p->bin = (double)s->size / (double)p->bins;
  LG_NEW(ctx, p->y, 2 * p->n);
  p->x = p->y + p->n;
  LG_NEW(ctx, p->first, p->bins * p->bins + 1 + p->n);
  p->member = p->first + p->bins * p->bins + 1;
done:
  return status;
}

lg_status lg_culture_simulate_masks(lg_ctx *ctx, const culture_simulation *s, lg_culture_masks **out) {
  lg_status status = LG_OK;
  plane p = {0};
  lg_culture_masks *m = NULL;
  double *sums = NULL;
  float *fields = NULL;
  const size_t n = s->size * s->size;
  lg_rng rng = lg_rng_make(s->seed, STREAM_POINTS, 0), warp = lg_rng_make(s->seed, STREAM_WARP, 0);
  *out = NULL;
  if (s->size < 32 || s->size > 4096 || s->ncell < 2 || s->ncell > n / 64)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%zu cells on %zu px a side; 32 to 4096 px and 64 px a cell are needed", s->ncell,
                   s->size));
  LG_TRY(make_plane(ctx, s, &p));
  LG_NEW(ctx, sums, 3 * p.n);
  LG_NEW(ctx, fields, 3 * n + s->size + 2 * CULTURE_BLUR_MOST);
  LG_NEW(ctx, m, 1);
  m->height = m->width = s->size, m->most = (uint32_t)p.n;
  LG_NEW(ctx, m->label, n);
  for (size_t k = 0; k < 2 * p.n; k++) p.y[k] = (double)s->size * lg_rng_uniform(&rng);
  relax(&p, sums, &rng);
  for (int q = 0; q < 2; q++) make_warp(s->size, s->warp, &warp, fields + (size_t)q * n, fields + 2 * n);
  for (size_t k = 0; k < n; k++) {
    const size_t row = k / s->size, column = k % s->size;
    m->label[k] = 1 + nearest(&p, (double)row + 0.5 + (double)fields[k], (double)column + 0.5 + (double)fields[n + k]);
  }
  LG_TRY(lg_culture_keep_whole(ctx, m));
  *out = m;
  m = NULL;
done:
  lg_free(ctx, p.y);
  lg_free(ctx, p.first);
  lg_free(ctx, sums);
  lg_free(ctx, fields);
  lg_culture_masks_destroy(ctx, m);
  return status;
}
