/* loligo culture traces: what the cells of a movie do over time. */
#include "app/cli/commands.h"
#include "app/cli/culture_options.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/culture_movie.h"

#include <math.h>

static const cli_option options[] = {
    {"output", "TRACES.csv", CLI_OUTPUT, NULL, "One row for each frame, columns c1, c2, …"},
    {"align", NULL, CLI_FLAG, NULL, "Bring frames that drift back to the first; shifts.csv beside the output tells."},
    {"dark", "COUNTS", CLI_NUMBER, NULL, "Dark level of the camera; otherwise the 0.5 percentile of the movie."},
    {"median", NULL, CLI_FLAG, NULL, "The median of a cell's pixels instead of their mean."},
};

static int run_traces(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *in = cli_positional(run, 0), *labels = cli_positional(run, 1), *out = cli_text(run, "output"),
             *about = in;
  const culture_graph_options every = {.least_area_px = 0.0, .least_border_px = 1.0};
  lg_culture_film *film = NULL;
  lg_culture_masks *masks = NULL;
  lg_culture_graph *graph = NULL;
  double *y = NULL;
  const culture_film_options reading = {cli_given(run, "dark") ? cli_number(run, "dark") : (double)NAN, 2,
                                        cli_flag(run, "align")};
  if (!out) return cli_usage(run, "where to? give -o TRACES.csv");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "movie", in));
  about = labels;
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "masks", labels));
  LG_TRY(lg_culture_masks_load(ctx, labels, &masks));
  LG_TRY(lg_culture_graph_of_masks(ctx, masks, &every, &graph));
  about = in;
  LG_TRY(lg_culture_film_open(ctx, in, &reading, &film));
  about = labels;
  LG_TRY(lg_culture_film_clip(ctx, film, masks));
  if (film->shift) {
    lg_culture_graph_destroy(ctx, graph);
    graph = NULL;
    LG_TRY(lg_culture_graph_of_masks(ctx, masks, &every, &graph));
  }
  LG_TRY(lg_culture_film_traces(ctx, film, masks, graph, cli_flag(run, "median"), &y));
  about = out;
  LG_TRY(cli_culture_write_shifts(run, out, film));
  LG_TRY(lg_culture_traces_write(ctx, out, graph, y, film->movie.n_frames, cli_provenance(run)));
  if (cli_json(run)) {
    lg_json j = cli_json_begin("loligo-culture-traces/1");
    lg_json_key_integer(&j, "n_cells", (int64_t)graph->n);
    lg_json_key_integer(&j, "n_frames", (int64_t)film->movie.n_frames);
    lg_json_key_number(&j, "dark", film->levels.dark);
    lg_json_key_number(&j, "q1", film->levels.q1);
    lg_json_key_number(&j, "q3", film->levels.q3);
    cli_json_end(run, &j);
  } else {
    cli_say(run, "%zu cells, %zu frames; written to %s", graph->n, film->movie.n_frames, out);
  }
done:
  lg_free(ctx, y);
  lg_culture_film_destroy(ctx, film);
  lg_culture_masks_destroy(ctx, masks);
  lg_culture_graph_destroy(ctx, graph);
  if (status == LG_ERR_NOT_FOUND) { /* a blank movie has cells by its masks, but no traces */
    (void)cli_report(run, about, status);
    return CLI_BAD_INPUT;
  }
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_culture_traces_command = {
    .name = "culture traces",
    .arguments = "MOVIE.tif MASKS.tif -o TRACES.csv",
    .summary = "Read the cells' fluorescence off a movie: median filter, dark level, logarithm, quartiles, mean.",
    .example = "loligo culture traces movie.tif masks.tif -o traces.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_traces,
};
