/** @file alloc.h @brief Let every allocation of a piece of work fail in turn: no memory is an error like any other. */
#ifndef LG_TEST_ALLOC_H
#define LG_TEST_ALLOC_H

#include "tests/test.h"

typedef struct lg_counting {
  size_t calls, fail_at, live;
} lg_counting;

static inline void *lg_counting_alloc(void *user, size_t bytes) {
  lg_counting *c = user;
  if (++c->calls == c->fail_at) return NULL;
  void *block = aligned_alloc(64, (bytes + 63) / 64 * 64);
  c->live += block != NULL;
  return block;
}

static inline void lg_counting_free(void *user, void *block) {
  if (block) ((lg_counting *)user)->live--;
  free(block);
}

/**
 * @brief Run the work with its 1st, 2nd, … n-th allocation failing until it gets through: each time LG_ERR_MEMORY, and
 * every block is given back.
 * @return how many allocations failed in turn
 */
static inline size_t lg_exhaust(const char *name, lg_status (*work)(lg_ctx *ctx)) {
  for (size_t n = 1;; n++) {
    lg_counting c = {.fail_at = n};
    const lg_allocator allocator = {lg_counting_alloc, lg_counting_free, &c};
    lg_ctx *ctx = NULL;
    lg_status status = lg_ctx_create_with(&allocator, &ctx);
    if (status == LG_OK) status = work(ctx);
    const bool reached = c.calls >= n;
    if (status != (reached ? LG_ERR_MEMORY : LG_OK))
      fail_msg("%s: allocation %zu %s, but: %s: %s", name, n, reached ? "failed" : "was not reached",
               lg_status_name(status), ctx ? lg_ctx_message(ctx) : "no context");
    lg_ctx_destroy(ctx);
    if (c.live != 0) fail_msg("%s: %zu blocks are left after allocation %zu failed", name, c.live, n);
    if (!reached) return n - 1;
    assert_true(n < 100000);
  }
}

#endif
