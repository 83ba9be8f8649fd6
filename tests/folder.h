/** @file folder.h @brief A folder for the files of a test: give make_dir and remove_dir to cmocka's group. */
#ifndef LG_TEST_FOLDER_H
#define LG_TEST_FOLDER_H

#include "tests/test.h"

#include <ftw.h>

static char dir[] = "/tmp/loligo-test-XXXXXX";

static inline int make_dir(void **state) {
  (void)state;
  return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)info, (void)kind, (void)place;
  return remove(path);
}

static inline int remove_dir(void **state) {
  (void)state;
  if (getenv("LOLIGO_KEEP_TESTS")) { /* to look at what a test wrote */
    (void)fprintf(stderr, "kept %s\n", dir);
    return 0;
  }
  return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
