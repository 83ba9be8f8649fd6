/* Full-covariance mixtures: density, sampling, moments and CDF agree with each other and with independent formulas. */
#include "tests/one_ctx.h"

#include "learn/mixture.h"

#include <math.h>
#include <string.h>

enum { K = 3, P = 3 };

/* A raw output with moderate numbers. */
static void raw_output(float *raw, size_t n) {
  lg_rng rng = lg_rng_make(3, 1, 0);
  for (size_t i = 0; i < n; i++) raw[i] = (float)(0.7 * lg_rng_normal(&rng));
}

/* The density of one Gaussian by its covariance, with a Gauss elimination of our own. */
static double density_by_covariance(size_t p, const double *mean, const double *covariance, const double *y) {
  double a[P][P + 1], determinant = 1, square = 0;
  for (size_t i = 0; i < p; i++) {
    for (size_t j = 0; j < p; j++) a[i][j] = covariance[i * p + j];
    a[i][p] = y[i] - mean[i];
  }
  for (size_t i = 0; i < p; i++) {
    determinant *= a[i][i];
    for (size_t r = i + 1; r < p; r++)
      for (size_t j = p + 1; j-- > i;) a[r][j] -= a[r][i] / a[i][i] * a[i][j];
  }
  double x[P];
  for (size_t i = p; i-- > 0;) {
    x[i] = a[i][p];
    for (size_t j = i + 1; j < p; j++) x[i] -= a[i][j] * x[j];
    x[i] /= a[i][i];
  }
  for (size_t i = 0; i < p; i++) square += x[i] * (y[i] - mean[i]);
  return -0.5 * square - 0.5 * log(determinant) - 0.5 * (double)p * log(2 * acos(-1));
}

static void test_density(void **state) {
  (void)state;
  float raw[64];
  double buffer[64], wide[64], mean[P], covariance[P * P], as_double[64];
  const double y[P] = {0.3, -0.5, 0.9};
  const size_t width = lg_mixture_width(1, P);
  lg_mixture m;
  raw_output(raw, width);
  assert_ok(ctx, lg_mixture_read(ctx, 1, P, raw, 1, buffer, &m));
  lg_mixture_moments(&m, mean, covariance);
  assert_true(fabs(lg_mixture_log_density(&m, y) - density_by_covariance(P, mean, covariance, y)) < 1e-10);
  for (size_t i = 0; i < width; i++) as_double[i] = (double)raw[i];
  assert_true(fabs(lg_mixture_log_density(&m, y) + lg_mixture_nll(1, P, as_double, y, NULL)) < 1e-12);
  /* temperature: covariance times scale² */
  double hot[P * P];
  assert_ok(ctx, lg_mixture_read(ctx, 1, P, raw, 1.5, wide, &m));
  lg_mixture_moments(&m, mean, hot);
  for (size_t i = 0; i < P * P; i++) assert_true(fabs(hot[i] - 2.25 * covariance[i]) < 1e-10 * (1 + fabs(hot[i])));
  assert_true(fabs(lg_mixture_log_density(&m, y) - density_by_covariance(P, mean, hot, y)) < 1e-10);
}

static void test_samples_have_the_moments(void **state) {
  (void)state;
  enum { N = 200000 };
  float raw[64];
  double buffer[64], mean[P], covariance[P * P], sum[P] = {0}, square[P * P] = {0}, below[P] = {0};
  lg_mixture m;
  raw_output(raw, lg_mixture_width(K, P));
  assert_ok(ctx, lg_mixture_read(ctx, K, P, raw, 1, buffer, &m));
  lg_mixture_moments(&m, mean, covariance);
  lg_rng rng = lg_rng_make(9, 9, 9);
  for (int s = 0; s < N; s++) {
    double y[P];
    lg_mixture_sample(&m, &rng, y);
    for (size_t i = 0; i < P; i++) {
      sum[i] += y[i] / N;
      below[i] += y[i] <= 0.4 ? 1.0 / N : 0;
      for (size_t j = 0; j < P; j++) square[i * P + j] += (y[i] - mean[i]) * (y[j] - mean[j]) / N;
    }
  }
  for (size_t i = 0; i < P; i++) {
    const double sd = sqrt(covariance[i * P + i]);
    assert_true(fabs(sum[i] - mean[i]) < 5 * sd / sqrt(N));
    assert_true(fabs(below[i] - lg_mixture_cdf(&m, i, 0.4)) < 5 * 0.5 / sqrt(N));
    for (size_t j = 0; j < P; j++)
      assert_true(fabs(square[i * P + j] - covariance[i * P + j]) < 0.03 * sd * sqrt(covariance[j * P + j]));
  }
}

static void test_bad_input(void **state) {
  (void)state;
  float raw[64] = {0};
  double buffer[64];
  lg_mixture m;
  assert_int_equal(lg_mixture_width(0, 3), 0);
  assert_int_equal(lg_mixture_width(4, 33), 0);
  assert_int_equal(lg_mixture_width(4, 9), 4 * (1 + 9 + 45));
  assert_int_equal(lg_mixture_read(ctx, 0, 3, raw, 1, buffer, &m), LG_ERR_RANGE);
  assert_int_equal(lg_mixture_read(ctx, 1, 3, raw, 0, buffer, &m), LG_ERR_RANGE);
  raw[2] = (float)NAN;
  assert_int_equal(lg_mixture_read(ctx, 1, 3, raw, 1, buffer, &m), LG_ERR_NUMERICAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_density), cmocka_unit_test(test_samples_have_the_moments),
                                     cmocka_unit_test(test_bad_input)};
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
