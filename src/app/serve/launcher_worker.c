/* The worker's side of its launcher. */
#define _GNU_SOURCE
#include "app/serve/launcher_internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct launcher {
  char *program, *folder;
  pid_t process;
  int socket; /* -1: it is not there */
};

bool launcher_send(int socket, const void *bytes, size_t n) {
  for (const char *at = bytes; n > 0;) {
    const ssize_t put = send(socket, at, n, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put, n -= (size_t)put;
  }
  return true;
}

bool launcher_receive(int socket, void *bytes, size_t n) {
  for (char *at = bytes; n > 0;) {
    const ssize_t got = recv(socket, at, n, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got, n -= (size_t)got;
  }
  return true;
}

/* ---- its process --------------------------------------------------------------------------------------- */

static void become_launcher(const launcher *l, int socket, pid_t parent) {
  char *const argv[] = {l->program, (char *)(uintptr_t) "serve",      (char *)(uintptr_t) "--data",
                        l->folder,  (char *)(uintptr_t) "--launcher", NULL};
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent || dup2(socket, STDIN_FILENO) < 0) _exit(5);
#ifdef SYS_close_range
  (void)syscall(SYS_close_range, 3u, ~0u, 0u);
#endif
  (void)execv(l->program, argv);
  _exit(5);
}

static void end(launcher *l) {
  if (l->socket >= 0) (void)close(l->socket);
  if (l->process > 0) {
    (void)kill(l->process, SIGKILL); /* and with it what it started */
    while (waitpid(l->process, NULL, 0) < 0 && errno == EINTR) {
    }
  }
  l->socket = -1;
  l->process = 0;
}

static lg_status begin(lg_ctx *ctx, launcher *l) {
  int ends[2];
  const pid_t parent = getpid();
  end(l);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return lg_fail(ctx, LG_ERR_LIMIT, "no socket: %s", strerror(errno));
  l->process = fork();
  if (l->process == 0) become_launcher(l, ends[1], parent);
  (void)close(ends[1]);
  l->socket = ends[0];
  if (l->process > 0) return LG_OK;
  end(l);
  return lg_fail(ctx, LG_ERR_LIMIT, "no process could be started: %s", strerror(errno));
}

lg_status launcher_create(lg_ctx *ctx, const char *program, const char *folder, launcher **out) {
  lg_status status = LG_OK;
  launcher *l = NULL;
  *out = NULL;
  LG_NEW(ctx, l, 1);
  l->socket = -1;
  if (!(l->program = lg_strdup(ctx, program)) || !(l->folder = lg_strdup(ctx, folder))) LG_TRY(LG_ERR_MEMORY);
  LG_TRY(begin(ctx, l));
  *out = l;
  l = NULL;
done:
  launcher_destroy(ctx, l);
  return status;
}

void launcher_destroy(lg_ctx *ctx, launcher *l) {
  if (!l) return;
  end(l);
  lg_free(ctx, l->program);
  lg_free(ctx, l->folder);
  lg_free(ctx, l);
}

/* ---- programs ------------------------------------------------------------------------------------------ */

static bool send_head(int socket, const launch_head *head, int errors) {
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec piece = {(void *)(uintptr_t)head, sizeof *head};
  struct msghdr m = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  memset(&control, 0, sizeof control);
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &errors, sizeof errors);
  ssize_t n;
  do n = sendmsg(socket, &m, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)sizeof *head;
}

static bool send_text(int socket, const char *text) { return launcher_send(socket, text, strlen(text) + 1); }

static bool send_launch(int socket, const launch *what, const launch_head *head) {
  bool good = send_head(socket, head, what->errors) && send_text(socket, what->folder) && send_text(socket, what->out);
  for (size_t k = 0; k < what->n; k++) good = good && send_text(socket, what->word[k]);
  return good;
}

lg_status launcher_start(lg_ctx *ctx, launcher *l, const launch *what, pid_t *child) {
  launch_head head = {.memory = what->memory, .nice = what->nice};
  int32_t number = 0;
  size_t bytes = strlen(what->folder) + 1 + strlen(what->out) + 1;
  for (size_t k = 0; k < what->n; k++) bytes += strlen(what->word[k]) + 1;
  if (what->n > LAUNCH_MOST_WORDS || bytes > LAUNCH_MOST_BYTES)
    return lg_fail(ctx, LG_ERR_RANGE, "the command line is too long");
  head.n = (uint32_t)what->n, head.bytes = (uint32_t)bytes;
  for (int k = 0; k < 2; k++) { /* one that was killed meanwhile is started anew, once */
    if (l->socket < 0) {
      const lg_status status = begin(ctx, l);
      if (status != LG_OK) return status;
    }
    if (send_launch(l->socket, what, &head) && launcher_receive(l->socket, &number, sizeof number)) {
      *child = (pid_t)number;
      return number > 0 ? LG_OK : lg_fail(ctx, LG_ERR_LIMIT, "no process could be started: %s", strerror((int)-number));
    }
    end(l);
  }
  return lg_fail(ctx, LG_ERR_IO, "the launcher of programs does not answer");
}

int launcher_wait(launcher *l) {
  int32_t how = 0;
  if (launcher_receive(l->socket, &how, sizeof how) && launcher_send(l->socket, "", 1)) return (int)how;
  end(l);
  return SIGKILL;
}
