# A network as the gate of a ryanodine receptor: runs, says when it is asked too much, is refused where it is of no use.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
seeds=$(dirname "$0")/../../fuzz/seeds/gate

cat >"$work/case.json" <<'JSON'
{"geometry": {"L_um": 16, "R_um": 0.4, "r_ER_um": 0.15},
 "stimulus": {"j0_uM_um_s": 2500, "x0_um": 0, "sigma_um": 0.5, "t_on_s": 0, "t_off_s": 0.001},
 "t_end_s": 0.01, "probes_um": [4, 8]}
JSON
simulate() { "$loligo" calcium simulate "$work/case.json" -o "$work/run" --max-dx-um 0.2 --dt 10us --quiet "$@"; }

expect 0 "" simulate --gate "$seeds/wide.safetensors"
grep -q "training range" "$work/run/summary.json" && fail "a run inside the training range warns"
grep -q "the grid is coarse for this front" "$work/run/summary.json" || fail "no word on the coarse grid"
grep -q '"role": "gate"' "$work/run/summary.json" || fail "provenance lacks the network"
cp -r "$work/run" "$work/first"
expect 0 "" simulate --gate "$seeds/wide.safetensors"
grep -v '^#' "$work/first/totals.csv" >"$work/b"
grep -v '^#' "$work/run/totals.csv" >"$work/a"
cmp -s "$work/a" "$work/b" || fail "two runs differ"
expect 0 "" simulate --gate "$seeds/narrow.safetensors"
grep -q 'c reached 1[0-9.]* uM at [0-9.]* um of section 0 after 0.0[0-9]* s; trained on 0.01 to 5' \
  "$work/run/summary.json" || fail "no warning of what lies beyond: $(grep -A2 warnings "$work/run/summary.json")"
expect 0 "" simulate --gate "$seeds/wide.safetensors" --scheme imex1
expect 3 "gated by voltage" simulate --gate "$seeds/voltage.safetensors"
one_line
expect 3 "cannot be opened" simulate --gate "$work/none.safetensors"
expect 2 "no gate 'klo' (nearest: 'kl')" simulate --gate klo
expect 0 "" "$loligo" info "$seeds/hidden.safetensors"
out "moved by voltage: P = m^3 h"
expect 0 "" "$loligo" info "$seeds/raw.safetensors"
out "stepped explicitly and clipped"
expect 0 "" "$loligo" info "$seeds/wide.safetensors" --json
out '"P_rest"'
finish
