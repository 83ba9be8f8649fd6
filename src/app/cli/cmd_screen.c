/* loligo screen: many twins or virtual patients × many compounds × doses. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/screen_job.h"
#include "base/base.h"
#include "data/provenance.h"

#include <string.h>
#include <unistd.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "The folder of the results; a screen that was stopped goes on from it."},
    {"dose", "DOSES", CLI_TEXT, "0.01:100uM:10log",
     "Free concentrations, the same for every compound; or multiples of each one's therapeutic one: 0.5x,1x,2x."},
    {"protocol", "fi|step1s", CLI_CHOICE, "fi",
     "fi: an f-I curve of 12 steps of 500 ms; step1s: one step of 1 s at 3 x the rheobase."},
    CLI_BATH_OPTIONS,
    {"epileptic", NULL, CLI_FLAG, NULL,
     "Make the twins hyper-excitable and compare with their healthy selves as well."},
    {"unit", "nM|uM|mM|M", CLI_CHOICE, NULL, "Unit of concentrations in the library whose column names none."},
    {"keep-going", NULL, CLI_FLAG, NULL, "Name bad rows of the library and go on without them."},
    {"shard", "I/N", CLI_TEXT, NULL, "Only this share of N; the share that ends last merges."},
    {"slurm", NULL, CLI_FLAG, NULL, "Print a job script for Slurm and stop."},
    {"no-report", NULL, CLI_FLAG, NULL, "Tables and summary.json alone: no page, PDF or figures."},
};

static int print_slurm(cli_run *run, const screen_job *job) {
  char folder[4096];
  if (!getcwd(folder, sizeof folder)) (void)snprintf(folder, sizeof folder, ".");
  lg_sweep_print_slurm(stdout, "screen", cli_argc(run), cli_argv(run), folder,
                       job->n_individuals * job->library->n * job->n_doses);
  return CLI_OK;
}

static void say(cli_run *run, const screen_job *job, const lg_sweep_report *r, const char *folder) {
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-screen-run/1");
    lg_json_key_text(&w, "folder", folder);
    lg_json_key_integer(&w, "n_points", (int64_t)r->n_points);
    lg_json_key_integer(&w, "n_done", (int64_t)r->n_done);
    lg_json_key_integer(&w, "n_failed", (int64_t)r->n_failed);
    lg_json_key_integer(&w, "n_resumed", (int64_t)r->n_resumed);
    lg_json_key_integer(&w, "n_skipped_rows", (int64_t)job->n_skipped);
    lg_json_key_boolean(&w, "complete", r->complete);
    cli_json_end(run, &w);
    return;
  }
  (void)printf("%zu of %zu points (%zu individuals x %zu compounds x %zu doses), %zu failed%s\n", r->n_done,
               r->n_points, job->n_individuals, job->library->n, job->n_doses, r->n_failed,
               r->complete ? "" : "; parts are missing: results come with the last one");
  if (r->complete) (void)printf("%s: results.csv, results.sqlite, results.h5, summary.json, screen.json\n", folder);
}

static int work(cli_run *run, screen_job *job, size_t shard, size_t n_shards, const char *folder) {
  lg_ctx *ctx = cli_ctx(run);
  lg_ranks ranks = {0, 1};
  lg_status status = LG_OK;
  lg_sweep_report report = {0};
  LG_TRY(lg_ranks_join(ctx, &ranks));
  LG_TRY(screen_job_prepare(run, job));
  const lg_sweep_options how = {.directory = folder,
                                .shard = shard,
                                .n_shards = n_shards,
                                .threads = lg_ctx_threads(ctx),
                                .csv = true,
                                .sqlite = true,
                                .hdf5 = true,
                                .provenance = cli_provenance(run)};
  LG_TRY(lg_sweep_run(ctx, &job->plan, &how, &report));
  if (ranks.rank != 0) goto done;
  if (report.complete) LG_TRY(screen_job_report(run, job, folder, !cli_flag(run, "no-report")));
  say(run, job, &report, folder);
done:
  if (status != LG_OK) return cli_report(run, status == LG_ERR_IO ? folder : NULL, status);
  return report.n_failed > 0 || job->n_skipped > 0 ? CLI_PARTIAL : CLI_OK;
}

static int run_screen(cli_run *run) {
  screen_job job = {.n_doses = 0};
  size_t shard = 0, n_shards = 1;
  const char *folder = cli_text(run, "output"), *part = cli_text(run, "shard");
  if (!folder || strcmp(folder, "-") == 0) return cli_usage(run, "where to? give -o DIR");
  if (part && !lg_sweep_parse_shard(part, &shard, &n_shards))
    return cli_usage(run, "--shard '%s'; I/N expected, I from 1 to N: 2/3", part);
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  int code = screen_job_read(run, &job);
  if (code == CLI_OK && cli_flag(run, "slurm")) {
    code = print_slurm(run, &job);
    screen_job_forget(cli_ctx(run), &job);
    return code;
  }
  if (code == CLI_OK && lg_make_directory(cli_ctx(run), folder) != LG_OK) code = cli_report(run, folder, LG_ERR_IO);
  if (code == CLI_OK) code = work(run, &job, shard, n_shards, folder);
  screen_job_forget(cli_ctx(run), &job);
  return code;
}

const cli_command cli_screen_command = {
    .name = "screen",
    .arguments = "TWIN.json|POPULATION... LIBRARY.csv -o DIR [--dose DOSES]",
    .summary = "Give every compound of a library at every dose to every twin or virtual patient; resumable.",
    .example = "loligo screen twin.json library.csv -o scr/ --dose 0.01:100uM:10log\n"
               "  loligo screen patients.json data/drugs.csv -o scr/ --dose 0.5x,1x,2x --gaba-tone 2nS\n"
               "  mpirun -n 4 loligo screen twin.json library.csv -o scr/",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = -1,
    .run = run_screen,
};
