/* Ramps over strain and rate: beside single runs of the simulator, alike for threads and axons, what is refused. */
#include "tests/one_ctx.h"

#include "axon/population.h"
#include "axon/ramps.h"

#include <math.h>
#include <string.h>

enum { STRAINS = 2, N = STRAINS * AXON_RAMP_OUTPUTS };
static const double strains[STRAINS] = {0.1, 0.15}, rate = 50.0;

static void run(const lg_axon_population *p, double rate_per_s, double *out) {
  size_t failed;
  assert_ok(ctx,
            lg_axon_ramps(ctx, (const lg_axon *const *)p->axons, p->n, strains, STRAINS, &rate_per_s, 1, out, &failed));
  assert_int_equal(failed, 0);
}

static lg_axon_population *population(size_t n) {
  lg_axon_population *p;
  const axon_params male = lg_axon_params_male();
  uint64_t seeds[17];
  for (size_t k = 0; k < n; k++) seeds[k] = k + 1;
  assert_ok(ctx, lg_axon_population_create(ctx, &male, seeds, n, &p));
  return p;
}

/* Drawn to that strain alone, first order in 800 steps: another path to the same number. */
static void a_passed_strain_is_as_good_as_one_that_ends_a_ramp(void **state) {
  (void)state;
  enum { STEPS = 800 };
  static double ramp[STEPS + 1];
  double grid[N];
  char name[] = "ramp", *names[1] = {name};
  axon_outcome o;
  lg_axon_population *p = population(1);
  run(p, rate, grid);
  for (size_t s = 0; s < STRAINS; s++) {
    for (size_t k = 0; k <= STEPS; k++) ramp[k] = strains[s] * (double)k / STEPS;
    const axon_profiles one = {
        .n = 1, .n_times = STEPS + 1, .dt_s = strains[s] / rate / STEPS, .strain = ramp, .names = names};
    assert_ok(ctx, lg_axon_simulate(ctx, p->axons[0], &one, &(axon_simulate_opts){.precision = AXON_FLOAT}, &o, NULL));
    for (size_t q = 0; q < AXON_RAMP_OUTPUTS; q++)
      assert_true(fabs(grid[s * AXON_RAMP_OUTPUTS + q] / o.out[q] - 1.0) < 3e-3);
  }
  lg_axon_population_destroy(ctx, p);
}

static void axons_in_lanes_are_those_of_one_and_threads_do_not_matter(void **state) {
  (void)state;
  static double all[17 * N], again[17 * N];
  double one[N];
  lg_axon_population *p = population(17), *first = population(1);
  run(first, rate, one);
  run(p, rate, all);
  const size_t threads = lg_ctx_threads(ctx);
  assert_ok(ctx, lg_ctx_set_threads(ctx, threads == 1 ? 3 : 1));
  run(p, rate, again);
  assert_ok(ctx, lg_ctx_set_threads(ctx, (unsigned)threads));
  assert_memory_equal(all, again, sizeof all);
  for (size_t k = 0; k < STRAINS; k++)
    for (size_t q = 0; q < AXON_RAMP_OUTPUTS; q++) /* floats beside doubles */
      assert_true(fabs(all[k * 17 * AXON_RAMP_OUTPUTS + q] - one[k * AXON_RAMP_OUTPUTS + q]) < (q < 2 ? 2e-5 : 5e-3));
  lg_axon_population_destroy(ctx, first);
  lg_axon_population_destroy(ctx, p);
}

static void what_makes_no_ramp_is_refused(void **state) {
  (void)state;
  double out[N];
  size_t failed;
  const double falling[2] = {0.2, 0.1}, still[1] = {0.0};
  lg_axon_population *p = population(1);
  const lg_axon *const *axons = (const lg_axon *const *)p->axons;
  assert_int_equal(lg_axon_ramps(ctx, axons, 1, falling, 2, &rate, 1, out, &failed), LG_ERR_RANGE);
  assert_int_equal(lg_axon_ramps(ctx, axons, 1, strains, STRAINS, still, 1, out, &failed), LG_ERR_RANGE);
  assert_int_equal(lg_axon_ramps(ctx, axons, 1, strains, 0, &rate, 1, out, &failed), LG_ERR_RANGE);
  lg_axon_population_destroy(ctx, p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_passed_strain_is_as_good_as_one_that_ends_a_ramp),
      cmocka_unit_test(axons_in_lanes_are_those_of_one_and_threads_do_not_matter),
      cmocka_unit_test(what_makes_no_ramp_is_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
