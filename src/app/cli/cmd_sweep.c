/* loligo sweep: one neuron with many values of its parameters. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/sweep_plan.h"

#include <string.h>
#include <unistd.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "Folder for results.csv, results.sqlite, results.h5 and the journals."},
    {"shard", "I/N", CLI_TEXT, NULL, "Only this share of N; the share that ends last merges."},
    {"slurm", NULL, CLI_FLAG, NULL, "Print a job script for Slurm and stop."},
};

static void print_json(cli_run *run, const char *folder, const sweep_job *job, const lg_sweep_report *r) {
  lg_json w = cli_json_begin("loligo-sweep-summary/1");
  lg_json_key_text(&w, "plan", cli_positional(run, 0));
  lg_json_key_text(&w, "folder", folder);
  lg_json_key_text(&w, "solver", sweep_solver_name(job->solver));
  lg_json_key_integer(&w, "n_points", (int64_t)r->n_points);
  lg_json_key_integer(&w, "n_done", (int64_t)r->n_done);
  lg_json_key_integer(&w, "n_failed", (int64_t)r->n_failed);
  lg_json_key_integer(&w, "n_resumed", (int64_t)r->n_resumed);
  lg_json_key_boolean(&w, "complete", r->complete);
  cli_json_end(run, &w);
}

static void say(const cli_run *run, const char *folder, const lg_sweep_report *r) {
  if (r->n_resumed > 0) cli_say(run, "%zu points were there already", r->n_resumed);
  if (r->complete) cli_say(run, "%zu points in %s/results.csv, .sqlite and .h5", r->n_points, folder);
  else
    cli_say(run, "%zu of %zu points are there; the last share merges, or loligo merge %s", r->n_done, r->n_points,
            folder);
  if (r->n_failed > 0)
    cli_say(run, "%zu points failed; the column error says why, each time the same: change the plan", r->n_failed);
}

static int print_slurm(cli_run *run, const sweep_job *job) {
  char folder[4096];
  if (!getcwd(folder, sizeof folder)) (void)snprintf(folder, sizeof folder, ".");
  lg_sweep_print_slurm(stdout, "sweep", cli_argc(run), cli_argv(run), folder, job->sampler.n_points);
  return CLI_OK;
}

static int run_job(cli_run *run, sweep_job *job, lg_sweep_options *o) {
  lg_ctx *ctx = cli_ctx(run);
  lg_sweep_report report;
  lg_ranks ranks;
  const lg_sweep_plan plan = {.name = "sweep",
                              .what = "points",
                              .fingerprint = job->fingerprint,
                              .n_points = job->sampler.n_points,
                              .n_columns = job->sampler.n_axes + job->n_measures,
                              .columns = job->columns,
                              .n_array = job->n_trace,
                              .array_name = "v_mV",
                              .array_axis = job->trace_t_ms,
                              .array_axis_name = "t_ms",
                              .run = sweep_job_run,
                              .user = job};
  lg_status status = lg_ranks_join(ctx, &ranks);
  if (status == LG_OK) status = lg_sweep_run(ctx, &plan, o, &report);
  if (status != LG_OK) return cli_report(run, o->directory, status);
  if (ranks.rank == 0) {
    if (cli_json(run)) print_json(run, o->directory, job, &report);
    say(run, o->directory, &report);
  }
  return report.n_failed > 0 ? CLI_PARTIAL : CLI_OK;
}

static int run_sweep(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0), *shard = cli_text(run, "shard");
  lg_sweep_options o = {.directory = cli_text(run, "output"),
                        .n_shards = 1,
                        .threads = lg_ctx_threads(ctx),
                        .csv = true,
                        .sqlite = true,
                        .hdf5 = true,
                        .provenance = cli_provenance(run)};
  sweep_job job;
  if (!o.directory || strcmp(o.directory, "-") == 0) return cli_usage(run, "where to? give -o DIR");
  if (shard && !lg_sweep_parse_shard(shard, &o.shard, &o.n_shards))
    return cli_usage(run, "--shard '%s'; I/N expected, I from 1 to N: 2/3", shard);
  const lg_status status = sweep_job_load(ctx, path, cli_seed(run), o.provenance, &job);
  int code;
  if (status != LG_OK) code = cli_report(run, path, status);
  else if (cli_flag(run, "slurm")) code = print_slurm(run, &job);
  else code = run_job(run, &job, &o);
  sweep_job_release(ctx, &job);
  return code;
}

const cli_command cli_sweep_command = {
    .name = "sweep",
    .arguments = "PLAN.json -o DIR [--shard I/N] [--slurm]",
    .summary = "Simulate a neuron with many values of its parameters; resumable, on threads or ranks.",
    .example = "loligo sweep plan.json -o sweep/\n  mpirun -n 8 loligo sweep plan.json -o sweep/",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_sweep,
};
