# Calcium together with a cable: numbers of SciPy, what each does to the other, refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
examples=$(dirname "$0")/../../examples/calcium

# One compartment; SciPy's Radau on one system of equations: validation/calcium_coupling.py.
cat >"$work/one.json" <<'JSON'
{"model": "cable", "celsius": 6.3, "v_init_mV": -65, "tstop_ms": 60, "sample_ms": 0.0125,
 "sections": [{"type": 1, "parent": -1, "pts": [[0, 0, 0, 1.6], [10, 0, 0, 1.6]]}],
 "regions": [{"types": "all", "Ra_ohm_cm": 100, "cm_uF_cm2": 1,
              "mechanisms": {"hh": {}, "sk": {"gbar": 0.002}}, "reversal": {"ena": 50, "ek": -77, "eca": 120}}],
 "iclamps": [{"loc": ["soma"], "delay_ms": 2, "dur_ms": 1000, "amp_nA": 0.005}],
 "probes": [{"name": "soma", "loc": ["soma"]}, {"name": "soma", "loc": ["soma"], "var": "cai"}]}
JSON
cat >"$work/case.json" <<'JSON'
{"cable": {"file": "one.json", "interval_ms": 0.0125}, "er_fraction": 0.4, "parameters": {"rho_R": 0.1},
 "vdcc": [{"type": "N", "density": 0.3}, {"type": "L", "density": 0.2}],
 "probes": [{"section": 0, "x_um": 0}, {"section": 1, "x_um": 5}]}
JSON
expect 0 "" "$loligo" calcium simulate "$work/case.json" -o "$work/run" --max-dx-um 10 --dt 12.5us --quiet --no-report
printf '3.90086\n18.83637\n33.50605\n48.16313\n' >"$work/scipy"
grep '^soma' "$work/run/spikes.csv" | cut -d, -f2 | paste -d' ' "$work/scipy" - |
  awk '{ d = $1 - $2; if (NF != 2 || d > 1e-3 || d < -1e-3) { print; exit 1 } n++ } END { exit n != 4 }' >"$work/off" ||
  fail "not SciPy's spikes: $(cat "$work/off")"
c=$(tail -1 "$work/run/timeseries.csv" | cut -d, -f4)
cai=$(tail -1 "$work/run/cable.csv" | cut -d, -f3)
awk -v c="$c" -v cai="$cai" 'BEGIN { d = c / 0.0795631407 - 1; e = 1e3 * cai / c - 1
  exit d > 1e-3 || d < -1e-3 || e > 1e-4 || e < -1e-4 }' || fail "c is $c uM, not SciPy's 0.07956; the cable has $cai mM"

# The cell's own shells give way, its calcium current flows into the dendrite.
sed 's/"hh": {},/"hh": {}, "calva": {"gbar": 2e-4}, "cadyn": {},/' "$work/one.json" >"$work/own.json"
printf '%s\n' '{"cable": "own.json", "er_fraction": 0.4, "t_end_s": 0.02, "probes": [{"section": 0, "x_um": 0}]}' \
  >"$work/owncase.json"
expect 0 "" "$loligo" calcium simulate "$work/owncase.json" -o "$work/own" --max-dx-um 10 --dt 12.5us --quiet --no-report
awk -F, '/^[0-9]/ { if ($4 > top) top = $4 } END { exit !(top > 0.06) }' "$work/own/timeseries.csv" ||
  fail "the cable's calcium current does not arrive"

# Some sections only, and the shape of one's own.
cp "$examples/cell.json" "$work/cell.json"
part() {
  printf '%s\n' "{$1, \"vdcc\": [{\"type\": \"N\", \"density\": 0.3}], \"t_end_s\": 0.01, $2}" >"$work/part.json"
  "$loligo" calcium simulate "$work/part.json" -o "$work/part" --max-dx-um 2 --dt 12.5us --quiet --no-report
}
expect 0 "" part '"cable": {"file": "cell.json", "sections": [1, 2]}, "er_fraction": 0.4' '"probes": [{"section": 1, "x_um": 40}]'
awk -F, '$1 == "0.01" { print $4 }' "$work/part/timeseries.csv" >"$work/a"
expect 0 "" part '"cable": {"file": "cell.json", "sections": [1, 2]}, "sections": [
  {"L": 80, "R": 0.7, "r": 0.28, "parent": -1}, {"L": 40, "R": 0.5, "r": 0.2, "parent": 0}]' '"probes": [{"section": 1, "x_um": 40}]'
[ -s "$work/a" ] || fail "no calcium at the tip"

# The page shows the voltage.
expect 0 "" "$loligo" calcium simulate "$work/owncase.json" -o "$work/page" --max-dx-um 10 --dt 25us --quiet
grep -q '<section id="cable">' "$work/page/report.html" || fail "the page lacks the cable"
expect 3 "has no --state" "$loligo" calcium simulate "$work/owncase.json" -o "$work/page" --max-dx-um 10 --quiet \
  --state "$work/state"
one_line

# Twice the same bits.
"$loligo" calcium simulate "$work/case.json" -o "$work/again" --max-dx-um 10 --dt 12.5us --quiet --no-report
for f in timeseries cable spikes; do
  grep -v '^#' "$work/run/$f.csv" >"$work/a"
  grep -v '^#' "$work/again/$f.csv" >"$work/b"
  cmp -s "$work/a" "$work/b" || fail "two runs differ in $f.csv"
done

refuse() {
  expect 3 "$1" part "$2" '"membrane_closed": false'
  one_line
}
refuse "er_fraction" '"cable": "cell.json"'
refuse "none.json" '"cable": "none.json", "er_fraction": 0.4'
refuse "nearest: 'interval_ms'" '"cable": {"file": "cell.json", "intervall_ms": 0.1}, "er_fraction": 0.4'
refuse "not a whole number of steps" '"cable": {"file": "cell.json", "interval_ms": 0.03, "dt_ms": 0.02}, "er_fraction": 0.4'
refuse "shorter than a step of calcium" '"cable": {"file": "cell.json", "interval_ms": 0.01}, "er_fraction": 0.4'
refuse "does not hang on another" '"cable": {"file": "cell.json", "sections": [0, 2]}, "er_fraction": 0.4'
refuse "has 3 sections" '"cable": {"file": "cell.json", "sections": [7]}, "er_fraction": 0.4'
refuse "which is 80 um long" '"cable": {"file": "cell.json", "sections": [1]}, "geometry": {"L_um": 100, "R_um": 0.5, "r_ER_um": 0.2}'
refuse "names 2 sections, the dendrite has 1" '"cable": {"file": "cell.json", "sections": [1, 2]}, "geometry": {"L_um": 80, "R_um": 0.5, "r_ER_um": 0.2}'
refuse "the cable has the voltage" '"voltage_mV": -65, "cable": "cell.json", "er_fraction": 0.4'
expect 3 "rodas4" "$loligo" calcium simulate "$work/case.json" -o "$work/run" --scheme rodas4 --max-dx-um 10 --quiet
one_line
finish
