/* The server's side of a live stream's program: started from the hub's thread, with which it dies. */
#define _GNU_SOURCE
#include "app/serve/hub_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE_BYTES = 1 << 20 };

static void become_program(const hub *h, int in, int out, pid_t parent) {
  char *const argv[] = {h->program, (char *)(uintptr_t) "serve",          (char *)(uintptr_t) "--data",
                        h->folder,  (char *)(uintptr_t) "--live-program", NULL};
  sigset_t none;
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(5); /* it died before we asked */
  (void)setpgid(0, 0);
  if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) _exit(5);
#ifdef SYS_close_range
  (void)syscall(SYS_close_range, 3u, ~0u, 0u);
#endif
  (void)sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  (void)execv(h->program, argv);
  _exit(5);
}

static void close_both(const int ends[2]) {
  if (ends[0] >= 0) (void)close(ends[0]);
  if (ends[1] >= 0) (void)close(ends[1]);
}

/* The first line that it reads; it fits into the pipe. */
static lg_status send_launch(lg_ctx *ctx, const hub_stream *s, int to) {
  char *text = json_dumps(s->launch, JSON_COMPACT);
  const size_t n = text ? strlen(text) : 0;
  lg_status status = text ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "no memory for a stream");
  if (status == LG_OK && (write(to, text, n) != (ssize_t)n || write(to, "\n", 1) != 1))
    status = lg_fail(ctx, LG_ERR_LIMIT, "the request of a stream has %zu bytes: too long for a pipe", n);
  free(text);
  return status;
}

lg_status live_process_start(lg_ctx *ctx, const hub *h, hub_stream *s) {
  lg_status status = LG_OK;
  int in[2] = {-1, -1}, out[2] = {-1, -1};
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "no pipe: %s", strerror(errno)));
  (void)fcntl(in[1], F_SETPIPE_SZ, PIPE_BYTES); /* where that is too much the usual size does */
  (void)fcntl(out[0], F_SETPIPE_SZ, PIPE_BYTES);
  if (fcntl(in[1], F_SETFL, O_NONBLOCK) != 0 || fcntl(out[0], F_SETFL, O_NONBLOCK) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_IO, "a pipe cannot be set: %s", strerror(errno)));
  LG_TRY(send_launch(ctx, s, in[1]));
  const pid_t parent = getpid(), child = fork();
  if (child == 0) become_program(h, in[0], out[1], parent);
  if (child < 0) LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "no process could be started: %s", strerror(errno)));
  s->process = child;
  s->in = in[1], s->out = out[0];
  in[1] = out[0] = -1;
done:
  close_both(in);
  close_both(out);
  return status;
}

void live_process_why(const hub_stream *s, int how, char *why, size_t bytes) {
  char path[HUB_WORD + 8], line[512];
  (void)snprintf(path, sizeof path, "%s/log", s->folder);
  why[0] = 0;
  if (WIFEXITED(how) && WEXITSTATUS(how) == 0) {
    (void)snprintf(why, bytes, "it came to its end");
    return;
  }
  FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f)) {
    line[strcspn(line, "\n")] = 0;
    lg_one_line(line);
    if (strncmp(line, "loligo: ", 8) == 0) (void)snprintf(why, bytes, "%s", line + 8);
  }
  if (f) (void)fclose(f);
  if (why[0]) return;
  if (WIFSIGNALED(how)) (void)snprintf(why, bytes, "its program was ended by signal %d", WTERMSIG(how));
  else (void)snprintf(why, bytes, "its program ended with code %d", WEXITSTATUS(how));
}
