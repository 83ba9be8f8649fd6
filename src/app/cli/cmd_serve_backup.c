/* loligo serve backup, loligo serve restore: the whole of a server in one file. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/serve/backup.h"

#include "base/base.h"
#include <string.h>
#include <unistd.h>

static const cli_option backup_options[] = {
    {"data", "DIR", CLI_INPUT, NULL, "Folder of the server; it may be running."},
    {"output", "FILE.tar", CLI_OUTPUT, NULL, "The backup; it appears whole or not at all."},
    {"skip-damaged", NULL, CLI_FLAG, NULL, "Leave out files that are damaged or missing on the disk, and list them."},
};
static const cli_option restore_options[] = {
    {"data", "DIR", CLI_OUTPUT, NULL, "Folder that is empty or not there."},
};

static void tell(cli_run *run, const char *schema, const backup_report *r, const char *what) {
  if (!cli_json(run)) {
    (void)printf("%s %zu files, %.3f MB\nSHA-256 of the store: %s\nhead of the audit: %lld:%s\n", what, r->n_files,
                 1e-6 * (double)r->bytes, r->sha256, (long long)r->audit.id, r->audit.hash);
    if (r->n_damaged) (void)printf("damaged or missing, left out: %zu files\n", r->n_damaged);
    return;
  }
  lg_json w = cli_json_begin(schema);
  lg_json_key_integer(&w, "created_ms", r->created);
  lg_json_key_integer(&w, "files", (int64_t)r->n_files);
  lg_json_key_integer(&w, "bytes", (int64_t)r->bytes);
  lg_json_key_integer(&w, "damaged", (int64_t)r->n_damaged);
  lg_json_key_text(&w, "store_sha256", r->sha256);
  lg_json_key(&w, "audit");
  lg_json_object(&w);
  lg_json_key_integer(&w, "id", r->audit.id);
  lg_json_key_text(&w, "hash", r->audit.hash);
  lg_json_end_object(&w);
  cli_json_end(run, &w);
}

static int run_backup(cli_run *run) {
  const char *folder = cli_text(run, "data"), *output = cli_text(run, "output");
  backup_report report;
  if (!folder) return cli_usage(run, "which server? give its folder, --data DIR");
  if (!output || strcmp(output, "-") == 0) return cli_usage(run, "where to? give -o FILE.tar");
  const lg_status status = backup_write(cli_ctx(run), folder, output, cli_flag(run, "skip-damaged"), &report);
  if (status != LG_OK) { /* the folder is an input, unless it is the backup that could not be written */
    char there[4096];
    const int n = snprintf(there, sizeof there, "%s/loligo.sqlite", folder);
    const bool read = n < (int)sizeof there && access(there, R_OK) == 0;
    return cli_report(run, status == LG_ERR_IO && read ? output : folder, status);
  }
  tell(run, "loligo-serve-backup/1", &report, "kept");
  return report.n_damaged ? CLI_PARTIAL : CLI_OK;
}

static int run_restore(cli_run *run) {
  const char *folder = cli_text(run, "data"), *file = cli_positional(run, 0);
  backup_report report;
  if (!folder) return cli_usage(run, "where to? give an empty folder, --data DIR");
  const lg_status status = backup_restore(cli_ctx(run), file, folder, &report);
  if (status == LG_ERR_ARGUMENT) return cli_usage(run, "%s", lg_ctx_message(cli_ctx(run)));
  if (status != LG_OK) return cli_report(run, file, status);
  tell(run, "loligo-serve-restore/1", &report, "restored");
  return report.n_damaged ? CLI_PARTIAL : CLI_OK;
}

const cli_command cli_serve_backup_command = {
    .name = "serve backup",
    .arguments = "--data DIR -o FILE.tar",
    .summary = "Everything of a server in one file, while it runs: users, jobs, studies, audit, files.",
    .example = "loligo serve backup --data lab -o lab-2026-11-22.tar",
    .options = backup_options,
    .n_options = sizeof backup_options / sizeof backup_options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_backup,
};

const cli_command cli_serve_restore_command = {
    .name = "serve restore",
    .arguments = "FILE.tar --data DIR",
    .summary = "A backup into an empty folder; every hash, the store and its audit are checked first.",
    .example = "loligo serve restore lab-2026-11-22.tar --data lab",
    .options = restore_options,
    .n_options = sizeof restore_options / sizeof restore_options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_restore,
};
