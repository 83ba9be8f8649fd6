/* Who is there and who may what, as administrators see it. */
#define _XOPEN_SOURCE 700
#include "app/serve/store_users.h"

#include <sqlite3.h>
#include <string.h>

/* ---- users --------------------------------------------------------------------------------------------- */

static void take_user(sqlite3_stmt *q, user_row *r) {
  *r = (user_row){.id = sqlite3_column_int64(q, 0),
                  .name = (const char *)sqlite3_column_text(q, 1),
                  .role = (serve_role)sqlite3_column_int(q, 2),
                  .created = sqlite3_column_int64(q, 3),
                  .disabled = sqlite3_column_int64(q, 4),
                  .n_sessions = sqlite3_column_int64(q, 5),
                  .n_tokens = sqlite3_column_int64(q, 6),
                  .seen = sqlite3_column_int64(q, 7)};
}

lg_status users_list(lg_ctx *ctx, store *s, int64_t id, user_row_fn fn, void *arg, size_t *n) {
  sqlite3_stmt *q;
  user_row r;
  size_t count = 0;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(
      ctx, s,
      "SELECT u.id, u.name, u.role, u.created, u.disabled, (SELECT count(*) FROM sessions WHERE user = u.id AND expires"
      " > ?2), (SELECT count(*) FROM tokens WHERE user = u.id), max(coalesce((SELECT max(used) FROM sessions WHERE user"
      " = u.id), 0), coalesce((SELECT max(used) FROM tokens WHERE user = u.id), 0)) FROM users u WHERE ?1 = 0 OR u.id ="
      " ?1 ORDER BY u.name",
      &q, "ii", id, store_now());
  while (store_next(ctx, s, q, &status)) {
    take_user(q, &r);
    fn(arg, &r);
    count++;
  }
  if (n) *n = count;
  return store_end(ctx, s, status);
}

typedef struct standing {
  serve_role role;
  bool disabled;
  char name[STORE_NAME];
  int64_t other_admins; /* who may come in */
} standing;

static lg_status look(lg_ctx *ctx, store *s, int64_t id, standing *out) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(ctx, s,
                                "SELECT role, disabled IS NOT NULL, name, (SELECT count(*) FROM users WHERE role = 4"
                                " AND disabled IS NULL AND id <> ?1) FROM users WHERE id = ?1",
                                &q, "i", id);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && !row) status = lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no user %lld", (long long)id);
  if (status != LG_OK) return status;
  *out = (standing){.role = (serve_role)sqlite3_column_int(q, 0),
                    .disabled = sqlite3_column_int(q, 1) != 0,
                    .other_admins = sqlite3_column_int64(q, 3)};
  (void)snprintf(out->name, sizeof out->name, "%s", (const char *)sqlite3_column_text(q, 2));
  return LG_OK;
}

static lg_status set_role(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, const standing *was,
                          serve_role role) {
  char object[AUDIT_OBJECT], detail[STORE_NAME + 64];
  (void)snprintf(detail, sizeof detail, "%s: %s, was %s", was->name, accounts_role_name(role),
                 accounts_role_name(was->role));
  const lg_status status = store_run(ctx, s, NULL, "UPDATE users SET role = ? WHERE id = ?", "ii", (int64_t)role, id);
  return status == LG_OK ? store_audit_add(ctx, s, by, "user.role", audit_object(object, "user", id), detail) : status;
}

static lg_status set_disabled(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, const standing *was, bool off) {
  char object[AUDIT_OBJECT];
  lg_status status = LG_OK;
  LG_TRY(store_run(ctx, s, NULL, "UPDATE users SET disabled = nullif(?, 0) WHERE id = ?", "ii", off ? store_now() : 0,
                   id));
  if (off) {
    LG_TRY(store_run(ctx, s, NULL, "DELETE FROM sessions WHERE user = ?", "i", id));
    LG_TRY(store_run(ctx, s, NULL, "DELETE FROM tokens WHERE user = ?", "i", id));
  }
  LG_TRY(
      store_audit_add(ctx, s, by, off ? "user.disable" : "user.enable", audit_object(object, "user", id), was->name));
done:
  return status;
}

static lg_status change_user(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, const user_change *c) {
  standing was;
  lg_status status = LG_OK;
  LG_TRY(look(ctx, s, id, &was));
  const serve_role role = c->role == ROLE_NOBODY ? was.role : c->role;
  const bool off = c->disable || (was.disabled && !c->enable);
  const bool was_admin = was.role == ROLE_ADMIN && !was.disabled, stays = role == ROLE_ADMIN && !off;
  if (was_admin && !stays && was.other_admins == 0)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "%s is the last administrator: make another one first", was.name));
  if (role != was.role) LG_TRY(set_role(ctx, s, by, id, &was, role));
  if (off != was.disabled) LG_TRY(set_disabled(ctx, s, by, id, &was, off));
done:
  return status;
}

lg_status users_change(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, const user_change *change) {
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, change_user(ctx, s, by, id, change)) : status;
}

static lg_status end_sessions(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, const char *except) {
  char object[AUDIT_OBJECT];
  standing was;
  lg_status status = look(ctx, s, id, &was);
  if (status == LG_OK)
    status = store_run(ctx, s, NULL, "DELETE FROM sessions WHERE user = ?1 AND (?2 IS NULL OR hash <> ?2)", "it", id,
                       except);
  return status == LG_OK ? store_audit_add(ctx, s, by, "user.sign-out", audit_object(object, "user", id), was.name)
                         : status;
}

lg_status users_end_sessions(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, const char *except) {
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, end_sessions(ctx, s, by, id, except)) : status;
}

static lg_status set_password(lg_ctx *ctx, store *s, const audit_who *by, const char *hash, const char *session) {
  lg_status status = LG_OK;
  LG_TRY(store_run(ctx, s, NULL, "UPDATE users SET password = ? WHERE id = ?", "ti", hash, by->user));
  LG_TRY(store_run(ctx, s, NULL, "DELETE FROM sessions WHERE user = ?1 AND (?2 IS NULL OR hash <> ?2)", "it", by->user,
                   session));
  LG_TRY(store_audit_add(ctx, s, by, "password.change", NULL, NULL));
done:
  return status;
}

lg_status users_set_password(lg_ctx *ctx, store *s, const audit_who *by, const char *password, const char *session) {
  char hash[ACCOUNTS_PASSWORD_HASH];
  lg_status status = accounts_hash_password(ctx, password, hash);
  if (status == LG_OK) status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, set_password(ctx, s, by, hash, session)) : status;
}

/* ---- tokens -------------------------------------------------------------------------------------------- */

lg_status tokens_list(lg_ctx *ctx, store *s, int64_t user, token_row_fn fn, void *arg) {
  sqlite3_stmt *q;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s,
                      "SELECT t.id, t.user, t.created, t.used, t.expires, u.name, t.name, t.scopes FROM tokens t JOIN"
                      " users u ON u.id = t.user WHERE ?1 = 0 OR t.user = ?1 ORDER BY t.id DESC",
                      &q, "i", user);
  while (store_next(ctx, s, q, &status)) {
    const token_row r = {.id = sqlite3_column_int64(q, 0),
                         .user = sqlite3_column_int64(q, 1),
                         .created = sqlite3_column_int64(q, 2),
                         .used = sqlite3_column_int64(q, 3),
                         .expires = sqlite3_column_int64(q, 4),
                         .user_name = (const char *)sqlite3_column_text(q, 5),
                         .name = (const char *)sqlite3_column_text(q, 6),
                         .scopes = (const char *)sqlite3_column_text(q, 7)};
    fn(arg, &r);
  }
  return store_end(ctx, s, status);
}

static lg_status delete_token(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, int64_t user) {
  sqlite3_stmt *q;
  bool row = false;
  char name[STORE_NAME] = "", object[AUDIT_OBJECT];
  lg_status status = store_bind(ctx, s, "DELETE FROM tokens WHERE id = ?1 AND (?2 = 0 OR user = ?2) RETURNING name", &q,
                                "ii", id, user);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  if (!row) return lg_fail(ctx, LG_ERR_NOT_FOUND, "you have no such token");
  (void)snprintf(name, sizeof name, "%s", (const char *)sqlite3_column_text(q, 0));
  status = store_step(ctx, s, q, &row);
  return status == LG_OK ? store_audit_add(ctx, s, by, "token.delete", audit_object(object, "token", id), name)
                         : status;
}

lg_status tokens_delete(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, int64_t user) {
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, delete_token(ctx, s, by, id, user)) : status;
}

/* ---- invitations --------------------------------------------------------------------------------------- */

lg_status invitations_list(lg_ctx *ctx, store *s, invitation_row_fn fn, void *arg) {
  sqlite3_stmt *q;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(
      ctx, s,
      "SELECT substr(i.hash, 1, 16), i.role, i.expires, u.name FROM invitations i LEFT JOIN users u ON u.id = i.user"
      " WHERE i.expires > ? ORDER BY i.expires",
      &q, "i", store_now());
  while (store_next(ctx, s, q, &status)) {
    invitation_row r = {.id = ""};
    (void)snprintf(r.id, sizeof r.id, "%s", (const char *)sqlite3_column_text(q, 0));
    r.role = (serve_role)sqlite3_column_int(q, 1);
    r.expires = sqlite3_column_int64(q, 2);
    const char *name = (const char *)sqlite3_column_text(q, 3);
    (void)snprintf(r.name, sizeof r.name, "%s", name ? name : "");
    fn(arg, &r);
  }
  return store_end(ctx, s, status);
}

static lg_status delete_invitation(lg_ctx *ctx, store *s, const audit_who *by, const char *id) {
  int n = 0;
  lg_status status = strlen(id) == INVITATION_ID - 1
                         ? store_run(ctx, s, &n, "DELETE FROM invitations WHERE substr(hash, 1, 16) = ?", "t", id)
                         : LG_OK;
  if (status == LG_OK && n == 0)
    status = lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no such invitation: it was used, or is over");
  return status == LG_OK ? store_audit_add(ctx, s, by, "invitation.delete", NULL, id) : status;
}

lg_status invitations_delete(lg_ctx *ctx, store *s, const audit_who *by, const char *id) {
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, delete_invitation(ctx, s, by, id)) : status;
}
