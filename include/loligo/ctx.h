/**
 * @file ctx.h
 * @brief The context: memory, error message, log, progress, cancellation and threads of one caller.
 *
 * One context per calling thread. The library starts threads only through the context's pool.
 */
#ifndef LOLIGO_CTX_H
#define LOLIGO_CTX_H

#include <loligo/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A context; made by lg_ctx_create(). */
typedef struct lg_ctx lg_ctx;

/** Severity of a log line. */
typedef enum lg_level {
  LG_LEVEL_DEBUG = 0,  /**< for developers */
  LG_LEVEL_INFO = 1,   /**< what was done */
  LG_LEVEL_WARNING = 2 /**< what the caller should look at */
} lg_level;

/** Receives log lines (no trailing newline). */
typedef void (*lg_log_fn)(void *user, lg_level level, const char *line);

/** Receives progress: `done` of `total` units of `what`. May be called from the calling thread only. */
typedef void (*lg_progress_fn)(void *user, const char *what, size_t done, size_t total);

/** Allocator that can be injected; alignment is 64 bytes for every block. */
typedef struct lg_allocator {
  void *(*alloc)(void *user, size_t bytes); /**< 64-byte aligned block or NULL */
  void (*free)(void *user, void *block);    /**< accepts NULL */
  void *user;                               /**< handed to both */
} lg_allocator;

/**
 * @brief Create a context with the default allocator, no callbacks and one thread.
 * @param[out] out the new context; NULL on error
 * @retval LG_ERR_ARGUMENT out is NULL
 * @retval LG_ERR_MEMORY   nothing was allocated
 */
LG_MUST_CHECK lg_status lg_ctx_create(lg_ctx **out);

/**
 * @brief As lg_ctx_create(), with an allocator of the caller's (copied; NULL = default).
 * @param allocator copied; its functions must be safe to call from the pool's threads; NULL = default
 * @param[out] out the new context; NULL on error
 */
LG_MUST_CHECK lg_status lg_ctx_create_with(const lg_allocator *allocator, lg_ctx **out);

/**
 * @brief Destroy a context and its threads; accepts NULL.
 * @param ctx may be NULL
 */
void lg_ctx_destroy(lg_ctx *ctx);

/**
 * @brief Return the message of the last failure ("" if none); valid until the next call with ctx.
 * @param ctx the caller's context
 */
const char *lg_ctx_message(const lg_ctx *ctx);

/**
 * @brief Return the source place of the last failure ("file.c:123"), "" if none. For bug reports.
 * @param ctx the caller's context
 */
const char *lg_ctx_where(const lg_ctx *ctx);

/**
 * @brief Forget the last failure.
 * @param ctx the caller's context
 */
void lg_ctx_clear(lg_ctx *ctx);

/**
 * @brief Set the log callback (NULL = silent, the default).
 * @param ctx the caller's context
 * @param fn called with each line, from the calling thread
 * @param user handed to fn
 */
void lg_ctx_set_log(lg_ctx *ctx, lg_log_fn fn, void *user);

/**
 * @brief Set the progress callback (NULL = silent, the default).
 * @param ctx the caller's context
 * @param fn called while long work runs
 * @param user handed to fn
 */
void lg_ctx_set_progress(lg_ctx *ctx, lg_progress_fn fn, void *user);

/**
 * @brief Let `*flag != 0` cancel long work at its next check (NULL = never). May be a signal flag.
 * @param ctx the caller's context
 * @param flag must live as long as the context, or until it is set anew
 */
void lg_ctx_set_cancel_flag(lg_ctx *ctx, const volatile int *flag);

/**
 * @brief Set the number of threads of the pool (1 … 256); results never depend on it.
 * @param ctx the caller's context; holds the message of a failure
 * @param n threads, the calling one included
 * @retval LG_ERR_RANGE n is 0 or above 256; the pool is unchanged
 * @retval LG_ERR_MEMORY a thread could not be started; the pool runs with fewer threads
 */
LG_MUST_CHECK lg_status lg_ctx_set_threads(lg_ctx *ctx, unsigned n);

/**
 * @brief Return the number of threads of the pool, the calling thread included.
 * @param ctx the caller's context
 */
unsigned lg_ctx_threads(const lg_ctx *ctx);

#ifdef __cplusplus
}
#endif
#endif
