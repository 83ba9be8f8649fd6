#include "app/cli/cli.h"
#include "base/base.h"

const char *cli_nearest(const char *word, const char *const *names, size_t n) { return lg_nearest(word, names, n); }
