/* While the program runs: its lines of progress go to the store, the lease is renewed, and it is stopped when the task
 * is not ours any more. */
#define _GNU_SOURCE
#include "app/serve/worker_internal.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 200, TELL_MS = 400, GRACE_MS = 3000 };

typedef struct line_buffer {
  char text[WORKER_LINE];
  size_t n;
} line_buffer;

static void take_progress(worker_task *t, const json_t *root) {
  const char *what = json_string_value(json_object_get(root, "progress"));
  const json_t *done = json_object_get(root, "done"), *total = json_object_get(root, "total");
  if (!what || !json_is_integer(done) || !json_is_integer(total)) return;
  (void)snprintf(t->what, sizeof t->what, "%s", what);
  t->done = json_integer_value(done);
  t->total = json_integer_value(total);
  t->news = true;
}

static void take_line(worker_task *t, char *line) {
  if (strncmp(line, "{\"progress\"", 11) == 0) {
    json_t *root = json_loads(line, 0, NULL);
    if (root) take_progress(t, root);
    json_decref(root);
    return;
  }
  const int n = t->log_bytes < WORKER_LOG ? fprintf(t->log, "%s\n", line) : 0;
  if (n > 0) t->log_bytes += n;
  lg_one_line(line);
  if (strncmp(line, "loligo: ", 8) == 0 && !strstr(line, "loligo: warning:"))
    (void)snprintf(t->message, sizeof t->message, "%s", line + 8);
}

/* Lines longer than the buffer are cut into several. */
static void take_bytes(worker_task *t, line_buffer *b, const char *bytes, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const bool full = b->n + 1 == sizeof b->text;
    if (bytes[k] != '\n' && !full) {
      b->text[b->n++] = bytes[k];
      continue;
    }
    b->text[b->n] = 0;
    if (b->n > 0) take_line(t, b->text);
    b->n = 0;
    if (bytes[k] != '\n') b->text[b->n++] = bytes[k];
  }
}

static lg_status renew(lg_ctx *ctx, worker_task *t, int64_t now, int64_t *told) {
  bool mine = true;
  lg_status status = LG_OK;
  if ((t->news && now - *told >= TELL_MS) || now - *told >= WORKER_LEASE_MS / 3) {
    status = tasks_renew(ctx, t->s, t->task.id, t->o->name, WORKER_LEASE_MS, t->what, t->done, t->total, &mine);
    if (status == LG_OK && t->news) worker_tell(t->o, t->task.job);
    t->news = false;
    *told = now;
  } else status = tasks_is_mine(ctx, t->s, t->task.id, t->o->name, &mine);
  if (status == LG_OK && !mine) t->lost = true;
  return status == LG_ERR_LIMIT ? LG_OK : status; /* the disk is slow: the next look is soon */
}

lg_status worker_follow(lg_ctx *ctx, worker_task *t) {
  line_buffer b = {.n = 0};
  char bytes[4096];
  lg_status status = LG_OK;
  int64_t told = store_now(), looked = told, asked_to_end = 0;
  for (bool open = true; open;) {
    struct pollfd p = {.fd = t->errors, .events = POLLIN};
    const int ready = poll(&p, 1, TICK_MS);
    if (ready > 0) {
      const ssize_t n = read(t->errors, bytes, sizeof bytes);
      if (n > 0) take_bytes(t, &b, bytes, (size_t)n);
      else if (n == 0 || errno != EINTR) open = false;
    }
    const int64_t now = store_now();
    if (open && !asked_to_end && now - looked >= TICK_MS) {
      looked = now;
      if (status == LG_OK) status = renew(ctx, t, now, &told);
      t->stopped = lg_cancelled(ctx);
      if (t->lost || t->stopped || status != LG_OK) {
        (void)kill(-t->child, SIGTERM); /* it saves what it has */
        asked_to_end = now;
      }
    }
    if (open && asked_to_end && now - asked_to_end > GRACE_MS) {
      (void)kill(-t->child, SIGKILL);
      open = false;
    }
  }
  take_bytes(t, &b, "\n", 1);
  (void)kill(-t->child, asked_to_end ? SIGKILL : 0);
  t->how = launcher_wait(t->launcher);
  (void)close(t->errors);
  t->errors = -1;
  return status;
}
