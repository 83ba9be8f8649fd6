/* Cells of the open movie by the watershed, beside its true masks; a real image of stained membranes. */
#include "tests/test.h"

#include "culture/simulate.h"
#include "culture/watershed.h"
#include "io/tiff.h"

#include <math.h>
#include <string.h>

static lg_culture_masks masks_of(const lg_tiff *t) {
  lg_culture_masks m = {.height = t->info.height, .width = t->info.width, .label = t->labels};
  for (size_t k = 0; k < m.height * m.width; k++) m.most = m.label[k] > m.most ? m.label[k] : m.most;
  return m;
}

static void print_score(const char *what, const culture_mask_score *s) {
  print_message("%s: %zu cells of %zu, AP %.3f %.3f %.3f, IoU %.3f, above .75 %.3f, borders F1 %.3f\n", what, s->n,
                s->n_truth, s->ap[0], s->ap[1], s->ap[2], s->mean_iou, s->recall_75, s->edge_f1);
}

static void test_open_movie(void **state) {
  (void)state;
  char path[4096];
  if (!lg_test_shared("data/culture/open/open_movie.tif", path, sizeof path)) skip();
  lg_ctx *ctx = lg_test_ctx();
  lg_tiff *t, *truth;
  assert_ok(ctx, lg_tiff_read(ctx, path, &t));
  (void)lg_test_shared("data/culture/open/open_masks.tif", path, sizeof path);
  assert_ok(ctx, lg_tiff_read_labels(ctx, path, &truth));
  lg_culture_movie m = {.n_frames = 361, .height = 288, .width = 288, .counts = t->counts};
  const size_t n = m.height * m.width;
  float *table = lg_alloc(ctx, 65536, sizeof *table), *mean = lg_alloc(ctx, 3 * n, sizeof *mean);
  culture_levels levels;
  assert_ok(ctx, lg_culture_median(ctx, &m));
  assert_ok(ctx, lg_culture_find_levels(ctx, &m, (double)NAN, &levels));
  lg_culture_level_table(&levels, table);
  assert_ok(ctx, lg_culture_project(ctx, &m, table, mean, mean + n));
  lg_culture_cell_map(mean, mean + n, n, mean + 2 * n);
  const lg_culture_masks right = masks_of(truth);
  for (int automatic = 0; automatic < 2; automatic++) {
    culture_watershed o = lg_culture_watershed_default();
    lg_culture_masks *found;
    culture_mask_score s;
    double h;
    if (automatic) o.h = (double)NAN;
    assert_ok(ctx, lg_culture_watershed_segment(ctx, mean + 2 * n, 288, 288, &o, &found, &h));
    assert_ok(ctx, lg_culture_score_masks(ctx, found, &right, &s));
    print_message("h %.3f ", h);
    print_score("open movie", &s);
    assert_true(s.ap[0] >= 0.97 && s.ap[1] >= 0.88 && s.mean_iou >= 0.87 && s.edge_f1 >= 0.91);
    lg_culture_masks_destroy(ctx, found);
    assert_ok(ctx, lg_culture_watershed_movie(ctx, &m, table, mean + 2 * n, &o, &found, &h));
    assert_ok(ctx, lg_culture_score_masks(ctx, found, &right, &s));
    print_score("with traces", &s);
    assert_true(s.ap[0] >= 0.99 && s.ap[1] >= 0.97 && s.ap[2] >= 0.9 && s.mean_iou >= 0.95 && s.edge_f1 >= 0.97);
    lg_culture_masks_destroy(ctx, found);
  }
  lg_free(ctx, table);
  lg_free(ctx, mean);
  lg_tiff_destroy(ctx, t);
  lg_tiff_destroy(ctx, truth);
  lg_ctx_destroy(ctx);
}

/* A simulated movie: cells by what moves together; background of given masks stays, labels stay whole. */
static void test_simulated(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_simulation sim = lg_culture_simulation_default();
  sim.seed = 77, sim.size = 160, sim.ncell = 32, sim.frames = 240;
  lg_culture_truth *t;
  lg_culture_movie *m;
  assert_ok(ctx, lg_culture_simulate(ctx, &sim, &t));
  assert_ok(ctx, lg_culture_film_truth(ctx, &sim, t, &m));
  const size_t n = 160 * 160;
  float *table = lg_alloc(ctx, 65536, sizeof *table), *map = lg_alloc(ctx, 3 * n, sizeof *map);
  culture_levels levels;
  assert_ok(ctx, lg_culture_median(ctx, m));
  assert_ok(ctx, lg_culture_find_levels(ctx, m, (double)NAN, &levels));
  lg_culture_level_table(&levels, table);
  assert_ok(ctx, lg_culture_project(ctx, m, table, map, map + n));
  lg_culture_cell_map(map, map + n, n, map + 2 * n);
  const culture_watershed o = lg_culture_watershed_default();
  lg_culture_masks *found;
  culture_mask_score before, s;
  double h;
  assert_ok(ctx, lg_culture_watershed_segment(ctx, map + 2 * n, 160, 160, &o, &found, &h));
  assert_ok(ctx, lg_culture_score_masks(ctx, found, t->masks, &before));
  lg_culture_masks_destroy(ctx, found);
  assert_ok(ctx, lg_culture_watershed_movie(ctx, m, table, map + 2 * n, &o, &found, &h));
  assert_ok(ctx, lg_culture_score_masks(ctx, found, t->masks, &s));
  print_score("simulated, one map", &before);
  print_score("simulated, with traces", &s);
  assert_true(s.ap[0] >= 0.96 && s.ap[2] > before.ap[2] && s.mean_iou >= 0.93);
  for (size_t k = 0; k < n; k += 160) found->label[k] = 0; /* the first column as background */
  assert_ok(ctx, lg_culture_move_borders(ctx, m, table, found));
  for (size_t k = 0; k < n; k++) assert_int_equal(found->label[k] == 0, k % 160 == 0);
  lg_culture_masks_destroy(ctx, found);
  lg_free(ctx, table);
  lg_free(ctx, map);
  lg_culture_movie_destroy(ctx, m);
  lg_culture_truth_destroy(ctx, t);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_open_movie), cmocka_unit_test(test_simulated)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
