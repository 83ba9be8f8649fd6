/* Parameters that change along the cell: formulas, what instances get, what is read, refused and written. */
#include "tests/one_ctx.h"

#include "cable/distribution.h"
#include "cable/group.h"
#include "io/json_read.h"
#include "twin/cable_file.h"
#include "twin/cable_write.h"

#include <math.h>
#include <string.h>

/* A soma of 20 um and a dendrite of 200 um from its end; the middle of the soma is at distance 0. */
static const char *const before =
    "{\"model\": \"cable\", \"tstop_ms\": 1, \"sample_ms\": 0.1,"
    " \"sections\": [{\"type\": 1, \"parent\": -1, \"pts\": [[0,0,0,20],[20,0,0,20]]},"
    "  {\"type\": 4, \"parent\": 0, \"parentx\": 1, \"pts\": [[20,0,0,2],[220,0,0,2]]}],"
    " \"regions\": [{\"types\": \"all\", \"mechanisms\": {\"pas\": {\"g\": 1e-4}, \"ih\": {\"gbar\": ";
static const char *const after = "}}}], \"probes\": [{\"name\": \"soma\", \"loc\": [\"soma\"]}]}";

static lg_status read_cell(const char *gbar, cable_model **model) {
  char text[2000];
  lg_json_doc *doc = NULL;
  (void)snprintf(text, sizeof text, "%s%s%s", before, gbar, after);
  assert_ok(ctx, lg_json_parse(ctx, "cell", text, strlen(text), LG_JSON_STRICT, &doc));
  const lg_json_at root = lg_json_root(doc);
  const lg_status status = lg_cable_parse(ctx, &root, ".", model);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

/* gbar of ih in the instance at a distance, as a group has it; 10 compartments a section. */
static void expect_density(const char *gbar, double (*expected)(double)) {
  cable_model *model;
  cable_tree *tree;
  cable_group *group;
  cable_cut cut = CABLE_CUT_INIT;
  cut.n_per_section = 11;
  size_t found = 0;
  assert_ok(ctx, read_cell(gbar, &model));
  assert_ok(ctx, lg_cable_tree_create(ctx, model, &cut, &tree));
  assert_ok(ctx, lg_cable_group_create(ctx, model, tree, NULL, &group));
  for (size_t b = 0; b < group->n_blocks; b++) {
    const cable_block *block = &group->blocks[b].block;
    if (strcmp(block->kind->name, "ih") != 0) continue;
    for (size_t k = 0; k < block->number; k++) {
      const size_t node = group->node_at[block->node[k]];
      const double d = tree->distance_um[node], x = block->parameter[0][k];
      const double where = tree->section[node] == 0 ? fabs(tree->x[node] - 0.5) * 20.0 : 10.0 + tree->x[node] * 200.0;
      if (!(fabs(d - where) < 1e-9)) fail_msg("a node at %g um is said to be at %g", where, d);
      if (!(fabs(x - expected(d)) <= 1e-12 * fabs(expected(d))))
        fail_msg("at %g um: %g, expected %g", d, x, expected(d));
      found++;
    }
  }
  assert_int_equal(found, 22);
  lg_cable_group_destroy(ctx, group);
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, model);
}

static double linear(double d) { return 2e-4 * (1.0 + 0.02 * d); }
static double falling(double d) { return fmax(0.0, 2e-4 * (1.0 - 0.02 * d)); } /* no density below 0 */
static double exponential(double d) { return 2e-4 * (-0.8696 + 2.087 * exp(0.0031 * d)); }
static double sigmoid(double d) { return 2e-4 * (0.5 + 2.5 / (1.0 + exp(-(d - 100.0) / 20.0))); }
static double step(double d) { return d >= 50.0 && d < 120.0 ? 2e-3 : 2e-5; }

static void densities_follow_the_formulas(void **state) {
  (void)state;
  expect_density("{\"value\": 2e-4, \"distance\": {\"kind\": \"linear\", \"per_um\": 0.02}}", linear);
  expect_density("{\"value\": 2e-4, \"distance\": {\"kind\": \"linear\", \"per_um\": -0.02}}", falling);
  expect_density(
      "{\"value\": 2e-4, \"distance\": {\"kind\": \"exponential\", \"offset\": -0.8696, \"amplitude\": 2.087, "
      "\"per_um\": 0.0031}}",
      exponential);
  expect_density("{\"value\": 2e-4, \"distance\": {\"kind\": \"sigmoid\", \"low\": 0.5, \"high\": 3, \"half_um\": 100, "
                 "\"width_um\": 20}}",
                 sigmoid);
  expect_density(
      "{\"distance\": {\"kind\": \"step\", \"inside\": 2e-3, \"outside\": 2e-5, \"from_um\": 50, \"to_um\": 120}}",
      step);
}

static void wrong_ones_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *gbar, *words;
  } cases[] = {
      {"{\"value\": 1e-4, \"distance\": {\"kind\": \"linaer\", \"per_um\": 1}}", "did you mean linear"},
      {"{\"value\": 1e-4, \"distance\": {\"kind\": \"linear\"}}", "per_um"},
      {"{\"value\": 1e-4, \"distance\": {\"kind\": \"linear\", \"per_mm\": 1}}", "per_um"},
      {"{\"value\": 1e-4, \"distance\": {\"kind\": \"sigmoid\", \"half_um\": 1, \"width_um\": 0}}", "width_um"},
      {"{\"value\": 1e-4}", "distance"},
      {"{\"valeu\": 1e-4, \"distance\": {\"kind\": \"linear\", \"per_um\": 1}}", "value"},
  };
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    cable_model *model = NULL;
    assert_int_not_equal(read_cell(cases[k].gbar, &model), LG_OK);
    if (!strstr(lg_ctx_message(ctx), cases[k].words)) fail_msg("'%s' says '%s'", cases[k].gbar, lg_ctx_message(ctx));
    lg_ctx_clear(ctx);
  }
}

static void what_is_written_reads_the_same(void **state) {
  (void)state;
  cable_model *model, *again;
  char *text = NULL;
  size_t n;
  lg_json_doc *doc;
  assert_ok(ctx, read_cell("{\"value\": 2e-4, \"distance\": {\"kind\": \"step\", \"from_um\": 50}}", &model));
  FILE *stream = open_memstream(&text, &n);
  assert_non_null(stream);
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_cable_write_keys(&w, model);
  lg_json_end_object(&w);
  assert_true(lg_json_end(&w));
  (void)fclose(stream);
  assert_ok(ctx, lg_json_parse(ctx, "again", text, strlen(text), LG_JSON_STRICT, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_cable_parse(ctx, &root, ".", &again));
  const cable_use *a = &model->regions[0].uses[1], *b = &again->regions[0].uses[1];
  for (double d = 0.0; d < 300.0; d += 7.0) assert_true(lg_cable_value_at(a, 0, d) == lg_cable_value_at(b, 0, d));
  assert_true(lg_cable_value_at(a, 0, 49.0) == 0.0 && lg_cable_value_at(a, 0, 51.0) == 2e-4);
  lg_json_doc_destroy(ctx, doc);
  lg_cable_model_destroy(ctx, model);
  lg_cable_model_destroy(ctx, again);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(densities_follow_the_formulas),
      cmocka_unit_test(wrong_ones_are_refused),
      cmocka_unit_test(what_is_written_reads_the_same),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
