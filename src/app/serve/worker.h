/**
 * @file worker.h
 * @brief The process that works: claims a task, runs `loligo <command>` in the job's folder, gives its files back.
 *
 * One worker does one task at a time, and has a launcher (launcher.h) that starts its programs. These have limits of
 * memory, files and time and, where the kernel has Landlock, sees nothing but the job's folder, libraries and the data
 * that ships. It dies with the worker, and the worker with the server.
 */
#ifndef LG_SERVE_WORKER_H
#define LG_SERVE_WORKER_H

#include "app/serve/store_jobs.h"

enum {
  WORKER_LEASE_MS = 30000,
  WORKER_LOG = 1 << 20,
  WORKER_SUMMARY = 1 << 20,
  WORKER_PRIORITY_QUICK = JOB_PRIORITY_WAITED
};

typedef struct worker_options {
  const char *folder;  /* of the store */
  const char *program; /* path of loligo */
  const char *name;    /* of this worker, its leases bear it */
  bool quick_only;     /* takes what somebody waits for, nothing else */
  unsigned threads;    /* of the program it runs; 0: 1 */
  uint64_t memory;     /* bytes of the program; 0: 8 GiB */
  int wake;   /* a pipe: a byte for each new task; its end is the end of the server. -1: none, looks each second */
  int events; /* a pipe: the ids (int64_t) of jobs that have news. -1: none */
} worker_options;

/** @brief Work until the context is cancelled or the server is gone. */
LG_MUST_CHECK lg_status worker_run(lg_ctx *ctx, const worker_options *options);

/** @brief Folder of a job: DIR/jobs/ID. */
void worker_job_folder(const char *folder, int64_t job, char *path, size_t bytes);
/** @brief Take a folder away with all that is in it; links are not followed. */
void worker_remove_tree(const char *path);

#endif
