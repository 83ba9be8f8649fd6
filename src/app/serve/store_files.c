#define _XOPEN_SOURCE 700
#include "app/serve/store_files.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

lg_status files_note(lg_ctx *ctx, store *s, const char *sha256, uint64_t bytes) {
  char path[4096];
  if (blob_path(ctx, store_folder(s), sha256, path, sizeof path) != LG_OK)
    return lg_fail(ctx, LG_ERR_LIMIT, "the file was taken away while it was added; try again");
  return store_run(ctx, s, NULL, "INSERT OR IGNORE INTO blobs (sha256, bytes, created) VALUES (?, ?, ?)", "tii", sha256,
                   (int64_t)bytes, store_now());
}

lg_status file_hashes_add(lg_ctx *ctx, file_hashes *h, const char *sha256) {
  if (h->n == h->room) {
    const size_t room = h->room ? 2 * h->room : 16;
    void *grown = lg_realloc(ctx, h->sha256, h->room * sizeof *h->sha256, room, sizeof *h->sha256);
    if (!grown) return LG_ERR_MEMORY;
    h->sha256 = grown, h->room = room;
  }
  (void)snprintf(h->sha256[h->n++], BLOB_HEX, "%s", sha256);
  return LG_OK;
}

void file_hashes_forget(lg_ctx *ctx, file_hashes *h) {
  lg_free(ctx, h->sha256);
  *h = (file_hashes){0};
}

static lg_status has_row(lg_ctx *ctx, store *s, const char *sql, const char *sha256, bool *row) {
  sqlite3_stmt *q;
  const lg_status status = store_bind(ctx, s, sql, &q, "t", sha256);
  return status == LG_OK ? store_step(ctx, s, q, row) : status;
}

static lg_status drop_rows(lg_ctx *ctx, store *s, const file_hashes *h) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < h->n && status == LG_OK; k++)
    status = store_run(ctx, s, NULL,
                       "DELETE FROM blobs WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM uploads WHERE sha256 = ?1)"
                       " AND NOT EXISTS (SELECT 1 FROM job_files WHERE sha256 = ?1)"
                       " AND NOT EXISTS (SELECT 1 FROM study_files WHERE sha256 = ?1)",
                       "t", h->sha256[k]);
  return status;
}

/* The rows are gone for good by now; files go while nobody can add a row. */
static lg_status drop_files(lg_ctx *ctx, store *s, const file_hashes *h) {
  char path[4096];
  lg_status status = LG_OK;
  for (size_t k = 0; k < h->n && status == LG_OK; k++) {
    bool row = false;
    status = has_row(ctx, s, "SELECT 1 FROM blobs WHERE sha256 = ?", h->sha256[k], &row);
    if (status != LG_OK || row) continue;
    if (blob_path(ctx, store_folder(s), h->sha256[k], path, sizeof path) == LG_OK) (void)unlink(path);
  }
  return status;
}

lg_status files_drop_unused(lg_ctx *ctx, store *s, const file_hashes *h) {
  if (h->n == 0) return LG_OK;
  lg_status status = store_begin(ctx, s);
  if (status == LG_OK) status = store_end(ctx, s, drop_rows(ctx, s, h));
  if (status == LG_OK) status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, drop_files(ctx, s, h)) : status;
}

/* ---- uploads ------------------------------------------------------------------------------------------------- */

static lg_status sum_of(lg_ctx *ctx, store *s, int64_t user, uint64_t *bytes) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(ctx, s,
                                "SELECT coalesce(sum(b.bytes), 0) FROM (SELECT DISTINCT sha256 FROM uploads WHERE user"
                                " = ?) u JOIN blobs b ON b.sha256 = u.sha256",
                                &q, "i", user);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  *bytes = status == LG_OK && row ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
  return status;
}

lg_status uploads_used(lg_ctx *ctx, store *s, int64_t user, uint64_t *bytes) {
  *bytes = 0;
  const lg_status status = store_read(ctx, s);
  return status == LG_OK ? store_end(ctx, s, sum_of(ctx, s, user, bytes)) : status;
}

static lg_status add(lg_ctx *ctx, store *s, const audit_who *by, const char *name, const char *sha256, uint64_t bytes,
                     uint64_t quota, int64_t *id) {
  lg_status status = LG_OK;
  uint64_t used = 0;
  char object[AUDIT_OBJECT], detail[512];
  LG_TRY(files_note(ctx, s, sha256, bytes));
  LG_TRY(store_run(ctx, s, NULL,
                   "INSERT INTO uploads (user, name, sha256, created, info) VALUES (?1, ?2, ?3, ?4, (SELECT info FROM"
                   " uploads WHERE sha256 = ?3 AND info IS NOT NULL LIMIT 1))",
                   "itti", by->user, name, sha256, store_now()));
  *id = store_last_id(s);
  LG_TRY(sum_of(ctx, s, by->user, &used));
  if (quota > 0 && used > quota)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "your uploads would hold %.1f MB; at most %.1f MB: delete some",
                   1e-6 * (double)used, 1e-6 * (double)quota));
  (void)snprintf(detail, sizeof detail, "%s %s", sha256, name);
  LG_TRY(store_audit_add(ctx, s, by, "upload.add", audit_object(object, "upload", *id), detail));
done:
  return status;
}

lg_status uploads_add(lg_ctx *ctx, store *s, const audit_who *by, const char *name, const char *sha256, uint64_t bytes,
                      uint64_t quota, int64_t *id) {
  file_hashes one = {0};
  *id = 0;
  lg_status status = store_begin(ctx, s);
  if (status == LG_OK) status = store_end(ctx, s, add(ctx, s, by, name, sha256, bytes, quota, id));
  if (status == LG_OK) return LG_OK;
  /* nothing is left of what was refused; the first failure is the one that is told */
  char message[512];
  (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
  if (file_hashes_add(ctx, &one, sha256) == LG_OK) LG_IGNORE(files_drop_unused(ctx, s, &one));
  file_hashes_forget(ctx, &one);
  return lg_fail(ctx, status, "%s", message);
}

#define UPLOAD                                                                                                         \
  "SELECT u.id, u.created, u.name, u.sha256, u.info, b.bytes FROM uploads u JOIN blobs b ON b.sha256 = u.sha256 "

static lg_status each_upload(lg_ctx *ctx, store *s, const char *sql, int64_t a, int64_t b, int64_t c, upload_fn fn,
                             void *arg, size_t *n) {
  sqlite3_stmt *q;
  *n = 0;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s, sql, &q, "iii", a, b, c);
  while (store_next(ctx, s, q, &status)) {
    const upload_row u = {.id = sqlite3_column_int64(q, 0),
                          .created = sqlite3_column_int64(q, 1),
                          .name = (const char *)sqlite3_column_text(q, 2),
                          .sha256 = (const char *)sqlite3_column_text(q, 3),
                          .info = (const char *)sqlite3_column_text(q, 4),
                          .bytes = (uint64_t)sqlite3_column_int64(q, 5)};
    fn(arg, &u);
    ++*n;
  }
  return store_end(ctx, s, status);
}

lg_status uploads_list(lg_ctx *ctx, store *s, int64_t user, int64_t before, int64_t limit, upload_fn fn, void *arg) {
  size_t n;
  return each_upload(ctx, s, UPLOAD "WHERE u.user = ? AND u.id < ? ORDER BY u.user, u.id DESC LIMIT ?", user,
                     before > 0 ? before : INT64_MAX, limit, fn, arg, &n);
}

lg_status uploads_look(lg_ctx *ctx, store *s, int64_t user, int64_t id, upload_fn fn, void *arg, bool *found) {
  size_t n = 0;
  const lg_status status =
      each_upload(ctx, s, UPLOAD "WHERE u.user = ? AND u.id = ? LIMIT ?", user, id, 1, fn, arg, &n);
  *found = n > 0;
  return status;
}

lg_status uploads_set_info(lg_ctx *ctx, store *s, const char *sha256, const char *info) {
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK
             ? store_end(ctx, s,
                         store_run(ctx, s, NULL, "UPDATE uploads SET info = ? WHERE sha256 = ?", "tt", info, sha256))
             : status;
}

static lg_status remove_upload(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, file_hashes *h) {
  char object[AUDIT_OBJECT], detail[BLOB_HEX];
  sqlite3_stmt *q;
  bool row = false;
  lg_status status =
      store_bind(ctx, s, "DELETE FROM uploads WHERE user = ? AND id = ? RETURNING sha256", &q, "ii", by->user, id);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  if (!row) return lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no upload %lld of yours", (long long)id);
  status = file_hashes_add(ctx, h, (const char *)sqlite3_column_text(q, 0));
  (void)snprintf(detail, sizeof detail, "%s", (const char *)sqlite3_column_text(q, 0));
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  return store_audit_add(ctx, s, by, "upload.delete", audit_object(object, "upload", id), detail);
}

lg_status uploads_delete(lg_ctx *ctx, store *s, const audit_who *by, int64_t id) {
  file_hashes h = {0};
  lg_status status = store_begin(ctx, s);
  if (status == LG_OK) status = store_end(ctx, s, remove_upload(ctx, s, by, id, &h));
  if (status == LG_OK) status = files_drop_unused(ctx, s, &h);
  file_hashes_forget(ctx, &h);
  return status;
}
