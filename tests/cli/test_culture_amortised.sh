#!/bin/sh
# usage: test_culture_amortised.sh LOLIGO
# One pass of the network that ships: k and intervals, what lies outside of training, and networks that are none.
set -eu
loligo=$1
data=${LG_TEST_DATA:-tests/data}/culture
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
fail() {
  echo "FAIL: $*" >&2
  exit 1
}
value() { sed -n "s/.*\"$1\": \([-0-9.e]*\).*/\1/p" "$2" | head -1; }
identify() {
  traces=$1
  shift
  "$loligo" culture identify --method amortised --traces "$traces" --edges "$data/traces_t3_edges.csv" \
    --cells "$data/traces_t3_cells.csv" --quiet --no-report "$@"
}

identify "$data/traces_t3_Y.csv" -o "$dir/a" || fail "identify"
k=$(value k_per_frame "$dir/a/summary.json")
awk "BEGIN { exit !($k > 0.0385 && $k < 0.0415) }" || fail "k is $k, 0.04 is true"
grep -q '"outside_training": \[\]' "$dir/a/summary.json" || fail "something lies outside"
[ "$(grep -vc '^#' "$dir/a/params.csv")" = 69 ] || fail "68 cells have an equation"
grep -q nan "$dir/a/params.csv" && fail "a feed without an interval"

# a hundred frames are fewer than in training: an answer, flagged
grep -v '^#' "$data/traces_t3_Y.csv" | head -101 > "$dir/short.csv"
rc=0
identify "$dir/short.csv" -o "$dir/b" || rc=$?
[ "$rc" = 1 ] || fail "exit $rc for what lies outside of training"
grep -q '"frames"' "$dir/b/summary.json" || fail "frames are not flagged"
grep -q 'frames of 100 lies outside of what the network was trained on' "$dir/b/summary.json" || fail "no warning"

refused() { # code words… : arguments
  code=$1
  words=$2
  shift 2
  rc=0
  identify "$@" -o "$dir/x" 2> "$dir/err" > /dev/null || rc=$?
  [ "$rc" = "$code" ] || fail "exit $rc instead of $code: $(cat "$dir/err")"
  grep -q "$words" "$dir/err" || fail "'$words' is not in: $(cat "$dir/err")"
}
head -41 "$dir/short.csv" > "$dir/few.csv"
refused 3 '40 frames' "$dir/few.csv"
refused 3 'no network that identifies cultures' "$data/traces_t3_Y.csv" --amortised-net "$(dirname "$data")/../../models/clone-tm.safetensors"
printf 'no network' > "$dir/broken.safetensors"
refused 3 'broken.safetensors' "$data/traces_t3_Y.csv" --amortised-net "$dir/broken.safetensors"
echo "culture identify --method amortised: ok"
