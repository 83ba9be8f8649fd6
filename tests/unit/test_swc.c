/* SWC: rule G1 against the shared geometry, quirks and refusals, the other rules, damaged text. */
#include "io/json_read.h"
#include "io/swc.h"
#include "tests/alloc.h"
#include "tests/test.h"

#include <dirent.h>
#include <math.h>
#include <string.h>

static lg_status parse(lg_ctx *ctx, const char *text, const lg_swc_options *options, lg_morphology **out) {
  return lg_swc_parse(ctx, (const unsigned char *)text, strlen(text), "cell.swc", options, out);
}

static const lg_morphology_note *note_of(const lg_morphology *m, const char *code) {
  for (size_t k = 0; k < m->n_notes; k++)
    if (strcmp(m->notes[k].code, code) == 0) return &m->notes[k];
  return NULL;
}

static void assert_near(double got, double want, double tolerance) {
  if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g, but expected %.17g", got, want);
}

/* ---- the shared geometry ---------------------------------------------------------------------- */

/* refused here, though the program that made the geometry let the last of two equal ids win */
static bool has_repeated_id(const char *swc) { return strstr(swc, "repeated_id") != NULL; }

static void compare_section(lg_ctx *ctx, const lg_morphology *m, size_t k, const lg_json_at *at) {
  int64_t type, distal, parent, n_points;
  double parent_x, length, area, axial = (double)INFINITY;
  assert_ok(ctx, lg_json_get_integer(ctx, at, "type", INT32_MIN, INT32_MAX, &type));
  assert_ok(ctx, lg_json_get_integer(ctx, at, "distal_id", 0, INT64_MAX, &distal));
  assert_ok(ctx, lg_json_get_integer(ctx, at, "parent", -1, INT32_MAX, &parent));
  assert_ok(ctx, lg_json_get_integer(ctx, at, "npts", 2, INT32_MAX, &n_points));
  assert_ok(ctx, lg_json_get_number(ctx, at, "parentx", NULL, &parent_x));
  assert_ok(ctx, lg_json_get_number(ctx, at, "length_um", NULL, &length));
  assert_ok(ctx, lg_json_get_number(ctx, at, "area_um2", NULL, &area));
  lg_json_at where;
  assert_ok(ctx, lg_json_get(ctx, at, "axial_per_um", &where));
  if (lg_json_is_number(&where)) assert_ok(ctx, lg_json_get_number(ctx, at, "axial_per_um", NULL, &axial));
  const lg_section *s = &m->sections[k];
  assert_int_equal(s->type, type);
  assert_int_equal(s->distal_id, distal);
  assert_int_equal(s->parent, parent);
  assert_int_equal(s->n_points, n_points);
  assert_near(s->parent_x, parent_x, 0);
  assert_near(lg_section_length_um(m, k), length, 5.1e-7); /* the digits that are stored */
  assert_near(lg_section_area_um2(m, k), area, 5.1e-7);
  if (isinf(axial)) assert_true(isinf(lg_section_axial_per_um(m, k)));
  else assert_near(lg_section_axial_per_um(m, k), axial, 1e-9 * axial);
}

static void compare_cell(lg_ctx *ctx, const char *geom, const char *cells, size_t *sections, size_t *refusals) {
  lg_json_doc *doc = NULL;
  lg_morphology *m = NULL;
  char path[600];
  const char *swc;
  assert_ok(ctx, lg_json_load(ctx, geom, LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_json_get_text(ctx, &root, "swc", &swc));
  if (access(cells, R_OK) != 0) fail_msg("%s is not there", cells);
  (void)snprintf(path, sizeof path, "%s/%s", cells, swc);
  if (access(path, R_OK) != 0) (void)snprintf(path, sizeof path, "%s/%s", cells, strrchr(swc, '/') + 1);
  const lg_status status = lg_swc_read(ctx, path, NULL, &m);
  assert_non_null(m);
  if (lg_json_has(&root, "refused") || has_repeated_id(swc)) {
    assert_int_equal(status, LG_ERR_FORMAT);
    assert_true(m->n_sections == 0 && m->n_notes > 0);
    printf("refused: %s\n", strrchr(lg_ctx_message(ctx), '/'));
    ++*refusals;
  } else {
    assert_ok(ctx, status);
    lg_json_at list;
    size_t n;
    assert_ok(ctx, lg_json_get_array(ctx, &root, "sections", &list, &n));
    if (m->n_sections != n) fail_msg("%s: %zu sections, not %zu", swc, m->n_sections, n);
    double length = 0, area = 0, want;
    for (size_t k = 0; k < n; k++) {
      const lg_json_at item = lg_json_item(&list, k);
      compare_section(ctx, m, k, &item);
      length += lg_section_length_um(m, k), area += lg_section_area_um2(m, k);
    }
    assert_ok(ctx, lg_json_get_number(ctx, &root, "total_length_um", NULL, &want));
    assert_near(length, want, 1e-9 * want);
    assert_ok(ctx, lg_json_get_number(ctx, &root, "total_area_um2", NULL, &want));
    assert_near(area, want, 1e-9 * want);
    *sections += n;
  }
  lg_morphology_destroy(ctx, m);
  lg_json_doc_destroy(ctx, doc);
}

/** Every geometry of a folder against the cells of another; how many there were. */
static size_t compare_folder(lg_ctx *ctx, const char *geometries, const char *cells, size_t *refusals) {
  char geom[900];
  DIR *dir = opendir(geometries);
  assert_non_null(dir);
  size_t n = 0, sections = 0;
  *refusals = 0;
  for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
    if (!strstr(entry->d_name, ".json")) continue;
    (void)snprintf(geom, sizeof geom, "%s/%.200s", geometries, entry->d_name);
    compare_cell(ctx, geom, cells, &sections, refusals);
    n++;
  }
  (void)closedir(dir);
  printf("%zu files: %zu sections equal, %zu files refused\n", n, sections, *refusals);
  return n;
}

static void own_geometry(void **state) {
  size_t refusals = 0;
  assert_int_equal(compare_folder(*state, LG_TEST_DATA "/cable/geom", LG_TEST_DATA "/cable", &refusals), 18);
  assert_int_equal(refusals, 3);
}

static void shared_geometry(void **state) {
  char geometries[500], cells[500];
  size_t refusals = 0;
  if (!lg_test_shared("data/cable/geom", geometries, sizeof geometries)) skip();
  if (!lg_test_shared("data/cable/swc", cells, sizeof cells)) skip();
  assert_true(compare_folder(*state, geometries, cells, &refusals) >= 28);
  assert_int_equal(refusals, 5);
}

/* ---- somata and repairs ------------------------------------------------------------------------ */

static const char three_points[] = "1 1 0 0 0 5 -1\n2 1 0 -5 0 5 1\n3 1 0 5 0 5 1\n"
                                   "4 3 8 0 0 1 1\n5 3 20 0 0 .5 4\n6 4 -9 0 0 2 1\n7 4 -9 0 0 1 6\n8 4 -30 0 0 1 7\n";

static void one_rule_for_somata(void **state) {
  lg_ctx *ctx = *state;
  lg_morphology *m = NULL;
  assert_ok(ctx, parse(ctx, three_points, NULL, &m));
  assert_int_equal(m->n_sections, 3);
  assert_near(lg_section_area_um2(m, 0), 4 * acos(-1.0) * 25, 1e-12);
  assert_near(m->sections[1].parent_x, 0.5, 0);
  assert_near(lg_section_length_um(m, 1), 12, 1e-12);
  assert_non_null(note_of(m, "three_point_soma"));
  const lg_morphology_note *merged = note_of(m, "merged_point");
  assert_non_null(merged);
  assert_true(merged->node_id == 7 && merged->line == 7 && !merged->refusal);
  lg_morphology_destroy(ctx, m);
  /* NEURON: the dendrites begin with a wire; the annulus between radius 2 and 1 counts */
  assert_ok(ctx, parse(ctx, three_points, &(lg_swc_options){.soma = LG_SWC_IMPORT3D}, &m));
  assert_int_equal(m->n_sections, 3);
  assert_near(lg_section_area_um2(m, 0), 4 * acos(-1.0) * 25, 1e-12);
  assert_near(lg_section_length_um(m, 1), 12, 1e-12);
  assert_near(lg_section_area_um2(m, 2), acos(-1.0) * (2 * 21 + 3), 1e-12);
  lg_morphology_destroy(ctx, m);
  /* Arbor: two soma pieces of 5 µm, dendrites from the soma's centre with its radius */
  assert_ok(ctx, parse(ctx, three_points, &(lg_swc_options){.soma = LG_SWC_ARBOR}, &m));
  assert_int_equal(m->n_sections, 4);
  double length = 0;
  for (size_t k = 0; k < 4; k++) length += lg_section_length_um(m, k);
  assert_near(length, 5 + 5 + 20 + 30, 1e-12);
  assert_near(m->sections[1].parent_x, 0, 0);
  lg_morphology_destroy(ctx, m);
  assert_int_equal(parse(ctx, "1 1 0 0 0 5 -1\n2 3 9 0 0 1 1\n", &(lg_swc_options){.soma = LG_SWC_ARBOR}, &m),
                   LG_ERR_FORMAT);
  assert_non_null(note_of(m, "arbor_single_node"));
  lg_morphology_destroy(ctx, m);
}

static void text_as_people_write_it(void **state) {
  lg_ctx *ctx = *state;
  static const char *const same[] = {
      "1 1 0 0 0 5 -1\n2 3 8 0 0 1 1\n3 3 20 0 0 .5 2\n",
      "\xEF\xBB\xBF# remark\r\n\r\n1 1 0 0 0 5 -1\r\n2 3 8 0 0 1 1 # soma\r\n3 3 2e1 0 0 5e-1 2",
      "1 1 0 0 0 5 -1\r2 3 8 0 0 1 1\r3 3 20 0 0 .5 2\r",
      "1,1,0,0,0,5,-1\n2, 3, 8, 0, 0, 1, 1\n3,3,20,0,0,0.5,2\n",
      "\t3 3 20 0 0 .5 2\n  2 3 8 0 0 1 1\n1.0 1 +0 -0 0 5.000 -1\n", /* children before parents, ids as 1.0 */
      "10 1 0 0 0 5 -1 7 8\n20 3 8 0 0 1 10\n7 3 20 0 0 .5 20\n",     /* gaps, more columns */
      "1 1 0 0 0 5 0\n2 3 8 0 0 1 1\n3 3 20 0 0 .5 2\n",              /* the root's parent is not in the file */
  };
  static const char *const told[] = {NULL, NULL, NULL, "comma_separated", NULL, "extra_columns", "dangling_parent"};
  for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
    lg_morphology *m = NULL;
    assert_ok(ctx, parse(ctx, same[k], NULL, &m));
    assert_int_equal(m->n_sections, 2);
    assert_near(lg_section_length_um(m, 1), 12, 1e-12);
    assert_near(lg_section_area_um2(m, 1), acos(-1.0) * 1.5 * sqrt(144.25), 1e-12);
    if (told[k]) assert_non_null(note_of(m, told[k]));
    else assert_int_equal(m->n_notes, 0);
    lg_morphology_destroy(ctx, m);
  }
}

static void refusals(void **state) {
  lg_ctx *ctx = *state;
  static const struct {
    const char *text, *code, *message;
  } bad[] = {
      {"", "no_nodes", "cell.swc: the file has no nodes"},
      {"# only a remark\n", "no_nodes", "cell.swc: the file has no nodes"},
      {"1 1 0 0 0 5\n", "malformed_line", "cell.swc: line 1: node 1: has 6 columns; id, type"},
      {"1 1 0 0 0 5 -1\n2 3 nan 0 0 1 1\n", "malformed_line", "cell.swc: line 2: node 2: x \"nan\" is no number"},
      {"1 1 0 0 0 5 -1\n2 3 0,5 0 0 1 1\n", "malformed_line", "is no number (write decimals with a point)"},
      {"1 1 0 0 0 5 -1\n2 3 1e999 0 0 1 1\n", "malformed_line", "x \"1e999\" is too large"},
      {"1 1 0 0 0 -5 -1\n", "negative_radius", "line 1: node 1: radius \"-5\" is negative"},
      {"1.5 1 0 0 0 5 -1\n", "malformed_line", "line 1: id \"1.5\" is no whole number from 0"},
      {"-4 1 0 0 0 5 -1\n", "malformed_line", "line 1: id \"-4\" is no whole number from 0"},
      {"1 soma 0 0 0 5 -1\n", "malformed_line", "line 1: node 1: type \"soma\" is no number"},
      {"1 1 0 0 0 5 -1\n2 3 8 0 0 1 1\n2 3 9 0 0 1 1\n", "repeated_id",
       "line 3: node 2: the id 2 is used before, in line 2"},
      {"1 1 0 0 0 5 -1\n2 3 8 0 0 1 9\n", "several_roots",
       "line 1: node 1: the file has 2 roots, nodes 1, 2 (and 1 more)"},
      {"1 1 0 0 0 5 -1\n2 3 8 0 0 1 4\n3 3 8 0 0 1 2\n4 3 8 0 1 1 3\n", "cycle",
       "line 2: node 2: following its parents"},
      {"1 1 0 0 0 5 1\n", "cycle", "line 1: node 1: following its parents leads back to it"},
      {"1 1 0 0 0 5 -1\n2 1 1 0 0 5 1\n3 1 2 0 0 5 2\n4 1 1 3 0 5 2\n", "branching_soma", "nodes 3 and 4 hang on it"},
      {"1 1 0 0 0 5 -1\n2 3 1 0 0 5 1\n3 1 2 0 0 5 2\n", "broken_soma", "the 2 soma nodes are not one chain"},
      {"1 3 0 0 0 1 -1\n2 3 0 0 0 1 1\n", "no_sections", "there is no section"},
      {"\xFF\xFE"
       "1\0 \0",
       "not_text", "UTF-16"},
  };
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    lg_morphology *m = NULL;
    assert_int_equal(parse(ctx, bad[k].text, NULL, &m), LG_ERR_FORMAT);
    if (!strstr(lg_ctx_message(ctx), bad[k].message)) fail_msg("%s: %s", bad[k].text, lg_ctx_message(ctx));
    assert_non_null(m);
    const lg_morphology_note *note = note_of(m, bad[k].code);
    if (!note) fail_msg("no note %s", bad[k].code);
    assert_true(note->refusal && m->n_sections == 0 && m->n_points == 0);
    lg_morphology_destroy(ctx, m);
  }
}

static void only_the_tree_of_the_soma(void **state) {
  lg_ctx *ctx = *state;
  lg_morphology *m = NULL;
  const lg_swc_options keep = {.keep_soma_tree = true};
  static const char two_trees[] =
      "5 3 100 0 0 1 -1\n6 3 120 0 0 1 5\n1 1 0 0 0 5 -1\n2 3 8 0 0 1 1\n3 3 20 0 0 .5 2\n7 3 130 0 0 1 6\n";
  assert_int_equal(parse(ctx, two_trees, NULL, &m), LG_ERR_FORMAT);
  lg_morphology_destroy(ctx, m);
  assert_ok(ctx, parse(ctx, two_trees, &keep, &m));
  assert_int_equal(m->n_sections, 2);
  const lg_morphology_note *note = note_of(m, "dropped_tree");
  assert_non_null(note);
  assert_true(note->node_id == 5 && strstr(note->text, "3 nodes"));
  lg_morphology_destroy(ctx, m);
  assert_int_equal(parse(ctx, "1 1 0 0 0 5 -1\n2 1 9 0 0 5 -1\n", &keep, &m), LG_ERR_FORMAT);
  assert_non_null(note_of(m, "several_somata"));
  lg_morphology_destroy(ctx, m);
}

/* Many notes of one kind are counted, not kept. */
static void many_notes(void **state) {
  lg_ctx *ctx = *state;
  enum { N = 5000 };
  char *text = malloc(N * 40), *at = text;
  assert_non_null(text);
  for (int k = 1; k <= N; k++) at += sprintf(at, "%d 3 %d 0 0 0 %d\n", k, k, k - 1 > 0 ? k - 1 : -1);
  lg_morphology *m = NULL;
  assert_ok(ctx, parse(ctx, text, NULL, &m));
  assert_true(m->n_notes < 1010);
  assert_non_null(note_of(m, "all_radii_zero"));
  assert_string_equal(m->notes[m->n_notes - 1].text, "and 4000 more of this kind");
  assert_near(lg_section_area_um2(m, 0), 0, 0);
  lg_morphology_destroy(ctx, m);
  free(text);
}

static lg_status work(lg_ctx *ctx) {
  for (int soma = 0; soma < 3; soma++) {
    lg_morphology *m = NULL;
    const lg_status status = parse(ctx, three_points, &(lg_swc_options){.soma = (lg_swc_soma)soma}, &m);
    lg_morphology_destroy(ctx, m);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static void no_memory(void **state) {
  (void)state;
  assert_true(lg_exhaust("swc", work) > 20);
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
      cmocka_unit_test(own_geometry),
      cmocka_unit_test(shared_geometry),
      cmocka_unit_test(one_rule_for_somata),
      cmocka_unit_test(text_as_people_write_it),
      cmocka_unit_test(refusals),
      cmocka_unit_test(only_the_tree_of_the_soma),
      cmocka_unit_test(many_notes),
      cmocka_unit_test(no_memory),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
