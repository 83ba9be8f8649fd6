/* Drafts: words and items. An item is frozen when it is added: its files by hash, what was run as JSON. */
#define _XOPEN_SOURCE 700
#include "app/serve/store_files.h"
#include "app/serve/store_jobs.h"
#include "app/serve/study_internal.h"
#include "data/json_writer.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 200, MOST_SUMMARY = 256 << 10 };

/* ---- words ------------------------------------------------------------------------------------------------------- */

lg_status study_check_words(lg_ctx *ctx, study_call *call, const char *what, const char *words, size_t least,
                            size_t most) {
  const size_t n = strlen(words);
  if (n < least || n > most)
    return study_refuse(ctx, call, STUDY_BAD, "%s has %zu bytes; %zu to %zu are wanted", what, n, least, most);
  for (size_t k = 0; k < n; k++)
    if (((unsigned char)words[k] < 0x20 && words[k] != '\n' && words[k] != '\t') || words[k] == 0x7f)
      return study_refuse(ctx, call, STUDY_BAD, "%s has a control character", what);
  if (least > 0 && strspn(words, " \t\n") == n) return study_refuse(ctx, call, STUDY_BAD, "%s is empty", what);
  return LG_OK;
}

/* Codes that only the lab can trace to a person: one without a digit is likely to be a name. */
static lg_status check_subjects(lg_ctx *ctx, study_call *call, const char *codes) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  size_t n_codes = 0;
  for (const char *at = codes; *at;) {
    const size_t n = strcspn(at, "\n");
    if (n < 1 || n > STUDY_MOST_CODE || strspn(at, letters) < n || strcspn(at, "0123456789") >= n)
      return study_refuse(ctx, call, STUDY_BAD,
                          "\"%.*s\" is no subject code: 1 to %d letters, digits, '.', '_', '-', with a digit, such as "
                          "S-014; names of persons are not kept here",
                          n > 60 ? 60 : (int)n, at, STUDY_MOST_CODE);
    if (++n_codes > STUDY_MOST_SUBJECTS)
      return study_refuse(ctx, call, STUDY_BAD, "more than %d subjects", STUDY_MOST_SUBJECTS);
    at += n + (at[n] == '\n');
  }
  return LG_OK;
}

static lg_status check_all(lg_ctx *ctx, study_call *call, const study_words *w) {
  lg_status status = LG_OK;
  if (w->name) LG_TRY(study_check_words(ctx, call, "the name", w->name, 1, STUDY_MOST_NAME));
  if (w->name && strpbrk(w->name, "\n\t")) LG_TRY(study_refuse(ctx, call, STUDY_BAD, "the name stands on one line"));
  if (w->context) LG_TRY(study_check_words(ctx, call, "the context of use", w->context, 0, STUDY_MOST_WORDS));
  if (w->conclusion) LG_TRY(study_check_words(ctx, call, "the conclusion", w->conclusion, 0, STUDY_MOST_WORDS));
  if (w->subjects) LG_TRY(check_subjects(ctx, call, w->subjects));
done:
  return status;
}

static const char *or_empty(const char *text) { return text ? text : ""; }

static lg_status create(lg_ctx *ctx, store *s, study_call *call, void *arg) {
  lg_status status = LG_OK;
  const study_words *w = arg;
  const int64_t now = store_now();
  if (call->who->role < ROLE_SCIENTIST)
    return study_refuse(ctx, call, STUDY_WHO_NO, "scientists, reviewers and administrators make studies");
  if (!w->name) return study_refuse(ctx, call, STUDY_BAD, "a study has a name");
  LG_TRY(check_all(ctx, call, w));
  LG_TRY(store_run(ctx, s, NULL,
                   "INSERT INTO studies (owner, name, context, conclusion, subjects, version, created, changed,"
                   " changed_by) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?6, ?7)",
                   "ittttit", call->who->user, w->name, or_empty(w->context), or_empty(w->conclusion),
                   or_empty(w->subjects), now, call->who->name));
  call->study = store_last_id(s);
  call->version = 0;
  LG_TRY(store_run(ctx, s, NULL, "INSERT INTO study_authors VALUES (?, ?)", "ii", call->study, call->who->user));
  LG_TRY(study_close(ctx, s, call, "study.create", NULL));
done:
  return status;
}

lg_status studies_create(lg_ctx *ctx, store *s, study_call *call, const study_words *words) {
  study_words w = *words;
  return study_in_transaction(ctx, s, call, create, &w);
}

/* What changed, for people: old and new, long texts cut between letters. */
static void key_cut(lg_json *w, const char *key, const char *text) {
  char words[SHOWN + 4];
  size_t n = strlen(text);
  if (n > SHOWN) {
    for (n = SHOWN; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--) {
    }
  }
  (void)snprintf(words, sizeof words, "%.*s%s", (int)n, text, text[n] ? "…" : "");
  lg_json_key_text(w, key, words);
}

static void tell_change(lg_json *w, const char *field, const char *old, const char *new) {
  if (!new || strcmp(old, new) == 0) return;
  lg_json_key(w, field);
  lg_json_object(w);
  key_cut(w, "from", old);
  key_cut(w, "to", new);
  lg_json_end_object(w);
}

static lg_status describe_change(lg_ctx *ctx, store *s, const study_call *call, const study_words *new, char **detail) {
  sqlite3_stmt *q;
  bool row = false;
  size_t n;
  lg_status status =
      store_bind(ctx, s, "SELECT name, context, conclusion, subjects FROM studies WHERE id = ?", &q, "i", call->study);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  FILE *f = open_memstream(detail, &n);
  if (!f) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a row of the audit");
  lg_json w = lg_json_begin(f);
  lg_json_object(&w);
  lg_json_key_integer(&w, "version", call->version + 1);
  tell_change(&w, "name", (const char *)sqlite3_column_text(q, 0), new->name);
  tell_change(&w, "context_of_use", (const char *)sqlite3_column_text(q, 1), new->context);
  tell_change(&w, "conclusion", (const char *)sqlite3_column_text(q, 2), new->conclusion);
  tell_change(&w, "subjects", (const char *)sqlite3_column_text(q, 3), new->subjects);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
  return fclose(f) == 0 ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "no memory for a row of the audit");
}

static lg_status change(lg_ctx *ctx, store *s, study_call *call, void *arg) {
  lg_status status = LG_OK;
  const study_words *w = arg;
  study_now now;
  char *detail = NULL;
  LG_TRY(study_open_draft(ctx, s, call, &now));
  LG_TRY(check_all(ctx, call, w));
  LG_TRY(describe_change(ctx, s, call, w, &detail));
  LG_TRY(store_run(ctx, s, NULL,
                   "UPDATE studies SET name = coalesce(?1, name), context = coalesce(?2, context), conclusion ="
                   " coalesce(?3, conclusion), subjects = coalesce(?4, subjects) WHERE id = ?5",
                   "tttti", w->name, w->context, w->conclusion, w->subjects, call->study));
  LG_TRY(study_close(ctx, s, call, "study.change", detail));
done:
  free(detail);
  return status;
}

lg_status studies_change(lg_ctx *ctx, store *s, study_call *call, const study_words *words) {
  study_words w = *words;
  return study_in_transaction(ctx, s, call, change, &w);
}

/* ---- items ------------------------------------------------------------------------------------------------------- */

typedef struct adding {
  const char *kind, *label;
  int64_t ref, item;
} adding;

static void key_time(lg_json *w, const char *key, sqlite3_stmt *q, int column) {
  lg_json_key(w, key);
  if (sqlite3_column_type(q, column) == SQLITE_NULL) lg_json_null(w);
  else lg_json_integer(w, sqlite3_column_int64(q, column));
}

static void key_json(lg_json *w, const char *key, const char *json) {
  lg_json_key(w, key);
  lg_json_raw(w, json ? json : "null");
}

static void write_job(lg_json *w, sqlite3_stmt *q) {
  const int n_summary = sqlite3_column_bytes(q, 5);
  lg_json_key_text(w, "user", (const char *)sqlite3_column_text(q, 0));
  lg_json_key_text(w, "command", (const char *)sqlite3_column_text(q, 1));
  lg_json_key_text(w, "state", job_state_name((job_state)sqlite3_column_int(q, 2)));
  key_time(w, "exit_code", q, 3);
  lg_json_key_text(w, "message", (const char *)sqlite3_column_text(q, 4));
  key_time(w, "created_ms", q, 6);
  key_time(w, "started_ms", q, 7);
  key_time(w, "ended_ms", q, 8);
  key_json(w, "request", (const char *)sqlite3_column_text(q, 9));
  lg_json_key_integer(w, "summary_bytes", n_summary); /* a long one is in the files */
  key_json(w, "summary", n_summary <= MOST_SUMMARY ? (const char *)sqlite3_column_text(q, 5) : NULL);
}

static void write_upload(lg_json *w, sqlite3_stmt *q) {
  lg_json_key_text(w, "user", (const char *)sqlite3_column_text(q, 0));
  lg_json_key_text(w, "name", (const char *)sqlite3_column_text(q, 1));
  key_time(w, "created_ms", q, 2);
  key_json(w, "info", (const char *)sqlite3_column_text(q, 3));
}

static lg_status write_record(lg_ctx *ctx, sqlite3_stmt *q, void (*fn)(lg_json *, sqlite3_stmt *), char **record) {
  size_t n;
  FILE *f = open_memstream(record, &n);
  if (!f) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for an item");
  lg_json w = lg_json_begin(f);
  lg_json_object(&w);
  fn(&w, q);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
  return fclose(f) == 0 ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "no memory for an item");
}

/* Of the caller; administrators take what is anybody's. */
static lg_status record_job(lg_ctx *ctx, store *s, study_call *call, int64_t job, char **record) {
  sqlite3_stmt *q;
  bool row = false;
  const int64_t whose = call->who->role == ROLE_ADMIN ? 0 : call->who->user;
  lg_status status =
      store_bind(ctx, s,
                 "SELECT u.name, j.command, j.state, j.exit_code, j.message, j.summary, j.created, j.started, j.ended,"
                 " j.request FROM jobs j JOIN users u ON u.id = j.user WHERE j.id = ?1 AND (?2 = 0 OR j.user = ?2)",
                 &q, "ii", job, whose);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  if (!row) return study_refuse(ctx, call, STUDY_NONE, "you have no job %lld", (long long)job);
  const job_state state = (job_state)sqlite3_column_int(q, 2);
  if (state < JOB_DONE || state > JOB_CANCELLED)
    return study_refuse(ctx, call, STUDY_STATE_NO, "job %lld is %s: only what has ended is frozen", (long long)job,
                        job_state_name(state));
  status = write_record(ctx, q, write_job, record);
  /* a run that somebody waited for would be forgotten after an hour */
  return status == LG_OK ? store_run(ctx, s, NULL, "UPDATE jobs SET quick = 0 WHERE id = ?", "i", job) : status;
}

static lg_status record_upload(lg_ctx *ctx, store *s, study_call *call, int64_t upload, char **record) {
  sqlite3_stmt *q;
  bool row = false;
  const int64_t whose = call->who->role == ROLE_ADMIN ? 0 : call->who->user;
  lg_status status = store_bind(ctx, s,
                                "SELECT u.name, f.name, f.created, f.info FROM uploads f JOIN users u ON u.id = f.user"
                                " WHERE f.id = ?1 AND (?2 = 0 OR f.user = ?2)",
                                &q, "ii", upload, whose);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  if (!row) return study_refuse(ctx, call, STUDY_NONE, "you have no upload %lld", (long long)upload);
  return write_record(ctx, q, write_upload, record);
}

static lg_status may_be_added(lg_ctx *ctx, store *s, study_call *call, const adding *a) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(ctx, s,
                                "SELECT count(*), coalesce(sum(kind = ?2 AND ref = ?3), 0) FROM study_items WHERE study"
                                " = ?1",
                                &q, "iti", call->study, a->kind, a->ref);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  if (sqlite3_column_int64(q, 0) >= STUDY_MOST_ITEMS)
    return study_refuse(ctx, call, STUDY_BAD, "the study has %d items; that is the most", STUDY_MOST_ITEMS);
  if (sqlite3_column_int64(q, 1) > 0)
    return study_refuse(ctx, call, STUDY_BAD, "%s %lld is an item of the study already", a->kind, (long long)a->ref);
  return LG_OK;
}

static lg_status freeze(lg_ctx *ctx, store *s, study_call *call, adding *a, const char *record) {
  lg_status status = LG_OK;
  LG_TRY(store_run(ctx, s, NULL,
                   "INSERT INTO study_items (study, kind, ref, label, record, added, added_by) VALUES (?, ?, ?, ?, ?,"
                   " ?, ?)",
                   "itittit", call->study, a->kind, a->ref, a->label, record, store_now(), call->who->name));
  a->item = store_last_id(s);
  if (a->kind[0] == 'j')
    LG_TRY(store_run(ctx, s, NULL,
                     "INSERT INTO study_files (item, role, name, sha256) SELECT ?1, role, name, sha256 FROM job_files"
                     " WHERE job = ?2",
                     "ii", a->item, a->ref));
  else
    LG_TRY(store_run(ctx, s, NULL,
                     "INSERT INTO study_files (item, role, name, sha256) SELECT ?1, 'upload', name, sha256 FROM uploads"
                     " WHERE id = ?2",
                     "ii", a->item, a->ref));
done:
  return status;
}

static lg_status add(lg_ctx *ctx, store *s, study_call *call, void *arg) {
  lg_status status = LG_OK;
  adding *a = arg;
  study_now now;
  char *record = NULL, detail[160];
  LG_TRY(study_open_draft(ctx, s, call, &now));
  LG_TRY(study_check_words(ctx, call, "the label", a->label, 0, STUDY_MOST_NAME));
  LG_TRY(may_be_added(ctx, s, call, a));
  if (a->kind[0] == 'j') LG_TRY(record_job(ctx, s, call, a->ref, &record));
  else LG_TRY(record_upload(ctx, s, call, a->ref, &record));
  LG_TRY(freeze(ctx, s, call, a, record));
  (void)snprintf(detail, sizeof detail, "{\"version\": %lld, \"item\": %lld, \"kind\": \"%s\", \"id\": %lld}",
                 (long long)call->version + 1, (long long)a->item, a->kind, (long long)a->ref);
  LG_TRY(study_close(ctx, s, call, "study.add-item", detail));
done:
  free(record);
  return status;
}

lg_status studies_add_job(lg_ctx *ctx, store *s, study_call *call, int64_t job, const char *label, int64_t *item) {
  adding a = {"job", or_empty(label), job, 0};
  const lg_status status = study_in_transaction(ctx, s, call, add, &a);
  *item = a.item;
  return status;
}

lg_status studies_add_upload(lg_ctx *ctx, store *s, study_call *call, int64_t upload, const char *label,
                             int64_t *item) {
  adding a = {"upload", or_empty(label), upload, 0};
  const lg_status status = study_in_transaction(ctx, s, call, add, &a);
  *item = a.item;
  return status;
}

typedef struct removal {
  int64_t item;
  file_hashes hashes;
} removal;

/* Files that nothing else points at go with the item. */
static lg_status note_hashes(lg_ctx *ctx, store *s, removal *r) {
  sqlite3_stmt *q;
  lg_status status = store_bind(ctx, s, "SELECT DISTINCT sha256 FROM study_files WHERE item = ?", &q, "i", r->item);
  while (store_next(ctx, s, q, &status))
    status = file_hashes_add(ctx, &r->hashes, (const char *)sqlite3_column_text(q, 0));
  return status;
}

static lg_status take_off(lg_ctx *ctx, store *s, study_call *call, void *arg) {
  lg_status status = LG_OK;
  removal *r = arg;
  study_now now;
  sqlite3_stmt *q;
  bool row = false;
  char detail[160];
  LG_TRY(study_open_draft(ctx, s, call, &now));
  LG_TRY(store_bind(ctx, s, "SELECT kind, ref FROM study_items WHERE study = ? AND id = ?", &q, "ii", call->study,
                    r->item));
  LG_TRY(store_step(ctx, s, q, &row));
  if (!row) LG_TRY(study_refuse(ctx, call, STUDY_NONE, "the study has no item %lld", (long long)r->item));
  (void)snprintf(detail, sizeof detail, "{\"version\": %lld, \"item\": %lld, \"kind\": \"%s\", \"id\": %lld}",
                 (long long)call->version + 1, (long long)r->item, (const char *)sqlite3_column_text(q, 0),
                 (long long)sqlite3_column_int64(q, 1));
  LG_TRY(store_step(ctx, s, q, &row));
  LG_TRY(note_hashes(ctx, s, r));
  LG_TRY(store_run(ctx, s, NULL, "DELETE FROM study_items WHERE id = ?", "i", r->item));
  LG_TRY(study_close(ctx, s, call, "study.remove-item", detail));
done:
  return status;
}

lg_status studies_remove_item(lg_ctx *ctx, store *s, study_call *call, int64_t item) {
  removal r = {.item = item};
  lg_status status = study_in_transaction(ctx, s, call, take_off, &r);
  if (status == LG_OK) status = files_drop_unused(ctx, s, &r.hashes);
  file_hashes_forget(ctx, &r.hashes);
  return status;
}
