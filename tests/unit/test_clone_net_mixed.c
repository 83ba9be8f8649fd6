/* Recordings of all kinds for the cloning networks: layouts, currents, errors, padding, selection. */
#define _XOPEN_SOURCE 700
#include "neuron/prior_izhikevich.h"
#include "tests/test.h"
#include "twin/clone_net.h"
#include "twin/clone_net_mixed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { P = LG_CLONE_NET_P, GROUPS = 2000 };

static void layouts_fit_and_vary(void **state) {
  size_t kinds[7] = {0}, sweeps[LG_MIXED_SWEEPS + 1] = {0}, padded = 0, led = 0;
  (void)state;
  for (uint64_t g = 0; g < GROUPS; g++) {
    lg_mixed_layout l;
    double total = 0.0;
    lg_mixed_draw(11, g, 1200.0, &l);
    assert_true(l.n_sweeps >= 1 && l.n_sweeps <= LG_MIXED_SWEEPS);
    assert_true(l.dt_ms >= LG_MIXED_MIN_DT_MS && l.dt_ms <= 0.2);
    for (size_t s = 0; s < l.n_sweeps; s++) {
      const double length = (double)l.sweep[s].n * l.dt_ms;
      total += length;
      assert_true(fabs(length / LG_OBSERVE_BIN_MS - floor(length / LG_OBSERVE_BIN_MS + 0.5)) < 1e-6);
      assert_true(l.sweep[s].on_ms >= 15.0 && l.sweep[s].on_ms < l.sweep[s].middle_ms);
      assert_true(l.sweep[s].middle_ms < l.sweep[s].off_ms && l.sweep[s].off_ms <= length);
      kinds[l.sweep[s].kind]++;
    }
    assert_true(total >= 395.0 && total <= 1200.0 + 1e-6);
    padded += total < 1199.0;
    led += l.lead > 0;
    sweeps[l.n_sweeps]++;
  }
  for (int k = 0; k < 7; k++) assert_true(kinds[k] > GROUPS / 50);
  for (int k = 1; k <= LG_MIXED_SWEEPS; k++) assert_true(sweeps[k] > GROUPS / 50);
  assert_true(padded > GROUPS / 4 && padded < 9 * GROUPS / 10);
  assert_true(led > GROUPS / 10 && led < 3 * GROUPS / 10);
}

/* A plain recording of 50 to 550 ms must be among them: the protocol of the literature. */
static void plain_steps_are_among_them(void **state) {
  size_t plain = 0;
  double i[40000];
  (void)state;
  for (uint64_t g = 0; g < 300; g++) {
    lg_mixed_layout l;
    lg_mixed_draw(11, g, 1200.0, &l);
    if (l.n_sweeps != 1 || l.sweep[0].kind != LG_MIXED_STEP || l.sweep[0].on_ms != 50.0) continue;
    plain++;
    assert_true(l.lead + l.sweep[0].n <= sizeof i / sizeof i[0]);
    lg_mixed_current(&l, 0, 11, g * LG_MIXED_GROUP, 100.0, i);
    const double *at = i + l.lead, hold = at[0];
    assert_true(fabs(hold) <= (l.lead > 0 ? 25.0 : 0.0));
    const size_t middle = l.sweep[0].n / 2;
    assert_true(at[middle] - hold >= 115.0 - 1e-9 && at[middle] - hold <= 115.0 * exp(1.2) + 1e-9);
    assert_true(at[l.sweep[0].n - 1] == hold);
    assert_true(fabs((double)l.sweep[0].n * l.dt_ms - 600.0) < 1e-6);
  }
  assert_true(plain >= 20);
}

static lg_net_plan mixed_plan(lg_net_family family) {
  lg_net_plan plan = {.family = family,
                      .protocol = LG_NET_MIXED,
                      .duration_ms = 1200.0,
                      .noise_low_mV = 0.0,
                      .noise_high_mV = 1.0,
                      .offset_mV = 2.0,
                      .features = true,
                      .components = 2};
  return plan;
}

/* Same bytes for one and two threads; every input finite; padding marked, and nothing but padding has time -1. */
static void examples_are_whole(void **state) {
  (void)state;
  for (int family = LG_NET_IZHIKEVICH; family <= LG_NET_TM; family++) {
    const lg_net_plan plan = mixed_plan((lg_net_family)family);
    lg_net_data data[2];
    lg_ctx *ctx;
    assert_int_equal(lg_ctx_create(&ctx), LG_OK);
    for (unsigned t = 0; t < 2; t++) {
      assert_ok(ctx, lg_ctx_set_threads(ctx, t + 1));
      assert_ok(ctx, lg_net_data_make(ctx, &plan, 3, 64, 32, &data[t]));
    }
    const size_t bins = data[0].bins, width = lg_net_feature_width(&plan);
    size_t padding = 0;
    assert_int_equal(bins, 4800);
    assert_memory_equal(data[0].x, data[1].x, data[0].n * bins * LG_OBSERVE_CHANNELS * sizeof(float));
    assert_memory_equal(data[0].f, data[1].f, data[0].n * width * sizeof(float));
    assert_memory_equal(data[0].y, data[1].y, data[0].n * P * sizeof(float));
    for (size_t k = 0; k < data[0].n * bins; k++) {
      const float *x = data[0].x + k * LG_OBSERVE_CHANNELS;
      for (int c = 0; c < LG_OBSERVE_CHANNELS; c++) assert_true(isfinite(x[c]) && fabsf(x[c]) < 40.0f);
      if (x[4] >= 0.0f) continue;
      padding++;
      assert_true(x[4] == -1.0f && x[0] == 0.0f && x[3] == 0.0f);
      if (k % bins + 1 < bins) assert_true(x[LG_OBSERVE_CHANNELS + 4] == -1.0f); /* to the end */
    }
    assert_true(padding > 0 && padding < data[0].n * bins);
    for (size_t k = 0; k < data[0].n * P; k++) assert_true(fabsf(data[0].y[k]) <= 1.7321f); /* inside the box */
    lg_net_data_clear(ctx, &data[0]);
    lg_net_data_clear(ctx, &data[1]);
    lg_ctx_destroy(ctx);
  }
}

/* Errors: quantised potentials, a jump of I Rs at the step, gaps that hold. */
static void errors_are_what_they_say(void **state) {
  (void)state;
  lg_mixed_layout l = {.dt_ms = 0.05, .n_sweeps = 1, .sweep = {{.kind = LG_MIXED_STEP, .n = 4000}}};
  double v[4000], i[4000];
  for (int k = 0; k < 4000; k++) {
    v[k] = -65.0;
    i[k] = k < 2000 ? 0.0 : 200.0;
  }
  lg_mixed_errors e = {.offset_mV = 1.5, .series_MOhm = 4.0};
  lg_mixed_spoil(&e, &l, 0, 1, 2, v, i);
  assert_true(fabs(v[0] + 63.5) < 1e-12 && fabs(v[3000] + 62.7) < 1e-12);
  e = (lg_mixed_errors){.noise_mV = 1.0, .quantum_mV = 0.5, .gaps = 1, .current_noise_pA = 1.0};
  lg_mixed_spoil(&e, &l, 0, 1, 2, v, i);
  size_t same = 0, longest = 0;
  for (int k = 1; k < 4000; k++) {
    assert_true(fabs(v[k] * 2.0 - floor(v[k] * 2.0 + 0.5)) < 1e-9);
    same = v[k] == v[k - 1] ? same + 1 : 0;
    if (same > longest) longest = same;
  }
  assert_true(longest >= 39 && longest <= 420);
  assert_true(i[0] != 0.0 && fabs(i[0]) < 6.0);
}

/* 17 sweeps of 1 s become three windows that fill 1200 ms, the right three. */
static void selection_fills_the_input(void **state) {
  enum { SWEEPS = 17, N = 10000 };
  static double v[SWEEPS][N], i[SWEEPS][N];
  lg_fit_trace traces[SWEEPS], chosen[LG_OBSERVE_SELECTED];
  (void)state;
  for (int s = 0; s < SWEEPS; s++) {
    for (int k = 0; k < N; k++) {
      const bool on = k >= 2000 && k < 7000;
      i[s][k] = on ? -100.0 + 25.0 * s : 0.0;
      v[s][k] = on && i[s][k] >= 50.0 && k % 500 == 0 ? 20.0 : -65.0;
    }
    traces[s] = (lg_fit_trace){v[s], i[s], N, 0.1};
  }
  assert_int_equal(lg_observe_select(traces, SWEEPS, 1200.0, chosen), 3);
  assert_true(chosen[0].i_pA >= i[0] && chosen[0].i_pA < i[1]); /* -100 pA */
  assert_true(chosen[1].i_pA >= i[6] && chosen[1].i_pA < i[7]); /* 50 pA */
  assert_true(chosen[2].i_pA >= i[8] && chosen[2].i_pA < i[9]); /* 100 pA */
  for (int s = 0; s < 3; s++) {
    assert_int_equal(chosen[s].n, 4000);
    assert_true(chosen[s].i_pA[299] == 0.0 && chosen[s].i_pA[300] != 0.0); /* 30 ms before */
  }
  assert_true(lg_observe_bins(chosen, 3) == 4800);
  traces[0].n = 6000;                                                /* a short one leaves its rest to the others */
  assert_int_equal(lg_observe_select(traces, 3, 1300.0, chosen), 2); /* no spikes: the lowest and the highest */
  assert_int_equal(chosen[0].n, 6000);
  assert_int_equal(chosen[1].n, 7000);
  assert_int_equal(lg_observe_select(traces + 6, 1, 1200.0, chosen), 1);
  assert_int_equal(chosen[0].n, N);
}

/* An untrained network of the right shape, with the domain of a few recordings. */
static void make_file(lg_ctx *ctx, lg_clone_net_file *file) {
  lg_net_plan plan = mixed_plan(LG_NET_IZHIKEVICH);
  lg_net_data data;
  float *none = NULL;
  plan.neurons = 64;
  plan.dt_ms = 0.05;
  (void)snprintf(plan.encoder, sizeof plan.encoder,
                 "channels=6 conv=8:12:8,8:9:4 lstm=8 pool=last,mean,max features=%zu dense=16 act=relu",
                 lg_net_feature_width(&plan));
  memset(file, 0, sizeof *file);
  assert_ok(ctx, lg_clone_net_create(ctx, &plan, false, &file->net));
  file->theta = lg_alloc(ctx, file->net.params.count, sizeof *file->theta);
  assert_non_null(file->theta);
  lg_rng rng = lg_rng_make(5, 1, 1);
  for (size_t k = 0; k < file->net.params.count; k++) file->theta[k] = (float)lg_rng_range(&rng, -0.1, 0.1);
  for (int p = 0; p < P; p++) file->calibration.spread[p] = file->calibration.tail[p] = 1.0;
  assert_ok(ctx, lg_net_data_make(ctx, &plan, 7, 0, 64, &data));
  const size_t width = file->net.encoder.width;
  float *rows = lg_alloc(ctx, data.n * width, sizeof *rows);
  assert_non_null(rows);
  assert_ok(ctx, lg_clone_net_run(ctx, &file->net, file->theta, &data, none, rows));
  assert_ok(ctx, lg_net_domain_make(ctx, rows, data.n, rows, data.n, width, &file->embedding));
  assert_ok(ctx, lg_net_domain_make(ctx, data.f, data.n, data.f, data.n, lg_net_feature_width(&plan), &file->features));
  lg_free(ctx, rows);
  lg_net_data_clear(ctx, &data);
}

static void clear_file(lg_ctx *ctx, lg_clone_net_file *file) {
  lg_clone_net_clear(ctx, &file->net);
  lg_net_domain_clear(ctx, &file->embedding);
  lg_net_domain_clear(ctx, &file->features);
  lg_free(ctx, file->theta);
}

/* A family of steps of one neuron of the prior at 10 kHz: sweeps of 800 ms, 100 to 600 ms. */
static void make_family(size_t sweeps, size_t n, double *v, double *i, lg_fit_trace *traces) {
  lg_izh_draw draw;
  lg_izh_prior_draw(3, 5, &draw);
  for (size_t s = 0; s < sweeps; s++) {
    double *vs = v + s * n, *is = i + s * n;
    for (size_t k = 0; k < n; k++) is[k] = k >= 1000 && k < 6000 ? draw.i0_pA * (-0.75 + 0.25 * (double)s) : 0.0;
    (void)lg_izh_simulate_sampled(&draw.p, is, n, 0.1, vs, NULL, 0);
    lg_rng rng = lg_rng_make(4, 4, s);
    for (size_t k = 0; k < n; k++) vs[k] += 0.2 * lg_rng_normal(&rng);
    traces[s] = (lg_fit_trace){vs, is, n, 0.1};
  }
}

/* One sweep, a family of many, a sweep longer than the input: read whole, chosen from, cut; and the file keeps the
   plan. */
static void a_mixed_network_reads_any_recording(void **state) {
  enum { SWEEPS = 14, N = 8000 };
  static double v[SWEEPS * N], i[SWEEPS * N];
  static lg_clone_guess family, single, first, long_one;
  lg_fit_trace traces[SWEEPS];
  lg_clone_net_file file, *read = NULL;
  lg_ctx *ctx;
  char path[] = "/tmp/loligo-mixed-XXXXXX";
  (void)state;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  (void)close(mkstemp(path));
  make_file(ctx, &file);
  assert_ok(ctx, lg_clone_net_write(ctx, &file, 7, path));
  assert_ok(ctx, lg_clone_net_load(ctx, path, &read));
  assert_int_equal(read->net.plan.protocol, LG_NET_MIXED);
  assert_true(read->net.plan.duration_ms == 1200.0);
  make_family(SWEEPS, N, v, i, traces);
  assert_ok(ctx, lg_clone_net_guess(ctx, read, traces, SWEEPS, 1, &family));
  assert_ok(ctx, lg_clone_net_guess(ctx, &file, traces, SWEEPS, 1, &first));
  assert_memory_equal(&family, &first, sizeof family);
  assert_ok(ctx, lg_clone_net_guess(ctx, read, traces + 8, 1, 1, &single));
  assert_true(single.mean[0] != family.mean[0]);
  const lg_fit_trace whole = {v, i, SWEEPS * N, 0.1};
  assert_ok(ctx, lg_clone_net_guess(ctx, read, &whole, 1, 1, &long_one));
  for (int p = 0; p < P; p++)
    assert_true(isfinite(family.mean[p]) && isfinite(single.mean[p]) && isfinite(long_one.mean[p]));
  lg_clone_net_destroy(ctx, read);
  clear_file(ctx, &file);
  (void)remove(path);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layouts_fit_and_vary),      cmocka_unit_test(plain_steps_are_among_them),
      cmocka_unit_test(examples_are_whole),        cmocka_unit_test(errors_are_what_they_say),
      cmocka_unit_test(selection_fills_the_input), cmocka_unit_test(a_mixed_network_reads_any_recording),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
