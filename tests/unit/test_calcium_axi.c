/* Calcium resolved across the dendrite: exact diffusion, conservation, rest, the limit of thin dendrites, the wave. */
#define _XOPEN_SOURCE 700 /* j0 */
#include "calcium/axi_field.h"
#include "tests/one_ctx.h"

#include <math.h>
#include <string.h>

static calcium_section cylinder;
static calcium_stimulus ramp;
static calcium_place probe;

static calcium_case wave_case(double length_um, double end_s) {
  cylinder = (calcium_section){.length_um = length_um, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15};
  ramp = (calcium_stimulus){.j0 = 2500.0, .sigma_um = 0.5, .off_s = 0.001};
  probe = (calcium_place){0, 0.5 * length_um};
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

static calcium_result *run(const calcium_case *c, size_t rings, double dx_um, double dt_s) {
  calcium_grid *line = NULL;
  calcium_axi_grid *grid = NULL;
  calcium_axi *axi = NULL;
  calcium_result *r = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  const calcium_options o = {.dt_s = dt_s, .sample_s = 1e-3};
  assert_ok(ctx, lg_calcium_grid_create(ctx, c, dx_um, &line));
  if (rings == 0) {
    assert_ok(ctx, lg_calcium_simulate(ctx, c, line, &gate, NULL, &o, &r));
  } else {
    assert_ok(ctx, lg_calcium_axi_grid_create(ctx, c, line, rings, &grid));
    assert_ok(ctx, lg_calcium_axi_create(ctx, c, grid, &gate, &axi));
    const calcium_stepper stepper = lg_calcium_axi_stepper(axi);
    assert_ok(ctx, lg_calcium_simulate_with(ctx, c, line, &stepper, NULL, &o, &r));
  }
  lg_calcium_axi_destroy(ctx, axi);
  lg_calcium_axi_grid_destroy(ctx, grid);
  lg_calcium_grid_destroy(ctx, line);
  return r;
}

static double speed(const calcium_case *c, size_t rings, double dx_um, double dt_s) {
  calcium_result *r = run(c, rings, dx_um, dt_s);
  const double v = r->summary.speed_um_s;
  lg_calcium_result_destroy(ctx, r);
  return v;
}

static double total(const calcium_result *r, size_t row) {
  return r->totals[3 * row] + r->totals[3 * row + 1] + r->totals[3 * row + 2];
}

/* Error of cos(pi x / L) J0(j1 rho / r) in the ER after 0.2 ms, as a share of its amplitude there. */
static double mode_error(size_t rings, double dx_um, size_t steps) {
  const calcium_case c = wave_case(2.0, 1.0);
  const double j1 = 3.831705970207512, pi = 3.14159265358979323846, D = 10.0, r = cylinder.er0_um, end = 2e-4;
  const double dt = end / (double)steps;
  calcium_grid *line = NULL;
  calcium_axi_grid *g = NULL;
  axi_field f = {0};
  double worst = 0.0;
  assert_ok(ctx, lg_calcium_grid_create(ctx, &c, dx_um, &line));
  assert_ok(ctx, lg_calcium_axi_grid_create(ctx, &c, line, rings, &g));
  assert_ok(ctx, lg_calcium_axi_field_create(ctx, &f, &g->er, g->n_x, D));
  for (size_t i = 0; i < g->n_x; i++)
    for (size_t k = 0; k < g->er.n; k++)
      f.now[i * g->er.n + k] = cos(pi * line->x_um[i] / 2.0) * j0(j1 * g->er.rho_um[i * g->er.n + k] / r);
  for (size_t s = 0; s < steps; s++) {
    if (s < 2) lg_calcium_axi_factor(&f, s ? 2.0 * dt / 3.0 : dt);
    lg_calcium_axi_diffuse(&f, s ? 2.0 * dt / 3.0 : dt, s ? 1.0 : 0.0, s ? -2.0 / 3.0 : 0.0);
  }
  const double decay = exp(-D * end * (j1 * j1 / (r * r) + pi * pi / 4.0));
  for (size_t i = 0; i < g->n_x; i++)
    for (size_t k = 0; k < g->er.n; k++) {
      const double exact = cos(pi * line->x_um[i] / 2.0) * j0(j1 * g->er.rho_um[i * g->er.n + k] / r);
      worst = fmax(worst, fabs(f.now[i * g->er.n + k] / decay - exact));
    }
  lg_calcium_axi_field_destroy(ctx, &f);
  lg_calcium_axi_grid_destroy(ctx, g);
  lg_calcium_grid_destroy(ctx, line);
  return worst;
}

static void test_diffusion_is_of_second_order_in_rho_and_time(void **state) {
  (void)state;
  const double a = mode_error(32, 0.1, 4000), b = mode_error(64, 0.1, 4000);
  assert_true(b < 0.03);

  assert_true(log2(a / b) > 1.85 && log2(a / b) < 2.3);
  const double c = mode_error(256, 0.1, 20), d = mode_error(256, 0.1, 40);
  assert_true(log2(c / d) > 1.7 && log2(c / d) < 2.4);
}

static void test_volumes_are_those_of_the_line(void **state) {
  (void)state;
  const calcium_case c = wave_case(4.0, 1.0);
  cylinder.radius1_um = 0.05;
  cylinder.er1_um = 0.03;
  calcium_grid *line = NULL;
  calcium_axi_grid *g = NULL;
  assert_ok(ctx, lg_calcium_grid_create(ctx, &c, 0.25, &line));
  assert_ok(ctx, lg_calcium_axi_grid_create(ctx, &c, line, 9, &g));
  for (size_t i = 0; i < g->n_x; i++) {
    double cytosol = 0.0, er = 0.0;
    for (size_t k = 0; k < g->cytosol.n; k++) cytosol += g->cytosol.volume_um3[i * g->cytosol.n + k];
    for (size_t k = 0; k < g->er.n; k++) er += g->er.volume_um3[i * g->er.n + k];
    assert_true(fabs(cytosol / line->cytosol_um3[i] - 1.0) < 1e-13);
    assert_true(fabs(er / line->er_um3[i] - 1.0) < 1e-13);
  }
  lg_calcium_axi_grid_destroy(ctx, g);
  lg_calcium_grid_destroy(ctx, line);
}

static void test_total_is_kept_behind_a_closed_membrane(void **state) {
  (void)state;
  calcium_case c = wave_case(16.0, 0.01);
  c.membrane_closed = true;
  c.n_stimuli = 0;
  c.bump_uM = 20.0;
  c.bump_x0_um = 4.0;
  c.bump_sigma_um = 1.0;
  cylinder.radius1_um = 0.05;
  calcium_result *r = run(&c, 8, 0.1, 5e-6);
  assert_true(fabs(total(r, r->n_samples - 1) / total(r, 0) - 1.0) < 1e-12);
  assert_true(r->summary.open_high > 0.9);
  lg_calcium_result_destroy(ctx, r);
}

static void test_rest_stays(void **state) {
  (void)state;
  calcium_case c = wave_case(8.0, 0.5);
  c.n_stimuli = 0;
  calcium_result *r = run(&c, 8, 0.5, 5e-5);
  const double *last = r->samples + (r->n_samples - 1) * r->n_probes * 4;
  assert_true(fabs(last[0] / 0.05 - 1.0) < 1e-9);
  assert_true(fabs(last[2] / 250.0 - 1.0) < 1e-9);
  lg_calcium_result_destroy(ctx, r);
}

/* Where calcium crosses the dendrite faster than the front passes, one dimension is enough. */
static void test_a_thin_dendrite_is_one_dimensional(void **state) {
  (void)state;
  calcium_case c = wave_case(8.0, 0.02);
  cylinder.radius0_um = 0.02;
  cylinder.er0_um = 0.008;
  c.constants.ryr_density /= 20.0; /* fluxes per volume as in the thick one */
  c.constants.serca_density /= 20.0;
  c.constants.pmca_density /= 20.0;
  c.constants.ncx_density /= 20.0;
  ramp.j0 /= 20.0;
  c.constants.diffusion_er = 220.0;
  const double one = speed(&c, 0, 0.05, 5e-6), two = speed(&c, 6, 0.05, 5e-6);
  assert_true(one > 1300.0);
  assert_true(fabs(two / one - 1.0) < 0.004);
}

/* 1750 ± 10 µm/s and a mean peak of 10.46 µM by another program. */
static void test_the_wave_runs_faster_than_in_one_dimension(void **state) {
  (void)state;
  const calcium_case c = wave_case(24.0, 0.02);
  calcium_result *r = run(&c, 8, 0.05, 5e-6);
  assert_true(fabs(r->summary.speed_um_s / 1750.0 - 1.0) < 0.02);
  assert_true(fabs(r->summary.peak_uM / 10.46 - 1.0) < 0.005);
  lg_calcium_result_destroy(ctx, r);
}

static void test_bad_requests_are_refused(void **state) {
  (void)state;
  calcium_case c = wave_case(8.0, 0.1);
  calcium_section two[2];
  calcium_grid *line = NULL;
  calcium_axi_grid *g = NULL;
  assert_ok(ctx, lg_calcium_grid_create(ctx, &c, 0.5, &line));
  assert_int_equal(lg_calcium_axi_grid_create(ctx, &c, line, 3, &g), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "4 to 512"));
  cylinder.radius1_um = 0.3;
  cylinder.length_um = 4.0;
  assert_int_equal(lg_calcium_axi_grid_create(ctx, &c, line, 8, &g), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "up to 0.1"));
  two[0] = two[1] = cylinder;
  c.sections = two;
  c.n_sections = 2;
  assert_int_equal(lg_calcium_axi_grid_create(ctx, &c, line, 8, &g), LG_ERR_UNSUPPORTED);
  lg_calcium_grid_destroy(ctx, line);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_diffusion_is_of_second_order_in_rho_and_time),
      cmocka_unit_test(test_volumes_are_those_of_the_line),
      cmocka_unit_test(test_total_is_kept_behind_a_closed_membrane),
      cmocka_unit_test(test_rest_stays),
      cmocka_unit_test(test_a_thin_dendrite_is_one_dimensional),
      cmocka_unit_test(test_the_wave_runs_faster_than_in_one_dimension),
      cmocka_unit_test(test_bad_requests_are_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
