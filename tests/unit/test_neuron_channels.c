/* Point neurons whose channels are networks: the squid's fire as the equations do. */
#include "tests/one_ctx.h"

#include "tests/folder.h"
#include "tests/gate_fit.h"

#include "twin/channels_file.h"
#include "twin/model_file.h"

#include <loligo/neuron.h>
#include <string.h>

static int before(void **state) { return open_ctx(state) + make_dir(state); }

static int after(void **state) { return close_ctx(state) + remove_dir(state); }

static void write_net(size_t first, size_t n, const unsigned *powers, const char *name) {
  char path[128];
  (void)snprintf(path, sizeof path, "%s/%s.safetensors", dir, name);
  lg_gate_net *net = lg_test_squid_net(ctx, first, n, powers, "none");
  assert_ok(ctx, lg_gate_net_write(ctx, net, NULL, 0, path));
  lg_gate_net_destroy(ctx, net);
}

static lg_status load(const char *words, lg_neuron *neuron, lg_channels **channels) {
  char path[128];
  (void)snprintf(path, sizeof path, "%s/neuron.json", dir);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  (void)fputs(words, f);
  assert_int_equal(fclose(f), 0);
  return lg_neuron_load_channels(ctx, path, neuron, channels);
}

static lg_simulation *run(const lg_neuron *neuron, lg_solver solver, double current) {
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  lg_simulation *sim = NULL;
  lg_protocol *p = NULL;
  o.solver = solver;
  o.rtol = 1e-10, o.atol = 1e-9;
  o.all_states = 1;
  assert_ok(ctx, lg_protocol_create(ctx, 60.0, 0.1, &p));
  assert_ok(ctx, lg_protocol_add_const(ctx, p, 5.0, 55.0, current));
  assert_ok(ctx, lg_simulate(ctx, neuron, p, &o, &sim));
  lg_protocol_destroy(ctx, p);
  return sim;
}

static const char squid[] = "{\"model\": \"channels\", \"parameters\": {\"V0\": -65%s}, \"channels\": ["
                            "{\"mechanism\": \"na.safetensors\", \"gmax_S_cm2\": 0.12, \"reversal_mV\": 50},"
                            "{\"mechanism\": \"kdr.safetensors\", \"name\": \"k\", \"gmax_S_cm2\": 0.036, "
                            "\"reversal_mV\": -77}]}";

static void test_squid(void **state) {
  (void)state;
  const unsigned mh[] = {3, 1}, n4[] = {4};
  write_net(0, 2, mh, "na");
  write_net(2, 1, n4, "kdr");
  char words[1024];
  lg_neuron net, hh;
  lg_channels *channels = NULL;
  (void)snprintf(words, sizeof words, squid, "");
  assert_ok(ctx, load(words, &net, &channels));
  assert_ok(ctx, lg_neuron_init(ctx, "hh52", "", &hh));
  assert_int_equal(net.info->n_states, 4);
  assert_string_equal(net.info->states[2], "h_na");
  assert_true(lg_neuron_get(&net, "gmax_k") == 0.036);
  double rest[2];
  assert_ok(ctx, lg_neuron_rest(ctx, &net, 0.0, &rest[0]));
  assert_ok(ctx, lg_neuron_rest(ctx, &hh, 0.0, &rest[1]));
  assert_true(fabs(rest[0] - rest[1]) < 0.01);
  for (int solver = 0; solver < 2; solver++) {
    lg_simulation *a = run(&net, (lg_solver)solver, 10.0), *b = run(&hh, (lg_solver)solver, 10.0);
    assert_true(b->n_spikes >= 3 && a->n_spikes == b->n_spikes);
    for (size_t k = 0; k < a->n_spikes; k++)
      if (!(fabs(a->spikes_ms[k] - b->spikes_ms[k]) < 0.005))
        fail_msg("spike %zu: %g and %g ms", k, a->spikes_ms[k], b->spikes_ms[k]);
    if (solver == 0) assert_true(a->n_steps < 3 * b->n_steps); /* rates are smooth: no step is spent on noise */
    lg_simulation_destroy(ctx, a);
    lg_simulation_destroy(ctx, b);
  }
  lg_channels_destroy(ctx, channels);
}

/* Ten degrees are a factor of three in the networks' rates: gates of the same steady state, three times as fast. */
static void test_temperature(void **state) {
  (void)state;
  char words[1024];
  lg_neuron cold, warm;
  lg_channels *c = NULL, *w = NULL;
  lg_plan plan[2];
  double dy[2][4];
  (void)snprintf(words, sizeof words, squid, "");
  assert_ok(ctx, load(words, &cold, &c));
  (void)snprintf(words, sizeof words, squid, ", \"celsius\": 16.3");
  assert_ok(ctx, load(words, &warm, &w));
  assert_ok(ctx, lg_plan_make(ctx, &cold, &plan[0]));
  assert_ok(ctx, lg_plan_make(ctx, &warm, &plan[1]));
  const double y[4] = {-30.0, 0.3, 0.4, 0.5};
  for (int k = 0; k < 2; k++) plan[k].ops->rhs(&plan[k], 0.0, y, dy[k]);
  assert_true(dy[0][0] == dy[1][0]);
  for (int k = 1; k < 4; k++) assert_true(fabs(dy[1][k] / dy[0][k] - 3.0) < 1e-12);
  lg_channels_destroy(ctx, c);
  lg_channels_destroy(ctx, w);
}

static void test_refusals(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"{\"model\": \"channels\"}", "channels"},
      {"{\"model\": \"channels\", \"channels\": []}", "0 of them"},
      {"{\"model\": \"channels\", \"channels\": [{\"mechanism\": \"none.safetensors\", \"gmax_S_cm2\": 1, "
       "\"reversal_mV\": 0}]}",
       "none.safetensors"},
      {"{\"model\": \"channels\", \"channels\": [{\"mechanism\": \"na.safetensors\", \"gmax_S_cm2\": -1, "
       "\"reversal_mV\": 0}]}",
       "gmax_S_cm2"},
      {"{\"model\": \"channels\", \"channels\": [{\"mechanism\": \"na.safetensors\", \"gmax\": 1}]}", "gmax"},
      {"{\"model\": \"channels\", \"parameters\": {\"gNa\": 1}, \"channels\": [{\"mechanism\": \"na.safetensors\", "
       "\"gmax_S_cm2\": 1, \"reversal_mV\": 0}]}",
       "gNa"},
      {"{\"model\": \"channels\", \"channels\": [{\"mechanism\": \"na.safetensors\", \"gmax_S_cm2\": 1, "
       "\"reversal_mV\": 0}, {\"mechanism\": \"na.safetensors\", \"gmax_S_cm2\": 1, \"reversal_mV\": 0}]}",
       "two channels with the name na"},
  };
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    lg_neuron neuron;
    lg_channels *channels = NULL;
    assert_int_not_equal(load(rows[k][0], &neuron, &channels), LG_OK);
    if (!strstr(lg_ctx_message(ctx), rows[k][1])) fail_msg("case %zu: %s", k, lg_ctx_message(ctx));
    assert_null(channels);
  }
  char words[1024], path[128];
  lg_neuron neuron;
  lg_channels *channels = NULL;
  (void)snprintf(words, sizeof words, squid, "");
  assert_ok(ctx, load(words, &neuron, &channels));
  lg_channels_destroy(ctx, channels);
  (void)snprintf(path, sizeof path, "%s/neuron.json", dir);
  assert_int_equal(lg_neuron_load(ctx, path, &neuron), LG_ERR_UNSUPPORTED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_squid),
      cmocka_unit_test(test_temperature),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, before, after);
}
