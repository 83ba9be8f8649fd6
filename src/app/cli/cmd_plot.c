/* loligo plot REC: a picture of a recording or of a simulated trace. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/neuron_plot.h"
#include "app/cli/simulate_cable.h"
#include "base/base.h"
#include "data/provenance.h"
#include "io/plot_recording.h"
#include "io/table.h"

#include <loligo/recording.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "FILE.svg", CLI_OUTPUT, NULL, "Draw into this file; .svg, .png or .pdf says how."},
    {"sweep", "N", CLI_COUNT, NULL, "Only the sweep of this number; otherwise all, over each other."},
    {"from", "TIME", CLI_TIME, NULL, "Begin of the window."},
    {"to", "TIME", CLI_TIME, NULL, "End of the window."},
    {"width", "PX", CLI_COUNT, "900", "Width, 200 to 10000 px (PDF: points)."},
    {"height", "PX", CLI_COUNT, "560", "Height, 150 to 10000 px."},
};

static const char *ending_of(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot ? dot + 1 : "";
}

/* The words of the picture and the command that drew it: what an SVG says of itself. */
static char *description_of(cli_run *run, const lg_recording *rec, const lg_recording_figure *how) {
  char *text = NULL;
  size_t n = 0;
  FILE *s = open_memstream(&text, &n);
  if (!s) return NULL;
  lg_plot_recording_words(rec, how, s);
  (void)fprintf(s, " Drawn by: %s", lg_provenance_command(cli_provenance(run)));
  for (size_t k = 0; k < lg_provenance_inputs(cli_provenance(run)); k++)
    (void)fprintf(s, "; SHA-256 of the %s: %s", lg_provenance_get_input(cli_provenance(run), k).role,
                  lg_provenance_get_input(cli_provenance(run), k).sha256);
  if (fclose(s) == 0) return text;
  free(text);
  return NULL;
}

static lg_status open_canvas(cli_run *run, const char *ending, FILE *s, const lg_svg_opts *opts, lg_canvas **out) {
  const double w = cli_number(run, "width"), h = cli_number(run, "height");
  if (strcmp(ending, "png") == 0) return lg_canvas_png(cli_ctx(run), s, w, h, 2.0, out);
  if (strcmp(ending, "pdf") == 0) return lg_canvas_pdf(cli_ctx(run), s, w, h, opts->title, NULL, out);
  return lg_canvas_svg(cli_ctx(run), s, w, h, opts, out);
}

static lg_status draw(cli_run *run, const lg_recording *rec, const lg_recording_figure *how, const char *path) {
  lg_status status = LG_OK;
  lg_ctx *ctx = cli_ctx(run);
  lg_outfile *file = NULL;
  lg_canvas *c = NULL;
  char *words = description_of(run, rec, how);
  if (!words) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the words of the picture");
  const lg_svg_opts opts = {.title = "Recording", .description = words, .id = "recording"};
  const double w = cli_number(run, "width"), h = cli_number(run, "height");
  LG_TRY(lg_outfile_open(ctx, path, &file));
  LG_TRY(open_canvas(run, ending_of(path), lg_outfile_stream(file), &opts, &c));
  LG_TRY(lg_plot_recording(ctx, rec, how, c, (lg_box){14, 14, w - 28, h - 28}));
  status = lg_canvas_close(ctx, c);
  c = NULL;
  if (status == LG_OK) {
    status = lg_outfile_commit(ctx, file);
    file = NULL;
  }
done:
  lg_canvas_destroy(ctx, c);
  lg_outfile_discard(ctx, file);
  free(words);
  return status;
}

static int check_options(cli_run *run, const char *path) {
  static const char *const endings[] = {"svg", "png", "pdf"};
  bool known = strcmp(path, "-") == 0;
  for (size_t k = 0; k < 3; k++) known = known || strcmp(ending_of(path), endings[k]) == 0;
  if (!known) return cli_usage(run, "'%s' ends in none of .svg, .png, .pdf", path);
  const uint64_t w = cli_count(run, "width"), h = cli_count(run, "height");
  if (w < 200 || w > 10000 || h < 150 || h > 10000)
    return cli_usage(run, "a picture is 200 to 10000 px wide and 150 to 10000 px high");
  if (cli_given(run, "from") != cli_given(run, "to")) return cli_usage(run, "--from and --to go together");
  if (cli_given(run, "from") && !(cli_number(run, "to") > cli_number(run, "from")))
    return cli_usage(run, "--to must lie behind --from");
  return CLI_OK;
}

static void tell(cli_run *run, const char *path, const char *output) {
  if (!cli_json(run) || strcmp(output, "-") == 0) return;
  lg_json w = cli_json_begin("loligo-plot/1");
  lg_json_key_text(&w, "input", path);
  lg_json_key_text(&w, "output", output);
  cli_json_end(run, &w);
}

/* What is no recording may be a trace of several places, or spikes. */
static bool is_other_table(lg_ctx *ctx, const char *path) {
  lg_table *table = NULL;
  bool is = false;
  if (lg_table_read(ctx, path, &table) == LG_OK)
    for (size_t k = 0; k < table->n; k++) is = is || strcmp(table->items[k].name, "t_ms") == 0;
  lg_table_destroy(ctx, table);
  return is;
}

static int run_plot(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0), *output = cli_text(run, "output");
  lg_recording *rec = NULL;
  lg_recording_figure how = {.font = 13.0, .sweep = -1};
  if (!output) return cli_usage(run, "where to? give -o FILE.svg, .png or .pdf");
  int code = check_options(run, output);
  if (code != CLI_OK) return code;
  if (cli_given(run, "sweep")) how.sweep = (int)cli_count(run, "sweep");
  if (cli_given(run, "from")) how.t0_ms = cli_number(run, "from"), how.t1_ms = cli_number(run, "to");
  lg_status status = cli_provenance(run) ? lg_recording_read(ctx, path, &rec) : LG_ERR_MEMORY;
  if (status == LG_ERR_FORMAT && !cli_given(run, "sweep")) {
    char reason[1024];
    (void)snprintf(reason, sizeof reason, "%s", lg_ctx_message(ctx));
    if (is_other_table(ctx, path)) return cli_plot_table(run, NULL);
    if (cli_is_cable(ctx, path))
      return cli_usage(run, "%s is a cell with shape: loligo neuron plot simulates and draws it", path);
    status = lg_fail(ctx, status, "%s", reason);
  }
  if (status == LG_OK) status = lg_provenance_add_input(ctx, cli_provenance(run), "recording", path);
  if (status != LG_OK) code = cli_report(run, path, status);
  else {
    status = draw(run, rec, &how, output);
    if (status == LG_OK) tell(run, path, output);
    else code = cli_report(run, status == LG_ERR_IO ? output : path, status);
  }
  lg_recording_destroy(ctx, rec);
  return code;
}

const cli_command cli_plot_command = {
    .name = "plot",
    .arguments = "REC -o FILE.svg [--sweep N] [--from TIME --to TIME]",
    .summary =
        "Draw a recording, or a simulated trace: sweeps over each other, the current below; or a raster of spikes.",
    .example =
        "loligo plot cell.abf -o cell.svg\n  loligo plot cell.abf --sweep 12 --from 100ms --to 300ms -o spikes.png",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_plot,
};
