/** @file blob.h @brief Files named by what they hold: DIR/blobs/ab/cdef…, whole or not there. */
#ifndef LG_SERVE_BLOB_H
#define LG_SERVE_BLOB_H

#include "base/base.h"

enum { BLOB_HEX = 65 };

/** A blob that is being written (an upload in pieces). */
typedef struct blob_writer blob_writer;

LG_MUST_CHECK lg_status blob_open(lg_ctx *ctx, const char *folder, blob_writer **out);
LG_MUST_CHECK lg_status blob_write(lg_ctx *ctx, blob_writer *w, const void *bytes, size_t n);
/** @brief Sync and rename; the writer is gone after it. @param[out] sha256 hex @param[out] bytes how long */
LG_MUST_CHECK lg_status blob_commit(lg_ctx *ctx, blob_writer *w, char sha256[BLOB_HEX], uint64_t *bytes);
void blob_abandon(lg_ctx *ctx, blob_writer *w);

/** @brief Take a file that was made elsewhere (a worker's result). */
LG_MUST_CHECK lg_status blob_take(lg_ctx *ctx, const char *folder, const char *path, char sha256[BLOB_HEX],
                                  uint64_t *bytes);
/** @brief Where it lies. @retval LG_ERR_NOT_FOUND; LG_ERR_ARGUMENT: not 64 hex digits */
LG_MUST_CHECK lg_status blob_path(lg_ctx *ctx, const char *folder, const char *sha256, char *path, size_t bytes);

#endif
