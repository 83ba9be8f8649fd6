#!/bin/sh
# Every parser over mutated files under AddressSanitizer and UndefinedBehaviorSanitizer; prints one row per parser.
#
# usage: validation/fuzz.sh [ROUNDS] [PARSER…]     ROUNDS mutated files for each (default 100000); at nice 10.
# A finding is a crash, a sanitizer's report, a leak, or a failure without one clean line; it leaves the input in
# $TMPDIR/crash-*.bin and ends that parser. Exit code 1 when there is any.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-100000}
[ $# -eq 0 ] || shift
sh tools/configure.sh build-asan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g" \
  -DLOLIGO_SANITIZE=address,undefined >/dev/null
if [ $# -eq 0 ]; then
  for file in fuzz/fuzz_*.c; do
    name=${file#fuzz/fuzz_}
    set -- "$@" "${name%.c}"
  done
fi
targets=
for parser in "$@"; do targets="$targets fuzz_$parser"; done
# shellcheck disable=SC2086
nice -n 10 cmake --build build-asan -j "${JOBS:-2}" --target $targets >/dev/null
log=$(mktemp)
trap 'rm -f "$log"' EXIT
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || export TMPDIR=/dev/shm # every input is written before it is tried
export LSAN_OPTIONS="suppressions=$PWD/tools/lsan.supp:print_suppressions=0"
bad=0
echo "| parser | seeds | files | findings | seconds |"
echo "|---|---|---|---|---|"
for parser in "$@"; do
  start=$(date +%s)
  findings=0
  nice -n 10 "build-asan/fuzz/fuzz_$parser" "$rounds" "fuzz/seeds/$parser" >"$log" 2>&1 || findings=1
  seeds=$(sed -n 's/.*: \([0-9]*\) seeds,.*/\1/p' "$log" | head -1)
  echo "| $parser | ${seeds:-?} | $rounds | $findings | $(($(date +%s) - start)) |"
  grep '^{' "$log" || true
  if [ "$findings" != 0 ]; then
    bad=1
    tail -n 40 "$log" >&2
  fi
done
exit $bad
