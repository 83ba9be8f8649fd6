/* Draws out of the white matter, and choices among candidates by how far they are from each other. */
#include "axon/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- drawing --------------------------------------------------------------------------------------------- */

typedef struct cube {
  uint32_t impact;
  int64_t at[3];
  size_t profile;
} cube;

static int compare_cubes(const void *a, const void *b) {
  const cube *x = a, *y = b;
  if (x->impact != y->impact) return x->impact < y->impact ? -1 : 1;
  for (size_t d = 0; d < 3; d++)
    if (x->at[d] != y->at[d]) return x->at[d] < y->at[d] ? -1 : 1;
  return (x->profile > y->profile) - (x->profile < y->profile);
}

static bool is_same(const cube *x, const cube *y) {
  return x->impact == y->impact && x->at[0] == y->at[0] && x->at[1] == y->at[1] && x->at[2] == y->at[2];
}

static int compare_indices(const void *a, const void *b) {
  const size_t x = *(const size_t *)a, y = *(const size_t *)b;
  return (x > y) - (x < y);
}

/* 16 bits an axis: half a million kilometres of brain at 6 mm. */
static uint64_t number_of(const cube *c) {
  uint64_t n = 0;
  for (size_t d = 0; d < 3; d++) n = n << 16 | ((uint64_t)c->at[d] & 0xffff);
  return n;
}

static lg_status find_cubes(lg_ctx *ctx, const axon_profiles *p, double edge_mm, cube *cubes) {
  for (size_t k = 0; k < p->n; k++) {
    cubes[k].profile = k;
    cubes[k].impact = p->impact && p->n_impacts > 0 ? p->impact[k] : 0;
    for (size_t d = 0; d < 3; d++) {
      const double at = floor(p->position_mm[3 * k + d] / edge_mm);
      if (!(fabs(at) < 32000.0))
        return lg_fail(ctx, LG_ERR_RANGE, "profile %zu is at %g mm: not within 32,000 cubes of the origin", k,
                       p->position_mm[3 * k + d]);
      cubes[k].at[d] = (int64_t)at;
    }
  }
  return LG_OK;
}

lg_status lg_axon_draw_cubes(lg_ctx *ctx, const axon_profiles *p, double edge_mm, uint64_t seed, uint64_t first_impact,
                             size_t *which, size_t *n) {
  lg_status status = LG_OK;
  cube *cubes = NULL;
  *n = 0;
  if (!p->position_mm)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "no positions are known; cubes cannot be told from each other");
  if (!(edge_mm > 0.0)) return lg_fail(ctx, LG_ERR_RANGE, "cubes of %g mm; more than 0 is needed", edge_mm);
  LG_NEW(ctx, cubes, p->n);
  LG_TRY(find_cubes(ctx, p, edge_mm, cubes));
  qsort(cubes, p->n, sizeof *cubes, compare_cubes);
  for (size_t k = 0, end; k < p->n; k = end) {
    for (end = k + 1; end < p->n && is_same(&cubes[k], &cubes[end]);) end++;
    lg_rng rng = lg_rng_make(seed, AXON_STREAM_CUBES + ((first_impact + cubes[k].impact) << 16), number_of(&cubes[k]));
    which[(*n)++] = cubes[k + lg_rng_below(&rng, end - k)].profile;
  }
  qsort(which, *n, sizeof *which, compare_indices);
done:
  lg_free(ctx, cubes);
  return status;
}

lg_status lg_axon_draw_random(lg_ctx *ctx, size_t n, size_t wanted, uint64_t seed, uint64_t stream, uint64_t index,
                              size_t *which, size_t *n_drawn) {
  lg_rng rng = lg_rng_make(seed, stream, index);
  (void)ctx;
  *n_drawn = 0;
  for (size_t k = 0; k < n && *n_drawn < wanted; k++) /* selection sampling (Knuth 3.4.2 S) */
    if (lg_rng_below(&rng, n - k) < wanted - *n_drawn) which[(*n_drawn)++] = k;
  return LG_OK;
}

/* ---- by distance ----------------------------------------------------------------------------------------- */

void lg_axon_chosen_destroy(lg_ctx *ctx, axon_chosen *c) {
  if (!c) return;
  lg_free(ctx, c->which);
  lg_free(ctx, c->distance);
  lg_free(ctx, c);
}

static lg_status make_chosen(lg_ctx *ctx, size_t room, axon_chosen **out) {
  lg_status status = LG_OK;
  axon_chosen *c = NULL;
  *out = NULL;
  LG_NEW(ctx, c, 1);
  LG_NEW(ctx, c->which, room);
  LG_NEW(ctx, c->distance, room);
  *out = c;
  c = NULL;
done:
  lg_axon_chosen_destroy(ctx, c);
  return status;
}

typedef struct ranked {
  double value;
  size_t at;
} ranked;

static int compare_ranked(const void *a, const void *b) { /* greatest first, then in their order */
  const ranked *x = a, *y = b;
  if (x->value != y->value) return x->value > y->value ? -1 : 1;
  return (x->at > y->at) - (x->at < y->at);
}

static void row_of(const axon_pool *p, size_t k, float *row) {
  for (size_t t = 0; t < p->n_times; t++) row[t] = (float)p->strain[k * p->n_times + t];
}

/* What several passes over one pool share. */
typedef struct search {
  const axon_pool *pool;
  ranked *order;
  float *row;
  lg_axon_neighbours *taken;
} search;

enum { TYPICAL = 1000 };

static lg_status begin_search(lg_ctx *ctx, const axon_pool *pool, search *s) {
  lg_status status = LG_OK;
  float *typical = NULL;
  const size_t stride = pool->n > TYPICAL ? pool->n / TYPICAL : 1, n = (pool->n + stride - 1) / stride;
  *s = (search){.pool = pool};
  if (pool->n == 0) return lg_fail(ctx, LG_ERR_RANGE, "there is no candidate to choose from");
  LG_NEW(ctx, typical, n * pool->n_times);
  for (size_t k = 0; k < n; k++) row_of(pool, k * stride, typical + k * pool->n_times);
  LG_TRY(lg_axon_neighbours_begin(ctx, typical, n, pool->n_times, &s->taken));
  LG_NEW(ctx, s->row, pool->n_times);
  LG_NEW(ctx, s->order, pool->n);
  for (size_t k = 0; k < pool->n; k++) s->order[k] = (ranked){pool->peak[k], k};
  qsort(s->order, pool->n, sizeof *s->order, compare_ranked);
done:
  lg_free(ctx, typical);
  return status;
}

static void end_search(lg_ctx *ctx, search *s) {
  lg_free(ctx, s->order);
  lg_free(ctx, s->row);
  lg_axon_neighbours_destroy(ctx, s->taken);
}

/* One pass; it stops when `most` are taken. c has room for them. */
static lg_status pass(lg_ctx *ctx, search *s, double threshold, size_t most, axon_chosen *c) {
  enum { SAY = 8192 };
  c->n = 0;
  c->threshold = threshold;
  lg_axon_neighbours_clear(s->taken);
  for (size_t k = 0; k < s->pool->n && c->n < most; k++) {
    row_of(s->pool, s->order[k].at, s->row);
    const double d = lg_axon_nearest(s->taken, s->row, threshold);
    if (k % SAY == 0 && lg_cancelled(ctx)) return lg_fail(ctx, LG_ERR_CANCELLED, "stopped while choosing profiles");
    if (!(d > threshold)) continue;
    const lg_status status = lg_axon_neighbours_add(ctx, s->taken, s->row);
    if (status != LG_OK) return status;
    c->which[c->n] = s->order[k].at;
    c->distance[c->n++] = d;
  }
  return LG_OK;
}

lg_status lg_axon_choose_apart(lg_ctx *ctx, const axon_pool *pool, double threshold, size_t most, axon_chosen **out) {
  lg_status status = LG_OK;
  axon_chosen *c = NULL;
  search s = {0};
  *out = NULL;
  if (!(threshold >= 0.0)) return lg_fail(ctx, LG_ERR_RANGE, "a threshold of %g; 0 or more is needed", threshold);
  if (most == 0 || most > pool->n) most = pool->n;
  LG_TRY(begin_search(ctx, pool, &s));
  LG_TRY(make_chosen(ctx, most, &c));
  LG_TRY(pass(ctx, &s, threshold, most, c));
  *out = c;
  c = NULL;
done:
  end_search(ctx, &s);
  lg_axon_chosen_destroy(ctx, c);
  return status;
}

/* Leave out those that were accepted at the least distances; the rest stay in their order. */
static lg_status leave_out(lg_ctx *ctx, axon_chosen *c, size_t wanted) {
  ranked *by = lg_alloc(ctx, c->n, sizeof *by);
  if (!by) return LG_ERR_MEMORY;
  for (size_t k = 0; k < c->n; k++) by[k] = (ranked){c->distance[k], k};
  qsort(by, c->n, sizeof *by, compare_ranked);
  for (size_t k = wanted; k < c->n; k++) c->which[by[k].at] = SIZE_MAX;
  size_t n = 0;
  for (size_t k = 0; k < c->n; k++) {
    if (c->which[k] == SIZE_MAX) continue;
    c->which[n] = c->which[k];
    c->distance[n++] = c->distance[k];
  }
  c->n_over = c->n - n;
  c->n = n;
  lg_free(ctx, by);
  return LG_OK;
}

lg_status lg_axon_choose_number(lg_ctx *ctx, const axon_pool *pool, size_t wanted, axon_chosen **out) {
  enum { MOST_PASSES = 40 };
  lg_status status = LG_OK;
  axon_chosen *c = NULL, *best = NULL;
  search s = {0};
  double low = 0.0, high = 4.0, threshold = 0.3; /* low gives enough, high does not: no distance is beyond 2 */
  *out = NULL;
  if (wanted < 1) return lg_fail(ctx, LG_ERR_RANGE, "0 profiles are wanted; 1 or more");
  const size_t most = wanted + wanted / 4 + 16; /* a pass that goes beyond is of no use */
  LG_TRY(begin_search(ctx, pool, &s));
  LG_TRY(make_chosen(ctx, pool->n, &c));
  LG_TRY(make_chosen(ctx, pool->n, &best));
  for (size_t p = 0; p < MOST_PASSES && high - low > 1e-5; p++) {
    LG_TRY(lg_progress(ctx, "bisecting the threshold", p, MOST_PASSES));
    LG_TRY(pass(ctx, &s, threshold, most, c));
    if (c->n < wanted) high = threshold;
    else low = threshold;
    if (c->n >= wanted && c->n < most) { /* low only grows: this threshold is the largest as yet */
      axon_chosen *other = best;
      best = c;
      c = other;
    }
    if (best->n == wanted) break;
    threshold = low == 0.0 ? 0.5 * high : high == 4.0 ? fmin(2.0 * low, 0.5 * (low + high)) : sqrt(low * high);
  }
  if (best->n < wanted) LG_TRY(pass(ctx, &s, low, pool->n, best)); /* few, or many that are equally far */
  if (best->n > wanted) LG_TRY(leave_out(ctx, best, wanted));
  *out = best;
  best = NULL;
done:
  end_search(ctx, &s);
  lg_axon_chosen_destroy(ctx, c);
  lg_axon_chosen_destroy(ctx, best);
  return status;
}

/* ---- test sets ------------------------------------------------------------------------------------------- */

typedef struct measuring {
  const axon_pool *pool;
  const lg_axon_neighbours *from;
  const size_t *which; /* NULL: all */
  float *rows;         /* (threads, n_times) */
  double *distance;
} measuring;

static lg_status measure_range(void *user, size_t begin, size_t end, unsigned worker) {
  const measuring *m = user;
  float *row = m->rows + worker * m->pool->n_times;
  for (size_t k = begin; k < end; k++) {
    row_of(m->pool, m->which ? m->which[k] : k, row);
    m->distance[k] = lg_axon_nearest(m->from, row, 0.0);
  }
  return LG_OK;
}

static lg_status measure(lg_ctx *ctx, const axon_pool *pool, const lg_axon_neighbours *from, const size_t *which,
                         size_t n, double *distance) {
  measuring m = {pool, from, which, NULL, distance};
  m.rows = lg_alloc(ctx, lg_ctx_threads(ctx) * pool->n_times, sizeof *m.rows);
  if (!m.rows) return LG_ERR_MEMORY;
  const lg_status status = lg_parallel_for(ctx, n, 64, measure_range, &m);
  lg_free(ctx, m.rows);
  return status;
}

lg_status lg_axon_choose_farthest(lg_ctx *ctx, const axon_pool *pool, const lg_axon_neighbours *from, size_t wanted,
                                  axon_chosen **out) {
  lg_status status = LG_OK;
  axon_chosen *c = NULL;
  double *distance = NULL;
  ranked *by = NULL;
  *out = NULL;
  if (wanted > pool->n) wanted = pool->n;
  LG_NEW(ctx, distance, pool->n);
  LG_NEW(ctx, by, pool->n);
  LG_TRY(measure(ctx, pool, from, NULL, pool->n, distance));
  for (size_t k = 0; k < pool->n; k++) by[k] = (ranked){distance[k], k};
  qsort(by, pool->n, sizeof *by, compare_ranked);
  LG_TRY(make_chosen(ctx, wanted, &c));
  for (c->n = 0; c->n < wanted; c->n++) {
    c->which[c->n] = by[c->n].at;
    c->distance[c->n] = by[c->n].value;
  }
  *out = c;
  c = NULL;
done:
  lg_free(ctx, by);
  lg_free(ctx, distance);
  lg_axon_chosen_destroy(ctx, c);
  return status;
}

lg_status lg_axon_choose_random(lg_ctx *ctx, const axon_pool *pool, const lg_axon_neighbours *from, size_t wanted,
                                uint64_t seed, axon_chosen **out) {
  lg_status status = LG_OK;
  axon_chosen *c = NULL;
  *out = NULL;
  LG_TRY(make_chosen(ctx, wanted < pool->n ? wanted : pool->n, &c));
  LG_TRY(lg_axon_draw_random(ctx, pool->n, wanted, seed, AXON_STREAM_RANDOM, 0, c->which, &c->n));
  for (size_t k = 0; k < c->n; k++) c->distance[k] = (double)NAN;
  if (from) LG_TRY(measure(ctx, pool, from, c->which, c->n, c->distance));
  *out = c;
  c = NULL;
done:
  lg_axon_chosen_destroy(ctx, c);
  return status;
}

lg_status lg_axon_neighbours_of(lg_ctx *ctx, const axon_profiles *p, lg_axon_neighbours **out) {
  lg_status status = LG_OK;
  float *rows = NULL;
  *out = NULL;
  LG_NEW(ctx, rows, p->n * p->n_times);
  for (size_t k = 0; k < p->n * p->n_times; k++) rows[k] = (float)p->strain[k];
  LG_TRY(lg_axon_neighbours_create(ctx, rows, p->n, p->n_times, out));
done:
  lg_free(ctx, rows);
  return status;
}
