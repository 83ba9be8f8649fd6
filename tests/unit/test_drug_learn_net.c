/* Learned drug effects on Izhikevich twins: the map between the two families, what a drug is, the network and its file.
 */
#include "tests/alloc.h"
#include "tests/test.h"

#include "base/elementary.h"
#include "neuron/plan.h"
#include "neuron/prior_tm.h"
#include "twin/drug_learn_net.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static lg_neuron tm_neuron(lg_ctx *ctx, const double theta[LG_TM_PARAMETERS]) {
  lg_neuron n;
  double natural[LG_TM_PARAMETERS];
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &n));
  lg_tm_to_natural(theta, natural);
  for (int p = 0; p < LG_TM_PARAMETERS; p++)
    assert_ok(ctx, lg_neuron_set(ctx, &n, lg_tm_parameter_names[p], natural[p]));
  assert_ok(ctx, lg_neuron_set(ctx, &n, "taumax", LG_TM_PRIOR_TAUMAX));
  return n;
}

/* Re-cloned neurons count spikes as the originals do; no change is no change, exactly; a leak lowers the rate. */
static void test_reclone(void **state) {
  (void)state;
  enum { N = 8 };
  lg_ctx *ctx = NULL;
  lg_tm_draw draws[N];
  lg_neuron neurons[2 * N];
  double rheobase[2 * N];
  static lg_reclone_view views[2 * N];
  static lg_reclone_fit fits[N], treated;
  int close = 0, fewer = 0, described = 0;
  assert_ok(ctx, lg_ctx_create(&ctx));
  lg_tm_prior_draw(3, 0, draws);
  for (int k = 0; k < N; k++) {
    neurons[k] = neurons[N + k] = tm_neuron(ctx, draws[k].theta);
    /* opened at -80 mV: what makes these neurons fire less */
    neurons[N + k].value[LG_TM_GGABA] = 0.5 * neurons[k].value[LG_TM_GL];
    neurons[N + k].value[LG_TM_EGABA] = -80.0;
    rheobase[k] = rheobase[N + k] = draws[k].rheobase_pA;
  }
  assert_ok(ctx, lg_reclone_measure(ctx, neurons, 2 * N, rheobase, views));
  for (int k = 0; k < N; k++) {
    assert_true(views[k].silent_at_rest && !views[k].failed && views[k].level[7].n_spikes > 0);
    assert_true(views[k].level[0].n_spikes == 0 && views[k].level[0].course_mV[2] < 0.0);
    lg_reclone(&views[k], rheobase[k], lg_exp(draws[k].theta[0]), &fits[k]);
    close += fits[k].count_rmse < 1.6;
    lg_reclone_treated(&views[k], &views[k], rheobase[k], &fits[k], &treated);
    assert_true(memcmp(&treated.p.vr, &fits[k].p.vr, sizeof(double)) == 0 && fabs(treated.p.vt - fits[k].p.vt) < 1e-9);
    assert_true(fabs(treated.p.d - fits[k].p.d) < 1e-9 * fits[k].p.C && treated.p.c == fits[k].p.c);
    if (!(fits[k].count_rmse < 1.6)) continue;
    described++;
    lg_reclone_treated(&views[k], &views[N + k], rheobase[k], &fits[k], &treated);
    fewer += treated.answer.level[7].count <= fits[k].answer.level[7].count;
  }
  assert_true(close >= 6);
  assert_true(fewer >= described - 1);
  lg_ctx_destroy(ctx);
}

static const char drugs_csv[] =
    "drug,class,target,model_hook,mode,K_or_IC50_uM,hill,max_effect,K_rest_uM,kon_per_uM_per_ms,gating_shift_mV_at_sat,"
    "plasma_total_low_uM,plasma_total_high_uM,fraction_unbound,free_low_uM,free_high_uM,pd_confidence,pk_confidence,"
    "expected_verdict,source,notes\n"
    "sodio,toxin,Nav1.6,gNa*(1-block),pore_block,0.01,1,1,,,,,,,,,V,-,silenced,own,\n"
    "opener,antiseizure,Kv7.2/7.3,gM p_inf shift,opener_shift,2,1,1,,,-40,,,,,,V,-,inhibited,own,\n"
    "stater,antiseizure,Nav (brain),gNa state block,inactivated_state,10,1,1,1000,1e-5,,,,,,,V,-,inhibited,own,\n";

static lg_drug_table *own_table(lg_ctx *ctx) {
  lg_drug_table *t = NULL;
  assert_ok(
      ctx, lg_drug_table_parse(ctx, "own.csv", (const unsigned char *)drugs_csv, sizeof drugs_csv - 1, NULL, NULL, &t));
  return t;
}

static lg_mechanism mechanism(lg_ctx *ctx, const lg_drug *drug, double dose_uM) {
  lg_neuron plain, treated;
  lg_mechanism m;
  const lg_dose dose = {drug, dose_uM};
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &plain));
  assert_ok(ctx, lg_drug_apply(ctx, &plain, &dose, 1, NULL, &treated, NULL));
  lg_mechanism_between(&plain, &treated, &m);
  return m;
}

static void test_mechanisms_are_hill_functions(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  assert_ok(ctx, lg_ctx_create(&ctx));
  lg_drug_table *t = own_table(ctx);
  assert_int_equal(t->n, 3);
  lg_mechanism m = mechanism(ctx, &t->drugs[0], 0.01);
  assert_true(fabs(m.strength[0] - 0.5) < 1e-12 && m.strength[1] == 0.0 && !m.other);
  m = mechanism(ctx, &t->drugs[0], 1e3);
  assert_true(m.strength[0] > 0.99998 && m.strength[0] <= 1.0);
  m = mechanism(ctx, &t->drugs[1], 2.0);
  assert_true(fabs(m.strength[3] - 0.5) < 1e-12);
  m = mechanism(ctx, &t->drugs[2], 10.0);
  assert_true(fabs(m.strength[6] - 0.5) < 1e-12 && fabs(m.strength[7] - 10.0 / 1010.0) < 1e-12);
  for (size_t k = 0; k < 3; k++) {
    m = mechanism(ctx, &t->drugs[k], 0.0);
    for (int j = 0; j < LG_MECHANISMS; j++) assert_true(m.strength[j] == 0.0);
    assert_true(lg_delta_gate(&m) == 0.0);
  }
  lg_effect_drug drugs[LG_EFFECT_MAX_DRUGS];
  size_t n;
  assert_ok(ctx, lg_effect_drugs(ctx, t, drugs, &n));
  assert_int_equal(n, 3);
  assert_true(drugs[0].drug_class == 0 && drugs[1].drug_class == 5 && drugs[2].drug_class == 1);
  lg_drug_table_destroy(ctx, t);
  lg_ctx_destroy(ctx);
}

/* A network with arbitrary weights. */
static lg_delta_net *own_net(lg_ctx *ctx) {
  lg_delta_net *net = NULL;
  assert_ok(ctx, lg_delta_net_create(ctx, 8, &net));
  lg_rng rng = lg_rng_make(1, 2, 3);
  for (size_t k = 0; k < net->params.count; k++) net->theta[k] = (float)(0.3 * lg_rng_normal(&rng));
  const double mean[LG_EFFECT_Z] = {2.0, -65.0, 20.0, 1.1, 0.03, -55.0, 1.0, 35.0};
  const double sd[LG_EFFECT_Z] = {1.0, 6.0, 8.0, 0.8, 0.04, 6.0, 1.0, 10.0};
  memcpy(net->z_mean, mean, sizeof mean);
  memcpy(net->z_sd, sd, sizeof sd);
  for (int k = 0; k < LG_EFFECT_Z; k++) net->chol[k * LG_EFFECT_Z + k] = 1.0;
  net->limit = 4.0;
  for (int k = 0; k < LG_MECHANISMS; k++) net->strength_high[k] = 0.9;
  return net;
}

static void test_no_dose_no_effect(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_neuron izh, out;
  lg_learned_note note;
  assert_ok(ctx, lg_ctx_create(&ctx));
  lg_drug_table *t = own_table(ctx);
  lg_delta_net *net = own_net(ctx);
  assert_ok(ctx, lg_neuron_init(ctx, "izhikevich", "std", &izh));
  lg_dose dose = {&t->drugs[0], 0.0};
  assert_ok(ctx, lg_drug_learned_apply(ctx, net, &izh, &dose, 1, NULL, &out, &note));
  assert_memory_equal(out.value, izh.value, sizeof izh.value);
  for (int k = 0; k < LG_EFFECT_P; k++) assert_true(note.sd[k] == 0.0);
  assert_true(note.inside);
  /* it grows from there without a jump */
  dose.free_uM = 1e-6;
  assert_ok(ctx, lg_drug_learned_apply(ctx, net, &izh, &dose, 1, NULL, &out, &note));
  assert_true(out.value[3] != izh.value[3] && fabs(out.value[3] - izh.value[3]) < 0.01);
  dose.free_uM = 10.0; /* 99.9 % of the channels: beyond the range */
  assert_ok(ctx, lg_drug_learned_apply(ctx, net, &izh, &dose, 1, NULL, &out, &note));
  assert_false(note.inside);
  assert_non_null(strstr(note.reason, "gNa block"));
  assert_true(lg_neuron_get(&out, "c") < lg_neuron_get(&out, "vpeak"));
  assert_true(lg_neuron_get(&out, "k") == lg_neuron_get(&izh, "k") &&
              lg_neuron_get(&out, "d") != lg_neuron_get(&izh, "d"));
  dose.free_uM = -1.0;
  assert_true(lg_drug_learned_apply(ctx, net, &izh, &dose, 1, NULL, &out, &note) == LG_ERR_RANGE);
  dose.free_uM = 0.01;
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &izh));
  assert_int_equal(lg_drug_learned_apply(ctx, net, &izh, &dose, 1, NULL, &out, &note), LG_ERR_UNSUPPORTED);
  lg_delta_net_destroy(ctx, net);
  lg_drug_table_destroy(ctx, t);
  lg_ctx_destroy(ctx);
}

static void test_file_keeps_the_network(void **state) {
  (void)state;
  char path[] = "/tmp/loligo-delta-XXXXXX";
  lg_ctx *ctx = NULL;
  lg_delta_net *again = NULL;
  lg_delta_table table;
  memset(&table, 0, sizeof table);
  assert_ok(ctx, lg_ctx_create(&ctx));
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
  lg_delta_net *net = own_net(ctx);
  assert_ok(ctx, lg_delta_net_write(ctx, net, &table, 1, path));
  assert_ok(ctx, lg_delta_net_load(ctx, path, &again));
  const lg_izh_params p = {100, 0.7, -60, -40, 0.03, -2, -50, 100, 35};
  const lg_mechanism m = {.strength = {0.4, 0, 0, 0.2}};
  lg_delta_guess a, b;
  lg_delta_net_guess(net, &p, &m, &a);
  lg_delta_net_guess(again, &p, &m, &b);
  assert_memory_equal(&a, &b, sizeof a);
  assert_true(a.delta[1] != 0.0 && a.sd[1] > 0.0);
  lg_delta_net_destroy(ctx, again);
  /* scales that are no scales */
  net->z_sd[3] = 0.0;
  assert_ok(ctx, lg_delta_net_write(ctx, net, &table, 1, path));
  assert_int_equal(lg_delta_net_load(ctx, path, &again), LG_ERR_FORMAT);
  assert_null(again);
  net->z_sd[3] = 1.0;
  net->theta[5] = (float)NAN;
  assert_ok(ctx, lg_delta_net_write(ctx, net, &table, 1, path));
  assert_int_equal(lg_delta_net_load(ctx, path, &again), LG_ERR_FORMAT);
  assert_int_equal(lg_delta_net_load(ctx, "/nowhere.safetensors", &again), LG_ERR_IO);
  lg_delta_net_destroy(ctx, net);
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

/* A network is read in memory that runs out. */
static char net_path[] = "/tmp/loligo-train-XXXXXX";

static lg_status load_net(lg_ctx *ctx) {
  lg_delta_net *net = NULL;
  const lg_status status = lg_delta_net_load(ctx, net_path, &net);
  lg_delta_net_destroy(ctx, net);
  return status;
}

static void test_no_memory(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_delta_table table;
  memset(&table, 0, sizeof table);
  assert_ok(ctx, lg_ctx_create(&ctx));
  const int fd = mkstemp(net_path);
  assert_true(fd >= 0);
  (void)close(fd);
  lg_delta_net *net = own_net(ctx);
  assert_ok(ctx, lg_delta_net_write(ctx, net, &table, 1, net_path));
  assert_true(lg_exhaust("load", load_net) > 5);
  (void)unlink(net_path);
  lg_delta_net_destroy(ctx, net);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reclone),           cmocka_unit_test(test_mechanisms_are_hill_functions),
      cmocka_unit_test(test_no_dose_no_effect), cmocka_unit_test(test_file_keeps_the_network),
      cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests_name("drug_learn_net", tests, NULL, NULL);
}
