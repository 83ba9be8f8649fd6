/* Least squares inside bounds: curved valleys, bounds, unknowns that the data do not see. */
#include "tests/test.h"

#include "num/levenberg.h"

#include <math.h>
#include <string.h>

/* Rosenbrock's valley: r = (10 (y - x^2), 1 - x). */
static bool valley(void *user, const double *x, double *cost, double *a, double *g) {
  (void)user;
  const double r[2] = {10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]}, j[2][2] = {{-20.0 * x[0], 10.0}, {-1.0, 0.0}};
  *cost = 0.5 * (r[0] * r[0] + r[1] * r[1]);
  if (!a) return true;
  for (size_t p = 0; p < 2; p++) {
    g[p] = j[0][p] * r[0] + j[1][p] * r[1];
    for (size_t q = 0; q < 2; q++) a[p * 2 + q] = j[0][p] * j[0][q] + j[1][p] * j[1][q];
  }
  return true;
}

static lg_lm start(size_t n) {
  lg_lm s;
  memset(&s, 0, sizeof s);
  s.n = n;
  s.fn = valley;
  for (size_t i = 0; i < n; i++) {
    s.low[i] = -5.0;
    s.high[i] = 5.0;
    s.centre[i] = (double)NAN;
  }
  s.x[0] = -1.9;
  s.x[1] = 2.0;
  return s;
}

static void down_a_valley(void **unused) {
  (void)unused;
  lg_lm s = start(2);
  assert_true(lg_lm_descend(&s, 100, 1e-20));
  assert_true(fabs(s.x[0] - 1.0) < 1e-6 && fabs(s.x[1] - 1.0) < 1e-6);
  double c[4];
  assert_true(lg_lm_covariance(&s, true, c));
  assert_true(fabs(c[0] - 1.0) < 1e-6 && fabs(c[3] - 4.01) < 1e-5 && fabs(c[1] - 2.0) < 1e-5);
}

static void against_a_wall(void **unused) {
  (void)unused;
  lg_lm s = start(2);
  s.high[0] = 0.5;
  assert_true(lg_lm_descend(&s, 200, 1e-20));
  assert_true(fabs(s.x[0] - 0.5) < 1e-12 && fabs(s.x[1] - 0.25) < 1e-6);
  s = start(2);
  s.fixed[0] = true;
  assert_true(lg_lm_descend(&s, 200, 1e-20));
  assert_true(s.x[0] == -1.9 && fabs(s.x[1] - 3.61) < 1e-6);
}

/* One residual of the sum only: the difference stays where the weak Gaussian wants it. */
static bool sum_only(void *user, const double *x, double *cost, double *a, double *g) {
  const double r = 100.0 * (x[0] + x[1] - 1.0);
  (void)user;
  *cost = 0.5 * r * r;
  if (!a) return true;
  for (size_t p = 0; p < 2; p++) {
    g[p] = 100.0 * r;
    for (size_t q = 0; q < 2; q++) a[p * 2 + q] = 1e4;
  }
  return true;
}

static void what_nothing_sees(void **unused) {
  (void)unused;
  lg_lm s = start(2);
  s.fn = sum_only;
  s.centre[0] = 2.0;
  s.centre[1] = -3.0;
  assert_true(lg_lm_descend(&s, 100, 1e-16));
  assert_true(fabs(s.x[0] + s.x[1] - 1.0) < 1e-3);
  assert_true(fabs(s.x[0] - 3.0) < 0.01 && fabs(s.x[1] + 2.0) < 0.01);
  double c[4];
  assert_false(lg_lm_covariance(&s, true, c));
  assert_true(lg_lm_covariance(&s, false, c));
  assert_true(sqrt(c[0]) > 5.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(down_a_valley),
      cmocka_unit_test(against_a_wall),
      cmocka_unit_test(what_nothing_sees),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
