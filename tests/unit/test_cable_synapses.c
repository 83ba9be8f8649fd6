/* Synapses, clamp and noise: events where they are, charges kept, statistics that do not know dt. */
#include "tests/unit/cable_block.h"

static void assert_near(double value, double expected, double tolerance) {
  if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g, expected %.17g", value, expected);
}

/* Conductance of instance 0 at 0 mV driving force apart: g as `current` gives it. */
static double conductance(test_block *t) {
  test_block_current(t);
  return t->g[0];
}

typedef struct pair {
  double tau1, tau2, weight;
} pair;

static double factor(pair p) {
  const double peak = p.tau1 * p.tau2 / (p.tau2 - p.tau1) * log(p.tau2 / p.tau1);
  return 1.0 / (exp(-peak / p.tau2) - exp(-peak / p.tau1));
}

/* Integral of the conductance to the time t after the event. */
static double integral(pair p, double t) {
  return p.weight * factor(p) * (p.tau1 * expm1(-t / p.tau1) - p.tau2 * expm1(-t / p.tau2));
}

static double value(pair p, double t) { return p.weight * factor(p) * (exp(-t / p.tau2) - exp(-t / p.tau1)); }

static const struct synapse {
  const char *name;
  size_t n;
  pair pairs[2];
  double v; /* where the conductance is that of the formulas: no block, or none that matters */
} synapses[] = {
    {"Exp2Syn", 1, {{0.1, 10.0, 1.0}}, -30.0},
    {"AMPA", 1, {{0.2, 1.7, 1.0}}, -30.0},
    {"GABA_A", 1, {{0.5, 8.0, 1.0}}, -30.0},
    {"GABA_B", 1, {{3.5, 260.9, 1.0}}, -30.0},
    {"GABA_AB", 2, {{0.5, 8.0, 1.0}, {3.5, 260.9, 0.5}}, -30.0},
};
enum { N_SYNAPSES = sizeof synapses / sizeof synapses[0] };

static void events_inside_a_step_keep_mean_and_end(void **state) {
  (void)state;
  for (size_t s = 0; s < N_SYNAPSES; s++)
    for (double offset = 0.0; offset < 0.25; offset += 0.07) {
      static test_block t;
      test_block_make(&t, test_mechanism(synapses[s].name), 1);
      test_block_start(&t);
      t.now.dt_ms = 0.25;
      t.v[0] = synapses[s].v;
      t.block.kind->receive(&t.block, 0, 2e-3, offset, &t.now);
      double time = 0.25 - offset, before = 0.0;
      for (int step = 0; step < 200; step++) {
        double expected = 0.0;
        for (size_t p = 0; p < synapses[s].n; p++) expected += 2e-3 * integral(synapses[s].pairs[p], time);
        assert_near(conductance(&t), (expected - before) / 0.25, 1e-14);
        before = expected;
        test_block_advance(&t, 0.25);
        t.now.scheme = CABLE_NRN; /* there current gives the value at a time */
        double at = 0.0;
        for (size_t p = 0; p < synapses[s].n; p++) at += 2e-3 * value(synapses[s].pairs[p], time);
        assert_near(conductance(&t), at, 1e-14);
        t.now.scheme = CABLE_SDIRK2;
        time += 0.25;
      }
    }
}

static void expsyn_does_so_too(void **state) {
  (void)state;
  static test_block t;
  test_block_make(&t, test_mechanism("ExpSyn"), 1);
  t.parameters[0][0] = 1.7;
  test_block_start(&t);
  t.now.dt_ms = 0.1;
  t.block.kind->receive(&t.block, 0, 1e-3, 0.03, &t.now);
  assert_near(conductance(&t), 1e-3 * 1.7 / 0.1 * -expm1(-0.07 / 1.7), 1e-16);
  test_block_advance(&t, 0.1);
  assert_near(conductance(&t), 1e-3 * exp(-0.07 / 1.7) * 1.7 / 0.1 * -expm1(-0.1 / 1.7), 1e-16);
}

static void nrn_takes_events_at_the_start(void **state) {
  (void)state;
  for (size_t s = 0; s < N_SYNAPSES; s++) {
    static test_block t;
    test_block_make(&t, test_mechanism(synapses[s].name), 1);
    t.now.scheme = CABLE_NRN;
    test_block_start(&t);
    t.block.kind->receive(&t.block, 0, 2e-3, 0.02, &t.now);
    test_block_advance(&t, 0.025);
    double expected = 0.0;
    for (size_t p = 0; p < synapses[s].n; p++) expected += 2e-3 * value(synapses[s].pairs[p], 0.025);
    assert_near(conductance(&t), expected, 1e-15);
  }
}

static void peak_is_the_weight(void **state) {
  (void)state;
  for (size_t s = 0; s < 4; s++) {
    static test_block t;
    test_block_make(&t, test_mechanism(synapses[s].name), 1);
    t.now.scheme = CABLE_NRN;
    test_block_start(&t);
    t.block.kind->receive(&t.block, 0, 5e-4, 0.0, &t.now);
    double peak = 0.0;
    for (int step = 0; step < 40000; step++) {
      const double g = conductance(&t);
      peak = g > peak ? g : peak;
      test_block_advance(&t, 0.001);
    }
    assert_near(peak, 5e-4, 1e-9);
  }
}

/* g b(v) (v - e), b of Jahr & Stevens; for nmda2 and the NMDA half of the pair. */
static void magnesium_blocks_as_published(void **state) {
  (void)state;
  for (double v = -90.0; v < 50.0; v += 11.0)
    for (double mg = 0.0; mg < 3.0; mg += 1.4) {
      static test_block t;
      const double b = 1.0 / (1.0 + exp(-0.062 * v) * (mg / 3.57));
      test_block_make(&t, test_mechanism("nmda2"), 1);
      t.v[0] = v;
      t.parameters[3][0] = mg;
      t.now.scheme = CABLE_NRN;
      test_block_start(&t);
      t.block.kind->receive(&t.block, 0, 1e-3, 0.0, &t.now);
      test_block_advance(&t, 6.0);
      test_block_current(&t);
      const double g = 1e-3 * value((pair){2.0, 80.0, 1.0}, 6.0);
      assert_near(t.i[0], g * b * v, 1e-15);

      test_block_make(&t, test_mechanism("AMPA_NMDA"), 1);
      t.v[0] = v;
      t.parameters[7][0] = mg;
      t.now.scheme = CABLE_NRN;
      test_block_start(&t);
      t.block.kind->receive(&t.block, 0, 1e-3, 0.0, &t.now);
      test_block_advance(&t, 6.0);
      test_block_current(&t);
      const double ampa = 1e-3 * value((pair){0.2, 1.7, 1.0}, 6.0),
                   nmda = 0.71e-3 * value((pair){0.29, 43.0, 1.0}, 6.0);
      assert_near(t.i[0], (ampa + nmda * b) * v, 1e-15);
    }
}

/* A drug in the pore stands beside magnesium: 1 + Mg/3.57 e^(-0.062 v) + D/K0 e^(-zdelta v / 25.434). */
static void drugs_block_the_pore(void **state) {
  (void)state;
  for (double v = -90.0; v < 50.0; v += 11.0) {
    static test_block t;
    test_block_make(&t, test_mechanism("nmda2"), 1);
    const double closed = 1.0 + 1.0 / 3.57 * exp(-0.062 * v), drug = 3.0 / 11.0 * exp(-0.8 * v / 25.434);
    t.v[0] = v;
    t.now.scheme = CABLE_NRN;
    test_block_start(&t);
    t.block.kind->receive(&t.block, 0, 1e-3, 0.0, &t.now);
    test_block_advance(&t, 6.0);
    const double g = 1e-3 * value((pair){2.0, 80.0, 1.0}, 6.0);
    t.parameters[4][0] = 3.0;
    t.parameters[5][0] = 11.0;
    t.parameters[6][0] = 0.8;
    test_block_current(&t);
    assert_near(t.i[0], g / (closed + drug) * v, 1e-15);
    const double slope = t.g[0];
    t.v[0] = v + 1e-3;
    test_block_current(&t);
    const double up = t.i[0];
    t.v[0] = v - 1e-3;
    test_block_current(&t);
    assert_near(slope, (up - t.i[0]) / 2e-3, 1e-9 * fabs(slope) + 1e-12);
  }
}

/* As in NEURON a rise as slow as the decay is made a little faster. */
static void equal_time_constants_work(void **state) {
  (void)state;
  static test_block t;
  test_block_make(&t, test_mechanism("Exp2Syn"), 1);
  t.parameters[0][0] = t.parameters[1][0] = 5.0;
  t.now.scheme = CABLE_NRN;
  test_block_start(&t);
  t.block.kind->receive(&t.block, 0, 1.0, 0.0, &t.now);
  test_block_advance(&t, 5.0);
  assert_near(conductance(&t), 1.0, 1e-4); /* alpha function, peak at tau */
}

static void points_may_share_a_node(void **state) {
  (void)state;
  static test_block t;
  test_block_make(&t, test_mechanism("Exp2Syn"), 19);
  for (size_t k = 0; k < 19; k++) t.node[k] = (uint32_t)(k / 10); /* ten on node 0, nine on node 1 */
  t.block.contiguous = false;
  test_block_start(&t);
  for (size_t k = 0; k < 19; k++) t.block.kind->receive(&t.block, k, 1e-3, 0.0, &t.now);
  test_block_advance(&t, 1.0);
  test_block_current(&t);
  assert_near(t.g[0] / 10.0, t.g[1] / 9.0, 1e-17);
  assert_true(t.g[0] > 5e-3);
  assert_true(t.g[2] == 0.0);
}

static void idle_synapses_end_at_zero(void **state) {
  (void)state;
  static test_block t;
  test_block_make(&t, test_mechanism("AMPA"), 1);
  test_block_start(&t);
  t.block.kind->receive(&t.block, 0, 1.0, 0.0, &t.now);
  for (int step = 0; step < 1000; step++) test_block_advance(&t, 1.0);
  assert_true(t.states[0][0] == 0.0 && t.states[1][0] == 0.0);
}

/* ---- clamp --------------------------------------------------------------------------------------------- */

static void clamp_holds_its_levels(void **state) {
  (void)state;
  static test_block t;
  test_block_make(&t, test_mechanism("SEClamp"), 1);
  const double values[] = {0.5, 10.0, -80.0, 5.0, 20.0, 3.0, -60.0}; /* rs, dur1, amp1, … */
  for (size_t p = 0; p < 7; p++) t.parameters[p][0] = values[p];
  t.v[0] = -65.0;
  t.now.dt_ms = 0.2;
  static const struct {
    double t, g, i;
  } expected[] = {{0.0, 2.0, 2.0 * 15.0},
                  {9.8, 2.0, 2.0 * 15.0},
                  {9.9, 2.0, 15.0 - 85.0},
                  {10.0, 2.0, 2.0 * -85.0},
                  {14.95, 2.0, 2.0 * (-85.0 * 0.25 - 5.0 * 0.75)},
                  {17.9, 1.0, -5.0},
                  {18.0, 0.0, 0.0}};
  for (size_t k = 0; k < sizeof expected / sizeof expected[0]; k++) {
    t.now.t_ms = expected[k].t;
    test_block_current(&t);
    assert_near(t.g[0], expected[k].g, 1e-12);
    assert_near(t.i[0], expected[k].i, 1e-10);
  }
}

/* ---- noise --------------------------------------------------------------------------------------------- */

/* Moments of the mean current over windows of 4 ms, from steps of dt: those of the process whatever dt is. */
typedef struct moments {
  double mean, variance, next; /* covariance of neighbouring windows */
} moments;

static moments windows_of(const char *name, double dt, const double *parameters, size_t n_parameters, uint64_t seed) {
  enum { CELLS = 24, WINDOWS = 1500 };
  static test_block t;
  test_block_make(&t, test_mechanism(name), CELLS);
  t.block.lanes = CELLS;
  t.block.seed = seed;
  t.now.dt_ms = dt;
  for (size_t p = 0; p < n_parameters; p++)
    for (size_t k = 0; k < CELLS; k++) t.parameters[p][k] = parameters[p];
  test_block_start(&t);
  const size_t steps = (size_t)lround(4.0 / dt);
  double sum[3] = {0.0}, last[CELLS] = {0.0};
  for (size_t w = 0; w < WINDOWS; w++) {
    double window[CELLS] = {0.0};
    for (size_t s = 0; s < steps; s++) {
      test_block_current(&t);
      for (size_t k = 0; k < CELLS; k++) window[k] -= t.i[k] / (double)steps;
      test_block_advance(&t, dt);
      t.now.step++;
    }
    for (size_t k = 0; k < CELLS; k++) {
      const double x = window[k] - parameters[0];
      sum[0] += x;
      sum[1] += x * x;
      if (w > 0) sum[2] += x * last[k];
      last[k] = x;
    }
  }
  const double n = (double)CELLS * WINDOWS;
  return (moments){parameters[0] + sum[0] / n, sum[1] / n, sum[2] / (n - CELLS)};
}

static void ou_noise_has_its_moments_at_every_dt(void **state) {
  (void)state;
  const double p[] = {0.03, 0.2, 3.0}; /* mean, sd, tau */
  const double y = 4.0 / p[2], s2 = p[1] * p[1];
  const double variance = 2.0 * s2 / (y * y) * (y + expm1(-y)), next = s2 / (y * y) * pow(expm1(-y), 2.0);
  static const double steps[] = {0.025, 0.5, 4.0};
  for (size_t d = 0; d < 3; d++) {
    const moments m = windows_of("OUNoise", steps[d], p, 3, 7 + d);
    /* 36 000 windows, correlated over one or two: 5 standard errors */
    assert_near(m.mean, p[0], 5.0 * sqrt(variance * 2.0 / 36000.0));
    assert_near(m.variance, variance, 0.05 * variance);
    assert_near(m.next, next, 0.05 * variance);
  }
}

static void white_noise_has_its_moments_at_every_dt(void **state) {
  (void)state;
  const double p[] = {-0.01, 0.05};
  static const double steps[] = {0.05, 1.0};
  for (size_t d = 0; d < 2; d++) {
    const moments m = windows_of("WhiteNoise", steps[d], p, 2, 3 + d);
    const double variance = p[1] * p[1] / 4.0;
    assert_near(m.mean, p[0], 5.0 * sqrt(variance / 36000.0));
    assert_near(m.variance, variance, 0.04 * variance);
    assert_near(m.next, 0.0, 0.03 * variance);
  }
}

/* A cell's noise is the same wherever it is simulated, and no two instances share theirs. */
static void noise_is_of_seed_cell_and_step(void **state) {
  (void)state;
  static test_block all, one;
  test_block_make(&all, test_mechanism("OUNoise"), 24);
  test_block_make(&one, test_mechanism("OUNoise"), 2);
  for (size_t k = 0; k < 24; k++) all.parameters[1][k] = 1.0;
  for (size_t k = 0; k < 2; k++) one.parameters[1][k] = 1.0;
  all.block.lanes = 12; /* two instances in each of cells 0 … 11 */
  one.block.first_cell = 5;
  test_block_start(&all);
  test_block_start(&one);
  for (int step = 0; step < 20; step++) {
    test_block_current(&all);
    test_block_current(&one);
    assert_true(all.i[5] == one.i[0] && all.i[12 + 5] == one.i[1]);
    for (size_t k = 0; k < 24; k++)
      for (size_t j = 0; j < k; j++) assert_true(all.i[j] != all.i[k]);
    test_block_current(&all); /* asking twice changes nothing */
    assert_true(all.i[5] == one.i[0]);
    test_block_advance(&all, 0.025);
    test_block_advance(&one, 0.025);
    all.now.step++;
    one.now.step++;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(events_inside_a_step_keep_mean_and_end),
      cmocka_unit_test(expsyn_does_so_too),
      cmocka_unit_test(nrn_takes_events_at_the_start),
      cmocka_unit_test(peak_is_the_weight),
      cmocka_unit_test(magnesium_blocks_as_published),
      cmocka_unit_test(drugs_block_the_pore),
      cmocka_unit_test(equal_time_constants_work),
      cmocka_unit_test(points_may_share_a_node),
      cmocka_unit_test(idle_synapses_end_at_zero),
      cmocka_unit_test(clamp_holds_its_levels),
      cmocka_unit_test(ou_noise_has_its_moments_at_every_dt),
      cmocka_unit_test(white_noise_has_its_moments_at_every_dt),
      cmocka_unit_test(noise_is_of_seed_cell_and_step),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
