/* Linear systems on trees: against dense elimination, between builds and lanes bit by bit. */
#include "tests/test.h"

#include "base/base.h"
#include "base/cpu.h"
#include "num/tree_solver.h"
#include "num/tree_solver_internal.h"

#include <math.h>
#include <string.h>

enum { MOST = 700 };

/* A random tree: chains of random length, with branchings where bushy is large; bushy 1 is a trunk with twigs, 11 long
 * branches that begin anywhere on others. */
static void random_tree(lg_rng *rng, size_t n, unsigned bushy, int32_t *parent, uint32_t *kind) {
  parent[0] = -1;
  kind[0] = (uint32_t)lg_rng_below(rng, 3);
  for (size_t k = 1; k < n; k++) {
    const size_t back = bushy == 11  ? lg_rng_below(rng, 80) == 0 ? 1 + lg_rng_below(rng, k) : 1
                        : bushy == 1 ? lg_rng_below(rng, 20) == 0 ? 1 + lg_rng_below(rng, k < 9 ? k : 9) : 1
                        : lg_rng_below(rng, 10) < bushy ? 1 + lg_rng_below(rng, k)
                                                        : 1;
    parent[k] = (int32_t)(k - back);
    kind[k] = lg_rng_below(rng, 20) == 0 ? (uint32_t)lg_rng_below(rng, 3) : kind[parent[k]];
  }
}

typedef struct problem {
  size_t n;
  double d[MOST], w[MOST], r[MOST], r2[MOST]; /* by node */
} problem;

static void random_problem(lg_rng *rng, size_t n, const int32_t *parent, problem *p) {
  p->n = n;
  for (size_t k = 0; k < n; k++) {
    p->w[k] = k == 0 ? 0.0 : lg_rng_range(rng, 0.0, 3.0);
    p->d[k] = lg_rng_range(rng, 0.01, 1.0);
    p->r[k] = lg_rng_range(rng, -1.0, 1.0);
    p->r2[k] = lg_rng_range(rng, -1.0, 1.0);
  }
  for (size_t k = 1; k < n; k++) {
    p->d[k] += p->w[k];
    p->d[parent[k]] += p->w[k];
  }
}

/* Gauss with partial pivoting on the full matrix. */
static void dense_solve(const problem *p, const int32_t *parent, const double *r, double *x) {
  static double a[MOST][MOST + 1];
  const size_t n = p->n;
  memset(a, 0, sizeof a);
  for (size_t k = 0; k < n; k++) {
    a[k][k] = p->d[k];
    a[k][n] = r[k];
    if (k > 0) a[k][parent[k]] = a[parent[k]][k] = -p->w[k];
  }
  for (size_t c = 0; c < n; c++) {
    size_t best = c;
    for (size_t k = c + 1; k < n; k++)
      if (fabs(a[k][c]) > fabs(a[best][c])) best = k;
    for (size_t j = c; j <= n; j++) {
      const double t = a[c][j];
      a[c][j] = a[best][j];
      a[best][j] = t;
    }
    for (size_t k = c + 1; k < n; k++) {
      const double f = a[k][c] / a[c][c];
      if (f == 0.0) continue;
      for (size_t j = c; j <= n; j++) a[k][j] -= f * a[c][j];
    }
  }
  for (size_t k = n; k-- > 0;) {
    double sum = a[k][n];
    for (size_t j = k + 1; j < n; j++) sum -= a[k][j] * x[j];
    x[k] = sum / a[k][k];
  }
}

typedef struct arrays {
  double *d, *w, *factor, *r, *r2;
} arrays;

static arrays arrays_of(lg_ctx *ctx, const lg_tree_solver *s, const problem *p, size_t lanes) {
  arrays a = {lg_alloc(ctx, p->n * lanes, sizeof(double)), lg_alloc(ctx, p->n, sizeof(double)),
              lg_alloc(ctx, LG_TREE_FACTORS * p->n * lanes, sizeof(double)),
              lg_alloc(ctx, p->n * lanes, sizeof(double)), lg_alloc(ctx, p->n * lanes, sizeof(double))};
  const uint32_t *place = lg_tree_places(s);
  for (size_t k = 0; k < p->n; k++) {
    a.w[place[k]] = p->w[k];
    for (size_t l = 0; l < lanes; l++) {
      a.d[place[k] * lanes + l] = p->d[k];
      a.r[place[k] * lanes + l] = p->r[k];
      a.r2[place[k] * lanes + l] = p->r2[k];
    }
  }
  return a;
}

static void free_arrays(lg_ctx *ctx, arrays a) {
  double *all[] = {a.d, a.w, a.factor, a.r, a.r2};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) lg_free(ctx, all[k]);
}

static void compare(const lg_tree_solver *s, const double *got, const double *want, size_t n, size_t lanes) {
  double scale = 0.0;
  for (size_t k = 0; k < n; k++) scale = fmax(scale, fabs(want[k]));
  for (size_t k = 0; k < n; k++)
    for (size_t l = 0; l < lanes; l++) {
      const double x = got[lg_tree_places(s)[k] * lanes + l];
      if (!(fabs(x - want[k]) <= 1e-11 * scale)) fail_msg("node %zu lane %zu: %.17g, not %.17g", k, l, x, want[k]);
    }
}

static void each_tree(void (*check)(lg_ctx *, const int32_t *, const uint32_t *, const problem *)) {
  static problem p;
  static int32_t parent[MOST];
  static uint32_t kind[MOST];
  lg_ctx *ctx = lg_test_ctx();
  lg_rng rng = lg_rng_make(4, 1, 0);
  const size_t sizes[] = {1, 2, 3, 5, 8, 9, 17, 40, 77, 150, 399, 700};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (unsigned bushy = 0; bushy <= 11; bushy += bushy < 2 || bushy == 10 ? 1 : 2) {
      random_tree(&rng, sizes[i], bushy, parent, kind);
      random_problem(&rng, sizes[i], parent, &p);
      check(ctx, parent, NULL, &p);
      check(ctx, parent, kind, &p);
    }
  lg_ctx_destroy(ctx);
}

static void check_dense(lg_ctx *ctx, const int32_t *parent, const uint32_t *kind, const problem *p) {
  static double x[MOST], x2[MOST];
  dense_solve(p, parent, p->r, x);
  dense_solve(p, parent, p->r2, x2);
  const size_t lanes_of[] = {1, 8, 24};
  for (size_t i = 0; i < 3; i++) {
    lg_tree_solver *s = NULL;
    assert_ok(ctx, lg_tree_solver_create(ctx, p->n, parent, kind, lanes_of[i], &s));
    arrays a = arrays_of(ctx, s, p, lanes_of[i]);
    lg_tree_solve(s, a.d, a.w, a.factor, a.r);
    lg_tree_solve_again(s, a.factor, a.r2);
    compare(s, a.r, x, p->n, lanes_of[i]);
    compare(s, a.r2, x2, p->n, lanes_of[i]);
    free_arrays(ctx, a);
    lg_tree_solver_destroy(ctx, s);
  }
}

static void solves_as_dense_elimination(void **state) {
  (void)state;
  each_tree(check_dense);
}

static void check_bits(lg_ctx *ctx, const int32_t *parent, const uint32_t *kind, const problem *p) {
  const lg_tree_kernels *builds[] = {&lg_tree_kernels_plain, &lg_tree_kernels_v3, &lg_tree_kernels_v4};
  const lg_cpu needs[] = {LG_CPU_PLAIN, LG_CPU_V3, LG_CPU_V4};
  double first[2][MOST];
  bool have = false;
  for (size_t lanes = 1; lanes <= 16; lanes += lanes == 1 ? 7 : 8)
    for (size_t b = 0; b < 3; b++) {
      if (lg_cpu_level() < needs[b]) continue;
      lg_tree_solver *s = NULL;
      assert_ok(ctx, lg_tree_solver_create(ctx, p->n, parent, kind, lanes, &s));
      s->kernels = builds[b];
      arrays a = arrays_of(ctx, s, p, lanes);
      lg_tree_solve(s, a.d, a.w, a.factor, a.r);
      lg_tree_solve_again(s, a.factor, a.r2);
      for (size_t k = 0; k < p->n; k++)
        for (size_t l = 0; l < lanes; l++) {
          if (!have && l == 0) first[0][k] = a.r[k * lanes], first[1][k] = a.r2[k * lanes];
          assert_memory_equal(&a.r[k * lanes + l], &first[0][k], sizeof(double));
          assert_memory_equal(&a.r2[k * lanes + l], &first[1][k], sizeof(double));
        }
      have = true;
      free_arrays(ctx, a);
      lg_tree_solver_destroy(ctx, s);
    }
}

static void builds_and_lanes_give_the_same_bits(void **state) {
  (void)state;
  each_tree(check_bits);
}

/* Eight right-hand sides: multiples of two, the sum of what each solution is asked to add. */
static void check_sides(lg_ctx *ctx, const int32_t *parent, const uint32_t *kind, const problem *p) {
  static double x[2][MOST], wanted[MOST], sides[3][8 * MOST], sums[3][8 * MOST], by[MOST];
  const lg_tree_kernels *builds[] = {&lg_tree_kernels_plain, &lg_tree_kernels_v3, &lg_tree_kernels_v4};
  const lg_cpu needs[] = {LG_CPU_PLAIN, LG_CPU_V3, LG_CPU_V4};
  dense_solve(p, parent, p->r, x[0]);
  dense_solve(p, parent, p->r2, x[1]);
  lg_tree_solver *s = NULL;
  assert_ok(ctx, lg_tree_solver_create(ctx, p->n, parent, kind, 1, &s));
  arrays a = arrays_of(ctx, s, p, 1);
  lg_tree_solve(s, a.d, a.w, a.factor, a.r);
  for (size_t b = 0; b < 3; b++) {
    if (lg_cpu_level() < needs[b]) continue;
    for (size_t k = 0; k < p->n; k++)
      for (size_t l = 0; l < 8; l++) {
        const size_t at = lg_tree_places(s)[k];
        by[at] = 0.5 * p->d[k];
        sums[b][8 * at + l] = 1.0;
        sides[b][8 * at + l] = (l % 2 ? p->r2[k] : p->r[k]) * (1.0 + (double)(l / 2));
      }
    builds[b]->sides(s, a.factor, sides[b], by, sums[b]);
    for (size_t l = 0; l < 8; l++) {
      double one[MOST];
      for (size_t k = 0; k < p->n; k++) {
        wanted[k] = x[l % 2][k] * (1.0 + (double)(l / 2));
        const size_t at = lg_tree_places(s)[k];
        one[at] = sides[b][8 * at + l];
        assert_true(fabs(sums[b][8 * at + l] - (1.0 + by[at] * one[at])) <= 1e-14 * (1.0 + fabs(by[at] * one[at])));
      }
      compare(s, one, wanted, p->n, 1);
    }
    assert_memory_equal(sides[b], sides[0], 8 * p->n * sizeof(double));
    assert_memory_equal(sums[b], sums[0], 8 * p->n * sizeof(double));
  }
  free_arrays(ctx, a);
  lg_tree_solver_destroy(ctx, s);
}

static void many_right_hand_sides(void **state) {
  (void)state;
  each_tree(check_sides);
}

static void check_order(lg_ctx *ctx, const int32_t *parent, const uint32_t *kind, const problem *p) {
  lg_tree_solver *s = NULL;
  assert_ok(ctx, lg_tree_solver_create(ctx, p->n, parent, kind, 1, &s));
  const uint32_t *place = lg_tree_places(s), *up = lg_tree_parents(s);
  static bool taken[MOST];
  memset(taken, 0, sizeof taken);
  assert_int_equal(place[0], 0);
  assert_true(up[0] == UINT32_MAX);
  for (size_t k = 0; k < p->n; k++) {
    assert_true(place[k] < p->n && !taken[place[k]]);
    taken[place[k]] = true;
    if (k == 0) continue;
    assert_int_equal(up[place[k]], place[parent[k]]);
  }
  lg_tree_solver_destroy(ctx, s);
}

static void places_are_an_order_of_the_nodes(void **state) {
  (void)state;
  each_tree(check_order);
}

/* A trunk of one kind with twigs of another: each kind stands in one run of places. */
static void kinds_stand_side_by_side(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  int32_t parent[60];
  uint32_t kind[60];
  for (int k = 0; k < 60; k++) {
    parent[k] = k < 20 ? k - 1 : k % 4 == 0 ? (k - 20) / 2 : k - 1;
    kind[k] = k < 20 ? 7 : 2;
  }
  lg_tree_solver *s = NULL;
  assert_ok(ctx, lg_tree_solver_create(ctx, 60, parent, kind, 1, &s));
  for (int k = 0; k < 60; k++) assert_true((lg_tree_places(s)[k] < 20) == (k < 20));
  lg_tree_solver_destroy(ctx, s);
  lg_ctx_destroy(ctx);
}

static void wrong_trees_are_refused(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_tree_solver *s = NULL;
  const int32_t good[] = {-1, 0, 1}, own[] = {-1, 1, 1}, roots[] = {-1, -1, 0}, none[] = {0, 0, 1};
  assert_int_equal(lg_tree_solver_create(ctx, 3, own, NULL, 1, &s), LG_ERR_ARGUMENT);
  assert_int_equal(lg_tree_solver_create(ctx, 3, roots, NULL, 1, &s), LG_ERR_ARGUMENT);
  assert_int_equal(lg_tree_solver_create(ctx, 3, none, NULL, 1, &s), LG_ERR_ARGUMENT);
  assert_int_equal(lg_tree_solver_create(ctx, 0, good, NULL, 1, &s), LG_ERR_ARGUMENT);
  assert_int_equal(lg_tree_solver_create(ctx, 3, good, NULL, 0, &s), LG_ERR_ARGUMENT);
  assert_int_equal(lg_tree_solver_create(ctx, 3, good, NULL, 4, &s), LG_ERR_ARGUMENT);
  assert_null(s);
  lg_tree_solver_destroy(ctx, NULL);
  lg_ctx_destroy(ctx);
}

/* The step in one pass does what assembling, solving, and solving again for the second stage do. */
static void steps_are_as_their_passes(void **state) {
  (void)state;
  const lg_tree_kernels *builds[] = {&lg_tree_kernels_plain, &lg_tree_kernels_v3, &lg_tree_kernels_v4};
  const lg_cpu needs[] = {LG_CPU_PLAIN, LG_CPU_V3, LG_CPU_V4};
  const double rate = 12.5, rates[] = {0.0, 7.25};
  lg_ctx *ctx = lg_test_ctx();
  lg_rng rng = lg_rng_make(9, 0, 0);
  size_t stepped = 0;
  for (size_t n = 2; n <= LG_TREE_STEP_NODES; n++)
    for (unsigned trial = 0; trial < 12; trial++) {
      static problem p;
      int32_t parent[LG_TREE_STEP_NODES];
      uint32_t kind[LG_TREE_STEP_NODES];
      const size_t lanes = 8 * (1 + lg_rng_below(&rng, 9));
      random_tree(&rng, n, 1 + trial, parent, kind);
      random_problem(&rng, n, parent, &p);
      lg_tree_solver *s = NULL;
      assert_ok(ctx, lg_tree_solver_create(ctx, n, parent, kind, lanes, &s));
      if (!lg_tree_may_step(s)) { /* a long chain in pieces */
        lg_tree_solver_destroy(ctx, s);
        continue;
      }
      stepped++;
      arrays a = arrays_of(ctx, s, &p, lanes); /* d: what is fixed */
      double c[LG_TREE_STEP_NODES], fixed[LG_TREE_STEP_NODES], i0[LG_TREE_STEP_NODES];
      double in[3][LG_TREE_STEP_NODES * 72], out[3][LG_TREE_STEP_NODES * 72];
      for (size_t q = 0; q < n; q++) {
        c[q] = lg_rng_uniform(&rng);
        fixed[q] = a.d[q * lanes];
        i0[q] = lg_rng_range(&rng, -1.0, 1.0);
        for (size_t l = 0; l < lanes; l++) {
          in[0][q * lanes + l] = lg_rng_range(&rng, -80.0, 40.0);
          in[1][q * lanes + l] = lg_rng_uniform(&rng);
          in[2][q * lanes + l] = lg_rng_range(&rng, -50.0, 50.0);
        }
      }
      for (size_t two = 0; two < 2; two++) {
        double want[LG_TREE_STEP_NODES * 72];
        for (size_t k = 0; k < n * lanes; k++) {
          const size_t q = k / lanes;
          a.d[k] = c[q] * rate + fixed[q] + in[1][k];
          a.r[k] = (c[q] * rate + in[1][k]) * in[0][k] + (i0[q] - in[2][k]);
        }
        lg_tree_solve(s, a.d, a.w, a.factor, a.r);
        for (size_t k = 0; k < n * lanes; k++) a.r2[k] = c[k / lanes] * rates[two] * (a.r[k] - in[0][k]);
        lg_tree_solve_again(s, a.factor, a.r2);
        for (size_t k = 0; k < n * lanes; k++) want[k] = two ? a.r[k] + a.r2[k] : a.r[k];
        for (size_t b = 0; b < 3; b++) {
          if (lg_cpu_level() < needs[b]) continue;
          s->kernels = builds[b];
          memcpy(out, in, sizeof out);
          const lg_tree_step step = {a.w, c, fixed, i0, out[0], out[1], out[2], rate, rates[two]};
          lg_tree_step_in_lanes(s, &step);
          assert_memory_equal(out[0], want, n * lanes * sizeof(double));
          for (size_t k = 0; k < n * lanes; k++) assert_true(out[1][k] == 0.0 && out[2][k] == 0.0);
        }
      }
      free_arrays(ctx, a);
      lg_tree_solver_destroy(ctx, s);
    }
  assert_true(stepped > 120);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(solves_as_dense_elimination),      cmocka_unit_test(builds_and_lanes_give_the_same_bits),
      cmocka_unit_test(places_are_an_order_of_the_nodes), cmocka_unit_test(kinds_stand_side_by_side),
      cmocka_unit_test(wrong_trees_are_refused),          cmocka_unit_test(many_right_hand_sides),
      cmocka_unit_test(steps_are_as_their_passes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
