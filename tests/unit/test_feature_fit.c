/* Cloning by features: white noise is told from a cell's own, artefacts of a measured step are not passed on, a search
 * finds a neuron that fires like the recorded one, the same for any number of threads. */
#include "tests/test.h"

#include "base/base.h"
#include "neuron/prior_izhikevich.h"
#include "twin/clone_judge.h"
#include "twin/clone_screen.h"
#include "twin/feature_fit.h"

#include <math.h>
#include <string.h>

enum { SWEEPS = 5, N = 3000 }; /* 300 ms at 0.1 ms */

/* A regular-spiking cell under steps of 200 ms, with a slow wander of its potential. */
static lg_recording *record(lg_ctx *ctx, double wander_mV) {
  const lg_izh_params p = {100.0, 0.7, -60.0, -40.0, 0.03, -2.0, -50.0, 100.0, 35.0};
  lg_recording *rec = NULL;
  assert_ok(ctx, lg_recording_create(ctx, &rec));
  for (int k = 0; k < SWEEPS; k++) {
    lg_sweep *s = NULL;
    assert_ok(ctx, lg_recording_add_sweep(ctx, rec, N, 0.1, 1, &s));
    s->number = k;
    s->has_step = 1;
    s->step_on = 500;
    s->step_off = 2500;
    s->step_pA = -40.0 + 60.0 * k;
    s->current_origin = LG_CURRENT_COMMAND;
    for (size_t j = s->step_on; j < s->step_off; j++) s->i_pA[j] = s->step_pA;
    (void)lg_izh_simulate_sampled(&p, s->i_pA, N, 0.1, s->v_mV, NULL, 0);
    lg_izh_add_noise(s->v_mV, N, 0.1, 1, (uint64_t)k);
    lg_rng rng = lg_rng_make(2, 3, (uint64_t)k);
    double slow = 0.0;
    for (size_t j = 0; j < N; j++) {
      slow += -slow * 0.01 + wander_mV * 0.14 * lg_rng_normal(&rng);
      s->v_mV[j] += slow;
    }
  }
  return rec;
}

static double noise_ratio(const lg_recording *rec) {
  lg_fit_trace traces[SWEEPS];
  for (int k = 0; k < SWEEPS; k++) traces[k] = lg_clone_trace(&rec->sweeps[k]);
  return lg_clone_screen_noise(traces, SWEEPS).ratio;
}

static void test_white_noise_is_told_from_slow(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  assert_ok(ctx, lg_ctx_create(&ctx));
  lg_recording *white = record(ctx, 0.0), *slow = record(ctx, 0.3);
  assert_true(fabs(noise_ratio(white) - 1.0) < 0.6);
  assert_true(noise_ratio(slow) > 10.0);
  lg_recording_destroy(ctx, white);
  lg_recording_destroy(ctx, slow);
  lg_ctx_destroy(ctx);
}

static void test_glitches_of_a_measured_step_are_left_out(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  static double clean[N];
  assert_ok(ctx, lg_ctx_create(&ctx));
  lg_recording *rec = record(ctx, 0.0);
  lg_sweep *s = &rec->sweeps[4];
  s->i_pA[1000] = 700.0;
  s->i_pA[1001] = -600.0;
  lg_target_current(s, 0, N, clean);
  assert_true(clean[1000] == 700.0); /* a command is taken at its word */
  s->current_origin = LG_CURRENT_MEASURED;
  lg_target_current(s, 0, N, clean);
  assert_true(clean[1000] == s->step_pA && clean[1001] == s->step_pA && clean[0] == 0.0);
  for (size_t j = s->step_on; j < s->step_off; j++) s->i_pA[j] = 0.2 * (double)(j - s->step_on); /* no step at all */
  lg_target_current(s, 0, N, clean);
  assert_true(clean[2000] == s->i_pA[2000]);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void search(unsigned threads, const lg_recording *rec, lg_feature_fit *fit) {
  lg_ctx *ctx = NULL;
  lg_targets *targets = NULL;
  const lg_sweep *sweeps[SWEEPS];
  assert_ok(ctx, lg_ctx_create(&ctx));
  assert_ok(ctx, lg_ctx_set_threads(ctx, threads));
  for (int k = 0; k < SWEEPS; k++) sweeps[k] = &rec->sweeps[k];
  assert_ok(ctx, lg_targets_create(ctx, sweeps, SWEEPS, &targets));
  assert_ok(ctx, lg_feature_search(ctx, &lg_feature_izhikevich, targets, 1, fit));
  assert_ok(ctx, lg_feature_spread(ctx, &lg_feature_izhikevich, targets, 1, fit));
  lg_targets_destroy(ctx, targets);
  lg_ctx_destroy(ctx);
}

static void test_search_finds_a_neuron_that_fires_alike(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_feature_fit *one = calloc(1, sizeof *one), *three = calloc(1, sizeof *three);
  static double v[N];
  assert_true(one && three);
  assert_ok(ctx, lg_ctx_create(&ctx));
  lg_recording *rec = record(ctx, 0.1);
  search(1, rec, one);
  search(3, rec, three);
  assert_memory_equal(one, three, sizeof *one);
  assert_true(one->score < 1.0);
  const lg_izh_params p = lg_izh_from_vector(one->p);
  for (int k = 0; k < SWEEPS; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    (void)lg_izh_simulate_sampled(&p, s->i_pA, N, 0.1, v, NULL, 0);
    assert_int_equal(lg_clone_count_spikes(v, 500, 2520, N, 0.1), lg_clone_count_spikes(s->v_mV, 500, 2520, N, 0.1));
  }
  assert_true(one->low95[2] <= one->p[2] && one->p[2] <= one->high95[2]);
  assert_true(fabs(one->p[2] + 60.0) < 2.0); /* vr */
  free(one);
  free(three);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void fill_curve(lg_clone *c, lg_twin_sweep *sweeps, const int *recorded, const int *twin, size_t n) {
  memset(c, 0, sizeof *c);
  c->sweeps = sweeps;
  c->n_sweeps = n;
  for (size_t k = 0; k < n; k++)
    sweeps[k] = (lg_twin_sweep){.step_pA = 50.0 * (double)k, .n_spikes = recorded[k], .n_spikes_twin = twin[k]};
}

static void test_range_ends_where_the_cell_levels_off(void **state) {
  (void)state;
  static lg_clone c;
  lg_twin_sweep sweeps[10];
  static lg_twin t;
  const int rising[10] = {0, 1, 3, 5, 7, 9, 11, 13, 15, 17}, flat[10] = {0, 1, 5, 9, 13, 17, 17, 17, 16, 17};
  fill_curve(&c, sweeps, rising, rising, 10);
  lg_clone_flag_range(&c, &t);
  assert_true(t.range_high_pA == 450.0);
  assert_int_equal(t.domain, LG_DOMAIN_GREEN);
  fill_curve(&c, sweeps, flat, rising, 10);
  memset(&t, 0, sizeof t);
  lg_clone_flag_range(&c, &t);
  assert_true(t.range_high_pA <= 300.0);
  assert_int_equal(t.domain, LG_DOMAIN_AMBER);
  assert_non_null(strstr(t.reasons[0], "outside range"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_white_noise_is_told_from_slow),
      cmocka_unit_test(test_glitches_of_a_measured_step_are_left_out),
      cmocka_unit_test(test_search_finds_a_neuron_that_fires_alike),
      cmocka_unit_test(test_range_ends_where_the_cell_levels_off),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
