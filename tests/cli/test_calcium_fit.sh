# calcium fit: constants come back from simulated waves: arrivals, noisy concentration, fluorescence; refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

dendrite() { # RHO_R DC
  cat <<JSON
{"geometry": {"L_um": 12, "R_um": 0.4, "r_ER_um": 0.15}, "parameters": {"rho_R": $1, "Dc": $2},
 "stimulus": {"j0_uM_um_s": 2500, "x0_um": 0, "sigma_um": 0.5, "t_on_s": 0, "t_off_s": 0.001},
 "probes_um": [3, 6, 9, 12], "t_end_s": 0.03, "reference": {"old": 1}}
JSON
}
dendrite 3 220 >"$work/true.json"
dendrite 2 300 >"$work/start.json"
grid="--max-dx-um 0.2 --dt 20us"
expect 0 "" "$loligo" calcium simulate "$work/true.json" -o "$work/true" $grid --sample 1ms --no-report --quiet

# arrivals and peaks without noise
expect 0 "" "$loligo" calcium fit "$work/true/arrivals.csv" --case "$work/start.json" --free rho_R,Dc $grid \
  --starts 1 --no-profiles -o "$work/fit" --json --quiet
out '"loligo-calcium-fit/1"'
# the fitted case runs, and is fitted
expect 0 "" "$loligo" calcium simulate "$work/fit/case.json" -o "$work/again" $grid --no-report --quiet
python3 - "$work" <<'PY' || fail "the constants did not come back from arrivals"
import json, sys
f = json.load(open(sys.argv[1] + "/fit/fit.json"))
k = {x["name"]: x for x in f["constants"]}
assert abs(k["rho_R"]["value"] / 3 - 1) < 2e-3, k
assert abs(k["Dc"]["value"] / 220 - 1) < 2e-3, k
c = json.load(open(sys.argv[1] + "/fit/case.json"))
assert c["parameters"]["rho_R"] == k["rho_R"]["value"] and "reference" not in c
assert len(f["correlation"]) == 2 and len(f["places"]) == 4
PY

# concentration and fluorescence with noise; the stimulus came 2 ms after the clock began
python3 - "$work" <<'PY'
import csv, random, sys
random.seed(3)
rows = list(csv.DictReader(x for x in open(sys.argv[1] + "/true/timeseries.csv") if x[0] != "#"))
bright = lambda c: 0.01 + 0.99 * c / (c + 2.0)
with open(sys.argv[1] + "/c.csv", "w") as a, open(sys.argv[1] + "/dff.csv", "w") as b, \
        open(sys.argv[1] + "/f.csv", "w") as d:
    a.write("t_s,x_um,c_uM\n")
    b.write("t_ms,x_um,dff\n")
    d.write("t_ms,x_um,f\n")
    for r in rows:
        t, x, c = float(r["t_s"]) + 0.002, r["x_um"], float(r["c_uM"])
        a.write(f"{t:.6f},{x},{c + random.gauss(0, 0.1):.5f}\n")
        b.write(f"{1e3 * t:.4f},{x},{bright(c) / bright(0.05) - 1 + random.gauss(0, 0.1):.5f}\n")
        d.write(f"{1e3 * t:.4f},{x},{(100 + float(x)) * bright(c) + 30 + random.gauss(0, 0.5):.5f}\n")
PY
expect 0 "" "$loligo" calcium fit "$work/c.csv" --case "$work/start.json" --free rho_R,t0 $grid --starts 1 \
  --coverage 4 -o "$work/c" --quiet
out "together"
expect 0 "" "$loligo" calcium fit "$work/dff.csv" --case "$work/start.json" --free rho_R=1:9,t0 $grid --starts 1 \
  --kd-uM 2 -o "$work/dff" --quiet --no-profiles
expect 0 "" "$loligo" calcium fit "$work/f.csv" --case "$work/start.json" --free rho_R,t0 $grid --starts 2 \
  --kd-uM 2 -o "$work/f" --quiet --no-profiles
dendrite 3 220 >"$work/start.json"
expect 0 "" "$loligo" calcium fit "$work/c.csv" --case "$work/start.json" --free rho_R,t0 $grid --starts 1 \
  -o "$work/c2" --quiet --no-profiles
python3 - "$work" <<'PY' || fail "the constants did not come back from samples"
import json, sys
for name in ("c2",):
    k = {x["name"]: x for x in json.load(open(f"{sys.argv[1]}/{name}/fit.json"))["constants"]}
    assert abs(k["rho_R"]["value"] / 3 - 1) < 0.02, (name, k)
    assert abs(k["t0"]["value"] - 0.002) < 1e-4, (name, k)
    assert k["rho_R"]["interval_95"][0] < k["rho_R"]["value"] < k["rho_R"]["interval_95"][1]
# with another Dc than the true one the density makes up for it
for name in ("c", "dff", "f"):
    f = json.load(open(f"{sys.argv[1]}/{name}/fit.json"))
    k = {x["name"]: x for x in f["constants"]}
    assert 1.5 < k["rho_R"]["value"] < 4, (name, k)
    assert abs(k["t0"]["value"] - 0.002) < 1e-3, (name, k)
c = json.load(open(sys.argv[1] + "/c/fit.json"))
assert c["coverage"]["fitted"] == 4 and all(0 <= x["simulated_inside_95"] <= 4 for x in c["constants"])
PY

run="$loligo calcium fit $work/c.csv --case $work/start.json"
expect 2 "what is to be fitted" $run
expect 2 "of what dendrite" "$loligo" calcium fit "$work/c.csv" --free rho_R
expect 2 "rho_R is near" $run --free rhoR
one_line
expect 3 "they must hold the case's value" $run --free rho_R=4:5
one_line
expect 2 "named twice" $run --free rho_R,rho_R
expect 2 "what the indicator binds" "$loligo" calcium fit "$work/dff.csv" --case "$work/start.json" --free rho_R
printf 'a,b\n1,2\n' >"$work/bad.csv"
expect 3 "no column x_um" "$loligo" calcium fit "$work/bad.csv" --case "$work/start.json" --free rho_R
one_line
printf 'x_um,t_up_s\n99,0.1\n' >"$work/bad.csv"
expect 3 "reaches from 0 to 12 um" "$loligo" calcium fit "$work/bad.csv" --case "$work/start.json" --free rho_R
one_line
printf 'x_um,t_s,c_uM\n3,0.1,1\n3,0.05,1\n3,1,1\n3,2,1\n3,3,1\n3,4,1\n3,5,1\n3,6,1\n' >"$work/bad.csv"
expect 3 "does not rise" "$loligo" calcium fit "$work/bad.csv" --case "$work/start.json" --free rho_R
printf 'x_um,t_s,c_uM\n3,0.1,high\n' >"$work/bad.csv"
expect 3 "holds words" "$loligo" calcium fit "$work/bad.csv" --case "$work/start.json" --free rho_R
finish
