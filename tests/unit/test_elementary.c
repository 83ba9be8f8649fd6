/* Our own elementary functions against long double libm: below 2 ulp over their ranges, exact at the corners. */
#include "tests/test.h"

#include "base/base.h"
#include "base/elementary.h"

static double ulps(double got, long double want) {
  const double w = (double)want;
  if (got == w) return 0.0;
  const double unit = nextafter(fabs(w), (double)INFINITY) - fabs(w);
  return (double)fabsl(((long double)got - want) / (long double)unit);
}

typedef double (*real_fn)(double);
typedef long double (*long_fn)(long double);

static double worst(real_fn f, long_fn exact, double low, double high) {
  lg_rng rng = lg_rng_make(1, 2, 3);
  double w = 0.0;
  for (int k = 0; k < 200000; k++) {
    const double x = lg_rng_range(&rng, low, high);
    const double e = ulps(f(x), exact((long double)x));
    if (e > w) w = e;
  }
  return w;
}

static double my_exp(double x) { return lg_exp(x); }
static double my_expm1(double x) { return lg_expm1(x); }
static double my_tanh(double x) { return lg_tanh(x); }
static double my_ln(double x) { return lg_ln(x); }
static double my_sin(double u) {
  double s, c;
  lg_sincos_turn(u, &s, &c);
  return s;
}
static double my_cos(double u) {
  double s, c;
  lg_sincos_turn(u, &s, &c);
  return c;
}
static long double exact_sin(long double u) { return sinl(6.283185307179586476925286766559L * u); }
static long double exact_cos(long double u) { return cosl(6.283185307179586476925286766559L * u); }

static void test_exp(void **state) {
  (void)state;
  assert_true(worst(my_exp, expl, -700, 709) < 2.0);
  assert_true(worst(my_exp, expl, -1, 1) < 2.0);
  assert_true(lg_exp(0.0) == 1.0);
  assert_true(lg_exp(710.0) == (double)INFINITY);
  assert_true(lg_exp(-800.0) == 0.0);
  assert_true(isnan(lg_exp((double)NAN)));
}

static void test_exp_within(void **state) {
  (void)state;
  lg_rng rng = lg_rng_make(5, 2, 8);
  for (int k = 0; k < 1000000; k++) {
    const double x = lg_rng_range(&rng, -700.0, 700.0);
    assert_true(lg_bits_of(lg_exp_within(x)) == lg_bits_of(lg_exp(x)));
    assert_true(lg_bits_of(lg_exp_within(x / 700.0)) == lg_bits_of(lg_exp(x / 700.0)));
  }
  const double edges[] = {-700.0, -0.0, 0.0, 1e-300, -1e-300, 0.5 * 0x1.62e42fefa39efp-1, 700.0};
  for (size_t k = 0; k < sizeof edges / sizeof edges[0]; k++)
    assert_true(lg_bits_of(lg_exp_within(edges[k])) == lg_bits_of(lg_exp(edges[k])));
}

static void test_expm1(void **state) {
  (void)state;
  assert_true(worst(my_expm1, expm1l, -1e-3, 1e-3) < 2.0);
  assert_true(worst(my_expm1, expm1l, -40, 40) < 2.0);
  assert_true(lg_x_over_expm1(0.0) == 1.0);
}

static void test_tanh_ln(void **state) {
  (void)state;
  assert_true(worst(my_tanh, tanhl, -20, 20) < 4.0);
  assert_true(worst(my_ln, logl, 1e-300, 1e-290) < 2.0);
  assert_true(worst(my_ln, logl, 0.5, 2.0) < 2.0);
  assert_true(worst(my_ln, logl, 1.0, 1e6) < 2.0);
  assert_true(lg_ln(1.0) == 0.0);
  assert_true(isnan(lg_ln(-1.0)));
}

static void test_sincos(void **state) {
  (void)state;
  /* near the zeros the reduced angle, not the ulp of the result, sets the error: compare absolutely */
  lg_rng rng = lg_rng_make(4, 5, 6);
  for (int k = 0; k < 100000; k++) {
    const double u = lg_rng_range(&rng, -50.0, 50.0);
    assert_true(fabsl((long double)my_sin(u) - exact_sin((long double)u)) < 4e-16L);
    assert_true(fabsl((long double)my_cos(u) - exact_cos((long double)u)) < 4e-16L);
  }
  assert_true(my_sin(0.5) == 0.0 && my_cos(0.25) == 0.0 && my_cos(1.0) == 1.0);
}

static void test_rng(void **state) {
  (void)state;
  lg_rng a = lg_rng_make(7, 1, 2), b = lg_rng_make(7, 1, 2), c = lg_rng_make(7, 1, 3);
  double sum = 0.0, square = 0.0;
  int same = 0;
  for (int k = 0; k < 100000; k++) {
    const double x = lg_rng_normal(&a);
    assert_true(x == lg_rng_normal(&b));
    same += x == lg_rng_normal(&c);
    sum += x;
    square += x * x;
  }
  assert_int_equal(same, 0);
  assert_true(fabs(sum / 1e5) < 0.015 && fabs(square / 1e5 - 1.0) < 0.02);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_exp),     cmocka_unit_test(test_exp_within), cmocka_unit_test(test_expm1),
      cmocka_unit_test(test_tanh_ln), cmocka_unit_test(test_sincos),     cmocka_unit_test(test_rng),
  };
  return cmocka_run_group_tests_name("elementary", tests, NULL, NULL);
}
