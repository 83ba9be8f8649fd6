/* Eigenvalues of large symmetric matrices: the matrix again, vectors at right angles, Jacobi's values. */
#include "tests/test.h"

#include "base/base.h"
#include "num/cmaes.h"
#include "num/eigen.h"

#include <math.h>
#include <string.h>

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void check(lg_ctx *ctx, size_t n, const double *a) {
  double *copy = lg_alloc(ctx, n * n, sizeof *copy), *v = lg_alloc(ctx, n * n, sizeof *v),
         *jacobi = lg_alloc(ctx, n * n, sizeof *jacobi), *d = lg_alloc(ctx, 2 * n, sizeof *d), *other = d + n;
  double size = 1e-300;
  for (size_t k = 0; k < n * n; k++) size = fmax(size, fabs(a[k]));
  memcpy(copy, a, n * n * sizeof *a);
  assert_ok(ctx, lg_eigen_large(ctx, n, copy, d, v));
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      double again = 0.0, right = 0.0;
      for (size_t k = 0; k < n; k++) again += v[i * n + k] * d[k] * v[j * n + k], right += v[k * n + i] * v[k * n + j];
      assert_true(fabs(again - a[i * n + j]) < 1e-12 * size * (double)n);
      assert_true(fabs(right - (i == j ? 1.0 : 0.0)) < 1e-12 * (double)n);
    }
  memcpy(copy, a, n * n * sizeof *a);
  lg_eigen_symmetric(n, copy, other, jacobi);
  qsort(d, n, sizeof *d, ascending);
  qsort(other, n, sizeof *d, ascending);
  for (size_t k = 0; k < n; k++) assert_true(fabs(d[k] - other[k]) < 1e-12 * size * (double)n);
  lg_free(ctx, copy);
  lg_free(ctx, v);
  lg_free(ctx, jacobi);
  lg_free(ctx, d);
}

static void test_matrices(void **state) {
  (void)state;
  enum { MOST = 70 };
  static double a[MOST * MOST];
  lg_ctx *ctx = lg_test_ctx();
  for (size_t n = 1; n <= MOST; n += n < 6 ? 1 : 16) {
    lg_rng rng = lg_rng_make(2, 1, n);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = lg_rng_normal(&rng);
    check(ctx, n, a);
    for (size_t i = 0; i < n; i++) /* a ring of cells: most values twice */
      for (size_t j = 0; j < n; j++) {
        const size_t apart = i > j ? i - j : j - i;
        a[i * n + j] = i == j ? 2.0 : apart == 1 || apart + 1 == n ? -1.0 : 0.0;
      }
    check(ctx, n, a);
    for (size_t k = 0; k < n * n; k++) a[k] = k % (n + 1) == 0 ? 3.0 : 0.0; /* all the same */
    check(ctx, n, a);
    memset(a, 0, sizeof a);
    check(ctx, n, a);
    for (size_t k = 0; k < n; k++) a[k * n + k] = ldexp(1.0, -(int)(2 * k)); /* far apart */
    if (n > 1) a[1] = a[n] = 1e-3;
    check(ctx, n, a);
  }
  double bad[4] = {1.0, (double)NAN, (double)NAN, 2.0}, d[2], v[4];
  assert_int_equal(lg_eigen_large(ctx, 2, bad, d, v), LG_ERR_NUMERICAL);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_matrices)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
