# Cells by the network that ships and by the watershed: how many, the same bytes again, what is refused.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cells() { sed -n 's/.*"n_cells": \([0-9]*\).*/\1/p' "$1"; }

cat >"$work/small.json" <<'J'
{"seed": 8, "size": 160, "ncell": 32, "frames": 100, "k": 0.05}
J
expect 0 "" "$loligo" culture simulate "$work/small.json" -o "$work/truth" --quiet
movie=$work/truth/movie.tif

expect 0 "" "$loligo" culture segment "$movie" -o "$work/a.tif" --json --threads 1
cp "$work/out" "$work/a.json"
n=$(cells "$work/a.json")
[ "$n" -ge 31 ] && [ "$n" -le 33 ] || fail "$n cells of 32"
grep -q '"method": "unet"' "$work/a.json" || fail "the network is not the default"
expect 0 "" "$loligo" culture segment "$movie" -o "$work/b.tif" --threads 2 --quiet
cmp -s "$work/a.tif" "$work/b.tif" || fail "the masks depend on the number of threads"

# half as large as they are: found again at another zoom
expect 0 "" "$loligo" culture segment "$movie" --diameter 60 -o "$work/c.tif" --json
grep -q '"zoom": 0.52' "$work/out" || fail "the zoom of a diameter"
expect 0 "" "$loligo" culture segment "$movie" --method watershed -o "$work/w.tif" --json
grep -q '"method": "watershed"' "$work/out" || fail "the watershed"
expect 1 "no cell" "$loligo" culture segment "$movie" --min-size 20000 -o "$work/x.tif"
[ ! -e "$work/x.tif" ] || fail "masks without a cell"

# nothing to be seen is an answer, and so is noise
cat >"$work/blank.json" <<'J'
{"seed": 8, "size": 96, "ncell": 12, "frames": 40, "k": 0.05, "O": -10, "read": 0, "hot": 0, "hot_rate": 0}
J
sed 's/"read": 0/"read": 5/' "$work/blank.json" >"$work/noise.json"
for what in blank noise; do
  expect 0 "" "$loligo" culture simulate "$work/$what.json" -o "$work/$what" --quiet
  expect 1 "no cell" "$loligo" culture segment "$work/$what/movie.tif" -o "$work/x.tif"
done
expect 3 "blank" "$loligo" culture traces "$work/blank/movie.tif" "$work/blank/masks.tif" -o "$work/x.csv"

# run by either
for how in unet watershed; do
  code=0
  "$loligo" culture run "$movie" --segment $how --no-report -o "$work/$how" --quiet --replicates 100 || code=$?
  [ "$code" -le 1 ] || fail "culture run --segment $how ended with $code"
done
cmp -s "$work/unet/masks.tif" "$work/a.tif" || fail "run and segment find other cells"

expect 2 "belongs to --method watershed" "$loligo" culture segment "$movie" --h 0.3 -o "$work/x.tif"
expect 2 "belongs to --method unet" "$loligo" culture segment "$movie" --method watershed --zoom 2 -o "$work/x.tif"
expect 2 "one of --zoom" "$loligo" culture segment "$movie" --zoom 1 --diameter 30 -o "$work/x.tif"
expect 2 "one of --zoom" "$loligo" culture segment "$movie" --flow-threshold -1 -o "$work/x.tif"
mkdir "$work/none"
expect 2 "no --net is given" env LOLIGO_DATA_DIR="$work/none" "$loligo" culture segment "$movie" -o "$work/x.tif"
head -c 5000 "$(dirname "$0")/../../models/culture-unet.safetensors" >"$work/cut.safetensors"
expect 3 "cut.safetensors" "$loligo" culture segment "$movie" --net "$work/cut.safetensors" -o "$work/x.tif"
expect 3 "no network of cells" "$loligo" culture segment "$movie" \
  --net "$(dirname "$0")/../../models/clone-tm.safetensors" -o "$work/x.tif"
finish
