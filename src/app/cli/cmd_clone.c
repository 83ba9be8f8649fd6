#include "app/cli/commands.h"
#include "data/provenance.h"
#include "twin/clone.h"

#include <loligo/recording.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "TWIN.json", CLI_OUTPUT, NULL, "Write the twin here; - streams to stdout."},
    {"model", "izhikevich|hh", CLI_CHOICE, NULL, "The family; without it the one that predicts best."},
    {"all-sweeps", NULL, CLI_FLAG, NULL, "Fit every sweep; otherwise even sweeps are fitted and odd ones predicted."},
};

static void summary(const cli_run *run, const lg_recording *rec, const lg_clone *c, const char *output) {
  const lg_twin *t = &c->twin;
  cli_say(run, "%s: %s, %zu sweeps at %.3g kHz", rec->source, rec->format, rec->n_sweeps, 1.0 / rec->sweeps[0].dt_ms);
  cli_say(run, "model %s %s: %s, χ² per sample %.3g, noise %.3g mV", t->model, t->variant,
          t->accepted ? "accepted" : "not explained by noise alone", t->chi2_per_sample, t->noise_mV);
  for (size_t k = 0; k < t->n_parameters; k++)
    cli_say(run, "  %-6s %9.4g ± %-9.3g %s", t->parameters[k].name, t->parameters[k].value, t->parameters[k].sd,
            t->parameters[k].unit);
  cli_say(run, "spike counts: RMSE %.2f on fitted, %.2f on predicted sweeps (R² %.3f); silent sweeps off by %.2f mV",
          t->count_rmse_fitted, t->count_rmse_predicted, t->count_r2_predicted, t->subthreshold_rmse_mV);
  cli_say(run, "domain: %s", lg_domain_name(t->domain));
  for (size_t k = 0; k < t->n_reasons; k++) cli_say(run, "  %s", t->reasons[k]);
  if (strcmp(output, "-") != 0) cli_say(run, "twin: %s", output);
}

static int run_clone(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0), *model = cli_text(run, "model");
  const char *output = cli_given(run, "output") ? cli_text(run, "output") : cli_json(run) ? "-" : NULL;
  lg_recording *rec = NULL;
  lg_clone *clone = NULL;
  int code = CLI_OK;
  if (!output) return cli_usage(run, "where to? give -o TWIN.json, or --json for standard output");
  lg_status status = lg_recording_read(ctx, path, &rec);

  const lg_clone_opts opts = {.model = model, .all_sweeps = cli_flag(run, "all-sweeps"), .seed = cli_seed(run)};
  if (status == LG_OK) status = lg_clone_recording(ctx, rec, &opts, &clone);
  lg_provenance *provenance = cli_provenance(run);
  if (status == LG_OK && !provenance) status = LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_input(ctx, provenance, "recording", path);
  if (status != LG_OK) code = cli_report(run, path, status);
  else {
    status = lg_twin_write(ctx, &clone->twin, rec, clone->sweeps, clone->n_sweeps, provenance, output);
    if (status != LG_OK) code = cli_report(run, output, status);
    else summary(run, rec, clone, output);
  }
  lg_clone_destroy(ctx, clone);
  lg_recording_destroy(ctx, rec);
  return code;
}

const cli_command cli_clone = {
    .name = "clone",
    .arguments = "REC -o TWIN.json [--model izhikevich|hh]",
    .summary = "Turn a current-clamp recording into a mechanistic model of that very cell, with its uncertainty.",
    .example = "loligo clone cell.abf -o twin.json",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_clone,
};
