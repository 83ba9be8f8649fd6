/* The median filter of a whole movie, in place: frames behind are kept as they were in a ring of two. */
#include "culture/median_kernel.h"
#include "culture/movie.h"

#include "base/cpu.h"

#include <string.h>

void lg_culture_movie_destroy(lg_ctx *ctx, lg_culture_movie *m) {
  if (!m) return;
  lg_free(ctx, m->counts);
  lg_free(ctx, m);
}

culture_median_fn *lg_culture_median_kernel(void) {
  const lg_cpu level = lg_cpu_level();
  if (level >= LG_CPU_V4) return lg_culture_median_v4;
  return level >= LG_CPU_V3 ? lg_culture_median_v3 : lg_culture_median_plain;
}

enum { BAND = 16 /* rows of one item of work */ };

typedef struct filter {
  lg_culture_movie *movie;
  size_t pitch;           /* of a padded line */
  uint16_t *before, *now; /* (height + 2, pitch) frames t - 1 and t as they were, padded */
  uint16_t *after;        /* and t + 1 */
  uint16_t *scratch;      /* (workers, 9 pitch + width + spare) */
  size_t scratch_each, t;
  culture_median_fn *kernel;
} filter;

/* A frame with a mirrored pixel on every side. */
static void pad(const filter *f, size_t t, uint16_t *to) {
  const size_t h = f->movie->height, w = f->movie->width;
  const uint16_t *from = f->movie->counts + t * h * w;
  for (size_t y = 0; y < h + 2; y++) {
    const size_t row = y == 0 ? 0 : y > h ? h - 1 : y - 1;
    uint16_t *line = to + y * f->pitch;
    memcpy(line + 1, from + row * w, w * sizeof *line);
    line[0] = line[1];
    line[w + 1] = line[w];
  }
}

static lg_status run_rows(void *user, size_t begin, size_t end, unsigned worker) {
  const filter *f = user;
  const size_t h = f->movie->height, w = f->movie->width;
  uint16_t *sorted = f->scratch + worker * f->scratch_each, *out = sorted + 9 * f->pitch;
  const uint16_t *const frames[3] = {f->before, f->now, f->after};
  for (size_t y = begin * BAND; y < end * BAND && y < h; y++) {
    const uint16_t *lines[9];
    for (size_t k = 0; k < 9; k++) lines[k] = frames[k / 3] + (y + k % 3) * f->pitch;
    f->kernel(lines, w, sorted, out);
    memcpy(f->movie->counts + (f->t * h + y) * w, out, w * sizeof *out);
  }
  return LG_OK;
}

lg_status lg_culture_median(lg_ctx *ctx, lg_culture_movie *m) {
  lg_status status = LG_OK;
  filter f = {.movie = m, .pitch = m->width + 2 + CULTURE_MEDIAN_SPARE, .kernel = lg_culture_median_kernel()};
  uint16_t *frames = NULL;
  const size_t frame = (m->height + 2) * f.pitch;
  f.scratch_each = 9 * f.pitch + m->width + CULTURE_MEDIAN_SPARE;
  LG_NEW(ctx, frames, 3 * frame);
  LG_NEW(ctx, f.scratch, lg_ctx_threads(ctx) * f.scratch_each);
  f.before = frames, f.now = frames + frame, f.after = frames + 2 * frame;
  pad(&f, 0, f.before); /* time is mirrored as well: the first frame before itself */
  pad(&f, 0, f.now);
  for (f.t = 0; f.t < m->n_frames; f.t++) {
    if (f.t + 1 < m->n_frames) pad(&f, f.t + 1, f.after);
    else memcpy(f.after, f.now, frame * sizeof *f.after);
    LG_TRY(lg_parallel_for(ctx, (m->height + BAND - 1) / BAND, 1, run_rows, &f));
    uint16_t *oldest = f.before;
    f.before = f.now, f.now = f.after, f.after = oldest;
    LG_TRY(lg_progress(ctx, "median", f.t + 1, m->n_frames));
  }
done:
  lg_free(ctx, frames);
  lg_free(ctx, f.scratch);
  return status;
}
