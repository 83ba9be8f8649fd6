/* Which profiles are taken: cubes, thresholds, numbers, test sets, and the two protocols made small. */
#include "tests/one_ctx.h"

#include "axon/protocol.h"

#include <math.h>
#include <string.h>

enum { TIMES = 101 };

static axon_pool *draw_pool(uint64_t first, size_t n_impacts, size_t each, const axon_filter *filter) {
  axon_voxel *voxels;
  size_t n, *which = malloc(each * sizeof *which);
  axon_pool *pool;
  assert_ok(ctx, lg_axon_white_matter(ctx, &voxels, &n));
  assert_ok(ctx, lg_axon_pool_create(ctx, &pool));
  for (size_t i = 0; i < n_impacts; i++) {
    axon_profiles *p;
    size_t drawn;
    assert_ok(ctx, lg_axon_draw_random(ctx, n, each, 4, AXON_STREAM_VOXELS, first + i, which, &drawn));
    assert_int_equal(drawn, each);
    for (size_t k = 1; k < each; k++) assert_true(which[k] > which[k - 1] && which[k] < n);
    assert_ok(ctx, lg_axon_impact_profiles(ctx, first + i, voxels, which, each, &p));
    assert_ok(ctx, lg_axon_pool_add(ctx, pool, p, NULL, each, filter, (uint32_t)i, NULL));
    lg_axon_profiles_destroy(ctx, p);
  }
  free(which);
  lg_free(ctx, voxels);
  return pool;
}

static double between(const axon_pool *p, size_t a, size_t b) {
  float x[TIMES], y[TIMES];
  for (size_t t = 0; t < TIMES; t++) x[t] = (float)p->strain[a * TIMES + t], y[t] = (float)p->strain[b * TIMES + t];
  return lg_axon_distance(x, y, TIMES);
}

static void the_filter_drops_what_it_says(void **state) {
  (void)state;
  const axon_filter filter = {0.02, 0.1};
  axon_pool *all, *some;
  const axon_filter none = {0.0, (double)INFINITY};
  all = draw_pool(3001, 3, 200, &none);
  some = draw_pool(3001, 3, 200, &filter);
  assert_int_equal(all->n, 600);
  assert_int_equal(some->n + some->n_dropped, 600);
  assert_true(some->n > 50 && some->n_dropped > 50);
  size_t at = 0;
  for (size_t k = 0; k < all->n; k++) {
    double peak = 0.0, most = 0.0;
    for (size_t t = 0; t < TIMES; t++) {
      peak = fmax(peak, all->strain[k * TIMES + t]);
      most = fmax(most, fabs(all->strain[k * TIMES + t]));
    }
    if (peak < 0.02 || most > 0.1) continue;
    assert_true(at < some->n);
    assert_string_equal(all->names[k], some->names[at]);
    assert_true(some->peak[at] == peak);
    assert_int_equal(all->index[k], some->index[at]);
    assert_int_equal(all->impact[k], some->impact[at++]);
  }
  assert_int_equal(at, some->n);
  lg_axon_pool_destroy(ctx, all);
  lg_axon_pool_destroy(ctx, some);
}

static void one_voxel_of_every_cube_is_drawn(void **state) {
  (void)state;
  axon_voxel *voxels;
  axon_profiles p = {0};
  size_t n_a, n_b;
  assert_ok(ctx, lg_axon_white_matter(ctx, &voxels, &p.n));
  p.position_mm = malloc(3 * p.n * sizeof *p.position_mm);
  size_t *a = malloc(p.n * sizeof *a), *b = malloc(p.n * sizeof *b), differ = 0, same = 0;
  for (size_t k = 0; k < 3 * p.n; k++) p.position_mm[k] = 1e3 * voxels[k / 3].x_m[k % 3];
  assert_ok(ctx, lg_axon_draw_cubes(ctx, &p, AXON_CUBE_MM, 1, 5, a, &n_a));
  assert_int_equal(n_a, 3976); /* spec/axon.md, 5.7 */
  assert_ok(ctx, lg_axon_draw_cubes(ctx, &p, AXON_CUBE_MM, 1, 5, b, &n_b));
  assert_memory_equal(a, b, n_a * sizeof *a);
  assert_ok(ctx, lg_axon_draw_cubes(ctx, &p, AXON_CUBE_MM, 1, 6, b, &n_b));
  assert_int_equal(n_b, 3976);
  for (size_t k = 0; k < n_a; k++) { /* ascending indices: cubes do not keep their places, but each is there once */
    differ += a[k] != b[k];
    assert_true(k == 0 || a[k] > a[k - 1]);
  }
  assert_true(differ > 3000);
  char *seen = calloc(64 * 64 * 64, 1);
  for (size_t k = 0; k < n_a; k++) {
    size_t key = 0;
    for (size_t d = 0; d < 3; d++) key = key * 64 + (size_t)(floor(p.position_mm[3 * a[k] + d] / 6.0) + 32.0);
    same += seen[key] != 0;
    seen[key] = 1;
  }
  assert_int_equal(same, 0);
  p.position_mm[7] = 1e9;
  assert_int_equal(lg_axon_draw_cubes(ctx, &p, AXON_CUBE_MM, 1, 5, a, &n_a), LG_ERR_RANGE);
  p.position_mm[7] = NAN;
  assert_int_equal(lg_axon_draw_cubes(ctx, &p, AXON_CUBE_MM, 1, 5, a, &n_a), LG_ERR_RANGE);
  assert_int_equal(lg_axon_draw_cubes(ctx, &p, 0.0, 1, 5, a, &n_a), LG_ERR_RANGE);
  free(p.position_mm);
  p.position_mm = NULL;
  assert_int_equal(lg_axon_draw_cubes(ctx, &p, AXON_CUBE_MM, 1, 5, a, &n_a), LG_ERR_ARGUMENT);
  free(seen);
  free(a);
  free(b);
  lg_free(ctx, voxels);
}

/* By decreasing peak, each against all that were taken. */
static void choosing_apart_is_the_greedy_rule(void **state) {
  (void)state;
  const axon_filter filter = lg_axon_filter_default();
  const double threshold = 0.3;
  axon_pool *p = draw_pool(3011, 5, 300, &filter);
  axon_chosen *c;
  assert_ok(ctx, lg_axon_choose_apart(ctx, p, threshold, 0, &c));
  assert_true(c->n > 50 && c->n < p->n);
  size_t *order = malloc(p->n * sizeof *order), n = 0;
  for (size_t k = 0; k < p->n; k++) order[k] = k;
  for (size_t k = 1; k < p->n; k++) /* insertion: stable */
    for (size_t j = k; j > 0 && p->peak[order[j]] > p->peak[order[j - 1]]; j--) {
      const size_t other = order[j];
      order[j] = order[j - 1];
      order[j - 1] = other;
    }
  size_t *taken = malloc(p->n * sizeof *taken);
  for (size_t k = 0; k < p->n; k++) {
    double nearest = (double)INFINITY;
    for (size_t j = 0; j < n; j++) nearest = fmin(nearest, between(p, order[k], taken[j]));
    if (!(nearest > threshold)) continue;
    assert_true(n < c->n);
    assert_int_equal(c->which[n], order[k]);
    assert_true(c->distance[n] == nearest);
    taken[n++] = order[k];
  }
  assert_int_equal(n, c->n);
  free(order);
  free(taken);
  lg_axon_chosen_destroy(ctx, c);
  lg_axon_pool_destroy(ctx, p);
}

static void the_number_asked_for_comes_out(void **state) {
  (void)state;
  const axon_filter filter = lg_axon_filter_default();
  axon_pool *p = draw_pool(3021, 6, 300, &filter);
  const size_t wanted[] = {1, 2, 37, 200, p->n - 1, p->n, p->n + 500};
  for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
    axon_chosen *c, *again;
    assert_ok(ctx, lg_axon_choose_number(ctx, p, wanted[w], &c));
    assert_int_equal(c->n, wanted[w] < p->n ? wanted[w] : p->n);
    for (size_t a = 0; a < c->n && c->n <= 200; a++) {
      assert_true(a == 0 || p->peak[c->which[a]] <= p->peak[c->which[a - 1]]);
      for (size_t b = 0; b < a; b++) assert_true(between(p, c->which[a], c->which[b]) > c->threshold);
    }
    if (wanted[w] == 200) {
      assert_ok(ctx, lg_axon_choose_apart(ctx, p, c->threshold, 0, &again));
      assert_int_equal(again->n, c->n + c->n_over);
      assert_true(c->n_over < 10);
      lg_axon_chosen_destroy(ctx, again);
    }
    lg_axon_chosen_destroy(ctx, c);
  }
  axon_chosen *none;
  assert_int_equal(lg_axon_choose_number(ctx, p, 0, &none), LG_ERR_RANGE);
  assert_int_equal(lg_axon_choose_apart(ctx, p, NAN, 0, &none), LG_ERR_RANGE);
  lg_axon_pool_destroy(ctx, p);
}

/* Equal profiles cannot be told apart: one of each kind is all there is. */
static void copies_are_taken_once(void **state) {
  (void)state;
  enum { N = 60 };
  double strain[N * 5];
  axon_profiles from = {.n = N, .n_times = 5, .dt_s = 1e-3, .strain = strain};
  const axon_filter filter = lg_axon_filter_default();
  axon_pool *p;
  axon_chosen *c;
  for (size_t k = 0; k < N; k++)
    for (size_t t = 0; t < 5; t++) strain[5 * k + t] = t == 1 + k % 3 ? 0.1 : 0.0;
  assert_ok(ctx, lg_axon_pool_create(ctx, &p));
  assert_int_equal(lg_axon_choose_number(ctx, p, 5, &c), LG_ERR_RANGE); /* nothing to choose from */
  assert_ok(ctx, lg_axon_pool_add(ctx, p, &from, NULL, N, &filter, 0, "copies"));
  assert_ok(ctx, lg_axon_choose_number(ctx, p, 5, &c));
  assert_int_equal(c->n, 3);
  lg_axon_chosen_destroy(ctx, c);
  assert_ok(ctx, lg_axon_choose_number(ctx, p, 2, &c));
  assert_int_equal(c->n, 2);
  lg_axon_chosen_destroy(ctx, c);
  from.n_times = 4;
  assert_int_equal(lg_axon_pool_add(ctx, p, &from, NULL, N, &filter, 0, "shorter"), LG_ERR_RANGE);
  from.n_times = 5;
  from.dt_s = 2e-3;
  assert_int_equal(lg_axon_pool_add(ctx, p, &from, NULL, N, &filter, 0, "slower"), LG_ERR_RANGE);
  from.dt_s = 1e-3;
  strain[17] = NAN;
  assert_int_equal(lg_axon_pool_add(ctx, p, &from, NULL, N, &filter, 0, "broken"), LG_ERR_RANGE);
  lg_axon_pool_destroy(ctx, p);
}

static void names_are_made_to_differ(void **state) {
  (void)state;
  double strain[4 * 3] = {0.0, 0.1, 0.0, 0.0, 0.2, 0.0, 0.0, 0.3, 0.0, 0.0, 0.4, 0.0};
  char a[] = "a", b[] = "b", c[] = "c";
  char *names[2] = {a, b}, *others[2] = {b, c};
  axon_profiles from = {.n = 2, .n_times = 3, .dt_s = 1e-3, .strain = strain, .names = names};
  const axon_filter filter = lg_axon_filter_default();
  const char *titles[3] = {"here/one.h5", "there/two.h5", "again/two.csv"};
  const char *wanted[6] = {"a", "one:b", "1:two:b", "1:two:c", "2:two:b", "2:two:c"};
  axon_pool *p;
  size_t n;
  assert_ok(ctx, lg_axon_pool_create(ctx, &p));
  assert_ok(ctx, lg_axon_pool_add(ctx, p, &from, NULL, 2, &filter, 0, "x"));
  from.names = others;
  assert_ok(ctx, lg_axon_pool_add(ctx, p, &from, NULL, 2, &filter, 1, "x"));
  assert_ok(ctx, lg_axon_pool_add(ctx, p, &from, NULL, 2, &filter, 2, "x"));
  assert_ok(ctx, lg_axon_pool_name_apart(ctx, p, titles, &n));
  assert_int_equal(n, 5);
  for (size_t k = 0; k < 6; k++) assert_string_equal(p->names[k], wanted[k]);
  assert_ok(ctx, lg_axon_pool_name_apart(ctx, p, titles, &n));
  assert_int_equal(n, 0);
  lg_axon_pool_destroy(ctx, p);
}

static axon_sets *run_small(char name, unsigned threads) {
  axon_protocol o;
  axon_sets *s;
  const char text[2] = {name, '\0'};
  assert_ok(ctx, lg_axon_protocol_named(ctx, text, &o));
  o.n_impacts = 3;
  o.n_test_impacts = name == 'b' ? 2 : 1;
  if (name == 'a') o.n_train = 150;
  else o.n_voxels = 200;
  o.n_worst = 10;
  o.n_random = 40;
  assert_ok(ctx, lg_ctx_set_threads(ctx, threads));
  assert_ok(ctx, lg_axon_protocol_run(ctx, &o, &s));
  return s;
}

static void assert_same(const axon_chosen *a, const axon_chosen *b) {
  assert_int_equal(a->n, b->n);
  assert_memory_equal(a->which, b->which, a->n * sizeof *a->which);
  assert_memory_equal(a->distance, b->distance, a->n * sizeof *a->distance);
}

static void the_protocols_make_the_same_sets_on_any_number_of_threads(void **state) {
  (void)state;
  for (char name = 'a'; name <= 'b'; name++) {
    axon_sets *s = run_small(name, 1), *again = run_small(name, 3);
    axon_profiles *train, *worst;
    lg_axon_neighbours *known;
    assert_same(s->train, again->train);
    assert_same(s->worst, again->worst);
    assert_same(s->random, again->random);
    if (name == 'a') assert_int_equal(s->train->n, 150);
    assert_int_equal(s->n_cubes, name == 'a' ? 3976 : 0);
    assert_int_equal(s->worst->n, 10);
    assert_int_equal(s->random->n, 40);
    assert_ok(ctx, lg_axon_pool_take(ctx, s->candidates, s->train->which, s->train->n, &train));
    assert_ok(ctx, lg_axon_pool_take(ctx, s->test_candidates, s->worst->which, s->worst->n, &worst));
    assert_ok(ctx, lg_axon_neighbours_of(ctx, train, &known));
    assert_int_equal(train->n_impacts, 3);
    assert_non_null(train->position_mm);
    assert_non_null(train->fibre);
    for (size_t k = 0; k < worst->n; k++) { /* nothing left among the candidates is farther */
      assert_true(k == 0 || s->worst->distance[k] <= s->worst->distance[k - 1]);
      assert_true(strncmp(worst->names[k], name == 'a' ? "s46-v" : "s100", 4) == 0);
    }
    size_t farther = 0;
    for (size_t k = 0; k < s->test_candidates->n; k++) {
      float row[TIMES];
      for (size_t t = 0; t < TIMES; t++) row[t] = (float)s->test_candidates->strain[k * TIMES + t];
      farther += lg_axon_nearest(known, row, 0.0) > s->worst->distance[9];
    }
    assert_int_equal(farther, 9);
    lg_axon_neighbours_destroy(ctx, known);
    lg_axon_profiles_destroy(ctx, worst);
    lg_axon_profiles_destroy(ctx, train);
    lg_axon_sets_destroy(ctx, s);
    lg_axon_sets_destroy(ctx, again);
  }
  axon_protocol o;
  assert_int_equal(lg_axon_protocol_named(ctx, "c", &o), LG_ERR_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_filter_drops_what_it_says),
      cmocka_unit_test(one_voxel_of_every_cube_is_drawn),
      cmocka_unit_test(choosing_apart_is_the_greedy_rule),
      cmocka_unit_test(the_number_asked_for_comes_out),
      cmocka_unit_test(copies_are_taken_once),
      cmocka_unit_test(names_are_made_to_differ),
      cmocka_unit_test(the_protocols_make_the_same_sets_on_any_number_of_threads),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
