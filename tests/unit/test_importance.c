/* Adaptive importance sampling against densities whose moments and quantiles are known in closed form. */
#include "tests/test.h"

#include "base/elementary.h"
#include "num/importance.h"

#include <math.h>
#include <string.h>

enum { MAX_DIM = 9, DRAWS = 400, ROUNDS = 6, CAPACITY = DRAWS * ROUNDS };

typedef struct target {
  size_t dim;
  double mean[MAX_DIM], sd[MAX_DIM]; /* independent normals … */
  double bend;                       /* … the second of which is bent along the first: a banana */
  size_t asked;
} target;

/* y2 = x2 - bend (x1² - 1) in standard units: a shear, so that the density needs no Jacobian. */
static void log_density(void *user, const double *z, size_t n, double *out) {
  target *t = user;
  t->asked += n;
  for (size_t k = 0; k < n; k++) {
    double square = 0.0, first = 0.0;
    for (size_t i = 0; i < t->dim; i++) {
      double y = (z[k * t->dim + i] - t->mean[i]) / t->sd[i];
      if (i == 0) first = y;
      if (i == 1) y -= t->bend * (first * first - 1.0);
      square += y * y;
    }
    out[k] = 1234.5 - 0.5 * square;
  }
}

static void diagonal(size_t dim, const double *sd, double factor, double *covariance) {
  memset(covariance, 0, dim * dim * sizeof *covariance);
  for (size_t i = 0; i < dim; i++) covariance[i * dim + i] = factor * factor * sd[i] * sd[i];
}

static lg_importance_task task_of(target *t) {
  return (lg_importance_task){
      .log_density = log_density, .user = t, .draws = DRAWS, .rounds = ROUNDS, .enough = 0.4 * DRAWS, .seed = 5};
}

static void normal9(target *t) {
  *t = (target){.dim = 9};
  for (size_t i = 0; i < 9; i++) {
    t->mean[i] = (double)i - 3.0;
    t->sd[i] = lg_exp(2.0 * (double)i - 9.0); /* scales differ by 1e7 */
  }
}

/* From the right Gaussian one round suffices: moments, quantiles and ranks come back within their own errors. */
static void test_a_known_normal_comes_back(void **state) {
  (void)state;
  static const double shares[3] = {0.025, 0.5, 0.975};
  lg_ctx *ctx = NULL;
  lg_importance *c = NULL;
  target t;
  double covariance[81], mean[9], found[81], quantile[3];
  normal9(&t);
  diagonal(9, t.sd, 1.0, covariance);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_importance_create(ctx, 9, CAPACITY, &c));
  const lg_importance_task task = task_of(&t);
  assert_true(lg_importance_run(c, &task, t.mean, covariance));
  assert_int_equal(c->rounds, 1);
  assert_int_equal(t.asked, DRAWS);
  assert_true(c->effective > 0.6 * DRAWS && c->effective < 0.9 * DRAWS); /* a t5 in 9 dimensions: 0.75 */
  lg_importance_moments(c, mean, found);
  for (size_t i = 0; i < 9; i++) {
    assert_true(fabs(mean[i] - t.mean[i]) < 4.0 * t.sd[i] / sqrt(c->effective));
    assert_true(fabs(sqrt(found[i * 9 + i]) / t.sd[i] - 1.0) < 0.2);
    for (size_t j = 0; j < i; j++) assert_true(fabs(found[i * 9 + j]) < 0.3 * t.sd[i] * t.sd[j]);
    lg_importance_quantiles(c, c->z + i, 9, shares, 3, quantile);
    assert_true(fabs(quantile[0] - (t.mean[i] - 1.96 * t.sd[i])) < 0.35 * t.sd[i]);
    assert_true(fabs(quantile[1] - t.mean[i]) < 0.3 * t.sd[i]);
    assert_true(fabs(quantile[2] - (t.mean[i] + 1.96 * t.sd[i])) < 0.35 * t.sd[i]);
    assert_true(fabs(lg_importance_rank(c, c->z + i, 9, quantile[0]) - 0.025) < 1e-6);
    assert_true(fabs(lg_importance_rank(c, c->z + i, 9, t.mean[i] + t.sd[i]) - 0.8413) < 0.05);
  }
  lg_importance_destroy(ctx, c);
  lg_ctx_destroy(ctx);
}

/* Beside the mode and of the wrong width: rounds follow until enough draws count, and find it. */
static void test_a_bad_start_is_mended(void **state) {
  (void)state;
  static const double factors[2] = {0.3, 5.0};
  lg_ctx *ctx = NULL;
  lg_importance *c = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_importance_create(ctx, 9, CAPACITY, &c));
  for (int which = 0; which < 2; which++) {
    target t;
    double covariance[81], centre[9], mean[9];
    normal9(&t);
    diagonal(9, t.sd, factors[which], covariance);
    for (size_t i = 0; i < 9; i++) centre[i] = t.mean[i] + (i % 2 ? 1.0 : -1.0) * t.sd[i];
    const lg_importance_task task = task_of(&t);
    assert_true(lg_importance_run(c, &task, centre, covariance));
    assert_true(c->rounds > 1);
    assert_true(c->effective >= 0.4 * DRAWS);
    lg_importance_moments(c, mean, covariance);
    for (size_t i = 0; i < 9; i++) {
      assert_true(fabs(mean[i] - t.mean[i]) < 0.35 * t.sd[i]);
      assert_true(fabs(sqrt(covariance[i * 9 + i]) / t.sd[i] - 1.0) < 0.25);
    }
  }
  lg_importance_destroy(ctx, c);
  lg_ctx_destroy(ctx);
}

/* A banana from the Gaussian at its mode, which is far too short: mean 0, variance 1 + 2 bend², skewed. */
static void test_a_banana_is_found(void **state) {
  (void)state;
  static const double half = 0.5;
  lg_ctx *ctx = NULL;
  lg_importance *c = NULL;
  target t = {.dim = 2, .sd = {1.0, 0.1}, .bend = 0.8};
  /* at the mode (0, -bend) the curvature is that without the bend; the mean is 0 */
  const double centre[2] = {0.0, -0.08}, covariance[4] = {1.0, 0.0, 0.0, 0.01};
  double mean[2], found[4], median;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_importance_create(ctx, 2, CAPACITY, &c));
  lg_importance_task task = task_of(&t);
  task.enough = 700.0;
  assert_true(lg_importance_run(c, &task, centre, covariance));
  assert_true(c->effective >= 500.0);
  lg_importance_moments(c, mean, found);
  assert_true(fabs(mean[0]) < 0.15);
  assert_true(fabs(mean[1]) < 0.02);
  assert_true(fabs(sqrt(found[0]) - 1.0) < 0.12);
  assert_true(fabs(sqrt(found[3]) / (0.1 * sqrt(1.0 + 2.0 * t.bend * t.bend)) - 1.0) < 0.2);
  lg_importance_quantiles(c, c->z + 1, 2, &half, 1, &median);
  assert_true(median < mean[1] - 0.01); /* skewed upwards */
  lg_importance_destroy(ctx, c);
  lg_ctx_destroy(ctx);
}

/* Half of a normal: the mean of what lies above a bound at the mode is sqrt(2/pi). */
static void test_bounds_hold(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_importance *c = NULL;
  target t = {.dim = 2, .sd = {1.0, 1.0}};
  const double low[2] = {0.0, -100.0}, high[2] = {100.0, 100.0}, centre[2] = {0.0, 0.0},
               covariance[4] = {1.0, 0.0, 0.0, 1.0};
  double mean[2], found[4];
  size_t index[200];
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_importance_create(ctx, 2, CAPACITY, &c));
  lg_importance_task task = task_of(&t);
  task.low = low;
  task.high = high;
  task.enough = 800.0;
  assert_true(lg_importance_run(c, &task, centre, covariance));
  assert_true(t.asked < c->n); /* those outside were not asked for */
  lg_importance_moments(c, mean, found);
  assert_true(fabs(mean[0] - 0.7978846) < 0.1);
  assert_true(fabs(found[0] - (1.0 - 0.6366198)) < 0.08);
  lg_importance_resample(c, 3, 200, index);
  double resampled = 0.0;
  bool sorted = true;
  for (size_t k = 0; k < 200; k++) {
    size_t times = 0;
    assert_true(c->z[index[k] * 2] >= 0.0);
    for (size_t j = 0; j < 200; j++) times += index[j] == index[k];
    assert_true(fabs((double)times - 200.0 * c->weight[index[k]]) <= 1.0); /* systematic */
    sorted = sorted && (k == 0 || index[k] >= index[k - 1]);
    resampled += c->z[index[k] * 2] / 200.0;
  }
  assert_true(fabs(resampled - mean[0]) < 0.1);
  assert_false(sorted);
  lg_importance_destroy(ctx, c);
  lg_ctx_destroy(ctx);
}

/* The same task gives the same bits; another seed does not. */
static void test_the_same_bits(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_importance *a = NULL, *b = NULL;
  target t = {.dim = 3, .mean = {1.0, 2.0, 3.0}, .sd = {1.0, 2.0, 3.0}, .bend = 0.5};
  double covariance[9];
  diagonal(3, t.sd, 2.0, covariance);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_importance_create(ctx, 3, CAPACITY, &a));
  assert_ok(ctx, lg_importance_create(ctx, 3, CAPACITY, &b));
  lg_importance_task task = task_of(&t);
  task.enough = 1000.0;
  assert_true(lg_importance_run(a, &task, t.mean, covariance));
  assert_true(lg_importance_run(b, &task, t.mean, covariance));
  assert_int_equal(a->n, b->n);
  assert_memory_equal(a->z, b->z, a->n * 3 * sizeof *a->z);
  assert_memory_equal(a->weight, b->weight, a->n * sizeof *a->weight);
  task.seed++;
  assert_true(lg_importance_run(b, &task, t.mean, covariance));
  assert_true(a->z[0] != b->z[0]);
  lg_importance_destroy(ctx, a);
  lg_importance_destroy(ctx, b);
  lg_ctx_destroy(ctx);
}

static void nowhere(void *user, const double *z, size_t n, double *out) {
  (void)user;
  for (size_t k = 0; k < n; k++) out[k] = z[k] == z[k] ? -(double)INFINITY : 0.0;
}

/* No density anywhere, a covariance that is none, no room: said, not hidden. */
static void test_what_cannot_be_sampled(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_importance *c = NULL;
  target t = {.dim = 2, .sd = {1.0, 1.0}};
  const double centre[2] = {0.0, 0.0}, good[4] = {1.0, 0.0, 0.0, 1.0}, flat[4] = {1.0, 1.0, 1.0, 1.0},
               none[4] = {0.0, 0.0, 0.0, 1.0};
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_int_equal(lg_importance_create(ctx, 25, 10, &c), LG_ERR_RANGE);
  assert_ok(ctx, lg_importance_create(ctx, 2, CAPACITY, &c));
  lg_importance_task task = task_of(&t);
  assert_false(lg_importance_run(c, &task, centre, flat));
  assert_false(lg_importance_run(c, &task, centre, none));
  task.draws = CAPACITY + 1;
  assert_false(lg_importance_run(c, &task, centre, good));
  task = task_of(&t);
  task.log_density = nowhere;
  assert_true(lg_importance_run(c, &task, centre, good));
  assert_true(c->effective == 0.0);
  assert_int_equal(c->rounds, ROUNDS);
  lg_importance_destroy(ctx, c);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_known_normal_comes_back),
      cmocka_unit_test(test_a_bad_start_is_mended),
      cmocka_unit_test(test_a_banana_is_found),
      cmocka_unit_test(test_bounds_hold),
      cmocka_unit_test(test_the_same_bits),
      cmocka_unit_test(test_what_cannot_be_sampled),
  };
  return cmocka_run_group_tests_name("importance", tests, NULL, NULL);
}
