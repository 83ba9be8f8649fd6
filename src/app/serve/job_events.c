/* Progress of a job as Server-Sent Events. Between news the connection is suspended: it costs a socket. */
#define _XOPEN_SOURCE 700
#include "app/serve/http_internal.h"
#include "app/serve/job_json.h"
#include "app/serve/routes.h"

#include <stdlib.h>
#include <string.h>

enum { HEARTBEAT_MS = 15000 };

typedef struct events {
  serve *server;
  struct MHD_Connection *connection;
  lg_ctx *ctx;
  http_waiter waiter;
  int64_t job, user, version, sent;
  bool over;
  char *text;
  size_t n, at;
} events;

typedef struct snapshot {
  events *e;
  FILE *stream;
  bool news;
} snapshot;

static void take_row(void *arg, const job_row *row) {
  snapshot *s = arg;
  job_row slim = *row;
  slim.request = NULL; /* the reader knows it */
  if (row->version == s->e->version) return;
  s->news = true;
  s->e->version = row->version;
  s->e->over = row->state >= JOB_DONE && row->state <= JOB_CANCELLED;
  lg_json w = lg_json_begin(s->stream);
  job_write(&w, &slim, false);
  (void)lg_json_end(&w);
}

/* "event: job", each line of the JSON behind "data: ". */
static bool wrap(events *e, const char *json) {
  size_t n = 0;
  FILE *f = open_memstream(&e->text, &n);
  if (!f) return false;
  (void)fprintf(f, "id: %lld\nevent: job\n", (long long)e->version);
  for (const char *p = json; *p;) {
    const size_t line = strcspn(p, "\n");
    if (line) (void)fprintf(f, "data: %.*s\n", (int)line, p);
    p += line + (p[line] == '\n');
  }
  (void)fputc('\n', f);
  if (fclose(f) != 0) return false;
  e->n = n;
  return true;
}

/* False: the job is gone, or there is no memory. */
static bool look(events *e, bool *news) {
  char *json = NULL;
  size_t n = 0;
  bool found = false;
  snapshot s = {e, open_memstream(&json, &n), false};
  if (!s.stream) return false;
  const lg_status status = jobs_look(e->ctx, e->server->store, e->job, e->user, take_row, &s, &found);
  bool good = fclose(s.stream) == 0 && (status == LG_ERR_LIMIT || (status == LG_OK && found));
  if (good && s.news) good = wrap(e, json);
  free(json);
  *news = s.news;
  return good;
}

static ssize_t give(events *e, char *buffer, size_t room) {
  const size_t n = e->n - e->at < room ? e->n - e->at : room;
  memcpy(buffer, e->text + e->at, n);
  e->at += n;
  e->sent = store_now();
  if (e->at == e->n) {
    free(e->text);
    e->text = NULL;
    e->n = e->at = 0;
  }
  return (ssize_t)n;
}

static ssize_t read_more(void *arg, uint64_t at, char *buffer, size_t room) {
  events *e = arg;
  bool news = false;
  (void)at;
  if (e->text) return give(e, buffer, room);
  if (e->over || !look(e, &news)) return MHD_CONTENT_READER_END_OF_STREAM;
  if (news) return give(e, buffer, room);
  const int64_t now = store_now();
  if (now - e->sent >= HEARTBEAT_MS && room > 3) { /* whoever left is noticed */
    memcpy(buffer, ":\n\n", 3);
    e->sent = now;
    return 3;
  }
  return http_suspend(e->server, &e->waiter, e->connection, e->job, now + HEARTBEAT_MS)
             ? 0
             : MHD_CONTENT_READER_END_OF_STREAM;
}

static void forget(void *arg) {
  events *e = arg;
  free(e->text);
  lg_ctx_destroy(e->ctx);
  free(e);
}

static void nothing(void *arg, const job_row *row) { (void)arg, (void)row; }

lg_status job_events(lg_ctx *ctx, serve *server, http_call *call) {
  bool found = false;
  const int64_t user = http_user_role(call) == ROLE_ADMIN ? 0 : http_user(call);
  lg_status status = jobs_look(ctx, server->store, http_id(call), user, nothing, NULL, &found);
  if (status != LG_OK) return status;
  if (!found)
    return http_error(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1/jobs.", "you have no such job");
  events *e = calloc(1, sizeof *e);
  if (!e || lg_ctx_create(&e->ctx) != LG_OK) {
    free(e);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a stream of events");
  }
  e->server = server;
  e->connection = call->connection;
  e->job = http_id(call);
  e->user = user;
  e->version = -1;
  e->sent = store_now();
  struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_more, e, forget);
  if (!r) {
    forget(e);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a stream of events");
  }
  (void)MHD_add_response_header(r, "Content-Type", "text/event-stream");
  (void)MHD_add_response_header(r, "Cache-Control", "no-store");
  (void)MHD_add_response_header(r, "X-Accel-Buffering", "no");
  call->response = r;
  call->status_code = MHD_HTTP_OK;
  return LG_OK;
}
