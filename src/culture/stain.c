#include "culture/stain.h"

#include "base/elementary.h"
#include "culture/blur.h"
#include "culture/simulate.h"

#include <math.h>
#include <string.h>

enum { STREAM_DRAW = 60, STREAM_PLANE, STREAM_JOIN, STREAM_LINE, STREAM_CELL, STREAM_SPOT, STREAM_NOISE, STREAM_FIELD };

culture_stain lg_culture_stain_draw(uint64_t seed, uint64_t index, size_t size, size_t ncell) {
  lg_rng rng = lg_rng_make(seed, STREAM_DRAW, index);
  culture_stain s = {.size = size};
  s.seed = lg_rng_u64(&rng) >> 1;
  s.ncell = (size_t)((double)ncell * lg_exp(lg_rng_range(&rng, -0.5, 0.7)));
  s.membranes = lg_rng_uniform(&rng) < 0.75;
  s.joined = lg_rng_range(&rng, 0.0, 0.25);
  s.stretch = lg_rng_range(&rng, 1.0, 1.5);
  s.bend_px = lg_rng_range(&rng, 0.0, 5.0);
  s.ruffle_px = lg_rng_range(&rng, 0.0, 1.2);
  s.blur_px = lg_rng_range(&rng, 0.5, 1.8);
  s.contrast = s.membranes ? lg_exp(lg_rng_range(&rng, -0.7, 1.6)) : lg_rng_range(&rng, 0.3, 0.9);
  s.uneven = lg_rng_range(&rng, 0.1, 0.5);
  s.gaps = lg_rng_range(&rng, 0.0, s.membranes ? 0.06 : 0.3);
  s.glow = lg_rng_range(&rng, 0.0, 1.0);
  if (!s.membranes && lg_rng_uniform(&rng) < 0.5) { /* nuclei, or cells that have not met yet */
    s.apart_px = lg_rng_range(&rng, 0.5, 5.0);
    s.gaps = lg_rng_range(&rng, 0.0, 0.8);
  }
  s.debris = lg_rng_range(&rng, 0.0, 1.0);
  s.counts = lg_exp(lg_rng_range(&rng, 3.0, 7.0));
  s.vignetting = lg_rng_range(&rng, 0.0, 0.5);
  return s;
}

/* Smooth noise of unit deviation. */
static void smooth_noise(size_t side, double sigma, lg_rng *rng, float *field, float *scratch) {
  const culture_blur blur = lg_culture_blur_make(sigma);
  const size_t n = side * side;
  double square = 0.0;
  for (size_t k = 0; k < n; k++) field[k] = (float)lg_rng_normal(rng);
  lg_culture_blur(&blur, side, side, field, field, scratch);
  for (size_t k = 0; k < n; k++) square += (double)field[k] * (double)field[k] / (double)n;
  const float scale = (float)(1.0 / sqrt(square));
  for (size_t k = 0; k < n; k++) field[k] *= scale;
}

/* ---- labels -------------------------------------------------------------------------------------------------- */

/* Some cells become part of a neighbour that is none of those. */
static lg_status join(lg_ctx *ctx, const culture_stain *s, lg_culture_masks *m) {
  lg_status status = LG_OK;
  uint32_t *into = NULL;
  bool *wants = NULL;
  LG_NEW(ctx, into, (size_t)m->most + 1);
  LG_NEW(ctx, wants, (size_t)m->most + 1);
  for (uint32_t c = 1; c <= m->most; c++) {
    lg_rng rng = lg_rng_make(s->seed, STREAM_JOIN, c);
    wants[c] = lg_rng_uniform(&rng) < s->joined;
    into[c] = c;
  }
  for (size_t k = 0; k + 1 < m->height * m->width; k++) {
    const uint32_t a = m->label[k], b = m->label[k + 1];
    if ((k + 1) % m->width && a != b && wants[a] && !wants[b] && into[a] == a) into[a] = b;
  }
  for (size_t k = 0; k < m->height * m->width; k++) m->label[k] = into[m->label[k]];
done:
  lg_free(ctx, into);
  lg_free(ctx, wants);
  return status;
}

static size_t inside(double v, size_t n) {
  const double period = 2.0 * (double)n;
  v = fabs(v) - floor(fabs(v) / period) * period;
  const size_t k = (size_t)(v < (double)n ? v : period - v);
  return k < n ? k : n - 1;
}

/* A pixel with fewer than four of its own among the nine takes the label that most of the four next to it have. */
static void tidy(lg_culture_masks *m, uint32_t *copy) {
  const size_t h = m->height, w = m->width;
  memcpy(copy, m->label, h * w * sizeof *copy);
  for (size_t y = 1; y + 1 < h; y++)
    for (size_t x = 1; x + 1 < w; x++) {
      const uint32_t *at = copy + y * w + x, next[4] = {at[-(ptrdiff_t)w], at[-1], at[1], at[w]};
      int own = 0, best = 0;
      for (ptrdiff_t dy = -1; dy <= 1; dy++)
        for (ptrdiff_t dx = -1; dx <= 1; dx++) own += at[dy * (ptrdiff_t)w + dx] == *at;
      if (own >= 4) continue;
      for (int q = 0; q < 4; q++) {
        int n = 0;
        for (int r = 0; r < 4; r++) n += next[r] == next[q];
        if (n > best) best = n, m->label[y * w + x] = next[q];
      }
    }
}

/* @param fields (6 size² and what a blur needs) */
static lg_status make_labels(lg_ctx *ctx, const culture_stain *s, float *fields, lg_culture_masks **out) {
  lg_status status = LG_OK;
  const size_t n = s->size * s->size, wide = 2 * s->size;
  culture_simulation plane = lg_culture_simulation_default();
  lg_culture_masks *from = NULL, *m = NULL;
  lg_rng rng = lg_rng_make(s->seed, STREAM_PLANE, 0);
  plane.seed = s->seed, plane.size = wide, plane.ncell = 4 * s->ncell, plane.warp = 2.5;
  LG_TRY(lg_culture_simulate_masks(ctx, &plane, &from));
  LG_TRY(join(ctx, s, from));
  LG_NEW(ctx, m, 1);
  m->height = m->width = s->size, m->most = from->most;
  LG_NEW(ctx, m->label, n);
  for (size_t q = 0; q < 4; q++) smooth_noise(s->size, q < 2 ? 16.0 : 1.5, &rng, fields + q * n, fields + 4 * n);
  double c, d;
  lg_sincos_turn(lg_rng_uniform(&rng), &d, &c);
  const double root = sqrt(s->stretch), half = 0.5 * (double)s->size;
  for (size_t k = 0; k < n; k++) {
    const size_t row = k / s->size, column = k % s->size;
    const double y = (double)row + 0.5 - half, x = (double)column + 0.5 - half;
    const double u = (c * y - d * x) * root + s->bend_px * (double)fields[k] + s->ruffle_px * (double)fields[2 * n + k];
    const double v =
        (d * y + c * x) / root + s->bend_px * (double)fields[n + k] + s->ruffle_px * (double)fields[3 * n + k];
    m->label[k] = from->label[inside(u + (double)s->size, wide) * wide + inside(v + (double)s->size, wide)];
  }
  for (int pass = 0; pass < 2; pass++) tidy(m, from->label);
  *out = m;
  m = NULL;
done:
  lg_culture_masks_destroy(ctx, from);
  lg_culture_masks_destroy(ctx, m);
  return status;
}

/* ---- light --------------------------------------------------------------------------------------------------- */

static double of_cell(const culture_stain *s, uint32_t label, bool *missing) {
  lg_rng rng = lg_rng_make(s->seed, STREAM_CELL, label);
  *missing = !s->membranes && lg_rng_uniform(&rng) < s->gaps;
  return lg_exp(s->uneven * lg_rng_normal(&rng));
}

static double of_line(const culture_stain *s, uint32_t a, uint32_t b) {
  lg_rng rng = lg_rng_make(s->seed, STREAM_LINE, a < b ? ((uint64_t)a << 32) + b : ((uint64_t)b << 32) + a);
  const bool gap = s->membranes && lg_rng_uniform(&rng) < s->gaps;
  return gap ? 0.15 : lg_exp(s->uneven * lg_rng_normal(&rng));
}

/* Lines one pixel wide where labels change, as bright after the blur as before it. */
static void draw_lines(const culture_stain *s, const lg_culture_masks *m, const float *texture, float *line) {
  const size_t side = s->size;
  for (size_t y = 0; y < side; y++)
    for (size_t x = 0; x < side; x++) {
      const size_t k = y * side + x, right = x + 1 < side ? k + 1 : k, below = y + 1 < side ? k + side : k;
      const uint32_t own = m->label[k], other = m->label[right] != own ? m->label[right] : m->label[below];
      line[k] =
          own == other
              ? 0.0f
              : (float)(of_line(s, own, other) * lg_exp(s->uneven * (double)texture[k]) * fmax(1.0, 2.5 * s->blur_px));
    }
}

static void add_spots(const culture_stain *s, float *light) {
  lg_rng rng = lg_rng_make(s->seed, STREAM_SPOT, 0);
  const double side = (double)s->size;
  for (size_t q = (size_t)(s->debris * side * side / 1000.0); q > 0; q--) {
    const double cy = lg_rng_range(&rng, 0.0, side), cx = lg_rng_range(&rng, 0.0, side);
    const double r = lg_rng_range(&rng, 0.5, 2.0), bright = lg_rng_range(&rng, 0.2, 2.0);
    for (double y = fmax(0.0, floor(cy - 3.0 * r)); y <= cy + 3.0 * r && y < side; y++)
      for (double x = fmax(0.0, floor(cx - 3.0 * r)); x <= cx + 3.0 * r && x < side; x++)
        light[(size_t)y * s->size + (size_t)x] +=
            (float)(bright * lg_exp(-((y - cy) * (y - cy) + (x - cx) * (x - cx)) / (2.0 * r * r)));
  }
}

/* Pixels within `apart` of another label are none of a cell. @param label (size²) a copy */
static void part(const culture_stain *s, lg_culture_masks *m, const uint32_t *label) {
  const ptrdiff_t side = (ptrdiff_t)s->size, reach = (ptrdiff_t)ceil(s->apart_px);
  for (ptrdiff_t y = 0; y < side; y++)
    for (ptrdiff_t x = 0; x < side; x++)
      for (ptrdiff_t dy = -reach; dy <= reach; dy++)
        for (ptrdiff_t dx = -reach; dx <= reach; dx++) {
          if (y + dy < 0 || x + dx < 0 || y + dy >= side || x + dx >= side) continue;
          const bool near = (double)(dy * dy + dx * dx) <= s->apart_px * s->apart_px;
          if (near && label[(y + dy) * side + x + dx] != label[y * side + x]) m->label[y * side + x] = 0;
        }
}

/* Light before the camera, in units of haze or of cells. @param work (4 size² and what a blur needs) */
static void illuminate(const culture_stain *s, lg_culture_masks *m, float *light, float *work) {
  const size_t side = s->size, n = side * side;
  const culture_blur optics = lg_culture_blur_make(s->blur_px), soft = lg_culture_blur_make(2.0),
                     far = lg_culture_blur_make(8.0);
  float *line = work, *texture = work + n, *glow = work + 2 * n, *scratch = work + 3 * n;
  lg_rng rng = lg_rng_make(s->seed, STREAM_FIELD, 0);
  bool missing;
  smooth_noise(side, 3.0, &rng, texture, scratch);
  draw_lines(s, m, texture, line);
  smooth_noise(side, 1.5, &rng, texture, scratch);
  for (size_t k = 0; k < n; k++) {
    light[k] = (float)(of_cell(s, m->label[k], &missing) * lg_exp(0.1 * (double)texture[k]));
    if (missing || !m->label[k]) light[k] = 0.05f;
  }
  if (s->membranes) lg_culture_blur(&soft, side, side, light, light, scratch);
  lg_culture_blur(&optics, side, side, line, line, scratch);
  lg_culture_blur(&far, side, side, line, glow, scratch);
  for (size_t k = 0; k < n; k++) {
    const double seam = fmax(0.0, 1.0 - s->contrast * (double)line[k]);
    light[k] = s->membranes ? (float)((double)light[k] + s->contrast * ((double)line[k] + s->glow * (double)glow[k]))
                            : (float)((double)light[k] * seam + 0.1);
  }
  if (!s->membranes) lg_culture_blur(&optics, side, side, light, light, scratch);
  add_spots(s, light);
}

/* Cells that are missing are none. */
static void take_out(const culture_stain *s, lg_culture_masks *m) {
  for (size_t k = 0; k < m->height * m->width; k++) {
    bool missing;
    (void)of_cell(s, m->label[k], &missing);
    if (m->label[k] && missing) m->label[k] = 0;
  }
}

static void photograph(const culture_stain *s, const float *light, uint16_t *counts) {
  lg_rng rng = lg_rng_make(s->seed, STREAM_NOISE, 0);
  const double half = 0.5 * (double)s->size, offset = lg_rng_range(&rng, 50.0, 500.0);
  for (size_t k = 0; k < s->size * s->size; k++) {
    const size_t row = k / s->size, column = k % s->size;
    const double y = (double)row - half, x = (double)column - half;
    const double mean = s->counts * (double)light[k] * (1.0 - s->vignetting * (y * y + x * x) / (2.0 * half * half));
    const double noisy = offset + mean + sqrt(mean + 9.0) * lg_rng_normal(&rng);
    counts[k] = (uint16_t)fmin(fmax(floor(noisy + 0.5), 0.0), 65535.0);
  }
}

lg_status lg_culture_simulate_stain(lg_ctx *ctx, const culture_stain *s, lg_culture_masks **masks,
                                    lg_culture_movie **image) {
  lg_status status = LG_OK;
  const size_t n = s->size * s->size;
  lg_culture_masks *m = NULL;
  lg_culture_movie *film = NULL;
  float *work = NULL;
  uint32_t *label = NULL;
  *masks = NULL, *image = NULL;
  if (s->size < 32 || s->size > 2048 || !(s->blur_px > 0.0 && s->blur_px < 16.0) || !(s->stretch >= 1.0) ||
      !(s->apart_px >= 0.0 && s->apart_px <= 16.0))
    return lg_fail(
        ctx, LG_ERR_RANGE,
        "an image of %zu px (32 to 2048), blur of %g px (0 to 16), stretch %g (1 or more), apart %g px (0 to 16)",
        s->size, s->blur_px, s->stretch, s->apart_px);
  LG_NEW(ctx, work, 7 * n + s->size + 2 * CULTURE_BLUR_MOST);
  LG_TRY(make_labels(ctx, s, work, &m));
  LG_NEW(ctx, film, 1);
  *film = (lg_culture_movie){.n_frames = 1, .height = s->size, .width = s->size, .scale = 1.0};
  film->frame_s = film->pixel_um = (double)NAN;
  LG_NEW(ctx, film->counts, n);
  if (s->apart_px > 0.0) {
    LG_NEW(ctx, label, n);
    memcpy(label, m->label, n * sizeof *label);
    part(s, m, label);
  }
  illuminate(s, m, work, work + n);
  take_out(s, m);
  photograph(s, work, film->counts);
  *masks = m, *image = film;
  m = NULL, film = NULL;
done:
  lg_free(ctx, work);
  lg_free(ctx, label);
  lg_culture_masks_destroy(ctx, m);
  lg_culture_movie_destroy(ctx, film);
  return status;
}
