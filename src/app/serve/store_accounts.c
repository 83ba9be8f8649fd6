/* Secrets are 32 random bytes; what the store keeps of them is SHA-256, and of passwords Argon2id. */
#define _XOPEN_SOURCE 700
#include "app/serve/store_accounts.h"

#include <sodium.h>
#include <sqlite3.h>
#include <string.h>

enum {
  HOUR_MS = 3600 * 1000,
  MINUTE_MS = 60 * 1000,
  SECRET_BYTES = 32,
  LEAST_PASSWORD = 10,
  MOST_TOKENS = 50,
  MOST_PASSWORD = STORE_PASSWORD - 1
};

const char *accounts_role_name(serve_role role) {
  static const char *const names[] = {"nobody", "viewer", "scientist", "reviewer", "admin"};
  return (unsigned)role < sizeof names / sizeof names[0] ? names[role] : "?";
}

static void hash_of(const char *secret, char hex[65]) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  (void)crypto_hash_sha256(hash, (const unsigned char *)secret, strlen(secret));
  (void)sodium_bin2hex(hex, 65, hash, sizeof hash);
}

static void make_secret(char secret[STORE_SECRET], char hex[65]) {
  unsigned char bytes[SECRET_BYTES];
  randombytes_buf(bytes, sizeof bytes);
  (void)sodium_bin2base64(secret, STORE_SECRET, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  hash_of(secret, hex);
}

static lg_status check_name(lg_ctx *ctx, const char *name) {
  const size_t n = strlen(name);
  if (n < 1 || n >= STORE_NAME) return lg_fail(ctx, LG_ERR_RANGE, "a name has 1 to %d bytes", STORE_NAME - 1);
  for (size_t k = 0; k < n; k++)
    if ((unsigned char)name[k] < 0x20 || name[k] == 0x7f)
      return lg_fail(ctx, LG_ERR_RANGE, "a name has no control characters");
  return LG_OK;
}

_Static_assert(ACCOUNTS_PASSWORD_HASH == crypto_pwhash_STRBYTES, "as long as libsodium makes them");

lg_status accounts_hash_password(lg_ctx *ctx, const char *password, char out[ACCOUNTS_PASSWORD_HASH]) {
  const size_t n = strlen(password);
  if (n < LEAST_PASSWORD || n > MOST_PASSWORD)
    return lg_fail(ctx, LG_ERR_RANGE, "a password has %d to %d bytes", LEAST_PASSWORD, MOST_PASSWORD);
  if (crypto_pwhash_str_alg(out, password, n, crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a password's hash (64 MiB)");
  return LG_OK;
}

static lg_status insert_user(lg_ctx *ctx, store *s, const char *name, const char *hash, serve_role role, int64_t *id) {
  const lg_status status =
      store_run(ctx, s, NULL, "INSERT INTO users (name, role, password, created) VALUES (?, ?, ?, ?)", "titi", name,
                (int64_t)role, hash, store_now());
  if (status == LG_ERR_ARGUMENT) return lg_fail(ctx, LG_ERR_ARGUMENT, "there is a user of that name");
  *id = store_last_id(s);
  return status;
}

lg_status accounts_add(lg_ctx *ctx, store *s, const char *name, const char *password, serve_role role, int64_t *id) {
  char hash[crypto_pwhash_STRBYTES], object[AUDIT_OBJECT], detail[STORE_NAME + 16];
  lg_status status = check_name(ctx, name);
  if (status == LG_OK) status = accounts_hash_password(ctx, password, hash);
  if (status == LG_OK) status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = insert_user(ctx, s, name, hash, role, id);
  (void)snprintf(detail, sizeof detail, "%s: %s", name, accounts_role_name(role));
  if (status == LG_OK) status = store_audit_add(ctx, s, NULL, "user.add", audit_object(object, "user", *id), detail);
  return store_end(ctx, s, status);
}

static void take_who(sqlite3_stmt *q, store_who *who) {
  who->user = sqlite3_column_int64(q, 0);
  who->role = (serve_role)sqlite3_column_int(q, 1);
  (void)snprintf(who->name, sizeof who->name, "%s", (const char *)sqlite3_column_text(q, 2));
}

static lg_status find_password(lg_ctx *ctx, store *s, const char *name, char *hash, store_who *who) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s,
                      "SELECT id, role, name, password FROM users WHERE name = ? AND disabled IS NULL AND password IS "
                      "NOT NULL",
                      &q, "t", name);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && row) {
    take_who(q, who);
    (void)snprintf(hash, crypto_pwhash_STRBYTES, "%s", (const char *)sqlite3_column_text(q, 3));
  }
  return store_end(ctx, s, status);
}

/* A name that is not there may be a password in the wrong field: it is not kept. */
static lg_status note_refused(lg_ctx *ctx, store *s, const store_who *tried, const char *peer) {
  char object[AUDIT_OBJECT];
  const audit_who nobody = {0, NULL, peer};
  const lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  return store_end(ctx, s,
                   store_audit_add(ctx, s, &nobody, "session.refuse",
                                   tried->user ? audit_object(object, "user", tried->user) : NULL,
                                   tried->user ? tried->name : "no such name"));
}

lg_status accounts_check(lg_ctx *ctx, store *s, const char *name, const char *password, const char *peer, bool *right,
                         store_who *who) {
  /* Of no password: verified where the name is not there, so that the time tells nothing. */
  static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
                               "6q5N3bWPmHmPy0XH3YQXgkQ0Q1mD7wO5oXUq0qg7l5c";
  char hash[crypto_pwhash_STRBYTES] = "";
  *who = (store_who){0};
  *right = false;
  lg_status status = find_password(ctx, s, name, hash, who);
  if (status != LG_OK) return status;
  if (!who->user) (void)snprintf(hash, sizeof hash, "%s", nobody);
  const size_t n = strlen(password);
  *right = n <= MOST_PASSWORD && crypto_pwhash_str_verify(hash, password, n) == 0 && who->user;
  if (!*right) status = note_refused(ctx, s, who, peer);
  if (!*right) *who = (store_who){0};
  return status;
}

lg_status accounts_open_session(lg_ctx *ctx, store *s, const audit_who *by, char secret[STORE_SECRET]) {
  char hex[65];
  const int64_t now = store_now();
  make_secret(secret, hex);
  lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = store_run(ctx, s, NULL, "DELETE FROM sessions WHERE expires < ? OR used < ?", "ii", now, now - HOUR_MS);
  if (status == LG_OK)
    status = store_run(ctx, s, NULL, "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)", "tiiiit", hex, by->user, now,
                       now, now + 12 * (int64_t)HOUR_MS, by->peer);
  if (status == LG_OK) status = store_audit_add(ctx, s, by, "session.open", NULL, NULL);
  return store_end(ctx, s, status);
}

lg_status accounts_close_session(lg_ctx *ctx, store *s, const audit_who *by, const char *hash) {
  lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = store_run(ctx, s, NULL, "DELETE FROM sessions WHERE hash = ?", "t", hash);
  if (status == LG_OK) status = store_audit_add(ctx, s, by, "session.close", NULL, NULL);
  return store_end(ctx, s, status);
}

/* A look-up by hash; *used: when it was last used. */
static lg_status look_up(lg_ctx *ctx, store *s, const char *sql, const char *hex, store_who *who, int64_t *used) {
  sqlite3_stmt *q;
  bool row = false;
  const int64_t now = store_now();
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s, sql, &q, "tii", hex, now, now - HOUR_MS);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && row) {
    take_who(q, who);
    *used = sqlite3_column_int64(q, 3);
    const char *scopes = (const char *)sqlite3_column_text(q, 4);
    (void)snprintf(who->scopes, sizeof who->scopes, "%s", scopes ? scopes : "");
  }
  return store_end(ctx, s, status);
}

static lg_status note_use(lg_ctx *ctx, store *s, const char *sql, const char *hex, int64_t used) {
  const int64_t now = store_now();
  if (now - used < MINUTE_MS) return LG_OK;
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, store_run(ctx, s, NULL, sql, "it", now, hex)) : status;
}

lg_status accounts_by_session(lg_ctx *ctx, store *s, const char *secret, store_who *who) {
  char hex[65];
  int64_t used = 0;
  *who = (store_who){0};
  hash_of(secret, hex);
  const lg_status status =
      look_up(ctx, s,
              "SELECT u.id, u.role, u.name, s.used, 'read run admin' FROM sessions s JOIN users u ON u.id = s.user"
              " WHERE s.hash = ?1 AND u.disabled IS NULL AND s.expires > ?2 AND s.used > ?3",
              hex, who, &used);
  if (status != LG_OK || !who->user) return status;
  (void)snprintf(who->session, sizeof who->session, "%s", hex);
  return note_use(ctx, s, "UPDATE sessions SET used = ? WHERE hash = ?", hex, used);
}

lg_status accounts_by_token(lg_ctx *ctx, store *s, const char *secret, store_who *who) {
  char hex[65];
  int64_t used = 0;
  *who = (store_who){0};
  hash_of(secret, hex);
  const lg_status status =
      look_up(ctx, s,
              "SELECT u.id, u.role, u.name, t.used, t.scopes FROM tokens t JOIN users u ON u.id = t.user"
              " WHERE t.hash = ?1 AND u.disabled IS NULL AND (t.expires IS NULL OR t.expires > ?2) AND ?3 > 0",
              hex, who, &used);
  if (status != LG_OK || !who->user) return status;
  return note_use(ctx, s, "UPDATE tokens SET used = ? WHERE hash = ?", hex, used);
}

static lg_status check_tokens(lg_ctx *ctx, store *s, int64_t user) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(ctx, s, "SELECT count(*) FROM tokens WHERE user = ?", &q, "i", user);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && row && sqlite3_column_int64(q, 0) >= MOST_TOKENS)
    return lg_fail(ctx, LG_ERR_LIMIT, "you have %d tokens already", MOST_TOKENS);
  return status;
}

lg_status accounts_add_token(lg_ctx *ctx, store *s, const audit_who *by, const char *name, const char *scopes,
                             int64_t expires, char secret[STORE_SECRET], int64_t *id) {
  char hex[65], object[AUDIT_OBJECT], detail[STORE_NAME + 80];
  lg_status status = check_name(ctx, name);
  if (status != LG_OK) return status;
  make_secret(secret, hex);
  status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = check_tokens(ctx, s, by->user);
  if (status == LG_OK)
    status =
        store_run(ctx, s, NULL,
                  "INSERT INTO tokens (hash, user, name, scopes, created, expires) VALUES (?, ?, ?, ?, ?, nullif(?, "
                  "0))",
                  "tittii", hex, by->user, name, scopes, store_now(), expires);
  *id = store_last_id(s);
  (void)snprintf(detail, sizeof detail, "%s: %s", name, scopes);
  if (status == LG_OK) status = store_audit_add(ctx, s, by, "token.add", audit_object(object, "token", *id), detail);
  return store_end(ctx, s, status);
}

lg_status accounts_invite(lg_ctx *ctx, store *s, const audit_who *by, serve_role role, int64_t expires,
                          char secret[STORE_SECRET]) {
  char hex[65];
  make_secret(secret, hex);
  lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = store_run(ctx, s, NULL, "INSERT INTO invitations (hash, role, expires) VALUES (?, ?, ?)", "tii", hex,
                     (int64_t)role, expires);
  if (status == LG_OK) status = store_audit_add(ctx, s, by, "invitation.add", NULL, accounts_role_name(role));
  return store_end(ctx, s, status);
}

static lg_status name_of(lg_ctx *ctx, store *s, int64_t user, char name[STORE_NAME]) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(ctx, s, "SELECT name FROM users WHERE id = ? AND disabled IS NULL", &q, "i", user);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && !row) status = lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no such user, or it is disabled");
  if (status == LG_OK) (void)snprintf(name, STORE_NAME, "%s", (const char *)sqlite3_column_text(q, 0));
  return status;
}

static lg_status invite_again(lg_ctx *ctx, store *s, const audit_who *by, int64_t user, int64_t expires,
                              const char *hex, char name[STORE_NAME]) {
  char object[AUDIT_OBJECT];
  lg_status status = LG_OK;
  LG_TRY(name_of(ctx, s, user, name));
  LG_TRY(store_run(ctx, s, NULL, "DELETE FROM invitations WHERE user = ?", "i", user));
  LG_TRY(store_run(ctx, s, NULL,
                   "INSERT INTO invitations (hash, role, expires, user) SELECT ?, role, ?, id FROM users WHERE id = ?",
                   "tii", hex, expires, user));
  LG_TRY(store_audit_add(ctx, s, by, "password.invite", audit_object(object, "user", user), name));
done:
  return status;
}

lg_status accounts_invite_again(lg_ctx *ctx, store *s, const audit_who *by, int64_t user, int64_t expires,
                                char secret[STORE_SECRET], char name[STORE_NAME]) {
  char hex[65];
  make_secret(secret, hex);
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, invite_again(ctx, s, by, user, expires, hex, name)) : status;
}

static lg_status use_up(lg_ctx *ctx, store *s, const char *hex, serve_role *role, int64_t *user) {
  sqlite3_stmt *q;
  bool row;
  lg_status status = store_bind(ctx, s, "DELETE FROM invitations WHERE hash = ? AND expires > ? RETURNING role, user",
                                &q, "ti", hex, store_now());
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  if (!row) return lg_fail(ctx, LG_ERR_NOT_FOUND, "the invitation was used, or is over");
  *role = (serve_role)sqlite3_column_int(q, 0);
  *user = sqlite3_column_int64(q, 1);
  return store_step(ctx, s, q, &row);
}

static lg_status make_user(lg_ctx *ctx, store *s, const char *name, const char *hash, serve_role role, const char *peer,
                           int64_t *id) {
  char object[AUDIT_OBJECT];
  const lg_status status = insert_user(ctx, s, name, hash, role, id);
  if (status != LG_OK) return status;
  const audit_who by = {*id, name, peer};
  return store_audit_add(ctx, s, &by, "user.join", audit_object(object, "user", *id), accounts_role_name(role));
}

/* Whoever has the link sets the password; whoever was signed in is not any more. */
static lg_status reset_password(lg_ctx *ctx, store *s, const char *name, const char *hash, const char *peer,
                                int64_t user) {
  char own[STORE_NAME], object[AUDIT_OBJECT];
  lg_status status = LG_OK;
  LG_TRY(name_of(ctx, s, user, own));
  if (sqlite3_stricmp(own, name) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "the link is for an account of another name"));
  LG_TRY(store_run(ctx, s, NULL, "UPDATE users SET password = ? WHERE id = ?", "ti", hash, user));
  LG_TRY(store_run(ctx, s, NULL, "DELETE FROM sessions WHERE user = ?", "i", user));
  const audit_who by = {user, own, peer};
  LG_TRY(store_audit_add(ctx, s, &by, "password.reset", audit_object(object, "user", user), NULL));
done:
  return status;
}

lg_status accounts_join(lg_ctx *ctx, store *s, const char *secret, const char *name, const char *password,
                        const char *peer, int64_t *id) {
  char hex[65], hash[ACCOUNTS_PASSWORD_HASH];
  serve_role role = ROLE_VIEWER;
  hash_of(secret, hex);
  *id = 0;
  lg_status status = check_name(ctx, name);
  if (status == LG_OK) status = accounts_hash_password(ctx, password, hash);
  if (status == LG_OK) status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = use_up(ctx, s, hex, &role, id);
  if (status == LG_OK)
    status = *id ? reset_password(ctx, s, name, hash, peer, *id) : make_user(ctx, s, name, hash, role, peer, id);
  return store_end(ctx, s, status);
}

lg_status accounts_count(lg_ctx *ctx, store *s, int64_t *n) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s, "SELECT count(*) FROM users", &q, "");
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  *n = status == LG_OK && row ? sqlite3_column_int64(q, 0) : 0;
  return store_end(ctx, s, status);
}
