/* Seeds in the lanes: each the bits it has alone; what spreads and shares are; what is refused. */
#include "tests/one_ctx.h"

#include "axon/threshold.h"

#include <math.h>
#include <string.h>

enum { SEEDS = 21, TIMES = 31, PROFILES = 2 };

static double strain[PROFILES * TIMES];
static char first_name[] = "slow", second_name[] = "fast", *names[PROFILES] = {first_name, second_name};

static axon_profiles ramps(void) {
  for (size_t t = 0; t < TIMES; t++) {
    strain[t] = fmin(0.004 * (double)t, 0.06);
    strain[TIMES + t] = fmin(0.02 * (double)t, 0.24) * (t < 20 ? 1.0 : 0.5);
  }
  return (axon_profiles){.n = PROFILES, .n_times = TIMES, .dt_s = 1e-3, .strain = strain, .names = names};
}

static lg_axon_population *seeds_from(uint64_t first, size_t n) {
  lg_axon_population *made;
  uint64_t seeds[SEEDS];
  axon_params p = lg_axon_params_male();
  p.mt_failure_strain = 0.1; /* some break, so that what is left is counted of each axon's own */
  for (size_t k = 0; k < n; k++) seeds[k] = first + k;
  assert_ok(ctx, lg_axon_population_create(ctx, &p, seeds, n, &made));
  return made;
}

static void each_seed_has_the_bits_it_has_alone(void **state) {
  (void)state;
  static axon_outcome all[PROFILES * SEEDS], again[PROFILES * SEEDS], one[PROFILES];
  const axon_profiles p = ramps();
  lg_axon_population *population = seeds_from(1, SEEDS);
  const axon_simulate_opts o = {.precision = AXON_FLOAT};
  assert_ok(ctx, lg_axon_population_simulate(ctx, population, &p, &o, all));
  bool differ = false, broken = false;
  for (size_t k = 0; k < SEEDS; k++) {
    assert_ok(ctx, lg_axon_simulate(ctx, population->axons[k], &p, &o, one, NULL));
    for (size_t q = 0; q < PROFILES; q++) {
      const axon_outcome *got = &all[q * SEEDS + k];
      assert_memory_equal(got->out, one[q].out, sizeof got->out);
      differ |= got->out[AXON_MT] != all[q * SEEDS].out[AXON_MT];
      broken |= got->out[AXON_MT_BROKEN] > 0.0;
    }
  }
  assert_true(differ && broken);
  assert_ok(ctx, lg_ctx_set_threads(ctx, 3));
  assert_ok(ctx, lg_axon_population_simulate(ctx, population, &p, &o, again));
  assert_ok(ctx, lg_ctx_set_threads(ctx, 1));
  assert_memory_equal(again, all, sizeof all);
  lg_axon_population_destroy(ctx, population);
}

static void doubles_agree_with_floats(void **state) {
  (void)state;
  static axon_outcome fine[PROFILES * 2], quick[PROFILES * 2];
  const axon_profiles p = ramps();
  lg_axon_population *population = seeds_from(40, 2);
  population->axons[0]->params.mt_failure_strain = population->axons[1]->params.mt_failure_strain = 0.5;
  assert_ok(ctx,
            lg_axon_population_simulate(ctx, population, &p, &(axon_simulate_opts){.precision = AXON_DOUBLE}, fine));
  assert_ok(ctx,
            lg_axon_population_simulate(ctx, population, &p, &(axon_simulate_opts){.precision = AXON_FLOAT}, quick));
  for (size_t k = 0; k < PROFILES * 2; k++)
    for (size_t q = 0; q < AXON_OUTPUTS; q++)
      assert_true(fabs(fine[k].out[q] - quick[k].out[q]) < (q == AXON_MT || q == AXON_AXOLEMMA ? 2e-5 : 5e-3));
  lg_axon_population_destroy(ctx, population);
}

static void spreads_leave_out_what_failed(void **state) {
  (void)state;
  axon_outcome o[6] = {0};
  double scratch[6];
  const double values[6] = {3.0, 1.0, 99.0, 2.0, 5.0, 4.0};
  for (size_t k = 0; k < 6; k++) o[k].out[AXON_MT] = values[k];
  o[2].failed = true;
  const double none = (double)NAN, four[6] = {4.0, 4.0, 4.0, 4.0, 4.0, 4.0};
  const double own[6] = {3.0, 2.0, 0.0, none, 5.5, 1.0};
  const axon_spread s = lg_axon_spread(o, 6, AXON_MT, four, scratch);
  assert_int_equal(s.n, 5);
  assert_true(s.mean == 3.0 && s.low == 1.0 && s.high == 5.0);
  assert_true(fabs(s.sd - sqrt(2.5)) < 1e-15);
  const double expected[AXON_QUANTILES] = {1.2, 2.0, 3.0, 4.0, 4.8};
  for (size_t q = 0; q < AXON_QUANTILES; q++) assert_true(fabs(s.quantile[q] - expected[q]) < 1e-12);
  assert_true(s.reached == 0.4);
  assert_true(lg_axon_spread(o, 6, AXON_MT, own, scratch).reached == 0.5); /* of the four with one */
  assert_true(isnan(lg_axon_spread(o, 6, AXON_MT, NULL, scratch).reached));
  assert_true(isnan(lg_axon_spread(o + 2, 1, AXON_MT, four, scratch).mean));
  assert_true(isnan(lg_axon_spread(o + 2, 1, AXON_MT, four, scratch).reached));
  assert_true(isnan(lg_axon_spread(o, 1, AXON_MT, four, scratch).sd));
}

/* Made-up axons: low and high of microtubules. */
static axon_threshold split_at(double low, double high) {
  axon_threshold t = {0};
  const bool separates = high > low;
  t.split[AXON_MT] = (axon_split){separates, low, high, high / low - 1.0, separates ? 0.5 * (low + high) : (double)NAN};
  return t;
}

static void thresholds_are_summarised(void **state) {
  (void)state;
  double scratch[12];
  axon_threshold t[6] = {split_at(0.1, 0.2), split_at(0.12, 0.16), split_at(0.15, 0.3),
                         split_at(0.4, 0.3), split_at(0.25, 0.5),  split_at(0.1, 0.2)};
  t[5].failed = true;
  const axon_threshold_summary s = lg_axon_threshold_summary(t, 6, AXON_MT, 0.2, scratch);
  assert_int_equal(s.n, 5);
  assert_int_equal(s.n_separate, 4);
  assert_int_equal(s.n_fixed, 2); /* 0.2 is injured where 0.2 is the least that is */
  assert_int_equal(s.n_best, 3);
  assert_true(fabs(s.best_fixed - 0.155) < 1e-15);
  assert_true(fabs(s.margin_median - 1.0) < 1e-12);
  assert_true(fabs(s.threshold_low - 0.14) < 1e-12 && fabs(s.threshold_high - 0.375) < 1e-12);
  assert_true(fabs(s.threshold[2] - 0.1875) < 1e-12);
}

/* nakadate_grid_model.csv, to the digits it has; seed 1 splits between 0.193 and 0.212. */
static void the_default_axon_has_the_grid_of_the_prototype(void **state) {
  (void)state;
  static const double mt[AXON_GRID] = {0.0951506, 0.139084, 0.151031,  0.155192, 0.0988036, 0.192766,
                                       0.216585,  0.22617,  0.0988036, 0.21219,  0.27618,   0.294811};
  static const double tau[AXON_GRID] = {29.3734, 28.6311, 28.3272, 28.2331, 39.7475, 41.403,
                                        41.435,  41.3977, 44.6759, 49.1698, 49.9927, 50.222};
  static const double nf[AXON_GRID] = {1.84702, 1.70459, 1.67267, 1.66512, 6.86983, 6.00314,
                                       5.8615,  5.82879, 16.711,  15.4252, 14.9351, 14.7679};
  axon_outcome grid[AXON_GRID];
  axon_threshold t;
  lg_axon *axon;
  const axon_params p = lg_axon_params_male();
  assert_ok(ctx, lg_axon_create(ctx, &p, &axon));
  assert_ok(ctx, lg_axon_thresholds(ctx, (const lg_axon *const *)&axon, 1, AXON_FLOAT, &t, grid));
  for (size_t k = 0; k < AXON_GRID; k++) {
    assert_true(fabs(grid[k].out[AXON_MT] - mt[k]) < 2e-6);
    assert_true(fabs(grid[k].out[AXON_TAU] - tau[k]) < 2e-3);
    assert_true(fabs(grid[k].out[AXON_NF] - nf[k]) < 2e-3);
  }
  assert_true(t.split[AXON_MT].separates && !t.split[AXON_AXOLEMMA].separates);
  assert_true(!t.split[AXON_TAU].separates && !t.split[AXON_NF].separates);
  assert_true(fabs(t.split[AXON_MT].low - 0.192766) < 2e-6 && fabs(t.split[AXON_MT].high - 0.21219) < 2e-6);
  lg_axon_destroy(ctx, axon);
}

static void one_axon_has_the_threshold_it_has_among_many(void **state) {
  (void)state;
  axon_threshold t[3];
  lg_axon_population *population;
  const uint64_t seeds[3] = {4, 5, 6};
  double own;
  axon_params p = lg_axon_params_male();
  p.rows = 7;
  p.elements = 20;
  assert_ok(ctx, lg_axon_population_create(ctx, &p, seeds, 3, &population));
  assert_ok(ctx, lg_axon_thresholds(ctx, (const lg_axon *const *)population->axons, 3, AXON_FLOAT, t, NULL));
  assert_ok(ctx, lg_axon_injury_threshold(ctx, population->axons[1], &own));
  assert_true(own == t[1].split[AXON_MT].threshold);
  lg_axon_population_destroy(ctx, population);
}

static void a_stop_is_heard(void **state) {
  (void)state;
  static axon_outcome all[PROFILES * SEEDS];
  const axon_profiles p = ramps();
  volatile int stop = 1;
  lg_axon_population *population = seeds_from(1, SEEDS);
  lg_ctx_set_cancel_flag(ctx, &stop);
  assert_int_equal(lg_axon_population_simulate(ctx, population, &p, &(axon_simulate_opts){0}, all), LG_ERR_CANCELLED);
  lg_ctx_set_cancel_flag(ctx, NULL);
  lg_axon_population_destroy(ctx, population);
}

static void no_seed_is_refused(void **state) {
  (void)state;
  lg_axon_population *made;
  axon_params p = lg_axon_params_male();
  const uint64_t seed = 1;
  assert_int_equal(lg_axon_population_create(ctx, &p, &seed, 0, &made), LG_ERR_RANGE);
  assert_null(made);
  p.rows = 1;
  assert_int_equal(lg_axon_population_create(ctx, &p, &seed, 1, &made), LG_ERR_RANGE);
  assert_null(made);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_seed_has_the_bits_it_has_alone),
      cmocka_unit_test(doubles_agree_with_floats),
      cmocka_unit_test(spreads_leave_out_what_failed),
      cmocka_unit_test(a_stop_is_heard),
      cmocka_unit_test(thresholds_are_summarised),
      cmocka_unit_test(the_default_axon_has_the_grid_of_the_prototype),
      cmocka_unit_test(one_axon_has_the_threshold_it_has_among_many),
      cmocka_unit_test(no_seed_is_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
