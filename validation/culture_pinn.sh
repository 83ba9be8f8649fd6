#!/bin/sh
# usage: culture_pinn.sh LOLIGO [SET…]
# Error of k of the physics-informed networks beside CRLSM and segmented output error: the open movie by its true masks
# and by its own (LOLIGO_SHARED), the five open trace sets, two simulated movies. Without SETs: all of
# true own t1 t2 t3 t4 t5 sim1 sim2. About 15 CPU seconds a network; six networks for each movie.
set -eu
loligo=$1
shift
[ $# -gt 0 ] || set -- true own t1 t2 t3 t4 t5 sim1 sim2
open=${LOLIGO_SHARED:-$(dirname "$0")/../../shared}/data/culture/open
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
value() { sed -n "s/.*\"k_per_frame\": \([-0-9.e]*\).*/\1/p" "$dir/out/summary.json"; }
per_cent() { awk "BEGIN { printf \"%+.1f\", 100 * ($(value) / $k - 1) }"; }
# an exit code of 1 says that k is not identifiable: its value is asked for all the same
identify() {
  "$loligo" culture "$@" --traces "$dir/traces.csv" --edges "$dir/edges.csv" --cells "$dir/cells.csv" --law "$law" \
    --no-report --quiet -o "$dir/out" || [ $? = 1 ]
  per_cent
}
take() { for f in traces edges cells; do cp "$1/$f.csv" "$dir/$f.csv"; done; }
printf '%-6s %7s %8s %8s %12s %11s %13s %13s %12s\n' set k 'crlsm %' 'soe %' 'pinn .01 %' 'pinn .1 %' 'paper .01 %' \
  'paper .05 %' 'paper .1 %'
for set in "$@"; do
  law=ul/degree k=0.05
  case $set in
  true) "$loligo" culture run "$open/open_movie.tif" --masks "$open/open_masks.tif" --quiet --no-report -o "$dir/m" ;;
  own) "$loligo" culture run "$open/open_movie.tif" --quiet --no-report -o "$dir/m" ;;
  t*)
    mkdir -p "$dir/m"
    cp "$open/traces_${set}_Y.csv" "$dir/m/traces.csv"
    cp "$open/traces_${set}_edges.csv" "$dir/m/edges.csv"
    law=$(python3 - "$open/traces_${set}_truth.json" "$dir/m" << 'PY'
import json, sys
t = json.load(open(sys.argv[1]))
with open(sys.argv[2] + "/cells.csv", "w") as f:
    f.write("id,area_px,is_border\n")
    f.writelines(f"{i + 1},{a},{int(i + 1 in t['border'])}\n" for i, a in enumerate(t["area"]))
print(t["law"], t["k"])
PY
)
    k=${law#* } law=${law% *}
    ;;
  sim*)
    seed=40${set#sim} k=0.0$((2 + 2 * ${set#sim}))
    echo "{\"seed\": $seed, \"k\": $k}" > "$dir/sim.json"
    "$loligo" culture simulate "$dir/sim.json" --quiet -o "$dir/s"
    "$loligo" culture run "$dir/s/movie.tif" --masks "$dir/s/masks.tif" --quiet --no-report -o "$dir/m"
    ;;
  esac
  take "$dir/m"
  printf '%-6s %7s %8s %8s' "$set" "$k" "$(identify identify --method crlsm)" "$(identify identify --method soe)"
  for start in 0.01 0.1; do printf ' %11s' "$(identify pinn --k-start $start)"; done
  case $set in
  t*[0-9]) ;;
  *) for start in 0.01 0.05 0.1; do printf ' %12s' "$(identify pinn --printed --k-start $start)"; done ;;
  esac
  echo
done
