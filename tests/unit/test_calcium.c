/* Calcium in a dendrite: rest, conservation, order, and the wave of an independent program. */
#include "calcium/run.h"
#include "tests/one_ctx.h"

#include <math.h>
#include <string.h>

static calcium_section cylinder = {.length_um = 64.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15};
static calcium_stimulus ramp = {2500.0, 0.0, 0.5, 0.0, 0.001, 0};
static calcium_place probe = {0, 32.0};

static calcium_case open_case(double end_s) {
  return (calcium_case){.constants = lg_calcium_constants_default(),
                        .n_sections = 1,
                        .sections = &cylinder,
                        .n_stimuli = 1,
                        .stimuli = &ramp,
                        .end_s = end_s,
                        .threshold_uM = 1.0,
                        .n_probes = 1,
                        .probes = &probe};
}

static calcium_result *run(const calcium_case *c, double dx_um, double dt_s, calcium_scheme scheme) {
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  const calcium_options o = {.scheme = scheme, .dt_s = dt_s};
  assert_int_equal(lg_calcium_grid_create(ctx, c, dx_um, &grid), LG_OK);
  assert_int_equal(lg_calcium_simulate(ctx, c, grid, &gate, &o, &r), LG_OK);
  lg_calcium_grid_destroy(ctx, grid);
  return r;
}

static double speed(double dx_um, double dt_s, calcium_scheme scheme) {
  const calcium_case c = open_case(0.045);
  calcium_result *r = run(&c, dx_um, dt_s, scheme);
  const double v = r->summary.speed_um_s;
  lg_calcium_result_destroy(ctx, r);
  return v;
}

/* Second-order volumes at dx 0.1 µm: 1346.930 µm/s by two other programs (method of lines with VODE; NEURON rxd). */
static void test_speed_and_order_in_time(void **state) {
  (void)state;
  const double truth = 1346.930;
  const double e10 = speed(0.1, 10e-6, CALCIUM_IMEX2) - truth, e5 = speed(0.1, 5e-6, CALCIUM_IMEX2) - truth;
  assert_true(fabs(e5) < 3e-4 * truth);
  assert_true(log2(e10 / e5) > 1.85 && log2(e10 / e5) < 2.15);
  const double first = speed(0.1, 10e-6, CALCIUM_IMEX1) - truth;
  assert_true(fabs(first) > 2e-4 * truth && fabs(first) < 2e-3 * truth);
}

static double total(const calcium_result *r, size_t row) {
  return r->totals[3 * row] + r->totals[3 * row + 1] + r->totals[3 * row + 2];
}

static void test_total_is_kept_behind_a_closed_membrane(void **state) {
  (void)state;
  calcium_case c = open_case(0.02);
  c.membrane_closed = true;
  c.n_stimuli = 0;
  c.bump_uM = 20.0;
  c.bump_x0_um = 10.0;
  c.bump_sigma_um = 1.0;
  cylinder.radius1_um = 0.05; /* a taper as well */
  calcium_result *r = run(&c, 0.1, 5e-6, CALCIUM_IMEX2);
  cylinder.radius1_um = 0.0;
  assert_true(fabs(total(r, r->n_samples - 1) / total(r, 0) - 1.0) < 1e-12);
  assert_true(r->summary.open_high > 0.9);
  lg_calcium_result_destroy(ctx, r);
}

static void test_rest_stays(void **state) {
  (void)state;
  calcium_case c = open_case(1.0);
  c.n_stimuli = 0;
  calcium_result *r = run(&c, 1.0, 1e-4, CALCIUM_IMEX2);
  const double *last = r->samples + (r->n_samples - 1) * r->n_probes * 4;
  assert_true(fabs(last[0] / 0.05 - 1.0) < 1e-9);
  assert_true(fabs(last[2] / 250.0 - 1.0) < 1e-9);
  assert_true(isnan(r->summary.speed_um_s));
  lg_calcium_result_destroy(ctx, r);
}

static void test_bad_shapes_are_refused(void **state) {
  (void)state;
  calcium_case c = open_case(0.1);
  c.constants.ryr_density = -1.0;
  assert_int_equal(lg_calcium_case_check(ctx, &c), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "rho_R is -1"));
  c = open_case(0.1);
  cylinder.er0_um = 0.4;
  assert_int_equal(lg_calcium_case_check(ctx, &c), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "below the dendrite's"));
  cylinder.er0_um = 0.15;
  assert_int_equal(lg_calcium_case_check(ctx, &c), LG_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_speed_and_order_in_time),
      cmocka_unit_test(test_total_is_kept_behind_a_closed_membrane),
      cmocka_unit_test(test_rest_stays),
      cmocka_unit_test(test_bad_shapes_are_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
