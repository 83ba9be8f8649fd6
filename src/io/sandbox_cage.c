/* The cage of a child: limits, no files, a short list of system calls. Linux. */
#define _GNU_SOURCE
#include "io/sandbox_internal.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool limit(int resource, rlim_t value) {
  /* of computing time one second more is left, so that the signal is SIGXCPU and tells why */
  const struct rlimit r = {value, resource == RLIMIT_CPU ? value + 1 : value};
  return setrlimit((__rlimit_resource_t)resource, &r) == 0;
}

/* Addresses that are in use already: the limit of RLIMIT_AS counts them too. */
static size_t used_address_space(void) {
  unsigned long pages = 0;
  FILE *stream = fopen("/proc/self/statm", "r");
  if (!stream) return 0;
  const int n = fscanf(stream, "%lu", &pages);
  (void)fclose(stream);
  return n == 1 ? (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static bool set_limits(size_t memory_bytes, unsigned cpu_s) {
  const size_t used = used_address_space();
  bool good = limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, cpu_s) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 0);
  /* the shadow memory of a sanitizer is larger than any limit */
  if (!LG_SANITIZED) good = good && limit(RLIMIT_AS, used + memory_bytes);
  return good;
}

/* Everything above the pipe, and standard input and output; with a sanitizer its reports may still be written. */
static void close_files(int fd) {
  for (int k = 0; k < fd; k++)
    if (!LG_SANITIZED || k != STDERR_FILENO) (void)close(k);
#ifdef SYS_close_range
  if (syscall(SYS_close_range, (unsigned)fd + 1, ~0u, 0u) == 0) return;
#endif
  const long most = sysconf(_SC_OPEN_MAX);
  for (long k = fd + 1; k < (most > 0 && most < 65536 ? most : 65536); k++) (void)close((int)k);
}

/* A fault must end the child at once, whatever handlers the caller's program has. */
static void default_signals(void) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTERM, SIGXCPU, SIGPIPE, SIGALRM};
  sigset_t none;
  for (size_t k = 0; k < sizeof faults / sizeof faults[0]; k++)
    if (!LG_SANITIZED) (void)signal(faults[k], SIG_DFL);
  (void)signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the caller too, who ends the child */
  (void)sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool allow(scmp_filter_ctx filter, const int *calls, size_t n, uint32_t action) {
  for (size_t k = 0; k < n; k++)
    if (seccomp_rule_add_array(filter, action, calls[k], 0, NULL) != 0) return false;
  return true;
}

static bool add_rules(scmp_filter_ctx filter, int fd) {
  static const int plain[] = {SCMP_SYS(munmap),        SCMP_SYS(mremap),         SCMP_SYS(brk),
                              SCMP_SYS(madvise),       SCMP_SYS(futex),          SCMP_SYS(exit),
                              SCMP_SYS(exit_group),    SCMP_SYS(rt_sigreturn),   SCMP_SYS(rt_sigprocmask),
                              SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),   SCMP_SYS(time),
                              SCMP_SYS(getpid),        SCMP_SYS(gettid),         SCMP_SYS(getrandom),
                              SCMP_SYS(sched_yield),   SCMP_SYS(restart_syscall)};
  /* asked for by libraries out of habit; the answer no is enough */
  static const int refused[] = {SCMP_SYS(open),   SCMP_SYS(openat), SCMP_SYS(stat),       SCMP_SYS(lstat),
                                SCMP_SYS(fstat),  SCMP_SYS(access), SCMP_SYS(newfstatat), SCMP_SYS(readlink),
                                SCMP_SYS(lseek),  SCMP_SYS(ioctl),  SCMP_SYS(fcntl),      SCMP_SYS(getcwd),
                                SCMP_SYS(close),  SCMP_SYS(read),   SCMP_SYS(uname),      SCMP_SYS(sched_getaffinity),
                                SCMP_SYS(sysinfo)};
  const scmp_datum_t exec = PROT_EXEC, anonymous = MAP_ANONYMOUS;
  const struct scmp_arg_cmp memory[] = {SCMP_A2(SCMP_CMP_MASKED_EQ, exec, 0),
                                        SCMP_A3(SCMP_CMP_MASKED_EQ, anonymous, anonymous)};
  const struct scmp_arg_cmp to_pipe = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd);
  const struct scmp_arg_cmp to_self = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
  return allow(filter, plain, sizeof plain / sizeof plain[0], SCMP_ACT_ALLOW) &&
         allow(filter, refused, sizeof refused / sizeof refused[0], SCMP_ACT_ERRNO(EACCES)) &&
         seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, memory) == 0 &&
         seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, memory) == 0 &&
         seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, &to_pipe) == 0 &&
         seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &to_self) == 0; /* abort() */
}

/* A sanitizer's own machinery needs many calls: only the dangerous ones are refused then. */
static bool add_sanitizer_rules(scmp_filter_ctx filter) {
  static const int refused[] = {SCMP_SYS(execve), SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(unlink),
                                SCMP_SYS(rename), SCMP_SYS(ptrace), SCMP_SYS(creat),   SCMP_SYS(truncate)};
  return allow(filter, refused, sizeof refused / sizeof refused[0], SCMP_ACT_ERRNO(EACCES));
}

static bool filter_calls(int fd) {
  scmp_filter_ctx filter = seccomp_init(LG_SANITIZED ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
  if (!filter) return false;
  const bool good = (LG_SANITIZED ? add_sanitizer_rules(filter) : add_rules(filter, fd)) && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return good;
}

bool lg_cage_enter(int fd, size_t memory_bytes, unsigned cpu_s, lg_cage *cage) {
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)prctl(PR_SET_DUMPABLE, 0);
  default_signals();
  if (!set_limits(memory_bytes, cpu_s)) return false;
  close_files(fd);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  *cage = filter_calls(fd) ? LG_CAGE_FULL : LG_CAGE_LIMITS_ONLY;
  return true;
}
