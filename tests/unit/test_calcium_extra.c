/* Channels and stores beyond the base: rest, formulas, published oscillations, gates. */
#include "calcium/extra_case.h"
#include "tests/one_ctx.h"

#include <math.h>
#include <string.h>

static double table_x[3] = {0.0, 3.0, 10.0}, table_v[3] = {20.0, 5.0, 30.0}, five[1] = {5.0};
static calcium_profile_piece pieces[2] = {{.section = 0, .n = 3, .x_um = table_x, .value = table_v},
                                          {.section = 1, .n = 1, .value = five}};
static calcium_section tree[3] = {{.length_um = 10.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15},
                                  {.length_um = 4.0, .parent = 0, .radius0_um = 0.3, .er0_um = 0.1},
                                  {.length_um = 6.0, .parent = 0, .radius0_um = 0.25, .er0_um = 0.1}};
static double at_zero[1] = {0.0}, volts[1] = {-65.0};
static calcium_vdcc channels[2];

/* Everything there is, with densities that differ from node to node. */
static calcium_extras everything(void) {
  calcium_extras x = lg_calcium_extras_default();
  x.has_ip3 = x.has_ip3r = x.has_er_buffer = x.has_soce = true;
  x.ip3r_density = (calcium_profile){.everywhere = 17.3, .n_pieces = 2, .pieces = pieces};
  x.soce_tau_s = 0.5;
  assert_true(lg_calcium_vdcc_type("N", &channels[0]) && lg_calcium_vdcc_type("L", &channels[1]));
  channels[0].density = (calcium_profile){.everywhere = 1.0, .n_pieces = 2, .pieces = pieces};
  x.n_vdcc = 2;
  x.vdcc = channels;
  x.voltage = (calcium_voltage){.n = 1, .t_s = at_zero, .v_mV = volts};
  return x;
}

static calcium_case case_of(calcium_extras *x) {
  return (calcium_case){.constants = lg_calcium_constants_default(),
                        .n_sections = 3,
                        .sections = tree,
                        .end_s = 1.0,
                        .threshold_uM = 1.0,
                        .extras = x};
}

static void test_rest_is_an_equilibrium_at_every_node(void **state) {
  (void)state;
  calcium_extras x = everything();
  const calcium_case c = case_of(&x);
  calcium_grid *grid = NULL;
  calcium_extra *extra = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  double a[64], e[64], species[128], gates[512], da[64] = {0}, de[64] = {0}, ds[128];
  assert_int_equal(lg_calcium_extras_check(ctx, &x, &c), LG_OK);
  assert_int_equal(lg_calcium_grid_create(ctx, &c, 1.0, &grid), LG_OK);
  assert_int_equal(lg_calcium_extra_create(ctx, &c, grid, &gate, NULL, &extra), LG_OK);
  assert_int_equal(extra->n_species, 2);
  assert_int_equal(extra->n_gates, 5); /* h, entry, m and h of N, m of L */
  assert_true(grid->n <= 64);
  for (size_t i = 0; i < grid->n; i++) {
    a[i] = c.constants.cytosol_rest;
    e[i] = c.constants.er_rest;
    for (size_t s = 0; s < 2; s++) species[s * grid->n + i] = extra->species[s].rest_uM;
  }
  extra->rest(extra, gates);
  const double h = gates[0];
  extra->rates(extra, 0.0, a, e, species, gates, da, de, ds);
  for (size_t i = 0; i < grid->n; i++) {
    assert_true(fabs(da[i]) < 1e-13 && fabs(de[i]) < 1e-13);
    assert_true(fabs(ds[i]) < 1e-15 && fabs(ds[grid->n + i]) < 1e-9);
  }
  assert_true(fabs(species[grid->n] - 3200.0) < 1e-9);
  extra->advance(extra, 0.1, 0.1, a, e, species, gates);
  assert_true(fabs(gates[0] - h) < 1e-15);
  lg_calcium_extra_destroy(ctx, extra);
  lg_calcium_grid_destroy(ctx, grid);
}

/* [c p d2/((c p + p d2 + d1 d2 + c d3)(c + d5))]³ as neuro_collection writes it. */
static void test_closed_form_is_li_rinzel_with_h_at_rest(void **state) {
  (void)state;
  const calcium_ip3r k = lg_calcium_ip3r_default();
  for (double p = 0.01; p < 20.0; p *= 1.7)
    for (double c = 0.01; c < 20.0; c *= 1.7) {
      const double q2 = lg_calcium_ip3r_q2(&k, p), open = lg_calcium_ip3r_open(&k, c, p, q2 / (q2 + c));
      const double root = c * p * k.d2 / ((c * p + p * k.d2 + k.d1 * k.d2 + c * k.d3) * (c + k.d5));
      assert_true(fabs(open / (root * root * root) - 1.0) < 1e-13);
    }
}

static void cell(double p, const double y[2], double dy[2]) {
  const calcium_ip3r k = {.d1 = 0.13, .d2 = 1.049, .d3 = 0.9434, .d5 = 0.08234, .a2 = 0.2};
  const double ratio = 0.185, er = (2.0 - y[0]) / ratio, q2 = lg_calcium_ip3r_q2(&k, p);
  const double open = lg_calcium_ip3r_open(&k, y[0], p, y[1]);
  dy[0] = ratio * (6.0 * open + 0.11) * (er - y[0]) - 0.9 * y[0] * y[0] / (y[0] * y[0] + 0.01);
  dy[1] = k.a2 * (q2 * (1.0 - y[1]) - y[0] * y[1]);
}

/* Runge and Kutta's fourth order from rest for 400 s; peak-to-peak and period of the last 200 s. */
static void oscillate(double p, double *swing, double *period) {
  const double h = 2e-3;
  double y[2] = {0.1, 0.6}, low = 1e9, high = 0.0, first = NAN, last = NAN;
  size_t n = 0;
  for (int pass = 0; pass < 2; pass++) /* the second knows the middle */
    for (int k = 0; k < 200000; k++) {
      double k1[2], k2[2], k3[2], k4[2], z[2];
      const double before = y[0], middle = 0.5 * (low + high);
      cell(p, y, k1);
      for (int q = 0; q < 2; q++) z[q] = y[q] + 0.5 * h * k1[q];
      cell(p, z, k2);
      for (int q = 0; q < 2; q++) z[q] = y[q] + 0.5 * h * k2[q];
      cell(p, z, k3);
      for (int q = 0; q < 2; q++) z[q] = y[q] + h * k3[q];
      cell(p, z, k4);
      for (int q = 0; q < 2; q++) y[q] += h / 6.0 * (k1[q] + 2.0 * k2[q] + 2.0 * k3[q] + k4[q]);
      if (pass == 0 && k > 100000) {
        low = fmin(low, y[0]);
        high = fmax(high, y[0]);
      }
      if (pass == 1 && before < middle && y[0] >= middle) {
        last = h * ((double)k + (middle - before) / (y[0] - before));
        if (n++ == 0) first = last;
      }
    }
  *swing = high - low;
  *period = n > 1 ? (last - first) / (double)(n - 1) : NAN;
}

/* The cell of Li & Rinzel 1994 swings between 0.354 and 0.642 µM of IP3; numbers by SciPy's Radau, rtol 1e-11. */
static void test_oscillations_of_li_and_rinzel(void **state) {
  (void)state;
  const struct {
    double ip3, swing, period;
  } rows[] = {{0.4, 0.207999, 12.76673}, {0.5, 0.336864, 11.49198}, {0.6, 0.364370, 10.96160}};
  double swing, period;
  for (size_t k = 0; k < 3; k++) {
    oscillate(rows[k].ip3, &swing, &period);
    assert_true(fabs(swing / rows[k].swing - 1.0) < 1e-5);
    assert_true(fabs(period / rows[k].period - 1.0) < 1e-5);
  }
  oscillate(0.3, &swing, &period);
  assert_true(swing < 1e-3);
  oscillate(0.7, &swing, &period);
  assert_true(swing < 1e-3);
}

static void test_flux_of_goldman_hodgkin_and_katz(void **state) {
  (void)state;
  const double per_mV = lg_calcium_per_mV(36.85), co = 1000.0, ci = 0.05;
  for (double v = -120.0; v <= 80.0; v += 7.3) {
    const double x = 2.0 * v * 96485.33212 / (8.314462618 * 310.0) * 1e-3;
    const double flux = x * (co * exp(-x) - ci) / (1.0 - exp(-x));
    const calcium_ghk g = lg_calcium_ghk(per_mV, v);
    assert_true(fabs(g.in * co - g.out * ci - flux) < 1e-9 * fabs(flux));
  }
  const calcium_ghk zero = lg_calcium_ghk(per_mV, 0.0), nernst = lg_calcium_ghk(per_mV, log(co / ci) / (2.0 * per_mV));
  assert_true(zero.in == 1.0 && zero.out == 1.0);
  assert_true(fabs(nernst.in * co - nernst.out * ci) < 1e-11);
}

static double step_t[2] = {0.0, 1e-9}, step_v[2] = {-65.0, 0.0};

/* A step to 0 mV: m and h of the N type are exponentials, their flux a formula. */
static void test_current_of_a_voltage_step(void **state) {
  (void)state;
  calcium_extras x = lg_calcium_extras_default();
  assert_true(lg_calcium_vdcc_type("N", &channels[0]));
  x.n_vdcc = 1;
  x.vdcc = channels;
  x.voltage = (calcium_voltage){.n = 2, .t_s = step_t, .v_mV = step_v};
  const calcium_case c = case_of(&x);
  calcium_grid *grid = NULL;
  calcium_extra *extra = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  double a[8], e[8], gates[16], flux[8];
  assert_int_equal(lg_calcium_grid_create(ctx, &c, 10.0, &grid), LG_OK);
  assert_true(grid->n <= 8);
  assert_int_equal(lg_calcium_extra_create(ctx, &c, grid, &gate, NULL, &extra), LG_OK);
  for (size_t i = 0; i < grid->n; i++) a[i] = 0.05, e[i] = 250.0;
  extra->rest(extra, gates);
  const double h = 2e-7, F_RT = 96485.33212 / (8.314462618 * 310.0) * 1e-3;
  for (int k = 1; k <= 20000; k++) extra->advance(extra, h * (double)k, h, a, e, NULL, gates);
  lg_calcium_extra_vdcc_flux(extra, 4e-3, a, gates, flux);
  const double m0 = 1.0 / (1.0 + exp(-3.4 * (-65.0 + 21.0) * F_RT)), m1 = 1.0 / (1.0 + exp(-3.4 * 21.0 * F_RT));
  const double h0 = 1.0 / (1.0 + exp(2.0 * (-65.0 + 40.0) * F_RT)), h1 = 1.0 / (1.0 + exp(2.0 * 40.0 * F_RT));
  const double m = m1 + (m0 - m1) * exp(-4.0 / 1.5), inactive = h1 + (h0 - h1) * exp(-4.0 / 75.0);
  const double expected = 0.38 * m * m * inactive * (1000.0 - 0.05);
  for (size_t i = 0; i < grid->n; i++) assert_true(fabs(flux[i] / expected - 1.0) < 3e-4); /* first order in h */
  lg_calcium_extra_destroy(ctx, extra);
  lg_calcium_grid_destroy(ctx, grid);
}

static void test_voltages_from_outside(void **state) {
  (void)state;
  calcium_extras x = everything();
  x.voltage = (calcium_voltage){.sort = CALCIUM_VOLTAGE_OUTSIDE};
  const calcium_case c = case_of(&x);
  calcium_grid *grid = NULL;
  calcium_extra *extra = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  double v0[64], v1[64], a[64], gates[512], early[64], late[64];
  assert_int_equal(lg_calcium_grid_create(ctx, &c, 1.0, &grid), LG_OK);
  assert_int_equal(lg_calcium_extra_create(ctx, &c, grid, &gate, NULL, &extra), LG_ERR_UNSUPPORTED);
  for (size_t i = 0; i < grid->n; i++) v0[i] = -70.0 + (double)i, v1[i] = v0[i] + 40.0, a[i] = 0.05;
  const calcium_outside start = {.v0_mV = v0}, later = {1.0, 2.0, v0, v1, NULL, NULL};
  assert_int_equal(lg_calcium_extra_create(ctx, &c, grid, &gate, &start, &extra), LG_OK);
  extra->rest(extra, gates);
  lg_calcium_extra_outside(extra, &later);
  lg_calcium_extra_vdcc_flux(extra, 1.0, a, gates, early);
  lg_calcium_extra_vdcc_flux(extra, 1.5, a, gates, late);
  const double per_mV = lg_calcium_per_mV(x.celsius);
  for (size_t i = 0; i < grid->n; i++) {
    const calcium_ghk g0 = lg_calcium_ghk(per_mV, v0[i]), g1 = lg_calcium_ghk(per_mV, v0[i] + 20.0);
    const double ratio = (g1.in * 1000.0 - g1.out * 0.05) / (g0.in * 1000.0 - g0.out * 0.05);
    assert_true(early[i] > 0.0 && fabs(late[i] / early[i] / ratio - 1.0) < 1e-12);
  }
  lg_calcium_extra_destroy(ctx, extra);
  lg_calcium_grid_destroy(ctx, grid);
}

static void test_what_cannot_rest_is_refused(void **state) {
  (void)state;
  calcium_extras x = lg_calcium_extras_default();
  x.has_ip3r = true;
  x.ip3r_density.everywhere = 1000.0;
  const calcium_case c = case_of(&x);
  calcium_grid *grid = NULL;
  calcium_extra *extra = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  assert_int_equal(lg_calcium_grid_create(ctx, &c, 1.0, &grid), LG_OK);
  assert_int_equal(lg_calcium_extra_create(ctx, &c, grid, &gate, NULL, &extra), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "fewer receptors"));
  x = lg_calcium_extras_default();
  x.has_soce = true;
  x.soce_density.everywhere = 100.0;
  assert_int_equal(lg_calcium_extra_create(ctx, &c, grid, &gate, NULL, &extra), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "more than PMCA and NCX"));
  x.soce_hill = -1.0;
  assert_int_equal(lg_calcium_extras_check(ctx, &x, &c), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "soce.n is -1"));
  x = lg_calcium_extras_default();
  x.n_vdcc = 1;
  x.vdcc = channels;
  assert_int_equal(lg_calcium_extras_check(ctx, &x, &c), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "no voltage"));
  lg_calcium_grid_destroy(ctx, grid);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rest_is_an_equilibrium_at_every_node),
      cmocka_unit_test(test_closed_form_is_li_rinzel_with_h_at_rest),
      cmocka_unit_test(test_oscillations_of_li_and_rinzel),
      cmocka_unit_test(test_flux_of_goldman_hodgkin_and_katz),
      cmocka_unit_test(test_current_of_a_voltage_step),
      cmocka_unit_test(test_voltages_from_outside),
      cmocka_unit_test(test_what_cannot_rest_is_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
