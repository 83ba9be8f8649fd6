# Channels that are networks: a point neuron, a cell with shape, info, and who does not take them.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
seeds=$(cd "$(dirname "$0")/../../fuzz/seeds/gate" && pwd)

cat >"$work/point.json" <<EOF
{"model": "channels", "parameters": {"celsius": 16.3}, "channels": [
 {"mechanism": "$seeds/hidden.safetensors", "name": "na", "gmax_S_cm2": 0.001, "reversal_mV": 50}]}
EOF
echo '{"duration_ms": 5, "sample_ms": 0.5, "segments": [{"type": "const", "t0_ms": 1, "t1_ms": 4, "amp_pA": 5}]}' >"$work/p.json"
for solver in rk4 reference; do # this network's rates reach 500 per ms
  expect 0 "" "$loligo" neuron simulate "$work/point.json" --protocol "$work/p.json" --solver $solver --dt 2us --states --quiet -o "$work/$solver.csv"
  grep -q '^t_ms,v_mV,m_na,h_na' "$work/$solver.csv" || fail "$solver: columns"
done
grep -v '^[#t]' "$work/rk4.csv" >"$work/a"
grep -v '^[#t]' "$work/reference.csv" >"$work/b"
paste -d, "$work/a" "$work/b" | awk -F, '{d = $2 - $6; if (d < 0) d = -d; if (d > worst) worst = d}
  END {exit worst < 1e-3 && NR == 11 ? 0 : 1}' || fail "the solvers differ"
expect 0 "" "$loligo" info "$work/point.json"
expect 3 "does not take them" "$loligo" neuron rheobase "$work/point.json"
sed s/hidden/raw/ "$work/point.json" >"$work/raw.json"
expect 3 "form rate" "$loligo" info "$work/raw.json"

cat >"$work/cell.json" <<EOF
{"celsius": 6.3, "v_init_mV": -65, "tstop_ms": 5, "sample_ms": 0.5,
 "sections": [{"type": 1, "parent": -1, "parentx": 0, "pts": [[0,0,0,20],[20,0,0,20]]}],
 "regions": [{"types": "all", "reversal": {"ena": 50}, "mechanisms": {"pas": {"g": 1e-4, "e": -65},
   "$seeds/hidden.safetensors": {"gmax_S_cm2": 0.001}}}],
 "probes": [{"name": "soma", "loc": ["soma"]}, {"name": "soma", "loc": ["soma"], "var": "h_hidden"}]}
EOF
expect 0 "" "$loligo" neuron simulate "$work/cell.json" --quiet -o "$work/cell.csv"
grep -q '^t_ms,v_mV_soma,h_hidden_soma' "$work/cell.csv" || fail "columns: $(grep ^t_ms "$work/cell.csv")"
finish
