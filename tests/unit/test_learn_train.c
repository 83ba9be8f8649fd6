/* The training loop: it learns, gives the same bits for any number of threads, and resumes to the same bits. */
#include "tests/test.h"

#include "base/base.h"
#include "learn/encoder.h"
#include "learn/mixture.h"
#include "learn/train.h"

#include <math.h>
#include <string.h>

enum { T = 60, C = 2, F = 3, P = 2, K = 2, BATCH = 21 };

typedef struct net {
  lg_params params;
  lg_encoder encoder;
  lg_dense mixture, class_head;
  float x[BATCH * T * C], f[BATCH * F], y[BATCH * P];
  int32_t classes[BATCH];
  size_t made, cancel_at; /* cancel when this many batches were made */
  volatile int cancel;
  const char *path;
} net;

/* A noisy sine of which amplitude and phase are asked; class: which of two channels carries it. */
static lg_status make_batch(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index, lg_f32_batch *batch) {
  net *n = user;
  (void)ctx;
  for (size_t b = 0; b < BATCH; b++) {
    lg_rng rng = lg_rng_make(7 + split, epoch * 1000 + index, b);
    const double amplitude = lg_rng_range(&rng, 0.5, 2), frequency = lg_rng_range(&rng, 1, 4);
    n->classes[b] = (int32_t)lg_rng_below(&rng, C);
    for (size_t t = 0; t < T; t++)
      for (size_t c = 0; c < C; c++)
        n->x[(b * T + t) * C + c] =
            (float)(((int32_t)c == n->classes[b] ? amplitude * sin(frequency * (double)t / 10) : 0) +
                    0.1 * lg_rng_normal(&rng));
    for (size_t j = 0; j < F; j++) n->f[b * F + j] = (float)lg_rng_normal(&rng);
    n->y[b * P] = (float)(amplitude - 1.25), n->y[b * P + 1] = (float)(frequency - 2.5);
  }
  if (++n->made == n->cancel_at) n->cancel = 1;
  *batch = (lg_f32_batch){
      .n = BATCH, .field = {n->x, n->f, n->y}, .width = {T * C, F, P}, .steps = T, .classes = n->classes};
  return LG_OK;
}

static lg_var hidden(const net *n, lg_f32_tape *t, const lg_f32_batch *b, size_t begin, size_t end) {
  const size_t x_dim[3] = {end - begin, b->steps, C}, f_dim[2] = {end - begin, F};
  return lg_f32_encoder(t, &n->encoder, lg_f32_input(t, 3, x_dim, lg_f32_batch_at(b, 0, begin), false),
                        lg_f32_input(t, 2, f_dim, lg_f32_batch_at(b, 1, begin), false));
}

static lg_var output(void *user, lg_f32_tape *t, const lg_f32_batch *b, size_t begin, size_t end) {
  const net *n = user;
  const lg_var h = hidden(n, t, b, begin, end);
  const lg_var heads[2] = {lg_f32_dense(t, &n->mixture, h, LG_ACT_NONE),
                           lg_f32_dense(t, &n->class_head, h, LG_ACT_NONE)};
  return lg_f32_concat(t, 2, heads);
}

static lg_var loss(void *user, lg_f32_tape *t, const lg_f32_batch *b, size_t begin, size_t end) {
  const lg_var out = output(user, t, b, begin, end);
  const size_t width = lg_mixture_width(K, P);
  const lg_var nll = lg_f32_loss_mixture(t, lg_f32_slice(t, out, 0, width), K, P, lg_f32_batch_at(b, 2, begin), NULL);
  return lg_f32_add(t, nll,
                    lg_f32_loss_cross_entropy(t, lg_f32_slice(t, out, width, width + C), b->classes + begin, NULL));
}

static lg_status save(void *user, lg_ctx *ctx, lg_f32_trainer *trainer) {
  const net *n = user;
  return n->path ? lg_f32_trainer_save(ctx, trainer, n->path, NULL, 0) : LG_OK;
}

static void make_net(lg_ctx *ctx, net *n) {
  lg_encoder_options o;
  memset(n, 0, sizeof *n);
  assert_ok(ctx,
            lg_encoder_parse(ctx, "channels=2 conv=8:5:2,12:3:2 lstm=9 pool=last,mean,max features=3 dense=16", &o));
  assert_int_equal(lg_encoder_min_steps(&o), 9);
  assert_ok(ctx, lg_encoder_create(ctx, &n->params, "encoder", &o, &n->encoder));
  assert_ok(ctx, lg_dense_create(ctx, &n->params, "mixture", n->encoder.width, lg_mixture_width(K, P), &n->mixture));
  assert_ok(ctx, lg_dense_create(ctx, &n->params, "class", n->encoder.width, C, &n->class_head));
}

static const lg_train_options OPTIONS = {.size = sizeof(lg_train_options),
                                         .epochs = 3,
                                         .batches_per_epoch = 6,
                                         .held_batches = 2,
                                         .chunk = 8,
                                         .lr = 1e-2,
                                         .warm_fraction = 0.3,
                                         .start_divisor = 25,
                                         .end_divisor = 1e4,
                                         .beta1 = 0.9,
                                         .beta2 = 0.999,
                                         .eps = 1e-8,
                                         .decay = 0.01,
                                         .clip_norm = 1,
                                         .seed = 5};

/* Train with so many threads, cancelling after `cancel_at` batches (0: never) and going on in a new trainer. */
static void train(unsigned threads, size_t cancel_at, const lg_train_options *options, float *theta, double *held) {
  lg_ctx *ctx = NULL;
  lg_f32_trainer *trainer = NULL;
  net *n = malloc(sizeof *n);
  char path[] = "/tmp/loligo-train-XXXXXX";
  assert_non_null(n);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_ctx_set_threads(ctx, threads));
  make_net(ctx, n);
  const lg_f32_model model = {&n->params, n, make_batch, loss, output};
  assert_ok(ctx, lg_f32_trainer_create(ctx, &model, options, &trainer));
  if (cancel_at) {
    const int fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0);
    n->path = path;
    n->cancel_at = cancel_at;
    lg_ctx_set_cancel_flag(ctx, &n->cancel);
    lg_f32_trainer_set_callbacks(trainer, save, NULL, n);
    assert_int_equal(lg_f32_trainer_run(ctx, trainer), LG_ERR_CANCELLED);
    lg_f32_trainer_destroy(ctx, trainer);
    n->cancel = 0;
    assert_ok(ctx, lg_f32_trainer_create(ctx, &model, options, &trainer));
    memset(lg_f32_trainer_current(trainer), 0, n->params.count * sizeof(float)); /* all must come from the file */
    assert_ok(ctx, lg_f32_trainer_load(ctx, trainer, path));
    (void)unlink(path);
  }
  assert_ok(ctx, lg_f32_trainer_run(ctx, trainer));
  memcpy(theta, lg_f32_trainer_current(trainer), n->params.count * sizeof(float));
  size_t epochs = 0;
  const lg_epoch *history = lg_f32_trainer_history(trainer, &epochs);
  assert_int_equal(epochs, options->epochs);
  for (size_t e = 0; e < epochs; e++) held[e] = history[e].held_loss;
  lg_f32_trainer_destroy(ctx, trainer);
  lg_params_clear(ctx, &n->params);
  lg_ctx_destroy(ctx);
  free(n);
}

enum { MAX_PARAMS = 8192 };

static void test_same_bits_for_any_threads(void **state) {
  (void)state;
  static float a[MAX_PARAMS], b[MAX_PARAMS];
  double held_a[3], held_b[3];
  train(1, 0, &OPTIONS, a, held_a);
  for (unsigned threads = 2; threads <= 3; threads++) {
    train(threads, 0, &OPTIONS, b, held_b);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_equal(held_a, held_b, sizeof held_a);
  }
}

static void test_resume_to_the_same_bits(void **state) {
  (void)state;
  static float a[MAX_PARAMS], b[MAX_PARAMS];
  double held_a[3], held_b[3];
  train(1, 0, &OPTIONS, a, held_a);
  static const size_t at[] = {1, 5, 6, 7, 8, 13}; /* inside and at the ends of epochs, while held data are looked at */
  for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
    train(1 + (unsigned)i % 2, at[i], &OPTIONS, b, held_b);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_equal(held_a, held_b, sizeof held_a);
  }
}

static void test_it_learns(void **state) {
  (void)state;
  static float theta[MAX_PARAMS];
  double held[8];
  lg_train_options o = OPTIONS;
  o.epochs = 8, o.batches_per_epoch = 40;
  train(2, 0, &o, theta, held);
  print_message("held loss %.3f after one epoch, %.3f after eight\n", held[0], held[7]);
  assert_true(held[7] < held[0] - 1);
}

static void test_load_refuses(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_f32_trainer *trainer = NULL, *other = NULL;
  net *n = malloc(sizeof *n);
  char path[] = "/tmp/loligo-train-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(n && fd >= 0 && close(fd) == 0);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  make_net(ctx, n);
  const lg_f32_model model = {&n->params, n, make_batch, loss, output};
  lg_train_options o = OPTIONS;
  assert_ok(ctx, lg_f32_trainer_create(ctx, &model, &o, &trainer));
  assert_int_equal(lg_f32_trainer_load(ctx, trainer, path), LG_ERR_FORMAT); /* empty file */
  assert_int_equal(lg_f32_trainer_load(ctx, trainer, "/nonexistent/x"), LG_ERR_IO);
  assert_ok(ctx, lg_f32_trainer_save(ctx, trainer, path, NULL, 0));
  o.lr = 2e-2;
  assert_ok(ctx, lg_f32_trainer_create(ctx, &model, &o, &other));
  assert_int_equal(lg_f32_trainer_load(ctx, other, path), LG_ERR_ARGUMENT);
  lg_f32_trainer_destroy(ctx, other);
  lg_dense more;
  assert_ok(ctx, lg_dense_create(ctx, &n->params, "more", 2, 2, &more));
  assert_ok(ctx, lg_f32_trainer_create(ctx, &model, &OPTIONS, &other));
  assert_int_equal(lg_f32_trainer_load(ctx, other, path), LG_ERR_FORMAT);
  o.size = 3;
  lg_f32_trainer *none = NULL;
  assert_int_equal(lg_f32_trainer_create(ctx, &model, &o, &none), LG_ERR_ARGUMENT);
  lg_f32_trainer_destroy(ctx, other);
  lg_f32_trainer_destroy(ctx, trainer);
  lg_f32_trainer_destroy(ctx, NULL);
  lg_params_clear(ctx, &n->params);
  lg_ctx_destroy(ctx);
  (void)unlink(path);
  free(n);
}

/* Weights survive a file, and predictions of a batch do not depend on threads or on how the batch is cut. */
static void test_weights_file_and_predict(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_f32_runner *runner = NULL;
  lg_safetensors *file = NULL;
  net *n = malloc(sizeof *n);
  char path[] = "/tmp/loligo-train-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(n && fd >= 0 && close(fd) == 0);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  make_net(ctx, n);
  const lg_f32_model model = {&n->params, n, make_batch, loss, output};
  static float theta[MAX_PARAMS], back[MAX_PARAMS];
  lg_f32_init(&n->params, 9, theta);
  lg_tensor_entry entries[64];
  assert_true(n->params.n <= 64 && n->params.count <= MAX_PARAMS);
  lg_f32_params_entries(&n->params, theta, entries);
  assert_ok(ctx, lg_safetensors_write(ctx, path, entries, n->params.n, NULL, 0));
  assert_ok(ctx, lg_safetensors_read(ctx, path, &file));
  assert_ok(ctx, lg_f32_params_load(ctx, &n->params, file, back));
  assert_memory_equal(theta, back, sizeof theta);
  lg_safetensors_destroy(ctx, file);
  const size_t width = lg_mixture_width(K, P) + C;
  float whole[BATCH * 32], part[32];
  assert_true(width <= 32);
  lg_f32_batch batch = {0};
  assert_ok(ctx, make_batch(n, ctx, LG_SPLIT_TRAIN, 0, 0, &batch));
  assert_ok(ctx, lg_f32_runner_create(ctx, &model, 8, &runner));
  assert_ok(ctx, lg_ctx_set_threads(ctx, 2));
  assert_ok(ctx, lg_f32_runner_predict(ctx, runner, theta, &batch, width, whole));
  for (size_t b = 0; b < BATCH; b++) {
    lg_f32_batch one = batch;
    one.n = 1;
    for (size_t f = 0; f < 3; f++) one.field[f] = lg_f32_batch_at(&batch, f, b);
    assert_ok(ctx, lg_f32_runner_predict(ctx, runner, theta, &one, width, part));
    assert_memory_equal(part, whole + b * width, width * sizeof(float));
  }
  assert_int_equal(lg_f32_runner_predict(ctx, runner, theta, &batch, width + 1, whole), LG_ERR_ARGUMENT);
  lg_f32_runner_destroy(ctx, runner);
  lg_params_clear(ctx, &n->params);
  lg_ctx_destroy(ctx);
  (void)unlink(path);
  free(n);
}

static void test_encoder_text(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  static const char text[] =
      "channels=5 conv=32:12:4,48:9:4:2,64:6:3 lstm=64 pool=last,mean,max features=40 dense=160,160 act=silu";
  lg_encoder_options o;
  char back[LG_ENCODER_TEXT];
  assert_ok(ctx, lg_encoder_parse(ctx, text, &o));
  assert_ok(ctx, lg_encoder_describe(ctx, &o, back));
  assert_string_equal(text, back);
  static const char *const bad[] = {"",
                                    "channels=0 pool=last",
                                    "channels=5",
                                    "channels=5 pool=first",
                                    "channels=5 pool=last x=3",
                                    "channels=99999999999999999999 pool=last",
                                    "channels=5 conv=3:0:1 pool=last",
                                    "channels=5 conv=3 pool=last",
                                    "channels=5 pool=last dense=1,1,1,1,1,1,1,1,1",
                                    "channels=5 conv"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_int_not_equal(lg_encoder_parse(ctx, bad[i], &o), LG_OK);
  lg_ctx_destroy(ctx);
}

/* ---- L-BFGS on a small fit in double: the residual goes to rounding level ---- */

typedef struct fit {
  lg_params params;
  lg_dense a, b;
  double x[32], y[32];
} fit;

static lg_var fit_loss(void *user, lg_f64_tape *t, const lg_f64_batch *batch, size_t begin, size_t end) {
  const fit *f = user;
  const size_t dim[2] = {end - begin, 1};
  const lg_var h =
      lg_f64_dense(t, &f->a, lg_f64_input(t, 2, dim, lg_f64_batch_at(batch, 0, begin), false), LG_ACT_TANH);
  return lg_f64_loss_mse(t, lg_f64_dense(t, &f->b, h, LG_ACT_NONE), lg_f64_batch_at(batch, 1, begin), NULL);
}

static void test_lbfgs(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_f64_runner *runner = NULL;
  fit f = {0};
  double theta[64], final = 1;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_dense_create(ctx, &f.params, "a", 1, 8, &f.a));
  assert_ok(ctx, lg_dense_create(ctx, &f.params, "b", 8, 1, &f.b));
  for (size_t i = 0; i < 32; i++) f.x[i] = (double)i / 16 - 1, f.y[i] = sin(3 * f.x[i]);
  const lg_f64_model model = {&f.params, &f, NULL, fit_loss, NULL};
  const lg_f64_batch batch = {.n = 32, .field = {f.x, f.y}, .width = {1, 1}};
  lg_f64_init(&f.params, 1, theta);
  assert_ok(ctx, lg_f64_runner_create(ctx, &model, 32, &runner));
  assert_ok(ctx, lg_f64_fit_lbfgs(ctx, runner, &batch, 500, 1e-9, theta, &final));
  print_message("L-BFGS: sum of squares %.3g\n", final);
  assert_true(final < 1e-6);
  lg_f64_runner_destroy(ctx, runner);
  lg_params_clear(ctx, &f.params);
  lg_ctx_destroy(ctx);
}

static void test_one_cycle(void **state) {
  (void)state;
  /* torch.optim.lr_scheduler.OneCycleLR(lr 0.1, total_steps 10, pct_start 0.3, cos): PyTorch 1.13 */
  static const double torch[10] = {0.004,
                                   0.052,
                                   0.1,
                                   0.09504846320134738,
                                   0.0811745653949763,
                                   0.06112620219362893,
                                   0.03887419780637107,
                                   0.0188258346050237,
                                   0.004951936798652629,
                                   4e-07};
  lg_train_options o = OPTIONS;
  o.lr = 0.1;
  for (size_t i = 0; i < 10; i++) assert_true(fabs(lg_learning_rate(&o, i, 10) - torch[i]) < 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_cycle),
      cmocka_unit_test(test_encoder_text),
      cmocka_unit_test(test_same_bits_for_any_threads),
      cmocka_unit_test(test_resume_to_the_same_bits),
      cmocka_unit_test(test_it_learns),
      cmocka_unit_test(test_load_refuses),
      cmocka_unit_test(test_weights_file_and_predict),
      cmocka_unit_test(test_lbfgs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
