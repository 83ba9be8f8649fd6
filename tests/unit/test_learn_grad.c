/* Gradients of every operation and layer against central differences in double, on edge shapes. */
#include "tests/unit/learn_grad.h"

static lg_var make_dense(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_dense(t, &c->dense, x, c->act); }

static void test_dense(void **state) {
  (void)state;
  static const size_t shapes[][3] = {{1, 1, 1}, {3, 5, 2}, {7, 17, 9}, {2, 3, 33}};
  for (size_t s = 0; s < 4; s++)
    for (int act = LG_ACT_NONE; act <= LG_ACT_SILU; act++) {
      grad_case c = {.rank = 2, .dim = {shapes[s][0], shapes[s][1]}, .make = make_dense, .act = (lg_act)act};
      assert_ok(ctx, lg_dense_create(ctx, &c.params, "d", shapes[s][1], shapes[s][2], &c.dense));
      check("dense", &c);
    }
}

static lg_var make_conv(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_conv1d(t, &c->conv1d, x, c->act); }

static void test_conv1d(void **state) {
  (void)state;
  static const size_t shapes[][7] = {/* B T in out kernel stride pad */
                                     {1, 1, 1, 1, 1, 1, 0},  {2, 13, 2, 3, 5, 2, 0}, {3, 12, 3, 4, 3, 3, 0},
                                     {2, 17, 1, 5, 4, 5, 0}, {2, 9, 2, 3, 3, 1, 1},  {1, 5, 4, 17, 5, 4, 2},
                                     {2, 7, 3, 2, 7, 3, 0}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    const size_t *k = shapes[s];
    grad_case c = {.rank = 3, .dim = {k[0], k[1], k[2]}, .make = make_conv, .act = s % 2 ? LG_ACT_TANH : LG_ACT_NONE};
    const lg_conv1d shape = {.in = k[2], .out = k[3], .kernel = k[4], .stride = k[5], .pad = k[6]};
    assert_ok(ctx, lg_conv1d_create(ctx, &c.params, "c", &shape, &c.conv1d));
    check("conv1d", &c);
  }
}

static lg_var make_lstm(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_lstm(t, &c->lstm, x); }
static lg_var make_gru(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_gru(t, &c->gru, x); }

static void test_recurrent(void **state) {
  (void)state;
  static const size_t shapes[][4] = {{1, 1, 1, 1}, {3, 5, 2, 3}, {2, 9, 4, 9}};
  for (size_t s = 0; s < 3; s++) {
    grad_case c = {.rank = 3, .dim = {shapes[s][0], shapes[s][1], shapes[s][2]}, .make = make_lstm};
    assert_ok(ctx, lg_lstm_create(ctx, &c.params, "l", shapes[s][2], shapes[s][3], &c.lstm));
    check("lstm", &c);
    c = (grad_case){.rank = 3, .dim = {shapes[s][0], shapes[s][1], shapes[s][2]}, .make = make_gru};
    assert_ok(ctx, lg_gru_create(ctx, &c.params, "g", shapes[s][2], shapes[s][3], &c.gru));
    check("gru", &c);
  }
}

static lg_var make_pool(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_pool_time(t, x, c->pool); }
static lg_var make_shapes(grad_case *c, lg_f64_tape *t, lg_var x) {
  (void)c;
  const size_t flat[2] = {2, 12};
  const lg_var parts[3] = {lg_f64_slice(t, x, 1, 3), x, lg_f64_affine(t, lg_f64_mul(t, x, x), -0.5, 2)};
  const lg_var joined = lg_f64_concat(t, 3, parts);
  return lg_f64_add(t, lg_f64_sum(t, lg_f64_mul(t, joined, joined)), weighted_sum(t, lg_f64_reshape(t, x, 2, flat)));
}

static void test_shapes_and_pools(void **state) {
  (void)state;
  for (int kind = LG_POOL_LAST; kind <= LG_POOL_MAX; kind++) {
    grad_case c = {.rank = 3, .dim = {3, 7, 5}, .make = make_pool, .pool = (lg_pool_kind)kind};
    check("pool_time", &c);
    c.dim[1] = 1;
    check("pool_time of one step", &c);
  }
  grad_case c = {.rank = 3, .dim = {2, 3, 4}, .make = make_shapes};
  check("concat, slice, mul, affine, reshape, sum", &c);
}

static lg_var make_mse(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_loss_mse(t, x, c->target, c->weight); }
static lg_var make_ce(grad_case *c, lg_f64_tape *t, lg_var x) {
  return lg_f64_loss_cross_entropy(t, x, c->classes, c->weight);
}
static lg_var make_nll(grad_case *c, lg_f64_tape *t, lg_var x) {
  return lg_f64_loss_beta_nll(t, x, c->target, 0, c->weight);
}
static lg_var make_mixture(grad_case *c, lg_f64_tape *t, lg_var x) {
  return lg_f64_affine(
      t, lg_f64_loss_mixture(t, x, c->order, c->directions ? c->directions : c->dim[2], c->target, c->weight), 0.7, 1);
}

static void test_losses(void **state) {
  (void)state;
  grad_case c = {.rank = 2, .dim = {5, 3}, .make = make_mse};
  check("mse", &c);
  c = (grad_case){.rank = 2, .dim = {5, 4}, .make = make_ce, .classes = {0, 3, 2, -1, 2}};
  check("cross entropy", &c);
  c = (grad_case){.rank = 2, .dim = {5, 6}, .make = make_nll};
  check("gaussian nll", &c);
  static const size_t kp[][2] = {{1, 1}, {1, 3}, {3, 1}, {4, 3}, {2, 9}};
  for (size_t i = 0; i < 5; i++) {
    c = (grad_case){
        .rank = 2, .dim = {3, lg_mixture_width(kp[i][0], kp[i][1]), kp[i][1]}, .make = make_mixture, .order = kp[i][0]};
    check("mixture", &c);
  }
}

/* beta: weights each term by variance^beta without gradient, so the gradient is the plain one times exp(beta raw). */
static void test_beta_weighting(void **state) {
  (void)state;
  double x[4] = {0.3, -0.2, 0.5, -1.1}, target[2] = {1, 0.4}, plain[4], weighted[4], grad = 0;
  const size_t dim[2] = {1, 4};
  lg_f64_tape *tape = NULL;
  assert_ok(ctx, lg_f64_tape_create(ctx, 0, &tape));
  for (int pass = 0; pass < 2; pass++) {
    lg_f64_tape_reset(tape);
    lg_f64_tape_bind(tape, NULL, NULL, &grad);
    const lg_var v = lg_f64_input(tape, 2, dim, x, true);
    lg_f64_backward(tape, lg_f64_loss_beta_nll(tape, v, target, pass ? 0.5 : 0, NULL));
    assert_ok(ctx, lg_f64_tape_check(ctx, tape));
    memcpy(pass ? weighted : plain, lg_f64_gradient(tape, v), sizeof plain);
  }
  for (size_t j = 0; j < 4; j++) assert_true(fabs(weighted[j] - plain[j] * exp(0.5 * x[2 + j % 2])) < 1e-14);
  lg_f64_tape_destroy(ctx, tape);
}

/* A network through which a jet travels; the loss uses value and derivatives, as a PINN does. */
static lg_var make_jet(grad_case *c, lg_f64_tape *t, lg_var x) {
  const lg_var h = lg_f64_dense(t, &c->dense, x, c->act);
  const lg_var m = lg_f64_affine(t, lg_f64_mul(t, h, lg_f64_act(t, h, LG_ACT_SIGMOID)), 0.5, 0.3);
  return lg_f64_dense(t, &c->dense2, m, LG_ACT_NONE);
}

static void test_jets_backward(void **state) {
  (void)state;
  for (size_t order = 1; order <= 2; order++)
    for (size_t directions = 1; directions <= 3; directions++)
      for (int act = LG_ACT_TANH; act <= LG_ACT_SILU; act++) {
        grad_case c = {
            .rank = 2, .dim = {4, 3}, .make = make_jet, .order = order, .directions = directions, .act = (lg_act)act};
        assert_ok(ctx, lg_dense_create(ctx, &c.params, "a", 3, 6, &c.dense));
        assert_ok(ctx, lg_dense_create(ctx, &c.params, "b", 6, 2, &c.dense2));
        char what[64];
        (void)snprintf(what, sizeof what, "jet order %zu directions %zu act %d", order, directions, act);
        check(what, &c);
      }
}

/* The jet itself is the derivative of the value. */
static void test_jets_forward(void **state) {
  (void)state;
  grad_case c = {.rank = 2, .dim = {1, 3}, .make = make_jet, .act = LG_ACT_TANH, .order = 2, .directions = 2};
  assert_ok(ctx, lg_dense_create(ctx, &c.params, "a", 3, 6, &c.dense));
  assert_ok(ctx, lg_dense_create(ctx, &c.params, "b", 6, 1, &c.dense2));
  lg_f64_init(&c.params, 3, c.theta);
  lg_f64_tape *tape = NULL;
  assert_ok(ctx, lg_f64_tape_create(ctx, 0, &tape));
  const double at[3] = {0.3, -0.7, 1.1}, h = 1e-4;
  double y[3][3]; /* direction × {-h, 0, h} */
  static const size_t columns[2] = {1, 0};
  for (size_t d = 0; d < 2; d++)
    for (int s = 0; s < 3; s++) {
      memcpy(c.x, at, sizeof at);
      c.x[columns[d]] += (s - 1) * h;
      lg_f64_tape_reset(tape);
      lg_f64_tape_bind(tape, c.theta, NULL, NULL);
      y[d][s] = lg_f64_value(tape, make_jet(&c, tape, lg_f64_input(tape, 2, c.dim, c.x, false)))[0];
    }
  lg_f64_tape_reset(tape);
  lg_f64_tape_bind(tape, c.theta, NULL, NULL);
  const double *jet = lg_f64_value(tape, make_jet(&c, tape, lg_f64_input_jet(tape, 1, 3, at, 2, columns, 2)));
  assert_ok(ctx, lg_f64_tape_check(ctx, tape));
  assert_true(fabs(jet[0] - y[0][1]) < 1e-15);
  for (size_t d = 0; d < 2; d++) {
    assert_true(fabs(jet[1 + 2 * d] - (y[d][2] - y[d][0]) / (2 * h)) < 1e-8);
    assert_true(fabs(jet[2 + 2 * d] - (y[d][2] - 2 * y[d][1] + y[d][0]) / (h * h)) < 1e-6);
  }
  lg_f64_tape_destroy(ctx, tape);
  lg_params_clear(ctx, &c.params);
}

static void test_errors_stick(void **state) {
  (void)state;
  lg_f64_tape *tape = NULL;
  lg_params params = {0};
  lg_dense dense;
  const size_t dim[2] = {2, 3}, zero[2] = {2, 0};
  const double x[6] = {0};
  assert_ok(ctx, lg_dense_create(ctx, &params, "d", 4, 2, &dense));
  assert_int_equal(lg_dense_create(ctx, &params, "d", 4, 2, &dense), LG_ERR_ARGUMENT);
  assert_int_equal(lg_dense_create(ctx, &params, "e", 0, 2, &dense), LG_ERR_LIMIT);
  assert_ok(ctx, lg_f64_tape_create(ctx, 0, &tape));
  const double theta[10] = {0};
  lg_f64_tape_bind(tape, theta, NULL, NULL);
  const lg_var v = lg_f64_input(tape, 2, dim, x, false);
  dense = (lg_dense){.in = 4, .out = 2, .bias = 8};
  const lg_var bad = lg_f64_dense(tape, &dense, v, LG_ACT_NONE);
  assert_int_equal(bad, LG_VAR_NONE);
  assert_int_equal(lg_f64_act(tape, bad, LG_ACT_TANH), LG_VAR_NONE);
  assert_int_equal(lg_f64_tape_check(ctx, tape), LG_ERR_ARGUMENT);
  assert_string_equal(lg_ctx_message(ctx), "dense wants 4 inputs, not 3");
  lg_f64_tape_reset(tape);
  assert_int_equal(lg_f64_input(tape, 2, zero, x, false), LG_VAR_NONE);
  assert_int_equal(lg_f64_tape_check(ctx, tape), LG_ERR_RANGE);
  lg_f64_tape_destroy(ctx, tape);
  lg_params_clear(ctx, &params);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_dense),         cmocka_unit_test(test_conv1d),
      cmocka_unit_test(test_recurrent),     cmocka_unit_test(test_shapes_and_pools),
      cmocka_unit_test(test_losses),        cmocka_unit_test(test_beta_weighting),
      cmocka_unit_test(test_jets_backward), cmocka_unit_test(test_jets_forward),
      cmocka_unit_test(test_errors_stick),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
