/* The launcher itself: requests in, copies of this process out. */
#define _GNU_SOURCE
#include "app/serve/launcher_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* One request, as it came. */
typedef struct request {
  launch_head head;
  char *text;
  int errors;
  const char *folder, *out;
  char *argv[LAUNCH_MOST_WORDS + 1];
} request;

/* ---- the copy: from here to the program's end -------------------------------------------------------------------- */

bool launcher_limit(int what, uint64_t value) {
  struct rlimit r;
  if (getrlimit((__rlimit_resource_t)what, &r) != 0) return false;
  if (r.rlim_max == RLIM_INFINITY || r.rlim_max > value) r.rlim_max = value;
  r.rlim_cur = r.rlim_max;
  return setrlimit((__rlimit_resource_t)what, &r) == 0;
}

static void complain(const char *what) {
  (void)!write(STDERR_FILENO, "loligo: worker: IO: ", 20);
  (void)!write(STDERR_FILENO, what, strlen(what));
  (void)!write(STDERR_FILENO, "\n", 1);
  _exit(5);
}

#if defined(__SANITIZE_ADDRESS__)
#define LIMITS_MEMORY false /* the sanitizer's shadow is larger than any limit */
#else
#define LIMITS_MEMORY true
#endif

static void set_limits(const request *q) {
  if (!launcher_limit(RLIMIT_CORE, 0) || !launcher_limit(RLIMIT_NOFILE, 512) ||
      !launcher_limit(RLIMIT_FSIZE, (uint64_t)16 << 30) ||
      (LIMITS_MEMORY && !launcher_limit(RLIMIT_AS, q->head.memory)))
    complain("limits could not be set");
  if (q->head.nice) (void)setpriority(PRIO_PROCESS, 0, 5);
}

static void set_environment(const request *q) {
  static char *environment[8];
  static char tmp[4096 + 64], data[4096 + 32], lsan[1024];
  const char *own = getenv("LOLIGO_DATA_DIR"), *leaks = getenv("LSAN_OPTIONS");
  size_t n = 0;
  (void)snprintf(tmp, sizeof tmp, "TMPDIR=%s/tmp", q->folder);
  environment[n++] = tmp;
  environment[n++] = (char *)(uintptr_t) "LANG=C.UTF-8";
  environment[n++] = (char *)(uintptr_t) "PATH=/usr/bin:/bin";
  environment[n++] = (char *)(uintptr_t) "HOME=/nonexistent";
  environment[n++] = (char *)(uintptr_t) "XDG_CONFIG_HOME=/nonexistent";
  if (own && snprintf(data, sizeof data, "LOLIGO_DATA_DIR=%s", own) < (int)sizeof data) environment[n++] = data;
  if (leaks && snprintf(lsan, sizeof lsan, "LSAN_OPTIONS=%s", leaks) < (int)sizeof lsan) environment[n++] = lsan;
  environment[n] = NULL;
  environ = environment;
}

static void name_it(const request *q) {
  char name[16];
  (void)snprintf(name, sizeof name, "loligo-%s", q->argv[1]);
  (void)prctl(PR_SET_NAME, name);
}

static void become_program(const launcher_options *o, const request *q, pid_t parent) {
  sigset_t none;
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(5); /* it died before we asked */
  (void)setpgid(0, 0);
  const int in = open("/dev/null", O_RDONLY), out = open(q->out, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (in < 0 || out < 0 || dup2(q->errors, STDERR_FILENO) < 0 || dup2(in, STDIN_FILENO) < 0 ||
      dup2(out, STDOUT_FILENO) < 0)
    complain("files could not be opened");
#ifdef SYS_close_range
  (void)syscall(SYS_close_range, 3u, ~0u, 0u);
#endif
  set_limits(q);
  if (chdir(q->folder) != 0) complain("the folder of the job is gone");
  if (launcher_cage(q->folder, o->program, o->readable) < 0) complain("the cage of files could not be made");
  set_environment(q);
  name_it(q);
  (void)sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  exit(o->run((int)q->head.n, (char **)(uintptr_t)q->argv));
}

/* ---- requests ------------------------------------------------------------------------------------------ */

/* The head comes with a descriptor. */
static bool receive_head(int socket, request *q) {
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec piece = {&q->head, sizeof q->head};
  struct msghdr m = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t n;
  do n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC | MSG_WAITALL);
  while (n < 0 && errno == EINTR);
  const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  if (c && c->cmsg_type == SCM_RIGHTS) memcpy(&q->errors, CMSG_DATA(c), sizeof q->errors);
  return n == (ssize_t)sizeof q->head && q->errors >= 0;
}

/* Strings one behind the other; false: not as agreed. */
static bool split(request *q) {
  const char *at = q->text, *end = q->text + q->head.bytes;
  if (q->head.bytes == 0 || end[-1] != 0) return false;
  for (uint32_t k = 0; k < q->head.n + 2; k++) {
    if (at >= end) return false;
    if (k == 0) q->folder = at;
    else if (k == 1) q->out = at;
    else q->argv[k - 2] = (char *)(uintptr_t)at;
    at += strlen(at) + 1;
  }
  q->argv[q->head.n] = NULL;
  return at == end;
}

static bool receive(int socket, request *q) {
  if (!receive_head(socket, q)) return false;
  if (q->head.n < 2 || q->head.n > LAUNCH_MOST_WORDS || q->head.bytes > LAUNCH_MOST_BYTES) return false;
  q->text = malloc(q->head.bytes);
  return q->text && launcher_receive(socket, q->text, q->head.bytes) && split(q);
}

static void forget(request *q) {
  free(q->text);
  if (q->errors >= 0) (void)close(q->errors);
}

/* False: the worker is gone. */
static bool serve_one(const launcher_options *o) {
  request q = {.errors = -1};
  siginfo_t info;
  int32_t how = 0;
  char byte;
  const pid_t parent = getpid();
  if (!receive(o->socket, &q)) {
    forget(&q);
    return false;
  }
  const pid_t child = fork();
  if (child == 0) become_program(o, &q, parent);
  int32_t number = child < 0 ? -errno : (int32_t)child;
  if (child > 0) (void)setpgid(child, child); /* it does so itself; whoever is first */
  forget(&q);
  if (!launcher_send(o->socket, &number, sizeof number)) return false;
  if (child < 0) return true;
  while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0)
    if (errno != EINTR) return false;
  how = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status & 0x7f; /* as waitpid says it */
  const bool good = launcher_send(o->socket, &how, sizeof how) && launcher_receive(o->socket, &byte, 1);
  (void)waitpid(child, NULL, 0);
  return good;
}

lg_status launcher_serve(lg_ctx *ctx, const launcher_options *o) {
  sigset_t asked;
  (void)ctx;
  (void)sigemptyset(&asked); /* its end is the worker's */
  (void)sigaddset(&asked, SIGTERM);
  (void)sigaddset(&asked, SIGINT);
  (void)sigprocmask(SIG_BLOCK, &asked, NULL);
  while (serve_one(o)) {
  }
  return LG_OK;
}
