/** @file nmodl_file.h @brief Compile NMODL in tests: from text, or from a file of tests/data/cable/mod. */
#ifndef LG_TEST_NMODL_FILE_H
#define LG_TEST_NMODL_FILE_H

#include "tests/one_ctx.h"

#include "cable/nmodl.h"

#include <string.h>

static inline cable_nmodl *nmodl_file(const char *name) {
  char path[512];
  unsigned char *bytes;
  size_t n;
  cable_nmodl *m = NULL;
  (void)snprintf(path, sizeof path, "%s/cable/mod/%s.mod", LG_TEST_DATA, name);
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &bytes, &n));
  assert_ok(ctx, lg_cable_nmodl_compile(ctx, name, (const char *)bytes, n, &m));
  lg_free(ctx, bytes);
  return m;
}

static inline cable_nmodl *nmodl_text(const char *text) {
  cable_nmodl *m = NULL;
  assert_ok(ctx, lg_cable_nmodl_compile(ctx, "test.mod", text, strlen(text), &m));
  return m;
}

#endif
