/* Sensitivities are what runs and derivatives say; ranks; what failed is left out. */
#include "tests/one_ctx.h"

#include "axon/sensitivity.h"
#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { TIMES = 21, SEEDS = 3 };

static double strain[TIMES];
static char label[] = "ramp", *names[1] = {label};

static axon_profiles ramp(void) {
  for (size_t t = 0; t < TIMES; t++) strain[t] = fmin(0.012 * (double)t, 0.12);
  return (axon_profiles){.n = 1, .n_times = TIMES, .dt_s = 1e-3, .strain = strain, .names = names};
}

static axon_params small(void) {
  axon_params p = lg_axon_params_male();
  p.rows = 7;
  p.elements = 40;
  return p;
}

static size_t constant_of(const char *name) {
  for (size_t c = 0; c < AXON_SENSITIVE; c++)
    if (strcmp(lg_axon_sensitive_name(c), name) == 0) return c;
  return AXON_SENSITIVE;
}

static void outcome_of(axon_params p, uint64_t seed, axon_outcome *out) {
  lg_axon *axon;
  const axon_profiles profiles = ramp();
  p.seed = seed;
  assert_ok(ctx, lg_axon_create(ctx, &p, &axon));
  assert_ok(ctx, lg_axon_simulate(ctx, axon, &profiles, &(axon_simulate_opts){0}, out, NULL));
  lg_axon_destroy(ctx, axon);
}

static void sensitivities_are_those_of_runs(void **state) {
  (void)state;
  static axon_sensitivity s[AXON_SENSITIVE * AXON_JUDGED];
  static double each[SEEDS * AXON_SENSITIVE * AXON_JUDGED];
  static const char *const differenced[2] = {"K", "L_mean"};
  const uint64_t seeds[SEEDS] = {1, 2, 7};
  const axon_params p = small();
  const axon_profiles profiles = ramp();
  assert_ok(ctx, lg_axon_sensitivities(ctx, &p, seeds, SEEDS, &profiles, s, each));
  for (size_t d = 0; d < 2; d++) {
    const size_t c = constant_of(differenced[d]);
    const double part = d == 0 ? 0.01 : 0.2, within = d == 0 ? 2e-3 : 1e-12;
    for (size_t k = 0; k < SEEDS; k++) {
      axon_params less = p, more = p;
      axon_outcome a, b;
      if (d == 0) less.tau_stiffness *= 1.0 - part, more.tau_stiffness *= 1.0 + part;
      else less.mt_length_mean *= 1.0 - part, more.mt_length_mean *= 1.0 + part;
      outcome_of(less, seeds[k], &a);
      outcome_of(more, seeds[k], &b);
      for (size_t q = 0; q < AXON_JUDGED; q++) {
        const double by_runs = (lg_ln(b.out[q]) - lg_ln(a.out[q])) / (lg_ln(1.0 + part) - lg_ln(1.0 - part));
        assert_true(fabs(each[(k * AXON_SENSITIVE + c) * AXON_JUDGED + q] - by_runs) < within);
      }
    }
  }
  for (size_t q = 0; q < AXON_JUDGED; q++) {
    bool taken[AXON_SENSITIVE + 1] = {false};
    for (size_t c = 0; c < AXON_SENSITIVE; c++) {
      const axon_sensitivity *one = &s[c * AXON_JUDGED + q];
      double sum = 0.0;
      for (size_t k = 0; k < SEEDS; k++) sum += each[(k * AXON_SENSITIVE + c) * AXON_JUDGED + q];
      assert_true(fabs(one->mean - sum / SEEDS) < 1e-12);
      assert_int_equal(one->n, SEEDS);
      assert_true(one->low <= one->mean + 1e-12 && one->mean <= one->high + 1e-12);
      assert_true(one->rank >= 1 && one->rank <= AXON_SENSITIVE && !taken[one->rank]);
      taken[one->rank] = true;
      for (size_t other = 0; other < AXON_SENSITIVE; other++)
        assert_true(s[other * AXON_JUDGED + q].rank > one->rank || s[other * AXON_JUDGED + q].size >= one->size);
    }
  }
  assert_true(s[constant_of("mt_fail") * AXON_JUDGED].size == 0.0); /* nothing breaks here */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sensitivities_are_those_of_runs),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
