/**
 * @file tar.h
 * @brief Archives that `tar xf` opens: regular files only, POSIX pax where a path or size needs it.
 *
 * Reading trusts nothing: checksums, sizes and kinds are checked, paths never lead up or out.
 */
#ifndef LG_SERVE_TAR_H
#define LG_SERVE_TAR_H

#include "base/base.h"

enum { TAR_BLOCK = 512, TAR_PATH = 1024, TAR_HEAD = 4 * TAR_BLOCK + TAR_PATH };

/** @brief Header blocks of a file. @param path below TAR_PATH bytes @return bytes of `out` that are used */
size_t tar_head(const char *path, uint64_t bytes, int64_t modified_s, unsigned char out[TAR_HEAD]);
/** @brief Zeros that follow a file's content. */
size_t tar_padding(uint64_t bytes);

typedef struct tar_reader {
  FILE *stream;
  char path[TAR_PATH]; /* of the file that is being read */
  uint64_t bytes, left;
  size_t padding;
} tar_reader;

/**
 * @brief Go to the next file. *found false: the archive ended as it should.
 * @retval LG_ERR_FORMAT no archive, cut, a path that leads out, a link or device
 */
LG_MUST_CHECK lg_status tar_next(lg_ctx *ctx, tar_reader *r, bool *found);
/** @brief Up to `room` bytes of the file; *n 0: it is over. @retval LG_ERR_FORMAT the archive is cut */
LG_MUST_CHECK lg_status tar_read(lg_ctx *ctx, tar_reader *r, void *buffer, size_t room, size_t *n);

/** @brief Whether a path stays below the folder it is meant for: no empty, "." or ".." segment, no control letters. */
bool tar_path_is_safe(const char *path);

#endif
