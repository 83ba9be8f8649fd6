/* Ten Adam steps of nets A, B and D in double against the losses of PyTorch (validation/make_learn_fixtures.py). */
#include "tests/test.h"

#include "io/json_read.h"
#include "learn/train.h"

#include <math.h>

#include "learn/real_f64.h"

#include "bench/learn_nets.tmpl.h"

static lg_ctx *CTX; /* owns the tables of parameters */

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

static void compare(const char *net, nets_f64 *n, const lg_f64_model *model, const lg_f64_batch *batch, size_t chunk) {
  lg_ctx *ctx = NULL;
  lg_json_doc *doc = NULL;
  lg_f64_trainer *trainer = NULL;
  double *expected = NULL;
  size_t steps = 0;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_json_load(ctx, LG_TEST_DATA "/learn/pytorch_losses.json", LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_json_get_numbers(ctx, &root, net, NULL, &expected, &steps));
  assert_int_equal(steps, 10);
  lg_train_options o = LG_TRAIN_OPTIONS;
  o.schedule = LG_SCHEDULE_CONSTANT, o.lr = 1e-3, o.decay = 0, o.clip_norm = 0, o.chunk = chunk;
  assert_ok(ctx, lg_f64_trainer_create(ctx, model, &o, &trainer));
  for (size_t i = 0; i < n->params.n; i++)
    hashed(i + 1, n->params.items[i].count, n->params.items[i].scale,
           lg_f64_trainer_current(trainer) + n->params.items[i].offset);
  double worst = 0;
  for (size_t s = 0; s < steps; s++) {
    double loss = 0;
    assert_ok(ctx, lg_f64_trainer_step(ctx, trainer, batch, &loss));
    worst = fmax(worst, fabs(loss / expected[s] - 1));
  }
  print_message("net %s: worst relative difference to PyTorch over ten Adam steps %.2g\n", net, worst);
  assert_true(worst < 1e-6);
  lg_f64_trainer_destroy(ctx, trainer);
  lg_params_clear(CTX, &n->params);
  lg_free(ctx, expected);
  lg_json_doc_destroy(ctx, doc);
  lg_ctx_destroy(ctx);
}

static void test_net_a(void **state) {
  (void)state;
  enum { B = 16, T = 1000 };
  nets_f64 n = {0};
  static double x[B * T * 2], y[B * 9];
  hashed(1001, B * T * 2, 1, x), hashed(1002, B * 9, 1, y);
  assert_int_equal(create_a_f64(CTX, &n), LG_OK);
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
  assert_int_equal(create_b_f64(CTX, &n), LG_OK);
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
  assert_int_equal(create_d_f64(CTX, &n), LG_OK);
  const lg_f64_model model = {.params = &n.params, .user = &n, .loss = loss_d_f64};
  const lg_f64_batch batch = {.n = B, .field = {t, one, weight}, .width = {1, 1, 1}};
  compare("D", &n, &model, &batch, 80);
}

static int open_ctx(void **state) {
  (void)state;
  return lg_ctx_create(&CTX) != LG_OK;
}
static int close_ctx(void **state) {
  (void)state;
  lg_ctx_destroy(CTX);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_net_a), cmocka_unit_test(test_net_b),
                                     cmocka_unit_test(test_net_d)};
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
