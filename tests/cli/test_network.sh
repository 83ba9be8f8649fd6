# The networks that ship: their word alone is near the truth, and they are asked for the family that is cloned.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"

near() { # FILE PARAMETER TRUTH RELATIVE
  value=$(tr -d ' \n' < "$1" | sed "s/.*\"$2\":{\"value\":\([-0-9.e+]*\).*/\1/")
  awk -v a="$value" -v b="$3" -v r="$4" 'BEGIN { d = a - b; if (d < 0) d = -d; m = b < 0 ? -b : b; exit !(d <= r * m) }' ||
    fail "$2 is $value; the truth is $3"
}

truth() { # ROW COLUMN of truth.csv
  awk -F, -v r="$1" -v c="$2" 'NR == r + 1 { print $c }' cells/truth.csv
}

expect 0 "" "$loligo" neuron sample izhikevich --count 2 --seed 5 -o cells --quiet
for k in 0 1; do
  expect 0 "" "$loligo" clone "cells/00000$k.csv" -o twin.json --network-only --model izhikevich --quiet
  grep -q '"stage": *"network"' twin.json || fail "the stage is not the network's"
  grep -q '"name": *"clone-izhikevich"' twin.json || fail "another network was asked"
  near twin.json C "$(truth $((k + 1)) 2)" 0.1
  near twin.json vr "$(truth $((k + 1)) 4)" 0.02
  near twin.json c "$(truth $((k + 1)) 8)" 0.02
done
# What a network's word has no measure of is said so, and is null for programs: never "nan".
expect 0 "χ² per sample not computed" "$loligo" clone cells/000000.csv -o twin.json --network-only --model izhikevich
! grep -qw nan "$work/err" || fail "nan among the words: $(grep -w nan "$work/err")"
expect 0 "" "$loligo" clone cells/000000.csv --network-only --model izhikevich --quiet --json
out '"chi2_per_sample": null'
out '"noise_mV": null'
! grep -qwi nan "$work/out" || fail "nan in the JSON: $(grep -wi nan "$work/out")"
expect 0 "" "$loligo" info twin.json
out 'chi2 per sample not computed'
! grep -qw nan "$work/out" || fail "info says nan: $(grep -w nan "$work/out")"
expect 0 "" "$loligo" neuron sample tm --count 2 --seed 5 -o cells --json
out '"recordings": 2'
for k in 0 1; do
  expect 0 "" "$loligo" clone "cells/00000$k.csv" -o twin.json --network-only --model hh --quiet
  grep -q '"name": *"clone-tm"' twin.json || fail "another network was asked"
  near twin.json C "$(truth $((k + 1)) 2)" 0.25
  near twin.json VT "$(truth $((k + 1)) 10)" 0.05
done
expect 0 "" "$loligo" clone cells/000000.csv -o twin.json --model hh --quiet
grep -q '"name": *"clone-tm"' twin.json || fail "another network was asked for starts"
grep -q '"accepted": *true' twin.json || fail "the refinement was not accepted"
finish
