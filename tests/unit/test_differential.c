/* What changed between two recordings: subsets by their constrained minima, the joint fit of a pair, two twins. */
#include "tests/test.h"

#include "base/elementary.h"
#include "neuron/learn_tm_pair.h"
#include "neuron/prior_tm.h"
#include "twin/differential.h"
#include "twin/differential_validate.h"

#include <math.h>
#include <string.h>

/* y = x + changes in two coordinates, by hand: the subset {1} moves coordinate 1 only. */
static void test_subsets_by_hand(void **state) {
  (void)state;
  const double before[2] = {1.0, 2.0}, after[2] = {1.01, 3.0};
  const double c[4] = {0.01, 0.0, 0.0, 0.01};
  const lg_delta_candidate candidates[2] = {{.name = "x", .unit = "", .direction = {1.0, 0.0}},
                                            {.name = "y", .unit = "", .direction = {0.0, 1.0}}};
  lg_delta_answer a;
  assert_true(lg_delta_solve(2, before, c, after, c, candidates, 2, 100.0, &a));
  assert_int_equal(a.subset, 2);
  assert_true(fabs(a.delta[1] - 1.0) < 1e-12);
  assert_true(fabs(a.sd[1] - sqrt(0.02)) < 1e-12);
  assert_true(a.delta[0] == 0.0 && a.probability[1] > 0.99 && a.probability[0] < 0.1);
  /* weights by hand: cost of nothing is half (0.01^2 + 1) / 0.02 */
  const double none = 0.5 * (1e-4 + 1.0) / 0.02, one = 0.5 * 1e-4 / 0.02 + 0.5 * lg_ln(100.0);
  assert_true(fabs(a.none / a.weight - lg_exp(one - none)) < 1e-12);
  /* the same point twice: nothing changed */
  assert_true(lg_delta_solve(2, before, c, before, c, candidates, 2, 100.0, &a));
  assert_int_equal(a.subset, 0);
  assert_true(a.none > 0.7);
  /* correlated errors: what looks like a move of both is noise along the valley */
  const double valley[4] = {1.0, 0.999, 0.999, 1.0}, moved[2] = {2.0, 3.0};
  assert_true(lg_delta_solve(2, before, valley, moved, valley, candidates, 2, 100.0, &a));
  assert_int_equal(a.subset, 0);
  const double broken[4] = {1.0, 2.0, 2.0, 1.0};
  assert_false(lg_delta_solve(2, before, broken, moved, valley, candidates, 2, 100.0, &a));
}

/* Derivative of the cost with respect to the shift of the M gate, and its cross terms with the parameters. */
static void test_shift_is_a_direction(void **state) {
  (void)state;
  enum { N = 6000 };
  static double i[N], v[N];
  lg_rng rng = lg_rng_make(1, 5, 0);
  lg_tm_draw draws[LG_TM_LANES];
  lg_tm_prior_draw(3, 0, draws);
  lg_tm_clone1_current(&rng, draws[2].i0_pA, 0.05, N, i);
  for (int k = 0; k < N; k++) i[k] += draws[2].i0_pA;
  (void)lg_tm_simulate_sampled(draws[2].theta, 600, i, N, 0.05, 4, 0, v, NULL, 0);
  const lg_tm_sweep sweep = {N, 0.05, v, i};
  const lg_tm_window window = {0, 0, N, true};
  lg_tm_pass pass = {.taumax_ms = 600, .nudge_per_ms = 0.5, .sigma_mV = 0.2, .scale_mV = 2.0, .p_shift_mV = -4.0};
  lg_tm_normal nm, high, low;
  lg_tm_arrow arrow, unused;
  const double start = v[0] + 0.5, step = 1e-4;
  assert_true(lg_tm_shoot(draws[2].theta, &pass, &sweep, &window, 1, &start, &nm, &arrow, NULL));
  pass.p_shift_mV = -4.0 + step;
  assert_true(lg_tm_shoot(draws[2].theta, &pass, &sweep, &window, 1, &start, &high, &unused, NULL));
  pass.p_shift_mV = -4.0 - step;
  assert_true(lg_tm_shoot(draws[2].theta, &pass, &sweep, &window, 1, &start, &low, &unused, NULL));
  const double difference = (high.cost - low.cost) / (2.0 * step);
  assert_true(fabs(nm.shift_g) > 1.0);
  assert_true(fabs(difference - nm.shift_g) < 1e-5 * fabs(nm.shift_g));
  assert_true(nm.shift_a[LG_TM_PARAMETERS] > 0.0 && arrow.shift_b != 0.0);
}

/* A pair for each change: the right name, the right value within its own error bars, 5 % at most. */
static void test_changes_are_named(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_delta_trial trials[2];
  size_t n_kinds;
  assert_ok(ctx, lg_ctx_create(&ctx));
  static const char *const models[] = {"tm", "izhikevich"};
  for (int m = 0; m < 2; m++) {
    const lg_delta_validation plan = {.model = models[m], .n = 2, .seed = 5, .sigma_mV = 0.2, .dt_ms = 0.05};
    const lg_delta_kind *kinds = lg_delta_kinds(models[m], &n_kinds);
    assert_int_equal(n_kinds, LG_DELTA_KINDS);
    assert_ok(ctx, lg_delta_validate(ctx, &plan, trials));
    for (int k = 0; k < 2; k++) {
      assert_true(trials[k].accepted);
      assert_string_equal(trials[k].target, kinds[k].target);
      assert_true(trials[k].probability > 0.9);
      assert_true(fabs(trials[k].value_error) < 0.02);
      assert_true(fabs(trials[k].found - kinds[k].delta) < 6.0 * trials[k].sd);
    }
  }
  const lg_delta_validation bad[] = {{.model = "hh52", .n = 1, .dt_ms = 0.05},
                                     {.model = "tm", .n = 0, .dt_ms = 0.05},
                                     {.model = "tm", .n = 1, .dt_ms = (double)NAN},
                                     {.model = "tm", .n = 1, .dt_ms = 0.05, .sigma_mV = -1.0}};
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) assert_true(lg_delta_validate(ctx, &bad[k], trials) != LG_OK);
  lg_ctx_destroy(ctx);
}

/* Two recordings of an untouched cell. */
static lg_status record(lg_ctx *ctx, const double *i, const double *v, size_t n, lg_recording **out) {
  lg_sweep *s;
  lg_status status = lg_recording_create(ctx, out);
  if (status == LG_OK) status = lg_recording_add_sweep(ctx, *out, n, 0.05, 1, &s);
  if (status != LG_OK) return status;
  memcpy(s->v_mV, v, n * sizeof *v);
  memcpy(s->i_pA, i, n * sizeof *i);
  return LG_OK;
}

static void test_nothing_changed(void **state) {
  (void)state;
  enum { N = 24000 };
  static double i[N], before[N], after[N];
  lg_ctx *ctx = NULL;
  lg_recording *rec[2] = {NULL, NULL};
  lg_difference d;
  assert_ok(ctx, lg_ctx_create(&ctx));
  const lg_delta_validation plan = {.model = "tm", .n = 1, .seed = 5, .sigma_mV = 0.2, .dt_ms = 0.05};
  assert_int_equal(lg_delta_samples(&plan), N);
  lg_delta_record(&plan, 0, i, before, after);
  assert_ok(ctx, record(ctx, i, before, N, &rec[0]));
  lg_rng rng = lg_rng_make(9, 9, 9);
  for (int k = 0; k < N; k++) after[k] = before[k] + 1e-3 * lg_rng_normal(&rng);
  assert_ok(ctx, record(ctx, i, after, N, &rec[1]));
  const lg_difference_options how = {.model = "hh"};
  assert_ok(ctx, lg_difference_of_recordings(ctx, rec[0], rec[1], &how, &d));
  assert_true(d.accepted && d.domain == LG_DOMAIN_GREEN);
  assert_string_equal(d.target, "none");
  for (size_t k = 0; k < d.n; k++) assert_false(d.rows[k].changed);
  /* and what cannot be compared is refused by name */
  rec[1]->sweeps[0].v_mV[100] = (double)NAN;
  assert_int_equal(lg_difference_of_recordings(ctx, rec[0], rec[1], &how, &d), LG_ERR_FORMAT);
  for (int k = 0; k < 2; k++) lg_recording_destroy(ctx, rec[k]);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_subsets_by_hand),
      cmocka_unit_test(test_shift_is_a_direction),
      cmocka_unit_test(test_changes_are_named),
      cmocka_unit_test(test_nothing_changed),
  };
  return cmocka_run_group_tests_name("differential", tests, NULL, NULL);
}
