# calcium reduction: one dimension beside the cross-section resolved; map, thresholds, refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

cat >"$work/case.json" <<'JSON'
{"geometry": {"L_um": 12, "R_um": 0.4, "r_ER_um": 0.15},
 "stimulus": {"j0_uM_um_s": 2500, "x0_um": 0, "sigma_um": 0.5, "t_on_s": 0, "t_off_s": 0.001},
 "t_end_s": 0.12}
JSON
coarse="--max-dx-um 0.2 --dt 10us --radial 5"

expect 0 "" "$loligo" calcium reduction "$work/case.json" $coarse -o "$work/red" --json --quiet
out '"loligo-calcium-reduction/1"'
python3 - "$work/red" <<'PY' || fail "the comparison is not what it should be"
import csv, json, sys
s = json.load(open(sys.argv[1] + "/summary.json"))
assert 1250 < s["one_dimension"]["speed_um_s"] < 1400, s
assert 1450 < s["two_dimensions"]["speed_um_s"] < 1800, s
assert abs(s["error"]["speed_um_s"] - (s["one_dimension"]["speed_um_s"] / s["two_dimensions"]["speed_um_s"] - 1)) < 1e-12
assert abs(s["error"]["c_above_threshold_ms"]) < 0.02, s
assert 2 < s["er_side_over_plasma_side"] < 4, s
rows = list(csv.DictReader(x for x in open(sys.argv[1] + "/front.csv") if x[0] != "#"))
assert {r["compartment"] for r in rows} == {"er", "cytosol"}
assert all(abs(float(r["one_dimension_uM"]) - float(r["concentration_uM"]) - float(r["error_uM"])) < 1e-9 for r in rows)
ahead = [r for r in rows if float(r["x_from_front_um"]) > 1.5 and r["compartment"] == "cytosol"]
assert ahead and all(abs(float(r["concentration_uM"]) - 0.05) < 0.01 for r in ahead)
PY

expect 0 "" "$loligo" calcium reduction "$work/case.json" $coarse -o "$work/map" --map-only --quiet \
  --vary 'rho_R=1,3;r=0.12,0.15' --set 'j0=5000' --threshold 'j0=20,2500'
out 'speed 1-D'
grep -v '^#' "$work/map/map.csv" | head -1 | grep -q '^rho_R,r,speed_um_s_1d,speed_um_s_2d,speed_um_s_error' ||
  fail "no map"
[ "$(grep -vc '^#' "$work/map/map.csv")" = 5 ] || fail "the map has not four rows"
python3 - "$work/map/thresholds.csv" <<'PY' || fail "thresholds"
import csv, sys
rows = list(csv.DictReader(x for x in open(sys.argv[1]) if x[0] != "#"))
assert [r["dimensions"] for r in rows] == ["1", "2"], rows
for r in rows:
    assert 50 < float(r["without_wave"]) < float(r["with_wave"]) < 500, rows
    assert float(r["with_wave"]) / float(r["without_wave"]) < 1.0031
PY

expect 0 "" "$loligo" calcium simulate "$work/case.json" --axisymmetric --radial 5 --max-dx-um 0.2 --dt 10us \
  -o "$work/axi" --json --quiet
grep -Eq '"speed_um_s": 1[567]' "$work/out" || fail "the speed across"
grep -v '^#' "$work/axi/cross_sections.csv" | head -1 | grep -q '^t_s,x_um,rho_um,compartment,c_uM,b_uM' ||
  fail "no cross-sections"

expect 2 "nothing to do" "$loligo" calcium reduction "$work/case.json" --map-only
expect 2 "4 to 256" "$loligo" calcium reduction "$work/case.json" --radial 2
expect 2 "NAME=numbers" "$loligo" calcium reduction "$work/case.json" --vary 'rho_R'
expect 2 "0 < LOW < HIGH" "$loligo" calcium reduction "$work/case.json" --threshold 'j0=3,2'
expect 2 "rho_R is near" "$loligo" calcium reduction "$work/case.json" $coarse --set 'rhoR=3'
expect 3 "below the dendrite's" "$loligo" calcium reduction "$work/case.json" $coarse --set 'r=0.5'
sed 's/"t_end_s": 0.12/"sections": [{"L":5,"R":0.4,"r":0.15,"parent":-1},{"L":5,"R":0.3,"r":0.1,"parent":0}], "t_end_s": 0.1/; s/"geometry": {[^}]*},//' \
  "$work/case.json" >"$work/tree.json"
expect 2 "second order" "$loligo" calcium simulate "$work/case.json" --axisymmetric --scheme imex1 -o "$work/x"
expect 3 "one unbranched section" "$loligo" calcium reduction "$work/tree.json" $coarse
finish
