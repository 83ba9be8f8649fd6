/* Simulated cultures: their truth is found again; intervals hold as often as they say. */
#include "tests/test.h"

#include "culture/identify.h"
#include "culture/simulate.h"

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

static void test_intervals(void **state) {
  (void)state;
  enum { SETS = 10 };
  lg_ctx *ctx = lg_test_ctx();
  size_t held = 0, right = 0;
  double width = 0.0, bias = 0.0;
  for (uint64_t seed = 1; seed <= SETS; seed++) {
    culture_simulation s = lg_culture_simulation_default();
    lg_culture_truth *t;
    lg_culture_result *r;
    s.seed = 900 + seed;
    assert_ok(ctx, lg_culture_simulate(ctx, &s, &t));
    double *y = lg_alloc(ctx, t->n_times * t->graph->n, sizeof *y);
    lg_culture_noisy_traces(&s, t, y);
    const culture_identify o = lg_culture_identify_default();
    assert_ok(ctx, lg_culture_identify(ctx, t->graph, y, t->n_times, &o, &r));
    held += r->k_low <= s.k && s.k <= r->k_high;
    right += r->law == s.law;
    width += 0.5 * (r->k_high - r->k_low) / s.k / SETS;
    bias += (r->k / s.k - 1.0) / SETS;
    assert_true(fabs(r->k / s.k - 1.0) < 0.05);
    lg_culture_result_destroy(ctx, r);
    lg_culture_truth_destroy(ctx, t);
    lg_free(ctx, y);
  }
  print_message("95 %% intervals hold k in %zu of %d, half-width %.2f %%, bias %+.2f %%, law %zu of %d\n", held, SETS,
                100.0 * width, 100.0 * bias, right, SETS);
  assert_true(held >= 8 && width < 0.04 && right == SETS);
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
