/* loligo culture segment: the cells of a movie or an image as a label image. */
#include "app/cli/commands.h"
#include "app/cli/culture_net.h"
#include "app/cli/culture_options.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "io/tiff.h"
#include "twin/culture_movie.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "MASKS.tif", CLI_OUTPUT, NULL, "Label image: 0 background, 1 … n cells, as Cellpose writes it."},
    {"method", "unet|watershed", CLI_CHOICE, "unet", "How to find cells: by a flow network, or on activity alone."},
    CLI_CULTURE_NET,
    {"diameter", "PX", CLI_NUMBER, NULL, "unet: of the cells; otherwise it is found."},
    {"zoom", "FACTOR", CLI_NUMBER, NULL, "unet: the same as a factor; 31.3 px over the diameter."},
    {"flow-threshold", "E", CLI_NUMBER, "0.4",
     "unet: drop cells whose own flows lie farther from those that were said (mean square); 0: none."},
    {"cellprob-threshold", "LOGIT", CLI_NUMBER, "0", "unet: of being inside a cell."},
    {"min-size", "PX", CLI_COUNT, "15", "unet: drop smaller cells."},
    {"h", "H", CLI_NUMBER, NULL,
     "watershed: how far a seed stands out, in local standard deviations; otherwise 0.4, images 0.2."},
    {"auto", NULL, CLI_FLAG, NULL, "watershed: choose h where the number of seeds changes least."},
    {"smooth", "PX", CLI_NUMBER, NULL, "watershed: smoothing before seeds are looked for; 1.5 px, images 2."},
    {"background", "PX", CLI_NUMBER, NULL, "watershed: Gaussian of the local mean and deviation; 14 px, images 25."},
    {"least-area", "PX", CLI_COUNT, "150", "watershed: smaller cells join a neighbour."},
    {"align", NULL, CLI_FLAG, NULL, "Bring frames that drift back to the first; shifts.csv beside the output tells."},
    {"dark", "COUNTS", CLI_NUMBER, NULL, "Dark level of the camera; otherwise the 0.5 percentile of the movie."},
};

/* Options of the other method were meant for it: what they do not change must not look as if they had. */
static const char *of_other_method(cli_run *run, bool net) {
  static const char *const by_net[] = {"net", "diameter", "zoom", "flow-threshold", "cellprob-threshold", "min-size"};
  static const char *const by_watershed[] = {"h", "smooth", "background", "least-area"};
  for (size_t k = 0; !net && k < sizeof by_net / sizeof by_net[0]; k++)
    if (cli_given(run, by_net[k])) return by_net[k];
  for (size_t k = 0; net && k < sizeof by_watershed / sizeof by_watershed[0]; k++)
    if (cli_given(run, by_watershed[k])) return by_watershed[k];
  return net && cli_flag(run, "auto") ? "auto" : NULL;
}

/* What suits a movie's map or one image's, unless options say otherwise. */
static bool read_options(cli_run *run, bool is_movie, culture_watershed *o) {
  *o = lg_culture_watershed_default();
  if (!is_movie) o->h = 0.2, o->smooth_px = 2.0, o->background_px = 25.0;
  if (cli_given(run, "h")) o->h = cli_number(run, "h");
  if (cli_flag(run, "auto")) o->h = (double)NAN;
  if (cli_given(run, "smooth")) o->smooth_px = cli_number(run, "smooth");
  if (cli_given(run, "background")) o->background_px = cli_number(run, "background");
  o->least_area_px = (size_t)cli_count(run, "least-area");
  return (isnan(o->h) || o->h > 0.0) && o->smooth_px > 0.0 && o->smooth_px <= 32.0 && o->background_px > 0.0 &&
         o->background_px <= 32.0;
}

static bool read_net_options(cli_run *run, culture_unet_options *o) {
  *o = lg_culture_unet_options_default();
  if (cli_given(run, "zoom")) o->zoom = cli_number(run, "zoom");
  if (cli_given(run, "diameter")) o->zoom = lg_culture_unet_diameter_px() / cli_number(run, "diameter");
  o->flow.flow_threshold = cli_number(run, "flow-threshold");
  o->flow.least_logit = cli_number(run, "cellprob-threshold");
  o->flow.least_area_px = (size_t)cli_count(run, "min-size");
  return (isnan(o->zoom) || (o->zoom >= 0.05 && o->zoom <= 20.0)) && o->flow.flow_threshold >= 0.0 &&
         fabs(o->flow.least_logit) <= 20.0 && !(cli_given(run, "zoom") && cli_given(run, "diameter"));
}

static void say(cli_run *run, const lg_culture_masks *masks, bool net, double zoom, double h) {
  if (!cli_json(run)) {
    cli_say(run, "%u cells; written to %s", masks->most, cli_text(run, "output"));
    return;
  }
  lg_json j = cli_json_begin("loligo-culture-masks/1");
  lg_json_key_integer(&j, "n_cells", masks->most);
  lg_json_key_text(&j, "method", net ? "unet" : "watershed");
  if (net) lg_json_key_number(&j, "zoom", zoom);
  else lg_json_key_number(&j, "h", h);
  cli_json_end(run, &j);
}

static int run_segment(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const bool net = strcmp(cli_text(run, "method"), "unet") == 0;
  const char *in = cli_positional(run, 0), *out = cli_text(run, "output"), *about = in;
  const char *other = of_other_method(run, net);
  lg_culture_film *film = NULL;
  lg_culture_masks *masks = NULL;
  culture_watershed o;
  culture_unet_options by_net;
  double h = 0.0, zoom = 1.0;
  const culture_film_options reading = {cli_given(run, "dark") ? cli_number(run, "dark") : (double)NAN, 1,
                                        cli_flag(run, "align")};
  if (!out) return cli_usage(run, "where to? give -o MASKS.tif");
  if (other) return cli_usage(run, "--%s belongs to --method %s", other, net ? "watershed" : "unet");
  if (!read_net_options(run, &by_net))
    return cli_usage(run, "one of --zoom (0.05 to 20) and --diameter (1.6 to 626 px); --flow-threshold must be 0 or "
                          "more, --cellprob-threshold from -20 to 20");
  LG_TRY(lg_culture_film_open(ctx, in, &reading, &film));
  if (!read_options(run, film->movie.n_frames >= 8, &o)) {
    lg_culture_film_destroy(ctx, film);
    return cli_usage(run, "--h must be above 0, --smooth and --background above 0 and at most 32 px");
  }
  if (net) LG_TRY(cli_culture_by_net(run, film, in, &by_net, &masks, &zoom, &about));
  else LG_TRY(lg_culture_film_watershed(ctx, film, &o, &masks, &h));
  LG_TRY(lg_culture_film_clip(ctx, film, masks));
  about = out;
  LG_TRY(cli_culture_write_shifts(run, out, film));
  LG_TRY(lg_tiff_write_labels(ctx, out, masks->label, masks->height, masks->width));
  say(run, masks, net, zoom, h);
done:
  lg_culture_film_destroy(ctx, film);
  lg_culture_masks_destroy(ctx, masks);
  if (status == LG_ERR_NOT_FOUND) {
    (void)cli_report(run, about, status);
    return CLI_NEGATIVE; /* no cell is an answer */
  }
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_culture_segment_command = {
    .name = "culture segment",
    .arguments = "MOVIE.tif -o MASKS.tif",
    .summary = "Find the cells of a calcium movie, or of one image, and write them as labels.",
    .example = "loligo culture segment movie.tif -o masks.tif",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_segment,
};
