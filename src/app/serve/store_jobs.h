/**
 * @file store_jobs.h
 * @brief The queue: jobs, their tasks, leases, results.
 *
 * A job is a command with its arguments. What one worker takes at a time is a task: a plain job has one, a batch has
 * one for each share (stage 0) and one that merges (stage 1). A task that is taken is leased: whoever took it renews,
 * or it is given to another. Results, summary and state are written in one transaction, and only by who holds the
 * lease.
 */
#ifndef LG_SERVE_STORE_JOBS_H
#define LG_SERVE_STORE_JOBS_H

#include "app/serve/blob.h"
#include "app/serve/store.h"
#include "app/serve/store_audit.h"

typedef enum job_state {
  JOB_WAITING = 0,
  JOB_RUNNING,
  JOB_DONE,
  JOB_FAILED,
  JOB_CANCELLED,
  JOB_PAUSED,
  JOB_BLOCKED /* of tasks only: an earlier stage is not done */
} job_state;

enum {
  JOB_WORKER = 64, /* bytes of a worker's name */
  JOB_MOST_SHARDS = 256,
  JOB_MOST_TRIES = 100, /* of a task that gets nowhere: its workers died each time */
  JOB_MOST_UNFINISHED = 1000,
  JOB_MOST_QUICK = 64,
  JOB_PRIORITY_WAITED = 1000 /* somebody waits for the answer, and asks again when the power went meanwhile */
};

/** @brief "waiting", "running", … */
const char *job_state_name(job_state state);

/** A file of a job: its name there and what it holds. */
typedef struct job_file {
  const char *role; /* "input", "output", "log" */
  const char *name;
  const char *sha256;
  uint64_t bytes;
} job_file;

typedef struct job_new {
  int64_t user;
  audit_who by; /* for the audit: the user as it is called, and from where */
  const char *command;
  const char *request; /* JSON, as the worker wants it */
  int priority;        /* higher goes first */
  bool quick;          /* somebody waits for it: not listed, forgotten after an hour */
  size_t n_shards;     /* 0: one task; otherwise so many shares and one task that merges */
  const job_file *inputs;
  size_t n_inputs;
  size_t most_unfinished; /* of the user; 0: JOB_MOST_UNFINISHED, of quick ones JOB_MOST_QUICK */
} job_new;

/** @brief Whether a user may use these files, inside a transaction. @retval LG_ERR_NOT_FOUND one is neither an upload
 * nor a result of this user */
LG_MUST_CHECK lg_status jobs_check_inputs(lg_ctx *ctx, store *s, int64_t user, const job_file *inputs, size_t n);

/**
 * @brief Add a job. Its inputs must be uploads of the user or files of jobs of the user.
 * @retval LG_ERR_NOT_FOUND an input is not there; LG_ERR_LIMIT the user has too many that are not ended
 */
LG_MUST_CHECK lg_status jobs_create(lg_ctx *ctx, store *s, const job_new *job, int64_t *id);

/** What a reader of jobs sees; the texts live until the callback returns. */
typedef struct job_row {
  int64_t id, user, priority, created, started, ended; /* ms since 1970; 0: not yet */
  const char *user_name, *command, *request, *message, *what, *summary;
  job_state state;
  bool quick, has_exit_code;
  int exit_code;
  int64_t done, total, version; /* total 0: unknown */
} job_row;

typedef void (*job_row_fn)(void *user, const job_row *row);
typedef void (*job_file_fn)(void *user, const job_file *file);

/** @brief One job of a user (0: of anybody). *found false: there is none. */
LG_MUST_CHECK lg_status jobs_look(lg_ctx *ctx, store *s, int64_t id, int64_t user, job_row_fn fn, void *arg,
                                  bool *found);
/** @brief Newest first, those before id `before` (0: from the newest), at most `limit`; quick ones are left out. */
LG_MUST_CHECK lg_status jobs_list(lg_ctx *ctx, store *s, int64_t user, int64_t before, int64_t limit, job_row_fn fn,
                                  void *arg);
LG_MUST_CHECK lg_status jobs_files(lg_ctx *ctx, store *s, int64_t id, job_file_fn fn, void *arg);
/** @brief Where a file of a job is. @retval LG_ERR_NOT_FOUND */
LG_MUST_CHECK lg_status jobs_find_file(lg_ctx *ctx, store *s, int64_t id, const char *role, const char *name,
                                       char sha256[BLOB_HEX]);

/** @brief The log of a job that has ended without a worker's taking it; a job that is gone, or has one: nothing. */
LG_MUST_CHECK lg_status jobs_add_log(lg_ctx *ctx, store *s, int64_t id, const char *sha256, uint64_t bytes);

/* Who changes it stands in the audit (NULL: the program itself). Quick jobs are looked at and forgotten: they are not
 * in it. */

/** @brief Stop it, wherever it is. @retval LG_ERR_ARGUMENT it has ended */
LG_MUST_CHECK lg_status jobs_cancel(lg_ctx *ctx, store *s, const audit_who *by, int64_t id);
/** @brief Let it rest; a batch keeps what it has. @retval LG_ERR_ARGUMENT it has ended */
LG_MUST_CHECK lg_status jobs_pause(lg_ctx *ctx, store *s, const audit_who *by, int64_t id);
/** @brief Go on. @retval LG_ERR_ARGUMENT it is not paused */
LG_MUST_CHECK lg_status jobs_resume(lg_ctx *ctx, store *s, const audit_who *by, int64_t id);
/** @retval LG_ERR_RANGE -100 to 100 */
LG_MUST_CHECK lg_status jobs_set_priority(lg_ctx *ctx, store *s, const audit_who *by, int64_t id, int priority);
/** @brief Forget a job that has ended, and its files unless something else points at them. @retval LG_ERR_ARGUMENT it
 * has not ended */
LG_MUST_CHECK lg_status jobs_delete(lg_ctx *ctx, store *s, const audit_who *by, int64_t id);
/** @brief Forget quick jobs that ended before `before`. */
LG_MUST_CHECK lg_status jobs_forget_quick(lg_ctx *ctx, store *s, int64_t before);

/* ---- tasks, for workers ----------------------------------------------------------------------------------- */

typedef struct job_task {
  int64_t id, job;
  size_t shard, n_shards; /* n_shards 0: no batch, or its merging task */
  int stage, tries;
  int64_t priority;
} job_task;

/**
 * @brief Take up to `most` tasks that wait (or whose lease ran out) and have that priority or more.
 * @param[out] tasks (most) @param[out] n how many were taken
 */
LG_MUST_CHECK lg_status tasks_claim(lg_ctx *ctx, store *s, const char *worker, int64_t lease_ms, int64_t least_priority,
                                    size_t most, job_task *tasks, size_t *n);
/** @brief The request of a task's job; free with lg_free. */
LG_MUST_CHECK lg_status tasks_request(lg_ctx *ctx, store *s, const job_task *task, char **command, char **request);
/** @brief Whether the worker still holds it (it was not cancelled, paused, or given to another). */
LG_MUST_CHECK lg_status tasks_is_mine(lg_ctx *ctx, store *s, int64_t id, const char *worker, bool *mine);
/** @brief Hold it for longer, and say how far it is (total 0: unknown). */
LG_MUST_CHECK lg_status tasks_renew(lg_ctx *ctx, store *s, int64_t id, const char *worker, int64_t lease_ms,
                                    const char *what, int64_t done, int64_t total, bool *mine);

typedef struct task_result {
  bool good;           /* the command did what it should (exit codes 0, 1 and 6) */
  int exit_code;       /* of the command; < 0: it had none */
  const char *message; /* for people, where it did not */
  const char *summary; /* its JSON, NULL: none; kept of the last stage */
  const job_file *files;
  size_t n_files;
} task_result;

/** @brief End a task: files, summary, its state and the job's in one transaction. *kept false: it was not ours any
 * more.
 */
LG_MUST_CHECK lg_status tasks_finish(lg_ctx *ctx, store *s, const job_task *task, const char *worker,
                                     const task_result *result, bool *kept);
/** @brief Give back what a worker held (NULL: every worker): it waits again. */
LG_MUST_CHECK lg_status tasks_release(lg_ctx *ctx, store *s, const char *worker, size_t *n);
/** @brief How many wait and how many run. */
LG_MUST_CHECK lg_status tasks_count(lg_ctx *ctx, store *s, int64_t *waiting, int64_t *running);

#endif
