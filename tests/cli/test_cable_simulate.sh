# Cells with shape: traces, spikes, JSON, what cannot be, divergence, a run that is stopped and gone on with.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$(cd "$(dirname "$0")/../data/cable" && pwd)
cd "$work"

expect 0 "" "$loligo" neuron simulate "$data/neuron_spikes.json" -o t.csv --spikes s.csv --nseg 9 --scheme nrn --quiet
grep -v '^#' t.csv | head -1 | grep -qx 't_ms,v_mV_soma,v_mV_tuft,v_mV_tip,v_mV_axon' || fail "wrong columns"
grep -q '^# ' t.csv || fail "no provenance in the trace"
[ "$(grep -vc '^#' t.csv)" = 2402 ] || fail "wrong number of samples"
grep -v '^#' s.csv | head -1 | grep -qx 'probe,t_ms' || fail "wrong columns of spikes"
[ "$(grep -vc '^#' s.csv)" = 14 ] || fail "wrong number of spikes"
expect 0 "" "$loligo" verify t.csv

expect 0 "" "$loligo" neuron simulate "$data/neuron_channels_spikes.json" -o c.npy --json
out '"schema": "loligo-cable-simulation/1"'
out '"scheme": "sdirk2"'
out '"column": "cai_mM"'
expect 0 "" "$loligo" neuron simulate "$data/neuron_channels_spikes.json" -o a.csv --scheme adaptive --tolerance 1e-4 --quiet
expect 0 "not a multiple of dt" "$loligo" neuron simulate "$data/neuron_passive.json" -o p.csv --dt 0.04
expect 0 "" "$loligo" neuron simulate "$data/neuron_passive.json" -o p.h5 --d-lambda 0.05 --quiet

# What cannot be.
expect 2 "is for point neurons" "$loligo" neuron simulate "$data/neuron_spikes.json" --protocol x.json -o t2.csv
expect 2 "cannot be together" "$loligo" neuron simulate "$data/neuron_spikes.json" --nseg 3 --d-lambda 0.1 -o t2.csv
sed 's/"tstop_ms": 90.0/"tstop_ms": 8/' "$data/neuron_channels_subthreshold.json" > brief.json
expect 3 "longer than the run" "$loligo" neuron simulate brief.json --dt 9 --scheme nrn -o t2.csv
expect 2 "for --scheme adaptive" "$loligo" neuron simulate "$data/neuron_spikes.json" --tolerance 1e-3 -o t2.csv
sed 's/"gnabar"/"gnaber"/' "$data/neuron_spikes.json" > odd.json
expect 3 "did you mean gnabar" "$loligo" neuron simulate odd.json -o t2.csv
sed 's/"amp_nA": 2.0/"amp_nA": 1e5/' "$data/neuron_passive.json" | sed 's/"amp_nA": 0.05/"amp_nA": 1e5/' > wild.json
expect 4 "diverged at t = 2" "$loligo" neuron simulate wild.json -o w.csv --nseg 5
[ "$(grep -vc '^#' w.csv)" -gt 60 ] || fail "the trace up to the divergence was not kept"
[ "$(grep -vc '^#' w.csv)" -lt 200 ] || fail "the trace does not end at the divergence"
[ ! -e t2.csv ] || fail "a refused run left a file"

# Stopped and gone on with: the same bits.
sed 's/"tstop_ms": 60.0/"tstop_ms": 1500/' "$data/neuron_spikes.json" > long.json
expect 0 "" "$loligo" neuron simulate long.json -o whole.csv --spikes whole_s.csv --nseg 31 --quiet
"$loligo" neuron simulate long.json -o part.csv --spikes part_s.csv --nseg 31 --state state --quiet 2> err & pid=$!
sleep 0.2
kill -INT $pid 2> /dev/null || true
code=0
wait $pid || code=$?
if [ $code = 130 ]; then
  [ -s state ] || fail "no state was saved"
  [ ! -e part.csv ] || fail "an interrupted run left a trace"
  expect 2 "state of another run" "$loligo" neuron simulate long.json -o part.csv --nseg 33 --state state
  expect 0 "going on at" "$loligo" neuron simulate long.json -o part.csv --spikes part_s.csv --nseg 31 --state state
else
  [ $code = 0 ] || fail "interrupted: $code"
fi
[ ! -e state ] || fail "the state is still there"
expect 0 "" "$loligo" compare whole.csv part.csv --quiet
expect 0 "" "$loligo" compare whole_s.csv part_s.csv --quiet
finish
