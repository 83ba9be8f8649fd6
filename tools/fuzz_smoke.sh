#!/bin/sh
# usage: fuzz_smoke.sh BUILD ROUNDS: every fuzz program of a build for that many mutated inputs.
set -eu
build=$1 rounds=$2
for program in "$build"/fuzz/fuzz_*; do
  [ -x "$program" ] || continue
  name=$(basename "$program")
  "$program" "$rounds" "fuzz/seeds/${name#fuzz_}"
  echo "{\"fuzz\": \"$name\", \"inputs\": $rounds, \"findings\": 0}"
done
