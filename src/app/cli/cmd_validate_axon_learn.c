/* loligo validate axon-learn: networks beside the mechanics that they learned, on impacts that they did not see. */
#include "app/cli/commands.h"
#include "app/cli/figures.h"
#include "twin/axon_learn_validate.h"

#include <string.h>

static const cli_option options[] = {
    {"protocol", "a|b|real", CLI_CHOICE, "a",
     "45 synthetic impacts and another, 300 and 30 others, or measured ones (these need SETS)."},
    {"nets", "N", CLI_COUNT, "3", "Networks of the ensemble."},
    {"epochs", "N", CLI_COUNT, NULL, "Passes of every training instead of the recipe's, to look quickly."},
    {"no-baselines", NULL, CLI_FLAG, NULL, "Ours only; not the Ji lab's layout, six features and the peak alone."},
    {"no-folds", NULL, CLI_FLAG, NULL, "No five folds of protocol a."},
};

static int run_validate(cli_run *run) {
  cli_figures figures;
  const char *protocol = cli_text(run, "protocol");
  axon_learn_validation what = {.protocol = protocol,
                                .folder = cli_positionals(run) ? cli_positional(run, 0) : NULL,
                                .nets = (size_t)cli_count(run, "nets"),
                                .epochs = cli_given(run, "epochs") ? (size_t)cli_count(run, "epochs") : 0,
                                .baselines = !cli_flag(run, "no-baselines"),
                                .folds = strcmp(protocol, "a") == 0 && !cli_flag(run, "no-folds"),
                                .seed = cli_seed(run),
                                .say = cli_figures_say};
  if (what.nets < 2 || what.nets > 64) return cli_usage(run, "--nets is %zu; allowed is 2 to 64", what.nets);
  if (!what.folder && strcmp(protocol, "real") == 0)
    return cli_usage(run, "--protocol real needs SETS: measured kinematics do not ship");
  figures = cli_figures_begin(run, "loligo-validate-axon-learn/1", "protocol", protocol);
  what.user = &figures;
  const lg_status status = lg_axon_learn_validate(cli_ctx(run), &what);
  return status != LG_OK ? cli_report(run, what.folder, status) : cli_figures_end(&figures);
}

const cli_command cli_validate_axon_learn_command = {
    .name = "validate axon-learn",
    .arguments = "[SETS] [--protocol a|b|real]",
    .summary = "Train surrogates of the axon and compare them with direct simulation of impacts that they did not see.",
    .example = "loligo validate axon-learn --protocol a\n"
               "  loligo axon protocol b -o sets/b && loligo validate axon-learn sets/b --protocol b",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 1,
    .run = run_validate,
};
