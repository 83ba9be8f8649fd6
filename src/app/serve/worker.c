/* The loop of a worker: wait, claim, work, until the server is gone. */
#define _GNU_SOURCE
#include "app/serve/worker_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 1000 };

void worker_tell(const worker_options *o, int64_t job) {
  if (o->events >= 0) (void)!write(o->events, &job, sizeof job); /* full: the server looks each second anyway */
}

static lg_status work(lg_ctx *ctx, const worker_options *o, store *s, launcher *l, const job_task *task) {
  lg_status status = LG_OK;
  worker_task t = {.o = o, .s = s, .launcher = l, .task = *task, .errors = -1};
  LG_TRY(tasks_request(ctx, s, task, &t.command, &t.request));
  worker_tell(o, task->job);
  LG_TRY(worker_prepare(ctx, &t));
  LG_TRY(worker_start(ctx, &t));
  LG_TRY(worker_follow(ctx, &t));
  LG_TRY(worker_give_back(ctx, &t));
done:
  if (t.log) (void)fclose(t.log);
  lg_free(ctx, t.command);
  lg_free(ctx, t.request);
  return status;
}

/* What went wrong with a task outside its program (a full disk, a lost file): the job is told, not only the log. */
static void give_up(lg_ctx *ctx, const worker_options *o, store *s, const job_task *task) {
  bool kept;
  char words[512];
  (void)snprintf(words, sizeof words, "the server could not run it: %s", lg_ctx_message(ctx));
  const task_result r = {.exit_code = -1, .message = words};
  LG_IGNORE(tasks_finish(ctx, s, task, o->name, &r, &kept));
  worker_tell(o, task->job);
}

/* False: the server is gone. */
static bool wait_for_work(const worker_options *o) {
  char byte;
  struct pollfd p = {.fd = o->wake, .events = POLLIN};
  const int ready = poll(&p, o->wake >= 0, LOOK_MS);
  if (ready <= 0) return true;
  const ssize_t n = read(o->wake, &byte, 1); /* one byte, one task: the others are for others */
  return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

lg_status worker_run(lg_ctx *ctx, const worker_options *o) {
  lg_status status = LG_OK;
  store *s = NULL;
  launcher *l = NULL;
  const int64_t least = o->quick_only ? WORKER_PRIORITY_QUICK : INT64_MIN;
  if (o->wake >= 0) (void)fcntl(o->wake, F_SETFL, O_NONBLOCK); /* several wait at one pipe */
  if (o->events >= 0) (void)fcntl(o->events, F_SETFL, O_NONBLOCK);
  LG_TRY(launcher_create(ctx, o->program, o->folder, &l)); /* before the store: it has no hold of it */
  LG_TRY(store_open(ctx, o->folder, &s));
  for (bool alive = true; alive && !lg_cancelled(ctx);) {
    job_task task;
    size_t n = 0;
    if (tasks_claim(ctx, s, o->name, WORKER_LEASE_MS, least, 1, &task, &n) != LG_OK)
      lg_log(ctx, LG_LEVEL_WARNING, "%s: %s", o->name, lg_ctx_message(ctx));
    if (n == 0) {
      alive = wait_for_work(o);
      continue;
    }
    if (work(ctx, o, s, l, &task) != LG_OK) {
      lg_log(ctx, LG_LEVEL_WARNING, "%s: task %lld: %s", o->name, (long long)task.id, lg_ctx_message(ctx));
      give_up(ctx, o, s, &task);
    }
  }
done:
  launcher_destroy(ctx, l);
  store_close(ctx, s);
  return status;
}
