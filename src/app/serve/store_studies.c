/* Studies: what is read, and what every change of one begins and ends with. */
#define _XOPEN_SOURCE 700
#include "app/serve/store_audit.h"
#include "app/serve/study_internal.h"

#include <sqlite3.h>
#include <string.h>

const char *study_state_name(study_state state) {
  static const char *const names[] = {"draft", "locked", "reviewed", "signed", "withdrawn"};
  return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "?";
}

static const char *text_at(sqlite3_stmt *q, int column) { return (const char *)sqlite3_column_text(q, column); }

/* ---- look ------------------------------------------------------------------------------------------------------- */

#define ROW                                                                                                            \
  "SELECT s.id, s.owner, u.name, s.revision, s.version, s.created, s.changed, s.changed_by, s.name, s.context,"        \
  " s.conclusion, s.subjects, s.state, s.manifest_sha256,"                                                             \
  " (SELECT count(*) FROM study_items WHERE study = s.id),"                                                            \
  " EXISTS (SELECT 1 FROM study_authors WHERE study = s.id AND user = ?1),"                                            \
  " EXISTS (SELECT 1 FROM study_acts WHERE study = s.id AND revision = s.revision AND user = ?1 AND act = 'sign'),"    \
  " (SELECT manifest FROM study_manifests WHERE study = s.id AND sha256 = s.manifest_sha256)"                          \
  " FROM studies s JOIN users u ON u.id = s.owner "

static void read_row(sqlite3_stmt *q, study_row *r) {
  *r = (study_row){.id = sqlite3_column_int64(q, 0),
                   .owner = sqlite3_column_int64(q, 1),
                   .owner_name = text_at(q, 2),
                   .revision = sqlite3_column_int64(q, 3),
                   .version = sqlite3_column_int64(q, 4),
                   .created = sqlite3_column_int64(q, 5),
                   .changed = sqlite3_column_int64(q, 6),
                   .changed_by = text_at(q, 7),
                   .name = text_at(q, 8),
                   .context = text_at(q, 9),
                   .conclusion = text_at(q, 10),
                   .subjects = text_at(q, 11),
                   .state = (study_state)sqlite3_column_int(q, 12),
                   .manifest_sha256 = text_at(q, 13),
                   .n_items = sqlite3_column_int64(q, 14),
                   .author = sqlite3_column_int(q, 15) != 0,
                   .signer = sqlite3_column_int(q, 16) != 0,
                   .manifest = text_at(q, 17)};
}

static lg_status read_files(lg_ctx *ctx, store *s, int64_t item, const study_reader *reader) {
  sqlite3_stmt *q;
  lg_status status = store_bind(ctx, s,
                                "SELECT f.role, f.name, f.sha256, b.bytes FROM study_files f JOIN blobs b ON b.sha256"
                                " = f.sha256 WHERE f.item = ? ORDER BY f.role, f.name",
                                &q, "i", item);
  while (store_next(ctx, s, q, &status)) {
    const study_file f = {text_at(q, 0), text_at(q, 1), text_at(q, 2), (uint64_t)sqlite3_column_int64(q, 3)};
    reader->file(reader->arg, &f);
  }
  return status;
}

static lg_status read_items(lg_ctx *ctx, store *s, int64_t id, const study_reader *reader) {
  sqlite3_stmt *q;
  int64_t number = 0;
  lg_status status = store_bind(
      ctx, s, "SELECT id, kind, ref, label, record, added, added_by FROM study_items WHERE study = ? ORDER BY id", &q,
      "i", id);
  while (store_next(ctx, s, q, &status)) {
    const study_item item = {.id = sqlite3_column_int64(q, 0),
                             .number = ++number,
                             .kind = text_at(q, 1),
                             .ref = sqlite3_column_int64(q, 2),
                             .label = text_at(q, 3),
                             .record = text_at(q, 4),
                             .added = sqlite3_column_int64(q, 5),
                             .added_by = text_at(q, 6)};
    if (reader->item) reader->item(reader->arg, &item);
    if (reader->file) status = read_files(ctx, s, item.id, reader);
    if (status == LG_OK && reader->item_end) reader->item_end(reader->arg);
  }
  return status;
}

static lg_status read_acts(lg_ctx *ctx, store *s, int64_t id, const study_reader *reader) {
  sqlite3_stmt *q;
  lg_status status = store_bind(ctx, s,
                                "SELECT revision, at, act, by_name, role, words, manifest_sha256, sha256 FROM"
                                " study_acts WHERE study = ? ORDER BY id",
                                &q, "i", id);
  while (store_next(ctx, s, q, &status)) {
    const study_act act = {.revision = sqlite3_column_int64(q, 0),
                           .at = sqlite3_column_int64(q, 1),
                           .act = text_at(q, 2),
                           .by = text_at(q, 3),
                           .role = text_at(q, 4),
                           .words = text_at(q, 5),
                           .manifest_sha256 = text_at(q, 6),
                           .sha256 = text_at(q, 7)};
    reader->act(reader->arg, &act);
  }
  return status;
}

lg_status study_read_inside(lg_ctx *ctx, store *s, int64_t id, int64_t reader_id, const study_reader *reader,
                            bool *found) {
  sqlite3_stmt *q;
  study_row r;
  *found = false;
  lg_status status = store_bind(ctx, s, ROW "WHERE s.id = ?2", &q, "ii", reader_id, id);
  if (status == LG_OK) status = store_step(ctx, s, q, found);
  if (status != LG_OK || !*found) return status;
  read_row(q, &r);
  if (reader->row) reader->row(reader->arg, &r);
  if (reader->item || reader->file) status = read_items(ctx, s, id, reader);
  if (status == LG_OK && reader->act) status = read_acts(ctx, s, id, reader);
  return status;
}

lg_status studies_read(lg_ctx *ctx, store *s, int64_t id, int64_t reader_id, const study_reader *reader, bool *found) {
  const lg_status status = store_read(ctx, s);
  return status == LG_OK ? store_end(ctx, s, study_read_inside(ctx, s, id, reader_id, reader, found)) : status;
}

lg_status studies_list(lg_ctx *ctx, store *s, int64_t reader_id, int state, int64_t before, int64_t limit,
                       void (*fn)(void *arg, const study_row *row), void *arg) {
  sqlite3_stmt *q;
  study_row r;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s, ROW "WHERE (?2 < 0 OR s.state = ?2) AND s.id < ?3 ORDER BY s.id DESC LIMIT ?4", &q,
                      "iiii", reader_id, (int64_t)state, before > 0 ? before : INT64_MAX, limit);
  while (store_next(ctx, s, q, &status)) {
    read_row(q, &r);
    fn(arg, &r);
  }
  return store_end(ctx, s, status);
}

lg_status studies_find_file(lg_ctx *ctx, store *s, int64_t id, int64_t item, const char *role, const char *name,
                            char sha256[BLOB_HEX]) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s,
                      "SELECT f.sha256 FROM study_files f JOIN study_items i ON i.id = f.item WHERE i.study = ? AND"
                      " i.id = ? AND f.role = ? AND f.name = ?",
                      &q, "iitt", id, item, role, name);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && row) (void)snprintf(sha256, BLOB_HEX, "%s", text_at(q, 0));
  status = store_end(ctx, s, status);
  if (status == LG_OK && !row) return lg_fail(ctx, LG_ERR_NOT_FOUND, "the study has no such file");
  return status;
}

/* ---- a change begins and ends -------------------------------------------------------------------------- */

lg_status study_open(lg_ctx *ctx, store *s, study_call *call, study_now *now) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(ctx, s,
                                "SELECT owner, revision, version, state, name, coalesce(manifest_sha256, ''),"
                                " changed_by, changed FROM studies WHERE id = ?",
                                &q, "i", call->study);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  if (!row) return study_refuse(ctx, call, STUDY_NONE, "there is no study %lld", (long long)call->study);
  *now = (study_now){.owner = sqlite3_column_int64(q, 0),
                     .revision = sqlite3_column_int64(q, 1),
                     .version = sqlite3_column_int64(q, 2),
                     .state = (study_state)sqlite3_column_int(q, 3)};
  (void)snprintf(now->name, sizeof now->name, "%s", text_at(q, 4));
  (void)snprintf(now->manifest_sha256, sizeof now->manifest_sha256, "%s", text_at(q, 5));
  if (now->version != call->version)
    return study_refuse(ctx, call, STUDY_CHANGED,
                        "%s changed the study %lld s ago: it is version %lld now, you have %lld", text_at(q, 6),
                        (long long)((store_now() - sqlite3_column_int64(q, 7)) / 1000), (long long)now->version,
                        (long long)call->version);
  return LG_OK;
}

lg_status study_open_draft(lg_ctx *ctx, store *s, study_call *call, study_now *now) {
  const lg_status status = study_open(ctx, s, call, now);
  if (status != LG_OK) return status;
  if (call->who->role < ROLE_SCIENTIST)
    return study_refuse(ctx, call, STUDY_WHO_NO, "scientists, reviewers and administrators edit studies");
  if (now->state != STUDY_DRAFT)
    return study_refuse(ctx, call, STUDY_STATE_NO, "the study is %s: only a draft is changed",
                        study_state_name(now->state));
  return store_run(ctx, s, NULL, "INSERT OR IGNORE INTO study_authors VALUES (?, ?)", "ii", call->study,
                   call->who->user);
}

lg_status study_close(lg_ctx *ctx, store *s, study_call *call, const char *action, const char *detail) {
  const lg_status status =
      store_run(ctx, s, NULL, "UPDATE studies SET version = version + 1, changed = ?, changed_by = ? WHERE id = ?",
                "iti", store_now(), call->who->name, call->study);
  if (status != LG_OK) return status;
  call->version++;
  char object[AUDIT_OBJECT];
  const audit_who who = {call->who->user, call->who->name, call->peer};
  return store_audit_add(ctx, s, &who, action, audit_object(object, "study", call->study), detail);
}

lg_status study_in_transaction(lg_ctx *ctx, store *s, study_call *call, study_step step, void *arg) {
  const int64_t version = call->version;
  call->refused = STUDY_MADE;
  lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = store_end(ctx, s, step(ctx, s, call, arg));
  if (status != LG_OK) call->version = version;
  return status;
}
