#!/bin/sh
# usage: test_culture_drift.sh LOLIGO
# --align on a movie that does not drift: shifts near 0, masks clipped by what all frames show, border cells marked.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
echo '{"size": 140, "frames": 40, "ncell": 16, "seed": 8}' >params.json
expect 0 "" "$loligo" culture simulate params.json -o truth --quiet
expect 0 "" "$loligo" culture segment truth/movie.tif --align --method watershed -o masks.tif --quiet
[ -s shifts.csv ] || fail "no shifts.csv beside the masks"
grep -q '^frame,dy_px,dx_px,peak,trusted$' shifts.csv || fail "columns of shifts.csv"
[ "$(grep -vc '^#' shifts.csv)" = 41 ] || fail "one row for each frame"
awk -F, '/^[0-9]/ { if ($2 > 0.3 || $2 < -0.3 || $3 > 0.3 || $3 < -0.3) bad = 1 } END { exit bad }' shifts.csv ||
  fail "a still movie drifts: $(grep -v '^#' shifts.csv | sort -t, -k2n | tail -1)"
expect 0 "" "$loligo" culture traces truth/movie.tif truth/masks.tif --align -o traces.csv --quiet
# shifts of some frames leave rows 6 … 139 and columns 0 … 134
printf 'frame,dy_px,dx_px\n0,0,0\n1,-5.5,0\n2,0,4.2\n' >far.csv
expect 0 "" "$loligo" culture graph truth/masks.tif -o whole --quiet --least-area 50
expect 0 "" "$loligo" culture graph truth/masks.tif -o seen --quiet --least-area 50 --shifts far.csv
borders() { awk -F, '/^[0-9]/ { n += $6 } END { print n }' "$1/cells.csv"; }
[ "$(borders seen)" -ge "$(borders whole)" ] || fail "fewer border cells where less is seen"
printf 'frame,dy_px,dx_px\n0,0,0\n1,500,0\n' >off.csv
expect 3 "nothing that all frames show" "$loligo" culture graph truth/masks.tif -o no --shifts off.csv
expect 3 "dy_px and dx_px" "$loligo" culture graph truth/masks.tif -o no --shifts truth/cells.csv
finish
echo "culture drift: ok"
