/* Pharmacodynamics of every mode against closed forms. */
#include "tests/alloc.h"
#include "tests/unit/drug_table.h"

#include "base/elementary.h"
#include "twin/drug.h"

#include <math.h>
#include <string.h>

static lg_drug_table *made;

/* Drugs made for these tests. */
static const char own[] = "drug,target,mode,K_or_IC50_uM,hill,max_effect,K_rest_uM,kon_per_uM_per_ms,gating_shift_mV\n"
                          "steep,Nav1.6,pore_block,2,1.7,0.8,,,\n"
                          "flat,Nav1.6,pore_block,5,1,1,,,\n"
                          "opener,Kv7.2,activation,3,2,1.5,,,\n"
                          "second,Nav1.6,inactivated_state,9,1,1,500,1e-5,\n"
                          "third,Nav1.6,inactivated_state,9,1,1,500,1e-5,\n"
                          "unknown rates,Nav1.6,slow_inactivated_state,100,1,1,,,\n"
                          "shifter,Kv7.3,opener_shift,4,1,1,,,-20\n"
                          "partial,GABA-A extrasynaptic,agonist,2,1,0.5,,,\n"
                          "calcium,Cav1.2,inactivated_state,0.02,1,1,0.3,,\n";

static int set_up(void **state) {
  if (open_drugs(state) != 0) return -1;
  return lg_drug_table_parse(ctx, "own.csv", (const unsigned char *)own, sizeof own - 1, NULL, NULL, &made) == LG_OK
             ? 0
             : -1;
}

static int tear_down(void **state) {
  lg_drug_table_destroy(ctx, made);
  return close_drugs(state);
}

static lg_neuron with(const char *field, double value) {
  lg_neuron n;
  assert_ok(ctx, lg_neuron_init(ctx, "tm", NULL, &n));
  if (field) assert_ok(ctx, lg_neuron_set(ctx, &n, field, value));
  return n;
}

static const lg_drug *drug(const char *name) {
  const lg_drug *d;
  if (lg_drug_find(ctx, made, name, &d) != LG_OK) assert_ok(ctx, lg_drug_find(ctx, table, name, &d));
  return d;
}

/* One or two drugs; b NULL: one. */
static lg_neuron give(const lg_neuron *n, const char *a, double a_uM, const char *b, double b_uM,
                      const lg_drug_bath *bath, lg_drug_notes *notes) {
  lg_neuron out;
  const lg_dose doses[2] = {{drug(a), a_uM}, {b ? drug(b) : NULL, b_uM}};
  assert_ok(ctx, lg_drug_apply(ctx, n, doses, b ? 2 : 1, bath, &out, notes));
  return out;
}

static double got(const lg_neuron *n, const char *field) { return lg_neuron_get(n, field); }

#define NEAR(a, b)                                                                                                     \
  do {                                                                                                                 \
    const double near_a = (a), near_b = (b);                                                                           \
    if (!(fabs(near_a - near_b) <= 1e-11 * fabs(near_b))) fail_msg("%s is %.15g, not %.15g", #a, near_a, near_b);      \
  } while (0)

static lg_drug_outcome outcome_of(const lg_drug_notes *notes, const char *target) {
  for (size_t k = 0; k < notes->n; k++)
    if (strcmp(notes->notes[k].effect->target, target) == 0) return notes->notes[k].outcome;
  fail_msg("no note on %s", target);
  return LG_DRUG_ACTED;
}

/* ---- block, activation, combination ------------------------------------------------------------ */

static void test_hill(void **state) {
  (void)state;
  const lg_neuron n = with(NULL, 0);
  for (double d = 0.01; d < 1e4; d *= 7.0) {
    const double x = pow(d / 2.0, 1.7), y = pow(d / 3.0, 2.0);
    const lg_neuron a = give(&n, "steep", d, NULL, 0, NULL, NULL), b = give(&n, "opener", d, NULL, 0, NULL, NULL);
    NEAR(got(&a, "gNa_scale"), 1.0 - 0.8 * x / (1.0 + x));
    NEAR(got(&b, "gM_scale"), 1.0 + 1.5 * y / (1.0 + y));
  }
}

static void test_combinations(void **state) {
  (void)state;
  const lg_neuron n = with(NULL, 0);
  lg_drug_bath one_site = LG_DRUG_BATH_INIT;
  one_site.combination = LG_COMBINE_ONE_SITE;
  const double x = pow(3.0 / 2.0, 1.7), y = 4.0 / 5.0;
  lg_neuron t = give(&n, "steep", 3, "flat", 4, NULL, NULL);
  NEAR(got(&t, "gNa_scale"), (1.0 - 0.8 * x / (1.0 + x)) / (1.0 + y));
  t = give(&n, "steep", 3, "flat", 4, &one_site, NULL);
  NEAR(got(&t, "gNa_scale"), 1.0 - (0.8 * x + y) / (1.0 + x + y));
  /* the same drug twice is one drug at the sum of the doses, where the site is one */
  t = give(&n, "flat", 1, "flat", 2, &one_site, NULL);
  NEAR(got(&t, "gNa_scale"), 1.0 / (1.0 + 3.0 / 5.0));
  /* one drug alone does not know of combinations; the order does not matter */
  const lg_neuron a = give(&n, "steep", 3, NULL, 0, &one_site, NULL), b = give(&n, "steep", 3, NULL, 0, NULL, NULL);
  NEAR(got(&a, "gNa_scale"), got(&b, "gNa_scale"));
  const lg_neuron c = give(&n, "CBZ", 20, "RTG", 1, NULL, NULL), d = give(&n, "RTG", 1, "CBZ", 20, NULL, NULL);
  assert_memory_equal(c.value, d.value, sizeof c.value);
}

static void test_persistent_sodium(void **state) {
  (void)state;
  const lg_neuron n = with("gNaP", 2.0);
  lg_neuron t = give(&n, "TTX", 0.0038, NULL, 0, NULL, NULL); /* the same channels carry both */
  NEAR(got(&t, "gNa_scale"), 0.5);
  NEAR(got(&t, "gNaP"), 1.0);
  t = give(&n, "riluzole", 2, NULL, 0, NULL, NULL);
  NEAR(got(&t, "gNa_scale"), 1.0);
  NEAR(got(&t, "gNaP"), 1.0);
}

static void test_no_target(void **state) {
  (void)state;
  lg_drug_notes notes;
  lg_neuron n = with(NULL, 0), t = give(&n, "4-AP", 290, NULL, 0, NULL, &notes);
  assert_memory_equal(n.value, t.value, sizeof n.value);
  assert_int_equal(outcome_of(&notes, "Kv1.1"), LG_DRUG_NO_TARGET);
  assert_int_equal(outcome_of(&notes, "Kv1.2"), LG_DRUG_NOT_CHOSEN);
  assert_int_equal(outcome_of(&notes, "Kv3.1"), LG_DRUG_NOT_CHOSEN);
  assert_int_equal(notes.n_acted, 0);
  static const struct {
    const char *drug, *field;
    double uM, left;
  } seats[] = {{"4-AP", "gA", 290, 0.5},
               {"ZD7288", "gH", 5, 0.5},
               {"ethosuximide", "gCaT", 600, 0.5},
               {"apamin", "gSK", 1e-4, 0.5},
               {"perampanel", "gAMPA", 0.6, 0.5},
               {"calcium", "gCaL", 0.3, 0.5},
               {"muscarine/oxo-M", "gM_scale", 1, 0.6}};
  for (size_t k = 0; k < sizeof seats / sizeof seats[0]; k++) {
    const bool factor = strstr(seats[k].field, "_scale") != NULL;
    n = factor ? with(NULL, 0) : with(seats[k].field, 10.0);
    t = give(&n, seats[k].drug, seats[k].uM, NULL, 0, NULL, &notes);
    NEAR(got(&t, seats[k].field), seats[k].left * (factor ? 1.0 : 10.0));
    assert_true(notes.n_acted == 1);
    n = with(factor ? "gM" : seats[k].field, 0.0);
    t = give(&n, seats[k].drug, seats[k].uM, NULL, 0, NULL, &notes);
    assert_memory_equal(n.value, t.value, sizeof n.value);
    assert_true(notes.n_acted == 0);
  }
  t = give(&n, "insulin", 0.5, NULL, 0, NULL, &notes);
  assert_int_equal(outcome_of(&notes, "unknown (paired data)"), LG_DRUG_NO_MECHANISM);
  t = give(&n, "iberiotoxin", 0.1, NULL, 0, NULL, &notes);
  assert_int_equal(outcome_of(&notes, "BK"), LG_DRUG_NO_TARGET);
}

/* Another row than the default: the delayed rectifier of a fast-spiking cell is Kv3. */
static void test_other_target(void **state) {
  (void)state;
  const lg_neuron n = with("gA", 10.0);
  lg_neuron t = give(&n, "4-AP@Kv3.1", 29, NULL, 0, NULL, NULL);
  NEAR(got(&t, "gK_scale"), 0.5);
  NEAR(got(&t, "gA"), 10.0 * 290.0 / (290.0 + 29.0));
  t = give(&n, "TEA@kv3", 200, NULL, 0, NULL, NULL);
  NEAR(got(&t, "gK_scale"), 0.5);
  t = give(&n, "TTX@Nav1.7", 0.0055, "tetrodotoxin@nav17", 0.0, NULL, NULL);
  NEAR(got(&t, "gNa_scale"), 0.5);
  assert_ptr_equal(drug("TTX@Nav1.7"), drug("tetrodotoxin@nav17"));
  assert_string_equal(drug("TTX@Nav1.7")->name, "tetrodotoxin@Nav1.7");
  const lg_drug *d;
  assert_int_equal(lg_drug_find(ctx, table, "TTX@Kv1", &d), LG_ERR_NOT_FOUND);
  assert_non_null(strstr(lg_ctx_message(ctx), "it has Nav1.2, Nav1.6"));
  assert_int_equal(lg_drug_find(ctx, table, "TTX@Nav", &d), LG_ERR_NOT_FOUND);
  assert_int_equal(lg_drug_find(ctx, table, "tetrodotoxine@Nav", &d), LG_ERR_NOT_FOUND);
  assert_non_null(strstr(lg_ctx_message(ctx), "did you mean 'tetrodotoxin'?"));
}

/* ---- states ----------------------------------------------------------------------------------- */

/* Block when the cell has been at v for ever: the simulation starts there. */
static double steady_block(lg_neuron n, double v_mV, const char *state_name) {
  lg_simulation *run;
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  const lg_protocol protocol = {.duration_ms = 0.1, .sample_ms = 0.05};
  double block = (double)NAN;
  o.all_states = 1;
  assert_ok(ctx, lg_neuron_set(ctx, &n, "V0", v_mV));
  assert_ok(ctx, lg_simulate(ctx, &n, &protocol, &o, &run));
  for (size_t k = 0; k < run->n_columns; k++)
    if (strcmp(run->columns[k], state_name) == 0) block = run->states[k * run->n_samples];
  lg_simulation_destroy(ctx, run);
  return block;
}

/* Affinity between that of resting and that of inactivated channels, by the share that is inactivated. */
static void test_modulated_receptor(void **state) {
  (void)state;
  lg_neuron n = with(NULL, 0);
  const lg_neuron t = give(&n, "CBZ", 50, NULL, 0, NULL, NULL);
  assert_true(fabs(steady_block(t, 20, "block") - 50.0 / (50.0 + 25.0)) < 1e-3);     /* all inactivated */
  assert_true(fabs(steady_block(t, -140, "block") - 50.0 / (50.0 + 2500.0)) < 1e-3); /* all resting */
  const double h = steady_block(t, -60, "h"), K = 25.0 / ((1.0 - h) + h * 25.0 / 2500.0);
  assert_true(h > 0.05 && h < 0.999);
  assert_true(fabs(steady_block(t, -60, "block") - 50.0 / (50.0 + K)) < 1e-9);
}

static void test_slow_block(void **state) {
  (void)state;
  const lg_neuron n = with("slow_inactivation", 0.5);
  const lg_neuron t = give(&n, "lacosamide", 100, NULL, 0, NULL, NULL);
  assert_true(got(&t, "block_slow") == 1.0 && got(&t, "block_kon") == 5e-8);
  const double s = steady_block(t, -60, "s"), K = 182.0 / ((1.0 - s) + s * 182.0 / 40222.0);
  assert_true(fabs(s - 0.5) < 1e-9);
  assert_true(fabs(steady_block(t, -60, "block") - 100.0 / (100.0 + K)) < 1e-9);
  const lg_neuron u = give(&n, "unknown rates", 100, NULL, 0, NULL, NULL);
  assert_true(got(&u, "block_kon") == LG_DRUG_KON_SLOW && got(&u, "block_K_rest") == 1e9);
}

static void test_two_blockers(void **state) {
  (void)state;
  const lg_neuron n = with(NULL, 0);
  lg_drug_bath one_site = LG_DRUG_BATH_INIT;
  one_site.combination = LG_COMBINE_ONE_SITE;
  const lg_neuron a = give(&n, "CBZ", 50, "second", 20, NULL, NULL),
                  b = give(&n, "CBZ", 50, "second", 20, &one_site, NULL);
  assert_true(got(&a, "block2_dose") == 20.0 && got(&a, "block2_K_inactivated") == 9.0);
  assert_true(got(&a, "block_one_site") == 0.0 && got(&b, "block_one_site") == 1.0);
  /* at 20 mV: independent sites bind as if alone, one site shares */
  const double x = 50.0 / 25.0, y = 20.0 / 9.0;
  assert_true(fabs(steady_block(a, 20, "block2") - y / (1.0 + y)) < 1e-3);
  assert_true(fabs(steady_block(b, 20, "block") - x / (1.0 + x + y)) < 1e-3);
  assert_true(fabs(steady_block(b, 20, "block2") - y / (1.0 + x + y)) < 1e-3);
  lg_neuron out;
  const lg_dose three[] = {{drug("CBZ"), 1}, {drug("second"), 1}, {drug("third"), 1}};
  assert_int_equal(lg_drug_apply(ctx, &n, three, 3, NULL, &out, NULL), LG_ERR_UNSUPPORTED);
  /* a neuron that was treated already takes another one in its second place */
  const lg_neuron first = give(&n, "CBZ", 50, NULL, 0, NULL, NULL), c = give(&first, "second", 20, NULL, 0, NULL, NULL);
  assert_memory_equal(a.value, c.value, sizeof a.value);
}

/* ---- shifts ----------------------------------------------------------------------------------- */

static void test_shifts(void **state) {
  (void)state;
  const lg_neuron n = with(NULL, 0);
  lg_drug_bath one_site = LG_DRUG_BATH_INIT;
  one_site.combination = LG_COMBINE_ONE_SITE;
  lg_neuron t = give(&n, "oxcarbazepine", 250, NULL, 0, NULL, NULL); /* as measured, not half of it */
  NEAR(got(&t, "h_shift"), -16.6);
  t = give(&n, "oxcarbazepine", 125, NULL, 0, NULL, NULL);
  NEAR(got(&t, "h_shift"), -16.6 * 2.0 / 3.0);
  t = give(&n, "oxcarbazepine", 2000, NULL, 0, NULL, NULL); /* more than was seen is not claimed */
  NEAR(got(&t, "h_shift"), -16.6);
  t = give(&n, "valproate", 1500, NULL, 0, NULL, NULL); /* at saturation */
  NEAR(got(&t, "h_shift"), -5.0);
  t = give(&n, "CBZ", 250, NULL, 0, NULL, NULL); /* its shift is its block, seen otherwise */
  NEAR(got(&t, "h_shift") + 1.0, 1.0);
  t = give(&n, "shifter", 4, "RTG", 1.6, NULL, NULL);
  NEAR(got(&t, "p_shift"), -10.0 - 21.5);
  t = give(&n, "shifter", 4, "RTG", 1.6, &one_site, NULL);
  NEAR(got(&t, "p_shift"), (-20.0 - 43.0) / 3.0);
  const lg_neuron no_m = with("gM", 0.0);
  lg_drug_notes notes;
  t = give(&no_m, "RTG", 10, NULL, 0, NULL, &notes);
  assert_memory_equal(no_m.value, t.value, sizeof t.value);
  assert_int_equal(notes.notes[0].outcome, LG_DRUG_NO_TARGET);
}

/* ---- GABA -------------------------------------------------------------------------------------- */

static void test_tone(void **state) {
  (void)state;
  const lg_neuron n = with(NULL, 0);
  lg_drug_bath bath = LG_DRUG_BATH_INIT;
  lg_drug_notes notes;
  /* without tone a modulator does nothing, bit by bit */
  static const char *const modulators[] = {"diazepam", "phenobarbital", "pentobarbital", "bicuculline", "picrotoxin"};
  for (size_t k = 0; k < 5; k++) {
    const lg_neuron t = give(&n, modulators[k], 10, NULL, 0, &bath, &notes);
    assert_memory_equal(n.value, t.value, sizeof n.value);
    assert_int_equal(notes.n_acted, 0);
    for (size_t j = 0; j < notes.n; j++)
      if (notes.notes[j].effect->chosen) assert_int_equal(notes.notes[j].outcome, LG_DRUG_NO_AGONIST);
  }
  /* tone of the bath, and its own reversal potential, with no drug at all */
  lg_neuron t, base;
  bath.gGABA_tonic_nS = 10.0;
  bath.gaba_tonic_uM = 0.175; /* EC20 */
  bath.EGABA_mV = -58.0;
  assert_ok(ctx, lg_drug_apply(ctx, &n, NULL, 0, &bath, &base, NULL));
  NEAR(got(&base, "gGABA"), 2.0);
  NEAR(got(&base, "EGABA"), -58.0);
  /* the gain of the table at an EC20, saturated and at its EC50 */
  t = give(&n, "diazepam", 1e6, NULL, 0, &bath, NULL);
  assert_true(fabs(got(&t, "gGABA") / 2.0 - 2.03) < 1e-6);
  t = give(&n, "diazepam", 0.027, NULL, 0, &bath, &notes);
  NEAR(got(&t, "gGABA"), 2.0 * 1.515);
  assert_int_equal(notes.n_acted, 1);
  /* the same from a neuron that has its tone already */
  const lg_neuron u = give(&base, "diazepam", 0.027, NULL, 0, &bath, NULL);
  NEAR(got(&u, "gGABA"), 2.0 * 1.515);
  /* no more than all receptors open */
  bath.gaba_tonic_uM = 1e4;
  t = give(&n, "phenobarbital", 1e4, NULL, 0, &bath, NULL);
  assert_true(got(&t, "gGABA") <= 10.0);
}

static void test_agonists_and_antagonists(void **state) {
  (void)state;
  const lg_neuron n = with(NULL, 0);
  lg_drug_bath bath = LG_DRUG_BATH_INIT;
  bath.gGABA_tonic_nS = 4.0;
  lg_neuron t = give(&n, "GABA", 0.7, NULL, 0, &bath, NULL);
  NEAR(got(&t, "gGABA"), 2.0);
  bath.gaba_tonic_uM = 0.3; /* GABA adds to GABA */
  t = give(&n, "GABA", 0.4, NULL, 0, &bath, NULL);
  NEAR(got(&t, "gGABA"), 2.0);
  bath.gaba_tonic_uM = 0.0;
  t = give(&n, "GABA", 2.05, NULL, 0, NULL, NULL); /* 2.5 gL of receptors where nobody says how many */
  NEAR(got(&t, "gGABA"), 2.5 * 2.05 * 2.05 / (2.05 + 0.7));
  t = give(&n, "partial", 2, NULL, 0, &bath, NULL);
  NEAR(got(&t, "gGABA"), 4.0 * 0.25);
  /* Gaddum–Schild: K of antagonist asks for twice the agonist, wherever on the curve */
  for (double c = 0.01; c < 100; c *= 5.0) {
    const lg_neuron alone = give(&n, "GABA", c, NULL, 0, &bath, NULL);
    t = give(&n, "GABA", 2.0 * c, "bicuculline", 1.5, &bath, NULL);
    NEAR(got(&t, "gGABA"), got(&alone, "gGABA"));
  }
  /* pentobarbital divides the EC50: 50 uM by 1 + 3 / 2 */
  t = give(&n, "GABA", 0.7, "pentobarbital", 50, &bath, NULL);
  NEAR(got(&t, "gGABA"), 4.0 * 2.5 / 3.5);
  t = give(&n, "GABA", 0.7, "picrotoxin", 5, &bath, NULL);
  NEAR(got(&t, "gGABA"), 1.0);
}

static void test_synaptic_gaba(void **state) {
  (void)state;
  const lg_neuron n = with("gGABAA", 5.0);
  const double x = pow(50.0, 1.4), y = pow(50.0 / 6.0, 1.4);
  lg_neuron t = give(&n, "gabazine", 1.0, NULL, 0, NULL, NULL);
  NEAR(got(&t, "gGABAA"), 5.0 * (y / (1.0 + y)) / (x / (1.0 + x)));
  assert_true(got(&t, "GABAA_decay") == 8.0);
  t = give(&n, "picrotoxin", 5.0, NULL, 0, NULL, NULL);
  NEAR(got(&t, "gGABAA"), 2.5);
  t = give(&n, "pentobarbital", 50, NULL, 0, NULL, NULL); /* an event lasts longer, hardly higher */
  NEAR(got(&t, "GABAA_decay"), 8.0 * sqrt(2.5));
  assert_true(got(&t, "gGABAA") > 5.0 && got(&t, "gGABAA") < 5.03);
  assert_true(got(&t, "gGABA") == 0.0);
}

static void test_girk(void **state) {
  (void)state;
  const lg_neuron n = with(NULL, 0);
  lg_drug_bath bath = LG_DRUG_BATH_INIT;
  lg_neuron t = give(&n, "baclofen", 1, NULL, 0, NULL, NULL);
  NEAR(got(&t, "gGIRK"), 0.5 * 0.5 * 2.05);
  bath.gGIRK_max_nS = 6.0;
  t = give(&n, "baclofen", 3, NULL, 0, &bath, NULL);
  NEAR(got(&t, "gGIRK"), 6.0 / (1.0 + pow(3.0, -1.3)));
}

/* ---- NMDA -------------------------------------------------------------------------------------- */

/* IC50 of the blocker by the neuron's own fields, at a potential and with magnesium. */
static double ic50(const lg_neuron *t, double v_mV, double mg_mM) {
  return got(t, "NMDA_block_K0") * exp(got(t, "NMDA_block_zdelta") * v_mV / LG_DRUG_RT_F_MV) *
         (1.0 + mg_mM / 3.57 * exp(-0.062 * v_mV));
}

static void test_voltage_block(void **state) {
  (void)state;
  const lg_neuron n = with("gNMDA", 1.0);
  lg_neuron t = give(&n, "memantine", 2, NULL, 0, NULL, NULL);
  assert_true(got(&t, "NMDA_block_dose") == 2.0);
  assert_true(fabs(ic50(&t, -30, 1.0) - 10.3) < 0.01); /* both points that were measured */
  assert_true(fabs(ic50(&t, -70, 0.0) - 0.9) < 0.01);
  t = give(&n, "ketamine", 2, NULL, 0, NULL, NULL);
  assert_true(fabs(ic50(&t, -65, 1.0) - 5.4) < 0.01);
  /* two at one depth add up in units of K, at two depths they are refused */
  const double K0 = got(&t, "NMDA_block_K0");
  const lg_neuron both = give(&n, "memantine", 2, "ketamine", 3, NULL, NULL);
  NEAR(got(&both, "NMDA_block_dose"), 2.0 + 3.0 * got(&both, "NMDA_block_K0") / K0);
  t = give(&n, "magnesium", 1000, NULL, 0, NULL, NULL);
  NEAR(got(&t, "Mg"), 2.0);
  lg_drug_notes notes;
  const lg_neuron none = with(NULL, 0);
  t = give(&none, "memantine", 10, NULL, 0, NULL, &notes); /* intrinsic firing is untouched */
  assert_memory_equal(none.value, t.value, sizeof t.value);
  assert_int_equal(outcome_of(&notes, "GluN1/GluN2A"), LG_DRUG_NO_TARGET);
}

/* Every mode on every conductance, on a neuron that has them all: one note for each, every field finite and in range;
 * alone and two at once, by both combinations. */
static void test_battery(void **state) {
  (void)state;
  lg_neuron n = with(NULL, 0), out;
  static const char *const conductances[] = {"gNaP", "gA",    "gH",     "gCaT",  "gCaL",
                                             "gSK",  "gGABA", "gGABAA", "gNMDA", "gAMPA"};
  for (size_t k = 0; k < 10; k++) assert_ok(ctx, lg_neuron_set(ctx, &n, conductances[k], 1.0));
  lg_drug_bath bath = LG_DRUG_BATH_INIT;
  static char source[1] = "";
  for (int hook = 0; hook < (int)LG_HOOKS; hook++)
    for (int mode = 0; mode < (int)LG_DRUG_MODES; mode++)
      for (int combination = 0; combination < 2; combination++) {
        lg_drug_effect e = {.target = "x",
                            .hook = (lg_drug_hook)hook,
                            .mode = (lg_drug_mode)mode,
                            .chosen = true,
                            .K_uM = 2,
                            .hill = 1.3,
                            .max_effect = mode == (int)LG_DRUG_PAM_AFFINITY ? 3 : 0.9,
                            .K_rest_uM = 50,
                            .kon_per_uM_per_ms = 1e-4,
                            .shift_mV = -8,
                            .z_delta = 0.8,
                            .confidence = 'A',
                            .source = source,
                            .notes = source};
        const lg_drug made_up = {.name = source, .n_effects = 1, .effects = &e};
        const lg_dose doses[2] = {{&made_up, 3.0}, {&made_up, 1.0}};
        bath.combination = (lg_drug_combination)combination;
        for (size_t many = 1; many <= 2; many++) {
          lg_drug_notes notes;
          assert_ok(ctx, lg_drug_apply(ctx, &n, doses, many, &bath, &out, &notes));
          if (notes.n != many)
            fail_msg("%zu notes on %s of %s", notes.n, lg_drug_mode_name(e.mode), lg_drug_hook_name(e.hook));
          assert_ok(ctx, lg_neuron_check(ctx, &out));
          const bool changed = memcmp(n.value, out.value, sizeof n.value) != 0;
          if (changed != (notes.n_acted > 0))
            fail_msg("%s of %s: changed %d, acted %zu", lg_drug_mode_name(e.mode), lg_drug_hook_name(e.hook), changed,
                     notes.n_acted);
        }
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hill),
      cmocka_unit_test(test_combinations),
      cmocka_unit_test(test_persistent_sodium),
      cmocka_unit_test(test_no_target),
      cmocka_unit_test(test_other_target),
      cmocka_unit_test(test_modulated_receptor),
      cmocka_unit_test(test_slow_block),
      cmocka_unit_test(test_two_blockers),
      cmocka_unit_test(test_shifts),
      cmocka_unit_test(test_tone),
      cmocka_unit_test(test_agonists_and_antagonists),
      cmocka_unit_test(test_synaptic_gaba),
      cmocka_unit_test(test_girk),
      cmocka_unit_test(test_voltage_block),
      cmocka_unit_test(test_battery),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
