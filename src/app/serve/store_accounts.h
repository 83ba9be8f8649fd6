/** @file store_accounts.h @brief Who may come in: users with roles, sessions of browsers, tokens of programs. */
#ifndef LG_SERVE_STORE_ACCOUNTS_H
#define LG_SERVE_STORE_ACCOUNTS_H

#include "app/serve/http.h"
#include "app/serve/store.h"
#include "app/serve/store_audit.h"

enum { STORE_SECRET = 44, STORE_NAME = 65, STORE_PASSWORD = 257 }; /* with the end; 32 random bytes in base64url */

typedef struct store_who {
  int64_t user; /* 0: nobody */
  serve_role role;
  char name[STORE_NAME];
  char session[65]; /* hash of the session; "": a token, or nobody */
  char scopes[64];  /* of the token, "read run admin"; a session has all */
} store_who;

/** @brief Add a user. Passwords have 10 to 256 bytes and are kept by Argon2id only. @retval LG_ERR_ARGUMENT the name is
 * taken; LG_ERR_RANGE */
LG_MUST_CHECK lg_status accounts_add(lg_ctx *ctx, store *s, const char *name, const char *password, serve_role role,
                                     int64_t *id);
enum { ACCOUNTS_PASSWORD_HASH = 128 };
/** @brief Argon2id of a password. @retval LG_ERR_RANGE 10 to 256 bytes */
LG_MUST_CHECK lg_status accounts_hash_password(lg_ctx *ctx, const char *password, char out[ACCOUNTS_PASSWORD_HASH]);
/** @brief Whether name and password belong together: takes as long for a name that is not there. What does not is in
 * the audit, by the name of the user it was tried for. */
LG_MUST_CHECK lg_status accounts_check(lg_ctx *ctx, store *s, const char *name, const char *password, const char *peer,
                                       bool *right, store_who *who);
/** @brief A new session: the secret goes to the browser, its hash stays. Lives 12 h, or 1 h without use. */
LG_MUST_CHECK lg_status accounts_open_session(lg_ctx *ctx, store *s, const audit_who *by, char secret[STORE_SECRET]);
LG_MUST_CHECK lg_status accounts_close_session(lg_ctx *ctx, store *s, const audit_who *by, const char *hash);
/** @brief Who holds it; who->user 0: nobody does. Both note the use at most once a minute. */
LG_MUST_CHECK lg_status accounts_by_session(lg_ctx *ctx, store *s, const char *secret, store_who *who);
LG_MUST_CHECK lg_status accounts_by_token(lg_ctx *ctx, store *s, const char *secret, store_who *who);

/** @brief A token of by->user, shown once. expires 0: never. scopes: of "read", "run", "admin", in that order. @retval
 * LG_ERR_LIMIT the user has too many */
LG_MUST_CHECK lg_status accounts_add_token(lg_ctx *ctx, store *s, const audit_who *by, const char *name,
                                           const char *scopes, int64_t expires, char secret[STORE_SECRET], int64_t *id);

/** @brief A link that makes an account of that role, once. */
LG_MUST_CHECK lg_status accounts_invite(lg_ctx *ctx, store *s, const audit_who *by, serve_role role, int64_t expires,
                                        char secret[STORE_SECRET]);
/** @brief A link that gives a user a new password, once; those made before end. @retval LG_ERR_NOT_FOUND there is no
 * such user, or it is disabled */
LG_MUST_CHECK lg_status accounts_invite_again(lg_ctx *ctx, store *s, const audit_who *by, int64_t user, int64_t expires,
                                              char secret[STORE_SECRET], char name[STORE_NAME]);
/** @brief Use it up; one that was made for a user takes that user's name only, and ends the sessions. @retval
 * LG_ERR_NOT_FOUND it is not there, used or over; the name is free after a failure */
LG_MUST_CHECK lg_status accounts_join(lg_ctx *ctx, store *s, const char *secret, const char *name, const char *password,
                                      const char *peer, int64_t *id);
LG_MUST_CHECK lg_status accounts_count(lg_ctx *ctx, store *s, int64_t *n);
/** @brief "nobody", "viewer", "scientist", "reviewer", "admin". */
const char *accounts_role_name(serve_role role);

#endif
