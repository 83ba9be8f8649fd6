/* Reading and running a network file when every allocation in turn fails; what is said about a network as read. */
#include "tests/alloc.h"
#include "tests/test.h"

#include "twin/network_file.h"

#include <math.h>
#include <string.h>

#define SMALL "fuzz/seeds/network/small.json"

static lg_status read_and_run(lg_ctx *ctx) {
  cable_network_model *m = NULL;
  cable_network *net = NULL;
  cable_network_result *r = NULL;
  unsigned char *state = NULL;
  size_t n = 0;
  lg_status status = lg_network_load(ctx, SMALL, NULL, &m);
  if (status == LG_OK) m->tstop_ms = 2.0;
  if (status == LG_OK) status = lg_cable_network_create(ctx, m, NULL, &net);
  if (status == LG_OK) status = lg_cable_network_run(ctx, net, NULL);
  if (status == LG_OK) status = lg_cable_network_save(ctx, net, &state, &n);
  if (status == LG_OK) status = lg_cable_network_restore(ctx, net, state, n);
  if (status == LG_OK) status = lg_cable_network_result(ctx, net, &r);
  if (status == LG_OK) assert_true(r->n_cells == 12 && r->n_columns == 12 && r->n_events > 0);
  lg_cable_network_result_destroy(ctx, r);
  lg_free(ctx, state);
  lg_cable_network_destroy(ctx, net);
  lg_cable_network_model_destroy(ctx, m);
  return status;
}

static void memory_may_fail(void **state) {
  (void)state;
  printf("%zu allocations failed in turn\n", lg_exhaust("network", read_and_run));
}

static void what_was_read(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_network_model *m = NULL;
  lg_network_inputs inputs = {0};
  assert_ok(ctx, lg_network_load(ctx, "examples/networks/dendrify200.json", &inputs, &m));
  assert_int_equal(inputs.n, 0);
  assert_int_equal(m->n_populations, 2);
  const cable_model *cell = m->populations[0].model;
  assert_int_equal(cell->n_compartments, 2);
  /* half cylinders: R = 4 Ra L / (pi d2); area = pi L d, times the factors */
  const double pi = 3.14159265358979, soma = 4e-2 * 150 * 25 / (pi * 625), dend = 4e-2 * 150 * 150 / (pi * 9);
  assert_true(fabs(cell->compartments[1].axial_uS / (2.0 / (soma + dend)) - 1.0) < 1e-12);
  assert_true(fabs(cell->compartments[1].area_um2 / (pi * 150 * 3 * 2.8 * 1.5) - 1.0) < 1e-12);
  assert_true(fabs(cell->compartments[0].capacitance_nF / (pi * 625 * 2.8 * 1e-5) - 1.0) < 1e-12);
  assert_int_equal(cell->n_synapses, 4);
  assert_string_equal(cell->synapses[2].name, "NMDA_in_dend");
  assert_true(fabs(cell->synapses[2].weight_uS - 1e-4) < 1e-16); /* scale_g: the peak */
  assert_true(fabs(cell->synapses[0].weight_uS / 5e-4 - 0.4156) <
              1e-3); /* GABA without: peak of x(t) for 0.5 and 8 ms */
  assert_int_equal(m->projections[1].synapse, 2);
  assert_true(m->projections[0].probability == 0.25 && m->projections[0].rule == CABLE_PROBABILITY);
  lg_cable_network_model_destroy(ctx, m);
  lg_network_inputs_clear(ctx, &inputs);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_read), cmocka_unit_test(memory_may_fail)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
