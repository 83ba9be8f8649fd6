/* loligo culture graph: cells and shared borders out of a label image. */
#include "app/cli/commands.h"
#include "app/cli/culture_options.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/culture_movie.h"
#include "twin/culture_polygons.h"

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "Folder for cells.csv, edges.csv, cells.geojson, graph.graphml."},
    {"least-area", "PX", CLI_NUMBER, "500", "Smaller cells have no borders."},
    {"least-border", "PX", CLI_NUMBER, "5", "Shorter borders do not count."},
    {"shifts", "SHIFTS.csv", CLI_INPUT, NULL,
     "Drift of the movie (segment --align): cells at the edge of what all frames show are border cells."},
    {"simplify", "PX", CLI_NUMBER, "0", "Polygons of cells.geojson may leave the pixels' edges by so much; 0: exact."},
};

static int run_graph(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *in = cli_positional(run, 0), *out = cli_text(run, "output"), *about = in;
  lg_culture_masks *masks = NULL;
  lg_culture_graph *graph = NULL;
  lg_culture_polygons *polygons = NULL;
  culture_graph_options o = lg_culture_graph_options_default();
  size_t n_border = 0;
  o.least_area_px = cli_number(run, "least-area");
  o.least_border_px = cli_number(run, "least-border");
  if (!out) return cli_usage(run, "where to? give -o DIR");
  if (!cli_culture_simplify_is_fine(run)) return CLI_USAGE;
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "masks", in));
  LG_TRY(lg_culture_masks_load(ctx, in, &masks));
  if (cli_given(run, "shifts")) {
    culture_seen seen;
    about = cli_text(run, "shifts");
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "shifts", about));
    LG_TRY(lg_culture_seen_load(ctx, about, masks->height, masks->width, &seen));
    o.top = seen.top, o.left = seen.left, o.bottom = seen.bottom, o.right = seen.right;
    about = in;
  }
  LG_TRY(lg_culture_graph_of_masks(ctx, masks, &o, &graph));
  LG_TRY(lg_culture_polygons_create(ctx, masks, graph, cli_number(run, "simplify"), &polygons));
  about = out;
  LG_TRY(lg_culture_graph_write(ctx, out, graph, cli_provenance(run)));
  LG_TRY(lg_culture_polygons_write(ctx, out, polygons, masks->pixel_um, cli_provenance(run)));
  for (size_t c = 0; c < graph->n; c++) n_border += graph->is_border[c];
  if (cli_json(run)) {
    lg_json j = cli_json_begin("loligo-culture-graph/1");
    lg_json_key_integer(&j, "n_cells", (int64_t)graph->n);
    lg_json_key_integer(&j, "n_border", (int64_t)n_border);
    lg_json_key_integer(&j, "n_edges", (int64_t)graph->n_edges);
    cli_json_end(run, &j);
  } else {
    cli_say(run, "%zu cells, %zu of them at the border, %zu shared borders; written to %s", graph->n, n_border,
            graph->n_edges, out);
  }
done:
  lg_culture_polygons_destroy(ctx, polygons); /* which borrows both */
  lg_culture_masks_destroy(ctx, masks);
  lg_culture_graph_destroy(ctx, graph);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_culture_graph_command = {
    .name = "culture graph",
    .arguments = "MASKS.tif -o DIR",
    .summary = "Make the graph of a culture: cells, their areas, who touches whom over which length.",
    .example = "loligo culture graph masks.tif -o graph",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_graph,
};
