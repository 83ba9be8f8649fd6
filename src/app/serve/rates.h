/**
 * @file rates.h
 * @brief Token buckets by name: a bucket holds up to `burst`, gets `per_s` a second, and each request takes one.
 *
 * A table of fixed size: who was seen longest ago makes room for somebody new, with a full bucket.
 */
#ifndef LG_SERVE_RATES_H
#define LG_SERVE_RATES_H

#include "base/base.h"

typedef struct rates rates;

typedef enum rate_kind { RATE_USER = 1, RATE_ADDRESS, RATE_SIGN_IN_ADDRESS, RATE_SIGN_IN_NAME } rate_kind;

LG_MUST_CHECK lg_status rates_create(lg_ctx *ctx, rates **out);
void rates_destroy(lg_ctx *ctx, rates *r);
/** @brief Take one of the bucket of (kind, name). @return 0: taken; otherwise ms until there is one, > 0. Threads: any.
 */
int64_t rates_take(rates *r, rate_kind kind, const char *name, double per_s, double burst, int64_t now_ms);
/** @brief Give one back (it was not meant to count). */
void rates_give(rates *r, rate_kind kind, const char *name, double burst);

#endif
