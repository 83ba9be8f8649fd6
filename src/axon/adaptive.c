#include "axon/adaptive.h"

#include <math.h>

/* A candidate in the heap; its score can only fall, since distances only shrink. */
typedef struct entry {
  double score, spread;
  size_t at, as_of; /* how many were chosen when the score was worked out */
} entry;

static bool is_before(const entry *a, const entry *b) {
  return a->score != b->score ? a->score > b->score : a->at < b->at;
}

static void sink(entry *heap, size_t n, size_t k) {
  for (size_t child; (child = 2 * k + 1) < n; k = child) {
    if (child + 1 < n && is_before(&heap[child + 1], &heap[child])) child++;
    if (!is_before(&heap[child], &heap[k])) return;
    const entry other = heap[k];
    heap[k] = heap[child];
    heap[child] = other;
  }
}

static double spread_of(const axon_prediction *p) {
  double sum = 0.0;
  for (size_t q = 0; q < AXON_PREDICTED; q++) sum += p->spread[q] * p->spread[q];
  return sqrt(sum / AXON_PREDICTED);
}

static void row_of(const axon_pool *p, size_t k, float *row) {
  for (size_t t = 0; t < p->n_times; t++) row[t] = (float)p->strain[k * p->n_times + t];
}

static lg_status check(lg_ctx *ctx, const axon_pool *pool, const lg_axon_surrogate *net) {
  if (net->n_nets < 2) return lg_fail(ctx, LG_ERR_ARGUMENT, "one network has no spread; learn two or more (--nets 3)");
  if (pool->n == 0) return lg_fail(ctx, LG_ERR_RANGE, "there is no candidate to choose from");
  if (pool->n_times != AXON_NET_TIMES || !(fabs(pool->dt_s - 1e-3) <= 1e-9))
    return lg_fail(ctx, LG_ERR_RANGE, "%zu samples, %g s apart; the networks see %d, 0.001 s apart", pool->n_times,
                   pool->dt_s, AXON_NET_TIMES);
  return LG_OK;
}

/* Scores of all, as a heap. */
static lg_status score(lg_ctx *ctx, const axon_pool *pool, const lg_axon_surrogate *net,
                       const lg_axon_neighbours *known, float *row, entry *heap) {
  const axon_profiles profiles = {.n = pool->n, .n_times = pool->n_times, .dt_s = pool->dt_s, .strain = pool->strain};
  axon_prediction *p = lg_alloc(ctx, pool->n, sizeof *p);
  if (!p) return LG_ERR_MEMORY;
  const lg_status status = lg_axon_surrogate_predict(ctx, net, &profiles, p);
  for (size_t k = 0; status == LG_OK && k < pool->n; k++) {
    row_of(pool, k, row);
    const double spread = spread_of(&p[k]);
    heap[k] = (entry){spread * lg_axon_nearest(known, row, 0.0), spread, k, 0};
  }
  lg_free(ctx, p);
  for (size_t k = pool->n / 2; status == LG_OK && k-- > 0;) sink(heap, pool->n, k);
  return status;
}

static lg_status pick(lg_ctx *ctx, const axon_pool *pool, lg_axon_neighbours *known, float *row, entry *heap,
                      size_t wanted, axon_chosen *c) {
  size_t n = pool->n;
  while (n > 0 && c->n < wanted && heap[0].score > 0.0) {
    entry *top = &heap[0];
    row_of(pool, top->at, row);
    const double distance = lg_axon_nearest(known, row, 0.0);
    if (top->as_of != c->n) { /* others were chosen since: work it out again, it may sink */
      top->score = top->spread * distance;
      top->as_of = c->n;
      sink(heap, n, 0);
      continue;
    }
    const lg_status status = lg_axon_neighbours_add(ctx, known, row);
    if (status != LG_OK) return status;
    if (lg_cancelled(ctx)) return lg_fail(ctx, LG_ERR_CANCELLED, "stopped while choosing profiles");
    c->which[c->n] = top->at;
    c->distance[c->n++] = distance;
    heap[0] = heap[--n];
    sink(heap, n, 0);
  }
  return LG_OK;
}

lg_status lg_axon_choose_adaptive(lg_ctx *ctx, const axon_pool *pool, const lg_axon_surrogate *net, size_t wanted,
                                  axon_chosen **out) {
  lg_status status = LG_OK;
  axon_chosen *c = NULL;
  entry *heap = NULL;
  float *row = NULL;
  lg_axon_neighbours *known = NULL;
  *out = NULL;
  LG_TRY(check(ctx, pool, net));
  if (wanted > pool->n) wanted = pool->n;
  LG_NEW(ctx, c, 1);
  LG_NEW(ctx, c->which, wanted);
  LG_NEW(ctx, c->distance, wanted);
  LG_NEW(ctx, heap, pool->n);
  LG_NEW(ctx, row, pool->n_times);
  LG_TRY(lg_axon_neighbours_create(ctx, net->known, net->n_known, AXON_NET_TIMES, &known));
  LG_TRY(score(ctx, pool, net, known, row, heap));
  LG_TRY(pick(ctx, pool, known, row, heap, wanted, c));
  *out = c;
  c = NULL;
done:
  lg_axon_neighbours_destroy(ctx, known);
  lg_free(ctx, row);
  lg_free(ctx, heap);
  lg_axon_chosen_destroy(ctx, c);
  return status;
}
