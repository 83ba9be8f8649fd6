/* Reduction: what is exact is exact, what is fitted is near, and what cannot be is refused. */
#include "tests/test.h"

#include "cable/reduce_model.h"
#include "tests/alloc.h"

#include <math.h>
#include <string.h>

#define assert_near(a, b, tolerance)                                                                                   \
  do {                                                                                                                 \
    const double near_a = (a), near_b = (b);                                                                           \
    if (!(fabs(near_a - near_b) <= (tolerance)))                                                                       \
      fail_msg("%s: %.17g, wanted %.17g within %g", #a, near_a, near_b, (double)(tolerance));                          \
  } while (0)

/* ---- a cell: soma, forked apical trunk, two basal branches, a thin axon ------------------------------- */

enum { SECTIONS = 8 };
static const struct {
  int type, parent;
  double parent_x, length, d0, d1;
} shape[SECTIONS] = {
    {1, -1, 0.0, 18.0, 18.0, 18.0}, {4, 0, 1.0, 400.0, 4.0, 2.2}, {4, 1, 1.0, 250.0, 1.2, 0.7},
    {4, 1, 1.0, 320.0, 1.1, 0.6},   {3, 0, 0.0, 160.0, 1.6, 0.8}, {3, 0, 0.0, 110.0, 1.2, 0.7},
    {4, 1, 0.5, 120.0, 0.9, 0.6},   {2, 0, 0.0, 600.0, 0.8, 0.8},
};

static const cable_mechanism *find(const char *name) {
  const cable_mechanism *m = lg_cable_mechanism_find(name);
  assert_non_null(m);
  return m;
}

static void add_use(lg_ctx *ctx, cable_region *r, const char *name, const double *values) {
  cable_use *use = &r->uses[r->n_uses++];
  use->mechanism = find(name);
  use->values = lg_alloc(ctx, use->mechanism->n_parameters + 1, sizeof *use->values);
  for (size_t p = 0; p < use->mechanism->n_parameters; p++) use->values[p] = values[p];
}

static cable_model *make_cell(lg_ctx *ctx, bool with_hh) {
  static const double hh[] = {0.12, 0.036, 0.0003, -54.3}, pas[] = {5e-5, -65.0};
  cable_model *m = lg_alloc(ctx, 1, sizeof *m);
  m->celsius = 6.3;
  m->v_init_mV = -65.0;
  m->tstop_ms = 200.0;
  m->sample_ms = 0.1;
  lg_morphology *s = m->morphology = lg_alloc(ctx, 1, sizeof *s);
  s->sections = lg_alloc(ctx, SECTIONS, sizeof *s->sections);
  s->points = lg_alloc(ctx, 2 * SECTIONS, sizeof *s->points);
  for (size_t k = 0; k < SECTIONS; k++) {
    s->sections[k] = (lg_section){.type = shape[k].type,
                                  .parent = shape[k].parent,
                                  .parent_x = shape[k].parent_x,
                                  .first_point = 2 * k,
                                  .n_points = 2,
                                  .distal_id = -1};
    s->points[2 * k] = (lg_morphology_point){0.0, 0.0, 0.0, shape[k].d0};
    s->points[2 * k + 1] = (lg_morphology_point){shape[k].length, 0.0, 0.0, shape[k].d1};
  }
  s->n_sections = SECTIONS;
  s->n_points = 2 * SECTIONS;
  m->n_regions = 2;
  m->regions = lg_alloc(ctx, 2, sizeof *m->regions);
  for (size_t r = 0; r < 2; r++) {
    m->regions[r] = (cable_region){.axial_resistivity_ohm_cm = 120.0,
                                   .capacitance_uF_cm2 = 1.0,
                                   .reversal_na_mV = 50.0,
                                   .reversal_k_mV = -77.0,
                                   .reversal_ca_mV = (double)NAN,
                                   .outside_ca_mM = 2.0,
                                   .inside_ca_mM = 5e-5};
    m->regions[r].uses = lg_alloc(ctx, 2, sizeof *m->regions[r].uses);
    add_use(ctx, &m->regions[r], r == 0 && with_hh ? "hh" : "pas", r == 0 && with_hh ? hh : pas);
  }
  memcpy(m->regions[0].types, (int[]){1, 2}, 2 * sizeof(int));
  memcpy(m->regions[1].types, (int[]){3, 4}, 2 * sizeof(int));
  m->regions[0].n_types = m->regions[1].n_types = 2;
  m->clamps = lg_alloc(ctx, 1, sizeof *m->clamps);
  m->n_clamps = 1;
  m->clamps[0] = (cable_current_clamp){
      .at = {.where = CABLE_AT_SOMA, .x = 0.5}, .delay_ms = 0.0, .duration_ms = 1e6, .amplitude_nA = 0.01};
  m->probes = lg_alloc(ctx, 2, sizeof *m->probes);
  m->n_probes = 2;
  m->probes[0] = (cable_probe){.name = "soma", .at = {.where = CABLE_AT_SOMA, .x = 0.5}, .column = "v_mV_soma"};
  m->probes[1] =
      (cable_probe){.name = "trunk", .at = {.where = CABLE_AT_SECTION, .section = 1, .x = 0.9}, .column = "v_mV_trunk"};
  return m;
}

static void add_synapses(lg_ctx *ctx, cable_model *m, size_t n) {
  const cable_mechanism *expsyn = find("ExpSyn");
  m->synapses = lg_alloc(ctx, n, sizeof *m->synapses);
  for (size_t k = 0; k < n; k++) {
    cable_synapse *s = &m->synapses[m->n_synapses++];
    *s = (cable_synapse){.use = {.mechanism = expsyn},
                         .weight_uS = 0.001,
                         .n_times = 1,
                         .at = {.where = CABLE_AT_SECTION, .section = 1 + k % 6, .x = 0.15 + 0.11 * (double)(k % 7)}};
    s->use.values = lg_alloc(ctx, expsyn->n_parameters, sizeof *s->use.values);
    s->use.values[0] = 2.0;
    s->use.values[1] = 0.0;
    s->times_ms = lg_alloc(ctx, 1, sizeof *s->times_ms);
    s->times_ms[0] = 5.0;
  }
}

static cable_tree *cut(lg_ctx *ctx, const cable_model *m, double dx) {
  cable_cut c = CABLE_CUT_INIT;
  cable_tree *tree = NULL;
  c.max_dx_um = dx;
  assert_ok(ctx, lg_cable_tree_create(ctx, m, &c, &tree));
  return tree;
}

static cable_reduction *reduce(lg_ctx *ctx, const cable_model *m, const cable_tree *tree, size_t n) {
  cable_reduce_options o = CABLE_REDUCE_OPTIONS_INIT;
  cable_reduction *r = NULL;
  o.compartments = n;
  o.effort = 1;
  assert_ok(ctx, lg_cable_reduce(ctx, m, tree, &o, &r));
  return r;
}

static double last_of(const cable_result *r, size_t probe) {
  return r->values[probe * r->n_samples + r->n_samples - 1];
}

/* ---- exactness --------------------------------------------------------------------------------------- */

/* All nodes with membrane and all forks as sites: the reduced matrices are the full ones. */
static void test_every_node_is_the_cell(void **state) {
  (void)state;
  enum { N = 6 };
  lg_ctx *ctx = lg_test_ctx();
  const int32_t parent[N] = {-1, 0, 1, 1, 0, 4}, type[N] = {3, 1, 4, 4, 3, 2};
  const double axial[N] = {0.0, 0.3, 0.2, 0.1, 0.05, 0.4}, leak[N] = {0.01, 0.02, 0.005, 0.004, 0.01, 0.003},
               capacity[N] = {0.2, 0.5, 0.1, 0.1, 0.2, 0.05}, area[N] = {20.0, 50.0, 10.0, 10.0, 20.0, 5.0};
  const cable_linear_input in = {.n = N,
                                 .soma = 1,
                                 .parent = parent,
                                 .axial_uS = axial,
                                 .leak_uS = leak,
                                 .capacity_nF = capacity,
                                 .area_um2 = area,
                                 .type = type};
  cable_linear *l = NULL;
  reduce_work *work = NULL;
  reduce_cell *cell = lg_alloc(ctx, 1, sizeof *cell);
  reduce_plan *plan = lg_alloc(ctx, 1, sizeof *plan);
  assert_ok(ctx, lg_linear_create(ctx, &in, &l));
  assert_ok(ctx, lg_reduce_work_create(ctx, l, N, 1, &work));
  assert_int_equal(l->node[0], 1); /* the soma is the root now */
  plan->n = N;
  for (int32_t k = 0; k < N; k++) plan->item[k] = (reduce_item){.sort = REDUCE_SITE, .node = k, .up = -1};
  assert_true(lg_reduce_build(l, plan, work, cell));
  for (size_t k = 0; k < N; k++) {
    assert_int_equal(cell->up[k], l->parent[k]);
    assert_near(cell->leak_uS[k], l->leak_uS[k], 1e-15);
    assert_near(cell->axial_uS[k], l->axial_uS[k], 1e-15);
    assert_near(cell->integral_nF[k], l->capacity_nF[k], 1e-15);
    cell->capacity_nF[k] = cell->integral_nF[k];
  }
  assert_near(lg_reduce_tau(cell, NULL), l->tau_ms, 1e-9 * l->tau_ms);
  lg_reduce_impedances(l, cell, work);
  for (size_t f = 0; f < REDUCE_FREQUENCIES; f++)
    for (size_t k = 0; k < N; k++) {
      assert_near(work->z[f * N * N + k].re, l->transfer[f][k].re, 1e-11);
      assert_near(work->z[f * N * N + k].im, l->transfer[f][k].im, 1e-11);
    }
  lg_reduce_work_destroy(ctx, work);
  lg_linear_destroy(ctx, l);
  lg_free(ctx, cell);
  lg_free(ctx, plan);
  lg_ctx_destroy(ctx);
}

/* A plan whose sites are not closed, or whose ring has no branches, is no plan. */
static void test_plans_that_cannot_be(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_model *m = make_cell(ctx, false);
  cable_tree *tree = cut(ctx, m, 20.0);
  reduce_membrane *membrane = lg_alloc(ctx, 1, sizeof *membrane);
  reduce_cell *cell = lg_alloc(ctx, 1, sizeof *cell);
  reduce_plan *plan = lg_alloc(ctx, 1, sizeof *plan);
  cable_linear *l = NULL;
  reduce_work *work = NULL;
  assert_ok(ctx, lg_reduce_membrane(ctx, m, membrane));
  assert_ok(ctx, lg_reduce_linear_of(ctx, m, tree, membrane, &l));
  assert_ok(ctx, lg_reduce_work_create(ctx, l, 8, 1, &work));
  plan->n = 3; /* the two tufts without the fork between them */
  plan->item[0] = (reduce_item){.sort = REDUCE_SITE, .node = 0, .up = -1};
  plan->item[1] = (reduce_item){.sort = REDUCE_SITE, .node = l->place[tree->first_centre[2] + 3], .up = -1};
  plan->item[2] = (reduce_item){.sort = REDUCE_SITE, .node = l->place[tree->first_centre[3] + 3], .up = -1};
  assert_false(lg_reduce_build(l, plan, work, cell));
  plan->n = 2; /* a ring round a tip */
  plan->item[1].node = l->place[tree->first_centre[5] + tree->n_centres[5] - 1];
  assert_true(lg_reduce_build(l, plan, work, cell));
  plan->n = 3;
  plan->item[2] = (reduce_item){.sort = REDUCE_RING, .node = -1, .up = 1, .groups = REDUCE_BASAL, .level = 0.5};
  assert_false(lg_reduce_build(l, plan, work, cell));
  lg_reduce_work_destroy(ctx, work);
  lg_linear_destroy(ctx, l);
  lg_free(ctx, cell);
  lg_free(ctx, plan);
  lg_free(ctx, membrane);
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, m);
  lg_ctx_destroy(ctx);
}

static void check_exact(const cable_reduction *r) {
  assert_near(r->resistance_MOhm / r->resistance_full_MOhm, 1.0, 1e-10);
  assert_near(r->tau_ms / r->tau_full_ms, 1.0, 1e-9);
  for (size_t k = 0; k < r->n_places; k++) {
    const cable_reduced_place *p = &r->places[k];
    if (p->ring) continue;
    assert_near(p->resistance_MOhm / p->resistance_full_MOhm, 1.0, 1e-10);
    assert_near(p->transfer_MOhm / p->transfer_full_MOhm, 1.0, 1e-10);
  }
}

static void test_rest_is_exact(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_model *m = make_cell(ctx, false);
  cable_tree *tree = cut(ctx, m, 10.0);
  for (size_t n = 4; n <= 12; n += 4) {
    cable_reduction *r = reduce(ctx, m, tree, n);
    assert_in_range(r->n_places, 3, n);
    check_exact(r);
    assert_near(r->tau_ms, 20.0, 1e-6);
    assert_true(r->rms < 0.05);
    assert_string_equal(r->model->compartments[0].name, "soma");
    lg_cable_reduction_destroy(ctx, r);
  }
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, m);
  lg_ctx_destroy(ctx);
}

/* The reduced model runs as a model, and at last stands where the full one does: soma and the probed place. */
static void test_runs_end_at_the_same_voltage(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  for (int hh = 0; hh < 2; hh++) {
    const cable_cut any = CABLE_CUT_INIT;
    const cable_run_options run = {.scheme = CABLE_SDIRK2, .dt_ms = 0.05};
    cable_model *m = make_cell(ctx, hh);
    cable_tree *tree = cut(ctx, m, 20.0), *small = NULL;
    cable_reduction *r = reduce(ctx, m, tree, 8);
    cable_result *a = NULL, *b = NULL;
    check_exact(r);
    assert_ok(ctx, lg_cable_tree_create(ctx, r->model, &any, &small));
    assert_ok(ctx, lg_cable_simulate(ctx, m, tree, &run, &a));
    assert_ok(ctx, lg_cable_simulate(ctx, r->model, small, &run, &b));
    const double up = last_of(a, 0) + 65.0;
    assert_true(up > 0.1);
    assert_near(last_of(b, 0) + 65.0, up, (hh ? 0.02 : 1e-3) * up);
    assert_near(last_of(b, 1) + 65.0, last_of(a, 1) + 65.0, (hh ? 0.02 : 1e-3) * up);
    lg_cable_result_destroy(ctx, a);
    lg_cable_result_destroy(ctx, b);
    lg_cable_tree_destroy(ctx, small);
    lg_cable_tree_destroy(ctx, tree);
    lg_cable_reduction_destroy(ctx, r);
    lg_cable_model_destroy(ctx, m);
  }
  lg_ctx_destroy(ctx);
}

/* ---- synapses ---------------------------------------------------------------------------------------- */

static void test_epsps(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_model *m = make_cell(ctx, false);
  add_synapses(ctx, m, 9);
  cable_tree *tree = cut(ctx, m, 20.0);
  cable_reduction *r = reduce(ctx, m, tree, 10);
  size_t found = 0;
  for (size_t k = 0; k < r->n_moved; k++) {
    const cable_moved *s = &r->moved[k];
    if (strcmp(s->what, "synapse") != 0) continue;
    found++;
    assert_true(s->epsp_full.peak_mV > 0.05);
    assert_near(s->epsp.peak_mV / s->epsp_full.peak_mV, 1.0, 1e-4);
    assert_near(s->epsp.time_ms, s->epsp_full.time_ms, 1.0);
    assert_in_range((int)(1000.0 * s->factor), 300, 3000);
  }
  assert_int_equal(found, 9);
  lg_cable_reduction_destroy(ctx, r);
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, m);
  lg_ctx_destroy(ctx);
}

static void test_threads_give_the_same_bits(void **state) {
  (void)state;
  double capacities[2][REDUCE_MAX];
  size_t n[2];
  for (unsigned t = 0; t < 2; t++) {
    lg_ctx *ctx = lg_test_ctx();
    assert_ok(ctx, lg_ctx_set_threads(ctx, 1 + 2 * t));
    cable_model *m = make_cell(ctx, false);
    cable_tree *tree = cut(ctx, m, 20.0);
    cable_reduction *r = reduce(ctx, m, tree, 7);
    n[t] = r->n_places;
    for (size_t k = 0; k < r->n_places; k++) capacities[t][k] = r->model->compartments[k].capacitance_nF;
    lg_cable_reduction_destroy(ctx, r);
    lg_cable_tree_destroy(ctx, tree);
    lg_cable_model_destroy(ctx, m);
    lg_ctx_destroy(ctx);
  }
  assert_int_equal(n[0], n[1]);
  assert_memory_equal(capacities[0], capacities[1], n[0] * sizeof(double));
}

/* ---- refusals ---------------------------------------------------------------------------------------- */

static void refuse(lg_ctx *ctx, const cable_model *m, const cable_tree *tree, size_t n, const char *words) {
  cable_reduce_options o = CABLE_REDUCE_OPTIONS_INIT;
  cable_reduction *r = NULL;
  o.compartments = n;
  assert_int_not_equal(lg_cable_reduce(ctx, m, tree, &o, &r), LG_OK);
  assert_null(r);
  if (!strstr(lg_ctx_message(ctx), words)) fail_msg("\"%s\" lacks \"%s\"", lg_ctx_message(ctx), words);
}

static void test_refusals(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_model *m = make_cell(ctx, false);
  cable_tree *tree = cut(ctx, m, 1000.0);
  refuse(ctx, m, tree, 2, "an axon");
  refuse(ctx, m, tree, 100, "has only 8");
  refuse(ctx, m, tree, 5000, "allowed");
  m->regions[0].uses[0].values[0] = m->regions[1].uses[0].values[0] = 0.0;
  refuse(ctx, m, tree, 5, "leak");
  m->morphology->sections[0].type = 3;
  m->n_probes = m->n_clamps = 0;
  refuse(ctx, m, tree, 5, "no soma");
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, m);
  lg_ctx_destroy(ctx);
}

/* ---- memory ------------------------------------------------------------------------------------------ */

static cable_model *kept_model;
static cable_tree *kept_tree;

static lg_status reduce_once(lg_ctx *ctx) {
  cable_reduction *r = NULL;
  const cable_reduce_options o = {.compartments = 3, .effort = 0};
  const lg_status status = lg_cable_reduce(ctx, kept_model, kept_tree, &o, &r);
  lg_cable_reduction_destroy(ctx, r);
  return status;
}

static void test_no_memory(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  kept_model = make_cell(ctx, false);
  add_synapses(ctx, kept_model, 1);
  kept_tree = cut(ctx, kept_model, 1000.0);
  assert_true(lg_exhaust("lg_cable_reduce", reduce_once) > 50);
  lg_cable_tree_destroy(ctx, kept_tree);
  lg_cable_model_destroy(ctx, kept_model);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_node_is_the_cell),
      cmocka_unit_test(test_plans_that_cannot_be),
      cmocka_unit_test(test_rest_is_exact),
      cmocka_unit_test(test_runs_end_at_the_same_voltage),
      cmocka_unit_test(test_epsps),
      cmocka_unit_test(test_threads_give_the_same_bits),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
