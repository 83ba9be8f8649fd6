/* Cutting cells into compartments: areas and resistances as NEURON has them, no node too many, places found. */
#include "cable/tree.h"
#include "tests/alloc.h"
#include "tests/test.h"
#include "tests/unit/cable_neuron_nodes.h"

#include <math.h>
#include <string.h>

enum { N_SECTIONS = 6 };

/* the cell of validation/make_cable_fixtures.py */
static lg_morphology_point points[] = {
    {0, 0, 0, 8},         {5, 0, 0, 14},        {12, 1, 0, 9},      {6, 8, 0, 3},       {10, 30, 4, 2.25},
    {12, 60, 9, 2.5},     {20, 75, 9, 1.125},   {20, 75, 9, 1.125}, {40, 120, 3, .625}, {20, 75, 9, .875},
    {0, 110, 20, .875},   {-20, 160, 25, .375}, {12, 1, 0, 1.5},    {50, 3, 0, 0.75},   {51, 3, 0, 2.0},
    {150, 10, 5, 0.6875}, {150, 10, 5, 0.6875}, {260, 15, 5, 0.5}};
static lg_section sections[N_SECTIONS] = {
    {.type = 1, .parent = -1, .first_point = 0, .n_points = 3, .distal_id = 1, .name = "soma"},
    {.type = 3, .parent = 0, .parent_x = 0.5, .first_point = 3, .n_points = 4, .distal_id = 7},
    {.type = 3, .parent = 1, .parent_x = 1, .first_point = 7, .n_points = 2, .distal_id = 9, .name = "tuft"},
    {.type = 3, .parent = 1, .parent_x = 1, .first_point = 9, .n_points = 3, .distal_id = 11},
    {.type = 2, .parent = 0, .parent_x = 1, .first_point = 12, .n_points = 4, .distal_id = -1},
    {.type = 2, .parent = 4, .parent_x = 1, .first_point = 16, .n_points = 2, .distal_id = -1},
};
static const size_t nseg[N_SECTIONS] = {3, 7, 5, 9, 11, 4};
static lg_morphology shape = {.n_sections = N_SECTIONS, .n_points = 18, .sections = sections, .points = points};
static cable_region regions[] = {
    {.all_types = true, .axial_resistivity_ohm_cm = 123, .capacitance_uF_cm2 = 1},
    {.types = {2}, .n_types = 1, .axial_resistivity_ohm_cm = 123, .capacitance_uF_cm2 = 2},
};
static const cable_model cell = {.morphology = &shape, .n_regions = 2, .regions = regions};
static const cable_cut as_neuron = {.explicit_n = nseg, .frequency_Hz = 100};

static void assert_near(double got, double want, double tolerance) {
  if (!(fabs(got - want) <= tolerance * fabs(want))) fail_msg("%.17g, but expected %.17g", got, want);
}

static void equal_to_neuron(void **state) {
  lg_ctx *ctx = *state;
  cable_tree *tree = NULL;
  assert_ok(ctx, lg_cable_tree_create(ctx, &cell, &as_neuron, &tree));
  /* centres and one branch point: joints of two sections and free ends are left out */
  assert_int_equal(tree->n_nodes, 39 + 1);
  double end_MOhm[N_SECTIONS];
  size_t row = 0;
  for (size_t s = 0; s < N_SECTIONS; s++) {
    assert_int_equal(tree->n_centres[s], nseg[s]);
    for (size_t i = 0; i < nseg[s]; i++, row++) {
      const size_t node = (size_t)tree->first_centre[s] + i;
      assert_near(tree->area_um2[node], neuron_nodes[row][0], 1e-13);
      assert_near(tree->capacitance_nF[node], neuron_nodes[row][0] * (s >= 4 ? 2e-5 : 1e-5), 1e-13);
      assert_int_equal(tree->region[node], s >= 4 ? 1 : 0);
      assert_near(tree->x[node], ((double)i + 0.5) / (double)nseg[s], 1e-15);
      assert_int_equal(tree->section[node], s);
      if (row == 0) {
        assert_int_equal(tree->parent[node], -1);
        continue;
      }
      const bool after_joint = i == 0 && s >= 4; /* the parent's last half is in series */
      const double series = after_joint ? end_MOhm[sections[s].parent] : 0;
      assert_near(1 / tree->axial_uS[node], neuron_nodes[row][1] + series, 1e-12);
    }
    end_MOhm[s] = neuron_nodes[row++][1];
  }
  const size_t branch = (size_t)tree->last_end[1];
  assert_true(tree->area_um2[branch] <= 0 && tree->region[branch] == -1);
  assert_near(1 / tree->axial_uS[branch], end_MOhm[1], 1e-12);
  assert_int_equal(tree->parent[tree->first_centre[2]], branch);
  assert_int_equal(tree->parent[tree->first_centre[3]], branch);
  assert_int_equal(tree->parent[tree->first_centre[1]], tree->first_centre[0] + 1); /* the soma's middle */
  assert_int_equal(tree->parent[tree->first_centre[5]], tree->first_centre[4] + 10);
  for (size_t k = 1; k < tree->n_nodes; k++) assert_true(tree->parent[k] >= 0 && (size_t)tree->parent[k] < k);
  lg_cable_tree_destroy(ctx, tree);
}

static void ways_from_the_soma(void **state) {
  lg_ctx *ctx = *state;
  cable_tree *tree = NULL;
  assert_ok(ctx, lg_cable_tree_create(ctx, &cell, &as_neuron, &tree));
  double length[N_SECTIONS];
  for (size_t s = 0; s < N_SECTIONS; s++) length[s] = lg_section_length_um(&shape, s);
  const double *way = tree->distance_um;
  assert_true(fabs(way[tree->first_centre[0] + 1]) < 1e-12);
  assert_near(way[tree->first_centre[0]], length[0] / 3, 1e-14);
  assert_near(way[tree->last_end[1]], length[1], 1e-14);
  assert_near(way[tree->first_centre[3]], length[1] + length[3] / 18, 1e-14);
  assert_near(way[tree->first_centre[5] + 3], length[0] / 2 + length[4] + length[5] * 7 / 8, 1e-14);
  lg_cable_tree_destroy(ctx, tree);
}

static void areas_sum_up(void **state) {
  lg_ctx *ctx = *state;
  lg_rng rng = lg_rng_make(4, 1, 0);
  for (size_t trial = 0; trial < 200; trial++) {
    size_t n[N_SECTIONS];
    for (size_t s = 0; s < N_SECTIONS; s++) n[s] = 1 + lg_rng_below(&rng, trial < 100 ? 12 : 400);
    const cable_cut cut = {.explicit_n = n, .frequency_Hz = 100};
    cable_tree *tree = NULL;
    assert_ok(ctx, lg_cable_tree_create(ctx, &cell, &cut, &tree));
    for (size_t s = 0; s < N_SECTIONS; s++) {
      double area = 0, axial = 0, last_axial = 0, last_area = 0;
      for (size_t i = 0; i < n[s]; i++) area += tree->area_um2[(size_t)tree->first_centre[s] + i];
      assert_near(area, lg_section_area_um2(&shape, s), 1e-12);
      const double length = lg_section_length_um(&shape, s), cut_at = length * lg_rng_uniform(&rng);
      lg_section_between(&shape, s, 0, cut_at, &area, &axial);
      lg_section_between(&shape, s, cut_at, length, &last_area, &last_axial);
      assert_near(area + last_area, lg_section_area_um2(&shape, s), 1e-12);
      assert_near(axial + last_axial, lg_section_axial_per_um(&shape, s), 1e-12);
    }
    lg_cable_tree_destroy(ctx, tree);
  }
}

/* A step of the diameter without length (an annulus) is counted once, wherever the cut falls. */
static void annulus_once(void **state) {
  (void)state;
  lg_morphology_point p[] = {{0, 0, 0, 2}, {10, 0, 0, 2}, {10, 0, 0, 6}, {30, 0, 0, 6}};
  lg_section s = {.type = 3, .parent = -1, .n_points = 4};
  const lg_morphology m = {.n_sections = 1, .n_points = 4, .sections = &s, .points = p};
  const double pi = acos(-1.0), all = pi * (2 * 10 + 6 * 20) + pi * (9 - 1);
  assert_near(lg_section_area_um2(&m, 0), all, 1e-14);
  for (size_t n = 1; n < 40; n++) {
    double area[40], axial[40], sum = 0, sum_axial = 0;
    lg_section_pieces(&m, 0, n, area, axial);
    for (size_t k = 0; k < n; k++) sum += area[k], sum_axial += axial[k];
    assert_near(sum, all, 1e-13);
    assert_near(sum_axial, 10 / pi + 20 / (9 * pi), 1e-13);
  }
  double left = 0, right = 0;
  lg_section_between(&m, 0, 0, 10, &left, NULL);
  lg_section_between(&m, 0, 10, 30, &right, NULL);
  assert_near(left + right, all, 1e-14);
  assert_near(left, 20 * pi, 1e-14);
}

static size_t count(lg_ctx *ctx, const cable_cut *cut, size_t section) {
  size_t n[N_SECTIONS];
  assert_ok(ctx, lg_cable_cut_count(ctx, &cell, cut, n));
  return n[section];
}

static void policies(void **state) {
  lg_ctx *ctx = *state;
  const double length = lg_section_length_um(&shape, 5);
  assert_near(length, 110.11357772772621, 1e-14);
  assert_int_equal(count(ctx, &(cable_cut){.max_dx_um = 20, .odd = true, .frequency_Hz = 100}, 5), 7);
  assert_int_equal(count(ctx, &(cable_cut){.max_dx_um = 20, .odd = false, .frequency_Hz = 100}, 5), 6);
  assert_int_equal(count(ctx, &(cable_cut){.max_dx_um = 1000, .odd = true, .frequency_Hz = 100}, 5), 1);
  assert_int_equal(count(ctx, &(cable_cut){.n_per_section = 4, .odd = true, .frequency_Hz = 100}, 5), 4);
  /* NEURON: lambda_f(100) of this section at Ra 123, cm 2: int((110.11 / (f lambda) + 0.9) / 2) 2 + 1 */
  const double lambda = 138.5891801910195;
  const size_t want = (size_t)((length / (0.1 * lambda) + 0.9) / 2) * 2 + 1;
  assert_int_equal(count(ctx, NULL, 5), want);
  assert_int_equal(count(ctx, &(cable_cut){.d_lambda = 0.1, .odd = true, .frequency_Hz = 100}, 5), want);
  assert_true(count(ctx, &(cable_cut){.d_lambda = 0.1, .odd = true, .frequency_Hz = 1000}, 5) > want);
  size_t n[N_SECTIONS];
  size_t of_file[N_SECTIONS] = {0, 0, 0, 0, 0, 4}; /* numbers of the model: where the cut says nothing */
  cable_model says = cell;
  says.nseg = of_file;
  assert_ok(ctx, lg_cable_cut_count(ctx, &says, NULL, n));
  assert_true(n[5] == 4 && n[4] > 1);
  assert_ok(ctx, lg_cable_cut_count(ctx, &says, &(cable_cut){.max_dx_um = 20, .odd = true, .frequency_Hz = 100}, n));
  assert_int_equal(n[5], 7);
  assert_int_equal(lg_cable_cut_count(ctx, &cell, &(cable_cut){.max_dx_um = -1, .frequency_Hz = 100}, n), LG_ERR_RANGE);
  assert_int_equal(lg_cable_cut_count(ctx, &cell, &(cable_cut){.d_lambda = (double)NAN, .frequency_Hz = 100}, n),
                   LG_ERR_RANGE);
  assert_int_equal(lg_cable_cut_count(ctx, &cell, &(cable_cut){.max_dx_um = 1e-9, .frequency_Hz = 100}, n),
                   LG_ERR_LIMIT);
}

static cable_location at(size_t section, double x) {
  return (cable_location){.where = CABLE_AT_SECTION, .section = section, .x = x};
}

static void places(void **state) {
  lg_ctx *ctx = *state;
  cable_probe probes[] = {{.at = at(2, 1)}, {.at = at(5, 0)}, {.at = at(0, 0)}};
  cable_model probed = cell;
  probed.probes = probes, probed.n_probes = 3;
  cable_tree *tree = NULL;
  assert_ok(ctx, lg_cable_tree_create(ctx, &probed, &as_neuron, &tree));
  assert_int_equal(tree->n_nodes, 39 + 1 + 3); /* a free end, the joint of 4 and 5, the root's end */
  size_t node = 0;
  assert_ok(ctx, lg_cable_tree_locate(ctx, &probed, tree, &(cable_location){.where = CABLE_AT_SOMA}, &node));
  assert_int_equal(node, tree->first_centre[0] + 1);
  assert_ok(ctx, lg_cable_tree_locate(ctx, &probed, tree, &(cable_location){CABLE_AT_MID, 11, 0, 0, ""}, &node));
  assert_int_equal(node, tree->first_centre[3] + 4);
  const cable_location by_name = {.where = CABLE_AT_NAME, .x = 0.99, .name = "tuft"};
  assert_ok(ctx, lg_cable_tree_locate(ctx, &probed, tree, &by_name, &node));
  assert_int_equal(node, tree->first_centre[2] + 4);
  const cable_location ends[] = {at(2, 1), at(5, 0), at(4, 1), at(0, 0)};
  for (size_t k = 0; k < 4; k++) {
    assert_ok(ctx, lg_cable_tree_locate(ctx, &probed, tree, &ends[k], &node));
    assert_true(tree->area_um2[node] <= 0);
  }
  assert_int_equal(node, 0); /* the root */
  assert_near(tree->distance_um[node], lg_section_length_um(&shape, 0) / 2, 1e-14);
  assert_int_equal(lg_cable_tree_locate(ctx, &probed, tree, &(cable_location){CABLE_AT_MID, 10, 0, 0, ""}, &node),
                   LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "node 10 is not the distal end of a section; the nearest that is: "));
  const cable_location misspelt = {.where = CABLE_AT_NAME, .x = 0.5, .name = "tufft"};
  assert_int_equal(lg_cable_tree_locate(ctx, &probed, tree, &misspelt, &node), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "\"tuft\""));
  const cable_location bad[] = {at(6, 0.5), at(0, 1.5), at(0, (double)NAN), at(3, 1)};
  for (size_t k = 0; k < 4; k++)
    assert_int_equal(lg_cable_tree_locate(ctx, &probed, tree, &bad[k], &node), LG_ERR_RANGE);
  lg_cable_tree_destroy(ctx, tree);
}

/* Input resistance at a node of a cell with a leak, by elimination from the leaves. */
static double input_resistance(const cable_tree *tree, double leak_S_cm2, size_t node) {
  double *g = calloc(tree->n_nodes, sizeof *g);
  int32_t *up = malloc(tree->n_nodes * sizeof *up);
  assert_true(g && up);
  for (size_t k = 0; k < tree->n_nodes; k++) g[k] = 0.01 * leak_S_cm2 * tree->area_um2[k];
  /* turn the way from the node to the root round, so that the node is eliminated last */
  char *on_way = calloc(tree->n_nodes, 1);
  assert_non_null(on_way);
  for (int32_t k = (int32_t)node; k >= 0; k = tree->parent[k]) on_way[k] = 1;
  for (size_t k = tree->n_nodes; k-- > 0;)
    if (!on_way[k]) g[tree->parent[k]] += g[k] * tree->axial_uS[k] / (g[k] + tree->axial_uS[k]);
  size_t n_way = 0;
  for (int32_t k = (int32_t)node; k >= 0; k = tree->parent[k]) up[n_way++] = k;
  double from_above = 0;
  for (size_t i = n_way; i-- > 0;) {
    const int32_t k = up[i];
    g[k] += from_above;
    if (i > 0) from_above = g[k] * tree->axial_uS[up[i - 1]] / (g[k] + tree->axial_uS[up[i - 1]]);
  }
  const double r = 1 / g[node];
  free(g), free(up), free(on_way);
  return r;
}

/* Second order in the length of compartments: a tapering cable, its input resistance at the thick end. */
static void second_order(void **state) {
  lg_ctx *ctx = *state;
  lg_morphology_point p[] = {{0, 0, 0, 3}, {700, 0, 0, 0.8}};
  lg_section s = {.type = 3, .parent = -1, .n_points = 2};
  lg_morphology taper = {.n_sections = 1, .n_points = 2, .sections = &s, .points = p};
  cable_region region = {.all_types = true, .axial_resistivity_ohm_cm = 150, .capacitance_uF_cm2 = 1};
  cable_probe probe = {.at = at(0, 0)};
  const cable_model model = {.morphology = &taper, .n_regions = 1, .regions = &region, .n_probes = 1, .probes = &probe};
  double r[4];
  for (size_t k = 0, n = 9; k < 4; k++, n *= 3) {
    cable_tree *tree = NULL;
    assert_ok(ctx, lg_cable_tree_create(ctx, &model, &(cable_cut){.n_per_section = n, .frequency_Hz = 100}, &tree));
    assert_int_equal(tree->n_nodes, n + 1);
    r[k] = input_resistance(tree, 1e-4, 0);
    lg_cable_tree_destroy(ctx, tree);
  }
  const double order = log((r[1] - r[0]) / (r[2] - r[1])) / log(3), finer = log((r[2] - r[1]) / (r[3] - r[2])) / log(3);
  printf("order in dx of Rin of a tapering cable: %.3f, %.3f (Rin %.6f MOhm)\n", order, finer, r[3]);
  assert_true(order > 1.8 && order < 2.2 && finer > 1.8 && finer < 2.2);
}

static void compartments_by_value(void **state) {
  lg_ctx *ctx = *state;
  cable_compartment c[] = {
      {.name = "soma", .type = 1, .parent = -1, .area_um2 = 500, .capacitance_nF = (double)NAN},
      {.name = "trunk", .type = 3, .parent = 0, .area_um2 = 900, .capacitance_nF = 0.02, .axial_uS = 0.01},
      {.name = "axon", .type = 2, .parent = 0, .area_um2 = 100, .capacitance_nF = (double)NAN, .axial_uS = 0.003},
      {.name = "tuft",
       .type = 3,
       .parent = 1,
       .area_um2 = 900,
       .capacitance_nF = 0.02,
       .axial_uS = 0.02,
       .leak_uS = 0.001,
       .leak_mV = -70},
  };
  cable_model model = {.n_compartments = 4, .compartments = c, .n_regions = 2, .regions = regions};
  cable_tree *tree = NULL;
  assert_ok(ctx, lg_cable_tree_create(ctx, &model, NULL, &tree));
  assert_int_equal(tree->n_nodes, 4);
  const size_t tuft = (size_t)tree->first_centre[3], axon = (size_t)tree->first_centre[2];
  assert_int_equal(tree->parent[tuft], tree->first_centre[1]);
  assert_near(tree->axial_uS[tuft], 0.02, 1e-14);
  assert_near(tree->leak_mV[tuft], -70, 0);
  assert_near(tree->capacitance_nF[axon], 100 * 2e-5, 1e-14);
  assert_near(tree->capacitance_nF[0], 500 * 1e-5, 1e-14);
  size_t node = 0;
  assert_ok(ctx, lg_cable_tree_locate(ctx, &model, tree, &(cable_location){CABLE_AT_NAME, 0, 0, 0.5, "tuft"}, &node));
  assert_int_equal(node, tuft);
  lg_cable_tree_destroy(ctx, tree);
  c[2].axial_uS = 0;
  assert_int_equal(lg_cable_tree_create(ctx, &model, NULL, &tree), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "axon"));
}

static void refusals(void **state) {
  lg_ctx *ctx = *state;
  cable_tree *tree = NULL;
  cable_model model = cell;
  model.n_regions = 0;
  assert_int_equal(lg_cable_tree_create(ctx, &model, &as_neuron, &tree), LG_ERR_RANGE);
  model = cell;
  lg_morphology_point broken[18];
  memcpy(broken, points, sizeof points);
  lg_morphology m = shape;
  m.points = broken, model.morphology = &m;
  broken[4].diameter_um = 0; /* cuts section 1 in two */
  assert_int_equal(lg_cable_tree_create(ctx, &model, &as_neuron, &tree), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "section 1 (distal node 7)"));
  memcpy(broken, points, sizeof points);
  broken[8].diameter_um = 0; /* a pointed tip is fine */
  assert_ok(ctx, lg_cable_tree_create(ctx, &model, &as_neuron, &tree));
  lg_cable_tree_destroy(ctx, tree);
  broken[8].x_um = (double)NAN;
  assert_int_equal(lg_cable_tree_create(ctx, &model, &as_neuron, &tree), LG_ERR_RANGE);
}

static lg_status all(lg_ctx *ctx) {
  cable_tree *tree = NULL;
  const lg_status status = lg_cable_tree_create(ctx, &cell, &as_neuron, &tree);
  lg_cable_tree_destroy(ctx, tree);
  return status;
}

static void no_memory(void **state) {
  (void)state;
  assert_true(lg_exhaust("cable tree", all) > 20);
}

static int set_up(void **state) {
  *state = lg_test_ctx();
  return 0;
}

static int tear_down(void **state) {
  lg_ctx_destroy(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_to_neuron),       cmocka_unit_test(ways_from_the_soma), cmocka_unit_test(areas_sum_up),
      cmocka_unit_test(annulus_once),          cmocka_unit_test(policies),           cmocka_unit_test(places),
      cmocka_unit_test(second_order),          cmocka_unit_test(refusals),           cmocka_unit_test(no_memory),
      cmocka_unit_test(compartments_by_value),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
