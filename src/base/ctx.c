#include "base/ctx_internal.h"

#include <stdlib.h>
#include <string.h>

static void *default_alloc(void *user, size_t bytes) {
  (void)user;
  if (bytes > SIZE_MAX - 63) return NULL;
  return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void default_free(void *user, void *block) {
  (void)user;
  free(block);
}

lg_status lg_ctx_create_with(const lg_allocator *allocator, lg_ctx **out) {
  static const lg_allocator standard = {default_alloc, default_free, NULL};
  if (!out) return LG_ERR_ARGUMENT;
  *out = NULL;
  if (!allocator) allocator = &standard;
  if (!allocator->alloc || !allocator->free) return LG_ERR_ARGUMENT;
  lg_ctx *ctx = allocator->alloc(allocator->user, sizeof *ctx);
  if (!ctx) return LG_ERR_MEMORY;
  memset(ctx, 0, sizeof *ctx);
  ctx->allocator = *allocator;
  *out = ctx;
  return LG_OK;
}

lg_status lg_ctx_create(lg_ctx **out) { return lg_ctx_create_with(NULL, out); }

void lg_ctx_destroy(lg_ctx *ctx) {
  if (!ctx) return;
  lg_pool_destroy(ctx, ctx->pool);
  const lg_allocator allocator = ctx->allocator;
  allocator.free(allocator.user, ctx);
}

const char *lg_ctx_message(const lg_ctx *ctx) { return ctx ? ctx->message : ""; }

const char *lg_ctx_where(const lg_ctx *ctx) { return ctx ? ctx->where : ""; }

void lg_ctx_clear(lg_ctx *ctx) {
  if (!ctx) return;
  ctx->message[0] = '\0';
  ctx->where[0] = '\0';
}

void lg_ctx_set_log(lg_ctx *ctx, lg_log_fn fn, void *user) {
  if (!ctx) return;
  ctx->log = fn;
  ctx->log_user = user;
}

void lg_ctx_set_progress(lg_ctx *ctx, lg_progress_fn fn, void *user) {
  if (!ctx) return;
  ctx->progress = fn;
  ctx->progress_user = user;
}

void lg_ctx_set_cancel_flag(lg_ctx *ctx, const volatile int *flag) {
  if (ctx) ctx->cancel = flag;
}

lg_status lg_ctx_set_threads(lg_ctx *ctx, unsigned n) {
  if (!ctx) return LG_ERR_ARGUMENT;
  if (n < 1 || n > LG_MAX_THREADS)
    return lg_fail(ctx, LG_ERR_RANGE, "threads = %u is outside 1 … %d", n, LG_MAX_THREADS);
  if (n == lg_ctx_threads(ctx)) return LG_OK;
  lg_pool_destroy(ctx, ctx->pool);
  ctx->pool = NULL;
  return n == 1 ? LG_OK : lg_pool_create(ctx, n, &ctx->pool);
}

unsigned lg_ctx_threads(const lg_ctx *ctx) { return ctx && ctx->pool ? lg_pool_threads(ctx->pool) : 1; }
