# The page of a run: written with the tables, whole, with its figures; a dendrite in which nothing travels says so.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
cat >case.json <<'JSON'
{"geometry": {"L_um": 8, "R_um": 0.4, "r_ER_um": 0.15},
 "stimulus": {"j0_uM_um_s": 2500, "x0_um": 0, "sigma_um": 0.5, "t_on_s": 0, "t_off_s": 0.001},
 "t_end_s": 0.02, "probes_um": [0, 2, 4, 6], "snapshots_s": [0.005]}
JSON
expect 0 "written to wave" "$loligo" calcium simulate case.json -o wave --dt 5us --max-dx-um 0.05
for file in arrivals.csv timeseries.csv snapshots.csv totals.csv summary.json report.html fig-space-time.svg \
  fig-front.png fig-traces.svg fig-arrivals.svg fig-totals.png; do test -s "wave/$file"; done
grep -q 'A wave crosses the dendrite' wave/report.html
grep -q 'id="space-time"' wave/report.html
grep -q '</html>' wave/report.html
if grep -q 'http-equiv="refresh"\|<script src' wave/report.html; then exit 1; fi
sed 's/2500/25/' case.json >weak.json
expect 0 "no wave reached" "$loligo" calcium simulate weak.json -o quiet --dt 5us --max-dx-um 0.1
grep -q 'No wave crosses the dendrite' quiet/report.html
test ! -e quiet/fig-arrivals.svg
expect 0 "written to bare" "$loligo" calcium simulate case.json -o bare --dt 5us --max-dx-um 0.1 --no-report
test -s bare/summary.json
test ! -e bare/report.html
# the wave as a page plays it: all places and times are there, of a finite value
expect 0 "" "$loligo" calcium simulate case.json -o plain --dt 5us --max-dx-um 0.1 --no-report --film film.bin --quiet
head -n 1 film.bin | grep -q '"schema":"loligo-calcium-film/1","layers":\["c_uM","ce_uM","P"\],"n_times":1200,"n_places":81' ||
  fail "header of the film: $(head -n 1 film.bin)"
head=$(head -n 1 film.bin | wc -c)
[ "$(wc -c <film.bin)" = $((head + 4 * 3 * 1200 * 81)) ] || fail "size of the film"
[ "$(grep -v '^#' plain/arrivals.csv)" = "$(grep -v '^#' bare/arrivals.csv)" ] || fail "the film changes the run"
expect 2 "leave out --axisymmetric" "$loligo" calcium simulate case.json -o plain --axisymmetric --film no.bin
# two gates beside each other
expect 0 "written to both" "$loligo" calcium simulate case.json -o both --dt 5us --max-dx-um 0.1 --gate closure --beside kl
grep -q 'id="beside"' both/report.html
grep -q '"beside": {' both/summary.json
grep -q '"gate": "kl"' both/summary.json
finish
