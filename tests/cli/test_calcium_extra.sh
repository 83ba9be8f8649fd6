# Further channels and species of a dendrite by their keys in a case: numbers of SciPy, rest, conservation, refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

# Everything at once on 24 edges; rows of SciPy's Radau (rtol 1e-9) on the same equations: validation/calcium_scipy.py.
cat >"$work/all.json" <<'JSON'
{"geometry": {"L_um": 12, "R_um": 0.4, "r_ER_um": 0.15},
 "ip3r": {"density": [[0, 25.0], [12, 5.0]]},
 "ip3": {"sources": [{"j0_uM_um_s": 30, "x0_um": 2, "sigma_um": 1, "t_on_s": 0.002, "t_off_s": 0.02,
                      "shape": "ramp-down"}]},
 "er_buffer": {}, "soce": {"tau_s": 0.05},
 "vdcc": [{"type": "N", "density": [[0, 0.2], [6, 1.0], [12, 0.2]]}, {"type": "T", "density": 0.3}],
 "voltage_mV": [[0, -65], [0.01, -65], [0.0105, 30], [0.0115, 30], [0.012, -70], [0.02, -65]],
 "stimulus": {"j0_uM_um_s": 800, "x0_um": 10, "sigma_um": 0.8, "t_on_s": 0.001, "t_off_s": 0.003},
 "t_end_s": 0.02, "probes_um": [0, 6, 12]}
JSON
expect 0 "" "$loligo" calcium simulate "$work/all.json" -o "$work/all" --max-dx-um 0.5 --dt 5us --quiet
cat >"$work/scipy" <<'ROWS'
0.011 0 17.5757009 9.91422431 86.5511506 0.663808522 3309.4651
0.011 6 23.6927609 2.96060782 70.7203294 0.110522766 3382.30211
0.011 12 30.1506284 1.2995445 66.0622528 0.0400524182 3414.94624
0.02 0 37.4319247 0.776480062 57.8813701 0.870288665 3461.74955
0.02 6 39.9309683 0.70644852 56.3563896 0.234483321 3477.59705
0.02 12 41.0324572 0.68195141 55.2349239 0.0435266009 3485.85324
ROWS
awk -F'[, ]' -v n=0 'NR == FNR { for (k = 3; k <= 7; k++) want[$1 "," $2, k] = $k; next }
  /^t_s/ { if ($0 != "t_s,x_um,c_uM,b_uM,ce_uM,P,ip3_uM,er_buffer_uM") exit 2; next }
  ($1 "," $2, 3) in want {
    n++
    got[3] = $3; got[4] = $4; got[5] = $5; got[6] = $7; got[7] = $8
    for (k = 3; k <= 7; k++) {
      d = got[k] / want[$1 "," $2, k] - 1
      if (d > 3e-4 || d < -3e-4) { print $1, $2, k, got[k], want[$1 "," $2, k]; bad = 1 }
    }
  }
  END { exit bad || n != 6 }' "$work/scipy" "$work/all/timeseries.csv" >"$work/off" ||
  fail "not SciPy's numbers: $(cat "$work/off")"
grep -q 'free calreticulin' "$work/all/fig-traces.svg" || fail "the traces lack the species"
grep -q 't_s,x_um,c_uM,b_uM,ce_uM,P,ip3_uM,er_buffer_uM' "$work/all/snapshots.csv" || fail "snapshots lack the species"

# At rest with everything, nothing moves; densities by section.
cat >"$work/rest.json" <<'JSON'
{"sections": [{"L": 10, "R": 0.4, "r": 0.15, "parent": -1}, {"L": 5, "R": 0.3, "r": 0.1, "parent": 0}],
 "parameters": {"rho_R": 2, "rho_P": {"everywhere": 500, "sections": [{"section": 1, "table": [[0, 400], [5, 800]]}]}},
 "ip3r": {"density": {"everywhere": 17.3, "sections": [{"section": 1, "table": [[0, 20], [5, 3]]}]}},
 "ip3": {}, "er_buffer": {}, "soce": {"density": {"everywhere": 1, "sections": [{"section": 0, "value": 0.5}]}},
 "vdcc": [{"type": "N"}, {"type": "L", "m": {"tau_s": 0.002}, "p_um3_s": 0.4}], "voltage_mV": -65,
 "t_end_s": 2, "probes": [{"section": 0, "x_um": 2}, {"section": 1, "x_um": 4}]}
JSON
expect 0 "" "$loligo" calcium simulate "$work/rest.json" -o "$work/rest" --max-dx-um 1 --dt 200us --quiet
awk -F, '/^[0-9]/ { if ($4 / 0.05 - 1 > 1e-10 || $4 / 0.05 - 1 < -1e-10 || $6 / 250 - 1 > 1e-10 || $6 / 250 - 1 < -1e-10)
  { print; exit 1 } }' "$work/rest/timeseries.csv" >"$work/off" || fail "rest moves: $(cat "$work/off")"

# Behind a closed membrane the total, calreticulin's included, stays.
cat >"$work/closed.json" <<'JSON'
{"geometry": {"L_um": 12, "R_um": 0.4, "r_ER_um": [[0, 0.12], [12, 0.18]]}, "membrane_closed": true,
 "ip3r": {}, "ip3": {"sources": [{"j0_uM_um_s": 30, "x0_um": 2, "sigma_um": 1, "t_off_s": 0.02}]}, "er_buffer": {},
 "soce": {}, "vdcc": [{"type": "N"}], "voltage_mV": 0,
 "initial": {"c_bump": {"amp_uM": 20, "x0_um": 6, "sigma_um": 1}}, "t_end_s": 0.03, "probes_um": [0, 6]}
JSON
expect 0 "" "$loligo" calcium simulate "$work/closed.json" -o "$work/closed" --max-dx-um 0.25 --dt 5us --quiet
awk -F, '/^[0-9]/ { if (!first) first = $5; d = $5 / first - 1; if (d > 1e-12 || d < -1e-12) { print; exit 1 } }' \
  "$work/closed/totals.csv" >"$work/off" || fail "calcium is lost: $(cat "$work/off")"
awk -F, '/^[0-9]/ { exit $4 < 450 }' "$work/closed/totals.csv" || fail "calreticulin's calcium is not counted"

# A recording as the voltage.
{ echo "t_ms,v_mV"; for t in 0 1 2 3; do echo "$t,$((-65 + 20 * t))"; done; } >"$work/v.csv"
cat >"$work/recording.json" <<'JSON'
{"geometry": {"L_um": 1, "R_um": 0.4, "r_ER_um": 0.15}, "vdcc": [{"type": "N"}], "voltage_mV": {"csv": "v.csv"},
 "t_end_s": 0.004, "probes_um": [0]}
JSON
sed 's/{"csv": "v.csv"}/[[0, -65], [0.001, -45], [0.002, -25], [0.003, -5]]/' "$work/recording.json" >"$work/table.json"
expect 0 "" "$loligo" calcium simulate "$work/recording.json" -o "$work/r1" --max-dx-um 1 --quiet
expect 0 "" "$loligo" calcium simulate "$work/table.json" -o "$work/r2" --max-dx-um 1 --quiet
grep -v '^#' "$work/r1/timeseries.csv" >"$work/a"
grep -v '^#' "$work/r2/timeseries.csv" >"$work/b"
cmp -s "$work/a" "$work/b" || fail "the recording and its table differ"

# One clear line each.
refuse() {
  printf '%s\n' "{\"geometry\": {\"L_um\": 1, \"R_um\": 0.4, \"r_ER_um\": 0.15}, $2}" >"$work/bad.json"
  expect 3 "$1" "$loligo" calcium simulate "$work/bad.json" -o "$work/bad" --max-dx-um 1 --quiet
  one_line
}
refuse "nearest: 'density'" '"ip3r": {"densty": 1}'
refuse "nearest: 'ip3r'" '"ip3R": {}'
refuse "fewer receptors" '"ip3r": {"density": 1000}'
refuse "ip3r.model" '"ip3r": {"model": "hodgkin"}'
refuse "no voltage" '"vdcc": [{"type": "N"}]'
refuse "vdcc[0].type" '"vdcc": [{"type": "P"}], "voltage_mV": -65'
refuse "there are no voltage-dependent channels" '"voltage_mV": -65'
refuse "it must rise" '"vdcc": [{"type": "N"}], "voltage_mV": [[0, -65], [0, 3]]'
refuse "none.csv" '"vdcc": [{"type": "N"}], "voltage_mV": {"csv": "none.csv"}'
refuse "no columns of numbers" '"vdcc": [{"type": "N"}], "voltage_mV": {"csv": "v.csv", "column": "u"}'
refuse "more than PMCA and NCX" '"vdcc": [{"type": "N"}], "voltage_mV": -20'
refuse "soce.density" '"soce": {"density": -1}'
refuse "er_buffer.kp" '"er_buffer": {"kp": -1}'
refuse "outside 0" '"ip3": {"rest_uM": -0.1}'
finish
