# loligo neuron mechanism and mechanism_files: what is understood, refusals with their line, interpreted and compiled.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
mod=$LG_TEST_DATA/cable/mod
LOLIGO_CACHE_DIR=$work/cache
export LOLIGO_CACHE_DIR

expect 0 "" "$loligo" neuron mechanism "$mod/hh.mod"
out "density mechanism"
out "line 50: TABLE is ignored"
out "gnabar"
expect 0 "" "$loligo" neuron mechanism "$mod/exp2syn.mod" --json
out '"loligo-mechanism/1"'
out '"takes_events": true'
expect 0 "" "$loligo" neuron mechanism "$mod/hh.mod" --c "$work/hh.c"
grep -q lg_task_1 "$work/hh.c" || fail "no C text"

printf 'NEURON { SUFFIX bad }\nSTATE { m }\nVERBATIM\nint x;\nENDVERBATIM\n' >"$work/bad.mod"
expect 3 "bad.mod:3: FORMAT: VERBATIM" "$loligo" neuron mechanism "$work/bad.mod"
one_line
expect 3 "none.mod" "$loligo" neuron mechanism "$work/none.mod"
one_line

# a cell whose channels come from files: the same as the built-in ones, interpreted or compiled
cell() {
  cat <<EOF
{"celsius": 20, "v_init_mV": -70, "tstop_ms": 30, "sample_ms": 0.1, $1
 "sections": [{"type": 1, "parent": -1, "parentx": 0, "pts": [[0,0,0,20],[20,0,0,20]]},
              {"type": 3, "parent": 0, "parentx": 1, "pts": [[20,0,0,2],[320,0,0,1]]}],
 "regions": [{"types": "all", "mechanisms": {"hh": {}, "cahva": {"gbar": 2e-4}, "cadyn": {}, "sk": {"gbar": 0.002}},
              "reversal": {"ena": 50, "ek": -80}, "concentrations": {"cao": 2}}],
 "synapses": [{"type": "Exp2Syn", "loc": ["sec", 1, 0.7], "params": {"tau1": 0.5, "tau2": 4}, "weight_uS": 0.002, "times_ms": [3.003, 9]}],
 "iclamps": [{"loc": ["soma"], "delay_ms": 5, "dur_ms": 10, "amp_nA": 0.3}],
 "probes": [{"name": "soma", "loc": ["soma"]}, {"name": "soma", "loc": ["soma"], "var": "m_hh"}]}
EOF
}
cell "" >"$work/built_in.json"
cell "\"mechanism_files\": [\"$mod/hh.mod\", \"$mod/cahva.mod\", \"$mod/cadyn.mod\", \"$mod/sk.mod\", \"$mod/exp2syn.mod\"]," >"$work/own.json"
# In sdirk2 the built-in channels average their rates over a step and those of files do not: they differ by the step's
# error, 0.02 mV at 0.025 ms and a hundredth of that at a tenth of it.
for scheme in nrn sdirk2; do
  if [ $scheme = nrn ]; then dt=25us near=1e-7; else dt=2.5us near=1e-3; fi
  expect 0 "" "$loligo" neuron simulate "$work/built_in.json" --scheme $scheme --dt $dt --quiet -o "$work/a.csv"
  expect 0 "" "$loligo" neuron simulate "$work/own.json" --scheme $scheme --dt $dt --quiet -o "$work/b.csv"
  expect 0 "" "$loligo" neuron simulate "$work/own.json" --scheme $scheme --dt $dt --quiet -o "$work/c.csv" --mechanisms compile
  grep -v '^#' "$work/b.csv" >"$work/b.txt"
  grep -v '^#' "$work/c.csv" >"$work/c.txt"
  grep -v '^#' "$work/a.csv" >"$work/a.txt"
  cmp -s "$work/b.txt" "$work/c.txt" || fail "$scheme: compiled is not interpreted"
  paste -d, "$work/a.txt" "$work/b.txt" | awk -F, -v near=$near 'NR > 1 {for (k = 2; k <= 3; k++) {d = $k - $(k + 3); if (d < 0) d = -d; if (d > worst) worst = d}}
    END {exit worst < near + 0 && NR > 200 ? 0 : 1}' || fail "$scheme: .mod files are not the built-in mechanisms"
done
if command -v "${CC:-cc}" >/dev/null; then
  [ "$(find "$work/cache" -name '*.so' | wc -l)" = 5 ] || fail "objects are not kept"
  [ -z "$(find "$work/cache" -name '*.c')" ] || fail "sources are left over"
fi
CC=/nonexistent/cc expect 0 "" "$loligo" neuron mechanism "$mod/kvm.mod" --compile
out "interpreted: there is no C compiler"

# what is made of such a cell in another folder finds its mechanisms
mkdir "$work/made"
cp "$mod/hh.mod" "$work/hh.mod"
cat >"$work/small.json" <<EOF
{"celsius": 20, "v_init_mV": -70, "tstop_ms": 20, "sample_ms": 0.1, "mechanism_files": ["hh.mod"],
 "sections": [{"type": 1, "parent": -1, "parentx": 0, "pts": [[0,0,0,20],[20,0,0,20]]}],
 "regions": [{"types": "all", "mechanisms": {"hh": {}}}],
 "iclamps": [{"loc": ["soma"], "delay_ms": 2, "dur_ms": 10, "amp_nA": 0.3}],
 "probes": [{"name": "soma", "loc": ["soma"]}]}
EOF
expect 0 "" "$loligo" drug apply "$work/small.json" --drug TTX --dose 10nM -o "$work/made/treated.json" --quiet
expect 0 "" "$loligo" neuron simulate "$work/made/treated.json" --quiet -o "$work/made/v.csv"
expect 0 "" "$loligo" neuron simulate "$work/small.json" --quiet -o "$work/v.csv"
{ echo t_ms,i_pA,v_mV; grep -v '^#' "$work/v.csv" | awk -F, 'NR > 1 {print $1 "," ($1 >= 2 && $1 < 12 ? 300 : 0) "," $2}'; } >"$work/rec.csv"
expect 0 "" "$loligo" neuron fit "$work/small.json" "$work/rec.csv" --parameters '*.hh.gkbar' -o "$work/made/fitted.json" --quiet
expect 0 "" "$loligo" neuron simulate "$work/made/fitted.json" --quiet -o "$work/made/v.csv"

# names
sed 's/"sk": {/"skk": {/' "$work/own.json" >"$work/bad.json"
expect 3 "there is no mechanism \"skk\"; did you mean sk" "$loligo" neuron simulate "$work/bad.json"
sed 's/hh.mod/none.mod/' "$work/own.json" >"$work/bad.json"
expect 3 "mechanism_files[0]" "$loligo" neuron simulate "$work/bad.json"
sed 's/kadyn.mod/cadyn.mod/; s/"concentrations": {"cao"/"concentrations": {"zno"/' "$work/own.json" >"$work/bad.json"
expect 3 "concentrations.zno: no ion of the model" "$loligo" neuron simulate "$work/bad.json"
finish
