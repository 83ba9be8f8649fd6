#include "app/cli/clone_networks.h"
#include "app/cli/clone_summary.h"
#include "app/cli/commands.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/clone_report.h"

#include <loligo/recording.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "TWIN.json", CLI_OUTPUT, NULL, "Write the twin here; - streams to stdout."},
    {"model", "izhikevich|hh", CLI_CHOICE, NULL, "The family; without it the one that predicts best."},
    {"report", "DIR", CLI_OUTPUT, NULL, "Write a report into this folder: page, PDF, figures, traces and run.json."},
    {"posterior", "samples|laplace", CLI_CHOICE, "samples",
     "Uncertainty: 200 importance-weighted samples of the posterior, or the covariance alone."},
    {"network-only", NULL, CLI_FLAG, NULL, "Stop before the refinement: the parameters are the network's."},
    {"all-sweeps", NULL, CLI_FLAG, NULL, "Fit every sweep; otherwise even sweeps are fitted and odd ones predicted."},
};

static lg_status write_report(cli_run *run, const lg_recording *rec, const lg_clone *clone, const char *folder) {
  lg_status status = LG_OK;
  lg_clone_report *report = NULL;
  lg_clone_report_opts opts = LG_CLONE_REPORT_OPTS_INIT;
  opts.seed = cli_seed(run);
  LG_TRY(lg_clone_report_create(cli_ctx(run), rec, clone, &opts, cli_provenance(run), &report));
  LG_TRY(lg_clone_report_write(cli_ctx(run), report, cli_provenance(run), folder));
done:
  lg_clone_report_destroy(cli_ctx(run), report);
  return status;
}

/* The twin first: should the report fail, the twin stands. */
static int write_all(cli_run *run, const lg_recording *rec, const lg_clone *c, const char *output, const char *report) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = lg_twin_write(ctx, &c->twin, rec, c->sweeps, c->n_sweeps, cli_provenance(run), output);
  if (status == LG_OK && cli_json(run) && strcmp(output, "-") != 0)
    status = lg_twin_write(ctx, &c->twin, rec, c->sweeps, c->n_sweeps, cli_provenance(run), "-");
  if (status != LG_OK) return cli_report(run, output, status);
  if (report) status = write_report(run, rec, c, report);
  if (status != LG_OK) return cli_report(run, report, status);
  clone_say_summary(run, rec, c, output, report);
  return CLI_OK;
}

static int run_clone(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0), *report = cli_text(run, "report");
  const char *output = cli_given(run, "output") ? cli_text(run, "output") : cli_json(run) ? "-" : NULL;
  cli_networks nets = {.n = 0};
  lg_clone_opts opts = {.model = cli_text(run, "model"),
                        .all_sweeps = cli_flag(run, "all-sweeps"),
                        .samples = strcmp(cli_text(run, "posterior"), "samples") == 0,
                        .network_only = cli_flag(run, "network-only"),
                        .seed = cli_seed(run)};
  lg_recording *rec = NULL;
  lg_clone *clone = NULL;
  lg_status status = LG_OK;
  int code = CLI_OK;
  if (!output) return cli_usage(run, "where to? give -o TWIN.json, or --json for standard output");
  LG_TRY(cli_provenance(run) ? LG_OK : LG_ERR_MEMORY);
  LG_TRY(cli_networks_load(run, &nets));
  opts.nets = (const lg_clone_net_file *const *)nets.file;
  opts.n_nets = nets.n;
  LG_TRY(lg_recording_read(ctx, path, &rec));
  LG_TRY(lg_provenance_add_recording(ctx, cli_provenance(run), rec));
  if (report && lg_make_directory(ctx, report) != LG_OK) { /* before the work, not after it */
    code = cli_report(run, report, LG_ERR_IO);
    goto done;
  }
  LG_TRY(lg_clone_recording(ctx, rec, &opts, &clone));
  code = write_all(run, rec, clone, output, report);
done:
  if (status != LG_OK) code = cli_report(run, path, status);
  cli_networks_forget(ctx, &nets);
  lg_clone_destroy(ctx, clone);
  lg_recording_destroy(ctx, rec);
  return code;
}

const cli_command cli_clone = {
    .name = "clone",
    .arguments = "REC -o TWIN.json [--model izhikevich|hh] [--report DIR]",
    .summary = "Turn a current-clamp recording into a mechanistic model of that very cell, with its uncertainty.",
    .example = "loligo clone cell.abf -o twin.json --report report/\n  loligo clone cell.nwb -o twin.json --model hh",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_clone,
};
