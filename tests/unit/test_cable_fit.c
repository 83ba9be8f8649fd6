/* A spiking cell is found again from its simulated recording; patterns and ties of unknowns. */
#include "tests/test.h"

#include "base/base.h"
#include "twin/cable_fit_trial.h"

#include <math.h>
#include <string.h>

static lg_morphology_point points[] = {{0, 0, 0, 20}, {20, 0, 0, 20}, {20, 0, 0, 3}, {170, 0, 0, 3}};
static lg_section sections[] = {
    {.type = 1, .parent = -1, .first_point = 0, .n_points = 2, .distal_id = 1, .name = "soma"},
    {.type = 3, .parent = 0, .parent_x = 1, .first_point = 2, .n_points = 2, .distal_id = 2},
};
static lg_morphology shape = {.n_sections = 2, .n_points = 4, .sections = sections, .points = points};
static double hh_values[4] = {0.12, 0.036, 0.0003, -54.3}, pas_values[2][2] = {{1e-4, -65.0}, {1e-4, -65.0}};
static cable_use uses[2][2];
static cable_region regions[2];

static cable_model model(void) {
  uses[0][0] = (cable_use){.mechanism = lg_cable_mechanism_find("hh"), .values = hh_values};
  uses[0][1] = (cable_use){.mechanism = lg_cable_mechanism_find("pas"), .values = pas_values[0]};
  uses[1][0] = (cable_use){.mechanism = lg_cable_mechanism_find("pas"), .values = pas_values[1]};
  for (size_t r = 0; r < 2; r++)
    regions[r] = (cable_region){.types = {r == 0 ? 1 : 3},
                                .n_types = 1,
                                .axial_resistivity_ohm_cm = 100.0,
                                .capacitance_uF_cm2 = 1.0,
                                .n_uses = r == 0 ? 2 : 1,
                                .uses = uses[r],
                                .reversal_na_mV = 50.0,
                                .reversal_k_mV = -77.0,
                                .reversal_ca_mV = (double)NAN};
  return (cable_model){.celsius = 16.0,
                       .v_init_mV = -65.0,
                       .tstop_ms = 100.0,
                       .sample_ms = 0.1,
                       .morphology = &shape,
                       .n_regions = 2,
                       .regions = regions};
}

static void spikes_found_again(void **unused) {
  (void)unused;
  lg_ctx *ctx = lg_test_ctx();
  cable_model m = model();
  const cable_cut cut = {.n_per_section = 1, .frequency_Hz = 100.0, .odd = true};
  const double currents[] = {-0.1, 0.25};
  const cable_trial_options o = {.currents_nA = currents,
                                 .n_currents = 2,
                                 .step_ms = 40.0,
                                 .noise_mV = 0.2,
                                 .sample_ms = 0.05,
                                 .spread = 0.1,
                                 .away = 0.4,
                                 .patterns = "soma.hh.gnabar,soma.hh.gkbar,*.cm,soma.pas.g",
                                 .seed = 3,
                                 .fit = {.dt_ms = 0.025,
                                         .noise_mV = 0.2,
                                         .settle_ms = 40.0,
                                         .before_ms = 10.0,
                                         .after_ms = 10.0,
                                         .starts = 1,
                                         .no_profiles = true}};
  cable_fit *fit = NULL;
  double *truth = NULL;
  assert_ok(ctx, lg_cable_fit_trial(ctx, &m, &cut, &o, &fit, &truth));
  assert_true(fit->explained);
  assert_true(fit->sweeps[1].n_recorded >= 1);
  assert_int_equal(fit->sweeps[1].n_recorded, fit->sweeps[1].n_predicted);
  assert_int_equal(fit->n_unknowns, 4); /* both cm are one */
  for (size_t k = 0; k < fit->n_unknowns; k++) {
    const cable_fit_unknown *u = &fit->unknowns[k];
    if (!(fabs(u->value / truth[k] - 1.0) < (strstr(u->name, "pas.g") ? 0.1 : 0.02)))
      fail_msg("%s is %g, fitted %g", u->name, truth[k], u->value);
    assert_true(u->interval[0] < u->value && u->value < u->interval[1]);
  }
  assert_true(hh_values[0] == 0.12 && regions[0].capacitance_uF_cm2 == 1.0); /* the model is as it was */
  lg_free(ctx, truth);
  lg_cable_fit_destroy(ctx, fit);
  lg_ctx_destroy(ctx);
}

static void unknowns_by_name(void **unused) {
  (void)unused;
  lg_ctx *ctx = lg_test_ctx();
  cable_model m = model();
  cable_fit_unknown *u = NULL;
  size_t n;
  assert_ok(ctx, lg_cable_fit_unknowns(ctx, &m, NULL, true, &u, &n));
  /* gnabar, gkbar, gl, el, pas.g, pas.e (tied), cm, Ra (tied), dend.pas.g, bridge */
  assert_int_equal(n, 10);
  assert_string_equal(u[n - 1].name, "bridge");
  lg_free(ctx, u);
  assert_ok(ctx, lg_cable_fit_unknowns(ctx, &m, "dend.pas.g=1e-5:1e-3", false, &u, &n));
  assert_int_equal(n, 1);
  assert_true(u[0].logarithmic && u[0].passive && u[0].low == 1e-5 && u[0].high == 1e-3);
  lg_free(ctx, u);
  assert_int_equal(lg_cable_fit_unknowns(ctx, &m, "soma.hh.gnobar", false, &u, &n), LG_ERR_NOT_FOUND);
  assert_int_equal(lg_cable_fit_unknowns(ctx, &m, "soma.hh.gnabar=2:1", false, &u, &n), LG_ERR_ARGUMENT);
  assert_int_equal(lg_cable_fit_unknowns(ctx, &m, "soma.hh.gnabar=-1:1", false, &u, &n), LG_ERR_RANGE);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(unknowns_by_name),
      cmocka_unit_test(spikes_found_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
