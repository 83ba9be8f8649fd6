/**
 * @file http_aside.h
 * @brief What takes longer than a handler may (a password's hash, walking the audit, the end of a large upload): done
 * by threads beside the door's, while the connection waits.
 */
#ifndef LG_SERVE_HTTP_ASIDE_H
#define LG_SERVE_HTTP_ASIDE_H

#include "app/serve/http.h"

typedef struct asides asides;

/** @brief Runs on a thread beside, with a context of its own; `work` is a copy of what was given. */
typedef lg_status (*aside_fn)(lg_ctx *ctx, serve *server, void *work);

/**
 * @brief Have fn(work) done aside. The handler is called again when it has ended, and calls this again, alike:
 * then *out is the copy with what fn made of it, and fn's status is returned, its message with it.
 * @param[in] work copied at the first call; wiped and freed at the call's end @param bytes of it
 * @param[out] out NULL: not yet, return LG_OK (it waits, or was answered: too much is being done)
 * Uses http_keep: a handler keeps nothing else meanwhile.
 */
LG_MUST_CHECK lg_status http_aside(lg_ctx *ctx, http_call *call, aside_fn fn, const void *work, size_t bytes,
                                   void **out);

LG_MUST_CHECK lg_status asides_start(lg_ctx *ctx, serve *server, asides **out);
/** @brief Waits for what is under way, drops what waits; accepts NULL. */
void asides_stop(asides *a);
/** @brief After asides_stop, when no call is left. */
void asides_free(lg_ctx *ctx, asides *a);

#endif
