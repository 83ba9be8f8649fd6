# Derivatives of a cell with shape: forward = backward = differences; refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

cat >"$work/cell.json" <<'JSON'
{"celsius": 6.3, "v_init_mV": -65, "tstop_ms": 12, "sample_ms": 0.1,
 "sections": [
  {"name": "soma", "type": 1, "parent": -1, "parentx": 0, "pts": [[0, 0, 0, 20], [20, 0, 0, 20]]},
  {"name": "dend", "type": 3, "parent": 0, "parentx": 1, "pts": [[20, 0, 0, 3], [220, 0, 0, 1]]}],
 "regions": [
  {"types": [1], "Ra_ohm_cm": 100, "cm_uF_cm2": 1, "mechanisms": {"hh": {}}, "reversal": {"ena": 50, "ek": -77}},
  {"types": [3], "Ra_ohm_cm": 150, "cm_uF_cm2": 1, "mechanisms": {"pas": {"g": 1e-4, "e": -65}, "ih": {"gbar": {"value": 1e-4, "distance": {"kind": "linear", "at_0": 1, "per_um": 0.01}}}}}],
 "iclamps": [{"loc": ["soma"], "delay_ms": 1, "dur_ms": 2, "amp_nA": 0.5}],
 "synapses": [{"type": "ExpSyn", "loc": ["sec", 1, 0.6], "params": {"tau": 2, "e": 0}, "weight_uS": 0.002, "times_ms": [6]}],
 "probes": [{"name": "soma", "loc": ["soma"]}]}
JSON

for scheme in sdirk2 nrn; do
  expect 0 "" "$loligo" validate cable-gradient "$work/cell.json" --scheme $scheme --stop 12ms
  out "1 spikes at the first probe"
  out "soma.hh.gnabar"
  out "dend.Ra"
  out "weight[0]"
done
expect 0 "" "$loligo" validate cable-gradient "$work/cell.json" --scale 0.1 --stop 12ms --json
out "loligo-cable-gradient/1"
expect 0 "" "$loligo" validate cable-gradient "$work/cell.json" --parameters 'dend.ih.*' --stop 3ms
out "dend.ih.ehcn"
expect 2 "no parameter is named nothing" "$loligo" validate cable-gradient "$work/cell.json" --parameters nothing
finish
