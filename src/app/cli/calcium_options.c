#include "app/cli/calcium_options.h"

#include <string.h>

calcium_scheme cli_calcium_scheme(const char *name) {
  return strcmp(name, "imex1") == 0 ? CALCIUM_IMEX1 : strcmp(name, "rodas4") == 0 ? CALCIUM_RODAS4 : CALCIUM_IMEX2;
}
