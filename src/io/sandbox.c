/* Run a parser in a child process and take over its answer. */
#define _GNU_SOURCE
#include "io/sandbox.h"
#include "io/h5_read.h"
#include "io/sandbox_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the child ---------------------------------------------------------------------------------------- */

static bool put_to_pipe(void *user, const void *bytes, size_t n) {
  const int fd = *(const int *)user;
  const char *at = bytes;
  while (n > 0) {
    const ssize_t written = write(fd, at, n < (1u << 20) ? n : (1u << 20));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    n -= (size_t)written;
  }
  return true;
}

/* What to run and where its answer goes: a recording, or bytes. */
typedef struct job {
  lg_sandbox_fn fn;
  lg_sandbox_bytes_fn bytes_fn;
  const void *user;
  lg_recording **rec;
  unsigned char **bytes;
  size_t *n, max_bytes;
} job;

/* Never returns: no buffer of the caller's stdio is flushed twice, no handler of atexit runs. */
static void be_child(int fd, const job *j, const lg_sandbox_limits *limits) {
  lg_ctx *ctx = NULL;
  lg_recording *rec = NULL;
  unsigned char *bytes = NULL;
  size_t n = 0;
  bool sent;
  lg_cage cage = LG_CAGE_LIMITS_ONLY;
  if (!lg_cage_enter(fd, limits->memory_bytes, limits->cpu_s, &cage) || lg_ctx_create(&ctx) != LG_OK) _exit(3);
  if (j->fn) {
    const lg_status status = j->fn(ctx, j->user, &rec);
    sent = lg_reply_write(put_to_pipe, &fd, cage, status, lg_ctx_message(ctx), rec);
  } else {
    const lg_status status = j->bytes_fn(ctx, j->user, &bytes, &n);
    sent = lg_reply_write_bytes(put_to_pipe, &fd, cage, status, lg_ctx_message(ctx), bytes, n);
  }
  _exit(sent ? 0 : 4);
}

/* ---- the caller ---------------------------------------------------------------------------------------- */

typedef enum ending { RUNNING, TIME_OUT, CANCELLED } ending;

typedef struct conversation {
  lg_ctx *ctx;
  int fd;
  struct timespec deadline;
  ending why;
} conversation;

static int milliseconds_left(const struct timespec *deadline) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  const double left = (double)(deadline->tv_sec - now.tv_sec) * 1e3 + (double)(deadline->tv_nsec - now.tv_nsec) * 1e-6;
  return left <= 0.0 ? 0 : left > 1e9 ? 1000000000 : (int)left + 1;
}

/* Wait until there is something to read (or the end); looks at cancel ten times a second. */
static bool wait_for_bytes(conversation *c) {
  for (;;) {
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    const int left = milliseconds_left(&c->deadline);
    if (lg_cancelled(c->ctx)) c->why = CANCELLED;
    else if (left == 0) c->why = TIME_OUT;
    if (c->why != RUNNING) return false;
    const int ready = poll(&p, 1, left < 100 ? left : 100);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

static bool get_from_pipe(void *user, void *bytes, size_t n) {
  conversation *c = user;
  char *at = bytes, one;
  const bool want_end = n == 0;
  if (want_end) at = &one, n = 1;
  while (n > 0) {
    if (!wait_for_bytes(c)) return false;
    const ssize_t got = read(c->fd, at, n < (1u << 20) ? n : (1u << 20));
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return want_end && got == 0;
    if (want_end) return false;
    at += got;
    n -= (size_t)got;
  }
  return true;
}

static const char *signal_name(int number) {
  switch (number) {
  case SIGSEGV:
    return "SIGSEGV";
  case SIGBUS:
    return "SIGBUS";
  case SIGABRT:
    return "SIGABRT";
  case SIGFPE:
    return "SIGFPE";
  case SIGILL:
    return "SIGILL";
  case SIGSYS:
    return "SIGSYS";
  case SIGKILL:
    return "SIGKILL";
  default:
    return "another signal";
  }
}

/* Why there is no valid answer, in one line. */
static lg_status explain(lg_ctx *ctx, const conversation *c, int wait_status, const lg_sandbox_limits *limits) {
  if (c->why == CANCELLED) return lg_fail(ctx, LG_ERR_CANCELLED, "cancelled while the file was read");
  if (c->why == TIME_OUT || (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGXCPU))
    return lg_fail(ctx, LG_ERR_LIMIT,
                   "the parser was stopped: more than %u s of computing or %u s by the clock; the file is damaged",
                   limits->cpu_s, limits->wall_s);
  if (WIFSIGNALED(wait_status))
    return lg_fail(ctx, LG_ERR_FORMAT, "the parser was stopped (signal %d, %s) inside the sandbox; the file is damaged",
                   WTERMSIG(wait_status), signal_name(WTERMSIG(wait_status)));
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 3)
    return lg_fail(ctx, LG_ERR_LIMIT, "the sandbox could not be set up (limits of the system)");
  return lg_fail(ctx, LG_ERR_FORMAT, "the parser gave no valid answer from the sandbox; the file is damaged");
}

/*
 * Every reader takes less than 0.1 s for a MiB, but libhdf5 can be kept computing by some changed bytes. Who sends a
 * small file that is damaged hears of it within 2 s; a file that unpacks to a hundred times its size still has time.
 */
static unsigned cpu_seconds(size_t mib) {
  const size_t small = 1 + 2 * mib, large = 20 + mib / 4;
  return (unsigned)(small < large ? small : large) * (LG_SANITIZED ? 10 : 1);
}

static lg_sandbox_limits fill_limits(const lg_sandbox_limits *given, size_t input_bytes) {
  const size_t mib = input_bytes >> 20;
  lg_sandbox_limits l = given ? *given : (lg_sandbox_limits){0};
  if (!l.memory_bytes) l.memory_bytes = ((size_t)2 << 30) + 24 * input_bytes;
  if (!l.cpu_s) l.cpu_s = cpu_seconds(mib);
  if (!l.wall_s) l.wall_s = 60 + (unsigned)mib;
  return l;
}

static bool reap(pid_t child, int flags, int *wait_status) {
  pid_t got;
  do got = waitpid(child, wait_status, flags);
  while (got < 0 && errno == EINTR);
  return got != 0; /* an error (SIGCHLD ignored by the program) leaves nothing to wait for either */
}

/* End the child and learn how it ended. A child without answer gets a moment to die of its own signal first. */
static int finish(pid_t child, bool give_a_moment) {
  const struct timespec moment = {0, 1000000};
  int wait_status = 0;
  for (int k = 0; give_a_moment && k < 300; k++) {
    if (reap(child, WNOHANG, &wait_status)) return wait_status;
    (void)nanosleep(&moment, NULL);
  }
  (void)kill(child, SIGKILL);
  (void)reap(child, 0, &wait_status);
  return wait_status;
}

static lg_status talk(lg_ctx *ctx, pid_t child, int fd, const lg_sandbox_limits *limits, const job *j) {
  conversation c = {.ctx = ctx, .fd = fd};
  lg_cage cage = LG_CAGE_FULL;
  (void)clock_gettime(CLOCK_MONOTONIC, &c.deadline);
  c.deadline.tv_sec += (time_t)limits->wall_s;
  const lg_status status = j->fn ? lg_reply_read(ctx, get_from_pipe, &c, &cage, j->rec)
                                 : lg_reply_read_bytes(ctx, get_from_pipe, &c, j->max_bytes, &cage, j->bytes, j->n);
  (void)close(fd);
  const bool invalid = status == LG_ERR_INTERNAL || c.why != RUNNING;
  const int wait_status = finish(child, invalid && c.why == RUNNING);
  if (invalid) return explain(ctx, &c, wait_status, limits);
  if (cage == LG_CAGE_LIMITS_ONLY)
    lg_log(ctx, LG_LEVEL_WARNING, "this kernel has no seccomp: the parser ran with limits only");
  return status;
}

static lg_status run(lg_ctx *ctx, const job *j, size_t input_bytes, const lg_sandbox_limits *limits) {
  const lg_sandbox_limits l = fill_limits(limits, input_bytes);
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return lg_fail(ctx, LG_ERR_LIMIT, "no pipe for the sandbox: %s", strerror(errno));
  lg_h5_lock(); /* another thread inside libhdf5 would leave its copy in the child half-changed */
  const pid_t child = fork();
  lg_h5_unlock();
  if (child == 0) be_child(fds[1], j, &l);
  (void)close(fds[1]);
  if (child < 0) {
    (void)close(fds[0]);
    return lg_fail(ctx, LG_ERR_LIMIT, "no process for the sandbox: %s", strerror(errno));
  }
  return talk(ctx, child, fds[0], &l, j);
}

lg_status lg_sandbox_run(lg_ctx *ctx, lg_sandbox_fn fn, const void *user, size_t input_bytes,
                         const lg_sandbox_limits *limits, lg_recording **out) {
  const job j = {.fn = fn, .user = user, .rec = out};
  *out = NULL;
  return run(ctx, &j, input_bytes, limits);
}

lg_status lg_sandbox_bytes(lg_ctx *ctx, lg_sandbox_bytes_fn fn, const void *user, size_t input_bytes,
                           const lg_sandbox_limits *limits, size_t max_bytes, unsigned char **bytes, size_t *n) {
  const job j = {.bytes_fn = fn, .user = user, .bytes = bytes, .n = n, .max_bytes = max_bytes};
  *bytes = NULL;
  *n = 0;
  return run(ctx, &j, input_bytes, limits);
}

typedef struct image {
  lg_parse_fn parse;
  const unsigned char *bytes;
  size_t n;
  const char *path;
} image;

static lg_status parse_image(lg_ctx *ctx, const void *user, lg_recording **out) {
  const image *i = user;
  return i->parse(ctx, i->bytes, i->n, i->path, out);
}

lg_status lg_sandbox_parse(lg_ctx *ctx, lg_parse_fn parse, const unsigned char *bytes, size_t n, const char *path,
                           const lg_sandbox_limits *limits, lg_recording **out) {
  const image i = {parse, bytes, n, path};
  return lg_sandbox_run(ctx, parse_image, &i, n, limits, out);
}
