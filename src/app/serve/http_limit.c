/* Rates: who asks too often is told when to come again, before anything is done. */
#include "app/serve/http_internal.h"

#include <string.h>

static bool is_below(const char *path, const char *root) { return strncmp(path, root, strlen(root)) == 0; }

static lg_status too_many(lg_ctx *ctx, http_call *call, int64_t wait_ms, const char *what) {
  char seconds[24];
  (void)snprintf(seconds, sizeof seconds, "%lld", (long long)((wait_ms + 999) / 1000));
  http_set_header(call, "Retry-After", seconds);
  return http_error(ctx, call, MHD_HTTP_TOO_MANY_REQUESTS, "too-many-requests",
                    "Ask less often; an administrator can change the limit.", "%s; again in %s s", what, seconds);
}

static double limit(const http_call *call, limit_name name) {
  return (double)atomic_load(&call->server->limits.value[name]);
}

static lg_status take(lg_ctx *ctx, http_call *call, rate_kind kind, const char *who, double per_s, double burst,
                      const char *what) {
  const int64_t wait_ms = rates_take(call->server->rates, kind, who, per_s, burst, connections_now());
  return wait_ms ? too_many(ctx, call, wait_ms, what) : LG_OK;
}

static bool is_sign_in(const http_call *call) {
  static const char *const paths[] = {"/api/v1/session", "/api/v1/join", "/api/v1/password"};
  for (size_t k = 0; k < sizeof paths / sizeof paths[0]; k++)
    if (call->method == HTTP_POST && strcmp(call->path, paths[k]) == 0) return true;
  return false;
}

/* After the look at where the request comes from: what another site's page sends does not count. */
lg_status http_limit_sign_in(lg_ctx *ctx, http_call *call) {
  char who[64];
  if (!is_sign_in(call)) return LG_OK;
  const double per_min = limit(call, LIMIT_SIGN_INS_ADDRESS);
  connections_name(call->peer, who, sizeof who);
  return take(ctx, call, RATE_SIGN_IN_ADDRESS, who, per_min / 60, per_min, "too many sign-ins from this address");
}

/* The page's own files cost nothing and are not counted. */
lg_status http_limit_address(lg_ctx *ctx, http_call *call) {
  char who[64];
  if (!is_below(call->path, "/api/")) return LG_OK;
  connections_name(call->peer, who, sizeof who);
  return take(ctx, call, RATE_ADDRESS, who, limit(call, LIMIT_REQUESTS_ADDRESS), limit(call, LIMIT_BURST_ADDRESS),
              "too many requests from this address");
}

lg_status http_limit_user(lg_ctx *ctx, http_call *call) {
  char who[32];
  if (!call->who.user || !is_below(call->path, "/api/")) return LG_OK;
  (void)snprintf(who, sizeof who, "%lld", (long long)call->who.user);
  return take(ctx, call, RATE_USER, who, limit(call, LIMIT_REQUESTS_USER), limit(call, LIMIT_BURST_USER),
              "too many requests of this user");
}

/* Names differ by more than case. */
static void fold(const char *name, char out[STORE_NAME]) {
  (void)snprintf(out, STORE_NAME, "%s", name);
  for (char *p = out; *p; p++)
    if (*p >= 'A' && *p <= 'Z') *p = (char)(*p - 'A' + 'a');
}

lg_status http_limit_name(lg_ctx *ctx, http_call *call, const char *name) {
  char who[STORE_NAME];
  const double per_min = limit(call, LIMIT_SIGN_INS_NAME);
  fold(name, who);
  return take(ctx, call, RATE_SIGN_IN_NAME, who, per_min / 60, per_min, "too many failed sign-ins for this name");
}

void http_limit_name_back(http_call *call, const char *name) {
  char who[STORE_NAME];
  fold(name, who);
  rates_give(call->server->rates, RATE_SIGN_IN_NAME, who, limit(call, LIMIT_SIGN_INS_NAME));
}
