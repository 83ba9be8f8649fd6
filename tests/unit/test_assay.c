/*
 * Assay and verdict: the reference drug runs give the reference counts, the truth table of the spec holds, and numbers
 * depend neither on threads nor on company.
 */
#define _XOPEN_SOURCE 700
#include "base/base.h"
#include "tests/test.h"
#include "twin/assay.h"

#include <math.h>
#include <string.h>

static lg_ctx *ctx;

/* Conditions of the reference drug runs (shared data twin/ref/drug_summary.csv): what the drug makes of the neuron, its
 * spikes in 1-s steps of 1.5, 3 and 6 x rheobase, and the verdict of the spec. */
static const struct condition {
  const char *drug, *field;
  double value;
  uint32_t counts[3];
  lg_verdict verdict;
} conditions[] = {
    {"control", "gNa_scale", 1.0, {6, 20, 54}, LG_VERDICT_UNCHANGED},
    {"TTX 3 nM", "gNa_scale", 0.5588235294117647, {5, 21, 56}, LG_VERDICT_UNCHANGED},
    {"TTX 10 nM", "gNa_scale", 0.2753623188405797, {2, 23, 60}, LG_VERDICT_MIXED},
    {"TTX 30 nM", "gNa_scale", 0.11242603550295857, {1, 25, 68}, LG_VERDICT_MIXED},
    {"TTX 100 nM", "gNa_scale", 0.036608863198458574, {0, 0, 0}, LG_VERDICT_SILENCED}, /* one crossing of -19 mV */
    {"retigabine 1 uM", "p_shift", -15.592721766795977, {0, 2, 36}, LG_VERDICT_INHIBITED},
    {"retigabine 10 uM", "p_shift", -38.70724377368354, {0, 0, 11}, LG_VERDICT_INHIBITED},
    {"XE991 1 uM", "gM_scale", 0.47368421052631576, {12, 33, 74}, LG_VERDICT_EXCITED},
    {"XE991 10 uM", "gM_scale", 0.08256880733944955, {21, 48, 91}, LG_VERDICT_EXCITED},
    {"TEA 1 mM", "gK_scale", 0.6666666666666666, {5, 19, 56}, LG_VERDICT_UNCHANGED},
    {"TEA 5 mM", "gK_scale", 0.2857142857142857, {5, 4, 3}, LG_VERDICT_BLOCK}, /* the last crossing peaks at -17 mV */
    {"GABA tone 2 nS", "gGABA", 2.0, {0, 13, 47}, LG_VERDICT_INHIBITED},
    {"GABA tone 5 nS", "gGABA", 5.0, {0, 1, 35}, LG_VERDICT_INHIBITED},
    {"GABA tone 10 nS", "gGABA", 10.0, {0, 0, 12}, LG_VERDICT_INHIBITED},
};
enum { N = sizeof conditions / sizeof conditions[0] };

static lg_neuron tm(const char *field, double value) {
  lg_neuron neuron;
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &neuron));
  if (field) assert_ok(ctx, lg_neuron_set(ctx, &neuron, field, value));
  return neuron;
}

static lg_assay_opts with(unsigned what) {
  lg_assay_opts o = LG_ASSAY_OPTS_INIT;
  o.what = what;
  return o;
}

static void reference_counts_and_truth_table(void **state) {
  (void)state;
  static const double factors[3] = {1.5, 3.0, 6.0};
  const lg_assay_opts o = with(LG_ASSAY_FI | LG_ASSAY_RHEOBASE);
  lg_neuron neurons[N];
  lg_assay found[N];
  lg_assay_plan plan;
  for (size_t k = 0; k < N; k++) neurons[k] = tm(conditions[k].field, conditions[k].value);
  assert_ok(ctx, lg_assay_plan_make(ctx, &neurons[0], &o, &plan));
  assert_true(fabs(plan.baseline_rheobase_pA / 46.4624 - 1.0) < 5e-4); /* lg_neuron_rheobase, 24 sweeps */
  plan.unit_pA = 46.57; /* the reference's, so that its counts are met to the last spike */
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++) plan.i_pA[l] = lg_assay_factors[l] * plan.unit_pA;
  assert_ok(ctx, lg_assay_run(ctx, neurons, N, &plan, true, found));
  for (size_t k = 0; k < N; k++) {
    char words[200];
    for (size_t f = 0; f < 3; f++)
      assert_int_equal(found[k].n_spikes[lg_assay_level(factors[f])], conditions[k].counts[f]);
    lg_verdict_explain(&plan, &found[0], &found[k], words, sizeof words);
    if (lg_assay_judge(&plan, &found[0], &found[k], NULL) != conditions[k].verdict)
      fail_msg("%s: %s, %s", conditions[k].drug, lg_verdict_name(lg_assay_judge(&plan, &found[0], &found[k], NULL)),
               words);
    assert_true(strlen(words) > 20);
  }
  assert_true(found[8].rheobase_pA < 0.7 * plan.baseline_rheobase_pA);      /* XE991 */
  assert_true(found[6].rheobase_pA > 3.5 * plan.baseline_rheobase_pA);      /* retigabine */
  assert_true(fabs(found[6].rest_mV - -81.004) < 0.01);                     /* rest of the reference runs */
  assert_true(fabs(found[8].adaptation) < 0.1 * fabs(found[0].adaptation)); /* adaptation is lost */
}

static void shape_follows_the_drug(void **state) {
  (void)state;
  const lg_assay_opts o = with(LG_ASSAY_SHAPE | LG_ASSAY_RAMP);
  const lg_neuron neurons[4] = {tm(NULL, 0), tm("gK_scale", 2.0 / 3.0), tm("gNa_scale", 0.2753623188405797),
                                tm("gL", 4.1)};
  lg_assay a[4];
  lg_assay_plan plan;
  assert_ok(ctx, lg_assay_plan_make(ctx, &neurons[0], &o, &plan));
  assert_ok(ctx, lg_assay_run(ctx, neurons, 4, &plan, true, a));
  assert_true(fabs(a[0].peak_mV - 47.9138) < 0.3 && fabs(a[2].peak_mV - 31.4030) < 0.3); /* of the reference runs */
  assert_true(a[1].half_width_ms > 1.1 * a[0].half_width_ms);                            /* TEA broadens */
  assert_true(a[3].Rin_MOhm < 0.6 * a[0].Rin_MOhm && a[0].Rin_MOhm > 300.0);
  assert_true(a[0].rebound_spikes == 0.0 && a[0].refractory_ms >= 2.5 && a[0].refractory_ms <= 8.0);
  assert_true(a[3].ramp_first_spike_pA > a[0].ramp_first_spike_pA);
  assert_true(a[0].ramp_first_spike_pA > plan.baseline_rheobase_pA);
}

static void trains_show_use_dependence(void **state) {
  (void)state;
  lg_assay_opts o = with(LG_ASSAY_TRAIN);
  lg_neuron neurons[3] = {tm(NULL, 0), tm("block_dose", 100.0), tm("gNa_scale", 0.8)};
  lg_assay a[3];
  lg_assay_plan plan;
  o.train_ms = 2000.0;
  assert_ok(ctx, lg_neuron_set(ctx, &neurons[1], "block_kon", 3e-4)); /* lidocaine: open and inactivated channels */
  assert_ok(ctx, lg_neuron_set(ctx, &neurons[1], "block_K_inactivated", 15.0));
  assert_ok(ctx, lg_neuron_set(ctx, &neurons[1], "block_K_rest", 450.0));
  assert_ok(ctx, lg_assay_plan_make(ctx, &neurons[0], &o, &plan));
  assert_ok(ctx, lg_assay_run(ctx, neurons, 3, &plan, true, a));
  assert_true(a[0].train_followed_1Hz == 1.0 && a[0].train_followed_100Hz == 1.0);
  assert_true(lg_assay_use_dependence(&a[0], &a[1]) > 1.5);
  assert_true(fabs(lg_assay_use_dependence(&a[0], &a[2]) - 0.9) < 0.3); /* a pore block is the same at any rate */
  assert_true(isnan(lg_assay_use_dependence(&a[0], &a[0])));
}

static lg_neuron izhikevich(void) {
  lg_neuron neuron;
  assert_ok(ctx, lg_neuron_init(ctx, "izhikevich", "std", &neuron));
  return neuron;
}

/* Plain and optional-current tm, izhikevich: alone and in company, with one and with two threads. */
static void bits_depend_on_nothing_else(void **state) {
  (void)state;
  lg_assay_opts o = with(LG_ASSAY_FI | LG_ASSAY_RHEOBASE | LG_ASSAY_SHAPE);
  enum { M = 5 };
  lg_neuron neurons[M] = {tm(NULL, 0), tm("gA", 20.0), izhikevich(), tm("gM", 4.0), tm("VT", -50.0)};
  lg_assay_plan plans[M], again[M];
  lg_assay all[M], alone;
  lg_ctx *two = NULL;
  o.step_ms = 200.0;
  assert_ok(ctx, lg_assay_plans_make(ctx, neurons, M, &o, 0.0, plans));
  assert_ok(ctx, lg_assay_run(ctx, neurons, M, plans, false, all));
  assert_ok(NULL, lg_ctx_create(&two));
  assert_ok(two, lg_ctx_set_threads(two, 2));
  for (size_t k = 0; k < M; k++) {
    assert_ok(two, lg_assay_plan_make(two, &neurons[k], &o, &again[k]));
    assert_memory_equal(&again[k], &plans[k], sizeof plans[k]);
    assert_ok(two, lg_assay_run(two, &neurons[k], 1, &plans[k], false, &alone));
    assert_memory_equal(&alone, &all[k], sizeof alone);
    assert_true(all[k].area > 0.0 && all[k].n_spikes[LG_ASSAY_LEVELS - 1] > 2);
  }
  lg_ctx_destroy(two);
  assert_true(fabs(plans[2].baseline_rheobase_pA / 51.43 - 1.0) < 0.15); /* saddle-node value of RS, longer steps */
  assert_true(fabs(all[2].peak_mV - 35.0) < 1e-9);
}

static void what_cannot_be_measured_is_refused(void **state) {
  (void)state;
  const lg_neuron silent = tm("gNa", 0.0), plain = tm(NULL, 0);
  lg_assay_opts o = with(LG_ASSAY_FI);
  lg_assay_plan plan, plans[2];
  lg_assay a[2];
  o.step_ms = 100.0;
  assert_int_equal(lg_assay_plan_make(ctx, &silent, &o, &plan), LG_ERR_NUMERICAL);
  assert_non_null(strstr(lg_ctx_message(ctx), "does not fire"));
  assert_ok(ctx, lg_assay_plan_make(ctx, &plain, &o, &plans[0]));
  plans[1] = plans[0];
  plans[1].opts.dt_ms = 0.05;
  const lg_neuron both[2] = {plain, plain};
  assert_int_equal(lg_assay_run(ctx, both, 2, plans, false, a), LG_ERR_ARGUMENT);
  o.step_ms = -1.0;
  assert_int_equal(lg_assay_plan_make(ctx, &plain, &o, &plan), LG_ERR_RANGE);
}

/* A pacemaker has no rheobase: its currents go by its capacitance, and level 0 counts its own spikes. */
static void a_cell_that_fires_by_itself_is_judged(void **state) {
  (void)state;
  lg_assay_opts o = with(LG_ASSAY_FI | LG_ASSAY_RHEOBASE);
  lg_neuron pair[2] = {tm("EL", -40.0), tm("EL", -40.0)};
  lg_assay_plan plan;
  lg_assay a[2];
  assert_ok(ctx, lg_neuron_set(ctx, &pair[0], "gL", 5.0));
  assert_ok(ctx, lg_neuron_set(ctx, &pair[1], "gL", 5.0));
  assert_ok(ctx, lg_neuron_set(ctx, &pair[1], "gGABA", 6.0));
  assert_ok(ctx, lg_assay_plan_make(ctx, &pair[0], &o, &plan));
  assert_true(plan.baseline_rheobase_pA == 0.0 && plan.unit_pA == 50.0);
  assert_ok(ctx, lg_assay_run(ctx, pair, 2, &plan, true, a));
  assert_true(a[0].n_spikes[0] > 0 && isnan(a[0].rest_mV) && a[0].rheobase_pA == 0.0);
  assert_true(a[1].n_spikes[0] == 0 && a[1].rheobase_pA > 0.0);
  assert_int_equal(lg_assay_judge(&plan, &a[0], &a[1], NULL), LG_VERDICT_INHIBITED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reference_counts_and_truth_table),   cmocka_unit_test(shape_follows_the_drug),
      cmocka_unit_test(trains_show_use_dependence),         cmocka_unit_test(bits_depend_on_nothing_else),
      cmocka_unit_test(what_cannot_be_measured_is_refused), cmocka_unit_test(a_cell_that_fires_by_itself_is_judged),
  };
  assert_ok(NULL, lg_ctx_create(&ctx));
  const int failed = cmocka_run_group_tests_name("assay", tests, NULL, NULL);
  lg_ctx_destroy(ctx);
  return failed;
}
