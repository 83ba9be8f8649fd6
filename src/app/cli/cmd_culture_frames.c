/* loligo culture frames: a movie's frames as bytes, for the page that plays it. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/culture_frames.h"

static const cli_option options[] = {
    {"output", "FRAMES.bin", CLI_OUTPUT, NULL, "A line of JSON, then a byte for each pixel, frame by frame."},
    {"side", "PX", CLI_COUNT, "384", "Longer sides are shrunk by the mean of whole pixels."},
    {"frames", "N", CLI_COUNT, "1500", "Of more frames every second, third … is taken."},
};

static void say(cli_run *run, const lg_culture_frames *f) {
  if (!cli_json(run)) {
    cli_say(run, "%zu frames of %zu x %zu, one pixel for %zu x %zu, every %zu. frame; written to %s", f->n, f->width,
            f->height, f->shrink, f->shrink, f->step, cli_text(run, "output"));
    return;
  }
  lg_json j = cli_json_begin("loligo-frames/1");
  lg_json_key_integer(&j, "n_frames", (int64_t)f->n);
  lg_json_key_integer(&j, "height", (int64_t)f->height);
  lg_json_key_integer(&j, "width", (int64_t)f->width);
  lg_json_key_integer(&j, "shrink", (int64_t)f->shrink);
  lg_json_key_integer(&j, "step", (int64_t)f->step);
  lg_json_key_number(&j, "low", f->low);
  lg_json_key_number(&j, "high", f->high);
  cli_json_end(run, &j);
}

static int run_frames(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *in = cli_positional(run, 0), *out = cli_text(run, "output"), *about = in;
  const culture_frames_options o = {(size_t)cli_count(run, "side"), (size_t)cli_count(run, "frames")};
  lg_tiff *movie = NULL;
  lg_culture_frames *frames = NULL;
  if (!out) return cli_usage(run, "where to? give -o FRAMES.bin");
  if (o.side < 16 || o.side > 4096) return cli_usage(run, "--side %zu: 16 to 4096 px is the range", o.side);
  if (o.frames < 1 || o.frames > 100000) return cli_usage(run, "--frames %zu: 1 to 100000 is the range", o.frames);
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "movie", in));
  LG_TRY(lg_tiff_read(ctx, in, &movie));
  LG_TRY(lg_culture_frames_create(ctx, movie, &o, &frames));
  about = out;
  LG_TRY(lg_culture_frames_write(ctx, out, frames));
  say(run, frames);
done:
  lg_culture_frames_destroy(ctx, frames);
  lg_tiff_destroy(ctx, movie);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_culture_frames_command = {
    .name = "culture frames",
    .arguments = "MOVIE.tif -o FRAMES.bin",
    .summary = "Shrink a movie to bytes that a page can play.",
    .example = "loligo culture frames movie.tif -o frames.bin",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_frames,
};
