#!/bin/sh
# usage: test_culture_pinn.sh LOLIGO
# The physics-informed network's command: files, a stop and going on, another training's state refused, bad options.
set -eu
loligo=$1
data=${LG_TEST_DATA:-tests/data}/culture
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
fail() {
  echo "FAIL: $*" >&2
  exit 1
}
pinn() {
  "$loligo" culture pinn --traces "$data/traces_t3_Y.csv" --edges "$data/traces_t3_edges.csv" \
    --cells "$data/traces_t3_cells.csv" --law ul/degree --quiet --no-report "$@"
}
pinn_alone() { # to run behind: the process itself takes the signal
  exec "$loligo" culture pinn --traces "$data/traces_t3_Y.csv" --edges "$data/traces_t3_edges.csv" \
    --cells "$data/traces_t3_cells.csv" --law ul/degree --quiet --no-report "$@"
}
small="--hidden 16,24 --frequencies 16 --finer 1"
numbers() { grep -v '^#' "$1/history.csv" && grep -v '^#' "$1/params.csv"; }

# shellcheck disable=SC2086
pinn $small --steps 60 --threads 1 -o "$dir/a" || fail "a short training"
for file in summary.json params.csv events.csv fit.csv profile.csv history.csv; do
  [ -s "$dir/a/$file" ] || fail "$file is missing"
done
[ ! -e "$dir/a/pinn.state" ] || fail "the state of a training that is done still lies there"
grep -q '"method": "pinn"' "$dir/a/summary.json" || fail "the method"
grep -q '^step,data_loss,law_loss,k_per_frame$' "$dir/a/history.csv" || fail "columns of history.csv"
[ "$(grep -vc '^#' "$dir/a/history.csv")" = 8 ] || fail "rows of history.csv"
# shellcheck disable=SC2086
pinn $small --steps 60 --threads 2 -o "$dir/b"
numbers "$dir/a" > "$dir/1"
numbers "$dir/b" > "$dir/2"
cmp -s "$dir/1" "$dir/2" || fail "two threads do not give the numbers of one"

# stopped by a signal, and going on: the same numbers as in one go
# shellcheck disable=SC2086
pinn $small --steps 3000 --save-seconds 0 -o "$dir/whole" || true
# shellcheck disable=SC2086
pinn_alone $small --steps 3000 --save-seconds 0 -o "$dir/c" 2> /dev/null &
job=$!
tries=0
until [ -s "$dir/c/pinn.state" ] || [ $tries = 400 ]; do
  sleep 0.05
  tries=$((tries + 1))
done
kill -TERM $job 2> /dev/null
rc=0
wait $job || rc=$?
if [ "$rc" = 130 ]; then
  [ -s "$dir/c/pinn.state" ] || fail "stopped without a state"
  [ ! -e "$dir/c/summary.json" ] || fail "a stopped run left a summary"
  rc=0
  # shellcheck disable=SC2086
  pinn $small --steps 3001 -o "$dir/c" 2> "$dir/err" || rc=$?
  [ "$rc" = 2 ] || [ "$rc" = 3 ] || fail "exit $rc for the state of another training"
  grep -q 'another training' "$dir/err" || fail "not said: $(cat "$dir/err")"
  cp "$dir/c/pinn.state" "$dir/state"
  head -c 3000 "$dir/state" > "$dir/c/pinn.state"
  rc=0
  # shellcheck disable=SC2086
  pinn $small --steps 3000 -o "$dir/c" 2> "$dir/err" || rc=$?
  [ "$rc" = 3 ] || fail "exit $rc for a damaged state: $(cat "$dir/err")"
  cp "$dir/state" "$dir/c/pinn.state"
  # shellcheck disable=SC2086
  pinn $small --steps 3000 --save-seconds 0 -o "$dir/c" || true
else
  echo "the training ended before the signal came: going on is not tested here" >&2
fi
numbers "$dir/whole" > "$dir/1"
numbers "$dir/c" > "$dir/2"
cmp -s "$dir/1" "$dir/2" || fail "a stop changed the numbers"

# the printed one says what it is; identify takes both by name
rc=0
pinn --printed --steps 2 --json -o "$dir/d" > "$dir/d.json" || rc=$?
[ "$rc" = 0 ] || [ "$rc" = 1 ] || fail "printed: exit $rc"
grep -q 'printed network: too smooth' "$dir/d.json" || fail "no warning"
grep -q '"method": "pinn-paper"' "$dir/d.json" || fail "its name"

refused() { # words, options…
  words=$1
  shift
  rc=0
  pinn "$@" -o "$dir/x" 2> "$dir/err" > /dev/null || rc=$?
  [ "$rc" = 2 ] || [ "$rc" = 3 ] || fail "exit $rc for $*: $(cat "$dir/err")"
  grep -q -e "$words" "$dir/err" || fail "'$words' is not in: $(cat "$dir/err")"
}
refused 'hidden' --hidden 64,,3
refused 'hidden' --hidden 0
refused 'k starts at' --k-start 0
refused 'batch' --batch 20
refused 'frequencies' --frequencies 100000
refused 'points a frame' --finer 0
refused 'rates' --rate 3
[ ! -e "$dir/x/summary.json" ] || fail "a refused run left a summary"
echo "culture pinn: ok"
