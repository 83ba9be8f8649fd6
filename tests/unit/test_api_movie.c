/* lg_culture_read_movie(): every allocation failing in turn, by masks, by a watershed, with frames brought back. */
#include "tests/alloc.h"
#include "tests/folder.h"

#include "culture/simulate.h"
#include "io/tiff.h"

#include <loligo/culture.h>
#include <string.h>

static char movie[64], masks[64];

/* A movie of some cells and the masks that it was drawn by. */
static int make_movie(void **state) {
  culture_simulation s = lg_culture_simulation_default();
  lg_culture_truth *t = NULL;
  lg_culture_movie *m = NULL;
  if (make_dir(state) != 0) return -1;
  lg_ctx *ctx = lg_test_ctx();
  s.size = 64, s.ncell = 9, s.frames = 40;
  (void)snprintf(movie, sizeof movie, "%s/movie.tif", dir);
  (void)snprintf(masks, sizeof masks, "%s/masks.tif", dir);
  assert_ok(ctx, lg_culture_simulate(ctx, &s, &t));
  assert_ok(ctx, lg_culture_film_truth(ctx, &s, t, &m));
  assert_ok(ctx, lg_tiff_write_movie(ctx, movie, m->counts, m->n_frames, m->height, m->width, 2.0, 0.5));
  assert_ok(ctx, lg_tiff_write_labels(ctx, masks, t->masks->label, t->masks->height, t->masks->width));
  lg_culture_movie_destroy(ctx, m);
  lg_culture_truth_destroy(ctx, t);
  lg_ctx_destroy(ctx);
  return 0;
}

static lg_status read_as(lg_ctx *ctx, const lg_movie_options *how) {
  lg_result *r = NULL;
  const lg_status status = lg_culture_read_movie(ctx, movie, how, &r);
  assert_int_equal(status == LG_OK, r != NULL);
  if (r) {
    const lg_array *y = lg_result_array(r, "y"), *label = lg_result_array(r, "masks");
    assert_int_equal(y->shape[0], 40);
    assert_int_equal(y->shape[1], lg_result_array(r, "id")->shape[0]);
    assert_true(y->shape[1] > 3 && label->shape[0] == 64);
    assert_non_null(strstr(lg_result_text(r, "json"), "\"frame_s\": 2"));
  }
  lg_result_destroy(ctx, r);
  return status;
}

static lg_movie_options small_cells(void) {
  lg_movie_options how = LG_MOVIE_OPTIONS_INIT;
  how.least_area_px = 40.0;
  how.least_border_px = 2.0;
  return how;
}

static lg_status by_masks(lg_ctx *ctx) {
  lg_movie_options how = small_cells();
  how.masks = masks;
  return read_as(ctx, &how);
}

static lg_status by_watershed(lg_ctx *ctx) {
  lg_movie_options how = small_cells();
  how.median = 1;
  return read_as(ctx, &how);
}

static lg_status aligned(lg_ctx *ctx) {
  lg_movie_options how = small_cells();
  how.masks = masks;
  how.align = 1;
  return read_as(ctx, &how);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  const size_t plain = lg_exhaust("by_masks", by_masks);
  assert_true(plain > 20);
  assert_true(lg_exhaust("by_watershed", by_watershed) > 20);
  assert_true(lg_exhaust("aligned", aligned) > plain);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
  return cmocka_run_group_tests(tests, make_movie, remove_dir);
}
