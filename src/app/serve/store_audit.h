/**
 * @file store_audit.h
 * @brief Who did what and when, in rows that hold the hash of the row before; what was changed afterwards is found.
 *
 * Every row's hash is SHA-256 over all of its columns and over the hash of the row before. The newest row's number and
 * hash stand in a record of their own (audit_head), written in the same transaction, and SQLite counts the rows ever
 * added by itself (AUTOINCREMENT): taking away the last row, or all of them, is found as well. Whoever may write the
 * file can write the whole chain anew: against that, keep the number and hash of a head elsewhere (`loligo audit
 * verify` prints them, an export ends with them) and have it looked for later.
 */
#ifndef LG_SERVE_STORE_AUDIT_H
#define LG_SERVE_STORE_AUDIT_H

#include "app/serve/store.h"

enum { AUDIT_HASH = 65, AUDIT_OBJECT = 64, AUDIT_MOST_DETAIL = 4096 };

/** Who does something: texts live as long as the call. user 0: nobody who is known (a failed sign-in). */
typedef struct audit_who {
  int64_t user;
  const char *name; /* NULL: nobody */
  const char *peer; /* address, NULL: none */
} audit_who;

/**
 * @brief Add a row, inside the caller's transaction (between store_begin and store_end): the change and its row are
 * kept together or not at all.
 * @param who NULL: the program itself
 * @param action what was done, "job.create"; one or two words of [a-z-] with a dot between
 * @param object what it was done to, "job 7"; NULL: nothing that has a name
 * @param detail anything else, words or JSON of at most 4 KiB (longer ones are cut); NULL: nothing. Never a secret.
 * @retval LG_ERR_IO, LG_ERR_MEMORY: end the transaction with it
 */
LG_MUST_CHECK lg_status store_audit_add(lg_ctx *ctx, store *s, const audit_who *who, const char *action,
                                        const char *object, const char *detail);
/** @brief "job 7" into `out`, which is returned. */
const char *audit_object(char out[AUDIT_OBJECT], const char *kind, int64_t id);

/** A row as a reader sees it; the texts live until the callback returns; NULL where there is none. */
typedef struct audit_row {
  int64_t id, at, user;
  const char *user_name, *peer, *action, *object, *detail, *before, *hash;
} audit_row;
typedef void (*audit_row_fn)(void *arg, const audit_row *row);

/** @brief The hash that a row must have, from everything else in it: for copies of rows that lie outside the store. */
void audit_row_hash(const audit_row *row, char hash[AUDIT_HASH]);

/** What is wanted of a list; zeros and NULLs: everything. */
typedef struct audit_filter {
  int64_t before;     /* rows with a smaller id only; 0: from the newest */
  int64_t after;      /* rows with a larger id only */
  int64_t since, to;  /* ms since 1970: not before, before */
  const char *user;   /* name, exactly */
  const char *action; /* begins with it: "job" takes job.create too */
  const char *object; /* exactly */
  bool oldest_first;
} audit_filter;

/** @brief At most `limit` rows, newest first unless told. */
LG_MUST_CHECK lg_status store_audit_list(lg_ctx *ctx, store *s, const audit_filter *filter, int64_t limit,
                                         audit_row_fn fn, void *arg);

/** A head that was kept elsewhere. */
typedef struct audit_anchor {
  int64_t id;
  char hash[AUDIT_HASH];
} audit_anchor;

typedef struct audit_check {
  bool intact;
  int64_t rows;      /* looked at */
  int64_t first_bad; /* id of the first row that is not as it was written; 0: none, or the chain's end is wrong */
  char why[200];     /* in words; "" where intact */
  audit_anchor head; /* of the last good row; id 0: none */
} audit_check;

/**
 * @brief Walk the whole chain. Finds rows that were edited, deleted, swapped, added, and a cut end; looks for the
 * anchor where one is given (NULL: none). Takes the store's lock for some thousand rows at a time.
 * @retval LG_OK it was looked at: out->intact says how it is
 */
LG_MUST_CHECK lg_status store_audit_verify(lg_ctx *ctx, store *s, const audit_anchor *anchor, audit_check *out);

#endif
