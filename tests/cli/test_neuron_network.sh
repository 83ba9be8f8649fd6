# loligo neuron simulate NETWORK.json: rasters and traces are the same for threads and ranks and after an interruption;
# what is wrong with a network is said in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
source=$(pwd)
cd "$work"
cp "$source/examples/networks/ei.json" ei.json
run() { "$loligo" neuron simulate "$@" --quiet; }
# without the lines of provenance, which tell times and places
same() {
  for kind in t s; do
    grep -v '^#' "$1.$kind.csv" >a.data
    grep -v '^#' "$2.$kind.csv" >b.data
    cmp -s a.data b.data || fail "$1.$kind.csv and $2.$kind.csv differ"
  done
}

expect 0 "" run ei.json -o one.t.csv --spikes one.s.csv --threads 1
[ "$(grep -c '^E,' one.s.csv)" -gt 100 ] || fail "only $(grep -c '^E,' one.s.csv) spikes of E"
grep -q '^t_ms,v_mV_E_0_soma,v_mV_E_40_soma,v_mV_I_2_soma' one.t.csv || fail "columns: $(grep '^t_ms' one.t.csv)"
expect 0 "" run ei.json -o two.t.csv --spikes two.s.csv --threads 2
same one two
expect 0 "" run ei.json -o seed.t.csv --spikes seed.s.csv --seed 7
cmp -s one.s.csv seed.s.csv && fail "another seed, the same raster"
expect 0 "5232 connections" "$loligo" neuron simulate ei.json --json
out '"n_connections": 5232'

# A seed in the file counts, and what was written can be verified.
sed 's/"tstop_ms": 300/"tstop_ms": 40, "seed": 9/' ei.json >seeded.json
expect 0 "" run seeded.json -o v.t.csv --spikes v.s.csv
grep -q '^# seed: 9' v.s.csv || fail "seed: $(grep '^# seed' v.s.csv)"
for file in v.t.csv v.s.csv; do "$loligo" verify "$file" >out 2>err || fail "verify $file: $(cat out err)"; done

# Interrupted, then the same command again.
sed 's/"tstop_ms": 300/"tstop_ms": 3000/' ei.json >long.json
expect 0 "" run long.json -o whole.t.csv --spikes whole.s.csv
"$loligo" neuron simulate long.json -o rest.t.csv --spikes rest.s.csv --state state >out 2>err &
pid=$!
sleep 0.5
kill -INT $pid 2>/dev/null || true
code=0
wait $pid || code=$?
case $code in
130)
  [ -e state ] || fail "interrupted without a state: $(cat err)"
  [ -e rest.t.csv ] && fail "interrupted, and a trace is there"
  expect 0 "going on at t =" "$loligo" neuron simulate long.json -o rest.t.csv --spikes rest.s.csv --state state --threads 2
  [ -e state ] && fail "the state is there after the end"
  ;;
0) echo "NOTE: the run ended before it was interrupted" >&2 ;;
*) fail "interrupted: exit $code, $(cat err)" ;;
esac
same whole rest

# Ranks.
if command -v mpirun >/dev/null 2>&1 && [ -e "$(dirname "$loligo")/loligo_mpi.so" ] && ! grep -qa __tsan_init "$loligo"; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
  export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
  for n in 2 4; do
    expect 0 "" mpirun --oversubscribe -n $n "$loligo" neuron simulate ei.json -o ranks.t.csv --spikes ranks.s.csv --quiet
    same one ranks
  done
else
  echo "SKIP: networks on ranks: mpirun or loligo_mpi.so is missing" >&2
fi

# What is wrong, with the nearest name.
bad() { # what the message holds, sed script
  sed "$2" ei.json >bad.json
  expect 3 "$1" "$loligo" neuron simulate bad.json
  [ "$(wc -l <err)" = 1 ] || fail "more than one line: $(cat err)"
}
bad 'there is no population "EE"; did you mean "E"' 's/"from": "E", "to": "I"/"from": "EE", "to": "I"/'
bad "there is no synapse in the cells of 'E' named \"ihn\"; did you mean \"inh\"" 's/"synapse": "inh", "rule"/"synapse": "ihn", "rule"/'
bad 'fixed_probability: 1.1 is outside 0 … 1' 's/"fixed_probability": 0.1/"fixed_probability": 1.1/'
bad '0.01 ms is shorter than the step' 's/"delay_ms": 0.8/"delay_ms": 0.01/'
bad '81 is outside 0 … 50' 's/"fixed_indegree": 30/"fixed_indegree": 81/'
bad 'there is no rule "all_to_al"; did you mean "all_to_all"' 's/"all_to_all"/"all_to_al"/'
bad 'there is no mechanism "ExpSin"; did you mean ExpSyn' 's/"ExpSyn"/"ExpSin"/'
bad 'there is no membrane for points "AdX"; did you mean "AdEx"' 's/"AdEx"/"AdX"/'
bad '.tau_m: ExpSyn has no such parameter' 's/"tau": 5/"tau_m": 5/'
bad 'one_to_one from 83 to 20 cells' 's/{"fixed_indegree": 20}/"one_to_one"/'
bad "they have no membrane" 's/"from": "bg", "to": "E"/"from": "E", "to": "bg"/'
bad "unknown key 'populations[0].nmber'" 's/"name": "E", "number"/"name": "E", "nmber": 1, "number"/'
bad 'there is no type of stimulus "poison"; did you mean "poisson"' 's/"type": "poisson"/"type": "poison"/'
bad '99 is outside 0 … 19' 's/"cell": 17/"cell": 99/'
bad 'wants a step below' 's/"conductance_uS": 0.001/"conductance_uS": 100/'
expect 2 "not for networks" "$loligo" neuron simulate ei.json --nseg 3
expect 2 "step together" "$loligo" neuron simulate ei.json --scheme adaptive
finish
