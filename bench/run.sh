#!/bin/sh
# usage: run.sh BUILD: every benchmark; JSON lines on stdout, words on stderr. A script bench/*.sh gets the program's
# path, so that it can time a peer in the same run; a peer that is not installed is named and left out.
set -eu
build=$1
here=$(dirname "$0")
for program in "$build"/bench/*_bench; do
  [ -x "$program" ] || continue
  echo "bench: $(basename "$program")" >&2
  "$program"
done
for script in "$here"/*_bench.sh; do
  [ -f "$script" ] || continue
  echo "bench: $(basename "$script")" >&2
  sh "$script" "$build/loligo"
done
for script in "$here"/*_bench.py; do
  [ -f "$script" ] || continue
  echo "bench: $(basename "$script")" >&2
  /usr/bin/python3 "$script" "$build/loligo"
done
