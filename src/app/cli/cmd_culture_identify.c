/* loligo culture identify: coupling and feed of a culture's cells from their traces and their graph. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/culture_file.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "Folder for summary.json, params.csv, events.csv, fit.csv, profile.csv."},
    {"traces", "T.csv", CLI_INPUT, NULL, "Traces: one row for each frame, columns c1, c2, ..."},
    {"edges", "E.csv", CLI_INPUT, NULL, "Borders: i, j, u_centroid_dist_px, l_crack_px."},
    {"cells", "C.csv", CLI_INPUT, NULL, "Cells: id, area_px, is_border."},
    {"method", "soe|crlsm|tikhonov|lsm|iv|weak|shooting", CLI_CHOICE, "soe", "How to find k and the feeds."},
    {"law", "auto|ul/degree|l/degree|(l/u)/area|unit", CLI_CHOICE, "auto",
     "What couples two cells; auto: the law that leaves the smallest weak residuals."},
    {"resample", "time|cells|both", CLI_CHOICE, "time",
     "What the intervals resample: blocks of frames, cells, or both."},
    {"block", "FRAMES", CLI_COUNT, "30", "Frames of a block."},
    {"replicates", "N", CLI_COUNT, "1000", "Replicates of the bootstrap."},
    {"window", "FRAMES", CLI_COUNT, "0", "Windows of shooting; 0: the whole."},
    {"train", "FRAMES", CLI_COUNT, NULL, "Frames of the training part in fit.csv; 211, or 7 in 12 of short movies."},
};

static int index_of(const char *word, const char *(*name)(int), int n) {
  for (int k = 0; k < n; k++)
    if (strcmp(word, name(k)) == 0) return k;
  return -1;
}

static const char *law_name(int k) { return lg_culture_law_name((culture_law)k); }
static const char *method_name(int k) { return lg_culture_method_name((culture_method)k); }

static culture_identify read_options(cli_run *run) {
  const char *resample = cli_text(run, "resample");
  culture_identify o = lg_culture_identify_default();
  o.method = (culture_method)index_of(cli_text(run, "method"), method_name, CULTURE_METHODS);
  o.law = index_of(cli_text(run, "law"), law_name, CULTURE_LAWS);
  o.bootstrap.what = strcmp(resample, "both") == 0    ? CULTURE_BOTH
                     : strcmp(resample, "cells") == 0 ? CULTURE_CELLS
                                                      : CULTURE_TIME_BLOCKS;
  o.bootstrap.block = (size_t)cli_count(run, "block");
  o.bootstrap.replicates = (size_t)cli_count(run, "replicates");
  if (cli_given(run, "seed")) o.bootstrap.seed = cli_seed(run);
  o.window = (size_t)cli_count(run, "window");
  if (cli_given(run, "train")) o.n_train = (size_t)cli_count(run, "train");
  return o;
}

static void print(cli_run *run, const lg_culture_graph *graph, const lg_culture_result *r, const char *out) {
  if (cli_json(run)) {
    lg_json j = cli_json_begin("loligo-culture/1");
    lg_culture_summary(&j, graph, r, cli_text(run, "method"));
    cli_json_end(run, &j);
    return;
  }
  cli_say(run, "k %.5f per frame (95 %%: %.5f to %.5f), law %s, %zu cells, %zu events; written to %s", r->k, r->k_low,
          r->k_high, lg_culture_law_name(r->law), r->n_inner, r->n_events, out);
  for (size_t k = 0; k < r->n_warnings; k++) cli_say(run, "warning: %s", r->warning[k]);
}

static int run_identify(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *out = cli_text(run, "output"), *about = NULL;
  lg_culture_graph *graph = NULL;
  lg_culture_result *result = NULL;
  double *y = NULL;
  size_t n_times;
  bool identifiable = false;
  for (size_t k = 1; k <= 3; k++)
    if (!cli_given(run, options[k].name)) return cli_usage(run, "--%s is needed", options[k].name);
  if (!out) return cli_usage(run, "where to? give -o DIR");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  for (size_t k = 1; k <= 3; k++) {
    about = cli_text(run, options[k].name);
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), options[k].name, about));
  }
  LG_TRY(lg_culture_graph_load(ctx, cli_text(run, "cells"), cli_text(run, "edges"), &about, &graph));
  about = cli_text(run, "traces");
  LG_TRY(lg_culture_traces_load(ctx, about, graph, &y, &n_times));
  const culture_identify o = read_options(run);
  LG_TRY(lg_culture_identify(ctx, graph, y, n_times, &o, &result));
  about = out;
  LG_TRY(lg_culture_result_write(ctx, out, graph, result, cli_text(run, "method"), cli_provenance(run)));
  print(run, graph, result, out);
  identifiable = result->identifiable;
done:
  lg_free(ctx, y);
  lg_culture_result_destroy(ctx, result);
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
