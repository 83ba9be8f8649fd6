/* loligo culture identify: coupling and feed of a culture's cells from their traces and their graph. */
#include "app/cli/commands.h"
#include "app/cli/culture_options.h"
#include "data/provenance.h"
#include "twin/culture_file.h"

#include <math.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL,
     "Folder for summary.json, params.csv, events.csv, fit.csv, profile.csv, report.html."},
    {"traces", "T.csv", CLI_INPUT, NULL, "Traces: one row for each frame, columns c1, c2, ..."},
    {"edges", "E.csv", CLI_INPUT, NULL, "Borders: i, j, u_centroid_dist_px, l_crack_px."},
    {"cells", "C.csv", CLI_INPUT, NULL, "Cells: id, area_px, is_border."},
    CLI_CULTURE_OPTIONS,
};

static int run_identify(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *out = cli_text(run, "output"), *about = NULL;
  lg_culture_graph *graph = NULL;
  lg_culture_result *result = NULL;
  lg_culture_amortised network = {0};
  double *y = NULL;
  size_t n_times;
  bool identifiable = false;
  for (size_t k = 1; k <= 3; k++)
    if (!cli_given(run, options[k].name)) return cli_usage(run, "--%s is needed", options[k].name);
  if (!out) return cli_usage(run, "where to? give -o DIR");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(cli_culture_load(run, &about, &graph, &y, &n_times));
  culture_identify o = cli_culture_options(run);
  LG_TRY(cli_culture_network(run, &o, &network, &about));
  LG_TRY(lg_culture_identify(ctx, graph, y, n_times, &o, &result));
  about = out;
  LG_TRY(lg_culture_result_write(ctx, out, graph, result, cli_text(run, "method"), cli_provenance(run)));
  LG_TRY(cli_culture_report(run, out, cli_text(run, "traces"), &o,
                            (culture_view){.graph = graph,
                                           .y = y,
                                           .n_times = n_times,
                                           .result = result,
                                           .frame_s = (double)NAN,
                                           .pixel_um = (double)NAN}));
  LG_TRY(cli_culture_crate(run, out, cli_text(run, "traces")));
  cli_culture_print(run, graph, result, cli_text(run, "method"), out);
  identifiable = result->identifiable;
done:
  lg_free(ctx, y);
  lg_culture_result_destroy(ctx, result);
  lg_culture_amortised_clear(ctx, &network);
  lg_culture_graph_destroy(ctx, graph);
  if (status != LG_OK) return cli_report(run, about, status);
  return identifiable ? CLI_OK : CLI_NEGATIVE;
}

const cli_command cli_culture_identify_command = {
    .name = "culture identify",
    .arguments = "--traces T.csv --edges E.csv --cells C.csv -o DIR [--method NAME] [--law NAME]",
    .summary = "Find the coupling and the feeds of a culture's cells from their traces, and how sure they are.",
    .example = "loligo culture identify --traces traces.csv --edges edges.csv --cells cells.csv -o identified",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_identify,
};
