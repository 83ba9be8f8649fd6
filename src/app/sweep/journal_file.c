#define _XOPEN_SOURCE 700
#include "app/sweep/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool write_all(int fd, const unsigned char *bytes, size_t n) {
  while (n > 0) {
    const ssize_t k = write(fd, bytes, n);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) return false;
    bytes += k;
    n -= (size_t)k;
  }
  return true;
}

/* The name of a machine as part of a file name. */
static void host_word(char *host, size_t bytes) {
  if (gethostname(host, bytes) != 0) (void)snprintf(host, bytes, "host");
  host[bytes - 1] = '\0';
  for (char *p = host; *p; p++) {
    const bool plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '.';
    if (!plain) *p = '_';
  }
}

static void sync_folder(const char *folder) {
  const int fd = open(folder, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return;
  (void)fsync(fd);
  (void)close(fd);
}

lg_status lg_journal_out_open(lg_ctx *ctx, const char *folder, int rank, size_t shard, const unsigned char *header,
                              size_t n, lg_journal_out *out) {
  char host[65];
  *out = (lg_journal_out){.fd = -1};
  host_word(host, sizeof host);
  for (unsigned attempt = 0; attempt < 10000 && out->fd < 0; attempt++) {
    const int used = snprintf(out->path, sizeof out->path, "%s/journal-%s-%d-%zu-%ld-%u.lgj", folder, host, rank, shard,
                              (long)getpid(), attempt);
    if (used < 0 || (size_t)used >= sizeof out->path)
      return lg_fail(ctx, LG_ERR_IO, "%s: the path is too long", folder);
    out->fd = open(out->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (out->fd < 0 && errno != EEXIST) break;
  }
  if (out->fd < 0) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be written: %s", out->path, strerror(errno));
  (void)pthread_mutex_init(&out->lock, NULL);
  out->is_open = true;
  if (lg_journal_out_append(out, header, n)) {
    sync_folder(folder);
    return LG_OK;
  }
  const lg_status status = lg_fail(ctx, LG_ERR_IO, "%s: could not be written: %s", out->path, out->reason);
  (void)lg_journal_out_close(out);
  return status;
}

static bool fail(lg_journal_out *out) {
  if (!out->failed) (void)snprintf(out->reason, sizeof out->reason, "%s", strerror(errno));
  out->failed = true;
  return false;
}

bool lg_journal_out_append(lg_journal_out *out, const unsigned char *record, size_t n) {
  (void)pthread_mutex_lock(&out->lock);
  bool good = !out->failed;
  if (good && !write_all(out->fd, record, n)) {
    good = fail(out);
    if (ftruncate(out->fd, (off_t)out->bytes) != 0) out->failed = true; /* a torn tail is no harm: readers skip it */
  }
  if (good) {
    out->bytes += n;
    out->unsynced = true;
  }
  (void)pthread_mutex_unlock(&out->lock);
  return good;
}

bool lg_journal_out_sync(lg_journal_out *out) {
  (void)pthread_mutex_lock(&out->lock);
  const bool wanted = out->unsynced && !out->failed;
  out->unsynced = false;
  bool good = !out->failed;
  (void)pthread_mutex_unlock(&out->lock);
  if (!wanted) return good;
  const bool synced = fdatasync(out->fd) == 0 || errno == EINVAL || errno == ENOTSUP; /* pipes and odd file systems */
  if (synced) return true;
  (void)pthread_mutex_lock(&out->lock);
  good = fail(out);
  (void)pthread_mutex_unlock(&out->lock);
  return good;
}

bool lg_journal_out_close(lg_journal_out *out) {
  if (!out->is_open) return true;
  bool good = lg_journal_out_sync(out);
  if (close(out->fd) != 0 && good) good = fail(out);
  (void)pthread_mutex_destroy(&out->lock);
  out->is_open = false;
  out->fd = -1;
  return good;
}
