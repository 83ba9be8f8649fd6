/* Users, invitations, tokens, passwords. */
#define _XOPEN_SOURCE 700
#include "app/serve/http_internal.h"
#include "app/serve/routes.h"
#include "app/serve/store_users.h"

#include <sodium.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000, MOST_DAYS = 3650, TOKEN_DAYS = 90, INVITATION_DAYS = 7 };

/* The message of the failure as the answer. */
static lg_status refuse(lg_ctx *ctx, http_call *call, unsigned code, const char *word, const char *remedy) {
  char message[300];
  (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
  return http_error(ctx, call, code, word, remedy, "%s", message);
}

static lg_status bad(lg_ctx *ctx, http_call *call, const char *message, const char *remedy) {
  return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-request", remedy, "%s", message);
}

static serve_role role_of(const json_t *value) {
  const char *text = json_string_value(value);
  for (int r = ROLE_VIEWER; text && r <= ROLE_ADMIN; r++)
    if (strcmp(text, accounts_role_name((serve_role)r)) == 0) return (serve_role)r;
  return ROLE_NOBODY;
}

/* Whole days from now, ms since 1970; -1: out of range. */
static int64_t days_from_now(const json_t *value, int64_t fallback) {
  if (!value) return store_now() + fallback * DAY_MS;
  if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > MOST_DAYS) return -1;
  return store_now() + json_integer_value(value) * DAY_MS;
}

static void time_or_null(lg_json *w, const char *key, int64_t ms) {
  lg_json_key(w, key);
  if (ms) lg_json_integer(w, ms);
  else lg_json_null(w);
}

/* Members of a body: those that are known; any other is a mistake that would go unseen. */
static bool only(const json_t *body, const char *const *known, size_t n) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)body, key, value) {
    size_t k = 0;
    while (k < n && strcmp(key, known[k]) != 0) k++;
    if (k == n) return false;
  }
  return true;
}

/* ---- users --------------------------------------------------------------------------------------------- */

static void write_user(void *arg, const user_row *r) {
  lg_json *w = arg;
  lg_json_object(w);
  lg_json_key_integer(w, "id", r->id);
  lg_json_key_text(w, "name", r->name);
  lg_json_key_text(w, "role", accounts_role_name(r->role));
  lg_json_key_boolean(w, "disabled", r->disabled != 0);
  lg_json_key_integer(w, "created_ms", r->created);
  time_or_null(w, "disabled_ms", r->disabled);
  time_or_null(w, "seen_ms", r->seen);
  lg_json_key_integer(w, "sessions", r->n_sessions);
  lg_json_key_integer(w, "tokens", r->n_tokens);
  lg_json_end_object(w);
}

static lg_status list_users(lg_ctx *ctx, serve *server, http_call *call) {
  lg_json *w = http_list_begin(ctx, call, "users");
  const lg_status status = users_list(ctx, server->store, 0, write_user, w, NULL);
  return http_list_end(ctx, call, w, status);
}

static lg_status no_user(lg_ctx *ctx, http_call *call) {
  return http_error(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1/users.", "there is no such user");
}

static lg_status answer_user(lg_ctx *ctx, serve *server, http_call *call) {
  size_t n = 0;
  lg_json *w = http_json_begin(ctx, call);
  const lg_status status = users_list(ctx, server->store, http_id(call), write_user, w, &n);
  if (status != LG_OK) return status;
  return n ? http_json_end(ctx, call, MHD_HTTP_OK) : no_user(ctx, call);
}

static lg_status patch_user(lg_ctx *ctx, serve *server, http_call *call) {
  static const char *const known[] = {"role", "disabled"};
  const audit_who by = http_who(call);
  const json_t *body = http_body(ctx, call);
  if (!body) return LG_OK;
  const json_t *role = json_object_get(body, "role"), *disabled = json_object_get(body, "disabled");
  const user_change change = {role_of(role), json_is_true(disabled), json_is_false(disabled)};
  if (!only(body, known, 2) || (!role && !disabled) || (role && change.role == ROLE_NOBODY) ||
      (disabled && !json_is_boolean(disabled)))
    return bad(ctx, call, "role is viewer, scientist, reviewer or admin; disabled is true or false",
               "Send {\"role\": \"scientist\"} or {\"disabled\": true}.");
  if (http_id(call) < 1) return no_user(ctx, call);
  const lg_status status = users_change(ctx, server->store, &by, http_id(call), &change);
  if (status == LG_ERR_NOT_FOUND) return no_user(ctx, call);
  if (status == LG_ERR_ARGUMENT)
    return refuse(ctx, call, MHD_HTTP_CONFLICT, "last-admin", "Give another user the role admin first.");
  return status == LG_OK ? answer_user(ctx, server, call) : status;
}

static lg_status sign_user_out(lg_ctx *ctx, serve *server, http_call *call) {
  const audit_who by = http_who(call);
  const lg_status status = users_end_sessions(ctx, server->store, &by, http_id(call), NULL);
  if (status == LG_ERR_NOT_FOUND) return no_user(ctx, call);
  return status == LG_OK ? http_empty(ctx, call, MHD_HTTP_NO_CONTENT) : status;
}

/* ---- invitations --------------------------------------------------------------------------------------- */

static void write_invitation(void *arg, const invitation_row *r) {
  lg_json *w = arg;
  lg_json_object(w);
  lg_json_key_text(w, "id", r->id);
  lg_json_key_text(w, "role", accounts_role_name(r->role));
  lg_json_key_integer(w, "expires_ms", r->expires);
  lg_json_key_text(w, "for", r->name[0] ? r->name : NULL);
  lg_json_end_object(w);
}

static lg_status list_invitations(lg_ctx *ctx, serve *server, http_call *call) {
  lg_json *w = http_list_begin(ctx, call, "invitations");
  const lg_status status = invitations_list(ctx, server->store, write_invitation, w);
  return http_list_end(ctx, call, w, status);
}

static lg_status invite(lg_ctx *ctx, serve *server, http_call *call) {
  static const char *const known[] = {"role", "expires_days"};
  char secret[STORE_SECRET], url[512];
  const audit_who by = http_who(call);
  const json_t *body = http_body(ctx, call);
  if (!body) return LG_OK;
  const serve_role role = role_of(json_object_get(body, "role"));
  const int64_t expires = days_from_now(json_object_get(body, "expires_days"), INVITATION_DAYS);
  if (!only(body, known, 2) || role == ROLE_NOBODY || expires < 0)
    return bad(ctx, call, "role is viewer, scientist, reviewer or admin; expires_days is 1 to 3650",
               "Send {\"role\": \"scientist\", \"expires_days\": 7}.");
  const lg_status status = accounts_invite(ctx, server->store, &by, role, expires, secret);
  if (status != LG_OK) return status;
  (void)snprintf(url, sizeof url, "%s/#/join/%s", serve_url(server), secret);
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key_text(w, "url", url);
  lg_json_key_text(w, "role", accounts_role_name(role));
  lg_json_key_integer(w, "expires_ms", expires);
  lg_json_end_object(w);
  return http_json_end(ctx, call, MHD_HTTP_CREATED);
}

static lg_status take_invitation_back(lg_ctx *ctx, serve *server, http_call *call) {
  const audit_who by = http_who(call);
  const lg_status status = invitations_delete(ctx, server->store, &by, http_part(call, "id"));
  if (status == LG_ERR_NOT_FOUND) return refuse(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1/invitations.");
  return status == LG_OK ? http_empty(ctx, call, MHD_HTTP_NO_CONTENT) : status;
}

/* For who has lost a password: a link that sets another one, once, within a day. */
static lg_status reset(lg_ctx *ctx, serve *server, http_call *call) {
  char secret[STORE_SECRET], name[STORE_NAME], url[512];
  const audit_who by = http_who(call);
  const int64_t expires = store_now() + DAY_MS;
  if (!http_body(ctx, call)) return LG_OK;
  const lg_status status = accounts_invite_again(ctx, server->store, &by, http_id(call), expires, secret, name);
  if (status == LG_ERR_NOT_FOUND) return refuse(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1/users.");
  if (status != LG_OK) return status;
  (void)snprintf(url, sizeof url, "%s/#/join/%s?again=1", serve_url(server), secret);
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key_text(w, "url", url);
  lg_json_key_text(w, "for", name);
  lg_json_key_integer(w, "expires_ms", expires);
  lg_json_end_object(w);
  return http_json_end(ctx, call, MHD_HTTP_CREATED);
}

/* ---- tokens -------------------------------------------------------------------------------------------- */

static void write_token(void *arg, const token_row *r) {
  lg_json *w = arg;
  lg_json_object(w);
  lg_json_key_integer(w, "id", r->id);
  lg_json_key_integer(w, "user", r->user);
  lg_json_key_text(w, "user_name", r->user_name);
  lg_json_key_text(w, "name", r->name);
  lg_json_key(w, "scopes");
  lg_json_array(w);
  for (const char *at = r->scopes; *at;) {
    char one[16];
    const size_t n = strcspn(at, " ");
    (void)snprintf(one, sizeof one, "%.*s", (int)n, at);
    lg_json_text(w, one);
    at += n + strspn(at + n, " ");
  }
  lg_json_end_array(w);
  lg_json_key_integer(w, "created_ms", r->created);
  time_or_null(w, "used_ms", r->used);
  time_or_null(w, "expires_ms", r->expires);
  lg_json_end_object(w);
}

/* Administrators may see everybody's: ?all=1. */
static int64_t whose(const http_call *call) {
  const char *all = http_query(call, "all");
  return all && strcmp(all, "1") == 0 && http_user_role(call) == ROLE_ADMIN ? 0 : http_user(call);
}

static lg_status list_tokens(lg_ctx *ctx, serve *server, http_call *call) {
  lg_json *w = http_list_begin(ctx, call, "tokens");
  const lg_status status = tokens_list(ctx, server->store, whose(call), write_token, w);
  return http_list_end(ctx, call, w, status);
}

/* "read run admin" of a list, in that order, none above the role; false: it is none. */
static bool scopes_of(const json_t *list, serve_role role, char out[32]) {
  static const struct {
    const char *name;
    serve_role least;
  } all[] = {{"read", ROLE_VIEWER}, {"run", ROLE_SCIENTIST}, {"admin", ROLE_ADMIN}};
  size_t used = 0, k;
  const json_t *value;
  out[0] = 0;
  for (size_t a = 0; a < 3; a++) {
    bool wanted = false;
    json_array_foreach(list, k, value) {
      const char *text = json_string_value(value);
      if (text && strcmp(text, all[a].name) == 0) wanted = true;
    }
    if (!wanted) continue;
    if (role < all[a].least) return false;
    (void)snprintf(out + strlen(out), 32 - strlen(out), "%s%s", used ? " " : "", all[a].name);
    used++;
  }
  return used > 0 && used == json_array_size(list);
}

static lg_status make_token(lg_ctx *ctx, serve *server, http_call *call) {
  static const char *const known[] = {"name", "scopes", "expires_days"};
  char scopes[32], secret[STORE_SECRET];
  int64_t id;
  const audit_who by = http_who(call);
  const json_t *body = http_body(ctx, call);
  if (!body) return LG_OK;
  const char *name = json_string_value(json_object_get(body, "name"));
  const json_t *days = json_object_get(body, "expires_days");
  const int64_t expires = json_is_null(days) ? 0 : days_from_now(days, TOKEN_DAYS);
  if (!name || !only(body, known, 3) || expires < 0)
    return bad(ctx, call, "a name and scopes are wanted; expires_days is 1 to 3650, or null for never",
               "Send {\"name\": \"notebook\", \"scopes\": [\"read\", \"run\"], \"expires_days\": 90}.");
  if (!scopes_of(json_object_get(body, "scopes"), http_user_role(call), scopes))
    return bad(ctx, call, "scopes is a list of read, run and admin, each once, none above your own role",
               "viewers have read; scientists and reviewers also run; administrators also admin.");
  const lg_status status = accounts_add_token(ctx, server->store, &by, name, scopes, expires, secret, &id);
  if (status == LG_ERR_LIMIT)
    return refuse(ctx, call, MHD_HTTP_CONFLICT, "too-many-tokens", "Delete tokens that you do not need.");
  if (status != LG_OK) return status;
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key_integer(w, "id", id);
  lg_json_key_text(w, "token", secret);
  time_or_null(w, "expires_ms", expires);
  lg_json_end_object(w);
  return http_json_end(ctx, call, MHD_HTTP_CREATED);
}

static lg_status delete_token(lg_ctx *ctx, serve *server, http_call *call) {
  const audit_who by = http_who(call);
  const int64_t user = http_user_role(call) == ROLE_ADMIN ? 0 : http_user(call);
  const lg_status status = tokens_delete(ctx, server->store, &by, http_id(call), user);
  if (status == LG_ERR_NOT_FOUND) return refuse(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1/tokens.");
  return status == LG_OK ? http_empty(ctx, call, MHD_HTTP_NO_CONTENT) : status;
}

/* ---- password ------------------------------------------------------------------------------------------ */

typedef struct password_change {
  char name[STORE_NAME], old[STORE_PASSWORD], new[STORE_PASSWORD], peer[64], session[65];
  bool right;
} password_change;

static lg_status change_aside(lg_ctx *ctx, serve *server, void *work) {
  password_change *w = work;
  store_who who;
  lg_status status = accounts_check(ctx, server->store, w->name, w->old, w->peer, &w->right, &who);
  if (status != LG_OK || !w->right) return status;
  const audit_who by = {who.user, who.name, w->peer};
  return users_set_password(ctx, server->store, &by, w->new, w->session);
}

static lg_status change_password(lg_ctx *ctx, serve *server, http_call *call) {
  password_change w = {.right = false};
  void *made = NULL;
  (void)server;
  const json_t *body = http_body(ctx, call);
  if (!body) return LG_OK;
  const char *old = json_string_value(json_object_get(body, "old")),
             *new = json_string_value(json_object_get(body, "new"));
  if (!call->who.session[0])
    return http_error(ctx, call, MHD_HTTP_FORBIDDEN, "session", "Sign in on the page.", "a token changes no password");
  if (!old || !new)
    return bad(ctx, call, "the old password and the new one are wanted", "Send {\"old\": …, \"new\": …}.");
  if (strlen(new) >= sizeof w.new)
    return lg_fail(ctx, LG_ERR_RANGE, "a password has 10 to %d bytes", STORE_PASSWORD - 1);
  (void)snprintf(w.name, sizeof w.name, "%s", call->who.name);
  (void)snprintf(w.old, sizeof w.old, "%s", strlen(old) < sizeof w.old ? old : "");
  (void)snprintf(w.new, sizeof w.new, "%s", new);
  (void)snprintf(w.peer, sizeof w.peer, "%s", call->peer);
  (void)snprintf(w.session, sizeof w.session, "%s", call->who.session);
  lg_status status = http_kept(call) ? LG_OK : http_limit_name(ctx, call, w.name);
  if (status == LG_OK && !call->response) status = http_aside(ctx, call, change_aside, &w, sizeof w, &made);
  sodium_memzero(&w, sizeof w);
  if (status != LG_OK || !made) return status;
  if (!((const password_change *)made)->right)
    return http_error(ctx, call, MHD_HTTP_FORBIDDEN, "password", "Type the password that you have now.",
                      "the old password is another");
  http_limit_name_back(call, call->who.name);
  return http_empty(ctx, call, MHD_HTTP_NO_CONTENT);
}

const http_route route_users[ROUTE_USERS_COUNT] = {
    {HTTP_GET, "/api/v1/users", ROLE_ADMIN, "admin", list_users, "Everybody who has an account."},
    {HTTP_PATCH, "/api/v1/users/{id}", ROLE_ADMIN, "admin", patch_user,
     "A role, or disabled: ends sessions and tokens."},
    {HTTP_DELETE, "/api/v1/users/{id}/sessions", ROLE_ADMIN, "admin", sign_user_out, "Sign somebody out everywhere."},
    {HTTP_POST, "/api/v1/users/{id}/reset", ROLE_ADMIN, "admin", reset,
     "A link that sets a new password, once, within a day."},
    {HTTP_GET, "/api/v1/invitations", ROLE_ADMIN, "admin", list_invitations, "Invitations that can still be used."},
    {HTTP_POST, "/api/v1/invitations", ROLE_ADMIN, "admin", invite,
     "A link that makes an account, once: role, expires_days."},
    {HTTP_DELETE, "/api/v1/invitations/{id}", ROLE_ADMIN, "admin", take_invitation_back, "Take an invitation back."},
    {HTTP_GET, "/api/v1/tokens", ROLE_VIEWER, "read", list_tokens, "Your tokens; administrators: ?all=1 everybody's."},
    {HTTP_POST, "/api/v1/tokens", ROLE_VIEWER, "admin", make_token,
     "A token for programs, shown once: name, scopes, expires_days."},
    {HTTP_DELETE, "/api/v1/tokens/{id}", ROLE_VIEWER, "admin", delete_token, "Delete a token: it ends at once."},
    {HTTP_POST, "/api/v1/password", ROLE_VIEWER, "admin", change_password,
     "Change your password: old, new; ends other sessions."},
};
