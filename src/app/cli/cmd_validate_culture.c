/* loligo validate culture DATA_DIR: cultures of cells beside truth and references, row by row. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "app/cli/commands.h"
#include "app/cli/figures.h"
#include "twin/culture_validate.h"

#include <string.h>
#include <unistd.h>

/* The folder itself, or its `open` where the set's files stand there. */
static void find_folder(const char *given, const char *set, char *folder, size_t bytes) {
  char probe[4096];
  (void)snprintf(folder, bytes, "%s", given);
  (void)snprintf(probe, sizeof probe, "%s/%s", given, set);
  if (access(probe, X_OK) == 0) (void)snprintf(folder, bytes, "%s", probe);
}

static int run_validate(cli_run *run) {
  const char *set = cli_text(run, "set"), *net = cli_text(run, "net"), *amortised = cli_text(run, "amortised-net");
  char folder[4096], shipped[4096], other[4096];
  find_folder(cli_positional(run, 0), set, folder, sizeof folder);
  if (!net && cli_find_data(cli_ctx(run), "models/culture-unet.safetensors", shipped, sizeof shipped) == LG_OK)
    net = shipped;
  if (!amortised && cli_find_data(cli_ctx(run), "models/culture-amortised.safetensors", other, sizeof other) == LG_OK)
    amortised = other;
  cli_figures figures = cli_figures_begin(run, "loligo-validate-culture/1", "set", set);
  const culture_validation what = {.folder = folder,
                                   .set = set,
                                   .network = net,
                                   .amortised = amortised,
                                   .only = cli_given(run, "only") ? (int)cli_count(run, "only") : 0,
                                   .quick = cli_flag(run, "quick"),
                                   .say = cli_figures_say,
                                   .user = &figures};
  lg_status status = lg_culture_validate(cli_ctx(run), &what);
  if (status == LG_OK && figures.n == 0)
    status = lg_fail(cli_ctx(run), LG_ERR_RANGE, "no figure of row %d is printed here", what.only);
  return status != LG_OK ? cli_report(run, folder, status) : cli_figures_end(&figures);
}

static const cli_option options[] = {
    {"only", "ROW", CLI_COUNT, NULL, "Only this row of the table of figures (docs/culture.md)."},
    {"set", "NAME", CLI_TEXT, "open", "Which files: NAME_movie.tif, stages_NAME.json and so on."},
    {"net", "NET.safetensors", CLI_INPUT, NULL, "Flow network for cells; otherwise the one that ships."},
    {"amortised-net", "NET.safetensors", CLI_INPUT, NULL,
     "Network that identifies cultures; otherwise the one that ships."},
    {"quick", NULL, CLI_FLAG, NULL, "Fewer simulated sets and starts of networks."},
};

const cli_command cli_validate_culture_command = {
    .name = "validate culture",
    .arguments = "DATA_DIR [--only ROW]",
    .summary =
        "Compare cultures of cells with truth and references: stages, cells, k, feeds, events, intervals, speed.",
    .example = "loligo validate culture shared/data/culture --only 7",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_validate,
};
