/* Seeds in the lanes: each the bits it has alone; what spreads and shares are; what is refused. */
#include "tests/one_ctx.h"

#include "axon/population.h"

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
  const axon_spread s = lg_axon_spread(o, 6, AXON_MT, 4.0, scratch);
  assert_int_equal(s.n, 5);
  assert_true(s.mean == 3.0 && s.low == 1.0 && s.high == 5.0);
  assert_true(fabs(s.sd - sqrt(2.5)) < 1e-15);
  const double expected[AXON_QUANTILES] = {1.2, 2.0, 3.0, 4.0, 4.8};
  for (size_t q = 0; q < AXON_QUANTILES; q++) assert_true(fabs(s.quantile[q] - expected[q]) < 1e-12);
  assert_true(s.reached == 0.4);
  assert_true(isnan(lg_axon_spread(o + 2, 1, AXON_MT, 4.0, scratch).mean));
  assert_true(isnan(lg_axon_spread(o + 2, 1, AXON_MT, 4.0, scratch).reached));
  assert_true(isnan(lg_axon_spread(o, 6, AXON_MT, (double)NAN, scratch).reached));
  assert_true(isnan(lg_axon_spread(o, 1, AXON_MT, 0.0, scratch).sd));
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
      cmocka_unit_test(no_seed_is_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
