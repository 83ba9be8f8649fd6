/* What a flow network is to say of labels: heat spreads from each cell's middle, flows go up it. */
#include "culture/unet.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

typedef struct box {
  size_t y0, y1, x0, x1; /* inclusive */
  double sum_y, sum_x, n;
} box;

static void find_boxes(const lg_culture_masks *m, box *boxes) {
  for (uint32_t k = 0; k <= m->most; k++) boxes[k] = (box){.y0 = SIZE_MAX, .x0 = SIZE_MAX};
  for (size_t k = 0; k < m->height * m->width; k++) {
    const size_t y = k / m->width, x = k % m->width;
    box *b = &boxes[m->label[k]];
    if (y < b->y0) b->y0 = y;
    if (y > b->y1) b->y1 = y;
    if (x < b->x0) b->x0 = x;
    if (x > b->x1) b->x1 = x;
    b->sum_y += (double)y, b->sum_x += (double)x, b->n += 1.0;
  }
}

/* The cell's pixel next to its centroid. */
static void middle(const lg_culture_masks *m, uint32_t label, const box *b, size_t *cy, size_t *cx) {
  double best = (double)INFINITY;
  for (size_t y = b->y0; y <= b->y1; y++)
    for (size_t x = b->x0; x <= b->x1; x++) {
      if (m->label[y * m->width + x] != label) continue;
      const double dy = (double)y - b->sum_y / b->n, dx = (double)x - b->sum_x / b->n;
      if (dy * dy + dx * dx < best) best = dy * dy + dx * dx, *cy = y, *cx = x;
    }
}

/* 1/9 in the cell, 0 around it. */
static void mark(const lg_culture_masks *m, uint32_t label, const box *b, float *inside) {
  const size_t h = b->y1 - b->y0 + 3, w = b->x1 - b->x0 + 3;
  memset(inside, 0, h * w * sizeof *inside);
  for (size_t y = 1; y + 1 < h; y++)
    for (size_t x = 1; x + 1 < w; x++)
      if (m->label[(b->y0 + y - 1) * m->width + b->x0 + x - 1] == label) inside[y * w + x] = 1.0f / 9.0f;
}

/* Heat after many steps of averaging over 9 pixels, a unit more at the middle each; inside the cell only. Sums of three
 * along lines, then of three lines. @param heat,inside,line (h, w) each */
static void spread(const lg_culture_masks *m, uint32_t label, const box *b, float *heat, float *inside, float *line) {
  const size_t h = b->y1 - b->y0 + 3, w = b->x1 - b->x0 + 3, steps = 2 * (h + w), n = h * w;
  size_t cy = b->y0, cx = b->x0;
  middle(m, label, b, &cy, &cx);
  mark(m, label, b, inside);
  memset(heat, 0, n * sizeof *heat);
  for (size_t s = 0; s < steps; s++) {
    heat[(cy - b->y0 + 1) * w + cx - b->x0 + 1] += 1.0f;
    line[0] = line[n - 1] = 0.0f; /* of pixels outside */
    for (size_t k = 1; k + 1 < n; k++) line[k] = heat[k - 1] + heat[k] + heat[k + 1];
    for (size_t k = w; k + w < n; k++) heat[k] = inside[k] * (line[k - w] + line[k] + line[k + w]);
  }
}

static void write_flows(const lg_culture_masks *m, uint32_t label, const box *b, const float *heat, float *target) {
  const size_t w = b->x1 - b->x0 + 3;
  for (size_t y = b->y0; y <= b->y1; y++)
    for (size_t x = b->x0; x <= b->x1; x++) {
      if (m->label[y * m->width + x] != label) continue;
      const float *c = heat + (y - b->y0 + 1) * w + x - b->x0 + 1;
      const double dy = lg_ln(1.0 + (double)c[w]) - lg_ln(1.0 + (double)c[-(ptrdiff_t)w]);
      const double dx = lg_ln(1.0 + (double)c[1]) - lg_ln(1.0 + (double)c[-1]);
      const double size = sqrt(dy * dy + dx * dx);
      float *t = target + (y * m->width + x) * CULTURE_UNET_OUT;
      t[0] = size > 1e-20 ? (float)(5.0 * dy / size) : 0.0f;
      t[1] = size > 1e-20 ? (float)(5.0 * dx / size) : 0.0f;
      t[2] = 1.0f;
    }
}

lg_status lg_culture_flow_target(lg_ctx *ctx, const lg_culture_masks *m, float *target) {
  lg_status status = LG_OK;
  box *boxes = NULL;
  float *heat = NULL;
  size_t most = 0;
  LG_NEW(ctx, boxes, (size_t)m->most + 1);
  find_boxes(m, boxes);
  for (uint32_t k = 1; k <= m->most; k++)
    if (boxes[k].n > 0.0) {
      const size_t area = (boxes[k].y1 - boxes[k].y0 + 3) * (boxes[k].x1 - boxes[k].x0 + 3);
      most = area > most ? area : most;
    }
  LG_NEW(ctx, heat, 3 * most + 1);
  memset(target, 0, m->height * m->width * CULTURE_UNET_OUT * sizeof *target);
  for (uint32_t k = 1; k <= m->most; k++) {
    if (!(boxes[k].n > 0.0)) continue;
    spread(m, k, &boxes[k], heat, heat + most, heat + 2 * most);
    write_flows(m, k, &boxes[k], heat, target);
  }
done:
  lg_free(ctx, boxes);
  lg_free(ctx, heat);
  return status;
}
