/* The report of a screen: same bytes, read back whole, safe, small enough, with every compound in it. */
#define _XOPEN_SOURCE 700
#include "tests/alloc.h"

#include "base/base.h"
#include "base/elementary.h"
#include "io/json_read.h"
#include "tests/unit/report_checks.h"
#include "twin/figure_verdict.h"
#include "twin/screen_report.h"
#include "twin/screen_report_view.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 1000, DOSES = 10 };
static double dose_uM[DOSES];
static lg_screen_compound compounds[MOST];
static char names[MOST][40];
static lg_screen_cell cells[MOST * DOSES];
static const char *const evil[] = {"</script><script>alert(1)</script>", "a & b < c \"quoted\" 'single' \xff broken"};

/* Blockers, enhancers and inert ones of many potencies. */
static void fill(void) {
  static const char *const known[] = {"carbamazepine", "XE991", "tetrodotoxin", "4-aminopyridine", "retigabine"};
  lg_rng rng = lg_rng_make(1, 2, 3);
  for (int j = 0; j < DOSES; j++) dose_uM[j] = lg_exp(lg_ln(0.01) + lg_ln(1e4) * j / (DOSES - 1.0));
  for (int k = 0; k < MOST; k++) {
    if (k < 5) (void)snprintf(names[k], sizeof names[k], "%s", known[k]);
    else (void)snprintf(names[k], sizeof names[k], "LIB-%04d", k);
    const double K = lg_exp(2.0 + 3.0 * lg_rng_normal(&rng));
    const int kind = k % 7 == 0 ? 1 : (k % 5 == 0 ? 2 : (k % 11 == 0 ? 3 : 0));
    compounds[k] = (lg_screen_compound){.name = names[k],
                                        .targets = "Nav1.2 3 uM",
                                        .free_low_uM = k % 3 ? (double)NAN : 0.1 * K,
                                        .free_high_uM = k % 3 ? (double)NAN : 0.5 * K,
                                        .ec50_uM = kind ? K : (double)NAN};
    for (int j = 0; j < DOSES; j++) {
      lg_screen_cell *c = &cells[k * DOSES + j];
      const double h = dose_uM[j] / K, share = h / (1.0 + h);
      *c = (lg_screen_cell)LG_SCREEN_CELL_INIT;
      c->area_ratio = kind == 1
                          ? 1.0 - share
                          : (kind == 2 ? 1.0 + 1.2 * share : (kind == 3 ? 1.0 + 0.15 * share : 1.0 + 0.02 * share));
      c->rheobase_ratio = 1.0 / c->area_ratio;
      c->verdict = c->area_ratio < 0.03
                       ? LG_VERDICT_SILENCED
                       : (c->area_ratio < 0.8 ? LG_VERDICT_INHIBITED
                                              : (c->area_ratio > 1.25 ? LG_VERDICT_EXCITED : LG_VERDICT_UNCHANGED));
      if (kind == 2 && share > 0.95) c->verdict = LG_VERDICT_BLOCK;
      if (kind == 3 && share > 0.8) c->verdict = LG_VERDICT_MIXED;
      c->area_lo = 0.8 * c->area_ratio;
      c->area_hi = 1.2 * c->area_ratio;
      c->affected = fabs(c->area_ratio - 1.0) > 1.0 ? 1.0 : fabs(c->area_ratio - 1.0);
      for (int v = 0; v < LG_VERDICTS; v++) c->share[v] = v == LG_VERDICT_UNCHANGED ? 1.0 - c->affected : 0.0;
      c->share[c->area_ratio < 1.0 ? LG_VERDICT_INHIBITED : LG_VERDICT_EXCITED] = c->affected;
    }
  }
  cells[3 * DOSES + 9] = (lg_screen_cell)LG_SCREEN_CELL_INIT;
  compounds[6].name = evil[0];
  compounds[6].flags = evil[1];
}

static lg_screen_report_data some(size_t n, size_t individuals) {
  static const lg_screen_failure failures[] = {{"4-aminopyridine", 100.0,
                                                "the potential left \xe2\x88\x92"
                                                "500 \xe2\x80\xa6 500 mV"}};
  lg_screen_report_data d = LG_SCREEN_REPORT_DATA_INIT;
  d.library = "lib/library.csv";
  d.twins = individuals > 1 ? "200 virtual patients of twin.json" : "twin.json";
  d.model = "tm";
  d.domain = "green";
  d.created = "2026-01-02T03:04:05Z";
  d.n_individuals = individuals;
  d.n_compounds = n;
  d.compounds = compounds;
  d.n_doses = DOSES;
  d.dose_uM = dose_uM;
  d.cells = cells;
  d.n_failed_points = d.n_failures = 1;
  d.failures = failures;
  d.n_notes = d.n_reasons = 2;
  d.notes = d.reasons = evil;
  d.provenance_json = "{\"program\":\"loligo\",\"words\":\"</script>\",\"seed\": 7}";
  return d;
}

static int setup(void **state) {
  if (make_dir(state) != 0 || open_ctx(state) != 0) return -1;
  fill();
  return 0;
}

static int teardown(void **state) { return close_ctx(state) | remove_dir(state); }

static const char *const files[] = {"screen.json",  "report.html",     "report.pdf",     "fig-heat.svg",
                                    "fig-heat.png", "fig-counts.svg",  "fig-counts.png", "fig-dose.svg",
                                    "fig-dose.png", "fig-affected.svg"};

static void same_bytes_from_the_saved_run(void **state) {
  (void)state;
  const lg_screen_report_data d = some(30, 200);
  lg_screen_report *r = NULL;
  assert_ok(ctx, lg_screen_report_write(ctx, &d, in("a", NULL), LG_REPORT_ALL));
  assert_ok(ctx, lg_screen_report_read(ctx, in("a", NULL), &r));
  assert_ok(ctx, lg_screen_report_write(ctx, lg_screen_report_get(r), in("b", NULL), LG_REPORT_ALL));
  for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) assert_same_file("a", "b", files[k], 3000);
  lg_screen_report_destroy(ctx, r);
}

static void a_screen_reads_back_whole(void **state) {
  (void)state;
  const lg_screen_report_data d = some(30, 200);
  lg_screen_report *r = NULL;
  assert_ok(ctx, lg_screen_report_write(ctx, &d, in("c", NULL), 0));
  assert_ok(ctx, lg_screen_report_read(ctx, in("c", "screen.json"), &r));
  const lg_screen_report_data *q = lg_screen_report_get(r);
  assert_true(q->n_compounds == 30 && q->n_doses == DOSES && q->n_individuals == 200);
  assert_memory_equal(q->dose_uM, dose_uM, sizeof dose_uM);
  assert_string_equal(q->compounds[6].name, evil[0]);
  assert_true(q->cells[3 * DOSES + 9].verdict == -1 && isnan(q->cells[3 * DOSES + 9].area_ratio));
  for (int k = 0; k < 30 * DOSES; k++) {
    assert_int_equal(q->cells[k].verdict, cells[k].verdict);
    if (cells[k].verdict < 0) continue;
    assert_true(fabs(q->cells[k].area_ratio - cells[k].area_ratio) <= 0.51e-4);
    assert_true(fabs(q->cells[k].affected - cells[k].affected) <= 0.51e-4);
    assert_true(fabs(q->cells[k].share[LG_VERDICT_INHIBITED] - cells[k].share[LG_VERDICT_INHIBITED]) <= 0.51e-4);
  }
  assert_string_equal(q->failures[0].compound, "4-aminopyridine");
  lg_screen_report_destroy(ctx, r);
}

static void pages_are_safe_and_small(void **state) {
  (void)state;
  static const struct {
    const char *folder;
    size_t n, individuals;
  } rows[] = {{"one", 1, 500}, {"few", 12, 1}, {"many", MOST, 1}, {"patients", MOST, 100}};
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    const lg_screen_report_data d = some(rows[k].n, rows[k].individuals);
    size_t bytes;
    assert_ok(ctx, lg_screen_report_write(ctx, &d, in(rows[k].folder, NULL), LG_REPORT_HTML));
    char *html = read_file(rows[k].folder, "report.html", &bytes);
    assert_safe_page(html);
    assert_unique_ids(html);
    assert_null(strstr(html, "alert(1)</script"));
    if (bytes >= 3000000) fail_msg("%s: the page has %zu bytes", rows[k].folder, bytes);
    const char *data = strstr(html, "id=\"loligo-data\"");
    assert_non_null(data);
    for (size_t c = 0; c < rows[k].n; c += 37) { /* every compound is in the data of the page */
      char quoted[64];
      (void)snprintf(quoted, sizeof quoted, "\"name\": \"%.39s\"", names[c]);
      if (c != 6) assert_non_null(strstr(data, quoted));
    }
    lg_free(ctx, html);
  }
}

/* Ranked by the lowest dose that changes something; counts agree with the cells. */
static void the_ranking_follows_the_doses(void **state) {
  (void)state;
  const lg_screen_report_data d = some(MOST, 1);
  lg_screen_view *v = NULL;
  assert_ok(ctx, lg_screen_view_create(ctx, &d, &v));
  size_t hits = 0, last = 0;
  for (size_t k = 0; k < MOST; k++) {
    const lg_screen_rank *r = &v->ranks[k];
    assert_true(r->first >= last);
    last = r->first;
    for (size_t j = 0; j < DOSES; j++) {
      const int verdict = cells[r->compound * DOSES + j].verdict;
      if (j < r->first) assert_true(verdict < 0 || verdict == LG_VERDICT_UNCHANGED);
      if (j == r->first) assert_true(verdict >= 0 && verdict != LG_VERDICT_UNCHANGED);
    }
    hits += r->first < DOSES;
  }
  assert_int_equal(hits, v->n_hits);
  size_t sum = 0;
  for (int k = 0; k <= LG_VERDICTS; k++) sum += v->by_verdict[9 * (LG_VERDICTS + 1) + k];
  assert_int_equal(sum, MOST);
  assert_int_equal(v->by_verdict[9 * (LG_VERDICTS + 1) + LG_VERDICTS], 1);
  lg_screen_view_destroy(ctx, v);
}

/* With an ill twin the compounds that heal it come first. */
static void those_that_heal_come_first(void **state) {
  (void)state;
  lg_screen_report_data d = some(60, 1);
  d.healthy_area_ratio = 0.5;
  lg_screen_view *v = NULL;
  assert_ok(ctx, lg_screen_view_create(ctx, &d, &v));
  assert_true(v->n_restored > 0 && v->n_restored < 60);
  for (size_t k = 0; k < v->n_restored; k++) {
    const lg_screen_rank *r = &v->ranks[k];
    assert_true(r->restored < DOSES);
    assert_true(fabs(cells[r->compound * DOSES + r->restored].area_ratio / 0.5 - 1.0) <= 0.2001);
  }
  lg_screen_view_destroy(ctx, v);
  assert_ok(ctx, lg_screen_report_write(ctx, &d, in("ill", NULL), LG_REPORT_ALL));
  char *html = read_file("ill", "report.html", NULL);
  assert_safe_page(html);
  assert_non_null(strstr(html, "restores at"));
  lg_free(ctx, html);
}

/* Doses as multiples of what is therapeutic: no microM on axes, none of them read as a concentration. */
static void doses_may_be_multiples(void **state) {
  (void)state;
  lg_screen_report_data d = some(12, 1);
  lg_screen_report *r = NULL;
  d.multiples = true;
  assert_ok(ctx, lg_screen_report_write(ctx, &d, in("multiples", NULL), LG_REPORT_ALL));
  assert_ok(ctx, lg_screen_report_read(ctx, in("multiples", NULL), &r));
  assert_true(lg_screen_report_get(r)->multiples);
  lg_screen_report_destroy(ctx, r);
  char *svg = read_file("multiples", "fig-heat.svg", NULL);
  assert_non_null(strstr(svg, "\xc3\x97 therapeutic"));
  assert_null(strstr(svg, "\xc2\xb5M"));
  lg_free(ctx, svg);
  char *html = read_file("multiples", "report.html", NULL);
  assert_safe_page(html);
  assert_non_null(strstr(html, "First dose (\xc3\x97)"));
  lg_free(ctx, html);
}

static void broken_data_are_refused(void **state) {
  (void)state;
  lg_screen_report_data d = some(0, 1);
  assert_int_equal(lg_screen_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_ARGUMENT);
  d = some(3, 1);
  const double bad[DOSES] = {1.0, 1.0};
  d.dose_uM = bad;
  assert_int_equal(lg_screen_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_ARGUMENT);
  d = some(3, 1);
  d.n_notes = 1;
  d.notes = NULL;
  assert_int_equal(lg_screen_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_ARGUMENT);
  struct stat st;
  assert_int_not_equal(stat(in("x", "screen.json"), &st), 0);
}

static void damaged_runs_are_refused(void **state) {
  (void)state;
  const lg_screen_report_data d = some(3, 1);
  lg_screen_report *r = NULL;
  size_t n;
  assert_int_equal(lg_screen_report_read(ctx, in("nowhere", NULL), &r), LG_ERR_IO);
  assert_ok(ctx, lg_screen_report_write(ctx, &d, in("d", NULL), 0));
  char *json = read_file("d", "screen.json", &n);
  const char *const from[] = {"\"unchanged\",", "\"loligo-screen/1\"", "\"area_ratio\": [", "\"dose_uM\": ["};
  const char *const to[] = {"\"untouched\",", "\"loligo-screen/9\"", "\"area_ratio\": [1, ", "\"dose_uM\": [1, "};
  for (size_t k = 0; k < sizeof from / sizeof from[0]; k++) {
    const char *at = strstr(json, from[k]);
    assert_non_null(at);
    FILE *s = fopen(in("d", "screen.json"), "wb");
    assert_non_null(s);
    (void)fwrite(json, 1, (size_t)(at - json), s);
    (void)fputs(to[k], s);
    (void)fputs(at + strlen(from[k]), s);
    assert_int_equal(fclose(s), 0);
    assert_int_equal(lg_screen_report_read(ctx, in("d", NULL), &r), LG_ERR_FORMAT);
    assert_null(r);
  }
  lg_free(ctx, json);
}

static lg_status write_and_read(lg_ctx *c) {
  const lg_screen_report_data d = some(2, 3);
  lg_screen_report *r = NULL;
  lg_status status = lg_screen_report_write(c, &d, in("memory", NULL), LG_REPORT_HTML);
  if (status == LG_OK) status = lg_screen_report_read(c, in("memory", NULL), &r);
  lg_screen_report_destroy(c, r);
  return status;
}

static void nothing_is_left_when_memory_ends(void **state) {
  (void)state;
  assert_true(lg_exhaust("screen report", write_and_read) > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_bytes_from_the_saved_run),    cmocka_unit_test(a_screen_reads_back_whole),
      cmocka_unit_test(pages_are_safe_and_small),         cmocka_unit_test(the_ranking_follows_the_doses),
      cmocka_unit_test(those_that_heal_come_first),       cmocka_unit_test(doses_may_be_multiples),
      cmocka_unit_test(broken_data_are_refused),          cmocka_unit_test(damaged_runs_are_refused),
      cmocka_unit_test(nothing_is_left_when_memory_ends),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
