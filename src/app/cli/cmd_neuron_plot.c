/* loligo neuron plot: a running cell with shape in pictures; traces and spikes out of files. */
#include "app/cli/commands.h"
#include "app/cli/neuron_network.h"
#include "app/cli/neuron_plot.h"
#include "app/cli/picture.h"
#include "app/cli/simulate_cable.h"
#include "base/base.h"

#include <string.h>

static const cli_option options[] = {
    {"output", "FILE.svg", CLI_OUTPUT, NULL, "Draw into this file; .svg, .png or .pdf says how."},
    {"as", "voltage|space-time|traces|raster", CLI_CHOICE, NULL,
     "What to draw; without it voltage of a CASE.json, traces or raster of a table by its columns."},
    {"at", "TIMES", CLI_TEXT, NULL, "voltage: at these times, ms, \"5,10,20\"; otherwise eight from 0 to the end."},
    {"path-to", "PLACE", CLI_TEXT, NULL,
     "space-time: from the soma to here: mid:ID, sec:INDEX:X, name:NAME:X; otherwise to the farthest tip."},
    {"low", "VOLTAGE", CLI_VOLTAGE, NULL, "Voltage of the darkest shade; otherwise the lowest that is drawn."},
    {"high", "VOLTAGE", CLI_VOLTAGE, NULL, "Voltage of the lightest shade; otherwise the highest."},
    {"view", "xy|xz|zy|yx|zx|yz", CLI_CHOICE, "xy", "voltage: which axis points right, which up."},
    {"from", "TIME", CLI_TIME, NULL, "Begin of the window of times."},
    {"to", "TIME", CLI_TIME, NULL, "End of the window of times."},
    {"width", "PX", CLI_COUNT, "1000", "Width, 200 to 10000 px (PDF: points)."},
    {"height", "PX", CLI_COUNT, "640", "Height, 150 to 10000 px."},
    {"scheme", "sdirk2|nrn|adaptive", CLI_CHOICE, "sdirk2", "How the cell is stepped."},
    {"dt", "TIME", CLI_TIME, "25us", "Step."},
    {"max-dx-um", "L", CLI_NUMBER, NULL, "Cut sections into compartments of at most L um."},
    {"d-lambda", "F", CLI_NUMBER, NULL, "Cut at F of the length constant at 100 Hz (0.1)."},
    {"nseg", "N", CLI_COUNT, NULL, "Cut every section into N compartments."},
};

static int check_options(cli_run *run, const char *path) {
  const uint64_t w = cli_count(run, "width"), h = cli_count(run, "height");
  if (!path) return cli_usage(run, "where to? give -o FILE.svg, .png or .pdf");
  if (!cli_is_picture(path)) return cli_usage(run, "'%s' ends in none of .svg, .png, .pdf", path);
  if (w < 200 || w > 10000 || h < 150 || h > 10000)
    return cli_usage(run, "a picture is 200 to 10000 px wide and 150 to 10000 px high");
  if (cli_given(run, "from") != cli_given(run, "to")) return cli_usage(run, "--from and --to go together");
  if (cli_given(run, "from") && !(cli_number(run, "to") > cli_number(run, "from")))
    return cli_usage(run, "--to must lie behind --from");
  if (cli_given(run, "low") && cli_given(run, "high") && !(cli_number(run, "high") > cli_number(run, "low")))
    return cli_usage(run, "--high must lie above --low");
  if (cli_given(run, "nseg") + cli_given(run, "max-dx-um") + cli_given(run, "d-lambda") > 1)
    return cli_usage(run, "--nseg, --max-dx-um and --d-lambda cannot be together");
  if (!(cli_number(run, "dt") >= 1e-6 && cli_number(run, "dt") <= 10.0))
    return cli_usage(run, "--dt is %g ms; allowed is 1e-6 … 10 ms", cli_number(run, "dt"));
  return CLI_OK;
}

static int run_plot(cli_run *run) {
  const char *path = cli_positional(run, 0), *as = cli_text(run, "as");
  const int code = check_options(run, cli_text(run, "output"));
  if (code != CLI_OK) return code;
  if (cli_is_network(cli_ctx(run), path))
    return cli_usage(run, "%s is a network: simulate it with --spikes S.csv and plot those", path);
  if (!cli_is_cable(cli_ctx(run), path)) {
    if (as && (strcmp(as, "voltage") == 0 || strcmp(as, "space-time") == 0))
      return cli_usage(run, "--as %s needs a CASE.json of a cell with shape; %s is none", as, path);
    return cli_plot_table(run, as);
  }
  if (as && strcmp(as, "raster") == 0)
    return cli_usage(run, "--as raster needs a file of spikes (neuron simulate … --spikes)");
  return cli_plot_cable(run, as ? as : "voltage");
}

const cli_command cli_neuron_plot_command = {
    .name = "neuron plot",
    .arguments = "CASE.json|TRACE.csv|SPIKES.csv -o FILE.svg [--as voltage|space-time|traces|raster]",
    .summary = "Draw a cell with shape as it runs: coloured by voltage, path by time, traces; or a raster of spikes.",
    .example = "loligo neuron plot case.json --at 7,8,10,12 -o spike.svg\n"
               "loligo neuron plot case.json --as space-time --path-to mid:9322 -o path.svg\n"
               "loligo neuron plot spikes.csv -o raster.svg",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_plot,
};
