/* Gradients against central differences in double: the harness of test_learn_grad*.c. */
#ifndef LG_TEST_LEARN_GRAD_H
#define LG_TEST_LEARN_GRAD_H

#include "tests/one_ctx.h"

#include "base/base.h"
#include "learn/mixture.h"
#include "learn/tape.h"

#include <math.h>
#include <string.h>

enum { MAX_PARAMS = 4096, MAX_INPUT = 512 };

/* One case: shapes, a layer, and how to make a single number of the input. */
typedef struct grad_case {
  size_t rank, dim[4], n;
  double x[MAX_INPUT], target[MAX_INPUT], weight[16];
  int32_t classes[16];
  lg_params params;
  lg_dense dense, dense2;
  lg_conv1d conv1d;
  lg_conv2d conv2d;
  lg_lstm lstm;
  lg_gru gru;
  lg_norm norm;
  lg_act act;
  lg_pool_kind pool;
  size_t order, directions;
  bool training;
  const int32_t *index;
  size_t edges;
  lg_var (*make)(struct grad_case *c, lg_f64_tape *tape, lg_var x);
  double theta[MAX_PARAMS], theta_t[MAX_PARAMS], grad[MAX_PARAMS];
  lg_var input;
  bool with_gradient;
  double loss, input_gradient[MAX_INPUT];
} grad_case;

/* Σ of elements times fixed random factors, so that no gradient cancels. Handles jets block by block. */
static lg_var weighted_sum(lg_f64_tape *tape, lg_var x) {
  const lg_f64_node *node = lg_f64_node_of(tape, x);
  if (!node) return LG_VAR_NONE;
  const size_t blocks = 1 + node->directions * node->order;
  lg_var total = LG_VAR_NONE;
  for (size_t b = 0; b < blocks; b++) {
    const lg_var part = node->directions ? lg_f64_jet_part(tape, x, b) : x;
    node = lg_f64_node_of(tape, part);
    if (!node) return LG_VAR_NONE;
    double factors[4096];
    lg_rng rng = lg_rng_make(5, b, 0);
    assert_true(node->count <= 4096);
    for (size_t i = 0; i < node->count; i++) factors[i] = lg_rng_normal(&rng);
    const lg_var f = lg_f64_input(tape, node->rank, node->dim, factors, false);
    const lg_var s = lg_f64_sum(tape, lg_f64_mul(tape, part, f));
    total = b ? lg_f64_add(tape, total, s) : s;
    node = lg_f64_node_of(tape, x);
  }
  return total;
}

static void build(void *user, lg_f64_tape *tape) {
  grad_case *c = user;
  static const size_t columns[3] = {1, 0, 2};
  lg_f64_tape_bind(tape, c->theta, c->theta_t, c->with_gradient ? c->grad : NULL);
  tape->training = c->training;
  c->input = c->directions ? lg_f64_input_jet(tape, c->dim[0], c->dim[1], c->x, c->directions, columns, c->order)
                           : lg_f64_input(tape, c->rank, c->dim, c->x, true);
  lg_var y = c->make(c, tape, c->input);
  const lg_f64_node *node = lg_f64_node_of(tape, y);
  if (node && node->rank > 0) y = weighted_sum(tape, y);
  if (!lg_f64_value(tape, y)) return;
  c->loss = lg_f64_value(tape, y)[0];
  if (!c->with_gradient) return;
  memset(c->grad, 0, sizeof c->grad);
  lg_f64_backward(tape, y);
  if (lg_f64_gradient(tape, c->input))
    memcpy(c->input_gradient, lg_f64_gradient(tape, c->input), c->n * sizeof(double));
}

static double loss_at(lg_f64_tape *tape, grad_case *c) {
  assert_ok(ctx, lg_f64_tape_run(ctx, tape, build, c));
  return c->loss;
}

static double difference(lg_f64_tape *tape, grad_case *c, double *x) {
  const double h = 1e-5, old = *x;
  *x = old + h;
  const double up = loss_at(tape, c);
  *x = old - h;
  const double down = loss_at(tape, c);
  *x = old;
  return (up - down) / (2 * h);
}

static void check(const char *what, grad_case *c) {
  lg_f64_tape *tape = NULL;
  assert_ok(ctx, lg_f64_tape_create(ctx, 4096, &tape)); /* small: growing is tested as well */
  assert_true(c->params.count <= MAX_PARAMS);
  lg_f64_init(&c->params, 3, c->theta);
  for (size_t i = 0; i < c->params.n; i++) /* constants (norms, running statistics) would hide errors */
    for (size_t j = 0; c->params.items[i].init == LG_INIT_CONSTANT && j < c->params.items[i].count; j++)
      c->theta[c->params.items[i].offset + j] += 0.07 * (double)(j + 1);
  lg_f64_transpose(&c->params, c->theta, c->theta_t);
  lg_rng rng = lg_rng_make(11, 0, 0);
  c->n = 1;
  for (size_t r = 0; r < c->rank; r++) c->n *= c->dim[r];
  assert_true(c->n <= MAX_INPUT);
  for (size_t i = 0; i < MAX_INPUT; i++) c->x[i] = lg_rng_normal(&rng), c->target[i] = lg_rng_normal(&rng);
  for (size_t i = 0; i < 16; i++) c->weight[i] = lg_rng_range(&rng, 0.5, 2);
  c->with_gradient = true;
  (void)loss_at(tape, c);
  c->with_gradient = false;
  double worst = 0;
  for (size_t p = 0; p < c->params.n; p++)
    for (size_t j = 0; !c->params.items[p].buffer && j < c->params.items[p].count; j++) {
      const size_t i = c->params.items[p].offset + j;
      worst = fmax(worst, fabs(difference(tape, c, &c->theta[i]) - c->grad[i]) / fmax(1, fabs(c->grad[i])));
    }
  for (size_t i = 0; !c->directions && i < c->n; i++)
    worst =
        fmax(worst, fabs(difference(tape, c, &c->x[i]) - c->input_gradient[i]) / fmax(1, fabs(c->input_gradient[i])));
  if (!(worst < 2e-7)) fail_msg("%s: gradient off by %g", what, worst);
  lg_f64_tape_destroy(ctx, tape);
  lg_params_clear(ctx, &c->params);
}

#endif
