/* Tasks as workers see them: claim, renew, finish, give back. */
#include "app/serve/store_files.h"
#include "app/serve/store_jobs.h"

#include <sodium.h>
#include <sqlite3.h>
#include <string.h>

/* In the audit of a job that is kept: how it ended and which results it has, one hash over their names and hashes. */
static lg_status note_end(lg_ctx *ctx, store *s, int64_t job, job_state state, int exit_code) {
  char object[AUDIT_OBJECT], detail[256], hex[BLOB_HEX];
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_state h;
  sqlite3_stmt *q;
  bool row = false;
  int64_t n = 0;
  lg_status status = store_bind(ctx, s, "SELECT 1 FROM jobs WHERE id = ? AND quick = 0", &q, "i", job);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status != LG_OK || !row) return status;
  (void)crypto_hash_sha256_init(&h);
  status = store_bind(ctx, s,
                      "SELECT sha256 || ' ' || name || char(10) FROM job_files WHERE job = ? AND role = 'output' ORDER"
                      " BY name",
                      &q, "i", job);
  while (store_next(ctx, s, q, &status)) {
    const unsigned char *line = sqlite3_column_text(q, 0);
    (void)crypto_hash_sha256_update(&h, line, (unsigned long long)sqlite3_column_bytes(q, 0));
    n++;
  }
  if (status != LG_OK) return status;
  (void)crypto_hash_sha256_final(&h, hash);
  (void)sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  (void)snprintf(detail, sizeof detail, "%s, exit code %d, %lld files, %s", job_state_name(state), exit_code,
                 (long long)n, hex);
  return store_audit_add(ctx, s, NULL, "job.end", audit_object(object, "job", job), detail);
}

/* The job ends now; what waits of it never runs. */
static lg_status end_job(lg_ctx *ctx, store *s, int64_t job, job_state state, int exit_code, const char *message,
                         const char *summary) {
  lg_status status = LG_OK;
  if (state != JOB_DONE)
    status = store_run(ctx, s, NULL,
                       "UPDATE tasks SET state = 4, worker = NULL, lease = NULL WHERE job = ? AND state NOT IN (2, 3)",
                       "i", job);
  if (status == LG_OK)
    status = store_run(ctx, s, NULL,
                       "UPDATE jobs SET state = ?, ended = ?, exit_code = nullif(?, -1), message = ?, summary = ?,"
                       " version = version + 1 WHERE id = ?",
                       "iiitti", (int64_t)state, store_now(), (int64_t)exit_code, message, summary, job);
  return status == LG_OK ? note_end(ctx, s, job, state, exit_code) : status;
}

/* Leases that ran out, by now: the worker hangs, or died without anybody seeing it. */
static lg_status take_back(lg_ctx *ctx, store *s, int64_t now) {
  sqlite3_stmt *q;
  bool row = true;
  for (;;) {
    int64_t job = 0, id = 0;
    lg_status status =
        store_bind(ctx, s, "SELECT id, job FROM tasks WHERE state = 1 AND lease < ? AND tries >= ? LIMIT 1", &q, "ii",
                   now, (int64_t)JOB_MOST_TRIES);
    if (status == LG_OK) status = store_step(ctx, s, q, &row);
    if (status != LG_OK) return status;
    if (!row) break;
    id = sqlite3_column_int64(q, 0), job = sqlite3_column_int64(q, 1);
    status = store_run(ctx, s, NULL, "UPDATE tasks SET state = 3, worker = NULL, lease = NULL WHERE id = ?", "i", id);
    if (status == LG_OK)
      status = end_job(ctx, s, job, JOB_FAILED, -1, "its worker died each time it was tried; is it too large?", NULL);
    if (status != LG_OK) return status;
  }
  return store_run(ctx, s, NULL,
                   "UPDATE tasks SET state = 0, worker = NULL, lease = NULL WHERE state = 1 AND lease < ?", "i", now);
}

static lg_status claim(lg_ctx *ctx, store *s, const char *worker, int64_t lease_ms, int64_t least, size_t most,
                       job_task *tasks, size_t *n) {
  sqlite3_stmt *q = NULL;
  const int64_t now = store_now();
  lg_status status = take_back(ctx, s, now);
  if (status == LG_OK)
    status = store_bind(ctx, s,
                        "UPDATE tasks SET state = 1, worker = ?, lease = ?, tries = tries + 1 WHERE id IN (SELECT id"
                        " FROM tasks WHERE state = 0 AND priority >= ? ORDER BY priority DESC, turn, id LIMIT ?)"
                        " RETURNING id, job, shard, n_shards, stage, tries, priority",
                        &q, "tiii", worker, now + lease_ms, least, (int64_t)most);
  while (store_next(ctx, s, q, &status)) {
    tasks[(*n)++] = (job_task){.id = sqlite3_column_int64(q, 0),
                               .job = sqlite3_column_int64(q, 1),
                               .shard = (size_t)sqlite3_column_int64(q, 2),
                               .n_shards = (size_t)sqlite3_column_int64(q, 3),
                               .stage = sqlite3_column_int(q, 4),
                               .tries = sqlite3_column_int(q, 5),
                               .priority = sqlite3_column_int64(q, 6)};
  }
  for (size_t k = 0; k < *n && status == LG_OK; k++)
    status = store_run(ctx, s, NULL,
                       "UPDATE jobs SET state = 1, started = coalesce(started, ?), version = version + 1 WHERE id = ?"
                       " AND (state = 0 OR started IS NULL)",
                       "ii", now, tasks[k].job);
  return status;
}

static lg_status any_waits(lg_ctx *ctx, store *s, int64_t least, bool *any) {
  sqlite3_stmt *q;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s,
                      "SELECT 1 WHERE EXISTS (SELECT 1 FROM tasks WHERE state = 0 AND priority >= ?) OR EXISTS (SELECT"
                      " 1 FROM tasks WHERE state = 1 AND lease < ?)",
                      &q, "ii", least, store_now());
  if (status == LG_OK) status = store_step(ctx, s, q, any);
  return store_end(ctx, s, status);
}

lg_status tasks_claim(lg_ctx *ctx, store *s, const char *worker, int64_t lease_ms, int64_t least, size_t most,
                      job_task *tasks, size_t *n) {
  bool any = false;
  *n = 0;
  lg_status status = any_waits(ctx, s, least, &any); /* looking does not write: an idle worker costs nothing */
  if (status != LG_OK || !any) return status;
  status = store_begin_light(ctx, s); /* after a loss of power nobody works on anything */
  if (status != LG_OK) return status;
  status = store_end(ctx, s, claim(ctx, s, worker, lease_ms, least, most, tasks, n));
  if (status != LG_OK) *n = 0;
  return status;
}

lg_status tasks_request(lg_ctx *ctx, store *s, const job_task *task, char **command, char **request) {
  sqlite3_stmt *q;
  bool row = false;
  *command = *request = NULL;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s, "SELECT command, request FROM jobs WHERE id = ?", &q, "i", task->job);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && !row) status = lg_fail(ctx, LG_ERR_NOT_FOUND, "the job is gone");
  if (status == LG_OK) {
    *command = lg_strdup(ctx, (const char *)sqlite3_column_text(q, 0));
    *request = lg_strdup(ctx, (const char *)sqlite3_column_text(q, 1));
    if (!*command || !*request) {
      lg_free(ctx, *command);
      lg_free(ctx, *request);
      *command = *request = NULL;
      status = LG_ERR_MEMORY;
    }
  }
  return store_end(ctx, s, status);
}

static lg_status look_mine(lg_ctx *ctx, store *s, int64_t id, const char *worker, bool *mine) {
  sqlite3_stmt *q;
  lg_status status =
      store_bind(ctx, s, "SELECT 1 FROM tasks WHERE id = ? AND worker = ? AND state = 1", &q, "it", id, worker);
  return status == LG_OK ? store_step(ctx, s, q, mine) : status;
}

lg_status tasks_is_mine(lg_ctx *ctx, store *s, int64_t id, const char *worker, bool *mine) {
  *mine = false;
  const lg_status status = store_read(ctx, s);
  return status == LG_OK ? store_end(ctx, s, look_mine(ctx, s, id, worker, mine)) : status;
}

/* What gets somewhere has its tries counted anew: only a task that gets nowhere is given up. */
static lg_status renew(lg_ctx *ctx, store *s, int64_t id, const char *worker, int64_t lease_ms, const char *what,
                       int64_t done, int64_t total, bool *mine) {
  int n = 0;
  lg_status status = store_run(ctx, s, &n,
                               "UPDATE tasks SET lease = ?1, tries = CASE WHEN ?2 > coalesce(done, 0) THEN 1 ELSE tries"
                               " END, done = ?2, total = ?3 WHERE id = ?4 AND worker = ?5 AND state = 1",
                               "iiiit", store_now() + lease_ms, done, total, id, worker);
  *mine = status == LG_OK && n == 1;
  if (!*mine || total == 0) return status;
  return store_run(ctx, s, NULL,
                   "UPDATE jobs SET (done, total) = (SELECT sum(min(coalesce(t.done, 0), t.total)), sum(t.total) FROM"
                   " tasks t WHERE t.job = jobs.id AND t.stage = (SELECT stage FROM tasks WHERE id = ?1)), what = ?2,"
                   " version = version + 1 WHERE id = (SELECT job FROM tasks WHERE id = ?1)",
                   "it", id, what);
}

lg_status tasks_renew(lg_ctx *ctx, store *s, int64_t id, const char *worker, int64_t lease_ms, const char *what,
                      int64_t done, int64_t total, bool *mine) {
  *mine = false;
  const lg_status status = store_begin_light(ctx, s);
  return status == LG_OK ? store_end(ctx, s, renew(ctx, s, id, worker, lease_ms, what, done, total, mine)) : status;
}

/* ---- the end -------------------------------------------------------------------------------------------------- */

static lg_status put_files(lg_ctx *ctx, store *s, int64_t job, const task_result *r) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < r->n_files && status == LG_OK; k++) {
    const job_file *f = &r->files[k];
    status = files_note(ctx, s, f->sha256, f->bytes);
    if (status == LG_OK)
      status = store_run(ctx, s, NULL, "INSERT OR REPLACE INTO job_files (job, role, name, sha256) VALUES (?, ?, ?, ?)",
                         "ittt", job, f->role, f->name, f->sha256);
  }
  return status;
}

/* After the last task of a stage the next begins; after the last stage the job is done. */
static lg_status go_on(lg_ctx *ctx, store *s, const job_task *task, const task_result *r) {
  sqlite3_stmt *q;
  bool open = false;
  int woken = 0;
  lg_status status = store_bind(ctx, s, "SELECT 1 FROM tasks WHERE job = ? AND stage = ? AND state <> 2 LIMIT 1", &q,
                                "ii", task->job, (int64_t)task->stage);
  if (status == LG_OK) status = store_step(ctx, s, q, &open);
  if (status != LG_OK) return status;
  if (open) return store_run(ctx, s, NULL, "UPDATE jobs SET version = version + 1 WHERE id = ?", "i", task->job);
  status = store_run(ctx, s, &woken, "UPDATE tasks SET state = 0 WHERE job = ? AND stage = ? AND state = 6", "ii",
                     task->job, (int64_t)task->stage + 1);
  if (status != LG_OK || woken > 0) return status;
  return end_job(ctx, s, task->job, JOB_DONE, r->exit_code, r->message, r->summary);
}

static lg_status finish(lg_ctx *ctx, store *s, const job_task *task, const char *worker, const task_result *r,
                        bool *kept) {
  lg_status status = LG_OK;
  LG_TRY(look_mine(ctx, s, task->id, worker, kept));
  if (!*kept) goto done;
  LG_TRY(put_files(ctx, s, task->job, r));
  LG_TRY(store_run(ctx, s, NULL,
                   "UPDATE tasks SET state = ?, worker = NULL, lease = NULL, done = coalesce(total, done), exit_code ="
                   " nullif(?, -1), message = ? WHERE id = ?",
                   "iiti", (int64_t)(r->good ? JOB_DONE : JOB_FAILED), (int64_t)r->exit_code, r->message, task->id));
  if (r->good) LG_TRY(go_on(ctx, s, task, r));
  else LG_TRY(end_job(ctx, s, task->job, JOB_FAILED, r->exit_code, r->message, r->summary));
done:
  return status;
}

lg_status tasks_finish(lg_ctx *ctx, store *s, const job_task *task, const char *worker, const task_result *r,
                       bool *kept) {
  *kept = false;
  const bool waited = task->priority >= JOB_PRIORITY_WAITED;
  lg_status status = waited ? store_begin_light(ctx, s) : store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = store_end(ctx, s, finish(ctx, s, task, worker, r, kept));
  if (status != LG_OK) *kept = false;
  return status;
}

lg_status tasks_release(lg_ctx *ctx, store *s, const char *worker, size_t *n) {
  int changed = 0;
  lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  status = store_run(ctx, s, &changed, "UPDATE tasks SET lease = 0 WHERE state = 1 AND (?1 IS NULL OR worker = ?1)",
                     "t", worker);
  if (status == LG_OK && changed > 0) status = take_back(ctx, s, store_now());
  if (n) *n = (size_t)changed;
  return store_end(ctx, s, status);
}

lg_status tasks_count(lg_ctx *ctx, store *s, int64_t *waiting, int64_t *running) {
  sqlite3_stmt *q;
  bool row = false;
  *waiting = *running = 0;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s,
                      "SELECT (SELECT count(*) FROM tasks WHERE state = 0), (SELECT count(*) FROM tasks WHERE state = "
                      "1)",
                      &q, "");
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && row) *waiting = sqlite3_column_int64(q, 0), *running = sqlite3_column_int64(q, 1);
  return store_end(ctx, s, status);
}
