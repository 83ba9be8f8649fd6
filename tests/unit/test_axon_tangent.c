/* Derivatives along every constant beside central differences of converged doubles. */
#include "tests/one_ctx.h"

#include "axon/tangent.h"

#include <math.h>
#include <string.h>

enum { TIMES = 41, PROFILES = 2 };

static double strain[PROFILES * TIMES];
static char first_name[] = "up and down", second_name[] = "fast", *names[PROFILES] = {first_name, second_name};

/* The first goes below 0: microtubules buckle, the matrix is pressed. */
static axon_profiles waves(void) {
  for (size_t t = 0; t < TIMES; t++) {
    strain[t] = t < 12 ? 0.008 * (double)t : fmax(0.096 - 0.012 * (double)(t - 12), -0.06);
    strain[TIMES + t] = fmin(0.015 * (double)t, 0.18);
  }
  return (axon_profiles){.n = PROFILES, .n_times = TIMES, .dt_s = 1e-3, .strain = strain, .names = names};
}

static axon_params small(void) {
  axon_params p = lg_axon_params_male();
  p.rows = 7;
  p.elements = 40;
  return p;
}

static const axon_param_name *name_of(const char *name) {
  for (size_t k = 0; k < AXON_PARAMS; k++)
    if (strcmp(lg_axon_param_names[k].name, name) == 0) return &lg_axon_param_names[k];
  return NULL;
}

/* Outputs with one constant times a factor; gaps stay, as they do not depend on any of these. */
static void outputs_with(const char *name, double factor, axon_outcome *out) {
  axon_params p = small();
  lg_axon *axon;
  const axon_profiles profiles = waves();
  lg_axon_param_set(&p, name_of(name), factor * lg_axon_param_get(&p, name_of(name)));
  assert_ok(ctx, lg_axon_create(ctx, &p, &axon));
  assert_ok(ctx, lg_axon_simulate(ctx, axon, &profiles, &(axon_simulate_opts){.precision = AXON_DOUBLE}, out, NULL));
  lg_axon_destroy(ctx, axon);
}

static void derivatives_are_those_of_differences(void **state) {
  (void)state;
  static axon_tangent t[PROFILES];
  static axon_outcome up[PROFILES], down[PROFILES], plain[PROFILES];
  const double h = 1e-4;
  const axon_params p = small();
  const axon_profiles profiles = waves();
  lg_axon *axon;
  double worst = 0.0;
  assert_ok(ctx, lg_axon_create(ctx, &p, &axon));
  assert_ok(ctx, lg_axon_tangents(ctx, (const lg_axon *const *)&axon, 1, &profiles, t));
  outputs_with("EA", 1.0, plain);
  for (size_t k = 0; k < PROFILES; k++) {
    assert_false(t[k].failed);
    assert_memory_equal(t[k].out, plain[k].out, sizeof t[k].out);
  }
  for (size_t c = 0; c < AXON_TANGENTS; c++) {
    bool moved = false;
    assert_non_null(name_of(lg_axon_tangent_names[c]));
    outputs_with(lg_axon_tangent_names[c], 1.0 + h, up);
    outputs_with(lg_axon_tangent_names[c], 1.0 - h, down);
    for (size_t k = 0; k < PROFILES; k++)
      for (size_t q = 0; q < AXON_MT_BROKEN; q++) {
        const double difference = (up[k].out[q] - down[k].out[q]) / (2.0 * h), got = t[k].slope[c][q];
        const double error = fabs(got - difference) / fabs(plain[k].out[q]);
        worst = fmax(worst, error);
        moved |= fabs(got) > 1e-7 * fabs(plain[k].out[q]);
      }
    assert_true(moved);
  }
  print_message("greatest difference of d ln output / d ln constant: %.2g\n", worst);
  assert_true(worst < 1e-6);
  lg_axon_destroy(ctx, axon);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(derivatives_are_those_of_differences),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
