/** @file store.h @brief The folder of a server's store, for a test, and what stands in the store. */
#ifndef LG_TEST_STORE_H
#define LG_TEST_STORE_H

#include "app/serve/store.h"
#include "tests/test.h"

#include <sqlite3.h>

static char folder[64];

/* In memory where there is such a place: every change waits for the disk, which may be busy. */
static inline void make_folder(void) {
  (void)snprintf(folder, sizeof folder, "%s/lg_store_XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  assert_non_null(mkdtemp(folder));
}

static inline void drop_folder(void) {
  char words[128];
  (void)snprintf(words, sizeof words, "rm -rf %s", folder);
  assert_int_equal(system(words), 0);
}

/** @brief The number that a query gives, in a read of its own. */
static inline int64_t count(lg_ctx *ctx, store *s, const char *sql) {
  sqlite3_stmt *q;
  bool row;
  assert_ok(ctx, store_read(ctx, s));
  assert_ok(ctx, store_bind(ctx, s, sql, &q, ""));
  assert_ok(ctx, store_step(ctx, s, q, &row));
  assert_true(row);
  const int64_t n = sqlite3_column_int64(q, 0);
  assert_ok(ctx, store_end(ctx, s, LG_OK));
  return n;
}

#endif
