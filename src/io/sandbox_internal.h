/** @file sandbox_internal.h @brief The answer of the child on the pipe, and the cage around it. */
#ifndef LG_SANDBOX_INTERNAL_H
#define LG_SANDBOX_INTERNAL_H

#include "io/sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LG_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define LG_SANITIZED 1
#endif
#endif
#ifndef LG_SANITIZED
#define LG_SANITIZED 0
#endif

/** Takes n bytes; false when they could not be written. */
typedef bool (*lg_put_fn)(void *user, const void *bytes, size_t n);
/** Gives exactly n bytes; false when there are not so many. n = 0 asks whether the end is reached. */
typedef bool (*lg_get_fn)(void *user, void *bytes, size_t n);

/** What the child did for its own confinement; goes in front of the answer. */
typedef enum lg_cage { LG_CAGE_FULL = 1, LG_CAGE_LIMITS_ONLY = 2 } lg_cage;

/** Write an answer: the recording when status is LG_OK, else the message of ctx. */
bool lg_reply_write(lg_put_fn put, void *user, lg_cage cage, lg_status status, const char *message,
                    const lg_recording *rec);

/**
 * Read and check an answer. Returns LG_ERR_INTERNAL when it is not a valid one (nothing is leaked), else the child's
 * status with its message recorded in ctx.
 */
lg_status lg_reply_read(lg_ctx *ctx, lg_get_fn get, void *user, lg_cage *cage, lg_recording **out);

/** As above for an answer of bytes, at most max_bytes of them. */
bool lg_reply_write_bytes(lg_put_fn put, void *user, lg_cage cage, lg_status status, const char *message,
                          const unsigned char *bytes, size_t n);
lg_status lg_reply_read_bytes(lg_ctx *ctx, lg_get_fn get, void *user, size_t max_bytes, lg_cage *cage,
                              unsigned char **bytes, size_t *n);

/** In the child: give up everything but computing and the pipe `fd`. False when not even the limits could be set. */
bool lg_cage_enter(int fd, size_t memory_bytes, unsigned cpu_s, lg_cage *cage);

#endif
