/* Unpacked beside the folder, checked, then renamed to it: there is no time at which half of it stands there. */
#define _GNU_SOURCE
#include "app/serve/backup.h"
#include "app/serve/blob.h"
#include "app/serve/tar.h"
#include "app/serve/worker_internal.h"
#include "data/provenance.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST = 4096, MOST_ABOUT = 16 << 20 };
#define ROOT "loligo-backup/"

typedef struct reading {
  lg_ctx *ctx;
  char own[LONGEST + 32]; /* FOLDER.restoring-XXXXXX */
  tar_reader tar;
  json_t *about;
  bool ended; /* SHA256SUMS was seen: the archive is whole */
  bool has_store;
  backup_report *report;
} reading;

/* ---- unpack -------------------------------------------------------------------------------------------- */

static lg_status read_about(reading *r) {
  json_error_t error;
  char *text = NULL;
  size_t n = 0, got = 0;
  lg_status status = LG_OK;
  if (r->about || r->tar.bytes > MOST_ABOUT) return lg_fail(r->ctx, LG_ERR_FORMAT, "its backup.json is too large");
  LG_NEW(r->ctx, text, (size_t)r->tar.bytes + 1);
  do {
    LG_TRY(tar_read(r->ctx, &r->tar, text + n, (size_t)r->tar.bytes - n, &got));
    n += got;
  } while (got > 0);
  r->about = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
  const char *schema = json_string_value(json_object_get(r->about, "schema"));
  if (!schema || strcmp(schema, "loligo-backup/1") != 0)
    LG_TRY(lg_fail(r->ctx, LG_ERR_FORMAT, "it is no backup, or of a later version: schema %.40s",
                   schema ? schema : "none"));
done:
  lg_free(r->ctx, text);
  return status;
}

static lg_status take_store(reading *r) {
  unsigned char buffer[1 << 16];
  char path[LONGEST + 64];
  size_t n = 0;
  lg_status status = LG_OK;
  (void)snprintf(path, sizeof path, "%s/loligo.sqlite", r->own);
  FILE *f = fopen(path, "wxb");
  if (!f) return lg_fail(r->ctx, LG_ERR_IO, "%s: %s", path, strerror(errno));
  do {
    status = tar_read(r->ctx, &r->tar, buffer, sizeof buffer, &n);
    if (status == LG_OK && fwrite(buffer, 1, n, f) != n)
      status = lg_fail(r->ctx, LG_ERR_IO, "the store could not be written: %s", strerror(errno));
  } while (status == LG_OK && n > 0);
  const bool synced = fflush(f) == 0 && fsync(fileno(f)) == 0;
  if ((fclose(f) != 0 || !synced) && status == LG_OK)
    status = lg_fail(r->ctx, LG_ERR_IO, "the store could not be written: %s", strerror(errno));
  r->has_store = true;
  return status;
}

/* The name says what must be in it. */
static lg_status take_blob(reading *r, const char *name) {
  unsigned char buffer[1 << 16];
  char sha256[BLOB_HEX];
  blob_writer *w = NULL;
  size_t n = 0;
  uint64_t bytes;
  lg_status status = blob_open(r->ctx, r->own, &w);
  if (status != LG_OK) return status;
  do {
    status = tar_read(r->ctx, &r->tar, buffer, sizeof buffer, &n);
    if (status == LG_OK) status = blob_write(r->ctx, w, buffer, n);
    if (status == LG_OK && lg_cancelled(r->ctx))
      status = lg_fail(r->ctx, LG_ERR_CANCELLED, "the restore was stopped; nothing was kept");
  } while (status == LG_OK && n > 0);
  if (status != LG_OK) {
    blob_abandon(r->ctx, w);
    return status;
  }
  status = blob_commit(r->ctx, w, sha256, &bytes);
  if (status != LG_OK) return status;
  r->report->n_files++;
  r->report->bytes += bytes;
  if (strlen(name) == 65 && name[2] == '/' && strncmp(name, sha256, 2) == 0 && strcmp(name + 3, sha256 + 2) == 0)
    return LG_OK;
  return lg_fail(r->ctx, LG_ERR_FORMAT, "the file %.70s of the backup is damaged: its SHA-256 is %s", name, sha256);
}

static lg_status take_entry(reading *r) {
  const size_t root = sizeof ROOT - 1;
  if (strncmp(r->tar.path, ROOT, root) != 0)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "it is no backup of a server: it holds %.80s", r->tar.path);
  const char *name = r->tar.path + root;
  if (strcmp(name, "backup.json") == 0) return read_about(r);
  if (!r->about)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "it is no backup of a server: it does not begin with backup.json");
  if (strcmp(name, "loligo.sqlite") == 0) return take_store(r);
  if (strncmp(name, "blobs/", 6) == 0) return take_blob(r, name + 6);
  if (strcmp(name, "SHA256SUMS") == 0) r->ended = true;
  return LG_OK;
}

static lg_status unpack(reading *r) {
  bool found = true;
  lg_status status = LG_OK;
  while (status == LG_OK && found) {
    status = tar_next(r->ctx, &r->tar, &found);
    if (status == LG_OK && found) status = take_entry(r);
  }
  if (status == LG_OK && (!r->about || !r->has_store || !r->ended))
    status = lg_fail(r->ctx, LG_ERR_FORMAT, "the backup is not whole: its store or its end is missing");
  return status;
}

/* ---- check --------------------------------------------------------------------------------------------- */

static lg_status check_store_hash(reading *r) {
  char path[LONGEST + 64];
  const char *expected = json_string_value(json_object_get(r->about, "store_sha256"));
  (void)snprintf(path, sizeof path, "%s/loligo.sqlite", r->own);
  const lg_status status = lg_sha256_file(r->ctx, path, r->report->sha256);
  if (status != LG_OK) return status;
  if (!expected || strcmp(expected, r->report->sha256) != 0)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "the store in the backup is damaged: its SHA-256 is %s", r->report->sha256);
  return LG_OK;
}

static lg_status check_pragma(reading *r, store *s, const char *sql, const char *good) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(r->ctx, s, sql, &q, "");
  if (status == LG_OK) status = store_step(r->ctx, s, q, &row);
  if (status != LG_OK) return status;
  const char *said = row ? (const char *)sqlite3_column_text(q, 0) : NULL;
  if (good ? said && strcmp(said, good) == 0 : !row) return LG_OK;
  return lg_fail(r->ctx, LG_ERR_FORMAT, "the store in the backup is damaged: %.200s", said ? said : sql);
}

static bool is_listed(const reading *r, const char *sha256) {
  size_t k;
  const json_t *value;
  json_array_foreach(json_object_get(r->about, "damaged"), k, value) {
    const char *text = json_string_value(value);
    if (text && strcmp(text, sha256) == 0) return true;
  }
  return false;
}

static lg_status check_blobs(reading *r, store *s) {
  sqlite3_stmt *q;
  size_t n = 0;
  char path[LONGEST + 160];
  struct stat about;
  lg_status status = store_bind(r->ctx, s, "SELECT sha256, bytes FROM blobs", &q, "");
  while (store_next(r->ctx, s, q, &status)) {
    const char *sha256 = (const char *)sqlite3_column_text(q, 0);
    if (is_listed(r, sha256)) {
      r->report->n_damaged++;
      continue;
    }
    n++;
    (void)snprintf(path, sizeof path, "%s/blobs/%.2s/%.62s", r->own, sha256, sha256 + 2);
    if (stat(path, &about) != 0 || about.st_size != sqlite3_column_int64(q, 1))
      status = lg_fail(r->ctx, LG_ERR_FORMAT, "the file %.64s is missing from the backup", sha256);
  }
  if (status == LG_OK && n != r->report->n_files)
    status = lg_fail(r->ctx, LG_ERR_FORMAT, "the backup has %zu files, its store knows %zu", r->report->n_files, n);
  return status;
}

static lg_status check_inside(reading *r, store *s) {
  lg_status status = LG_OK;
  LG_TRY(check_pragma(r, s, "PRAGMA integrity_check(1)", "ok"));
  LG_TRY(check_pragma(r, s, "PRAGMA foreign_key_check", NULL));
  LG_TRY(check_blobs(r, s));
done:
  return status;
}

static lg_status check_audit(reading *r, store *s) {
  const json_t *head = json_object_get(r->about, "audit");
  const char *hash = json_string_value(json_object_get(head, "hash"));
  audit_check check;
  audit_anchor *anchor = &r->report->audit;
  anchor->id = json_integer_value(json_object_get(head, "id"));
  (void)snprintf(anchor->hash, sizeof anchor->hash, "%s", hash ? hash : "");
  const lg_status status = store_audit_verify(r->ctx, s, anchor->id ? anchor : NULL, &check);
  if (status != LG_OK) return status;
  return check.intact
             ? LG_OK
             : lg_fail(r->ctx, LG_ERR_FORMAT, "the audit in the backup is not as it was written: %s", check.why);
}

/* Who was signed in then is not signed in again; links that were not used are over. */
static lg_status forget_visitors(reading *r, store *s) {
  char detail[200];
  lg_status status = store_begin(r->ctx, s);
  if (status != LG_OK) return status;
  status = store_run(r->ctx, s, NULL, "DELETE FROM sessions", "");
  if (status == LG_OK) status = store_run(r->ctx, s, NULL, "DELETE FROM invitations", "");
  (void)snprintf(detail, sizeof detail, "{\"created_ms\": %lld, \"store_sha256\": \"%s\"}",
                 (long long)r->report->created, r->report->sha256);
  if (status == LG_OK) status = store_audit_add(r->ctx, s, NULL, "store.restore", NULL, detail);
  return store_end(r->ctx, s, status);
}

static lg_status check(reading *r) {
  store *s = NULL;
  r->report->created = json_integer_value(json_object_get(r->about, "created_ms"));
  lg_status status = check_store_hash(r);
  if (status == LG_OK) status = store_open(r->ctx, r->own, &s);
  if (status == LG_OK) status = store_read(r->ctx, s);
  if (status == LG_OK) status = store_end(r->ctx, s, check_inside(r, s));
  if (status == LG_OK) status = check_audit(r, s);
  if (status == LG_OK) status = forget_visitors(r, s);
  store_close(r->ctx, s);
  return status;
}

static lg_status put_in_place(reading *r, const char *folder) {
  if (chmod(r->own, 0700) != 0 || rename(r->own, folder) != 0)
    return lg_fail(r->ctx, LG_ERR_IO, "%s: %s", folder, strerror(errno));
  const int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file >= 0) {
    (void)syncfs(file);
    (void)close(file);
  }
  return LG_OK;
}

lg_status backup_restore(lg_ctx *ctx, const char *path, const char *folder, backup_report *report) {
  lg_status status = LG_OK;
  char parent[LONGEST];
  reading r = {.ctx = ctx, .report = report};
  *report = (backup_report){0};
  size_t n = strlen(folder);
  while (n > 1 && folder[n - 1] == '/') n--;
  if (n == 0 || n >= LONGEST - 1) return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is empty or too long");
  (void)snprintf(parent, sizeof parent, "%.*s", (int)n, folder);
  if (!lg_directory_is_empty(parent))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%s is not an empty folder: a backup is never restored over something",
                   parent);
  r.tar.stream = fopen(path, "rb");
  if (!r.tar.stream) return lg_fail(ctx, LG_ERR_IO, "cannot be read: %s", strerror(errno));
  (void)snprintf(r.own, sizeof r.own, "%s.restoring-XXXXXX", parent);
  if (!mkdtemp(r.own)) {
    status = lg_fail(ctx, LG_ERR_IO, "no folder beside %s: %s", parent, strerror(errno));
    r.own[0] = 0;
    goto done;
  }
  LG_TRY(unpack(&r));
  LG_TRY(check(&r));
  LG_TRY(put_in_place(&r, parent));
  r.own[0] = 0;
done:
  if (r.own[0]) worker_remove_tree(r.own);
  if (r.tar.stream) (void)fclose(r.tar.stream);
  json_decref(r.about);
  return status;
}
