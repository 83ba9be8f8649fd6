/* Differential equations by jets and L-BFGS in double: what a PINN is for, against the known solutions. */
#include "tests/one_ctx.h"

#include "learn/train.h"

#include <math.h>

enum { POINTS = 41, WIDTH = 12 };

typedef struct pinn {
  lg_params params;
  lg_dense dense[3];
  double x[POINTS], boundary[POINTS], weight[POINTS], source[POINTS], theta[512];
} pinn;

static lg_var network(const pinn *p, lg_f64_tape *t, lg_var x) {
  for (size_t i = 0; i < 3; i++) x = lg_f64_dense(t, &p->dense[i], x, i < 2 ? LG_ACT_TANH : LG_ACT_NONE);
  return x;
}

static lg_var boundary_loss(const pinn *p, lg_f64_tape *t, lg_var u, size_t begin) {
  return lg_f64_loss_mse(t, u, p->boundary + begin, p->weight + begin);
}

/* u' = -u. */
static lg_var decay_loss(void *user, lg_f64_tape *t, const lg_f64_batch *b, size_t begin, size_t end) {
  const pinn *p = user;
  const size_t column = 0;
  const lg_var y = network(p, t, lg_f64_input_jet(t, end - begin, 1, lg_f64_batch_at(b, 0, begin), 1, &column, 1));
  const lg_var u = lg_f64_jet_part(t, y, 0), residual = lg_f64_add(t, u, lg_f64_jet_part(t, y, 1));
  return lg_f64_add(t, lg_f64_loss_mse(t, residual, NULL, NULL), boundary_loss(p, t, u, begin));
}

/* u'' = source. */
static lg_var poisson_loss(void *user, lg_f64_tape *t, const lg_f64_batch *b, size_t begin, size_t end) {
  const pinn *p = user;
  const size_t column = 0;
  const lg_var y = network(p, t, lg_f64_input_jet(t, end - begin, 1, lg_f64_batch_at(b, 0, begin), 1, &column, 2));
  return lg_f64_add(t, lg_f64_loss_mse(t, lg_f64_jet_part(t, y, 2), p->source + begin, NULL),
                    boundary_loss(p, t, lg_f64_jet_part(t, y, 0), begin));
}

static lg_var value(void *user, lg_f64_tape *t, const lg_f64_batch *b, size_t begin, size_t end) {
  const size_t dim[2] = {end - begin, 1};
  return network(user, t, lg_f64_input(t, 2, dim, lg_f64_batch_at(b, 0, begin), false));
}

static double solve(pinn *p, lg_var (*loss)(void *, lg_f64_tape *, const lg_f64_batch *, size_t, size_t),
                    double (*exact)(double x)) {
  static const size_t sizes[4] = {1, WIDTH, WIDTH, 1};
  static const char *const names[3] = {"a", "b", "c"};
  lg_f64_runner *runner = NULL;
  double final = 0, u[POINTS], worst = 0;
  for (size_t i = 0; i < 3; i++)
    assert_ok(ctx, lg_dense_create(ctx, &p->params, names[i], sizes[i], sizes[i + 1], &p->dense[i]));
  assert_true(p->params.count <= 512);
  lg_f64_init(&p->params, 2, p->theta);
  const lg_f64_model model = {&p->params, p, NULL, loss, value};
  const lg_f64_batch batch = {.n = POINTS, .field = {p->x}, .width = {1}};
  assert_ok(ctx, lg_f64_runner_create(ctx, &model, 16, &runner));
  assert_ok(ctx, lg_f64_fit_lbfgs(ctx, runner, &batch, 3000, 1e-8, p->theta, &final));
  assert_ok(ctx, lg_f64_runner_predict(ctx, runner, p->theta, &batch, 1, u));
  for (size_t i = 0; i < POINTS; i++) worst = fmax(worst, fabs(u[i] - exact(p->x[i])));
  lg_f64_runner_destroy(ctx, runner);
  lg_params_clear(ctx, &p->params);
  return worst;
}

static double exact_decay(double t) { return exp(-t); }
static double exact_sine(double x) { return sin(3.141592653589793 * x); }

static void test_decay(void **state) {
  (void)state;
  pinn p = {0};
  for (size_t i = 0; i < POINTS; i++) p.x[i] = 2.0 * (double)i / (POINTS - 1);
  p.boundary[0] = 1, p.weight[0] = POINTS;
  const double worst = solve(&p, decay_loss, exact_decay);
  print_message("u' = -u: largest error %.2g\n", worst);
  assert_true(worst < 1e-5);
}

static void test_poisson(void **state) {
  (void)state;
  pinn p = {0};
  for (size_t i = 0; i < POINTS; i++) {
    p.x[i] = (double)i / (POINTS - 1);
    p.source[i] = -9.869604401089358 * exact_sine(p.x[i]);
  }
  p.weight[0] = p.weight[POINTS - 1] = 100 * POINTS;
  const double worst = solve(&p, poisson_loss, exact_sine);
  print_message("u'' = -pi^2 sin(pi x): largest error %.2g\n", worst);
  assert_true(worst < 1e-5);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_decay), cmocka_unit_test(test_poisson)};
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
