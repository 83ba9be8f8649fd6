/** @file store_users.h @brief Users, tokens and invitations as administrators and their owners see and change them. */
#ifndef LG_SERVE_STORE_USERS_H
#define LG_SERVE_STORE_USERS_H

#include "app/serve/store_accounts.h"

enum { INVITATION_ID = 17 };

/** Texts live until the callback returns; times are ms since 1970, 0: never. */
typedef struct user_row {
  int64_t id, created, disabled, seen; /* seen: last use of a session or token that is still there */
  int64_t n_sessions, n_tokens;
  const char *name;
  serve_role role;
} user_row;
typedef void (*user_row_fn)(void *arg, const user_row *row);

/** @brief All users by name; one of them (id > 0). *n (or NULL): how many there were. */
LG_MUST_CHECK lg_status users_list(lg_ctx *ctx, store *s, int64_t id, user_row_fn fn, void *arg, size_t *n);

typedef struct user_change {
  serve_role role;      /* ROLE_NOBODY: as it is */
  bool disable, enable; /* neither: as it is */
} user_change;

/**
 * @brief Change a user. Disabling ends the sessions and deletes the tokens; a smaller role takes effect at once.
 * @retval LG_ERR_NOT_FOUND; LG_ERR_ARGUMENT: the last administrator cannot be disabled, nor become anything less
 */
LG_MUST_CHECK lg_status users_change(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, const user_change *change);
/** @brief Sign a user out everywhere, but for one session (its hash; NULL: none). @retval LG_ERR_NOT_FOUND */
LG_MUST_CHECK lg_status users_end_sessions(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, const char *except);
/** @brief A new password for by->user; the other sessions end. The old one is checked by accounts_check() before.
 * @retval LG_ERR_RANGE 10 to 256 bytes */
LG_MUST_CHECK lg_status users_set_password(lg_ctx *ctx, store *s, const audit_who *by, const char *password,
                                           const char *session);

typedef struct token_row {
  int64_t id, user, created, used, expires; /* used, expires 0: never */
  const char *user_name, *name, *scopes;
} token_row;
typedef void (*token_row_fn)(void *arg, const token_row *row);

/** @brief Tokens of a user (0: of all), newest first. */
LG_MUST_CHECK lg_status tokens_list(lg_ctx *ctx, store *s, int64_t user, token_row_fn fn, void *arg);
/** @brief Delete a token of a user (0: of anybody). @retval LG_ERR_NOT_FOUND */
LG_MUST_CHECK lg_status tokens_delete(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, int64_t user);

typedef struct invitation_row {
  char id[INVITATION_ID]; /* begins the hash of the secret: tells nothing of it */
  serve_role role;
  int64_t expires;
  char name[STORE_NAME]; /* of whom it gives a new password; "": it makes an account */
} invitation_row;
typedef void (*invitation_row_fn)(void *arg, const invitation_row *row);

/** @brief Those that can still be used, the next to end first. */
LG_MUST_CHECK lg_status invitations_list(lg_ctx *ctx, store *s, invitation_row_fn fn, void *arg);
/** @retval LG_ERR_NOT_FOUND it is used, or over */
LG_MUST_CHECK lg_status invitations_delete(lg_ctx *ctx, store *s, const audit_who *by, const char *id);

#endif
