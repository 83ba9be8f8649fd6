/* Stages of a movie beside SciPy's results: median, levels, normalisation, traces, cells and borders. */
#include "tests/test.h"

#include "culture/blur.h"
#include "culture/mask_graph.h"
#include "culture/median_kernel.h"
#include "io/json_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nested arrays of numbers, flattened. */
static size_t flatten(lg_ctx *ctx, const lg_json_at *at, double *out, size_t n) {
  lg_json_at list;
  size_t count;
  assert_ok(ctx, lg_json_get_array(ctx, at, "", &list, &count));
  for (size_t k = 0; k < count; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    if (lg_json_is_number(&item)) assert_ok(ctx, lg_json_get_number(ctx, &item, "", NULL, &out[n++]));
    else n = flatten(ctx, &item, out, n);
  }
  return n;
}

static double *read_all(lg_ctx *ctx, const lg_json_at *root, const char *key, size_t most, size_t *n) {
  double *x = lg_alloc(ctx, most, sizeof *x);
  lg_json_at at;
  assert_ok(ctx, lg_json_get(ctx, root, key, &at));
  *n = flatten(ctx, &at, x, 0);
  return x;
}

static void check_movie(lg_ctx *ctx, const lg_json_at *root) {
  lg_culture_movie m = {.n_frames = 5, .height = 9, .width = 11};
  size_t n;
  double *volume = read_all(ctx, root, "volume", 10000, &n), q1, q3;
  assert_int_equal(n, 5 * 9 * 11);
  m.counts = lg_alloc(ctx, n, sizeof *m.counts);
  for (size_t k = 0; k < n; k++) m.counts[k] = (uint16_t)volume[k];
  assert_ok(ctx, lg_culture_median(ctx, &m));
  double *median = read_all(ctx, root, "median3x3x3_reflect", 10000, &n);
  for (size_t k = 0; k < n; k++) assert_int_equal(m.counts[k], (int)median[k]);
  culture_levels levels;
  assert_ok(ctx, lg_culture_find_levels(ctx, &m, 0.0, &levels));
  assert_ok(ctx, lg_json_get_number(ctx, root, "q1", NULL, &q1));
  assert_ok(ctx, lg_json_get_number(ctx, root, "q3", NULL, &q3));
  assert_true(fabs(levels.q1 - q1) < 1e-12 && fabs(levels.q3 - q3) < 1e-12);
  float *table = lg_alloc(ctx, 65536, sizeof *table);
  lg_culture_level_table(&levels, table);
  double *row = read_all(ctx, root, "normalised_first_row", 100, &n);
  for (size_t k = 0; k < n; k++) assert_true(fabs((double)table[m.counts[k]] - row[k]) < 1e-6);
  double *const blocks[] = {volume, median, row};
  for (size_t k = 0; k < 3; k++) lg_free(ctx, blocks[k]);
  lg_free(ctx, table);
  lg_free(ctx, m.counts);
}

static void check_graph(lg_ctx *ctx, const lg_json_at *root) {
  lg_culture_masks masks = {.height = 72, .width = 72};
  size_t n, n_edges;
  double *labels = read_all(ctx, root, "labels", 10000, &n), *area = read_all(ctx, root, "area", 100, &n);
  double *cy = read_all(ctx, root, "cy", 100, &n), *cx = read_all(ctx, root, "cx", 100, &n);
  double *edges = read_all(ctx, root, "edges_i_j_u_lcrack_lcrofton", 1000, &n_edges);
  masks.label = lg_alloc(ctx, 72 * 72, sizeof *masks.label);
  for (size_t k = 0; k < 72 * 72; k++) {
    masks.label[k] = (uint32_t)labels[k];
    if (masks.label[k] > masks.most) masks.most = masks.label[k];
  }
  culture_graph_options o = lg_culture_graph_options_default();
  o.least_area_px = 100.0;
  lg_culture_graph *g;
  assert_ok(ctx, lg_culture_graph_of_masks(ctx, &masks, &o, &g));
  assert_int_equal(g->n, n);
  for (size_t c = 0; c < n; c++) {
    assert_true(g->area_px[c] == area[c]);
    assert_true(fabs(g->cy_px[c] - cy[c]) < 1e-9 && fabs(g->cx_px[c] - cx[c]) < 1e-9);
  }
  assert_int_equal(g->n_edges * 5, n_edges);
  for (size_t e = 0; e < g->n_edges; e++) {
    const double *r = edges + 5 * e;
    assert_true(g->id[g->edges[e].i] == (uint32_t)r[0] && g->id[g->edges[e].j] == (uint32_t)r[1]);
    assert_true(fabs(g->edges[e].u_px - r[2]) < 1e-9 && g->edges[e].l_px == r[3]);
  }
  double *const blocks[] = {labels, area, cy, cx, edges};
  for (size_t k = 0; k < 5; k++) lg_free(ctx, blocks[k]);
  lg_free(ctx, masks.label);
  lg_culture_graph_destroy(ctx, g);
}

static void test_shared_stages(void **state) {
  (void)state;
  char path[4096];
  if (!lg_test_shared("data/culture/open/stages_open.json", path, sizeof path)) skip();
  lg_ctx *ctx = lg_test_ctx();
  lg_json_doc *doc = NULL;
  assert_ok(ctx, lg_json_load(ctx, path, LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  check_movie(ctx, &root);
  check_graph(ctx, &root);
  lg_json_doc_destroy(ctx, doc);
  lg_ctx_destroy(ctx);
}

static int ascending(const void *a, const void *b) {
  const uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;
  return (x > y) - (x < y);
}

/* Every kernel beside sorting 27 pixels: widths around the vectors', values with many ties. */
static void test_median_kernels(void **state) {
  (void)state;
  enum { WIDE = 131, PITCH = WIDE + 2 + CULTURE_MEDIAN_SPARE };
  static culture_median_fn *const kernels[] = {lg_culture_median_plain, lg_culture_median_v3, lg_culture_median_v4};
  static uint16_t line[9][PITCH], sorted[9 * PITCH], out[PITCH];
  culture_median_fn *const best = lg_culture_median_kernel();
  const size_t most = best == lg_culture_median_v4 ? 3 : best == lg_culture_median_v3 ? 2 : 1;
  for (size_t width = 1; width <= WIDE; width += width < 40 ? 1 : 13) {
    lg_rng rng = lg_rng_make(3, 1, width);
    for (size_t k = 0; k < 9; k++)
      for (size_t x = 0; x < width + 2; x++)
        line[k][x] = (uint16_t)lg_rng_below(&rng, width % 3 == 0 ? 4 : width % 3 == 1 ? 65536 : 2);
    const uint16_t *lines[9];
    for (size_t k = 0; k < 9; k++) lines[k] = line[k];
    for (size_t q = 0; q < most; q++) {
      kernels[q](lines, width, sorted, out);
      for (size_t x = 0; x < width; x++) {
        uint16_t all[27];
        for (size_t k = 0; k < 27; k++) all[k] = line[k / 3][x + k % 3];
        qsort(all, 27, sizeof *all, ascending);
        assert_int_equal(out[x], all[13]);
      }
    }
  }
}

/* Two halves that flicker apart: the correlation is near 1 inside and low across the seam; traces are the halves'. */
static void test_projection(void **state) {
  (void)state;
  enum { H = 24, W = 30, T = 60 };
  lg_ctx *ctx = lg_test_ctx();
  lg_culture_movie m = {.n_frames = T, .height = H, .width = W};
  lg_culture_masks masks = {.height = H, .width = W, .most = 2};
  m.counts = lg_alloc(ctx, H * W * T, sizeof *m.counts);
  masks.label = lg_alloc(ctx, H * W, sizeof *masks.label);
  lg_rng rng = lg_rng_make(5, 1, 0);
  for (size_t t = 0; t < T; t++) {
    const double half[2] = {200.0 + 300.0 * lg_rng_uniform(&rng), 200.0 + 300.0 * lg_rng_uniform(&rng)};
    for (size_t k = 0; k < H * W; k++) {
      masks.label[k] = k % W < W / 2 ? 1 : 2;
      m.counts[t * H * W + k] = (uint16_t)(half[masks.label[k] - 1] + 3.0 * lg_rng_normal(&rng));
    }
  }
  culture_levels levels;
  float *table = lg_alloc(ctx, 65536, sizeof *table), mean[H * W], correlation[H * W];
  double y[T * 2];
  assert_ok(ctx, lg_culture_find_levels(ctx, &m, (double)NAN, &levels));
  lg_culture_level_table(&levels, table);
  assert_ok(ctx, lg_culture_project(ctx, &m, table, mean, correlation));
  assert_true((double)correlation[12 * W + 5] > 0.99 && (double)correlation[12 * W + W / 2] < 0.97);
  for (int median = 0; median < 2; median++) {
    assert_ok(ctx, lg_culture_read_traces(ctx, &m, table, &masks, median, y));
    double sum = 0.0, direct = 0.0;
    for (size_t k = 0; k < H * W; k++)
      if (masks.label[k] == 1) direct += (double)table[m.counts[7 * H * W + k]] / (H * W / 2);
    sum = y[14];
    assert_true(fabs(sum - direct) < (median ? 0.02 : 1e-9));
  }
  masks.width = W - 1;
  assert_int_equal(lg_culture_read_traces(ctx, &m, table, &masks, false, y), LG_ERR_RANGE);
  lg_free(ctx, table);
  lg_free(ctx, m.counts);
  lg_free(ctx, masks.label);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_shared_stages), cmocka_unit_test(test_median_kernels),
                                     cmocka_unit_test(test_projection)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
