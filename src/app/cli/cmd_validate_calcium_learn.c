#define _XOPEN_SOURCE 700
/* loligo validate calcium-learn: learned gates beside what they were learned from, row by row. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "twin/gate_validate.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

typedef struct totals {
  cli_run *run;
  const char *folder; /* NULL: the networks that ship */
  size_t n, failed, goals, reached;
  int row;
  bool words;
  lg_json json;
} totals;

static bool find(void *user, const char *name, char *path, size_t bytes) {
  const totals *t = user;
  char relative[128];
  if (t->folder) {
    const int n = snprintf(path, bytes, "%s/%s.safetensors", t->folder, name);
    return n > 0 && (size_t)n < bytes && access(path, R_OK) == 0;
  }
  (void)snprintf(relative, sizeof relative, "models/calcium/%s.safetensors", name);
  return cli_find_data(cli_ctx(t->run), relative, path, bytes) == LG_OK;
}

static void say_words(totals *t, const calcium_figure *f, bool missed) {
  char limits[64] = "", wanted[40] = "";
  if (f->row != t->row) (void)printf("%s%d\n", t->row ? "\n" : "", f->row);
  t->row = f->row;
  if (!isnan(f->must) && !isnan(f->goal)) (void)snprintf(limits, sizeof limits, "(<= %g, goal %g)", f->must, f->goal);
  else if (!isnan(f->must)) (void)snprintf(limits, sizeof limits, "(<= %g)", f->must);
  else if (!isnan(f->goal)) (void)snprintf(limits, sizeof limits, "(goal %g)", f->goal);
  if (f->wanted != 0.0) (void)snprintf(wanted, sizeof wanted, "%.6g", f->wanted);
  const bool goal = !isnan(f->goal) && lg_calcium_figure_reaches(f, f->goal);
  (void)printf("  %-68s %10.6g %10s %-5s off %-9.3g%-2s %-20s %s\n", f->what, f->value, wanted, f->unit, f->error,
               f->error_unit, limits,
               missed           ? "MISSED"
               : goal           ? "goal"
               : isnan(f->must) ? ""
                                : "must");
  (void)fflush(stdout);
}

static void say(void *user, const calcium_figure *f) {
  totals *t = user;
  const bool missed = !isnan(f->must) && !lg_calcium_figure_reaches(f, f->must);
  t->n++;
  t->failed += missed ? 1 : 0;
  t->goals += isnan(f->goal) ? 0 : 1;
  t->reached += !isnan(f->goal) && lg_calcium_figure_reaches(f, f->goal) ? 1 : 0;
  if (t->words) {
    say_words(t, f, missed);
    return;
  }
  lg_json *w = &t->json;
  lg_json_object(w);
  lg_json_key_integer(w, "row", f->row);
  lg_json_key_text(w, "what", f->what);
  lg_json_key_number(w, "value", f->value);
  lg_json_key_number(w, "wanted", f->wanted);
  lg_json_key_text(w, "unit", f->unit);
  lg_json_key_number(w, "error", f->error);
  lg_json_key_text(w, "error_unit", f->error_unit);
  lg_json_key_number(w, "must", f->must);
  lg_json_key_number(w, "goal", f->goal);
  lg_json_key_boolean(w, "must_met", !missed);
  lg_json_end_object(w);
}

static int run_validate(cli_run *run) {
  totals t = {.run = run, .folder = cli_text(run, "models"), .words = !cli_json(run)};
  const gate_validation what = {
      .find = find, .only = cli_given(run, "only") ? (int)cli_count(run, "only") : 0, .say = say, .user = &t};
  if (what.only != 0 && (what.only < 11 || what.only > 15))
    return cli_usage(run, "--only is %d; the rows are 11 to 15", what.only);
  if (!t.words) {
    t.json = cli_json_begin("loligo-validate-calcium-learn/1");
    lg_json_key(&t.json, "figures");
    lg_json_array(&t.json);
  }
  const lg_status status = lg_gate_validate(cli_ctx(run), &what);
  if (status != LG_OK) return cli_report(run, t.folder, status);
  if (t.words)
    (void)printf("\n%zu of %zu figures meet what they must, %zu of %zu goals are reached\n", t.n - t.failed, t.n,
                 t.reached, t.goals);
  else {
    cli_json_end_figures(run, &t.json, t.n, t.failed);
  }
  return t.failed > 0 ? CLI_NEGATIVE : CLI_OK;
}

static const cli_option options[] = {
    {"only", "ROW", CLI_COUNT, NULL, "Only this row of the table of figures, 11 to 15 (docs/calcium.md)."},
    {"models", "DIR", CLI_INPUT, NULL, "Networks of this folder instead of those that ship."},
};

const cli_command cli_validate_calcium_learn_command = {
    .name = "validate calcium-learn",
    .arguments = "[--models DIR] [--only ROW]",
    .summary = "Compare learned gates with what they were learned from: unseen recordings, waves, memory, duration.",
    .example = "loligo validate calcium-learn --only 14",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_validate,
};
