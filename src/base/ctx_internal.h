/** @file ctx_internal.h @brief The inside of a context; only base includes it. */
#ifndef LG_CTX_INTERNAL_H
#define LG_CTX_INTERNAL_H

#include "base/base.h"

enum { LG_MESSAGE_BYTES = 1024, LG_WHERE_BYTES = 96, LG_MAX_THREADS = 256 };

typedef struct lg_pool lg_pool;

struct lg_ctx {
  lg_allocator allocator;
  char message[LG_MESSAGE_BYTES];
  char where[LG_WHERE_BYTES];
  lg_log_fn log;
  void *log_user;
  lg_progress_fn progress;
  void *progress_user;
  const volatile int *cancel;
  lg_pool *pool; /* NULL: one thread */
};

lg_status lg_pool_create(lg_ctx *ctx, unsigned threads, lg_pool **out);
void lg_pool_destroy(lg_ctx *ctx, lg_pool *pool);
unsigned lg_pool_threads(const lg_pool *pool);

#endif
