# Twins and models of point neurons as populations of a network: they do what they do alone; order two in dt with
# synapses; draws of a posterior; threads, ranks and interruptions change nothing.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
run() { "$loligo" neuron simulate "$@" --quiet; }
# spikes of the first cell of a population, or of a neuron alone
of() { sed -n "s/^$2,0,//p" "$1"; }
alone() { grep -v '^#' "$1" | grep -v t_ms; }
# largest distance of two lists of equal length
apart() {
  [ "$(wc -l <"$1")" = "$(wc -l <"$2")" ] || fail "$1 has $(wc -l <"$1") spikes, $2 $(wc -l <"$2")"
  paste "$1" "$2" | awk '{d = $1 - $2; if (d < 0) d = -d; if (d > m) m = d} END {print m + 0}'
}
below() { awk -v x="$1" -v y="$2" 'BEGIN {exit !(x < y)}'; }

# A current into a neuron of a network, and into the neuron alone with the same solver.
echo '{"model": "izhikevich", "variant": "std"}' >std.json
for variant in LTS FS TC; do echo "{\"model\": \"izhikevich\", \"variant\": \"$variant\"}" >$variant.json; done
echo '{"model": "tm"}' >tm.json
for case in std:100 LTS:150 FS:100 TC:200 tm:400; do
  name=${case%:*} amp=${case#*:}
  cat >p.json <<J
{"duration_ms": 300, "sample_ms": 0.5, "segments": [{"type": "const", "t0_ms": 20, "t1_ms": 280, "amp_pA": $amp}]}
J
  cat >net.json <<J
{"tstop_ms": 300, "dt_ms": 0.025, "populations": [{"name": "a", "number": 3, "cell": "$name.json"}],
 "stimuli": [{"type": "current", "to": "a", "amp_nA": 0.$amp, "delay_ms": 20, "dur_ms": 260}]}
J
  expect 0 "" run "$name.json" --protocol p.json -o a.csv --spikes a.s.csv
  expect 0 "" run net.json --spikes n.s.csv
  alone a.s.csv >a.t
  of n.s.csv a >n.t
  [ "$(wc -l <a.t)" -ge 2 ] || fail "$name: only $(wc -l <a.t) spikes"
  d=$(apart a.t n.t)
  below "$d" 1e-6 || fail "$name in a network spikes $d ms away from where it does alone"
done

# Events: the neuron's own AMPA beside a synapse of the network, second order in the step.
echo '{"model": "tm", "parameters": {"gAMPA": 30}}' >own.json
times='[20.013, 40.5, 41.2, 80.777, 120.3, 121.1, 122.9, 200.05]'
cat >p.json <<J
{"duration_ms": 300, "sample_ms": 0.5, "segments": [{"type": "const", "t0_ms": 0, "t1_ms": 300, "amp_pA": 0}],
 "synaptic": [{"receptor": "AMPA", "times_ms": $times, "weight": 1}]}
J
cat >net.json <<J
{"tstop_ms": 300, "dt_ms": 0.1, "populations": [{"name": "a", "number": 1, "cell": {"twin": "tm.json", "synapses": [
  {"name": "ampa", "type": "Exp2Syn", "params": {"tau1": 0.3, "tau2": 3, "e": 0}, "weight_uS": 0.03}]}}],
 "stimuli": [{"type": "spikes", "to": "a", "synapse": "ampa", "times_ms": $times}]}
J
expect 0 "" run own.json --protocol p.json -o a.csv --spikes a.s.csv --solver reference
alone a.s.csv >a.t
[ "$(wc -l <a.t)" -ge 5 ] || fail "events make only $(wc -l <a.t) spikes"
for dt in 100 25; do
  expect 0 "" run net.json --dt ${dt}us --spikes n.s.csv
  of n.s.csv a >n.t
  apart a.t n.t >d$dt
done
below "$(cat d100)" 2e-3 || fail "events: $(cat d100) ms away at dt 0.1"
awk -v a="$(cat d100)" -v b="$(cat d25)" 'BEGIN {exit !(a > 12 * b)}' || fail "events: $(cat d100), $(cat d25) ms: not of order 2"

# Draws of a posterior: cells differ, and all is the same on other threads and ranks and after an interruption.
cat >clone.json <<'J'
{"schema": "loligo-twin/1", "model": "izhikevich", "variant": "std", "parameters": {
  "C": {"value": 100, "unit": "pF"}, "k": {"value": 0.7, "unit": "nS/mV"}, "d": {"value": 100, "unit": "pA"}},
 "samples": [[100, 0.7, 100], [104, 0.72, 90], [97, 0.69, 120], [101, 0.66, 105]]}
J
cat >net.json <<'J'
{"tstop_ms": 400, "dt_ms": 0.1, "populations": [
  {"name": "e", "number": 300, "cell": {"twin": "clone.json", "draw": "posterior", "synapses": [
    {"name": "ampa", "type": "ExpSyn", "params": {"tau": 3, "e": 0}, "weight_uS": 0.001},
    {"name": "gaba", "type": "ExpSyn", "params": {"tau": 8, "e": -75}, "weight_uS": 0.002}]}},
  {"name": "i", "number": 60, "cell": "FS.json", "synapses": [
    {"name": "ampa", "type": "ExpSyn", "loc": ["soma"], "params": {"tau": 2, "e": 0}, "weight_uS": 0.001}]}],
 "connections": [
  {"from": "e", "to": "e", "synapse": "ampa", "rule": {"fixed_probability": 0.05}, "delay_ms": {"uniform": [1, 4]}},
  {"from": "e", "to": "i", "rule": {"fixed_probability": 0.1}, "delay_ms": 1},
  {"from": "i", "to": "e", "synapse": "gaba", "rule": {"fixed_probability": 0.2}, "delay_ms": 1}],
 "stimuli": [{"type": "poisson", "to": "e", "synapse": "ampa", "rate_Hz": 900},
  {"type": "noise", "to": "i", "mean_nA": 0.06, "sigma_nA": 0.03, "tau_ms": 5}],
 "probes": [{"population": "e", "cells": [0, 250], "name": "soma"},
  {"population": "e", "cells": [250], "var": "u_pA_izhikevich", "name": "u"}]}
J
expect 0 "" run net.json --spikes 1.s.csv -o 1.t.csv --threads 1
[ "$(grep -c '^e,' 1.s.csv)" -gt 200 ] || fail "only $(grep -c '^e,' 1.s.csv) spikes of e"
[ "$(grep -c '^i,' 1.s.csv)" -gt 60 ] || fail "only $(grep -c '^i,' 1.s.csv) spikes of i"
same() {
  for kind in s t; do
    grep -v '^#' 1.$kind.csv >a.data
    grep -v '^#' "$1.$kind.csv" >b.data
    cmp -s a.data b.data || fail "$1: $kind differs"
  done
}
expect 0 "" run net.json --spikes 3.s.csv -o 3.t.csv --threads 3
same 3
if command -v mpirun >/dev/null 2>&1 && [ -e "$(dirname "$loligo")/loligo_mpi.so" ] && ! grep -qa __tsan_init "$loligo"; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
  export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
  expect 0 "" mpirun --oversubscribe -n 2 "$loligo" neuron simulate net.json --spikes r.s.csv -o r.t.csv --quiet
  same r
else
  echo "SKIP: twins on ranks: mpirun or loligo_mpi.so is missing" >&2
fi
"$loligo" neuron simulate net.json --spikes z.s.csv -o z.t.csv --state state >out 2>err &
pid=$!
sleep 0.3
kill -INT $pid 2>/dev/null || true
code=0
wait $pid || code=$?
case $code in
130) expect 0 "going on at t =" "$loligo" neuron simulate net.json --spikes z.s.csv -o z.t.csv --state state --threads 2 ;;
0) echo "NOTE: the run ended before it was interrupted" >&2 ;;
*) fail "interrupted: exit $code, $(cat err)" ;;
esac
same z

# What cannot be.
bad() { # message, sed script
  sed "$2" net.json >bad.json
  expect 3 "$1" "$loligo" neuron simulate bad.json
  one_line
}
bad 'there is no posterior to draw from' 's/clone.json/std.json/'
bad '"best" or "posterior" expected' 's/"draw": "posterior"/"draw": "worst"/'
bad 'izhikevich has no current' 's/u_pA_izhikevich/i_izhikevich/'
bad 'has no state' 's/u_pA_izhikevich/w_izhikevich/'
echo '{"model": "hh52"}' >hh.json
bad 'hh52 has currents per area' 's/"FS.json"/"hh.json"/'
expect 3 "treat their file with loligo drug apply" "$loligo" neuron simulate net.json --drug XE991 --dose 10uM
finish
