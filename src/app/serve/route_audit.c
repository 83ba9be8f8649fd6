/* The audit: a page of it, the whole of it as CSV, and whether it is as it was written. */
#define _XOPEN_SOURCE 700
#include "app/serve/audit_rows.h"
#include "app/serve/http_internal.h"
#include "app/serve/routes.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LISTED = 500, ROWS_AT_ONCE = 200 };

static audit_filter filter_of(const http_call *call) {
  return (audit_filter){.before = http_count(call, "before", 0),
                        .since = http_count(call, "since_ms", 0),
                        .to = http_count(call, "to_ms", 0),
                        .user = http_query(call, "user"),
                        .action = http_query(call, "action"),
                        .object = http_query(call, "object")};
}

static lg_status list(lg_ctx *ctx, serve *server, http_call *call) {
  int64_t limit = http_count(call, "limit", 50);
  const audit_filter filter = filter_of(call);
  if (limit < 1 || limit > MOST_LISTED) limit = MOST_LISTED;
  lg_json *w = http_list_begin(ctx, call, "rows");
  const lg_status status = store_audit_list(ctx, server->store, &filter, limit, audit_json_row, w);
  return http_list_end(ctx, call, w, status);
}

/* ---- verify -------------------------------------------------------------------------------------------- */

typedef struct verify_work {
  bool anchored;
  audit_anchor anchor;
  audit_check check;
} verify_work;

static lg_status walk(lg_ctx *ctx, serve *server, void *work) {
  verify_work *w = work;
  return store_audit_verify(ctx, server->store, w->anchored ? &w->anchor : NULL, &w->check);
}

static lg_status verify(lg_ctx *ctx, serve *server, http_call *call) {
  (void)server;
  verify_work w = {0};
  void *made;
  const char *hash = http_query(call, "hash");
  w.anchor.id = http_count(call, "id", 0);
  w.anchored = hash || w.anchor.id;
  if (w.anchored && (!hash || strlen(hash) != AUDIT_HASH - 1 || w.anchor.id < 1))
    return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "anchor", "Give both: ?id=12&hash=…",
                      "a head that was kept has an id and a hash of 64 hex digits");
  if (w.anchored) (void)snprintf(w.anchor.hash, sizeof w.anchor.hash, "%s", hash);
  const lg_status status = http_aside(ctx, call, walk, &w, sizeof w, &made);
  if (status != LG_OK || !made) return status;
  const audit_check *c = &((const verify_work *)made)->check;
  lg_json *j = http_json_begin(ctx, call);
  lg_json_object(j);
  lg_json_key_boolean(j, "intact", c->intact);
  lg_json_key_integer(j, "rows", c->rows);
  lg_json_key(j, "first_bad");
  if (c->intact) lg_json_null(j);
  else lg_json_integer(j, c->first_bad);
  lg_json_key_text(j, "why", c->intact ? NULL : c->why);
  lg_json_key(j, "head");
  lg_json_object(j);
  lg_json_key_integer(j, "id", c->head.id);
  lg_json_key_text(j, "hash", c->head.id ? c->head.hash : NULL);
  lg_json_end_object(j);
  lg_json_end_object(j);
  return http_json_end(ctx, call, MHD_HTTP_OK);
}

/* ---- export: some rows at a time, as fast as they are taken -------------------------------------------- */

typedef struct export {
  lg_ctx *ctx;
  store *store;
  audit_filter filter;
  char *words[3]; /* what the filter points at */
  char *text;
  size_t n, at;
  bool begun, over;
}
export;

typedef struct rows_out {
  FILE *f;
  export *e;
  int64_t n;
} rows_out;

static void put_row(void *arg, const audit_row *row) {
  rows_out *out = arg;
  audit_csv_row(out->f, row);
  out->e->filter.after = row->id;
  out->n++;
}

static bool more(export *e) {
  free(e->text);
  e->text = NULL;
  e->n = e->at = 0;
  rows_out out = {open_memstream(&e->text, &e->n), e, 0};
  if (!out.f) return false;
  if (!e->begun) audit_csv_head(out.f);
  e->begun = true;
  const lg_status status = store_audit_list(e->ctx, e->store, &e->filter, ROWS_AT_ONCE, put_row, &out);
  e->over = out.n < ROWS_AT_ONCE;
  return fclose(out.f) == 0 && status == LG_OK;
}

static ssize_t give(void *arg, uint64_t at, char *buffer, size_t room) {
  export *e = arg;
  (void)at;
  while (e->at == e->n) {
    if (e->over && e->begun) return MHD_CONTENT_READER_END_OF_STREAM;
    if (!more(e)) return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  const size_t n = e->n - e->at < room ? e->n - e->at : room;
  memcpy(buffer, e->text + e->at, n);
  e->at += n;
  return (ssize_t)n;
}

static void forget(void *arg) {
  export *e = arg;
  if (!e) return;
  for (size_t k = 0; k < 3; k++) free(e->words[k]);
  free(e->text);
  lg_ctx_destroy(e->ctx);
  free(e);
}

static lg_status download(lg_ctx *ctx, serve *server, http_call *call) {
  export *e = calloc(1, sizeof *e);
  struct MHD_Response *r = NULL;
  bool good = e && lg_ctx_create(&e->ctx) == LG_OK;
  if (good) {
    e->store = server->store;
    e->filter = filter_of(call);
    e->filter.oldest_first = true;
    const char **const words[] = {&e->filter.user, &e->filter.action, &e->filter.object};
    for (size_t k = 0; k < 3; k++)
      if (*words[k] && !(*words[k] = e->words[k] = strdup(*words[k]))) good = false;
  }
  if (good) r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 32768, give, e, forget);
  if (!r) {
    forget(e);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for an export");
  }
  (void)MHD_add_response_header(r, "Content-Type", "text/csv; charset=utf-8");
  (void)MHD_add_response_header(r, "Content-Disposition", "attachment; filename=\"audit.csv\"");
  (void)MHD_add_response_header(r, "Cache-Control", "no-store");
  call->response = r;
  call->status_code = MHD_HTTP_OK;
  return LG_OK;
}

const http_route route_audit[ROUTE_AUDIT_COUNT] = {
    {HTTP_GET, "/api/v1/audit", ROLE_ADMIN, "admin", list,
     "Who did what, newest first: ?before=ID&limit=N, ?user=&action=&object=&since_ms=&to_ms=."},
    {HTTP_GET, "/api/v1/audit/verify", ROLE_ADMIN, "admin", verify,
     "Whether the audit is as it was written; ?id=&hash=: a head that was kept elsewhere is looked for."},
    {HTTP_GET, "/api/v1/audit/export", ROLE_ADMIN, "admin", download,
     "The audit as CSV, oldest first; filters as above."},
};
