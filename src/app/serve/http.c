/* The door: libmicrohttpd's callbacks. A call is read, guarded, handled, answered. */
#define _XOPEN_SOURCE 700
#include "app/serve/http_internal.h"
#include "app/serve/store_facts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *const method_names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

const char *http_part(const http_call *call, const char *name) {
  for (size_t k = 0; k < call->n_parts; k++)
    if (strcmp(call->part[k].name, name) == 0) return call->part[k].value;
  return ""; /* a name that is not in the pattern: nothing is found by it */
}

const char *http_query(const http_call *call, const char *name) {
  return MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_header(const http_call *call, const char *name) {
  return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

int64_t http_user(const http_call *call) { return call->who.user; }
serve_role http_user_role(const http_call *call) { return call->who.role; }
const char *http_user_name(const http_call *call) { return call->who.name; }
const char *http_peer(const http_call *call) { return call->peer; }

audit_who http_who(const http_call *call) {
  return (audit_who){call->who.user, call->who.user ? call->who.name : NULL, call->peer};
}

const json_t *http_body(lg_ctx *ctx, http_call *call) {
  json_error_t error;
  if (call->json) return call->json;
  const char *type = http_header(call, "Content-Type");
  if (!type || strncmp(type, "application/json", 16) != 0) {
    LG_IGNORE(http_error(ctx, call, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "not-json", "Send Content-Type: application/json.",
                         "the body must be JSON"));
    return NULL;
  }
  call->json = json_loadb(call->body ? call->body : "", call->body_bytes, JSON_REJECT_DUPLICATES, &error);
  if (json_is_object(call->json)) return call->json;
  LG_IGNORE(http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-json", "Send one JSON object, strictly written.",
                       "line %d, column %d: %s", call->json ? 1 : error.line, call->json ? 1 : error.column,
                       call->json ? "an object is wanted" : error.text));
  return NULL;
}

/* ---- one call ---------------------------------------------------------------------------------------------- */

static void note_peer(http_call *call) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(call->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const char *forwarded = http_header(call, "X-Forwarded-For");
  (void)snprintf(call->peer, sizeof call->peer, "?");
  if (call->server->options.behind_proxy && forwarded) { /* the last is what our own proxy saw */
    const char *last = strrchr(forwarded, ',');
    (void)snprintf(call->peer, sizeof call->peer, "%s", last ? last + 1 + strspn(last + 1, " ") : forwarded);
    lg_one_line(call->peer);
    return;
  }
  if (!info) return;
  if (info->client_addr->sa_family == AF_INET) {
    struct sockaddr_in in;
    memcpy(&in, info->client_addr, sizeof in);
    (void)inet_ntop(AF_INET, &in.sin_addr, call->peer, sizeof call->peer);
  } else if (info->client_addr->sa_family == AF_INET6) {
    struct sockaddr_in6 in6;
    memcpy(&in6, info->client_addr, sizeof in6);
    (void)inet_ntop(AF_INET6, &in6.sin6_addr, call->peer, sizeof call->peer);
  }
}

static open_socket *socket_of(struct MHD_Connection *c) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

static http_call *open_call(serve *server, struct MHD_Connection *connection, const char *url) {
  http_call *call = calloc(1, sizeof *call);
  if (!call) return NULL;
  if (lg_ctx_create(&call->ctx) != LG_OK) {
    free(call);
    return NULL;
  }
  call->server = server;
  call->connection = connection;
  call->socket = socket_of(connection);
  (void)snprintf(call->path, sizeof call->path, "%s", strlen(url) < HTTP_PATH ? url : ""); /* no route is so long */
  note_peer(call);
  atomic_fetch_add(&server->count.requests, 1);
  return call;
}

static void close_call(http_call *call) {
  if (!call) return;
  if (call->forget) call->forget(call->ctx, call->own);
  if (call->stream) (void)fclose(call->stream);
  free(call->text);
  if (call->response) MHD_destroy_response(call->response);
  json_decref(call->json);
  free(call->body);
  lg_ctx_destroy(call->ctx);
  free(call);
}

/* Nothing of the page comes from elsewhere, and nobody else may frame it or send its forms. */
static void add_headers(http_call *call) {
  static const char *const always[][2] = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' "
       "data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  for (size_t k = 0; k < sizeof always / sizeof always[0]; k++)
    (void)MHD_add_response_header(call->response, always[k][0], always[k][1]);
  if (call->server->options.certificate)
    (void)MHD_add_response_header(call->response, "Strict-Transport-Security", "max-age=31536000");
  for (size_t k = 0; k < call->n_headers; k++)
    (void)MHD_add_response_header(call->response, call->header[k].name, call->header[k].value);
}

static enum MHD_Result send_answer(http_call *call) {
  if (!call->response) http_answer_failure(call->ctx, call, lg_fail(call->ctx, LG_ERR_INTERNAL, "no answer was made"));
  if (!call->response) return MHD_NO; /* no memory for the words either */
  add_headers(call);
  if (call->status_code >= 500) atomic_fetch_add(&call->server->count.errors, 1);
  else if (call->status_code >= 400) atomic_fetch_add(&call->server->count.refused, 1);
  return MHD_queue_response(call->connection, call->status_code, call->response);
}

static bool find_route(http_call *call, const char *method) {
  bool known = false;
  size_t m = 0;
  if (strcmp(method, "HEAD") == 0) method = "GET";
  while (m < 5 && strcmp(method, method_names[m]) != 0) m++;
  call->method = m < 5 ? (http_method)m : HTTP_GET;
  call->route = m < 5 ? http_match(call, &known) : NULL;
  if (call->route) return true;
  if (known || m == 5)
    LG_IGNORE(http_error(call->ctx, call, MHD_HTTP_METHOD_NOT_ALLOWED, "method", "See /api/v1 for what is there.",
                         "%.16s is not done here", method));
  else
    LG_IGNORE(http_error(call->ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1 for what is there.",
                         "there is nothing at this address"));
  return false;
}

static uint64_t most_bytes(const http_call *call) {
  return call->stream_in ? call->server->options.most_upload : HTTP_BODY;
}

static bool body_fits(http_call *call) {
  const char *length = http_header(call, "Content-Length");
  if (!length || strtoull(length, NULL, 10) <= most_bytes(call)) return true;
  LG_IGNORE(http_error(
      call->ctx, call, MHD_HTTP_CONTENT_TOO_LARGE, "too-large", "Upload large files at /api/v1/uploads.",
      "the body has %.20s bytes; at most %llu are taken here", length, (unsigned long long)most_bytes(call)));
  return false;
}

static connection_state body_state(const http_call *call) {
  if (call->method == HTTP_GET) return CONNECTION_ANSWER;
  return call->stream_in ? CONNECTION_UPLOAD : CONNECTION_BODY;
}

/* The first time: headers are there, the body is not. */
static enum MHD_Result first_look(http_call *call, const char *method) {
  if (!find_route(call, method)) return send_answer(call);
  call->stream_in = http_stream_of(call->route);
  lg_status status = http_limit_address(call->ctx, call);
  if (status == LG_OK && !call->response && !body_fits(call)) return send_answer(call);
  connections_set(call->server->connections, call->socket, body_state(call));
  if (status == LG_OK && !call->response) status = http_guard(call->ctx, call);
  if (status == LG_OK && !call->response && call->stream_in)
    status = call->stream_in->begin(call->ctx, call->server, call);
  if (status != LG_OK) http_answer_failure(call->ctx, call, status);
  return call->response ? send_answer(call) : MHD_YES;
}

/* What comes after a refusal is read and dropped: libmicrohttpd takes no answer in between. */
static void take_piece(http_call *call, const char *bytes, size_t n) {
  lg_status status = LG_OK;
  connections_feed(call->server->connections, call->socket, n);
  if (call->response) return;
  call->body_bytes += n;
  if (call->body_bytes > call->server->options.most_upload)
    status = http_error(call->ctx, call, MHD_HTTP_CONTENT_TOO_LARGE, "too-large", "Cut the file, or convert it.",
                        "the body has more than %llu bytes", (unsigned long long)call->server->options.most_upload);
  else status = call->stream_in->piece(call->ctx, call->server, call, bytes, n);
  if (status != LG_OK) http_answer_failure(call->ctx, call, status);
  if (!call->response || !call->forget) return;
  call->forget(call->ctx, call->own); /* nothing is left of what was refused */
  http_keep(call, NULL, NULL);
}

static enum MHD_Result take_body(http_call *call, const char *bytes, size_t *n) {
  if (call->stream_in) {
    take_piece(call, bytes, *n);
    atomic_fetch_add(&call->server->count.bytes_in, *n);
    *n = 0;
    return MHD_YES;
  }
  if (call->body_bytes + *n > HTTP_BODY) {
    LG_IGNORE(http_error(call->ctx, call, MHD_HTTP_CONTENT_TOO_LARGE, "too-large",
                         "Upload large files at /api/v1/uploads.", "the body has more than %d bytes", HTTP_BODY));
    *n = 0;
    return MHD_YES; /* answered when all is read: libmicrohttpd takes no answer in between */
  }
  if (call->body_bytes + *n > call->body_room) {
    const size_t room = 2 * (call->body_bytes + *n);
    char *larger = realloc(call->body, room);
    if (!larger) return MHD_NO;
    call->body = larger, call->body_room = room;
  }
  memcpy(call->body + call->body_bytes, bytes, *n);
  call->body_bytes += *n;
  atomic_fetch_add(&call->server->count.bytes_in, *n);
  *n = 0;
  return MHD_YES;
}

static enum MHD_Result on_access(void *user, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *bytes, size_t *n, void **mine) {
  (void)version;
  http_call *call = *mine;
  while (!atomic_load(&((serve *)user)->named)) (void)sched_yield();
  if (!call) {
    *mine = call = open_call(user, connection, url);
    return call ? first_look(call, method) : MHD_NO;
  }
  if (*n > 0) return take_body(call, bytes, n);
  if (!call->response) {
    call->waits = false;
    connections_set(call->server->connections, call->socket, CONNECTION_ANSWER);
    const lg_status status = call->route->handler(call->ctx, call->server, call);
    if (status == LG_OK && call->waits) return MHD_YES; /* called again when there is news */
    if (status != LG_OK) http_answer_failure(call->ctx, call, status);
  }
  return send_answer(call);
}

static void on_end(void *user, struct MHD_Connection *connection, void **mine, enum MHD_RequestTerminationCode why) {
  (void)why;
  serve *server = user;
  close_call(*mine);
  *mine = NULL;
  connections_set(server->connections, socket_of(connection), CONNECTION_IDLE);
}

/* The first line of a request is there: its other lines must follow soon. The value is where a call begins. */
static void *on_line(void *user, const char *line, struct MHD_Connection *connection) {
  (void)line;
  serve *server = user;
  connections_set(server->connections, socket_of(connection), CONNECTION_HEADERS);
  return NULL;
}

static enum MHD_Result on_accept(void *user, const struct sockaddr *from, socklen_t bytes) {
  (void)bytes;
  serve *server = user;
  const int64_t most = atomic_load(&server->limits.value[LIMIT_CONNECTIONS]);
  const int64_t most_address = atomic_load(&server->limits.value[LIMIT_CONNECTIONS_ADDRESS]);
  const bool good = connections_allow(server->connections, from, most, server->options.behind_proxy ? 0 : most_address);
  if (!good) atomic_fetch_add(&server->count.refused, 1);
  return good ? MHD_YES : MHD_NO;
}

static void on_connection(void *user, struct MHD_Connection *connection, void **socket,
                          enum MHD_ConnectionNotificationCode what) {
  serve *server = user;
  const bool begins = what == MHD_CONNECTION_NOTIFY_STARTED;
  atomic_fetch_add(&server->count.open, begins ? 1 : -1);
  if (!begins) {
    connections_close(server->connections, *socket);
    *socket = NULL;
    return;
  }
  const union MHD_ConnectionInfo *fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  const union MHD_ConnectionInfo *from = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (fd) *socket = connections_open(server->connections, fd->connect_fd, from ? from->client_addr : NULL);
}

/* ---- start and stop ------------------------------------------------------------------------------------------- */

static bool is_private(const char *address) { return strcmp(address, "::1") == 0 || strncmp(address, "127.", 4) == 0; }

static unsigned n_cores(void) {
  const long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : n > 63 ? 63 : (unsigned)n;
}

static lg_status copy_words(lg_ctx *ctx, serve *s, const serve_options *o) {
  lg_status status = LG_OK;
  s->options = *o;
  if (!(s->folder = lg_strdup(ctx, o->folder))) LG_TRY(LG_ERR_MEMORY);
  if (o->program && !(s->program = lg_strdup(ctx, o->program))) LG_TRY(LG_ERR_MEMORY);
  if (o->public_url && !(s->public_url = lg_strdup(ctx, o->public_url))) LG_TRY(LG_ERR_MEMORY);
  s->options.folder = s->folder, s->options.program = s->program, s->options.public_url = s->public_url;
  if (!s->options.threads) s->options.threads = 2;
  if (!s->options.most_upload) s->options.most_upload = (uint64_t)512 << 20;
  if (!s->options.quota) s->options.quota = (uint64_t)10 << 30;
  if (!s->options.workers) s->options.workers = n_cores();
done:
  return status;
}

static lg_status read_pem(lg_ctx *ctx, const char *path, char **out) {
  lg_status status = LG_OK;
  FILE *f = fopen(path, "r");
  if (!f) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be read", path);
  LG_NEW(ctx, *out, 65537);
  const size_t n = fread(*out, 1, 65536, f);
  if (n == 0 || n == 65536) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: no PEM file of at most 64 KiB", path));
done:
  (void)fclose(f);
  return status;
}

enum { MOST_CONNECTIONS = 4096, OTHER_FILES = 256 };

/* Connections that the limit of open files has room for: it is raised as far as it may be. */
static unsigned room_for_connections(void) {
  struct rlimit r;
  const rlim_t wanted = MOST_CONNECTIONS + OTHER_FILES;
  if (getrlimit(RLIMIT_NOFILE, &r) != 0) return 512;
  if (r.rlim_cur < wanted) {
    r.rlim_cur = r.rlim_max == RLIM_INFINITY || r.rlim_max > wanted ? wanted : r.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &r) != 0 && getrlimit(RLIMIT_NOFILE, &r) != 0) return 512;
  }
  return r.rlim_cur >= wanted           ? MOST_CONNECTIONS
         : r.rlim_cur > 2 * OTHER_FILES ? (unsigned)r.rlim_cur - OTHER_FILES
                                        : OTHER_FILES;
}

static lg_status listen_at(lg_ctx *ctx, serve *s) {
  const serve_options *o = &s->options;
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(o->port)};
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(o->port)};
  const bool six = strchr(o->address, ':') != NULL;
  if (inet_pton(six ? AF_INET6 : AF_INET, o->address, six ? (void *)&in6.sin6_addr : (void *)&in.sin_addr) != 1)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "\"%s\" is no address; 127.0.0.1 is this machine alone", o->address);
  const struct sockaddr *at = six ? (const struct sockaddr *)&in6 : (const struct sockaddr *)&in;
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (six ? MHD_USE_IPv6 : 0u);
  struct MHD_OptionItem tls[] = {{s->certificate ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, s->certificate},
                                 {MHD_OPTION_HTTPS_MEM_KEY, 0, s->key},
                                 {MHD_OPTION_END, 0, NULL}};
  if (s->certificate) flags |= MHD_USE_TLS;
  s->daemon = MHD_start_daemon(flags, o->port, on_accept, s, on_access, s, MHD_OPTION_SOCK_ADDR, at,
                               MHD_OPTION_NOTIFY_COMPLETED, on_end, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                               MHD_OPTION_URI_LOG_CALLBACK, on_line, s, MHD_OPTION_THREAD_POOL_SIZE, o->threads,
                               MHD_OPTION_CONNECTION_LIMIT, room_for_connections(), MHD_OPTION_CONNECTION_TIMEOUT, 120u,
                               MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)64 * 1024,
                               MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
  if (!s->daemon)
    return lg_fail(ctx, LG_ERR_IO, "cannot listen at %s port %u: it is taken, or not allowed; give another --port",
                   o->address, o->port);
  return LG_OK;
}

static void name_itself(serve *s) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
  const bool six = strchr(s->options.address, ':') != NULL;
  s->options.port = info->port;
  (void)snprintf(s->host, sizeof s->host, six ? "[%s]:%u" : "%s:%u", s->options.address, s->options.port);
  (void)snprintf(s->url, sizeof s->url, "%s://%s", s->certificate ? "https" : "http", s->host);
  (void)snprintf(s->origin, sizeof s->origin, "%s", s->public_url ? s->public_url : s->url);
  if (s->public_url) {
    const char *host = strstr(s->public_url, "://");
    (void)snprintf(s->host, sizeof s->host, "%s", host ? host + 3 : s->public_url);
    s->host[strcspn(s->host, "/")] = 0;
  }
}

static lg_status start_workers(lg_ctx *ctx, serve *s) {
  const supervise_options o = {
      .store = s->store, .program = s->program, .workers = s->options.workers, .news = http_news, .user = s};
  return supervise_start(ctx, &o, &s->supervisor);
}

static void live_news(void *server, int64_t stream) { http_news(server, -stream); }

static lg_status start_hub(lg_ctx *ctx, serve *s) {
  const hub_options o = {.folder = s->folder,
                         .program = s->program,
                         .streams = s->options.streams,
                         .idle_ms = (int64_t)s->options.stream_idle_ms,
                         .news = live_news,
                         .user = s};
  return hub_start(ctx, &o, &s->hub);
}

lg_status serve_start(lg_ctx *ctx, const serve_options *o, serve **out) {
  lg_status status = LG_OK;
  serve *s = NULL;
  *out = NULL;
  if (!is_private(o->address) && !o->certificate && !o->behind_proxy)
    return lg_fail(ctx, LG_ERR_ARGUMENT,
                   "%s is reached from other machines: give --certificate and --key, or --behind-proxy where TLS ends "
                   "before it",
                   o->address);
  if (!o->certificate != !o->key) return lg_fail(ctx, LG_ERR_ARGUMENT, "a certificate and its key belong together");
  LG_NEW(ctx, s, 1);
  (void)pthread_mutex_init(&s->waiting, NULL);
  LG_TRY(copy_words(ctx, s, o));
  if (o->certificate) {
    LG_TRY(read_pem(ctx, o->certificate, &s->certificate));
    LG_TRY(read_pem(ctx, o->key, &s->key));
  }
  LG_TRY(store_open(ctx, o->folder, &s->store));
  LG_TRY(limits_read(ctx, s->store, &s->limits));
  LG_TRY(rates_create(ctx, &s->rates));
  LG_TRY(connections_create(ctx, &s->connections));
  s->started = store_now();
  char demo[STORE_FACT];
  LG_TRY(facts_get(ctx, s->store, "demo", demo));
  s->demo = demo[0] != 0;
  LG_TRY(asides_start(ctx, s, &s->asides));
  LG_TRY(start_workers(ctx, s));
  LG_TRY(start_hub(ctx, s));
  LG_TRY(listen_at(ctx, s));
  name_itself(s);
  atomic_store(&s->named, true);
  *out = s;
  s = NULL;
done:
  serve_stop(ctx, s);
  return status;
}

void serve_stop(lg_ctx *ctx, serve *s) {
  if (!s) return;
  supervise_stop(ctx, s->supervisor);
  hub_stop(s->hub);
  http_stop_waiting(s);
  asides_stop(s->asides);
  if (s->daemon) MHD_stop_daemon(s->daemon);
  asides_free(ctx, s->asides);
  connections_destroy(ctx, s->connections);
  rates_destroy(ctx, s->rates);
  hub_destroy(ctx, s->hub);
  (void)pthread_mutex_destroy(&s->waiting);
  store_close(ctx, s->store);
  lg_free(ctx, s->folder);
  lg_free(ctx, s->program);
  lg_free(ctx, s->public_url);
  lg_free(ctx, s->certificate);
  lg_free(ctx, s->key);
  lg_free(ctx, s);
}

uint16_t serve_port(const serve *s) { return s->options.port; }
const char *serve_url(const serve *s) { return s->public_url ? s->public_url : s->url; }
store *serve_store(serve *s) { return s->store; }
const serve_options *serve_get_options(const serve *s) { return &s->options; }
