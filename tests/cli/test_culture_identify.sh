#!/bin/sh
# usage: test_culture_identify.sh LOLIGO
# Coupling and feeds from traces: figures, files, the same bytes again, and what is refused.
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
  "$loligo" culture identify --traces "$data/traces_t3_Y.csv" --edges "$data/traces_t3_edges.csv" \
    --cells "$data/traces_t3_cells.csv" --quiet "$@"
}

identify -o "$dir/a" || fail "identify"
for file in summary.json params.csv events.csv fit.csv profile.csv; do
  [ -s "$dir/a/$file" ] || fail "$file is missing"
done
k=$(value k_per_frame "$dir/a/summary.json")
awk "BEGIN { exit !($k > 0.0388 && $k < 0.0412) }" || fail "k is $k, 0.04 is true"
grep -q '"law": "ul/degree"' "$dir/a/summary.json" || fail "the law"
grep -q '^cell,gamma_per_frame,ci_lo,ci_hi,at_bound$' "$dir/a/params.csv" || fail "columns of params.csv"
grep -q '^cell,frame,amp$' "$dir/a/events.csv" || fail "columns of events.csv"
grep -q '^cell,mse_train,mse_test,nmse,peaks_f1,group' "$dir/a/fit.csv" || fail "columns of fit.csv"
[ "$(grep -vc '^#' "$dir/a/params.csv")" = 69 ] || fail "68 cells have an equation"

identify -o "$dir/b"
for file in params.csv events.csv fit.csv profile.csv; do
  grep -v '^#' "$dir/a/$file" > "$dir/1"
  grep -v '^#' "$dir/b/$file" > "$dir/2"
  cmp -s "$dir/1" "$dir/2" || fail "$file differs from run to run"
done

# the paper's regression misses k, and says why
identify --method crlsm --json -o "$dir/c" > "$dir/c.json" || true
k=$(value k_per_frame "$dir/c.json")
awk "BEGIN { exit !($k < 0.008) }" || fail "forward Euler on events found $k"
grep -q 'forward Euler on noisy traces' "$dir/c.json" || fail "no warning"

# what no traces can tell: exit 1, said, with the profile
unknown() { # name, words, awk program for a row, before it
  grep -v '^#' "$data/traces_t3_Y.csv" | awk -F, -v OFS=, "${4:-} NR == 1 { print; next } $3" > "$dir/$1.csv"
  rc=0
  "$loligo" culture identify --traces "$dir/$1.csv" --edges "$data/traces_t3_edges.csv" \
    --cells "$data/traces_t3_cells.csv" --quiet --no-report --replicates 100 --json -o "$dir/$1" > "$dir/$1.json" || rc=$?
  [ "$rc" = 1 ] || fail "$1: exit $rc instead of 1"
  grep -q '"identifiable": false' "$dir/$1/summary.json" || fail "$1: identifiable"
  grep -q "$2" "$dir/$1.json" || fail "$1: '$2' is not said: $(cat "$dir/$1.json")"
  [ "$(grep -vc '^#' "$dir/$1/profile.csv")" = 42 ] || fail "$1: no profile"
}
unknown flat 'k is not identifiable' '{ for (i = 1; i <= NF; i++) $i = 0.5; print }'
unknown alike 'k is not identifiable' '{ for (i = 1; i <= NF; i++) $i = 0.5 + 0.1 * sin(NR / 9); print }'
unknown noise 'the traces say nothing of k' '{ for (i = 1; i <= NF; i++) $i = 0.5 + 0.02 * (rand() + rand() + rand() - 1.5); print }' 'BEGIN { srand(3) }'

# shooting knows the events that output errors find, and fails without them
k=$(identify --method shooting --no-report --json -o "$dir/d" | sed -n 's/.*"k_per_frame": \([-0-9.e]*\).*/\1/p')
awk "BEGIN { exit !($k > 0.0388 && $k < 0.0412) }" || fail "shooting with inputs found $k"
k=$(identify --method shooting --no-events --no-report --json -o "$dir/d" | sed -n 's/.*"k_per_frame": \([-0-9.e]*\).*/\1/p') || true
awk "BEGIN { exit !($k < 0.02) }" || fail "shooting without inputs found $k"

refused() { # code words… : command
  code=$1
  words=$2
  shift 2
  rc=0
  "$loligo" culture identify "$@" -o "$dir/x" 2> "$dir/err" > /dev/null || rc=$?
  [ "$rc" = "$code" ] || fail "exit $rc instead of $code: $(cat "$dir/err")"
  grep -q "$words" "$dir/err" || fail "'$words' is not in: $(cat "$dir/err")"
}
grep -v '^#' "$data/traces_t3_cells.csv" > "$dir/cells.csv"
sed '$d' "$dir/cells.csv" > "$dir/few.csv"
refused 3 'there is no cell 108' --traces "$data/traces_t3_Y.csv" --edges "$data/traces_t3_edges.csv" --cells "$dir/few.csv"
(cat "$dir/cells.csv" && tail -1 "$dir/cells.csv") > "$dir/twice.csv"
refused 3 'twice' --traces "$data/traces_t3_Y.csv" --edges "$data/traces_t3_edges.csv" --cells "$dir/twice.csv"
head -c 3000 "$data/traces_t3_Y.csv" > "$dir/cut.csv"
refused 3 'cut.csv' --traces "$dir/cut.csv" --edges "$data/traces_t3_edges.csv" --cells "$dir/cells.csv"
refused 2 'edges' --traces "$data/traces_t3_Y.csv" --cells "$dir/cells.csv"
refused 3 'nothing.csv' --traces "$dir/nothing.csv" --edges "$data/traces_t3_edges.csv" --cells "$dir/cells.csv"
[ ! -e "$dir/x/summary.json" ] || fail "a refused run left a summary"
echo "culture identify: ok"
