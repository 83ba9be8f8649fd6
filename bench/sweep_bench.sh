#!/bin/sh
# usage: sweep_bench.sh LOLIGO: wall time of one sweep on 1 thread, on 2 threads and on 2 ranks (mpirun), interleaved,
# medians of REPEATS (5). The start of the program and of MPI and the merge count, as for a user.
set -eu
loligo=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
repeats=${REPEATS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
cat >plan.json <<'J'
{"schema": "loligo-sweep/1", "model": {"model": "tm"}, "solver": "rk4",
 "protocol": {"duration_ms": 500, "sample_ms": 0.1,
              "segments": [{"type": "const", "t0_ms": 50, "t1_ms": 450, "amp_pA": 300}]},
 "vary": {"gNa": {"from": 3000, "to": 9000, "n": 64, "scale": "log"}, "stimulus_scale": {"from": 0, "to": 3, "n": 10}},
 "measure": ["n_spikes", "rate_Hz", "first_spike_ms"]}
J
seconds() { # seconds NAME COMMAND...: appends the wall time to NAME
  name=$1
  shift
  rm -rf out
  from=$(date +%s.%N)
  "$@" >log 2>&1 || { cat log >&2; exit 1; }
  date +%s.%N | awk -v a="$from" '{printf "%.3f\n", $1 - a}' >>"$name"
}
median() { sort -n "$1" | awk '{x[NR] = $1} END {print (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2}'; }
for _ in $(seq "$repeats"); do
  seconds one "$loligo" sweep plan.json -o out --threads 1 --quiet
  seconds threads "$loligo" sweep plan.json -o out --threads 2 --quiet
  if command -v mpirun >/dev/null 2>&1; then
    seconds ranks mpirun -n 2 --oversubscribe --bind-to none "$loligo" sweep plan.json -o out --threads 1 --quiet
  fi
done
one=$(median one)
echo "{\"figure\": \"sweep on 2 threads\", \"one_s\": $one, \"two_s\": $(median threads), \"speed_up\": $(median threads | awk -v o="$one" '{printf "%.3f", o / $1}')}"
if [ -s ranks ]; then
  echo "{\"figure\": \"sweep on 2 ranks\", \"one_s\": $one, \"two_s\": $(median ranks), \"speed_up\": $(median ranks | awk -v o="$one" '{printf "%.3f", o / $1}')}"
else
  echo "sweep_bench: mpirun is not installed: ranks are left out" >&2
fi
