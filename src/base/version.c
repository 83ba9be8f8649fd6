#include <loligo/version.h>

#include <lg_commit.h> /* made by cmake/commit.cmake */

const char *lg_version(void) { return LG_VERSION; }

const char *lg_version_commit(void) { return LG_COMMIT; }

const char *lg_version_compiler(void) {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#else
  return "unknown compiler";
#endif
}
