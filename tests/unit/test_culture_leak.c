/* A leak beside the coupling: found where it is, refused where it cannot be told, and the plane of k and leak. */
#include "tests/test.h"

#include "culture/identify.h"
#include "culture/simulate.h"

#include <math.h>

typedef struct leaky {
  culture_simulation s;
  lg_culture_truth *t;
  double *y, *leak; /* traces; true leaks of the cells with an equation, NULL: none */
} leaky;

/* Traces of a culture that leaks: a free run from the simulated start with the border cells as they are, and noise. */
static void make(lg_ctx *ctx, uint64_t seed, double low, double high, leaky *w) {
  lg_culture_coupling *c;
  lg_culture_data *d;
  lg_culture_modes *m;
  w->s = lg_culture_simulation_default();
  w->s.seed = seed, w->s.trace_sd = 0.005, w->s.ev_inner = 0.0, w->s.ev_border = 0.03;
  assert_ok(ctx, lg_culture_simulate(ctx, &w->s, &w->t));
  const size_t n = w->t->graph->n, times = w->t->n_times;
  w->y = lg_alloc(ctx, n * times, sizeof *w->y);
  assert_ok(ctx, lg_culture_coupling_create(ctx, w->t->graph, w->s.law, &c));
  assert_ok(ctx, lg_culture_data_create(ctx, w->t->graph, c, w->t->latent, times, &d));
  assert_ok(ctx, lg_culture_modes_create(ctx, c, d, &m));
  d->leak = lg_alloc(ctx, d->n_inner, sizeof *d->leak);
  w->leak = lg_alloc(ctx, d->n_inner, sizeof *d->leak);
  double *gamma = lg_alloc(ctx, d->n_inner, sizeof *gamma), *run = lg_alloc(ctx, d->n_inner * times, sizeof *run);
  for (size_t g = 0; g < d->n_inner; g++) {
    w->leak[g] = d->leak[g] = low + (high - low) * (double)(g % 3) / 2.0;
    gamma[g] = w->t->gamma[d->inner[g]] + 0.4 * d->leak[g]; /* levels stay */
  }
  const culture_fit fit = {.k = w->s.k, .gamma = gamma};
  assert_ok(ctx, lg_culture_run_free(ctx, c, d, m, &(culture_run){.fit = &fit, .n_times = times}, run));
  for (size_t g = 0; g < d->n_inner; g++)
    for (size_t t = 0; t < times; t++) w->t->latent[t * n + d->inner[g]] = run[g * times + t];
  lg_culture_noisy_traces(&w->s, w->t, w->y);
  lg_free(ctx, gamma);
  lg_free(ctx, run);
  lg_culture_modes_destroy(ctx, m);
  lg_culture_data_destroy(ctx, d);
  lg_culture_coupling_destroy(ctx, c);
}

static void release(lg_ctx *ctx, leaky *w) {
  lg_culture_truth_destroy(ctx, w->t);
  lg_free(ctx, w->y);
  lg_free(ctx, w->leak);
}

static lg_culture_result *identify(lg_ctx *ctx, const leaky *w, culture_leak leak) {
  culture_identify o = lg_culture_identify_default();
  lg_culture_result *r;
  o.law = (int)w->s.law, o.soe.leak = leak, o.bootstrap.replicates = 200;
  assert_ok(ctx, lg_culture_identify(ctx, w->t->graph, w->y, w->t->n_times, &o, &r));
  print_message("leak %d: k %.5f (%.5f to %.5f) of %.5f", leak, r->k, r->k_low, r->k_high, w->s.k);
  if (r->leak_study)
    print_message(", leak %.5f +- %.5f, of k left %.2f", r->leak_study->median, r->leak_study->sd, r->leak_study->kept);
  print_message("\n");
  return r;
}

static void test_common(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  leaky w;
  make(ctx, 31, 0.03, 0.03, &w);
  lg_culture_result *without = identify(ctx, &w, CULTURE_NO_LEAK), *with = identify(ctx, &w, CULTURE_COMMON_LEAK);
  assert_true(fabs(with->k / w.s.k - 1.0) < 0.03 && fabs(with->k / w.s.k - 1.0) < fabs(without->k / w.s.k - 1.0));
  assert_true(fabs(with->leak_study->median - 0.03) < 0.003 && with->leak_study->sd < 0.002);
  assert_true(with->k_low < w.s.k && w.s.k < with->k_high);
  const culture_leak_study *s = with->leak_study;
  const int middle = CULTURE_LEAK_GRID / 2;
  for (int a = 0; a < CULTURE_LEAK_GRID; a++)
    for (int b = 0; b < CULTURE_LEAK_GRID; b++)
      assert_true(s->squares[a][b] >= s->squares[middle][middle] * (1.0 - 1e-9));
  lg_culture_result_destroy(ctx, without);
  lg_culture_result_destroy(ctx, with);
  release(ctx, &w);
  lg_ctx_destroy(ctx);
}

static void test_cells(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  leaky w;
  make(ctx, 32, 0.01, 0.07, &w);
  lg_culture_result *r = identify(ctx, &w, CULTURE_CELL_LEAK);
  double error = 0.0;
  for (size_t g = 0; g < r->n_inner; g++) error += fabs(r->leak[g] - w.leak[g]) / (double)r->n_inner;
  print_message("mean error of the cells' leaks %.4f\n", error);
  assert_true(fabs(r->k / w.s.k - 1.0) < 0.05 && error < 0.008);
  lg_culture_result_destroy(ctx, r);
  release(ctx, &w);
  lg_ctx_destroy(ctx);
}

static void test_none(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  leaky w;
  make(ctx, 33, 0.0, 0.0, &w);
  lg_culture_result *r = identify(ctx, &w, CULTURE_COMMON_LEAK);
  assert_true(fabs(r->leak_study->median) < 3.0 * r->leak_study->sd && fabs(r->k / w.s.k - 1.0) < 0.03);
  lg_culture_result_destroy(ctx, r);
  culture_identify o = lg_culture_identify_default();
  o.soe.leak = CULTURE_COMMON_LEAK, o.method = CULTURE_IV, o.law = 0;
  assert_int_equal(lg_culture_identify(ctx, w.t->graph, w.y, w.t->n_times, &o, &r), LG_ERR_ARGUMENT);
  release(ctx, &w);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_common), cmocka_unit_test(test_cells),
                                     cmocka_unit_test(test_none)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
