#define _XOPEN_SOURCE 700
/* loligo validate calcium-learn: learned gates beside what they were learned from, row by row. */
#include "app/cli/commands.h"
#include "app/cli/figures.h"
#include "twin/gate_validate.h"

#include <unistd.h>

typedef struct models {
  cli_figures figures;
  cli_run *run;
  const char *folder; /* NULL: the networks that ship */
} models;

static bool find(void *user, const char *name, char *path, size_t bytes) {
  const models *t = user;
  char relative[128];
  if (t->folder) {
    const int n = snprintf(path, bytes, "%s/%s.safetensors", t->folder, name);
    return n > 0 && (size_t)n < bytes && access(path, R_OK) == 0;
  }
  (void)snprintf(relative, sizeof relative, "models/calcium/%s.safetensors", name);
  return cli_find_data(cli_ctx(t->run), relative, path, bytes) == LG_OK;
}

static void say(void *user, const lg_merit *figure) { cli_figures_say(&((models *)user)->figures, figure); }

static int run_validate(cli_run *run) {
  models m = {.run = run, .folder = cli_text(run, "models")};
  const gate_validation what = {
      .find = find, .only = cli_given(run, "only") ? (int)cli_count(run, "only") : 0, .say = say, .user = &m};
  if (what.only != 0 && (what.only < 11 || what.only > 15))
    return cli_usage(run, "--only is %d; the rows are 11 to 15", what.only);
  m.figures = cli_figures_begin(run, "loligo-validate-calcium-learn/1", NULL, NULL);
  const lg_status status = lg_gate_validate(cli_ctx(run), &what);
  return status != LG_OK ? cli_report(run, m.folder, status) : cli_figures_end(&m.figures);
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
