/* Before a handler runs: is the call meant for us, from our page, by somebody who may? */
#include "app/serve/http_internal.h"

#include <string.h>

/* DNS may be made to point anywhere: a Host that is not ours is a page that was not ours. */
static bool right_host(const http_call *call) {
  const char *host = http_header(call, "Host");
  char local[64];
  if (!host) return false;
  if (strcmp(host, call->server->host) == 0) return true;
  (void)snprintf(local, sizeof local, "localhost:%u", serve_port(call->server));
  return !call->server->public_url && strcmp(host, local) == 0;
}

/* What changes something must come from our own page, or carry a token (which no browser adds by itself). */
static bool right_origin(const http_call *call) {
  const char *origin = http_header(call, "Origin"), *site = http_header(call, "Sec-Fetch-Site");
  char local[80];
  if (site && strcmp(site, "same-origin") != 0) return false;
  if (!origin) return false;
  if (strcmp(origin, call->server->origin) == 0) return true;
  (void)snprintf(local, sizeof local, "http://localhost:%u", serve_port(call->server));
  return !call->server->public_url && strcmp(origin, local) == 0;
}

static lg_status find_who(lg_ctx *ctx, http_call *call, bool *by_token) {
  const char *bearer = http_header(call, "Authorization");
  *by_token = bearer && strncmp(bearer, "Bearer ", 7) == 0;
  if (*by_token) return accounts_by_token(ctx, call->server->store, bearer + 7, &call->who);
  const char *cookie = MHD_lookup_connection_value(call->connection, MHD_COOKIE_KIND, HTTP_COOKIE);
  return cookie ? accounts_by_session(ctx, call->server->store, cookie, &call->who) : LG_OK;
}

static bool has_scope(const store_who *who, const char *scope) {
  const size_t n = strlen(scope);
  for (const char *at = who->scopes; (at = strstr(at, scope)); at += n)
    if ((at == who->scopes || at[-1] == ' ') && (at[n] == 0 || at[n] == ' ')) return true;
  return false;
}

lg_status http_guard(lg_ctx *ctx, http_call *call) {
  const http_route *route = call->route;
  bool by_token;
  if (!right_host(call))
    return http_error(ctx, call, MHD_HTTP_FORBIDDEN, "wrong-host", "Open the server by the address it prints.",
                      "this server is %s", call->server->url);
  lg_status status = find_who(ctx, call, &by_token);
  if (status != LG_OK) return status;
  status = http_limit_user(ctx, call);
  if (status != LG_OK || call->response) return status;
  if (by_token && !call->who.user)
    return http_error(ctx, call, MHD_HTTP_UNAUTHORIZED, "bad-token", "Make a new token on the page Admin.",
                      "the token is unknown, over, or of a user who is disabled");
  if (route->method != HTTP_GET && !by_token && !right_origin(call))
    return http_error(ctx, call, MHD_HTTP_FORBIDDEN, "wrong-origin", "Use the server's own page, or a token.",
                      "the request does not come from this server's page");
  status = http_limit_sign_in(ctx, call);
  if (status != LG_OK || call->response) return status;
  if (route->role == ROLE_NOBODY) return LG_OK;
  if (!call->who.user)
    return http_error(ctx, call, MHD_HTTP_UNAUTHORIZED, "not-signed-in", "Sign in.", "nobody is signed in");
  if (call->who.role < route->role)
    return http_error(ctx, call, MHD_HTTP_FORBIDDEN, "role", "Ask an administrator for the role.",
                      "your role does not allow this");
  if (route->scope && !has_scope(&call->who, route->scope))
    return http_error(ctx, call, MHD_HTTP_FORBIDDEN, "scope", "Make a token with that scope.",
                      "the token lacks the scope %s", route->scope);
  return LG_OK;
}
