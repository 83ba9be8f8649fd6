# loligo neuron protocol and rheobase: every protocol runs, options that mean nothing are refused, a live cell is led.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
echo '{"model": "izhikevich"}' >"$work/rs.json"
echo '{"model": "izhikevich", "variant": "klowkhigh", "parameters": {"Ishift": 300}}' >"$work/active.json"

for name in CLONE-1 STEP FI SUB TRAIN PLATEAU; do
  expect 0 "" "$loligo" neuron protocol "$name" --i0 52pA --quiet -o "$work/p.json"
  expect 0 "" "$loligo" neuron simulate "$work/rs.json" --protocol "$work/p.json" --json
  out '"n_spikes"'
done
expect 0 "" "$loligo" neuron protocol
out "PLATEAU"
expect 0 "" "$loligo" neuron protocol --json
out '"loligo-protocol-list/1"'
expect 0 "" "$loligo" neuron protocol STEP --amp 0.1nA
out '"amp_pA": 100'
expect 0 "" "$loligo" neuron protocol FI --i0 50pA --sweep 11
out '"amp_pA": 300'
expect 0 "rheobase of" "$loligo" neuron protocol CLONE-1 --for "$work/rs.json" -o "$work/p.json"
expect 0 "" "$loligo" neuron protocol STEP --i0 50pA -o "$work/p.json" --json
out '"i0_pA": 50'
expect 2 "did you mean STEP" "$loligo" neuron protocol STP
expect 2 "has no meaning for STEP" "$loligo" neuron protocol STEP --rate 20Hz
expect 2 "exclude each other" "$loligo" neuron protocol STEP --i0 20pA --for "$work/rs.json"
expect 3 "TRAIN allows 5" "$loligo" neuron protocol TRAIN --rate 300Hz
expect 3 "$work/none.json" "$loligo" neuron protocol STEP --for "$work/none.json"

expect 0 "" "$loligo" neuron rheobase "$work/rs.json"
out "rheobase 52.26"
out "51.429"
expect 0 "" "$loligo" neuron rheobase "$work/rs.json" --json
out '"loligo-rheobase/1"'
out '"sweep_log"'
expect 1 "" "$loligo" neuron rheobase "$work/rs.json" --to 20pA
out "above"
expect 1 "" "$loligo" neuron rheobase "$work/active.json"
out "fires without current"
expect 0 "" "$loligo" neuron rheobase --answers yes,no,no
out "try 33.21 pA"
expect 0 "" "$loligo" neuron rheobase --answers yes,no,no,no,no,no,no,yes
out "rheobase 52.26"
expect 1 "" "$loligo" neuron rheobase --answers no,no --max-sweeps 2
out "above"
expect 2 "yes or no" "$loligo" neuron rheobase --answers perhaps
expect 2 "give a MODEL.json" "$loligo" neuron rheobase
finish
