/* loligo audit: who did what on a server, whether it is as it was written, and a copy of it. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/serve/audit_rows.h"

#include "base/base.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 1000 };

#define DATA                                                                                                           \
  { "data", "DIR", CLI_INPUT, NULL, "Folder of the server; it may be running." }
#define FILTERS                                                                                                        \
  {"user", "NAME", CLI_TEXT, NULL, "Only what this user did."},                                                        \
      {"action", "WORD", CLI_TEXT, NULL, "Only actions that begin with it: job, job.create, session.refuse."}, {       \
    "object", "WORDS", CLI_TEXT, NULL, "Only what was done to it: \"job 7\"."                                          \
  }

/* The store of a folder that is one: looking must not make a new server. */
static int open_store(cli_run *run, store **s) {
  lg_ctx *ctx = cli_ctx(run);
  const char *folder = cli_text(run, "data");
  char path[4096];
  *s = NULL;
  if (!folder) return cli_usage(run, "which server? give its folder, --data DIR");
  if (snprintf(path, sizeof path, "%s/loligo.sqlite", folder) >= (int)sizeof path || access(path, R_OK) != 0)
    return cli_report(run, folder, lg_fail(ctx, LG_ERR_IO, "no server has worked in this folder"));
  const lg_status status = store_open(ctx, folder, s);
  return status == LG_OK ? CLI_OK : cli_report(run, folder, status);
}

/* ---- verify -------------------------------------------------------------------------------------------- */

/* "17:9f86…": the number and hash of a row as they were kept elsewhere. */
static bool read_anchor(const char *text, audit_anchor *a) {
  char *end;
  const long long id = strtoll(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != ':' || id < 1) return false;
  if (strlen(end + 1) != AUDIT_HASH - 1 || strspn(end + 1, "0123456789abcdef") != AUDIT_HASH - 1) return false;
  a->id = id;
  (void)snprintf(a->hash, sizeof a->hash, "%s", end + 1);
  return true;
}

static void tell_check(cli_run *run, const audit_check *c) {
  if (!cli_json(run)) {
    if (c->intact)
      (void)printf("intact: %lld rows\nhead: %lld:%s\n", (long long)c->rows, (long long)c->head.id, c->head.hash);
    else (void)printf("not intact: %s\n", c->why);
    return;
  }
  lg_json w = cli_json_begin("loligo-audit/1");
  lg_json_key_boolean(&w, "intact", c->intact);
  lg_json_key_integer(&w, "rows", c->rows);
  lg_json_key(&w, "first_bad");
  if (c->intact) lg_json_null(&w);
  else lg_json_integer(&w, c->first_bad);
  lg_json_key_text(&w, "why", c->why);
  lg_json_key(&w, "head");
  lg_json_object(&w);
  lg_json_key_integer(&w, "id", c->head.id);
  lg_json_key_text(&w, "hash", c->head.hash);
  lg_json_end_object(&w);
  cli_json_end(run, &w);
}

static int run_verify(cli_run *run) {
  store *s;
  audit_check check;
  audit_anchor anchor = {0};
  const char *kept = cli_text(run, "head");
  if (kept && !read_anchor(kept, &anchor))
    return cli_usage(run, "--head: NUMBER:HASH as loligo audit verify printed them");
  const int code = open_store(run, &s);
  if (code != CLI_OK) return code;
  const lg_status status = store_audit_verify(cli_ctx(run), s, kept ? &anchor : NULL, &check);
  store_close(cli_ctx(run), s);
  if (status != LG_OK) return cli_report(run, cli_text(run, "data"), status);
  tell_check(run, &check);
  return check.intact ? CLI_OK : CLI_NEGATIVE;
}

static const cli_option verify_options[] = {
    DATA,
    {"head", "NUMBER:HASH", CLI_TEXT, NULL, "A head that was kept elsewhere: it must still be in the chain."},
};

const cli_command cli_audit_verify_command = {
    .name = "audit verify",
    .arguments = "--data DIR",
    .summary = "Whether the audit of a server is as it was written: edited, deleted, swapped and missing rows are "
               "found.",
    .example = "loligo audit verify --data lab",
    .options = verify_options,
    .n_options = sizeof verify_options / sizeof verify_options[0],
    .run = run_verify,
};

/* ---- list ---------------------------------------------------------------------------------------------- */

typedef struct lister {
  lg_json *w; /* NULL: for people */
} lister;

static void list_row(void *arg, const audit_row *r) {
  lg_json *w = ((lister *)arg)->w;
  if (w) {
    audit_json_row(w, r);
    return;
  }
  struct tm t;
  char when[40] = "", detail[161];
  const time_t seconds = (time_t)(r->at / 1000);
  if (gmtime_r(&seconds, &t)) (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &t);
  (void)snprintf(detail, sizeof detail, "%s", r->detail ? r->detail : "");
  lg_one_line(detail);
  (void)printf("%6lld  %sZ  %-16s %-15s %-16s %-12s %s\n", (long long)r->id, when, r->user_name ? r->user_name : "-",
               r->peer ? r->peer : "-", r->action ? r->action : "-", r->object ? r->object : "-", detail);
}

static audit_filter filter_of(cli_run *run) {
  return (audit_filter){
      .user = cli_text(run, "user"), .action = cli_text(run, "action"), .object = cli_text(run, "object")};
}

static int run_list(cli_run *run) {
  store *s;
  lg_json w;
  lister l = {cli_json(run) ? &w : NULL};
  const audit_filter filter = filter_of(run);
  const int code = open_store(run, &s);
  if (code != CLI_OK) return code;
  if (l.w) {
    w = cli_json_begin("loligo-audit-list/1");
    lg_json_key(&w, "rows");
    lg_json_array(&w);
  }
  const lg_status status = store_audit_list(cli_ctx(run), s, &filter, (int64_t)cli_count(run, "limit"), list_row, &l);
  if (l.w) {
    lg_json_end_array(&w);
    cli_json_end(run, &w);
  }
  store_close(cli_ctx(run), s);
  return status == LG_OK ? CLI_OK : cli_report(run, cli_text(run, "data"), status);
}

static const cli_option list_options[] = {
    DATA,
    FILTERS,
    {"limit", "N", CLI_COUNT, "50", "At most so many rows, the newest."},
};

const cli_command cli_audit_list_command = {
    .name = "audit list",
    .arguments = "--data DIR",
    .summary = "Who did what on a server, newest first.",
    .example = "loligo audit list --data lab --action session",
    .options = list_options,
    .n_options = sizeof list_options / sizeof list_options[0],
    .run = run_list,
};

/* ---- export -------------------------------------------------------------------------------------------- */

typedef struct exporter {
  FILE *f;
  int64_t n, all, last;
} exporter;

static void export_row(void *arg, const audit_row *row) {
  exporter *e = arg;
  audit_csv_row(e->f, row);
  e->last = row->id;
  e->n++, e->all++;
}

static lg_status export_rows(lg_ctx *ctx, store *s, audit_filter filter, exporter *e) {
  filter.oldest_first = true;
  audit_csv_head(e->f);
  do {
    e->n = 0;
    filter.after = e->last;
    const lg_status status = store_audit_list(ctx, s, &filter, AT_ONCE, export_row, e);
    if (status != LG_OK) return status;
  } while (e->n == AT_ONCE);
  return LG_OK;
}

static int run_export(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  store *s;
  lg_outfile *file = NULL;
  exporter e = {0};
  const char *path = cli_text(run, "output");
  int code = open_store(run, &s);
  if (code != CLI_OK) return code;
  lg_status status = lg_outfile_open(ctx, path, &file);
  if (status == LG_OK) {
    e.f = lg_outfile_stream(file);
    status = export_rows(ctx, s, filter_of(run), &e);
    if (status == LG_OK) status = lg_outfile_commit(ctx, file);
    else lg_outfile_discard(ctx, file);
  }
  store_close(ctx, s);
  if (status != LG_OK) return cli_report(run, path, status);
  if (cli_json(run) && strcmp(path, "-") != 0) {
    lg_json w = cli_json_begin("loligo-audit-export/1");
    lg_json_key_text(&w, "output", path);
    lg_json_key_integer(&w, "rows", e.all);
    cli_json_end(run, &w);
  } else cli_say(run, "%lld rows", (long long)e.all);
  return CLI_OK;
}

static const cli_option export_options[] = {
    DATA,
    FILTERS,
    {"output", "FILE.csv", CLI_OUTPUT, "-", "Where to; - is standard output."},
};

const cli_command cli_audit_export_command = {
    .name = "audit export",
    .arguments = "--data DIR [-o FILE.csv]",
    .summary = "The audit of a server as CSV, oldest first, with the hashes of its chain.",
    .example = "loligo audit export --data lab -o audit.csv",
    .options = export_options,
    .n_options = sizeof export_options / sizeof export_options[0],
    .run = run_export,
};
