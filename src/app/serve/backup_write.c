/* One moment of the store, its files held by second names, then everything into an archive at leisure. */
#define _GNU_SOURCE
#include "app/serve/backup.h"
#include "app/serve/blob.h"
#include "app/serve/tar.h"
#include "app/serve/worker_internal.h"
#include "data/json_writer.h"
#include "data/provenance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <loligo/version.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST = 4096 };
#define PREFIX "backup-"
#define ROOT "loligo-backup/"

typedef struct held {
  char sha256[BLOB_HEX];
  uint64_t bytes;
  bool damaged;
} held;

typedef struct writing {
  lg_ctx *ctx;
  const char *folder;
  char own[LONGEST]; /* FOLDER/backup-XXXXXX: second names and the store's copy */
  int lock;
  held *files;
  size_t n, room;
  FILE *out, *sums;
  backup_report *report;
} writing;

/* ---- the folder of second names ------------------------------------------------------------------------ */

/* What a backup that was killed left: its lock is free. */
static void remove_stale(const char *folder) {
  char path[LONGEST + 300], lock[LONGEST + 310];
  DIR *d = opendir(folder);
  if (!d) return;
  for (const struct dirent *e; (e = readdir(d));) {
    if (strncmp(e->d_name, PREFIX, sizeof PREFIX - 1) != 0) continue;
    (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    (void)snprintf(lock, sizeof lock, "%s/lock", path);
    const int file = open(lock, O_RDWR | O_CLOEXEC);
    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0) worker_remove_tree(path);
    if (file >= 0) (void)close(file);
  }
  (void)closedir(d);
}

static lg_status make_own(writing *w) {
  char lock[LONGEST + 8];
  if (snprintf(w->own, sizeof w->own, "%s/" PREFIX "XXXXXX", w->folder) >= LONGEST - 80)
    return lg_fail(w->ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  if (!mkdtemp(w->own)) {
    w->own[0] = 0;
    return lg_fail(w->ctx, LG_ERR_IO, "%s cannot be written: %s", w->folder, strerror(errno));
  }
  (void)snprintf(lock, sizeof lock, "%s/lock", w->own);
  w->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (w->lock < 0 || flock(w->lock, LOCK_EX) != 0)
    return lg_fail(w->ctx, LG_ERR_IO, "%s cannot be locked: %s", lock, strerror(errno));
  return LG_OK;
}

/* A file that is missing already is as damaged as one that was changed: hashing tells. */
static lg_status hold(writing *w, const char *sha256, uint64_t bytes) {
  char from[LONGEST + 80], to[LONGEST + 80];
  if (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64)
    return lg_fail(w->ctx, LG_ERR_FORMAT, "the store names a file that is no SHA-256");
  if (w->n == w->room) {
    const size_t room = w->room ? 2 * w->room : 256;
    held *grown = lg_realloc(w->ctx, w->files, w->room * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    w->files = grown, w->room = room;
  }
  held *h = &w->files[w->n++];
  *h = (held){.bytes = bytes};
  (void)snprintf(h->sha256, sizeof h->sha256, "%s", sha256);
  (void)snprintf(from, sizeof from, "%s/blobs/%.2s/%s", w->folder, sha256, sha256 + 2);
  (void)snprintf(to, sizeof to, "%s/%s", w->own, sha256);
  if (link(from, to) != 0 && errno != ENOENT)
    return lg_fail(w->ctx, LG_ERR_IO, "no second name for a file: %s", strerror(errno));
  return LG_OK;
}

static lg_status hold_all(writing *w, store *snapshot) {
  sqlite3_stmt *q;
  lg_status status = store_bind(w->ctx, snapshot, "SELECT sha256, bytes FROM blobs ORDER BY sha256", &q, "");
  while (store_next(w->ctx, snapshot, q, &status))
    status = hold(w, (const char *)sqlite3_column_text(q, 0), (uint64_t)sqlite3_column_int64(q, 1));
  return status;
}

static lg_status read_head(writing *w, store *snapshot) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(w->ctx, snapshot, "SELECT id, hash FROM audit_head", &q, "");
  if (status == LG_OK) status = store_step(w->ctx, snapshot, q, &row);
  if (status != LG_OK || !row) return status;
  w->report->audit.id = sqlite3_column_int64(q, 0);
  (void)snprintf(w->report->audit.hash, AUDIT_HASH, "%s", (const char *)sqlite3_column_text(q, 1));
  return LG_OK;
}

/* While the write lock is held nothing is deleted: the snapshot and the second names are of one moment. The copy of the
 * store comes after it, out of the snapshot. */
static lg_status take_snapshot(writing *w, store *lock, store *snapshot, const char *copy) {
  lg_status status = store_begin(w->ctx, lock);
  if (status != LG_OK) return status;
  status = store_read(w->ctx, snapshot);
  if (status != LG_OK) return store_end(w->ctx, lock, status);
  status = hold_all(w, snapshot);
  if (status == LG_OK) status = read_head(w, snapshot);
  status = store_end(w->ctx, lock, status);
  if (status == LG_OK) status = store_copy(w->ctx, snapshot, copy);
  return store_end(w->ctx, snapshot, status);
}

static lg_status take_moment(writing *w, const char *copy) {
  lg_status status = LG_OK;
  store *lock = NULL, *snapshot = NULL;
  LG_TRY(store_open(w->ctx, w->folder, &lock));
  LG_TRY(store_open(w->ctx, w->folder, &snapshot));
  LG_TRY(take_snapshot(w, lock, snapshot, copy));
done:
  store_close(w->ctx, snapshot);
  store_close(w->ctx, lock);
  return status;
}

/* ---- the archive --------------------------------------------------------------------------------------- */

static lg_status put(writing *w, const void *bytes, size_t n) {
  return fwrite(bytes, 1, n, w->out) == n
             ? LG_OK
             : lg_fail(w->ctx, LG_ERR_IO, "the backup could not be written: %s", strerror(errno));
}

static lg_status put_head(writing *w, const char *name, uint64_t bytes) {
  unsigned char head[TAR_HEAD];
  char path[200];
  (void)snprintf(path, sizeof path, ROOT "%s", name);
  return put(w, head, tar_head(path, bytes, w->report->created / 1000, head));
}

static lg_status put_zeros(writing *w, size_t n) {
  static const unsigned char zeros[2 * TAR_BLOCK];
  return n > 0 ? put(w, zeros, n) : LG_OK;
}

static lg_status put_text(writing *w, const char *name, const char *text, size_t n) {
  lg_status status = put_head(w, name, n);
  if (status == LG_OK) status = put(w, text, n);
  return status == LG_OK ? put_zeros(w, tar_padding(n)) : status;
}

/* Hashes while it copies (out NULL: only hashes); *bytes: how many there were. */
static lg_status copy_file(writing *w, const char *path, bool copy, uint64_t most, char sha256[65], uint64_t *bytes) {
  unsigned char buffer[1 << 16], hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_state h;
  lg_status status = LG_OK;
  *bytes = 0;
  sha256[0] = 0;
  FILE *f = fopen(path, "rb");
  if (!f) return LG_OK;
  (void)crypto_hash_sha256_init(&h);
  for (size_t n; status == LG_OK && (n = fread(buffer, 1, sizeof buffer, f)) > 0;) {
    *bytes += n;
    if (*bytes > most) break; /* it grew: it is not what it was, and has no room in the archive */
    (void)crypto_hash_sha256_update(&h, buffer, n);
    if (copy) status = put(w, buffer, n);
    if (lg_cancelled(w->ctx)) status = lg_fail(w->ctx, LG_ERR_CANCELLED, "the backup was stopped; nothing was written");
  }
  (void)fclose(f);
  (void)crypto_hash_sha256_final(&h, hash);
  (void)sodium_bin2hex(sha256, 65, hash, sizeof hash);
  return status;
}

static lg_status put_file(writing *w, const char *name, const char *path, uint64_t bytes, const char *expected) {
  char sha256[65];
  uint64_t has;
  lg_status status = put_head(w, name, bytes);
  if (status == LG_OK) status = copy_file(w, path, true, bytes, sha256, &has);
  if (status != LG_OK) return status;
  if (strcmp(sha256, expected) != 0 || has != bytes)
    return lg_fail(w->ctx, LG_ERR_FORMAT,
                   "the file %s is %s on the disk; --skip-damaged leaves such files out and lists them", expected,
                   sha256[0] ? "damaged" : "missing");
  (void)fprintf(w->sums, "%s  %s\n", sha256, name);
  w->report->bytes += bytes;
  return put_zeros(w, tar_padding(bytes));
}

static lg_status find_damaged(writing *w) {
  char path[LONGEST + 80], sha256[65];
  uint64_t bytes;
  for (size_t k = 0; k < w->n; k++) {
    held *h = &w->files[k];
    (void)snprintf(path, sizeof path, "%s/%s", w->own, h->sha256);
    const lg_status status = copy_file(w, path, false, h->bytes, sha256, &bytes);
    if (status != LG_OK) return status;
    h->damaged = strcmp(sha256, h->sha256) != 0 || bytes != h->bytes;
    w->report->n_damaged += h->damaged;
  }
  return LG_OK;
}

static lg_status put_about(writing *w, uint64_t store_bytes) {
  char *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) return lg_fail(w->ctx, LG_ERR_MEMORY, "no memory for a backup");
  lg_json j = lg_json_begin(f);
  lg_json_object(&j);
  lg_json_key_text(&j, "schema", "loligo-backup/1");
  lg_json_key_text(&j, "program", "loligo " LG_VERSION);
  lg_json_key_integer(&j, "created_ms", w->report->created);
  lg_json_key_text(&j, "store_sha256", w->report->sha256);
  lg_json_key_integer(&j, "store_bytes", (int64_t)store_bytes);
  lg_json_key_integer(&j, "files", (int64_t)(w->n - w->report->n_damaged));
  lg_json_key(&j, "audit");
  lg_json_object(&j);
  lg_json_key_integer(&j, "id", w->report->audit.id);
  lg_json_key_text(&j, "hash", w->report->audit.hash);
  lg_json_end_object(&j);
  lg_json_key(&j, "damaged");
  lg_json_array(&j);
  for (size_t k = 0; k < w->n; k++)
    if (w->files[k].damaged) lg_json_text(&j, w->files[k].sha256);
  lg_json_end_array(&j);
  lg_json_end_object(&j);
  (void)lg_json_end(&j);
  lg_status status = fclose(f) == 0 ? LG_OK : lg_fail(w->ctx, LG_ERR_MEMORY, "no memory for a backup");
  if (status == LG_OK) status = put_text(w, "backup.json", text, n);
  free(text);
  return status;
}

static lg_status put_all(writing *w, const char *copy) {
  lg_status status = LG_OK;
  char name[100], path[LONGEST + 80];
  struct stat about;
  if (stat(copy, &about) != 0) return lg_fail(w->ctx, LG_ERR_IO, "%s: %s", copy, strerror(errno));
  LG_TRY(lg_sha256_file(w->ctx, copy, w->report->sha256));
  LG_TRY(put_about(w, (uint64_t)about.st_size));
  LG_TRY(put_file(w, "loligo.sqlite", copy, (uint64_t)about.st_size, w->report->sha256));
  for (size_t k = 0; k < w->n; k++) {
    const held *h = &w->files[k];
    if (h->damaged) continue;
    (void)snprintf(name, sizeof name, "blobs/%.2s/%s", h->sha256, h->sha256 + 2);
    (void)snprintf(path, sizeof path, "%s/%s", w->own, h->sha256);
    LG_TRY(put_file(w, name, path, h->bytes, h->sha256));
    LG_TRY(lg_progress(w->ctx, "files", k + 1, w->n));
    w->report->n_files++;
  }
done:
  return status;
}

static lg_status write_archive(writing *w, const char *copy, const char *path) {
  lg_status status = LG_OK;
  lg_outfile *file = NULL;
  char *sums = NULL;
  size_t n = 0;
  LG_TRY(lg_outfile_open(w->ctx, path, &file));
  w->out = lg_outfile_stream(file);
  w->sums = open_memstream(&sums, &n);
  if (!w->sums) LG_TRY(lg_fail(w->ctx, LG_ERR_MEMORY, "no memory for a backup"));
  LG_TRY(put_all(w, copy));
  if (fflush(w->sums) != 0) LG_TRY(lg_fail(w->ctx, LG_ERR_MEMORY, "no memory for a backup"));
  LG_TRY(put_text(w, "SHA256SUMS", sums, n));
  LG_TRY(put_zeros(w, 2 * TAR_BLOCK));
  status = lg_outfile_commit(w->ctx, file);
  file = NULL;
done:
  if (w->sums) (void)fclose(w->sums);
  free(sums);
  lg_outfile_discard(w->ctx, file);
  return status;
}

lg_status backup_write(lg_ctx *ctx, const char *folder, const char *path, bool skip_damaged, backup_report *report) {
  lg_status status = LG_OK;
  char there[LONGEST], copy[LONGEST + 80];
  writing w = {.ctx = ctx, .folder = folder, .lock = -1, .report = report};
  *report = (backup_report){.created = store_now()};
  if (snprintf(there, sizeof there, "%s/loligo.sqlite", folder) >= LONGEST || access(there, R_OK) != 0)
    return lg_fail(ctx, LG_ERR_IO, "no server has worked in this folder: there is no loligo.sqlite");
  remove_stale(folder);
  LG_TRY(make_own(&w));
  (void)snprintf(copy, sizeof copy, "%s/loligo.sqlite", w.own);
  LG_TRY(take_moment(&w, copy));
  if (skip_damaged) LG_TRY(find_damaged(&w));
  LG_TRY(write_archive(&w, copy, path));
done:
  if (w.own[0]) worker_remove_tree(w.own);
  if (w.lock >= 0) (void)close(w.lock);
  lg_free(ctx, w.files);
  return status;
}
