/* Running cells: NEURON's own numbers, closed forms, orders of accuracy, saving, lanes. */
#include "tests/one_ctx.h"
#include "tests/test.h"

#include "base/elementary.h"
#include "cable/simulate.h"
#include "io/table.h"
#include "twin/cable_file.h"

#include <math.h>
#include <string.h>

typedef struct cell {
  cable_model *model;
  cable_tree *tree;
} cell;

static cell parse(const char *text, size_t n_per_section) {
  cell c = {NULL, NULL};
  lg_json_doc *doc;
  cable_cut cut = CABLE_CUT_INIT;
  cut.n_per_section = n_per_section;
  assert_ok(ctx, lg_json_parse(ctx, "cell.json", text, strlen(text), LG_JSON_STRICT, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_true(lg_cable_is(&root));
  assert_ok(ctx, lg_cable_parse(ctx, &root, ".", &c.model));
  lg_json_doc_destroy(ctx, doc);
  assert_ok(ctx, lg_cable_tree_create(ctx, c.model, &cut, &c.tree));
  return c;
}

static void drop(cell *c) {
  lg_cable_tree_destroy(ctx, c->tree);
  lg_cable_model_destroy(ctx, c->model);
}

/* ---- NEURON ---------------------------------------------------------------------------------------- */

static void like_neuron(const char *name, size_t nseg, double limit_mV, size_t n_spikes) {
  char path[512];
  cell c = {NULL, NULL};
  cable_result *r;
  lg_table *table;
  cable_cut cut = CABLE_CUT_INIT;
  const cable_run_options o = {.scheme = CABLE_NRN, .dt_ms = 0.025};
  cut.n_per_section = nseg;
  (void)snprintf(path, sizeof path, "%s/cable/neuron_%s.json", LG_TEST_DATA, name);
  assert_ok(ctx, lg_cable_load(ctx, path, &c.model));
  (void)snprintf(path, sizeof path, "%s/cable/neuron_%s.csv", LG_TEST_DATA, name);
  assert_ok(ctx, lg_table_read(ctx, path, &table));
  assert_ok(ctx, lg_cable_tree_create(ctx, c.model, &cut, &c.tree));
  assert_ok(ctx, lg_cable_simulate(ctx, c.model, c.tree, &o, &r));
  assert_int_equal(r->n_spikes, n_spikes);
  assert_int_equal(table->n, r->n_probes + 1);
  for (size_t p = 0; p < r->n_probes; p++) {
    const lg_table_item *column = &table->items[p + 1];
    assert_string_equal(column->name, c.model->probes[p].column);
    assert_int_equal((r->n_samples - 1) / 4 + 1, column->n);
    const double limit = c.model->probes[p].quantity == CABLE_V ? limit_mV : 1e-10;
    for (size_t k = 0; k < column->n; k++)
      if (!(fabs(r->values[p * r->n_samples + 4 * k] - column->x[k]) <= limit))
        fail_msg("%s %s at %g ms: %.9g, NEURON has %.9g", name, column->name, 0.1 * (double)k,
                 r->values[p * r->n_samples + 4 * k], column->x[k]);
  }
  lg_table_destroy(ctx, table);
  lg_cable_result_destroy(ctx, r);
  drop(&c);
}

static void steps_as_neuron_does(void **state) {
  (void)state;
  like_neuron("passive", 9, 1e-6, 0);
  like_neuron("subthreshold", 9, 1e-6, 0);
  like_neuron("spikes", 9, 1e-4, 13);
  like_neuron("spikes_16C", 5, 1e-4, 7);
  like_neuron("channels_subthreshold", 3, 2e-6, 0);
  like_neuron("channels_spikes", 3, 1e-4, 2);
}

/* ---- closed forms ---------------------------------------------------------------------------------- */

/* One compartment: L = d = 100/sqrt(pi) um, 1e4 um2, C = 0.1 nF; g = 1e-4 S/cm2 = 0.01 uS; tau = 10 ms. */
#define ROUND                                                                                                          \
  "\"v_init_mV\": -70, \"sections\": [{\"type\": 1, \"parent\": -1, \"pts\": [[0, 0, 0, 56.41895835477563],"           \
  "[56.41895835477563, 0, 0, 56.41895835477563]]}], \"regions\": [{\"types\": \"all\", \"mechanisms\": "               \
  "{\"pas\": {\"g\": 1e-4, \"e\": -70}}}], \"probes\": [{\"name\": \"soma\", \"loc\": [\"soma\"]}]"

static const char step_current[] = "{" ROUND ", \"tstop_ms\": 40, \"sample_ms\": 1, \"iclamps\": [{\"loc\": [\"soma\"],"
                                   "\"delay_ms\": 2.004, \"dur_ms\": 20.013, \"amp_nA\": 0.1}]}";

static double charged(double t) {
  const double on = 2.004, off = 22.017, tau = 10.0, full = 10.0;
  if (t < on) return -70.0;
  if (t < off) return -70.0 - full * lg_expm1(-(t - on) / tau);
  return -70.0 - full * lg_expm1(-(off - on) / tau) * lg_exp(-(t - off) / tau);
}

static double error_of_charging(cable_scheme scheme, double dt) {
  cell c = parse(step_current, 1);
  const cable_run_options o = {.scheme = scheme, .dt_ms = dt, .tolerance = 1e-6};
  cable_result *r;
  double worst = 0.0;
  assert_ok(ctx, lg_cable_simulate(ctx, c.model, c.tree, &o, &r));
  assert_int_equal(r->n_samples, 41);
  for (size_t k = 0; k < r->n_samples; k++) worst = fmax(worst, fabs(r->values[k] - charged((double)k)));
  lg_cable_result_destroy(ctx, r);
  drop(&c);
  return worst;
}

/* Edges of the clamp lie between steps: the second-order scheme takes them where they are. */
static void charges_as_a_capacitor(void **state) {
  (void)state;
  const double coarse = error_of_charging(CABLE_SDIRK2, 0.1), fine = error_of_charging(CABLE_SDIRK2, 0.025);
  assert_true(fine < 1e-4);
  assert_true(coarse / fine > 8.0);
  const double first = error_of_charging(CABLE_NRN, 0.1);
  assert_true(first > 5.0 * coarse); /* NEURON's step is of first order */
  assert_true(error_of_charging(CABLE_ADAPTIVE, 1.0) < 1e-4);
  /* 1 ms is no multiple: samples lie between steps, one of them within a step of an edge */
  assert_true(error_of_charging(CABLE_SDIRK2, 0.03) < 5e-3);
}

/* ---- orders ---------------------------------------------------------------------------------------- */

static const char spiking[] =
    "{\"celsius\": 6.3, \"v_init_mV\": -65, \"tstop_ms\": 30, \"sample_ms\": 0.1,"
    "\"sections\": [{\"type\": 1, \"parent\": -1, \"pts\": [[0, 0, 0, 20], [20, 0, 0, 20]]},"
    "{\"type\": 3, \"parent\": 0, \"pts\": [[20, 0, 0, 3], [320, 0, 0, 1]]}],"
    "\"regions\": [{\"types\": [\"soma\"], \"mechanisms\": {\"hh\": {}}},"
    "{\"types\": [\"basal\"], \"Ra_ohm_cm\": 150, \"mechanisms\": {\"pas\": {\"g\": 1e-4, \"e\": -65}, \"cahva\": "
    "{\"gbar\": 1e-4},"
    "\"cadyn\": {}, \"sk\": {\"gbar\": 1e-3}}}],"
    "\"iclamps\": [{\"loc\": [\"soma\"], \"delay_ms\": 1.003, \"dur_ms\": 25, \"amp_nA\": 0.6}],"
    "\"synapses\": [{\"type\": \"ExpSyn\", \"loc\": [\"sec\", 1, 0.6], \"params\": {\"tau\": 2}, \"weight_uS\": 2e-3, "
    "\"times_ms\": [5.0071, 11.0137, 11.02]}],"
    "\"probes\": [{\"name\": \"soma\", \"loc\": [\"soma\"]}, {\"name\": \"tip\", \"loc\": [\"sec\", 1, 1]}],"
    "\"record_extra\": [{\"name\": \"cai_mM\", \"var\": \"cai\", \"loc\": [\"sec\", 1, 0.5]},"
    "{\"var\": \"m_hh\", \"name\": \"m\", \"loc\": [\"soma\"]}]}";

static cable_result *run_spiking(cable_scheme scheme, double dt, double tolerance) {
  cell c = parse(spiking, 9);
  const cable_run_options o = {.scheme = scheme, .dt_ms = dt, .tolerance = tolerance};
  cable_result *r;
  assert_ok(ctx, lg_cable_simulate(ctx, c.model, c.tree, &o, &r));
  drop(&c);
  return r;
}

static double distance(const cable_result *a, const cable_result *b, size_t probe) {
  double sum = 0.0;
  for (size_t k = 0; k < a->n_samples; k++) {
    const double d = a->values[probe * a->n_samples + k] - b->values[probe * b->n_samples + k];
    sum += d * d;
  }
  return sqrt(sum / (double)a->n_samples);
}

/* Voltage, calcium and a gate (whose errors of third order are still seen here), with a clamp and events between the
 * steps: all of second order. */
static void is_of_second_order(void **state) {
  (void)state;
  cable_result *truth = run_spiking(CABLE_SDIRK2, 0.1 / 512.0, 0.0);
  cable_result *coarse = run_spiking(CABLE_SDIRK2, 0.0125, 0.0), *fine = run_spiking(CABLE_SDIRK2, 0.003125, 0.0);
  assert_int_equal(truth->n_spikes, coarse->n_spikes);
  assert_true(truth->n_spikes >= 2);
  for (size_t p = 0; p < 4; p++) {
    const double order = log(distance(coarse, truth, p) / distance(fine, truth, p)) / log(4.0);
    if (!(order > (p == 3 ? 1.85 : 1.9))) fail_msg("probe %zu: order %.3f in dt", p, order);
  }
  for (size_t k = 0; k < truth->n_spikes; k++) assert_true(fabs(fine->spikes[k].t_ms - truth->spikes[k].t_ms) < 1e-3);
  cable_result *own = run_spiking(CABLE_ADAPTIVE, 0.0, 1e-4);
  assert_int_equal(own->n_spikes, truth->n_spikes);
  for (size_t k = 0; k < truth->n_spikes; k++) assert_true(fabs(own->spikes[k].t_ms - truth->spikes[k].t_ms) < 5e-3);
  lg_cable_result_destroy(ctx, truth);
  lg_cable_result_destroy(ctx, coarse);
  lg_cable_result_destroy(ctx, fine);
  lg_cable_result_destroy(ctx, own);
}

/* At 20 °C the rates of m move fast: their mean over the step makes the spikes several times more exact. */
static void averages_rates_when_asked(void **state) {
  static const char warm[] =
      "{\"celsius\": 20, \"tstop_ms\": 60, \"sample_ms\": 0.1, \"sections\": [{\"type\": 1, \"parent\": -1, \"pts\": "
      "[[0, 0, 0, 20], [20, 0, 0, 20]]}], \"regions\": [{\"types\": \"all\", \"mechanisms\": {\"hh\": {}}}], "
      "\"iclamps\": [{\"loc\": [\"soma\"], \"delay_ms\": 1, \"dur_ms\": 50, \"amp_nA\": 0.2}],"
      "\"probes\": [{\"name\": \"soma\", \"loc\": [\"soma\"]}]}";
  double last[3];
  size_t n[3];
  (void)state;
  for (size_t k = 0; k < 3; k++) {
    cell c = parse(warm, 1);
    const cable_run_options o = {.dt_ms = k == 0 ? 0.0005 : 0.025, .fine_rates = k == 2, .exact_spikes = true};
    cable_result *r;
    assert_ok(ctx, lg_cable_simulate(ctx, c.model, c.tree, &o, &r));
    n[k] = r->n_spikes;
    assert_true(n[k] > 3);
    last[k] = r->spikes[n[k] - 1].t_ms;
    lg_cable_result_destroy(ctx, r);
    drop(&c);
  }
  assert_int_equal(n[1], n[0]);
  assert_int_equal(n[2], n[0]);
  assert_true(fabs(last[2] - last[0]) < 0.4 * fabs(last[1] - last[0]));
}

/* ---- saving ---------------------------------------------------------------------------------------- */

static void goes_on_bit_by_bit(void **state) {
  (void)state;
  for (int scheme = CABLE_SDIRK2; scheme <= CABLE_ADAPTIVE; scheme++) {
    cell c = parse(spiking, 5);
    const cable_run_options o = {.scheme = (cable_scheme)scheme};
    cable_run *whole, *part, *rest;
    assert_ok(ctx, lg_cable_run_create(ctx, c.model, c.tree, &o, &whole));
    assert_ok(ctx, lg_cable_run_advance(ctx, whole, 30.0));
    assert_ok(ctx, lg_cable_run_create(ctx, c.model, c.tree, &o, &part));
    assert_ok(ctx, lg_cable_run_advance(ctx, part, 11.018));
    const size_t n = lg_cable_run_state_bytes(part);
    unsigned char *bytes = malloc(n);
    assert_non_null(bytes);
    lg_cable_run_save(part, bytes);
    assert_ok(ctx, lg_cable_run_create(ctx, c.model, c.tree, &o, &rest));
    assert_int_equal(lg_cable_run_restore(ctx, rest, bytes, n - 8), LG_ERR_FORMAT);
    assert_ok(ctx, lg_cable_run_restore(ctx, rest, bytes, n));
    assert_ok(ctx, lg_cable_run_advance(ctx, rest, 30.0));
    const cable_result *a = lg_cable_run_result(whole), *b = lg_cable_run_result(rest);
    assert_int_equal(a->n_samples, b->n_samples);
    assert_int_equal(a->n_spikes, b->n_spikes);
    assert_memory_equal(a->values, b->values, a->n_samples * a->n_probes * sizeof(double));
    assert_memory_equal(a->spikes, b->spikes, a->n_spikes * sizeof *a->spikes);
    free(bytes);
    lg_cable_run_destroy(ctx, whole);
    lg_cable_run_destroy(ctx, part);
    lg_cable_run_destroy(ctx, rest);
    drop(&c);
  }
}

/* ---- lanes ----------------------------------------------------------------------------------------- */

/* Eleven cells at once: each as the one alone, but that one cell gets an event more. */
static void cells_in_lanes_are_cells(void **state) {
  (void)state;
  for (int scheme = CABLE_SDIRK2; scheme <= CABLE_NRN; scheme++) {
    cell c = parse(spiking, 5);
    cable_run_options o = {.scheme = (cable_scheme)scheme, .dt_ms = 0.025};
    cable_group *one, *many;
    assert_ok(ctx, lg_cable_group_create(ctx, c.model, c.tree, &o, &one));
    o.n_cells = 11;
    assert_ok(ctx, lg_cable_group_create(ctx, c.model, c.tree, &o, &many));
    for (size_t k = 0; k < 600; k++) {
      if (k == 400) lg_cable_group_receive(many, 3, 0, 1e-3, 0.01);
      lg_cable_group_step(one);
      lg_cable_group_step(many);
    }
    for (size_t p = 0; p < 4; p++)
      for (size_t lane = 0; lane < 11; lane++) {
        const double a = lg_cable_group_probe(one, p, 0), b = lg_cable_group_probe(many, p, lane);
        if (lane == 3) assert_true(a != b);
        else if (a != b) fail_msg("probe %zu of cell %zu: %.17g, alone %.17g", p, lane, b, a);
      }
    lg_cable_group_destroy(ctx, one);
    lg_cable_group_destroy(ctx, many);
    drop(&c);
  }
}

/* ---- what cannot be -------------------------------------------------------------------------------- */

static void stops_where_it_diverges(void **state) {
  (void)state;
  const char text[] = "{" ROUND ", \"tstop_ms\": 40, \"sample_ms\": 1, \"iclamps\": [{\"loc\": [\"soma\"],"
                      "\"delay_ms\": 10, \"dur_ms\": 30, \"amp_nA\": 1e5}]}";
  cell c = parse(text, 1);
  cable_result *r;
  assert_int_equal(lg_cable_simulate(ctx, c.model, c.tree, NULL, &r), LG_ERR_NUMERICAL);
  assert_non_null(strstr(lg_ctx_message(ctx), "at t = 10."));
  assert_non_null(strstr(lg_ctx_message(ctx), "section 0 (soma) at x = 0.5"));
  assert_true(r->diverged);
  assert_int_equal(r->n_samples, 11); /* 0 … 10 ms */
  assert_true(fabs(r->values[10] + 70.0) < 1e-9);
  lg_cable_result_destroy(ctx, r);
  drop(&c);
}

static void refuses_in_one_line(void **state) {
  (void)state;
  static const struct {
    const char *from, *to, *words;
  } wrong[] = {
      {"\"hh\": {}", "\"hhh\": {}", "no mechanism \"hhh\"; did you mean hh"},
      {"\"hh\": {}", "\"hh\": {\"gnaber\": 1}", "no such parameter; did you mean gnabar"},
      {"\"hh\": {}", "\"hh\": {\"gnabar\": -1}", "outside 0"},
      {"\"hh\": {}", "\"ExpSyn\": {}", "below \"synapses\""},
      {"\"sample_ms\"", "\"samplems\"", "sample_ms"},
      {"\"Ra_ohm_cm\": 150", "\"Ra_ohm_cm\": 0", "Ra_ohm_cm"},
      {"[\"sec\", 1, 1]", "[\"sec\", 7, 1]", "no section 7"},
      {"[\"sec\", 1, 1]", "[\"sec\", 1, 1.5]", "x = 1.5"},
      {"[\"sec\", 1, 1]", "[\"mid\", 5]", "probes[1].loc"},
      {"11.02]", "31.0]", "31 ms is not within the run, 0 … 30 ms"},
      {"[320, 0, 0, 1]", "[320, 0, 0, 0]", "diameter is 0 um"},
      {"[320, 0, 0, 1]", "[20, 0, 0, 1]", "length 0"},
      {"\"type\": \"ExpSyn\"", "\"type\": \"ExpSym\"", "did you mean ExpSyn"},
      {"\"type\": \"ExpSyn\"", "\"type\": \"SEClamp\"", "takes no events"},
      {"\"name\": \"tip\"", "\"name\": \"soma\"", "second column v_mV_soma"},
      {"\"var\": \"m_hh\"", "\"var\": \"mm_hh\"", "no state"},
      {"\"celsius\": 6.3", "\"celsius\": 630", "celsius"},
      {"[\"soma\"], \"delay", "[\"some\"], \"delay", "[\"soma\"], [\"mid\", node]"},
  };
  for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
    char text[sizeof spiking + 100];
    const char *at = strstr(spiking, wrong[k].from);
    lg_json_doc *doc;
    cable_model *model;
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - spiking), spiking, wrong[k].to,
                   at + strlen(wrong[k].from));
    assert_ok(ctx, lg_json_parse(ctx, "cell.json", text, strlen(text), LG_JSON_STRICT, &doc));
    const lg_json_at root = lg_json_root(doc);
    assert_int_not_equal(lg_cable_parse(ctx, &root, ".", &model), LG_OK);
    assert_null(model);
    if (!strstr(lg_ctx_message(ctx), wrong[k].words) || strchr(lg_ctx_message(ctx), '\n'))
      fail_msg("'%s' lacks '%s'", lg_ctx_message(ctx), wrong[k].words);
    lg_json_doc_destroy(ctx, doc);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_as_neuron_does),     cmocka_unit_test(charges_as_a_capacitor),
      cmocka_unit_test(is_of_second_order),       cmocka_unit_test(goes_on_bit_by_bit),
      cmocka_unit_test(cells_in_lanes_are_cells), cmocka_unit_test(stops_where_it_diverges),
      cmocka_unit_test(refuses_in_one_line),      cmocka_unit_test(averages_rates_when_asked),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
