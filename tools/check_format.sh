#!/bin/sh
# usage: check_format.sh [--fix]: every C file has the layout of .clang-format (version 14, Debian 12's).
set -eu
cd "$(dirname "$0")/.."
if ! command -v clang-format >/dev/null 2>&1; then
  echo "format: NOT CHECKED: clang-format is not installed (make deps-dev)" >&2
  exit 0
fi
case $(clang-format --version) in
*" 14."*) ;;
*)
  echo "format: NOT CHECKED: $(clang-format --version) formats differently from version 14" >&2
  exit 0
  ;;
esac
files() {
  if git rev-parse --git-dir >/dev/null 2>&1; then git ls-files '*.c' '*.h' | xargs ls -d 2>/dev/null # not those that were just removed
  else find src include tests fuzz bench examples -name '*.c' -o -name '*.h'; fi
}
if [ "${1:-}" = --fix ]; then
  files | xargs clang-format -i
else
  files | xargs -n 24 -P 2 clang-format --dry-run -Werror || {
    echo "format: run 'make format'" >&2
    exit 1
  }
  echo "format: ok ($(files | wc -l) files)"
fi
