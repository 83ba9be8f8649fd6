/* loligo validate calcium DATA_DIR: waves of calcium beside reference solutions, row by row. */
#include "app/cli/calcium_options.h"
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "twin/calcium_validate.h"

#include <math.h>
#include <string.h>

typedef struct totals {
  size_t n, failed, goals, reached; /* figures, musts missed, goals asked and reached */
  int row;
  bool words;
  lg_json json;
} totals;

static const char *verdict(const calcium_figure *f) {
  if (!isnan(f->must) && !lg_calcium_figure_reaches(f, f->must)) return "MISSED";
  return isnan(f->goal) || lg_calcium_figure_reaches(f, f->goal) ? "goal" : isnan(f->must) ? "-" : "must";
}

static void say_words(totals *t, const calcium_figure *f) {
  char limits[64], error[32];
  const char *sign = f->at_least ? ">=" : "<=";
  if (f->row != t->row) (void)printf("%s%d\n", t->row ? "\n" : "", f->row);
  t->row = f->row;
  if (isnan(f->must)) (void)snprintf(limits, sizeof limits, "(goal %s %g %s)", sign, f->goal, f->error_unit);
  else if (isnan(f->goal)) (void)snprintf(limits, sizeof limits, "(%s %g %s)", sign, f->must, f->error_unit);
  else (void)snprintf(limits, sizeof limits, "(%s %g, goal %g %s)", sign, f->must, f->goal, f->error_unit);
  (void)snprintf(error, sizeof error, "%.3g %s", f->error, f->error_unit);
  (void)printf("  %-62s %14.7g %-8s %-12s %-28s %s\n", f->what, f->value, f->unit, error, limits, verdict(f));
  (void)fflush(stdout);
}

static void say_json(lg_json *w, const calcium_figure *f) {
  lg_json_object(w);
  lg_json_key_integer(w, "row", f->row);
  lg_json_key_text(w, "what", f->what);
  lg_json_key_number(w, "value", f->value);
  lg_json_key_number(w, "wanted", f->wanted);
  lg_json_key_text(w, "unit", f->unit);
  lg_json_key_number(w, f->at_least ? "figure" : "error", f->error);
  lg_json_key_text(w, "error_unit", f->error_unit);
  lg_json_key_number(w, "must", f->must);
  lg_json_key_number(w, "goal", f->goal);
  lg_json_key_boolean(w, "must_met", isnan(f->must) || lg_calcium_figure_reaches(f, f->must));
  lg_json_key_boolean(w, "goal_met", isnan(f->goal) || lg_calcium_figure_reaches(f, f->goal));
  lg_json_end_object(w);
}

static void say(void *user, const calcium_figure *f) {
  totals *t = user;
  t->n++;
  t->failed += !isnan(f->must) && !lg_calcium_figure_reaches(f, f->must);
  t->goals += isnan(f->goal) ? 0 : 1;
  t->reached += !isnan(f->goal) && lg_calcium_figure_reaches(f, f->goal);
  if (t->words) say_words(t, f);
  else say_json(&t->json, f);
}

static int run_validate(cli_run *run) {
  const char *folder = cli_positional(run, 0), *scheme = cli_text(run, "scheme");
  totals t = {.words = !cli_json(run)};
  const calcium_validation what = {.folder = folder,
                                   .scheme = cli_calcium_scheme(scheme),
                                   .only = cli_given(run, "only") ? (int)cli_count(run, "only") : 0,
                                   .quick = cli_flag(run, "quick"),
                                   .say = say,
                                   .user = &t};
  if (!t.words) {
    t.json = cli_json_begin("loligo-validate-calcium/1");
    lg_json_key_text(&t.json, "scheme", scheme);
    lg_json_key(&t.json, "figures");
    lg_json_array(&t.json);
  }
  lg_status status = lg_calcium_validate(cli_ctx(run), &what);
  if (status == LG_OK && t.n == 0)
    status = lg_fail(cli_ctx(run), LG_ERR_RANGE, "no figure of row %d is printed here", what.only);
  if (status != LG_OK) return cli_report(run, folder, status);
  if (t.words) {
    (void)printf("\n%zu of %zu figures meet what they must, %zu of %zu goals are reached\n", t.n - t.failed, t.n,
                 t.reached, t.goals);
  } else {
    cli_json_end_figures(run, &t.json, t.n, t.failed);
  }
  return t.failed > 0 ? CLI_NEGATIVE : CLI_OK;
}

static const cli_option options[] = {
    {"only", "ROW", CLI_COUNT, NULL, "Only this row of the table of figures (docs/calcium.md)."},
    {"scheme", "imex2|imex1|rodas4", CLI_CHOICE, "imex2", "How to step; what must be met is meant for imex2."},
    {"quick", NULL, CLI_FLAG, NULL, "Coarser grids and shorter runs where a figure allows it."},
};

const cli_command cli_validate_calcium_command = {
    .name = "validate calcium",
    .arguments = "DATA_DIR [--only ROW]",
    .summary = "Run the reference waves of calcium of DATA_DIR and compare speeds, arrivals, waveforms, thresholds.",
    .example = "loligo validate calcium shared/data/calcium --only 9",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_validate,
};
