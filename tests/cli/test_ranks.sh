# mpirun -n N loligo sweep: the same bytes from any number of ranks, and after ranks were killed at random.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
if ! command -v mpirun >/dev/null 2>&1 || [ ! -e "$(dirname "$loligo")/loligo_mpi.so" ]; then
  echo "SKIP: ranks are not tested: mpirun or loligo_mpi.so is missing (libopenmpi-dev, openmpi-bin)" >&2
  exit 0
fi
if grep -qa __tsan_init "$loligo"; then
  echo "SKIP: Open MPI under ThreadSanitizer" >&2
  exit 0
fi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
# leaks of Open MPI are not ours; those of sweeps test_sweep.sh finds
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
ranks="mpirun --oversubscribe -n"

cat >plan.json <<'J'
{"schema": "loligo-sweep/1",
 "model": {"model": "izhikevich", "parameters": {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50,
                                                 "d": 100, "vpeak": 35}},
 "protocol": {"duration_ms": 100, "sample_ms": 0.1,
              "segments": [{"type": "const", "t0_ms": 10, "t1_ms": 90, "amp_pA": 300}]},
 "vary": {"C": {"from": 50, "to": 200, "n": 120, "scale": "log"}, "stimulus_scale": {"from": 0, "to": 3, "n": 10}},
 "measure": ["n_spikes", "rate_Hz", "first_spike_ms", "v_end_mV"], "trace_every_ms": 5, "solver": "rk4"}
J
same() {
  for name in results.csv results.sqlite results.h5; do
    cmp -s "$1/$name" "$2/$name" || fail "$1/$name and $2/$name differ"
  done
}
expect 0 "1200 points" "$loligo" sweep plan.json -o alone --threads 1
for n in 1 2 3; do
  expect 0 "1200 points" $ranks $n "$loligo" sweep plan.json -o ranks$n
  same alone ranks$n
  [ "$(ls ranks$n/journal-*.lgj | wc -l)" = $n ] || fail "$n ranks wrote $(ls ranks$n/journal-*.lgj)"
  [ "$(wc -l <err)" = 1 ] || fail "$n ranks said: $(cat err)"
done
grep -q '"ranks": "3"' ranks3/run.json || fail "run.json does not tell the ranks"

# A share by ranks, the rest by threads.
expect 0 "points are there" $ranks 2 "$loligo" sweep plan.json -o mixed --shard 1/2
expect 0 "1200 points in" "$loligo" sweep plan.json -o mixed --shard 2/2
same alone mixed

# The same of a screen.
echo '{"model": "tm"}' >rs.json
awk 'BEGIN {print "id,name,channel,IC50_uM,hill"; for (k = 0; k < 60; k++)
  printf "A%d,drug%d,%s,%g,1\n", k, k, k % 2 ? "Nav1.6" : "Kv7.2/7.3", 0.1 * (k + 1)}' >library.csv
screen="$loligo screen rs.json library.csv --dose 0.1:10uM:5log --protocol step1s --no-report --quiet"
expect 0 "" $screen -o screen1 --threads 1
expect 0 "" $screen -o screen2 --threads 2
same screen1 screen2
for n in 2 3; do
  expect 0 "" $ranks $n $screen -o screen_ranks$n
  same screen1 screen_ranks$n
done
for k in 3 1 2; do expect 0 "" $screen -o screen_shards --shard $k/3; done
same screen1 screen_shards

# A rank is killed at a random moment, three times; then the sweep goes on to the end.
random() { awk -v s="$(od -An -N4 -tu4 /dev/urandom)" -v n="$1" 'BEGIN {srand(s); print int(rand() * n)}'; }
for _ in 1 2 3; do
  $ranks 2 "$loligo" sweep plan.json -o killed >out 2>err &
  pid=$!
  sleep "$(random 15 | awk '{print 0.3 + $1 / 10}')"
  victim=$(($(random 2) + 1))
  # shellcheck disable=SC2046
  set -- $(cat /proc/$pid/task/*/children 2>/dev/null || true)
  [ $# -ge $victim ] && eval "kill -9 \${$victim}" 2>/dev/null
  wait $pid 2>/dev/null || true
done
expect 0 "1200 points" $ranks 2 "$loligo" sweep plan.json -o killed
same alone killed

# Exit codes come through; what is wrong with the input is said once.
sed 's/"from": 50,/"from": -50,/; s/, "scale": "log"//' plan.json >bad_points.json
expect 6 "points failed" $ranks 2 "$loligo" sweep bad_points.json -o failed
expect 3 "nowhere.json" $ranks 2 "$loligo" sweep nowhere.json -o bad
sed 's/plan/plan/; s/"C": {/"CC": {/' plan.json >bad.json
expect 3 "did you mean" $ranks 2 "$loligo" sweep bad.json -o bad
[ "$(grep -c 'did you mean' err)" = 1 ] || fail "said $(grep -c 'did you mean' err) times"
expect 2 "another sweep" $ranks 2 "$loligo" sweep bad_points.json -o ranks2

# A full disk at any rank ends all, and what was written counts.
code=0
$ranks 2 sh -c "ulimit -f 80; exec '$loligo' sweep plan.json -o full" >out 2>err || code=$?
[ "$code" = 5 ] || fail "a full disk ended with $code: $(cat err)"
grep -q "make room" err || fail "a full disk: $(cat err)"
expect 0 "points were there already" $ranks 2 "$loligo" sweep plan.json -o full
same alone full

# Ranks are announced but cannot be had: a clear line, never copies that do the same.
mkdir bin
cp "$loligo" bin/loligo
expect 5 "MPI is missing" env OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 bin/loligo sweep plan.json -o bad
expect 5 "MPI sees 1" env -u OMPI_COMM_WORLD_SIZE PMI_SIZE=2 "$loligo" sweep plan.json -o bad
expect 0 "1200 points" env OMPI_COMM_WORLD_SIZE=2 LOLIGO_MPI=off bin/loligo sweep plan.json -o off
same alone off
finish
