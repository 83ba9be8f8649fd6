/* loligo neuron fit: the values of a cell with shape from a recording. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/cable_file.h"
#include "twin/cable_fit_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "FILE", CLI_OUTPUT, NULL, "The case with the fitted values (-o); also written after each better stage."},
    {"parameters", "NAME[=LOW:HIGH],...", CLI_TEXT, NULL,
     "What is fitted, * for any text; not given: conductances that are not 0, cm, Ra and leak reversals."},
    {"at", "soma|SECTION:X", CLI_TEXT, "soma", "Where the electrode is: the soma, or place X of a section by number."},
    {"train", "even|all|LIST", CLI_TEXT, NULL,
     "Sweeps that are fitted, from 0: 0,2,5; not given: even ones where there are four or more."},
    {"bridge", NULL, CLI_FLAG, NULL, "Fit a series resistance of the electrode too."},
    {"noise", "VOLTAGE", CLI_VOLTAGE, NULL, "Noise of a sample; not given: estimated."},
    {"starts", "N", CLI_COUNT, "3", "Starts at most; the first is the case's own values."},
    {"iterations", "N", CLI_COUNT, "8", "Steps of a stage at most."},
    {"generations", "N", CLI_COUNT, "60", "Of the search by spikes, where no start explains a cell that fires."},
    {"dt", "TIME", CLI_TIME, "0.05ms", "Greatest step of the model."},
    {"before", "TIME", CLI_TIME, "60ms", "How much of a sweep before its current step is used."},
    {"after", "TIME", CLI_TIME, "60ms", "How much after it."},
    {"max-dx-um", "L", CLI_NUMBER, NULL, "Cut sections into compartments of at most L um."},
    {"d-lambda", "F", CLI_NUMBER, NULL, "Cut at F of the length constant at 100 Hz (0.1)."},
    {"nseg", "N", CLI_COUNT, NULL, "Cut every section into N compartments."},
    {"no-profiles", NULL, CLI_FLAG, NULL, "Intervals by the curvature alone: quicker, less sure where it is flat."},
    {"report", "DIR", CLI_OUTPUT, NULL, "Folder for report.html, fit.json and traces.csv."},
};

typedef struct saver {
  cli_run *run;
  const char *case_path, *recording_path, *out_path;
} saver;

static void after_stage(void *user, const char *stage, const cable_fit *best) {
  const saver *s = user;
  cli_say(s->run, "%s: score %.4g, chi2 per sample %.4g", stage, best->score, best->chi2_per_sample);
  if (s->out_path && lg_cable_fit_save(cli_ctx(s->run), best, s->case_path, s->recording_path, s->out_path) != LG_OK)
    cli_say(s->run, "%s: %s", s->out_path, lg_ctx_message(cli_ctx(s->run)));
}

static lg_status read_place(cli_run *run, cable_location *at) {
  const char *text = cli_text(run, "at");
  memset(at, 0, sizeof *at);
  at->where = CABLE_AT_SOMA;
  if (strcmp(text, "soma") == 0) return LG_OK;
  char *end;
  const unsigned long section = strtoul(text, &end, 10);
  at->where = CABLE_AT_SECTION;
  at->section = (size_t)section;
  at->x = *end == ':' ? strtod(end + 1, &end) : 0.5;
  if (end == text || *end != '\0' || !(at->x >= 0.0 && at->x <= 1.0))
    return lg_fail(cli_ctx(run), LG_ERR_ARGUMENT, "--at %s: soma, or SECTION:X with X from 0 to 1", text);
  return LG_OK;
}

static lg_status read_train(cli_run *run, const lg_recording *rec, bool **out) {
  lg_ctx *ctx = cli_ctx(run);
  const char *text = cli_text(run, "train");
  *out = NULL;
  if (!text) return LG_OK;
  bool *train = lg_alloc(ctx, rec->n_sweeps + 1, sizeof *train);
  if (!train) return LG_ERR_MEMORY;
  *out = train;
  for (size_t k = 0; k < rec->n_sweeps; k++)
    train[k] = strcmp(text, "all") == 0 || (strcmp(text, "even") == 0 && k % 2 == 0);
  if (strcmp(text, "all") == 0 || strcmp(text, "even") == 0) return LG_OK;
  for (const char *at = text; *at;) {
    char *end;
    const unsigned long k = strtoul(at, &end, 10);
    if (end == at || (*end != ',' && *end != '\0') || k >= rec->n_sweeps)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "--train %s: even, all, or numbers below %zu", text, rec->n_sweeps);
    train[k] = true;
    at = *end == ',' ? end + 1 : end;
  }
  return LG_OK;
}

static void print(const cable_fit *f) {
  (void)printf("%zu nodes, %zu sweeps, noise %.3g mV, chi2 per sample %.4g: %s\n\n", f->n_nodes, f->n_sweeps,
               f->sigma_mV, f->chi2_per_sample,
               f->explained  ? "explained to the noise"
               : f->by_score ? "not explained to the noise; found by spikes, intervals are what scores nearly as well"
                             : "not explained to the noise, intervals are widened for the misfit");
  (void)printf("%-28s %12s %12s %12s  %-8s %s\n", "parameter", "value", "low 95 %", "high 95 %", "unit", "verdict");
  for (size_t k = 0; k < f->n_unknowns; k++) {
    const cable_fit_unknown *u = &f->unknowns[k];
    (void)printf("%-28s %12.5g %12.5g %12.5g  %-8s %s\n", u->name, u->value, u->interval[0], u->interval[1], u->unit,
                 lg_cable_fit_word(u->verdict));
  }
  (void)printf("\n%-6s %-9s %9s %9s %10s %18s\n", "sweep", "use", "recorded", "predicted", "rmse mV",
               "away from spikes");
  for (int train = 1; train >= 0; train--)
    for (size_t k = 0; k < f->n_sweeps; k++) {
      const cable_fit_sweep *s = &f->sweeps[k];
      if (s->train != (train == 1)) continue;
      (void)printf("%-6d %-9s %9zu %9zu %10.3f %18.3f\n", s->number, s->train ? "fitted" : "held out", s->n_recorded,
                   s->n_predicted, s->rmse_mV, s->rmse_quiet_mV);
    }
}

static lg_status finish(cli_run *run, const cable_fit *fit, const saver *s) {
  lg_status status = LG_OK;
  if (s->out_path) LG_TRY(lg_cable_fit_save(cli_ctx(run), fit, s->case_path, s->recording_path, s->out_path));
  if (cli_given(run, "report"))
    LG_TRY(lg_cable_fit_report(cli_ctx(run), fit, s->recording_path, cli_provenance(run), cli_text(run, "report")));
  if (!cli_json(run)) {
    print(fit);
    return LG_OK;
  }
  lg_json w = cli_json_begin("loligo-cable-fit/1");
  lg_cable_fit_fields(&w, fit);
  cli_json_end(run, &w);
done:
  return status;
}

static int run_fit(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *file = cli_positional(run, 0);
  cable_model *model = NULL;
  lg_recording *rec = NULL;
  cable_fit_unknown *unknowns = NULL;
  cable_fit_sweep *sweeps = NULL;
  cable_fit *fit = NULL;
  bool *train = NULL;
  size_t n_unknowns = 0, n_sweeps = 0;
  saver s = {run, file, cli_positional(run, 1), cli_text(run, "output")};
  cable_cut cut = CABLE_CUT_INIT;
  cable_fit_options o = {.dt_ms = cli_number(run, "dt"),
                         .noise_mV = cli_given(run, "noise") ? cli_number(run, "noise") : 0.0,
                         .before_ms = cli_number(run, "before"),
                         .after_ms = cli_number(run, "after"),
                         .starts = (size_t)cli_count(run, "starts"),
                         .iterations = (size_t)cli_count(run, "iterations"),
                         .generations = (size_t)cli_count(run, "generations"),
                         .seed = cli_seed(run),
                         .no_profiles = cli_flag(run, "no-profiles")};
  if (cli_given(run, "nseg")) cut.n_per_section = (size_t)cli_count(run, "nseg");
  if (cli_given(run, "max-dx-um")) cut.max_dx_um = cli_number(run, "max-dx-um");
  if (cli_given(run, "d-lambda")) cut.d_lambda = cli_number(run, "d-lambda");
  if (!s.out_path && !cli_given(run, "report") && !cli_json(run)) cli_say(run, "no -o: the values are only printed");
  LG_TRY(cli_provenance(run) ? LG_OK : LG_ERR_MEMORY);
  LG_TRY(read_place(run, &o.at));
  LG_TRY(lg_cable_load(ctx, file, &model));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "model", file));
  LG_TRY(
      lg_cable_fit_unknowns(ctx, model, cli_text(run, "parameters"), cli_flag(run, "bridge"), &unknowns, &n_unknowns));
  file = s.recording_path;
  LG_TRY(lg_recording_read(ctx, file, &rec));
  LG_TRY(lg_provenance_add_recording(ctx, cli_provenance(run), rec));
  LG_TRY(read_train(run, rec, &train));
  LG_TRY(lg_cable_fit_sweeps(ctx, rec, &o, train, &sweeps, &n_sweeps));
  file = NULL;
  status = lg_cable_fit_run(ctx, model, &cut, &o, unknowns, n_unknowns, sweeps, n_sweeps, after_stage, &s, &fit);
  unknowns = NULL;
  sweeps = NULL;
  if (status == LG_OK) status = finish(run, fit, &s);
done:
  lg_cable_fit_destroy(ctx, fit);
  lg_cable_fit_sweeps_destroy(ctx, sweeps, n_sweeps);
  lg_free(ctx, unknowns);
  lg_free(ctx, train);
  lg_recording_destroy(ctx, rec);
  lg_cable_model_destroy(ctx, model);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}

const cli_command cli_neuron_fit_command = {
    .name = "neuron fit",
    .arguments = "CASE.json RECORDING -o FITTED.json [--parameters NAME,...] [--report DIR]",
    .summary = "Fit conductances, cm, Ra and leaks of a cell with shape to a recording, with intervals.",
    .example = "loligo neuron fit cell.json recording.abf -o fitted.json --report fit\n"
               "loligo neuron fit cell.json rec.nwb -o fitted.json --parameters '*.hh.g*,*.cm=0.5:3,*.Ra'",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_fit,
};
