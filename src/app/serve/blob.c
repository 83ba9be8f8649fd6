/* DIR/blobs/ab/cdef…: a temporary file in DIR/blobs/new, synced, then renamed to its hash. */
#define _GNU_SOURCE
#include "app/serve/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST = 4096, WRITE_BACK = 8 << 20 };

struct blob_writer {
  char folder[LONGEST], temporary[LONGEST + 32];
  int file;
  uint64_t bytes;
  crypto_hash_sha256_state hash;
};

static lg_status fail(lg_ctx *ctx, const char *what) {
  return lg_fail(ctx, LG_ERR_IO, "a file could not be %s: %s", what, strerror(errno));
}

lg_status blob_open(lg_ctx *ctx, const char *folder, blob_writer **out) {
  lg_status status = LG_OK;
  blob_writer *w = NULL;
  *out = NULL;
  LG_NEW(ctx, w, 1);
  w->file = -1;
  if (snprintf(w->folder, sizeof w->folder, "%s/blobs", folder) >= LONGEST - 80)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long"));
  LG_TRY(lg_make_directory(ctx, w->folder));
  (void)snprintf(w->temporary, sizeof w->temporary, "%s/new", w->folder);
  LG_TRY(lg_make_directory(ctx, w->temporary));
  (void)snprintf(w->temporary, sizeof w->temporary, "%s/new/XXXXXX", w->folder);
  w->file = mkstemp(w->temporary);
  if (w->file < 0) LG_TRY(fail(ctx, "made"));
  (void)crypto_hash_sha256_init(&w->hash);
  *out = w;
  w = NULL;
done:
  lg_free(ctx, w);
  return status;
}

lg_status blob_write(lg_ctx *ctx, blob_writer *w, const void *bytes, size_t n) {
  const unsigned char *at = bytes;
  (void)crypto_hash_sha256_update(&w->hash, at, n);
  const uint64_t before = w->bytes / WRITE_BACK;
  w->bytes += n;
  while (n > 0) {
    const ssize_t put = write(w->file, at, n);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(ctx, "written");
    at += put, n -= (size_t)put;
  }
  /* the disk begins early, so that the end need not wait for all of it */
  if (w->bytes / WRITE_BACK != before) (void)sync_file_range(w->file, 0, 0, SYNC_FILE_RANGE_WRITE);
  return LG_OK;
}

void blob_abandon(lg_ctx *ctx, blob_writer *w) {
  if (!w) return;
  if (w->file >= 0) {
    (void)close(w->file);
    (void)unlink(w->temporary);
  }
  lg_free(ctx, w);
}

/* A rename lasts only when its folder is on the disk too. */
static lg_status sync_folder(lg_ctx *ctx, const char *path) {
  const int folder = open(path, O_RDONLY | O_DIRECTORY);
  if (folder < 0) return fail(ctx, "kept");
  const int answer = fsync(folder);
  (void)close(folder);
  return answer == 0 ? LG_OK : fail(ctx, "kept");
}

static lg_status put_in_place(lg_ctx *ctx, blob_writer *w, const char *hex) {
  char folder[LONGEST + 8], path[LONGEST + 80];
  (void)snprintf(folder, sizeof folder, "%s/%.2s", w->folder, hex);
  (void)snprintf(path, sizeof path, "%s/%s", folder, hex + 2);
  const lg_status status = lg_make_directory(ctx, folder);
  if (status != LG_OK) return status;
  if (fchmod(w->file, 0444) != 0 || fsync(w->file) != 0) return fail(ctx, "kept");
  if (rename(w->temporary, path) != 0) return fail(ctx, "kept");
  (void)close(w->file);
  w->file = -1;
  return sync_folder(ctx, folder);
}

lg_status blob_commit(lg_ctx *ctx, blob_writer *w, char sha256[BLOB_HEX], uint64_t *bytes) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  (void)crypto_hash_sha256_final(&w->hash, hash);
  (void)sodium_bin2hex(sha256, BLOB_HEX, hash, sizeof hash);
  *bytes = w->bytes;
  const lg_status status = put_in_place(ctx, w, sha256);
  blob_abandon(ctx, w);
  return status;
}

static lg_status copy_into(lg_ctx *ctx, int from, blob_writer *w) {
  unsigned char buffer[65536];
  for (;;) {
    const ssize_t got = read(from, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ctx, "read");
    if (got == 0) return LG_OK;
    const lg_status status = blob_write(ctx, w, buffer, (size_t)got);
    if (status != LG_OK) return status;
  }
}

lg_status blob_take(lg_ctx *ctx, const char *folder, const char *path, char sha256[BLOB_HEX], uint64_t *bytes) {
  blob_writer *w = NULL;
  const int from = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0) return fail(ctx, "read");
  lg_status status = blob_open(ctx, folder, &w);
  if (status == LG_OK) status = copy_into(ctx, from, w);
  if (status == LG_OK) status = blob_commit(ctx, w, sha256, bytes);
  else blob_abandon(ctx, w);
  (void)close(from);
  return status;
}

lg_status blob_path(lg_ctx *ctx, const char *folder, const char *sha256, char *path, size_t bytes) {
  if (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a file is named by 64 hex digits");
  if (snprintf(path, bytes, "%s/blobs/%.2s/%s", folder, sha256, sha256 + 2) >= (int)bytes)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  return access(path, R_OK) == 0 ? LG_OK : lg_fail(ctx, LG_ERR_NOT_FOUND, "no file %s", sha256);
}
