# neuron fit: a recording simulated by ourselves comes back; the fitted file runs; report and refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

cell() { # G_PAS CM NA
  cat <<JSON
{"celsius": 20, "v_init_mV": -65, "tstop_ms": 200, "sample_ms": 0.1,
 "sections": [
  {"name": "soma", "type": 1, "parent": -1, "parentx": 0, "pts": [[0, 0, 0, 20], [20, 0, 0, 20]]},
  {"name": "dend", "type": 3, "parent": 0, "parentx": 1, "pts": [[20, 0, 0, 3], [320, 0, 0, 3]]}],
 "regions": [{"types": "all", "Ra_ohm_cm": 150, "cm_uF_cm2": $2, "mechanisms": {"pas": {"g": $1, "e": -65}}}],
 "iclamps": [{"loc": ["soma"], "delay_ms": 60, "dur_ms": 80, "amp_nA": $3}],
 "probes": [{"name": "soma", "loc": ["soma"]}]}
JSON
}

# a recording of the cell with g 1e-4, cm 1, and 0.05 mV of rounding "noise" (a sawtooth), two sweeps
echo "t_ms,i_pA,v_mV,sweep" >"$work/rec.csv"
sweep=0
for amp in -0.05 0.05; do
  cell 1e-4 1 $amp >"$work/true.json"
  expect 0 "" "$loligo" neuron simulate "$work/true.json" -o "$work/trace.csv" --nseg 9 --dt 0.025ms --quiet
  grep -v '^#' "$work/trace.csv" | awk -F, -v a=$amp -v s=$sweep 'NR > 1 {
    i = ($1 >= 60 && $1 < 140) ? a * 1000 : 0; n = ((NR * 7919) % 101 - 50) / 1000
    printf "%s,%g,%.6f,%d\n", $1, i, $2 + n, s }' >>"$work/rec.csv"
  sweep=$((sweep + 1))
done

cell 3e-4 2 0 >"$work/case.json"
expect 0 "" "$loligo" neuron fit "$work/case.json" "$work/rec.csv" -o "$work/fitted.json" --nseg 9 --quiet \
  --parameters '*.pas.*,*.cm' --report "$work/report" --seed 1 --json
out '"loligo-cable-fit/1"'
python3 - "$work" <<'PY' || fail "the fitted values are not the true ones"
import json, sys
fit = json.load(open(sys.argv[1] + "/fitted.json"))
region = fit["regions"][0]
p = {x["name"]: x for x in fit["reference"]["fit"]["parameters"]}
assert abs(region["mechanisms"]["pas"]["g"] / 1e-4 - 1) < 0.03, region
assert abs(region["cm_uF_cm2"] - 1) < 0.03, region
assert abs(region["mechanisms"]["pas"]["e"] + 65) < 0.1, region
assert p["all.pas.g"]["low_95"] < 1.01e-4 and p["all.pas.g"]["high_95"] > 0.99e-4, p
assert all(x["verdict"] == "identified" for x in p.values()), p
PY
[ -s "$work/report/report.html" ] || fail "no report.html"
grep -q "<svg" "$work/report/report.html" || fail "no figure in the report"
[ -s "$work/report/traces.csv" ] || fail "no traces.csv"
expect 0 "" "$loligo" neuron simulate "$work/fitted.json" -o "$work/again.csv" --quiet
expect 2 "no parameter is named nothing" "$loligo" neuron fit "$work/case.json" "$work/rec.csv" --parameters nothing
expect 2 "a range LOW:HIGH expected" "$loligo" neuron fit "$work/case.json" "$work/rec.csv" --parameters '*.cm=2'
expect 3 "FORMAT" "$loligo" neuron fit "$work/case.json" "$work/trace.csv"
finish
