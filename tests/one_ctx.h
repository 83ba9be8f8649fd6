/** @file one_ctx.h @brief One context for all tests of a file: give open_ctx and close_ctx to cmocka's group. */
#ifndef LG_TEST_ONE_CTX_H
#define LG_TEST_ONE_CTX_H

#include "tests/test.h"

static lg_ctx *ctx;

static inline int open_ctx(void **state) {
  (void)state;
  return lg_ctx_create(&ctx) == LG_OK ? 0 : -1;
}

static inline int close_ctx(void **state) {
  (void)state;
  lg_ctx_destroy(ctx);
  return 0;
}

#endif
