/* Frozen encoders: the tape's bits, the derivative, threads, refusals. */
#include "tests/one_ctx.h"

#include "base/base.h"
#include "learn/frozen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[] = {
    "channels=5 conv=32:12:4,48:9:4,64:6:3 lstm=64 pool=last,mean,max features=40 dense=160,160 act=relu",
    "channels=1 conv=3:5:2:2,5:3:1:1 lstm=7 pool=max act=tanh",
    "channels=3 lstm=9 pool=mean,max features=2 dense=11 act=silu",
    "channels=2 conv=6:4:3 pool=last,mean dense=5 act=softplus",
    "channels=4 pool=last,mean,max act=sigmoid",
};
enum { N_TEXTS = sizeof texts / sizeof *texts };

/* One network with weights, inputs and directions. */
typedef struct net {
  lg_params params;
  lg_encoder encoder;
  lg_dense head;
  double *theta, *x, *dx, f[40], df[40];
  float *theta32, *x32, f32[40];
  size_t steps;
} net;

static void make(net *n, const char *text, size_t steps) {
  lg_encoder_options o;
  memset(n, 0, sizeof *n);
  assert_ok(ctx, lg_encoder_parse(ctx, text, &o));
  assert_ok(ctx, lg_encoder_create(ctx, &n->params, "encoder", &o, &n->encoder));
  assert_ok(ctx, lg_dense_create(ctx, &n->params, "head", n->encoder.width, 21, &n->head));
  n->steps = steps;
  const size_t count = n->params.count, numbers = steps * o.channels;
  n->theta = lg_alloc(ctx, count, sizeof *n->theta), n->theta32 = lg_alloc(ctx, count, sizeof *n->theta32);
  n->x = lg_alloc(ctx, numbers, sizeof *n->x), n->dx = lg_alloc(ctx, numbers, sizeof *n->dx);
  n->x32 = lg_alloc(ctx, numbers, sizeof *n->x32);
  assert_true(n->theta && n->theta32 && n->x && n->dx && n->x32);
  lg_f32_init(&n->params, 4, n->theta32);
  for (size_t i = 0; i < count; i++) n->theta[i] = (double)n->theta32[i];
  lg_rng rng = lg_rng_make(9, 0, 0);
  for (size_t i = 0; i < numbers; i++)
    n->x[i] = lg_rng_normal(&rng), n->dx[i] = lg_rng_normal(&rng), n->x32[i] = (float)n->x[i];
  for (size_t i = 0; i < 40; i++)
    n->f[i] = lg_rng_normal(&rng), n->df[i] = lg_rng_normal(&rng), n->f32[i] = (float)n->f[i];
}

static void clear(net *n) {
  lg_free(ctx, n->theta), lg_free(ctx, n->theta32), lg_free(ctx, n->x), lg_free(ctx, n->dx), lg_free(ctx, n->x32);
  lg_params_clear(ctx, &n->params);
}

static void build_f32(void *user, lg_f32_tape *tape) {
  net *n = user;
  const size_t x_dim[3] = {1, n->steps, n->encoder.options.channels}, f_dim[2] = {1, n->encoder.options.features};
  lg_f32_tape_bind(tape, n->theta32, NULL, NULL);
  const lg_var x = lg_f32_input(tape, 3, x_dim, n->x32, false);
  const lg_var f = f_dim[1] ? lg_f32_input(tape, 2, f_dim, n->f32, false) : LG_VAR_NONE;
  (void)lg_f32_dense(tape, &n->head, lg_f32_encoder(tape, &n->encoder, x, f), LG_ACT_NONE);
}

static void test_bits_of_the_tape(void **state) {
  (void)state;
  for (size_t i = 0; i < N_TEXTS; i++)
    for (size_t longer = 0; longer < 3; longer += 2) { /* the scratch may be for longer sequences */
      net n;
      lg_f32_frozen *frozen = NULL, *bare = NULL;
      lg_f32_tape *tape = NULL;
      float y[21], alone[300];
      make(&n, texts[i], i ? 37 : 900);
      assert_ok(ctx, lg_f32_tape_create(ctx, 0, &tape));
      assert_ok(ctx, lg_f32_tape_run(ctx, tape, build_f32, &n));
      const lg_f32_node *out = &tape->nodes[tape->n_nodes - 1], *before = &tape->nodes[out->in[0]];
      assert_ok(ctx, lg_f32_frozen_create(ctx, &n.encoder, &n.head, n.theta32, n.steps + 100 * longer, &frozen));
      assert_ok(ctx, lg_f32_frozen_create(ctx, &n.encoder, NULL, n.theta32, n.steps, &bare));
      assert_int_equal(lg_f32_frozen_width(frozen), 21);
      assert_int_equal(lg_f32_frozen_width(bare), n.encoder.width);
      float *scratch = malloc(lg_f32_frozen_scratch(frozen) * sizeof *scratch); /* exact: ASan sees what goes beyond */
      assert_non_null(scratch);
      assert_int_equal(lg_f32_frozen_eval(frozen, scratch, n.steps, n.x32, n.f32, y), LG_OK);
      assert_memory_equal(y, out->v, sizeof y);
      free(scratch);
      scratch = malloc(lg_f32_frozen_scratch(bare) * sizeof *scratch);
      assert_int_equal(lg_f32_frozen_eval(bare, scratch, n.steps, n.x32, n.f32, alone), LG_OK);
      assert_memory_equal(alone, before->v, n.encoder.width * sizeof *alone);
      free(scratch);
      lg_f32_frozen_destroy(ctx, frozen);
      lg_f32_frozen_destroy(ctx, bare);
      lg_f32_tape_destroy(ctx, tape);
      clear(&n);
    }
}

static void test_derivative(void **state) {
  (void)state;
  for (size_t i = 0; i < N_TEXTS; i++) {
    net n;
    lg_f64_frozen *frozen = NULL;
    double y[3][21], slope[21], value[21], partial[21];
    const double h = 1e-6;
    make(&n, texts[i], i ? 29 : 300);
    assert_ok(ctx, lg_f64_frozen_create(ctx, &n.encoder, &n.head, n.theta, n.steps, &frozen));
    const size_t numbers = n.steps * n.encoder.options.channels;
    double *scratch = malloc(lg_f64_frozen_scratch(frozen) * sizeof *scratch);
    double *moved = malloc(numbers * sizeof *moved), f[40];
    assert_true(scratch && moved);
    for (int s = 0; s < 3; s++) {
      for (size_t k = 0; k < numbers; k++) moved[k] = n.x[k] + (s - 1) * h * n.dx[k];
      for (size_t k = 0; k < 40; k++) f[k] = n.f[k] + (s - 1) * h * n.df[k];
      assert_int_equal(lg_f64_frozen_eval(frozen, scratch, n.steps, moved, f, y[s]), LG_OK);
    }
    assert_int_equal(lg_f64_frozen_jvp(frozen, scratch, n.steps, n.x, n.f, n.dx, n.df, value, slope), LG_OK);
    assert_memory_equal(value, y[1], sizeof value);
    for (size_t j = 0; j < 21; j++) {
      const double exact = (y[2][j] - y[0][j]) / (2 * h);
      if (!(fabs(slope[j] - exact) < 1e-6 * (1 + fabs(exact))))
        fail_msg("%s: output %zu: %g, difference %g", texts[i], j, slope[j], exact);
    }
    /* features that stand still */
    const double still[40] = {0};
    assert_int_equal(lg_f64_frozen_jvp(frozen, scratch, n.steps, n.x, n.f, n.dx, NULL, value, slope), LG_OK);
    assert_int_equal(lg_f64_frozen_jvp(frozen, scratch, n.steps, n.x, n.f, n.dx, still, value, partial), LG_OK);
    assert_memory_equal(slope, partial, sizeof slope);
    free(scratch), free(moved);
    lg_f64_frozen_destroy(ctx, frozen);
    clear(&n);
  }
}

typedef struct crowd {
  const net *n;
  const lg_f32_frozen *frozen;
  float y[16][21];
} crowd;

static lg_status one_of_many(void *user, size_t begin, size_t end, unsigned worker) {
  crowd *c = user;
  (void)worker;
  for (size_t i = begin; i < end; i++) {
    float *scratch = malloc(lg_f32_frozen_scratch(c->frozen) * sizeof *scratch);
    const lg_status status =
        scratch ? lg_f32_frozen_eval(c->frozen, scratch, c->n->steps - 3 * i, c->n->x32, c->n->f32, c->y[i])
                : LG_ERR_MEMORY;
    free(scratch);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static void test_threads_share_it(void **state) {
  (void)state;
  net n;
  crowd one = {0}, three = {0};
  lg_f32_frozen *frozen = NULL;
  make(&n, texts[3], 60);
  assert_ok(ctx, lg_f32_frozen_create(ctx, &n.encoder, &n.head, n.theta32, n.steps, &frozen));
  one.n = three.n = &n, one.frozen = three.frozen = frozen;
  assert_ok(ctx, lg_ctx_set_threads(ctx, 1));
  assert_ok(ctx, lg_parallel_for(ctx, 16, 1, one_of_many, &one));
  assert_ok(ctx, lg_ctx_set_threads(ctx, 3));
  assert_ok(ctx, lg_parallel_for(ctx, 16, 1, one_of_many, &three));
  assert_memory_equal(one.y, three.y, sizeof one.y);
  assert_true(memcmp(one.y[0], one.y[1], sizeof one.y[0]) != 0);
  lg_f32_frozen_destroy(ctx, frozen);
  clear(&n);
}

static void test_refusals(void **state) {
  (void)state;
  net n;
  lg_f32_frozen *frozen = NULL;
  float y[21] = {5};
  make(&n, texts[0], 400);
  const size_t least = lg_encoder_min_steps(&n.encoder.options);
  lg_dense other = n.head;
  other.in++;
  assert_int_equal(lg_f32_frozen_create(ctx, &n.encoder, &n.head, n.theta32, least - 1, &frozen), LG_ERR_RANGE);
  assert_int_equal(lg_f32_frozen_create(ctx, &n.encoder, &other, n.theta32, 400, &frozen), LG_ERR_RANGE);
  assert_int_equal(lg_f32_frozen_create(ctx, &n.encoder, &n.head, n.theta32, SIZE_MAX / 8, &frozen), LG_ERR_LIMIT);
  assert_null(frozen);
  assert_ok(ctx, lg_f32_frozen_create(ctx, &n.encoder, &n.head, n.theta32, 400, &frozen));
  float *scratch = malloc(lg_f32_frozen_scratch(frozen) * sizeof *scratch);
  assert_int_equal(lg_f32_frozen_eval(frozen, scratch, 401, n.x32, n.f32, y), LG_ERR_RANGE);
  assert_int_equal(lg_f32_frozen_eval(frozen, scratch, least - 1, n.x32, n.f32, y), LG_ERR_RANGE);
  assert_true(y[0] == 5);
  assert_int_equal(lg_f32_frozen_eval(frozen, scratch, least, n.x32, n.f32, y), LG_OK);
  free(scratch);
  lg_f32_frozen_destroy(ctx, frozen);
  lg_f32_frozen_destroy(ctx, NULL);
  clear(&n);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bits_of_the_tape),
      cmocka_unit_test(test_derivative),
      cmocka_unit_test(test_threads_share_it),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
