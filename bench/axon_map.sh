#!/bin/sh
# usage: axon_map.sh LOLIGO [SEED]: a whole white matter of 92,408 voxels under the impact of a seed (500, in none of the
# protocols): wall and CPU time by the network on one and two threads, directly on all cores (about 13 minutes of CPU
# time; SKIP_WHOLE=1 leaves it out), R2 of the network at every voxel, and, on every third plane (EVERY=3), directly on one and two
# threads and ranks, from which the time on 64 cores is extrapolated. One JSON line per figure. Goals: directly at most
# 600 s (stretch 300) and by the network at most 1 s (stretch 0.3) on two cores, R2 >= 0.99.
set -eu
loligo=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
seed=${2:-500}
net=${NET:+--net $NET}
repeats=${REPEATS:-3}
every=${EVERY:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
value() { sed -n "s/^ *\"$1\": \([0-9.e+-]*\),*/\1/p" "$2" | head -1; }
median() { sort -n "$1" | awk '{x[NR] = $1} END {print (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2}'; }
load() { cut -d' ' -f1 /proc/loadavg; }

# A coarse map, one and two threads and ranks in turn.
for _ in $(seq "$repeats"); do
  for n in 1 2; do
    "$loligo" axon map --seed "$seed" --every "$every" --direct -o t.h5 --json --quiet --threads $n >t$n.json
    value direct_s t$n.json >>threads$n
    value direct_cpu_s t$n.json >>cpu$n
    command -v mpirun >/dev/null 2>&1 || continue
    mpirun --oversubscribe --bind-to none -n $n "$loligo" axon map --seed "$seed" --every "$every" --direct -o r.h5 --json --quiet \
      --threads 1 >r$n.json
    value direct_s r$n.json >>ranks$n
  done
done
voxels=$(value n_voxels t1.json)
one=$(median threads1) two=$(median threads2)
echo "{\"figure\": \"direct, $voxels voxels\", \"one_thread_s\": $one, \"two_threads_s\": $two, \"speed_up\":" \
  "$(awk -v a="$one" -v b="$two" 'BEGIN {printf "%.3f", a / b}'), \"cpu_ms_per_voxel\":" \
  "$(awk -v a="$(median cpu1)" -v n="$voxels" 'BEGIN {printf "%.3f", 1e3 * a / n}'), \"load\": $(load)}"
if [ -e ranks2 ]; then
  echo "{\"figure\": \"direct, $voxels voxels\", \"one_rank_s\": $(median ranks1), \"two_ranks_s\": $(median ranks2)," \
    "\"speed_up\": $(awk -v a="$(median ranks1)" -v b="$(median ranks2)" 'BEGIN {printf "%.3f", a / b}')}"
else
  echo "axon_map: mpirun is not installed: ranks are left out" >&2
fi
# Amdahl: a serial share f with speed-up s on two cores, 1/s = f + (1 - f)/2. An extrapolation: 64 cores were not measured.
awk -v one="$one" -v two="$two" -v n="$voxels" 'BEGIN {
  f = 2 * two / one - 1; if (f < 0) f = 0; if (f > 1) f = 1; whole = one * 92408 / n;
  printf "{\"figure\": \"92408 voxels directly on 64 cores, extrapolated (not measured)\", \"serial_share\": %.4f, " \
         "\"with_it_s\": %.1f, \"without_s\": %.1f}\n", f, whole * (f + (1 - f) / 64), whole / 64 }'

# The whole by the network.
if [ -n "$net" ] || [ -e "$here/../models/axon-male.safetensors" ]; then
  for n in 1 2; do
    for _ in $(seq "$repeats"); do
      "$loligo" axon map --seed "$seed" -o n.h5 $net --json --quiet --threads $n --no-fallback >n$n.json || [ $? = 1 ]
      value network_s n$n.json >>net$n
    done
  done
  echo "{\"figure\": \"92408 voxels by the network\", \"one_thread_s\": $(median net1), \"two_threads_s\": $(median net2)," \
    "\"out_of_range\": $(value n_out_of_range n2.json), \"load\": $(load)}"
fi
[ -z "${SKIP_WHOLE:-}" ] || exit 0
both=--direct
[ ! -e net2 ] || both=--both
"$loligo" axon map --seed "$seed" -o whole.h5 $both $net --json >whole.json
echo "{\"figure\": \"92408 voxels directly\", \"threads\": $(value threads whole.json), \"wall_s\": $(value direct_s whole.json)," \
  "\"cpu_s\": $(value direct_cpu_s whole.json), \"load\": $(load)}"
/usr/bin/python3 - whole.json <<'P'
import json, sys
m = json.load(open(sys.argv[1]))
for name, a in m.get("agreement", {}).items():
    print(json.dumps({"figure": "network against simulation at every voxel, " + name, "r2": round(a["r2"], 5),
                      "nrmse_pct": round(a["nrmse_pct"], 3), "worst_abs_error": a["worst_abs_error"]}))
P
