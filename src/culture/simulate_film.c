/* What a camera makes of a simulated culture. */
#include "culture/blur.h"
#include "culture/simulate.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { STREAM_TEXTURE = 20, STREAM_HOT, STREAM_PIXELS, STREAM_NUCLEUS };

/* Poisson: products of uniforms, above a mean of 12 a rounded normal. */
static double poisson(lg_rng *rng, double mean) {
  if (mean < 12.0) {
    const double least = lg_exp(-mean);
    double p = lg_rng_uniform(rng);
    int n = 0;
    for (; p > least; n++) p *= lg_rng_uniform(rng);
    return (double)n;
  }
  return fmax(0.0, floor(mean + sqrt(mean) * lg_rng_normal(rng) + 0.5));
}

/* Distance of every pixel to the next border, up to 8 px: the rest of the profile is flat. */
static void border_distance(const lg_culture_masks *m, float *d) {
  const ptrdiff_t h = (ptrdiff_t)m->height, w = (ptrdiff_t)m->width, reach = 8;
  for (ptrdiff_t y = 0; y < h; y++)
    for (ptrdiff_t x = 0; x < w; x++) {
      const uint32_t own = m->label[y * w + x];
      double best = 1e9;
      for (ptrdiff_t dy = -reach; dy <= reach; dy++)
        for (ptrdiff_t dx = -reach; dx <= reach; dx++) {
          if (y + dy < 0 || x + dx < 0 || y + dy >= h || x + dx >= w) continue;
          if (m->label[(y + dy) * w + x + dx] != own) best = fmin(best, (double)(dy * dy + dx * dx));
        }
      d[y * w + x] = best < 1e9 ? (float)(sqrt(best) - 1.0) : (float)reach;
    }
}

/* What does not change in time: profile towards the border, texture, nuclei, vignetting, load. */
static void paint(const culture_simulation *s, const lg_culture_truth *t, float *out, float *texture, float *scratch) {
  const size_t side = s->size, n = side * side;
  const culture_blur blur = lg_culture_blur_make(2.0);
  lg_rng rng = lg_rng_make(s->seed, STREAM_TEXTURE, 0);
  double square = 0.0;
  for (size_t k = 0; k < n; k++) texture[k] = (float)lg_rng_normal(&rng);
  lg_culture_blur(&blur, side, side, texture, texture, scratch);
  for (size_t k = 0; k < n; k++) square += (double)texture[k] * (double)texture[k] / (double)n;
  border_distance(t->masks, out);
  for (size_t k = 0; k < n; k++) {
    const size_t row = k / side, column = k % side;
    const double y = (double)row - 0.5 * (double)side, x = (double)column - 0.5 * (double)side;
    const double profile = s->border_dim + (1.0 - s->border_dim) * (1.0 - lg_exp(-(double)out[k] / 2.5));
    const double dark = 1.0 - s->vign * (y * y + x * x) / (0.5 * (double)n);
    out[k] = (float)(profile * lg_exp(0.1 * (double)texture[k] / sqrt(square)) * dark);
  }
  for (size_t c = 0; c < t->graph->n; c++) {
    lg_rng of = lg_rng_make(s->seed, STREAM_NUCLEUS, c);
    const double r = 0.32 * sqrt(t->graph->area_px[c] / 3.141592653589793);
    const double cy = t->graph->cy_px[c] + 1.5 * lg_rng_normal(&of), cx = t->graph->cx_px[c] + 1.5 * lg_rng_normal(&of);
    for (double y = fmax(0.0, floor(cy - r)); y <= cy + r && y < (double)side; y++)
      for (double x = fmax(0.0, floor(cx - r)); x <= cx + r && x < (double)side; x++) {
        const size_t k = (size_t)y * side + (size_t)x;
        if ((y - cy) * (y - cy) + (x - cx) * (x - cx) < r * r && t->masks->label[k] == t->graph->id[c]) out[k] *= 1.15f;
      }
  }
}

typedef struct filming {
  const culture_simulation *s;
  const lg_culture_truth *t;
  lg_culture_movie *movie;
  const float *still;
  const uint32_t *cell; /* (pixels) index into the graph */
  culture_blur psf;
  float *scratch; /* (workers, 2 pixels and some) */
  double *light;  /* (workers, cells) */
  size_t scratch_each;
} filming;

static uint16_t clip(double x) { return (uint16_t)fmin(fmax(floor(x + 0.5), 0.0), 65535.0); }

static void defects(const filming *f, size_t frame, uint16_t *counts) {
  const culture_simulation *s = f->s;
  const size_t n = s->size * s->size;
  lg_rng now = lg_rng_make(s->seed, STREAM_HOT, frame + 1);
  for (size_t q = 0; q < s->hot; q++) {
    lg_rng where = lg_rng_make(s->seed, STREAM_HOT, ((uint64_t)1 << 40) + q);
    const size_t k = (size_t)lg_rng_below(&where, n);
    const double value = lg_rng_range(&where, 500.0, 4000.0);
    if (lg_rng_uniform(&now) < 0.6) counts[k] = clip((double)counts[k] + value);
  }
  for (double q = poisson(&now, s->hot_rate * (double)n); q > 0.0; q -= 1.0) {
    const size_t k = (size_t)lg_rng_below(&now, n);
    counts[k] = clip((double)counts[k] + lg_rng_range(&now, 1000.0, 20000.0));
  }
}

static lg_status film_frames(void *user, size_t begin, size_t end, unsigned worker) {
  const filming *f = user;
  const culture_simulation *s = f->s;
  const size_t n = s->size * s->size, cells = f->t->graph->n;
  float *image = f->scratch + worker * f->scratch_each;
  double *light = f->light + worker * cells;
  for (size_t t = begin; t < end; t++) {
    uint16_t *counts = f->movie->counts + t * n;
    lg_rng rng = lg_rng_make(s->seed, STREAM_PIXELS, t);
    for (size_t c = 0; c < cells; c++)
      light[c] = lg_exp(s->S * f->t->latent[t * cells + c] + s->O) * f->t->load[c] * lg_exp(-s->drift * (double)t);
    for (size_t k = 0; k < n; k++) image[k] = (float)light[f->cell[k]] * f->still[k];
    lg_culture_blur(&f->psf, s->size, s->size, image, image, image + n);
    for (size_t k = 0; k < n; k++)
      counts[k] = clip(s->offset + poisson(&rng, (double)image[k]) + s->read * lg_rng_normal(&rng));
    defects(f, t, counts);
  }
  return LG_OK;
}

lg_status lg_culture_film_truth(lg_ctx *ctx, const culture_simulation *s, const lg_culture_truth *t,
                                lg_culture_movie **out) {
  lg_status status = LG_OK;
  const size_t n = s->size * s->size, workers = lg_ctx_threads(ctx);
  filming f = {.s = s, .t = t, .psf = lg_culture_blur_make(fmax(s->psf, 1e-3))};
  float *still = NULL;
  uint32_t *cell = NULL, *index = NULL;
  size_t pixels;
  *out = NULL;
  if (!lg_mul_size(n, s->frames, &pixels)) return lg_fail(ctx, LG_ERR_LIMIT, "the movie is too large");
  f.scratch_each = 2 * n + s->size + 2 * CULTURE_BLUR_MOST;
  LG_NEW(ctx, f.movie, 1);
  *f.movie = (lg_culture_movie){.n_frames = s->frames,
                                .height = s->size,
                                .width = s->size,
                                .frame_s = 10.0,
                                .pixel_um = (double)NAN,
                                .scale = 1.0};
  LG_NEW(ctx, f.movie->counts, pixels);
  LG_NEW(ctx, still, 2 * n);
  LG_NEW(ctx, cell, n);
  LG_NEW(ctx, index, (size_t)t->masks->most + 1);
  LG_NEW(ctx, f.scratch, workers * f.scratch_each);
  LG_NEW(ctx, f.light, workers * t->graph->n);
  for (size_t c = 0; c < t->graph->n; c++) index[t->graph->id[c]] = (uint32_t)c;
  for (size_t k = 0; k < n; k++) cell[k] = index[t->masks->label[k]];
  paint(s, t, still, still + n, f.scratch);
  f.still = still, f.cell = cell;
  LG_TRY(lg_parallel_for(ctx, s->frames, 1, film_frames, &f));
  *out = f.movie;
  f.movie = NULL;
done:
  lg_free(ctx, still);
  lg_free(ctx, cell);
  lg_free(ctx, index);
  lg_free(ctx, f.scratch);
  lg_free(ctx, f.light);
  lg_culture_movie_destroy(ctx, f.movie);
  return status;
}
