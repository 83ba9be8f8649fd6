/* Studies over HTTP. Who changes one says by If-Match which version they saw. */
#define _XOPEN_SOURCE 700
#include "app/serve/job_commands.h"
#include "app/serve/route_study.h"
#include "app/serve/routes.h"
#include "app/serve/study_export.h"
#include "app/serve/study_manifest.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LISTED = 200, MOST_HISTORY = 1000 };

/* ---- as JSON ------------------------------------------------------------------------------------------- */

typedef struct writing {
  lg_json *w;
  const store_who *who;
  bool whole, acts; /* acts: the list of acts has begun */
  int64_t version;
} writing;

static void may(lg_json *w, bool allowed, const char *what) {
  if (allowed) lg_json_text(w, what);
}

/* What the reader may do now: the page offers these. The store checks for itself. */
static void write_may(lg_json *w, const store_who *who, const study_row *r) {
  const bool owner = r->owner == who->user, admin = who->role == ROLE_ADMIN, reviews = who->role >= ROLE_REVIEWER;
  lg_json_key(w, "may");
  lg_json_array(w);
  may(w, r->state == STUDY_DRAFT && who->role >= ROLE_SCIENTIST, "edit");
  may(w, r->state == STUDY_DRAFT && (owner || admin), "lock");
  may(w, r->state == STUDY_LOCKED && reviews && !r->author && !owner, "review");
  may(w, (r->state == STUDY_REVIEWED || r->state == STUDY_SIGNED) && reviews && !r->signer, "sign");
  may(w, r->state != STUDY_WITHDRAWN && (owner || reviews), "withdraw");
  may(w, r->manifest_sha256 != NULL, "export");
  lg_json_end_array(w);
}

static void write_row(void *arg, const study_row *r) {
  writing *x = arg;
  lg_json *w = x->w;
  x->version = r->version;
  lg_json_object(w);
  lg_json_key_integer(w, "id", r->id);
  lg_json_key_text(w, "name", r->name);
  lg_json_key_text(w, "state", study_state_name(r->state));
  lg_json_key_text(w, "owner", r->owner_name);
  lg_json_key_integer(w, "revision", r->revision);
  lg_json_key_integer(w, "version", r->version);
  lg_json_key_integer(w, "created_ms", r->created);
  lg_json_key_integer(w, "changed_ms", r->changed);
  lg_json_key_text(w, "changed_by", r->changed_by);
  lg_json_key_integer(w, "n_items", r->n_items);
  lg_json_key_text(w, "manifest_sha256", r->manifest_sha256);
  lg_json_key_boolean(w, "author", r->author);
  write_may(w, x->who, r);
  if (x->whole) {
    lg_json_key_text(w, "context_of_use", r->context);
    lg_json_key_text(w, "conclusion", r->conclusion);
    lg_json_key(w, "subjects");
    study_write_subjects(w, r->subjects);
    lg_json_key(w, "items");
    lg_json_array(w);
  } else lg_json_end_object(w);
}

static void write_item(void *arg, const study_item *item) {
  lg_json *w = ((writing *)arg)->w;
  lg_json_object(w);
  lg_json_key_integer(w, "item", item->id);
  study_write_item(w, item);
}

static void write_file(void *arg, const study_file *f) { study_write_file(((writing *)arg)->w, f, NULL); }

static void end_item(void *arg) {
  lg_json *w = ((writing *)arg)->w;
  lg_json_end_array(w);
  lg_json_end_object(w);
}

static void begin_acts(writing *x) {
  if (x->acts) return;
  x->acts = true;
  lg_json_end_array(x->w); /* of the items */
  lg_json_key(x->w, "acts");
  lg_json_array(x->w);
}

static void write_act(void *arg, const study_act *act) {
  begin_acts(arg);
  study_write_act(((writing *)arg)->w, act);
}

/* The whole study as the value that comes next, as one snapshot. */
static lg_status write_study(lg_ctx *ctx, serve *server, http_call *call, lg_json *w, int64_t id, bool *found,
                             int64_t *version) {
  writing x = {.w = w, .who = &call->who, .whole = true};
  const study_reader reader = {&x, write_row, write_item, write_file, end_item, write_act};
  const lg_status status = studies_read(ctx, server->store, id, call->who.user, &reader, found);
  if (status != LG_OK || !*found) return status;
  begin_acts(&x);
  lg_json_end_array(w);
  lg_json_end_object(w);
  *version = x.version;
  return LG_OK;
}

static lg_status no_study(lg_ctx *ctx, http_call *call) {
  return http_error(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1/studies.", "there is no such study");
}

static lg_status answer_study(lg_ctx *ctx, serve *server, http_call *call, int64_t id, unsigned status_code) {
  bool found;
  int64_t version = 0;
  char tag[32];
  lg_json *w = http_json_begin(ctx, call);
  const lg_status status = write_study(ctx, server, call, w, id, &found, &version);
  if (status != LG_OK) return status;
  if (!found) return no_study(ctx, call);
  (void)snprintf(tag, sizeof tag, "\"%lld\"", (long long)version);
  http_set_header(call, "ETag", tag);
  return http_json_end(ctx, call, status_code);
}

/* ---- look ---------------------------------------------------------------------------------------------- */

static int state_of(const char *name) {
  for (int k = STUDY_DRAFT; k <= STUDY_WITHDRAWN; k++)
    if (name && strcmp(name, study_state_name((study_state)k)) == 0) return k;
  return -1;
}

static lg_status list(lg_ctx *ctx, serve *server, http_call *call) {
  const char *state = http_query(call, "state");
  int64_t limit = http_count(call, "limit", 50);
  if (limit < 1 || limit > MOST_LISTED) limit = MOST_LISTED;
  if (state && state[0] && state_of(state) < 0)
    return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-study", "Ask for one of them, or for all.",
                      "a study is draft, locked, reviewed, signed or withdrawn");
  writing x = {.who = &call->who};
  x.w = http_list_begin(ctx, call, "studies");
  const lg_status status = studies_list(ctx, server->store, call->who.user, state_of(state),
                                        http_count(call, "before", 0), limit, write_row, &x);
  return http_list_end(ctx, call, x.w, status);
}

static lg_status get(lg_ctx *ctx, serve *server, http_call *call) {
  return answer_study(ctx, server, call, http_id(call), MHD_HTTP_OK);
}

static void write_event(void *json, const audit_row *row) {
  lg_json *w = json;
  lg_json_object(w);
  lg_json_key_integer(w, "id", row->id);
  lg_json_key_integer(w, "at_ms", row->at);
  lg_json_key_text(w, "by", row->user_name);
  lg_json_key_text(w, "action", row->action);
  lg_json_key(w, "detail");
  lg_json_raw(w,
              row->detail && row->detail[0] == '{' && strlen(row->detail) < AUDIT_MOST_DETAIL ? row->detail : "null");
  lg_json_key_text(w, "hash", row->hash);
  lg_json_end_object(w);
}

static lg_status write_history(lg_ctx *ctx, serve *server, lg_json *w, int64_t id, int64_t limit) {
  char object[AUDIT_OBJECT];
  const audit_filter f = {.object = audit_object(object, "study", id)};
  lg_json_array(w);
  const lg_status status = store_audit_list(ctx, server->store, &f, limit, write_event, w);
  lg_json_end_array(w);
  return status;
}

static lg_status is_there(lg_ctx *ctx, serve *server, http_call *call, bool *found) {
  const study_reader nothing = {0};
  return studies_read(ctx, server->store, http_id(call), call->who.user, &nothing, found);
}

static lg_status history(lg_ctx *ctx, serve *server, http_call *call) {
  bool found = false;
  lg_status status = is_there(ctx, server, call, &found);
  if (status != LG_OK) return status;
  if (!found) return no_study(ctx, call);
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key(w, "events");
  status = write_history(ctx, server, w, http_id(call), MOST_HISTORY);
  lg_json_end_object(w);
  return status == LG_OK ? http_json_end(ctx, call, MHD_HTTP_OK) : status;
}

static lg_status file(lg_ctx *ctx, serve *server, http_call *call) {
  char sha256[BLOB_HEX];
  const char *role = http_query(call, "role"), *name = http_query(call, "name");
  if (!role || !name)
    return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "no-name", "See the files of the study's items.",
                      "?item=, role= and name= are wanted");
  const lg_status status =
      studies_find_file(ctx, server->store, http_id(call), http_count(call, "item", 0), role, name, sha256);
  return status == LG_OK ? route_send_blob(ctx, server, call, name, sha256) : status;
}

/* ---- change -------------------------------------------------------------------------------------------- */

/* If-Match: "7", as the ETag came. False: it was answered already. */
static bool read_version(lg_ctx *ctx, http_call *call, int64_t *version) {
  const char *text = http_header(call, "If-Match");
  char *end = NULL;
  if (text) {
    if (strncmp(text, "W/", 2) == 0) text += 2;
    const bool quoted = *text == '"';
    *version = *(text += quoted) >= '0' && *text <= '9' ? strtoll(text, &end, 10) : 0;
    if (end && *end == '"' && quoted) end++;
    if (end && *end == 0 && *version > 0) return true;
  }
  LG_IGNORE(http_error(ctx, call, MHD_HTTP_PRECONDITION_REQUIRED, "no-version",
                       "Get the study, then send its ETag as If-Match.",
                       "If-Match: \"VERSION\" is wanted, so that nobody's change is lost"));
  return false;
}

/* Somebody was faster: who, what, and the study as it is now. */
static lg_status answer_changed(lg_ctx *ctx, serve *server, http_call *call, const char *message) {
  bool found;
  int64_t version;
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key(w, "error");
  lg_json_object(w);
  lg_json_key_text(w, "code", "changed");
  lg_json_key_text(w, "message", message);
  lg_json_key_text(w, "remedy", "Look at what changed, then send yours again with the new version.");
  lg_json_end_object(w);
  lg_json_key(w, "current");
  lg_status status = write_study(ctx, server, call, w, http_id(call), &found, &version);
  if (status != LG_OK) return status;
  if (!found) return no_study(ctx, call);
  lg_json_key(w, "history");
  status = write_history(ctx, server, w, http_id(call), 10);
  lg_json_end_object(w);
  return status == LG_OK ? http_json_end(ctx, call, MHD_HTTP_PRECONDITION_FAILED) : status;
}

static lg_status answer_refusal(lg_ctx *ctx, serve *server, http_call *call, study_refusal why) {
  static const struct {
    unsigned status_code;
    const char *code, *remedy;
  } known[] = {
      [STUDY_MADE] = {MHD_HTTP_BAD_REQUEST, "bad-study", "Change the request as the message says."},
      [STUDY_NONE] = {MHD_HTTP_NOT_FOUND, "not-found", "See the lists of studies, jobs and uploads."},
      [STUDY_STATE_NO] = {MHD_HTTP_CONFLICT, "state", "Look at the state of the study."},
      [STUDY_WHO_NO] = {MHD_HTTP_FORBIDDEN, "role", "Ask somebody who may."},
      [STUDY_BAD] = {MHD_HTTP_BAD_REQUEST, "bad-study", "Change the request as the message says."},
  };
  char message[400];
  (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
  if (why == STUDY_CHANGED) return answer_changed(ctx, server, call, message);
  return http_error(ctx, call, known[why].status_code, known[why].code, known[why].remedy, "%s", message);
}

lg_status study_answer_change(lg_ctx *ctx, serve *server, http_call *call, lg_status status, const study_call *c,
                              unsigned status_code) {
  if (status == LG_ERR_ARGUMENT) return answer_refusal(ctx, server, call, c->refused);
  return status == LG_OK ? answer_study(ctx, server, call, c->study, status_code) : status;
}

static study_call call_of(http_call *call) {
  return (study_call){.who = &call->who, .peer = call->peer, .study = http_id(call)};
}

/* Body and version; NULL: it was answered already. `keys`: what the body may hold, with spaces around each. */
const json_t *study_open_change(lg_ctx *ctx, http_call *call, const char *keys, study_call *c) {
  const json_t *body = http_body(ctx, call);
  const char *key;
  json_t *value;
  char padded[64];
  *c = call_of(call);
  if (!body) return NULL;
  json_object_foreach((json_t *)(uintptr_t)body, key, value) {
    (void)snprintf(padded, sizeof padded, " %.60s ", key);
    if (strstr(keys, padded)) continue;
    LG_IGNORE(http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-study", "Leave it out.",
                         "\"%.60s\" is not known here; there is%s", key, keys));
    return NULL;
  }
  if (call->route->method == HTTP_POST && strcmp(call->route->pattern, "/api/v1/studies") == 0) return body;
  return read_version(ctx, call, &c->version) ? body : NULL;
}

/* A text of the body: NULL where it is not there; *good false: it is no text. */
const char *study_text_of(const json_t *body, const char *key, bool *good) {
  const json_t *value = json_object_get(body, key);
  if (value && !json_is_string(value)) *good = false;
  return json_string_value(value);
}

/* ["S-1", "S-2"] with a line for each. */
static bool join_subjects(const json_t *array, char *out, size_t room) {
  size_t n = 0;
  out[0] = 0;
  if (!json_is_array(array)) return false;
  for (size_t k = 0; k < json_array_size(array); k++) {
    const char *code = json_string_value(json_array_get(array, k));
    if (!code || strchr(code, '\n') || n + strlen(code) + 2 > room) return false;
    n += (size_t)snprintf(out + n, room - n, "%s%s", k ? "\n" : "", code[0] ? code : "\t"); /* empty: no code */
  }
  return true;
}

lg_status study_bad_kind(lg_ctx *ctx, http_call *call) {
  return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-study", "See docs/studies.md.",
                    "a value is of the wrong kind: texts are strings, subjects an array of at most %d codes of at most "
                    "%d bytes",
                    STUDY_MOST_SUBJECTS, STUDY_MOST_CODE);
}

static lg_status write_words(lg_ctx *ctx, serve *server, http_call *call, bool new) {
  char subjects[(STUDY_MOST_SUBJECTS + 1) * (STUDY_MOST_CODE + 8)];
  bool good = true;
  study_call c;
  const json_t *body = study_open_change(ctx, call, " name context_of_use conclusion subjects ", &c);
  if (!body) return LG_OK;
  study_words words = {study_text_of(body, "name", &good), study_text_of(body, "context_of_use", &good),
                       study_text_of(body, "conclusion", &good), NULL};
  const json_t *codes = json_object_get(body, "subjects");
  if (codes && good) good = join_subjects(codes, subjects, sizeof subjects);
  if (codes) words.subjects = subjects;
  if (!good) return study_bad_kind(ctx, call);
  const lg_status status =
      new ? studies_create(ctx, server->store, &c, &words) : studies_change(ctx, server->store, &c, &words);
  return study_answer_change(ctx, server, call, status, &c, new ? MHD_HTTP_CREATED : MHD_HTTP_OK);
}

static lg_status create(lg_ctx *ctx, serve *server, http_call *call) { return write_words(ctx, server, call, true); }
static lg_status change(lg_ctx *ctx, serve *server, http_call *call) { return write_words(ctx, server, call, false); }

static lg_status add_item(lg_ctx *ctx, serve *server, http_call *call) {
  bool good = true;
  int64_t item;
  study_call c;
  const json_t *body = study_open_change(ctx, call, " kind id label ", &c);
  if (!body) return LG_OK;
  const char *kind = study_text_of(body, "kind", &good), *label = study_text_of(body, "label", &good);
  const json_int_t id = json_integer_value(json_object_get(body, "id"));
  if (!good || !kind || id <= 0 || (strcmp(kind, "job") != 0 && strcmp(kind, "upload") != 0))
    return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-study", "Send {\"kind\": \"job\", \"id\": 7}.",
                      "an item is a job or an upload, by its number");
  const lg_status status = kind[0] == 'j' ? studies_add_job(ctx, server->store, &c, id, label, &item)
                                          : studies_add_upload(ctx, server->store, &c, id, label, &item);
  return study_answer_change(ctx, server, call, status, &c, MHD_HTTP_CREATED);
}

static lg_status remove_item(lg_ctx *ctx, serve *server, http_call *call) {
  study_call c = call_of(call);
  if (!read_version(ctx, call, &c.version)) return LG_OK;
  const char *text = http_part(call, "k");
  const int64_t item = strspn(text, "0123456789") == strlen(text) && strlen(text) < 18 ? strtoll(text, NULL, 10) : 0;
  return study_answer_change(ctx, server, call, studies_remove_item(ctx, server->store, &c, item), &c, MHD_HTTP_OK);
}

/* ---- export -------------------------------------------------------------------------------------------- */

typedef struct stream {
  study_export *export;
  lg_ctx *ctx;
} stream;

static ssize_t read_more(void *arg, uint64_t at, char *buffer, size_t room) {
  stream *x = arg;
  size_t n = 0;
  if (study_export_read(x->ctx, x->export, at, buffer, room, &n) != LG_OK) return MHD_CONTENT_READER_END_WITH_ERROR;
  return n > 0 ? (ssize_t)n : MHD_CONTENT_READER_END_OF_STREAM;
}

static void forget(void *arg) {
  stream *x = arg;
  study_export_close(x->ctx, x->export);
  lg_ctx_destroy(x->ctx);
  free(x);
}

static lg_status export(lg_ctx *ctx, serve *server, http_call *call) {
  char words[160];
  stream *x = calloc(1, sizeof *x);
  if (!x || lg_ctx_create(&x->ctx) != LG_OK) {
    free(x);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for an archive");
  }
  const lg_status status = study_export_open(x->ctx, server->store, http_id(call), &x->export);
  if (status != LG_OK) {
    (void)snprintf(words, sizeof words, "%s", lg_ctx_message(x->ctx));
    forget(x);
    if (status == LG_ERR_NOT_FOUND) return no_study(ctx, call);
    if (status == LG_ERR_ARGUMENT)
      return http_error(ctx, call, MHD_HTTP_CONFLICT, "state", "Lock the study first.", "%s", words);
    return lg_fail(ctx, status, "%s", words);
  }
  struct MHD_Response *r =
      MHD_create_response_from_callback(study_export_bytes(x->export), 1 << 17, read_more, x, forget);
  if (!r) {
    forget(x);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for an archive");
  }
  (void)snprintf(words, sizeof words, "attachment; filename=\"%s\"", study_export_name(x->export));
  (void)MHD_add_response_header(r, "Content-Type", "application/x-tar");
  (void)MHD_add_response_header(r, "Content-Disposition", words);
  (void)MHD_add_response_header(r, "Cache-Control", "no-store");
  call->response = r;
  call->status_code = MHD_HTTP_OK;
  return LG_OK;
}

const http_route route_studies[ROUTE_STUDIES_COUNT] = {
    {HTTP_GET, "/api/v1/studies", ROLE_VIEWER, "read", list, "Studies, the newest first: ?state=&before=ID&limit=N."},
    {HTTP_POST, "/api/v1/studies", ROLE_SCIENTIST, "run", create,
     "A draft: name, context_of_use, conclusion, subjects (codes, never names)."},
    {HTTP_GET, "/api/v1/studies/{id}", ROLE_VIEWER, "read", get, "A study: words, items, files, reviews, signatures."},
    {HTTP_PATCH, "/api/v1/studies/{id}", ROLE_SCIENTIST, "run", change,
     "Change a draft's words; If-Match: \"VERSION\"."},
    {HTTP_POST, "/api/v1/studies/{id}/items", ROLE_SCIENTIST, "run", add_item,
     "Freeze a job or an upload into a draft: kind, id, label; If-Match."},
    {HTTP_DELETE, "/api/v1/studies/{id}/items/{k}", ROLE_SCIENTIST, "run", remove_item, "Take an item off; If-Match."},
    {HTTP_POST, "/api/v1/studies/{id}/lock", ROLE_SCIENTIST, "run", study_route_lock, "Write the manifest; If-Match."},
    {HTTP_POST, "/api/v1/studies/{id}/review", ROLE_REVIEWER, "run", study_route_review,
     "verdict accept or return, comment; by nobody who edited it; If-Match."},
    {HTTP_POST, "/api/v1/studies/{id}/sign", ROLE_REVIEWER, "run", study_route_sign,
     "password, meaning: signed in, no token; If-Match."},
    {HTTP_POST, "/api/v1/studies/{id}/withdraw", ROLE_SCIENTIST, "run", study_route_withdraw, "reason; If-Match."},
    {HTTP_GET, "/api/v1/studies/{id}/history", ROLE_VIEWER, "read", history, "What the audit says of it."},
    {HTTP_GET, "/api/v1/studies/{id}/file", ROLE_VIEWER, "read", file, "A file of it: ?item=&role=&name=."},
    {HTTP_GET, "/api/v1/studies/{id}/export", ROLE_VIEWER, "read", export,
     "A locked study as an archive that loligo study verify checks."},
};
