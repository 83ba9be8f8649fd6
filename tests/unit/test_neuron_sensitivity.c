/* Forward sensitivities of every model and variant against central differences of the reference solver. */
#include "tests/one_ctx.h"

#include "base/base.h"

#include <loligo/neuron.h>
#include <loligo/sensitivity.h>
#include <math.h>
#include <string.h>

static lg_simulation *simulate(const lg_neuron *neuron, const lg_protocol *p) {
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  lg_simulation *sim = NULL;
  o.rtol = 1e-13;
  o.atol = 1e-13;
  o.all_states = 1;
  assert_ok(ctx, lg_simulate(ctx, neuron, p, &o, &sim));
  return sim;
}

/* Step, negative step, ramp and chirp; synaptic events. Times in units of `unit` ms. */
static lg_protocol *make_protocol(double amp, double unit) {
  lg_protocol *p;
  const double times[] = {20.3 * unit, 41.7 * unit};
  const lg_segment chirp = {.type = LG_SEGMENT_CHIRP,
                            .t0_ms = 70.0 * unit,
                            .t1_ms = 85.0 * unit,
                            .amp_pA = 0.3 * amp,
                            .f0_Hz = 10,
                            .f1_Hz = 200};
  assert_ok(ctx, lg_protocol_create(ctx, 90.0 * unit, 0.25, &p));
  assert_ok(ctx, lg_protocol_add_const(ctx, p, 5.0 * unit, 40.0 * unit, amp));
  assert_ok(ctx, lg_protocol_add_const(ctx, p, 45.0 * unit, 55.0 * unit, -0.4 * amp));
  assert_ok(ctx, lg_protocol_add_ramp(ctx, p, 55.0 * unit, 88.0 * unit, 0.0, 1.2 * amp));
  assert_ok(ctx, lg_protocol_add(ctx, p, &chirp));
  for (lg_receptor r = LG_RECEPTOR_AMPA; r < LG_RECEPTORS; r++)
    assert_ok(ctx, lg_protocol_add_synaptic(ctx, p, r, times, 2, 1.3));
  return p;
}

/* Central differences by Richardson: (4 D(h) - D(2h)) / 3, error of order h^4. Four runs. */
typedef struct differences {
  lg_simulation *run[4]; /* at -2h, -h, h, 2h */
  double h;
} differences;

static void make_differences(const lg_neuron *neuron, size_t field, const lg_protocol *p, differences *d) {
  static const double at[4] = {-2.0, -1.0, 1.0, 2.0};
  const double value = neuron->value[field];
  d->h = 1e-4 * (fabs(value) > 0.0 ? fabs(value) : 1.0);
  if (strcmp(neuron->info->fields[field].unit, "mV") == 0) d->h = 2e-3;
  for (int k = 0; k < 4; k++) {
    lg_neuron moved = *neuron;
    moved.value[field] = value + at[k] * d->h;
    d->run[k] = simulate(&moved, p);
    assert_int_equal(d->run[k]->n_spikes, d->run[0]->n_spikes);
  }
}

static double richardson(const differences *d, const double *x[4]) {
  const double near = (*x[2] - *x[1]) / (2.0 * d->h), far = (*x[3] - *x[0]) / (4.0 * d->h);
  return (4.0 * near - far) / 3.0;
}

static double state_difference(const differences *d, size_t place) {
  const double *x[4];
  for (int k = 0; k < 4; k++) x[k] = &d->run[k]->states[place];
  return richardson(d, x);
}

static double spike_difference(const differences *d, size_t spike) {
  const double *x[4];
  for (int k = 0; k < 4; k++) x[k] = &d->run[k]->spikes_ms[spike];
  return richardson(d, x);
}

/* A sample nearer to a spike than that moves too quickly for differences. */
static bool near_spike(const lg_simulation *sim, double t) {
  for (size_t s = 0; s < sim->n_spikes; s++)
    if (fabs(t - sim->spikes_ms[s]) < 1.0) return true;
  return false;
}

/* Relative to the size of the derivative, or to a hundredth of the largest of this parameter. */
static double mismatch(double got, double want, double largest) {
  const double size = fmax(fabs(want), 0.01 * largest);
  return size > 0.0 ? fabs(got - want) / size : fabs(got);
}

static size_t column_of(const lg_simulation *sim, const char *name) {
  for (size_t c = 0; c < sim->n_columns; c++)
    if (strcmp(sim->columns[c], name) == 0) return c;
  return SIZE_MAX;
}

static double check_parameter(const lg_neuron *neuron, const lg_sensitivity *s, size_t j, const lg_protocol *p) {
  differences d;
  double worst = 0.0;
  make_differences(neuron, s->parameters[j], p, &d);
  const lg_simulation *sim = d.run[1];
  assert_int_equal(sim->n_spikes, s->n_spikes);
  for (size_t c = 0; c < s->n_columns; c++) {
    const size_t own = column_of(sim, s->columns[c]);
    if (own == SIZE_MAX) continue; /* a gate of a current that is off here */
    const double *slope = s->d_states + (j * s->n_columns + c) * s->n_samples;
    double largest = 0.0, size = 0.0;
    for (size_t k = 0; k < s->n_samples; k++) {
      size = fmax(size, fabs(sim->states[own * s->n_samples + k]));
      if (!near_spike(sim, 0.25 * (double)k)) largest = fmax(largest, fabs(slope[k]));
    }
    largest = fmax(largest, 1e-6 * size / d.h); /* differences know the state to 1e-13 of its size */
    for (size_t k = 0; k < s->n_samples; k++)
      if (!near_spike(sim, 0.25 * (double)k))
        worst = fmax(worst, mismatch(slope[k], state_difference(&d, own * s->n_samples + k), largest));
  }
  double largest = 0.0;
  for (size_t i = 0; i < s->n_spikes; i++) largest = fmax(largest, fabs(s->d_spikes[j * s->n_spikes + i]));
  for (size_t i = 0; i < s->n_spikes; i++)
    worst = fmax(worst, mismatch(s->d_spikes[j * s->n_spikes + i], spike_difference(&d, i), largest));
  for (int k = 0; k < 4; k++) lg_simulation_destroy(ctx, d.run[k]);
  return worst;
}

static void check_neuron(const char *what, const lg_neuron *neuron, double amp, double unit) {
  lg_sensitivity *s = NULL;
  lg_sensitivity_options o = LG_SENSITIVITY_OPTIONS_INIT;
  lg_protocol *p = make_protocol(amp, unit);
  o.all_states = 1;
  o.rtol = 1e-12;
  o.atol = 1e-12;
  assert_ok(ctx, lg_simulate_sensitivity(ctx, neuron, p, NULL, 0, &o, &s));
  assert_true(s->n_spikes > 1 && s->n_parameters + 4 >= neuron->info->n_fields); /* but V0 and switches */
  double worst = 0.0;
  for (size_t j = 0; j < s->n_parameters; j++) {
    const lg_field *f = &neuron->info->fields[s->parameters[j]];
    if (neuron->value[s->parameters[j]] == 0.0) continue; /* at its bound: test_switched_off */
    const double e = check_parameter(neuron, s, j, p);
    if (e > 1e-5) print_message("%s, %s: %.1e relative\n", what, f->name, e);
    worst = fmax(worst, e);
  }
  print_message("%s: %zu parameters, %zu spikes, worst %.1e relative\n", what, s->n_parameters, s->n_spikes, worst);
  assert_true(worst <= 1e-5);
  lg_sensitivity_destroy(ctx, s);
  lg_protocol_destroy(ctx, p);
}

static lg_neuron make(const char *model, const char *variant) {
  lg_neuron n;
  assert_ok(ctx, lg_neuron_init(ctx, model, variant, &n));
  return n;
}

static void test_every_row(void **state) {
  (void)state;
  static const struct {
    const char *variant;
    double amp;
  } rows[] = {{"std", 300.0}, {"LTS", 350.0}, {"FS", 150.0}, {"TC", 500.0}, {"RTN", 250.0}, {"klowkhigh", 700.0}};
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    lg_neuron n = make("izhikevich", rows[k].variant);
    /* RTN's default start lies on the switch at -65 mV, where vr has no derivative */
    if (strcmp(rows[k].variant, "RTN") == 0) n.value[lg_model_field(n.info, "vr")] = -63.0;
    check_neuron(rows[k].variant, &n, rows[k].amp, 1.0);
  }
  const lg_neuron hh = make("hh52", "");
  check_neuron("hh52", &hh, 15.0, 0.6);
}

static void set(lg_neuron *n, const char *name, double x) { assert_ok(ctx, lg_neuron_set(ctx, n, name, x)); }

static lg_neuron full_tm(void) {
  static const struct {
    const char *name;
    double x;
  } on[] = {{"gNaP", 1.0},
            {"gA", 100.0},
            {"gH", 1.5},
            {"gCaT", 20.0},
            {"gCaL", 1.0},
            {"gSK", 15.0},
            {"slow_inactivation", 0.6},
            {"S_tau_min", 30.0},
            {"S_tau_max", 100.0},
            {"gGABA", 0.5},
            {"gGABAA", 1.0},
            {"gNMDA", 0.7},
            {"gAMPA", 0.9},
            {"p_shift", -2.0},
            {"block_kon", 1e-3},
            {"block_K_inactivated", 25.0},
            {"block_K_rest", 500.0},
            {"block_dose", 60.0},
            {"block2_kon", 2e-3},
            {"block2_K_inactivated", 15.0},
            {"block2_K_rest", 700.0},
            {"block2_dose", 30.0},
            {"block2_slow", 1.0},
            {"block_one_site", 1.0},
            {"h_shift", -1.5},
            {"NMDA_block_dose", 2.0},
            {"gGIRK", 0.3},
            {"rate_scale", 1.1}};
  lg_neuron n = make("tm", "");
  for (size_t k = 0; k < sizeof on / sizeof on[0]; k++) set(&n, on[k].name, on[k].x);
  return n;
}

static void test_everything_on(void **state) {
  (void)state;
  const lg_neuron n = full_tm();
  check_neuron("tm, all currents", &n, 900.0, 0.5);
}

/* A start that is given does not move with the parameters; V0 that is given moves with itself. */
static void test_starts(void **state) {
  (void)state;
  lg_neuron n = make("izhikevich", "std");
  n.initial[0] = -65.0;
  n.initial[1] = 20.0;
  check_neuron("std from a given state", &n, 300.0, 1.0);
  n = make("tm", "");
  set(&n, "V0", -68.0);
  check_neuron("tm from V0", &n, 400.0, 0.4);
}

/* At conductance 0 the derivative is the one towards positive values: forward difference, two steps. */
static void test_switched_off(void **state) {
  (void)state;
  static const char *const names[] = {"gA", "gH", "gCaT", "gNaP", "slow_inactivation", "gGABA", "gAMPA"};
  const lg_neuron n = make("tm", "");
  lg_protocol *p = make_protocol(400.0, 1.0);
  lg_sensitivity *s = NULL;
  assert_ok(ctx, lg_simulate_sensitivity(ctx, &n, p, names, 7, NULL, &s));
  lg_simulation *base = simulate(&n, p);
  for (size_t j = 0; j < 7; j++) {
    double x[2];
    const double h = 1e-4;
    for (int k = 0; k < 2; k++) {
      lg_neuron moved = n;
      set(&moved, names[j], h * (k + 1));
      lg_simulation *sim = simulate(&moved, p);
      assert_int_equal(sim->n_spikes, base->n_spikes);
      x[k] = sim->spikes_ms[0] - base->spikes_ms[0];
      lg_simulation_destroy(ctx, sim);
    }
    const double want = (4.0 * x[0] - x[1]) / (2.0 * h), got = s->d_spikes[j * s->n_spikes];
    assert_true(fabs(got - want) < 1e-5 * fabs(want) + 1e-9);
  }
  lg_simulation_destroy(ctx, base);
  lg_sensitivity_destroy(ctx, s);
  lg_protocol_destroy(ctx, p);
}

static void test_refused(void **state) {
  (void)state;
  const lg_neuron n = make("izhikevich", "std");
  lg_protocol *p = make_protocol(300.0, 1.0);
  const char *const unknown[] = {"C", "gNa"}, *const twice[] = {"C", "C"};
  lg_sensitivity *s = NULL;
  assert_int_equal(lg_simulate_sensitivity(ctx, &n, p, unknown, 2, NULL, &s), LG_ERR_NOT_FOUND);
  assert_int_equal(lg_simulate_sensitivity(ctx, &n, p, twice, 2, NULL, &s), LG_ERR_ARGUMENT);
  assert_int_equal(lg_simulate_sensitivity(ctx, &n, p, twice, 0, NULL, &s), LG_ERR_ARGUMENT);
  lg_sensitivity_options o = LG_SENSITIVITY_OPTIONS_INIT;
  o.rtol = 1.0;
  assert_int_equal(lg_simulate_sensitivity(ctx, &n, p, NULL, 0, &o, &s), LG_ERR_RANGE);
  assert_null(s);
  volatile int flag = 1;
  lg_ctx_set_cancel_flag(ctx, &flag);
  lg_protocol *longer;
  assert_ok(ctx, lg_protocol_create(ctx, 1e5, 1e5, &longer));
  assert_ok(ctx, lg_protocol_add_const(ctx, longer, 0.0, 1e5, 300.0));
  assert_int_equal(lg_simulate_sensitivity(ctx, &n, longer, NULL, 0, NULL, &s), LG_ERR_CANCELLED);
  lg_ctx_set_cancel_flag(ctx, NULL);
  lg_protocol_destroy(ctx, longer);
  lg_protocol_destroy(ctx, p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_row),    cmocka_unit_test(test_everything_on), cmocka_unit_test(test_starts),
      cmocka_unit_test(test_switched_off), cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests_name("neuron_sensitivity", tests, open_ctx, close_ctx);
}
