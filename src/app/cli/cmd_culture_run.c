/* loligo culture run: from a calcium movie to an identified network of cells, all stages. */
#include "app/cli/commands.h"
#include "app/cli/culture_net.h"
#include "app/cli/culture_options.h"
#include "data/provenance.h"
#include "io/tiff.h"
#include "twin/culture_movie.h"
#include "twin/culture_polygons.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL,
     "Folder for masks, graph, traces, parameters, events, fits, the summary and report.html."},
    {"masks", "M.tif", CLI_INPUT, NULL, "Labels of the cells instead of looking for them."},
    {"segment", "unet|watershed", CLI_CHOICE, "unet", "How to find cells; see culture segment."},
    CLI_CULTURE_NET,
    {"dark", "COUNTS", CLI_NUMBER, NULL, "Dark level of the camera; otherwise the 0.5 percentile of the movie."},
    {"align", NULL, CLI_FLAG, NULL, "Bring frames that drift back to the first before all else; shifts.csv tells."},
    {"median", NULL, CLI_FLAG, NULL, "The median of a cell's pixels instead of their mean."},
    {"least-area", "PX", CLI_NUMBER, "500", "Smaller cells have no borders."},
    {"least-border", "PX", CLI_NUMBER, "5", "Shorter borders do not count."},
    {"simplify", "PX", CLI_NUMBER, "0", "Polygons of cells.geojson may leave the pixels' edges by so much; 0: exact."},
    CLI_CULTURE_OPTIONS,
};

typedef struct work {
  lg_culture_film *film;
  lg_culture_masks *masks;
  lg_culture_graph *graph;
  lg_culture_polygons *polygons;
  lg_culture_result *result;
  lg_culture_amortised network;
  double *y;
} work;

static lg_status find_masks(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  const culture_watershed by_watershed = lg_culture_watershed_default();
  const culture_unet_options by_net = lg_culture_unet_options_default();
  double h;
  if (!cli_given(run, "masks"))
    return strcmp(cli_text(run, "segment"), "unet") == 0
               ? cli_culture_by_net(run, w->film, cli_positional(run, 0), &by_net, &w->masks, &h, about)
               : lg_culture_film_watershed(ctx, w->film, &by_watershed, &w->masks, &h);
  *about = cli_text(run, "masks");
  const lg_status status = lg_provenance_add_input(ctx, cli_provenance(run), "masks", *about);
  return status == LG_OK ? lg_culture_masks_load(ctx, *about, &w->masks) : status;
}

static lg_status write_report(cli_run *run, const work *w, const char *out) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  culture_stills *stills = NULL;
  const culture_identify o = cli_culture_options(run);
  if (cli_flag(run, "no-report")) return LG_OK;
  LG_TRY(lg_culture_stills_create(ctx, &w->film->movie, w->film->table, w->masks, w->result, &stills));
  LG_TRY(cli_culture_report(run, out, cli_positional(run, 0), &o,
                            (culture_view){.graph = w->graph,
                                           .y = w->y,
                                           .n_times = w->film->movie.n_frames,
                                           .result = w->result,
                                           .stills = stills,
                                           .frame_s = w->film->movie.frame_s,
                                           .pixel_um = w->film->movie.pixel_um}));
done:
  lg_culture_stills_destroy(ctx, stills);
  return status;
}

static lg_status write_all(cli_run *run, const work *w, const char *out) {
  lg_ctx *ctx = cli_ctx(run);
  char path[4096];
  lg_status status = lg_culture_graph_write(ctx, out, w->graph, cli_provenance(run));
  if (status != LG_OK) return status;
  status = lg_culture_polygons_write(ctx, out, w->polygons, w->film->movie.pixel_um, cli_provenance(run));
  if (status != LG_OK) return status;
  if (snprintf(path, sizeof path, "%s/masks.tif", out) >= (int)sizeof path - 16)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  status = lg_tiff_write_labels(ctx, path, w->masks->label, w->masks->height, w->masks->width);
  if (status != LG_OK) return status;
  (void)snprintf(path, sizeof path, "%s/shifts.csv", out);
  status = lg_culture_shifts_write(ctx, path, w->film, cli_provenance(run));
  if (status != LG_OK) return status;
  (void)snprintf(path, sizeof path, "%s/traces.csv", out);
  status = lg_culture_traces_write(ctx, path, w->graph, w->y, w->film->movie.n_frames, cli_provenance(run));
  if (status != LG_OK) return status;
  return lg_culture_result_write(ctx, out, w->graph, w->result, cli_text(run, "method"), cli_provenance(run));
}

static lg_status run_stages(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  culture_graph_options graph = lg_culture_graph_options_default();
  culture_identify o = cli_culture_options(run);
  LG_TRY(cli_culture_network(run, &o, &w->network, about));
  graph.least_area_px = cli_number(run, "least-area");
  graph.least_border_px = cli_number(run, "least-border");
  *about = cli_positional(run, 0);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "movie", *about));
  const culture_film_options film = {cli_given(run, "dark") ? cli_number(run, "dark") : (double)NAN, 32,
                                     cli_flag(run, "align")};
  LG_TRY(lg_culture_film_open(ctx, *about, &film, &w->film));
  LG_TRY(find_masks(run, w, about));
  LG_TRY(lg_culture_film_clip(ctx, w->film, w->masks));
  graph.top = w->film->seen.top, graph.left = w->film->seen.left;
  graph.bottom = w->film->seen.bottom, graph.right = w->film->seen.right;
  LG_TRY(lg_culture_graph_of_masks(ctx, w->masks, &graph, &w->graph));
  LG_TRY(lg_culture_polygons_create(ctx, w->masks, w->graph, cli_number(run, "simplify"), &w->polygons));
  LG_TRY(lg_culture_film_traces(ctx, w->film, w->masks, w->graph, cli_flag(run, "median"), &w->y));
  LG_TRY(lg_culture_identify(ctx, w->graph, w->y, w->film->movie.n_frames, &o, &w->result));
  if (w->film->saturation[0]) lg_culture_warn(w->result, "%s", w->film->saturation);
done:
  return status;
}

static int run_all(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *out = cli_text(run, "output"), *about = NULL;
  work w = {0};
  bool identifiable = false;
  if (!out) return cli_usage(run, "where to? give -o DIR");
  if (!cli_culture_simplify_is_fine(run)) return CLI_USAGE;
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(run_stages(run, &w, &about));
  about = out;
  LG_TRY(write_all(run, &w, out));
  LG_TRY(write_report(run, &w, out));
  LG_TRY(cli_culture_crate(run, out, cli_positional(run, 0)));
  cli_culture_print(run, w.graph, w.result, cli_text(run, "method"), out);
  identifiable = w.result->identifiable;
done:
  lg_free(ctx, w.y);
  lg_culture_result_destroy(ctx, w.result);
  lg_culture_amortised_clear(ctx, &w.network);
  lg_culture_polygons_destroy(ctx, w.polygons);
  lg_culture_graph_destroy(ctx, w.graph);
  lg_culture_masks_destroy(ctx, w.masks);
  lg_culture_film_destroy(ctx, w.film);
  if (status == LG_ERR_NOT_FOUND) { /* no cell is an answer */
    (void)cli_report(run, about, status);
    return CLI_NEGATIVE;
  }
  if (status != LG_OK) return cli_report(run, about, status);
  return identifiable ? CLI_OK : CLI_NEGATIVE;
}

const cli_command cli_culture_run_command = {
    .name = "culture run",
    .arguments = "MOVIE.tif -o DIR [--masks M.tif] [--method NAME] [--law NAME]",
    .summary = "From a calcium movie to cells, graph, traces, coupling, feeds and events, and how sure they are.",
    .example = "loligo culture run movie.tif -o culture",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_all,
};
