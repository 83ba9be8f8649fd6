/* Learning of gates: gradients against differences, features as inference has them, a training that learns and resumes.
 */
#define _XOPEN_SOURCE 700
#include "base/elementary.h"
#include "calcium/gate_blocks.h"
#include "tests/one_ctx.h"
#include "twin/clamp_file.h"
#include "twin/gate_train.h"

#include <math.h>
#include <string.h>

static calcium_constants constants;

static gate_data *recordings(clamp_kind kind, unsigned families, size_t n) {
  const clamp_set set = {{kind, &constants, 100.0}, families, 0, n, 7, 1e-8};
  gate_data *d = NULL;
  assert_ok(ctx, lg_clamp_data(ctx, &set, &d));
  return d;
}

/* ---- gradients ---- */

static double loss_of(const gate_problem *p, lg_f64_tape *tape, const gate_block *b, const double *theta,
                      const double *theta_t, double *grad) {
  for (;;) {
    lg_f64_tape_reset(tape);
    lg_f64_tape_bind(tape, theta, theta_t, grad);
    const lg_var v = lg_gate_block_loss(p, tape, b);
    if (tape->status == LG_OK && grad) {
      memset(grad, 0, p->params.count * sizeof *grad);
      lg_f64_backward(tape, v);
    }
    if (tape->status == LG_OK) return lg_f64_value(tape, v)[0];
    assert_true(tape->exhausted);
    assert_ok(ctx, lg_f64_tape_grow(ctx, tape));
  }
}

/* Worst |difference - gradient| over the largest gradient, for some parameters of some blocks. */
static double worst_gradient(const lg_gate_plan *plan, const gate_data *d, bool intervals, bool rollouts) {
  gate_problem *p = NULL;
  lg_f64_tape *tape = NULL;
  const gate_weights w = {1.0, 1e-2, intervals, rollouts, 3};
  double worst = 0.0;
  assert_ok(ctx, lg_gate_problem_create(ctx, plan, d, &w, &p));
  assert_ok(ctx, lg_f64_tape_create(ctx, 0, &tape));
  const size_t n = p->params.count;
  double *theta = calloc(4 * n, sizeof *theta), *theta_t = theta + n, *grad = theta + 2 * n;
  lg_f64_init(&p->params, 5, theta);
  const lg_dense *last = &p->layers[plan->n_layers - 1];
  for (size_t g = 0; g < last->out; g++) theta[last->bias + g] += plan->form == LG_GATE_RAW ? 0.3 : 1.0;
  for (size_t k = 0; k<p->n_blocks; k += p->n_blocks> 6 ? p->n_blocks / 6 : 1) {
    double most = 0.0, off = 0.0;
    lg_f64_transpose(&p->params, theta, theta_t);
    (void)loss_of(p, tape, &p->blocks[k], theta, theta_t, grad);
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(grad[i]));
    for (size_t i = 0; i < n; i += 7) {
      const double keep = theta[i], h = 1e-4;
      double f[4];
      for (int q = 0; q < 4; q++) {
        theta[i] = keep + (double[]){-2, -1, 1, 2}[q] * h;
        lg_f64_transpose(&p->params, theta, theta_t);
        f[q] = loss_of(p, tape, &p->blocks[k], theta, theta_t, NULL);
      }
      theta[i] = keep;
      off = fmax(off, fabs((f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h) - grad[i]));
    }
    worst = fmax(worst, off / most);
  }
  free(theta);
  lg_f64_tape_destroy(ctx, tape);
  lg_gate_problem_destroy(ctx, p);
  return worst;
}

static void test_gradients(void **state) {
  (void)state;
  static const unsigned one[1] = {1}, four[1] = {4}, sodium[2] = {3, 1}, two[2] = {1, 2};
  gate_data *kl = recordings(CLAMP_KL, CLAMP_TRANSIENTS | CLAMP_STARTS, 4),
            *na = recordings(CLAMP_HH_NA, CLAMP_PAIRS, 3);
  const lg_gate_plan rate = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RATE, 1, one, 2, 5, true);
  const lg_gate_plan latent = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RATE, 2, two, 1, 6, true);
  const lg_gate_plan power = lg_gate_plan_default(LG_GATE_VOLTAGE, LG_GATE_RATE, 1, four, 2, 5, false);
  const lg_gate_plan squid = lg_gate_plan_default(LG_GATE_VOLTAGE, LG_GATE_RATE, 2, sodium, 2, 5, false);
  lg_gate_plan raw = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RAW, 1, one, 2, 5, true);
  const double a = worst_gradient(&rate, kl, true, true), b = worst_gradient(&latent, kl, false, true);
  const double c = worst_gradient(&power, na, true, true), e = worst_gradient(&squid, na, false, true);
  const double f = worst_gradient(&raw, kl, true, false);
  raw.raw_sinh = true;
  const double g = worst_gradient(&raw, kl, true, false);
  print_message("gradients off by %.2g %.2g %.2g %.2g %.2g %.2g\n", a, b, c, e, f, g);
  assert_true(a < 1e-6 && b < 1e-6 && c < 1e-6 && e < 1e-6 && f < 1e-6 && g < 1e-6);
  lg_gate_data_destroy(ctx, kl);
  lg_gate_data_destroy(ctx, na);
}

/* Training in double and inference in float show the network the same. */
static void test_features(void **state) {
  (void)state;
  const lg_gate_plan plan = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RATE, 2, NULL, 1, 4, true);
  const double gates[2] = {0.3, 2e-5}, u[] = {0.05, 11.0}, udot[] = {-3.0, 2e4};
  for (int k = 0; k < 2; k++) {
    float x[LG_GATE_FEATURES];
    double y[LG_GATE_FEATURES];
    lg_gate_features(&plan, 1, 1, gates, &u[k], &udot[k], x);
    lg_gate_features_f64(&plan, gates, u[k], udot[k], y);
    for (size_t i = 0; i < plan.n_features; i++) assert_true(fabs((double)x[i] - y[i]) < 3e-6);
  }
}

/* ---- training ---- */

static void name_of(char path[64]) {
  (void)snprintf(path, 64, "/tmp/loligo-gates-XXXXXX");
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
}

static float *weights_of(const char *path, size_t *n) {
  lg_safetensors *st = NULL;
  lg_gate_net *net = NULL;
  assert_ok(ctx, lg_safetensors_read(ctx, path, &st));
  assert_ok(ctx, lg_gate_net_parse(ctx, st, &net));
  *n = net->params.count;
  float *theta = calloc(*n, sizeof *theta);
  memcpy(theta, net->theta, *n * sizeof *theta);
  lg_gate_net_destroy(ctx, net);
  lg_safetensors_destroy(ctx, st);
  return theta;
}

/* The potassium channel from P alone: four gates of one kind whose rates nobody recorded. */
static void test_potassium_is_learned(void **state) {
  (void)state;
  char path[64];
  gate_data *d = recordings(CLAMP_HH_K, CLAMP_STEPS | CLAMP_RAMPS | CLAMP_TRANSIENTS, 24);
  gate_train_options o = lg_gate_train_defaults(LG_GATE_VOLTAGE);
  gate_score score;
  o.powers[0] = 4;
  o.hidden = 12;
  o.epochs = 12;
  o.rounds = 2;
  o.iterations = 40;
  name_of(path);
  assert_ok(ctx, lg_gate_train(ctx, d, &o, NULL, 0, path, &score));
  print_message("held-out RMSE(P) %.4g of %zu protocols\n", score.rmse, score.n_rows);
  assert_int_equal(score.n_rows, 4);
  assert_true(score.rmse < 0.02 && score.low >= 0.0 && score.high <= 1.0);
  lg_gate_score_clear(ctx, &score);
  lg_gate_data_destroy(ctx, d);
  (void)remove(path);
}

typedef struct stopper {
  int left;
  volatile int flag;
} stopper;

static void stop_after(void *user, const char *what, size_t done, size_t total) {
  stopper *s = user;
  (void)what, (void)done, (void)total;
  if (s->left > 0 && --s->left == 0) s->flag = 1;
}

static void train_to(const gate_data *d, const gate_train_options *o, const char *path) {
  gate_score score;
  assert_ok(ctx, lg_gate_train(ctx, d, o, NULL, 0, path, &score));
  lg_gate_score_clear(ctx, &score);
}

/* Stopped again and again, the training ends in the bits of one left alone. */
static void test_resume(void **state) {
  (void)state;
  char whole[64], parts[64];
  gate_data *d = recordings(CLAMP_RISE, CLAMP_TRANSIENTS | CLAMP_STARTS, 6);
  gate_train_options o = lg_gate_train_defaults(LG_GATE_CALCIUM);
  stopper stop = {0};
  gate_score score;
  size_t n, m, stops = 0;
  o.hidden = 6;
  o.epochs = 4;
  o.rounds = 3;
  o.iterations = 6;
  name_of(whole);
  name_of(parts);
  train_to(d, &o, whole);
  lg_ctx_set_progress(ctx, stop_after, &stop);
  lg_ctx_set_cancel_flag(ctx, &stop.flag);
  for (;;) {
    stop.left = 11;
    stop.flag = 0;
    const lg_status s = lg_gate_train(ctx, d, &o, NULL, 0, parts, &score);
    if (s == LG_OK) break;
    assert_int_equal(s, LG_ERR_CANCELLED);
    assert_true(++stops < 100);
  }
  lg_ctx_set_progress(ctx, NULL, NULL);
  lg_ctx_set_cancel_flag(ctx, NULL);
  lg_gate_score_clear(ctx, &score);
  assert_true(stops >= 2);
  float *a = weights_of(whole, &n), *b = weights_of(parts, &m);
  assert_int_equal(n, m);
  assert_memory_equal(a, b, n * sizeof *a);
  free(a);
  free(b);
  lg_gate_data_destroy(ctx, d);
  (void)remove(whole);
  (void)remove(parts);
}

static int begin(void **state) {
  constants = lg_calcium_constants_default();
  return open_ctx(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradients), cmocka_unit_test(test_features),
                                     cmocka_unit_test(test_potassium_is_learned), cmocka_unit_test(test_resume)};
  return cmocka_run_group_tests(tests, begin, close_ctx);
}
