/* Jobs as people see them. Workers' side: store_tasks.c. */
#include "app/serve/store_jobs.h"

#include "app/serve/store_files.h"

#include <sqlite3.h>
#include <string.h>

const char *job_state_name(job_state state) {
  static const char *const names[] = {"waiting", "running", "done", "failed", "cancelled", "paused", "blocked"};
  return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "?";
}

/* ---- one number out of the store, inside a transaction ------------------------------------------------------ */

static lg_status ask(lg_ctx *ctx, store *s, int64_t *value, bool *found, const char *sql, int64_t a, int64_t b) {
  sqlite3_stmt *q;
  lg_status status = store_bind(ctx, s, sql, &q, "ii", a, b);
  if (status == LG_OK) status = store_step(ctx, s, q, found);
  if (status == LG_OK && *found) *value = sqlite3_column_int64(q, 0);
  return status;
}

/* ---- the audit ------------------------------------------------------------------------------------------------ */

/* Of jobs that are kept. */
static lg_status note(lg_ctx *ctx, store *s, const audit_who *by, const char *action, int64_t id, const char *detail) {
  char object[AUDIT_OBJECT];
  int64_t quick = 0;
  bool found = false;
  const lg_status status = ask(ctx, s, &quick, &found, "SELECT quick FROM jobs WHERE id = ? AND 0 = ?", id, 0);
  if (status != LG_OK || !found || quick) return status;
  return store_audit_add(ctx, s, by, action, audit_object(object, "job", id), detail);
}

/* ---- create --------------------------------------------------------------------------------------------------- */

static lg_status check_input(lg_ctx *ctx, store *s, int64_t user, const job_file *f) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status =
      store_bind(ctx, s,
                 "SELECT 1 WHERE EXISTS (SELECT 1 FROM uploads WHERE sha256 = ?1 AND user = ?2) OR EXISTS"
                 " (SELECT 1 FROM job_files f JOIN jobs j ON j.id = f.job WHERE f.sha256 = ?1 AND j.user"
                 " = ?2)",
                 &q, "ti", f->sha256, user);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && !row)
    status = lg_fail(ctx, LG_ERR_NOT_FOUND, "input %s: no upload or result of yours is %.64s", f->name, f->sha256);
  return status;
}

lg_status jobs_check_inputs(lg_ctx *ctx, store *s, int64_t user, const job_file *inputs, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const lg_status status = check_input(ctx, s, user, &inputs[k]);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* Users take turns: a job comes after the last one of its user, and not before those that are being taken now. */
static lg_status next_turn(lg_ctx *ctx, store *s, const job_new *job, int64_t *turn) {
  int64_t now = 0, mine = 0;
  bool found;
  lg_status status =
      ask(ctx, s, &now, &found, "SELECT coalesce(min(turn), 0) FROM tasks WHERE state = 0 AND priority = ? AND 0 = ?",
          job->priority, 0);
  if (status == LG_OK)
    status = ask(ctx, s, &mine, &found,
                 "SELECT coalesce(max(t.turn), 0) FROM jobs j JOIN tasks t ON t.job = j.id WHERE j.user = ? AND"
                 " j.ended IS NULL AND t.priority = ?",
                 job->user, job->priority);
  *turn = mine + 1 > now ? mine + 1 : now;
  return status;
}

static lg_status add_task(lg_ctx *ctx, store *s, int64_t job, int64_t shard, int64_t n_shards, int64_t stage,
                          int64_t priority, int64_t turn) {
  return store_run(
      ctx, s, NULL,
      "INSERT INTO tasks (job, shard, n_shards, stage, state, priority, turn) VALUES (?, ?, ?, ?, ?, ?, ?)", "iiiiiii",
      job, shard, n_shards, stage, (int64_t)(stage > 0 ? JOB_BLOCKED : JOB_WAITING), priority, turn);
}

static lg_status insert(lg_ctx *ctx, store *s, const job_new *job, int64_t *id) {
  lg_status status = LG_OK;
  int64_t n = 0, turn = 0;
  bool found;
  const int64_t usual = job->quick ? JOB_MOST_QUICK : JOB_MOST_UNFINISHED;
  const int64_t most = job->most_unfinished ? (int64_t)job->most_unfinished : usual;
  LG_TRY(ask(ctx, s, &n, &found, "SELECT count(*) FROM jobs WHERE user = ? AND ended IS NULL AND quick = ?", job->user,
             job->quick));
  if (n >= most)
    LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "%lld of your jobs have not ended; at most %lld", (long long)n, (long long)most));
  LG_TRY(jobs_check_inputs(ctx, s, job->user, job->inputs, job->n_inputs));
  LG_TRY(next_turn(ctx, s, job, &turn));
  LG_TRY(store_run(
      ctx, s, NULL, "INSERT INTO jobs (user, command, request, priority, quick, created) VALUES (?, ?, ?, ?, ?, ?)",
      "ittiii", job->user, job->command, job->request, (int64_t)job->priority, (int64_t)job->quick, store_now()));
  *id = store_last_id(s);
  for (size_t k = 0; k < job->n_inputs; k++)
    LG_TRY(store_run(ctx, s, NULL, "INSERT INTO job_files (job, role, name, sha256) VALUES (?, 'input', ?, ?)", "itt",
                     *id, job->inputs[k].name, job->inputs[k].sha256));
  for (size_t k = 0; k < job->n_shards; k++)
    LG_TRY(add_task(ctx, s, *id, (int64_t)k, (int64_t)job->n_shards, 0, job->priority, turn + (int64_t)k));
  LG_TRY(add_task(ctx, s, *id, 0, 0, job->n_shards > 0, job->priority, turn + (int64_t)job->n_shards));
  LG_TRY(note(ctx, s, &(audit_who){job->user, job->by.name, job->by.peer}, "job.create", *id, job->command));
done:
  return status;
}

lg_status jobs_create(lg_ctx *ctx, store *s, const job_new *job, int64_t *id) {
  *id = 0;
  if (job->n_shards > JOB_MOST_SHARDS)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu shares; at most %d", job->n_shards, JOB_MOST_SHARDS);
  const bool waited = job->priority >= JOB_PRIORITY_WAITED;
  const lg_status status = waited ? store_begin_light(ctx, s) : store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, insert(ctx, s, job, id)) : status;
}

/* ---- look ------------------------------------------------------------------------------------------------------- */

#define ROW                                                                                                            \
  "SELECT j.id, j.user, j.priority, j.created, j.started, j.ended, u.name, j.command, j.request, j.message, j.what,"   \
  " j.summary, j.state, j.quick, j.exit_code, j.done, j.total, j.version FROM jobs j JOIN users u ON u.id = j.user "

static void read_row(sqlite3_stmt *q, job_row *r) {
  *r = (job_row){.id = sqlite3_column_int64(q, 0),
                 .user = sqlite3_column_int64(q, 1),
                 .priority = sqlite3_column_int64(q, 2),
                 .created = sqlite3_column_int64(q, 3),
                 .started = sqlite3_column_int64(q, 4),
                 .ended = sqlite3_column_int64(q, 5),
                 .user_name = (const char *)sqlite3_column_text(q, 6),
                 .command = (const char *)sqlite3_column_text(q, 7),
                 .request = (const char *)sqlite3_column_text(q, 8),
                 .message = (const char *)sqlite3_column_text(q, 9),
                 .what = (const char *)sqlite3_column_text(q, 10),
                 .summary = (const char *)sqlite3_column_text(q, 11),
                 .state = (job_state)sqlite3_column_int(q, 12),
                 .quick = sqlite3_column_int(q, 13) != 0,
                 .has_exit_code = sqlite3_column_type(q, 14) != SQLITE_NULL,
                 .exit_code = sqlite3_column_int(q, 14),
                 .done = sqlite3_column_int64(q, 15),
                 .total = sqlite3_column_int64(q, 16),
                 .version = sqlite3_column_int64(q, 17)};
}

static lg_status each_row(lg_ctx *ctx, store *s, const char *sql, int64_t a, int64_t b, int64_t c, job_row_fn fn,
                          void *arg, size_t *n) {
  sqlite3_stmt *q;
  job_row r;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  *n = 0;
  status = store_bind(ctx, s, sql, &q, "iii", a, b, c);
  while (store_next(ctx, s, q, &status)) {
    read_row(q, &r);
    fn(arg, &r);
    ++*n;
  }
  return store_end(ctx, s, status);
}

lg_status jobs_look(lg_ctx *ctx, store *s, int64_t id, int64_t user, job_row_fn fn, void *arg, bool *found) {
  size_t n = 0;
  const lg_status status =
      each_row(ctx, s, ROW "WHERE j.id = ?1 AND (?2 = 0 OR j.user = ?2) AND ?3 = 0", id, user, 0, fn, arg, &n);
  *found = n > 0;
  return status;
}

lg_status jobs_list(lg_ctx *ctx, store *s, int64_t user, int64_t before, int64_t limit, job_row_fn fn, void *arg) {
  size_t n;
  if (before <= 0) before = INT64_MAX;
  return user ? each_row(ctx, s,
                         ROW "WHERE j.user = ?1 AND j.id < ?2 AND j.quick = 0 ORDER BY j.user, j.id DESC LIMIT ?3",
                         user, before, limit, fn, arg, &n)
              : each_row(ctx, s, ROW "WHERE ?1 = 0 AND j.id < ?2 AND j.quick = 0 ORDER BY j.id DESC LIMIT ?3", user,
                         before, limit, fn, arg, &n);
}

lg_status jobs_files(lg_ctx *ctx, store *s, int64_t id, job_file_fn fn, void *arg) {
  sqlite3_stmt *q;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s,
                      "SELECT f.role, f.name, f.sha256, b.bytes FROM job_files f JOIN blobs b ON b.sha256 = f.sha256"
                      " WHERE f.job = ? ORDER BY f.role, f.name",
                      &q, "i", id);
  while (store_next(ctx, s, q, &status)) {
    const job_file f = {(const char *)sqlite3_column_text(q, 0), (const char *)sqlite3_column_text(q, 1),
                        (const char *)sqlite3_column_text(q, 2), (uint64_t)sqlite3_column_int64(q, 3)};
    fn(arg, &f);
  }
  return store_end(ctx, s, status);
}

lg_status jobs_find_file(lg_ctx *ctx, store *s, int64_t id, const char *role, const char *name, char sha256[BLOB_HEX]) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s, "SELECT sha256 FROM job_files WHERE job = ? AND role = ? AND name = ?", &q, "itt", id,
                      role, name);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && row) (void)snprintf(sha256, BLOB_HEX, "%s", (const char *)sqlite3_column_text(q, 0));
  status = store_end(ctx, s, status);
  if (status == LG_OK && !row) return lg_fail(ctx, LG_ERR_NOT_FOUND, "the job has no %s of that name", role);
  return status;
}

static lg_status add_log(lg_ctx *ctx, store *s, int64_t id, const char *sha256, uint64_t bytes) {
  int64_t state = 0;
  bool found;
  lg_status status = ask(ctx, s, &state, &found, "SELECT state FROM jobs WHERE id = ? AND 0 = ?", id, 0);
  if (status != LG_OK || !found) return status;
  status = files_note(ctx, s, sha256, bytes);
  if (status != LG_OK) return status;
  return store_run(ctx, s, NULL,
                   "INSERT OR IGNORE INTO job_files (job, role, name, sha256) VALUES (?, 'log', 'log', ?)", "it", id,
                   sha256);
}

lg_status jobs_add_log(lg_ctx *ctx, store *s, int64_t id, const char *sha256, uint64_t bytes) {
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, add_log(ctx, s, id, sha256, bytes)) : status;
}

/* ---- change ----------------------------------------------------------------------------------------------------- */

static lg_status state_of(lg_ctx *ctx, store *s, int64_t id, int64_t *state) {
  bool found;
  const lg_status status = ask(ctx, s, state, &found, "SELECT state FROM jobs WHERE id = ? AND 0 = ?", id, 0);
  if (status == LG_OK && !found) return lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no job %lld", (long long)id);
  return status;
}

static bool has_ended(int64_t state) { return state >= JOB_DONE && state <= JOB_CANCELLED; }

static lg_status ended(lg_ctx *ctx, int64_t state) {
  return lg_fail(ctx, LG_ERR_ARGUMENT, "the job has ended: it is %s", job_state_name((job_state)state));
}

static lg_status cancel(lg_ctx *ctx, store *s, int64_t id) {
  int64_t state = 0;
  lg_status status = state_of(ctx, s, id, &state);
  if (status != LG_OK) return status;
  if (has_ended(state)) return ended(ctx, state);
  status = store_run(ctx, s, NULL,
                     "UPDATE tasks SET state = 4, worker = NULL, lease = NULL WHERE job = ? AND state NOT"
                     " IN (2, 3, 4)",
                     "i", id);
  if (status != LG_OK) return status;
  return store_run(ctx, s, NULL, "UPDATE jobs SET state = 4, ended = ?, version = version + 1 WHERE id = ?", "ii",
                   store_now(), id);
}

static lg_status pause_it(lg_ctx *ctx, store *s, int64_t id) {
  int64_t state = 0;
  lg_status status = state_of(ctx, s, id, &state);
  if (status != LG_OK) return status;
  if (has_ended(state)) return ended(ctx, state);
  status =
      store_run(ctx, s, NULL,
                "UPDATE tasks SET state = 5, worker = NULL, lease = NULL WHERE job = ? AND state IN (0, 1)", "i", id);
  if (status != LG_OK) return status;
  return store_run(ctx, s, NULL, "UPDATE jobs SET state = 5, version = version + 1 WHERE id = ?", "i", id);
}

static lg_status resume(lg_ctx *ctx, store *s, int64_t id) {
  int64_t state = 0;
  lg_status status = state_of(ctx, s, id, &state);
  if (status != LG_OK) return status;
  if (state != JOB_PAUSED)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the job is not paused: it is %s", job_state_name((job_state)state));
  status = store_run(ctx, s, NULL, "UPDATE tasks SET state = 0 WHERE job = ? AND state = 5", "i", id);
  if (status != LG_OK) return status;
  return store_run(ctx, s, NULL, "UPDATE jobs SET state = 0, version = version + 1 WHERE id = ?", "i", id);
}

static lg_status in_transaction(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, const char *action,
                                lg_status (*fn)(lg_ctx *, store *, int64_t)) {
  lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = fn(ctx, s, id);
  if (status == LG_OK) status = note(ctx, s, by, action, id, NULL);
  return store_end(ctx, s, status);
}

lg_status jobs_cancel(lg_ctx *ctx, store *s, const audit_who *by, int64_t id) {
  return in_transaction(ctx, s, by, id, "job.cancel", cancel);
}

lg_status jobs_pause(lg_ctx *ctx, store *s, const audit_who *by, int64_t id) {
  return in_transaction(ctx, s, by, id, "job.pause", pause_it);
}

lg_status jobs_resume(lg_ctx *ctx, store *s, const audit_who *by, int64_t id) {
  return in_transaction(ctx, s, by, id, "job.resume", resume);
}

lg_status jobs_set_priority(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, int priority) {
  int n = 0;
  char words[16];
  (void)snprintf(words, sizeof words, "%d", priority);
  if (priority < -100 || priority > 100) return lg_fail(ctx, LG_ERR_RANGE, "a priority is -100 to 100");
  lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = store_run(ctx, s, &n, "UPDATE jobs SET priority = ?, version = version + 1 WHERE id = ?", "ii",
                     (int64_t)priority, id);
  if (status == LG_OK && n == 0) status = lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no job %lld", (long long)id);
  if (status == LG_OK)
    status = store_run(ctx, s, NULL, "UPDATE tasks SET priority = ? WHERE job = ?", "ii", (int64_t)priority, id);
  if (status == LG_OK) status = note(ctx, s, by, "job.priority", id, words);
  return store_end(ctx, s, status);
}

/* ---- forget ----------------------------------------------------------------------------------------------------- */

static lg_status remove_row(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, file_hashes *hashes) {
  sqlite3_stmt *q;
  int64_t state = 0;
  lg_status status = state_of(ctx, s, id, &state);
  if (status != LG_OK) return status;
  if (!has_ended(state))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the job is %s: cancel it first", job_state_name((job_state)state));
  status = store_bind(ctx, s, "SELECT DISTINCT sha256 FROM job_files WHERE job = ?", &q, "i", id);
  while (store_next(ctx, s, q, &status)) status = file_hashes_add(ctx, hashes, (const char *)sqlite3_column_text(q, 0));
  if (status == LG_OK) status = note(ctx, s, by, "job.delete", id, NULL);
  return status == LG_OK ? store_run(ctx, s, NULL, "DELETE FROM jobs WHERE id = ?", "i", id) : status;
}

lg_status jobs_delete(lg_ctx *ctx, store *s, const audit_who *by, int64_t id) {
  file_hashes hashes = {0};
  lg_status status = store_begin(ctx, s);
  if (status == LG_OK) status = store_end(ctx, s, remove_row(ctx, s, by, id, &hashes));
  if (status == LG_OK) status = files_drop_unused(ctx, s, &hashes);
  file_hashes_forget(ctx, &hashes);
  return status;
}

lg_status jobs_forget_quick(lg_ctx *ctx, store *s, int64_t before) {
  for (;;) {
    int64_t id = 0;
    bool found = false;
    lg_status status = store_read(ctx, s);
    if (status != LG_OK) return status;
    status = store_end(
        ctx, s,
        ask(ctx, s, &id, &found, "SELECT id FROM jobs WHERE quick = 1 AND ended < ? AND id > ? LIMIT 1", before, 0));
    if (status != LG_OK || !found) return status;
    status = jobs_delete(ctx, s, NULL, id);
    if (status != LG_OK) return status;
  }
}
