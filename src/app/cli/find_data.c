/* Where the files that ship lie: weights, the drug table, example recordings. */
#define _XOPEN_SOURCE 700
#include "app/cli/cli.h"

#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Folder of the running program, without the last '/'. */
static bool program_folder(char *folder, size_t bytes) {
  const ssize_t n = readlink("/proc/self/exe", folder, bytes - 1);
  if (n <= 0) return false;
  folder[n] = '\0';
  char *slash = strrchr(folder, '/');
  if (!slash) return false;
  *slash = '\0';
  return true;
}

static bool try_place(const char *folder, const char *below, const char *relative, char *path, size_t bytes) {
  const int n = snprintf(path, bytes, "%s%s/%s", folder, below, relative);
  return n > 0 && (size_t)n < bytes && access(path, R_OK) == 0;
}

lg_status cli_find_data(lg_ctx *ctx, const char *relative, char *path, size_t bytes) {
  char folder[3072];
  const char *own = getenv("LOLIGO_DATA_DIR");
  if (own && own[0]) {
    if (try_place(own, "", relative, path, bytes)) return LG_OK;
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "%s is not in LOLIGO_DATA_DIR (%s)", relative, own);
  }
  const bool known = program_folder(folder, sizeof folder);
  if (known && try_place(folder, "/../share/loligo", relative, path, bytes)) return LG_OK;
  if (try_place(LG_SOURCE_DIR, "", relative, path, bytes)) return LG_OK;
  if (try_place(LG_DATA_DIR, "", relative, path, bytes)) return LG_OK;
  return lg_fail(ctx, LG_ERR_NOT_FOUND, "%s is neither in %s/../share/loligo nor in %s nor in %s; set LOLIGO_DATA_DIR",
                 relative, known ? folder : "(unknown folder)", LG_SOURCE_DIR, LG_DATA_DIR);
}
