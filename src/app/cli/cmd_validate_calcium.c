/* loligo validate calcium DATA_DIR: waves of calcium beside reference solutions, row by row. */
#include "app/cli/calcium_options.h"
#include "app/cli/commands.h"
#include "app/cli/figures.h"
#include "twin/calcium_validate.h"

static int run_validate(cli_run *run) {
  const char *folder = cli_positional(run, 0), *scheme = cli_text(run, "scheme");
  cli_figures figures = cli_figures_begin(run, "loligo-validate-calcium/1", "scheme", scheme);
  const calcium_validation what = {.folder = folder,
                                   .scheme = cli_calcium_scheme(scheme),
                                   .only = cli_given(run, "only") ? (int)cli_count(run, "only") : 0,
                                   .quick = cli_flag(run, "quick"),
                                   .say = cli_figures_say,
                                   .user = &figures};
  lg_status status = lg_calcium_validate(cli_ctx(run), &what);
  if (status == LG_OK && figures.n == 0)
    status = lg_fail(cli_ctx(run), LG_ERR_RANGE, "no figure of row %d is printed here", what.only);
  return status != LG_OK ? cli_report(run, folder, status) : cli_figures_end(&figures);
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
