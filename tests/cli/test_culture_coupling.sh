#!/bin/sh
# usage: test_culture_coupling.sh LOLIGO
# A learned message function: its files, the same bytes again, and what is refused.
set -eu
loligo=$1
data=${LG_TEST_DATA:-tests/data}/culture
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
fail() {
  echo "FAIL: $*" >&2
  exit 1
}
learn() {
  "$loligo" culture learn-coupling --traces "$data/traces_t3_Y.csv" --edges "$data/traces_t3_edges.csv" \
    --cells "$data/traces_t3_cells.csv" --quiet "$@"
}
value() { sed -n "s/.*\"$1\": \([-0-9.e]*\).*/\1/p" "$2" | head -1; }

learn --epochs 4 --members 2 -o "$dir/a" || fail "learn-coupling"
for file in summary.json params.csv coupling.csv phi.safetensors fig-coupling.svg fig-coupling.png; do
  [ -s "$dir/a/$file" ] || fail "$file is missing"
done
k=$(value k_per_frame "$dir/a/summary.json")
awk "BEGIN { exit !($k > 0.036 && $k < 0.044) }" || fail "k is $k, 0.04 is true"
grep -q '"shape": "' "$dir/a/summary.json" || fail "no shape"
grep -q '^difference,message_per_frame,band_lo,band_hi,linear_law,' "$dir/a/coupling.csv" || fail "columns"
[ "$(grep -vc '^#' "$dir/a/coupling.csv")" = 82 ] || fail "81 points of the curve"
[ "$(grep -vc '^#' "$dir/a/params.csv")" = 69 ] || fail "68 cells have an equation"

learn --epochs 4 --members 2 --threads 1 -o "$dir/b"
for file in params.csv coupling.csv phi.safetensors fig-coupling.svg; do
  grep -av '^#' "$dir/a/$file" > "$dir/1"
  grep -av '^#' "$dir/b/$file" > "$dir/2"
  cmp -s "$dir/1" "$dir/2" || fail "$file depends on the number of threads"
done

rc=0
learn --train 355 -o "$dir/x" 2> "$dir/err" || rc=$?
[ "$rc" = 3 ] || fail "exit $rc for six frames that are kept back: $(cat "$dir/err")"
grep -q 'too few' "$dir/err" || fail "not said why: $(cat "$dir/err")"
[ ! -e "$dir/x/summary.json" ] || fail "a refused run left a summary"
echo "culture learn-coupling: ok"
