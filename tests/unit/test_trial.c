/* Trials: the truth table end to end, posterior probabilities, EC50, flags, the seizure panel, epileptic twins. */
#include "tests/alloc.h"
#include "tests/unit/drug_table.h"

#include "twin/rescue.h"
#include "twin/trial_data.h"

#include <math.h>
#include <string.h>

static char folder[] = "/tmp/loligo-trial-XXXXXX";
static bool folder_made; /* not told from the name: one of 62 ends in X */

static lg_subject *subject_of(const char *json, size_t n_members) {
  char path[200];
  lg_subject *s;
  if (!folder_made) assert_non_null(mkdtemp(folder));
  folder_made = true;
  (void)snprintf(path, sizeof path, "%s/cell.json", folder);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  assert_true(fputs(json, f) >= 0 && fclose(f) == 0);
  assert_ok(ctx, lg_subject_load(ctx, path, n_members, 7, &s));
  assert_int_equal(remove(path), 0);
  return s;
}

static lg_trial_opts of_drug(const char *name, const double *dose, size_t n) {
  lg_trial_opts o = LG_TRIAL_OPTS_INIT;
  assert_ok(ctx, lg_drug_find(ctx, table, name, &o.drug[0]));
  o.n_drugs = 1;
  o.per_dose[0] = 1.0;
  o.dose_uM = dose;
  o.n_doses = n;
  o.assay.what = LG_ASSAY_FI | LG_ASSAY_RHEOBASE;
  return o;
}

static const char *const plain = "{\"model\": \"tm\"}";

/* Verdicts of the spec, from the name of the drug. */
static void names_lead_to_verdicts(void **state) {
  (void)state;
  static const struct {
    const char *drug;
    double dose_uM, tone_uM;
    lg_verdict verdict;
  } rows[] = {
      {"XE991", 10.0, 0.0, LG_VERDICT_EXCITED},
      {"retigabine", 10.0, 0.0, LG_VERDICT_INHIBITED},
      {"tetrodotoxin", 0.01, 0.0, LG_VERDICT_MIXED},
      {"tetrodotoxin", 0.03, 0.0, LG_VERDICT_MIXED},
      {"tetrodotoxin", 0.1, 0.0, LG_VERDICT_SILENCED},
      {"tetraethylammonium", 1000.0, 0.0, LG_VERDICT_UNCHANGED},
      {"tetraethylammonium", 5000.0, 0.0, LG_VERDICT_BLOCK},
      {"diazepam", 0.1, 0.0, LG_VERDICT_UNCHANGED},
      {"diazepam", 0.1, 0.175, LG_VERDICT_INHIBITED},
      {"memantine", 1.0, 0.0, LG_VERDICT_UNCHANGED},
  };
  lg_subject *s = subject_of(plain, 0);
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    lg_trial_opts o = of_drug(rows[k].drug, &rows[k].dose_uM, 1);
    lg_trial *t;
    o.bath.gaba_tonic_uM = rows[k].tone_uM;
    o.bath.gGABA_tonic_nS = rows[k].tone_uM > 0.0 ? 10.0 : 0.0;
    assert_ok(ctx, lg_trial_run(ctx, s, &o, &t));
    if (t->points[0].verdict != rows[k].verdict)
      fail_msg("%s %g uM: %s, %s", rows[k].drug, rows[k].dose_uM, lg_verdict_name(t->points[0].verdict),
               t->points[0].rule);
    assert_true(t->points[0].bands.probability[rows[k].verdict] == 1.0); /* one neuron: certain */
    lg_trial_destroy(ctx, t);
  }
  lg_subject_destroy(ctx, s);
}

/* Single precision and longer steps count the same spikes: for a plain neuron, and one with every optional current. */
static void quick_trials_count_the_same(void **state) {
  (void)state;
  static const double doses[] = {0.3, 3.0, 30.0, 300.0};
  static const char *const drugs[] = {"XE991", "carbamazepine", "tetrodotoxin"};
  static const char *const cells[] = {"{\"model\": \"tm\"}",
                                      "{\"model\": \"tm\", \"parameters\": {\"gNaP\": 0.6, \"gH\": 2, \"gA\": 20, "
                                      "\"gCaT\": 3, \"gSK\": 5}}"};
  for (size_t c = 0; c < 2; c++) {
    lg_subject *s = subject_of(cells[c], 0);
    for (size_t d = 0; d < (c == 0 ? 3 : 1); d++) {
      lg_trial_opts o = of_drug(drugs[d], doses, 4);
      lg_trial *slow, *quick;
      assert_ok(ctx, lg_trial_run(ctx, s, &o, &slow));
      lg_assay_be_quick(&o.assay);
      assert_ok(ctx, lg_trial_run(ctx, s, &o, &quick));
      for (size_t k = 0; k < 4; k++) {
        const lg_trial_point *a = &slow->points[k], *b = &quick->points[k];
        assert_int_equal(a->verdict, b->verdict);
        assert_memory_equal(a->assay.n_spikes, b->assay.n_spikes, sizeof a->assay.n_spikes);
        assert_true(a->ratios.area == b->ratios.area || fabs(a->ratios.area - b->ratios.area) < 1e-9);
        assert_true(isnan(a->ratios.rheobase) || fabs(b->ratios.rheobase / a->ratios.rheobase - 1.0) < 0.02);
      }
      lg_trial_destroy(ctx, slow);
      lg_trial_destroy(ctx, quick);
    }
    lg_subject_destroy(ctx, s);
  }
}

/* A twin whose uncertainty is all in gM: small where gM is well known, and verdicts split where it is not. */
static const char *const uncertain =
    "{\"schema\": \"loligo-twin/1\", \"model\": \"tm\", \"variant\": \"\", \"parameters\": {"
    "\"C\": {\"value\": 100, \"unit\": \"pF\"}, \"gM\": {\"value\": 7.5, \"unit\": \"nS\"}},"
    "\"samples\": [[100, 7.5], [100, 7.0], [102, 0.5], [98, 0.4]], \"domain\": \"amber\","
    "\"reasons\": [\"too few sweeps\"], \"fit\": {\"accepted\": true}}";

static void probabilities_are_shares_of_the_posterior(void **state) {
  (void)state;
  static const double dose = 10.0;
  lg_subject *s = subject_of(uncertain, 10);
  lg_trial_opts o = of_drug("XE991", &dose, 1);
  lg_trial *t, *again;
  lg_ctx *two = NULL;
  assert_int_equal(s->n_members, 4);
  assert_ok(ctx, lg_trial_run(ctx, s, &o, &t));
  assert_int_equal(t->n_members, 4);
  double sum = 0.0;
  for (int v = 0; v < LG_VERDICTS; v++) sum += t->points[0].bands.probability[v];
  assert_true(fabs(sum - 1.0) < 1e-12);
  assert_true(fabs(t->points[0].bands.probability[LG_VERDICT_EXCITED] - 0.5) < 1e-12); /* those with a gM to block */
  assert_true(t->points[0].bands.area_lo < 1.2 && t->points[0].bands.area_hi > 1.8);
  assert_int_equal(t->points[0].domain, LG_DOMAIN_AMBER);
  assert_ok(NULL, lg_ctx_create(&two));
  assert_ok(two, lg_ctx_set_threads(two, 2));
  assert_ok(two, lg_trial_run(two, s, &o, &again));
  assert_memory_equal(&again->points[0].assay, &t->points[0].assay, sizeof t->points[0].assay);
  assert_memory_equal(&again->points[0].bands, &t->points[0].bands, sizeof t->points[0].bands);
  lg_trial_destroy(two, again);
  lg_ctx_destroy(two);
  lg_trial_destroy(ctx, t);
  lg_subject_destroy(ctx, s);
}

static void effects_have_an_ec50(void **state) {
  (void)state;
  double dose[8], y[8];
  lg_effect_fit f;
  for (int k = 0; k < 8; k++) {
    dose[k] = pow(10.0, -1.0 + 0.4 * k);
    y[k] = 1.0 - 0.8 / (1.0 + pow(3.0 / dose[k], 1.5)) + 0.004 * (k % 2 ? 1 : -1);
  }
  lg_effect_fit_hill(dose, y, 8, true, &f);
  assert_true(f.found && fabs(f.ec50 - 3.0) < 0.15 && fabs(f.hill - 1.5) < 0.15 && fabs(f.end - 0.2) < 0.03);
  assert_true(f.low < 3.0 && f.high > 3.0 && f.low > 2.0 && f.high < 4.5);
  for (int k = 0; k < 8; k++) y[k] = 1.0 + (k % 2 ? 0.3 : -0.3);
  lg_effect_fit_hill(dose, y, 8, true, &f);
  assert_true(!f.found && strstr(f.why, "sigmoid"));
  for (int k = 0; k < 8; k++) y[k] = 1.0 + 0.01 * k;
  lg_effect_fit_hill(dose, y, 8, true, &f);
  assert_true(!f.found && strstr(f.why, "tenth"));
  lg_effect_fit_hill(dose, y, 2, true, &f);
  assert_true(!f.found && isnan(f.ec50));
}

static const lg_liability *target(const lg_liability *panel, const char *name) {
  for (size_t k = 0; k < LG_LIABILITIES; k++)
    if (strcmp(panel[k].target, name) == 0) return &panel[k];
  fail_msg("%s is not in the panel", name);
  return NULL;
}

static void flags_and_panel(void **state) {
  (void)state;
  static const double doses[5] = {0.1, 0.3, 1.0, 3.0, 10.0};
  lg_subject *s = subject_of(plain, 0);
  lg_trial_opts o = of_drug("XE991", doses, 5), r = of_drug("retigabine", doses, 5), d = of_drug("diazepam", doses, 1);
  lg_trial *t;
  lg_trial_finding f[LG_TRIAL_FINDINGS];
  lg_liability panel[LG_LIABILITIES];
  lg_trial_data *data;
  assert_ok(ctx, lg_trial_run(ctx, s, &o, &t));
  lg_trial_find(s, &o, t, f);
  assert_true(strcmp(f[1].name, "pro_convulsant") == 0 && f[1].raised);
  assert_true(!f[0].raised && strstr(f[0].words, "not known"));
  assert_true(t->effect.found && t->effect.ec50 > 0.3 && t->effect.ec50 < 3.0);
  assert_true(t->window_low_uM > 0.1 && t->window_low_uM < 1.0 && isnan(t->window_high_uM));
  lg_liability_panel(&o, &t->neuron, 10.0, panel);
  const lg_liability *kv7 = target(panel, "Kv7.2/7.3");
  assert_true(kv7->share > 0.9 && kv7->in_model && strcmp(kv7->direction, "towards seizures") == 0);
  assert_string_equal(target(panel, "GABA-A")->direction, "unknown");
  lg_trial_destroy(ctx, t);
  assert_ok(ctx, lg_trial_run(ctx, s, &r, &t));
  lg_trial_find(s, &r, t, f);
  assert_true(!f[1].raised && t->therapeutic && t->therapeutic->dose_uM == 1.32);
  lg_liability_panel(&r, &t->neuron, 1.32, panel);
  assert_string_equal(target(panel, "Kv7.2/7.3")->direction, "against seizures");
  assert_ok(ctx, lg_trial_data_create(ctx, s, &r, t, NULL, &data));
  assert_true(data->data.n_doses == 5 && data->data.doses[4].metrics[0] > 3.0 * t->plan.baseline_rheobase_pA);
  lg_trial_data_destroy(ctx, data);
  lg_trial_destroy(ctx, t);
  lg_liability_panel(&d, &s->neuron, 0.1, panel);
  assert_true(!target(panel, "GABA-A")->in_model);
  assert_string_equal(target(panel, "GABA-A")->direction, "against seizures");
  lg_subject_destroy(ctx, s);
}

static void an_epileptic_twin_is_compared_with_its_healthy_self(void **state) {
  (void)state;
  static const double doses[2] = {0.0, 10.0};
  lg_subject *s = subject_of(plain, 0);
  lg_trial_opts o = of_drug("retigabine", doses, 2);
  lg_trial *t;
  lg_rescue *r;
  o.epileptic = true;
  o.assay.step_ms = 500.0;
  assert_ok(ctx, lg_trial_run(ctx, s, &o, &t));
  assert_true(t->healthy_area_ratio > 1.4);
  assert_true(t->points[0].area_to_healthy == t->healthy_area_ratio); /* no drug */
  assert_true(t->points[1].area_to_healthy < 0.8 * t->healthy_area_ratio);
  assert_int_equal(t->points[1].verdict, LG_VERDICT_INHIBITED);
  lg_trial_destroy(ctx, t);
  o.assay.step_ms = 200.0;
  assert_ok(ctx, lg_rescue_run(ctx, s, table, &o.bath, &o.assay, &r));
  assert_true(r->ill_to_healthy > 1.2 && r->n > 10 && r->n + r->n_unknown == table->n);
  for (size_t k = 0; k < r->n; k++) {
    const lg_rescue_row *row = &r->rows[k];
    if (!row->acts) assert_true(row->area_to_healthy == r->ill_to_healthy && !row->rescues);
    if (k > 0) assert_true(fabs(log(row->area_to_healthy)) >= fabs(log(r->rows[k - 1].area_to_healthy)));
  }
  assert_string_equal(r->rows[0].drug->name, "retigabine");
  lg_rescue_destroy(ctx, r);
  lg_subject_destroy(ctx, s);
}

static void what_a_drug_cannot_act_on_is_refused(void **state) {
  (void)state;
  static const double dose = 1.0, negative = -1.0;
  lg_subject *s = subject_of("{\"model\": \"izhikevich\", \"variant\": \"std\"}", 0), *tm = subject_of(plain, 0);
  lg_trial_opts o = of_drug("XE991", &dose, 1), bad = of_drug("XE991", &negative, 1);
  lg_trial *t = NULL;
  assert_int_equal(lg_trial_run(ctx, s, &o, &t), LG_ERR_UNSUPPORTED);
  assert_non_null(strstr(lg_ctx_message(ctx), "no learned map"));
  assert_int_equal(lg_trial_run(ctx, tm, &bad, &t), LG_ERR_RANGE);
  assert_null(t);
  lg_subject_destroy(ctx, s);
  lg_subject_destroy(ctx, tm);
}

static lg_subject *patient;

static lg_status try_once(lg_ctx *c) {
  static const double dose = 1.0;
  lg_trial_opts o = LG_TRIAL_OPTS_INIT;
  lg_trial *t = NULL;
  lg_trial_data *data = NULL;
  lg_status status = lg_drug_find(c, table, "retigabine", &o.drug[0]);
  o.n_drugs = 1;
  o.per_dose[0] = 1.0;
  o.dose_uM = &dose;
  o.n_doses = 1;
  o.assay.what = LG_ASSAY_FI | LG_ASSAY_CELL;
  o.assay.step_ms = 50.0;
  o.trace_factor = 3.0;
  if (status == LG_OK) status = lg_trial_run(c, patient, &o, &t);
  if (status == LG_OK) status = lg_trial_data_create(c, patient, &o, t, NULL, &data);
  lg_trial_data_destroy(c, data);
  lg_trial_destroy(c, t);
  return status;
}

static void no_memory_is_an_error(void **state) {
  (void)state;
  patient = subject_of(plain, 0);
  assert_true(lg_exhaust("a trial", try_once) > 20);
  lg_subject_destroy(ctx, patient);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_lead_to_verdicts),
      cmocka_unit_test(quick_trials_count_the_same),
      cmocka_unit_test(probabilities_are_shares_of_the_posterior),
      cmocka_unit_test(effects_have_an_ec50),
      cmocka_unit_test(flags_and_panel),
      cmocka_unit_test(an_epileptic_twin_is_compared_with_its_healthy_self),
      cmocka_unit_test(what_a_drug_cannot_act_on_is_refused),
      cmocka_unit_test(no_memory_is_an_error),
  };
  const int failed = cmocka_run_group_tests_name("trial", tests, open_drugs, close_drugs);
  if (folder_made) (void)rmdir(folder);
  return failed;
}
