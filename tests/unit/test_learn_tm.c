/* Identify simulated Traub–Miles neurons: the truth comes back within its own error bars, and sensitivities are
 * derivatives. */
#include "tests/alloc.h"

#include "base/cpu.h"
#include "base/elementary.h"
#include "neuron/learn_tm.h"
#include "neuron/prior_tm.h"
#include "neuron/tm_misfit.h"

#include <loligo/neuron.h>
#include <string.h>

enum { N = 24000, NP = LG_TM_PARAMETERS };

typedef struct sample {
  double theta[NP], v[N], i[N];
} sample;

static void simulate(sample *s, uint64_t index, double noise) {
  lg_rng rng = lg_rng_make(1, 77, index);
  lg_tm_draw draws[LG_TM_LANES];
  lg_tm_prior_draw(1, index - index % LG_TM_LANES, draws);
  const lg_tm_draw *draw = &draws[index % LG_TM_LANES];
  memcpy(s->theta, draw->theta, sizeof s->theta);
  lg_tm_clone1_current(&rng, draw->i0_pA, 0.05, N, s->i);
  (void)lg_tm_simulate_sampled(s->theta, LG_TM_PRIOR_TAUMAX, s->i, N, 0.05, 4, 0, s->v, NULL, 0);
  for (int k = 0; k < N; k++) s->v[k] += noise * lg_rng_normal(&rng);
}

static void test_truth_comes_back(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  static sample s;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  for (uint64_t index = 0; index < 2; index++) {
    simulate(&s, index, 0.2);
    const lg_tm_sweep sweep = {N, 0.05, s.v, s.i};
    lg_tm_fit fit;
    assert_ok(ctx, lg_tm_identify(ctx, &sweep, 1, NULL, &fit, NULL));
    assert_true(fit.accepted);
    assert_true(fabs(fit.sigma_mV - 0.2) < 0.02);
    for (int p = 0; p < NP; p++) {
      const double width = lg_tm_prior_high[p] - lg_tm_prior_low[p];
      assert_true(
          fabs(fit.theta[p] - s.theta[p]) <
          fmax(5.0 * sqrt(fit.covariance[p][p]), 0.05 * width)); /* one of these two cells sits beside a saddle */
    }
  }
  lg_ctx_destroy(ctx);
}

/* The gradient of the cost is exact where gates carry no start potential: one window per sweep. */
static void test_gradient_is_the_derivative_of_the_cost(void **state) {
  (void)state;
  static sample s;
  simulate(&s, 5, 0.2);
  double theta[NP];
  for (int p = 0; p < NP; p++) theta[p] = s.theta[p] + (p == 0 ? 0.01 : p < 5 ? 0.02 : 0.1);
  const lg_tm_sweep sweep = {7000, 0.05, s.v, s.i};
  const lg_tm_window window = {0, 0, 7000, true};
  const lg_tm_pass pass = {.taumax_ms = 600, .nudge_per_ms = 1.0, .sigma_mV = 0.2, .scale_mV = 3.0};
  lg_tm_normal nm, high, low;
  lg_tm_arrow arrow;
  double start = s.v[0];
  assert_true(lg_tm_shoot(theta, &pass, &sweep, &window, 1, &start, &nm, &arrow, NULL));
  for (int p = 0; p <= NP; p++) {
    const double step = 1e-5;
    double moved[NP], moved_start = start;
    lg_tm_arrow unused;
    for (int q = 0; q < NP; q++) moved[q] = theta[q] + (p == q ? step : 0.0);
    if (p == NP) moved_start += step;
    assert_true(lg_tm_shoot(moved, &pass, &sweep, &window, 1, &moved_start, &high, &unused, NULL));
    if (p < NP) moved[p] -= 2.0 * step;
    else moved_start -= 2.0 * step;
    assert_true(lg_tm_shoot(moved, &pass, &sweep, &window, 1, &moved_start, &low, &unused, NULL));
    const double difference = (high.cost - low.cost) / (2.0 * step), gradient = p < NP ? nm.g[p] : arrow.g;
    assert_true(fabs(difference - gradient) < 1e-5 * fabs(gradient) + 1e-5);
  }
}

/* Every build of the pass gives the same bits. */
static void test_shooting_builds_agree(void **state) {
  (void)state;
  static sample s;
  static double residual[2][N];
  simulate(&s, 5, 0.2);
  s.theta[1] += 0.02;
  const lg_tm_sweep sweep = {7000, 0.05, s.v, s.i};
  const lg_tm_window windows[2] = {{0, 0, 3000, true}, {0, 3000, 7000, false}};
  const lg_tm_pass pass = {.taumax_ms = 600, .nudge_per_ms = 1.0, .sigma_mV = 0.2, .slope_share = 0.1, .huber = 2.0};
  const double start[2] = {s.v[0], s.v[3000]};
  lg_tm_normal nm[2];
  lg_tm_arrow arrows[2][2];
  memset(nm, 0, sizeof nm);
  assert_true(lg_tm_shoot_plain(s.theta, &pass, &sweep, windows, 2, start, &nm[0], arrows[0], residual[0]));
  if (lg_cpu_level() >= LG_CPU_V3) {
    assert_true(lg_tm_shoot_v3(s.theta, &pass, &sweep, windows, 2, start, &nm[1], arrows[1], residual[1]));
    assert_memory_equal(&nm[0], &nm[1], sizeof nm[0]);
    assert_memory_equal(arrows[0], arrows[1], sizeof arrows[0]);
    assert_memory_equal(residual[0], residual[1], sizeof residual[0]);
  }
  if (lg_cpu_level() >= LG_CPU_V4) {
    assert_true(lg_tm_shoot_v4(s.theta, &pass, &sweep, windows, 2, start, &nm[1], arrows[1], residual[1]));
    assert_memory_equal(&nm[0], &nm[1], sizeof nm[0]);
    assert_memory_equal(arrows[0], arrows[1], sizeof arrows[0]);
  }
  assert_true(nm[0].n == 7000 && nm[0].cost > 0.0);
}

/* The misfit of lanes is the cost of a pass without nudging, its start integrated out; in every build the same bits. */
static void test_misfits_are_the_cost_of_a_pass(void **state) {
  (void)state;
  static sample s;
  enum { SAMPLES = 9000 };
  simulate(&s, 5, 0.2);
  const lg_tm_sweep sweep = {SAMPLES, 0.05, s.v, s.i};
  const lg_tm_window window = {0, 0, SAMPLES, true};
  const lg_tm_pass pass = {.taumax_ms = 600, .sigma_mV = 0.2, .huber = 5.0};
  lg_tm_misfit misfit = {.taumax_ms = 600, .sigma_mV = 0.2, .huber = 5.0};
  double start[LG_TM_LANES], cost[3][LG_TM_LANES] = {{0.0}}, expected[LG_TM_LANES];
  for (size_t j = 0; j < LG_TM_LANES; j++) {
    double theta[NP];
    lg_tm_normal nm;
    lg_tm_arrow arrow;
    for (int p = 0; p < NP; p++) misfit.theta[p][j] = theta[p] = s.theta[p] + 1e-3 * (double)j * (p % 3 - 1);
    start[j] = s.v[0] + 0.1 * (double)j;
    assert_true(lg_tm_shoot(theta, &pass, &sweep, &window, 1, &start[j], &nm, &arrow, NULL));
    expected[j] = nm.cost - fmin(0.5 * arrow.g * arrow.g / arrow.c, 50.0) + 0.5 * lg_ln(arrow.c * 0.2 * 0.2);
  }
  misfit.theta[1][7] = 60.0; /* explodes */
  for (int build = 0; build < 3; build++) {
    if (build == 1 && lg_cpu_level() < LG_CPU_V3) continue;
    if (build == 2 && lg_cpu_level() < LG_CPU_V4) continue;
    (build == 0   ? lg_tm_misfit_plain
     : build == 1 ? lg_tm_misfit_v3
                  : lg_tm_misfit_v4)(&misfit, &sweep, start, cost[build]);
    assert_memory_equal(cost[build], cost[0], sizeof cost[0]);
    for (size_t j = 0; j < 7; j++) assert_true(fabs(cost[build][j] / expected[j] - 1.0) < 1e-8);
    assert_true(isinf(cost[build][7]));
  }
}

/* The posterior of one neuron: enough draws count, the truth lies inside, the weights agree with the Laplace picture
 * where that is good, and helpers change no bit. */
static void test_posterior_holds_the_truth(void **state) {
  (void)state;
  static sample s;
  static lg_posterior posterior[2];
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  simulate(&s, 1, 0.2);
  const lg_tm_sweep sweep = {N, 0.05, s.v, s.i};
  lg_tm_fit fit[2];
  double natural[NP];
  lg_tm_to_natural(s.theta, natural);
  for (int k = 0; k < 2; k++) {
    assert_ok(ctx, lg_ctx_set_threads(ctx, k ? 3 : 1));
    assert_ok(ctx, lg_tm_identify(ctx, &sweep, 1, NULL, &fit[k], &posterior[k]));
  }
  assert_memory_equal(&fit[0], &fit[1], sizeof fit[0]);
  assert_memory_equal(&posterior[0], &posterior[1], sizeof posterior[0]);
  const lg_posterior *p = &posterior[0];
  assert_int_equal(p->n, LG_POSTERIOR_SAMPLES);
  assert_true(p->effective >= LG_POSTERIOR_FEW && p->effective <= (double)p->draws);
  int outside = 0;
  for (int c = 0; c < NP; c++) {
    double mean = 0.0;
    for (size_t k = 0; k < p->n; k++) mean += p->samples[k][c] / (double)p->n;
    assert_true(p->ci95[c][0] < mean && mean < p->ci95[c][1]);
    assert_true(fabs(mean - natural[c]) < 4.5 * p->sd[c]);
    if (natural[c] < p->ci95[c][0] || natural[c] > p->ci95[c][1]) outside++;
    const double laplace = sqrt(fit[0].covariance[c][c]), weighted = sqrt(p->covariance_z[c][c]);
    assert_true(weighted > 0.4 * laplace && weighted < 2.5 * laplace);
  }
  assert_true(outside <= 2);
  lg_ctx_destroy(ctx);
}

static lg_status identify_with_samples(lg_ctx *ctx) {
  static lg_posterior posterior;
  static sample s;
  static bool ready;
  if (!ready) simulate(&s, 0, 0.2);
  ready = true;
  const lg_tm_sweep sweep = {N, 0.05, s.v, s.i};
  lg_tm_fit fit;
  return lg_tm_identify(ctx, &sweep, 1, NULL, &fit, &posterior);
}

static void test_no_memory_is_an_error(void **state) {
  (void)state;
  assert_true(lg_exhaust("identification with samples", identify_with_samples) >= 10);
}

/* Every build of the batch gives the bits of the scalar simulator, lane by lane. */
static void batches_are_the_scalar_simulator(const double share[LG_TM_LANES]) {
  enum { SAMPLES = 4000 };
  static double i[SAMPLES * LG_TM_LANES], v[SAMPLES * LG_TM_LANES], own_i[SAMPLES], own_v[SAMPLES];
  lg_tm_draw draws[LG_TM_LANES];
  lg_tm_batch b = {.taumax_ms = 600, .dt_ms = 0.05, .substeps = 2, .n = SAMPLES, .i_pA = i, .v_mV = v};
  lg_tm_prior_draw(9, 16, draws);
  double rest[LG_TM_LANES];
  for (size_t j = 0; j < LG_TM_LANES; j++) {
    for (size_t p = 0; p < NP; p++) b.theta[p][j] = draws[j].theta[p];
    b.slow[j] = (lg_tm_slow){share[j], -60.0 + (double)j, 6.0, 20.0, 200.0 + 30.0 * (double)j};
    rest[j] = lg_tm_rest_slow(draws[j].theta, 600, &b.slow[j]);
    for (size_t k = 0; k < SAMPLES; k++) i[k * LG_TM_LANES + j] = k > 500 ? 2.0 * draws[j].i0_pA : 0.0;
  }
  for (int build = 0; build < 3; build++) {
    if (build == 1 && lg_cpu_level() < LG_CPU_V3) continue;
    if (build == 2 && lg_cpu_level() < LG_CPU_V4) continue;
    memset(v, 0, sizeof v);
    (build == 0 ? lg_tm_batch_run_plain : build == 1 ? lg_tm_batch_run_v3 : lg_tm_batch_run_v4)(&b, rest);
    for (size_t j = 0; j < LG_TM_LANES; j++) {
      for (size_t k = 0; k < SAMPLES; k++) own_i[k] = i[k * LG_TM_LANES + j];
      const lg_tm_drive drive = {.i_pA = own_i, .n = SAMPLES, .dt_ms = 0.05, .substeps = 2};
      const size_t n = lg_tm_simulate_slow(draws[j].theta, 600, &b.slow[j], &drive, own_v, NULL, 0);
      assert_int_equal(n, b.spikes[j]);
      assert_true(n > 0);
      for (size_t k = 0; k < SAMPLES; k++) assert_true(own_v[k] == v[k * LG_TM_LANES + j]);
    }
  }
}

static void test_batches_are_the_scalar_simulator(void **state) {
  (void)state;
  static const double none[LG_TM_LANES] = {0.0}, mixed[LG_TM_LANES] = {0.0, 0.1, 0.2, 0.0, 0.3, 0.15, 0.05, 0.25};
  batches_are_the_scalar_simulator(none);
  batches_are_the_scalar_simulator(mixed);
}

/* The sampled neuron with slow inactivation is the model of the table: same spikes, same course. */
static void test_slow_inactivation_is_the_models(void **state) {
  (void)state;
  enum { SAMPLES = 12000 };
  static double i[SAMPLES], v[SAMPLES];
  const double natural[NP] = {100, 5600, 600, 2.05, 7.5, 50, -90, -70.3, -56.2};
  const lg_tm_slow slow = {0.8, -58.0, 5.0, 40.0, 300.0}, share_0 = LG_TM_SLOW_DEFAULT;
  double theta[NP], times[100];
  lg_ctx *ctx = NULL;
  lg_neuron neuron;
  lg_protocol *p = NULL;
  lg_simulation *sim = NULL;
  for (size_t k = 0; k < SAMPLES; k++) i[k] = k < 1000 || k >= 11000 ? 0.0 : k < 6000 ? 150.0 : 400.0;
  lg_tm_from_natural(natural, theta);
  const lg_tm_drive drive = {.i_pA = i, .n = SAMPLES, .dt_ms = 0.05, .substeps = 4};
  const size_t n = lg_tm_simulate_slow(theta, 608.0, &slow, &drive, v, times, 100);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &neuron));
  assert_ok(ctx, lg_neuron_set(ctx, &neuron, "slow_inactivation", slow.share));
  assert_ok(ctx, lg_neuron_set(ctx, &neuron, "S_half", slow.half_mV));
  assert_ok(ctx, lg_neuron_set(ctx, &neuron, "S_slope", slow.slope_mV));
  assert_ok(ctx, lg_neuron_set(ctx, &neuron, "S_tau_min", slow.tau_min_ms));
  assert_ok(ctx, lg_neuron_set(ctx, &neuron, "S_tau_max", slow.tau_max_ms));
  assert_ok(ctx, lg_protocol_create(ctx, 600.0, 0.05, &p));
  assert_ok(ctx, lg_protocol_add_const(ctx, p, 50.0, 300.0, 150.0));
  assert_ok(ctx, lg_protocol_add_const(ctx, p, 300.0, 550.0, 400.0));
  assert_ok(ctx, lg_simulate(ctx, &neuron, p, NULL, &sim));
  assert_true(n > 5 && n == sim->n_spikes);
  for (size_t k = 0; k < n; k++) assert_true(fabs(times[k] - sim->spikes_ms[k]) < 1e-3);
  for (size_t k = 0; (double)k * 0.05 < times[0] - 2.0; k++) assert_true(fabs(v[k] - sim->states[k]) < 1e-6);
  /* it matters here, and share 0 is the neuron without the gate, bit by bit */
  static double plain[SAMPLES], off[SAMPLES];
  (void)lg_tm_simulate_sampled(theta, 608.0, i, SAMPLES, 0.05, 4, 0, plain, NULL, 0);
  assert_true(fabs(plain[SAMPLES - 3000] - v[SAMPLES - 3000]) > 0.1);
  (void)lg_tm_simulate_slow(theta, 608.0, &share_0, &drive, off, NULL, 0);
  assert_memory_equal(plain, off, sizeof off);
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

static void test_bad_input_is_refused(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  static sample s;
  lg_tm_fit fit;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  simulate(&s, 1, 0.2);
  const lg_tm_sweep brief = {50, 0.05, s.v, s.i}, whole = {N, 0.05, s.v, s.i};
  assert_int_equal(lg_tm_identify(ctx, &brief, 1, NULL, &fit, NULL), LG_ERR_ARGUMENT);
  s.v[777] = (double)NAN;
  assert_int_equal(lg_tm_identify(ctx, &whole, 1, NULL, &fit, NULL), LG_ERR_ARGUMENT);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_truth_comes_back),
      cmocka_unit_test(test_gradient_is_the_derivative_of_the_cost),
      cmocka_unit_test(test_shooting_builds_agree),
      cmocka_unit_test(test_misfits_are_the_cost_of_a_pass),
      cmocka_unit_test(test_posterior_holds_the_truth),
      cmocka_unit_test(test_no_memory_is_an_error),
      cmocka_unit_test(test_batches_are_the_scalar_simulator),
      cmocka_unit_test(test_slow_inactivation_is_the_models),
      cmocka_unit_test(test_bad_input_is_refused),
  };
  return cmocka_run_group_tests_name("learn_tm", tests, NULL, NULL);
}
