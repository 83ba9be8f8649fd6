/* Every built-in mechanism against what all of them promise. */
#include "tests/unit/cable_block.h"

#include "base/cpu.h"
#include "cable/mechanisms.h"

static void assert_near(double value, double expected, double tolerance) {
  if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g, expected %.17g", value, expected);
}

static bool is_noise(const cable_mechanism *kind) { return strstr(kind->name, "Noise") != NULL; }

static bool is_pool(const cable_mechanism *kind) {
  for (size_t n = 0; n < kind->n_ions; n++)
    if (kind->ions[n].writes_inside) return true;
  return false;
}

/* ---- the table ----------------------------------------------------------------------------------------- */

static void ends_with_a_period(const char *mechanism, const char *text) {
  if (!text || strlen(text) < 2 || text[strlen(text) - 1] != '.') fail_msg("%s: '%s'", mechanism, text);
}

static void table_is_whole(void **state) {
  (void)state;
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  assert_true(n >= 39);
  for (size_t k = 0; k < n; k++) {
    const cable_mechanism *kind = all[k];
    assert_ptr_equal(lg_cable_mechanism_find(kind->name), kind); /* so names are unique */
    ends_with_a_period(kind->name, kind->summary);
    assert_true(kind->source && strlen(kind->source) > 4);
    for (size_t p = 0; p < kind->n_parameters; p++) {
      const lg_field *f = &kind->parameters[p];
      ends_with_a_period(kind->name, f->doc);
      if (!(f->low < f->high)) fail_msg("%s.%s has no range", kind->name, f->name);
      if (!isnan(f->default_value) && !(f->default_value >= f->low && f->default_value <= f->high))
        fail_msg("%s.%s: its default is out of its range", kind->name, f->name);
    }
    if (kind->n_states > 0 && !kind->states) fail_msg("%s: states without names", kind->name);
    if (kind->advance && !kind->start) fail_msg("%s moves states that nobody starts", kind->name);
  }
}

static void find_knows_only_what_there_is(void **state) {
  (void)state;
  assert_null(lg_cable_mechanism_find("kvn"));
  assert_null(lg_cable_mechanism_find(""));
}

static void nernst_is_that_of_2018(void **state) {
  (void)state;
  const double expected = 8.31446261815324 * 293.15 / (2.0 * 96485.33212331001) * 1000.0 * log(2.0 / 1e-4);
  assert_near(lg_cable_nernst_mV(20.0, 2, 1e-4, 2.0), expected, 1e-12 * expected);
  assert_near(lg_cable_nernst_mV(37.0, 1, 140.0, 4.0), -95.0226, 1e-4);
}

/* ---- what all promise ---------------------------------------------------------------------------------- */

/* −200 … +150 mV, with every place where a published rate is 0/0 */
static const double potentials[] = {-200.0, -154.9, -120.0,  -100.0, -90.0, -80.0, -72.3, -66.0, -65.0,
                                    -64.4,  -60.0,  -59.999, -55.0,  -45.0, -40.0, -38.0, -32.0, -27.0,
                                    -17.0,  -10.0,  0.0,     12.5,   30.0,  55.0,  90.0,  120.0, 150.0};
enum { N_POTENTIALS = sizeof potentials / sizeof potentials[0] };

static void prepare(test_block *t, const cable_mechanism *kind) {
  test_block_make(t, kind, N_POTENTIALS);
  for (size_t k = 0; k < N_POTENTIALS; k++) t->v[k] = potentials[k];
  for (size_t n = 0; n < kind->n_ions; n++)
    for (size_t k = 0; k < N_POTENTIALS; k++) t->inside[n][k] = 1e-4 * (double)(k * k + 1);
  test_block_start(t);
}

static void start_is_steady(void **state) {
  (void)state;
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  for (size_t m = 0; m < n; m++) {
    if (all[m]->sort == CABLE_MEMBRANE || is_noise(all[m])) continue;
    if (strcmp(all[m]->name, "CaDynamics_E2") == 0) continue; /* starts where the ion stands */
    static test_block t, before;
    prepare(&t, all[m]);
    before = t;
    test_block_advance(&t, 0.7);
    for (size_t s = 0; s < all[m]->n_states; s++)
      for (size_t k = 0; k < N_POTENTIALS; k++)
        if (!(fabs(t.states[s][k] - before.states[s][k]) <= 1e-14 + 1e-13 * fabs(before.states[s][k])))
          fail_msg("%s.%s at %g mV moves from %.17g to %.17g", all[m]->name, all[m]->states[s], potentials[k],
                   before.states[s][k], t.states[s][k]);
    test_block_end(&t);
  }
}

/* States off their rest, synapses after events. */
static void disturb(test_block *t) {
  const cable_mechanism *kind = t->block.kind;
  for (size_t k = 0; k < t->block.number; k++)
    if (kind->receive) kind->receive(&t->block, k, 1e-3 * (double)(k + 1), 0.0, &t->now);
    else
      for (size_t s = 0; s < kind->n_states; s++) t->states[s][k] = 0.3 * t->states[s][k] + 0.05 * (double)(s + 1);
}

static void conductance_is_the_slope_of_the_current(void **state) {
  (void)state;
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  for (size_t m = 0; m < n; m++) {
    if (!all[m]->current) continue;
    static test_block t;
    prepare(&t, all[m]);
    disturb(&t);
    if (all[m]->sort == CABLE_POINT && all[m]->n_parameters == 7)
      for (size_t k = 0; k < N_POTENTIALS; k++) t.parameters[1][k] = 10.0; /* a clamp that is on */
    const double h = 1e-3;
    test_block_current(&t);
    for (size_t k = 0; k < N_POTENTIALS; k++) t.v[k] += h;
    double i_up[N_POTENTIALS], g[N_POTENTIALS];
    memcpy(g, t.g, sizeof g);
    test_block_current(&t);
    memcpy(i_up, t.i, sizeof i_up);
    for (size_t k = 0; k < N_POTENTIALS; k++) t.v[k] -= 2.0 * h;
    test_block_current(&t);
    for (size_t k = 0; k < N_POTENTIALS; k++) {
      const double slope = (i_up[k] - t.i[k]) / (2.0 * h), size = fabs(t.i[k]) / h * 1e-12 + 1e-14;
      if (!(fabs(slope - g[k]) <= 1e-7 * fabs(g[k]) + size))
        fail_msg("%s at %g mV: g = %.12g, di/dv = %.12g", all[m]->name, potentials[k], g[k], slope);
    }
    test_block_end(&t);
  }
}

static void two_steps_are_one_of_twice_the_length(void **state) {
  (void)state;
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  for (size_t m = 0; m < n; m++) {
    if (!all[m]->advance || all[m]->sort == CABLE_MEMBRANE || is_noise(all[m])) continue;
    static test_block once, twice;
    prepare(&once, all[m]);
    prepare(&twice, all[m]);
    disturb(&once);
    disturb(&twice);
    for (size_t ion = 0; ion < all[m]->n_ions; ion++)
      for (size_t k = 0; k < N_POTENTIALS; k++) once.current[ion][k] = twice.current[ion][k] = -1e-3 * (double)k;
    test_block_advance(&once, 0.25);
    test_block_advance(&twice, 0.125);
    test_block_advance(&twice, 0.125);
    for (size_t s = 0; s < all[m]->n_states; s++)
      for (size_t k = 0; k < N_POTENTIALS; k++)
        if (!(fabs(once.states[s][k] - twice.states[s][k]) <= 1e-13 * (fabs(once.states[s][k]) + 1e-3)))
          fail_msg("%s.%s at %g mV: %.17g in one step, %.17g in two", all[m]->name, all[m]->states[s], potentials[k],
                   once.states[s][k], twice.states[s][k]);
    test_block_end(&once);
    test_block_end(&twice);
  }
}

static void everything_is_finite(void **state) {
  (void)state;
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  static const double steps[] = {1e-6, 0.025, 1.0, 1e4};
  for (size_t m = 0; m < n; m++)
    for (size_t d = 0; d < 4; d++)
      for (double shift = 0.0; shift < 2e-7; shift += 1e-7) { /* on the singularities, and beside them */
        static test_block t;
        prepare(&t, all[m]);
        for (size_t k = 0; k < N_POTENTIALS; k++) t.v[k] += shift;
        t.now.dt_ms = steps[d];
        disturb(&t);
        test_block_advance(&t, steps[d]);
        test_block_current(&t);
        for (size_t k = 0; k < N_POTENTIALS; k++) {
          bool good = isfinite(t.g[k]) && isfinite(t.i[k]);
          for (size_t s = 0; s < all[m]->n_states; s++) good &= (bool)isfinite(t.states[s][k]);
          if (!good) fail_msg("%s at %g mV, dt %g ms: not finite", all[m]->name, t.v[k], steps[d]);
        }
        test_block_end(&t);
      }
}

static void not_a_number_is_not_hidden(void **state) {
  (void)state;
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  for (size_t m = 0; m < n; m++) {
    if (all[m]->sort != CABLE_DENSITY || !all[m]->current) continue;
    static test_block t;
    prepare(&t, all[m]);
    t.v[3] = NAN;
    test_block_advance(&t, 0.1);
    test_block_current(&t);
    if (!isnan(t.i[3])) fail_msg("%s makes %g of a potential that is no number", all[m]->name, t.i[3]);
    if (!isfinite(t.i[2])) fail_msg("%s spreads it", all[m]->name);
    test_block_end(&t);
  }
}

/* Vectors that are gathered, and steps done in one pass, give what the others give. */
static void ways_through_the_nodes_agree(void **state) {
  (void)state;
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  for (size_t m = 0; m < n; m++) {
    if (!all[m]->current) continue;
    static test_block straight, gathered, fused;
    prepare(&straight, all[m]);
    prepare(&gathered, all[m]);
    prepare(&fused, all[m]);
    gathered.block.contiguous = false;
    disturb(&straight);
    disturb(&gathered);
    disturb(&fused);
    test_block_advance(&straight, 0.025);
    test_block_advance(&gathered, 0.025);
    test_block_current(&straight);
    test_block_current(&gathered);
    assert_memory_equal(straight.i, gathered.i, N_POTENTIALS * sizeof(double));
    assert_memory_equal(straight.g, gathered.g, N_POTENTIALS * sizeof(double));
    for (size_t k = N_POTENTIALS; k < 48; k++)
      if (straight.g[k] != 0.0 || straight.i[k] != 0.0) fail_msg("%s writes to node %zu", all[m]->name, k);
    if (all[m]->advance_current) {
      all[m]->advance_current(&fused.block, &fused.now);
      assert_memory_equal(straight.i, fused.i, N_POTENTIALS * sizeof(double));
      assert_memory_equal(straight.g, fused.g, N_POTENTIALS * sizeof(double));
    }
    test_block_end(&straight);
    test_block_end(&gathered);
    test_block_end(&fused);
  }
}

static void instruction_sets_agree_in_every_bit(void **state) {
  (void)state;
  size_t n, n_level;
  const cable_mechanism *const *plain = lg_cable_mechanisms_at(LG_CPU_PLAIN, &n);
  static const lg_cpu levels[] = {LG_CPU_V3, LG_CPU_V4};
  for (size_t l = 0; l < 2 && levels[l] <= lg_cpu_level(); l++) {
    const cable_mechanism *const *fast = lg_cable_mechanisms_at(levels[l], &n_level);
    assert_int_equal(n, n_level);
    for (size_t m = 0; m < n; m++) {
      assert_string_equal(plain[m]->name, fast[m]->name);
      static test_block a, b;
      prepare(&a, plain[m]);
      prepare(&b, fast[m]);
      disturb(&a);
      disturb(&b);
      test_block_advance(&a, 0.01);
      test_block_advance(&b, 0.01);
      test_block_current(&a);
      test_block_current(&b);
      for (size_t k = 0; k < N_POTENTIALS; k++) {
        for (size_t s = 0; s < plain[m]->n_states; s++)
          if (!(a.states[s][k] == b.states[s][k]))
            fail_msg("%s.%s at %g mV: %.17g plain, %.17g at level %d", plain[m]->name, plain[m]->states[s],
                     potentials[k], a.states[s][k], b.states[s][k], (int)levels[l]);
        if (!(a.i[k] == b.i[k] && a.g[k] == b.g[k]))
          fail_msg("%s at %g mV: %.17g plain, %.17g at level %d", plain[m]->name, potentials[k], a.i[k], b.i[k],
                   (int)levels[l]);
      }
      test_block_end(&a);
      test_block_end(&b);
    }
  }
}

static void pools_write_their_ion(void **state) {
  (void)state;
  size_t n, found = 0;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  for (size_t m = 0; m < n; m++) {
    if (!is_pool(all[m])) continue;
    found++;
    static test_block t;
    prepare(&t, all[m]);
    for (size_t k = 0; k < N_POTENTIALS; k++) t.current[0][k] = -2e-3; /* mA/cm2 inwards */
    const double before = t.states[0][5];
    test_block_advance(&t, 0.01);
    assert_true(t.inside[0][5] == t.states[0][5]);
    /* 1e4 * 2e-3 * 0.05 / (2 F 0.1) = 5.18e-5 mM/ms, less what leaves (80 ms) */
    const double rise = 1e4 * 2e-3 * 0.05 / (2.0 * 96485.33212331001 * 0.1) - (before - 1e-4) / 80.0;
    assert_near(t.states[0][5] - before, 0.01 * rise, 2e-4 * 0.01 * fabs(rise));
    test_block_end(&t);
  }
  assert_true(found >= 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_is_whole),
      cmocka_unit_test(find_knows_only_what_there_is),
      cmocka_unit_test(nernst_is_that_of_2018),
      cmocka_unit_test(start_is_steady),
      cmocka_unit_test(conductance_is_the_slope_of_the_current),
      cmocka_unit_test(two_steps_are_one_of_twice_the_length),
      cmocka_unit_test(everything_is_finite),
      cmocka_unit_test(not_a_number_is_not_hidden),
      cmocka_unit_test(ways_through_the_nodes_agree),
      cmocka_unit_test(instruction_sets_agree_in_every_bit),
      cmocka_unit_test(pools_write_their_ion),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
