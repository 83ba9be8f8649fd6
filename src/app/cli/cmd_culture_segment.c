/* loligo culture segment: the cells of a movie or an image as a label image. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "io/tiff.h"
#include "twin/culture_movie.h"
#include "twin/culture_unet.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "MASKS.tif", CLI_OUTPUT, NULL, "Label image: 0 background, 1 … n cells, as Cellpose writes it."},
    {"method", "watershed|unet", CLI_CHOICE, "watershed",
     "How to find cells: on their activity, or by a flow network."},
    {"net", "NET.safetensors", CLI_INPUT, NULL, "The flow network."},
    {"zoom", "FACTOR", CLI_NUMBER, NULL, "Of --method unet; otherwise from the area of what the watershed finds."},
    {"h", "H", CLI_NUMBER, NULL, "How far a seed stands out, in local standard deviations; otherwise 0.4, images 0.2."},
    {"auto", NULL, CLI_FLAG, NULL, "Choose h where the number of seeds changes least."},
    {"smooth", "PX", CLI_NUMBER, NULL, "Smoothing before seeds are looked for; 1.5 px, images 2."},
    {"background", "PX", CLI_NUMBER, NULL, "Gaussian of the local mean and deviation; 14 px, images 25."},
    {"least-area", "PX", CLI_COUNT, "150", "Smaller cells join a neighbour."},
    {"dark", "COUNTS", CLI_NUMBER, NULL, "Dark level of the camera; otherwise the 0.5 percentile of the movie."},
};

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

static lg_status by_network(cli_run *run, const lg_culture_film *film, lg_culture_masks **masks, const char **about) {
  lg_culture_unet_file net = {0};
  char path[4096];
  lg_status status = LG_OK;
  *about = cli_text(run, "net");
  if (!*about) {
    status = cli_find_data(cli_ctx(run), "models/culture-unet.safetensors", path, sizeof path);
    *about = "models/culture-unet.safetensors";
  }
  if (status == LG_OK)
    status = lg_culture_unet_load(cli_ctx(run), cli_text(run, "net") ? cli_text(run, "net") : path, &net);
  if (status != LG_OK) return status;
  *about = cli_positional(run, 0);
  status = lg_culture_film_unet(cli_ctx(run), film, &net,
                                cli_given(run, "zoom") ? cli_number(run, "zoom") : (double)NAN, masks);
  lg_culture_unet_file_clear(cli_ctx(run), &net);
  return status;
}

static int run_segment(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *in = cli_positional(run, 0), *out = cli_text(run, "output"), *about = in;
  lg_culture_film *film = NULL;
  lg_culture_masks *masks = NULL;
  culture_watershed o;
  double h = 0.0;
  if (!out) return cli_usage(run, "where to? give -o MASKS.tif");
  LG_TRY(lg_culture_film_load(ctx, in, cli_given(run, "dark") ? cli_number(run, "dark") : (double)NAN, 1, &film));
  if (!read_options(run, film->movie.n_frames >= 8, &o)) {
    lg_culture_film_destroy(ctx, film);
    return cli_usage(run, "--h must be above 0, --smooth and --background above 0 and at most 32 px");
  }
  if (strcmp(cli_text(run, "method"), "unet") == 0) LG_TRY(by_network(run, film, &masks, &about));
  else LG_TRY(lg_culture_film_watershed(ctx, film, &o, &masks, &h));
  about = out;
  LG_TRY(lg_tiff_write_labels(ctx, out, masks->label, masks->height, masks->width));
  if (cli_json(run)) {
    lg_json j = cli_json_begin("loligo-culture-masks/1");
    lg_json_key_integer(&j, "n_cells", masks->most);
    lg_json_key_number(&j, "h", h);
    cli_json_end(run, &j);
  } else {
    cli_say(run, "%u cells; written to %s", masks->most, out);
  }
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
