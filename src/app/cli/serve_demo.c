/* The examples that ship, as files, jobs and a study of one account. */
#define _XOPEN_SOURCE 700
#include "app/cli/serve_demo.h"

#include "app/cli/cli.h"
#include "app/serve/store_files.h"
#include "app/serve/store_studies.h"
#include "app/serve/worker.h"
#include "base/base.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INFO_PRIORITY = 150 };

/* `text`: what stands in it; otherwise it is found among the files that ship. */
typedef struct demo_file {
  const char *name, *shipped, *text;
} demo_file;

static const demo_file files[] = {
    {"171116sh_0018.abf", "data/recordings/171116sh_0018.abf", NULL},
    {"drugs.csv", "data/drugs.csv", NULL},
    {"granule.swc", "examples/cells/granule.swc", NULL},
    {"granule.json", "examples/cells/granule.json", NULL},
    {"wave.json", "examples/calcium/wave.json", NULL},
    {"profiles.csv", "examples/axon/profiles.csv", NULL},
    {"impact.csv", "examples/axon/impact.csv", NULL},
    {"traub-miles.json", NULL, "{\"model\": \"tm\"}\n"},
    {"culture.json", NULL, "{\"ncell\": 20}\n"},
};
enum { N_FILES = sizeof files / sizeof files[0] };

/* As POST /api/v1/jobs takes them; the values of `inputs` are filled in. The first is run first. */
static const char *const jobs[] = {
    "{\"command\": \"clone\", \"arguments\": [\"171116sh_0018.abf\"], \"inputs\": {\"171116sh_0018.abf\": \"\"},"
    " \"options\": {\"output\": \"twin.json\", \"report\": \"report\", \"network-only\": true}}",
    "{\"command\": \"trial\", \"arguments\": [\"traub-miles.json\"], \"inputs\": {\"traub-miles.json\": \"\"},"
    " \"options\": {\"output\": \"trial\", \"drug\": \"carbamazepine\", \"dose\": \"1:300uM:6log\", \"quick\": true}}",
    "{\"command\": \"screen\", \"arguments\": [\"traub-miles.json\", \"drugs.csv\"], \"inputs\":"
    " {\"traub-miles.json\": \"\", \"drugs.csv\": \"\"}, \"options\": {\"output\": \"scr\", \"dose\":"
    " \"0.1:100uM:5log\", \"protocol\": \"step1s\"}}",
    "{\"command\": \"calcium simulate\", \"arguments\": [\"wave.json\"], \"inputs\": {\"wave.json\": \"\"},"
    " \"options\": {\"output\": \"wave\"}}",
    "{\"command\": \"axon simulate\", \"arguments\": [\"profiles.csv\"], \"inputs\": {\"profiles.csv\": \"\"},"
    " \"options\": {\"output\": \"outcomes.csv\"}}",
    "{\"command\": \"neuron simulate\", \"arguments\": [\"granule.json\"], \"inputs\": {\"granule.json\": \"\","
    " \"granule.swc\": \"\"}, \"options\": {\"output\": \"v.csv\"}}",
    "{\"command\": \"culture simulate\", \"arguments\": [\"culture.json\"], \"inputs\": {\"culture.json\": \"\"},"
    " \"options\": {\"output\": \"madeup\"}}",
};

typedef struct filling {
  lg_ctx *ctx;
  store *s;
  const serve_commands *commands;
  store_who demo;
  audit_who by;
  char sha256[N_FILES][BLOB_HEX];
  int64_t recording; /* the upload */
} filling;

/* ---- files --------------------------------------------------------------------------------------------- */

static lg_status put_blob(filling *f, const demo_file *file, char sha256[BLOB_HEX], uint64_t *bytes) {
  char path[4096];
  lg_status status;
  blob_writer *w = NULL;
  if (file->shipped) {
    status = cli_find_data(f->ctx, file->shipped, path, sizeof path);
    return status == LG_OK ? blob_take(f->ctx, store_folder(f->s), path, sha256, bytes) : status;
  }
  status = blob_open(f->ctx, store_folder(f->s), &w);
  if (status == LG_OK) status = blob_write(f->ctx, w, file->text, strlen(file->text));
  if (status == LG_OK) return blob_commit(f->ctx, w, sha256, bytes);
  blob_abandon(f->ctx, w);
  return status;
}

/* What loligo info says of it is found by a worker, as of any upload. */
static lg_status ask_for_info(filling *f, const demo_file *file, const char *sha256) {
  char request[256];
  int64_t id;
  (void)snprintf(request, sizeof request, "{\"argv\": [\"--json\", \"--\", \"in/%s\"], \"upload\": \"%s\"}", file->name,
                 sha256);
  const job_file input = {"input", file->name, sha256, 0};
  const job_new job = {.user = f->demo.user,
                       .by = f->by,
                       .command = "info",
                       .request = request,
                       .priority = INFO_PRIORITY,
                       .quick = true,
                       .inputs = &input,
                       .n_inputs = 1};
  return jobs_create(f->ctx, f->s, &job, &id);
}

static lg_status add_files(filling *f) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < N_FILES && status == LG_OK; k++) {
    uint64_t bytes = 0;
    int64_t id = 0;
    status = put_blob(f, &files[k], f->sha256[k], &bytes);
    if (status == LG_OK) status = uploads_add(f->ctx, f->s, &f->by, files[k].name, f->sha256[k], bytes, 0, &id);
    if (status == LG_OK) status = ask_for_info(f, &files[k], f->sha256[k]);
    if (k == 0) f->recording = id;
  }
  return status;
}

/* ---- jobs ---------------------------------------------------------------------------------------------- */

static lg_status name_inputs(filling *f, json_t *body) {
  const char *name;
  json_t *value;
  json_t *inputs = json_object_get(body, "inputs");
  json_object_foreach(inputs, name, value) {
    size_t k = 0;
    while (k < N_FILES && strcmp(files[k].name, name) != 0) k++;
    if (k == N_FILES || json_string_set(value, f->sha256[k]) != 0)
      return lg_fail(f->ctx, LG_ERR_INTERNAL, "the demonstration has no file %s", name);
  }
  return LG_OK;
}

static lg_status add_job(filling *f, const char *text) {
  lg_status status = LG_OK;
  json_error_t error;
  job_order order = {0};
  int64_t id;
  json_t *body = json_loads(text, 0, &error);
  if (!body) return lg_fail(f->ctx, LG_ERR_INTERNAL, "a job of the demonstration is no JSON: %s", error.text);
  LG_TRY(name_inputs(f, body));
  LG_TRY(job_order_read(f->ctx, f->commands, body, &order));
  const job_new job = {.user = f->demo.user,
                       .by = f->by,
                       .command = order.command->name,
                       .request = order.request,
                       .n_shards = order.batch ? 2 : 0,
                       .inputs = order.input,
                       .n_inputs = order.n_inputs};
  LG_TRY(jobs_create(f->ctx, f->s, &job, &id));
done:
  job_order_forget(f->ctx, &order);
  json_decref(body);
  return status;
}

/* ---- all
 * -------------------------------------------------------------------------------------------------------------------
 */

static lg_status add_study(filling *f) {
  lg_status status = LG_OK;
  int64_t item;
  study_call call = {.who = &f->demo};
  const study_words words = {
      "Example: the twin of a recording",
      "Teaching. Whether a twin made from one current-clamp recording fires as the cell did at steps that it was not "
      "fitted to. Not for any statement about a person.",
      NULL, "S-001"};
  LG_TRY(studies_create(f->ctx, f->s, &call, &words));
  LG_TRY(studies_add_upload(f->ctx, f->s, &call, f->recording, "the recording", &item));
done:
  return status;
}

static lg_status add_all(filling *f, char password[STORE_FACT]) {
  lg_status status = LG_OK;
  unsigned char bytes[12];
  int64_t reviewer;
  bool right;
  randombytes_buf(bytes, sizeof bytes);
  (void)sodium_bin2base64(password, STORE_FACT, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  LG_TRY(accounts_add(f->ctx, f->s, "demo", password, ROLE_ADMIN, &f->demo.user));
  LG_TRY(accounts_add(f->ctx, f->s, "reviewer", password, ROLE_REVIEWER, &reviewer));
  LG_TRY(accounts_check(f->ctx, f->s, "demo", password, NULL, &right, &f->demo));
  f->by = (audit_who){f->demo.user, f->demo.name, NULL};
  LG_TRY(add_files(f));
  for (size_t k = 0; k < sizeof jobs / sizeof jobs[0]; k++) LG_TRY(add_job(f, jobs[k]));
  LG_TRY(add_study(f));
  LG_TRY(facts_set(f->ctx, f->s, "demo", password)); /* the last: a folder with it is whole */
done:
  return status;
}

/* Only looked at: a folder of somebody's work is not even brought to this program's version. */
static bool was_demo(const char *path, char password[STORE_FACT]) {
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
      sqlite3_prepare_v2(db, "SELECT value FROM facts WHERE name = 'demo'", -1, &q, NULL) == SQLITE_OK &&
      sqlite3_step(q) == SQLITE_ROW)
    (void)snprintf(password, STORE_FACT, "%s", (const char *)sqlite3_column_text(q, 0));
  (void)sqlite3_finalize(q);
  (void)sqlite3_close(db);
  return password[0] != 0;
}

lg_status serve_demo_folder(lg_ctx *ctx, char folder[SERVE_DEMO_FOLDER]) {
  const char *base = getenv("TMPDIR");
  if (snprintf(folder, SERVE_DEMO_FOLDER, "%s/loligo-demo-XXXXXX", base && base[0] ? base : "/tmp") >=
          SERVE_DEMO_FOLDER ||
      !mkdtemp(folder))
    return lg_fail(ctx, LG_ERR_IO, "no folder for the demonstration: %s; give --data DIR", strerror(errno));
  return LG_OK;
}

lg_status serve_demo_fill(lg_ctx *ctx, const serve_commands *commands, const char *folder, char password[STORE_FACT]) {
  lg_status status = LG_OK;
  char there[4096];
  filling f = {.ctx = ctx, .commands = commands};
  const bool empty = lg_directory_is_empty(folder);
  password[0] = 0;
  (void)snprintf(there, sizeof there, "%s/loligo.sqlite", folder);
  if (empty) {
    LG_TRY(store_open(ctx, folder, &f.s));
    LG_TRY(add_all(&f, password));
  } else if (!was_demo(there, password))
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "%s has data: --demo fills an empty folder and touches no other", folder));
done:
  store_close(ctx, f.s);
  if (empty && status != LG_OK) worker_remove_tree(folder); /* nothing is half-filled */
  return status;
}
