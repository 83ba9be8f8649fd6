/* The stepper of the reference solver: order, error estimate, nothing else. */
#include "tests/test.h"

#include "base/elementary.h"
#include "num/dop853.h"

#include <math.h>

/* y' = (y2, -y1) + a time-dependent part, so that the nodes are tested as well as the stages. */
static void oscillator(void *user, double t, const double *y, double *dy) {
  (void)user;
  dy[0] = y[1] + 2.0 * t;
  dy[1] = -y[0] + t * t;
}

/* Exact: y1 = t^2 + sin t, y2 = cos t. */
static double error_with(size_t steps) {
  lg_dop853 s = {.f = oscillator, .n = 2, .rtol = 1e-12, .atol = 1e-12};
  const double h = 8.0 / (double)steps;
  double y[2] = {0.0, 1.0}, y1[2];
  for (size_t k = 0; k < steps; k++) {
    const double t = (double)k * h;
    oscillator(NULL, t, y, s.k[0]);
    lg_dop853_advance(&s, t, y, h, y1);
    y[0] = y1[0];
    y[1] = y1[1];
  }
  return fabs(y[0] - (64.0 + sin(8.0))) + fabs(y[1] - cos(8.0));
}

static void test_order(void **state) {
  (void)state;
  const double e1 = error_with(8), e2 = error_with(16), e3 = error_with(32);
  const double order12 = log2(e1 / e2), order23 = log2(e2 / e3);
  print_message("order 8 measured: %.2f %.2f\n", order12, order23);
  assert_true(order12 > 7.6 && order12 < 9.5);
  assert_true(order23 > 7.6 && order23 < 9.5);
}

static void test_error_estimate(void **state) {
  (void)state;
  lg_dop853 s = {.f = oscillator, .n = 2, .rtol = 1e-9, .atol = 1e-9};
  double y[2] = {0.0, 1.0}, y1[2], last = 0.0;
  oscillator(NULL, 0.0, y, s.k[0]);
  for (double h = 0.125; h <= 2.0; h *= 2.0) {
    const double estimate = lg_dop853_step(&s, 0.0, y, h, y1);
    const double truth = fabs(y1[0] - (h * h + sin(h))) / 1e-9;
    assert_true(estimate >= truth); /* the estimate is of lower order and must not be optimistic */
    assert_true(estimate > last);
    last = estimate;
  }
  assert_true(lg_dop853_factor(0.0) == 10.0);
  assert_true(lg_dop853_factor((double)NAN) == 0.2);
  assert_true(fabs(lg_dop853_factor(1.0) - 0.9) < 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_error_estimate)};
  return cmocka_run_group_tests_name("dop853", tests, NULL, NULL);
}
