/* The same bits of losses and gradients of whole networks for every table of kernels: plain C, AVX2, AVX-512. */
#include "base/base.h"
#include "learn/train.h"

#include <math.h>
#include <string.h>

#include "learn/real_f32.h"

#include "bench/learn_nets.tmpl.h"

#include "tests/one_ctx.h"

typedef struct work {
  nets_f32 net;
  lg_gru gru;
  lg_norm layer_norm, batch_norm;
  lg_conv2d conv2d[2];
  lg_dense dense;
  const lg_f32_kernels *kernels;
  lg_f32_batch batch;
  lg_var (*loss)(void *user, lg_f32_tape *tape, const lg_f32_batch *batch, size_t begin, size_t end);
  float *theta, *theta_t, *gradient, value;
} work;

static void build(void *user, lg_f32_tape *tape) {
  work *w = user;
  tape->kernels = w->kernels;
  tape->training = true;
  memset(w->gradient, 0, w->net.params.count * sizeof *w->gradient);
  lg_f32_tape_bind(tape, w->theta, w->theta_t, w->gradient);
  const lg_var loss = w->loss(w, tape, &w->batch, 0, w->batch.n);
  lg_f32_backward(tape, loss);
  if (lg_f32_value(tape, loss)) w->value = lg_f32_value(tape, loss)[0];
}

static float *normals(size_t n, uint64_t stream) {
  float *x = lg_alloc(ctx, n, sizeof *x);
  assert_non_null(x);
  lg_rng rng = lg_rng_make(3, stream, 0);
  for (size_t i = 0; i < n; i++) x[i] = (float)lg_rng_normal(&rng);
  return x;
}

static void compare(const char *name, work *w) {
  const size_t n = w->net.params.count;
  float *first = NULL, value = 0;
  lg_f32_tape *tape = NULL;
  w->theta = normals(n, 1), w->theta_t = normals(n, 1), w->gradient = normals(n, 1);
  lg_f32_init(&w->net.params, 5, w->theta);
  lg_f32_transpose(&w->net.params, w->theta, w->theta_t);
  assert_ok(ctx, lg_f32_tape_create(ctx, 0, &tape));
  for (unsigned table = 0; table < 3; table++) {
    w->kernels = lg_f32_kernels_get(table);
    if (!w->kernels) continue;
    assert_ok(ctx, lg_f32_tape_run(ctx, tape, build, w));
    if (!first) {
      first = normals(n, 2);
      memcpy(first, w->gradient, n * sizeof *first);
      value = w->value;
      double square = 0;
      for (size_t i = 0; i < n; i++) square += (double)first[i] * (double)first[i];
      assert_true(isfinite(value) && value != 0 && square > 0);
    }
    if (memcmp(&value, &w->value, sizeof value) != 0 || memcmp(first, w->gradient, n * sizeof *first) != 0)
      fail_msg("%s: kernels %s give other bits than the plain ones", name, w->kernels->name);
  }
  lg_f32_tape_destroy(ctx, tape);
  lg_free(ctx, w->theta), lg_free(ctx, w->theta_t), lg_free(ctx, w->gradient), lg_free(ctx, first);
  for (size_t f = 0; f < LG_BATCH_FIELDS; f++) lg_free(ctx, (void *)(uintptr_t)w->batch.field[f]);
  lg_params_clear(ctx, &w->net.params);
}

static void test_net_a(void **state) {
  (void)state;
  enum { B = 3, T = 143 };
  work w = {.loss = loss_a_f32};
  assert_ok(ctx, create_a_f32(ctx, &w.net));
  w.batch =
      (lg_f32_batch){.n = B, .field = {normals(B * T * 2, 3), normals(B * 9, 4)}, .width = {T * 2, 9}, .steps = T};
  compare("A", &w);
}

static void test_net_b(void **state) {
  (void)state;
  enum { B = 3, T = 77 };
  static const int32_t classes[B] = {0, 3, 2};
  work w = {.loss = loss_b_f32};
  assert_ok(ctx, create_b_f32(ctx, &w.net));
  w.batch = (lg_f32_batch){.n = B, .field = {normals(B * T, 3)}, .width = {T}, .steps = T, .classes = classes};
  compare("B", &w);
}

static void test_net_d(void **state) {
  (void)state;
  enum { B = 17 };
  work w = {.loss = loss_d_f32};
  assert_ok(ctx, create_d_f32(ctx, &w.net));
  w.batch = (lg_f32_batch){.n = B, .field = {normals(B, 3), normals(B, 4), normals(B, 5)}, .width = {1, 1, 1}};
  compare("D", &w);
}

/* Image → convolutions → rows as a sequence → batch norm → GRU → layer norm → dense. */
static lg_var loss_rooms(void *user, lg_f32_tape *t, const lg_f32_batch *b, size_t begin, size_t end) {
  const work *w = user;
  const size_t image[4] = {end - begin, 11, 9, 2}, sequence[3] = {end - begin, 6, 35};
  lg_var x = lg_f32_input(t, 4, image, lg_f32_batch_at(b, 0, begin), false);
  x = lg_f32_conv2d(t, &w->conv2d[0], x, LG_ACT_RELU);
  x = lg_f32_conv2d(t, &w->conv2d[1], x, LG_ACT_SILU);
  x = lg_f32_batch_norm(t, &w->batch_norm, lg_f32_reshape(t, x, 3, sequence));
  x = lg_f32_layer_norm(t, &w->layer_norm, lg_f32_gru(t, &w->gru, x));
  x = lg_f32_dense(t, &w->dense, lg_f32_pool_time(t, x, LG_POOL_MAX), LG_ACT_SOFTPLUS);
  return lg_f32_loss_mse(t, x, lg_f32_batch_at(b, 1, begin), NULL);
}

static void test_rooms(void **state) {
  (void)state;
  enum { B = 3 };
  static const lg_conv2d shapes[2] = {{.in = 2, .out = 19, .kernel = 3, .stride = 1, .pad = 1},
                                      {.in = 19, .out = 7, .kernel = 3, .stride = 2, .pad = 1}};
  work w = {.loss = loss_rooms};
  assert_ok(ctx, lg_conv2d_create(ctx, &w.net.params, "c0", &shapes[0], &w.conv2d[0]));
  assert_ok(ctx, lg_conv2d_create(ctx, &w.net.params, "c1", &shapes[1], &w.conv2d[1]));
  assert_ok(ctx, lg_batch_norm_create(ctx, &w.net.params, "bn", 35, &w.batch_norm));
  assert_ok(ctx, lg_gru_create(ctx, &w.net.params, "gru", 35, 13, &w.gru));
  assert_ok(ctx, lg_layer_norm_create(ctx, &w.net.params, "ln", 13, &w.layer_norm));
  assert_ok(ctx, lg_dense_create(ctx, &w.net.params, "d", 13, 4, &w.dense));
  w.batch = (lg_f32_batch){.n = B, .field = {normals(B * 198, 3), normals(B * 4, 4)}, .width = {198, 4}};
  compare("rooms", &w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_net_a),
      cmocka_unit_test(test_net_b),
      cmocka_unit_test(test_net_d),
      cmocka_unit_test(test_rooms),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
