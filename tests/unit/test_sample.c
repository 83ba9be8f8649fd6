/* Points of a sweep: grids, Sobol's sequence against published directions, Latin hypercubes. */
#include "tests/test.h"

#include "app/sweep/sample.h"

#include <math.h>
#include <string.h>

static lg_ctx *new_ctx(void) {
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  return ctx;
}

static void test_grid(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  double list[] = {3.0, -1.0}, x[3];
  lg_sampler s = {.kind = LG_SAMPLE_GRID, .n_axes = 3};
  s.axes[0] = (lg_sample_axis){.from = 1.0, .to = 1000.0, .logarithmic = true, .n = 4};
  s.axes[1] = (lg_sample_axis){.values = list, .n = 2};
  s.axes[2] = (lg_sample_axis){.from = -1.0, .to = 1.0, .n = 3};
  assert_ok(ctx, lg_sampler_prepare(ctx, &s));
  assert_int_equal(s.n_points, 24);
  lg_sampler_point(&s, 0, x);
  assert_true(x[0] == 1.0 && x[1] == 3.0 && x[2] == -1.0);
  lg_sampler_point(&s, 23, x);
  assert_true(x[0] == 1000.0 && x[1] == -1.0 && x[2] == 1.0);
  lg_sampler_point(&s, 6 + 3 + 1, x);
  assert_true(fabs(x[0] - 10.0) < 1e-13 && x[1] == -1.0 && x[2] == 0.0);
  for (size_t a = 0; a < 3; a++) s.axes[a].n = (size_t)1 << 30;
  assert_int_equal(lg_sampler_prepare(ctx, &s), LG_ERR_LIMIT);
  lg_ctx_destroy(ctx);
}

/* scipy.stats.qmc.Sobol(21, scramble=False).random(1024), rows and columns of the tables below. */
static void test_sobol(void **state) {
  (void)state;
  static const size_t rows[] = {1, 2, 3, 5, 100, 777, 1023}, columns[] = {0, 1, 2, 6, 10, 15, 20};
  static const double expected[7][7] = {
      {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5},
      {0.75, 0.25, 0.25, 0.25, 0.75, 0.25, 0.25},
      {0.25, 0.75, 0.75, 0.75, 0.25, 0.75, 0.75},
      {0.875, 0.875, 0.125, 0.875, 0.375, 0.375, 0.625},
      {0.4140625, 0.2578125, 0.7734375, 0.0234375, 0.4609375, 0.4921875, 0.7578125},
      {0.6923828125, 0.9365234375, 0.1630859375, 0.1904296875, 0.7451171875, 0.5146484375, 0.2373046875},
      {0.0009765625, 0.7529296875, 0.6123046875, 0.1396484375, 0.6787109375, 0.4638671875, 0.8662109375}};
  lg_ctx *ctx = new_ctx();
  double x[LG_SAMPLE_MAX_AXES];
  lg_sampler s = {.kind = LG_SAMPLE_SOBOL, .n_points = 1024, .n_axes = LG_SAMPLE_MAX_AXES};
  for (size_t a = 0; a < s.n_axes; a++) s.axes[a] = (lg_sample_axis){.from = 0.0, .to = 1.0};
  assert_ok(ctx, lg_sampler_prepare(ctx, &s));
  for (size_t r = 0; r < 7; r++) {
    lg_sampler_point(&s, rows[r], x);
    for (size_t c = 0; c < 7; c++) assert_true(x[columns[c]] == expected[r][c]);
  }
  /* with a seed: shifted, and still one point in each of 1024 slices of every axis */
  s.seed = 7;
  for (size_t a = 0; a < s.n_axes; a++) {
    unsigned char seen[1024] = {0};
    for (size_t k = 0; k < 1024; k++) {
      lg_sampler_point(&s, k, x);
      seen[(size_t)(x[a] * 1024.0)]++;
    }
    for (size_t k = 0; k < 1024; k++) assert_int_equal(seen[k], 1);
  }
  lg_ctx_destroy(ctx);
}

static void test_latin(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  double x[2], list[] = {1.0, 2.0, 3.0};
  lg_sampler s = {.kind = LG_SAMPLE_LATIN, .n_points = 300, .n_axes = 2, .seed = 3};
  unsigned char seen[300] = {0};
  size_t each[4] = {0};
  s.axes[0] = (lg_sample_axis){.from = 10.0, .to = 20.0};
  s.axes[1] = (lg_sample_axis){.values = list, .n = 3};
  assert_ok(ctx, lg_sampler_prepare(ctx, &s));
  for (size_t k = 0; k < 300; k++) {
    lg_sampler_point(&s, k, x);
    assert_true(x[0] > 10.0 && x[0] < 20.0);
    seen[(size_t)((x[0] - 10.0) * 30.0)]++;
    each[(size_t)x[1]]++;
  }
  for (size_t k = 0; k < 300; k++) assert_int_equal(seen[k], 1);
  for (size_t k = 1; k < 4; k++) assert_int_equal(each[k], 100);
  lg_free(ctx, s.order);
  lg_ctx_destroy(ctx);
}

static void test_random(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  double x[1], sum = 0.0, squares = 0.0;
  lg_sampler s = {.kind = LG_SAMPLE_RANDOM, .n_points = 20000, .n_axes = 1, .seed = 3};
  s.axes[0] = (lg_sample_axis){.from = 1.0, .to = 100.0, .logarithmic = true};
  assert_ok(ctx, lg_sampler_prepare(ctx, &s));
  for (size_t k = 0; k < s.n_points; k++) {
    lg_sampler_point(&s, k, x);
    sum += log(x[0]) / log(100.0);
    squares += pow(log(x[0]) / log(100.0), 2);
  }
  assert_true(fabs(sum / 20000.0 - 0.5) < 0.01);
  assert_true(fabs(squares / 20000.0 - 1.0 / 3.0) < 0.01);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_grid), cmocka_unit_test(test_sobol),
                                     cmocka_unit_test(test_latin), cmocka_unit_test(test_random)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
