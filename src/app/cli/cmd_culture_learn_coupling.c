/* loligo culture learn-coupling: what passes between two cells as a learned function (a graph neural ODE). */
#include "app/cli/commands.h"
#include "app/cli/culture_options.h"
#include "app/cli/json_out.h"
#include "base/elementary.h"
#include "data/provenance.h"
#include "twin/culture_coupling.h"
#include "twin/culture_file.h"

#include <string.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "Folder for summary.json, coupling.csv, params.csv, phi.safetensors, figure."},
    {"traces", "T.csv", CLI_INPUT, NULL, "Traces: one row for each frame, columns c1, c2, ..."},
    {"edges", "E.csv", CLI_INPUT, NULL, "Borders: i, j, u_centroid_dist_px, l_crack_px."},
    {"cells", "C.csv", CLI_INPUT, NULL, "Cells: id, area_px, is_border."},
    {"law", "auto|ul/degree|l/degree|(l/u)/area|unit", CLI_CHOICE, "auto",
     "Whose norm of a cell's messages, and what they are compared with; auto: the smallest weak residuals."},
    {"train", "FRAMES", CLI_COUNT, "0", "First frames that the comparison trains on; 0: 7 in 12."},
    {"members", "N", CLI_COUNT, "8", "Further trainings for the band: other starts, resampled blocks of frames."},
    {"block", "FRAMES", CLI_COUNT, "30", "Frames of a block."},
    {"epochs", "N", CLI_COUNT, "60", "Passes over the cells in a training."},
};

static int law_of(const char *word) {
  for (int k = 0; k < CULTURE_LAWS; k++)
    if (strcmp(word, lg_culture_law_name((culture_law)k)) == 0) return k;
  return -1;
}

static culture_graph_ode options_of(cli_run *run) {
  culture_graph_ode o = lg_culture_graph_ode_default();
  o.n_train = (size_t)cli_count(run, "train");
  o.members = (size_t)cli_count(run, "members");
  o.block = (size_t)cli_count(run, "block");
  o.epochs = (size_t)cli_count(run, "epochs");
  if (cli_given(run, "seed")) o.seed = cli_seed(run);
  return o;
}

static void print(cli_run *run, const lg_culture_graph *graph, const lg_culture_learned *r, const char *out) {
  if (cli_json(run)) {
    lg_json j = cli_json_begin("loligo-culture-coupling/1");
    lg_culture_learned_summary(&j, graph, r);
    cli_json_end(run, &j);
    return;
  }
  cli_say(run, "coupling: %s; k %.5f per frame (95 %%: %.5f to %.5f), %.5f where differences are small; written to %s",
          lg_culture_learned_shape(r), r->k.value, r->k.low, r->k.high, r->k_small.value, out);
  cli_say(run, "on frames that were kept back its residuals are %.1f %% smaller than the linear law's (z %.1f)",
          100.0 * (1.0 - lg_exp(r->score - r->score_linear)), r->score_z);
}

static int run_learn(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *out = cli_text(run, "output"), *about = NULL;
  lg_culture_graph *graph = NULL;
  lg_culture_learned *learned = NULL;
  double *y = NULL;
  size_t n_times;
  for (size_t k = 1; k <= 3; k++)
    if (!cli_given(run, options[k].name)) return cli_usage(run, "--%s is needed", options[k].name);
  if (!out) return cli_usage(run, "where to? give -o DIR");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(cli_culture_load(run, &about, &graph, &y, &n_times));
  const culture_graph_ode o = options_of(run);
  LG_TRY(lg_culture_learn_coupling(ctx, graph, y, n_times, law_of(cli_text(run, "law")), &o, &learned));
  about = out;
  LG_TRY(lg_culture_learned_write(ctx, out, graph, learned, cli_provenance(run)));
  print(run, graph, learned, out);
done:
  lg_free(ctx, y);
  lg_culture_learned_destroy(ctx, learned);
  lg_culture_graph_destroy(ctx, graph);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_culture_learn_coupling_command = {
    .name = "culture learn-coupling",
    .arguments = "--traces T.csv --edges E.csv --cells C.csv -o DIR [--members N] [--law NAME]",
    .summary = "Learn what passes between two cells as a function of their difference, and whether it is linear.",
    .example = "loligo culture learn-coupling --traces traces.csv --edges edges.csv --cells cells.csv -o learned",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_learn,
};
