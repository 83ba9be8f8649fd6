/* The public interface for other languages: results, options, refusals, and every allocation failing in turn. */
#include "tests/alloc.h"

#include <loligo/axon.h>
#include <loligo/calcium.h>
#include <loligo/cell.h>
#include <loligo/culture.h>
#include <loligo/drug.h>
#include <loligo/figure.h>
#include <loligo/twin.h>
#include <math.h>
#include <string.h>

static const char drugs[] = LG_SOURCE_DIR "/data/drugs.csv";

static const char cell_json[] =
    "{\"model\": \"cable\", \"tstop_ms\": 1, \"sample_ms\": 0.1, \"v_init_mV\": -65, \"celsius\": 6.3,"
    "\"compartments\": [{\"name\": \"soma\", \"parent\": -1, \"area_um2\": 1000, \"type\": 1},"
    "{\"name\": \"far\", \"parent\": 0, \"area_um2\": 500, \"type\": 3, \"axial_uS\": 0.01}],"
    "\"regions\": [{\"types\": \"all\", \"Ra_ohm_cm\": 100, \"cm_uF_cm2\": 1, \"mechanisms\": {\"hh\": {}},"
    "\"reversal\": {\"ena\": 50, \"ek\": -77}}],"
    "\"probes\": [{\"name\": \"soma\", \"loc\": [\"name\", \"soma\", 0.5]}]}";

static const char wave_json[] = "{\"geometry\": {\"L_um\": 4, \"R_um\": 0.4, \"r_ER_um\": 0.15}, \"t_end_s\": 0.002,"
                                "\"probes_um\": [1, 2], \"snapshots_s\": [0.001]}";

static const char coupled[] = LG_SOURCE_DIR "/examples/calcium/spikes.json";

/* ---- works that may fail anywhere ----------------------------------------------------------------- */

static lg_status figures(lg_ctx *ctx) {
  static const double x[] = {0, 1, 2, 3}, y[] = {1, 4, NAN, 2};
  const lg_figure_line lines[] = {{.label = "a", .n = 4, .x = x, .y = y}, {.n = 4, .dx = 0.5, .y = y}};
  lg_result *r = NULL;
  const lg_status status = lg_figure_lines(ctx, lines, 2, NULL, &r);
  assert_int_equal(status == LG_OK, r != NULL);
  if (r) assert_non_null(strstr(lg_result_text(r, "svg"), "<svg"));
  lg_result_destroy(ctx, r);
  return status;
}

static lg_status treatments(lg_ctx *ctx) {
  static const char *const names[] = {"carbamazepine"};
  static const double uM[] = {30.0};
  lg_drug_table *table = NULL;
  lg_result *doses = NULL, *words = NULL, *notes = NULL;
  lg_neuron neuron, out;
  lg_status status = lg_drug_table_load(ctx, drugs, &table);
  if (status == LG_OK) status = lg_doses_read(ctx, "1:100uM:3log", table, names[0], &doses);
  if (status == LG_OK) status = lg_drug_describe(ctx, table, names[0], &words);
  if (status == LG_OK) status = lg_neuron_init(ctx, "tm", NULL, &neuron);
  if (status == LG_OK) status = lg_neuron_treat(ctx, &neuron, table, names, uM, 1, NULL, NULL, &out, &notes);
  if (status == LG_OK) assert_int_equal(lg_result_array(doses, "dose_uM")->shape[0], 3);
  lg_result_destroy(ctx, notes);
  lg_result_destroy(ctx, words);
  lg_result_destroy(ctx, doses);
  lg_drug_table_destroy(ctx, table);
  return status;
}

static lg_status cells(lg_ctx *ctx) {
  static const double frames[] = {0.0, 0.5};
  lg_cell_options options = LG_CELL_OPTIONS_INIT;
  lg_cell *cell = NULL;
  lg_result *r = NULL;
  options.frames_ms = frames;
  options.n_frames = 2;
  lg_status status = lg_cell_load(ctx, "cell", cell_json, &cell);
  if (status == LG_OK) status = lg_cell_simulate(ctx, cell, &options, &r);
  assert_int_equal(status == LG_OK, r != NULL);
  if (r) {
    assert_int_equal(lg_result_array(r, "v_mV_soma")->shape[0], 11);
    assert_int_equal(lg_result_array(r, "frames_mV")->shape[1], lg_result_array(r, "node.parent")->shape[0]);
  }
  lg_result_destroy(ctx, r);
  lg_cell_destroy(ctx, cell);
  return status;
}

static lg_status waves(lg_ctx *ctx) {
  lg_calcium_options options = LG_CALCIUM_OPTIONS_INIT;
  lg_result *r = NULL;
  options.max_dx_um = 1.0;
  options.dt_s = 2e-5;
  options.film_places = 3;
  options.film_times = 4;
  const lg_status status = lg_calcium_run_case(ctx, "wave", wave_json, &options, &r);
  assert_int_equal(status == LG_OK, r != NULL);
  if (r) {
    assert_int_equal(lg_result_array(r, "peak_uM")->shape[0], 2);
    assert_int_equal(lg_result_array(r, "samples")->shape[1], 4);
    assert_int_equal(lg_result_array(r, "film_um")->shape[0], 3);
    assert_int_equal(lg_result_array(r, "snapshots")->n_dims, 3);
  }
  lg_result_destroy(ctx, r);
  return status;
}

static lg_status coupled_waves(lg_ctx *ctx) {
  static const char json[] =
      "{\"cable\": \"cell.json\", \"er_fraction\": 0.4, \"t_end_s\": 0.0005,"
      "\"vdcc\": [{\"type\": \"N\", \"density\": 0.3}], \"probes\": [{\"section\": 2, \"x_um\": 40}]}";
  lg_calcium_options options = LG_CALCIUM_OPTIONS_INIT;
  lg_result *r = NULL;
  options.max_dx_um = 10.0;
  options.dt_s = 2.5e-5;
  const lg_status status = lg_calcium_run_case(ctx, coupled, json, &options, &r);
  assert_int_equal(status == LG_OK, r != NULL);
  if (r) {
    const size_t n = lg_result_array(r, "cable.t_ms")->shape[0];
    assert_true(n > 1 && lg_result_array(r, "cable.v_mV_soma")->shape[0] == n);
    assert_non_null(lg_result_array(r, "cable.spikes_ms"));
    assert_non_null(strstr(lg_result_text(r, "json"), "\"n_compartments\""));
  }
  lg_result_destroy(ctx, r);
  return status;
}

static lg_status axons(lg_ctx *ctx) {
  static const double strain[2][4] = {{0, 0.01, 0.02, 0.01}, {0, 0.02, 0.03, 0.02}};
  lg_axon_options options = LG_AXON_OPTIONS_INIT;
  lg_result *r = NULL;
  options.trace = 1;
  const lg_status status = lg_axon_strain_simulate(ctx, strain[0], 2, 4, 1e-3, &options, &r);
  assert_int_equal(status == LG_OK, r != NULL);
  if (r) assert_int_equal(lg_result_array(r, "trace")->shape[1], 4);
  lg_result_destroy(ctx, r);
  return status;
}

static lg_status cultures(lg_ctx *ctx) {
  static const double area[] = {10, 11, 12}, u[] = {3, 4}, l[] = {1, 2};
  static const uint8_t border[] = {1, 0, 1};
  static const uint32_t pairs[] = {2, 1, 1, 0};
  lg_culture_graph *graph = NULL;
  lg_result *r = NULL;
  lg_status status = lg_culture_graph_make(ctx, 3, area, border, 2, pairs, u, l, &graph);
  if (status == LG_OK) status = lg_culture_graph_arrays(ctx, graph, &r);
  assert_int_equal(status == LG_OK, r != NULL);
  if (r) { /* in order, the smaller index first */
    const uint32_t *sorted = lg_result_array(r, "pairs")->data;
    assert_int_equal(sorted[0], 0);
    assert_int_equal(sorted[3], 2);
    assert_true(((const double *)lg_result_array(r, "u_px")->data)[0] == 4.0);
  }
  lg_result_destroy(ctx, r);
  lg_culture_graph_destroy(ctx, graph);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(lg_exhaust("figures", figures) > 5);
  assert_true(lg_exhaust("treatments", treatments) > 20);
  assert_true(lg_exhaust("cells", cells) > 20);
  assert_true(lg_exhaust("waves", waves) > 20);
  assert_true(lg_exhaust("coupled_waves", coupled_waves) > 50);
  assert_true(lg_exhaust("axons", axons) > 10);
  assert_true(lg_exhaust("cultures", cultures) > 10);
}

/* ---- results -------------------------------------------------------------------------------------- */

static void test_results_by_name_and_by_number(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_result *r = NULL;
  assert_ok(ctx, lg_culture_make(ctx, 2, 20, 30, 0.0, 0.0, &r));
  const size_t n = lg_result_n_arrays(r);
  assert_true(n >= 9);
  for (size_t k = 0; k < n; k++) {
    const lg_array *a = lg_result_array_at(r, k);
    assert_ptr_equal(lg_result_array(r, a->name), a);
    assert_true(a->n_dims >= 1 && a->n_dims <= LG_ARRAY_MAX_DIMS);
    bool empty = false;
    for (size_t d = 0; d < a->n_dims; d++) empty = empty || a->shape[d] == 0;
    assert_int_equal(a->data == NULL, empty);
  }
  assert_null(lg_result_array_at(r, n));
  assert_null(lg_result_array(r, "nothing"));
  assert_null(lg_result_text(r, "nothing"));
  assert_int_equal(lg_result_n_texts(r), 1);
  assert_string_equal(lg_result_text_name(r, 0), "json");
  assert_null(lg_result_text_name(r, 1));
  assert_non_null(strstr(lg_result_text(r, "json"), "\"k\""));
  lg_result_destroy(ctx, r);
  lg_result_destroy(ctx, NULL);
  lg_ctx_destroy(ctx);
}

/* ---- refusals ------------------------------------------------------------------------------------- */

/* A call that is refused leaves NULL and names what was wrong. */
#define assert_refused(ctx, wanted, words, expr, result)                                                               \
  do {                                                                                                                 \
    assert_int_equal((expr), (wanted));                                                                                \
    assert_null(result);                                                                                               \
    if (!strstr(lg_ctx_message(ctx), (words))) fail_msg("%s: %s", #expr, lg_ctx_message(ctx));                         \
  } while (0)

static void test_refusals(void **state) {
  (void)state;
  static const double strain[] = {0, 0.01, 0.02};
  static const double area[] = {10, 11}, one[] = {1};
  static const uint8_t border[] = {0, 0};
  static const uint32_t self[] = {1, 1};
  static const char *const constants[] = {"EAA"};
  lg_ctx *ctx = lg_test_ctx();
  lg_result *r = NULL;
  lg_cell *cell = NULL;
  lg_culture_graph *graph = NULL;
  lg_cell_options cells_how = LG_CELL_OPTIONS_INIT;
  lg_axon_options axons_how = LG_AXON_OPTIONS_INIT;
  lg_calcium_options waves_how = LG_CALCIUM_OPTIONS_INIT;
  lg_figure_options figure = LG_FIGURE_OPTIONS_INIT;
  assert_refused(ctx, LG_ERR_RANGE, "0 lines", lg_figure_lines(ctx, NULL, 0, NULL, &r), r);
  figure.width = 1e9;
  assert_refused(ctx, LG_ERR_RANGE, "px", lg_figure_lines(ctx, NULL, 0, &figure, &r), r);
  figure.size = 8;
  assert_refused(ctx, LG_ERR_ARGUMENT, "INIT", lg_figure_lines(ctx, NULL, 0, &figure, &r), r);
  assert_refused(ctx, LG_ERR_FORMAT, "", lg_cell_load(ctx, "cell", "{\"sections\": 5}", &cell), cell);
  assert_ok(ctx, lg_cell_load(ctx, "cell", cell_json, &cell));
  cells_how.scheme = "leapfrog";
  assert_refused(ctx, LG_ERR_NOT_FOUND, "leapfrog", lg_cell_simulate(ctx, cell, &cells_how, &r), r);
  cells_how.scheme = "nrn";
  cells_how.dt_ms = (double)NAN;
  assert_refused(ctx, LG_ERR_RANGE, "dt_ms", lg_cell_simulate(ctx, cell, &cells_how, &r), r);
  cells_how.dt_ms = 0.0;
  cells_how.frames_ms = (const double[]){2.0};
  cells_how.n_frames = 1;
  assert_refused(ctx, LG_ERR_RANGE, "frame 0", lg_cell_simulate(ctx, cell, &cells_how, &r), r);
  lg_cell_destroy(ctx, cell);
  waves_how.space_order = 3;
  assert_refused(ctx, LG_ERR_RANGE, "space_order", lg_calcium_run_case(ctx, "w", wave_json, &waves_how, &r), r);
  assert_refused(ctx, LG_ERR_FORMAT, "cable",
                 lg_calcium_run_case(ctx, "w", "{\"cable\": {\"cell\": \"x.json\"}}", NULL, &r), r);
  assert_refused(ctx, LG_ERR_IO, "none.json", lg_calcium_run_case(ctx, "w", "{\"cable\": \"none.json\"}", NULL, &r), r);
  waves_how.space_order = 2;
  waves_how.tolerance = 0.01;
  assert_refused(ctx, LG_ERR_UNSUPPORTED, "interval_ms", lg_calcium_run_case(ctx, coupled, NULL, &waves_how, &r), r);
  assert_refused(ctx, LG_ERR_RANGE, "0 profiles", lg_axon_strain_simulate(ctx, strain, 0, 3, 1e-3, NULL, &r), r);
  axons_how.names = constants;
  axons_how.values = one;
  axons_how.n_constants = 1;
  assert_refused(ctx, LG_ERR_NOT_FOUND, "EAA", lg_axon_strain_simulate(ctx, strain, 1, 3, 1e-3, &axons_how, &r), r);
  assert_refused(ctx, LG_ERR_RANGE, "edge 0", lg_culture_graph_make(ctx, 2, area, border, 1, self, one, one, &graph),
                 graph);
  lg_ctx_destroy(ctx);
}

static void test_trial_and_screen_refuse(void **state) {
  (void)state;
  static const char *const carbamazepine[] = {"carbamazepine"}, *const nobody[] = {"nobodamine"};
  static const char *const squid[] = {"{\"model\": \"hh52\"}"}, *const names[] = {"squid"};
  lg_ctx *ctx = lg_test_ctx();
  lg_result *r = NULL;
  lg_drug_table *table = NULL;
  lg_trial_options trial = LG_TRIAL_OPTIONS_INIT;
  lg_screen_options screen = LG_SCREEN_OPTIONS_INIT;
  assert_ok(ctx, lg_drug_table_load(ctx, drugs, &table));
  assert_true(lg_drug_table_count(table) > 40);
  assert_null(lg_drug_table_name(table, lg_drug_table_count(table)));
  assert_refused(ctx, LG_ERR_RANGE, "0 drugs", lg_trial_give(ctx, "x", squid[0], table, &trial, &r), r);
  trial.drugs = nobody;
  trial.n_drugs = 1;
  trial.doses = "1uM";
  assert_refused(ctx, LG_ERR_NOT_FOUND, "nobodamine", lg_trial_give(ctx, "x", squid[0], table, &trial, &r), r);
  trial.drugs = carbamazepine;
  assert_refused(ctx, LG_ERR_UNSUPPORTED, "hh52", lg_trial_give(ctx, "x", squid[0], table, &trial, &r), r);
  trial.doses = "1";
  assert_refused(ctx, LG_ERR_ARGUMENT, "", lg_trial_give(ctx, "x", squid[0], table, &trial, &r), r);
  assert_refused(ctx, LG_ERR_RANGE, "0 twins", lg_screen_run(ctx, names, squid, 0, table, &screen, &r), r);
  lg_bath_options bath = LG_BATH_OPTIONS_INIT;
  bath.gaba_tonic_uM = -1.0;
  screen.bath = &bath;
  assert_refused(ctx, LG_ERR_RANGE, "bath", lg_screen_run(ctx, names, squid, 1, table, &screen, &r), r);
  assert_string_equal(lg_verdict_word(0), "silenced");
  assert_null(lg_verdict_word(100));
  lg_drug_table_destroy(ctx, table);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_allocation_may_fail),
      cmocka_unit_test(test_results_by_name_and_by_number),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_trial_and_screen_refuse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
