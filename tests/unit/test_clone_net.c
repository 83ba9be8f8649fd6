/* The cloning networks: examples, files, guesses. */
#define _XOPEN_SOURCE 700
#include "neuron/prior_izhikevich.h"
#include "neuron/prior_tm.h"
#include "tests/test.h"
#include "twin/clone_net.h"

#include <math.h>
#include <string.h>

enum { P = LG_CLONE_NET_P };

static lg_net_plan small_plan(lg_net_family family) {
  lg_net_plan plan = {.family = family,
                      .protocol = LG_NET_CLONE1,
                      .neurons = 64,
                      .held = 64,
                      .batch = 64,
                      .noise_low_mV = 0.2,
                      .noise_high_mV = 0.2,
                      .dt_ms = 0.05,
                      .features = true,
                      .point_head = true,
                      .components = 2};
  (void)snprintf(plan.encoder, sizeof plan.encoder,
                 "channels=6 conv=8:12:8,8:9:4 lstm=8 pool=last,mean,max features=%zu dense=16 act=relu",
                 lg_net_feature_width(&plan));
  return plan;
}

/* The closed form among the features must tell C, k, vr, c and vpeak nearly alone. */
static void closed_form_features_tell_the_parameters(void **state) {
  lg_ctx *ctx;
  const lg_net_plan plan = small_plan(LG_NET_IZHIKEVICH);
  lg_net_data data;
  (void)state;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_net_data_make(ctx, &plan, 7, 0, 48, &data));
  const size_t width = lg_net_feature_width(&plan);
  size_t found = 0, near = 0;
  for (size_t k = 0; k < data.n; k++) {
    const float *closed = data.f + k * width + LG_OBSERVE_FEATURES;
    if (closed[P] < 0.5f) continue;
    found++;
    near += fabsf(closed[0] - data.y[k * P]) < 0.2f && fabsf(closed[1] - data.y[k * P + 1]) < 0.2f;
  }
  assert_true(found >= 44);
  assert_true(near >= 40);
  lg_net_data_clear(ctx, &data);
  lg_ctx_destroy(ctx);
}

static void examples_do_not_depend_on_threads(void **state) {
  const lg_net_family families[] = {LG_NET_IZHIKEVICH, LG_NET_TM};
  (void)state;
  for (size_t f = 0; f < 2; f++) {
    const lg_net_plan plan = small_plan(families[f]);
    lg_net_data data[2];
    lg_ctx *ctx;
    assert_int_equal(lg_ctx_create(&ctx), LG_OK);
    for (unsigned t = 0; t < 2; t++) {
      assert_ok(ctx, lg_ctx_set_threads(ctx, t + 1));
      assert_ok(ctx, lg_net_data_make(ctx, &plan, 3, 10, 12, &data[t]));
    }
    assert_memory_equal(data[0].x, data[1].x, data[0].n * data[0].bins * LG_OBSERVE_CHANNELS * sizeof(float));
    assert_memory_equal(data[0].f, data[1].f, data[0].n * lg_net_feature_width(&plan) * sizeof(float));
    assert_memory_equal(data[0].y, data[1].y, data[0].n * P * sizeof(float));
    lg_net_data_clear(ctx, &data[0]);
    lg_net_data_clear(ctx, &data[1]);
    lg_ctx_destroy(ctx);
  }
}

/* An untrained network of the right shape with the domain of a few neurons. */
static void make_file(lg_ctx *ctx, lg_clone_net_file *file, lg_net_data *data) {
  const lg_net_plan plan = small_plan(LG_NET_IZHIKEVICH);
  memset(file, 0, sizeof *file);
  assert_ok(ctx, lg_clone_net_create(ctx, &plan, false, &file->net));
  file->theta = lg_alloc(ctx, file->net.params.count, sizeof *file->theta);
  assert_non_null(file->theta);
  lg_rng rng = lg_rng_make(5, 1, 1);
  for (size_t k = 0; k < file->net.params.count; k++) file->theta[k] = (float)lg_rng_range(&rng, -0.1, 0.1);
  for (int p = 0; p < P; p++) file->calibration.spread[p] = file->calibration.tail[p] = 1.1;
  assert_ok(ctx, lg_net_data_make(ctx, &plan, 7, 0, 64, data));
  const size_t width = file->net.encoder.width;
  float *rows = lg_alloc(ctx, data->n * width, sizeof *rows), *none = NULL;
  assert_ok(ctx, lg_clone_net_run(ctx, &file->net, file->theta, data, none, rows));
  assert_ok(ctx, lg_net_domain_make(ctx, rows, data->n, rows, data->n, width, &file->embedding));
  assert_ok(ctx,
            lg_net_domain_make(ctx, data->f, data->n, data->f, data->n, lg_net_feature_width(&plan), &file->features));
  lg_free(ctx, rows);
}

static void clear_file(lg_ctx *ctx, lg_clone_net_file *file) {
  lg_clone_net_clear(ctx, &file->net);
  lg_net_domain_clear(ctx, &file->embedding);
  lg_net_domain_clear(ctx, &file->features);
  lg_free(ctx, file->theta);
}

static void record(double scale, double *v, double *i, lg_fit_trace *trace) {
  lg_izh_draw draw;
  lg_izh_prior_draw(99, 1, &draw);
  lg_izh_protocol_fill(LG_IZH_CLONE1, draw.i0_pA, 99, 1, 0.05, 24000, i);
  (void)lg_izh_simulate_sampled(&draw.p, i, 24000, 0.05, v, NULL, 0);
  lg_rng rng = lg_rng_make(1, 2, 3);
  for (size_t k = 0; k < 24000; k++) v[k] = scale * v[k] + 0.2 * lg_rng_normal(&rng);
  *trace = (lg_fit_trace){v, i, 24000, 0.05};
}

static void a_file_guesses_what_its_network_guessed(void **state) {
  static lg_clone_guess before, after;
  static double v[24000], i[24000];
  lg_ctx *ctx;
  lg_clone_net_file file, *read = NULL;
  lg_net_data data;
  lg_fit_trace trace;
  char path[] = "/tmp/loligo-net-XXXXXX";
  (void)state;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  (void)close(mkstemp(path));
  make_file(ctx, &file, &data);
  record(1.0, v, i, &trace);
  assert_ok(ctx, lg_clone_net_write(ctx, &file, 7, path));
  assert_ok(ctx, lg_clone_net_load(ctx, path, &read));
  assert_ok(ctx, lg_clone_net_guess(ctx, &file, &trace, 1, 1, &before));
  assert_ok(ctx, lg_clone_net_guess(ctx, read, &trace, 1, 1, &after));
  assert_memory_equal(&before, &after, sizeof before);
  for (int p = 0; p < P; p++) {
    assert_true(isfinite(after.mean[p]) && after.sd[p] >= 0.0);
    assert_true(after.ci95[p][0] <= after.ci95[p][1]);
  }
  assert_true(after.feature_distance < 1.5);
  /* potentials of a tenth of the size are no such neuron's */
  record(0.1, v, i, &trace);
  assert_ok(ctx, lg_clone_net_guess(ctx, read, &trace, 1, 1, &after));
  assert_true(after.feature_distance > 1.5);
  /* too short for the convolutions: one clear error */
  trace.n = 100;
  assert_int_equal(lg_clone_net_guess(ctx, read, &trace, 1, 1, &after), LG_ERR_RANGE);
  lg_clone_net_destroy(ctx, read);
  clear_file(ctx, &file);
  lg_net_data_clear(ctx, &data);
  (void)remove(path);
  lg_ctx_destroy(ctx);
}

static void folding_the_point_head_changes_nothing(void **state) {
  lg_ctx *ctx;
  const lg_net_plan plan = small_plan(LG_NET_IZHIKEVICH);
  lg_clone_net trained, plain;
  lg_net_data data;
  (void)state;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_clone_net_create(ctx, &plan, true, &trained));
  assert_ok(ctx, lg_clone_net_create(ctx, &plan, false, &plain));
  assert_true(trained.params.count > plain.params.count);
  float *from = lg_alloc(ctx, trained.params.count, sizeof *from), *to = lg_alloc(ctx, plain.params.count, sizeof *to);
  assert_true(from && to);
  lg_rng rng = lg_rng_make(5, 1, 1);
  for (size_t k = 0; k < trained.params.count; k++) from[k] = (float)lg_rng_range(&rng, -0.2, 0.2);
  lg_clone_net_fold(&trained, from, &plain, to);
  assert_ok(ctx, lg_net_data_make(ctx, &plan, 7, 0, 8, &data));
  const size_t width = lg_mixture_width(plan.components, P);
  float *a = lg_alloc(ctx, data.n * width, sizeof *a), *b = lg_alloc(ctx, data.n * width, sizeof *b), *none = NULL;
  assert_true(a && b);
  assert_ok(ctx, lg_clone_net_run(ctx, &trained, from, &data, a, none));
  assert_ok(ctx, lg_clone_net_run(ctx, &plain, to, &data, b, none));
  for (size_t k = 0; k < data.n * width; k++) assert_true(fabsf(a[k] - b[k]) < 1e-4f);
  lg_free(ctx, from);
  lg_free(ctx, to);
  lg_free(ctx, a);
  lg_free(ctx, b);
  lg_net_data_clear(ctx, &data);
  lg_clone_net_clear(ctx, &trained);
  lg_clone_net_clear(ctx, &plain);
  lg_ctx_destroy(ctx);
}

/* A mixture that is too wide by two and off by a tenth must be found out. */
static void calibration_mends_what_is_off(void **state) {
  enum { N = 4000, K = 1 };
  lg_ctx *ctx;
  lg_net_calibration found;
  (void)state;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  const size_t width = lg_mixture_width(K, P);
  float *raw = lg_alloc(ctx, N * width, sizeof *raw), *y = lg_alloc(ctx, N * P, sizeof *y);
  assert_true(raw && y);
  for (size_t k = 0; k < N; k++) { /* standard normals; truths narrower about 0.1, odd ones with heavier tails */
    lg_rng rng = lg_rng_make(11, 4, k);
    for (size_t p = 0; p < P; p++) {
      const double tail = p % 2 ? 1.4 : 1.0;
      y[k * P + p] = (float)(0.1 + 0.5 * sinh(tail * asinh(lg_rng_normal(&rng))));
    }
  }
  assert_ok(ctx, lg_net_calibrate(ctx, K, raw, y, N, &found));
  for (int p = 0; p < P; p++) {
    assert_true(fabs(found.spread[p] - 0.5) < 0.09);
    assert_true(fabs(found.shift[p] - 0.1) < 0.041);
    assert_true(fabs(found.tail[p] - (p % 2 ? 1.4 : 1.0)) < 0.15);
  }
  lg_net_posterior post;
  double buffer[128];
  assert_true(width <= 128);
  assert_ok(ctx, lg_net_posterior_read(ctx, K, raw, &found, buffer, &post));
  for (size_t p = 0; p < P; p++) { /* the 68 and 95 % intervals hold what they say */
    double inside[2] = {0.0, 0.0};
    for (size_t k = 0; k < N; k++) {
      const double central = fabs(lg_net_posterior_cdf(&post, p, (double)y[k * P + p]) - 0.5) * 2.0;
      inside[0] += (central <= 0.68) / (double)N;
      inside[1] += (central <= 0.95) / (double)N;
    }
    assert_true(fabs(inside[0] - 0.68) < 0.02);
    assert_true(fabs(inside[1] - 0.95) < 0.015);
  }
  lg_free(ctx, raw);
  lg_free(ctx, y);
  lg_ctx_destroy(ctx);
}

static void a_file_of_something_else_is_refused(void **state) {
  lg_ctx *ctx;
  lg_clone_net_file *read = NULL;
  const float x = 1.0f;
  const lg_tensor_entry entry = {"x", LG_DTYPE_F32, 1, {1}, &x};
  const lg_text_pair metadata = {"schema", "something-else/1"};
  char path[] = "/tmp/loligo-net-XXXXXX";
  (void)state;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  (void)close(mkstemp(path));
  assert_ok(ctx, lg_safetensors_write(ctx, path, &entry, 1, &metadata, 1));
  assert_int_equal(lg_clone_net_load(ctx, path, &read), LG_ERR_FORMAT);
  assert_null(read);
  (void)remove(path);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(closed_form_features_tell_the_parameters),
      cmocka_unit_test(examples_do_not_depend_on_threads),
      cmocka_unit_test(a_file_guesses_what_its_network_guessed),
      cmocka_unit_test(folding_the_point_head_changes_nothing),
      cmocka_unit_test(calibration_mends_what_is_off),
      cmocka_unit_test(a_file_of_something_else_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
