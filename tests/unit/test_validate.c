/* The statistics of a validation against hand-made trials, and the driver on a few neurons. */
#include "tests/test.h"

#include "neuron/validate.h"

#include <math.h>
#include <string.h>

enum { N = 100 };

static void fill(lg_validate_trial *trials, const unsigned counts[10]) {
  size_t k = 0;
  memset(trials, 0, N * sizeof *trials);
  for (unsigned bin = 0; bin < 10; bin++)
    for (unsigned j = 0; j < counts[bin]; j++, k++) {
      lg_validate_trial *t = &trials[k];
      t->accepted = true;
      t->coincidence = k < 90 ? 1.0 : 0.5;
      t->seconds = (double)k;
      for (int c = 0; c < LG_VALIDATE_P; c++) {
        t->rank[c] = 0.1 * bin + 0.1 * (j + 0.5) / counts[bin];
        t->truth[c] = (double)k;
        t->found[c] = t->truth[c] + (k % 2 ? 3.0 : -3.0);
        t->fallback[c] = 49.5;
      }
    }
  assert_int_equal(k, N);
}

static void test_statistics(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  static lg_validate_trial trials[N];
  lg_validate_figures f;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  const unsigned flat[10] = {10, 10, 10, 10, 10, 10, 10, 10, 10, 10};
  fill(trials, flat);
  assert_ok(ctx, lg_validate_summarise(ctx, trials, N, &f));
  assert_int_equal(f.accepted, N);
  for (int level = 0; level < LG_VALIDATE_LEVELS; level++)
    assert_true(fabs(f.coverage[level][3] - lg_validate_levels[level]) <= 0.011);
  assert_true(f.rank_p[0] == 1.0);
  const double spread = (N * N - 1.0) / 12.0; /* variance of 0 … N-1 */
  assert_true(fabs(f.r2_accepted[8] - (1.0 - 9.0 / spread)) < 1e-12);
  assert_true(fabs(f.r2_fallback[8]) < 1e-12);
  assert_true(fabs(f.replayed - 0.9) < 1e-12 && f.seconds_max == 99.0 && fabs(f.seconds_mean - 49.5) < 1e-9);
  /* chi2 of 17 and of 40 with nine degrees of freedom: scipy.stats.chi2.sf */
  const unsigned uneven[10] = {19, 1, 12, 8, 10, 10, 10, 10, 10, 10};
  fill(trials, uneven);
  assert_ok(ctx, lg_validate_summarise(ctx, trials, N, &f));
  assert_true(fabs(f.rank_p[4] - 0.048715976147641296) < 1e-9);
  const unsigned steep[10] = {20, 0, 20, 0, 10, 10, 10, 10, 10, 10};
  fill(trials, steep);
  assert_ok(ctx, lg_validate_summarise(ctx, trials, N, &f));
  assert_true(fabs(f.rank_p[4] - 7.598525229e-06) < 1e-10);
  /* a rejected neuron counts with its fallback in "all", not in "accepted" */
  fill(trials, flat);
  trials[0].accepted = false;
  trials[0].fallback[2] = 1000.0;
  assert_ok(ctx, lg_validate_summarise(ctx, trials, N, &f));
  assert_int_equal(f.accepted, N - 1);
  assert_true(f.r2_accepted[2] > 0.98 && f.r2_all[2] < -10.0);
  lg_ctx_destroy(ctx);
}

static void run(lg_ctx *ctx, lg_validate_family data, lg_validate_family model, size_t n, lg_validate_trial *trials) {
  const lg_validation plan = {.data = data,
                              .model = model,
                              .neurons = n,
                              .seed = 4,
                              .protocol = LG_IZH_CLONE1,
                              .dt_ms = 0.05,
                              .sigma_mV = 0.2,
                              .max_starts = 8};
  assert_ok(ctx, lg_validate(ctx, &plan, trials));
}

static void test_right_family_is_found(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_validate_trial trials[8];
  lg_validate_figures f;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  run(ctx, LG_VALIDATE_IZHIKEVICH, LG_VALIDATE_IZHIKEVICH, 8, trials);
  assert_ok(ctx, lg_validate_summarise(ctx, trials, 8, &f));
  assert_true(f.accepted >= 7);
  for (int c = 0; c < LG_VALIDATE_P; c++) assert_true(f.r2_accepted[c] > 0.995);
  run(ctx, LG_VALIDATE_TM, LG_VALIDATE_TM, 3, trials);
  assert_ok(ctx, lg_validate_summarise(ctx, trials, 3, &f));
  assert_true(f.accepted >= 2);
  for (int c = 0; c < LG_VALIDATE_P; c++) assert_true(f.r2_accepted[c] > 0.98);
  lg_ctx_destroy(ctx);
}

/* A recording so noisy that the regression finds no neuron: the refinement begins with what can be seen. */
static void test_no_closed_form_is_no_end(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_validate_trial trial;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  const lg_validation plan = {
      .neurons = 1, .seed = 1, .first = 60, .dt_ms = 0.05, .sigma_mV = 1.0, .max_starts = 8, .protocol = LG_IZH_CLONE1};
  assert_ok(ctx, lg_validate(ctx, &plan, &trial));
  assert_true(isnan(trial.fallback[0]));
  assert_true(trial.accepted);
  assert_true(fabs(trial.found[1] / trial.truth[1] - 1.0) < 0.05);
  lg_ctx_destroy(ctx);
}

static void test_wrong_family_is_flagged(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_validate_trial trials[2];
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  const lg_validate_family wrong[] = {LG_VALIDATE_TM, LG_VALIDATE_ADEX, LG_VALIDATE_HH52};
  for (int k = 0; k < 3; k++) {
    run(ctx, wrong[k], LG_VALIDATE_IZHIKEVICH, 1, trials);
    assert_false(trials[0].accepted);
    assert_true(isnan(trials[0].truth[0]) && isnan(trials[0].rank[0]));
  }
  run(ctx, LG_VALIDATE_IZHIKEVICH, LG_VALIDATE_TM, 1, trials);
  assert_false(trials[0].accepted);
  lg_ctx_destroy(ctx);
}

static void test_bad_plans_are_refused(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_validate_trial trial;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  const lg_validation good = {.neurons = 1, .dt_ms = 0.05, .sigma_mV = 0.2, .max_starts = 8};
  lg_validation bad = good;
  bad.neurons = 0;
  assert_int_equal(lg_validate(ctx, &bad, &trial), LG_ERR_RANGE);
  bad = good;
  bad.dt_ms = (double)NAN;
  assert_int_equal(lg_validate(ctx, &bad, &trial), LG_ERR_RANGE);
  bad = good;
  bad.model = LG_VALIDATE_ADEX;
  assert_int_equal(lg_validate(ctx, &bad, &trial), LG_ERR_ARGUMENT);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_statistics),
      cmocka_unit_test(test_right_family_is_found),
      cmocka_unit_test(test_no_closed_form_is_no_end),
      cmocka_unit_test(test_wrong_family_is_flagged),
      cmocka_unit_test(test_bad_plans_are_refused),
  };
  return cmocka_run_group_tests_name("validate", tests, NULL, NULL);
}
