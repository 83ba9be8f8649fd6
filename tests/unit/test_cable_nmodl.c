/* Mechanisms read from NMODL beside the built-in ones of the same equations. */
#include "tests/unit/cable_block.h"
#include "tests/unit/nmodl_file.h"

#include "base/cpu.h"
#include "cable/nmodl_internal.h"

enum { N = 29 };

static const char *const densities[] = {"hh", "pas", "kvm", "kv31", "cahva", "ih", "sk", "cadyn"};
static const char *const synapses[] = {"ExpSyn", "expsyn", "Exp2Syn", "exp2syn", "NMDA", "nmda2"};

static void assert_near(const char *what, size_t k, double value, double expected, double scale) {
  if (!(fabs(value - expected) <= 1e-10 * (fabs(expected) + scale)))
    fail_msg("%s, instance %zu: %.17g, expected %.17g", what, k, value, expected);
}

static void spread(test_block *t) {
  for (size_t k = 0; k < N; k++) {
    t->v[k] = -110.0 + 6.7 * (double)k;
    for (size_t x = 0; x < t->block.kind->n_ions; x++) t->inside[x][k] = 1e-5 * (double)(1 + k * k);
  }
  t->v[3] = -40.0; /* where alpha_m of hh is 0/0 */
  t->v[4] = -55.0;
  t->now.celsius = 17.0;
}

static size_t ion_of(const test_block *t, const char *name) {
  for (size_t x = 0; x < t->block.kind->n_ions; x++)
    if (strcmp(t->ions[x].name, name) == 0) return x;
  fail_msg("no ion %s", name);
  return 0;
}

static void set_parameters(test_block *to, const test_block *like) {
  for (size_t p = 0; p < to->block.kind->n_parameters; p++)
    for (size_t q = 0; q < like->block.kind->n_parameters; q++)
      if (strcmp(to->block.kind->parameters[p].name, like->block.kind->parameters[q].name) == 0)
        memcpy(to->parameters[p], like->parameters[q], sizeof to->parameters[p]);
}

static void compare_flows(const test_block *mine, const test_block *built_in) {
  const char *name = mine->block.kind->name;
  for (size_t k = 0; k < N; k++) {
    assert_near(name, k, mine->g[k], built_in->g[k], 1e-9);
    assert_near(name, k, mine->i[k], built_in->i[k], 1e-7);
    for (size_t x = 0; x < mine->block.kind->n_ions; x++) {
      const size_t y = ion_of(built_in, mine->ions[x].name);
      assert_near(name, k, mine->current[x][k], built_in->current[y][k], 1e-9);
      assert_near(name, k, mine->inside[x][k], built_in->inside[y][k], 1e-9);
    }
  }
}

static void drive_ions(test_block *t) {
  for (size_t x = 0; x < t->block.kind->n_ions; x++)
    for (size_t k = 0; k < N; k++) t->current[x][k] -= 1e-3 * (double)k;
}

static void densities_equal_the_built_in(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof densities / sizeof densities[0]; d++) {
    cable_nmodl *m = nmodl_file(densities[d]);
    static test_block mine, built_in;
    test_block_make(&mine, lg_cable_nmodl_mechanism(m), N);
    test_block_make(&built_in, test_mechanism(densities[d]), N);
    spread(&mine);
    spread(&built_in);
    set_parameters(&mine, &built_in);
    test_block_start(&mine);
    test_block_start(&built_in);
    for (int step = 0; step < 40; step++) {
      test_block_current(&mine);
      test_block_current(&built_in);
      compare_flows(&mine, &built_in);
      drive_ions(&mine);
      drive_ions(&built_in);
      for (size_t k = 0; k < N; k++) mine.v[k] = built_in.v[k] = built_in.v[k] + (step % 2 ? -21.0 : 20.0);
      test_block_advance(&mine, 0.025);
      test_block_advance(&built_in, 0.025);
    }
    test_block_end(&mine);
    test_block_end(&built_in);
    lg_cable_nmodl_destroy(ctx, m);
  }
}

static void run_synapse(test_block *t, cable_scheme scheme, int step) {
  t->now.scheme = scheme;
  for (size_t k = 0; k < N; k++) {
    if ((step + (int)k) % 7 == 0)
      t->block.kind->receive(&t->block, k, 0.01 * (double)(k + 1), 0.0003 * (double)k, &t->now);
    if ((step + (int)k) % 11 == 0) t->block.kind->receive(&t->block, k, 0.02, 0.017, &t->now);
  }
  test_block_current(t);
}

static void synapses_equal_the_built_in(void **state) {
  (void)state;
  for (size_t s = 0; s < sizeof synapses / sizeof synapses[0]; s += 2)
    for (int scheme = CABLE_SDIRK2; scheme <= CABLE_NRN; scheme++) {
      cable_nmodl *m = nmodl_file(synapses[s + 1]);
      static test_block mine, built_in;
      test_block_make(&mine, lg_cable_nmodl_mechanism(m), N);
      test_block_make(&built_in, test_mechanism(synapses[s]), N);
      spread(&mine);
      spread(&built_in);
      set_parameters(&mine, &built_in);
      test_block_start(&mine);
      test_block_start(&built_in);
      for (int step = 0; step < 60; step++) {
        run_synapse(&mine, (cable_scheme)scheme, step);
        run_synapse(&built_in, (cable_scheme)scheme, step);
        compare_flows(&mine, &built_in);
        for (size_t k = 0; k < N; k++) mine.v[k] = built_in.v[k] = built_in.v[k] + (step % 2 ? -21.0 : 20.0);
        test_block_advance(&mine, 0.025);
        test_block_advance(&built_in, 0.025);
      }
      test_block_end(&mine);
      test_block_end(&built_in);
      lg_cable_nmodl_destroy(ctx, m);
    }
}

/* States, currents and conductances after a few steps, by one of the interpreters. */
static void run_by(const char *file, nm_kernel kernel, test_block *t) {
  cable_nmodl *m = nmodl_file(file);
  m->interpret = kernel;
  test_block_make(t, lg_cable_nmodl_mechanism(m), N);
  spread(t);
  test_block_start(t);
  for (int step = 0; step < 12; step++) {
    for (size_t k = 0; k < N; k++) t->v[k] += step % 2 ? -21.0 : 20.0;
    if (t->block.kind->receive) t->block.kind->receive(&t->block, (size_t)step, 0.01, 0.011, &t->now);
    test_block_advance(t, 0.025);
    test_block_current(t);
  }
  test_block_end(t);
  lg_cable_nmodl_destroy(ctx, m);
}

static void interpreters_agree_in_every_bit(void **state) {
  (void)state;
  static const char *const files[] = {"hh", "kvm", "cahva", "sk", "cadyn", "nmda2", "exp2syn"};
  const struct {
    nm_kernel kernel;
    lg_cpu level;
  } others[] = {{lg_nmodl_run_v3, LG_CPU_V3}, {lg_nmodl_run_v4, LG_CPU_V4}};
  static test_block plain, other;
  for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
    run_by(files[f], lg_nmodl_run_plain, &plain);
    for (size_t o = 0; o < 2; o++) {
      if (lg_cpu_level() < others[o].level) continue;
      run_by(files[f], others[o].kernel, &other);
      assert_memory_equal(plain.states, other.states, sizeof plain.states);
      assert_memory_equal(plain.g, other.g, sizeof plain.g);
      assert_memory_equal(plain.i, other.i, sizeof plain.i);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(densities_equal_the_built_in),
      cmocka_unit_test(synapses_equal_the_built_in),
      cmocka_unit_test(interpreters_agree_in_every_bit),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
