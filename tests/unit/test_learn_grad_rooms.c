/* Gradients of what rooms use beside the basic layers: norms, images, graphs, operations of their own. */
#include "tests/unit/learn_grad.h"

/* ---- norms ---- */

static lg_var make_layer_norm(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_layer_norm(t, &c->norm, x); }
static lg_var make_batch_norm(grad_case *c, lg_f64_tape *t, lg_var x) {
  return lg_f64_batch_norm(t, &c->norm, lg_f64_dense(t, &c->dense, x, LG_ACT_TANH));
}

static void test_norms(void **state) {
  (void)state;
  static const size_t shapes[][5] = {
      /* rank, dims */ {2, 1, 1}, {2, 5, 3}, {3, 2, 7, 4}, {3, 1, 1, 9}, {4, 2, 3, 2, 3}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    const size_t *k = shapes[s], c = k[k[0]];
    grad_case g = {.rank = k[0], .dim = {k[1], k[2], k[3], k[4]}, .make = make_layer_norm};
    assert_ok(ctx, lg_layer_norm_create(ctx, &g.params, "n", c, &g.norm));
    check("layer norm", &g);
    for (int training = 0; training < 2; training++) {
      g = (grad_case){.rank = k[0], .dim = {k[1], k[2], k[3], k[4]}, .make = make_batch_norm, .training = training};
      assert_ok(ctx, lg_dense_create(ctx, &g.params, "d", c, 3, &g.dense));
      assert_ok(ctx, lg_batch_norm_create(ctx, &g.params, "n", 3, &g.norm));
      check(training ? "batch norm" : "batch norm with running statistics", &g);
    }
  }
}

/* What a chunk hands to the running statistics: its mean, and its variance without bias. */
static void test_running_statistics(void **state) {
  (void)state;
  lg_params params = {0};
  lg_norm norm;
  lg_f64_tape *tape = NULL;
  const double x[6] = {1, 10, 2, 20, 6, 60};
  const size_t dim[3] = {1, 3, 2};
  double theta[8], grad[8] = {0};
  assert_ok(ctx, lg_batch_norm_create(ctx, &params, "n", 2, &norm));
  assert_int_equal(params.count, 8);
  lg_f64_init(&params, 1, theta);
  assert_ok(ctx, lg_f64_tape_create(ctx, 0, &tape));
  lg_f64_tape_bind(tape, theta, theta, grad);
  tape->training = true;
  lg_f64_backward(tape, lg_f64_sum(tape, lg_f64_batch_norm(tape, &norm, lg_f64_input(tape, 3, dim, x, false))));
  assert_ok(ctx, lg_f64_tape_check(ctx, tape));
  assert_true(fabs(grad[norm.mean] - 3) < 1e-14 && fabs(grad[norm.mean + 1] - 30) < 1e-13);
  assert_true(fabs(grad[norm.variance] - 7) < 1e-13 && fabs(grad[norm.variance + 1] - 700) < 1e-11);
  lg_f64_tape_destroy(ctx, tape);
  lg_params_clear(ctx, &params);
}

/* ---- images ---- */

static lg_var make_conv2d(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_conv2d(t, &c->conv2d, x, c->act); }

static void test_conv2d(void **state) {
  (void)state;
  static const size_t shapes[][8] = {/* B H W in out kernel stride pad */
                                     {1, 1, 1, 1, 1, 1, 1, 0}, {2, 5, 4, 2, 3, 3, 1, 0},  {1, 4, 7, 3, 2, 3, 1, 1},
                                     {2, 5, 6, 2, 3, 3, 2, 1}, {1, 7, 5, 1, 17, 2, 3, 0}, {1, 3, 9, 2, 2, 3, 2, 0},
                                     {2, 3, 3, 1, 2, 5, 1, 2}, {1, 6, 6, 2, 2, 2, 2, 0}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    const size_t *k = shapes[s];
    grad_case c = {
        .rank = 4, .dim = {k[0], k[1], k[2], k[3]}, .make = make_conv2d, .act = s % 2 ? LG_ACT_SILU : LG_ACT_SIGMOID};
    const lg_conv2d shape = {.in = k[3], .out = k[4], .kernel = k[5], .stride = k[6], .pad = k[7]};
    assert_ok(ctx, lg_conv2d_create(ctx, &c.params, "c", &shape, &c.conv2d));
    check("conv2d", &c);
  }
}

/* The convolution itself against its definition, with bias and zeros outside. */
static void test_conv2d_value(void **state) {
  (void)state;
  enum { B = 2, H = 5, W = 6, IN = 3, OUT = 4, K = 3 };
  for (size_t stride = 1; stride <= 2; stride++) {
    lg_params params = {0};
    lg_conv2d layer;
    const lg_conv2d shape = {.in = IN, .out = OUT, .kernel = K, .stride = stride, .pad = 1};
    const size_t dim[4] = {B, H, W, IN};
    double x[B * H * W * IN], theta[K * K * IN * OUT + OUT];
    lg_f64_tape *tape = NULL;
    assert_ok(ctx, lg_conv2d_create(ctx, &params, "c", &shape, &layer));
    lg_f64_init(&params, 3, theta);
    lg_rng rng = lg_rng_make(2, 0, 0);
    for (size_t i = 0; i < B * H * W * IN; i++) x[i] = lg_rng_normal(&rng);
    assert_ok(ctx, lg_f64_tape_create(ctx, 0, &tape));
    lg_f64_tape_bind(tape, theta, NULL, NULL);
    const lg_var y = lg_f64_conv2d(tape, &layer, lg_f64_input(tape, 4, dim, x, false), LG_ACT_NONE);
    assert_ok(ctx, lg_f64_tape_check(ctx, tape));
    const lg_f64_node *node = lg_f64_node_of(tape, y);
    assert_int_equal(node->dim[1], (H - 1) / stride + 1);
    assert_int_equal(node->dim[2], (W - 1) / stride + 1);
    for (size_t i = 0; i < node->count; i++) {
      const size_t o = i % OUT, c = i / OUT % node->dim[2], r = i / OUT / node->dim[2] % node->dim[1];
      double sum = theta[layer.bias + o];
      for (size_t ky = 0; ky < K; ky++)
        for (size_t kx = 0; kx < K; kx++)
          for (size_t j = 0; j < IN; j++) {
            const size_t py = r * stride + ky, px = c * stride + kx; /* one pixel of zeros around */
            if (py < 1 || px < 1 || py > H || px > W) continue;
            sum += x[((i / OUT / node->dim[2] / node->dim[1] * H + py - 1) * W + px - 1) * IN + j] *
                   theta[layer.weight + ((ky * K + kx) * IN + j) * OUT + o];
          }
      assert_true(fabs(sum - node->v[i]) < 1e-13);
    }
    lg_f64_tape_destroy(ctx, tape);
    lg_params_clear(ctx, &params);
  }
}

static lg_var make_pool_image(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_pool_image(t, x, c->order); }
static lg_var make_upsample(grad_case *c, lg_f64_tape *t, lg_var x) { return lg_f64_upsample_image(t, x, c->order); }

static void test_image_sizes(void **state) {
  (void)state;
  for (size_t s = 1; s <= 3; s++) {
    grad_case c = {.rank = 4, .dim = {2, 5, 7, 3}, .make = make_pool_image, .order = s};
    check("pool_image", &c);
    c = (grad_case){.rank = 4, .dim = {2, 2, 3, 2}, .make = make_upsample, .order = s};
    check("upsample_image", &c);
  }
}

/* ---- graphs ---- */

/* One round of messages: edge e carries tanh(dense([x_from, x_to])) to its target. */
static lg_var make_messages(grad_case *c, lg_f64_tape *t, lg_var x) {
  const size_t n = lg_f64_node_of(t, x) ? lg_f64_node_of(t, x)->dim[lg_f64_node_of(t, x)->rank - 2] : 0;
  const lg_var ends[2] = {lg_f64_gather(t, x, c->edges, c->index), lg_f64_gather(t, x, c->edges, c->index + c->edges)};
  const lg_var message = lg_f64_dense(t, &c->dense, lg_f64_concat(t, 2, ends), LG_ACT_TANH);
  return lg_f64_scatter_sum(t, message, c->edges, c->index + c->edges, n);
}

static void test_graphs(void **state) {
  (void)state;
  static const int32_t ring[] = {0, 1, 2, 3, 3, /* from */ 1, 2, 3, 0, 0 /* to; twice into 0 */}, loop[] = {0, 0};
  static const struct {
    size_t rank, dim[4], edges;
    const int32_t *index;
  } cases[] = {{2, {4, 3}, 5, ring}, {3, {2, 5, 2}, 5, ring}, {2, {1, 1}, 1, loop}};
  for (size_t s = 0; s < sizeof cases / sizeof *cases; s++) {
    const size_t width = cases[s].dim[cases[s].rank - 1];
    grad_case c = {.rank = cases[s].rank, .make = make_messages, .index = cases[s].index, .edges = cases[s].edges};
    memcpy(c.dim, cases[s].dim, sizeof c.dim);
    assert_ok(ctx, lg_dense_create(ctx, &c.params, "d", 2 * width, 3, &c.dense));
    check("messages", &c);
  }
  grad_case jet = {
      .rank = 2, .dim = {4, 3}, .make = make_messages, .index = ring, .edges = 5, .directions = 2, .order = 2};
  assert_ok(ctx, lg_dense_create(ctx, &jet.params, "d", 6, 2, &jet.dense));
  check("messages of a jet", &jet);
}

static void test_graph_values_and_refusals(void **state) {
  (void)state;
  const double x[6] = {1, 2, 3, 4, 5, 6};
  const size_t dim[2] = {3, 2}, line[1] = {6};
  const int32_t index[3] = {2, 0, 2}, far[1] = {3}, negative[1] = {-1};
  lg_f64_tape *tape = NULL;
  assert_ok(ctx, lg_f64_tape_create(ctx, 0, &tape));
  const lg_var v = lg_f64_input(tape, 2, dim, x, false);
  const double *g = lg_f64_value(tape, lg_f64_gather(tape, v, 3, index));
  const double *s = lg_f64_value(tape, lg_f64_scatter_sum(tape, v, 3, index, 4));
  assert_ok(ctx, lg_f64_tape_check(ctx, tape));
  static const double gathered[6] = {5, 6, 1, 2, 5, 6}, summed[8] = {3, 4, 0, 0, 6, 8, 0, 0};
  assert_memory_equal(g, gathered, sizeof gathered);
  assert_memory_equal(s, summed, sizeof summed);
  assert_int_equal(lg_f64_gather(tape, v, 1, far), LG_VAR_NONE);
  assert_int_equal(lg_f64_tape_check(ctx, tape), LG_ERR_RANGE);
  assert_string_equal(lg_ctx_message(ctx), "gather: edge 0 names node 3 of 3");
  lg_f64_tape_reset(tape);
  assert_int_equal(lg_f64_gather(tape, lg_f64_input(tape, 2, dim, x, false), 1, negative), LG_VAR_NONE);
  lg_f64_tape_reset(tape);
  assert_int_equal(lg_f64_scatter_sum(tape, lg_f64_input(tape, 2, dim, x, false), 2, index, 4), LG_VAR_NONE);
  assert_int_equal(lg_f64_tape_check(ctx, tape), LG_ERR_ARGUMENT);
  lg_f64_tape_reset(tape);
  assert_int_equal(lg_f64_gather(tape, lg_f64_input(tape, 1, line, x, false), 1, index), LG_VAR_NONE);
  lg_f64_tape_reset(tape);
  assert_int_equal(lg_f64_gather(tape, lg_f64_input(tape, 2, dim, x, false), 0, index), LG_VAR_NONE);
  assert_int_equal(lg_f64_tape_check(ctx, tape), LG_ERR_RANGE);
  lg_f64_tape_destroy(ctx, tape);
}

/* ---- an operation of a room: Michaelis–Menten uptake x / (k + x) of the squared input, k an attribute ---- */

static void uptake_forward(lg_f64_tape *tape, lg_f64_node *node) {
  const lg_f64_node *x = &tape->nodes[node->in[0]];
  double *kept = lg_f64_tape_alloc(tape, node->count, sizeof *kept); /* 1 / (k + x²), for backward */
  if (!kept) return;
  node->work[0] = kept;
  for (size_t i = 0; i < node->count; i++) {
    kept[i] = 1 / (node->s[0] + x->v[i] * x->v[i]);
    node->v[i] = x->v[i] * x->v[i] * kept[i];
  }
}
static void uptake_backward(lg_f64_tape *tape, lg_f64_node *node) {
  lg_f64_node *x = &tape->nodes[node->in[0]];
  const double *kept = node->work[0];
  for (size_t i = 0; x->needs && i < node->count; i++)
    x->g[i] += node->g[i] * 2 * x->v[i] * node->s[0] * kept[i] * kept[i];
}
static const lg_f64_op op_uptake = {"uptake", uptake_forward, uptake_backward, false};

static void set_k(lg_f64_node *node, void *user) { node->s[0] = *(const double *)user; }

static lg_var make_uptake(grad_case *c, lg_f64_tape *t, lg_var x) {
  double k = 0.7;
  const lg_var h = lg_f64_dense(t, &c->dense, x, LG_ACT_NONE);
  const lg_f64_node *node = lg_f64_node_of(t, h);
  return node ? lg_f64_custom(t, &op_uptake, 1, &h, node->rank, node->dim, set_k, &k) : LG_VAR_NONE;
}

static void test_custom(void **state) {
  (void)state;
  grad_case c = {.rank = 3, .dim = {2, 3, 4}, .make = make_uptake};
  assert_ok(ctx, lg_dense_create(ctx, &c.params, "d", 4, 5, &c.dense));
  check("custom", &c);
  lg_f64_tape *tape = NULL;
  const size_t dim[2] = {1, 1};
  const double x = 1;
  lg_var in[LG_TAPE_INPUTS + 1] = {0};
  assert_ok(ctx, lg_f64_tape_create(ctx, 0, &tape));
  in[0] = lg_f64_input(tape, 2, dim, &x, false);
  assert_int_equal(lg_f64_custom(tape, &op_uptake, LG_TAPE_INPUTS + 1, in, 2, dim, NULL, NULL), LG_VAR_NONE);
  assert_int_equal(lg_f64_tape_check(ctx, tape), LG_ERR_RANGE);
  lg_f64_tape_reset(tape);
  assert_int_equal(lg_f64_custom(tape, &op_uptake, 2, in, 2, dim, NULL, NULL), LG_VAR_NONE); /* variables are gone */
  assert_int_equal(lg_f64_tape_check(ctx, tape), LG_ERR_ARGUMENT);
  lg_f64_tape_destroy(ctx, tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_norms),       cmocka_unit_test(test_running_statistics),
      cmocka_unit_test(test_conv2d),      cmocka_unit_test(test_conv2d_value),
      cmocka_unit_test(test_image_sizes), cmocka_unit_test(test_graphs),
      cmocka_unit_test(test_custom),      cmocka_unit_test(test_graph_values_and_refusals),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
