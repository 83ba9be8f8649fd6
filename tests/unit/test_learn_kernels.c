/* Every kernel table against the reference, bit by bit, on edge shapes; the polynomials against the double ones. */
#include "tests/test.h"

#include "base/base.h"
#include "learn/kernels.h"
#include "learn/mlp.h"
#include "learn/scalar.h"

#include <string.h>

enum { GUARD = 64 };

static void fill_f32(float *x, size_t n, uint64_t stream) {
  lg_rng rng = lg_rng_make(1, stream, 0);
  for (size_t i = 0; i < n; i++) x[i] = (float)lg_rng_normal(&rng);
}
static void fill_f64(double *x, size_t n, uint64_t stream) {
  lg_rng rng = lg_rng_make(1, stream, 0);
  for (size_t i = 0; i < n; i++) x[i] = lg_rng_normal(&rng);
}

/* d: 0 none, 1 bias row, 2 accumulate in place. Buffers are exactly as long as the product may touch, and C is guarded
 * on all sides, so that a read or write outside is seen (by ASan, or as a changed guard). */
#define GEMM_CASE(T, bits)                                                                                             \
  static void gemm_case_##bits(size_t m, size_t n, size_t k, bool transposed, int d, bool relu) {                      \
    const size_t a_row = transposed ? 1 : k + 1, a_col = transposed ? m + 2 : 1, ldb = n + 3,                          \
                 ldc = n == 1 && m % 2 ? 1 : n + 5;                                                                    \
    const size_t na = k == 0 ? 1 : (m - 1) * a_row + (k - 1) * a_col + 1, nb = k == 0 ? 1 : (k - 1) * ldb + n;         \
    const size_t nc = (m - 1) * ldc + n;                                                                               \
    T *a = malloc(na * sizeof(T)), *b = malloc(nb * sizeof(T)), *bias = malloc(n * sizeof(T));                         \
    T *c0 = malloc((nc + 2 * GUARD) * sizeof(T)), *c1 = malloc((nc + 2 * GUARD) * sizeof(T));                          \
    assert_true(a &&b &&bias &&c0 &&c1);                                                                               \
    fill_##bits(a, na, 1), fill_##bits(b, nb, 2), fill_##bits(bias, n, 3);                                             \
    for (unsigned table = 1; table < 3; table++) {                                                                     \
      const lg_##bits##_kernels *fast = lg_##bits##_kernels_get(table), *plain = lg_##bits##_kernels_get(0);           \
      if (!fast) continue;                                                                                             \
      fill_##bits(c0, nc + 2 * GUARD, 4);                                                                              \
      memcpy(c1, c0, (nc + 2 * GUARD) * sizeof(T));                                                                    \
      lg_##bits##_gemm g = {                                                                                           \
          m,          n,   k,   a, a_row, a_col, b, ldb, d == 0 ? NULL : d == 1 ? bias : c0 + GUARD, d == 2 ? ldc : 0, \
          c0 + GUARD, ldc, relu};                                                                                      \
      plain->gemm(&g);                                                                                                 \
      g.c = c1 + GUARD;                                                                                                \
      if (d == 2) g.d = g.c;                                                                                           \
      fast->gemm(&g);                                                                                                  \
      if (memcmp(c0, c1, (nc + 2 * GUARD) * sizeof(T)) != 0)                                                           \
        fail_msg(#bits " %s differs: m %zu n %zu k %zu transposed %d d %d relu %d", fast->name, m, n, k, transposed,   \
                 d, relu);                                                                                             \
    }                                                                                                                  \
    free(a), free(b), free(bias), free(c0), free(c1);                                                                  \
  }
GEMM_CASE(float, f32)
GEMM_CASE(double, f64)

static void test_gemm_equals_reference(void **state) {
  (void)state;
  static const size_t ms[] = {1, 2, 3, 5, 6, 7, 8, 9, 13, 200, 401},
                      ns[] = {1, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 64, 65, 128, 300};
  static const size_t ks[] = {0, 1, 2, 14, 255, 256, 257, 600};
  for (size_t i = 0; i < sizeof ms / sizeof *ms; i++)
    for (size_t j = 0; j < sizeof ns / sizeof *ns; j++)
      for (size_t l = 0; l < sizeof ks / sizeof *ks; l++) {
        if (ms[i] * ns[j] * ks[l] > 1500000) continue;
        const int d = (int)((i + j + l) % 3);
        gemm_case_f32(ms[i], ns[j], ks[l], (i + l) % 2, d, (j + l) % 2);
        gemm_case_f64(ms[i], ns[j], ks[l], (i + j) % 2, d, (i + l) % 2);
      }
}

/* The reference itself against a triple loop in long double. */
static void test_reference_gemm_is_a_product(void **state) {
  (void)state;
  double a[7 * 5], b[5 * 9], bias[9], c[7 * 9];
  fill_f64(a, 35, 1), fill_f64(b, 45, 2), fill_f64(bias, 9, 3);
  const lg_f64_gemm g = {7, 9, 5, a, 5, 1, b, 9, bias, 0, c, 9, false};
  lg_f64_kernels_get(0)->gemm(&g);
  for (size_t i = 0; i < 7; i++)
    for (size_t j = 0; j < 9; j++) {
      long double sum = bias[j];
      for (size_t k = 0; k < 5; k++) sum += (long double)a[i * 5 + k] * b[k * 9 + j];
      assert_true(fabsl(sum - c[i * 9 + j]) < 1e-14L);
    }
}

/* A convolution is a product over overlapping rows: a_row < k. */
static void test_overlapping_rows(void **state) {
  (void)state;
  float x[64], w[12 * 3], y[27 * 3];
  fill_f32(x, 64, 1), fill_f32(w, 36, 2);
  const lg_f32_gemm g = {27, 3, 12, x, 2, 1, w, 3, NULL, 0, y, 3, false};
  lg_f32_kernels_best()->gemm(&g);
  for (size_t t = 0; t < 27; t++)
    for (size_t j = 0; j < 3; j++) {
      double sum = 0;
      for (size_t k = 0; k < 12; k++) sum += (double)x[2 * t + k] * (double)w[3 * k + j];
      assert_true(fabs(sum - (double)y[3 * t + j]) < 1e-5);
    }
}

static void test_elementwise_equal_bits(void **state) {
  (void)state;
  enum { N = 1037 };
  float x[N], y0[N], y1[N], d0[N], d1[N], dy[N];
  fill_f32(x, N, 7), fill_f32(dy, N, 8);
  for (size_t i = 0; i < N; i++) x[i] *= 5;
  x[3] = 0, x[4] = 100, x[5] = -100, x[6] = (float)INFINITY, x[7] = -(float)INFINITY;
  for (unsigned table = 1; table < 3; table++) {
    const lg_f32_kernels *fast = lg_f32_kernels_get(table), *plain = lg_f32_kernels_get(0);
    if (!fast) continue;
    for (int f = LG_ACT_NONE; f <= LG_ACT_SILU; f++) {
      plain->act((lg_act)f, N, x, y0), fast->act((lg_act)f, N, x, y1);
      assert_memory_equal(y0, y1, sizeof y0);
      memset(d0, 0, sizeof d0), memset(d1, 0, sizeof d1);
      plain->act_back((lg_act)f, N - 1, x + 1, y0 + 1, dy, d0), fast->act_back((lg_act)f, N - 1, x + 1, y1 + 1, dy, d1);
      assert_memory_equal(d0, d1, sizeof d0);
    }
    const lg_adam_step step = {1e-3, 0.9, 0.999, 1e-8, 0.01, 0.1, 0.001, 0.5};
    float m0[N], v0[N], t0[N], m1[N], v1[N], t1[N];
    fill_f32(m0, N, 9), fill_f32(v0, N, 10), fill_f32(t0, N, 11);
    for (size_t i = 0; i < N; i++) v0[i] *= v0[i];
    memcpy(m1, m0, sizeof m0), memcpy(v1, v0, sizeof v0), memcpy(t1, t0, sizeof t0);
    plain->adam(N, &step, dy, m0, v0, t0), fast->adam(N, &step, dy, m1, v1, t1);
    assert_memory_equal(t0, t1, sizeof t0);
    assert_memory_equal(v0, v1, sizeof v0);
    plain->column_sum(20, 50, x + 17, 51, t0), fast->column_sum(20, 50, x + 17, 51, t1);
    assert_memory_equal(t0, t1, sizeof t0);
  }
}

/* Both recurrent cells, forward and backward, with odd h. */
static void test_cells_equal_bits(void **state) {
  (void)state;
  enum { H = 37 };
  for (unsigned table = 1; table < 3; table++) {
    const lg_f32_kernels *t[2] = {lg_f32_kernels_get(0), lg_f32_kernels_get(table)};
    if (!t[1]) continue;
    float gates[2][4][4 * H], aux[2][4][H], out[2][4][H], tc[2][4][H], dout[2][H], carry[2][4][H], daux[2][H],
        before[H];
    memset(aux, 0, sizeof aux), memset(out, 0, sizeof out), memset(tc, 0, sizeof tc), memset(daux, 0, sizeof daux);
    fill_f32(before, H, 5);
    for (int s = 0; s < 2; s++) {
      fill_f32(&gates[s][0][0], sizeof gates[s] / sizeof(float), 1), fill_f32(dout[s], H, 2);
      fill_f32(&carry[s][0][0], sizeof carry[s] / sizeof(float), 3);
      fill_f32(aux[s][2], H, 4), fill_f32(aux[s][3], H, 4);
      for (int v = 0; v < 4; v++) {
        const lg_f32_cell cell = {H,       gates[s][v], aux[s][v], v % 2 ? before : NULL, out[s][v], tc[s][v],
                                  dout[s], carry[s][v], daux[s]};
        if (v < 2) t[s]->lstm_cell(&cell), t[s]->lstm_cell_back(&cell);
        else t[s]->gru_cell(&cell), t[s]->gru_cell_back(&cell);
      }
    }
    assert_memory_equal(gates[0], gates[1], sizeof gates[0]);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    assert_memory_equal(carry[0], carry[1], sizeof carry[0]);
    assert_memory_equal(daux[0], daux[1], sizeof daux[0]);
  }
}

/* Frozen MLPs: every table and every cutting of the rows gives the same bits; the derivative is the derivative. */
static void test_mlp(void **state) {
  (void)state;
  static const size_t nets[][4] = {{3, 32, 32, 1}, {1, 7, 17, 3}, {5, 33, 200, 9}, {2, 1, 1, 1}, {4, 16, 48, 16}};
  enum { ROWS = 71 };
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  for (size_t s = 0; s < sizeof nets / sizeof *nets; s++) {
    lg_params params = {0};
    lg_dense layers[3];
    lg_f32_mlp *mlp = NULL;
    lg_f64_mlp *exact = NULL;
    const lg_act acts[3] = {LG_ACT_TANH, s % 2 ? LG_ACT_SOFTPLUS : LG_ACT_TANH, LG_ACT_NONE};
    static const char *const names[3] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++)
      assert_ok(ctx, lg_dense_create(ctx, &params, names[i], nets[s][i], nets[s][i + 1], &layers[i]));
    const size_t in = nets[s][0], out = nets[s][3];
    float *theta = malloc(params.count * sizeof *theta);
    double *theta64 = malloc(params.count * sizeof *theta64);
    assert_true(theta && theta64);
    fill_f32(theta, params.count, 3);
    for (size_t i = 0; i < params.count; i++) theta[i] *= 0.3f, theta64[i] = (double)theta[i];
    assert_ok(ctx, lg_f32_mlp_create(ctx, 3, layers, acts, theta, &mlp));
    assert_ok(ctx, lg_f64_mlp_create(ctx, 3, layers, acts, theta64, &exact));
    float x[ROWS * 5], dx[ROWS * 5], y[3][ROWS * 16], dy[3][ROWS * 16];
    fill_f32(x, ROWS * in, 1), fill_f32(dx, ROWS * in, 2);
    lg_f32_kernels_get(0)->mlp(mlp, ROWS, x, dx, y[0], dy[0]);
    for (unsigned table = 0; table < 3; table++) {
      const lg_f32_kernels *k = lg_f32_kernels_get(table);
      if (!k) continue;
      k->mlp(mlp, ROWS, x, dx, y[1], dy[1]);
      assert_memory_equal(y[0], y[1], ROWS * out * sizeof(float));
      assert_memory_equal(dy[0], dy[1], ROWS * out * sizeof(float));
      for (size_t r = 0; r < ROWS; r++) k->mlp(mlp, 1, x + r * in, dx + r * in, y[2] + r * out, dy[2] + r * out);
      assert_memory_equal(y[0], y[2], ROWS * out * sizeof(float));
      assert_memory_equal(dy[0], dy[2], ROWS * out * sizeof(float));
      k->mlp(mlp, ROWS, x, NULL, y[2], NULL);
      assert_memory_equal(y[0], y[2], ROWS * out * sizeof(float));
      float columns[5 * (ROWS + 3)], outputs[16 * (ROWS + 3)];
      for (size_t r = 0; r < ROWS; r++)
        for (size_t j = 0; j < in; j++) columns[j * (ROWS + 3) + r] = x[r * in + j];
      k->mlp_columns(mlp, ROWS, ROWS + 3, columns, outputs);
      for (size_t r = 0; r < ROWS; r++)
        for (size_t j = 0; j < out; j++) assert_true(outputs[j * (ROWS + 3) + r] == y[0][r * out + j]);
    }
    for (size_t r = 0; r < ROWS; r++) {
      double at[3][5], value[3][16], slope[16], direction[5];
      for (size_t j = 0; j < in; j++)
        for (size_t h = 0; h < 3; h++)
          direction[j] = (double)dx[r * in + j],
          at[h][j] = (double)x[r * in + j] + ((double)h - 1) * 1e-5 * direction[j];
      for (size_t h = 0; h < 3; h++) lg_f64_mlp_eval(exact, 1, at[h], value[h]);
      lg_f64_mlp_jvp(exact, 1, at[1], direction, value[1], slope);
      for (size_t j = 0; j < out; j++) {
        assert_true(fabs(slope[j] - (value[2][j] - value[0][j]) / 2e-5) < 1e-7 * (1 + fabs(slope[j])));
        assert_true(fabs(value[1][j] - (double)y[0][r * out + j]) < 2e-5 * (1 + fabs(value[1][j])));
        assert_true(fabs(slope[j] - (double)dy[0][r * out + j]) < 2e-4 * (1 + fabs(slope[j])));
      }
    }
    free(theta), free(theta64);
    lg_f32_mlp_destroy(ctx, mlp);
    lg_f64_mlp_destroy(ctx, exact);
    lg_params_clear(ctx, &params);
  }
  lg_f32_mlp *none = NULL;
  const lg_dense wide = {.in = 300, .out = 2}, two[2] = {{.in = 2, .out = 3}, {.in = 4, .out = 1}};
  const lg_act acts[2] = {LG_ACT_NONE, LG_ACT_NONE};
  assert_int_equal(lg_f32_mlp_create(ctx, 1, &wide, acts, NULL, &none), LG_ERR_RANGE);
  assert_int_equal(lg_f32_mlp_create(ctx, 2, two, acts, NULL, &none), LG_ERR_RANGE);
  lg_f32_mlp_destroy(ctx, NULL);
  lg_ctx_destroy(ctx);
}

static double ulp_error(float y, double exact) {
  const double ulp =
      exact == 0 ? 1.4e-45 : fabs((double)nextafterf((float)exact, 2 * (float)exact) - (double)(float)exact);
  return fabs((double)y - exact) / ulp;
}

static void test_float_polynomials(void **state) {
  (void)state;
  double worst_exp = 0, worst_tanh = 0, worst_sigmoid = 0;
  for (int i = -868000; i <= 887000; i++) {
    const float x = (float)i * 1e-4f;
    worst_exp = fmax(worst_exp, ulp_error(lg_exp_f32(x), lg_exp((double)x)));
    if (i > -80000 && i < 80000) worst_tanh = fmax(worst_tanh, ulp_error(lg_tanh_f32(x), lg_tanh((double)x)));
    if (i > -860000 && i < 200000)
      worst_sigmoid = fmax(worst_sigmoid, ulp_error(lg_sigmoid_f32(x), lg_sigmoid((double)x)));
  }
  print_message("worst error in ulp: exp %.2f tanh %.2f sigmoid %.2f\n", worst_exp, worst_tanh, worst_sigmoid);
  assert_true(worst_exp < 2), assert_true(worst_tanh < 6), assert_true(worst_sigmoid < 4);
  assert_true(lg_exp_f32(1000) == (float)INFINITY && lg_exp_f32(-1000) == 0 && lg_exp_f32(0) == 1);
  assert_true(lg_sigmoid_f32(-1000) == 0 && lg_sigmoid_f32(1000) == 1 && lg_tanh_f32(0) == 0);
  assert_true(fabsf(lg_tanh_f32(50) - 1) < 3e-7f && fabsf(lg_tanh_f32(-50) + 1) < 3e-7f);
  const volatile float nan = (float)NAN;
  assert_true(isnan(lg_exp_f32(nan)) && isnan(lg_sigmoid_f32(nan)) && isnan(lg_tanh_f32(nan)));
  assert_true(ulp_error(lg_softplus_f32(1.5f), lg_ln(1 + lg_exp(1.5))) < 1);
  assert_true(lg_softplus_f64(800) == 800 && fabs(lg_softplus_f64(0) - lg_ln(2)) < 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reference_gemm_is_a_product),
      cmocka_unit_test(test_gemm_equals_reference),
      cmocka_unit_test(test_overlapping_rows),
      cmocka_unit_test(test_elementwise_equal_bits),
      cmocka_unit_test(test_cells_equal_bits),
      cmocka_unit_test(test_mlp),
      cmocka_unit_test(test_float_polynomials),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
