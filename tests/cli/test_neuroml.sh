# loligo convert CELL.nml CASE.json: a Hodgkin–Huxley cell of NeuroML is the built-in hh; bad files get one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
nml=$LG_TEST_DATA/cable/nml

expect 0 "4 sections" "$loligo" convert "$nml/hh.cell.nml" "$work/cell.json"
[ -f "$work/naChan.mod" ] || fail "no naChan.mod"
expect 0 "" "$loligo" neuron mechanism "$work/naChan.mod"
expect 0 "" "$loligo" neuron simulate "$work/cell.json" --scheme nrn --nseg 5 --quiet -o "$work/a.csv"

cat >"$work/own.json" <<'EOF'
{"celsius": 6.3, "v_init_mV": -65, "tstop_ms": 100, "sample_ms": 0.1,
 "sections": [{"type": 1, "parent": -1, "parentx": 0, "pts": [[0, 0, 0, 20], [20, 0, 0, 20]]},
  {"type": 3, "parent": 0, "parentx": 1, "pts": [[20, 0, 0, 2], [120, 0, 0, 1.5], [220, 0, 0, 1.2]]},
  {"type": 3, "parent": 1, "parentx": 1, "pts": [[220, 0, 0, 1.2], [260, 30, 0, 1]]},
  {"type": 3, "parent": 1, "parentx": 0.75, "pts": [[170, 0, 0, 0.8], [170, -40, 0, 0.8]]}],
 "regions": [{"types": [1], "Ra_ohm_cm": 100, "mechanisms": {"hh": {}}, "reversal": {"ena": 50, "ek": -77}},
  {"types": [3], "Ra_ohm_cm": 100, "mechanisms": {"pas": {"g": 0.0003, "e": -54.3}}}],
 "iclamps": [{"loc": ["sec", 0, 0.5], "delay_ms": 5, "dur_ms": 30, "amp_nA": 0.3}],
 "probes": [{"name": "soma", "loc": ["sec", 0, 0.5]}]}
EOF
expect 0 "" "$loligo" neuron simulate "$work/own.json" --scheme nrn --nseg 5 --quiet -o "$work/b.csv"
for x in a b; do grep -v '^#' "$work/$x.csv" >"$work/$x.txt"; done
paste -d, "$work/a.txt" "$work/b.txt" | awk -F, 'NR > 1 {d = $2 - $4; if (d < 0) d = -d; if (d > worst) worst = d; if ($2 > top) top = $2}
  END {exit worst < 1e-8 && top > 20 && NR > 900 ? 0 : 1}' || fail "the cell of NeuroML is not the built-in hh"

expect 2 "written beside it" "$loligo" convert "$nml/hh.cell.nml" -
printf '<!DOCTYPE n [<!ENTITY a "x">]>\n<neuroml>&a;</neuroml>\n' >"$work/entity.nml"
expect 3 "declares an entity" "$loligo" convert "$work/entity.nml" "$work/x.json"
one_line
printf '<neuroml><include href="/etc/passwd"/></neuroml>\n' >"$work/outside.nml"
expect 3 "below the folder" "$loligo" convert "$work/outside.nml" "$work/x.json"
one_line
[ ! -f "$work/x.json" ] || fail "a refused file left output"
finish
