/* Every constant at both ends of its range: the axon runs, is refused in one line, or is marked as failed. */
#include "tests/one_ctx.h"

#include "axon/simulate.h"

#include <math.h>
#include <string.h>

enum { PROFILES = 3, TIMES = 13 };

static void check_outcome(const axon_outcome *o, const char *name, double value) {
  for (size_t q = 0; q < AXON_OUTPUTS; q++) {
    const double x = o->out[q];
    if (o->failed ? !isnan(x) : !isfinite(x)) fail_msg("%s = %g: output %zu is %g", name, value, q, x);
    if (!o->failed && q >= AXON_TAU && !(x >= -1e-4 && x <= 100.0001))
      fail_msg("%s = %g: %g %% of output %zu are lost", name, value, x, q);
  }
}

/* A ramp that is held, compression, and a wave. Returns how many profiles failed; -1: refused. */
static int try(const axon_params *params, axon_precision precision, const char *name, double value) {
  double strain[PROFILES][TIMES];
  char text[] = "profile", *names[PROFILES] = {text, text, text};
  axon_outcome outcomes[PROFILES];
  lg_axon *axon;
  int failed = 0;
  for (size_t k = 0; k < TIMES; k++) {
    strain[0][k] = fmin(0.01 * (double)k, 0.08);
    strain[1][k] = -0.005 * (double)k;
    strain[2][k] = 0.2 * sin(0.3 * (double)k);
  }
  const axon_profiles p = {.n = PROFILES, .n_times = TIMES, .dt_s = 1e-3, .strain = strain[0], .names = names};
  const lg_status status = lg_axon_create(ctx, params, &axon);
  if (status != LG_OK) {
    assert_int_equal(status, LG_ERR_RANGE);
    assert_null(strchr(lg_ctx_message(ctx), '\n'));
    return -1;
  }
  assert_ok(ctx, lg_axon_simulate(ctx, axon, &p, &(axon_simulate_opts){.precision = precision}, outcomes, NULL));
  for (size_t k = 0; k < PROFILES; k++) {
    check_outcome(&outcomes[k], name, value);
    failed += outcomes[k].failed;
  }
  lg_axon_destroy(ctx, axon);
  return failed;
}

static void constants_at_their_bounds(void **state) {
  (void)state;
  int refused = 0, failed = 0;
  for (size_t k = 0; k < AXON_PARAMS; k++)
    for (size_t end = 0; end < 2; end++) {
      const axon_param_name *name = &lg_axon_param_names[k];
      axon_params p = lg_axon_params_female();
      p.elements = 24;
      double value = end ? name->high : name->low;
      if (strcmp(name->name, "nel") == 0 && end) value = 300; /* long axons are slow, nothing else */
      lg_axon_param_set(&p, name, value);
      for (size_t precision = 0; precision < 2; precision++) {
        const int n = try(&p, precision ? AXON_DOUBLE : AXON_FLOAT, name->name, value);
        if (n < 0) refused++;
        else failed += n;
      }
    }
  assert_int_equal(refused, 4); /* L_min above L_max, both ways */
  assert_true(failed <= 6);     /* floats of the greatest viscosity */
}

/* Rings of the bundle that are full, and those that are not. */
static void bundles_of_any_size(void **state) {
  (void)state;
  for (size_t rows = 2; rows <= 61; rows += rows < 8 || rows == 36 ? 1 : 7) {
    axon_params p = lg_axon_params_male();
    p.rows = rows;
    p.elements = 12;
    assert_int_equal(try(&p, AXON_FLOAT, "rows", (double)rows), 0);
  }
  axon_params p = lg_axon_params_male();
  p.rows = 1; /* no neighbour: nothing for tau to join */
  assert_int_equal(try(&p, AXON_FLOAT, "rows", 1.0), -1);
  assert_non_null(strstr(lg_ctx_message(ctx), "rows is 1"));
}

/* Alone, without tissue: fragments whose bonds are gone must not float. */
static void isolated_axons_stay_in_place(void **state) {
  (void)state;
  for (size_t precision = 0; precision < 2; precision++) {
    axon_params p = lg_axon_params_female();
    p.elements = 40;
    p.foundation = 0.0;
    p.loss_rate = 1e9; /* bonds go at the ceiling's rate */
    p.loss_rate_max = 1e5;
    assert_int_equal(try(&p, precision ? AXON_DOUBLE : AXON_FLOAT, "kf", 0.0), 0);
    p.drag = 0.0;
    assert_int_equal(try(&p, AXON_FLOAT, "kf and zd", 0.0), -1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(constants_at_their_bounds),
      cmocka_unit_test(bundles_of_any_size),
      cmocka_unit_test(isolated_axons_stay_in_place),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
