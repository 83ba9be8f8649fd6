/*
 * Ten Adam steps in double against the losses of PyTorch (validation/make_learn_fixtures.py): nets A, B and D of the
 * benchmarks, E (second derivatives), G (GRU, layer norm), N (batch norm), U (images).
 */
#include "io/json_read.h"
#include "learn/train.h"

#include <math.h>

#include "learn/real_f64.h"

#include "bench/learn_nets.tmpl.h"

#include "tests/one_ctx.h"

/* murmur3's finaliser of (stream, index), in [-1, 1): the same numbers as in the script. */
static void hashed(uint64_t stream, size_t n, double scale, double *x) {
  for (size_t i = 0; i < n; i++) {
    uint32_t h = (uint32_t)((uint64_t)i * 2654435761u + stream * 40503u + 12345u);
    h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
    h = (h ^ (h >> 13)) * 0xC2B2AE35u;
    h ^= h >> 16;
    x[i] = ((double)h / 2147483648.0 - 1) * scale;
  }
}

/* Weights within ± scale; gains of norms around 1 and their biases around 0; running statistics as they are. */
static void start_values(const lg_param *p, size_t i, double *theta) {
  if (p->init == LG_INIT_UNIFORM) hashed(i + 1, p->count, p->scale, theta + p->offset);
  else if (!p->buffer) {
    hashed(i + 1, p->count, 0.2, theta + p->offset);
    for (size_t j = 0; j < p->count; j++) theta[p->offset + j] += p->scale;
  }
}

static void compare(const char *net, nets_f64 *n, const lg_f64_model *model, const lg_f64_batch *batch, size_t chunk) {
  lg_json_doc *doc = NULL;
  lg_f64_trainer *trainer = NULL;
  double *expected = NULL;
  size_t steps = 0;
  assert_ok(ctx, lg_json_load(ctx, LG_TEST_DATA "/learn/pytorch_losses.json", LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_json_get_numbers(ctx, &root, net, NULL, &expected, &steps));
  assert_true(steps >= 10);
  lg_train_options o = LG_TRAIN_OPTIONS;
  o.schedule = LG_SCHEDULE_CONSTANT, o.lr = 1e-3, o.decay = 0, o.clip_norm = 0, o.chunk = chunk;
  assert_ok(ctx, lg_f64_trainer_create(ctx, model, &o, &trainer));
  for (size_t i = 0; i < n->params.n; i++) start_values(&n->params.items[i], i, lg_f64_trainer_current(trainer));
  double worst = 0;
  for (size_t s = 0; s < 10; s++) {
    double loss = 0;
    assert_ok(ctx, lg_f64_trainer_step(ctx, trainer, batch, &loss));
    worst = fmax(worst, fabs(loss / expected[s] - 1));
  }
  if (steps > 10) { /* and the loss with the running statistics */
    lg_f64_runner *runner = NULL;
    double sum = 0;
    assert_ok(ctx, lg_f64_runner_create(ctx, model, chunk, &runner));
    assert_ok(ctx, lg_f64_runner_loss(ctx, runner, lg_f64_trainer_current(trainer), NULL, batch, &sum, NULL));
    worst = fmax(worst, fabs(sum / (double)batch->n / expected[10] - 1));
    lg_f64_runner_destroy(ctx, runner);
  }
  print_message("net %s: worst relative difference to PyTorch over ten Adam steps %.2g\n", net, worst);
  assert_true(worst < 1e-6);
  lg_f64_trainer_destroy(ctx, trainer);
  lg_params_clear(ctx, &n->params);
  lg_free(ctx, expected);
  lg_json_doc_destroy(ctx, doc);
}

static void test_net_a(void **state) {
  (void)state;
  enum { B = 16, T = 1000 };
  nets_f64 n = {0};
  static double x[B * T * 2], y[B * 9];
  hashed(1001, B * T * 2, 1, x), hashed(1002, B * 9, 1, y);
  assert_int_equal(create_a_f64(ctx, &n), LG_OK);
  const lg_f64_model model = {.params = &n.params, .user = &n, .loss = loss_a_f64};
  const lg_f64_batch batch = {.n = B, .field = {x, y}, .width = {T * 2, 9}, .steps = T};
  compare("A", &n, &model, &batch, 8);
}

static void test_net_b(void **state) {
  (void)state;
  enum { B = 24, T = 200 };
  nets_f64 n = {0};
  static double x[B * T];
  int32_t classes[B];
  hashed(1001, B * T, 1, x);
  for (int32_t i = 0; i < B; i++) classes[i] = i % 4;
  assert_int_equal(create_b_f64(ctx, &n), LG_OK);
  const lg_f64_model model = {.params = &n.params, .user = &n, .loss = loss_b_f64};
  const lg_f64_batch batch = {.n = B, .field = {x}, .width = {T}, .steps = T, .classes = classes};
  compare("B", &n, &model, &batch, 8);
}

static void test_net_d(void **state) {
  (void)state;
  enum { B = 80 };
  nets_f64 n = {0};
  double t[B], one[B], weight[B] = {B};
  for (int i = 0; i < B; i++) t[i] = i / (B - 1.0) * 2, one[i] = 1;
  assert_int_equal(create_d_f64(ctx, &n), LG_OK);
  const lg_f64_model model = {.params = &n.params, .user = &n, .loss = loss_d_f64};
  const lg_f64_batch batch = {.n = B, .field = {t, one, weight}, .width = {1, 1, 1}};
  compare("D", &n, &model, &batch, 80);
}

/* Heat equation u_t = 0.1 u_xx, and given values. Fields: (x, t), u. */
static lg_var loss_e(void *user, lg_f64_tape *t, const lg_f64_batch *b, size_t begin, size_t end) {
  const nets_f64 *n = user;
  static const size_t columns[2] = {0, 1};
  lg_var x = lg_f64_input_jet(t, end - begin, 2, lg_f64_batch_at(b, 0, begin), 2, columns, 2);
  for (size_t i = 0; i < 3; i++) x = lg_f64_dense(t, &n->dense[i], x, i < 2 ? LG_ACT_TANH : LG_ACT_NONE);
  const lg_var u_t = lg_f64_jet_part(t, x, 3), u_xx = lg_f64_jet_part(t, x, 2);
  return lg_f64_add(t, lg_f64_loss_mse(t, lg_f64_add(t, u_t, lg_f64_affine(t, u_xx, -0.1, 0)), NULL, NULL),
                    lg_f64_loss_mse(t, lg_f64_jet_part(t, x, 0), lg_f64_batch_at(b, 1, begin), NULL));
}

static void test_net_e(void **state) {
  (void)state;
  enum { B = 64 };
  nets_f64 n = {0};
  double x[2 * B], y[B];
  hashed(1001, 2 * B, 1, x), hashed(1002, B, 1, y);
  assert_ok(ctx, lg_dense_create(ctx, &n.params, "a", 2, 24, &n.dense[0]));
  assert_ok(ctx, lg_dense_create(ctx, &n.params, "b", 24, 24, &n.dense[1]));
  assert_ok(ctx, lg_dense_create(ctx, &n.params, "c", 24, 1, &n.dense[2]));
  const lg_f64_model model = {.params = &n.params, .user = &n, .loss = loss_e};
  const lg_f64_batch batch = {.n = B, .field = {x, y}, .width = {2, 1}};
  compare("E", &n, &model, &batch, 8);
}

typedef struct rooms {
  nets_f64 n;
  lg_gru gru;
  lg_norm norm;
  lg_conv2d conv[5];
} rooms;

static lg_var sequence(const rooms *r, lg_f64_tape *t, const lg_f64_batch *b, size_t begin, size_t end) {
  const size_t dim[3] = {end - begin, b->steps, b->width[0] / b->steps};
  (void)r;
  return lg_f64_input(t, 3, dim, lg_f64_batch_at(b, 0, begin), false);
}

static lg_var loss_g(void *user, lg_f64_tape *t, const lg_f64_batch *b, size_t begin, size_t end) {
  const rooms *r = user;
  const lg_var h = lg_f64_layer_norm(t, &r->norm, lg_f64_gru(t, &r->gru, sequence(r, t, b, begin, end)));
  return lg_f64_loss_mse(t, lg_f64_dense(t, &r->n.dense[0], lg_f64_pool_time(t, h, LG_POOL_MEAN), LG_ACT_NONE),
                         lg_f64_batch_at(b, 1, begin), NULL);
}

static void test_net_g(void **state) {
  (void)state;
  enum { B = 8, T = 50 };
  rooms r = {0};
  double x[B * T * 3], y[B * 2];
  hashed(1001, B * T * 3, 1, x), hashed(1002, B * 2, 1, y);
  assert_ok(ctx, lg_gru_create(ctx, &r.n.params, "gru", 3, 20, &r.gru));
  assert_ok(ctx, lg_layer_norm_create(ctx, &r.n.params, "norm", 20, &r.norm));
  assert_ok(ctx, lg_dense_create(ctx, &r.n.params, "dense", 20, 2, &r.n.dense[0]));
  const lg_f64_model model = {.params = &r.n.params, .user = &r, .loss = loss_g};
  const lg_f64_batch batch = {.n = B, .field = {x, y}, .width = {T * 3, 2}, .steps = T};
  compare("G", &r.n, &model, &batch, 3); /* unequal chunks */
}

static lg_var loss_n(void *user, lg_f64_tape *t, const lg_f64_batch *b, size_t begin, size_t end) {
  const rooms *r = user;
  const lg_var h = lg_f64_conv1d(t, &r->n.conv[0], sequence(r, t, b, begin, end), LG_ACT_NONE);
  const lg_var a = lg_f64_act(t, lg_f64_batch_norm(t, &r->norm, h), LG_ACT_TANH);
  return lg_f64_loss_mse(t, lg_f64_dense(t, &r->n.dense[0], lg_f64_pool_time(t, a, LG_POOL_MEAN), LG_ACT_NONE),
                         lg_f64_batch_at(b, 1, begin), NULL);
}

static void test_net_n(void **state) {
  (void)state;
  enum { B = 8, T = 60 };
  rooms r = {0};
  double x[B * T * 2], y[B * 3];
  const lg_conv1d shape = {.in = 2, .out = 12, .kernel = 5, .stride = 2};
  hashed(1001, B * T * 2, 1, x), hashed(1002, B * 3, 1, y);
  assert_ok(ctx, lg_conv1d_create(ctx, &r.n.params, "conv", &shape, &r.n.conv[0]));
  assert_ok(ctx, lg_batch_norm_create(ctx, &r.n.params, "norm", 12, &r.norm));
  assert_ok(ctx, lg_dense_create(ctx, &r.n.params, "dense", 12, 3, &r.n.dense[0]));
  const lg_f64_model model = {.params = &r.n.params, .user = &r, .loss = loss_n};
  const lg_f64_batch batch = {.n = B, .field = {x, y}, .width = {T * 2, 3}, .steps = T};
  compare("N", &r.n, &model, &batch, B); /* one chunk: PyTorch normalises over the batch */
}

enum { SIDE = 16 };

static lg_var loss_u(void *user, lg_f64_tape *t, const lg_f64_batch *b, size_t begin, size_t end) {
  const rooms *r = user;
  const size_t dim[4] = {end - begin, SIDE, SIDE, 1}, flat[2] = {end - begin, SIDE * SIDE},
               small[2] = {end - begin, SIDE * SIDE / 2};
  const lg_var x = lg_f64_input(t, 4, dim, lg_f64_batch_at(b, 0, begin), false);
  const lg_var down = lg_f64_conv2d(t, &r->conv[0], x, LG_ACT_RELU);
  const lg_var middle = lg_f64_conv2d(t, &r->conv[1], lg_f64_pool_image(t, down, 2), LG_ACT_RELU);
  const lg_var both[2] = {down, lg_f64_upsample_image(t, middle, 2)};
  const lg_var up = lg_f64_conv2d(t, &r->conv[2], lg_f64_concat(t, 2, both), LG_ACT_RELU);
  const lg_var y = lg_f64_reshape(t, lg_f64_conv2d(t, &r->conv[3], up, LG_ACT_NONE), 2, flat);
  const lg_var z = lg_f64_reshape(t, lg_f64_conv2d(t, &r->conv[4], up, LG_ACT_NONE), 2, small);
  return lg_f64_add(t, lg_f64_loss_mse(t, y, lg_f64_batch_at(b, 1, begin), NULL), lg_f64_loss_mse(t, z, NULL, NULL));
}

static void test_net_u(void **state) {
  (void)state;
  enum { B = 2 };
  static const lg_conv2d shapes[5] = {{.in = 1, .out = 6, .kernel = 3, .stride = 1, .pad = 1},
                                      {.in = 6, .out = 10, .kernel = 3, .stride = 1, .pad = 1},
                                      {.in = 16, .out = 6, .kernel = 3, .stride = 1, .pad = 1},
                                      {.in = 6, .out = 1, .kernel = 1, .stride = 1},
                                      {.in = 6, .out = 2, .kernel = 3, .stride = 2, .pad = 1}};
  static const char *const names[5] = {"down", "middle", "up", "head", "small"};
  rooms r = {0};
  double x[B * SIDE * SIDE], y[B * SIDE * SIDE];
  hashed(1001, B * SIDE * SIDE, 1, x), hashed(1002, B * SIDE * SIDE, 1, y);
  for (size_t i = 0; i < 5; i++) assert_ok(ctx, lg_conv2d_create(ctx, &r.n.params, names[i], &shapes[i], &r.conv[i]));
  const lg_f64_model model = {.params = &r.n.params, .user = &r, .loss = loss_u};
  const lg_f64_batch batch = {.n = B, .field = {x, y}, .width = {SIDE * SIDE, SIDE * SIDE}};
  compare("U", &r.n, &model, &batch, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_net_a), cmocka_unit_test(test_net_b),
                                     cmocka_unit_test(test_net_d), cmocka_unit_test(test_net_e),
                                     cmocka_unit_test(test_net_g), cmocka_unit_test(test_net_n),
                                     cmocka_unit_test(test_net_u)};
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
