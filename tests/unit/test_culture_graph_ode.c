/* The learned message function: its gradient, the linear law found again, saturation found where it is. */
#include "tests/test.h"

#include "culture/graph_ode_internal.h"
#include "culture/simulate.h"

#include <math.h>

typedef struct simulated {
  lg_culture_truth *truth;
  double *y;
} simulated;

static simulated make(lg_ctx *ctx, const culture_simulation *s) {
  simulated out;
  assert_ok(ctx, lg_culture_simulate(ctx, s, &out.truth));
  out.y = lg_alloc(ctx, out.truth->n_times * out.truth->graph->n, sizeof *out.y);
  lg_culture_noisy_traces(s, out.truth, out.y);
  return out;
}

static void drop(lg_ctx *ctx, simulated *s) {
  lg_culture_truth_destroy(ctx, s->truth);
  lg_free(ctx, s->y);
}

static culture_simulation small(void) {
  culture_simulation s = lg_culture_simulation_default();
  s.size = 200, s.ncell = 50, s.frames = 300, s.seed = 41;
  return s;
}

static lg_culture_learned *learn(lg_ctx *ctx, const culture_simulation *s, const culture_graph_ode *o) {
  lg_culture_learned *r;
  simulated x = make(ctx, s);
  assert_ok(ctx, lg_culture_learn_coupling(ctx, x.truth->graph, x.y, x.truth->n_times, (int)s->law, o, &r));
  print_message("k %.4f: linear %+.1f %%, learned %+.1f %% (%.4f to %.4f), small %.4f, bend %.3f (%.3f to %.3f), "
                "factor %.3f, held score %+.4f against %+.4f (z %.1f)\n",
                s->k, 100.0 * (r->k_linear / s->k - 1.0), 100.0 * (r->k.value / s->k - 1.0), r->k.low, r->k.high,
                r->k_small.value, r->bend.value, r->bend.low, r->bend.high, r->flattening, r->score, r->score_linear,
                r->score_z);
  drop(ctx, &x);
  return r;
}

/* ---- the gradient ---- */

typedef struct cell_loss {
  const culture_phi *phi;
  const culture_weak_cell *cell;
  lg_var loss;
} cell_loss;

static void build(void *user, lg_f64_tape *tape) {
  cell_loss *c = user;
  const size_t dim[2] = {2 * c->cell->n_links * c->cell->form->n_times, CULTURE_PHI_IN};
  const lg_var x = lg_f64_input(tape, 2, dim, c->cell->x, false);
  c->loss = lg_culture_weak_loss(tape, c->cell, lg_culture_phi_output(tape, c->phi, x));
}

static double loss_at(lg_ctx *ctx, lg_f64_tape *tape, cell_loss *c, const double *theta) {
  lg_f64_tape_bind(tape, theta, NULL, NULL);
  assert_ok(ctx, lg_f64_tape_run(ctx, tape, build, c));
  return lg_f64_value(tape, c->loss)[0];
}

static void test_gradient(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_simulation s = small();
  s.frames = 80;
  simulated x = make(ctx, &s);
  lg_culture_coupling *coupling;
  culture_phi phi;
  culture_weak_problem p;
  lg_f64_tape *tape;
  double weight[64], worst = 0.0;
  assert_ok(ctx, lg_culture_coupling_create(ctx, x.truth->graph, CULTURE_UL_DEGREE, &coupling));
  assert_ok(ctx, lg_culture_phi_create(ctx, &phi));
  assert_int_equal(phi.params.count, 3 * 16 + 16 + 16 * 16 + 16 + 16 + 1);
  phi.difference = 0.2, phi.message = 0.02;
  assert_ok(ctx, lg_culture_weak_problem_create(ctx, x.truth->graph, coupling, &phi, x.y, 80, 10, 2, &p));
  for (size_t r = 0; r < p.form.rows; r++) weight[r] = (double)(r % 3);
  p.form.weight = weight;
  culture_weak_cell *cell = &p.cell[3];
  cell->scale = 0.004; /* fixed, and some rows beyond its reach */
  double *theta = lg_alloc(ctx, 3 * phi.params.count, sizeof *theta);
  double *turned = theta + phi.params.count, *grad = turned + phi.params.count;
  lg_f64_init(&phi.params, 7, theta);
  lg_f64_transpose(&phi.params, theta, turned);
  assert_ok(ctx, lg_f64_tape_create(ctx, 0, &tape));
  cell_loss c = {&phi, cell, LG_VAR_NONE};
  (void)loss_at(ctx, tape, &c, theta); /* grows the arena */
  lg_f64_tape_reset(tape);
  for (int round = 0; round < 2; round++) { /* backward needs room too */
    for (size_t k = 0; k < phi.params.count; k++) grad[k] = 0.0;
    lg_f64_tape_reset(tape);
    lg_f64_tape_bind(tape, theta, turned, grad);
    build(&c, tape);
    lg_f64_backward(tape, c.loss);
    if (tape->exhausted) assert_ok(ctx, lg_f64_tape_grow(ctx, tape));
  }
  assert_ok(ctx, lg_f64_tape_check(ctx, tape));
  double most = 0.0;
  for (size_t k = 0; k < phi.params.count; k++) most = fmax(most, fabs(grad[k]));
  for (size_t k = 0; k < phi.params.count; k += 3) {
    const double kept = theta[k], h = 1e-5;
    theta[k] = kept + h;
    const double up = loss_at(ctx, tape, &c, theta);
    theta[k] = kept - h;
    const double down = loss_at(ctx, tape, &c, theta);
    theta[k] = kept;
    worst = fmax(worst, fabs((up - down) / (2.0 * h) - grad[k]));
  }
  print_message("gradient off by %.2g of %.2g\n", worst, most);
  assert_true(most > 1e-3 && worst < 1e-6 * most);
  lg_f64_tape_destroy(ctx, tape);
  lg_free(ctx, theta);
  lg_culture_weak_problem_clear(ctx, &p);
  lg_culture_phi_clear(ctx, &phi);
  lg_culture_coupling_destroy(ctx, coupling);
  drop(ctx, &x);
  lg_ctx_destroy(ctx);
}

static void test_odd(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_phi phi;
  const double x[4][CULTURE_PHI_IN] = {{0.3, 0.8, 1.2}, {-0.3, 0.8, 1.2}, {0.0, 1.5, 0.1}, {1e-3, 1.0, 1.0}};
  double out[4];
  assert_ok(ctx, lg_culture_phi_create(ctx, &phi));
  double *theta = lg_alloc(ctx, phi.params.count, sizeof *theta);
  lg_f64_init(&phi.params, 3, theta);
  assert_ok(ctx, lg_culture_phi_values(ctx, &phi, theta, &x[0][0], 4, out));
  assert_true(out[0] == -out[1] && out[2] == 0.0 && out[0] != 0.0 && out[3] != 0.0);
  lg_free(ctx, theta);
  lg_culture_phi_clear(ctx, &phi);
  lg_ctx_destroy(ctx);
}

/* Where coupling is linear its slope comes back; where it saturates, the learned one meets frames that were kept back
 * better than the linear law, and its slope at small differences is k again. */
static void test_laws(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_simulation s = small();
  culture_graph_ode o = lg_culture_graph_ode_default();
  o.members = 2, o.epochs = 25;
  lg_culture_learned *r = learn(ctx, &s, &o);
  assert_true(fabs(r->k.value / s.k - 1.0) < 0.1 && fabs(r->bend.value - 1.0) < 0.15);
  assert_true(r->k.low < r->k.value && r->k.value < r->k.high);
  lg_culture_learned_destroy(ctx, r);
  s.saturation = 0.15;
  r = learn(ctx, &s, &o);
  assert_true(r->score < r->score_linear - 0.1 && r->score_z > 2.0 && r->bend.value < 0.7);
  assert_true(fabs(r->k_small.value / s.k - 1.0) < 0.25);
  assert_true(fabs(r->curve[CULTURE_CURVE / 2].value) < 1e-12);
  for (int q = 0; q < CULTURE_CURVE; q++)
    assert_true(fabs(r->curve[q].value + r->curve[CULTURE_CURVE - 1 - q].value) < 1e-12);
  lg_culture_learned_destroy(ctx, r);
  lg_ctx_destroy(ctx);
}

static void test_refused(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_simulation s = small();
  lg_culture_learned *r;
  s.frames = 60;
  simulated x = make(ctx, &s);
  culture_graph_ode o = lg_culture_graph_ode_default();
  assert_int_equal(lg_culture_learn_coupling(ctx, x.truth->graph, x.y, 60, 0, &o, &r), LG_ERR_RANGE);
  assert_null(r);
  o.n_train = 60;
  assert_int_equal(lg_culture_learn_coupling(ctx, x.truth->graph, x.y, 60, 0, &o, &r), LG_ERR_RANGE);
  o = lg_culture_graph_ode_default();
  o.epochs = 0;
  assert_int_equal(lg_culture_learn_coupling(ctx, x.truth->graph, x.y, 60, 0, &o, &r), LG_ERR_RANGE);
  drop(ctx, &x);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradient), cmocka_unit_test(test_odd),
                                     cmocka_unit_test(test_laws), cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
