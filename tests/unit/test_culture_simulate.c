/* Simulated cultures: their truth is found again; intervals hold as often as they say. */
#include "tests/test.h"

#include "culture/identify.h"
#include "culture/simulate.h"
#include "twin/culture_intervals.h"

#include <math.h>

static void test_monolayer(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_simulation s = lg_culture_simulation_default();
  lg_culture_truth *t;
  size_t border = 0;
  assert_ok(ctx, lg_culture_simulate(ctx, &s, &t));
  for (size_t c = 0; c < t->graph->n; c++) border += t->graph->is_border[c];
  print_message("%zu cells, %zu at the border, %zu edges, %zu events\n", t->graph->n, border, t->graph->n_edges,
                t->n_events);
  assert_int_equal(t->graph->n, 108);
  assert_true(border > 28 && border < 50 && t->graph->n_edges > 200 && t->graph->n_edges < 300);
  lg_culture_truth_destroy(ctx, t);
  lg_ctx_destroy(ctx);
}

/* The table that `validate culture` prints for 40 sets, here of 12 and of all four laws. */
static void test_intervals(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_intervals_plan plan = lg_culture_intervals_default();
  lg_culture_intervals *t;
  plan.n_sets = 12, plan.seed = 901, plan.all_laws = true;
  assert_ok(ctx, lg_culture_intervals_run(ctx, &plan, &t));
  print_message(
      "95 %% intervals hold k in %zu of %zu, half-width %.2f %%, bias %+.2f %%, feeds %.3f, law %zu, F1 %.3f\n",
      t->k_held, t->n, 100.0 * t->half_width, 100.0 * t->bias, t->feeds_held, t->law_right, t->event_f1);
  for (size_t q = 0; q < t->n; q++) {
    assert_true(fabs(t->set[q].k_found / t->set[q].k - 1.0) < 0.05 && t->set[q].identifiable);
    assert_true(t->set[q].feeds_r2 > 0.94);
  }
  assert_true(t->k_held >= 10 && t->half_width < 0.04 && t->law_right == t->n);
  assert_true(t->feeds_held > 0.9 && t->feeds_held < 0.985 && t->event_f1 > 0.97);
  lg_culture_intervals_destroy(ctx, t);
  plan.n_sets = 0;
  assert_int_equal(lg_culture_intervals_run(ctx, &plan, &t), LG_ERR_RANGE);
  lg_ctx_destroy(ctx);
}

static void test_film(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_simulation s = lg_culture_simulation_default();
  lg_culture_truth *t;
  lg_culture_movie *m;
  s.size = 96, s.ncell = 12, s.frames = 20;
  assert_ok(ctx, lg_culture_simulate(ctx, &s, &t));
  assert_ok(ctx, lg_culture_film_truth(ctx, &s, t, &m));
  double sum = 0.0;
  for (size_t k = 0; k < 20 * 96 * 96; k++) sum += (double)m->counts[k] / (20.0 * 96.0 * 96.0);
  print_message("mean count %.2f\n", sum);
  assert_true(sum > 102.0 && sum < 125.0);
  lg_culture_movie_destroy(ctx, m);
  lg_culture_truth_destroy(ctx, t);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_monolayer), cmocka_unit_test(test_film),
                                     cmocka_unit_test(test_intervals)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
