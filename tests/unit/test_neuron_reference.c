/* Spike times of all reference cases: the reference solver to the accuracy of the data, rk4 at 0.025 ms to 0.01 ms. */
#include "tests/one_ctx.h"

#include "io/json_read.h"

#include <loligo/neuron.h>
#include <math.h>
#include <string.h>

enum { MAX_CELLS = 24, MAX_ROWS = 1000 };

/* A small CSV: names in the first row, empty cells allowed. */
typedef struct table {
  char *text;
  size_t n_columns, n_rows;
  const char *cell[MAX_ROWS][MAX_CELLS]; /* row 0: names */
} table;

static table *read_table(const char *name) {
  char path[512];
  size_t n;
  unsigned char *bytes;
  table *t = calloc(1, sizeof *t);
  assert_non_null(t);
  (void)snprintf(path, sizeof path, "%s/neuron/%s", LG_TEST_DATA, name);
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &bytes, &n));
  t->text = (char *)bytes;
  size_t row = 0, column = 0;
  t->cell[0][0] = t->text;
  for (char *p = t->text; *p; p++) {
    if (*p != ',' && *p != '\n') continue;
    const bool line_end = *p == '\n';
    *p = '\0';
    if (line_end) {
      t->n_columns = column + 1;
      column = 0;
      row++;
    } else column++;
    assert_true(row < MAX_ROWS && column < MAX_CELLS);
    t->cell[row][column] = p + 1;
  }
  t->n_rows = row - 1;
  return t;
}

static void free_table(table *t) {
  lg_free(ctx, t->text);
  free(t);
}

static const char *at(const table *t, size_t row, const char *column) {
  for (size_t c = 0; c < t->n_columns; c++)
    if (strcmp(t->cell[0][c], column) == 0) return t->cell[row + 1][c];
  fail_msg("no column %s", column);
  return NULL;
}

static void add_segment(const lg_json_at *seg, lg_protocol *p) {
  const char *type;
  double *values = NULL;
  lg_segment s = {.type = LG_SEGMENT_CONST};
  assert_ok(ctx, lg_json_get_text(ctx, seg, "type", &type));
  assert_ok(ctx, lg_json_get_number(ctx, seg, "t0", "ms", &s.t0_ms));
  assert_ok(ctx, lg_json_get_number(ctx, seg, "t1", "ms", &s.t1_ms));
  if (strcmp(type, "ramp") == 0) s.type = LG_SEGMENT_RAMP;
  if (strcmp(type, "chirp") == 0) s.type = LG_SEGMENT_CHIRP;
  if (strcmp(type, "zoh") == 0) s.type = LG_SEGMENT_HOLD;
  struct {
    const char *key;
    double *x;
  } keys[] = {{"amp", &s.amp_pA}, {"a0", &s.from_pA}, {"a1", &s.to_pA}, {"mean", &s.mean_pA},
              {"f0", &s.f0_Hz},   {"f1", &s.f1_Hz},   {"dt", &s.dt_ms}};
  for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
    assert_ok(ctx, lg_json_get_number_or(ctx, seg, keys[k].key, NULL, -1e9, 1e9, 0.0, keys[k].x));
  if (s.type == LG_SEGMENT_HOLD) assert_ok(ctx, lg_json_get_numbers(ctx, seg, "vals", "pA", &values, &s.n_values));
  s.values_pA = values;
  assert_ok(ctx, lg_protocol_add(ctx, p, &s));
  lg_free(ctx, values);
}

static lg_protocol *read_protocol(const lg_json_at *root, const char *name, const char *stim) {
  lg_json_at item, place, segs;
  lg_protocol *p;
  double duration, sample;
  size_t n;
  assert_ok(ctx, lg_json_get_key(ctx, root, name, &item));
  assert_ok(ctx, lg_json_get_key(ctx, &item, stim, &place));
  if (lg_json_has(&place, "stim")) {
    item = place;
    assert_ok(ctx, lg_json_get_key(ctx, &item, "stim", &place));
  }
  assert_ok(ctx, lg_json_get_number(ctx, &place, "T", "ms", &duration));
  assert_ok(ctx, lg_json_get_number(ctx, &place, "sample", "ms", &sample));
  assert_ok(ctx, lg_protocol_create(ctx, duration, sample, &p));
  assert_ok(ctx, lg_json_get_array(ctx, &place, "segs", &segs, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at seg = lg_json_item(&segs, k);
    add_segment(&seg, p);
  }
  return p;
}

static lg_neuron read_neuron(const table *params, size_t row, bool izhikevich) {
  lg_neuron neuron;
  const char *variant = izhikevich ? at(params, row, "variant") : "";
  const char *model = izhikevich ? "izhikevich" : strcmp(at(params, row, "model"), "HH52") == 0 ? "hh52" : "tm";
  if (strcmp(variant, "FERG") == 0) variant = "klowkhigh";
  assert_ok(ctx, lg_neuron_init(ctx, model, variant, &neuron));
  for (size_t c = 2; c < params->n_columns; c++) {
    const char *name = params->cell[0][c], *text = params->cell[row + 1][c];
    if (text[0] == '\0' || lg_model_field(neuron.info, name) == SIZE_MAX) continue;
    assert_ok(ctx, lg_neuron_set(ctx, &neuron, name, strtod(text, NULL)));
  }
  return neuron;
}

/* Largest difference of the first max spikes; INFINITY when their number differs. */
static double compare(const table *spikes, const char *column, const char *name, const char *stim,
                      const lg_simulation *sim, size_t max) {
  size_t n = 0;
  double worst = 0.0;
  for (size_t r = 0; r < spikes->n_rows; r++) {
    if (strcmp(at(spikes, r, "case"), name) != 0 || strcmp(at(spikes, r, "stim"), stim) != 0) continue;
    if (n < max && n >= sim->n_spikes) return (double)INFINITY;
    if (n < max) worst = fmax(worst, fabs(sim->spikes_ms[n] - strtod(at(spikes, r, column), NULL)));
    n++;
  }
  return n < max && n != sim->n_spikes ? (double)INFINITY : worst;
}

static double tolerance(const char *name, const char *stim, bool izhikevich) {
  if (izhikevich) return strncmp(name, "FERG", 4) == 0 ? 2e-6 : 1e-6;
  const bool hard = (strcmp(name, "HH52") == 0 && strcmp(stim, "clone") == 0) ||
                    (strcmp(name, "TMP0") == 0 && strcmp(stim, "step") == 0);
  return hard ? 3e-5 : 1e-5;
}

static void run_family(bool izhikevich, lg_solver solver) {
  static const char *const stims[] = {"step", "clone", "chirp", "noise"};
  char path[512];
  lg_json_doc *doc = NULL;
  (void)snprintf(path, sizeof path, "%s/neuron/%s_stimuli.json", LG_TEST_DATA, izhikevich ? "izh" : "hh");
  assert_ok(ctx, lg_json_load(ctx, path, LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  table *params = read_table(izhikevich ? "izh_params.csv" : "hh_params.csv");
  table *spikes = read_table(izhikevich ? "izh_spikes.csv" : "hh_spikes.csv");
  const lg_simulate_options o = {
      .size = sizeof o, .solver = solver, .dt_ms = 0.025, .rtol = 1e-12, .atol = 1e-11, .no_trace = 1};
  double worst_of_all = 0.0;
  for (size_t r = 0; r < params->n_rows; r++) {
    const char *name = at(params, r, "case");
    const lg_neuron neuron = read_neuron(params, r, izhikevich);
    for (size_t k = 0; k < 4; k++) {
      lg_simulation *sim = NULL;
      lg_protocol *p = read_protocol(&root, name, stims[k]);
      assert_ok(ctx, lg_simulate(ctx, &neuron, p, &o, &sim));
      const bool exact = solver == LG_SOLVER_REFERENCE;
      const double worst =
          compare(spikes, izhikevich ? "t_ms" : "t_cross_m20mV_ms", name, stims[k], sim, exact ? SIZE_MAX : 20);
      const double limit = exact ? tolerance(name, stims[k], izhikevich) : 0.01;
      if (!(worst <= limit)) fail_msg("%s %s: max |dt| %g ms, allowed %g", name, stims[k], worst, limit);
      worst_of_all = fmax(worst_of_all, worst);
      lg_simulation_destroy(ctx, sim);
      lg_protocol_destroy(ctx, p);
    }
  }
  print_message("max |dt| %.2e ms\n", worst_of_all);
  free_table(params);
  free_table(spikes);
  lg_json_doc_destroy(ctx, doc);
}

static void test_izhikevich_reference(void **state) {
  (void)state;
  run_family(true, LG_SOLVER_REFERENCE);
}
static void test_hh_reference(void **state) {
  (void)state;
  run_family(false, LG_SOLVER_REFERENCE);
}
static void test_izhikevich_rk4(void **state) {
  (void)state;
  run_family(true, LG_SOLVER_RK4);
}
static void test_hh_rk4(void **state) {
  (void)state;
  run_family(false, LG_SOLVER_RK4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_izhikevich_reference),
      cmocka_unit_test(test_hh_reference),
      cmocka_unit_test(test_izhikevich_rk4),
      cmocka_unit_test(test_hh_rk4),
  };
  return cmocka_run_group_tests_name("neuron_reference", tests, open_ctx, close_ctx);
}
