/* Levels of a movie: a histogram of its counts, so percentiles are exact. */
#include "culture/movie.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { COUNTS = 65536 };

typedef struct counting {
  const lg_culture_movie *movie;
  uint64_t *of_worker; /* (workers, COUNTS) */
} counting;

static lg_status count_frames(void *user, size_t begin, size_t end, unsigned worker) {
  const counting *c = user;
  const size_t pixels = c->movie->height * c->movie->width;
  uint64_t *histogram = c->of_worker + (size_t)worker * COUNTS;
  for (size_t k = begin * pixels; k < end * pixels; k++) histogram[c->movie->counts[k]]++;
  return LG_OK;
}

/* The count of the k-th smallest pixel, from 0. */
static size_t ranked(const uint64_t *histogram, uint64_t k) {
  uint64_t below = 0;
  for (size_t c = 0; c < COUNTS; c++)
    if ((below += histogram[c]) > k) return c;
  return COUNTS - 1;
}

/* Percentile with linear interpolation between ranks, as NumPy's, of f(count). */
static double percentile(const uint64_t *histogram, uint64_t n, double share, double (*f)(double, double),
                         double dark) {
  const double at = share * (double)(n - 1), whole = floor(at);
  const double low = f((double)ranked(histogram, (uint64_t)whole), dark);
  if (at == whole) return low;
  const double high = f((double)ranked(histogram, (uint64_t)whole + 1), dark);
  return low + (at - whole) * (high - low);
}

static double same(double count, double dark) {
  (void)dark;
  return count;
}

static double level(double count, double dark) { return lg_ln(1.0 + fmax(count - dark, 0.0)); }

lg_status lg_culture_find_levels(lg_ctx *ctx, const lg_culture_movie *m, double dark, culture_levels *out) {
  lg_status status = LG_OK;
  const size_t workers = lg_ctx_threads(ctx);
  counting c = {.movie = m};
  LG_NEW(ctx, c.of_worker, workers * COUNTS);
  LG_TRY(lg_parallel_for(ctx, m->n_frames, 8, count_frames, &c));
  for (size_t w = 1; w < workers; w++)
    for (size_t k = 0; k < COUNTS; k++) c.of_worker[k] += c.of_worker[w * COUNTS + k];
  const uint64_t n = (uint64_t)m->n_frames * m->height * m->width;
  out->dark = isnan(dark) ? percentile(c.of_worker, n, 0.005, same, 0.0) : dark;
  out->q1 = percentile(c.of_worker, n, 0.25, level, out->dark);
  out->q3 = percentile(c.of_worker, n, 0.75, level, out->dark);
  if (ranked(c.of_worker, 0) == ranked(c.of_worker, n - 1) && ranked(c.of_worker, 0) < COUNTS - 1)
    LG_TRY(lg_fail(ctx, LG_ERR_NOT_FOUND, "every pixel is %zu: it is blank, there is no cell", ranked(c.of_worker, 0)));
  if (!(out->q3 > out->q1))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "half of the movie's pixels have one value: it is blank or saturated"));
done:
  lg_free(ctx, c.of_worker);
  return status;
}

void lg_culture_level_table(const culture_levels *l, float *table) {
  const double iqr = l->q3 - l->q1;
  for (size_t k = 0; k < COUNTS; k++)
    table[k] = (float)((level((double)k, l->dark) - (l->q1 - 2.0 * iqr)) / (5.0 * iqr));
}
