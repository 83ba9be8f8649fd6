/* loligo culture simulate: a monolayer, its calcium and its movie, with the truth beside. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/culture_simulate.h"

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL,
     "Folder for movie.tif, masks.tif, cells, edges, latent and noisy traces, events."},
    {"no-movie", NULL, CLI_FLAG, NULL, "Cells and traces only."},
};

static int run_simulate(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *in = cli_positional(run, 0), *out = cli_text(run, "output"), *about = in;
  culture_simulation s;
  lg_culture_truth *truth = NULL;
  lg_culture_movie *movie = NULL;
  if (!out) return cli_usage(run, "where to? give -o DIR");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "params", in));
  LG_TRY(lg_culture_simulation_load(ctx, in, &s));
  if (cli_given(run, "seed")) s.seed = cli_seed(run);
  lg_provenance_set_seed(cli_provenance(run), s.seed);
  LG_TRY(lg_culture_simulate(ctx, &s, &truth));
  if (!cli_flag(run, "no-movie")) LG_TRY(lg_culture_film_truth(ctx, &s, truth, &movie));
  about = out;
  LG_TRY(lg_culture_truth_write(ctx, out, &s, truth, movie, cli_provenance(run)));
  if (cli_json(run)) {
    lg_json j = cli_json_begin("loligo-culture-simulation/1");
    lg_json_key_integer(&j, "n_cells", (int64_t)truth->graph->n);
    lg_json_key_integer(&j, "n_edges", (int64_t)truth->graph->n_edges);
    lg_json_key_integer(&j, "n_events", (int64_t)truth->n_events);
    lg_json_key_number(&j, "k_per_frame", s.k);
    cli_json_end(run, &j);
  } else {
    cli_say(run, "%zu cells, %zu shared borders, %zu events; written to %s", truth->graph->n, truth->graph->n_edges,
            truth->n_events, out);
  }
done:
  lg_culture_truth_destroy(ctx, truth);
  lg_culture_movie_destroy(ctx, movie);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_culture_simulate_command = {
    .name = "culture simulate",
    .arguments = "PARAMS.json -o DIR",
    .summary = "Make a monolayer whose truth is known: cells, calcium, events, and the movie of a microscope.",
    .example = "loligo culture simulate params.json -o culture",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_simulate,
};
