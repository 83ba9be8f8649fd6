/* Drugs on cells with shape: the table of channels against the list of mechanisms, and cells changed by hand. */
#include "tests/unit/drug_table.h"

#include "io/json_read.h"
#include "twin/cable_drug.h"
#include "twin/cable_file.h"

#include <math.h>
#include <string.h>

static const char *const cell = "{\"model\": \"cable\", \"tstop_ms\": 10, \"sample_ms\": 0.1,"
                                " \"sections\": [{\"type\": 1, \"parent\": -1, \"pts\": [[0,0,0,20],[20,0,0,20]]}],"
                                " \"regions\": [{\"types\": \"all\", \"mechanisms\": {\"pas\": {}, \"NaTs2_t\": "
                                "{\"gNaTs2_tbar\": 0.5}, \"NaP\": {\"gbar\": 0.01},"
                                " \"Im\": {\"gImbar\": 0.001}, \"Ca_HVA\": {\"gCa_HVAbar\": 1e-4}, \"SK_E2\": "
                                "{\"gSK_E2bar\": 0.02}, \"K_Tst\": {\"gK_Tstbar\": 0},"
                                " \"CaDynamics_E2\": {}}}],"
                                " \"synapses\": [{\"type\": \"Exp2Syn\", \"loc\": [\"soma\"], \"weight_uS\": 1e-3, "
                                "\"params\": {\"e\": -75, \"tau1\": 0.5, \"tau2\": 8}},"
                                "  {\"type\": \"ExpSyn\", \"loc\": [\"soma\"], \"weight_uS\": 2e-3},"
                                "  {\"type\": \"nmda2\", \"loc\": [\"soma\"], \"weight_uS\": 3e-3}],"
                                " \"probes\": [{\"name\": \"h\", \"loc\": [\"soma\"], \"var\": \"h_NaTs2_t\"}]}";

static cable_model *make(void) {
  lg_json_doc *doc = NULL;
  cable_model *model = NULL;
  assert_ok(ctx, lg_json_parse(ctx, "cell", cell, strlen(cell), LG_JSON_STRICT, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_cable_parse(ctx, &root, ".", &model));
  lg_json_doc_destroy(ctx, doc);
  return model;
}

static double value(const cable_model *model, const char *mechanism, const char *parameter) {
  for (size_t u = 0; u < model->regions[0].n_uses; u++) {
    const cable_use *use = &model->regions[0].uses[u];
    if (strcmp(use->mechanism->name, mechanism) != 0) continue;
    for (size_t p = 0; p < use->mechanism->n_parameters; p++)
      if (strcmp(use->mechanism->parameters[p].name, parameter) == 0) return use->values[p];
  }
  fail_msg("the cell has no %s.%s", mechanism, parameter);
  return NAN;
}

static void near_to(double x, double expected) {
  if (!(fabs(x - expected) <= 1e-9 * fabs(expected))) fail_msg("%.12g, expected %.12g", x, expected);
}

static void treat(cable_model *model, const char *name, double uM, lg_cable_treated *how) {
  lg_dose dose = {.free_uM = uM};
  assert_ok(ctx, lg_drug_find(ctx, table, name, &dose.drug));
  assert_ok(ctx, lg_cable_treat(ctx, model, &dose, 1, NULL, how));
}

static void every_channel_has_its_row(void **state) {
  (void)state;
  static const char *const none[] = {"pas", "leak"};
  size_t n, n_targets;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  const lg_cable_target *targets = lg_cable_targets(&n_targets);
  for (size_t k = 0; k < n_targets; k++) {
    const cable_mechanism *m = lg_cable_mechanism_find(targets[k].mechanism);
    if (!m) fail_msg("there is no mechanism %s", targets[k].mechanism);
    size_t p = 0;
    while (p < m->n_parameters && strcmp(m->parameters[p].name, targets[k].parameter) != 0) p++;
    if (p == m->n_parameters || strcmp(m->parameters[p].unit, "S/cm2") != 0)
      fail_msg("%s has no conductance %s", m->name, targets[k].parameter);
  }
  for (size_t m = 0; m < n; m++) {
    bool known = all[m]->sort != CABLE_DENSITY || all[m]->n_ions == 0 || !all[m]->current;
    for (size_t k = 0; k < 2; k++) known = known || strcmp(none[k], all[m]->name) == 0;
    for (size_t k = 0; k < n_targets; k++) known = known || strcmp(targets[k].mechanism, all[m]->name) == 0;
    if (!known) fail_msg("drugs do not know the channel %s", all[m]->name);
  }
}

static void pores_are_blocked_by_the_hill_equation(void **state) {
  (void)state;
  cable_model *model = make();
  static lg_cable_treated how;
  treat(model, "tetrodotoxin", 0.0076, &how); /* twice the IC50 at Nav1.6 */
  near_to(value(model, "NaTs2_t", "gNaTs2_tbar"), 0.5 / 3.0);
  near_to(value(model, "NaP", "gbar"), 0.01 / 3.0); /* the same channels carry it */
  near_to(value(model, "Im", "gImbar"), 0.001);
  assert_int_equal(how.n_touches, 2);
  treat(model, "apamin", 1e-4, &how);
  near_to(value(model, "SK_E2", "gSK_E2bar"), 0.01);
  lg_cable_model_destroy(ctx, model);
}

static void blockers_by_state_change_the_channel(void **state) {
  (void)state;
  cable_model *model = make();
  static lg_cable_treated how;
  treat(model, "carbamazepine", 50.0, &how);
  near_to(value(model, "NaTs_drugged", "gbar"), 0.5);
  near_to(value(model, "NaTs_drugged", "block_dose"), 50.0);
  near_to(value(model, "NaTs_drugged", "block_K_inactivated"), 25.0);
  assert_string_equal(model->probes[0].mechanism->name, "NaTs_drugged");
  assert_string_equal(model->probes[0].mechanism->states[model->probes[0].state], "h");
  treat(model, "valproate", 1500.0, &how); /* at its K: half of the shift at saturation */
  assert_true(value(model, "NaTs_drugged", "h_shift") < 0.0);
  near_to(value(model, "NaTs_drugged", "block_dose"), 50.0);
  lg_cable_model_destroy(ctx, model);
}

static void receptors_are_known_by_name_or_reversal(void **state) {
  (void)state;
  cable_model *model = make();
  static lg_cable_treated how;
  treat(model, "perampanel", 0.6, &how);
  near_to(model->synapses[1].weight_uS, 1e-3);
  near_to(model->synapses[0].weight_uS, 1e-3);
  near_to(model->synapses[2].weight_uS, 3e-3);
  treat(model, "picrotoxin", 5.0, &how);
  near_to(model->synapses[0].weight_uS, 0.5e-3);
  treat(model, "diazepam", 1.0, &how);
  assert_true(model->synapses[0].use.values[1] > 8.0); /* tau2: it lasts longer */
  treat(model, "memantine", 10.0, &how);
  near_to(model->synapses[2].use.values[4], 10.0);
  near_to(model->synapses[2].weight_uS, 3e-3);
  lg_cable_model_destroy(ctx, model);
}

/* pas.g is 1e-3 by default: GIRK at K opens half of half of it, GABA at the extrasynaptic EC50 half of 2.5 of it. */
static void what_opens_stands_beside_the_leak(void **state) {
  (void)state;
  cable_model *model = make();
  static lg_cable_treated how;
  const size_t n = model->regions[0].n_uses;
  treat(model, "baclofen", 1.0, &how);
  assert_int_equal(model->regions[0].n_uses, n + 1);
  near_to(value(model, "girk", "gbar"), 0.25e-3);
  treat(model, "GABA", 0.7, &how);
  near_to(value(model, "gaba_tonic", "g"), 1.25e-3);
  near_to(value(model, "gaba_tonic", "e"), -70.0);
  treat(model, "picrotoxin", 5.0, &how);
  near_to(value(model, "gaba_tonic", "g"), 0.625e-3);
  assert_int_equal(model->regions[0].n_uses, n + 2);
  lg_cable_model_destroy(ctx, model);
}

static void what_is_missing_is_said(void **state) {
  (void)state;
  cable_model *model = make();
  static lg_cable_treated how;
  treat(model, "ZD7288", 10.0, &how);
  assert_int_equal(how.n_touches, 0);
  assert_int_equal(how.notes.n, 1);
  assert_int_equal(how.notes.notes[0].outcome, LG_DRUG_NO_TARGET);
  treat(model, "4-aminopyridine", 100.0, &how); /* K_Tst is there, with a conductance of 0 */
  assert_int_equal(how.n_touches, 0);
  treat(model, "lacosamide", 30.0, &how); /* binds to slow inactivation, which these channels do not have */
  assert_int_equal(how.n_touches, 0);
  assert_int_equal(how.notes.n_acted, 0);
  lg_cable_model_destroy(ctx, model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_channel_has_its_row),
      cmocka_unit_test(pores_are_blocked_by_the_hill_equation),
      cmocka_unit_test(blockers_by_state_change_the_channel),
      cmocka_unit_test(receptors_are_known_by_name_or_reversal),
      cmocka_unit_test(what_opens_stands_beside_the_leak),
      cmocka_unit_test(what_is_missing_is_said),
  };
  return cmocka_run_group_tests(tests, open_drugs, close_drugs);
}
