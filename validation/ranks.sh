#!/bin/sh
# usage: ranks.sh LOLIGO [KILLS]: a sweep by two ranks, of which a random one is killed (-9) at a random moment (three of
# four times when points are being run, however long the start takes on a busy machine), KILLS (20) times; each time the sweep goes on in the same folder or, when it was through, begins anew. Compares the merged files
# with those of one process and counts the points that each kill cost.
set -eu
loligo=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
kills=${2:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
cat >plan.json <<'J'
{"schema": "loligo-sweep/1", "model": {"model": "tm"}, "solver": "rk4",
 "protocol": {"duration_ms": 100, "sample_ms": 0.1,
              "segments": [{"type": "const", "t0_ms": 10, "t1_ms": 90, "amp_pA": 300}]},
 "vary": {"gNa": {"from": 3000, "to": 9000, "n": 300, "scale": "log"}, "stimulus_scale": {"from": 0, "to": 3, "n": 10}},
 "measure": ["n_spikes", "rate_Hz", "first_spike_ms", "v_end_mV"], "trace_every_ms": 5}
J
"$loligo" sweep plan.json -o alone --threads 1 --quiet
random() { awk -v s="$(od -An -N4 -tu4 /dev/urandom)" -v n="$1" 'BEGIN {srand(s); print int(rand() * n)}'; }
saved() { # points in the journals of a folder: what a merge would find
  "$loligo" merge "$1" --json --quiet 2>/dev/null | sed -n 's/.*"n_done": \([0-9]*\).*/\1/p'
}
same=0 wrong=0 done=0 worst=0 rounds=0
while [ "$done" -lt "$kills" ]; do
  before=$(saved run)
  : >err
  mpirun --oversubscribe -n 2 "$loligo" sweep plan.json -o run --progress=json >out 2>>err &
  pid=$!
  if [ "$(random 4)" != 0 ]; then
    while ! grep -q '"done"' err && kill -0 $pid 2>/dev/null; do sleep 0.1; done
  fi
  sleep "$(random 30 | awk '{print 0.4 + $1 / 10}')"
  # shellcheck disable=SC2046
  set -- $(cat /proc/$pid/task/*/children 2>/dev/null || true)
  if [ $# -eq 2 ]; then
    [ "$(random 2)" = 1 ] && victim=$2 || victim=$1
    kill -9 "$victim" 2>/dev/null && done=$((done + 1)) || true
  fi
  wait $pid 2>/dev/null || true
  after=$(saved run)
  # what the counter had given out, at most one block of each rank, is missing; more is a loss
  shown=$(sed -n 's/.*"done": \([0-9]*\),.*/\1/p' err | tail -1)
  lost=$((${shown:-0} - ${after:-0}))
  [ "$lost" -gt "$worst" ] && worst=$lost
  echo "kill $done: ${before:-0} points before, ${after:-0} after" >&2
  if [ -s run/results.csv ]; then
    rounds=$((rounds + 1))
    ok=1
    for name in results.csv results.sqlite results.h5; do cmp -s alone/$name run/$name || ok=0; done
    [ $ok = 1 ] && same=$((same + 1)) || wrong=$((wrong + 1))
    rm -rf run
  fi
done
mpirun --oversubscribe -n 2 "$loligo" sweep plan.json -o run --quiet
ok=1
for name in results.csv results.sqlite results.h5; do cmp -s alone/$name run/$name || ok=0; done
[ $ok = 1 ] && same=$((same + 1)) || wrong=$((wrong + 1))
echo "{\"figure\": \"rank killed at random\", \"kills\": $done, \"sweeps_finished\": $((same + wrong)), \"identical\": $same, \"different\": $wrong, \"most_points_given_out_and_not_saved\": $worst}"
[ "$wrong" = 0 ]
