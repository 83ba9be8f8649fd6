/* Pictures of a movie for a page: small enough to stand in it. */
#include "twin/culture_report.h"

#include <math.h>

void lg_culture_stills_destroy(lg_ctx *ctx, culture_stills *s) {
  if (!s) return;
  lg_free(ctx, s->mean);
  lg_free(ctx, s->correlation);
  lg_free(ctx, s->frame);
  lg_free(ctx, s->label);
  lg_free(ctx, s);
}

/* Mean of the pixels behind each one. */
static void shrink(const culture_stills *s, const float *from, size_t height, size_t width, float *to) {
  for (size_t y = 0; y < s->height; y++)
    for (size_t x = 0; x < s->width; x++) {
      double sum = 0.0;
      size_t n = 0;
      for (size_t v = y * s->shrink; v < (y + 1) * s->shrink && v < height; v++)
        for (size_t u = x * s->shrink; u < (x + 1) * s->shrink && u < width; u++)
          sum += (double)from[v * width + u], n++;
      to[y * s->width + x] = (float)(sum / (double)n);
    }
}

static void shrink_labels(const culture_stills *s, const lg_culture_masks *m) {
  for (size_t y = 0; y < s->height; y++)
    for (size_t x = 0; x < s->width; x++) {
      size_t v = y * s->shrink + s->shrink / 2, u = x * s->shrink + s->shrink / 2;
      if (v >= m->height) v = m->height - 1;
      if (u >= m->width) u = m->width - 1;
      s->label[y * s->width + x] = m->label[v * m->width + u];
    }
}

/* Counts of every 16th pixel: enough to find the brightest frame. */
static size_t brightest(const lg_culture_movie *m) {
  size_t best = 0;
  uint64_t most = 0;
  const size_t n = m->height * m->width;
  for (size_t t = 0; t < m->n_frames; t++) {
    uint64_t sum = 0;
    for (size_t p = 0; p < n; p += 16) sum += m->counts[t * n + p];
    if (sum > most) most = sum, best = t;
  }
  return best;
}

static void choose_frame(const lg_culture_movie *m, const lg_culture_result *r, culture_stills *s) {
  double most = 0.0;
  for (size_t k = 0; k < r->n_events; k++) {
    if (!(r->events[k].amplitude > most) || r->events[k].frame + 1 >= m->n_frames) continue;
    most = r->events[k].amplitude;
    s->frame_at = r->events[k].frame + 1;
    s->at_cell = r->events[k].cell;
    s->has_event = true;
  }
  if (!s->has_event) s->frame_at = brightest(m);
}

lg_status lg_culture_stills_create(lg_ctx *ctx, const lg_culture_movie *m, const float *table,
                                   const lg_culture_masks *masks, const lg_culture_result *result,
                                   culture_stills **out) {
  lg_status status = LG_OK;
  culture_stills *s = NULL;
  float *block = NULL;
  const size_t n = m->height * m->width, side = m->height > m->width ? m->height : m->width;
  *out = NULL;
  if (masks->height != m->height || masks->width != m->width)
    return lg_fail(ctx, LG_ERR_RANGE, "masks of %zu x %zu pixels, a movie of %zu x %zu", masks->width, masks->height,
                   m->width, m->height);
  LG_NEW(ctx, s, 1);
  s->shrink = (side + CULTURE_STILL_SIDE - 1) / CULTURE_STILL_SIDE;
  s->height = (m->height + s->shrink - 1) / s->shrink;
  s->width = (m->width + s->shrink - 1) / s->shrink;
  LG_NEW(ctx, s->mean, s->height * s->width);
  LG_NEW(ctx, s->correlation, s->height * s->width);
  LG_NEW(ctx, s->frame, s->height * s->width);
  LG_NEW(ctx, s->label, s->height * s->width);
  LG_NEW(ctx, block, 3 * n);
  LG_TRY(lg_culture_project(ctx, m, table, block, block + n));
  choose_frame(m, result, s);
  for (size_t p = 0; p < n; p++) block[2 * n + p] = table[m->counts[s->frame_at * n + p]];
  shrink(s, block, m->height, m->width, s->mean);
  shrink(s, block + n, m->height, m->width, s->correlation);
  shrink(s, block + 2 * n, m->height, m->width, s->frame);
  shrink_labels(s, masks);
  *out = s;
  s = NULL;
done:
  lg_free(ctx, block);
  lg_culture_stills_destroy(ctx, s);
  return status;
}
