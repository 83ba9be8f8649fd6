/* Fast networks of strain profiles beside the learning tape: the same bits for any lanes, profiles at once, threads. */
#include "tests/test.h"

#include "axon/infer.h"

#include <math.h>
#include <string.h>

enum { N = 37 };

static const axon_infer_build *const builds[] = {&lg_axon_infer_plain, &lg_axon_infer_v3, &lg_axon_infer_v4};

/* Networks with the start values of training, `scale` times as large. */
static lg_axon_surrogate networks(lg_ctx *ctx, axon_layout layout, size_t n_nets, float scale) {
  axon_net net;
  assert_ok(ctx, lg_axon_net_create(ctx, layout, &net));
  lg_axon_surrogate s = {.layout = layout, .n_nets = n_nets, .n_weights = lg_axon_net_weights(layout)};
  assert_int_equal(s.n_weights, net.params.count);
  s.weights = lg_alloc(ctx, n_nets * s.n_weights, sizeof *s.weights);
  assert_non_null(s.weights);
  for (size_t m = 0; m < n_nets; m++) lg_f32_init(&net.params, 7 + m, s.weights + m * s.n_weights);
  for (size_t k = 0; k < n_nets * s.n_weights; k++) s.weights[k] *= scale;
  lg_axon_net_clear(ctx, &net);
  return s;
}

/* Walks of strain from 0, each rougher than the one before. */
static double *walks(lg_ctx *ctx, size_t n) {
  double *x = lg_alloc(ctx, n * AXON_NET_TIMES, sizeof *x);
  assert_non_null(x);
  for (size_t k = 0; k < n; k++) {
    lg_rng rng = lg_rng_make(3, 1, k);
    for (size_t t = 1; t < AXON_NET_TIMES; t++)
      x[k * AXON_NET_TIMES + t] = x[k * AXON_NET_TIMES + t - 1] + 2e-4 * (double)(k + 1) * lg_rng_normal(&rng);
  }
  return x;
}

/* What the tape says of network m. */
static void by_tape(lg_ctx *ctx, const lg_axon_surrogate *s, size_t m, const double *strain, float *out) {
  const axon_shape *shape = lg_axon_net_shape(s->layout);
  const size_t inputs = lg_axon_net_inputs(s->layout);
  const size_t sequence[3] = {N, AXON_NET_TIMES, shape->channels}, rows[2] = {N, shape->features};
  float *x = lg_alloc(ctx, N * inputs, sizeof *x), one[AXON_NET_TIMES];
  axon_net net;
  lg_f32_tape *tape = NULL;
  assert_non_null(x);
  for (size_t k = 0; k < N; k++) {
    for (size_t t = 0; t < AXON_NET_TIMES; t++) one[t] = (float)strain[k * AXON_NET_TIMES + t];
    lg_axon_net_input(s->layout, one, x + k * inputs);
  }
  assert_ok(ctx, lg_axon_net_create(ctx, s->layout, &net));
  assert_ok(ctx, lg_f32_tape_create(ctx, (size_t)16 << 20, &tape));
  lg_f32_tape_bind(tape, s->weights + m * s->n_weights, NULL, NULL);
  const lg_var in = shape->channels ? lg_f32_input(tape, 3, sequence, x, false) : lg_f32_input(tape, 2, rows, x, false);
  const lg_var y = lg_axon_net_output(tape, &net, in, LG_VAR_NONE);
  assert_ok(ctx, lg_f32_tape_check(ctx, tape));
  memcpy(out, lg_f32_value(tape, y), sizeof *out * N * AXON_PREDICTED);
  lg_f32_tape_destroy(ctx, tape);
  lg_axon_net_clear(ctx, &net);
  lg_free(ctx, x);
}

static void compare_layout(lg_ctx *ctx, axon_layout layout, float scale) {
  enum { NETS = 2, ALL = N * AXON_PREDICTED };
  float expected[NETS * ALL], y[NETS * ALL];
  lg_axon_surrogate s = networks(ctx, layout, NETS, scale);
  double *strain = walks(ctx, N);
  axon_infer *net = NULL;
  for (size_t m = 0; m < NETS; m++) by_tape(ctx, &s, m, strain, expected + m * ALL);
  assert_ok(ctx, lg_axon_infer_create(ctx, &s, &net));
  size_t spread = 0;
  for (size_t k = 1; k < N; k++) spread += expected[k * AXON_PREDICTED] != expected[0];
  assert_int_equal(spread, N - 1); /* the networks do look at the profiles */
  for (size_t b = 0; b < 3; b++) {
    if (!builds[b]->run || builds[b]->lanes > lg_axon_infer_best()->lanes) continue;
    memset(y, 0xff, sizeof y);
    assert_ok(ctx, lg_axon_infer(ctx, net, builds[b], N, strain, y));
    for (size_t k = 0; k < NETS * ALL; k++)
      if (y[k] != expected[k])
        fail_msg("layout %d, %s, number %zu: %.9g, tape %.9g", (int)layout, builds[b]->name, k, (double)y[k],
                 (double)expected[k]);
    for (size_t n = 1; n <= 20; n += 19) { /* alone, and at the end of a group of lanes */
      memset(y, 0xff, sizeof y);
      assert_ok(ctx, lg_axon_infer(ctx, net, builds[b], n, strain + (N - n) * AXON_NET_TIMES, y));
      for (size_t m = 0; m < NETS; m++)
        assert_memory_equal(y + m * n * AXON_PREDICTED, expected + m * ALL + (N - n) * AXON_PREDICTED,
                            n * AXON_PREDICTED * sizeof *y);
    }
  }
  lg_axon_infer_destroy(ctx, net);
  lg_free(ctx, strain);
  lg_free(ctx, s.weights);
}

static void test_tape(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  for (int layout = 0; layout < AXON_LAYOUTS; layout++) compare_layout(ctx, (axon_layout)layout, 1.0f);
  lg_ctx_destroy(ctx);
}

/* Sums up to thousands: SiLU at both ends. */
static void test_large(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  compare_layout(ctx, AXON_LAYOUT_SIX, 9.0f);
  lg_ctx_destroy(ctx);
}

static void test_threads(void **state) {
  (void)state;
  enum { MANY = 500 };
  lg_ctx *one = lg_test_ctx(), *more = lg_test_ctx();
  assert_ok(more, lg_ctx_set_threads(more, 3));
  lg_axon_surrogate s = networks(one, AXON_LAYOUT_SIX, 1, 1.0f);
  double *strain = walks(one, MANY);
  axon_infer *net = NULL;
  float a[MANY * AXON_PREDICTED], b[MANY * AXON_PREDICTED];
  assert_ok(one, lg_axon_infer_create(one, &s, &net));
  assert_ok(one, lg_axon_infer(one, net, NULL, MANY, strain, a));
  assert_ok(more, lg_axon_infer(more, net, NULL, MANY, strain, b));
  assert_memory_equal(a, b, sizeof a);
  lg_axon_infer_destroy(one, net);
  s.n_weights--;
  assert_int_equal(lg_axon_infer_create(one, &s, &net), LG_ERR_ARGUMENT);
  assert_null(net);
  lg_free(one, strain);
  lg_free(one, s.weights);
  lg_ctx_destroy(one);
  lg_ctx_destroy(more);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tape),
      cmocka_unit_test(test_large),
      cmocka_unit_test(test_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
