/* Diffusion of orders 4 and 6 on a dendrite whose radius changes, and what a tree keeps. */
#include "calcium/run.h"
#include "tests/one_ctx.h"
#include "tests/unit/calcium_case.h"

#include <math.h>

static calcium_section taper = {
    .length_um = 16.0, .parent = -1, .radius0_um = 0.4, .radius1_um = 0.05, .er0_um = 0.15, .er1_um = 0.02};
static calcium_place probe = {0, 12.0};

static calcium_case a_case(double end_s) { return one_section_case(&taper, &probe, end_s); }

static calcium_result *run(const calcium_case *c, double dx_um, unsigned order, calcium_scheme scheme, double dt_s) {
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  const calcium_options o = {.scheme = scheme, .dt_s = dt_s, .tolerance = 0.3};
  assert_int_equal(lg_calcium_grid_create(ctx, c, dx_um, &grid), LG_OK);
  assert_int_equal(lg_calcium_grid_order(ctx, c, grid, order), LG_OK);
  assert_int_equal(lg_calcium_simulate(ctx, c, grid, &gate, NULL, &o, &r), LG_OK);
  lg_calcium_grid_destroy(ctx, grid);
  return r;
}

static double arrival(double dx_um, unsigned order, calcium_scheme scheme) {
  const calcium_case c = a_case(0.013);
  calcium_result *r = run(&c, dx_um, order, scheme, 5e-6);
  const double up = r->arrivals[0].up_s;
  lg_calcium_result_destroy(ctx, r);
  return up;
}

static void check_order(unsigned order, calcium_scheme scheme, double least, double most) {
  const double a = arrival(0.1, order, scheme), b = arrival(0.05, order, scheme), c = arrival(0.025, order, scheme);
  const double found = log2((a - b) / (b - c));
  assert_true(found > least && found < most);
}

static void test_orders(void **state) {
  (void)state;
  check_order(2, CALCIUM_IMEX2, 1.9, 2.2);
  check_order(4, CALCIUM_IMEX2, 3.7, 4.5);
  check_order(6, CALCIUM_IMEX2, 4.8, 6.5);
  check_order(4, CALCIUM_RODAS4, 3.7, 4.5);
}

/* All orders go to the same wave. */
static void test_orders_agree(void **state) {
  (void)state;
  const double two = arrival(0.025, 2, CALCIUM_IMEX2), one = arrival(0.0125, 2, CALCIUM_IMEX2);
  const double limit = one + (one - two) / 3.0;
  assert_true(fabs(arrival(0.05, 6, CALCIUM_IMEX2) - limit) < 2e-5 * limit);
  assert_true(fabs(arrival(0.05, 4, CALCIUM_IMEX2) - limit) < 1e-4 * limit);
}

static void test_totals_are_kept_on_a_tree(void **state) {
  (void)state;
  calcium_section tree[3] = {{.length_um = 6.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15},
                             {.length_um = 6.1, .parent = 0, .radius0_um = 0.32, .er0_um = 0.13, .radius1_um = 0.05},
                             {.length_um = 5.0, .parent = 0, .radius0_um = 0.32, .er0_um = 0.1}};
  calcium_case c = a_case(0.02);
  c.n_sections = 3;
  c.sections = tree;
  c.membrane_closed = true;
  c.n_stimuli = 0;
  c.bump_uM = 20.0;
  c.bump_x0_um = 2.0;
  c.bump_sigma_um = 1.0;
  probe.x_um = 3.0;
  for (unsigned k = 0; k < 3; k++) {
    calcium_result *r = run(&c, 0.1, k ? 4 : 6, k == 2 ? CALCIUM_RODAS4 : CALCIUM_IMEX2, 5e-6);
    const double *a = r->totals, *b = r->totals + 3 * (r->n_samples - 1);
    assert_true(fabs((b[0] + b[1] + b[2]) / (a[0] + a[1] + a[2]) - 1.0) < 1e-13);
    assert_true(r->summary.open_high > 0.9);
    lg_calcium_result_destroy(ctx, r);
  }
  probe.x_um = 12.0;
}

static void test_what_there_is_not(void **state) {
  (void)state;
  const calcium_case c = a_case(0.001);
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  const calcium_options o = {.scheme = CALCIUM_RODAS4};
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  assert_int_equal(lg_calcium_grid_create(ctx, &c, 0.2, &grid), LG_OK);
  assert_int_equal(lg_calcium_grid_order(ctx, &c, grid, 3), LG_ERR_RANGE);
  assert_int_equal(lg_calcium_grid_order(ctx, &c, grid, 6), LG_OK);
  assert_int_equal(lg_calcium_simulate(ctx, &c, grid, &gate, NULL, &o, &r), LG_ERR_UNSUPPORTED);
  lg_calcium_grid_destroy(ctx, grid);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_orders),
      cmocka_unit_test(test_orders_agree),
      cmocka_unit_test(test_totals_are_kept_on_a_tree),
      cmocka_unit_test(test_what_there_is_not),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
