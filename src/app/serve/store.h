/**
 * @file store.h
 * @brief The server's SQLite file: WAL mode, foreign keys on, one connection each for the door and every worker.
 *
 * A connection may be used by many threads of one process: store_begin() takes its lock, store_end() gives it back.
 * Times are milliseconds since 1970 UTC (int64).
 */
#ifndef LG_SERVE_STORE_H
#define LG_SERVE_STORE_H

#include "base/base.h"

typedef struct store store;
struct sqlite3_stmt;

/** @brief Open DIR/loligo.sqlite, made and migrated where needed. @retval LG_ERR_IO the folder or file cannot be used;
 * LG_ERR_FORMAT: not ours, or of a later version */
LG_MUST_CHECK lg_status store_open(lg_ctx *ctx, const char *folder, store **out);
void store_close(lg_ctx *ctx, store *s);
const char *store_folder(const store *s);

/** @brief Take the lock and BEGIN IMMEDIATE. Waits for other processes up to 5 s. */
LG_MUST_CHECK lg_status store_begin(lg_ctx *ctx, store *s);
/** @brief The same, for what need not outlive a loss of power (who works on what; runs that somebody waits for): the
 * commit does not wait for the disk. Killed processes lose nothing, the file stays whole, and the next ordinary commit
 * makes it last. */
LG_MUST_CHECK lg_status store_begin_light(lg_ctx *ctx, store *s);
/** @brief COMMIT where status is LG_OK, otherwise ROLLBACK; gives the lock back; returns the first failure. */
LG_MUST_CHECK lg_status store_end(lg_ctx *ctx, store *s, lg_status status);
/** @brief Take the lock for reading only (a snapshot); ended by store_end() too. */
LG_MUST_CHECK lg_status store_read(lg_ctx *ctx, store *s);

/**
 * @brief A cached prepared statement with its parameters bound: "i" int64_t, "t" text (NULL allowed), "d" double,
 * "b" bytes (const void *, size_t). Between begin or read and end.
 */
LG_MUST_CHECK lg_status store_bind(lg_ctx *ctx, store *s, const char *sql, struct sqlite3_stmt **out, const char *types,
                                   ...);
/** @brief One step: *row says whether there is one. */
LG_MUST_CHECK lg_status store_step(lg_ctx *ctx, store *s, struct sqlite3_stmt *statement, bool *row);
/** @brief Whether there is one more row: while (store_next(ctx, s, q, &status)) … . Steps only where *status, at first
 * that of store_bind(), is LG_OK; a failure stands in it. */
bool store_next(lg_ctx *ctx, store *s, struct sqlite3_stmt *statement, lg_status *status);
/** @brief bind and step to the end, no rows wanted; *changed (or NULL): rows touched. */
LG_MUST_CHECK lg_status store_run(lg_ctx *ctx, store *s, int *changed, const char *sql, const char *types, ...);
/** @brief Row id of the last INSERT. */
int64_t store_last_id(store *s);

/** @brief A copy of the whole file as it is now, into `path` (SQLite's backup; the server keeps running). */
LG_MUST_CHECK lg_status store_backup(lg_ctx *ctx, store *s, const char *path);
/** @brief The same inside a store_read(): the file as that transaction sees it. */
LG_MUST_CHECK lg_status store_copy(lg_ctx *ctx, store *s, const char *path);

/** @brief Now, ms since 1970 UTC. */
int64_t store_now(void);

#endif
