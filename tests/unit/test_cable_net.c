/* Channels of a membrane that are networks: the squid's, beside the built-in ones; calcium-gated; refusals. */
#include "tests/one_ctx.h"

#include "tests/folder.h"
#include "tests/gate_fit.h"

#include "cable/mechanism_net.h"
#include "cable/simulate.h"
#include "twin/cable_file.h"
#include "twin/cable_write.h"

#include <string.h>

static int before(void **state) { return open_ctx(state) + make_dir(state); }

static int after(void **state) { return close_ctx(state) + remove_dir(state); }

/* A soma with a dendrite, given a pulse every 12 ms. */
static const char cell[] =
    "{\"celsius\": %s, \"v_init_mV\": -65, \"tstop_ms\": 40, \"sample_ms\": 0.05, %s"
    " \"sections\": [{\"type\": 1, \"parent\": -1, \"parentx\": 0, \"pts\": [[0,0,0,20],[20,0,0,20]]},"
    "   {\"type\": 3, \"parent\": 0, \"parentx\": 1, \"pts\": [[20,0,0,2],[220,0,0,1]]}],"
    " \"regions\": [{\"types\": \"all\", \"Ra_ohm_cm\": 100, \"cm_uF_cm2\": 1, \"mechanisms\": {%s},"
    "   \"reversal\": {\"ena\": 50, \"ek\": -77}}],"
    " \"iclamps\": [{\"loc\": [\"soma\"], \"delay_ms\": 2, \"dur_ms\": 30, \"amp_nA\": 0.4}],"
    " \"probes\": [{\"name\": \"soma\", \"loc\": [\"soma\"]}]}";

static void write_net(size_t first, size_t n, const unsigned *powers, const char *ion, const char *name) {
  char path[128];
  (void)snprintf(path, sizeof path, "%s/%s.safetensors", dir, name);
  lg_gate_net *net = lg_test_squid_net(ctx, first, n, powers, ion);
  assert_ok(ctx, lg_gate_net_write(ctx, net, NULL, 0, path));
  lg_gate_net_destroy(ctx, net);
}

static lg_status read_cell(const char *celsius, const char *files, const char *mechanisms, cable_model **out) {
  char text[4096];
  lg_json_doc *doc = NULL;
  (void)snprintf(text, sizeof text, cell, celsius, files, mechanisms);
  assert_ok(ctx, lg_json_parse(ctx, "cell", text, strlen(text), LG_JSON_STRICT, &doc));
  const lg_json_at root = lg_json_root(doc);
  const lg_status status = lg_cable_parse(ctx, &root, dir, out);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static cable_result *run_model(const cable_model *model, cable_scheme scheme, double dt_ms) {
  cable_tree *tree = NULL;
  cable_result *r = NULL;
  cable_cut cut = CABLE_CUT_INIT;
  const cable_run_options o = {.scheme = scheme, .dt_ms = dt_ms, .exact_spikes = true};
  cut.n_per_section = 5;
  assert_ok(ctx, lg_cable_tree_create(ctx, model, &cut, &tree));
  assert_ok(ctx, lg_cable_simulate(ctx, model, tree, &o, &r));
  lg_cable_tree_destroy(ctx, tree);
  return r;
}

static cable_result *run_cell(const char *celsius, const char *files, const char *mechanisms, cable_scheme scheme,
                              double dt_ms) {
  cable_model *model = NULL;
  assert_ok(ctx, read_cell(celsius, files, mechanisms, &model));
  cable_result *r = run_model(model, scheme, dt_ms);
  lg_cable_model_destroy(ctx, model);
  return r;
}

/* The squid's own channels, and networks of their gates: spikes at the same times to a few microseconds. */
static void test_squid(void **state) {
  (void)state;
  const unsigned mh[] = {3, 1}, n4[] = {4}, all[] = {1, 1, 1};
  write_net(0, 2, mh, "na", "na");
  write_net(2, 1, n4, "k", "kdr");
  write_net(0, 3, all, "none", "other");
  static const char *const files[] = {"\"mechanism_files\": [\"na.safetensors\", \"kdr.safetensors\"],", ""};
  static const char *const nets[] = {
      "\"na\": {\"gmax_S_cm2\": 0.12}, \"kdr\": {\"gmax_S_cm2\": 0.036}, \"pas\": {\"g\": 0.0003, \"e\": -54.3}",
      "\"na.safetensors\": {\"gmax_S_cm2\": 0.12}, \"kdr.safetensors\": {\"gmax_S_cm2\": 0.036}, \"pas\": {\"g\": "
      "0.0003, \"e\": -54.3}, \"other.safetensors\": {\"gmax_S_cm2\": 0, \"reversal_mV\": 0}"};
  static const char *const temperatures[] = {"6.3", "20"};
  for (int t = 0; t < 2; t++)
    for (int scheme = 0; scheme < 2; scheme++) {
      const cable_scheme s = scheme ? CABLE_NRN : CABLE_SDIRK2;
      const double dt = scheme ? 0.025 : 0.005; /* sdirk2 averages the rates of hh over the step, not those of nets */
      cable_result *hh = run_cell(temperatures[t], "", "\"hh\": {}", s, dt);
      cable_result *net = run_cell(temperatures[t], files[t], nets[t], s, dt);
      assert_true(hh->n_spikes >= 2 && net->n_spikes == hh->n_spikes);
      double late = 0.0;
      for (size_t k = 0; k < hh->n_spikes; k++) late = fmax(late, fabs(hh->spikes[k].t_ms - net->spikes[k].t_ms));
      if (late > 0.005) fail_msg("spikes are %g ms apart at %s degC, scheme %d", late, temperatures[t], scheme);
      lg_cable_result_destroy(ctx, hh);
      lg_cable_result_destroy(ctx, net);
    }
}

/* Steps halve, errors quarter: gates that are shown themselves as well. */
static void test_second_order(void **state) {
  (void)state;
  static const char *const mechanisms =
      "\"na.safetensors\": {\"gmax_S_cm2\": 0.12}, \"kdr.safetensors\": {\"gmax_S_cm2\": 0.036}, \"pas\": {\"g\": "
      "0.0003, \"e\": -54.3}";
  double at[4];
  for (int k = 0; k < 4; k++) {
    cable_result *r = run_cell("6.3", "", mechanisms, CABLE_SDIRK2, 0.02 / (double)(1 << k));
    at[k] = r->spikes[1].t_ms;
    lg_cable_result_destroy(ctx, r);
  }
  const double order = log2((at[1] - at[2]) / (at[2] - at[3]));
  if (!(order > 1.7)) fail_msg("order %g: %g %g %g %g", order, at[0], at[1], at[2], at[3]);
}

/* What was written is read as the same. */
static void test_written_and_read(void **state) {
  (void)state;
  cable_model *model = NULL, *again = NULL;
  lg_json_doc *doc = NULL;
  char *words = NULL;
  size_t n = 0;
  assert_ok(ctx, read_cell("6.3", "", "\"na.safetensors\": {\"gmax_S_cm2\": 0.12}", &model));
  assert_int_equal(model->n_nets, 1);
  assert_string_equal(lg_cable_model_own(model, 0)->states[1], "h");
  FILE *stream = open_memstream(&words, &n);
  assert_non_null(stream);
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_cable_write_keys(&w, model);
  lg_json_end_object(&w);
  assert_true(lg_json_end(&w) && fclose(stream) == 0);
  assert_ok(ctx, lg_json_parse(ctx, "again", words, n, LG_JSON_STRICT, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_cable_parse(ctx, &root, "/nowhere", &again));
  cable_result *a = run_model(model, CABLE_SDIRK2, 0.025), *b = run_model(again, CABLE_SDIRK2, 0.025);
  assert_int_equal(a->n_samples, b->n_samples);
  assert_memory_equal(a->values, b->values, a->n_samples * sizeof(double));
  lg_cable_result_destroy(ctx, a);
  lg_cable_result_destroy(ctx, b);
  lg_json_doc_destroy(ctx, doc);
  free(words);
  lg_cable_model_destroy(ctx, model);
  lg_cable_model_destroy(ctx, again);
}

static void test_refusals(void **state) {
  (void)state;
  const unsigned one[] = {1};
  write_net(0, 1, one, "cl", "chloride");
  static const char *const rows[][3] = {
      {"", "\"none.safetensors\": {\"gmax_S_cm2\": 1}", "none.safetensors"},
      {"", "\"na.safetensors\": {}", "gmax_S_cm2"},
      {"", "\"na.safetensors\": {\"gmax_S_cm2\": 1, \"reversal_mV\": 0}", "no such parameter"},
      {"", "\"other.safetensors\": {\"gmax_S_cm2\": 1}", "reversal_mV"},
      {"", "\"chloride.safetensors\": {\"gmax_S_cm2\": 1}", "ion is cl"},
      {"\"mechanism_files\": [\"na.safetensors\", \"na.safetensors\"],", "\"pas\": {}", "second mechanism \"na\""},
      {"\"mechanism_files\": [\"na.safetensors\"],", "\"nna\": {\"gmax_S_cm2\": 1}", "did you mean na"},
  };
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    cable_model *model = NULL;
    assert_int_not_equal(read_cell("6.3", rows[k][0], rows[k][1], &model), LG_OK);
    if (!strstr(lg_ctx_message(ctx), rows[k][2])) fail_msg("case %zu: %s", k, lg_ctx_message(ctx));
    assert_null(model);
  }
}

/* A potassium channel that calcium opens: at a held concentration its gate goes to ko/(ko + kc). */
static void test_gated_by_calcium(void **state) {
  (void)state;
  lg_gate_plan p = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RATE, 1, NULL, 0, 0, true);
  (void)snprintf(p.ion, sizeof p.ion, "k");
  p.valence = 1;
  p.range_u[1] = 10.0;
  /* ko = 20 u^2, kc = 5 per second */
  const float theta[10] = {
      0, 0, 0, 0, (float)(2.0 * 2.302585092994046 / 3.0), 0, 0, 0, (float)(log(20.0) / 3.0), (float)(log(5.0) / 3.0)};
  char path[128];
  lg_gate_net *net = NULL;
  (void)snprintf(path, sizeof path, "%s/sk.safetensors", dir);
  assert_ok(ctx, lg_gate_net_create(ctx, &p, theta, &net));
  assert_ok(ctx, lg_gate_net_write(ctx, net, NULL, 0, path));
  lg_gate_net_destroy(ctx, net);
  cable_model *model = NULL;
  assert_ok(ctx, read_cell("6.3", "", "\"sk.safetensors\": {\"gmax_S_cm2\": 0.001}", &model));
  const cable_mechanism *kind = lg_cable_model_own(model, 0);
  assert_int_equal(kind->n_ions, 2);
  assert_int_equal(kind->n_states, 3); /* P, P_ahead, u_before */
  enum { N = 8 };
  uint32_t node[N];
  double gmax[N], states[3][N], v[N], g[N] = {0}, i[N] = {0}, scale[N], reversal[N], inside[N];
  for (uint32_t k = 0; k < N; k++)
    node[k] = k, gmax[k] = 0.001, v[k] = -60.0, scale[k] = 1.0, reversal[k] = -77.0, inside[k] = 1e-4 * (k + 1);
  double *parameter[] = {gmax}, *state_of[] = {states[0], states[1], states[2]};
  cable_ion k_ion = {.reversal_mV = reversal}, ca = {.inside_mM = inside};
  cable_ion *ions[] = {&k_ion, &ca};
  const cable_block block = {.kind = kind,
                             .number = N,
                             .lanes = 1,
                             .node = node,
                             .parameter = parameter,
                             .state = state_of,
                             .scale = scale,
                             .ion = ions};
  const cable_moment now = {.dt_ms = 50.0, .celsius = 6.3, .v = v, .g = g, .i = i};
  kind->start(&block, &now);
  for (size_t k = 0; k < N; k++) inside[k] = 1e-3;
  for (size_t s = 0; s < 40; s++) kind->advance(&block, &now);
  kind->current(&block, &now);
  for (size_t k = 0; k < N; k++) {
    assert_true(fabs(states[0][k] - 20.0 / 25.0) < 1e-6);
    assert_true(fabs(g[k] - 0.001 * 0.8) < 1e-8 && fabs(i[k] - 0.001 * 0.8 * 17.0) < 1e-7);
  }
  lg_cable_model_destroy(ctx, model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_squid),    cmocka_unit_test(test_second_order),     cmocka_unit_test(test_written_and_read),
      cmocka_unit_test(test_refusals), cmocka_unit_test(test_gated_by_calcium),
  };
  return cmocka_run_group_tests(tests, before, after);
}
