/* RODAS4 on a dendrite: speed, error and its estimate by the tolerance, total, edges, gates by formula and by
 * differences, a tree. */
#include "calcium/adaptive.h"
#include "tests/one_ctx.h"
#include "tests/unit/calcium_case.h"

#include <math.h>
#include <string.h>

static calcium_section cylinder = {.length_um = 32.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15};
static calcium_place probe = {0, 16.0};

static calcium_case a_case(double end_s) { return one_section_case(&cylinder, &probe, end_s); }

static calcium_result *run(const calcium_case *c, const calcium_gate *gate, double dx_um, calcium_scheme scheme,
                           double dt_s, double tolerance) {
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  const calcium_options o = {.scheme = scheme, .dt_s = dt_s, .tolerance = tolerance};
  assert_int_equal(lg_calcium_grid_create(ctx, c, dx_um, &grid), LG_OK);
  assert_int_equal(lg_calcium_simulate(ctx, c, grid, gate, NULL, &o, &r), LG_OK);
  lg_calcium_grid_destroy(ctx, grid);
  return r;
}

static double speed_of(calcium_result *r) {
  const double v = r->summary.speed_um_s;
  lg_calcium_result_destroy(ctx, r);
  return v;
}

/* The same grid by another scheme with its step extrapolated to zero; and by rodas4 with a tolerance 1000 times finer:
 * errors shrink with it, and the estimate, which is that of the embedded method of order 3, is no smaller than they. */
static void test_speed_by_tolerance(void **state) {
  (void)state;
  const calcium_case c = a_case(0.025);
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  const double v2 = speed_of(run(&c, &gate, 0.1, CALCIUM_IMEX2, 5e-6, 0.0)),
               v1 = speed_of(run(&c, &gate, 0.1, CALCIUM_IMEX2, 2.5e-6, 0.0));
  const double truth = speed_of(run(&c, &gate, 0.1, CALCIUM_RODAS4, 0.0, 0.1));
  assert_true(fabs(v1 + (v1 - v2) / 3.0 - truth) < 2e-5 * truth);
  double error[2], estimate[2];
  for (size_t k = 0; k < 2; k++) {
    calcium_result *r = run(&c, &gate, 0.1, CALCIUM_RODAS4, 0.0, k ? 1.0 : 100.0);
    estimate[k] = fabs(r->effort.shift_s / r->effort.moving_s);
    assert_true(r->effort.steps > 200 && r->effort.steps < 5000);
    error[k] = fabs(speed_of(r) / truth - 1.0);
  }
  assert_true(error[1] < 1e-6 && error[1] < 0.3 * error[0]);
  assert_true(estimate[0] > error[0] && estimate[1] > error[1]);
  assert_true(estimate[0] < 1e-3 && estimate[1] < 1e-5);
}

static void test_total_is_kept(void **state) {
  (void)state;
  calcium_case c = a_case(0.02);
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  c.membrane_closed = true;
  c.n_stimuli = 0;
  c.bump_uM = 20.0;
  c.bump_x0_um = 10.0;
  c.bump_sigma_um = 1.0;
  cylinder.radius1_um = 0.05; /* a taper as well */
  calcium_result *r = run(&c, &gate, 0.2, CALCIUM_RODAS4, 0.0, 10.0);
  cylinder.radius1_um = 0.0;
  const double *first = r->totals, *last = r->totals + 3 * (r->n_samples - 1);
  assert_true(fabs((last[0] + last[1] + last[2]) / (first[0] + first[1] + first[2]) - 1.0) < 1e-12);
  assert_true(r->summary.open_high > 0.9);
  lg_calcium_result_destroy(ctx, r);
}

/* Derivatives by differences, and a gate that gives rates alone, make the same wave. */
static void test_gates_without_derivatives(void **state) {
  (void)state;
  const calcium_case c = a_case(0.03);
  calcium_gate gates[] = {lg_calcium_gate_kl(&c.constants), lg_calcium_gate_closure(&c.constants),
                          lg_calcium_gate_rise(&c.constants)};
  for (size_t k = 0; k < 3; k++) {
    const double truth = speed_of(run(&c, &gates[k], 0.2, CALCIUM_RODAS4, 0.0, 1.0));
    gates[k].derivatives = NULL;
    assert_true(fabs(speed_of(run(&c, &gates[k], 0.2, CALCIUM_RODAS4, 0.0, 1.0)) / truth - 1.0) < 1e-6);
    if (!gates[k].rates) continue;
    gates[k].slopes = NULL;
    assert_true(fabs(speed_of(run(&c, &gates[k], 0.2, CALCIUM_RODAS4, 0.0, 1.0)) / truth - 1.0) < 1e-6);
  }
}

/* A stimulus that begins later makes the same wave later, however long the steps before it are. */
static void test_steps_land_on_edges(void **state) {
  (void)state;
  calcium_case c = a_case(0.02);
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  double up[2];
  for (size_t k = 0; k < 2; k++) {
    ramp.on_s = k ? 1.0 : 0.0;
    ramp.off_s = ramp.on_s + 1e-3;
    c.end_s = ramp.on_s + 0.02;
    calcium_result *r = run(&c, &gate, 0.2, CALCIUM_RODAS4, 0.0, 1.0);
    up[k] = r->arrivals[0].up_s - ramp.on_s;
    lg_calcium_result_destroy(ctx, r);
  }
  ramp.on_s = 0.0;
  ramp.off_s = 1e-3;
  assert_true(fabs(up[1] - up[0]) < 2e-8);
}

static void test_tree(void **state) {
  (void)state;
  calcium_section tree[3] = {{.length_um = 8.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15},
                             {.length_um = 8.0, .parent = 0, .radius0_um = 0.32, .er0_um = 0.13},
                             {.length_um = 8.0, .parent = 0, .radius0_um = 0.32, .er0_um = 0.1}};
  calcium_place places[2] = {{1, 6.0}, {2, 6.0}};
  calcium_case c = a_case(0.016);
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  c.n_sections = 3;
  c.sections = tree;
  c.n_probes = 2;
  c.probes = places;
  calcium_result *a = run(&c, &gate, 0.1, CALCIUM_RODAS4, 0.0, 0.1);
  calcium_result *b4 = run(&c, &gate, 0.1, CALCIUM_IMEX2, 5e-6, 0.0),
                 *b2 = run(&c, &gate, 0.1, CALCIUM_IMEX2, 2.5e-6, 0.0);
  for (size_t k = 0; k < 2; k++) {
    const double fine = b2->arrivals[k].up_s + (b2->arrivals[k].up_s - b4->arrivals[k].up_s) / 3.0;
    assert_true(fabs(a->arrivals[k].up_s - fine) < 2e-7);
  }
  lg_calcium_result_destroy(ctx, a);
  lg_calcium_result_destroy(ctx, b4);
  lg_calcium_result_destroy(ctx, b2);
}

/* What is asked for is reached, by both ways, and the estimate is honest: within a factor of three for halving, not
 * below the truth for the embedded method. */
static void test_tolerance_of_the_user(void **state) {
  (void)state;
  const calcium_case c = a_case(0.025);
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  const double truth = speed_of(run(&c, &gate, 0.2, CALCIUM_RODAS4, 0.0, 0.1));
  const struct {
    calcium_scheme scheme;
    double tolerance;
  } rows[] = {{CALCIUM_IMEX1, 2e-3},
              {CALCIUM_IMEX2, 2e-3},
              {CALCIUM_IMEX2, 1e-4},
              {CALCIUM_RODAS4, 1e-4},
              {CALCIUM_RODAS4, 2e-6}};
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    calcium_grid *grid = NULL;
    calcium_result *r = NULL;
    const calcium_options o = {.scheme = rows[k].scheme, .dt_s = 40e-6};
    assert_int_equal(lg_calcium_grid_create(ctx, &c, 0.2, &grid), LG_OK);
    assert_int_equal(lg_calcium_simulate_within(ctx, &c, grid, &gate, NULL, &o, rows[k].tolerance, &r), LG_OK);
    lg_calcium_grid_destroy(ctx, grid);
    const double estimate = r->estimate.speed, error = fabs(r->summary.speed_um_s / truth - 1.0);
    print_message("%zu: estimate %.3g error %.3g of %.3g, %zu runs\n", k, estimate, error, rows[k].tolerance,
                  r->estimate.runs);
    assert_true(r->estimate.runs > 0 && estimate <= rows[k].tolerance && error <= rows[k].tolerance);
    if (rows[k].scheme == CALCIUM_RODAS4) assert_true(estimate >= error);
    else assert_true(estimate > error / 3.0 && estimate < 3.0 * error);
    lg_calcium_result_destroy(ctx, r);
  }
}

static void test_tolerances_out_of_range(void **state) {
  (void)state;
  const calcium_case c = a_case(0.002);
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  const calcium_options o = {.scheme = CALCIUM_IMEX1, .dt_s = 1e-3};
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  assert_int_equal(lg_calcium_grid_create(ctx, &c, 1.0, &grid), LG_OK);
  assert_int_equal(lg_calcium_simulate_within(ctx, &c, grid, &gate, NULL, &o, 0.5, &r), LG_ERR_RANGE);
  assert_null(r);
  lg_calcium_grid_destroy(ctx, grid);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_speed_by_tolerance),
      cmocka_unit_test(test_total_is_kept),
      cmocka_unit_test(test_gates_without_derivatives),
      cmocka_unit_test(test_steps_land_on_edges),
      cmocka_unit_test(test_tree),
      cmocka_unit_test(test_tolerance_of_the_user),
      cmocka_unit_test(test_tolerances_out_of_range),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
