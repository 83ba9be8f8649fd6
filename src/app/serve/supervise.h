/**
 * @file supervise.h
 * @brief The server's hold on its workers: starts them, wakes them, starts them again when they die, hears their news.
 */
#ifndef LG_SERVE_SUPERVISE_H
#define LG_SERVE_SUPERVISE_H

#include "app/serve/store.h"

typedef struct supervisor supervisor;

typedef struct supervise_options {
  store *store;
  const char *program;                   /* loligo; NULL: no workers, only the clock */
  unsigned workers;                      /* that take anything; one more takes what somebody waits for. 0: one a core */
  void (*news)(void *user, int64_t job); /* of a job, from the supervisor's thread; job 0: nothing but time went by */
  void *user;
} supervise_options;

/** @brief Give back what workers of an earlier server held, clean what they left, start the workers.
 * @retval LG_ERR_IO another server works in that folder */
LG_MUST_CHECK lg_status supervise_start(lg_ctx *ctx, const supervise_options *options, supervisor **out);
/** @brief End the workers (their tasks wait again); accepts NULL. */
void supervise_stop(lg_ctx *ctx, supervisor *s);
/** @brief There are n more tasks. From any thread. */
void supervise_wake(supervisor *s, size_t n, bool quick);

/** @brief Take away what is not needed below DIR: "blobs/new" what was not ended; "jobs" folders of jobs that ended a
 * while ago or are gone. The log of a job that was cancelled becomes a file of the job first. */
void supervise_clean(lg_ctx *ctx, store *s, const char *below);

#endif
