/**
 * @file launcher.h
 * @brief A process that has its libraries loaded already, and turns a copy of itself into the program of a task.
 *
 * Loading 70 libraries costs some 25 ms of CPU, a copy of a process that has them some 2 ms. The launcher is started by
 * a worker (`loligo serve --launcher`), knows nothing of the store or of any user, and makes one copy after the other;
 * each puts on its limits and its cage, then runs the command line as a fresh program would. They die with the
 * launcher, and it with its worker.
 */
#ifndef LG_SERVE_LAUNCHER_H
#define LG_SERVE_LAUNCHER_H

#include "base/base.h"

#include <sys/types.h>

/** What a copy becomes. */
typedef struct launch {
  const char *folder; /* where it runs, and all that it may write */
  const char *out;    /* file of its standard output */
  char *const *word;  /* (n) its command line, the first is the program */
  size_t n;
  int errors;      /* its standard error; the caller closes it after the start */
  uint64_t memory; /* bytes, at most */
  bool nice;       /* nobody waits for it */
} launch;

typedef struct launcher launcher;

/* ---- the worker's side ---- */

/** @brief Start one. @param program path of loligo */
LG_MUST_CHECK lg_status launcher_create(lg_ctx *ctx, const char *program, const char *folder, launcher **out);
/** @brief Closes it, ends what it started; accepts NULL. */
void launcher_destroy(lg_ctx *ctx, launcher *l);
/** @brief Let it start a program; a launcher that died is started again. @param[out] child leads its own group */
LG_MUST_CHECK lg_status launcher_start(lg_ctx *ctx, launcher *l, const launch *what, pid_t *child);
/** @brief Wait for the end of the program; as waitpid says. Until then the number of the child stays its own. When the
 * launcher was killed (the program with it): killed. */
int launcher_wait(launcher *l);

/* ---- its own side ---- */

typedef struct launcher_options {
  int socket;                        /* to the worker */
  const char *program;               /* of the command lines */
  const char *const *readable;       /* places that a program may read beside the system's libraries; ends NULL */
  int (*run)(int argc, char **argv); /* what a program does */
} launcher_options;

/** @brief Serve until the worker is gone. In a copy it does not return. */
LG_MUST_CHECK lg_status launcher_serve(lg_ctx *ctx, const launcher_options *options);

/** @brief In the copy: restrict what files can be opened. 1 done, 0 the kernel has none, -1 failed. */
int launcher_cage(const char *folder, const char *program, const char *const *readable);
/** @brief In the copy: a limit of setrlimit, never above what the server itself may. @param what RLIMIT_... */
bool launcher_limit(int what, uint64_t value);

#endif
