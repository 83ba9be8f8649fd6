# A movie as bytes: the header tells what follows, long sides and long movies are shrunk, the same bytes again.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

cat >"$work/small.json" <<'J'
{"seed": 5, "size": 96, "ncell": 12, "frames": 40, "k": 0.05}
J
expect 0 "" "$loligo" culture simulate "$work/small.json" -o "$work/m" --quiet
expect 0 "" "$loligo" culture frames "$work/m/movie.tif" -o "$work/a.bin" --json
out '"n_frames": 40'
out '"shrink": 1'
head -n 1 "$work/a.bin" | grep -q '"schema":"loligo-frames/1","n":40,"height":96,"width":96' || fail "header"
head=$(head -n 1 "$work/a.bin" | wc -c)
[ "$(wc -c <"$work/a.bin")" = $((head + 40 * 96 * 96)) ] || fail "size of the frames"
expect 0 "" "$loligo" culture frames "$work/m/movie.tif" -o "$work/b.bin" --quiet
cmp "$work/a.bin" "$work/b.bin" || fail "other bytes"
expect 0 "" "$loligo" culture frames "$work/m/movie.tif" -o "$work/c.bin" --side 40 --frames 15
out "14 frames of 32 x 32"
head -n 1 "$work/c.bin" | grep -q '"shrink":3,"step":3,"full_height":96' || fail "header of the small one"
expect 2 "16 to 4096" "$loligo" culture frames "$work/m/movie.tif" -o "$work/d.bin" --side 3
head -c 3000 "$work/m/movie.tif" >"$work/cut.tif"
expect 3 "cut.tif" "$loligo" culture frames "$work/cut.tif" -o "$work/d.bin"
[ ! -e "$work/d.bin" ] || fail "a file of nothing"
