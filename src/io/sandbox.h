/**
 * @file sandbox.h
 * @brief Parse foreign bytes in a child process that can do nothing but compute and answer.
 *
 * The caller has read the bytes; the child is forked without exec, so it has them too. It gives up its open files,
 * gets limits of memory, time and files and a seccomp filter that leaves memory, one pipe and the end. It parses,
 * and writes the recording (or the status and message) into the pipe. The caller checks every length of the answer. A
 * crash of a parser costs one clear error line. About 2 ms per file.
 *
 * There is no switch that turns it off. Where the kernel has no seccomp the limits remain and a warning is logged.
 */
#ifndef LG_SANDBOX_H
#define LG_SANDBOX_H

#include "base/base.h"
#include <loligo/recording.h>

/** Limits of the child; 0 = the default, which grows with the size of the input. */
typedef struct lg_sandbox_limits {
  size_t memory_bytes; /**< beside what the caller uses already */
  unsigned cpu_s;
  unsigned wall_s;
} lg_sandbox_limits;

/** Runs in the child with a context of its own (one thread). Must not open files or start threads. */
typedef lg_status (*lg_sandbox_fn)(lg_ctx *ctx, const void *user, lg_recording **out);

/**
 * @brief Run fn(user) in a sandboxed child and take over the recording that it makes.
 * @param input_bytes size of what is parsed, for the default limits
 * @param limits      NULL = defaults
 * @retval LG_ERR_FORMAT    the child was stopped by a signal or gave no valid answer: the file is damaged
 * @retval LG_ERR_LIMIT     time or memory ran out
 * @retval LG_ERR_CANCELLED the caller cancelled
 * @return otherwise what fn returned, with its message
 */
LG_MUST_CHECK lg_status lg_sandbox_run(lg_ctx *ctx, lg_sandbox_fn fn, const void *user, size_t input_bytes,
                                       const lg_sandbox_limits *limits, lg_recording **out);

/** A parser over a memory image, as lg_nwb_parse(). */
typedef lg_status (*lg_parse_fn)(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path,
                                 lg_recording **out);

/** @brief lg_sandbox_run() for a parser over one memory image. */
LG_MUST_CHECK lg_status lg_sandbox_parse(lg_ctx *ctx, lg_parse_fn parse, const unsigned char *bytes, size_t n,
                                         const char *path, const lg_sandbox_limits *limits, lg_recording **out);

/** Runs in the child and makes a block of bytes, to be freed with lg_free(ctx, …). */
typedef lg_status (*lg_sandbox_bytes_fn)(lg_ctx *ctx, const void *user, unsigned char **bytes, size_t *n);

/**
 * @brief As lg_sandbox_run() for an answer of bytes. The caller must check what stands in them: the child may have been
 * taken over by the file.
 * @param max_bytes     a longer answer is refused
 * @param[out] bytes    (*n) free with lg_free
 */
LG_MUST_CHECK lg_status lg_sandbox_bytes(lg_ctx *ctx, lg_sandbox_bytes_fn fn, const void *user, size_t input_bytes,
                                         const lg_sandbox_limits *limits, size_t max_bytes, unsigned char **bytes,
                                         size_t *n);

#endif
