/** @file http_internal.h @brief A call while it is read and answered; the server's inside. */
#ifndef LG_SERVE_HTTP_INTERNAL_H
#define LG_SERVE_HTTP_INTERNAL_H

#include "app/serve/blob.h"
#include "app/serve/http_aside.h"
#include "app/serve/http_connections.h"
#include "app/serve/hub.h"
#include "app/serve/limits.h"
#include "app/serve/rates.h"
#include "app/serve/serve.h"
#include "app/serve/store_accounts.h"
#include "app/serve/supervise.h"

#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

/** The session's cookie; browsers take a __Host- cookie over TLS and from localhost only. */
#define HTTP_COOKIE "__Host-loligo"

enum { HTTP_PARTS = 4, HTTP_PART = 129, HTTP_PATH = 1024, HTTP_BODY = 1 << 20, HTTP_HEADERS = 8 };

typedef struct http_named {
  char name[32], value[HTTP_PART];
} http_named;

/** A connection that waits. */
typedef struct http_waiter {
  struct MHD_Connection *connection;
  int64_t job, until;
  struct http_waiter *next, **back;
} http_waiter;

struct http_call {
  serve *server;
  lg_ctx *ctx;
  struct MHD_Connection *connection;
  open_socket *socket; /* its times */
  const http_route *route;
  http_method method;
  char path[HTTP_PATH];
  size_t n_parts;
  http_named part[HTTP_PARTS];
  store_who who;
  char peer[64];
  /* what the handler keeps; whether it waits */
  void *own;
  void (*forget)(lg_ctx *ctx, void *own);
  bool waits;
  http_waiter waiter;
  /* the body */
  const http_stream *stream_in;
  char *body;
  size_t body_bytes, body_room;
  json_t *json;
  /* the answer */
  FILE *stream;
  char *text;
  size_t text_bytes;
  lg_json out;
  struct MHD_Response *response;
  unsigned status_code;
  size_t n_headers;
  struct {
    char name[48], value[512];
  } header[HTTP_HEADERS];
};

typedef struct http_counters {
  atomic_ullong requests, errors, refused, bytes_in, bytes_out;
  atomic_int open;
} http_counters;

struct serve {
  serve_options options;
  char *folder, *public_url, *program, *certificate, *key; /* copies; certificate and key: what the files hold */
  char url[160], host[128], origin[256];
  store *store;
  supervisor *supervisor;
  asides *asides;
  limits limits;
  rates *rates;
  connections *connections;
  hub *hub;
  pthread_mutex_t waiting; /* of what follows */
  http_waiter *waiters;
  int64_t woke_all;
  bool stopping;
  atomic_bool named; /* url, host and origin are known: the door listens a moment earlier */
  struct MHD_Daemon *daemon;
  http_counters count;
  int64_t started;
  bool demo; /* filled by --demo: the page says so */
};

/** @brief The route of a method and path, its parts filled in; NULL and *known_path (other methods have it). */
const http_route *http_match(http_call *call, bool *known_path);

/** @brief Host, Origin and login are as they must be; otherwise the refusal is in call->response. */
LG_MUST_CHECK lg_status http_guard(lg_ctx *ctx, http_call *call);

/** @brief Whether the address, then the user, then (sign-ins) the name may ask again; otherwise 429 is in
 * call->response.
 */
LG_MUST_CHECK lg_status http_limit_address(lg_ctx *ctx, http_call *call);
LG_MUST_CHECK lg_status http_limit_sign_in(lg_ctx *ctx, http_call *call);
LG_MUST_CHECK lg_status http_limit_user(lg_ctx *ctx, http_call *call);
LG_MUST_CHECK lg_status http_limit_name(lg_ctx *ctx, http_call *call, const char *name);
/** @brief It was no failed sign-in. */
void http_limit_name_back(http_call *call, const char *name);

/** @brief Suspend a connection until there is news of the job, or until then. False: the server is ending. */
LG_MUST_CHECK bool http_suspend(serve *s, http_waiter *w, struct MHD_Connection *connection, int64_t job,
                                int64_t until);
/** @brief Nobody waits any more from here on. */
void http_stop_waiting(serve *s);

/** @brief How a route takes its body, NULL: whole. */
const http_stream *http_stream_of(const http_route *route);

/** @brief Every table of routes. */
const http_routes *http_all_routes(size_t *n);

/** @brief A failed status as an error answer. */
void http_answer_failure(lg_ctx *ctx, http_call *call, lg_status status);

#endif
