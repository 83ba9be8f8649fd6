/* The two sweeps of an IMEX step: the same bits from every kernel, and what fields one by one give. */
#include "calcium/run_internal.h"
#include "tests/one_ctx.h"

#include <math.h>
#include <string.h>

/* A tree whose sections follow their parents in memory or do not: 3 branches at one end, one of them branching on. */
static double taper_x[3] = {0.0, 3.0, 5.0}, taper_R[3] = {0.4, 0.5, 0.3}, taper_r[3] = {0.15, 0.2, 0.1};
static calcium_section sections[6] = {
    {.length_um = 4.3, .parent = -1, .radius0_um = 0.5, .er0_um = 0.2},
    {.length_um = 5.0, .parent = 0, .n_table = 3, .x_um = taper_x, .radius_um = taper_R, .er_radius_um = taper_r},
    {.length_um = 3.1, .parent = 0, .radius0_um = 0.3, .er0_um = 0.12},
    {.length_um = 0.1, .parent = 0, .radius0_um = 0.25, .er0_um = 0.1},
    {.length_um = 2.7, .parent = 1, .radius0_um = 0.35, .er0_um = 0.13},
    {.length_um = 6.9, .parent = 1, .radius0_um = 0.25, .er0_um = 0.1}};
static calcium_stimulus ramps[2] = {
    {.j0 = 2500.0, .x0_um = 1.0, .sigma_um = 0.5, .off_s = 0.001},
    {.j0 = 900.0, .x0_um = 1.5, .sigma_um = 0.4, .on_s = 0.0005, .off_s = 0.002, .section = 4}};
static double rise_x[2] = {0.0, 5.0}, rise[2] = {2.0, 6.0}, half = 1500.0;

static calcium_case tree_case(void) {
  return (calcium_case){.constants = lg_calcium_constants_default(),
                        .n_sections = 6,
                        .sections = sections,
                        .n_stimuli = 2,
                        .stimuli = ramps,
                        .end_s = 0.006,
                        .threshold_uM = 1.0};
}

/* More RyR along section 1, less SERCA in section 2. */
static void vary(calcium_case *c, calcium_profile_piece *ryr, calcium_profile_piece *serca) {
  *ryr = (calcium_profile_piece){.section = 1, .n = 2, .x_um = rise_x, .value = rise};
  *serca = (calcium_profile_piece){.section = 2, .n = 1, .value = &half};
  c->densities[CALCIUM_RYR] = (calcium_profile){c->constants.ryr_density, 1, ryr};
  c->densities[CALCIUM_SERCA] = (calcium_profile){c->constants.serca_density, 1, serca};
}

static void no_rates(const calcium_extra *x, double t, const double *c, const double *e, const double *species,
                     const double *gates, double *dc, double *de, double *dspecies) {
  (void)x, (void)t, (void)c, (void)e, (void)species, (void)gates, (void)dc, (void)de, (void)dspecies;
}

static void go(calcium_run *run, double dt_s) {
  const double edges[4] = {0.0005, 0.001, 0.002, 0.006};
  for (size_t k = 0; k < 4; k++)
    for (lg_calcium_run_begin(run, edges[k], dt_s); !lg_calcium_run_ended(run);)
      assert_int_equal(lg_calcium_run_step(ctx, run), LG_OK);
}

typedef struct kept {
  size_t n;
  double c[800], e[800], open[800], totals[3];
} kept;

static void run_tree(const calcium_case *c, calcium_scheme scheme, lg_cpu level, bool by_fields, bool closure,
                     kept *out) {
  calcium_grid *grid = NULL;
  calcium_run *run = NULL;
  const calcium_extra none = {.rates = no_rates};
  const calcium_gate gate = closure ? lg_calcium_gate_closure(&c->constants) : lg_calcium_gate_kl(&c->constants);
  assert_int_equal(lg_calcium_grid_create(ctx, c, 0.05, &grid), LG_OK);
  assert_in_range(grid->n, 100, 800);
  assert_int_equal(lg_calcium_run_create(ctx, c, grid, &gate, by_fields ? &none : NULL, scheme, &run), LG_OK);
  run->at_most = level;
  go(run, 5e-6);
  const calcium_state *s = lg_calcium_run_state(run);
  assert_true(s->t_s == 0.006);
  out->n = grid->n;
  memcpy(out->c, s->c, grid->n * sizeof(double));
  memcpy(out->e, s->e, grid->n * sizeof(double));
  memcpy(out->open, s->open, grid->n * sizeof(double));
  lg_calcium_run_totals(run, out->totals);
  lg_calcium_run_destroy(ctx, run);
  lg_calcium_grid_destroy(ctx, grid);
}

static kept first, second;

static void same_bits(const calcium_case *c, calcium_scheme scheme, bool closure) {
  const lg_cpu levels[2] = {LG_CPU_V3, LG_CPU_V4};
  run_tree(c, scheme, LG_CPU_PLAIN, false, closure, &first);
  for (size_t k = 0; k < 2; k++) {
    run_tree(c, scheme, levels[k], false, closure, &second);
    assert_memory_equal(first.c, second.c, first.n * sizeof(double));
    assert_memory_equal(first.e, second.e, first.n * sizeof(double));
    assert_memory_equal(first.open, second.open, first.n * sizeof(double));
  }
  double high = 0.0;
  for (size_t k = 0; k < first.n; k++) high = fmax(high, first.open[k]);
  assert_true(high > 0.9 && high <= 1.0); /* there was a wave */
}

static void test_kernels_give_the_same_bits(void **state) {
  (void)state;
  calcium_case c = tree_case();
  same_bits(&c, CALCIUM_IMEX2, false);
  same_bits(&c, CALCIUM_IMEX1, false);
  same_bits(&c, CALCIUM_IMEX2, true);
  calcium_profile_piece ryr, serca;
  vary(&c, &ryr, &serca);
  same_bits(&c, CALCIUM_IMEX2, false);
  c.membrane_closed = true;
  c.bump_uM = 30.0;
  c.bump_x0_um = 2.0;
  c.bump_sigma_um = 0.5;
  same_bits(&c, CALCIUM_IMEX2, false);
}

static void agree(calcium_scheme scheme, bool closure) {
  calcium_case c = tree_case();
  calcium_profile_piece ryr, serca;
  if (!closure) vary(&c, &ryr, &serca);
  run_tree(&c, scheme, LG_CPU_V4, false, closure, &first);
  run_tree(&c, scheme, LG_CPU_V4, true, closure, &second);
  for (size_t k = 0; k < first.n; k++) {
    assert_true(fabs(first.c[k] - second.c[k]) < 1e-9 * first.c[k]);
    assert_true(fabs(first.e[k] - second.e[k]) < 1e-9 * first.e[k]);
    assert_true(fabs(first.open[k] - second.open[k]) < 1e-9);
  }
}

static void test_sweeps_do_what_fields_one_by_one_do(void **state) {
  (void)state;
  agree(CALCIUM_IMEX2, false);
  agree(CALCIUM_IMEX1, false);
  agree(CALCIUM_IMEX2, true);
  agree(CALCIUM_IMEX1, true);
}

static void test_total_on_a_tree(void **state) {
  (void)state;
  calcium_case c = tree_case();
  c.membrane_closed = true;
  c.bump_uM = 30.0;
  c.bump_x0_um = 2.0;
  c.bump_sigma_um = 0.5;
  double start = 0.0, end = 0.0;
  calcium_grid *grid = NULL;
  calcium_run *run = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c.constants);
  double totals[3];
  assert_int_equal(lg_calcium_grid_create(ctx, &c, 0.05, &grid), LG_OK);
  assert_int_equal(lg_calcium_run_create(ctx, &c, grid, &gate, NULL, CALCIUM_IMEX2, &run), LG_OK);
  lg_calcium_run_totals(run, totals);
  for (size_t k = 0; k < 3; k++) start += totals[k];
  go(run, 5e-6);
  lg_calcium_run_totals(run, totals);
  for (size_t k = 0; k < 3; k++) end += totals[k];
  assert_true(fabs(end / start - 1.0) < 1e-14);
  lg_calcium_run_destroy(ctx, run);
  lg_calcium_grid_destroy(ctx, grid);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kernels_give_the_same_bits),
      cmocka_unit_test(test_sweeps_do_what_fields_one_by_one_do),
      cmocka_unit_test(test_total_on_a_tree),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
