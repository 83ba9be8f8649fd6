/* Coming in and going out. */
#define _XOPEN_SOURCE 700
#include "app/serve/http_internal.h"
#include "app/serve/routes.h"

#include <sodium.h>
#include <string.h>

static const char *text_of(const json_t *body, const char *key) {
  const char *text = json_string_value(json_object_get(body, key));
  return text ? text : "";
}

static lg_status say_who(lg_ctx *ctx, http_call *call, unsigned status_code) {
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key_integer(w, "id", call->who.user);
  lg_json_key_text(w, "name", call->who.name);
  lg_json_key_text(w, "role", accounts_role_name(call->who.role));
  lg_json_key_boolean(w, "demo", call->server->demo);
  lg_json_end_object(w);
  return http_json_end(ctx, call, status_code);
}

static lg_status give_session(lg_ctx *ctx, serve *server, http_call *call) {
  char secret[STORE_SECRET], cookie[160];
  const audit_who by = http_who(call);
  const lg_status status = accounts_open_session(ctx, server->store, &by, secret);
  if (status != LG_OK) return status;
  (void)snprintf(cookie, sizeof cookie, HTTP_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict", secret);
  http_set_header(call, "Set-Cookie", cookie);
  return say_who(ctx, call, MHD_HTTP_OK);
}

/* Passwords are hashed aside: it takes a tenth of a second. */
typedef struct password_work {
  char invitation[STORE_SECRET], name[STORE_NAME], password[STORE_PASSWORD], peer[64];
  bool joins, right;
  store_who who;
} password_work;

static lg_status check_password(lg_ctx *ctx, serve *server, void *work) {
  password_work *w = work;
  int64_t id;
  lg_status status = LG_OK;
  if (w->joins) status = accounts_join(ctx, server->store, w->invitation, w->name, w->password, w->peer, &id);
  if (status == LG_OK) status = accounts_check(ctx, server->store, w->name, w->password, w->peer, &w->right, &w->who);
  return status;
}

/* False: longer than any that is right. */
static bool take(char *out, size_t bytes, const char *text) { return snprintf(out, bytes, "%s", text) < (int)bytes; }

static lg_status wrong_password(lg_ctx *ctx, http_call *call) {
  return http_error(ctx, call, MHD_HTTP_UNAUTHORIZED, "sign-in", "Check both, or ask an administrator.",
                    "name and password do not belong together");
}

static lg_status sign_in(lg_ctx *ctx, serve *server, http_call *call) {
  password_work w = {0};
  void *made = NULL;
  const json_t *body = http_body(ctx, call);
  if (!body) return LG_OK;
  if (!take(w.name, sizeof w.name, text_of(body, "name")) ||
      !take(w.password, sizeof w.password, text_of(body, "password")))
    return wrong_password(ctx, call);
  (void)snprintf(w.peer, sizeof w.peer, "%s", call->peer);
  lg_status status = http_kept(call) ? LG_OK : http_limit_name(ctx, call, w.name);
  if (status == LG_OK && !call->response) status = http_aside(ctx, call, check_password, &w, sizeof w, &made);
  sodium_memzero(&w, sizeof w);
  if (status != LG_OK || !made) return status;
  const password_work *done = made;
  if (!done->right) return wrong_password(ctx, call);
  http_limit_name_back(call, done->name);
  call->who = done->who;
  return give_session(ctx, server, call);
}

static lg_status sign_out(lg_ctx *ctx, serve *server, http_call *call) {
  if (call->who.session[0]) {
    const audit_who by = http_who(call);
    const lg_status status = accounts_close_session(ctx, server->store, &by, call->who.session);
    if (status != LG_OK) return status;
  }
  http_set_header(call, "Set-Cookie", HTTP_COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
  return http_empty(ctx, call, MHD_HTTP_NO_CONTENT);
}

static lg_status who_am_i(lg_ctx *ctx, serve *server, http_call *call) {
  (void)server;
  return say_who(ctx, call, MHD_HTTP_OK);
}

static lg_status join(lg_ctx *ctx, serve *server, http_call *call) {
  password_work w = {.joins = true};
  void *made;
  const json_t *body = http_body(ctx, call);
  if (!body) return LG_OK;
  if (!take(w.invitation, sizeof w.invitation, text_of(body, "invitation")))
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "the invitation was used, or is over");
  if (!take(w.name, sizeof w.name, text_of(body, "name")))
    return lg_fail(ctx, LG_ERR_RANGE, "a name has 1 to %d bytes", STORE_NAME - 1);
  if (!take(w.password, sizeof w.password, text_of(body, "password")))
    return lg_fail(ctx, LG_ERR_RANGE, "a password has 10 to %d bytes", STORE_PASSWORD - 1);
  (void)snprintf(w.peer, sizeof w.peer, "%s", call->peer);
  const lg_status status = http_aside(ctx, call, check_password, &w, sizeof w, &made);
  sodium_memzero(&w, sizeof w);
  if (status != LG_OK || !made) return status;
  const password_work *done = made;
  call->who = done->who;
  return give_session(ctx, server, call);
}

const http_route route_account[ROUTE_ACCOUNT_COUNT] = {
    {HTTP_GET, "/api/v1/me", ROLE_VIEWER, "read", who_am_i, "Who is signed in."},
    {HTTP_GET, "/api/v1/session", ROLE_NOBODY, NULL, who_am_i, "Who is signed in; id 0: nobody."},
    {HTTP_POST, "/api/v1/session", ROLE_NOBODY, NULL, sign_in, "Sign in: name, password."},
    {HTTP_DELETE, "/api/v1/session", ROLE_NOBODY, NULL, sign_out, "Sign out."},
    {HTTP_POST, "/api/v1/join", ROLE_NOBODY, NULL, join,
     "Make an account by an invitation: invitation, name, password."},
};
