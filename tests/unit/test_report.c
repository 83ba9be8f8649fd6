#include "tests/unit/report_checks.h"

#include "base/base.h"
#include "twin/report.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* A made-up cell: five sweeps of 1 s at 10 kHz, three parameters, and words that try to break out of a page. */
enum { SWEEPS = 5, N = 10000, DRAWS = 200 };
static double v[SWEEPS][N], i[SWEEPS][N], twin[SWEEPS][N], low[N], high[N], draws[DRAWS * 3];
static lg_report_sweep sweeps[SWEEPS];
static lg_report_parameter parameters[3];
static const char *const evil[] = {"</script><script>alert(1)</script>", "a & b < c \"quoted\" 'single' \xff broken"};

static void fill(void) {
  lg_rng rng = lg_rng_make(3, 4, 5);
  for (int k = 0; k < SWEEPS; k++) {
    for (int j = 0; j < N; j++) {
      const bool spike = k > 1 && j > 2000 && j < 8000 && j % (4000 / k) < 10;
      i[k][j] = j >= 2000 && j < 8000 ? 50.0 * (k - 1) : 0.0;
      twin[k][j] = spike ? 30.0 : -65.0 + 0.1 * i[k][j];
      v[k][j] = twin[k][j] + 0.3 * lg_rng_normal(&rng);
    }
    sweeps[k] = (lg_report_sweep)LG_REPORT_SWEEP_INIT;
    sweeps[k].number = k;
    sweeps[k].n = N;
    sweeps[k].dt_ms = 0.1;
    sweeps[k].v_mV = v[k];
    sweeps[k].i_pA = i[k];
    sweeps[k].twin_mV = twin[k];
    sweeps[k].fitted = k % 2 == 0;
    sweeps[k].step_pA = 50.0 * (k - 1);
    sweeps[k].step_on_ms = 200.0;
    sweeps[k].step_off_ms = 800.0;
    sweeps[k].n_spikes = sweeps[k].n_spikes_twin = k > 1 ? 3 * k : 0;
  }
  for (int j = 0; j < N; j++) low[j] = twin[3][j] - 1.0, high[j] = twin[3][j] + 1.0;
  sweeps[3].twin_lo_mV = low;
  sweeps[3].twin_hi_mV = high;
  v[1][5000] = (double)NAN;
  static const char *const names[] = {"C", "Rin", "tau"}, *const units[] = {"pF", "MOhm", "ms"};
  for (int k = 0; k < 3; k++) {
    parameters[k] = (lg_report_parameter)LG_REPORT_PARAMETER_INIT;
    parameters[k].name = names[k];
    parameters[k].unit = units[k];
    parameters[k].value = 100.0 * (k + 1);
    parameters[k].sd = 2.0;
    parameters[k].lo95 = parameters[k].value - 4.0;
    parameters[k].hi95 = parameters[k].value + 4.0;
    for (int d = 0; d < DRAWS; d++) draws[3 * d + k] = parameters[k].value + 2.0 * lg_rng_normal(&rng);
  }
}

static lg_report_data whole(void) {
  static const lg_report_feature features[] = {{"V_rest_mV", "mV", -65.1, -65.0, "Median of the baselines."},
                                               {"tau_ms", "ms", (double)NAN, 12.0, NULL}};
  static const lg_report_check checks[] = {{"chi2", 1.1, 0.8, 1.25, "", true},
                                           {"count error", 0.4, -(double)INFINITY, 1.0, "spikes", true}};
  static const lg_report_candidate candidates[] = {{"izhikevich", "std", 1.1, 0.4, true, true, NULL}};
  static const lg_report_fact training[] = {{"Training domain", "simulated neurons"}};
  lg_report_data d = LG_REPORT_DATA_INIT;
  d.title = evil[0];
  d.source = "cell.abf";
  d.format = "ABF2";
  d.created = "2026-01-02T03:04:05Z";
  d.model = "izhikevich";
  d.variant = "std";
  d.stage = "refined";
  d.domain = "green";
  d.accepted = true;
  d.chi2_per_sample = 1.1;
  d.n_sweeps = SWEEPS;
  d.sweeps = sweeps;
  d.n_parameters = 3;
  d.parameters = parameters;
  d.n_samples = DRAWS;
  d.samples = draws;
  d.n_features = 2;
  d.features = features;
  d.n_checks = 2;
  d.checks = checks;
  d.n_candidates = 1;
  d.candidates = candidates;
  d.n_training = 1;
  d.training = training;
  d.n_reasons = d.n_limits = d.n_warnings = 2;
  d.reasons = d.limits = d.warnings = evil;
  d.provenance_json = "{\"program\":\"loligo\",\"words\":\"</script>\",\"seed\": 7}";
  return d;
}

static int setup(void **state) {
  if (make_dir(state) != 0 || open_ctx(state) != 0) return -1;
  fill();
  return 0;
}

static int teardown(void **state) { return close_ctx(state) | remove_dir(state); }

static const char *const files[] = {"run.json",          "traces.csv",         "report.html",        "report.pdf",
                                    "fig-overlay.svg",   "fig-overlay.png",    "fig-fi.svg",         "fig-fi.png",
                                    "fig-phase.svg",     "fig-parameters.svg", "fig-parameters.png", "fig-phase.png",
                                    "fig-posterior.svg", "fig-posterior.png"};

static void assert_same_files(const char *a, const char *b, size_t first) {
  for (size_t k = first; k < sizeof files / sizeof files[0]; k++) assert_same_file(a, b, files[k], 0);
}

static void same_bytes_twice_and_from_the_saved_run(void **state) {
  (void)state;
  const lg_report_data d = whole();
  lg_report *r = NULL;
  assert_ok(ctx, lg_report_write(ctx, &d, in("a", NULL), LG_REPORT_ALL));
  assert_ok(ctx, lg_report_write(ctx, &d, in("b", NULL), LG_REPORT_ALL));
  assert_same_files("a", "b", 0);
  assert_ok(ctx, lg_report_read(ctx, in("a", NULL), &r));
  assert_ok(ctx, lg_report_render(ctx, lg_report_get(r), in("c", NULL), LG_REPORT_ALL));
  assert_same_files("a", "c", 2);
  assert_ok(ctx, lg_report_write(ctx, lg_report_get(r), in("d", NULL), LG_REPORT_ALL));
  assert_same_files("a", "d", 0);
  lg_report_destroy(ctx, r);
}

static void a_run_reads_back_whole(void **state) {
  (void)state;
  const lg_report_data d = whole();
  lg_report *r = NULL;
  assert_ok(ctx, lg_report_write(ctx, &d, in("e", NULL), 0));
  assert_ok(ctx, lg_report_read(ctx, in("e", "run.json"), &r));
  const lg_report_data *q = lg_report_get(r);
  assert_string_equal(q->title, d.title);
  assert_null(q->pairing);
  assert_int_equal(q->n_sweeps, SWEEPS);
  assert_int_equal(q->sweeps[2].n_spikes, 6);
  assert_true(q->sweeps[0].twin_lo_mV == NULL && q->sweeps[3].twin_lo_mV != NULL);
  assert_true(isnan(q->sweeps[1].v_mV[5000]));
  for (int j = 0; j < N; j++) assert_true(fabs(q->sweeps[4].v_mV[j] - v[4][j]) <= 0.50001e-4);
  assert_memory_equal(q->samples, draws, sizeof draws);
  assert_true(q->parameters[1].hi95 == parameters[1].hi95 && isnan(q->parameters[1].prior_low));
  assert_true(q->checks[1].low == -(double)INFINITY && q->checks[1].high == 1.0);
  assert_true(isnan(q->features[1].recording));
  assert_true(q->candidates[0].chosen && !q->candidates[0].note);
  assert_string_equal(q->limits[0], evil[0]);
  lg_report_destroy(ctx, r);
}

static void the_page_is_self_contained_and_safe(void **state) {
  (void)state;
  const lg_report_data d = whole();
  assert_ok(ctx, lg_report_write(ctx, &d, in("f", NULL), LG_REPORT_HTML));
  char *html = read_file("f", "report.html", NULL);
  assert_null(strstr(html, "alert(1)</script"));
  assert_safe_page(html);
  assert_non_null(strstr(html, "\\u003c/script\\u003e"));
  assert_non_null(strstr(html, "Credibility card"));
  assert_int_equal(count_of(html, "<section"), count_of(html, "</section>"));
  assert_int_equal(count_of(html, "<figure>"), count_of(html, "</figure>"));
  lg_free(ctx, html);
}

/* Ids are unique, and what aria and clip paths point to exists. */
static void ids_are_unique(void **state) {
  (void)state;
  const lg_report_data d = whole();
  assert_ok(ctx, lg_report_write(ctx, &d, in("g", NULL), LG_REPORT_HTML));
  char *html = read_file("g", "report.html", NULL);
  assert_unique_ids(html);
  lg_free(ctx, html);
}

static void little_data_gives_a_report_too(void **state) {
  (void)state;
  lg_report_data d = LG_REPORT_DATA_INIT;
  assert_ok(ctx, lg_report_write(ctx, &d, in("empty", NULL), LG_REPORT_ALL));
  char *html = read_file("empty", "report.html", NULL);
  assert_non_null(strstr(html, "Not accepted"));
  lg_free(ctx, html);
  /* one sweep of NAN without current, twin or step; parameters without anything known */
  static double nothing[50];
  for (int k = 0; k < 50; k++) nothing[k] = (double)NAN;
  lg_report_sweep s = LG_REPORT_SWEEP_INIT;
  s.n = 50;
  s.dt_ms = 0.1;
  s.v_mV = nothing;
  lg_report_parameter p = LG_REPORT_PARAMETER_INIT;
  p.name = "C";
  d.n_sweeps = d.n_parameters = 1;
  d.sweeps = &s;
  d.parameters = &p;
  d.n_samples = 50;
  d.samples = nothing;
  lg_report *r = NULL;
  assert_ok(ctx, lg_report_write(ctx, &d, in("nan", NULL), LG_REPORT_ALL));
  assert_ok(ctx, lg_report_read(ctx, in("nan", NULL), &r));
  lg_report_destroy(ctx, r);
  html = read_file("nan", "report.html", NULL);
  assert_null(strstr(html, ">nan"));
  assert_null(strstr(html, "\"nan"));
  assert_null(strstr(html, ",nan"));
  lg_free(ctx, html);
}

static void broken_data_are_refused(void **state) {
  (void)state;
  lg_report_data d = whole();
  d.parameters = NULL;
  assert_int_equal(lg_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_ARGUMENT);
  d = whole();
  d.provenance_json = "{ not JSON";
  assert_int_equal(lg_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_FORMAT);
  lg_report_sweep s = sweeps[0];
  s.dt_ms = 0.0;
  d = whole();
  d.n_sweeps = 1;
  d.sweeps = &s;
  assert_int_equal(lg_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_ARGUMENT);
  struct stat st;
  assert_int_not_equal(stat(in("x", "run.json"), &st), 0);
}

static void put(const char *folder, const char *name, const char *bytes, size_t n) {
  FILE *s = fopen(in(folder, name), "wb");
  assert_non_null(s);
  assert_int_equal(fwrite(bytes, 1, n, s), n);
  assert_int_equal(fclose(s), 0);
}

static void damaged_runs_are_refused(void **state) {
  (void)state;
  const lg_report_data d = whole();
  lg_report *r = NULL;
  size_t n, m;
  assert_int_equal(lg_report_read(ctx, in("nowhere", NULL), &r), LG_ERR_IO);
  assert_ok(ctx, lg_report_write(ctx, &d, in("h", NULL), 0));
  char *json = read_file("h", "run.json", &n), *csv = read_file("h", "traces.csv", &m);
  csv[m / 2] = csv[m / 2] == '1' ? '2' : '1';
  put("h", "traces.csv", csv, m);
  assert_int_equal(lg_report_read(ctx, in("h", NULL), &r), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "traces.csv"));
  assert_int_equal(remove(in("h", "traces.csv")), 0);
  assert_int_equal(lg_report_read(ctx, in("h", NULL), &r), LG_ERR_IO);
  put("h", "traces.csv", csv, m);
  /* run.json cut or hit anywhere: an error, never a crash */
  for (size_t at = 0; at < n; at += 1 + n / 150) {
    put("h", "run.json", json, at);
    assert_int_not_equal(lg_report_read(ctx, in("h", NULL), &r), LG_OK);
    const char was = json[at];
    json[at] = (char)(was ^ 0x15);
    put("h", "run.json", json, n);
    if (lg_report_read(ctx, in("h", NULL), &r) == LG_OK) lg_report_destroy(ctx, r);
    json[at] = was;
  }
  lg_free(ctx, json);
  lg_free(ctx, csv);
}

/* More samples named than the file has: refused before memory is asked for. */
static void sizes_are_checked_against_the_file(void **state) {
  (void)state;
  const lg_report_data d = whole();
  lg_report *r = NULL;
  size_t n;
  assert_ok(ctx, lg_report_write(ctx, &d, in("k", NULL), 0));
  char *json = read_file("k", "run.json", &n), *at = strstr(json, "\"samples\": 10000,");
  assert_non_null(at);
  memcpy(at, "\"samples\":199999,", 17);
  put("k", "run.json", json, n);
  assert_int_equal(lg_report_read(ctx, in("k", NULL), &r), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "ends before"));
  lg_free(ctx, json);
}

static void a_folder_that_cannot_be_written_is_said(void **state) {
  (void)state;
  const lg_report_data d = whole();
  put(".", "plain-file", "x", 1);
  assert_int_not_equal(lg_report_write(ctx, &d, in("plain-file", NULL), LG_REPORT_HTML), LG_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_bytes_twice_and_from_the_saved_run),
      cmocka_unit_test(a_run_reads_back_whole),
      cmocka_unit_test(the_page_is_self_contained_and_safe),
      cmocka_unit_test(ids_are_unique),
      cmocka_unit_test(little_data_gives_a_report_too),
      cmocka_unit_test(broken_data_are_refused),
      cmocka_unit_test(damaged_runs_are_refused),
      cmocka_unit_test(sizes_are_checked_against_the_file),
      cmocka_unit_test(a_folder_that_cannot_be_written_is_said),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
