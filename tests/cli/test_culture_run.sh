# From a simulated movie to a report: every file is there, the page stands alone, the same bytes again.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

cat >"$work/small.json" <<'J'
{"seed": 5, "size": 160, "ncell": 32, "frames": 160, "k": 0.05}
J
expect 0 "" "$loligo" culture simulate "$work/small.json" -o "$work/truth" --quiet
[ -s "$work/truth/movie.tif" ] || fail "no movie"

code=0
"$loligo" culture run "$work/truth/movie.tif" -o "$work/a" --pdf --figures --quiet >"$work/out" 2>"$work/err" || code=$?
[ "$code" = 0 ] || [ "$code" = 1 ] || fail "culture run ended with $code: $(cat "$work/err")"
for file in summary.json params.csv events.csv fit.csv profile.csv cells.csv edges.csv traces.csv masks.tif report.html \
  report.pdf ro-crate-metadata.json cells.geojson fig-movie.svg fig-movie.png fig-graph.svg fig-fits.png fig-feeds.svg; do
  [ -s "$work/a/$file" ] || fail "$file is missing"
done
grep -q '"masks.tif"' "$work/a/ro-crate-metadata.json" || fail "the crate lacks the masks"
for words in 'data:image/png;base64' 'How sharply the data decide k' 'What gamma is, and is not' 'sha256' \
  'loligo-culture-report/1' "img-src data:"; do
  grep -qF -- "$words" "$work/a/report.html" || fail "the page lacks '$words'"
done
if grep -qE '(src|href)="https?:' "$work/a/report.html"; then fail "the page asks for something from outside"; fi
head -c 5 "$work/a/report.pdf" | grep -q '%PDF-' || fail "report.pdf is no PDF"

# the same page and pages to print once more, out of the folder alone
mv "$work/truth/movie.tif" "$work/away.tif"
expect 0 "page: $work/again/report.html" "$loligo" report "$work/a/" -o "$work/again" --json
out '"kind": "culture"'
for file in report.html report.pdf fig-movie.svg fig-events.png; do
  cmp "$work/a/$file" "$work/again/$file" || fail "$file drawn again has other bytes"
done
expect 0 "" "$loligo" report "$work/a/summary.json" --html -o "$work/page" --quiet
cmp "$work/a/report.html" "$work/page/report.html" || fail "the page of summary.json has other bytes"
[ ! -e "$work/page/report.pdf" ] || fail "--html drew a PDF"
mv "$work/away.tif" "$work/truth/movie.tif"
head -c 100000 "$work/a/report.safetensors" >"$work/again/report.safetensors"
cp "$work/a/summary.json" "$work/again/"
expect 3 "report.safetensors" "$loligo" report "$work/again"
one_line

expect 0 "" "$loligo" info "$work/truth/movie.tif"
out "movie, TIFF"
out "160 frames of 160 x 160 pixels"
expect 0 "" "$loligo" info "$work/a/masks.tif" --json
out '"is_labels": true'
out '"kind": "images"'
n=$(sed -n 's/.*"n_labels": \([0-9]*\).*/\1/p' "$work/out")
[ "$n" = "$(sed -n 's/.*"n_cells": \([0-9]*\).*/\1/p' "$work/a/summary.json")" ] || fail "$n labels"
head -c 4000 "$work/truth/movie.tif" >"$work/cut.tif"
expect 3 "cut.tif" "$loligo" info "$work/cut.tif"

# by masks that are given, without a page; tables alone
"$loligo" culture run "$work/truth/movie.tif" --masks "$work/truth/masks.tif" --no-report -o "$work/b" --quiet || true
[ -s "$work/b/summary.json" ] || fail "no summary"
[ ! -e "$work/b/report.html" ] || fail "--no-report wrote a page"
expect 3 "report.safetensors is missing" "$loligo" report "$work/b"
one_line
mkdir "$work/other"
echo '{"schema": "loligo-calcium/1"}' >"$work/other/summary.json"
expect 3 "holds no run" "$loligo" report "$work/other"

# traces alone: no movie to show, no graph where centroids are not known
identify() {
  "$loligo" culture identify --traces "$work/truth/traces.csv" --edges "$work/truth/edges.csv" --cells "$1" --quiet \
    -o "$2" || true
}
grep -v '^#' "$work/truth/cells.csv" >"$work/cells.csv"
identify "$work/cells.csv" "$work/c"
grep -q 'id="graph"' "$work/c/report.html" || fail "no graph"
if grep -q 'id="movie"' "$work/c/report.html"; then fail "a movie out of nothing"; fi
expect 0 "" "$loligo" report "$work/c" --html -o "$work/c-again" --quiet
cmp "$work/c/report.html" "$work/c-again/report.html" || fail "the page without a movie has other bytes"
awk -F, 'NR == 1 { for (k = 1; k <= NF; k++) at[$k] = k } { print $at["id"] "," $at["area_px"] "," $at["is_border"] }' \
  "$work/cells.csv" >"$work/bare.csv"
identify "$work/bare.csv" "$work/d"
[ -s "$work/d/report.html" ] || fail "no page without centroids"
if grep -q 'id="graph"' "$work/d/report.html"; then fail "a graph without places"; fi

# the figures of a page do not depend on threads
identify "$work/cells.csv" "$work/e"
for f in c e; do sed -n '/id="fits"/,/id="parameters"/p' "$work/$f/report.html" >"$work/$f.figures"; done
cmp -s "$work/c.figures" "$work/e.figures" || fail "the page differs from run to run"
finish
