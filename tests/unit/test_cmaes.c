/* CMA-ES on functions with known minima, and the eigenvalues it stands on. */
#include "tests/test.h"

#include "num/cmaes.h"

#include <math.h>
#include <string.h>

static double rosenbrock(const double *x, size_t n) {
  double sum = 0.0;
  for (size_t k = 0; k + 1 < n; k++) {
    const double a = x[k + 1] - x[k] * x[k], b = 1.0 - x[k];
    sum += 100.0 * a * a + b * b;
  }
  return sum;
}

static void test_finds_the_valley_of_rosenbrock(void **state) {
  (void)state;
  enum { N = 6, POPULATION = 16 };
  lg_ctx *ctx = NULL;
  lg_cmaes *es = calloc(1, sizeof *es);
  double start[N] = {0}, x[N * POPULATION], cost[POPULATION], best = (double)INFINITY;
  assert_non_null(es);
  assert_ok(ctx, lg_ctx_create(&ctx));
  assert_ok(ctx, lg_cmaes_begin(ctx, N, POPULATION, start, 0.3, 1, 1, es));
  for (int g = 0; g < 600; g++) {
    lg_cmaes_ask(es, x);
    for (size_t k = 0; k < POPULATION; k++) {
      cost[k] = rosenbrock(x + k * N, N);
      best = fmin(best, cost[k]);
    }
    lg_cmaes_tell(es, x, cost);
  }
  assert_true(best < 1e-10);
  for (int k = 0; k < N; k++) assert_true(fabs(es->mean[k] - 1.0) < 1e-4);
  assert_true(lg_cmaes_spread(es) < 1e-4);
  free(es);
  lg_ctx_destroy(ctx);
}

static void test_nan_is_the_worst(void **state) {
  (void)state;
  enum { N = 2, POPULATION = 8 };
  lg_ctx *ctx = NULL;
  lg_cmaes *es = calloc(1, sizeof *es);
  double start[N] = {0.5, 0.5}, x[N * POPULATION], cost[POPULATION];
  assert_non_null(es);
  assert_ok(ctx, lg_ctx_create(&ctx));
  assert_ok(ctx, lg_cmaes_begin(ctx, N, POPULATION, start, 0.3, 1, 1, es));
  for (int g = 0; g < 120; g++) {
    lg_cmaes_ask(es, x);
    for (size_t k = 0; k < POPULATION; k++) {
      const double *y = x + k * N;
      cost[k] = y[0] < 0.2 ? (double)NAN : y[0] * y[0] + (y[1] - 3.0) * (y[1] - 3.0);
    }
    lg_cmaes_tell(es, x, cost);
  }
  assert_true(es->mean[0] > 0.19 && es->mean[0] < 0.3);
  assert_true(fabs(es->mean[1] - 3.0) < 0.1);
  free(es);
  lg_ctx_destroy(ctx);
}

static void test_refuses_what_it_cannot_do(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_cmaes *es = calloc(1, sizeof *es);
  const double start[LG_CMAES_MAX_N] = {0};
  assert_non_null(es);
  assert_ok(ctx, lg_ctx_create(&ctx));
  assert_int_equal(lg_cmaes_begin(ctx, 0, 8, start, 0.3, 1, 1, es), LG_ERR_ARGUMENT);
  assert_int_equal(lg_cmaes_begin(ctx, LG_CMAES_MAX_N + 1, 8, start, 0.3, 1, 1, es), LG_ERR_ARGUMENT);
  assert_int_equal(lg_cmaes_begin(ctx, 2, 3, start, 0.3, 1, 1, es), LG_ERR_ARGUMENT);
  assert_int_equal(lg_cmaes_begin(ctx, 2, 8, start, 0.0, 1, 1, es), LG_ERR_ARGUMENT);
  free(es);
  lg_ctx_destroy(ctx);
}

static void test_eigenvalues_rebuild_the_matrix(void **state) {
  (void)state;
  enum { N = 7 };
  double a[N * N], copy[N * N], values[N], vectors[N * N];
  lg_rng rng = lg_rng_make(3, 1, 1);
  for (int i = 0; i < N; i++)
    for (int j = 0; j <= i; j++) a[i * N + j] = a[j * N + i] = lg_rng_normal(&rng);
  memcpy(copy, a, sizeof a);
  lg_eigen_symmetric(N, copy, values, vectors);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double sum = 0.0, dot = 0.0;
      for (int k = 0; k < N; k++) {
        sum += vectors[i * N + k] * values[k] * vectors[j * N + k];
        dot += vectors[k * N + i] * vectors[k * N + j];
      }
      assert_true(fabs(sum - a[i * N + j]) < 1e-12);
      assert_true(fabs(dot - (i == j ? 1.0 : 0.0)) < 1e-12);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_finds_the_valley_of_rosenbrock),
      cmocka_unit_test(test_nan_is_the_worst),
      cmocka_unit_test(test_refuses_what_it_cannot_do),
      cmocka_unit_test(test_eigenvalues_rebuild_the_matrix),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
