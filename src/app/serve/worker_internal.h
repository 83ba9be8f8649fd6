/** @file worker_internal.h @brief One task under way. */
#ifndef LG_SERVE_WORKER_INTERNAL_H
#define LG_SERVE_WORKER_INTERNAL_H

#include "app/serve/launcher.h"
#include "app/serve/worker.h"

#include <stdio.h>
#include <sys/types.h>

enum { WORKER_PATH = 4096, WORKER_LINE = 4096 };

/** What is known of a task while its program runs. */
typedef struct worker_task {
  const worker_options *o;
  store *s;
  job_task task;
  char *command, *request;
  char folder[WORKER_PATH];   /* of the job */
  char out[WORKER_PATH + 64]; /* file of its standard output */
  launcher *launcher;         /* of the worker */
  pid_t child;
  int errors; /* read end of its standard error */
  FILE *log;
  long log_bytes;
  /* the last line of progress */
  char what[64];
  int64_t done, total;
  bool news;
  /* the last line that told an error */
  char message[512];
  /* how it ended */
  bool lost, stopped; /* not ours any more; the server ends */
  int how;            /* as waitpid says */
} worker_task;

/** @brief The job's folder with its inputs; a fresh out/ unless earlier shares left something there. */
LG_MUST_CHECK lg_status worker_prepare(lg_ctx *ctx, worker_task *t);
/** @brief Start the program in its cage. */
LG_MUST_CHECK lg_status worker_start(lg_ctx *ctx, worker_task *t);
/** @brief Follow it to its end: progress, lease, cancelling. */
LG_MUST_CHECK lg_status worker_follow(lg_ctx *ctx, worker_task *t);
/** @brief Files into blobs, and the task's end into the store. */
LG_MUST_CHECK lg_status worker_give_back(lg_ctx *ctx, worker_task *t);
/** @brief Tell the server that a job has news. */
void worker_tell(const worker_options *o, int64_t job);

#endif
