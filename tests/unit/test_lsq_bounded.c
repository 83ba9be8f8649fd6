/* Least squares inside bounds: known answers, the cases of the shared data beside SciPy's, TRF beside BVLS. */
#include "tests/test.h"

#include "base/base.h"
#include "io/json_read.h"

#include <loligo/lsq.h>
#include <math.h>
#include <string.h>

/* A projection onto a box: A = 1. */
static void test_box(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  const double a[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, b[3] = {-2, 0.25, 7};
  const double low[3] = {-1, 0, -(double)INFINITY}, high[3] = {1, 1, 3};
  for (int method = 0; method < 2; method++) {
    lg_lsq_options o = LG_LSQ_OPTIONS_INIT;
    o.method = (lg_lsq_method)method;
    double x[3];
    signed char active[3];
    lg_lsq_result r;
    assert_ok(ctx, lg_lsq_bounded(ctx, 3, 3, a, b, low, high, &o, x, active, &r));
    assert_true(x[0] == -1.0 && fabs(x[1] - 0.25) < 1e-15 && x[2] == 3.0);
    assert_true(active[0] == -1 && active[1] == 0 && active[2] == 1 && r.n_active == 2 && r.rank == 3 && r.converged);
    assert_true(fabs(r.cost - 0.5 * (1.0 + 16.0)) < 1e-14);
  }
  lg_ctx_destroy(ctx);
}

static void test_refused(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  const double a[2] = {1, (double)NAN}, fine[2] = {1, 1}, b[2] = {1, 2}, low[1] = {1}, high[1] = {1};
  double x[2];
  assert_int_equal(lg_lsq_bounded(ctx, 2, 1, a, b, NULL, NULL, NULL, x, NULL, NULL), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "A[1, 0]"));
  assert_int_equal(lg_lsq_bounded(ctx, 2, 1, fine, b, low, high, NULL, x, NULL, NULL), LG_ERR_RANGE);
  assert_int_equal(lg_lsq_bounded(ctx, 0, 1, fine, b, NULL, NULL, NULL, x, NULL, NULL), LG_ERR_RANGE);
  lg_ctx_destroy(ctx);
}

/* A case of the shared file; null bounds are none. */
typedef struct problem {
  size_t m, n;
  double *a, *b, *low, *high, *x_ref, cost_ref;
  bool unique;
  const char *name;
} problem;

static void read_case(lg_ctx *ctx, const lg_json_at *at, problem *p) {
  size_t cells;
  assert_ok(ctx, lg_json_get_text(ctx, at, "name", &p->name));
  assert_ok(ctx, lg_json_get_numbers(ctx, at, "A", NULL, &p->a, &cells));
  assert_ok(ctx, lg_json_get_numbers(ctx, at, "b", NULL, &p->b, &p->m));
  assert_ok(ctx, lg_json_get_numbers(ctx, at, "lb", NULL, &p->low, &p->n));
  assert_ok(ctx, lg_json_get_numbers(ctx, at, "ub", NULL, &p->high, &p->n));
  assert_ok(ctx, lg_json_get_numbers(ctx, at, "x_ref", NULL, &p->x_ref, &p->n));
  assert_ok(ctx, lg_json_get_number(ctx, at, "cost_ref", NULL, &p->cost_ref));
  assert_ok(ctx, lg_json_get_boolean(ctx, at, "unique", &p->unique));
  assert_int_equal(cells, p->m * p->n);
  for (size_t j = 0; j < p->n; j++) {
    if (isnan(p->low[j])) p->low[j] = -(double)INFINITY;
    if (isnan(p->high[j])) p->high[j] = (double)INFINITY;
  }
}

static double judge(lg_ctx *ctx, const problem *p, lg_lsq_method method, unsigned *most_iterations) {
  double x[64], apart = 0.0;
  lg_lsq_result r;
  lg_lsq_options o = LG_LSQ_OPTIONS_INIT;
  o.method = method;
  assert_ok(ctx, lg_lsq_bounded(ctx, p->m, p->n, p->a, p->b, p->low, p->high, &o, x, NULL, &r));
  if (!(r.cost <= p->cost_ref * (1.0 + 1e-9) + 1e-14))
    fail_msg("%s, method %d: cost %.17g, reference %.17g, trf %.17g, %u iterations", p->name, (int)method, r.cost,
             p->cost_ref, r.cost_trf, r.iterations);
  if (r.iterations + r.iterations_active > 500) fail_msg("%s: %u iterations", p->name, r.iterations);
  *most_iterations = r.iterations > *most_iterations ? r.iterations : *most_iterations;
  for (size_t j = 0; j < p->n; j++) {
    assert_true(x[j] >= p->low[j] && x[j] <= p->high[j]);
    apart = fmax(apart, fabs(x[j] - p->x_ref[j]) / (1.0 + fabs(p->x_ref[j])));
  }
  if (p->unique && apart > 1e-6) fail_msg("%s, method %d: x apart by %g", p->name, (int)method, apart);
  return p->unique ? apart : 0.0;
}

static void test_shared_cases(void **state) {
  (void)state;
  char path[4096];
  if (!lg_test_shared("data/culture/open/lsq_open.json", path, sizeof path)) skip();
  lg_ctx *ctx = lg_test_ctx();
  lg_json_doc *doc = NULL;
  lg_json_at cases;
  size_t n;
  double apart = 0.0;
  unsigned most = 0;
  assert_ok(ctx, lg_json_load(ctx, path, LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_json_get_array(ctx, &root, "cases", &cases, &n));
  assert_true(n >= 40);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&cases, k);
    problem p = {0};
    read_case(ctx, &at, &p);
    apart = fmax(apart, judge(ctx, &p, LG_LSQ_TRF, &most));
    apart = fmax(apart, judge(ctx, &p, LG_LSQ_BVLS, &most));
    double *const blocks[] = {p.a, p.b, p.low, p.high, p.x_ref};
    for (size_t q = 0; q < 5; q++) lg_free(ctx, blocks[q]);
  }
  print_message("%zu cases, x within %.1e where unique, at most %u iterations\n", n, apart, most);
  lg_json_doc_destroy(ctx, doc);
  lg_ctx_destroy(ctx);
}

/* Random problems of up to 60 unknowns, half of them of lower rank: both methods must agree on the cost, and the
 * gradient may pull nowhere that is allowed. */
static void test_methods_agree(void **state) {
  (void)state;
  enum { M = 90, N = 60 };
  lg_ctx *ctx = lg_test_ctx();
  static double a[M * N], b[M], low[N], high[N];
  for (uint64_t k = 0; k < 60; k++) {
    lg_rng rng = lg_rng_make(7, 1, k);
    const size_t n = 2 + (size_t)lg_rng_below(&rng, N - 1), m = 1 + (size_t)lg_rng_below(&rng, M);
    for (size_t q = 0; q < m * n; q++) a[q] = lg_rng_normal(&rng);
    if (k % 2)
      for (size_t i = 0; i < m; i++) a[i * n + n - 1] = a[i * n];
    for (size_t i = 0; i < m; i++) b[i] = 3.0 * lg_rng_normal(&rng);
    for (size_t j = 0; j < n; j++) low[j] = j % 3 ? -0.2 : -(double)INFINITY, high[j] = j % 4 ? 0.3 : (double)INFINITY;
    double x[2][N];
    lg_lsq_result r[2];
    for (int method = 0; method < 2; method++) {
      lg_lsq_options o = LG_LSQ_OPTIONS_INIT;
      o.method = (lg_lsq_method)method;
      assert_ok(ctx, lg_lsq_bounded(ctx, m, n, a, b, low, high, &o, x[method], NULL, &r[method]));
      if (!r[method].converged || !(r[method].optimality < 1e-8))
        fail_msg("%zu x %zu, method %d: cost %.15g, optimality %g", m, n, method, r[method].cost, r[method].optimality);
    }
    if (fabs(r[0].cost - r[1].cost) > 1e-10 * (1.0 + r[1].cost))
      fail_msg("%zu x %zu: %.15g and %.15g", m, n, r[0].cost, r[1].cost);
    assert_true(fabs(r[0].cost - r[0].cost_trf) < 1e-6 * (1.0 + r[0].cost));
  }
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_box), cmocka_unit_test(test_refused),
                                     cmocka_unit_test(test_shared_cases), cmocka_unit_test(test_methods_agree)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
