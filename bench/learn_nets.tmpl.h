/*
 * Nets A, B and D of the learning engine's specification, in one precision; for the comparison with PyTorch in
 * tests/unit/test_learn_pytorch.c and bench/learn_bench.c. Include real_f32.h or real_f64.h first.
 *   A: Conv1d(2→32,k7,s2) (32→64,k5,s2) (64→64,k5,s2) ReLU, LSTM 64, last step, dense 64→64→9, squared error
 *   B: Conv1d(1→32,k7,s2) (32→64,k5,s2) (64→64,k5,s2) ReLU, mean over time, dense 64→4, cross entropy
 *   D: 1-32-32-32-32-1 tanh with du/dt = -u, u(0) = 1 in the loss
 */

typedef struct LG_M(nets) {
  lg_params params;
  lg_conv1d conv[3];
  lg_lstm lstm;
  lg_dense dense[5];
  REAL *x, *y, *weight;
  int32_t *classes;
} LG_M(nets);

static lg_status LG_M(create_convs)(lg_ctx *ctx, LG_M(nets) * net, size_t channels) {
  lg_status status = LG_OK;
  const lg_conv1d shapes[3] = {{.in = channels, .out = 32, .kernel = 7, .stride = 2},
                               {.in = 32, .out = 64, .kernel = 5, .stride = 2},
                               {.in = 64, .out = 64, .kernel = 5, .stride = 2}};
  static const char *const names[3] = {"conv.0", "conv.1", "conv.2"};
  for (size_t i = 0; i < 3; i++) LG_TRY(lg_conv1d_create(ctx, &net->params, names[i], &shapes[i], &net->conv[i]));
done:
  return status;
}

static lg_status LG_M(create_a)(lg_ctx *ctx, LG_M(nets) * net) {
  lg_status status = LG_OK;
  LG_TRY(LG_M(create_convs)(ctx, net, 2));
  LG_TRY(lg_lstm_create(ctx, &net->params, "lstm", 64, 64, &net->lstm));
  LG_TRY(lg_dense_create(ctx, &net->params, "dense.0", 64, 64, &net->dense[0]));
  LG_TRY(lg_dense_create(ctx, &net->params, "dense.1", 64, 9, &net->dense[1]));
done:
  return status;
}

static lg_status LG_M(create_b)(lg_ctx *ctx, LG_M(nets) * net) {
  lg_status status = LG_OK;
  LG_TRY(LG_M(create_convs)(ctx, net, 1));
  LG_TRY(lg_dense_create(ctx, &net->params, "dense.0", 64, 4, &net->dense[0]));
done:
  return status;
}

static lg_status LG_M(create_d)(lg_ctx *ctx, LG_M(nets) * net) {
  lg_status status = LG_OK;
  static const size_t sizes[6] = {1, 32, 32, 32, 32, 1};
  static const char *const names[5] = {"dense.0", "dense.1", "dense.2", "dense.3", "dense.4"};
  for (size_t i = 0; i < 5; i++)
    LG_TRY(lg_dense_create(ctx, &net->params, names[i], sizes[i], sizes[i + 1], &net->dense[i]));
done:
  return status;
}

static lg_var LG_M(convs)(const LG_M(nets) * net, LG_R(tape) * t, const LG_R(batch) * b, size_t begin, size_t end) {
  const size_t dim[3] = {end - begin, b->steps, net->conv[0].in};
  lg_var x = LG_R(input)(t, 3, dim, LG_R(batch_at)(b, 0, begin), false);
  for (size_t i = 0; i < 3; i++) x = LG_R(conv1d)(t, &net->conv[i], x, LG_ACT_RELU);
  return x;
}

static lg_var LG_M(loss_a)(void *user, LG_R(tape) * t, const LG_R(batch) * b, size_t begin, size_t end) {
  const LG_M(nets) *net = user;
  lg_var x = LG_R(lstm)(t, &net->lstm, LG_M(convs)(net, t, b, begin, end));
  x = LG_R(dense)(t, &net->dense[0], LG_R(pool_time)(t, x, LG_POOL_LAST), LG_ACT_RELU);
  return LG_R(loss_mse)(t, LG_R(dense)(t, &net->dense[1], x, LG_ACT_NONE), LG_R(batch_at)(b, 1, begin), NULL);
}

static lg_var LG_M(loss_b)(void *user, LG_R(tape) * t, const LG_R(batch) * b, size_t begin, size_t end) {
  const LG_M(nets) *net = user;
  const lg_var x = LG_R(pool_time)(t, LG_M(convs)(net, t, b, begin, end), LG_POOL_MEAN);
  return LG_R(loss_cross_entropy)(t, LG_R(dense)(t, &net->dense[0], x, LG_ACT_NONE), b->classes + begin, NULL);
}

/* Fields: t, 1 (the value at 0), weight (n for the first sample, else 0: the loss is divided by n). */
static lg_var LG_M(loss_d)(void *user, LG_R(tape) * t, const LG_R(batch) * b, size_t begin, size_t end) {
  const LG_M(nets) *net = user;
  const size_t column = 0;
  lg_var x = LG_R(input_jet)(t, end - begin, 1, LG_R(batch_at)(b, 0, begin), 1, &column, 1);
  for (size_t i = 0; i < 5; i++) x = LG_R(dense)(t, &net->dense[i], x, i < 4 ? LG_ACT_TANH : LG_ACT_NONE);
  const lg_var u = LG_R(jet_part)(t, x, 0), du = LG_R(jet_part)(t, x, 1);
  return LG_R(add)(t, LG_R(loss_mse)(t, LG_R(add)(t, u, du), NULL, NULL),
                   LG_R(loss_mse)(t, u, LG_R(batch_at)(b, 1, begin), LG_R(batch_at)(b, 2, begin)));
}
