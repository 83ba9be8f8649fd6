/* Calcium in a dendrite: rest, conservation, order, and the wave of an independent program. */
#include "calcium/run.h"
#include "tests/one_ctx.h"
#include "tests/unit/calcium_case.h"

#include <math.h>
#include <string.h>

static calcium_section cylinder = {.length_um = 64.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15};
static calcium_place probe = {0, 32.0};

static calcium_case open_case(double end_s) { return one_section_case(&cylinder, &probe, end_s); }

static calcium_result *run_with(const calcium_case *c, const calcium_extra *extra, double dx_um, double dt_s,
                                calcium_scheme scheme) {
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  const calcium_options o = {.scheme = scheme, .dt_s = dt_s};
  assert_int_equal(lg_calcium_grid_create(ctx, c, dx_um, &grid), LG_OK);
  assert_int_equal(lg_calcium_simulate(ctx, c, grid, &gate, extra, &o, &r), LG_OK);
  lg_calcium_grid_destroy(ctx, grid);
  return r;
}

static calcium_result *run(const calcium_case *c, double dx_um, double dt_s, calcium_scheme scheme) {
  return run_with(c, NULL, dx_um, dt_s, scheme);
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
  assert_true(fabs(total(r, r->n_samples - 1) / total(r, 0) - 1.0) < 1e-13);
  assert_true(r->summary.open_high > 0.9);
  lg_calcium_result_destroy(ctx, r);
}

/* A second buffer of the cytosol, free at 100 µM when all is free, that binds as calbindin does, with a gate of one
 * state that opens it to calcium as fast as 200 1/s. */
static void buffer_rest(const calcium_extra *x, double *gates) {
  for (size_t k = 0; k < x->grid->n; k++) gates[k] = 0.0;
}

static void buffer_rates(const calcium_extra *x, double t, const double *c, const double *e, const double *species,
                         const double *gates, double *dc, double *de, double *dspecies) {
  (void)t, (void)e, (void)de;
  for (size_t k = 0; k < x->grid->n; k++) {
    const double j = gates[k] * (10.0 * c[k] * species[k] - 50.0 * (100.0 - species[k]));
    dc[k] -= j;
    dspecies[k] = -j;
  }
}

static void buffer_advance(const calcium_extra *x, double t, double h, const double *c, const double *e,
                           const double *species, double *gates) {
  (void)t, (void)c, (void)e, (void)species;
  for (size_t k = 0; k < x->grid->n; k++) gates[k] = (gates[k] + h * 200.0) / (1.0 + h * 200.0);
}

static double bound_at_end(double dt_s) {
  calcium_case c = open_case(0.01);
  const calcium_species buffer = {
      .name = "fluo", .diffusion = 15.0, .rest_uM = 99.0, .calcium_each = -1.0, .calcium_total = 100.0};
  calcium_extra x = {.n_species = 1,
                     .n_gates = 1,
                     .species = &buffer,
                     .rest = buffer_rest,
                     .rates = buffer_rates,
                     .advance = buffer_advance};
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  const calcium_options o = {.dt_s = dt_s};
  c.membrane_closed = true;
  c.n_stimuli = 0;
  c.bump_uM = 0.5;
  c.bump_x0_um = 16.0;
  c.bump_sigma_um = 1.0;
  assert_int_equal(lg_calcium_grid_create(ctx, &c, 0.5, &grid), LG_OK);
  x.grid = grid;
  assert_int_equal(lg_calcium_simulate(ctx, &c, grid, &gate, &x, &o, &r), LG_OK);
  assert_int_equal(r->n_columns, 5);
  assert_true(fabs(total(r, r->n_samples - 1) / total(r, 0) - 1.0) < 1e-13);
  const double value = r->samples[((r->n_samples - 1) * r->n_probes + 1) * 5 + 4];
  assert_true(value > 80.0 && value < 90.0);
  lg_calcium_result_destroy(ctx, r);
  lg_calcium_grid_destroy(ctx, grid);
  return value;
}

static void test_further_species_are_moved_to_second_order(void **state) {
  (void)state;
  const double a = bound_at_end(2e-5), b = bound_at_end(1e-5), c = bound_at_end(5e-6);
  const double order = log2((a - b) / (b - c));
  assert_true(order > 1.85 && order < 2.1);
}

static void test_rest_stays(void **state) {
  (void)state;
  calcium_case c = open_case(1.0);
  c.n_stimuli = 0;
  calcium_result *r = run(&c, 1.0, 1e-4, CALCIUM_IMEX2);
  const double *last = r->samples + (r->n_samples - 1) * r->n_probes * 4;
  assert_true(fabs(last[0] / 0.05 - 1.0) < 1e-11);
  assert_true(fabs(last[2] / 250.0 - 1.0) < 1e-11);
  assert_true(isnan(r->summary.speed_um_s));
  lg_calcium_result_destroy(ctx, r);
}

/* Densities that vary: each node rests; the wave runs where there is RyR enough and ends where there is not. */
static void test_densities_along_the_dendrite(void **state) {
  (void)state;
  double x[4] = {0.0, 40.0, 42.0, 64.0}, value[4] = {3.0, 3.0, 0.05, 0.05};
  calcium_profile_piece piece = {.section = 0, .n = 4, .x_um = x, .value = value};
  calcium_case c = open_case(0.5);
  c.densities[CALCIUM_RYR] = (calcium_profile){3.0, 1, &piece};
  assert_int_equal(lg_calcium_case_check(ctx, &c), LG_OK);
  c.n_stimuli = 0;
  calcium_result *r = run(&c, 1.0, 1e-4, CALCIUM_IMEX2);
  const double *last = r->samples + (r->n_samples - 1) * r->n_probes * 4;
  for (size_t k = 0; k < r->n_probes; k++) {
    assert_true(fabs(last[4 * k] / 0.05 - 1.0) < 1e-11);
    assert_true(fabs(last[4 * k + 2] / 250.0 - 1.0) < 1e-11);
  }
  lg_calcium_result_destroy(ctx, r);
  c.n_stimuli = 1;
  c.end_s = 0.08;
  r = run(&c, 0.1, 1e-5, CALCIUM_IMEX2);
  assert_true(r->arrivals[0].up_s > 0.02 && r->arrivals[0].up_s < 0.03); /* 32 µm */
  assert_true(isnan(r->arrivals[2].up_s));                               /* 48 µm */
  lg_calcium_result_destroy(ctx, r);
  value[2] = -1.0;
  assert_int_equal(lg_calcium_case_check(ctx, &c), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "rho_R of section 0 is -1"));
}

/* A synapse of so many mol/s brings as much on any grid, as a point too. */
static void test_synapse_by_its_total(void **state) {
  (void)state;
  calcium_stimulus synapse = {.total_mol_s = 4e-18, .x0_um = 10.03, .off_s = 0.001};
  calcium_case c = open_case(0.002);
  c.stimuli = &synapse;
  c.constants.pmca_density = c.constants.ncx_density = 0.0;
  assert_int_equal(lg_calcium_case_check(ctx, &c), LG_OK);
  for (size_t k = 0; k < 6; k++) {
    const double dx[3] = {0.4, 0.1, 0.05};
    synapse.sigma_um = k < 3 ? 0.0 : 0.3;
    calcium_result *r = run(&c, dx[k % 3], 2e-6, CALCIUM_IMEX2);
    const double came = total(r, r->n_samples - 1) - total(r, 0);
    assert_true(fabs(came / (4e-18 * 1e21 * 0.0005) - 1.0) < 1e-5);
    lg_calcium_result_destroy(ctx, r);
  }
  synapse.x0_um = 65.0;
  assert_int_equal(lg_calcium_case_check(ctx, &c), LG_ERR_RANGE);
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

/* What is said to be the longest step is: just below it rest stays, twice it and rest is left. */
static void test_longest_step(void **state) {
  (void)state;
  calcium_case c = open_case(0.2);
  const calcium_scheme schemes[2] = {CALCIUM_IMEX2, CALCIUM_IMEX1};
  c.n_stimuli = 0;
  c.bump_uM = 1e-4;
  c.bump_x0_um = 32.0;
  c.bump_sigma_um = 1.0;
  for (size_t q = 0; q < 2; q++) {
    calcium_grid *grid = NULL;
    calcium_run *r = NULL;
    calcium_result *result = NULL;
    const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
    assert_int_equal(lg_calcium_grid_create(ctx, &c, 1.0, &grid), LG_OK);
    assert_int_equal(lg_calcium_run_create(ctx, &c, grid, &gate, NULL, schemes[q], &r), LG_OK);
    const double longest = lg_calcium_run_longest_step(r);
    assert_true(longest > 1e-4 && longest < 1e-2);
    double off[2];
    for (size_t k = 0; k < 2; k++) {
      calcium_run *one = NULL;
      assert_int_equal(lg_calcium_run_create(ctx, &c, grid, &gate, NULL, schemes[q], &one), LG_OK);
      for (lg_calcium_run_begin(one, 0.3, longest * (k ? 2.0 : 0.95)); !lg_calcium_run_ended(one);)
        assert_int_equal(lg_calcium_run_step(ctx, one), LG_OK);
      off[k] = fabs(lg_calcium_run_state(one)->c[32] - 0.05);
      lg_calcium_run_destroy(ctx, one);
    }
    assert_true(off[0] < 1e-5);
    assert_false(off[1] < 1e-3);
    const calcium_options o = {.scheme = schemes[q], .dt_s = 1.01 * longest};
    assert_int_equal(lg_calcium_simulate(ctx, &c, grid, &gate, NULL, &o, &result), LG_ERR_RANGE);
    assert_non_null(strstr(lg_ctx_message(ctx), "at most"));
    lg_calcium_run_destroy(ctx, r);
    lg_calcium_grid_destroy(ctx, grid);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_speed_and_order_in_time),
      cmocka_unit_test(test_total_is_kept_behind_a_closed_membrane),
      cmocka_unit_test(test_further_species_are_moved_to_second_order),
      cmocka_unit_test(test_rest_stays),
      cmocka_unit_test(test_densities_along_the_dendrite),
      cmocka_unit_test(test_synapse_by_its_total),
      cmocka_unit_test(test_longest_step),
      cmocka_unit_test(test_bad_shapes_are_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
