/* The physics-informed network: gradients, the same bits, coming back after a stop, and k out of a small culture. */
#include "tests/test.h"

#include "base/elementary.h"
#include "culture/pinn_core.h"

#include <math.h>
#include <string.h>

enum { SIDE = 4, CELLS = SIDE * SIDE, EDGES = 2 * SIDE * (SIDE - 1), TIMES = 90 };

/* A square of cells, of which the middle ones have an equation; border cells swing, the others follow the law. */
typedef struct square {
  uint32_t id[CELLS];
  double area[CELLS];
  bool border[CELLS];
  culture_edge edges[EDGES];
  lg_culture_graph graph;
  lg_culture_coupling *coupling;
  lg_culture_data *data;
  double y[TIMES * CELLS];
} square;

static bool is_border(size_t c) {
  return c / SIDE == 0 || c / SIDE == SIDE - 1 || c % SIDE == 0 || c % SIDE == SIDE - 1;
}

/* Exact enough: Euler with 200 steps a frame. */
static void follow(square *s, double k, double noise) {
  enum { STEPS = 200 };
  double y[CELLS] = {0};
  lg_rng rng = lg_rng_make(5, 0, 0);
  for (size_t t = 0; t < TIMES; t++)
    for (size_t q = 0; q < STEPS; q++) {
      double next[CELLS];
      for (size_t c = 0; c < CELLS; c++) {
        double sine, cosine;
        lg_sincos_turn(((double)t + (double)q / STEPS) * (0.008 + 0.003 * (double)c) + 0.37 * (double)c, &sine,
                       &cosine);
        if (q == 0) s->y[t * CELLS + c] = y[c];
        if (s->border[c]) {
          next[c] = 0.5 + 0.3 * sine;
          continue;
        }
        double flow = 0.0;
        for (size_t e = s->coupling->first[c]; e < s->coupling->first[c + 1]; e++)
          flow += s->coupling->a[e] * (y[s->coupling->other[e]] - y[c]);
        next[c] = y[c] + (k * flow + 0.002 * (double)(c % 3)) / STEPS;
      }
      memcpy(y, next, sizeof y);
    }
  for (size_t q = 0; q < TIMES * CELLS; q++) s->y[q] += noise * lg_rng_normal(&rng);
}

static void make_square(lg_ctx *ctx, square *s, double k, double noise) {
  size_t e = 0;
  memset(s, 0, sizeof *s);
  for (size_t c = 0; c < CELLS; c++) {
    s->id[c] = (uint32_t)c + 1, s->area[c] = 100.0, s->border[c] = is_border(c);
    if (c % SIDE + 1 < SIDE) s->edges[e++] = (culture_edge){(uint32_t)c, (uint32_t)c + 1, 10.0 + (double)c, 9.0};
    if (c / SIDE + 1 < SIDE) s->edges[e++] = (culture_edge){(uint32_t)c, (uint32_t)(c + SIDE), 12.0, 7.0 + (double)c};
  }
  s->graph = (lg_culture_graph){
      .n = CELLS, .id = s->id, .area_px = s->area, .is_border = s->border, .n_edges = EDGES, .edges = s->edges};
  assert_ok(ctx, lg_culture_coupling_create(ctx, &s->graph, CULTURE_UL_DEGREE, &s->coupling));
  follow(s, k, noise);
  assert_ok(ctx, lg_culture_data_create(ctx, &s->graph, s->coupling, s->y, TIMES, &s->data));
}

static void free_square(lg_ctx *ctx, square *s) {
  lg_culture_data_destroy(ctx, s->data);
  lg_culture_coupling_destroy(ctx, s->coupling);
}

/* ---- gradients in double ---- */

typedef struct trial {
  lg_f64_pinn_core *core;
  double gamma[CELLS], sigma[CELLS], tau[CELLS];
} trial;

static double loss_of(lg_ctx *ctx, trial *t) {
  double losses[2];
  lg_f64_pinn_turn_weights(t->core, 0, t->core->plan->n_rows);
  assert_ok(ctx, lg_f64_pinn_gradient(ctx, t->core));
  lg_f64_pinn_losses(t->core, losses);
  return losses[0] + losses[1];
}

static void start(trial *t, size_t cells) {
  lg_rng rng = lg_rng_make(3, 0, 0);
  for (size_t q = 0; q < t->core->plan->n_params; q++) t->core->theta[q] = 0.3 * lg_rng_normal(&rng);
  for (size_t g = 0; g < cells; g++) {
    t->gamma[g] = 0.01 * lg_rng_normal(&rng);
    t->sigma[g] = 0.1 + 0.05 * lg_rng_uniform(&rng), t->tau[g] = 0.05 + 0.05 * lg_rng_uniform(&rng);
  }
  t->core->k = 0.07, t->core->gamma = t->gamma, t->core->sigma = t->sigma, t->core->tau = t->tau;
  t->core->data_scale = 0.7, t->core->physics_scale = 0.4;
}

/* Central difference along *x against what the chunks' gradients sum to. */
static double worse(lg_ctx *ctx, trial *t, double *x, double analytic, double worst) {
  const double h = 1e-5 * (1.0 + fabs(*x)), at = *x;
  *x = at + h;
  const double up = loss_of(ctx, t);
  *x = at - h;
  const double down = loss_of(ctx, t);
  *x = at;
  const double difference = (up - down) / (2.0 * h), off = fabs(difference - analytic) / (1.0 + fabs(difference));
  return off > worst ? off : worst;
}

static void judge_gradient(lg_ctx *ctx, const square *s, const culture_pinn *o, bool batch) {
  static const uint32_t rows[] = {3, 77, 20, 21, 140, 5, 9, 90, 60, 61, 62};
  culture_pinn_problem *p;
  trial t = {0};
  assert_ok(ctx, lg_culture_pinn_problem_create(ctx, s->coupling, s->data, o, &p));
  const culture_pinn_plan plan = lg_culture_pinn_plan(o, p->n_cells);
  assert_ok(ctx, lg_f64_pinn_core_create(ctx, p, &plan, o, &t.core));
  start(&t, p->n_cells);
  t.core->student = !o->printed;
  if (batch) t.core->rows = rows, t.core->n_step = sizeof rows / sizeof rows[0];
  (void)loss_of(ctx, &t);
  const size_t chunks = lg_f64_pinn_chunks(t.core, t.core->n_step), cells = 1 + p->n_cells;
  double *gradient = lg_alloc(ctx, plan.n_params + cells, sizeof *gradient), worst = 0.0;
  for (size_t c = 0; c < chunks; c++) {
    for (size_t q = 0; q < plan.n_params; q++) gradient[q] += t.core->gradient[c * plan.n_params + q];
    for (size_t q = 0; q < cells; q++) gradient[plan.n_params + q] += t.core->cell_gradient[c * cells + q];
  }
  for (size_t q = 0; q < plan.n_params; q += 7) worst = worse(ctx, &t, &t.core->theta[q], gradient[q], worst);
  worst = worse(ctx, &t, &t.core->k, gradient[plan.n_params], worst);
  for (size_t g = 0; g + 1 < cells; g++) worst = worse(ctx, &t, &t.gamma[g], gradient[plan.n_params + 1 + g], worst);
  print_message("%zu chunks, %zu weights: gradients off by %.2g at most\n", chunks, plan.n_params, worst);
  assert_true(worst < 2e-7);
  if (!batch) assert_true(chunks > 1);
  lg_free(ctx, gradient);
  lg_f64_pinn_core_destroy(ctx, t.core);
  lg_culture_pinn_problem_destroy(ctx, p);
}

static void test_gradients(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  square s;
  make_square(ctx, &s, 0.1, 0.01);
  culture_pinn o = lg_culture_pinn_default();
  o.frequencies = 5, o.n_hidden = 2, o.width[0] = 7, o.width[1] = 10;
  judge_gradient(ctx, &s, &o, false);
  culture_pinn paper = lg_culture_pinn_paper();
  paper.finer = 2, paper.width[0] = paper.width[1] = paper.width[2] = paper.width[3] = 6, paper.batch = 11;
  judge_gradient(ctx, &s, &paper, true);
  free_square(ctx, &s);
  lg_ctx_destroy(ctx);
}

/* ---- kernels ---- */

/* Odd lengths and all builds that this CPU runs: the same bits. */
static void test_kernels(void **state) {
  (void)state;
  enum { N = 61, COLS = 19 };
  static float x[N * COLS], g[3][4 * N * COLS];
  const lg_f32_pinn_kernels *best = lg_f32_pinn_kernels_best();
  const lg_f32_pinn_kernels *tables[] = {&lg_f32_pinn_kernels_plain, best,
                                         best == &lg_f32_pinn_kernels_v4 ? &lg_f32_pinn_kernels_v3 : best};
  lg_rng rng = lg_rng_make(9, 0, 0);
  for (size_t q = 0; q < N * COLS; q++) x[q] = (float)lg_rng_range(&rng, -1.0, 1.0);
  for (size_t k = 0; k < 3; k++) {
    float *a = g[k], *b = a + N * COLS, *c = b + N * COLS, *d = c + N * COLS;
    double sums[2];
    tables[k]->turn(N, COLS, x, x, x + 3, a);
    tables[k]->turn_back(N, COLS, a, x, b);
    memcpy(c, b, N * COLS * sizeof *c);
    tables[k]->gate(N * COLS, x, c);
    tables[k]->gate_back(N * COLS, x, c, a, b);
    tables[k]->meet(N, x, x + 7, x + 9, 0.3f, d, a);
    tables[k]->obey(&(lg_f32_pinn_law){.n = N,
                                       .flow = x,
                                       .slope = x + N,
                                       .k = 0.1f,
                                       .gamma = 0.01f,
                                       .precision = 30.0f,
                                       .scale = 0.1f,
                                       .student = true,
                                       .residual = d + N,
                                       .pull = d + 2 * N},
                    sums);
    d[3 * N] = (float)sums[0], d[3 * N + 1] = (float)sums[1];
    assert_memory_equal(g[0], g[k], sizeof g[0]);
  }
  assert_true(g[0][3 * N * COLS + 3 * N] != 0.0f);
}

/* ---- training ---- */

typedef struct keep {
  float *theta, *m, *v;
  double *cells, *scales;
  culture_pinn_row *history;
  int64_t position[2], stop_at;
  double sums[3];
  bool give;
  volatile int *cancel;
} keep;

static lg_status save(void *user, lg_ctx *ctx, const culture_pinn_state *s, bool last) {
  keep *k = user;
  if (!last) {
    if (s->position[0] >= k->stop_at) *k->cancel = 1;
    return LG_OK;
  }
  const struct {
    void **to;
    const void *from;
    size_t bytes;
  } parts[] = {{(void **)&k->theta, s->theta, s->n_params * sizeof(float)},
               {(void **)&k->m, s->m, s->n_params * sizeof(float)},
               {(void **)&k->v, s->v, s->n_params * sizeof(float)},
               {(void **)&k->cells, s->cells, 3 * (1 + s->n_cells) * sizeof(double)},
               {(void **)&k->scales, s->scales, 2 * s->n_cells * sizeof(double)},
               {(void **)&k->history, s->history, s->n_history * sizeof(culture_pinn_row)}};
  for (size_t q = 0; q < sizeof parts / sizeof parts[0]; q++) {
    *parts[q].to = lg_alloc(ctx, parts[q].bytes, 1);
    memcpy(*parts[q].to, parts[q].from, parts[q].bytes);
  }
  memcpy(k->position, s->position, sizeof k->position);
  memcpy(k->sums, s->sums, sizeof k->sums);
  return LG_OK;
}

static lg_status load(void *user, lg_ctx *ctx, const culture_pinn_state *s) {
  const keep *k = user;
  (void)ctx;
  if (!k->give) return LG_OK;
  memcpy(s->theta, k->theta, s->n_params * sizeof(float));
  memcpy(s->m, k->m, s->n_params * sizeof(float));
  memcpy(s->v, k->v, s->n_params * sizeof(float));
  memcpy(s->cells, k->cells, 3 * (1 + s->n_cells) * sizeof(double));
  memcpy(s->scales, k->scales, 2 * s->n_cells * sizeof(double));
  memcpy(s->history, k->history, s->n_history * sizeof(culture_pinn_row));
  memcpy(s->position, k->position, sizeof k->position);
  memcpy(s->sums, k->sums, sizeof k->sums);
  return LG_OK;
}

static void same_after_a_stop(lg_ctx *ctx, const square *s, const culture_pinn *options, const culture_fit *whole) {
  volatile int cancel = 0;
  keep k = {.stop_at = 37, .cancel = &cancel};
  culture_pinn o = *options;
  culture_pinn_result r;
  double gamma[CELLS];
  culture_fit fit = {0.0, gamma};
  o.save = save, o.load = load, o.user = &k;
  lg_ctx_set_cancel_flag(ctx, &cancel);
  assert_int_equal(lg_culture_fit_pinn(ctx, s->coupling, s->data, &o, &fit, &r), LG_ERR_CANCELLED);
  assert_true(k.position[0] >= 37 && r.history == NULL);
  lg_ctx_set_cancel_flag(ctx, NULL);
  k.give = true, k.stop_at = INT64_MAX;
  assert_ok(ctx, lg_culture_fit_pinn(ctx, s->coupling, s->data, &o, &fit, &r));
  assert_true(fit.k == whole->k);
  assert_memory_equal(gamma, whole->gamma, s->data->n_inner * sizeof *gamma);
  void *const blocks[] = {k.theta, k.m, k.v, k.cells, k.scales, k.history, r.history};
  for (size_t q = 0; q < sizeof blocks / sizeof blocks[0]; q++) lg_free(ctx, blocks[q]);
}

static void test_training(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  square s;
  make_square(ctx, &s, 0.1, 0.002);
  culture_pinn o = lg_culture_pinn_default(), paper = lg_culture_pinn_paper();
  o.steps = 600, o.frequencies = 24, o.n_hidden = 2, o.width[0] = 32, o.width[1] = 48, o.k_start = 0.03;
  paper.steps = 12, paper.n_points = 400;
  double gamma[3][CELLS];
  culture_fit fit[3] = {{0.0, gamma[0]}, {0.0, gamma[1]}, {0.0, gamma[2]}};
  culture_pinn_result r;
  assert_ok(ctx, lg_culture_fit_pinn(ctx, s.coupling, s.data, &o, &fit[0], &r));
  print_message("k %.5f of 0.1, law's loss %.3g then %.3g, %zu rows\n", fit[0].k, r.history[0].law,
                r.history[r.n_history - 1].law, r.n_history);
  assert_true(fabs(fit[0].k / 0.1 - 1.0) < 0.06);
  assert_true(r.n_history == 61 && r.history[60].step == 600.0 && r.history[60].k == fit[0].k);
  lg_free(ctx, r.history);
  same_after_a_stop(ctx, &s, &o, &fit[0]);
  assert_ok(ctx, lg_ctx_set_threads(ctx, 3));
  assert_ok(ctx, lg_culture_fit_pinn(ctx, s.coupling, s.data, &o, &fit[1], &r));
  lg_free(ctx, r.history);
  assert_true(fit[1].k == fit[0].k);
  assert_memory_equal(gamma[0], gamma[1], s.data->n_inner * sizeof(double));
  assert_ok(ctx, lg_culture_fit_pinn(ctx, s.coupling, s.data, &paper, &fit[2], &r));
  assert_int_equal(r.n_history, 12);
  lg_free(ctx, r.history);
  same_after_a_stop(ctx, &s, &paper, &fit[2]);
  free_square(ctx, &s);
  lg_ctx_destroy(ctx);
}

static void test_refused(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  square s;
  double gamma[CELLS];
  culture_fit fit = {0.0, gamma};
  culture_pinn_result r;
  make_square(ctx, &s, 0.1, 0.0);
  for (int q = 0; q < 6; q++) {
    culture_pinn o = lg_culture_pinn_default();
    if (q == 0) o.n_hidden = 0;
    if (q == 1) o.width[2] = 5000;
    if (q == 2) o.k_start = (double)NAN;
    if (q == 3) o.highest = -1.0;
    if (q == 4) o.finer = 0;
    if (q == 5) o.rate = 2.0;
    assert_int_equal(lg_culture_fit_pinn(ctx, s.coupling, s.data, &o, &fit, &r), LG_ERR_RANGE);
  }
  free_square(ctx, &s);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradients), cmocka_unit_test(test_kernels),
                                     cmocka_unit_test(test_training), cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
