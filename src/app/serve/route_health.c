/* Whether it is well, in numbers, and what there is to ask for. */
#define _XOPEN_SOURCE 700
#include "app/serve/http_internal.h"
#include "app/serve/routes.h"

#include <loligo/version.h>

static lg_status health(lg_ctx *ctx, serve *server, http_call *call) {
  int64_t n;
  const lg_status status = accounts_count(ctx, server->store, &n);
  if (status != LG_OK) return status;
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key_text(w, "status", "ok");
  lg_json_key_text(w, "version", lg_version());
  lg_json_key_boolean(w, "first_run", n == 0);
  lg_json_end_object(w);
  return http_json_end(ctx, call, MHD_HTTP_OK);
}

static lg_status metrics(lg_ctx *ctx, serve *server, http_call *call) {
  char text[2048];
  const http_counters *c = &server->count;
  hub_counts live;
  hub_count(server->hub, &live);
  const int n = snprintf(text, sizeof text,
                         "# TYPE loligo_requests_total counter\nloligo_requests_total %llu\n"
                         "# TYPE loligo_errors_total counter\nloligo_errors_total %llu\n"
                         "# TYPE loligo_refused_total counter\nloligo_refused_total %llu\n"
                         "# TYPE loligo_received_bytes_total counter\nloligo_received_bytes_total %llu\n"
                         "# TYPE loligo_connections gauge\nloligo_connections %d\n"
                         "# TYPE loligo_live_streams gauge\nloligo_live_streams %zu\n"
                         "# TYPE loligo_live_viewers gauge\nloligo_live_viewers %zu\n"
                         "# TYPE loligo_live_frames_total counter\nloligo_live_frames_total %llu\n"
                         "# TYPE loligo_live_sent_total counter\nloligo_live_sent_total %llu\n"
                         "# TYPE loligo_live_dropped_total counter\nloligo_live_dropped_total %llu\n"
                         "# TYPE loligo_up_seconds gauge\nloligo_up_seconds %.3f\n",
                         atomic_load(&c->requests), atomic_load(&c->errors), atomic_load(&c->refused),
                         atomic_load(&c->bytes_in), atomic_load(&c->open), live.streams, live.viewers,
                         (unsigned long long)live.frames, (unsigned long long)live.sent,
                         (unsigned long long)live.dropped, 1e-3 * (double)(store_now() - server->started));
  return http_bytes(ctx, call, MHD_HTTP_OK, "text/plain; version=0.0.4", text, (size_t)n);
}

static lg_status describe(lg_ctx *ctx, serve *server, http_call *call) {
  static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  static const char *const roles[] = {NULL, "viewer", "scientist", "reviewer", "admin"};
  (void)server;
  size_t n;
  const http_routes *tables = http_all_routes(&n);
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key_text(w, "schema", "loligo-api/1");
  lg_json_key_text(w, "version", lg_version());
  lg_json_key(w, "routes");
  lg_json_array(w);
  for (size_t t = 0; t < n; t++)
    for (size_t k = 0; k < tables[t].n; k++) {
      const http_route *r = &tables[t].routes[k];
      lg_json_object(w);
      lg_json_key_text(w, "method", methods[r->method]);
      lg_json_key_text(w, "path", r->pattern);
      lg_json_key_text(w, "role", roles[r->role]);
      lg_json_key_text(w, "scope", r->scope);
      lg_json_key_text(w, "summary", r->summary);
      lg_json_end_object(w);
    }
  lg_json_end_array(w);
  lg_json_end_object(w);
  return http_json_end(ctx, call, MHD_HTTP_OK);
}

const http_route route_health[ROUTE_HEALTH_COUNT] = {
    {HTTP_GET, "/healthz", ROLE_NOBODY, NULL, health, "Whether the server and its store are well."},
    {HTTP_GET, "/metrics", ROLE_NOBODY, NULL, metrics, "Counters in Prometheus' text form."},
    {HTTP_GET, "/api/v1", ROLE_NOBODY, NULL, describe, "What there is to ask for."},
};
