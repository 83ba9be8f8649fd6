/* Predictions of strain profiles: resampling, what counts as in range, simulation of what does not, files. */
#define _GNU_SOURCE
#include "tests/alloc.h"
#include "tests/test.h"

#include "axon/axon_net.h"
#include "axon/distance.h"
#include "axon/infer.h"
#include "axon/predict.h"
#include "io/table.h"
#include "twin/axon_prediction_file.h"

#include <math.h>
#include <string.h>

enum { N = 40, KNOWN = 12, NETS = 3, FINE = 2 * AXON_NET_TIMES - 1 };

/* Half sines of growing size and length; samples `dt` ms apart. */
static axon_profiles *pulses(lg_ctx *ctx, size_t n_times, double dt_ms) {
  axon_profiles *p = lg_alloc(ctx, 1, sizeof *p);
  assert_non_null(p);
  *p = (axon_profiles){.n = N, .n_times = n_times, .dt_s = 1e-3 * dt_ms};
  p->strain = lg_alloc(ctx, N * n_times, sizeof *p->strain);
  p->names = lg_alloc(ctx, N, sizeof *p->names);
  assert_non_null(p->strain);
  assert_non_null(p->names);
  for (size_t k = 0; k < N; k++) {
    char name[16];
    (void)snprintf(name, sizeof name, "p%zu", k);
    p->names[k] = lg_strdup(ctx, name);
    for (size_t t = 0; t < n_times; t++) {
      const double ms = dt_ms * (double)t, length = 20.0 + 2.0 * (double)k;
      /* straight between whole milliseconds, so that another step holds the same */
      const double a = floor(ms), part = ms - a;
      const double x = a < length ? sin(3.14159265 * a / length) : 0.0;
      const double y = a + 1.0 < length ? sin(3.14159265 * (a + 1.0) / length) : 0.0;
      p->strain[k * n_times + t] = 0.004 * (double)(k + 1) * (x + part * (y - x));
    }
  }
  return p;
}

/* Networks as training begins them; they know the first KNOWN pulses. */
static lg_axon_surrogate *networks(lg_ctx *ctx, const axon_profiles *p) {
  axon_net layers;
  lg_axon_surrogate *s = lg_alloc(ctx, 1, sizeof *s);
  assert_non_null(s);
  assert_ok(ctx, lg_axon_net_create(ctx, AXON_LAYOUT_SIX, &layers));
  s->layout = AXON_LAYOUT_SIX;
  s->params = lg_axon_params_male();
  s->n_nets = NETS;
  s->n_weights = layers.params.count;
  s->weights = lg_alloc(ctx, NETS * s->n_weights, sizeof *s->weights);
  s->known = lg_alloc(ctx, (size_t)KNOWN * AXON_NET_TIMES, sizeof *s->known);
  assert_non_null(s->weights);
  assert_non_null(s->known);
  for (size_t m = 0; m < NETS; m++) lg_f32_init(&layers.params, m, s->weights + m * s->n_weights);
  lg_axon_net_clear(ctx, &layers);
  for (size_t k = 0; k < (size_t)KNOWN * AXON_NET_TIMES; k++) s->known[k] = (float)p->strain[k];
  s->n_known = KNOWN;
  s->known_threshold = 0.05;
  const double mean[AXON_PREDICTED] = {-3.0, -2.5, 2.0, -4.0};
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    s->target_mean[q] = mean[q];
    s->target_sd[q] = 0.5;
    s->sd_floor[q] = 0.02;
    s->sd_scale[q] = 1.5;
    s->most_spread[q] = 10.0;
  }
  return s;
}

typedef struct fixture {
  lg_ctx *ctx;
  axon_profiles *profiles;
  lg_axon_surrogate *net;
} fixture;

static int begin(void **state) {
  static fixture f;
  f.ctx = lg_test_ctx();
  f.profiles = pulses(f.ctx, AXON_NET_TIMES, 1.0);
  f.net = networks(f.ctx, f.profiles);
  *state = &f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  lg_axon_profiles_destroy(f->ctx, f->profiles);
  lg_axon_surrogate_destroy(f->ctx, f->net);
  lg_ctx_destroy(f->ctx);
  return 0;
}

static void mean_and_range(void **state) {
  const fixture *f = *state;
  axon_prediction out[N];
  float y[NETS * N * AXON_PREDICTED];
  axon_infer *infer = NULL;
  assert_ok(f->ctx, lg_axon_infer_create(f->ctx, f->net, &infer));
  assert_ok(f->ctx, lg_axon_infer(f->ctx, infer, NULL, N, f->profiles->strain, y));
  assert_ok(f->ctx, lg_axon_surrogate_predict(f->ctx, f->net, f->profiles, out));
  for (size_t k = 0; k < N; k++) {
    double sum = 0.0, nearest = INFINITY;
    float profile[AXON_NET_TIMES];
    for (size_t m = 0; m < NETS; m++) sum += (double)y[(m * N + k) * AXON_PREDICTED];
    assert_true(fabs(out[k].mean[AXON_MT] - (exp(-3.0 + 0.5 * sum / NETS) - 0.01)) < 1e-12);
    assert_true(out[k].sd[AXON_MT] > 0.0 && out[k].spread[AXON_MT] > 0.0);
    for (size_t t = 0; t < AXON_NET_TIMES; t++) profile[t] = (float)f->profiles->strain[k * AXON_NET_TIMES + t];
    for (size_t j = 0; j < KNOWN; j++)
      nearest = fmin(nearest, lg_axon_distance(profile, f->net->known + j * AXON_NET_TIMES, AXON_NET_TIMES));
    assert_int_equal(out[k].in_range, nearest <= f->net->known_threshold);
    assert_true(out[k].nearest >= nearest - 1e-12 && (!out[k].in_range || out[k].nearest <= f->net->known_threshold));
  }
  assert_true(out[0].in_range && !out[N - 1].in_range);
  f->net->most_spread[AXON_NF] = out[0].spread[AXON_NF] * 0.999; /* whatever is near: the networks do not agree */
  axon_prediction again[N];
  assert_ok(f->ctx, lg_axon_surrogate_predict(f->ctx, f->net, f->profiles, again));
  assert_false(again[0].in_range);
  assert_true(again[0].mean[0] == out[0].mean[0]);
  f->net->most_spread[AXON_NF] = 10.0;
  lg_axon_infer_destroy(f->ctx, infer);
}

static void other_steps(void **state) {
  const fixture *f = *state;
  axon_prediction out[N], fine[N];
  axon_profiles *twice = pulses(f->ctx, FINE, 0.5), *shorter = pulses(f->ctx, 61, 1.0);
  assert_ok(f->ctx, lg_axon_surrogate_predict(f->ctx, f->net, f->profiles, out));
  assert_ok(f->ctx, lg_axon_surrogate_predict(f->ctx, f->net, twice, fine));
  for (size_t k = 0; k < N; k++) {
    assert_int_equal(out[k].in_range, fine[k].in_range);
    for (size_t q = 0; q < AXON_PREDICTED; q++) assert_true(fabs(out[k].mean[q] - fine[k].mean[q]) < 1e-6);
  }
  /* pulses of up to 60 ms end at 0 and stay there; the longer ones hold on to something else */
  assert_ok(f->ctx, lg_axon_surrogate_predict(f->ctx, f->net, shorter, fine));
  for (size_t k = 0; k <= 20; k++)
    for (size_t q = 0; q < AXON_PREDICTED; q++) assert_true(fabs(out[k].mean[q] - fine[k].mean[q]) < 1e-6);
  assert_true(fine[N - 1].mean[0] != out[N - 1].mean[0]);
  lg_axon_profiles_destroy(f->ctx, twice);
  lg_axon_profiles_destroy(f->ctx, shorter);
}

/* What comes to its peak after 100 ms cannot be predicted. */
static void too_late(void **state) {
  const fixture *f = *state;
  axon_prediction out[N];
  axon_profiles *p = pulses(f->ctx, 151, 1.0);
  for (size_t t = 0; t < 151; t++) p->strain[t] = t < 110 ? 0.0 : 0.05;
  assert_ok(f->ctx, lg_axon_surrogate_predict(f->ctx, f->net, p, out));
  assert_false(out[0].in_range);
  assert_true(out[1].in_range);
  lg_axon_profiles_destroy(f->ctx, p);
}

static void the_rest_is_simulated(void **state) {
  const fixture *f = *state;
  axon_predicted rows[N], kept[N], threads[N];
  axon_predict_report r;
  axon_outcome *outcomes = lg_alloc(f->ctx, N, sizeof *outcomes);
  lg_axon *axon = NULL;
  assert_non_null(outcomes);
  assert_ok(f->ctx, lg_axon_create(f->ctx, &f->net->params, &axon));
  assert_ok(f->ctx, lg_axon_simulate(f->ctx, axon, f->profiles, &(axon_simulate_opts){0}, outcomes, NULL));
  assert_ok(f->ctx, lg_axon_predict(f->ctx, f->net, f->profiles, &(axon_predict_opts){0}, rows, &r));
  assert_ok(f->ctx,
            lg_axon_predict(f->ctx, f->net, f->profiles, &(axon_predict_opts){.no_fallback = true}, kept, NULL));
  assert_true(r.n_out > 0 && r.n_out < N);
  assert_int_equal(r.n_direct, r.n_out);
  assert_int_equal(r.n_failed, 0);
  for (size_t k = 0; k < N; k++) {
    assert_int_equal(rows[k].direct, !rows[k].in_range);
    assert_false(kept[k].direct);
    for (size_t q = 0; q < AXON_PREDICTED; q++) {
      assert_true(rows[k].mean[q] == (rows[k].direct ? outcomes[k].out[q] : kept[k].mean[q]));
      assert_true(rows[k].direct ? rows[k].sd[q] == 0.0 : rows[k].sd[q] > 0.0);
    }
  }
  lg_ctx *more = lg_test_ctx();
  assert_ok(more, lg_ctx_set_threads(more, 3));
  assert_ok(more, lg_axon_predict(more, f->net, f->profiles, &(axon_predict_opts){0}, threads, NULL));
  for (size_t k = 0; k < N; k++) assert_memory_equal(threads[k].mean, rows[k].mean, sizeof rows[k].mean);
  lg_ctx_destroy(more);
  lg_axon_destroy(f->ctx, axon);
  lg_free(f->ctx, outcomes);
}

/* Strain that the mechanics refuse is one row's failure. */
static void one_that_cannot_be(void **state) {
  const fixture *f = *state;
  axon_predicted rows[N];
  axon_predict_report r;
  axon_profiles *p = pulses(f->ctx, AXON_NET_TIMES, 1.0);
  for (size_t t = 1; t < AXON_NET_TIMES; t++) p->strain[t] = -0.95;
  assert_ok(f->ctx, lg_axon_predict(f->ctx, f->net, p, &(axon_predict_opts){0}, rows, &r));
  assert_int_equal(r.n_failed, 1);
  assert_true(rows[0].failed && isnan(rows[0].mean[0]) && isnan(rows[0].sd[AXON_NF]) && !rows[0].in_range);
  assert_true(isfinite(rows[N - 1].mean[0]) && rows[N - 1].direct);
  lg_axon_profiles_destroy(f->ctx, p);
}

static void as_hdf5(void **state) {
  const fixture *f = *state;
  axon_predicted rows[N];
  char path[] = "/tmp/loligo-predict-XXXXXX.h5";
  const int fd = mkstemps(path, 3);
  assert_true(fd >= 0);
  (void)close(fd);
  assert_ok(f->ctx, lg_axon_predict(f->ctx, f->net, f->profiles, &(axon_predict_opts){0}, rows, NULL));
  assert_ok(f->ctx, lg_axon_predictions_write(f->ctx, path, f->profiles, rows, NULL, NULL));
  lg_table *table = NULL;
  assert_ok(f->ctx, lg_table_read(f->ctx, path, &table));
  size_t seen = 0;
  for (size_t c = 0; c < table->n; c++) {
    if (strcmp(table->items[c].name, "tau_pct") != 0) continue;
    assert_int_equal(table->items[c].n, N);
    for (size_t k = 0; k < N; k++) assert_true(table->items[c].x[k] == rows[k].mean[AXON_TAU]);
    seen++;
  }
  assert_int_equal(seen, 1);
  lg_table_destroy(f->ctx, table);
  (void)remove(path);
}

static const fixture *the_fixture;

static lg_status two_profiles(lg_ctx *ctx) {
  axon_predicted rows[2];
  axon_profiles two = *the_fixture->profiles;
  two.strain += (N - 2) * AXON_NET_TIMES; /* out of range: both ways are gone */
  two.names += N - 2;
  two.n = 2;
  return lg_axon_predict(ctx, the_fixture->net, &two, &(axon_predict_opts){0}, rows, NULL);
}

static void without_memory(void **state) {
  the_fixture = *state;
  assert_true(lg_exhaust("lg_axon_predict", two_profiles) > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mean_and_range),        cmocka_unit_test(other_steps),        cmocka_unit_test(too_late),
      cmocka_unit_test(the_rest_is_simulated), cmocka_unit_test(one_that_cannot_be), cmocka_unit_test(as_hdf5),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
