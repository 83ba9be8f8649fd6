#include "base/ctx_internal.h"

#include <string.h>

bool lg_mul_size(size_t a, size_t b, size_t *out) {
  if (b != 0 && a > SIZE_MAX / b) return false;
  *out = a * b;
  return true;
}

void *lg_alloc(lg_ctx *ctx, size_t count, size_t size) {
  size_t bytes;
  if (!lg_mul_size(count, size, &bytes)) {
    (void)lg_fail(ctx, LG_ERR_MEMORY, "%zu × %zu bytes is more than this machine can address", count, size);
    return NULL;
  }
  void *block = ctx->allocator.alloc(ctx->allocator.user, bytes > 0 ? bytes : 1);
  if (!block) {
    (void)lg_fail(ctx, LG_ERR_MEMORY, "no memory for %zu bytes", bytes);
    return NULL;
  }
  memset(block, 0, bytes);
  return block;
}

void *lg_realloc(lg_ctx *ctx, void *block, size_t old_bytes, size_t count, size_t size) {
  void *grown = lg_alloc(ctx, count, size);
  if (!grown) return NULL;
  const size_t bytes = count * size; /* checked by lg_alloc */
  if (block) memcpy(grown, block, old_bytes < bytes ? old_bytes : bytes);
  lg_free(ctx, block);
  return grown;
}

void lg_free(lg_ctx *ctx, void *block) {
  if (block) ctx->allocator.free(ctx->allocator.user, block);
}

char *lg_strdup(lg_ctx *ctx, const char *text) {
  const size_t n = strlen(text) + 1;
  char *copy = lg_alloc(ctx, n, 1);
  if (copy) memcpy(copy, text, n);
  return copy;
}
