/* loligo report RUN: draw the report of a run folder again. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"

#include "twin/axon_map_file.h"
#include "twin/axon_map_report.h"
#include "twin/culture_keep.h"
#include "twin/report.h"
#include "twin/report_kind.h"
#include "twin/screen_report.h"
#include "twin/trial_report.h"

#include <string.h>
#include <sys/stat.h>

/* The run's own folder: the path, or the folder of a file. */
static void find_own(const char *path, char *folder, size_t bytes) {
  struct stat st;
  const char *slash = strrchr(path, '/');
  if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) (void)snprintf(folder, bytes, "%s", path);
  else if (!slash) (void)snprintf(folder, bytes, ".");
  else (void)snprintf(folder, bytes, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* Where the files go: --output, or the run's own folder. */
static void find_folder(const cli_run *run, const char *path, char *folder, size_t bytes) {
  if (cli_given(run, "output")) (void)snprintf(folder, bytes, "%s", cli_text(run, "output"));
  else find_own(path, folder, bytes);
}

/* What was drawn, and a few words about what it shows. */
typedef struct drawn {
  unsigned what;
  const char *kind, *model, *domain;
  bool has_accepted, accepted; /* a clone or a trial says whether its twin was accepted */
} drawn;

static void print_json(cli_run *run, const drawn *d, const char *folder) {
  lg_json w = cli_json_begin("loligo-report-files/1");
  lg_json_key_text(&w, "folder", folder);
  lg_json_key_text(&w, "kind", d->kind);
  lg_json_key(&w, "files");
  lg_json_array(&w);
  if (d->what & LG_REPORT_HTML) lg_json_text(&w, "report.html");
  if (d->what & LG_REPORT_PDF) lg_json_text(&w, "report.pdf");
  lg_json_end_array(&w);
  lg_json_key_text(&w, "model", d->model);
  if (d->has_accepted) lg_json_key_boolean(&w, "accepted", d->accepted);
  lg_json_key_text(&w, "domain", d->domain);
  cli_json_end(run, &w);
}

/* A run that was read, of one of the kinds. */
typedef struct any_run {
  lg_report *clone;
  lg_trial_report *trial;
  lg_screen_report *screen;
  culture_kept *culture;
} any_run;

static lg_status read_culture(lg_ctx *ctx, const char *path, any_run *r, drawn *d) {
  char own[4096];
  find_own(path, own, sizeof own);
  const lg_status status = lg_culture_kept_load(ctx, own, &r->culture);
  if (status == LG_OK) *d = (drawn){.what = d->what, .kind = "culture", .model = "culture"};
  return status;
}

static lg_status read_run(lg_ctx *ctx, const char *path, any_run *r, drawn *d) {
  lg_report_kind kind;
  lg_status status = lg_report_find_kind(ctx, path, &kind);
  if (status != LG_OK) return status;
  if (kind == LG_REPORT_OF_CULTURE) {
    status = read_culture(ctx, path, r, d);
  } else if (kind == LG_REPORT_OF_TRIAL) {
    status = lg_trial_report_read(ctx, path, &r->trial);
    if (status != LG_OK) return status;
    const lg_trial_report_data *q = lg_trial_report_get(r->trial);
    *d = (drawn){d->what, "trial", q->model, q->domain, true, q->accepted};
  } else if (kind == LG_REPORT_OF_SCREEN) {
    status = lg_screen_report_read(ctx, path, &r->screen);
    if (status != LG_OK) return status;
    const lg_screen_report_data *q = lg_screen_report_get(r->screen);
    *d = (drawn){d->what, "screen", q->model, q->domain, false, false};
  } else {
    status = lg_report_read(ctx, path, &r->clone);
    if (status != LG_OK) return status;
    const lg_report_data *q = lg_report_get(r->clone);
    *d = (drawn){d->what, "clone", q->model, q->domain, true, q->accepted};
  }
  return status;
}

static lg_status render_run(lg_ctx *ctx, const any_run *r, const char *folder, unsigned what) {
  if (r->trial) return lg_trial_report_render(ctx, lg_trial_report_get(r->trial), folder, what);
  if (r->culture) {
    const lg_status status = lg_make_directory(ctx, folder);
    return status == LG_OK ? lg_culture_report(ctx, folder, &r->culture->view, what) : status;
  }
  if (r->screen) return lg_screen_report_render(ctx, lg_screen_report_get(r->screen), folder, what);
  return lg_report_render(ctx, lg_report_get(r->clone), folder, what);
}

/* A map of axons is a file of its own: its page, by default beside it. */
static int report_map(cli_run *run, const char *path, const char *folder) {
  lg_ctx *ctx = cli_ctx(run);
  axon_map_read read;
  lg_status status = lg_axon_map_load(ctx, path, &read);
  if (status != LG_OK) return cli_report(run, path, status);
  const axon_map_page page = {.map = read.map,
                              .title = read.title,
                              .network = read.network,
                              .provenance_json = read.provenance,
                              .at_mm = {0.0, 15.0, 10.0}};
  status = lg_make_directory(ctx, folder);
  if (status == LG_OK) status = lg_axon_map_report(ctx, folder, &page);
  const drawn d = {.what = LG_REPORT_HTML, .kind = "axon map", .model = "axon"};
  if (status == LG_OK) cli_say(run, "page: %s/report.html", folder);
  if (status == LG_OK && cli_json(run)) print_json(run, &d, folder);
  lg_axon_map_read_clear(ctx, &read);
  if (status == LG_OK) return CLI_OK;
  (void)cli_report(run, folder, status);
  return CLI_RESOURCE; /* the map was read: it is the writing that failed */
}

/* Whether a file says by its name that it is HDF5: of those only maps have reports. */
static bool is_map(const char *path) {
  const size_t n = strlen(path);
  return n > 3 && strcmp(path + n - 3, ".h5") == 0;
}

static int run_report(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0);
  any_run r = {0};
  drawn d = {0};
  char folder[4096];
  int code = CLI_OK;
  if (cli_flag(run, "html")) d.what |= LG_REPORT_HTML;
  if (cli_flag(run, "pdf")) d.what |= LG_REPORT_PDF;
  if (d.what == 0) d.what = LG_REPORT_ALL;
  find_folder(run, path, folder, sizeof folder);
  if (is_map(path)) {
    if (cli_flag(run, "pdf")) return cli_usage(run, "a map of axons has no PDF; leave out --pdf");
    return report_map(run, path, folder);
  }
  lg_status status = read_run(ctx, path, &r, &d);
  if (status != LG_OK) return cli_report(run, path, status);
  status = render_run(ctx, &r, folder, d.what);
  if (status != LG_OK) {
    code = cli_report(run, folder, status);
    if (status == LG_ERR_IO) code = CLI_RESOURCE; /* the folder was read already: it is the writing that failed */
  } else {
    if (d.what & LG_REPORT_HTML) cli_say(run, "page: %s/report.html", folder);
    if (d.what & LG_REPORT_PDF) cli_say(run, "pages to print: %s/report.pdf", folder);
    if (d.what & LG_REPORT_FIGURES) cli_say(run, "figures: %s/fig-*.svg, fig-*.png", folder);
    if (cli_json(run)) print_json(run, &d, folder);
  }
  lg_report_destroy(ctx, r.clone);
  lg_trial_report_destroy(ctx, r.trial);
  lg_screen_report_destroy(ctx, r.screen);
  lg_culture_kept_destroy(ctx, r.culture);
  return code;
}

static const cli_option options[] = {
    {"html", NULL, CLI_FLAG, NULL, "Only the page, report.html."},
    {"pdf", NULL, CLI_FLAG, NULL, "Only report.pdf."},
    {"output", "DIR", CLI_OUTPUT, NULL, "Write into this folder instead of the run's own."},
};

const cli_command cli_report_command = {
    .name = "report",
    .arguments = "RUN|MAP.h5 [--html|--pdf] [-o DIR]",
    .summary = "Draw the report of a clone, a trial, a screen, a culture or a map of axons again: a self-contained "
               "page, a PDF, "
               "and every figure as "
               "SVG and PNG.",
    .example = "loligo report report/\n  loligo report trial/ --html\n  loligo report map.h5 --html -o page/\n  loligo "
               "report screen/screen.json --pdf -o print/",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_report,
};
