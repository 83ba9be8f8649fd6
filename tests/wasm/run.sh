#!/bin/sh
# usage: run.sh NODE TEST.mjs LOLIGO FOLDER: a test of the modules; 77 (skipped) where node or the modules are missing.
set -eu
node=$1 test=$2
shift 2
skip() {
  echo "wasm: $test IS SKIPPED: $1" >&2
  exit 77
}
command -v "$node" >/dev/null 2>&1 || skip "there is no node (tools/debian-packages-web.txt)"
[ -e "$2/point.wasm" ] || skip "there is no $2 (tools/build_wasm.sh says why)"
exec "$node" "$(dirname "$0")/$test" "$@"
