# loligo neuron design: candidates are ranked, of files or built in; a prior prints a share.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
echo '{"model": "izhikevich"}' >"$work/rs.json"
for name in CLONE-1 STEP; do
  "$loligo" neuron protocol "$name" --i0 52pA --sample 0.2ms --quiet -o "$work/$name.json"
done
echo '{"duration_ms": 300, "sample_ms": 0.2, "segments": []}' >"$work/none.json"

expect 0 "" "$loligo" neuron design "$work/rs.json" "$work/none.json" "$work/STEP.json" "$work/CLONE-1.json"
sed -n 2p "$work/out" | grep -q CLONE-1 || fail "CLONE-1 is not first"
sed -n 4p "$work/out" | grep -q none.json || fail "no current is not last"
sed -n 4p "$work/out" | grep -q -- "-inf" || fail "no current determines everything"
expect 0 "" "$loligo" neuron design "$work/rs.json" "$work/STEP.json" --json
out '"loligo-design/1"'
out '"sd_of_prior_sd"'
expect 0 "" "$loligo" neuron design --prior izhikevich --neurons 2
out "of the izhikevich prior"
expect 0 "" "$loligo" neuron design "$work/rs.json" "$work/STEP.json" --free-running
expect 2 "takes no MODEL.json" "$loligo" neuron design --prior tm "$work/rs.json"
expect 2 "give a MODEL.json" "$loligo" neuron design
expect 3 "$work/nothing.json" "$loligo" neuron design "$work/rs.json" "$work/nothing.json"
expect 3 "noise_mV" "$loligo" neuron design "$work/rs.json" "$work/STEP.json" --noise 0mV
finish
