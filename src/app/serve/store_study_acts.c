/* Lock, review, sign, withdraw: each is a row that stays, with the hash of what it vouches for. */
#define _XOPEN_SOURCE 700
#include "app/serve/study_internal.h"
#include "app/serve/study_manifest.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The act's row, the study's state, version and audit. */
static lg_status act(lg_ctx *ctx, store *s, study_call *call, const study_now *now, const char *what, int64_t at,
                     const char *words, const char *manifest_sha256, study_state next) {
  lg_status status = LG_OK;
  char action[32], detail[256], hash[BLOB_HEX];
  const study_act a = {.revision = now->revision,
                       .at = at,
                       .act = what,
                       .by = call->who->name,
                       .role = accounts_role_name(call->who->role),
                       .words = words,
                       .manifest_sha256 = manifest_sha256 && manifest_sha256[0] ? manifest_sha256 : NULL};
  LG_TRY(study_act_hash(ctx, call->study, &a, hash));
  LG_TRY(store_run(ctx, s, NULL,
                   "INSERT INTO study_acts (study, revision, act, user, by_name, role, at, words, manifest_sha256,"
                   " sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   "iitittittt", call->study, a.revision, what, call->who->user, a.by, a.role, at, words,
                   a.manifest_sha256, hash));
  LG_TRY(store_run(ctx, s, NULL, "UPDATE studies SET state = ? WHERE id = ? AND state <> ?1", "ii", (int64_t)next,
                   call->study));
  (void)snprintf(action, sizeof action, "study.%s", what);
  (void)snprintf(detail, sizeof detail,
                 "{\"version\": %lld, \"revision\": %lld, \"manifest_sha256\": \"%s\", \"act_sha256\": \"%s\"}",
                 (long long)call->version + 1, (long long)a.revision, a.manifest_sha256 ? a.manifest_sha256 : "", hash);
  LG_TRY(study_close(ctx, s, call, action, detail));
done:
  return status;
}

static lg_status wrong_state(lg_ctx *ctx, study_call *call, const study_now *now, const char *wanted) {
  return study_refuse(ctx, call, STUDY_STATE_NO, "the study is %s: only one that is %s can be %s",
                      study_state_name(now->state), wanted, strcmp(wanted, "a draft") == 0 ? "locked" : "reviewed");
}

/* ---- lock ---------------------------------------------------------------------------------------------- */

static lg_status check_filled(lg_ctx *ctx, store *s, study_call *call) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status =
      store_bind(ctx, s,
                 "SELECT trim(context, ' ' || char(9, 10)) <> '', EXISTS (SELECT 1 FROM study_items WHERE study = s.id)"
                 " FROM studies s WHERE id = ?",
                 &q, "i", call->study);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK) return status;
  if (!sqlite3_column_int(q, 0))
    return study_refuse(ctx, call, STUDY_BAD, "write the context of use first: for what is the result meant?");
  if (!sqlite3_column_int(q, 1)) return study_refuse(ctx, call, STUDY_BAD, "add at least one job or file first");
  return LG_OK;
}

/* A job or upload that was deleted while the study was a draft, or whose files are others now. */
static lg_status check_sources(lg_ctx *ctx, store *s, study_call *call) {
  static const char sql[] =
      "SELECT i.kind, i.ref FROM study_items i WHERE i.study = ?1 AND ("
      "(i.kind = 'job' AND (NOT EXISTS (SELECT 1 FROM jobs WHERE id = i.ref)"
      " OR (SELECT count(*) FROM job_files WHERE job = i.ref) <> (SELECT count(*) FROM study_files WHERE item = i.id)"
      " OR EXISTS (SELECT 1 FROM study_files f WHERE f.item = i.id AND NOT EXISTS (SELECT 1 FROM job_files j WHERE"
      " j.job = i.ref AND j.role = f.role AND j.name = f.name AND j.sha256 = f.sha256))))"
      " OR (i.kind = 'upload' AND NOT EXISTS (SELECT 1 FROM uploads u JOIN study_files f ON f.sha256 = u.sha256 WHERE"
      " u.id = i.ref AND f.item = i.id))) LIMIT 1";
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(ctx, s, sql, &q, "i", call->study);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK || !row) return status;
  return study_refuse(ctx, call, STUDY_BAD, "%s %lld was deleted since it was added: take the item off",
                      (const char *)sqlite3_column_text(q, 0), (long long)sqlite3_column_int64(q, 1));
}

typedef struct presence {
  const char *folder;
  char missing[BLOB_HEX];
} presence;

static void look_for(void *arg, const study_file *f) {
  presence *p = arg;
  char path[4096];
  struct stat about;
  (void)snprintf(path, sizeof path, "%s/blobs/%.2s/%s", p->folder, f->sha256, f->sha256 + 2);
  if (stat(path, &about) != 0 || (uint64_t)about.st_size != f->bytes)
    (void)snprintf(p->missing, sizeof p->missing, "%s", f->sha256);
}

static lg_status check_files(lg_ctx *ctx, store *s, study_call *call) {
  bool found;
  presence p = {.folder = store_folder(s)};
  const study_reader reader = {.arg = &p, .file = look_for};
  const lg_status status = study_read_inside(ctx, s, call->study, 0, &reader, &found);
  if (status == LG_OK && p.missing[0])
    return study_refuse(ctx, call, STUDY_BAD, "the file %s is missing or cut on the server's disk: restore a backup",
                        p.missing);
  return status;
}

static lg_status lock(lg_ctx *ctx, store *s, study_call *call, void *arg) {
  lg_status status = LG_OK;
  study_now now;
  char *text = NULL, hash[BLOB_HEX];
  const int64_t at = store_now();
  (void)arg;
  LG_TRY(study_open(ctx, s, call, &now));
  if (now.state != STUDY_DRAFT) LG_TRY(wrong_state(ctx, call, &now, "a draft"));
  if (now.owner != call->who->user && call->who->role != ROLE_ADMIN)
    LG_TRY(study_refuse(ctx, call, STUDY_WHO_NO, "its owner or an administrator locks a study"));
  LG_TRY(check_filled(ctx, s, call));
  LG_TRY(check_sources(ctx, s, call));
  LG_TRY(check_files(ctx, s, call));
  LG_TRY(study_manifest(ctx, s, call->study, call->who->name, at, &text, hash));
  LG_TRY(store_run(ctx, s, NULL, "INSERT INTO study_manifests (study, revision, manifest, sha256) VALUES (?, ?, ?, ?)",
                   "iitt", call->study, now.revision, text, hash));
  LG_TRY(store_run(ctx, s, NULL, "UPDATE studies SET manifest_sha256 = ?, state = 1 WHERE id = ?", "ti", hash,
                   call->study));
  LG_TRY(act(ctx, s, call, &now, "lock", at, "", hash, STUDY_LOCKED));
done:
  free(text);
  return status;
}

lg_status studies_lock(lg_ctx *ctx, store *s, study_call *call) {
  return study_in_transaction(ctx, s, call, lock, NULL);
}

/* ---- review -------------------------------------------------------------------------------------------- */

static lg_status is_author(lg_ctx *ctx, store *s, const study_call *call, bool *author) {
  sqlite3_stmt *q;
  const lg_status status = store_bind(ctx, s, "SELECT 1 FROM study_authors WHERE study = ? AND user = ?", &q, "ii",
                                      call->study, call->who->user);
  return status == LG_OK ? store_step(ctx, s, q, author) : status;
}

typedef struct verdict {
  bool accept;
  const char *comment;
} verdict;

static lg_status review(lg_ctx *ctx, store *s, study_call *call, void *arg) {
  lg_status status = LG_OK;
  const verdict *v = arg;
  study_now now;
  bool author = false;
  LG_TRY(study_open(ctx, s, call, &now));
  if (call->who->role < ROLE_REVIEWER)
    LG_TRY(study_refuse(ctx, call, STUDY_WHO_NO, "reviewers and administrators review studies"));
  LG_TRY(is_author(ctx, s, call, &author));
  if (author || now.owner == call->who->user)
    LG_TRY(study_refuse(ctx, call, STUDY_WHO_NO, "you are an author of this study: somebody else reviews it"));
  if (now.state != STUDY_LOCKED) LG_TRY(wrong_state(ctx, call, &now, "locked"));
  LG_TRY(study_check_words(ctx, call, "the comment", v->comment, v->accept ? 0 : 1, STUDY_MOST_WORDS));
  if (!v->accept)
    LG_TRY(store_run(ctx, s, NULL,
                     "UPDATE studies SET state = 0, revision = revision + 1, manifest_sha256 = NULL WHERE id = ?", "i",
                     call->study));
  LG_TRY(act(ctx, s, call, &now, v->accept ? "accept" : "return", store_now(), v->comment, now.manifest_sha256,
             v->accept ? STUDY_REVIEWED : STUDY_DRAFT));
done:
  return status;
}

lg_status studies_review(lg_ctx *ctx, store *s, study_call *call, bool accept, const char *comment) {
  verdict v = {accept, comment ? comment : ""};
  return study_in_transaction(ctx, s, call, review, &v);
}

/* ---- sign, withdraw ------------------------------------------------------------------------------------ */

static lg_status has_signed(lg_ctx *ctx, store *s, const study_call *call, const study_now *now, bool *has) {
  sqlite3_stmt *q;
  const lg_status status =
      store_bind(ctx, s, "SELECT 1 FROM study_acts WHERE study = ? AND revision = ? AND user = ? AND act = 'sign'", &q,
                 "iii", call->study, now->revision, call->who->user);
  return status == LG_OK ? store_step(ctx, s, q, has) : status;
}

static lg_status sign(lg_ctx *ctx, store *s, study_call *call, void *arg) {
  lg_status status = LG_OK;
  const char *meaning = arg;
  study_now now;
  bool has = false;
  LG_TRY(study_open(ctx, s, call, &now));
  if (call->who->role < ROLE_REVIEWER)
    LG_TRY(study_refuse(ctx, call, STUDY_WHO_NO, "reviewers and administrators sign studies"));
  if (now.state != STUDY_REVIEWED && now.state != STUDY_SIGNED)
    LG_TRY(study_refuse(ctx, call, STUDY_STATE_NO, "the study is %s: only one that was reviewed is signed",
                        study_state_name(now.state)));
  LG_TRY(study_check_words(ctx, call, "the meaning of the signature", meaning, 1, STUDY_MOST_NAME));
  LG_TRY(has_signed(ctx, s, call, &now, &has));
  if (has) LG_TRY(study_refuse(ctx, call, STUDY_STATE_NO, "you have signed this revision already"));
  LG_TRY(act(ctx, s, call, &now, "sign", store_now(), meaning, now.manifest_sha256, STUDY_SIGNED));
done:
  return status;
}

lg_status studies_sign(lg_ctx *ctx, store *s, study_call *call, const char *meaning) {
  char words[STUDY_MOST_NAME + 2];
  (void)snprintf(words, sizeof words, "%s", meaning ? meaning : "");
  return study_in_transaction(ctx, s, call, sign, words);
}

static lg_status withdraw(lg_ctx *ctx, store *s, study_call *call, void *arg) {
  lg_status status = LG_OK;
  const verdict *v = arg;
  study_now now;
  LG_TRY(study_open(ctx, s, call, &now));
  if (now.owner != call->who->user && call->who->role < ROLE_REVIEWER)
    LG_TRY(study_refuse(ctx, call, STUDY_WHO_NO, "its owner, a reviewer or an administrator withdraws a study"));
  if (now.state == STUDY_WITHDRAWN) LG_TRY(study_refuse(ctx, call, STUDY_STATE_NO, "the study is withdrawn already"));
  LG_TRY(study_check_words(ctx, call, "the reason", v->comment, 1, STUDY_MOST_WORDS));
  LG_TRY(act(ctx, s, call, &now, "withdraw", store_now(), v->comment, now.manifest_sha256, STUDY_WITHDRAWN));
done:
  return status;
}

lg_status studies_withdraw(lg_ctx *ctx, store *s, study_call *call, const char *reason) {
  verdict v = {false, reason ? reason : ""};
  return study_in_transaction(ctx, s, call, withdraw, &v);
}
