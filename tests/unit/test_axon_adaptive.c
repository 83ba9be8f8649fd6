/* The next batch by spread and distance: the greedy rule, worked out the slow way. */
#include "tests/one_ctx.h"

#include "axon/adaptive.h"
#include "axon/axon_net.h"

#include <math.h>
#include <string.h>

enum { TIMES = AXON_NET_TIMES };

static axon_pool *make_pool(size_t n) {
  axon_profiles p = {.n = n, .n_times = TIMES, .dt_s = 1e-3};
  const axon_filter filter = {0.0, (double)INFINITY};
  axon_pool *pool;
  p.strain = calloc(n * TIMES, sizeof *p.strain);
  lg_rng rng = lg_rng_make(11, 0, 0);
  for (size_t k = 0; k < n; k++) {
    const double peak = 0.01 + 0.2 * lg_rng_uniform(&rng), at = lg_rng_range(&rng, 20.0, 80.0);
    const double width = lg_rng_range(&rng, 5.0, 20.0);
    for (size_t t = 1; t < TIMES; t++) {
      const double d = ((double)t - at) / width;
      p.strain[k * TIMES + t] = peak / (1.0 + d * d);
    }
  }
  assert_ok(ctx, lg_axon_pool_create(ctx, &pool));
  assert_ok(ctx, lg_axon_pool_add(ctx, pool, &p, NULL, n, &filter, 0, "made"));
  free(p.strain);
  return pool;
}

/* Networks of random weights, which know the first n_known of a pool. */
static lg_axon_surrogate *make_net(const axon_pool *pool, size_t n_nets, size_t n_known) {
  lg_axon_surrogate *net = lg_alloc(ctx, 1, sizeof *net);
  assert_non_null(net);
  net->layout = AXON_LAYOUT_SIX;
  net->params = lg_axon_params_male();
  net->n_nets = n_nets;
  net->n_weights = lg_axon_net_weights(net->layout);
  net->weights = lg_alloc(ctx, n_nets * net->n_weights, sizeof *net->weights);
  net->n_known = n_known;
  net->known = lg_alloc(ctx, n_known * TIMES, sizeof *net->known);
  assert_true(net->weights && net->known);
  lg_rng rng = lg_rng_make(12, 0, 0);
  for (size_t k = 0; k < n_nets * net->n_weights; k++) net->weights[k] = (float)(0.05 * lg_rng_normal(&rng));
  for (size_t q = 0; q < AXON_PREDICTED; q++) net->target_sd[q] = 1.0;
  for (size_t k = 0; k < n_known * TIMES; k++) net->known[k] = (float)pool->strain[k];
  net->known_threshold = 0.3;
  return net;
}

static void the_batch_is_that_of_the_greedy_rule(void **state) {
  (void)state;
  enum { N = 240, KNOWN = 30, WANTED = 40 };
  axon_pool *pool = make_pool(N);
  lg_axon_surrogate *net = make_net(pool, 3, KNOWN);
  axon_chosen *c;
  assert_ok(ctx, lg_axon_choose_adaptive(ctx, pool, net, WANTED, &c));
  assert_int_equal(c->n, WANTED);
  const axon_profiles view = {.n = N, .n_times = TIMES, .dt_s = 1e-3, .strain = pool->strain};
  axon_prediction *p = malloc(N * sizeof *p);
  assert_ok(ctx, lg_axon_surrogate_predict(ctx, net, &view, p));
  float *rows = malloc(N * TIMES * sizeof *rows);
  double *nearest = malloc(N * sizeof *nearest);
  for (size_t k = 0; k < N * TIMES; k++) rows[k] = (float)pool->strain[k];
  for (size_t k = 0; k < N; k++) {
    nearest[k] = (double)INFINITY;
    for (size_t j = 0; j < KNOWN; j++)
      nearest[k] = fmin(nearest[k], lg_axon_distance(rows + k * TIMES, rows + j * TIMES, TIMES));
  }
  for (size_t step = 0; step < WANTED; step++) {
    size_t best = 0;
    double most = -1.0;
    for (size_t k = 0; k < N; k++) {
      double sum = 0.0;
      for (size_t q = 0; q < AXON_PREDICTED; q++) sum += p[k].spread[q] * p[k].spread[q];
      const double score = sqrt(sum / AXON_PREDICTED) * nearest[k];
      if (score > most) most = score, best = k;
    }
    assert_true(most > 0.0);
    assert_int_equal(c->which[step], best);
    assert_true(c->distance[step] == nearest[best]);
    assert_true(best >= KNOWN); /* nothing that is known already */
    for (size_t k = 0; k < N; k++)
      nearest[k] = fmin(nearest[k], lg_axon_distance(rows + k * TIMES, rows + best * TIMES, TIMES));
  }
  lg_axon_chosen_destroy(ctx, c);
  assert_ok(ctx, lg_axon_choose_adaptive(ctx, pool, net, 10 * N, &c)); /* all that differ, and no more */
  assert_int_equal(c->n, N - KNOWN);
  lg_axon_chosen_destroy(ctx, c);
  free(rows);
  free(nearest);
  free(p);
  lg_axon_surrogate_destroy(ctx, net);
  lg_axon_pool_destroy(ctx, pool);
}

static void what_cannot_be_is_refused(void **state) {
  (void)state;
  axon_pool *pool = make_pool(20), *empty;
  lg_axon_surrogate *one = make_net(pool, 1, 5), *three = make_net(pool, 3, 5);
  axon_chosen *c;
  assert_int_equal(lg_axon_choose_adaptive(ctx, pool, one, 3, &c), LG_ERR_ARGUMENT);
  assert_null(c);
  assert_ok(ctx, lg_axon_pool_create(ctx, &empty));
  assert_int_equal(lg_axon_choose_adaptive(ctx, empty, three, 3, &c), LG_ERR_RANGE);
  pool->dt_s = 2e-3;
  assert_int_equal(lg_axon_choose_adaptive(ctx, pool, three, 3, &c), LG_ERR_RANGE);
  lg_axon_surrogate_destroy(ctx, one);
  lg_axon_surrogate_destroy(ctx, three);
  lg_axon_pool_destroy(ctx, pool);
  lg_axon_pool_destroy(ctx, empty);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_batch_is_that_of_the_greedy_rule),
      cmocka_unit_test(what_cannot_be_is_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
