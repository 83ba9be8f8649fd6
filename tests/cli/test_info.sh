# loligo info: every kind of file, for people and as JSON.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA

expect 0 "" "$loligo" info "$data/File_axon_5.abf"
out "recording, ABF2, protocol step cclamp.pro"
out "9 of 1000 ms at 20 kHz"
out "-87.73 to 34.97 mV"
out "current from the epoch table of command 'Cmd 0' (pA)"
out "-100 to 300 pA beyond 0 pA holding, from 215.6 to 715.6 ms"
expect 0 "" "$loligo" info "$data/File_axon_5.abf" --sweeps 2
out "... and 7 more"
expect 0 "" "$loligo" info "$data/File_axon_5.abf" --json
out '"schema": "loligo-info/1"'
out '"kind": "recording"'
out '"current": "pA"'
out '"n_sweeps": 9'
out '"I_step_pA": 300'
out '"rate_Hz": 20000'
out '"current": "command"'
out '"warnings": []'
out "$(sha256sum <"$data/File_axon_5.abf" | cut -d' ' -f1)"

expect 0 "" "$loligo" info "$data/B6" --json
out '"format": "IBW 5"'
out '"number": 183'
out '"current": "measured"'
[ "$(grep -c sha256 "$work/out")" = 4 ] || fail "B6 has not four files"
out "sampled at 4 kHz"
for nwb in name simultaneous start sweep_number sweep_table table; do
  expect 0 "" "$loligo" info "$data/nwb/$nwb.nwb"
  out "NWB 2"
  out "pairing"
done
printf 't_ms,v_mV\n0,-65\n0.1,-64\n0.2,-65\n' >"$work/v.csv"
expect 0 "" "$loligo" info "$work/v.csv"
out "current missing"

# Models, protocols, twins, results.
cat >"$work/m.json" <<'JSON'
{ // by hand
  "model": "izhikevich", "variant": "std",
  "parameters": {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}
}
JSON
echo '{"duration_ms": 100, "sample_ms": 0.1, "segments": [{"type": "const", "t0_ms": 10, "t1_ms": 90, "amp_pA": 100}]}' >"$work/p.json"
expect 0 "" "$loligo" info "$work/m.json"
out "model, no schema"
out "izhikevich std"
expect 0 "" "$loligo" info "$work/p.json" --json
out '"kind": "protocol"'
"$loligo" neuron simulate "$work/m.json" --protocol "$work/p.json" -o "$work/t.csv" --quiet
expect 0 "" "$loligo" info "$work/t.csv" --json
out '"kind": "trace"'
out '"dt_ms": 0.1'
out '"unit": "mV"'
out '"neuron"'
sed 's/"C": 100/"C": -1/' "$work/m.json" >"$work/bad.json"
expect 3 "parameters.C" "$loligo" info "$work/bad.json"
one_line
"$loligo" compare "$work/p.json" "$work/p.json" --json >"$work/r.json"
expect 0 "" "$loligo" info "$work/r.json"
out "result, loligo-compare/1"
sed 's/izhikevich", "variant": "std"/izhikevich", "schema": "loligo-twin\/1"/' "$work/m.json" >"$work/twin.json"
expect 0 "" "$loligo" info "$work/twin.json"
out "twin, loligo-twin/1"

# Tensors, arrays, nonsense.
expect 0 "" "$loligo" info fuzz/seeds/safetensors/five.safetensors --json
out '"kind": "network"'
out '"name": "layer.w"'
printf 'PK\003\004 not ours at all' >"$work/x.zip"
expect 3 "this is no .npz archive" "$loligo" info "$work/x.zip"
one_line
: >"$work/empty"
expect 3 "empty" "$loligo" info "$work/empty"
expect 3 "none.abf: IO" "$loligo" info "$work/none.abf"
one_line
expect 2 "loligo info --help" "$loligo" info
finish
