#define _XOPEN_SOURCE 700
/* loligo culture pinn: culture identify by a physics-informed network, with the network's own options. */
#include "app/cli/commands.h"
#include "app/cli/culture_options.h"
#include "data/provenance.h"
#include "twin/culture_pinn_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL,
     "Folder for what identify writes and history.csv; while it trains, the state to resume from."},
    {"traces", "T.csv", CLI_INPUT, NULL, "Traces: one row for each frame, columns c1, c2, ..."},
    {"edges", "E.csv", CLI_INPUT, NULL, "Borders: i, j, u_centroid_dist_px, l_crack_px."},
    {"cells", "C.csv", CLI_INPUT, NULL, "Cells: id, area_px, is_border."},
    {"printed", NULL, CLI_FLAG, NULL, "The network as printed by Poggi et al. 2025 instead of the one that works."},
    {"law", "auto|ul/degree|l/degree|(l/u)/area|unit", CLI_CHOICE, "auto",
     "What couples two cells; auto: the law that leaves the smallest weak residuals."},
    {"k-start", "K", CLI_NUMBER, "0.02", "k to begin with, per frame."},
    {"steps", "N", CLI_COUNT, NULL, "Steps with all points; printed: epochs of batches. 2500, printed: 500."},
    {"batch", "N", CLI_COUNT, NULL, "Printed: points of a step; 80."},
    {"finer", "N", CLI_COUNT, NULL, "Points a frame at which the law is asked for; 2, printed: 10."},
    {"points", "N", CLI_COUNT, NULL, "The first so many points only; 0: all. 0, printed: 2110."},
    {"frequencies", "N", CLI_COUNT, NULL, "Sines and cosines that the network sees; 0: time itself. 96, printed: 0."},
    {"highest", "F", CLI_NUMBER, "0.22", "The highest of them, cycles per frame."},
    {"hidden", "LIST", CLI_TEXT, NULL, "Widths of the hidden layers; 64,64,64,256, printed: 32,32,32,32."},
    {"rate", "LR", CLI_NUMBER, NULL, "Rate of Adam; 3e-3, printed: 1e-3 for k and the feeds too."},
    {"rate-k", "LR", CLI_NUMBER, NULL, "Rate of ln k (printed: of k); 2e-2."},
    {"rate-gamma", "LR", CLI_NUMBER, NULL, "Rate of the feeds; 1e-4."},
    {"law-weight", "W", CLI_NUMBER, "3", "Weight of the law's mean loss against that of the traces; not printed."},
    {"save-seconds", "S", CLI_NUMBER, "20", "Save the state about this often."},
    {"train", "FRAMES", CLI_COUNT, NULL, "Frames of the training part in fit.csv; 211, or 7 in 12 of short movies."},
    {"pdf", NULL, CLI_FLAG, NULL, "Write report.pdf too."},
    {"figures", NULL, CLI_FLAG, NULL, "Write every figure as SVG and PNG too."},
    {"no-report", NULL, CLI_FLAG, NULL, "Tables and summary.json alone: no page and no figures."},
};

/* "64,64" into widths; how many, 0 when it is not such a list. */
static unsigned read_widths(const char *text, unsigned widths[CULTURE_PINN_LAYERS]) {
  for (unsigned n = 0; n < CULTURE_PINN_LAYERS;) {
    char *end;
    const long x = strtol(text, &end, 10);
    if (end == text || x < 1 || x > CULTURE_PINN_WIDTH) return 0;
    widths[n++] = (unsigned)x;
    if (*end == '\0') return n;
    if (*end != ',') return 0;
    text = end + 1;
  }
  return 0;
}

/* An exit code, 0 when all is well. */
static int read_network(cli_run *run, culture_pinn *o) {
  o->k_start = cli_number(run, "k-start");
  o->highest = cli_number(run, "highest");
  if (!o->printed) o->law_weight = cli_number(run, "law-weight");
  if (cli_given(run, "seed")) o->seed = cli_seed(run);
  if (cli_given(run, "steps")) o->steps = (size_t)cli_count(run, "steps");
  if (cli_given(run, "batch") && !o->printed) return cli_usage(run, "--batch is of the --printed network");
  if (cli_given(run, "batch")) o->batch = (size_t)cli_count(run, "batch");
  if (cli_given(run, "points")) o->n_points = (size_t)cli_count(run, "points");
  if (cli_given(run, "finer")) o->finer = (unsigned)(cli_count(run, "finer") < 1000 ? cli_count(run, "finer") : 1000);
  if (cli_given(run, "frequencies")) {
    const uint64_t n = cli_count(run, "frequencies");
    if (n > CULTURE_PINN_FREQUENCIES)
      return cli_usage(run, "--frequencies is %llu; at most %d", (unsigned long long)n, (int)CULTURE_PINN_FREQUENCIES);
    o->frequencies = (unsigned)n;
  }
  if (cli_given(run, "hidden") && (o->n_hidden = read_widths(cli_text(run, "hidden"), o->width)) == 0)
    return cli_usage(run, "--hidden '%s' is not a list of 1 to %d widths of 1 to %d", cli_text(run, "hidden"),
                     (int)CULTURE_PINN_LAYERS, (int)CULTURE_PINN_WIDTH);
  if (cli_given(run, "rate")) {
    o->rate = cli_number(run, "rate");
    if (o->printed) o->rate_k = o->rate_gamma = o->rate;
  }
  if (cli_given(run, "rate-k")) o->rate_k = cli_number(run, "rate-k");
  if (cli_given(run, "rate-gamma")) o->rate_gamma = cli_number(run, "rate-gamma");
  return 0;
}

static lg_status identify(cli_run *run, culture_identify *o, culture_pinn_file *state, const char **about,
                          bool *identifiable) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *out = cli_text(run, "output");
  lg_culture_graph *graph = NULL;
  lg_culture_result *result = NULL;
  double *y = NULL;
  size_t n_times;
  LG_TRY(cli_culture_load(run, about, &graph, &y, &n_times));
  *about = out;
  LG_TRY(lg_make_directory(ctx, out));
  *about = state->path;
  LG_TRY(lg_culture_identify(ctx, graph, y, n_times, o, &result));
  *about = out;
  if (state->resumed_at > 0.0) cli_say(run, "went on from step %.0f", state->resumed_at);
  LG_TRY(lg_culture_result_write(ctx, out, graph, result, lg_culture_method_name(o->method), cli_provenance(run)));
  LG_TRY(cli_culture_report(run, out, cli_text(run, "traces"), o,
                            (culture_view){.graph = graph,
                                           .y = y,
                                           .n_times = n_times,
                                           .result = result,
                                           .frame_s = (double)NAN,
                                           .pixel_um = (double)NAN}));
  (void)unlink(state->path);
  cli_culture_print(run, graph, result, lg_culture_method_name(o->method), out);
  *identifiable = result->identifiable;
done:
  lg_free(ctx, y);
  lg_culture_result_destroy(ctx, result);
  lg_culture_graph_destroy(ctx, graph);
  return status;
}

static int run_pinn(cli_run *run) {
  const bool printed = cli_flag(run, "printed");
  culture_identify o = lg_culture_identify_default();
  culture_pinn *network = printed ? &o.pinn_paper : &o.pinn;
  const char *about = NULL, *out = cli_text(run, "output");
  char path[4096];
  bool identifiable = false;
  for (size_t k = 1; k <= 3; k++)
    if (!cli_given(run, options[k].name)) return cli_usage(run, "--%s is needed", options[k].name);
  if (!out) return cli_usage(run, "where to? give -o DIR");
  if (snprintf(path, sizeof path, "%s/pinn.state", out) >= (int)sizeof path)
    return cli_usage(run, "the path of the folder is too long");
  const int code = read_network(run, network);
  if (code) return code;
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  o.method = printed ? CULTURE_PINN_PAPER : CULTURE_PINN;
  o.law = cli_culture_law(run);
  if (cli_given(run, "train")) o.n_train = (size_t)cli_count(run, "train");
  culture_pinn_file state = {.path = path, .pause_s = cli_number(run, "save-seconds")};
  lg_culture_pinn_keep(network, &state);
  const lg_status status = identify(run, &o, &state, &about, &identifiable);
  if (status == LG_ERR_CANCELLED) cli_say(run, "stopped; the same command goes on from %s", path);
  if (status != LG_OK) return cli_report(run, about, status);
  return identifiable ? CLI_OK : CLI_NEGATIVE;
}

const cli_command cli_culture_pinn_command = {
    .name = "culture pinn",
    .arguments = "--traces T.csv --edges E.csv --cells C.csv -o DIR [--k-start K] [--steps N] [--printed]",
    .summary = "Find a culture's coupling and feeds by a physics-informed network, and keep how it was trained.",
    .example = "loligo culture pinn --traces traces.csv --edges edges.csv --cells cells.csv -o network --k-start 0.1",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_pinn,
};
