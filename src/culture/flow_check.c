#include "culture/flow_check.h"

#include <string.h>

lg_status lg_culture_flow_drop(lg_ctx *ctx, lg_culture_masks *m, size_t least, const double *error, double most_error) {
  lg_status status = LG_OK;
  const size_t n = m->height * m->width;
  size_t *area = NULL;
  uint32_t *now = NULL, kept = 0;
  LG_NEW(ctx, area, (size_t)m->most + 1);
  LG_NEW(ctx, now, (size_t)m->most + 1);
  for (size_t k = 0; k < n; k++) area[m->label[k]]++;
  for (size_t k = 0; k < n; k++) {
    const uint32_t label = m->label[k];
    if (!label || now[label] || area[label] < least || area[label] * 10 > 4 * n) continue;
    if (!error || error[label] <= most_error) now[label] = ++kept;
  }
  for (size_t k = 0; k < n; k++) m->label[k] = now[m->label[k]];
  m->most = kept;
done:
  lg_free(ctx, area);
  lg_free(ctx, now);
  return status;
}

lg_status lg_culture_flow_error(lg_ctx *ctx, const lg_culture_masks *m, const float *flow, double *error) {
  lg_status status = LG_OK;
  const size_t n = m->height * m->width;
  float *own = NULL;
  size_t *area = NULL;
  LG_NEW(ctx, own, n * CULTURE_UNET_OUT);
  LG_NEW(ctx, area, (size_t)m->most + 1);
  memset(error, 0, ((size_t)m->most + 1) * sizeof *error);
  LG_TRY(lg_culture_flow_target(ctx, m, own));
  for (size_t k = 0; k < n; k++) {
    const float dy = 0.2f * (own[k * CULTURE_UNET_OUT] - flow[k * CULTURE_UNET_OUT]);
    const float dx = 0.2f * (own[k * CULTURE_UNET_OUT + 1] - flow[k * CULTURE_UNET_OUT + 1]);
    error[m->label[k]] += (double)(dy * dy + dx * dx);
    area[m->label[k]]++;
  }
  for (size_t c = 0; c <= m->most; c++)
    if (area[c]) error[c] /= (double)area[c];
done:
  lg_free(ctx, own);
  lg_free(ctx, area);
  return status;
}

typedef struct hole {
  size_t first, count; /* in the queue */
  uint32_t around;     /* the one label around it; 0: the rim or several */
} hole;

/* One piece of background and what is around it. */
static hole walk_hole(const lg_culture_masks *m, size_t start, bool *seen, uint32_t *queue) {
  const size_t h = m->height, w = m->width;
  hole found = {.count = 1};
  bool several = false;
  queue[0] = (uint32_t)start;
  seen[start] = true;
  for (size_t head = 0; head < found.count; head++) {
    const size_t k = queue[head], y = k / w, x = k % w;
    if (y == 0 || x == 0 || y + 1 == h || x + 1 == w) several = true;
    const size_t next[4] = {y > 0 ? k - w : k, x > 0 ? k - 1 : k, x + 1 < w ? k + 1 : k, y + 1 < h ? k + w : k};
    for (int q = 0; q < 4; q++) {
      const uint32_t label = m->label[next[q]];
      if (label && found.around && label != found.around) several = true;
      if (label) found.around = label;
      else if (!seen[next[q]]) seen[next[q]] = true, queue[found.count++] = (uint32_t)next[q];
    }
  }
  if (several) found.around = 0;
  return found;
}

/* Background that one cell surrounds is part of it. */
static lg_status fill_holes(lg_ctx *ctx, lg_culture_masks *m) {
  lg_status status = LG_OK;
  const size_t n = m->height * m->width;
  bool *seen = NULL;
  uint32_t *queue = NULL;
  LG_NEW(ctx, seen, n);
  LG_NEW(ctx, queue, n);
  for (size_t k = 0; k < n; k++) {
    if (m->label[k] || seen[k]) continue;
    const hole found = walk_hole(m, k, seen, queue);
    for (size_t q = 0; found.around && q < found.count; q++) m->label[queue[q]] = found.around;
  }
done:
  lg_free(ctx, seen);
  lg_free(ctx, queue);
  return status;
}

lg_status lg_culture_flow_check(lg_ctx *ctx, lg_culture_masks *m, const float *flow, const culture_flow_options *o) {
  lg_status status = LG_OK;
  double *error = NULL;
  if (o->flow_threshold > 0.0 && m->most > 0) {
    LG_NEW(ctx, error, (size_t)m->most + 1);
    LG_TRY(lg_culture_flow_error(ctx, m, flow, error));
    LG_TRY(lg_culture_flow_drop(ctx, m, 0, error, o->flow_threshold));
  }
  LG_TRY(fill_holes(ctx, m));
  LG_TRY(lg_culture_flow_drop(ctx, m, o->least_area_px, NULL, 0.0));
done:
  lg_free(ctx, error);
  return status;
}
