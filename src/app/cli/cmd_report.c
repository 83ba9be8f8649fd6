/* loligo report RUN: draw the report of a run folder again. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"

#include "data/provenance.h"
#include "twin/report.h"

#include <string.h>
#include <sys/stat.h>

/* Where the files go: --output, or the run's own folder. */
static void find_folder(const cli_run *run, const char *path, char *folder, size_t bytes) {
  struct stat st;
  const char *output = cli_given(run, "output") ? cli_text(run, "output") : NULL;
  if (!output && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
    const char *slash = strrchr(path, '/');
    if (slash) (void)snprintf(folder, bytes, "%.*s", (int)(slash - path), path);
    else (void)snprintf(folder, bytes, ".");
    if (slash == path) (void)snprintf(folder, bytes, "/");
    return;
  }
  (void)snprintf(folder, bytes, "%s", output ? output : path);
}

static void print_json(cli_run *run, const lg_report_data *d, const char *folder, unsigned what) {
  lg_json w = lg_json_begin(stdout);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-report-files/1");
  lg_json_key_text(&w, "folder", folder);
  lg_json_key(&w, "files");
  lg_json_array(&w);
  if (what & LG_REPORT_HTML) lg_json_text(&w, "report.html");
  if (what & LG_REPORT_PDF) lg_json_text(&w, "report.pdf");
  lg_json_end_array(&w);
  lg_json_key_text(&w, "model", d->model);
  lg_json_key_boolean(&w, "accepted", d->accepted);
  lg_json_key_text(&w, "domain", d->domain);
  lg_json_key(&w, "provenance");
  if (cli_provenance(run)) lg_provenance_write_json(cli_provenance(run), &w);
  else lg_json_null(&w);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}

static int run_report(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0);
  lg_report *report = NULL;
  char folder[4096];
  unsigned what = 0;
  int code = CLI_OK;
  if (cli_flag(run, "html")) what |= LG_REPORT_HTML;
  if (cli_flag(run, "pdf")) what |= LG_REPORT_PDF;
  if (what == 0) what = LG_REPORT_ALL;
  find_folder(run, path, folder, sizeof folder);
  lg_status status = lg_report_read(ctx, path, &report);
  if (status != LG_OK) return cli_report(run, path, status);
  status = lg_report_render(ctx, lg_report_get(report), folder, what);
  if (status != LG_OK) {
    code = cli_report(run, folder, status);
    if (status == LG_ERR_IO) code = CLI_RESOURCE; /* the folder was read already: it is the writing that failed */
  } else {
    if (what & LG_REPORT_HTML) cli_say(run, "page: %s/report.html", folder);
    if (what & LG_REPORT_PDF) cli_say(run, "pages to print: %s/report.pdf", folder);
    if (what & LG_REPORT_FIGURES) cli_say(run, "figures: %s/fig-*.svg, fig-*.png", folder);
    if (cli_json(run)) print_json(run, lg_report_get(report), folder, what);
  }
  lg_report_destroy(ctx, report);
  return code;
}

static const cli_option options[] = {
    {"html", NULL, CLI_FLAG, NULL, "Only the page, report.html."},
    {"pdf", NULL, CLI_FLAG, NULL, "Only report.pdf."},
    {"output", "DIR", CLI_OUTPUT, NULL, "Write into this folder instead of the run's own."},
};

const cli_command cli_report_command = {
    .name = "report",
    .arguments = "RUN [--html|--pdf] [-o DIR]",
    .summary = "Draw the report of a run again: a self-contained page, a PDF, and every figure as SVG and PNG.",
    .example = "loligo report report/\n  loligo report report/run.json --pdf -o print/",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_report,
};
