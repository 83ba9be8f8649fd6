/* The report of a trial: same bytes, read back whole, safe, complete, with figures that show something. */
#define _XOPEN_SOURCE 700
#include "tests/alloc.h"

#include "base/base.h"
#include "base/elementary.h"
#include "io/json_read.h"
#include "tests/unit/report_checks.h"
#include "twin/figure_verdict.h"
#include "twin/trial_report.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DOSES = 8, LEVELS = 12, METRICS = 4, TRACE = 4000 };
static double current[LEVELS], base[3][LEVELS], counts[DOSES][3][LEVELS], trace[DOSES + 1][TRACE];
static double baseline[METRICS], measured[DOSES][METRICS];
static lg_trial_dose doses[DOSES];
static char rules[DOSES][200];
static const char *const evil[] = {"</script><script>alert(1)</script>", "a & b < c \"quoted\" 'single' \xff broken"};

/* A sodium blocker with an IC50 of 30 uM, from 1 to 300 uM. */
static void fill(void) {
  for (int j = 0; j < LEVELS; j++) {
    current[j] = 20.0 + 30.0 * j;
    base[0][j] = j == 0 ? 0.0 : floor(6.0 + 3.1 * j);
    base[1][j] = base[0][j] > 0.0 ? base[0][j] - 1.0 : 0.0;
    base[2][j] = base[0][j] + 1.0;
  }
  for (int k = 0; k < DOSES; k++) {
    lg_trial_dose *t = &doses[k];
    *t = (lg_trial_dose)LG_TRIAL_DOSE_INIT;
    t->dose_uM = lg_exp(lg_ln(300.0) * k / (DOSES - 1.0));
    const double h = t->dose_uM / 30.0, block = h * h / (1.0 + h * h);
    double area = 0.0, whole = 0.0;
    for (int j = 0; j < LEVELS; j++) {
      double n = floor(base[0][j] * (1.0 - block) + 0.5);
      if (j < 8.0 * block) n = 0.0;
      counts[k][0][j] = n;
      counts[k][1][j] = n > 1.0 ? n - 1.0 : 0.0;
      counts[k][2][j] = n + 2.0;
      area += n;
      whole += base[0][j];
    }
    t->area_ratio = area / whole;
    t->area_lo = t->area_ratio * 0.85;
    t->area_hi = t->area_ratio * 1.12;
    t->rheobase_ratio = k == DOSES - 1 ? (double)NAN : 1.0 + 1.6 * block;
    t->rheobase_lo = t->rheobase_ratio * 0.93;
    t->rheobase_hi = t->rheobase_ratio * 1.08;
    t->verdict =
        k == DOSES - 1 ? LG_VERDICT_SILENCED : (t->area_ratio < 0.8 ? LG_VERDICT_INHIBITED : LG_VERDICT_UNCHANGED);
    for (int v = 0; v < LG_VERDICTS; v++) t->probability[v] = 0.0;
    t->probability[LG_VERDICT_INHIBITED] = 1.0 / (1.0 + lg_exp(18.0 * (t->area_ratio - 0.8)));
    t->probability[LG_VERDICT_UNCHANGED] = 1.0 - t->probability[LG_VERDICT_INHIBITED];
    if (k == DOSES - 1)
      t->probability[LG_VERDICT_INHIBITED] = 0.07, t->probability[LG_VERDICT_SILENCED] = 0.93,
      t->probability[LG_VERDICT_UNCHANGED] = 0.0;
    (void)snprintf(rules[k], sizeof rules[k], "area ratio %.3f %s 0.8", t->area_ratio,
                   t->area_ratio < 0.8 ? "<" : ">=");
    t->rule = rules[k];
    t->n_spikes = counts[k][0];
    t->lo = counts[k][1];
    t->hi = counts[k][2];
    t->metrics = measured[k];
    measured[k][0] = 40.0 * t->rheobase_ratio;
    measured[k][1] = -45.0 + 12.0 * block;
    measured[k][2] = 90.0 - 40.0 * block;
    measured[k][3] = (double)NAN;
    t->trace_mV = k % 2 ? trace[k + 1] : NULL;
  }
  baseline[0] = 40.0;
  baseline[1] = -45.0;
  baseline[2] = 90.0;
  baseline[3] = 0.123456;
  for (int k = 0; k <= DOSES; k++)
    for (int j = 0; j < TRACE; j++) {
      const double t = 0.2 * j;
      const int every = 40 + 12 * k;
      const bool on = t >= 100.0 && t < 600.0;
      const int phase = ((int)t - 100) % every;
      trace[k][j] = on ? (k < DOSES && phase < 2 ? 30.0 - 5.0 * k : -55.0 - 6.0 * exp(-phase / 15.0)) : -70.0;
    }
}

static const lg_trial_target targets[] = {{"Nav1.2", "block of inactivated channels", 30.0, 1.0, 1.0, "share", 0.91,
                                           "acted", 'V', "Smith 1999, table 2", NULL},
                                          {"Cav1.2", "pore block", 210.0, 1.1, 1.0, "share", 0.0, "not in this model",
                                           'A', "guess", "from < a \"review\" >"}};
static const lg_trial_drug drugs[] = {{"carbamazepine", "sodium channel blocker", "inhibited, use-dependent", 4.0, 12.0,
                                       17.0, 51.0, 0.25, 'V', 1.0, 2, targets}};
static const lg_trial_metric metrics[] = {{"rheobase_pA", "pA", "Smallest step with a spike."},
                                          {"threshold_mV", "mV", NULL},
                                          {"amplitude_mV", "mV", NULL},
                                          {"adaptation", "1", NULL}};
static const lg_trial_flag flags[] = {{"over_inhibition", false, "not silenced at 12 uM"},
                                      {"use_dependent", true, "block at 100 Hz / at 1 Hz is 3.1"}};
static const lg_trial_liability panel[] = {
    {"Nav1.1", "block lowers inhibition", 30.0, 0.29, 2.5, "towards seizures"},
    {"Kv7.2/7.3", "block lowers the threshold", (double)NAN, (double)NAN, (double)NAN, "unknown"},
    {"Nav1.6", "block raises the threshold", 30.0, 0.29, 2.5, "against seizures"}};

static lg_trial_report_data whole(void) {
  lg_trial_report_data d = LG_TRIAL_REPORT_DATA_INIT;
  d.twin = "cells/171116sh_0018.json";
  d.model = "tm";
  d.domain = "amber";
  d.accepted = true;
  d.created = "2026-01-02T03:04:05Z";
  d.n_reasons = 2;
  d.reasons = evil;
  d.n_drugs = 1;
  d.drugs = drugs;
  d.n_posterior = 32;
  d.baseline_rheobase_pA = 40.0;
  d.step_ms = 500.0;
  d.n_levels = LEVELS;
  d.i_pA = current;
  d.n_spikes = base[0];
  d.n_spikes_lo = base[1];
  d.n_spikes_hi = base[2];
  d.n_metrics = METRICS;
  d.metrics = metrics;
  d.baseline = baseline;
  d.n_doses = DOSES;
  d.doses = doses;
  d.n_trace = TRACE;
  d.trace_dt_ms = 0.2;
  d.trace_pA = 120.0;
  d.trace_on_ms = 100.0;
  d.trace_off_ms = 600.0;
  d.trace_mV = trace[0];
  d.ec50_uM = 21.3;
  d.ec50_lo_uM = 17.0;
  d.ec50_hi_uM = 28.0;
  d.ec50_hill = 1.7;
  d.ec50_words = "half of the fall of the f-I area from 1 to 0.05";
  d.window_low_uM = 15.0;
  d.window_high_uM = 130.0;
  d.window_words = "from the first inhibition to silence";
  d.n_flags = 2;
  d.flags = flags;
  d.n_liabilities = 3;
  d.liabilities = panel;
  d.n_notes = 2;
  d.notes = evil;
  d.provenance_json = "{\"program\":\"loligo\",\"words\":\"</script>\",\"seed\": 7}";
  return d;
}

static int setup(void **state) {
  if (make_dir(state) != 0 || open_ctx(state) != 0) return -1;
  fill();
  return 0;
}

static int teardown(void **state) { return close_ctx(state) | remove_dir(state); }

static const char *const files[] = {"trial.json", "report.html", "report.pdf",     "fig-dose.svg",  "fig-dose.png",
                                    "fig-fi.svg", "fig-fi.png",  "fig-traces.svg", "fig-traces.png"};

static void assert_same_files(const char *a, const char *b, size_t first) {
  for (size_t k = first; k < sizeof files / sizeof files[0]; k++) assert_same_file(a, b, files[k], 0);
}

static void same_bytes_twice_and_from_the_saved_run(void **state) {
  (void)state;
  const lg_trial_report_data d = whole();
  lg_trial_report *r = NULL;
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("a", NULL), LG_REPORT_ALL));
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("b", NULL), LG_REPORT_ALL));
  assert_same_files("a", "b", 0);
  assert_ok(ctx, lg_trial_report_read(ctx, in("a", NULL), &r));
  assert_ok(ctx, lg_trial_report_render(ctx, lg_trial_report_get(r), in("c", NULL), LG_REPORT_ALL));
  assert_same_files("a", "c", 1);
  assert_ok(ctx, lg_trial_report_write(ctx, lg_trial_report_get(r), in("d", NULL), LG_REPORT_ALL));
  assert_same_files("a", "d", 0);
  lg_trial_report_destroy(ctx, r);
}

static void a_trial_reads_back_whole(void **state) {
  (void)state;
  const lg_trial_report_data d = whole();
  lg_trial_report *r = NULL;
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("e", NULL), 0));
  assert_ok(ctx, lg_trial_report_read(ctx, in("e", "trial.json"), &r));
  const lg_trial_report_data *q = lg_trial_report_get(r);
  assert_string_equal(q->twin, d.twin);
  assert_null(q->bath);
  assert_int_equal(q->n_doses, DOSES);
  assert_int_equal(q->n_levels, LEVELS);
  for (int k = 0; k < DOSES; k++) {
    assert_true(q->doses[k].dose_uM == doses[k].dose_uM && q->doses[k].verdict == doses[k].verdict);
    assert_true(q->doses[k].area_ratio == doses[k].area_ratio && q->doses[k].area_hi == doses[k].area_hi);
    assert_memory_equal(q->doses[k].probability, doses[k].probability, sizeof doses[k].probability);
    assert_memory_equal(q->doses[k].n_spikes, counts[k][0], sizeof counts[k][0]);
    assert_memory_equal(q->doses[k].hi, counts[k][2], sizeof counts[k][2]);
    assert_string_equal(q->doses[k].rule, rules[k]);
    for (int m = 0; m < METRICS; m++)
      assert_true(q->doses[k].metrics[m] == measured[k][m] || (isnan(q->doses[k].metrics[m]) && isnan(measured[k][m])));
    assert_true((q->doses[k].trace_mV != NULL) == (k % 2 == 1));
  }
  for (int j = 0; j < TRACE; j++) assert_true(fabs(q->doses[1].trace_mV[j] - trace[2][j]) <= 0.50001e-2);
  assert_true(isnan(q->doses[DOSES - 1].rheobase_ratio));
  assert_int_equal(q->drugs[0].n_targets, 2);
  assert_true(q->drugs[0].targets[1].confidence == 'A' && q->drugs[0].pk_confidence == 'V');
  assert_true(isnan(q->liabilities[1].K_uM) && q->flags[1].raised && !q->flags[0].raised);
  assert_true(q->ec50_lo_uM == 17.0 && q->window_high_uM == 130.0);
  assert_string_equal(q->notes[0], evil[0]);
  lg_trial_report_destroy(ctx, r);
}

/* The contract of `loligo trial --json`. */
static void the_json_keeps_the_contract(void **state) {
  (void)state;
  const lg_trial_report_data d = whole();
  char *text = NULL;
  size_t n = 0;
  FILE *s = open_memstream(&text, &n);
  assert_non_null(s);
  assert_ok(ctx, lg_trial_json(ctx, &d, s));
  assert_int_equal(fclose(s), 0);
  lg_json_doc *doc = NULL;
  assert_ok(ctx, lg_json_parse(ctx, "json", text, n, LG_JSON_STRICT, &doc));
  const lg_json_at root = lg_json_root(doc);
  const char *word;
  double x;
  assert_ok(ctx, lg_json_get_text(ctx, &root, "schema", &word));
  assert_string_equal(word, "loligo-trial/1");
  assert_ok(ctx, lg_json_get_text(ctx, &root, "doses[7].verdict", &word));
  assert_string_equal(word, "silenced");
  assert_ok(ctx, lg_json_get_number(ctx, &root, "doses[7].probability.silenced", NULL, &x));
  assert_true(x == 0.93);
  assert_ok(ctx, lg_json_get_number(ctx, &root, "doses[2].f_I[3].I_pA", NULL, &x));
  assert_true(x == current[3]);
  assert_ok(ctx, lg_json_get_number(ctx, &root, "doses[2].f_I[3].n_spikes", NULL, &x));
  assert_true(x == counts[2][0][3]);
  assert_ok(ctx, lg_json_get_number(ctx, &root, "doses[2].rheobase_pA", "pA", &x));
  assert_true(x == measured[2][0]);
  assert_false(lg_json_has(&root, "example"));
  lg_json_doc_destroy(ctx, doc);
  free(text);
}

static void the_page_is_self_contained_and_safe(void **state) {
  (void)state;
  const lg_trial_report_data d = whole();
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("f", NULL), LG_REPORT_HTML));
  char *html = read_file("f", "report.html", NULL);
  assert_safe_page(html);
  assert_unique_ids(html);
  assert_null(strstr(html, "alert(1)</script"));
  assert_non_null(strstr(html, "Rule behind the verdict"));
  lg_free(ctx, html);
}

/* Every number of the tables stands in the JSON of the page, to the digits that the table shows. */
static void the_numbers_of_the_tables_are_in_the_data(void **state) {
  (void)state;
  const lg_trial_report_data d = whole();
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("g", NULL), LG_REPORT_HTML));
  char *html = read_file("g", "report.html", NULL);
  const char *data = strstr(html, "id=\"loligo-data\"");
  assert_non_null(data);
  size_t checked = 0;
  for (const char *p = html; (p = strstr(p, "class=\"n\">")) != NULL && p < data;) {
    p += strlen("class=\"n\">");
    char *end;
    char cell[64];
    const size_t n = strcspn(p, "<");
    if (n == 0 || n >= sizeof cell) continue;
    memcpy(cell, p, n);
    cell[n] = 0;
    char *minus = strstr(cell, "\xe2\x88\x92");
    if (minus) (void)memmove(minus + 1, minus + 3, strlen(minus + 3) + 1), *minus = '-';
    const double shown = strtod(cell, &end);
    if (end == cell || *end) continue; /* words, ranges */
    const double slack = 0.0051 * fabs(shown) + 0.0051;
    bool found = false;
    for (const char *q = data; *q && !found; q++) {
      if (!(isdigit((unsigned char)*q) || *q == '-') || isalnum((unsigned char)q[-1]) || q[-1] == '.') continue;
      char *stop;
      const double x = strtod(q, &stop);
      if (stop == q) continue;
      found = fabs(x - shown) <= slack;
      q = stop - 1;
    }
    if (!found) fail_msg("the table shows %s, which the JSON of the page has not", cell);
    checked++;
  }
  assert_true(checked > 60);
  lg_free(ctx, html);
}

/* A figure shows something: many of its pixels are not paper. PNG is compressed, so its size says it. */
static void figures_are_not_empty(void **state) {
  (void)state;
  const lg_trial_report_data d = whole();
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("h", NULL), LG_REPORT_FIGURES));
  for (size_t k = 3; k < sizeof files / sizeof files[0]; k++) {
    size_t n;
    char *bytes = read_file("h", files[k], &n);
    assert_true(n > 6000);
    if (strstr(files[k], ".svg")) {
      assert_nested(bytes);
      assert_null(strstr(bytes, "nan"));
      assert_true(count_of(bytes, "<path") > 5 && count_of(bytes, "<text") > 10);
    }
    lg_free(ctx, bytes);
  }
  char *svg = read_file("h", "fig-dose.svg", NULL);
  assert_non_null(strstr(svg, "therapeutic, free: 4 \xe2\x80\xa6 12 \xc2\xb5M"));
  assert_non_null(strstr(svg, "EC50 21.3 \xc2\xb5M"));
  assert_non_null(strstr(svg, "free concentration (\xc2\xb5M)"));
  lg_free(ctx, svg);
}

static void little_data_gives_a_report_too(void **state) {
  (void)state;
  static const lg_trial_drug bare[] = {
      {"x", NULL, NULL, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN, '-', 1.0, 0, NULL}};
  lg_trial_dose one[2] = {LG_TRIAL_DOSE_INIT, LG_TRIAL_DOSE_INIT};
  for (int k = 0; k < LG_VERDICTS; k++) one[0].probability[k] = one[1].probability[k] = (double)NAN;
  one[1].dose_uM = 3.0;
  lg_trial_report_data d = LG_TRIAL_REPORT_DATA_INIT;
  d.n_drugs = 1;
  d.drugs = bare;
  d.n_doses = 1;
  d.doses = &one[1];
  lg_trial_report *r = NULL;
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("bare", NULL), LG_REPORT_ALL));
  assert_ok(ctx, lg_trial_report_read(ctx, in("bare", NULL), &r));
  lg_trial_report_destroy(ctx, r);
  char *html = read_file("bare", "report.html", NULL);
  assert_safe_page(html);
  assert_non_null(strstr(html, "Twin not accepted"));
  lg_free(ctx, html);
  d.n_doses = 2; /* a dose of 0 does not stand on a logarithmic axis */
  d.doses = one;
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("zero", NULL), LG_REPORT_ALL));
}

static void broken_data_are_refused(void **state) {
  (void)state;
  lg_trial_report_data d = whole();
  d.n_drugs = 0;
  assert_int_equal(lg_trial_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_ARGUMENT);
  d = whole();
  d.baseline = NULL;
  assert_int_equal(lg_trial_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_ARGUMENT);
  d = whole();
  const lg_trial_metric named[METRICS] = {{"verdict", NULL, NULL}, metrics[1], metrics[2], metrics[3]};
  d.metrics = named;
  assert_int_equal(lg_trial_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_ARGUMENT);
  d = whole();
  lg_trial_dose twice[2] = {doses[0], doses[0]};
  d.doses = twice;
  d.n_doses = 2;
  assert_int_equal(lg_trial_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_ARGUMENT);
  d = whole();
  d.provenance_json = "{ not JSON";
  assert_int_equal(lg_trial_report_write(ctx, &d, in("x", NULL), 0), LG_ERR_FORMAT);
  struct stat st;
  assert_int_not_equal(stat(in("x", "trial.json"), &st), 0);
}

static void damaged_runs_are_refused(void **state) {
  (void)state;
  const lg_trial_report_data d = whole();
  lg_trial_report *r = NULL;
  size_t n;
  assert_int_equal(lg_trial_report_read(ctx, in("nowhere", NULL), &r), LG_ERR_IO);
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("i", NULL), 0));
  char *json = read_file("i", "trial.json", &n);
  const char *const from[] = {"\"silenced\",", "\"loligo-trial/1\"", "\"n_spikes\": 9", "\"samples\": 4000",
                              "\"threshold_mV\": -45"};
  const char *const to[] = {"\"silencer\",", "\"loligo-trial/9\"", "\"n_spikes\": []", "\"samples\": 4001",
                            "\"threshold_mv\": -45"};
  for (size_t k = 0; k < sizeof from / sizeof from[0]; k++) {
    const char *at = strstr(json, from[k]);
    assert_non_null(at);
    FILE *s = fopen(in("i", "trial.json"), "wb");
    assert_non_null(s);
    (void)fwrite(json, 1, (size_t)(at - json), s);
    (void)fputs(to[k], s);
    (void)fputs(at + strlen(from[k]), s);
    assert_int_equal(fclose(s), 0);
    assert_int_equal(lg_trial_report_read(ctx, in("i", NULL), &r), LG_ERR_FORMAT);
    assert_null(r);
  }
  lg_free(ctx, json);
}

/* The names of the report are those of the verdicts. */
static void every_verdict_has_its_own_look(void **state) {
  (void)state;
  for (int k = 0; k < LG_VERDICTS; k++) {
    assert_string_equal(lg_verdict_look_of(k)->name, lg_verdict_name((lg_verdict)k));
    assert_int_equal(lg_verdict_find(lg_verdict_look_of(k)->name), k);
    for (int j = 0; j < k; j++) {
      assert_string_not_equal(lg_verdict_look_of(k)->letter, lg_verdict_look_of(j)->letter);
      assert_true(lg_verdict_look_of(k)->ink != lg_verdict_look_of(j)->ink);
    }
  }
  assert_int_equal(lg_verdict_find("nonsense"), -1);
}

/* Contrast of two colours after WCAG 2.1, from channels of 0 … 255. */
static double luminance(const double c[3]) {
  double l[3];
  for (int k = 0; k < 3; k++) {
    const double x = c[k] / 255.0;
    l[k] = x <= 0.03928 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
}

static void channels(uint32_t colour, double c[3]) {
  for (int k = 0; k < 3; k++) c[k] = (double)(colour >> (16 - 8 * k) & 255u);
}

static void letters_can_be_read_in_light_and_dark(void **state) {
  (void)state;
  for (int theme = 0; theme < 2; theme++) {
    uint32_t (*const colour)(lg_ink) = theme ? lg_ink_dark : lg_ink_light;
    double paper[3], ink[3], letter[3];
    channels(colour(LG_INK_PAPER), paper);
    for (int k = 0; k <= LG_VERDICTS; k++) {
      const lg_verdict_look *look = lg_verdict_look_of(k);
      channels(colour(look->ink), ink);
      channels(colour(look->letter_ink), letter);
      for (int j = 0; j < 3; j++) ink[j] = look->alpha * ink[j] + (1.0 - look->alpha) * paper[j];
      const double a = luminance(ink) + 0.05, b = luminance(letter) + 0.05, contrast = a > b ? a / b : b / a;
      if (contrast < 4.5) fail_msg("%s: contrast %.2f in theme %d", look->name, contrast, theme);
    }
  }
}

/* Forty doses are too narrow for a letter each: runs of one verdict share one. */
static void many_doses_keep_their_letters(void **state) {
  (void)state;
  enum { MANY = 60 };
  static lg_trial_dose dense[MANY];
  for (int k = 0; k < MANY; k++) {
    dense[k] = doses[k * DOSES / MANY];
    dense[k].dose_uM = 0.01 * (k + 1);
    dense[k].trace_mV = NULL;
  }
  lg_trial_report_data d = whole();
  d.n_doses = MANY;
  d.doses = dense;
  assert_ok(ctx, lg_trial_report_write(ctx, &d, in("dense", NULL), LG_REPORT_ALL));
  char *svg = read_file("dense", "fig-dose.svg", NULL);
  assert_non_null(strstr(svg, ">S</text>"));
  assert_non_null(strstr(svg, ">I</text>"));
  lg_free(ctx, svg);
}

/* A small trial, so that each of its many allocations can fail in turn. */
static lg_status write_and_read(lg_ctx *c) {
  lg_trial_report_data d = whole();
  lg_trial_report *r = NULL;
  d.n_trace = 50;
  lg_status status = lg_trial_report_write(c, &d, in("memory", NULL), LG_REPORT_HTML);
  if (status == LG_OK) status = lg_trial_report_read(c, in("memory", NULL), &r);
  lg_trial_report_destroy(c, r);
  return status;
}

static void nothing_is_left_when_memory_ends(void **state) {
  (void)state;
  assert_true(lg_exhaust("trial report", write_and_read) > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_bytes_twice_and_from_the_saved_run),
      cmocka_unit_test(a_trial_reads_back_whole),
      cmocka_unit_test(the_json_keeps_the_contract),
      cmocka_unit_test(the_page_is_self_contained_and_safe),
      cmocka_unit_test(the_numbers_of_the_tables_are_in_the_data),
      cmocka_unit_test(figures_are_not_empty),
      cmocka_unit_test(little_data_gives_a_report_too),
      cmocka_unit_test(broken_data_are_refused),
      cmocka_unit_test(damaged_runs_are_refused),
      cmocka_unit_test(every_verdict_has_its_own_look),
      cmocka_unit_test(letters_can_be_read_in_light_and_dark),
      cmocka_unit_test(many_doses_keep_their_letters),
      cmocka_unit_test(nothing_is_left_when_memory_ends),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
