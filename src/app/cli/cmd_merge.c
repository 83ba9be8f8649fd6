/* loligo merge: the journals of a sweep into its results. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/sweep/sweep.h"

#include <string.h>

static const cli_option options[] = {
    {"output", "OUT", CLI_OUTPUT, NULL, "Folder for the results; not given: DIR."},
};

static void print_json(cli_run *run, const char *folder, const lg_sweep_report *r) {
  lg_json w = cli_json_begin("loligo-merge/1");
  lg_json_key_text(&w, "folder", folder);
  lg_json_key_integer(&w, "n_points", (int64_t)r->n_points);
  lg_json_key_integer(&w, "n_done", (int64_t)r->n_done);
  lg_json_key_integer(&w, "n_failed", (int64_t)r->n_failed);
  lg_json_key_boolean(&w, "complete", r->complete);
  cli_json_end(run, &w);
}

static int run_merge(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_sweep_report r = {0};
  const char *output = cli_text(run, "output"), **folders = NULL;
  const size_t n = cli_positionals(run);
  if (output && strcmp(output, "-") == 0) return cli_usage(run, "-o is a folder");
  folders = lg_alloc(ctx, n, sizeof *folders);
  if (!folders) return cli_report(run, NULL, LG_ERR_MEMORY);
  for (size_t k = 0; k < n; k++) folders[k] = cli_positional(run, k);
  const char *folder = output ? output : folders[0];
  status = lg_sweep_merge(ctx, folders, n, output, &r);
  lg_free(ctx, (void *)folders);
  if (status == LG_ERR_NOT_FOUND || status == LG_ERR_ARGUMENT) { /* what is in the folders is a matter of input */
    (void)cli_report(run, cli_positional(run, 0), status);
    return CLI_BAD_INPUT;
  }
  if (status != LG_OK) return cli_report(run, cli_positional(run, 0), status);
  if (cli_json(run)) print_json(run, folder, &r);
  if (!r.complete) {
    cli_say(run, "%zu of %zu points are there: not merged; run the shares that are missing", r.n_done, r.n_points);
    return CLI_NEGATIVE;
  }
  cli_say(run, "%zu points in %s", r.n_points, folder);
  if (r.n_failed > 0) cli_say(run, "%zu points failed; the column error says why", r.n_failed);
  return r.n_failed > 0 ? CLI_PARTIAL : CLI_OK;
}

const cli_command cli_merge_command = {
    .name = "merge",
    .arguments = "DIR... [-o OUT]",
    .summary = "Merge the journals of a sweep or screen, of one folder or of copies from several machines.",
    .example = "loligo merge sweep/\n  loligo merge from-a/ from-b/ -o sweep/",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = -1,
    .run = run_merge,
};
