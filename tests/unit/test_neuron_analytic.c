/* Facts that follow from the equations: conductances, time constant, rheobase, the map from 2003, orders, currents. */
#include "tests/one_ctx.h"

#include "base/base.h"

#include <loligo/neuron.h>
#include <math.h>
#include <string.h>

static lg_simulation *run(const lg_neuron *neuron, const lg_protocol *p, lg_solver solver, double dt, int all) {
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  lg_simulation *sim = NULL;
  o.solver = solver;
  o.dt_ms = dt;
  o.all_states = all;
  assert_ok(ctx, lg_simulate(ctx, neuron, p, &o, &sim));
  return sim;
}

static lg_neuron make(const char *model, const char *variant) {
  lg_neuron neuron;
  assert_ok(ctx, lg_neuron_init(ctx, model, variant, &neuron));
  return neuron;
}

static void set(lg_neuron *neuron, const char *name, double x) { assert_ok(ctx, lg_neuron_set(ctx, neuron, name, x)); }

static lg_protocol *step(double duration, double sample, double t0, double t1, double amp) {
  lg_protocol *p;
  assert_ok(ctx, lg_protocol_create(ctx, duration, sample, &p));
  assert_ok(ctx, lg_protocol_add_const(ctx, p, t0, t1, amp));
  return p;
}

static size_t spikes_at(const lg_neuron *neuron, double amp, double length) {
  lg_protocol *p = step(length, length, 0.0, length, amp);
  lg_simulation *sim = run(neuron, p, LG_SOLVER_REFERENCE, 0.0, 0);
  const size_t n = sim->n_spikes;
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
  return n;
}

/* Rheobase of a slow current: ramp so slowly that u follows; here by steps onto a started steady state. */
static void test_facts(void **state) {
  (void)state;
  lg_neuron rs = make("izhikevich", "std");
  lg_izhikevich_facts f;
  assert_ok(ctx, lg_izhikevich_derive(ctx, &rs, &f));
  assert_true(fabs(f.g_rest_nS - 14.0) < 1e-12 && fabs(f.g_steady_nS - 12.0) < 1e-12);
  assert_true(fabs(f.tau_ms - 100.0 / 14.0) < 1e-12);
  assert_true(!f.hopf_first);
  assert_true(fabs(f.rheobase_pA - 12.0 * 12.0 / (4.0 * 0.7)) < 1e-9); /* (g0+b)^2/4k = 51.43 pA */
  /* below it there is a resting point, above none: the steady-state current has its minimum there */
  double v;
  assert_ok(ctx, lg_neuron_rest(ctx, &rs, f.rheobase_pA - 1e-3, &v));
  assert_true(v < f.v_saddle_mV && f.v_saddle_mV - v < 0.1);
  assert_true(spikes_at(&rs, f.rheobase_pA + 0.2, 5000.0) > 0);
  assert_int_equal(spikes_at(&rs, f.rheobase_pA - 0.2, 5000.0), 0);
}

static void test_hopf_rheobase(void **state) {
  (void)state;
  lg_neuron n = make("izhikevich", "std");
  lg_izhikevich_facts f;
  set(&n, "a", 0.1);
  set(&n, "b", 15.0); /* aC = 10 < b: Andronov–Hopf first */
  assert_ok(ctx, lg_izhikevich_derive(ctx, &n, &f));
  assert_true(f.hopf_first && f.v_hopf_mV < f.v_saddle_mV);
  /* small kicks around the resting point die below and grow above the bifurcation */
  for (int above = 0; above < 2; above++) {
    const double amp = f.rheobase_pA + (above ? 0.5 : -0.5);
    lg_neuron k = n;
    double v;
    assert_ok(ctx, lg_neuron_rest(ctx, &n, amp, &v));
    k.initial[0] = v + 0.01;
    k.initial[1] = 15.0 * (v + 60.0);
    lg_protocol *p = step(1500.0, 1.0, 0.0, 1500.0, amp);
    lg_simulation *sim = run(&k, p, LG_SOLVER_REFERENCE, 0.0, 0);
    double early = 0.0, late = 0.0;
    for (size_t i = 0; i < 200; i++) early = fmax(early, fabs(sim->states[i] - v));
    for (size_t i = 1200; i < 1500; i++) late = fmax(late, fabs(sim->states[i] - v));
    assert_true(above ? late > 2.0 * early : late < 0.5 * early);
    lg_simulation_destroy(ctx, sim);
    lg_protocol_destroy(ctx, p);
  }
}

/* A tiny step measures g0 + b (steady), and the first slope C: to 1e-6 relative. */
static void test_measured_conductance(void **state) {
  (void)state;
  lg_neuron rs = make("izhikevich", "std");
  const double amp = 1e-5;
  set(&rs, "b", 5.0);
  lg_protocol *p = step(4000.0, 0.001 * 4000.0, 0.0, 4000.0, amp);
  lg_simulation *sim = run(&rs, p, LG_SOLVER_REFERENCE, 0.0, 0);
  const double dv = sim->states[sim->n_samples - 1] + 60.0;
  assert_true(fabs(amp / dv / 19.0 - 1.0) < 1e-6);
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
  /* with a -> 0 the recovery stands still: v relaxes with tau = C/g0 */
  set(&rs, "a", 1e-6);
  set(&rs, "b", 0.0);
  p = step(20.0, 0.5, 0.0, 20.0, amp);
  sim = run(&rs, p, LG_SOLVER_REFERENCE, 0.0, 0);
  const double x1 = sim->states[10] + 60.0, x2 = sim->states[20] + 60.0; /* 5 and 10 ms: x2/x1 = 1 + e^(-5/tau) */
  const double tau = -5.0 / log(x2 / x1 - 1.0);
  assert_true(fabs(tau / (100.0 / 14.0) - 1.0) < 1e-6);
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
}

/* Right-hand sides of both forms agree at many points. */
static void test_map_2003(void **state) {
  (void)state;
  const double abcd[][4] = {{0.02, 0.2, -65, 8}, {0.1, 0.26, -65, 2}, {0.02, 0.25, -55, 0.05}, {0.1, 0.2, -65, 2}};
  for (size_t k = 0; k < 4; k++) {
    lg_neuron n;
    const double a = abcd[k][0], b = abcd[k][1];
    assert_ok(ctx, lg_neuron_from_izhikevich_2003(ctx, a, b, abcd[k][2], abcd[k][3], 30.0, &n));
    const double vr = lg_neuron_get(&n, "vr"), vt = lg_neuron_get(&n, "vt");
    for (double v = -90.0; v < 30.0; v += 7.0) {
      const double u = 3.0 + 0.1 * v;
      const double old_v = 0.04 * v * v + 5.0 * v + 140.0 - u, old_u = a * (b * v - u);
      const double U = u - b * vr; /* the variable of 2007 */
      const double new_v = 0.04 * (v - vr) * (v - vt) - U, new_u = a * (b * (v - vr) - U);
      assert_true(fabs(old_v - new_v) < 1e-11 && fabs(old_u - new_u) < 1e-12);
    }
  }
  lg_neuron n;
  assert_ok(ctx, lg_neuron_from_izhikevich_2003(ctx, 0.1, 0.26, -65, 2, 30.0, &n));
  assert_true(fabs(lg_neuron_get(&n, "vr") + 62.5) < 1e-9 && fabs(lg_neuron_get(&n, "vt") + 62.5) < 1e-9);
  assert_int_equal(lg_neuron_from_izhikevich_2003(ctx, 0.1, 0.3, -65, 2, 30.0, &n), LG_ERR_RANGE);
}

/* Error of v at the end of a stretch without spikes. */
static double error_at(const lg_neuron *neuron, const lg_protocol *p, lg_solver solver, double dt, double exact) {
  lg_simulation *sim = run(neuron, p, solver, dt, 0);
  const double e = fabs(sim->states[sim->n_samples - 1] - exact);
  assert_int_equal(sim->n_spikes, 0);
  lg_simulation_destroy(ctx, sim);
  return e;
}

static void order_of(const lg_neuron *neuron, double amp, lg_solver solver, double dt, double low, double high) {
  lg_protocol *p;
  const lg_segment chirp = {
      .type = LG_SEGMENT_CHIRP, .t0_ms = 0.0, .t1_ms = 40.0, .amp_pA = amp, .f0_Hz = 20.0, .f1_Hz = 100.0};
  assert_ok(ctx, lg_protocol_create(ctx, 32.0, 32.0, &p));
  assert_ok(ctx, lg_protocol_add(ctx, p, &chirp));
  lg_simulation *sim = run(neuron, p, LG_SOLVER_REFERENCE, 0.0, 0);
  const double exact = sim->states[sim->n_samples - 1];
  const double order = log2(error_at(neuron, p, solver, dt, exact) / error_at(neuron, p, solver, 0.5 * dt, exact));
  print_message("%s: order %.2f\n", neuron->info->model, order);
  assert_true(order > low && order < high);
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
}

static void test_orders(void **state) {
  (void)state;
  const lg_neuron rs = make("izhikevich", "std"), hh = make("hh52", ""), tm = make("tm", "");
  order_of(&rs, 30.0, LG_SOLVER_RK4, 0.5, 3.8, 4.3);
  order_of(&hh, 1.0, LG_SOLVER_RK4, 0.1, 3.8, 4.3);
  order_of(&tm, 20.0, LG_SOLVER_RK4, 0.1, 3.8, 4.3);
  order_of(&rs, 30.0, LG_SOLVER_EULER, 0.1, 0.9, 1.1);
  order_of(&hh, 1.0, LG_SOLVER_EULER, 0.02, 0.9, 1.1);
}

/* Euler as the poster had it: the sample of a spike is the overshoot, its time the end of the step. */
static void test_euler_overshoot(void **state) {
  (void)state;
  const lg_neuron rs = make("izhikevich", "std");
  lg_protocol *p = step(200.0, 0.1, 0.0, 200.0, 200.0);
  lg_simulation *sim = run(&rs, p, LG_SOLVER_EULER, 0.1, 0);
  assert_true(sim->n_spikes >= 2);
  for (size_t k = 0; k < sim->n_spikes; k++) {
    const size_t i = (size_t)(sim->spikes_ms[k] / 0.1 + 0.5);
    assert_true(fabs(sim->spikes_ms[k] - 0.1 * (double)i) < 1e-9);
    assert_true(sim->states[i] >= 35.0 && sim->states[i] < 300.0);
    assert_true(sim->states[i + 1] < 0.0);
  }
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
}

/* A step of 7.3 ms is on no grid of 0.025 ms: breakpoints must not cost the order. */
static void test_breakpoints_off_grid(void **state) {
  (void)state;
  const lg_neuron rs = make("izhikevich", "std");
  lg_protocol *p = step(40.0, 0.37, 3.3333, 29.77777, 45.0);
  lg_simulation *a = run(&rs, p, LG_SOLVER_REFERENCE, 0.0, 0), *b = run(&rs, p, LG_SOLVER_RK4, 0.025, 0);
  for (size_t k = 0; k < a->n_samples; k++) assert_true(fabs(a->states[k] - b->states[k]) < 1e-8);
  lg_simulation_destroy(ctx, a);
  lg_simulation_destroy(ctx, b);
  lg_protocol_destroy(ctx, p);
}

static double end_of(lg_neuron n, const char *name, double x, double amp) {
  if (name) set(&n, name, x);
  lg_protocol *p = step(400.0, 1.0, 50.0, 400.0, amp);
  lg_simulation *sim = run(&n, p, LG_SOLVER_RK4, 0.0, 0);
  const double v = sim->n_spikes > 0 ? 1000.0 + (double)sim->n_spikes : sim->states[sim->n_samples - 1];
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
  return v;
}

/* Optional currents act in the direction that physiology says. */
static void test_optional_currents(void **state) {
  (void)state;
  const lg_neuron tm = make("tm", "");
  assert_true(end_of(tm, NULL, 0, 90.0) > 1000.0);
  assert_true(end_of(tm, "gNaP", 5.0, 40.0) > end_of(tm, NULL, 0, 40.0));
  assert_true(end_of(tm, "gA", 200.0, 90.0) < end_of(tm, NULL, 0, 90.0));
  assert_true(end_of(tm, "gH", 2.0, -60.0) > end_of(tm, NULL, 0, -60.0) + 1.0);
  assert_true(end_of(tm, "gGABA", 10.0, 90.0) < 1000.0);
  lg_neuron ahp = tm;
  set(&ahp, "gCaL", 2.0);
  assert_true(end_of(ahp, "gSK", 30.0, 150.0) < end_of(ahp, NULL, 0, 150.0));
  lg_neuron slow = tm;
  set(&slow, "S_tau_min", 5.0); /* quick enough for 400 ms */
  set(&slow, "S_tau_max", 50.0);
  assert_true(end_of(slow, "slow_inactivation", 1.0, 600.0) < end_of(slow, NULL, 0, 600.0));
}

/* The T current fires a rebound after a hyperpolarising step. */
static void test_rebound(void **state) {
  (void)state;
  lg_neuron tm = make("tm", "");
  set(&tm, "gM", 0.0);
  for (int with = 0; with < 2; with++) {
    if (with) set(&tm, "gCaT", 120.0);
    lg_protocol *p = step(700.0, 1.0, 100.0, 400.0, -100.0);
    lg_simulation *sim = run(&tm, p, LG_SOLVER_RK4, 0.0, 0);
    size_t rebound = 0;
    for (size_t k = 0; k < sim->n_spikes; k++) rebound += sim->spikes_ms[k] > 400.0;
    if (with) assert_true(rebound > 0);
    else assert_int_equal(rebound, 0);
    lg_simulation_destroy(ctx, sim);
    lg_protocol_destroy(ctx, p);
  }
}

/* Synapses: the conductance of one event peaks at weight * g; NMDA is blocked at rest and not when depolarised. */
static double synaptic_peak(const char *g, lg_receptor receptor, double amp) {
  lg_neuron tm = make("tm", "");
  const double at = 300.0;
  set(&tm, "gNa", 0.0);
  set(&tm, "gK", 0.0);
  set(&tm, "gM", 0.0);
  lg_protocol *p = step(600.0, 0.1, 0.0, 600.0, amp);
  lg_simulation *before = run(&tm, p, LG_SOLVER_REFERENCE, 0.0, 0);
  set(&tm, g, 0.2);
  assert_ok(ctx, lg_protocol_add_synaptic(ctx, p, receptor, &at, 1, 1.0));
  lg_simulation *after = run(&tm, p, LG_SOLVER_REFERENCE, 0.0, 0);
  double peak = 0.0;
  for (size_t k = 0; k < after->n_samples; k++) {
    const double d = after->states[k] - before->states[k];
    if ((double)k * 0.1 <= at) assert_true(fabs(d) < 1e-9);
    if (fabs(d) > fabs(peak)) peak = d;
  }
  lg_simulation_destroy(ctx, before);
  lg_simulation_destroy(ctx, after);
  lg_protocol_destroy(ctx, p);
  return peak;
}

static void test_synapses(void **state) {
  (void)state;
  assert_true(synaptic_peak("gAMPA", LG_RECEPTOR_AMPA, 0.0) > 0.1);
  assert_true(synaptic_peak("gGABAA", LG_RECEPTOR_GABA_A, 40.0) < -0.05);
  const double rest = synaptic_peak("gNMDA", LG_RECEPTOR_NMDA, 0.0);
  const double depolarised = synaptic_peak("gNMDA", LG_RECEPTOR_NMDA, 60.0);
  print_message("NMDA %g %g mV\n", rest, depolarised);
  assert_true(rest > 0.0 && depolarised > 2.0 * rest);
}

static void test_protocols(void **state) {
  (void)state;
  lg_protocol *p = NULL;
  assert_ok(ctx, lg_protocol_clone1(ctx, 100.0, 0.05, 3, &p));
  assert_int_equal(lg_protocol_samples(p), 24001);
  assert_true(lg_protocol_current(p, 0.0) == 0.0 && lg_protocol_current(p, 50.0) == -50.0);
  assert_true(lg_protocol_current(p, 199.999) == -50.0 && lg_protocol_current(p, 200.0) == 0.0);
  assert_true(lg_protocol_current(p, 400.0) == 150.0 && lg_protocol_current(p, 599.0) == 300.0);
  assert_true(fabs(lg_protocol_current(p, 750.0) - 125.0) < 1e-9);
  double sum = 0.0, square = 0.0;
  for (int k = 0; k < 6000; k++) {
    const double x = lg_protocol_current(p, 900.0 + 0.05 * (k + 0.5));
    sum += x;
    square += x * x;
  }
  const double mean = sum / 6000.0, sd = sqrt(square / 6000.0 - mean * mean);
  assert_true(fabs(mean - 70.0) < 35.0 && fabs(sd / 70.0 - 1.0) < 0.35); /* about 50 independent values */
  lg_protocol_destroy(ctx, p);
  assert_ok(ctx, lg_protocol_train(ctx, 500.0, 100.0, 0.05, &p));
  assert_true(lg_protocol_current(p, 51.0) == 500.0 && lg_protocol_current(p, 53.0) == 0.0);
  assert_true(lg_protocol_current(p, 60.5) == 500.0);
  lg_protocol_destroy(ctx, p);
  assert_int_equal(lg_protocol_train(ctx, 500.0, 300.0, 0.05, &p), LG_ERR_RANGE);
  assert_null(p);
  for (unsigned k = 0; k < LG_PROTOCOL_FI_SWEEPS; k++) {
    assert_ok(ctx, lg_protocol_fi(ctx, k, 100.0, 0.05, &p));
    lg_protocol_destroy(ctx, p);
  }
  assert_int_equal(lg_protocol_fi(ctx, 12, 100.0, 0.05, &p), LG_ERR_RANGE);
  assert_ok(ctx, lg_protocol_sub(ctx, 0.0, 0.0, &p));
  assert_true(fabs(lg_protocol_current(p, 10000.0)) <= 20.0);
  lg_protocol_destroy(ctx, p);
  assert_ok(ctx, lg_protocol_plateau(ctx, 100.0, 500.0, 0.0, &p));
  lg_protocol_destroy(ctx, p);
  assert_int_equal(lg_protocol_create(ctx, 100.0, 200.0, &p), LG_ERR_RANGE);
  assert_int_equal(lg_protocol_create(ctx, (double)NAN, 0.1, &p), LG_ERR_RANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_facts),
      cmocka_unit_test(test_hopf_rheobase),
      cmocka_unit_test(test_measured_conductance),
      cmocka_unit_test(test_map_2003),
      cmocka_unit_test(test_orders),
      cmocka_unit_test(test_euler_overshoot),
      cmocka_unit_test(test_breakpoints_off_grid),
      cmocka_unit_test(test_optional_currents),
      cmocka_unit_test(test_rebound),
      cmocka_unit_test(test_synapses),
      cmocka_unit_test(test_protocols),
  };
  return cmocka_run_group_tests_name("neuron_analytic", tests, open_ctx, close_ctx);
}
