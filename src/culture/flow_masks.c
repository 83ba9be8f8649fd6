/* Labels out of flows, as Cellpose's dynamics: pixels walk, sinks are where many end, sinks grow, walks are labelled.
 */
#include "culture/flow_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

culture_flow_options lg_culture_flow_default(void) {
  return (culture_flow_options){
      .least_logit = 0.0, .flow_threshold = 0.4, .steps = 200, .least_area_px = 15, .fill = true};
}

typedef struct walk {
  const float *flow;
  size_t height, width;
  const culture_flow_options *options;
  uint32_t *end; /* (pixels) where each pixel of a cell ends; UINT32_MAX: outside */
} walk;

/* Flow between pixels, linear; 0 outside cells, so that walks stop there. */
static void flow_at(const walk *w, double y, double x, double *dy, double *dx) {
  const size_t y0 = (size_t)y, x0 = (size_t)x;
  const size_t y1 = y0 + 1 < w->height ? y0 + 1 : y0, x1 = x0 + 1 < w->width ? x0 + 1 : x0;
  const double fy = y - (double)y0, fx = x - (double)x0;
  const float *a = w->flow + (y0 * w->width + x0) * CULTURE_UNET_OUT;
  const float *b = w->flow + (y0 * w->width + x1) * CULTURE_UNET_OUT;
  const float *c = w->flow + (y1 * w->width + x0) * CULTURE_UNET_OUT;
  const float *d = w->flow + (y1 * w->width + x1) * CULTURE_UNET_OUT;
  const double least = w->options->least_logit;
  const double ka = (double)a[2] > least ? (1 - fy) * (1 - fx) : 0.0, kb = (double)b[2] > least ? (1 - fy) * fx : 0.0;
  const double kc = (double)c[2] > least ? fy * (1 - fx) : 0.0, kd = (double)d[2] > least ? fy * fx : 0.0;
  *dy = 0.2 * (ka * (double)a[0] + kb * (double)b[0] + kc * (double)c[0] + kd * (double)d[0]);
  *dx = 0.2 * (ka * (double)a[1] + kb * (double)b[1] + kc * (double)c[1] + kd * (double)d[1]);
}

static lg_status walk_rows(void *user, size_t begin, size_t end, unsigned worker) {
  (void)worker;
  const walk *w = user;
  for (size_t k = begin * w->width; k < end * w->width; k++) {
    w->end[k] = UINT32_MAX;
    if (!((double)w->flow[k * CULTURE_UNET_OUT + 2] > w->options->least_logit)) continue;
    const size_t row = k / w->width, column = k % w->width;
    double y = (double)row, x = (double)column;
    for (unsigned s = 0; s < w->options->steps; s++) {
      double dy, dx;
      flow_at(w, y, x, &dy, &dx);
      y = fmin(fmax(y + dy, 0.0), (double)w->height - 1.0);
      x = fmin(fmax(x + dx, 0.0), (double)w->width - 1.0);
      if (dy * dy + dx * dx < 1e-8) break;
    }
    w->end[k] = (uint32_t)((size_t)(y + 0.5) * w->width + (size_t)(x + 0.5));
  }
  return LG_OK;
}

typedef struct sink {
  uint32_t count, at;
} sink;

static int by_count(const void *a, const void *b) {
  const sink *x = a, *y = b;
  if (x->count != y->count) return x->count < y->count ? 1 : -1;
  return (x->at > y->at) - (x->at < y->at);
}

/* Pixels where more than 10 walks end and none of the 5 x 5 around has more. */
static size_t find_sinks(const walk *w, const uint32_t *count, sink *sinks) {
  const ptrdiff_t h = (ptrdiff_t)w->height, wide = (ptrdiff_t)w->width;
  size_t n = 0;
  for (ptrdiff_t y = 0; y < h; y++)
    for (ptrdiff_t x = 0; x < wide; x++) {
      const uint32_t own = count[y * wide + x];
      bool top = own > 10;
      for (ptrdiff_t dy = -2; top && dy <= 2; dy++)
        for (ptrdiff_t dx = -2; top && dx <= 2; dx++) {
          if (y + dy < 0 || x + dx < 0 || y + dy >= h || x + dx >= wide) continue;
          top = count[(y + dy) * wide + x + dx] <= own;
        }
      if (top) sinks[n++] = (sink){own, (uint32_t)(y * wide + x)};
    }
  qsort(sinks, n, sizeof *sinks, by_count);
  return n;
}

/* A sink grows five times over pixels where more than 2 walks end, inside 11 x 11. */
static void grow_sink(const walk *w, const uint32_t *count, uint32_t at, uint32_t label, uint32_t *of) {
  const ptrdiff_t h = (ptrdiff_t)w->height, wide = (ptrdiff_t)w->width;
  const ptrdiff_t cy = (ptrdiff_t)at / wide, cx = (ptrdiff_t)at % wide;
  bool in[11][11] = {{false}}, next[11][11];
  in[5][5] = true;
  for (int turn = 0; turn < 5; turn++) {
    memcpy(next, in, sizeof in);
    for (int y = 0; y < 11; y++)
      for (int x = 0; x < 11; x++) {
        if (!in[y][x]) continue;
        for (int q = 0; q < 9; q++) {
          const int ny = y + q / 3 - 1, nx = x + q % 3 - 1;
          const ptrdiff_t py = cy + ny - 5, px = cx + nx - 5;
          if (ny < 0 || nx < 0 || ny > 10 || nx > 10 || py < 0 || px < 0 || py >= h || px >= wide) continue;
          if (count[py * wide + px] > 2) next[ny][nx] = true;
        }
      }
    memcpy(in, next, sizeof in);
  }
  for (int y = 0; y < 11; y++)
    for (int x = 0; x < 11; x++) {
      const ptrdiff_t py = cy + y - 5, px = cx + x - 5;
      if (in[y][x] && py >= 0 && px >= 0 && py < h && px < wide && !of[py * wide + px]) of[py * wide + px] = label;
    }
}

/* Pixels inside that have no label take the one of a neighbour, ring by ring. */
static lg_status fill_in(lg_ctx *ctx, const walk *w, lg_culture_masks *m) {
  lg_status status = LG_OK;
  const size_t n = m->height * m->width, wide = m->width;
  uint32_t *queue = NULL;
  size_t head = 0, tail = 0;
  LG_NEW(ctx, queue, n);
  for (size_t k = 0; k < n; k++)
    if (m->label[k]) queue[tail++] = (uint32_t)k;
  while (head < tail) {
    const size_t k = queue[head++], y = k / wide, x = k % wide;
    const size_t next[4] = {y > 0 ? k - wide : k, x > 0 ? k - 1 : k, x + 1 < wide ? k + 1 : k,
                            y + 1 < m->height ? k + wide : k};
    for (int q = 0; q < 4; q++)
      if (!m->label[next[q]] && w->end[next[q]] != UINT32_MAX) {
        m->label[next[q]] = m->label[k];
        queue[tail++] = (uint32_t)next[q];
      }
  }
done:
  lg_free(ctx, queue);
  return status;
}

lg_status lg_culture_flow_masks(lg_ctx *ctx, const float *flow, size_t height, size_t width,
                                const culture_flow_options *o, lg_culture_masks **out) {
  lg_status status = LG_OK;
  const size_t n = height * width;
  walk w = {.flow = flow, .height = height, .width = width, .options = o};
  lg_culture_masks *m = NULL;
  uint32_t *count = NULL, *of = NULL;
  sink *sinks = NULL;
  *out = NULL;
  LG_NEW(ctx, w.end, n);
  LG_NEW(ctx, count, 2 * n);
  of = count + n;
  LG_NEW(ctx, sinks, n);
  LG_NEW(ctx, m, 1);
  m->height = height, m->width = width;
  LG_NEW(ctx, m->label, n);
  LG_TRY(lg_parallel_for(ctx, height, 8, walk_rows, &w));
  for (size_t k = 0; k < n; k++)
    if (w.end[k] != UINT32_MAX) count[w.end[k]]++;
  m->most = (uint32_t)find_sinks(&w, count, sinks);
  for (uint32_t k = 0; k < m->most; k++) grow_sink(&w, count, sinks[k].at, k + 1, of);
  for (size_t k = 0; k < n; k++) m->label[k] = w.end[k] != UINT32_MAX ? of[w.end[k]] : 0;
  LG_TRY(lg_culture_flow_drop(ctx, m, 0, NULL, 0.0)); /* what covers nearly all, before it spreads */
  if (o->fill) LG_TRY(fill_in(ctx, &w, m));
  LG_TRY(lg_culture_flow_check(ctx, m, flow, o));
  if (m->most == 0) LG_TRY(lg_fail(ctx, LG_ERR_NOT_FOUND, "no cell was found in the image"));
  *out = m;
  m = NULL;
done:
  lg_free(ctx, w.end);
  lg_free(ctx, count);
  lg_free(ctx, sinks);
  lg_culture_masks_destroy(ctx, m);
  return status;
}
