#include "tests/alloc.h"

#include "base/cpu.h"
#include "neuron/izhikevich_fit.h"
#include "neuron/izhikevich_misfit.h"
#include "neuron/izhikevich_objective.h"
#include "neuron/learn_izhikevich.h"
#include <loligo/identify.h>

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

enum { N_MAX = 30000 };
static double v[N_MAX], current[N_MAX];

static lg_trace record(uint64_t index, double sigma, double dt, lg_izh_draw *draw) {
  lg_izh_prior_draw(21, index, draw);
  const size_t n = lg_izh_protocol_samples(LG_IZH_CLONE1, dt);
  lg_izh_protocol_fill(LG_IZH_CLONE1, draw->i0_pA, 21, index, dt, n, current);
  (void)lg_izh_simulate_sampled(&draw->p, current, n, dt, v, NULL, 0);
  lg_izh_add_noise(v, n, sigma, 21, index);
  const lg_trace trace = {v, current, n, dt};
  return trace;
}

static void test_resets_and_noise_are_found(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_izh_data *data = NULL;
  static double times[400];
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_izh_data_create(ctx, N_MAX, &data));
  for (uint64_t index = 0; index < 30; index++) {
    const double sigma = index % 2 ? 1.0 : 0.2, dt = index % 3 ? 0.05 : 0.1;
    lg_izh_draw draw;
    const lg_trace trace = record(index, sigma, dt, &draw);
    const size_t n = lg_izh_simulate_sampled(&draw.p, current, trace.n - 1, dt, NULL, times, 400);
    assert_true(lg_izh_data_prepare(data, &trace, 1, (double)NAN));
    assert_true(fabs(data->sigma / sigma - 1.0) < 0.08);
    assert_true(data->n_spikes == n);
    for (size_t k = 0; k < n; k++) assert_int_equal(data->sweep[0].last[k], (size_t)ceil(times[k] / dt - 1e-9) - 1);
  }
  lg_izh_data_destroy(ctx, data);
  lg_ctx_destroy(ctx);
}

static void test_kernels_give_the_same_bits(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_izh_data *data = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_izh_data_create(ctx, N_MAX, &data));
  lg_izh_draw draw;
  const lg_trace trace = record(3, 0.2, 0.05, &draw);
  assert_true(lg_izh_data_prepare(data, &trace, 1, (double)NAN));
  lg_izh_set_weights(data, 0.1);
  draw.p.vt += 0.05;
  for (int pulled = 0; pulled < 2; pulled++) {
    lg_izh_point one = {.n = 0}, other = {.n = 0};
    lg_izh_objective objective = {data, lg_izh_fit_base, 3.0, 0.1, pulled ? 0.1 : 0.0, 1e-3, (double)INFINITY, NULL};
    lg_izh_to_z(&draw.p, one.z);
    lg_izh_to_z(&draw.p, other.z);
    assert_true(lg_izh_evaluate(&objective, &one));
    objective.kernel = lg_izh_fit_kernel();
    assert_true(lg_izh_evaluate(&objective, &other));
    assert_memory_equal(&one, &other, sizeof one);
  }
  lg_izh_data_destroy(ctx, data);
  lg_ctx_destroy(ctx);
}

/* The misfit of lanes is half the chi2 of the refinement where every reset is where it was seen; in every build the
 * same bits; a neuron that resets elsewhere is lost. */
static void test_misfits_are_half_the_chi2(void **state) {
  (void)state;
  enum { W = LG_IZH_MISFIT_LANES };
  lg_ctx *ctx = NULL;
  lg_izh_data *data = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_izh_data_create(ctx, N_MAX, &data));
  size_t compared = 0, lost = 0;
  for (uint64_t index = 0; index < 4; index++) {
    lg_izh_draw draw;
    lg_izh_misfit m = {.sigma_mV = 0.0};
    double cost[3][W] = {{0.0}}, expected[W];
    const lg_trace trace = record(index, 0.2, 0.05, &draw);
    assert_true(lg_izh_data_prepare(data, &trace, 1, (double)NAN));
    lg_izh_set_weights(data, 0.0);
    m.sigma_mV = data->sigma;
    const lg_izh_objective objective = {
        data, lg_izh_fit_kernel(), (double)INFINITY, LG_IZH_ETA, 0.0, 1e-3, (double)INFINITY, NULL};
    for (int j = 0; j < W; j++) {
      lg_izh_point p;
      lg_izh_to_z(&draw.p, p.z);
      for (int k = 0; k < 9; k++) p.z[k] += 1e-6 * j * j * (k % 2 ? -1 : 1);
      if (j == 7) p.z[2] += 3.0; /* another rest: spikes elsewhere */
      const lg_izh_params q = lg_izh_from_z(p.z);
      const lg_izh_scaled s = lg_izh_scale(&q);
      assert_true(lg_izh_evaluate(&objective, &p));
      expected[j] = p.clamped == 0 ? 0.5 * p.chi2 : (double)INFINITY;
      m.q[j] = s.q, m.g[j] = s.g, m.a[j] = s.a, m.e[j] = s.e, m.inv_C[j] = s.inv_C;
      m.reset_x[j] = s.reset_x, m.jump_w[j] = s.jump_w, m.peak_x[j] = s.peak_x, m.vr[j] = q.vr;
    }
    for (int build = 0; build < 3; build++) {
      if (build == 1 && lg_cpu_level() < LG_CPU_V3) continue;
      if (build == 2 && lg_cpu_level() < LG_CPU_V4) continue;
      (build == 0   ? lg_izh_misfit_plain
       : build == 1 ? lg_izh_misfit_v3
                    : lg_izh_misfit_v4)(&m, &data->sweep[0], cost[build]);
      assert_memory_equal(cost[build], cost[0], sizeof cost[0]);
    }
    for (int j = 0; j < W; j++) {
      if (isinf(cost[0][j])) lost++;
      if (isinf(cost[0][j]) || isinf(expected[j])) continue;
      assert_true(fabs(cost[0][j] / expected[j] - 1.0) < 1e-6);
      compared++;
    }
    assert_true(isinf(cost[0][7]));
  }
  assert_true(compared >= 12 && lost >= 4);
  lg_izh_data_destroy(ctx, data);
  lg_ctx_destroy(ctx);
}

/* Samples of the posterior: enough draws count, the truth lies among them, every one spikes where the recording does,
 * and helpers change no bit. */
static void test_posterior_samples(void **state) {
  (void)state;
  static lg_posterior posterior[2];
  static double times[400], own[400];
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  int outside = 0, intervals = 0;
  for (uint64_t index = 0; index < 5; index++) {
    lg_izh_draw draw;
    lg_izhikevich_fit fit;
    double natural[9];
    const lg_trace trace = record(index, 0.2, 0.05, &draw);
    lg_izh_to_vector(&draw.p, natural);
    for (int k = 0; k < (index == 0 ? 2 : 1); k++) {
      assert_ok(ctx, lg_ctx_set_threads(ctx, k ? 3 : 1));
      assert_ok(ctx, lg_izh_identify_posterior(ctx, &trace, 1, NULL, &fit, &posterior[k]));
    }
    if (index == 0) assert_memory_equal(&posterior[0], &posterior[1], sizeof posterior[0]);
    const lg_posterior *p = &posterior[0];
    assert_true(fit.accepted);
    assert_int_equal(p->n, LG_POSTERIOR_SAMPLES);
    assert_true(p->effective >= LG_POSTERIOR_FEW);
    const size_t n = lg_izh_simulate_sampled(&draw.p, current, trace.n - 1, 0.05, NULL, times, 400);
    for (size_t k = 0; k < p->n; k += 20) {
      const lg_izh_params q = lg_izh_from_vector(p->samples[k]);
      assert_int_equal(lg_izh_simulate_sampled(&q, current, trace.n - 1, 0.05, NULL, own, 400), n);
      for (size_t s = 0; s < n; s++) assert_true(ceil(times[s] / 0.05 - 1e-9) == ceil(own[s] / 0.05 - 1e-9));
    }
    for (int c = 0; c < 9; c++) {
      assert_true(p->sd[c] > 0.0 && p->sd[c] < 3.0 * fit.sd[c]);
      assert_true(fabs(natural[c] - fit.parameters[c]) < 5.0 * fmax(p->sd[c], fit.sd[c]));
      outside += natural[c] < p->ci95[c][0] || natural[c] > p->ci95[c][1];
      intervals++;
    }
  }
  print_message("truth outside of %d of %d intervals of 95 %%\n", outside, intervals);
  assert_true(outside <= 7); /* of 45, correlated */
  lg_ctx_destroy(ctx);
}

static lg_status identify_with_samples(lg_ctx *ctx) {
  static lg_posterior posterior;
  lg_izh_draw draw;
  lg_izhikevich_fit fit;
  const lg_trace trace = record(1, 0.2, 0.1, &draw);
  return lg_izh_identify_posterior(ctx, &trace, 1, NULL, &fit, &posterior);
}

static void test_no_memory_is_an_error(void **state) {
  (void)state;
  assert_true(lg_exhaust("identification with samples", identify_with_samples) >= 10);
}

/* Half the derivative of the cost by central differences against -gradient, where no reset sits on a border. */
static void test_sensitivities_are_derivatives(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_izh_data *data = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_izh_data_create(ctx, N_MAX, &data));
  double worst = 0.0;
  for (uint64_t index = 0; index < 4; index++)
    for (int pulled = 0; pulled < 2; pulled++) {
      lg_izh_draw draw;
      const lg_trace trace = record(index, 0.2, 0.05, &draw);
      assert_true(lg_izh_data_prepare(data, &trace, 1, (double)NAN));
      lg_izh_set_weights(data, 0.5);
      const lg_izh_objective objective = {
          data, lg_izh_fit_kernel(), (double)INFINITY, 0.03, pulled ? 0.05 : 0.0, 1e-3, (double)INFINITY, NULL};
      lg_izh_point here, low, high;
      lg_izh_to_z(&draw.p, here.z);
      for (int k = 0; k < 9; k++) here.z[k] += 1e-5 * (k + 1); /* away from the truth: a gradient that is not noise */
      assert_true(lg_izh_evaluate(&objective, &here));
      if (here.clamped > 0) continue;
      for (int k = 0; k < (pulled ? 8 : 9); k++) {
        const double h = 1e-7 * fmax(1.0, fabs(here.z[k]));
        low = high = here;
        low.z[k] -= h;
        high.z[k] += h;
        assert_true(lg_izh_evaluate(&objective, &low) && lg_izh_evaluate(&objective, &high));
        const double slope = -0.25 * (high.cost - low.cost) / h;
        /* relative to what one standard deviation would change */
        const double scale = fabs(here.gradient[k]) + sqrt(here.hessian[k * 10]);
        worst = fmax(worst, fabs(slope - here.gradient[k]) / scale);
      }
    }
  print_message("sensitivities against central differences: %.1e\n", worst);
  assert_true(worst < 1e-3);
  lg_izh_data_destroy(ctx, data);
  lg_ctx_destroy(ctx);
}

static void test_identify_known_neurons(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  double low[9], high[9];
  lg_izh_prior_box(low, high);
  int accepted = 0;
  for (uint64_t index = 0; index < 6; index++) {
    lg_izh_draw draw;
    lg_izhikevich_fit fit;
    double z[9];
    const lg_trace trace = record(index, 0.2, 0.05, &draw);
    assert_ok(ctx, lg_izhikevich_identify(ctx, &trace, 1, NULL, &fit));
    accepted += fit.accepted;
    if (!fit.accepted) continue;
    lg_izh_to_z(&draw.p, z);
    for (int k = 0; k < 9; k++) {
      assert_true(fabs(fit.z[k] - z[k]) < 0.02 * (high[k] - low[k]));
      assert_true(fabs(fit.z[k] - z[k]) < 5.5 * sqrt(fit.covariance_z[k][k]));
      assert_true(fit.ci95[k][0] < fit.parameters[k] && fit.parameters[k] < fit.ci95[k][1]);
    }
  }
  assert_true(accepted >= 5);
  lg_ctx_destroy(ctx);
}

static void test_two_sweeps_and_missing_samples(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  lg_izh_draw draw;
  lg_izhikevich_fit fit;
  lg_trace trace = record(2, 0.2, 0.05, &draw);
  lg_trace halves[2] = {{v, current, 0, 0.05}, {v, current, 0, 0.05}};
  /* a second, different recording of the same cell: a plain step */
  static double v2[N_MAX], current2[N_MAX];
  const size_t n2 = lg_izh_protocol_samples(LG_IZH_STEP, 0.05);
  lg_izh_protocol_fill(LG_IZH_STEP, draw.i0_pA, 1, 1, 0.05, n2, current2);
  (void)lg_izh_simulate_sampled(&draw.p, current2, n2, 0.05, v2, NULL, 0);
  lg_izh_add_noise(v2, n2, 0.2, 5, 5);
  halves[0] = trace;
  halves[1] = (lg_trace){v2, current2, n2, 0.05};
  for (size_t k = 2000; k < 2200; k++) v[k] = (double)NAN;
  assert_ok(ctx, lg_izhikevich_identify(ctx, halves, 2, NULL, &fit));
  assert_true(fit.accepted);
  assert_true(fit.n_samples == trace.n + n2 - 200);
  assert_true(fabs(fit.parameters[0] - draw.p.C) < 0.01 * draw.p.C);
  lg_ctx_destroy(ctx);
}

static void test_what_cannot_be_identified(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  lg_izh_draw draw;
  lg_izhikevich_fit fit;
  lg_trace trace = record(2, 0.2, 0.05, &draw);
  assert_int_equal(lg_izhikevich_identify(ctx, &trace, 0, NULL, &fit), LG_ERR_RANGE);
  assert_int_equal(lg_izhikevich_identify(ctx, NULL, 1, NULL, &fit), LG_ERR_ARGUMENT);
  current[5] = (double)INFINITY;
  assert_int_equal(lg_izhikevich_identify(ctx, &trace, 1, NULL, &fit), LG_ERR_RANGE);
  current[5] = 0.0;
  lg_identify_opts opts = LG_IDENTIFY_OPTS_INIT;
  opts.max_starts = 0;
  assert_int_equal(lg_izhikevich_identify(ctx, &trace, 1, &opts, &fit), LG_ERR_RANGE);
  /* no spikes: no model, and it says so */
  for (size_t k = 0; k < trace.n; k++) v[k] = -60.0;
  lg_izh_add_noise(v, trace.n, 0.2, 1, 1);
  assert_ok(ctx, lg_izhikevich_identify(ctx, &trace, 1, NULL, &fit));
  assert_int_equal(fit.stage, LG_IDENTIFY_NONE);
  assert_true(isnan(fit.parameters[0]) && !fit.accepted);
  /* a sine wave through 0 mV is no neuron of this family */
  for (size_t k = 0; k < trace.n; k++) v[k] += 70.0 * sin(0.01 * (double)k) * sin(0.01 * (double)k);
  opts = (lg_identify_opts)LG_IDENTIFY_OPTS_INIT;
  opts.max_starts = 2;
  assert_ok(ctx, lg_izhikevich_identify(ctx, &trace, 1, &opts, &fit));
  assert_false(fit.accepted);
  lg_ctx_destroy(ctx);
}

static volatile int stop;
static void on_alarm(int number) {
  (void)number;
  stop = 1;
}

/* A fit that would take many times as long ends soon after the flag went up. */
static void test_it_stops_when_asked_to(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_izh_draw draw;
  lg_izhikevich_fit fit;
  const lg_trace trace = record(2, 0.2, 0.05, &draw);
  lg_identify_opts opts = LG_IDENTIFY_OPTS_INIT;
  opts.max_starts = 32;
  opts.sigma_mV = 0.05; /* a quarter of the noise: no start is good enough */
  const struct itimerval soon = {.it_value = {.tv_usec = 30000}};
  (void)signal(SIGALRM, on_alarm);
  lg_ctx_set_cancel_flag(ctx, &stop);
  const clock_t begin = clock();
  assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
  assert_int_equal(lg_izhikevich_identify(ctx, &trace, 1, &opts, &fit), LG_ERR_CANCELLED);
  print_message("stopped after %.2f s, in start %d of 32\n", (double)(clock() - begin) / CLOCKS_PER_SEC, fit.starts);
  assert_true(fit.starts < 32);
  assert_false(fit.accepted);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_resets_and_noise_are_found), cmocka_unit_test(test_kernels_give_the_same_bits),
      cmocka_unit_test(test_misfits_are_half_the_chi2),  cmocka_unit_test(test_posterior_samples),
      cmocka_unit_test(test_no_memory_is_an_error),      cmocka_unit_test(test_sensitivities_are_derivatives),
      cmocka_unit_test(test_identify_known_neurons),     cmocka_unit_test(test_two_sweeps_and_missing_samples),
      cmocka_unit_test(test_what_cannot_be_identified),  cmocka_unit_test(test_it_stops_when_asked_to),
  };
  return cmocka_run_group_tests_name("identify_izhikevich", tests, NULL, NULL);
}
