/* The nearest of many profiles: always what looking at all of them gives, bit for bit, and the builds agree. */
#include "tests/one_ctx.h"

#include "axon/brain.h"
#include "axon/distance.h"
#include "axon/distance_kernel.h"
#include "base/cpu.h"

#include <math.h>
#include <string.h>

enum { TIMES = 101 };

/* Strains of random voxels under some impacts: (n, TIMES). */
static float *draw(uint64_t first_seed, size_t impacts, size_t each) {
  axon_voxel *all, *some = malloc(each * sizeof *some);
  double *strain = malloc(each * TIMES * sizeof *strain);
  float *out = malloc(impacts * each * TIMES * sizeof *out);
  size_t n;
  assert_ok(ctx, lg_axon_white_matter(ctx, &all, &n));
  for (size_t i = 0; i < impacts; i++) {
    axon_kinematics *k;
    lg_rng rng = lg_rng_make(first_seed + i, 0, 0);
    for (size_t v = 0; v < each; v++) some[v] = all[lg_rng_below(&rng, n)];
    assert_ok(ctx, lg_axon_kinematics_draw(ctx, first_seed + i, TIMES, 1e-3, &k));
    assert_ok(ctx, lg_axon_fibre_strain(ctx, k, some, each, strain));
    for (size_t x = 0; x < each * TIMES; x++) out[i * each * TIMES + x] = (float)strain[x];
    lg_axon_kinematics_destroy(ctx, k);
  }
  lg_free(ctx, all);
  free(some);
  free(strain);
  return out;
}

static double nearest_of_all(const float *known, size_t n, size_t n_times, const float *x) {
  double best = (double)INFINITY;
  for (size_t k = 0; k < n; k++) best = fmin(best, lg_axon_distance(known + k * n_times, x, n_times));
  return best;
}

static void a_distance_is_that_of_its_formula(void **state) {
  (void)state;
  const float a[4] = {0.0f, 0.1f, 0.2f, 0.0f}, b[4] = {0.0f, 0.0f, 0.2f, 0.1f};
  const double wanted = sqrt(0.02) / (sqrt(0.05) + 0.02);
  assert_true(fabs(lg_axon_distance(a, b, 4) - wanted) < 1e-7);
  assert_true(lg_axon_distance(a, b, 4) == lg_axon_distance(b, a, 4));
  assert_true(lg_axon_distance(a, a, 4) == 0.0);
  const float zero[4] = {0.0f};
  assert_true(lg_axon_distance(zero, zero, 4) == 0.0);
}

static void the_nearest_is_the_nearest_of_all(void **state) {
  (void)state;
  enum { KNOWN = 3000, ASKED = 600 };
  float *known = draw(2001, 10, KNOWN / 10), *asked = draw(2021, 6, ASKED / 6);
  lg_axon_neighbours *nb;
  assert_ok(ctx, lg_axon_neighbours_create(ctx, known, KNOWN, TIMES, &nb));
  size_t far_off = 0;
  for (size_t k = 0; k < ASKED; k++) {
    const float *x = asked + k * TIMES;
    const double wanted = nearest_of_all(known, KNOWN, TIMES, x), enough = 0.22;
    assert_true(lg_axon_nearest(nb, x, 0.0) == wanted);
    const double some = lg_axon_nearest(nb, x, enough);
    assert_true(wanted <= enough ? some <= enough && some >= wanted : some == wanted);
    far_off += wanted > enough;
  }
  assert_true(far_off > 20 && far_off < ASKED - 20); /* both cases were met */
  for (size_t k = 0; k < KNOWN; k += 61) assert_true(lg_axon_nearest(nb, known + k * TIMES, 0.0) == 0.0);
  lg_axon_neighbours_destroy(ctx, nb);
  free(known);
  free(asked);
}

/* What is typical matters for speed only; other lengths, tiny, huge and zero profiles; adding one by one; clearing. */
static void odd_profiles_have_neighbours_too(void **state) {
  (void)state;
  enum { N = 400 };
  const size_t lengths[] = {1, 3, 7, 16, 40, 333};
  for (size_t c = 0; c < sizeof lengths / sizeof *lengths; c++) {
    const size_t n_times = lengths[c];
    float *x = malloc(2 * N * n_times * sizeof *x);
    lg_rng rng = lg_rng_make(5, 0, c);
    for (size_t k = 0; k < 2 * N; k++) {
      const double scale = lg_rng_below(&rng, 20) == 0 ? 0.0 : pow(10.0, lg_rng_range(&rng, -6.0, 2.0));
      for (size_t t = 0; t < n_times; t++) x[k * n_times + t] = (float)(scale * lg_rng_normal(&rng));
    }
    lg_axon_neighbours *nb;
    assert_ok(ctx, lg_axon_neighbours_begin(ctx, x + N * n_times, c % 2 ? N : 0, n_times, &nb));
    assert_true(isinf(lg_axon_nearest(nb, x, 0.0)));
    for (size_t k = 0; k < N; k++) {
      assert_true(lg_axon_nearest(nb, x + k * n_times, 0.0) == nearest_of_all(x, k, n_times, x + k * n_times));
      assert_ok(ctx, lg_axon_neighbours_add(ctx, nb, x + k * n_times));
    }
    for (size_t k = N; k < 2 * N; k++)
      assert_true(lg_axon_nearest(nb, x + k * n_times, 0.0) == nearest_of_all(x, N, n_times, x + k * n_times));
    assert_int_equal(lg_axon_neighbours_count(nb), N);
    lg_axon_neighbours_clear(nb);
    assert_int_equal(lg_axon_neighbours_count(nb), 0);
    assert_true(isinf(lg_axon_nearest(nb, x, 0.0)));
    assert_ok(ctx, lg_axon_neighbours_add(ctx, nb, x));
    assert_true(lg_axon_nearest(nb, x + n_times, 0.0) == lg_axon_distance(x, x + n_times, n_times));
    x[0] = NAN;
    assert_int_equal(lg_axon_neighbours_add(ctx, nb, x), LG_ERR_RANGE);
    assert_true(isinf(lg_axon_nearest(nb, x, 0.0)));
    lg_axon_neighbours_destroy(ctx, nb);
    free(x);
  }
  lg_axon_neighbours *none;
  assert_int_equal(lg_axon_neighbours_begin(ctx, NULL, 0, 0, &none), LG_ERR_RANGE);
  assert_null(none);
  lg_axon_neighbours_destroy(ctx, NULL);
}

/* Each build keeps what is near enough, and measures with the same bits. */
static void the_builds_agree(void **state) {
  (void)state;
  const axon_distance_build *builds[3] = {&lg_axon_distance_plain};
  size_t n = 1;
  if (lg_cpu_level() >= LG_CPU_V3) builds[n++] = &lg_axon_distance_v3;
  if (lg_cpu_level() >= LG_CPU_V4) builds[n++] = &lg_axon_distance_v4;
  float block[AXON_BLOCK_FLOATS], mark[AXON_MARKS], a[TIMES], b[TIMES];
  lg_rng rng = lg_rng_make(6, 0, 0);
  for (size_t trial = 0; trial < 2000; trial++) {
    for (size_t k = 0; k < AXON_BLOCK_FLOATS; k++) block[k] = (float)lg_rng_normal(&rng);
    for (size_t l = 0; l < AXON_BLOCK; l++) block[AXON_MARKS * AXON_BLOCK + l] = (float)lg_rng_range(&rng, 3.0, 6.0);
    for (size_t m = 0; m < AXON_MARKS; m++) mark[m] = (float)lg_rng_normal(&rng);
    for (size_t t = 0; t < TIMES; t++) a[t] = (float)lg_rng_normal(&rng), b[t] = (float)lg_rng_normal(&rng);
    for (size_t l = 0; l < AXON_BLOCK; l++) {
      double sum = 0.0;
      for (size_t m = 0; m < AXON_MARKS; m++)
        sum += ((double)block[m * AXON_BLOCK + l] - (double)mark[m]) *
               ((double)block[m * AXON_BLOCK + l] - (double)mark[m]);
      const double bound = sqrt(sum) / fmax((double)block[AXON_MARKS * AXON_BLOCK + l], 4.0);
      for (size_t k = 0; k < n; k++) {
        assert_true(builds[k]->near(block, mark, 4.0f, (float)(bound * 1.00001), 4e-6f) >> l & 1);
        assert_false(builds[k]->near(block, mark, 4.0f, (float)(bound * 0.9999), 4e-6f) >> l & 1);
      }
    }
    for (size_t k = 1; k < n; k++) assert_true(builds[k]->square(a, b, TIMES) == builds[0]->square(a, b, TIMES));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_distance_is_that_of_its_formula),
      cmocka_unit_test(the_nearest_is_the_nearest_of_all),
      cmocka_unit_test(odd_profiles_have_neighbours_too),
      cmocka_unit_test(the_builds_agree),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
