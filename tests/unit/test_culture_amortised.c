/* The amortised network: its gradient, a small training that stops and goes on, files, and what is flagged. */
#include "tests/test.h"

#include "culture/identify.h"
#include "culture/simulate.h"
#include "twin/culture_amortised_sets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static culture_amortised_plan tiny(void) {
  culture_amortised_plan p = lg_culture_amortised_plan_default();
  p.train = 32, p.held = 16, p.calibrate = 40, p.test = 10, p.epochs = 4, p.batch = 8;
  p.cells = (culture_am_span){30.0, 40.0}, p.frames = (culture_am_span){100.0, 120.0};
  return p;
}

/* ---- gradient of what it says with respect to every kind of weight ---- */

typedef struct said {
  const culture_amortised_net *net;
  const lg_culture_features *x;
  lg_var sum;
} said;

static void build(void *user, lg_f32_tape *tape) {
  said *s = user;
  lg_var k, feeds;
  lg_culture_amortised_output(tape, s->net, s->x, &k, &feeds);
  s->sum = lg_f32_add(tape, lg_f32_sum(tape, k), lg_f32_affine(tape, lg_f32_sum(tape, feeds), 0.1, 0.0));
}

static double sum_at(lg_ctx *ctx, lg_f32_tape *tape, said *s, const float *theta) {
  lg_f32_tape_bind(tape, theta, NULL, NULL);
  assert_ok(ctx, lg_f32_tape_run(ctx, tape, build, s));
  return (double)lg_f32_value(tape, s->sum)[0];
}

static void test_gradient(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  const culture_amortised_plan plan = tiny();
  lg_culture_am_set set;
  lg_culture_amortised a = {0};
  lg_f32_tape *tape;
  assert_ok(ctx, lg_culture_am_set_make(ctx, &plan, AM_TRAIN, 0, false, &set));
  assert_ok(ctx, lg_culture_amortised_net_create(ctx, &a.net));
  for (size_t c = 0; c < CULTURE_AM_WHOLE; c++) a.whole_sd[c] = 3.0f;
  for (size_t c = 0; c < CULTURE_AM_CELL; c++) a.cell_sd[c] = 3.0f;
  for (size_t c = 0; c < CULTURE_AM_LINK; c++) a.link_sd[c] = 1.0f;
  lg_culture_amortised_scale(&a, set.x);
  const lg_params *p = &a.net.params;
  assert_true(p->count * sizeof(float) < 1000000);
  float *theta = lg_alloc(ctx, 3 * p->count, sizeof *theta), *turned = theta + p->count, *grad = turned + p->count;
  lg_f32_init(p, 5, theta);
  lg_f32_transpose(p, theta, turned);
  assert_ok(ctx, lg_f32_tape_create(ctx, (size_t)1 << 24, &tape));
  said s = {&a.net, set.x, LG_VAR_NONE};
  lg_f32_tape_bind(tape, theta, turned, grad);
  build(&s, tape);
  lg_f32_backward(tape, s.sum);
  assert_ok(ctx, lg_f32_tape_check(ctx, tape));
  double worst = 0.0, most = 0.0;
  for (size_t q = 0; q < p->n; q++) { /* along a tensor's own gradient: floats allow no single weights */
    const lg_param *t = &p->items[q];
    double square = 0.0;
    for (size_t k = t->offset; k < t->offset + t->count; k++) square += (double)grad[k] * (double)grad[k];
    const double h = 2e-3 / fmax(sqrt(square), 1e-9);
    double ends[2];
    for (int end = 0; end < 2; end++) {
      memcpy(turned, theta, p->count * sizeof *theta);
      for (size_t k = t->offset; k < t->offset + t->count; k++) turned[k] += (float)((end ? h : -h) * (double)grad[k]);
      ends[end] = sum_at(ctx, tape, &s, turned);
    }
    const double slope = (ends[1] - ends[0]) / (2.0 * h);
    worst = fmax(worst, fabs(slope - square) / fmax(square, 1e-6)), most = fmax(most, square);
  }
  print_message("gradient off by %.2g of itself, most %.2g\n", worst, most);
  assert_true(most > 1e-3 && worst < 0.05);
  lg_f32_tape_destroy(ctx, tape);
  lg_free(ctx, theta);
  lg_culture_amortised_clear(ctx, &a);
  lg_culture_am_set_clear(ctx, &set);
  lg_ctx_destroy(ctx);
}

/* ---- training: whole, and stopped and gone on; then used ---- */

static volatile int stop;
static size_t seen;

static void stop_after(void *user, const char *what, size_t done, size_t total) {
  (void)user, (void)done, (void)total;
  if (strcmp(what, "cultures") == 0 && ++seen == 2) stop = 1;
}

static void use(lg_ctx *ctx, const char *path) {
  lg_culture_amortised a;
  culture_simulation s = lg_culture_simulation_default();
  lg_culture_truth *t;
  lg_culture_result *r;
  assert_ok(ctx, lg_culture_amortised_load(ctx, path, &a));
  s.size = 170, s.ncell = 36, s.frames = 110;
  assert_ok(ctx, lg_culture_simulate(ctx, &s, &t));
  double *y = lg_alloc(ctx, t->n_times * t->graph->n, sizeof *y);
  lg_culture_noisy_traces(&s, t, y);
  culture_identify o = lg_culture_identify_default();
  o.method = CULTURE_AMORTISED;
  assert_int_equal(lg_culture_identify(ctx, t->graph, y, t->n_times, &o, &r), LG_ERR_ARGUMENT);
  o.amortised = &a;
  assert_ok(ctx, lg_culture_identify(ctx, t->graph, y, t->n_times, &o, &r));
  print_message("k %.4f (%.4f to %.4f), 0.05 is true\n", r->k, r->k_low, r->k_high);
  assert_int_equal(r->outside, 0);
  assert_true(r->k_low < r->k && r->k < r->k_high && fabs(r->k / s.k - 1.0) < 0.5 && r->has_events);
  for (size_t g = 0; g < r->n_inner; g++) assert_true(r->gamma_low[g] < r->gamma[g] && r->gamma[g] < r->gamma_high[g]);
  lg_culture_result_destroy(ctx, r);
  for (size_t q = 0; q < t->n_times * t->graph->n; q++) y[q] *= 50.0; /* louder than any that it was trained on */
  assert_ok(ctx, lg_culture_identify(ctx, t->graph, y, t->n_times, &o, &r));
  assert_int_equal(r->outside, 1);
  assert_true(r->n_warnings > 0 && strstr(r->warning[0], "noise of") && !r->identifiable);
  lg_culture_result_destroy(ctx, r);
  o.bootstrap.level = 0.77;
  assert_int_equal(lg_culture_identify(ctx, t->graph, y, t->n_times, &o, &r), LG_ERR_RANGE);
  lg_free(ctx, y);
  lg_culture_truth_destroy(ctx, t);
  lg_culture_amortised_clear(ctx, &a);
}

static void compare_files(lg_ctx *ctx, const char *a, const char *b) {
  unsigned char *x, *y;
  size_t n, m;
  assert_ok(ctx, lg_file_read(ctx, a, 10000000, &x, &n));
  assert_ok(ctx, lg_file_read(ctx, b, 10000000, &y, &m));
  assert_int_equal(n, m);
  assert_memory_equal(x, y, n);
  lg_free(ctx, x);
  lg_free(ctx, y);
}

static void test_training(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx(), *other = lg_test_ctx();
  const culture_amortised_plan plan = tiny();
  culture_amortised_table t;
  char dir[] = "/tmp/loligo-amortised-XXXXXX", a[64], b[64];
  assert_non_null(mkdtemp(dir));
  (void)snprintf(a, sizeof a, "%s/a.safetensors", dir);
  (void)snprintf(b, sizeof b, "%s/b.safetensors", dir);
  assert_ok(ctx, lg_culture_amortised_train(ctx, &plan, a, &t));
  print_message("%zu cultures: 90 %% intervals hold k in %.2f, gamma in %.2f\n", t.n, t.cover_k[3], t.cover_gamma[3]);
  assert_true(t.n >= 8 && t.cover_gamma[3] > 0.6 && t.cover_gamma[0] < t.cover_gamma[4]);
  lg_ctx_set_cancel_flag(other, &stop);
  lg_ctx_set_progress(other, stop_after, NULL);
  assert_int_equal(lg_culture_amortised_train(other, &plan, b, &t), LG_ERR_CANCELLED);
  lg_ctx_destroy(other);
  assert_ok(ctx, lg_culture_amortised_train(ctx, &plan, b, &t));
  compare_files(ctx, a, b);
  use(ctx, a);
  assert_int_equal(unlink(a), 0);
  assert_int_equal(unlink(b), 0);
  assert_int_equal(rmdir(dir), 0); /* nothing else is left there */
  lg_ctx_destroy(ctx);
}

static void test_plans(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_amortised_table t;
  culture_amortised_plan p = tiny();
  p.frames.low = 40.0;
  assert_int_equal(lg_culture_amortised_train(ctx, &p, "/tmp/x", &t), LG_ERR_RANGE);
  p = tiny();
  p.calibrate = 5;
  assert_int_equal(lg_culture_amortised_train(ctx, &p, "/tmp/x", &t), LG_ERR_RANGE);
  p = tiny();
  p.k.low = 0.5;
  assert_int_equal(lg_culture_amortised_train(ctx, &p, "/tmp/x", &t), LG_ERR_RANGE);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradient), cmocka_unit_test(test_training),
                                     cmocka_unit_test(test_plans)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
