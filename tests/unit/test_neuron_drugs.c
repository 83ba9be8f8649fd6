/* What drugs do to a tm neuron: facts that follow from the equations of block, shift, NMDA pore and GIRK. */
#include "tests/one_ctx.h"

#include "base/base.h"
#include "neuron/plan.h"

#include <loligo/neuron.h>
#include <math.h>
#include <string.h>

static lg_neuron make(void) {
  lg_neuron n;
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &n));
  return n;
}

static void set(lg_neuron *n, const char *name, double x) { assert_ok(ctx, lg_neuron_set(ctx, n, name, x)); }

static double steady_state(const lg_neuron *n, int state, double v_mV) {
  lg_plan plan;
  double y[LG_NEURON_MAX_STATES];
  assert_ok(ctx, lg_plan_make(ctx, n, &plan));
  assert_true(plan.place[state] >= 0);
  plan.ops->steady(&plan, v_mV, y);
  return y[plan.place[state]];
}

static void set_block(lg_neuron *n, int second, double dose, double kon, double KI, double KR, double slow) {
  const char *const names[2][5] = {
      {"block_dose", "block_kon", "block_K_inactivated", "block_K_rest", "block_slow"},
      {"block2_dose", "block2_kon", "block2_K_inactivated", "block2_K_rest", "block2_slow"}};
  const double x[5] = {dose, kon, KI, KR, slow};
  for (int k = 0; k < 5; k++) set(n, names[second][k], x[k]);
}

/* Share blocked D/(D + K): K is K_rest where the gate is open, K_inactivated where it is shut; fast and slow gate. */
static void test_block_affinity(void **state) {
  (void)state;
  const double D = 30.0, KI = 25.0, KR = 2500.0;
  for (int slot = 0; slot < 2; slot++)
    for (int slow = 0; slow < 2; slow++) {
      lg_neuron n = make();
      set_block(&n, slot, D, 3.8e-5, KI, KR, slow);
      const int b = slot ? LG_TMS_B2 : LG_TMS_B;
      const double rest = steady_state(&n, b, -150.0), inactivated = steady_state(&n, b, 50.0);
      assert_true(fabs(rest / (D / (D + KR)) - 1.0) < 1e-4);
      assert_true(fabs(inactivated / (D / (D + KI)) - 1.0) < 3e-4);
    }
}

/* The slow gate is integrated for its drug although no channel inactivates slowly, and then changes nothing else. */
static void test_slow_gate_for_drug(void **state) {
  (void)state;
  lg_plan plan;
  lg_neuron n = make();
  assert_ok(ctx, lg_plan_make(ctx, &n, &plan));
  assert_true(plan.n == 5);
  set_block(&n, 1, 10.0, 1e-9, 100.0, 100.0, 1.0);
  assert_ok(ctx, lg_plan_make(ctx, &n, &plan));
  assert_true(plan.n == 7 && plan.place[LG_TMS_S] == 5 && plan.place[LG_TMS_B2] == 6);
  set(&n, "block2_slow", 0.0);
  assert_ok(ctx, lg_plan_make(ctx, &n, &plan));
  assert_true(plan.n == 6);
  n.value[lg_model_field(n.info, "block2_slow")] = 0.5; /* a switch */
  assert_int_equal(lg_plan_make(ctx, &n, &plan), LG_ERR_RANGE);
}

/* Final value of a state in a run at a held potential (capacitance so large that v stays). */
static double at_end(const lg_neuron *neuron, const char *column, double v_mV, double duration_ms) {
  lg_neuron n = *neuron;
  lg_protocol *p;
  lg_simulation *sim;
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  o.all_states = 1;
  set(&n, "C", 1e5);
  n.value[LG_TM_GNA] = n.value[LG_TM_GK] = n.value[LG_TM_GM] = 0.0;
  set(&n, "gL", 1e5);
  set(&n, "EL", v_mV);
  n.initial[0] = v_mV;
  assert_ok(ctx, lg_protocol_create(ctx, duration_ms, duration_ms, &p));
  assert_ok(ctx, lg_simulate(ctx, &n, p, &o, &sim));
  double x = (double)NAN;
  for (size_t c = 0; c < sim->n_columns; c++)
    if (strcmp(sim->columns[c], column) == 0) x = sim->states[(c + 1) * sim->n_samples - 1];
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
  return x;
}

/* One site: D1/K1 / (1 + D1/K1 + D2/K2); independent: each as if alone. Also the dynamics must end there. */
static void test_one_site(void **state) {
  (void)state;
  const double v = -55.0;
  lg_neuron n = make(), alone1 = make(), alone2 = make();
  set_block(&n, 0, 40.0, 2e-3, 25.0, 2500.0, 0.0);
  set_block(&n, 1, 60.0, 1e-3, 10.0, 700.0, 0.0);
  set_block(&alone1, 0, 40.0, 2e-3, 25.0, 2500.0, 0.0);
  set_block(&alone2, 1, 60.0, 1e-3, 10.0, 700.0, 0.0);
  const double b1 = steady_state(&alone1, LG_TMS_B, v), b2 = steady_state(&alone2, LG_TMS_B2, v);
  assert_true(steady_state(&n, LG_TMS_B, v) == b1 && steady_state(&n, LG_TMS_B2, v) == b2);
  set(&n, "block_one_site", 1.0);
  const double r1 = b1 / (1.0 - b1), r2 = b2 / (1.0 - b2); /* D/K at this potential */
  const double want1 = r1 / (1.0 + r1 + r2), want2 = r2 / (1.0 + r1 + r2);
  assert_true(fabs(steady_state(&n, LG_TMS_B, v) - want1) < 1e-14);
  assert_true(fabs(steady_state(&n, LG_TMS_B2, v) - want2) < 1e-14);
  n.initial[LG_TMS_B] = 0.0; /* from anywhere */
  n.initial[LG_TMS_B2] = 0.1;
  assert_true(fabs(at_end(&n, "block", v, 20000.0) - want1) < 1e-9);
  assert_true(fabs(at_end(&n, "block2", v, 20000.0) - want2) < 1e-9);
}

/* A blocker split into two halves that exclude each other is the blocker; the same bits as far as order matters not. */
static void test_halves_at_one_site(void **state) {
  (void)state;
  lg_neuron whole = make(), halves = make();
  set_block(&whole, 0, 200.0, 1e-3, 25.0, 2500.0, 0.0);
  set_block(&halves, 0, 80.0, 1e-3, 25.0, 2500.0, 0.0);
  set_block(&halves, 1, 120.0, 1e-3, 25.0, 2500.0, 0.0);
  set(&halves, "block_one_site", 1.0);
  lg_protocol *p;
  lg_simulation *a, *b;
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  assert_ok(ctx, lg_protocol_create(ctx, 400.0, 0.5, &p));
  assert_ok(ctx, lg_protocol_add_const(ctx, p, 20.0, 380.0, 300.0));
  assert_ok(ctx, lg_simulate(ctx, &whole, p, &o, &a));
  assert_ok(ctx, lg_simulate(ctx, &halves, p, &o, &b));
  assert_true(a->n_spikes > 3 && a->n_spikes == b->n_spikes);
  for (size_t k = 0; k < a->n_spikes; k++) assert_true(fabs(a->spikes_ms[k] - b->spikes_ms[k]) < 1e-7);
  lg_simulation_destroy(ctx, a);
  lg_simulation_destroy(ctx, b);
  lg_protocol_destroy(ctx, p);
}

/* NMDA conductance that passes at v, of one event at its peak: read from the slope of v. */
static double nmda_current(double v_mV, double mg_mM, double dose_uM) {
  lg_neuron n = make();
  lg_plan plan;
  double y[LG_NEURON_MAX_STATES], dy0[LG_NEURON_MAX_STATES], dy1[LG_NEURON_MAX_STATES];
  set(&n, "gNMDA", 1.0);
  set(&n, "Mg", mg_mM);
  set(&n, "NMDA_block_dose", dose_uM);
  assert_ok(ctx, lg_plan_make(ctx, &n, &plan));
  plan.ops->steady(&plan, v_mV, y);
  plan.ops->rhs(&plan, 0.0, y, dy0);
  plan.ops->arrive(&plan, LG_RECEPTOR_NMDA, 1.0, y);
  y[plan.place[LG_TMS_NMDA_Y]] = 0.0;
  plan.ops->rhs(&plan, 0.0, y, dy1);
  return dy1[0] - dy0[0];
}

static double nmda_ic50(double v_mV, double mg_mM) {
  const double full = nmda_current(v_mV, mg_mM, 0.0);
  double low = 1e-3, high = 1e5;
  for (int k = 0; k < 100; k++) {
    const double middle = sqrt(low * high);
    if (nmda_current(v_mV, mg_mM, middle) / full > 0.5) low = middle;
    else high = middle;
  }
  return low;
}

/* Memantine (defaults of K0 and zdelta): 0.9 uM at -70 mV without Mg, 10.3 uM at -30 mV with 1 mM (Otton 2011). */
static void test_memantine(void **state) {
  (void)state;
  const double clean = nmda_ic50(-70.0, 0.0), usual = nmda_ic50(-30.0, 1.0);
  print_message("memantine IC50 %.3f uM at -70 mV, 0 Mg; %.2f uM at -30 mV, 1 mM Mg\n", clean, usual);
  assert_true(fabs(clean / 0.9 - 1.0) < 0.01 && fabs(usual / 10.3 - 1.0) < 0.02);
  assert_true(nmda_ic50(-90.0, 0.0) < clean && nmda_ic50(5.0, 0.0) > 10.7);
  /* one site: magnesium protects, by exactly its own term */
  const double mg = 1.0 / 3.57 * exp(0.062 * 50.0);
  assert_true(fabs(nmda_ic50(-50.0, 1.0) / nmda_ic50(-50.0, 0.0) - (1.0 + mg)) < 1e-6 * mg);
}

/* h at v with a shift is h at v - shift without; the shift to hyperpolarised potentials inactivates. */
static void test_h_shift(void **state) {
  (void)state;
  lg_neuron n = make(), shifted = make();
  set(&shifted, "h_shift", -12.5);
  for (double v = -90.0; v < 0.0; v += 7.5)
    assert_true(fabs(steady_state(&shifted, LG_TMS_H, v) - steady_state(&n, LG_TMS_H, v + 12.5)) < 1e-13);
  assert_true(steady_state(&shifted, LG_TMS_H, -60.0) < steady_state(&n, LG_TMS_H, -60.0));
  assert_true(steady_state(&shifted, LG_TMS_M, -40.0) == steady_state(&n, LG_TMS_M, -40.0));
}

/* rate_scale: gates twice as quick, the same steady states; binding of drugs is left alone. */
static void test_rate_scale(void **state) {
  (void)state;
  lg_neuron n = make(), warm;
  const char *const on[] = {"gA", "gH", "gCaT", "slow_inactivation"};
  for (size_t k = 0; k < 4; k++) set(&n, on[k], 1.0);
  set_block(&n, 0, 40.0, 2e-3, 25.0, 2500.0, 0.0);
  warm = n;
  set(&warm, "rate_scale", 2.0);
  lg_plan a, b;
  double y[LG_NEURON_MAX_STATES], z[LG_NEURON_MAX_STATES], da[LG_NEURON_MAX_STATES], db[LG_NEURON_MAX_STATES];
  assert_ok(ctx, lg_plan_make(ctx, &n, &a));
  assert_ok(ctx, lg_plan_make(ctx, &warm, &b));
  assert_true(a.n == b.n && a.n == 5 + 6);
  a.ops->steady(&a, -50.0, y);
  b.ops->steady(&b, -50.0, z);
  for (size_t k = 0; k < a.n; k++) assert_true(fabs(y[k] - z[k]) < 1e-12);
  for (size_t k = 1; k < a.n; k++) y[k] *= 0.7;
  a.ops->rhs(&a, 10.0, y, da);
  b.ops->rhs(&b, 10.0, y, db);
  assert_true(da[0] == db[0]);
  for (size_t k = 1; k < a.n; k++)
    assert_true(fabs(db[k] - (a.state[k] == LG_TMS_B ? 1.0 : 2.0) * da[k]) <= 1e-12 * fabs(da[k]));
}

static void test_girk(void **state) {
  (void)state;
  lg_neuron n = make(), leak = make();
  double v1, v2;
  set(&n, "gGIRK", 3.0);
  set(&leak, "gL", 2.05 + 3.0); /* a second leak at EK is one leak at the mean */
  set(&leak, "EL", (2.05 * -70.3 + 3.0 * -90.0) / 5.05);
  assert_ok(ctx, lg_neuron_rest(ctx, &n, 0.0, &v1));
  assert_ok(ctx, lg_neuron_rest(ctx, &leak, 0.0, &v2));
  assert_true(fabs(v1 - v2) < 1e-9 && v1 < -78.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_block_affinity), cmocka_unit_test(test_slow_gate_for_drug),
      cmocka_unit_test(test_one_site),       cmocka_unit_test(test_halves_at_one_site),
      cmocka_unit_test(test_memantine),      cmocka_unit_test(test_h_shift),
      cmocka_unit_test(test_rate_scale),     cmocka_unit_test(test_girk),
  };
  return cmocka_run_group_tests_name("neuron_drugs", tests, open_ctx, close_ctx);
}
