/* loligo validate axon DATA_DIR: axons under strain beside exact and reference solutions, row by row. */
#include "app/cli/commands.h"
#include "app/cli/figures.h"
#include "twin/axon_validate.h"

static int run_validate(cli_run *run) {
  const char *folder = cli_positional(run, 0);
  cli_figures figures = cli_figures_begin(run, "loligo-validate-axon/1", NULL, NULL);
  const axon_validation what = {.folder = folder,
                                .only = cli_given(run, "only") ? (int)cli_count(run, "only") : 0,
                                .quick = cli_flag(run, "quick"),
                                .say = cli_figures_say,
                                .user = &figures};
  lg_status status = lg_axon_validate(cli_ctx(run), &what);
  if (status == LG_OK && figures.n == 0)
    status = lg_fail(cli_ctx(run), LG_ERR_RANGE, "no figure of row %d is printed here", what.only);
  return status != LG_OK ? cli_report(run, folder, status) : cli_figures_end(&figures);
}

static const cli_option options[] = {
    {"only", "ROW", CLI_COUNT, NULL, "Only this row of the table of figures (docs/axon.md)."},
    {"quick", NULL, CLI_FLAG, NULL, "Fewer rates, seeds of gaps and labels."},
};

const cli_command cli_validate_axon_command = {
    .name = "validate axon",
    .arguments = "DATA_DIR [--only ROW]",
    .summary = "Compare axons under strain with the exact solution, reference solutions and published trends.",
    .example = "loligo validate axon shared/data/axon --only 1",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_validate,
};
