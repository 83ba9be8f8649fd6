/* loligo plot REC: a picture of a recording or of a simulated trace. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/neuron_plot.h"
#include "app/cli/picture.h"
#include "app/cli/simulate_cable.h"
#include "base/base.h"
#include "data/provenance.h"
#include "io/plot_recording.h"
#include "io/table.h"
#include "twin/axon_profiles.h"
#include "twin/axon_profiles_summary.h"

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

typedef struct picture {
  const lg_recording *rec;
  const lg_recording_figure *how;
} picture;

static lg_status draw_recording(lg_ctx *ctx, void *user, lg_canvas *canvas, lg_box box) {
  const picture *p = user;
  return lg_plot_recording(ctx, p->rec, p->how, canvas, box);
}

static lg_status draw(cli_run *run, const lg_recording *rec, const lg_recording_figure *how, const char *path) {
  char *words = NULL;
  size_t n = 0;
  picture p = {rec, how};
  FILE *s = open_memstream(&words, &n);
  if (s) lg_plot_recording_words(rec, how, s);
  if (!s || fclose(s) != 0) {
    free(words);
    return lg_fail(cli_ctx(run), LG_ERR_MEMORY, "no memory for the words of the picture");
  }
  const lg_status status = cli_write_picture(run, path,
                                             &(cli_picture){.title = "Recording",
                                                            .id = "recording",
                                                            .words = words,
                                                            .width = cli_number(run, "width"),
                                                            .height = cli_number(run, "height"),
                                                            .draw = draw_recording,
                                                            .user = &p});
  free(words);
  return status;
}

static int check_options(cli_run *run, const char *path) {
  if (!cli_is_picture(path)) return cli_usage(run, "'%s' ends in none of .svg, .png, .pdf", path);
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

/* ---- strain profiles of axons -------------------------------------------------------------------------------- */

typedef struct strain_picture {
  const axon_profiles *profiles;
  double from_ms, to_ms;
} strain_picture;

static lg_status draw_strain(lg_ctx *ctx, void *user, lg_canvas *canvas, lg_box box) {
  const strain_picture *p = user;
  return lg_axon_profiles_draw(ctx, p->profiles, p->from_ms, p->to_ms, 13.0, canvas, box);
}

static lg_status draw_profiles(cli_run *run, const axon_profiles *profiles, const char *output) {
  char words[200];
  axon_profiles_summary s;
  strain_picture p = {.profiles = profiles};
  if (cli_given(run, "from")) p.from_ms = cli_number(run, "from"), p.to_ms = cli_number(run, "to");
  const lg_status status = lg_axon_profiles_summarise(cli_ctx(run), profiles, &s);
  if (status != LG_OK) return status;
  (void)snprintf(words, sizeof words,
                 "Strain of %zu fibres over %.4g ms: %.3g to %.3g; half of them stay within %.3g, 95 %% within %.3g.",
                 profiles->n, 1e3 * profiles->dt_s * (double)(profiles->n_times - 1), s.least, s.greatest, s.peak[1],
                 s.peak[2]);
  return cli_write_picture(run, output,
                           &(cli_picture){.title = "Strain of fibres",
                                          .id = "strain",
                                          .words = words,
                                          .width = cli_number(run, "width"),
                                          .height = cli_number(run, "height"),
                                          .draw = draw_strain,
                                          .user = &p});
}

/* Whether the file holds strain profiles; they are drawn then. */
static bool plot_profiles(cli_run *run, const char *path, const char *output, int *code) {
  lg_ctx *ctx = cli_ctx(run);
  axon_profiles *profiles = NULL;
  if (lg_axon_profiles_load(ctx, path, &profiles) != LG_OK) return false;
  lg_status status = lg_provenance_add_input(ctx, cli_provenance(run), "profiles", path);
  if (status == LG_OK) status = draw_profiles(run, profiles, output);
  if (status == LG_OK) tell(run, path, output);
  *code = status == LG_OK ? CLI_OK : cli_report(run, status == LG_ERR_IO ? output : path, status);
  lg_axon_profiles_destroy(ctx, profiles);
  return true;
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
    if (plot_profiles(run, path, output, &code)) return code;
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
    .summary = "Draw a recording, or a simulated trace: sweeps over each other, the current below; a raster of spikes; "
               "strain of fibres.",
    .example =
        "loligo plot cell.abf -o cell.svg\n  loligo plot cell.abf --sweep 12 --from 100ms --to 300ms -o spikes.png",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_plot,
};
