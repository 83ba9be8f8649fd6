/* What pictures of running cells are drawn of: frames, paths, rasters; shades. */
#define _XOPEN_SOURCE 700
#include "cable/frames.h"
#include "io/plot_image.h"
#include "io/plot_morphology.h"
#include "io/plot_raster.h"
#include "tests/alloc.h"
#include "tests/test.h"
#include "twin/cable_file.h"

#include <math.h>
#include <string.h>

static cable_model *load(lg_ctx *ctx) {
  cable_model *model = NULL;
  assert_ok(ctx, lg_cable_load(ctx, LG_TEST_DATA "/cable/neuron_spikes.json", &model));
  assert_true(model->n_probes > 0);
  return model;
}

/* A frame is what the probe's trace has at that time. */
static void frames_as_traces(void **state) {
  lg_ctx *ctx = *state;
  cable_model *model = load(ctx);
  cable_tree *tree = NULL;
  cable_result *trace = NULL;
  cable_frames *frames = NULL, *some = NULL;
  const cable_cut cut = {.n_per_section = 5, .frequency_Hz = 100};
  assert_ok(ctx, lg_cable_tree_create(ctx, model, &cut, &tree));
  assert_ok(ctx, lg_cable_simulate(ctx, model, tree, NULL, &trace));
  double times[5];
  size_t at[5], node = 0;
  for (size_t k = 0; k < 5; k++) {
    at[k] = k * (trace->n_samples - 1) / 4;
    times[k] = (double)at[k] * trace->sample_ms;
  }
  assert_ok(ctx, lg_cable_record_frames(ctx, model, tree, NULL, 0, NULL, 5, times, &frames));
  assert_int_equal(frames->n_times, 5);
  assert_int_equal(frames->n_nodes, tree->n_nodes);
  assert_int_equal(frames->stopped[0], 0);
  assert_ok(ctx, lg_cable_tree_locate(ctx, model, tree, &model->probes[0].at, &node));
  assert_ok(ctx, lg_cable_record_frames(ctx, model, tree, NULL, 1, &node, 5, times, &some));
  double least = 1e9, most = -1e9;
  for (size_t k = 0; k < 5; k++) {
    const double want = trace->values[at[k]], got = (double)frames->v_mV[k * tree->n_nodes + node];
    assert_true(fabs(got - want) < 1e-4);
    assert_true((double)some->v_mV[k] == got);
    least = fmin(least, got), most = fmax(most, got);
  }
  assert_true(most - least > 1); /* something happened */
  times[4] = model->tstop_ms + 1;
  lg_cable_frames_destroy(ctx, some);
  some = NULL;
  assert_int_equal(lg_cable_record_frames(ctx, model, tree, NULL, 1, &node, 5, times, &some), LG_ERR_RANGE);
  times[4] = 0;
  assert_int_equal(lg_cable_record_frames(ctx, model, tree, NULL, 1, &node, 5, times, &some), LG_ERR_RANGE);
  lg_cable_frames_destroy(ctx, frames);
  lg_cable_result_destroy(ctx, trace);
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, model);
}

static void paths(void **state) {
  lg_ctx *ctx = *state;
  cable_model *model = load(ctx);
  cable_tree *tree = NULL;
  const cable_cut cut = {.n_per_section = 5, .frequency_Hz = 100};
  assert_ok(ctx, lg_cable_tree_create(ctx, model, &cut, &tree));
  size_t *path = malloc(tree->n_nodes * sizeof *path), n = 0, soma = 0;
  assert_non_null(path);
  assert_ok(ctx, lg_cable_tree_locate(ctx, model, tree, &(cable_location){.where = CABLE_AT_SOMA}, &soma));
  for (size_t to = 0; to < tree->n_nodes; to++) {
    assert_ok(ctx, lg_cable_path(ctx, model, tree, to, path, &n));
    assert_true(n >= 1 && n <= tree->n_nodes);
    assert_int_equal(path[0], soma);
    assert_int_equal(path[n - 1], to);
    for (size_t k = 1; k < n; k++) { /* neighbours, ever farther away */
      const size_t a = path[k - 1], b = path[k];
      assert_true(tree->parent[a] == (int32_t)b || tree->parent[b] == (int32_t)a);
      assert_true(tree->distance_um[b] > tree->distance_um[a]);
    }
  }
  free(path);
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, model);
}

static lg_status parse(lg_ctx *ctx, const char *text, lg_raster **out) {
  return lg_raster_parse(ctx, (const unsigned char *)text, strlen(text), "spikes.csv", out);
}

static void rasters(void **state) {
  lg_ctx *ctx = *state;
  lg_raster *r = NULL;
  assert_ok(ctx, parse(ctx, "# remark\npopulation,cell,t_ms\nexc,3,1.5\ninh,0,2\nexc,7,3\ninh,1,4\n", &r));
  assert_true(r->n == 4 && r->n_groups == 2 && r->n_rows == 10);
  assert_true(r->groups[0].n_rows == 8 && r->groups[1].first_row == 8 && r->groups[1].n_spikes == 2);
  assert_true(r->row[0] == 3 && r->row[1] == 8 && r->row[2] == 7 && r->row[3] == 9);
  lg_raster_destroy(ctx, r);
  assert_ok(ctx, parse(ctx, "probe,t_ms\nsoma,1\naxon,2\nsoma,3\n", &r));
  assert_true(r->n_rows == 2 && r->row[1] == 1 && r->row[2] == 0);
  assert_string_equal(r->groups[1].name, "axon");
  lg_raster_destroy(ctx, r);
  assert_ok(ctx, parse(ctx, "t_ms\n", &r));
  assert_true(r->n == 0 && r->n_rows == 0);
  lg_raster_destroy(ctx, r);
  r = NULL;
  assert_int_equal(parse(ctx, "probe,time\nsoma,1\n", &r), LG_ERR_FORMAT);
  assert_int_equal(parse(ctx, "cell,t_ms\n1,2\n1.5,3\n", &r), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "spikes.csv: line 3"));
  assert_int_equal(parse(ctx, "cell,t_ms\n1,nan\n", &r), LG_ERR_FORMAT);
  assert_null(r);
}

static double lightness(uint32_t rgb) {
  return 0.2126 * (double)(rgb >> 16) + 0.7152 * (double)(rgb >> 8 & 255) + 0.0722 * (double)(rgb & 255);
}

/* Shades get lighter with the value, so that they can be told without colours. */
static void shades(void **state) {
  (void)state;
  assert_int_equal(lg_ink_shade(-1), LG_INK_SHADE);
  assert_int_equal(lg_ink_shade(2), LG_INK_SHADE_LAST);
  assert_int_equal(lg_ink_shade((double)NAN), LG_INK_MUTED);
  for (int k = LG_INK_SHADE; k < LG_INK_SHADE_LAST; k++)
    assert_true(lightness(lg_ink_light((lg_ink)(k + 1))) > lightness(lg_ink_light((lg_ink)k)));
}

static char *draw(lg_ctx *ctx, lg_status (*what)(lg_ctx *, lg_canvas *)) {
  char *text = NULL;
  size_t n = 0;
  lg_canvas *c = NULL;
  FILE *s = open_memstream(&text, &n);
  assert_non_null(s);
  assert_ok(ctx, lg_canvas_svg(ctx, s, 400, 300, NULL, &c));
  assert_ok(ctx, what(ctx, c));
  assert_ok(ctx, lg_canvas_close(ctx, c));
  assert_int_equal(fclose(s), 0);
  return text;
}

static lg_status draw_cell(lg_ctx *ctx, lg_canvas *c) {
  lg_morphology_point p[] = {{0, 0, 0, 10}, {10, 0, 0, 10}, {10, 0, 0, 2}, {90, 40, 0, 1}, {90, 40, 50, 1}};
  lg_section s[] = {{.type = 1, .parent = -1, .n_points = 2},
                    {.type = 3, .parent_x = 1, .first_point = 2, .n_points = 3}};
  const lg_morphology m = {.n_sections = 2, .n_points = 5, .sections = s, .points = p};
  const size_t pieces[] = {1, 4};
  const double value[] = {0, 0.1, 0.1, 0.5, 1};
  const lg_morphology_figure how = {.font = 10, .n_pieces = pieces, .shades = value};
  return lg_plot_morphology(ctx, &m, &how, c, (lg_box){0, 0, 400, 300});
}

static lg_status draw_image(lg_ctx *ctx, lg_canvas *c) {
  const float v[] = {0, 0, 1, 1, (float)NAN, 0.5f};
  const lg_plot p = {.canvas = c, .area = {0, 0, 300, 200}, .x1 = 1, .y1 = 1};
  return lg_plot_image(ctx, &p, v, 2, 3, 0, 1);
}

static void pictures(void **state) {
  lg_ctx *ctx = *state;
  char dark[16], light[16];
  (void)snprintf(dark, sizeof dark, "#%06x", (unsigned)lg_ink_light(LG_INK_SHADE));
  (void)snprintf(light, sizeof light, "#%06x", (unsigned)lg_ink_light(LG_INK_SHADE_LAST));
  lg_status (*const all[])(lg_ctx *, lg_canvas *) = {draw_cell, draw_image};
  for (size_t k = 0; k < 2; k++) {
    char *svg = draw(ctx, all[k]), *again = draw(ctx, all[k]);
    assert_non_null(strstr(svg, dark));
    assert_non_null(strstr(svg, light));
    assert_string_equal(svg, again);
    free(svg);
    free(again);
  }
}

static lg_status work(lg_ctx *ctx) {
  lg_raster *r = NULL;
  const lg_status status = parse(ctx, "population,cell,t_ms\nexc,3,1.5\ninh,0,2\n", &r);
  lg_raster_destroy(ctx, r);
  return status;
}

static void no_memory(void **state) {
  (void)state;
  assert_true(lg_exhaust("raster", work) > 4);
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
      cmocka_unit_test(frames_as_traces), cmocka_unit_test(paths),    cmocka_unit_test(rasters),
      cmocka_unit_test(shades),           cmocka_unit_test(pictures), cmocka_unit_test(no_memory),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
