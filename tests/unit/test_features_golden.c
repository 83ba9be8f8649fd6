/*
 * Features of real recordings against reference tables (columns as our names; empty = undefined). The rows of the
 * recordings that ship are in tests/data (features_sweeps.csv, features_cells.csv: measured independently by the
 * definitions of docs/features.md); all recordings when the developers' shared folder is there.
 */
#include "tests/test.h"

#include <loligo/features.h>
#include <math.h>
#include <string.h>

enum { MAX_COLUMNS = 64, MAX_LINE = 4096 };

typedef struct table {
  FILE *file;
  char head[MAX_LINE], line[MAX_LINE];
  char *names[MAX_COLUMNS], *cells[MAX_COLUMNS];
  size_t n;
} table;

static size_t split(char *line, char **cells) {
  size_t n = 0;
  line[strcspn(line, "\r\n")] = '\0';
  for (char *p = line; n < MAX_COLUMNS; p++) {
    cells[n++] = p;
    p += strcspn(p, ",");
    if (!*p) break;
    *p = '\0';
  }
  return n;
}

static void open_table(table *t, const char *path) {
  t->file = fopen(path, "r");
  assert_non_null(t->file);
  assert_non_null(fgets(t->head, sizeof t->head, t->file));
  t->n = split(t->head, t->names);
}

static int next_row(table *t) {
  if (!fgets(t->line, sizeof t->line, t->file)) return 0;
  assert_int_equal(split(t->line, t->cells), t->n);
  return 1;
}

static int ends_in(const char *text, const char *end) {
  const size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

/* Potentials 0.05 mV, half-width 0.005 ms, times one sample, counts exact, resistance and slopes 0.5 %. */
static double tolerance(const char *name, double expected, double dt) {
  if (ends_in(name, "_mV")) return 0.05;
  if (ends_in(name, "hw_ms")) return 0.005;
  if (ends_in(name, "_ms")) return dt * 1.0001;
  if (ends_in(name, "_pA")) return 0.0051;
  if (strstr(name, "n_spikes") || strstr(name, "sweep")) return 0.0;
  if (ends_in(name, "_Hz")) return 0.05;
  if (ends_in(name, "MOhm") || ends_in(name, "per_nA") || ends_in(name, "V_s")) return 0.005 * fabs(expected);
  return 0.002; /* ratios, CV, adaptation: printed with four digits */
}

static size_t compare_row(const table *t, const char *what, const lg_feature_info *info, const lg_feature_value *values,
                          size_t n, double dt) {
  size_t compared = 0;
  for (size_t c = 0; c < t->n; c++) {
    if (strcmp(t->names[c], "file") == 0 || strcmp(t->names[c], "sweep") == 0) continue;
    size_t k = 0;
    while (k < n && strcmp(info[k].name, t->names[c]) != 0) k++;
    if (k == n) fail_msg("there is no feature %s", t->names[c]);
    compared++;
    if (t->cells[c][0] == '\0') {
      if (!values[k].reason) fail_msg("%s: %s is %g, not undefined", what, info[k].name, values[k].value);
      continue;
    }
    const double expected = strtod(t->cells[c], NULL);
    if (values[k].reason) fail_msg("%s: %s is undefined (%s), not %g", what, info[k].name, values[k].reason, expected);
    if (!(fabs(values[k].value - expected) <= tolerance(info[k].name, expected, dt)))
      fail_msg("%s: %s is %.8g, not %s", what, info[k].name, values[k].value, t->cells[c]);
  }
  return compared;
}

static size_t check_recording(const char *name, const char *path, const char *sweeps_csv, const char *cells_csv) {
  lg_ctx *ctx = NULL;
  lg_recording *rec = NULL;
  lg_features *f = NULL;
  table t;
  size_t compared = 0, rows = 0;
  char what[256];
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_recording_read(ctx, path, &rec));
  assert_ok(ctx, lg_features_create(ctx, rec, NULL, &f));
  open_table(&t, sweeps_csv);
  while (next_row(&t)) {
    if (strcmp(t.cells[0], name) != 0) continue;
    const size_t sweep = (size_t)strtoul(t.cells[1], NULL, 10);
    assert_true(sweep < f->n_sweeps);
    (void)snprintf(what, sizeof what, "%s sweep %zu", name, sweep);
    compared += compare_row(&t, what, lg_features_sweep_table(), f->sweeps + sweep * LG_SWEEP_FEATURES,
                            LG_SWEEP_FEATURES, rec->sweeps[sweep].dt_ms);
    rows++;
  }
  (void)fclose(t.file);
  assert_int_equal(rows, f->n_sweeps);
  open_table(&t, cells_csv);
  while (next_row(&t))
    if (strcmp(t.cells[0], name) == 0)
      compared += compare_row(&t, name, lg_features_cell_table(), f->cell, LG_CELL_FEATURES, rec->sweeps[0].dt_ms);
  (void)fclose(t.file);
  lg_features_destroy(ctx, f);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
  return compared;
}

static void recordings_that_ship(void **state) {
  (void)state;
  const char *sweeps = LG_TEST_DATA "/features_sweeps.csv", *cells = LG_TEST_DATA "/features_cells.csv";
  assert_int_equal(
      check_recording("171116sh_0018.abf", LG_SOURCE_DIR "/data/recordings/171116sh_0018.abf", sweeps, cells),
      17 * 25 + 17);
  assert_int_equal(check_recording("File_axon_5.abf", LG_TEST_DATA "/File_axon_5.abf", sweeps, cells), 9 * 25 + 17);
}

static void all_recordings(void **state) {
  (void)state;
  static const char *const names[] = {"171116sh_0018.abf",
                                      "17o05028_ic_steps.abf",
                                      "18711001.abf",
                                      "File_axon_5.abf",
                                      "PYR1.abf",
                                      "PYR2.abf",
                                      "LantyerEtAl2018_180817_ME_9_CC.nwb",
                                      "B6"};
  char sweeps[1024], cells[1024], path[1024], relative[256];
  if (!lg_test_shared("data/twin/ref/features_open_sweeps.csv", sweeps, sizeof sweeps)) skip();
  if (!lg_test_shared("data/twin/ref/features_open_cells.csv", cells, sizeof cells)) skip();
  size_t compared = 0;
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    (void)snprintf(relative, sizeof relative, "data/twin/recordings/%s", names[k]);
    assert_non_null(lg_test_shared(relative, path, sizeof path));
    compared += check_recording(strcmp(names[k], "B6") == 0 ? "B6_IDRest" : names[k], path, sweeps, cells);
  }
  (void)printf("%zu values of %zu recordings agree\n", compared, sizeof names / sizeof *names);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(recordings_that_ship), cmocka_unit_test(all_recordings)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
