/* Workers are processes of the same program: `loligo serve --worker NAME`. Standard input is the pipe that wakes them,
 * standard output the pipe by which they tell of jobs. */
#define _GNU_SOURCE
#include "app/serve/supervise.h"

#include "app/serve/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_WORKERS = 64, TICK_MS = 50, CLEAN_MS = 60000, QUICK_KEPT_MS = 3600 * 1000, TOO_SOON_MS = 500 };

typedef struct process {
  pid_t id;
  char name[JOB_WORKER];
  bool quick;
  int64_t started;
} process;

struct supervisor {
  supervise_options o;
  lg_ctx *ctx; /* of the thread */
  char *program;
  int lock, wake[2], wake_quick[2], events[2];
  process worker[MOST_WORKERS];
  size_t n;
  unsigned births;
  pthread_t thread;
  bool running;
  atomic_bool stop;
};

/* ---- the folder ------------------------------------------------------------------------------------------------- */

static lg_status take_folder(lg_ctx *ctx, supervisor *s) {
  char path[4096];
  (void)snprintf(path, sizeof path, "%s/serve.lock", store_folder(s->o.store));
  s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (s->lock < 0) return lg_fail(ctx, LG_ERR_IO, "%s: %s", path, strerror(errno));
  /* a server that was killed a moment ago may still be going */
  for (int k = 0; k < 20; k++) {
    if (flock(s->lock, LOCK_EX | LOCK_NB) == 0) return LG_OK;
    (void)usleep(50000);
  }
  return lg_fail(ctx, LG_ERR_IO, "%s: another server works in this folder; end it, or give another --data", path);
}

/* ---- processes --------------------------------------------------------------------------------------------------- */

static void become_worker(const supervisor *s, const process *p, pid_t parent) {
  char *const argv[] = {s->program,
                        (char *)(uintptr_t) "serve",
                        (char *)(uintptr_t) "--data",
                        (char *)(uintptr_t)store_folder(s->o.store),
                        (char *)(uintptr_t) "--worker",
                        (char *)(uintptr_t)p->name,
                        p->quick ? (char *)(uintptr_t) "--quick-only" : NULL,
                        NULL};
  sigset_t none;
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(5);
  if (dup2(p->quick ? s->wake_quick[0] : s->wake[0], STDIN_FILENO) < 0 || dup2(s->events[1], STDOUT_FILENO) < 0)
    _exit(5);
#ifdef SYS_close_range
  (void)syscall(SYS_close_range, 3u, ~0u, 0u);
#endif
  (void)setpgid(0, 0); /* Ctrl-C is the server's, who ends its workers */
  (void)sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  (void)execv(s->program, argv);
  _exit(5);
}

/* Called from the supervisor's thread only: a worker dies with the thread that started it. */
static void start_worker(supervisor *s, process *p) {
  const pid_t parent = getpid();
  (void)snprintf(p->name, sizeof p->name, "%ld-%lld-%u", (long)parent, (long long)store_now(), s->births++);
  p->started = store_now();
  p->id = fork();
  if (p->id == 0) become_worker(s, p, parent);
  if (p->id < 0) lg_log(s->ctx, LG_LEVEL_WARNING, "a worker could not be started: %s", strerror(errno));
}

/* The tasks of a worker that died wait again, at once. */
static void look_after(supervisor *s, int64_t now) {
  for (size_t k = 0; k < s->n; k++) {
    process *p = &s->worker[k];
    size_t held = 0;
    if (p->id > 0) {
      int how;
      if (waitpid(p->id, &how, WNOHANG) != p->id) continue;
      p->id = 0;
      if (tasks_release(s->ctx, s->o.store, p->name, &held) != LG_OK)
        lg_log(s->ctx, LG_LEVEL_WARNING, "%s", lg_ctx_message(s->ctx)); /* its lease will run out */
      if (held > 0) supervise_wake(s, held, p->quick);
    }
    if (now - p->started > TOO_SOON_MS) start_worker(s, p); /* one that cannot start is not tried without end */
  }
}

static void hear(supervisor *s) {
  int64_t jobs[64];
  for (;;) {
    const ssize_t n = read(s->events[0], jobs, sizeof jobs);
    if (n <= 0) return;
    for (size_t k = 0; k < (size_t)n / sizeof jobs[0]; k++) s->o.news(s->o.user, jobs[k]);
    if ((size_t)n < sizeof jobs) return;
  }
}

/* Workers are asked first (their programs save what they have), then killed. */
static void end_workers(supervisor *s) {
  for (size_t k = 0; k < s->n; k++)
    if (s->worker[k].id > 0) (void)kill(s->worker[k].id, SIGTERM);
  for (int tick = 0; tick < 100; tick++) {
    size_t left = 0;
    for (size_t k = 0; k < s->n; k++) {
      if (s->worker[k].id > 0 && waitpid(s->worker[k].id, NULL, WNOHANG) != 0) s->worker[k].id = 0;
      left += s->worker[k].id > 0;
    }
    if (left == 0) return;
    (void)usleep(50000);
  }
  for (size_t k = 0; k < s->n; k++)
    if (s->worker[k].id > 0) {
      (void)kill(s->worker[k].id, SIGKILL);
      (void)waitpid(s->worker[k].id, NULL, 0);
    }
}

static void *watch(void *arg) {
  supervisor *s = arg;
  int64_t cleaned = store_now();
  for (size_t k = 0; k < s->n; k++) start_worker(s, &s->worker[k]);
  while (!atomic_load(&s->stop)) {
    struct pollfd p = {.fd = s->events[0], .events = POLLIN};
    if (poll(&p, 1, TICK_MS) > 0) hear(s);
    const int64_t now = store_now();
    look_after(s, now);
    s->o.news(s->o.user, 0);
    if (now - cleaned < CLEAN_MS) continue;
    cleaned = now;
    supervise_clean(s->ctx, s->o.store, "jobs");
    if (jobs_forget_quick(s->ctx, s->o.store, now - QUICK_KEPT_MS) != LG_OK)
      lg_log(s->ctx, LG_LEVEL_WARNING, "%s", lg_ctx_message(s->ctx));
  }
  end_workers(s); /* before this thread ends, which would kill them */
  return NULL;
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

static lg_status make_pipe(lg_ctx *ctx, int ends[2]) {
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) return LG_OK;
  ends[0] = ends[1] = -1;
  return lg_fail(ctx, LG_ERR_LIMIT, "no pipe: %s", strerror(errno));
}

static size_t count_workers(const supervise_options *o) {
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  const size_t n = o->workers ? o->workers : cores > 0 ? (size_t)cores : 1;
  return o->program ? (n < MOST_WORKERS ? n + 1 : MOST_WORKERS) : 0;
}

lg_status supervise_start(lg_ctx *ctx, const supervise_options *o, supervisor **out) {
  lg_status status = LG_OK;
  supervisor *s = NULL;
  *out = NULL;
  LG_NEW(ctx, s, 1);
  *s = (supervisor){.o = *o, .lock = -1, .wake = {-1, -1}, .wake_quick = {-1, -1}, .events = {-1, -1}};
  LG_TRY(lg_ctx_create(&s->ctx));
  if (o->program && !(s->program = lg_strdup(ctx, o->program))) LG_TRY(LG_ERR_MEMORY);
  LG_TRY(take_folder(ctx, s));
  LG_TRY(make_pipe(ctx, s->wake));
  LG_TRY(make_pipe(ctx, s->wake_quick));
  LG_TRY(make_pipe(ctx, s->events));
  LG_TRY(tasks_release(ctx, o->store, NULL, NULL));
  supervise_clean(s->ctx, s->o.store, "blobs/new");
  supervise_clean(s->ctx, s->o.store, "jobs");
  s->n = count_workers(o);
  if (s->n > 0) s->worker[0].quick = true;
  if (pthread_create(&s->thread, NULL, watch, s) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "no thread could be started for the workers"));
  s->running = true;
  *out = s;
  s = NULL;
done:
  supervise_stop(ctx, s);
  return status;
}

static void close_both(const int ends[2]) {
  if (ends[0] >= 0) (void)close(ends[0]);
  if (ends[1] >= 0) (void)close(ends[1]);
}

void supervise_stop(lg_ctx *ctx, supervisor *s) {
  if (!s) return;
  if (s->running) {
    atomic_store(&s->stop, true);
    (void)pthread_join(s->thread, NULL);
    LG_IGNORE(tasks_release(ctx, s->o.store, NULL, NULL));
  }
  close_both(s->wake);
  close_both(s->wake_quick);
  close_both(s->events);
  if (s->lock >= 0) (void)close(s->lock);
  lg_free(ctx, s->program);
  lg_ctx_destroy(s->ctx);
  lg_free(ctx, s);
}

void supervise_wake(supervisor *s, size_t n, bool quick) {
  if (!s) return;
  if (quick) (void)!write(s->wake_quick[1], "", 1);
  for (size_t k = 0; k < n && k < s->n; k++) (void)!write(s->wake[1], "", 1);
}
