/* Files come in pieces and go to a blob while they come: at no time is one whole in memory. */
#include "app/serve/http_internal.h"
#include "app/serve/job_commands.h"
#include "app/serve/job_json.h"
#include "app/serve/routes.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LISTED = 200, PRIORITY_INFO = 150 };

int64_t http_id(const http_call *call) {
  char *end;
  const char *text = http_part(call, "id");
  const long long id = strtoll(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == 0 && id > 0 ? id : -1;
}

int64_t http_count(const http_call *call, const char *name, int64_t fallback) {
  const char *text = http_query(call, name);
  char *end;
  if (!text || *text < '0' || *text > '9') return fallback;
  const long long value = strtoll(text, &end, 10);
  return *end == 0 && value >= 0 ? value : fallback;
}

static void abandon(lg_ctx *ctx, void *writer) { blob_abandon(ctx, writer); }

static lg_status begin(lg_ctx *ctx, serve *server, http_call *call) {
  blob_writer *w = NULL;
  uint64_t used = 0;
  const char *name = http_query(call, "name"), *length = http_header(call, "Content-Length");
  const uint64_t coming = length ? strtoull(length, NULL, 10) : 0;
  if (!name || !name[0] || strlen(name) > 255)
    return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "no-name", "POST /api/v1/uploads?name=recording.nwb",
                      "a name of 1 to 255 bytes is wanted");
  lg_status status = uploads_used(ctx, server->store, http_user(call), &used);
  if (status != LG_OK) return status;
  if (used + coming > server->options.quota)
    return http_error(ctx, call, MHD_HTTP_CONTENT_TOO_LARGE, "quota", "Delete uploads that you do not need.",
                      "your uploads would hold %.1f MB; at most %.1f MB", 1e-6 * (double)(used + coming),
                      1e-6 * (double)server->options.quota);
  status = blob_open(ctx, server->folder, &w);
  if (status == LG_OK) http_keep(call, w, abandon);
  return status;
}

static lg_status piece(lg_ctx *ctx, serve *server, http_call *call, const char *bytes, size_t n) {
  (void)server;
  return blob_write(ctx, http_kept(call), bytes, n);
}

/* What is in it is told later, by a worker in its cage: the list shows it then. */
static void ask_for_info(lg_ctx *ctx, serve *server, const audit_who *by, const char *name, const char *sha256) {
  char safe[JOB_FILE_NAME], request[256];
  int64_t id;
  job_make_safe(name, safe);
  (void)snprintf(request, sizeof request, "{\"argv\": [\"--json\", \"--\", \"in/%s\"], \"upload\": \"%s\"}", safe,
                 sha256);
  const job_file input = {"input", safe, sha256, 0};
  const job_new job = {.user = by->user,
                       .by = *by,
                       .command = "info",
                       .request = request,
                       .priority = PRIORITY_INFO,
                       .quick = true,
                       .inputs = &input,
                       .n_inputs = 1};
  if (jobs_create(ctx, server->store, &job, &id) == LG_OK) supervise_wake(server->supervisor, 1, false);
}

/* The end of an upload, aside: the disk may take seconds to have all of a large file. Whether or not its client is
 * still there by then, the upload is whole and in the list, or nothing of it is left. */
typedef struct ending {
  blob_writer *writer;
  int64_t user, id;
  char user_name[STORE_NAME], peer[64], name[256];
} ending;

static lg_status keep_upload(lg_ctx *ctx, serve *server, void *work) {
  char sha256[BLOB_HEX];
  uint64_t bytes = 0;
  ending *e = work;
  const audit_who by = {e->user, e->user_name[0] ? e->user_name : NULL, e->peer[0] ? e->peer : NULL};
  blob_writer *w = e->writer;
  e->writer = NULL;
  lg_status status = blob_commit(ctx, w, sha256, &bytes);
  if (status == LG_OK)
    status = uploads_add(ctx, server->store, &by, e->name, sha256, bytes, server->options.quota, &e->id);
  if (status == LG_OK) ask_for_info(ctx, server, &by, e->name, sha256);
  return status;
}

static void note_ending(http_call *call, ending *e) {
  const audit_who by = http_who(call);
  *e = (ending){.writer = http_kept(call), .user = http_user(call)};
  (void)snprintf(e->user_name, sizeof e->user_name, "%s", by.name ? by.name : "");
  (void)snprintf(e->peer, sizeof e->peer, "%s", by.peer ? by.peer : "");
  (void)snprintf(e->name, sizeof e->name, "%s", http_query(call, "name"));
  http_keep(call, NULL, NULL);
}

static lg_status end(lg_ctx *ctx, serve *server, http_call *call) {
  bool found;
  void *made = NULL;
  ending e = {0};
  if (call->forget == abandon) note_ending(call, &e); /* the first time */
  else if (!http_kept(call)) return lg_fail(ctx, LG_ERR_INTERNAL, "an upload without a file");
  lg_status status = http_aside(ctx, call, keep_upload, &e, sizeof e, &made);
  if (!made && !call->waits) blob_abandon(ctx, e.writer); /* it was not taken on */
  if (status == LG_ERR_RANGE) {
    char message[256];
    (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
    return http_error(ctx, call, MHD_HTTP_CONTENT_TOO_LARGE, "quota", "Delete uploads that you do not need.", "%s",
                      message);
  }
  if (status != LG_OK || !made) return status;
  lg_json *json = http_json_begin(ctx, call);
  status =
      uploads_look(ctx, server->store, http_user(call), ((const ending *)made)->id, job_write_upload, json, &found);
  return status == LG_OK ? http_json_end(ctx, call, MHD_HTTP_CREATED) : status;
}

const http_stream route_uploads_stream = {end, begin, piece};

static lg_status list(lg_ctx *ctx, serve *server, http_call *call) {
  uint64_t used = 0;
  int64_t limit = http_count(call, "limit", 50);
  if (limit < 1 || limit > MOST_LISTED) limit = MOST_LISTED;
  lg_status status = uploads_used(ctx, server->store, http_user(call), &used);
  if (status != LG_OK) return status;
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key_integer(w, "used_bytes", (int64_t)used);
  lg_json_key_integer(w, "quota_bytes", (int64_t)server->options.quota);
  lg_json_key_integer(w, "most_bytes", (int64_t)server->options.most_upload);
  lg_json_key(w, "uploads");
  lg_json_array(w);
  status = uploads_list(ctx, server->store, http_user(call), http_count(call, "before", 0), limit, job_write_upload, w);
  lg_json_end_array(w);
  lg_json_end_object(w);
  return status == LG_OK ? http_json_end(ctx, call, MHD_HTTP_OK) : status;
}

static lg_status no_upload(lg_ctx *ctx, http_call *call) {
  return http_error(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1/uploads.", "you have no such upload");
}

static lg_status get(lg_ctx *ctx, serve *server, http_call *call) {
  bool found = false;
  lg_json *w = http_json_begin(ctx, call);
  const lg_status status =
      uploads_look(ctx, server->store, http_user(call), http_id(call), job_write_upload, w, &found);
  if (status != LG_OK) return status;
  return found ? http_json_end(ctx, call, MHD_HTTP_OK) : no_upload(ctx, call);
}

typedef struct which {
  char sha256[BLOB_HEX], name[JOB_FILE_NAME];
} which;

static void note_which(void *arg, const upload_row *row) {
  which *w = arg;
  (void)snprintf(w->sha256, sizeof w->sha256, "%s", row->sha256);
  job_make_safe(row->name, w->name);
}

static lg_status download(lg_ctx *ctx, serve *server, http_call *call) {
  which w;
  bool found = false;
  char path[4096];
  lg_status status = uploads_look(ctx, server->store, http_user(call), http_id(call), note_which, &w, &found);
  if (status != LG_OK) return status;
  if (!found) return no_upload(ctx, call);
  status = blob_path(ctx, server->folder, w.sha256, path, sizeof path);
  return status == LG_OK ? http_file(ctx, call, path, "application/octet-stream", w.sha256, w.name) : status;
}

static lg_status delete (lg_ctx *ctx, serve *server, http_call *call) {
  const audit_who by = http_who(call);
  const lg_status status = uploads_delete(ctx, server->store, &by, http_id(call));
  if (status == LG_ERR_NOT_FOUND) return no_upload(ctx, call);
  if (status == LG_ERR_ARGUMENT) { /* a locked study holds it */
    char message[300];
    (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
    return http_error(ctx, call, MHD_HTTP_CONFLICT, "state", "See the page Studies.", "%s", message);
  }
  return status == LG_OK ? http_empty(ctx, call, MHD_HTTP_NO_CONTENT) : status;
}

const http_route route_uploads[ROUTE_UPLOADS_COUNT] = {
    {HTTP_POST, "/api/v1/uploads", ROLE_SCIENTIST, "run", end, "Upload a file: ?name=, the body is the file."},
    {HTTP_GET, "/api/v1/uploads", ROLE_VIEWER, "read", list, "Your uploads, newest first: ?before=ID&limit=N."},
    {HTTP_GET, "/api/v1/uploads/{id}", ROLE_VIEWER, "read", get, "One of them, with what loligo info says of it."},
    {HTTP_GET, "/api/v1/uploads/{id}/file", ROLE_VIEWER, "read", download, "The file itself."},
    {HTTP_DELETE, "/api/v1/uploads/{id}", ROLE_SCIENTIST, "run", delete, "Forget it; jobs that used it keep theirs."},
};
