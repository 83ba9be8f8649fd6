/* Functions of our own against libm's long double ones: a few ulp over their ranges, exact at the corners. */
#include "tests/test.h"

#include "base/base.h"
#include "num/special.h"

typedef long double (*long_fn)(long double);
typedef double (*real_fn)(double);

static double ulps(double got, long double want) {
  const double w = (double)want;
  if (got == w) return 0.0;
  const double unit = nextafter(fabs(w), (double)INFINITY) - fabs(w);
  return (double)fabsl(((long double)got - want) / (long double)unit);
}

static double worst(real_fn f, long_fn exact, double low, double high) {
  lg_rng rng = lg_rng_make(4, 5, 6);
  double w = 0.0;
  for (int k = 0; k < 50000; k++) {
    const double x = lg_rng_range(&rng, low, high);
    w = fmax(w, ulps(f(x), exact((long double)x)));
  }
  return w;
}

static double my_log1p(double x) { return lg_log1p(x); }
static double my_sinh(double x) { return lg_sinh(x); }
static double my_asinh(double x) { return lg_asinh(x); }

static void test_hyperbolic(void **state) {
  (void)state;
  assert_true(worst(my_log1p, log1pl, -0.9, 3.0) < 2.0);
  assert_true(worst(my_log1p, log1pl, -1e-9, 1e-9) < 2.0);
  assert_true(worst(my_sinh, sinhl, -700.0, 700.0) < 4.0);
  assert_true(worst(my_sinh, sinhl, -1e-3, 1e-3) < 4.0);
  assert_true(worst(my_asinh, asinhl, -1e6, 1e6) < 4.0);
  assert_true(worst(my_asinh, asinhl, -0.1, 0.1) < 4.0);
  assert_true(lg_sinh(0.0) == 0.0 && lg_asinh(0.0) == 0.0 && lg_log1p(0.0) == 0.0);
  assert_true(lg_log1p(-1.0) == -(double)INFINITY && isnan(lg_log1p(-2.0)));
  assert_true(lg_sinh(-800.0) == -(double)INFINITY);
}

static void test_erfc(void **state) {
  (void)state;
  assert_true(worst(lg_erfc, erfcl, -6.0, 0.84) < 4.0);
  assert_true(worst(lg_erfc, erfcl, 0.84, 1.25) < 8.0);
  assert_true(worst(lg_erfc, erfcl, 1.25, 26.0) < 8.0);
  assert_true(lg_erfc(0.0) == 1.0 && lg_erfc(40.0) == 0.0 && lg_erfc(-40.0) == 2.0);
  assert_true(isnan(lg_erfc((double)NAN)));
}

static void test_plane(void **state) {
  (void)state;
  lg_rng rng = lg_rng_make(7, 8, 9);
  double angle = 0.0, length = 0.0;
  for (int k = 0; k < 50000; k++) {
    const double x = lg_rng_range(&rng, -3.0, 3.0), y = lg_rng_range(&rng, -3.0, 3.0);
    angle = fmax(angle, ulps(lg_atan2(y, x), atan2l((long double)y, (long double)x)));
    length = fmax(length, ulps(lg_hypot(x, y), hypotl((long double)x, (long double)y)));
  }
  assert_true(angle < 3.0);
  assert_true(length < 3.0);
  static const double at[][2] = {{0, 1}, {0, -1},      {1, 0},        {-1, 0},
                                 {0, 0}, {1e-300, -1}, {-1e-300, -1}, {1e300, 1e-300}};
  for (size_t k = 0; k < sizeof at / sizeof *at; k++)
    assert_true(fabs(lg_atan2(at[k][0], at[k][1]) - atan2(at[k][0], at[k][1])) < 1e-15);
  assert_true(lg_hypot(0.0, 0.0) == 0.0 && lg_hypot(-3.0, 4.0) == 5.0 &&
              fabs(lg_hypot(3e200, 4e200) / 5e200 - 1.0) < 4e-16);
}

static void test_power(void **state) {
  (void)state;
  assert_true(lg_power(10.0, 3) == 1000.0 && lg_power(10.0, -3) == 1.0 / 1000.0 && lg_power(7.0, 0) == 1.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_hyperbolic), cmocka_unit_test(test_erfc),
                                     cmocka_unit_test(test_plane), cmocka_unit_test(test_power)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
