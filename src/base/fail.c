#include "base/ctx_internal.h"

#include <string.h>

/* vsnprintf may cut inside a UTF-8 sequence; drop the broken tail. */
static void trim_utf8(char *text, size_t bytes) {
  size_t n = strlen(text);
  if (n + 1 < bytes) return;
  while (n > 0 && ((unsigned char)text[n - 1] & 0xC0u) == 0x80u) n--;
  if (n > 0 && (unsigned char)text[n - 1] >= 0xC0u) n--;
  text[n] = '\0';
}

void lg_one_line(char *text) {
  for (unsigned char *c = (unsigned char *)text; *c; c++) {
    if (*c < 0x20 || *c == 0x7f) *c = ' ';
    else if (*c == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9f) c[0] = c[1] = ' '; /* C1 controls, as UTF-8 */
  }
}

lg_status lg_fail_at(lg_ctx *ctx, lg_status status, const char *file, int line, const char *fmt, ...) {
  if (!ctx) return status;
  char text[LG_MESSAGE_BYTES];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  trim_utf8(text, sizeof text);
  lg_one_line(text);
  memcpy(ctx->message, text, sizeof text);
  const char *base = strrchr(file, '/');
  (void)snprintf(ctx->where, sizeof ctx->where, "%s:%d", base ? base + 1 : file, line);
  return status;
}

lg_status lg_fail_prefix(lg_ctx *ctx, lg_status status, const char *fmt, ...) {
  if (!ctx) return status;
  char prefix[LG_MESSAGE_BYTES], text[2 * LG_MESSAGE_BYTES];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(prefix, sizeof prefix, fmt, args);
  va_end(args);
  (void)snprintf(text, sizeof text, "%s%s", prefix, ctx->message);
  text[LG_MESSAGE_BYTES - 1] = '\0';
  trim_utf8(text, LG_MESSAGE_BYTES);
  lg_one_line(text);
  memcpy(ctx->message, text, strlen(text) + 1);
  return status;
}

void lg_log(lg_ctx *ctx, lg_level level, const char *fmt, ...) {
  if (!ctx || !ctx->log) return;
  char line[LG_MESSAGE_BYTES];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
  ctx->log(ctx->log_user, level, line);
}

/* Read by threads that did not set it. */
bool lg_cancelled(const lg_ctx *ctx) {
  if (!ctx || !ctx->cancel) return false;
#if defined(__GNUC__) || defined(__clang__)
  return __atomic_load_n(ctx->cancel, __ATOMIC_RELAXED) != 0;
#else
  return *ctx->cancel != 0;
#endif
}

lg_status lg_progress(lg_ctx *ctx, const char *what, size_t done, size_t total) {
  if (lg_cancelled(ctx)) return lg_fail(ctx, LG_ERR_CANCELLED, "cancelled during %s (%zu of %zu)", what, done, total);
  if (ctx && ctx->progress) ctx->progress(ctx->progress_user, what, done, total);
  return LG_OK;
}
