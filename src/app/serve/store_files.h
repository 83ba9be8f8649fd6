/**
 * @file store_files.h
 * @brief Uploads, and which blobs are in use.
 *
 * A blob is there before the first row points at it, and its file goes only while the store's write lock is held and no
 * row points at it: whoever adds a row under the same lock looks whether the file is still there.
 */
#ifndef LG_SERVE_STORE_FILES_H
#define LG_SERVE_STORE_FILES_H

#include "app/serve/blob.h"
#include "app/serve/store.h"
#include "app/serve/store_audit.h"

/** @brief Note that a blob is there (inside a transaction). @retval LG_ERR_LIMIT it went meanwhile: put it again */
LG_MUST_CHECK lg_status files_note(lg_ctx *ctx, store *s, const char *sha256, uint64_t bytes);

/** Blobs that may have become useless. */
typedef struct file_hashes {
  char (*sha256)[BLOB_HEX];
  size_t n, room;
} file_hashes;
LG_MUST_CHECK lg_status file_hashes_add(lg_ctx *ctx, file_hashes *h, const char *sha256);
void file_hashes_forget(lg_ctx *ctx, file_hashes *h);
/** @brief Take away those that nothing points at (in transactions of its own). */
LG_MUST_CHECK lg_status files_drop_unused(lg_ctx *ctx, store *s, const file_hashes *h);

typedef struct upload_row {
  int64_t id, created;
  const char *name, *sha256, *info; /* info: JSON of loligo info, NULL: not looked at yet */
  uint64_t bytes;
} upload_row;
typedef void (*upload_fn)(void *arg, const upload_row *row);

/** @brief Add an upload of by->user. @retval LG_ERR_RANGE the user's quota (0: none) is used up */
LG_MUST_CHECK lg_status uploads_add(lg_ctx *ctx, store *s, const audit_who *by, const char *name, const char *sha256,
                                    uint64_t bytes, uint64_t quota, int64_t *id);
/** @brief Bytes of all uploads of a user, those of the same content counted once. */
LG_MUST_CHECK lg_status uploads_used(lg_ctx *ctx, store *s, int64_t user, uint64_t *bytes);
/** @brief Newest first, those before id `before` (0: all), at most `limit`. */
LG_MUST_CHECK lg_status uploads_list(lg_ctx *ctx, store *s, int64_t user, int64_t before, int64_t limit, upload_fn fn,
                                     void *arg);
LG_MUST_CHECK lg_status uploads_look(lg_ctx *ctx, store *s, int64_t user, int64_t id, upload_fn fn, void *arg,
                                     bool *found);
LG_MUST_CHECK lg_status uploads_set_info(lg_ctx *ctx, store *s, const char *sha256, const char *info);
/** @retval LG_ERR_NOT_FOUND the user has no such upload */
LG_MUST_CHECK lg_status uploads_delete(lg_ctx *ctx, store *s, const audit_who *by, int64_t id);

#endif
