#!/bin/sh
# usage: lint.sh BUILD JOBS: clang-tidy with .clang-tidy, one file per process (version 14 mixes up states otherwise).
set -eu
build=$1 jobs=$2 bad=0
if command -v clang-tidy >/dev/null 2>&1; then
  git ls-files 'src/*.c' | xargs -n 1 -P "$jobs" clang-tidy --quiet -p "$build" || bad=1
else
  echo "lint: NOT CHECKED: clang-tidy is not installed" >&2
fi
if command -v shellcheck >/dev/null 2>&1; then
  git ls-files '*.sh' | xargs shellcheck -s sh -S warning -e SC2154,SC2034,SC2044 || bad=1
fi
exit "$bad"
