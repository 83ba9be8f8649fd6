#!/bin/sh
# Every public header compiles alone, as C17 and as C++17.
set -eu
cd "$(dirname "$0")/.."
cc=${CC:-cc} cxx=${CXX:-c++} bad=0
for header in include/loligo/*.h; do
  name=loligo/$(basename "$header")
  printf '#include <%s>\n#include <%s>\nint alone(void);\nint alone(void) { return 0; }\n' "$name" "$name" |
    $cc -std=c17 -Wall -Wextra -Wpedantic -Wstrict-prototypes -Werror -Iinclude -fsyntax-only -x c - || bad=1
  printf '#include <%s>\n#include <%s>\nint alone() { return 0; }\n' "$name" "$name" |
    $cxx -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -x c++ - || bad=1
done
[ "$bad" = 0 ] && echo "headers: ok"
exit "$bad"
