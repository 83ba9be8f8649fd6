/* Frames of a movie as bytes. */
#include "tests/test.h"

#include "twin/culture_frames.h"

#include <math.h>

static void test_shrink(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  enum { N = 5, H = 20, W = 33 };
  static uint16_t counts[N * H * W];
  for (size_t t = 0; t < N; t++)
    for (size_t p = 0; p < (size_t)H * W; p++)
      counts[t * H * W + p] = (uint16_t)(1000 + 100 * t + (p % W >= 32 ? 500 : 0));
  const lg_tiff movie = {.info = {.n_frames = N, .height = H, .width = W, .frame_s = 2.0, .pixel_um = (double)NAN},
                         .counts = counts,
                         .scale = 1.0};
  lg_culture_frames *f = NULL;
  assert_int_equal(lg_culture_frames_create(ctx, &movie, &(culture_frames_options){.side = 17, .frames = 3}, &f),
                   LG_OK);
  assert_int_equal(f->shrink, 2);
  assert_int_equal(f->step, 2);
  assert_int_equal(f->n, 3);
  assert_int_equal(f->height, 10);
  assert_int_equal(f->width, 17);
  assert_true(f->low == 1000.0 && f->high == 1900.0); /* frames 0, 2, 4; the last column has one pixel behind it */
  assert_int_equal(f->value[0], 0);
  assert_int_equal(f->value[1 * 170], 57); /* 200 of 900 */
  assert_int_equal(f->value[2 * 170 + 16], 255);
  lg_culture_frames_destroy(ctx, f);
  assert_int_equal(lg_culture_frames_create(ctx, &movie, &(culture_frames_options){.side = 8, .frames = 3}, &f),
                   LG_ERR_ARGUMENT);
  assert_null(f);
  lg_culture_frames_destroy(ctx, NULL);
  lg_ctx_destroy(ctx);
}

static void test_flat(void **state) { /* nothing to see is no division by nothing */
  (void)state;
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  uint16_t counts[2 * 16 * 16];
  for (size_t p = 0; p < 512; p++) counts[p] = 7;
  const lg_tiff movie = {.info = {.n_frames = 2, .height = 16, .width = 16}, .counts = counts, .scale = 1.0};
  lg_culture_frames *f = NULL;
  assert_int_equal(lg_culture_frames_create(ctx, &movie, &(culture_frames_options){.side = 16, .frames = 9}, &f),
                   LG_OK);
  assert_int_equal(f->value[511], 0);
  assert_true(f->low == 7.0 && f->high == 8.0);
  lg_culture_frames_destroy(ctx, f);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_shrink), cmocka_unit_test(test_flat)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
