/* loligo features REC: spike features of every sweep and of the cell. */
#include "app/cli/commands.h"

#include "app/cli/features_output.h"
#include "base/base.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "FILE", CLI_OUTPUT, NULL, "Write here: JSON if the name ends in .json, else CSV; - streams CSV."},
    {"definition", "standard|efel|ipfx", CLI_CHOICE, "standard", "Where a spike begins; see docs/features.md."},
    {"all", NULL, CLI_FLAG, NULL, "Print every feature of every sweep, with the reason where one is undefined."},
    {"all-spikes", NULL, CLI_FLAG, NULL, "Count the spikes of the whole sweep, not only those of the step."},
    {"window-extra", "TIME", CLI_TIME, "2ms", "The step's spikes may peak this long after its end; 0 to 100 ms."},
    {"spike-level", "VOLTAGE", CLI_VOLTAGE, "-20mV", "A spike crosses this potential upwards."},
    {"step-on", "TIME", CLI_TIME, NULL, "Start of the step in every sweep, when the file does not tell."},
    {"step-off", "TIME", CLI_TIME, NULL, "End of the step in every sweep."},
    {"list", "text|markdown", CLI_CHOICE, NULL, "Print the table of features (--json: as JSON) and read no file."},
};

static lg_features_opts read_options(const cli_run *run) {
  static const char *const names[] = {"standard", "efel", "ipfx"};
  lg_features_opts opts = LG_FEATURES_OPTS_INIT;
  for (int k = 0; k < 3; k++)
    if (strcmp(cli_text(run, "definition"), names[k]) == 0) opts.definition = (lg_feature_definition)k;
  opts.all_spikes = cli_flag(run, "all-spikes");
  opts.window_extra_ms = cli_number(run, "window-extra");
  opts.spike_level_mV = cli_number(run, "spike-level");
  return opts;
}

static double mean_current(const lg_sweep *s, size_t begin, size_t end) {
  double sum = 0.0;
  for (size_t k = begin; k < end; k++) sum += s->i_pA[k];
  return end > begin ? sum / (double)(end - begin) : (double)NAN;
}

/* The step as the user says; its current is measured, NAN when the file has none. */
static lg_status impose_step(lg_ctx *ctx, lg_recording *rec, double on_ms, double off_ms) {
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    lg_sweep *s = &rec->sweeps[k];
    const double length = (double)s->n * s->dt_ms;
    if (!(on_ms >= 0.0 && on_ms < off_ms && off_ms <= length))
      return lg_fail(ctx, LG_ERR_RANGE, "step from %g to %g ms does not lie in sweep %d of %g ms", on_ms, off_ms,
                     s->number, length);
    s->step_on = (size_t)floor(on_ms / s->dt_ms + 0.5);
    s->step_off = (size_t)floor(off_ms / s->dt_ms + 0.5);
    if (s->step_off > s->n) s->step_off = s->n;
    if (s->step_on >= s->step_off)
      return lg_fail(ctx, LG_ERR_RANGE, "the step is shorter than a sample (%g ms)", s->dt_ms);
    const size_t before = (size_t)(50.0 / s->dt_ms);
    s->has_step = 1;
    s->step_hold_pA =
        s->i_pA ? mean_current(s, s->step_on > before ? s->step_on - before : 0, s->step_on) : (double)NAN;
    s->step_pA = s->i_pA ? mean_current(s, s->step_on, s->step_off) : (double)NAN;
  }
  return LG_OK;
}

static bool ends_in(const char *text, const char *end) {
  const size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

static int write_results(cli_run *run, const lg_recording *rec, const lg_features *f) {
  const char *path = cli_text(run, "output"), *definition = cli_text(run, "definition");
  lg_provenance *provenance = cli_provenance(run);
  const bool json_file = path && ends_in(path, ".json");
  if (path) {
    lg_outfile *file = NULL;
    lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
    if (status != LG_OK) return cli_report(run, path, status);
    FILE *stream = lg_outfile_stream(file);
    if (json_file || (cli_json(run) && strcmp(path, "-") == 0))
      features_write_json(stream, rec, f, definition, provenance);
    else features_write_csv(stream, rec, f, definition, provenance);
    status = lg_outfile_commit(cli_ctx(run), file);
    if (status != LG_OK) return cli_report(run, path, status);
    if (strcmp(path, "-") == 0) return CLI_OK;
  }
  if (cli_json(run)) features_write_json(stdout, rec, f, definition, provenance);
  else if (!path) features_write_text(stdout, rec, f, cli_flag(run, "all"));
  return CLI_OK;
}

static lg_status read_recording(cli_run *run, const char *path, lg_recording **rec) {
  lg_status status = lg_recording_read(cli_ctx(run), path, rec);
  if (status == LG_OK && cli_given(run, "step-on"))
    status = impose_step(cli_ctx(run), *rec, cli_number(run, "step-on"), cli_number(run, "step-off"));
  if (status != LG_OK) return status;
  for (size_t k = 0; k < (*rec)->n_warnings; k++) cli_say(run, "loligo: %s: warning: %s", path, (*rec)->warnings[k]);
  return LG_OK;
}

static int list(const cli_run *run) {
  if (cli_json(run)) features_list_json(stdout);
  else if (strcmp(cli_text(run, "list"), "markdown") == 0) features_list_markdown(stdout);
  else features_list_text(stdout);
  return CLI_OK;
}

static int run_features(cli_run *run) {
  if (cli_given(run, "list")) return list(run);
  if (cli_positionals(run) == 0) return cli_usage(run, "a recording is missing");
  if (cli_given(run, "step-on") != cli_given(run, "step-off"))
    return cli_usage(run, "--step-on and --step-off go together");
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0);
  const lg_features_opts opts = read_options(run);
  lg_recording *rec = NULL;
  lg_features *features = NULL;
  lg_provenance *provenance = cli_provenance(run);
  lg_status status = provenance ? read_recording(run, path, &rec) : LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_recording(ctx, provenance, rec);
  if (status == LG_OK) status = lg_features_create(ctx, rec, &opts, &features);
  const int code = status == LG_OK ? write_results(run, rec, features) : cli_report(run, path, status);
  lg_features_destroy(ctx, features);
  lg_recording_destroy(ctx, rec);
  return code;
}

const cli_command cli_features_command = {
    .name = "features",
    .arguments = "REC [--json] [--definition standard|efel|ipfx] [-o FILE.csv]",
    .summary = "Measure spike features of every sweep and of the cell, by eFEL and IPFX names where they have one.",
    .example = "loligo features cell.abf\nloligo features cell.nwb --definition efel -o features.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 1,
    .run = run_features,
};
