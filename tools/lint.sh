#!/bin/sh
# usage: lint.sh BUILD JOBS [--lately N]: clang-tidy with .clang-tidy, one file per process (version 14 mixes up states
# otherwise), and shellcheck. --lately: only the N files of src/ that history touched last, and no shellcheck.
set -eu
build=$1 jobs=$2 lately='' bad=0
[ "${3:-}" != --lately ] || lately=${4:?how many files?}

# Newest first, those that are still there.
touched_last() {
  if ! git rev-parse --git-dir >/dev/null 2>&1; then
    echo "lint: no history here: the $1 files that changed last on the disk" >&2
    find src -name '*.c' -exec ls -t {} + | sed -n "1,$1p"
    return
  fi
  if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
    echo "lint: a shallow clone: $1 files of the history that is here, which need not be the last ones" >&2
  fi
  git log --format= --name-only -- 'src/*.c' | awk '!seen[$0]++' |
    while read -r file; do [ ! -f "$file" ] || echo "$file"; done | sed -n "1,$1p"
}

sources() {
  if [ -n "$lately" ]; then touched_last "$lately"; else git ls-files 'src/*.c'; fi
}

# The commands of the build without the flags that only GCC knows.
commands() {
  mkdir -p "$build/lint"
  sed -e 's/ -fschedule-insns//g' -e 's/ -fsched-pressure//g' "$build/compile_commands.json" \
    >"$build/lint/compile_commands.json"
}

if command -v clang-tidy >/dev/null 2>&1; then
  commands
  sources | xargs -n 1 -P "$jobs" clang-tidy --quiet -p "$build/lint" || bad=1
else
  echo "lint: NOT CHECKED: clang-tidy is not installed" >&2
fi
if [ -n "$lately" ]; then exit "$bad"; fi
if command -v shellcheck >/dev/null 2>&1; then
  git ls-files '*.sh' | xargs shellcheck -s sh -S warning -e SC2154,SC2034,SC2044 || bad=1
else
  echo "lint: NOT CHECKED: shellcheck is not installed" >&2
fi
exit "$bad"
