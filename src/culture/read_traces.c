/* Traces: what the pixels of every label are on average, or in their median. */
#include "culture/movie.h"

#include "num/median.h"

#include <string.h>

void lg_culture_masks_destroy(lg_ctx *ctx, lg_culture_masks *m) {
  if (!m) return;
  lg_free(ctx, m->label);
  lg_free(ctx, m);
}

typedef struct reading {
  const lg_culture_movie *movie;
  const float *table;
  const lg_culture_masks *masks;
  const size_t *first; /* (most + 2) pixels of a label: at[first[label] …) */
  const uint32_t *at;
  double *y, *scratch; /* (workers, greatest label) for medians */
  size_t greatest;
  bool median;
} reading;

static lg_status read_frames(void *user, size_t begin, size_t end, unsigned worker) {
  const reading *r = user;
  const size_t pixels = r->movie->height * r->movie->width;
  for (size_t t = begin; t < end; t++) {
    const uint16_t *counts = r->movie->counts + t * pixels;
    for (uint32_t label = 1; label <= r->masks->most; label++) {
      const size_t n = r->first[label + 1] - r->first[label];
      const uint32_t *at = r->at + r->first[label];
      double sum = 0.0, *scratch = r->scratch + worker * r->greatest;
      for (size_t k = 0; k < n; k++) {
        const double v = (double)r->table[counts[at[k]]];
        sum += v;
        if (r->median) scratch[k] = v;
      }
      r->y[t * r->masks->most + label - 1] = n == 0 ? 0.0 : r->median ? lg_median(scratch, n) : sum / (double)n;
    }
  }
  return LG_OK;
}

lg_status lg_culture_read_traces(lg_ctx *ctx, const lg_culture_movie *m, const float *table,
                                 const lg_culture_masks *masks, bool median, double *y) {
  lg_status status = LG_OK;
  const size_t pixels = m->height * m->width;
  reading r = {.movie = m, .table = table, .masks = masks, .y = y, .median = median};
  size_t *first = NULL, *fill = NULL;
  uint32_t *at = NULL;
  if (masks->height != m->height || masks->width != m->width)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "masks of %zu x %zu pixels, a movie of %zu x %zu", masks->width, masks->height,
                   m->width, m->height));
  LG_NEW(ctx, first, (size_t)masks->most + 2);
  LG_NEW(ctx, fill, (size_t)masks->most + 2);
  LG_NEW(ctx, at, pixels);
  for (size_t k = 0; k < pixels; k++) fill[masks->label[k]]++;
  for (size_t label = 0, sum = 0; label <= masks->most; label++) {
    first[label] = sum;
    if (label && fill[label] > r.greatest) r.greatest = fill[label];
    sum += fill[label];
    fill[label] = first[label];
    first[label + 1] = sum;
  }
  for (size_t k = 0; k < pixels; k++) at[fill[masks->label[k]]++] = (uint32_t)k;
  if (median) LG_NEW(ctx, r.scratch, lg_ctx_threads(ctx) * r.greatest);
  r.first = first, r.at = at;
  LG_TRY(lg_parallel_for(ctx, m->n_frames, 4, read_frames, &r));
done:
  lg_free(ctx, first);
  lg_free(ctx, fill);
  lg_free(ctx, at);
  lg_free(ctx, r.scratch);
  return status;
}
