/**
 * @file http.h
 * @brief What a route sees of a request, and how it answers. Routes never touch libmicrohttpd.
 *
 * A handler runs on one of the door's threads, with a context of its own, and returns without blocking: it reads or
 * writes the store, or leaves a task to the workers and lets the connection wait (http_wait_for_job).
 */
#ifndef LG_SERVE_HTTP_H
#define LG_SERVE_HTTP_H

#include "app/serve/store_audit.h"
#include "base/base.h"
#include "data/json_writer.h"

typedef enum http_method { HTTP_GET = 0, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE } http_method;

/** Who may: each role may what those before it may. */
typedef enum serve_role { ROLE_NOBODY = 0, ROLE_VIEWER, ROLE_SCIENTIST, ROLE_REVIEWER, ROLE_ADMIN } serve_role;

typedef struct serve serve; /* the whole server: store, blobs, hub, options (serve.h) */
typedef struct http_call http_call;

/** @brief Answers the call by one of http_json_begin/end, http_error, http_file, …; a failure becomes an error answer.
 */
typedef lg_status (*http_handler)(lg_ctx *ctx, serve *server, http_call *call);

typedef struct http_route {
  http_method method;
  const char *pattern; /* "/api/v1/jobs/{id}/files/{name}": a {part} matches one segment of [A-Za-z0-9._:-], 1 to 128 */
  serve_role role;     /* the least; ROLE_NOBODY: no login */
  const char *scope;   /* a token needs it: "read", "run", "admin" */
  http_handler handler;
  const char *summary; /* one sentence: the description of the API is made of them */
} http_route;

/** A table of routes; every route_*.c exports one, http_routes.c lists them. */
typedef struct http_routes {
  const http_route *routes;
  size_t n;
} http_routes;

/**
 * A route whose body comes in pieces and is larger than others may be (serve_options.most_upload). `begin` runs when
 * the headers are there and may refuse by answering; then every piece; then the handler, whose name tells the route.
 */
typedef struct http_stream {
  http_handler handler;
  http_handler begin;
  lg_status (*piece)(lg_ctx *ctx, serve *server, http_call *call, const char *bytes, size_t n);
} http_stream;

/* ---- the request ----------------------------------------------------------------------------------------- */

const char *http_part(const http_call *call, const char *name);  /* of the pattern; never NULL for a name in it */
const char *http_query(const http_call *call, const char *name); /* NULL: not given */
const char *http_header(const http_call *call, const char *name);
/** @brief The JSON body (an object, at most 1 MiB, strict); answers 400 itself and returns NULL where there is none. */
const struct json_t *http_body(lg_ctx *ctx, http_call *call);
/** @brief Id of the user, 0 where nobody is signed in; role, name. */
int64_t http_user(const http_call *call);
serve_role http_user_role(const http_call *call);
const char *http_user_name(const http_call *call);
const char *http_peer(const http_call *call); /* address */
audit_who http_who(const http_call *call);    /* the three of them, for the audit; lives as long as the call */

/** @brief The part {id} as a number; -1: it is none. */
int64_t http_id(const http_call *call);
/** @brief A number of the query, >= 0; `fallback` where it is not given or none. */
int64_t http_count(const http_call *call, const char *name, int64_t fallback);
/** @brief Keep something with the call; `forget` ends it when the call ends, however that is. NULL: keep nothing. */
void http_keep(http_call *call, void *own, void (*forget)(lg_ctx *ctx, void *own));
void *http_kept(const http_call *call);

/** @brief Let the connection wait for news of a job, until a time (ms since 1970): then the handler is called again and
 * looks for itself. False: the server is ending, answer now. */
LG_MUST_CHECK bool http_wait(http_call *call, int64_t job, int64_t until);

/* ---- the answer ------------------------------------------------------------------------------------------- */

/** @brief Write the answer's JSON; ended by http_json_end(call, status code). */
lg_json *http_json_begin(lg_ctx *ctx, http_call *call);
LG_MUST_CHECK lg_status http_json_end(lg_ctx *ctx, http_call *call, unsigned status_code);
/** @brief The same for an answer that is one list: {key: [ … ]}. */
lg_json *http_list_begin(lg_ctx *ctx, http_call *call, const char *key);
/** @brief Closes it; `status` is what became of writing the rows: unless it is LG_OK it is returned, nothing answered.
 */
LG_MUST_CHECK lg_status http_list_end(lg_ctx *ctx, http_call *call, lg_json *list, lg_status status);

/** @brief {"error": {"code": "not-found", "message": …, "remedy": …}} with that status. Returns LG_OK: it was answered.
 */
LG_MUST_CHECK lg_status http_error(lg_ctx *ctx, http_call *call, unsigned status_code, const char *code,
                                   const char *remedy, const char *fmt, ...) LG_PRINTF(6, 7);

/** @brief A file, with ranges and an ETag; `download` (or NULL) is the name to save it by. */
LG_MUST_CHECK lg_status http_file(lg_ctx *ctx, http_call *call, const char *path, const char *type, const char *etag,
                                  const char *download);
LG_MUST_CHECK lg_status http_bytes(lg_ctx *ctx, http_call *call, unsigned status_code, const char *type,
                                   const void *bytes, size_t n);
LG_MUST_CHECK lg_status http_empty(lg_ctx *ctx, http_call *call, unsigned status_code);
void http_set_header(http_call *call, const char *name, const char *value); /* of the answer; copied */

#endif
