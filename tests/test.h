/** @file test.h @brief What every test includes: cmocka in the order it wants, and small helpers. */
#ifndef LG_TEST_H
#define LG_TEST_H

#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <loligo/ctx.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Folder of the small data that ships with the tests. */
#ifndef LG_TEST_DATA
#define LG_TEST_DATA "tests/data"
#endif

/** Stop the test when a call failed, and print its message. */
#define assert_ok(ctx, expr)                                                                                           \
  do {                                                                                                                 \
    const lg_status assert_ok_status = (expr);                                                                         \
    if (assert_ok_status != LG_OK)                                                                                     \
      fail_msg("%s -> %s: %s (%s)", #expr, lg_status_name(assert_ok_status), lg_ctx_message(ctx), lg_ctx_where(ctx));  \
  } while (0)

/** A context of its own for a test. */
static inline lg_ctx *lg_test_ctx(void) {
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  return ctx;
}

/**
 * Path of a file in the shared data of the developers (data/DOMAIN/…/NAME); where that is not here, of the copy that
 * may ship as DOMAIN/NAME among the tests' data; or NULL: then the test skips loudly, before it takes anything.
 */
static inline const char *lg_test_shared(const char *relative, char *buffer, size_t bytes) {
  const char *root = getenv("LOLIGO_SHARED");
  (void)snprintf(buffer, bytes, "%s/%s", root ? root : LG_SHARED_DIR, relative);
  if (access(buffer, R_OK) == 0) return buffer;
  const char *domain = strchr(relative, '/'), *name = strrchr(relative, '/');
  const int length = domain ? (int)strcspn(domain + 1, "/") : 0;
  (void)snprintf(buffer, bytes, LG_TEST_DATA "/%.*s%s", length, domain ? domain + 1 : "", name ? name : relative);
  if (access(buffer, R_OK) == 0) return buffer;
  (void)fprintf(stderr, "SKIP: %s is not here; set LOLIGO_SHARED to the shared folder\n", relative);
  return NULL;
}

#endif
