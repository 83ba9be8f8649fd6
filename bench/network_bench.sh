#!/bin/sh
# usage: network_bench.sh LOLIGO: 10,000 cells of five compartments with 100 synapses each, 1 s (MS=1000): real time and
# memory on one and two threads, interleaved, medians of REPEATS (3); rasters of 1, 2 and 4 ranks compared; then a
# network beside Brian2 (C++ standalone). One JSON line per figure.
set -eu
loligo=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
repeats=${REPEATS:-3}
length=${MS:-1000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
sed "s/\"tstop_ms\": 1000/\"tstop_ms\": $length/" "$here/../examples/networks/reduced10k.json" >network.json
value() { sed -n "s/^ *\"$1\": \([0-9.e+-]*\),*/\1/p" "$2" | head -1; }
median() { sort -n "$1" | awk '{x[NR] = $1} END {print (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2}'; }
for _ in $(seq "$repeats"); do
  for threads in 1 2; do
    "$loligo" neuron simulate network.json --json --threads $threads --quiet >out$threads.json
    value run_s out$threads.json >>run$threads
  done
done
one=$(median run1) two=$(median run2)
echo "{\"figure\": \"10000 cells x 5 compartments x 100 synapses\", \"ms\": $length, \"one_thread_s\": $one, \"two_threads_s\": $two," \
  "\"speed_up\": $(awk -v a="$one" -v b="$two" 'BEGIN {printf "%.3f", a / b}'), \"build_s\": $(value build_s out1.json)," \
  "\"peak_memory_MB\": $(value peak_memory_MB out1.json), \"compartment_steps_per_s\": $(value compartment_steps_per_s out1.json)," \
  "\"n_spikes\": $(value n_spikes out1.json), \"n_events\": $(value n_events out1.json)}"
if command -v mpirun >/dev/null 2>&1; then
  sed "s/\"tstop_ms\": $length/\"tstop_ms\": 100/" network.json >short.json
  for ranks in 1 2 4; do
    mpirun --oversubscribe --bind-to none -n $ranks "$loligo" neuron simulate short.json --spikes s.csv -o t.csv --threads 1 --quiet
    grep -hv '^#' s.csv t.csv | sha256sum >>hashes
  done
  echo "{\"figure\": \"rasters and traces of 1, 2 and 4 ranks\", \"ms\": 100, \"different\": $(($(sort -u hashes | wc -l) - 1))}"
else
  echo "network_bench: mpirun is not installed: ranks are left out" >&2
fi
if /usr/bin/python3 -c 'import brian2' 2>/dev/null; then
  /usr/bin/python3 "$here/network_brian2.py" "$loligo" --ms "$length" 2>/dev/null
else
  echo "network_bench: Brian2 is not installed: it is left out" >&2
fi
