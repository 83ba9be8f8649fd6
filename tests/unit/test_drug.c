/* Drugs: reading tables, and what lg_drug_apply() makes of a neuron, against closed forms and the reference runs. */
#include "tests/alloc.h"
#include "tests/unit/drug_table.h"

#include "twin/dose.h"
#include "twin/drug.h"

#include <math.h>
#include <string.h>

static lg_neuron rs(void) {
  lg_neuron n;
  assert_ok(ctx, lg_neuron_init(ctx, "tm", NULL, &n));
  return n;
}

static lg_neuron treated(const lg_neuron *n, const char *drug, double uM, lg_drug_notes *notes) {
  lg_neuron out;
  lg_dose dose = {.free_uM = uM};
  assert_ok(ctx, lg_drug_find(ctx, table, drug, &dose.drug));
  assert_ok(ctx, lg_drug_apply(ctx, n, &dose, 1, NULL, &out, notes));
  return out;
}

#define CLOSE(a, b) assert_true(fabs((a) - (b)) <= 1e-12 * fabs(b))

/* Only the named fields differ from the neuron before. */
static void only(const lg_neuron *before, const lg_neuron *after, const char *fields) {
  for (size_t k = 0; k < before->info->n_fields; k++) {
    const char *name = before->info->fields[k].name, *at = strstr(fields, name);
    const size_t n = strlen(name);
    const bool listed = at && (at[n] == ' ' || at[n] == '\0') && (at == fields || at[-1] == ' ');
    if (!listed && memcmp(&before->value[k], &after->value[k], sizeof(double)) != 0) fail_msg("%s changed too", name);
  }
}

/* ---- the shipped table ------------------------------------------------------------------------- */

static void test_shipped_table(void **state) {
  (void)state;
  assert_int_equal(table->form, LG_DRUG_FORM_TABLE);
  assert_int_equal(table->n, 41);
  assert_string_equal(table->ignored, "");
  for (size_t k = 0; k < table->n; k++) {
    const lg_drug *d = &table->drugs[k];
    size_t chosen = 0;
    assert_true(d->n_effects > 0);
    for (size_t j = 0; j < d->n_effects; j++) {
      const lg_drug_effect *e = &d->effects[j];
      assert_true(e->source[0] != '\0');
      assert_true(strchr("VMA", e->confidence) != NULL && e->confidence);
      chosen += e->chosen;
    }
    if (chosen == 0) fail_msg("%s has no default", d->name);
    if (isfinite(d->kinetics.half_life_h)) assert_true(d->kinetics.source[0] && d->kinetics.confidence == 'A');
    if (isfinite(lg_drug_therapeutic_uM(d))) assert_true(d->pk_confidence != '-' && d->range_source[0]);
  }
}

static void test_find(void **state) {
  (void)state;
  const lg_drug *d;
  assert_ok(ctx, lg_drug_find(ctx, table, "Tetrodotoxin", &d));
  assert_ok(ctx, lg_drug_find(ctx, table, "ttx", &d));
  assert_string_equal(d->name, "tetrodotoxin");
  assert_ok(ctx, lg_drug_find(ctx, table, "4 Aminopyridine", &d));
  assert_int_equal(lg_drug_find(ctx, table, "carbamazapine", &d), LG_ERR_NOT_FOUND);
  assert_non_null(strstr(lg_ctx_message(ctx), "did you mean 'carbamazepine'?"));
  assert_int_equal(lg_drug_find(ctx, table, "carba", &d), LG_ERR_NOT_FOUND);
  assert_non_null(strstr(lg_ctx_message(ctx), "'carbamazepine'"));
  assert_int_equal(lg_drug_find(ctx, table, "qqqqqqqqqqqqqqq", &d), LG_ERR_NOT_FOUND);
  assert_int_equal(lg_drug_find(ctx, table, "", &d), LG_ERR_NOT_FOUND);
}

/* The table as it was handed over chooses the same rows without the column "default". */
static void test_choice_without_column(void **state) {
  (void)state;
  char path[512];
  if (!lg_test_shared("data/twin/drugs/neuro_drugs.csv", path, sizeof path)) skip();
  lg_drug_table *raw;
  assert_ok(ctx, lg_drug_table_read(ctx, path, NULL, &raw));
  assert_int_equal(raw->n, 41);
  for (size_t k = 0; k < raw->n; k++) {
    const lg_drug *d;
    assert_ok(ctx, lg_drug_find(ctx, table, raw->drugs[k].name, &d));
    for (size_t j = 0; j < raw->drugs[k].n_effects; j++) {
      const lg_drug_effect *a = &raw->drugs[k].effects[j], *b = &d->effects[j];
      assert_string_equal(a->target, b->target);
      assert_int_equal(a->hook, b->hook);
      assert_int_equal(a->mode, b->mode);
      if (a->chosen != b->chosen) fail_msg("%s %s: chosen %d, default %d", d->name, a->target, a->chosen, b->chosen);
      assert_int_equal(a->shift_at_K, b->shift_at_K);
    }
  }
  lg_drug_table_destroy(ctx, raw);
}

/* ---- the arguments of the reference drug runs ------------------------------------------------------ */

static void test_reference_arguments(void **state) {
  (void)state;
  const lg_neuron n = rs();
  const struct {
    const char *drug;
    double uM;
    const char *field;
    double value;
  } cases[] = {{"TTX", 0.003, "gNa_scale", 0.5588235294117647}, {"TTX", 0.01, "gNa_scale", 0.2753623188405797},
               {"TTX", 0.03, "gNa_scale", 0.11242603550295857}, {"TTX", 0.1, "gNa_scale", 0.036608863198458574},
               {"RTG", 1, "p_shift", -15.592721766795977},      {"RTG", 10, "p_shift", -38.70724377368354},
               {"XE991", 1, "gM_scale", 0.47368421052631576},   {"XE991", 10, "gM_scale", 0.08256880733944955},
               {"TEA", 1000, "gK_scale", 0.6666666666666666},   {"TEA", 5000, "gK_scale", 0.2857142857142857}};
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    const lg_neuron t = treated(&n, cases[k].drug, cases[k].uM, NULL);
    CLOSE(lg_neuron_get(&t, cases[k].field), cases[k].value);
    only(&n, &t, cases[k].field);
  }
  const struct {
    const char *drug;
    double uM, kon, KI, KR;
  } blockers[] = {{"CBZ", 10, 3.8e-5, 25, 2500}, {"CBZ", 100, 3.8e-5, 25, 2500}, {"PHT", 10, 1e-5, 7, 600}};
  for (size_t k = 0; k < 3; k++) {
    const lg_neuron t = treated(&n, blockers[k].drug, blockers[k].uM, NULL);
    assert_true(lg_neuron_get(&t, "block_dose") == blockers[k].uM);
    assert_true(lg_neuron_get(&t, "block_kon") == blockers[k].kon);
    assert_true(lg_neuron_get(&t, "block_K_inactivated") == blockers[k].KI);
    assert_true(lg_neuron_get(&t, "block_K_rest") == blockers[k].KR);
    only(&n, &t, "block_dose block_kon block_K_inactivated block_K_rest");
  }
}

/* Every condition of the reference runs, by its name alone ("TTX_3nM"): drug and dose in, its arguments out. */
static double argument(const char *words, const char *name) {
  char key[32];
  (void)snprintf(key, sizeof key, "\"%s\"\": ", name); /* JSON in a cell of CSV */
  const char *at = strstr(words, key);
  return at ? strtod(at + strlen(key), NULL) : (double)NAN;
}

static void compare_condition(const char *condition, const char *words) {
  static const struct {
    const char *argument, *field;
    double none;
  } fields[] = {
      {"sNa", "gNa_scale", 1},  {"sK", "gK_scale", 1},   {"sM", "gM_scale", 1},  {"shift_p", "p_shift", 0},
      {"gGABA", "gGABA", 0},    {"kon", "block_kon", 0}, {"D", "block_dose", 0}, {"KI", "block_K_inactivated", 1},
      {"KR", "block_K_rest", 1}};
  char drug[32] = "";
  const size_t n_name = strcspn(condition, "_");
  assert_true(n_name < sizeof drug);
  memcpy(drug, condition, n_name);
  const lg_neuron n = rs();
  lg_neuron t = n;
  if (strncmp(condition, "GABA_tonic_", 11) == 0) { /* a conductance: half of twice as many receptors are open */
    lg_drug_bath bath = LG_DRUG_BATH_INIT;
    lg_dose dose = {.free_uM = 0.7};
    bath.gGABA_tonic_nS = 2.0 * strtod(condition + 11, NULL);
    assert_ok(ctx, lg_drug_find(ctx, table, "GABA", &dose.drug));
    assert_ok(ctx, lg_drug_apply(ctx, &n, &dose, 1, &bath, &t, NULL));
  } else if (strcmp(condition, "control") != 0) {
    double *uM;
    size_t n_doses;
    assert_ok(ctx, lg_doses_parse(ctx, condition + n_name + 1, NULL, &uM, &n_doses));
    t = treated(&n, drug, uM[0], NULL);
    lg_free(ctx, uM);
  }
  for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++) {
    const double given = argument(words, fields[k].argument), want = isnan(given) ? fields[k].none : given;
    const double have = lg_neuron_get(&t, fields[k].field);
    if (!(fabs(have - want) <= 1e-12 * fabs(want)))
      fail_msg("%s: %s is %.17g, the reference has %.17g", condition, fields[k].field, have, want);
  }
}

static void test_reference_conditions(void **state) {
  (void)state;
  char path[512], line[1024];
  if (!lg_test_shared("data/twin/ref/drug_summary.csv", path, sizeof path)) skip();
  FILE *file = fopen(path, "r");
  size_t n = 0;
  assert_non_null(file);
  assert_non_null(fgets(line, sizeof line, file));
  while (fgets(line, sizeof line, file)) {
    char condition[64];
    assert_int_equal(sscanf(line, "TM_RS,%63[^,],", condition), 1);
    compare_condition(condition, line);
    n++;
  }
  (void)fclose(file);
  assert_int_equal(n, 54);
}

static void test_dose_zero(void **state) {
  (void)state;
  const lg_neuron n = rs();
  for (size_t k = 0; k < table->n; k++) {
    lg_drug_notes notes;
    const lg_neuron t = treated(&n, table->drugs[k].name, 0.0, &notes);
    assert_memory_equal(n.value, t.value, sizeof n.value);
    assert_int_equal(notes.n_acted, 0);
  }
}

static void test_bad_doses(void **state) {
  (void)state;
  const lg_neuron n = rs();
  lg_neuron out, izh;
  lg_dose dose = {.drug = &table->drugs[0], .free_uM = -1};
  assert_int_equal(lg_drug_apply(ctx, &n, &dose, 1, NULL, &out, NULL), LG_ERR_RANGE);
  dose.free_uM = (double)NAN;
  assert_int_equal(lg_drug_apply(ctx, &n, &dose, 1, NULL, &out, NULL), LG_ERR_RANGE);
  dose.free_uM = (double)INFINITY;
  assert_int_equal(lg_drug_apply(ctx, &n, &dose, 1, NULL, &out, NULL), LG_ERR_RANGE);
  dose.free_uM = 1;
  assert_ok(ctx, lg_neuron_init(ctx, "izhikevich", "std", &izh));
  assert_int_equal(lg_drug_apply(ctx, &izh, &dose, 1, NULL, &out, NULL), LG_ERR_UNSUPPORTED);
}

/* ---- doses ------------------------------------------------------------------------------------- */

static void test_doses(void **state) {
  (void)state;
  double *x;
  size_t n;
  const lg_drug *cbz, *ttx;
  assert_ok(ctx, lg_drug_find(ctx, table, "carbamazepine", &cbz));
  assert_ok(ctx, lg_drug_find(ctx, table, "tetrodotoxin", &ttx));
  const struct {
    const char *text;
    size_t n;
    double first, second, last;
  } good[] = {{"10nM", 1, 0.01, 0, 0.01},
              {"1uM,10uM", 2, 1, 10, 10},
              {"1,10 uM", 2, 1, 10, 10},
              {"0,1uM", 2, 0, 1, 1},
              {"0", 1, 0, 0, 0},
              {"1:300uM:8log", 8, 1, 2.2587828, 300},
              {"0.1:100uM:10log", 10, 0.1, 0.215443, 100},
              {"1:10uM:5lin", 5, 1, 3.25, 10},
              {"10nM:1mM:6", 6, 0.01, 0.1, 1000},
              {"0:10uM:3lin", 3, 0, 5, 10},
              {"2x", 1, 14.98799, 0, 14.98799}, /* of sqrt(4.32 x 13) uM */
              {"1x,1mM", 2, 7.493997, 1000, 1000}};
  for (size_t k = 0; k < sizeof good / sizeof good[0]; k++) {
    assert_ok(ctx, lg_doses_parse(ctx, good[k].text, cbz, &x, &n));
    if (n != good[k].n) fail_msg("%s: %zu doses", good[k].text, n);
    assert_true(fabs(x[0] - good[k].first) <= 1e-5 * good[k].first);
    assert_true(fabs(x[n - 1] - good[k].last) <= 1e-5 * good[k].last);
    if (n > 1) assert_true(fabs(x[1] - good[k].second) <= 1e-5 * good[k].second);
    lg_free(ctx, x);
  }
  const struct {
    const char *text, *words;
  } bad[] = {{"10", "has no unit"},           {"1:300:8log", "has no unit"}, {"-1uM", "is negative"},
             {"nan", "not a number"},         {"nanuM", "not a number"},     {"infuM", "not a number"},
             {"1e400uM", "not a number"},     {"", "not a number"},          {"1uM,", "not a number"},
             {"10mV", "unknown unit"},        {"10uM:1uM:4log", "upwards"},  {"1:10uM", "how many"},
             {"1:10uM:4cat", "how many"},     {"1:10uM:1log", "2 to 1000"},  {"0:10uM:3log", "logarithm"},
             {"1:10uM:1001log", "2 to 1000"}, {"10000M", "above"},           {"0x10uM", "unknown unit"}};
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
    assert_int_equal(lg_doses_parse(ctx, bad[k].text, cbz, &x, &n), LG_ERR_ARGUMENT);
    if (!strstr(lg_ctx_message(ctx), bad[k].words)) fail_msg("%s: %s", bad[k].text, lg_ctx_message(ctx));
  }
  assert_int_equal(lg_doses_parse(ctx, "2x", ttx, &x, &n), LG_ERR_ARGUMENT);
  assert_non_null(strstr(lg_ctx_message(ctx), "not known"));
  assert_int_equal(lg_doses_parse(ctx, "2x", NULL, &x, &n), LG_ERR_ARGUMENT);
  char words[32];
  lg_dose_print(0.0038, words, sizeof words);
  assert_string_equal(words, "3.8 nM");
  lg_dose_print(1000, words, sizeof words);
  assert_string_equal(words, "1 mM");
}

/* ---- forms -------------------------------------------------------------------------------------- */

static lg_drug_table *parse(const char *text) {
  lg_drug_table *t;
  assert_ok(ctx, lg_drug_table_parse(ctx, "x.csv", (const unsigned char *)text, strlen(text), NULL, NULL, &t));
  return t;
}

/* The one effect of a drug on a conductance. */
static const lg_drug_effect *effect(const lg_drug_table *t, const char *name, lg_drug_hook hook) {
  const lg_drug *d;
  const lg_drug_effect *found = NULL;
  assert_ok(ctx, lg_drug_find(ctx, t, name, &d));
  for (size_t k = 0; k < d->n_effects; k++)
    if (d->effects[k].hook == hook) found = &d->effects[k];
  assert_non_null(found);
  return found;
}

static void test_names_of_channels(void **state) {
  (void)state;
  static const struct {
    const char *name;
    lg_drug_hook hook;
  } channels[] = {{"Nav1.6", LG_HOOK_NA},
                  {"SCN5A", LG_HOOK_NA},
                  {"INa", LG_HOOK_NA},
                  {"NaV1.5-peak", LG_HOOK_NA},
                  {"NaV1.5-late", LG_HOOK_NAP},
                  {"INaL", LG_HOOK_NAP},
                  {"late Na", LG_HOOK_NAP},
                  {"Kv1.1", LG_HOOK_A},
                  {"Kv11.1", LG_HOOK_NONE},
                  {"hERG", LG_HOOK_NONE},
                  {"IKr", LG_HOOK_NONE},
                  {"IKs", LG_HOOK_NONE},
                  {"IK1", LG_HOOK_NONE},
                  {"Ito", LG_HOOK_A},
                  {"Kv4.3", LG_HOOK_A},
                  {"Kv2.1", LG_HOOK_K},
                  {"Kv3.1b", LG_HOOK_K},
                  {"KCNQ2/3", LG_HOOK_M},
                  {"KCNQ1", LG_HOOK_NONE},
                  {"Kv7.2/7.3", LG_HOOK_M},
                  {"Kv7.1", LG_HOOK_NONE},
                  {"HCN1", LG_HOOK_H},
                  {"If", LG_HOOK_H},
                  {"Cav3.2", LG_HOOK_CAT},
                  {"CACNA1H", LG_HOOK_CAT},
                  {"Cav1.2", LG_HOOK_CAL},
                  {"ICaL", LG_HOOK_CAL},
                  {"Cav2.2", LG_HOOK_NONE},
                  {"SK2", LG_HOOK_SK},
                  {"BK", LG_HOOK_NONE},
                  {"GABA-A a1b2g2", LG_HOOK_GABA},
                  {"GluN2B", LG_HOOK_NMDA},
                  {"AMPA", LG_HOOK_AMPA},
                  {"Kir3.2", LG_HOOK_GIRK},
                  {"Kir2.1", LG_HOOK_NONE},
                  {"none", LG_HOOK_NONE}};
  for (size_t k = 0; k < sizeof channels / sizeof channels[0]; k++) {
    char text[128];
    (void)snprintf(text, sizeof text, "name,channel,IC50_uM\na,%s,1\n", channels[k].name);
    lg_drug_table *t = parse(text);
    if (t->drugs[0].effects[0].hook != channels[k].hook)
      fail_msg("%s acts on %s", channels[k].name, lg_drug_hook_name(t->drugs[0].effects[0].hook));
    lg_drug_table_destroy(ctx, t);
  }
}

static void test_units_and_saturation(void **state) {
  (void)state;
  lg_drug_table *t = parse("Compound,IC50 (\xb5M),Channel,nH,Saturation\na,3.8,Nav1.6,1.1,0\nb,1,Nav1.6,1,20\n"
                           "c,1,Nav1.6,1,150\nd,1,Nav1.6,1,1\ne,1,Nav1.6,1,0.4\nf,1,Nav1.6,1,100\n");
  assert_true(effect(t, "a", LG_HOOK_NA)->K_uM == 3.8 && effect(t, "a", LG_HOOK_NA)->max_effect == 1.0);
  assert_true(effect(t, "b", LG_HOOK_NA)->max_effect == 0.8);
  assert_true(effect(t, "c", LG_HOOK_NA)->mode == LG_DRUG_ACTIVATION && effect(t, "c", LG_HOOK_NA)->max_effect == 0.5);
  assert_true(effect(t, "d", LG_HOOK_NA)->max_effect == 1.0 && effect(t, "e", LG_HOOK_NA)->max_effect == 0.4);
  assert_true(effect(t, "f", LG_HOOK_NA)->max_effect == 1.0);
  lg_drug_table_destroy(ctx, t);
  t = parse("drug;INa_pIC50;ICaL IC50 [nM];Kv7.2 IC50 (mM);EFTPC_nM\nx;6,3;250;0,5;12\n");
  assert_int_equal(t->form, LG_DRUG_FORM_SHEET);
  CLOSE(effect(t, "x", LG_HOOK_NA)->K_uM, pow(10.0, -0.3));
  assert_true(effect(t, "x", LG_HOOK_CAL)->K_uM == 0.25 && effect(t, "x", LG_HOOK_M)->K_uM == 500.0);
  assert_true(t->drugs[0].free_high_uM == 0.012);
  lg_drug_table_destroy(ctx, t);
}

/* Two compounds whose names differ in punctuation alone are two; one id with two names is a mistake. */
static void test_identities(void **state) {
  (void)state;
  lg_drug_table *t = parse("name,channel,IC50_uM\nC-1.1,Nav1.6,1\nC-11,Nav1.6,2\nc-11,Kv7.2,3\n");
  const lg_drug *d;
  assert_int_equal(t->n, 2);
  assert_int_equal(t->drugs[1].n_effects, 2);
  assert_ok(ctx, lg_drug_find(ctx, t, "C-11", &d));
  assert_true(d->effects[0].K_uM == 2.0);
  lg_drug_table_destroy(ctx, t);
  static const char mixed[] = "id,name,channel,IC50_uM\n7,a,Nav1.6,1\n7,b,Kv7.2,1\n";
  assert_int_equal(lg_drug_table_parse(ctx, "x.csv", (const unsigned char *)mixed, sizeof mixed - 1, NULL, NULL, &t),
                   LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "x.csv:3: the id 7 is 'b' here and 'a' in line 2"));
}

static void test_bad_tables(void **state) {
  (void)state;
  static const struct {
    const char *text, *words;
  } bad[] = {{"", "empty"},
             {"name,channel,IC50_uM\n", "no rows"},
             {"name,channel,IC50\na,Nav1.6,1\n", "has no unit"},
             {"channel,IC50_uM\nNav1.6,1\n", "name of the drug"},
             {"name,IC50_uM\na,1\n", "no column holds the channel"},
             {"name,channel\na,Nav1.6\n", "no column holds IC50"},
             {"name,name,channel,IC50_uM\na,a,Nav1.6,1\n", "stands twice"},
             {"name,channel,IC50_uM\na,Nav1.6,0\n", "x.csv:2: a, Nav1.6: K"},
             {"name,channel,IC50_uM\na,Nav1.6,\n", "is missing"},
             {"name,channel,IC50_uM\na,Nav1.6,nan\n", "is missing"},
             {"name,channel,IC50_uM\na,Nav1.6,inf\n", "is not a number"},
             {"name,channel,pIC50\na,Nav1.6,250\n", "pIC50 is 250"},
             {"name,channel,pIC50,IC50_uM\na,Nav1.6,6,100\n", "pIC50 6 is 1 uM"},
             {"name,channel,IC50_uM,hill\na,Nav1.6,1,-1\n", "hill is -1"},
             {"name,channel,IC50_uM,saturation\na,Nav1.6,1,-5\n", "saturation is -5"},
             {"name,channel,IC50_uM,max_effect\na,Nav1.6,1,1.5\n", "allowed is 0 to 1"},
             {"name,channel,IC50_uM,mode\na,Nav1.6,1,sideways\n", "the mode 'sideways'"},
             {"name,channel,IC50_uM,mode\na,Nav1.6,1,gating_shift\n", "no gating_shift_mV"},
             {"name,channel,IC50,units\na,Nav1.6,1,mV\n", "the unit 'mV'"},
             {"name,channel,IC50_uM,default\na,Nav1.6,1,maybe\n", "neither 0 nor 1"},
             {"name,channel,IC50_uM,default\na,Nav1.6,1,1\na,Nav1.2,1,1\n", "one may be"},
             {"drug,target,mode,IC50_uM,plasma_total_low_uM,fraction_unbound,free_low_uM\na,Nav1.6,,1,10,0.1,10\n",
              "check the units"},
             {"drug,target,IC50_uM,free_low_uM,free_high_uM\na,Nav1.6,1,5,2\n", "above its high end"},
             {"Compound,hERG pIC50,hERG pIC50\na,6,6\n", "hold the same"},
             {"Compound,hERG pIC50\na,6\na,7\n", "stands in line 2 already"},
             {"PK\3\4xlsx", "workbook"}};
  lg_drug_table *t;
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
    const lg_status status =
        lg_drug_table_parse(ctx, "x.csv", (const unsigned char *)bad[k].text, strlen(bad[k].text), NULL, NULL, &t);
    assert_true(status == LG_ERR_FORMAT || status == LG_ERR_UNSUPPORTED);
    assert_null(t);
    if (!strstr(lg_ctx_message(ctx), bad[k].words)) fail_msg("%s: %s", bad[k].text, lg_ctx_message(ctx));
  }
}

/* ---- memory ------------------------------------------------------------------------------------ */

static lg_status everything(lg_ctx *c) {
  static const char long_form[] = "id,name,channel,pIC50\n1,a,Nav1.6,6\n2,b,Kv7.2,5\n3,c,hERG,x\n";
  static const char sheet[] = "Compound,hERG pIC50,INa IC50 (nM),Notes and such,more\na,6,5,x,y\n";
  const char *files[] = {long_form, sheet};
  lg_status status = LG_OK;
  for (size_t k = 0; status == LG_OK && k < 2; k++) {
    lg_drug_table *t = NULL;
    lg_drug_problems skipped;
    double *doses = NULL;
    size_t n;
    status = lg_drug_table_parse(c, "x.csv", (const unsigned char *)files[k], strlen(files[k]), NULL, &skipped, &t);
    if (status != LG_OK) return status;
    assert_int_equal(skipped.n, 1 - k);
    lg_free(c, skipped.problems);
    lg_drug_table_destroy(c, t);
    status = lg_doses_parse(c, "1:10uM:4lin", NULL, &doses, &n);
    lg_free(c, doses);
  }
  return status;
}

static void test_no_memory(void **state) {
  (void)state;
  assert_true(lg_exhaust("tables of drugs", everything) >= 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_shipped_table),
      cmocka_unit_test(test_find),
      cmocka_unit_test(test_choice_without_column),
      cmocka_unit_test(test_reference_arguments),
      cmocka_unit_test(test_dose_zero),
      cmocka_unit_test(test_bad_doses),
      cmocka_unit_test(test_doses),
      cmocka_unit_test(test_reference_conditions),
      cmocka_unit_test(test_no_memory),
      cmocka_unit_test(test_names_of_channels),
      cmocka_unit_test(test_units_and_saturation),
      cmocka_unit_test(test_identities),
      cmocka_unit_test(test_bad_tables),
  };
  return cmocka_run_group_tests(tests, open_drugs, close_drugs);
}
