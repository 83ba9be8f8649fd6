/* A run that stopped in mid-wave and went on gives the bits of one that did not. */
#include "calcium/extra_case.h"
#include "calcium/run.h"
#include "tests/one_ctx.h"

#include <string.h>

static calcium_section sections[3] = {{.length_um = 8.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15},
                                      {.length_um = 5.0, .parent = 0, .radius0_um = 0.3, .er0_um = 0.12},
                                      {.length_um = 6.0, .parent = 0, .radius0_um = 0.35, .er0_um = 0.13}};
static calcium_stimulus ramps[2] = {{.j0 = 2500.0, .sigma_um = 0.5, .off_s = 0.001},
                                    {.j0 = 500.0, .x0_um = 3.0, .sigma_um = 0.5, .on_s = 0.004, .off_s = 0.0061}};
static calcium_place probes[2] = {{0, 4.0}, {2, 3.0}};
static double snapshots[3] = {0.001, 0.005, 0.008};

static calcium_case y_case(void) {
  return (calcium_case){.constants = lg_calcium_constants_default(),
                        .n_sections = 3,
                        .sections = sections,
                        .n_stimuli = 2,
                        .stimuli = ramps,
                        .end_s = 0.009,
                        .threshold_uM = 1.0,
                        .n_probes = 2,
                        .probes = probes,
                        .n_snapshots = 3,
                        .snapshots_s = snapshots,
                        .is_tree = true};
}

typedef struct kept {
  size_t asked, when, n;
  double t_s;
  unsigned char *bytes;
} kept;

static bool due(void *user) {
  kept *k = user;
  return ++k->asked == k->when;
}

static lg_status keep(lg_ctx *c, void *user, double t_s, const unsigned char *bytes, size_t n) {
  kept *k = user;
  k->bytes = lg_alloc(c, n, 1);
  assert_non_null(k->bytes);
  memcpy(k->bytes, bytes, n);
  k->n = n;
  k->t_s = t_s;
  return LG_OK;
}

static void same(const calcium_result *a, const calcium_result *b) {
  assert_int_equal(a->n_steps, b->n_steps);
  assert_int_equal(a->n_samples, b->n_samples);
  assert_int_equal(a->n_snapshots, b->n_snapshots);
  assert_memory_equal(a->samples, b->samples, a->n_samples * a->n_probes * a->n_columns * sizeof(double));
  assert_memory_equal(a->totals, b->totals, 3 * a->n_samples * sizeof(double));
  assert_memory_equal(a->snapshots, b->snapshots, a->n_snapshots * a->n_nodes * a->n_columns * sizeof(double));
  assert_memory_equal(a->arrivals, b->arrivals, a->n_probes * sizeof *a->arrivals);
  assert_memory_equal(&a->summary, &b->summary, sizeof a->summary);
  assert_true(a->effort.shift_s == b->effort.shift_s && a->effort.steps == b->effort.steps);
}

/* To the end, saved on the way; then from what was saved. */
static void stop_and_go_on(const calcium_case *c, calcium_scheme scheme, bool closure, size_t when) {
  calcium_grid *grid = NULL;
  calcium_film *film[2] = {NULL, NULL};
  calcium_result *whole = NULL, *rest = NULL;
  kept k = {.when = when};
  const calcium_gate gate = closure ? lg_calcium_gate_closure(&c->constants) : lg_calcium_gate_kl(&c->constants);
  calcium_saver saver = {.user = &k, .due = due, .save = keep};
  calcium_options o = {.scheme = scheme, .dt_s = 5e-6, .saver = &saver};
  assert_int_equal(lg_calcium_grid_create(ctx, c, 0.1, &grid), LG_OK);
  for (size_t q = 0; q < 2; q++) assert_int_equal(lg_calcium_film_create(ctx, c, grid, 16, 50, &film[q]), LG_OK);
  o.film = film[0];
  assert_int_equal(lg_calcium_simulate(ctx, c, grid, &gate, NULL, &o, &whole), LG_OK);
  assert_non_null(k.bytes);
  assert_true(k.t_s > 0.0005 && k.t_s < 0.009);
  saver.due = NULL;
  saver.from = k.bytes;
  saver.n_from = k.n;
  o.film = film[1];
  assert_int_equal(lg_calcium_simulate(ctx, c, grid, &gate, NULL, &o, &rest), LG_OK);
  same(whole, rest);
  assert_memory_equal(film[0]->values, film[1]->values, 3 * 16 * 50 * sizeof(float));
  lg_calcium_result_destroy(ctx, rest);
  saver.n_from = k.n - 8; /* torn */
  assert_int_equal(lg_calcium_simulate(ctx, c, grid, &gate, NULL, &o, &rest), LG_ERR_ARGUMENT);
  lg_calcium_result_destroy(ctx, whole);
  for (size_t q = 0; q < 2; q++) lg_calcium_film_destroy(ctx, film[q]);
  lg_calcium_grid_destroy(ctx, grid);
  lg_free(ctx, k.bytes);
}

static void test_every_scheme_goes_on(void **state) {
  (void)state;
  const calcium_case c = y_case();
  stop_and_go_on(&c, CALCIUM_IMEX2, false, 3);
  stop_and_go_on(&c, CALCIUM_IMEX2, true, 5);
  stop_and_go_on(&c, CALCIUM_IMEX1, false, 2);
  stop_and_go_on(&c, CALCIUM_IMEX1, true, 3);
  stop_and_go_on(&c, CALCIUM_RODAS4, false, 8);
}

static void test_with_further_channels(void **state) {
  (void)state;
  calcium_case c = y_case();
  calcium_extras x = lg_calcium_extras_default();
  x.has_ip3r = x.has_ip3 = true;
  x.ip3r_density.everywhere = 17.3;
  c.extras = &x;
  stop_and_go_on(&c, CALCIUM_IMEX2, false, 3);
  stop_and_go_on(&c, CALCIUM_IMEX1, false, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_scheme_goes_on),
                                     cmocka_unit_test(test_with_further_channels)};
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
