/* Threads stay out of the module: what base/pool.c does, on the one thread there is, chunk by chunk in order. */
#include "base/ctx_internal.h"

lg_status lg_pool_create(lg_ctx *ctx, unsigned threads, lg_pool **out) {
  *out = NULL;
  return lg_fail(ctx, LG_ERR_UNSUPPORTED, "threads = %u; here there is one", threads);
}

void lg_pool_destroy(lg_ctx *ctx, lg_pool *pool) {
  (void)ctx;
  (void)pool; /* there is none */
}

unsigned lg_pool_threads(const lg_pool *pool) {
  (void)pool;
  return 1;
}

lg_status lg_parallel_for(lg_ctx *ctx, size_t n, size_t chunk, lg_range_fn fn, void *user) {
  if (n == 0) return LG_OK;
  if (chunk == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "chunk = 0; at least 1 item per chunk");
  for (size_t begin = 0; begin < n; begin += chunk) {
    const lg_status status = fn(user, begin, n - begin < chunk ? n : begin + chunk, 0);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}
