# loligo sweep, loligo merge: results depend on the plan alone; every way to stop and go on; what is said of bad plans.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"

cat >step.json <<'J'
{"duration_ms": 100, "sample_ms": 0.1, "segments": [{"type": "const", "t0_ms": 10, "t1_ms": 90, "amp_pA": 300}]}
J
cat >rs.json <<'J'
{"model": "izhikevich", "variant": "std",
 "parameters": {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}}
J
cat >plan.json <<'J'
{ // two axes, a grid of 500
  "schema": "loligo-sweep/1", "model": "rs.json", "protocol": "step.json",
  "vary": {"C": {"from": 50, "to": 200, "n": 50, "scale": "log"}, "stimulus_scale": {"from": 0, "to": 3, "n": 10}},
  "measure": ["n_spikes", "rate_Hz", "first_spike_ms", "v_end_mV", "v_max_mV"], "trace_every_ms": 10}
J
same() { # same A B: the merged files of two folders are byte-identical
  for name in results.csv results.sqlite results.h5; do
    cmp -s "$1/$name" "$2/$name" || fail "$1/$name and $2/$name differ"
  done
}
rows() { grep -vc '^#' "$1/results.csv"; }

# One and three threads, three shares in both ways of counting, a folder of its own for each share and merged.
expect 0 "500 points" "$loligo" sweep plan.json -o one --threads 1
[ "$(rows one)" = 501 ] || fail "rows"
[ "$(grep -v '^#' one/results.csv | head -1)" = \
  "C_pF,stimulus_scale,n_spikes,rate_Hz,first_spike_ms,v_end_mV,v_max_mV,error" ] || fail "header"
expect 0 "500 points" "$loligo" sweep plan.json -o three --threads 3
same one three
for k in 1 2 3; do expect 0 "points" "$loligo" sweep plan.json -o shards --shard $k/3; done
same one shards
for k in 2 0 1; do
  expect 0 "points" "$loligo" sweep plan.json -o zero --shard $k/3
  expect 0 "points" "$loligo" sweep plan.json -o part$k --shard $k/3
done
same one zero
[ ! -e part0/results.csv ] || fail "one share of three was merged"
expect 1 "not merged" "$loligo" merge part0 part1
expect 0 "500 points" "$loligo" merge part0 part1 part2 -o merged
same one merged
rm one/results.*
expect 0 "500 points in one" "$loligo" merge one --json
out '"complete": true'
same one three

# What info tells of the merged arrays.
expect 0 "" "$loligo" info three/results.h5
out "sweep results, HDF5 (loligo-sweep 1)"
grep -q '^v_mV  *float32 (500, 11), .* mV$' out || fail "info on a sweep: $(grep v_mV out)"
grep -q '^first_spike_ms  *float64 (500), .* ms, [0-9]* missing$' out || fail "info on a sweep: $(grep first out)"
out "seed         1"
expect 0 "" "$loligo" info three/results.h5 --json
out '"command": "sweep"'
out '"columns": ['

# Nothing is worked out twice; the journals of a finished folder are enough.
expect 0 "500 points were there already" "$loligo" sweep plan.json -o three
expect 0 "" "$loligo" sweep plan.json -o three --json --quiet
out '"n_resumed": 500'
[ "$(ls three/journal-*.lgj | wc -l)" = 1 ] || fail "a second journal"

# What a killed process left of a merge goes.
touch three/results.csv.tmp-abcdef
expect 0 "500 points" "$loligo" merge three
[ ! -e three/results.csv.tmp-abcdef ] || fail "a left-over file of a killed merge stays"

# A journal that is torn, damaged, or has lost its header.
for cut in 0 5 100 4000 20000 60000; do
  rm -rf torn && cp -r three torn && rm torn/results.*
  journal=$(ls torn/journal-*.lgj)
  head -c $cut "$journal" >cut.part && cp cut.part "$journal"
  expect 0 "500 points" "$loligo" sweep plan.json -o torn
  same one torn
done
rm -rf torn && cp -r three torn
journal=$(ls torn/journal-*.lgj)
printf 'XXXX' | dd of="$journal" bs=1 seek=30000 conv=notrunc 2>/dev/null
expect 0 "damaged and left out" "$loligo" sweep plan.json -o torn
same one torn

# The solvers agree; the values agree with those of neuron simulate.
sed 's/"measure"/"solver": "rk4", "measure"/' plan.json >rk4.json
expect 0 "500 points" "$loligo" sweep rk4.json -o rk4
spikes() { grep -v '^#' "$1/results.csv" | cut -d, -f1-4; }
[ "$(spikes one)" = "$(spikes rk4)" ] || fail "batches and single simulations count other spikes"
expect 0 "" "$loligo" neuron simulate rs.json --protocol step.json --json --quiet
n=$(sed -n 's/.*"n_spikes": \([0-9]*\).*/\1/p' out)
cat >point.json <<'J'
{"schema": "loligo-sweep/1", "model": "rs.json", "protocol": "step.json", "vary": {"C_pF": [100]},
 "measure": ["n_spikes"]}
J
expect 0 "1 points" "$loligo" sweep point.json -o point
[ "$(grep -v '^#' point/results.csv | sed -n 2p)" = "100,$n," ] || fail "one point and neuron simulate differ"

# Samples that are no grid, a model and a protocol in the plan itself, every measure.
cat >sobol.json <<'J'
{"schema": "loligo-sweep/1", "model": {"model": "hh52"}, "sample": {"sobol": 32},
 "protocol": {"duration_ms": 60, "sample_ms": 0.1, "segments": [{"type": "ramp", "t0_ms": 5, "t1_ms": 55, "from_pA": 0, "to_pA": 30}]},
 "vary": {"gNa": {"from": 100, "to": 140}, "gK_mS_cm2": {"from": 30, "to": 40}, "stimulus_offset_pA": [0, 1]},
 "window_ms": [5, 55],
 "measure": ["n_spikes", "rate_Hz", "first_spike_ms", "last_spike_ms", "first_isi_ms", "last_isi_ms", "mean_isi_ms",
             "cv_isi", "v_end_mV", "v_min_mV", "v_max_mV", "v_mean_mV"]}
J
for kind in sobol latin random; do
  sed "s/sobol\": 32/$kind\": 32/" sobol.json >s.json
  expect 0 "32 points" "$loligo" sweep s.json -o $kind
  expect 0 "32 points" "$loligo" sweep s.json -o ${kind}2 --seed 2
  [ "$(rows $kind)" = 33 ] || fail "rows of $kind"
  [ "$(tail -1 $kind/results.csv)" != "$(tail -1 ${kind}2/results.csv)" ] || fail "$kind does not listen to the seed"
done

# A point that cannot be is recorded and stops nothing.
sed 's/"from": 50,/"from": -50,/; s/, "scale": "log"//' plan.json >bad_points.json
expect 6 "points failed" "$loligo" sweep bad_points.json -o failed
[ "$(rows failed)" = 501 ] || fail "rows with failed points"
grep -q 'C is -50 pF' failed/results.csv || fail "the message of a failed point"
expect 6 "points failed" "$loligo" sweep bad_points.json -o failed --threads 3
expect 6 "points failed" "$loligo" merge failed

# Interrupted: progress tells what remains, the state is saved.
sed 's/"n": 50,/"n": 5000,/' rk4.json >long.json
"$loligo" sweep long.json -o long --threads 2 --progress=json 2>err &
pid=$!
for _ in $(seq 200); do
  grep -q left_s err && break
  sleep 0.1
done
grep -q left_s err || fail "no estimate of what remains: $(cat err)"
kill -INT $pid
code=0
wait $pid || code=$?
[ $code = 130 ] || fail "interrupted with $code: $(cat err)"
grep -q "the same command goes on" err || fail "interrupted without words: $(cat err)"

# A full disk: one line, exit 5, and what was written counts.
expect 5 "could not be written" sh -c "ulimit -f 40; exec '$loligo' sweep plan.json -o full --threads 1"
one_line
grep -q "make room" err || fail "a full disk: $(cat err)"
expect 0 "points were there already" "$loligo" sweep plan.json -o full
same one full

# Another plan, another seed of a sample, a folder that cannot be.
sed 's/"to": 200/"to": 201/' plan.json >other.json
expect 2 "another sweep" "$loligo" sweep other.json -o one
one_line
expect 2 "another sweep" "$loligo" sweep s.json -o random --seed 3
expect 5 "cannot be created" "$loligo" sweep plan.json -o /proc/nothing
one_line
expect 3 "cannot be opened" "$loligo" merge nowhere
mkdir empty
expect 3 "no journal" "$loligo" merge empty
expect 2 "another sweep" "$loligo" sweep other.json -o three
cp three/journal-*.lgj failed/
expect 3 "another sweep" "$loligo" merge failed

# Verify runs it again.
expect 0 "" "$loligo" verify three/results.csv --quiet
expect 0 "" "$loligo" verify three --quiet

# Bad plans name the key.
bad() { # bad WORDS SED: the plan changed so is refused with these words
  sed "$2" plan.json >bad.json
  expect 3 "$1" "$loligo" sweep bad.json -o bad
  one_line
}
bad "did you mean 'stimulus_scale'" 's/stimulus_scale/stimulus_scal/'
bad "did you mean 'rate_Hz'" 's/"rate_Hz"/"rateHz"/'
bad "unknown key 'vary.C.step'" 's/"n": 50/"step": 50/'
bad "vary.C.n" 's/"n": 50, //'
bad "divided logarithmically" 's/"from": 50/"from": 0/'
bad "scale: 'logg'" 's/"log"/"logg"/'
bad "unknown key 'mesure'" 's/"measure"/"mesure"/'
bad "'loligo-sweep/2'" 's/sweep.1/sweep\/2/'
bad "no multiple" 's/ms": 10}/ms": 0.15}/'
bad "solver: 'fast'" 's/"measure"/"solver": "fast", "measure"/'
bad "rs2.json" 's/rs.json/rs2.json/'
bad "sample:" 's/"measure"/"sample": {"sobl": 3}, "measure"/'
bad "window_ms" 's/"measure"/"window_ms": [50, 10], "measure"/'
sed 's/"sample"/"solver": "batch", "sample"/' sobol.json >bad.json
expect 3 "batches need constant currents" "$loligo" sweep bad.json -o bad
expect 2 "where to" "$loligo" sweep plan.json
expect 2 "I/N expected" "$loligo" sweep plan.json -o bad --shard 4/3

# A job script for Slurm is a script, and its shares are all.
expect 0 "" "$loligo" sweep plan.json -o slurm --slurm
cp out job.sh
if command -v bash >/dev/null 2>&1; then
  n=$(sed -n 's/^#SBATCH --array=1-//p' job.sh)
  for k in $(seq "$n"); do
    SLURM_ARRAY_TASK_ID=$k SLURM_CPUS_PER_TASK=1 bash job.sh 2>err || fail "share $k of the job script: $(cat err)"
  done
  same one slurm
fi
finish
