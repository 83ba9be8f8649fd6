# loligo convert: every way there and back keeps the numbers; provenance; verify; failures.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA
cp "$data/File_axon_5.abf" "$work/cell.abf"
seeds=$PWD/fuzz/seeds
cd "$work"

# A recording, through all formats, gives the same features.
"$loligo" features cell.abf --json >want.json
for ending in csv nwb npy h5; do
  expect 0 "9 sweeps written" "$loligo" convert cell.abf "a.$ending"
  expect 0 "" "$loligo" info "a.$ending"
  out "9 of 1000 ms at 20 kHz"
  out "made by"
  "$loligo" features "a.$ending" --json --quiet >got.json
  expect 0 "" "$loligo" compare want.json got.json --ignore recording,format
  expect 0 "" "$loligo" verify "a.$ending"
  out "1 inputs unchanged"
  expect 0 "" "$loligo" convert "a.$ending" "back-$ending.csv" --quiet
  expect 0 "" "$loligo" compare a.csv "back-$ending.csv"
  out "0 differ"
done
expect 0 "" "$loligo" convert a.csv b.nwb --quiet
expect 0 "" "$loligo" compare a.nwb b.nwb --ignore identifier,session_description,notes,protocol,starting_time || out "starting_time"
head -1 a.csv | grep -q '^# program: loligo' || fail "no provenance in the CSV"
grep -v '^#' a.csv | head -1 | grep -qx 't_ms,i_pA,v_mV,sweep' || fail "columns: $(grep -v '^#' a.csv | head -1)"
grep -q '"sha256"' a.npy.json || fail "no provenance beside the array"
[ ! -x /usr/bin/python3 ] || /usr/bin/python3 - <<'PY' || fail "numpy or h5py reads other numbers"
import sys
try:
    import h5py, numpy as np
except ImportError:
    print("skipped: h5py is not installed", file=sys.stderr)
    sys.exit(0)
a = np.load("a.npy")
c = np.genfromtxt("a.csv", delimiter=",", names=True, skip_header=sum(l[0] == "#" for l in open("a.csv")))
assert a.dtype.names == ("t_ms", "i_pA", "v_mV", "sweep"), a.dtype
for name in a.dtype.names:
    assert np.array_equal(a[name], c[name]), name
with h5py.File("a.h5") as h:
    assert np.array_equal(h["v_mV"][:], a["v_mV"]) and h["v_mV"].attrs["unit"] == "mV"
with h5py.File("a.nwb") as f:
    s = f["acquisition/response_00003"]
    assert s.attrs["neurodata_type"] == "CurrentClampSeries" and s["data"].attrs["unit"] == "volts"
    v = s["data"][:] * s["data"].attrs["conversion"] * 1e3
    assert np.allclose(v, a["v_mV"][a["sweep"] == 3], rtol=0, atol=1e-9)
    assert abs(s["starting_time"].attrs["rate"] - 20000) < 1e-9
    i = f["stimulus/presentation/stimulus_00003"]
    assert i["data"].attrs["unit"] == "amperes"
    assert np.allclose(i["data"][:] * i["data"].attrs["conversion"] * 1e12, a["i_pA"][a["sweep"] == 3], atol=1e-9)
PY

# One sweep; a folder of waves; NWB in.
expect 0 "1 sweeps written" "$loligo" convert cell.abf one.csv --sweep 8
grep -v '^#' one.csv | head -1 | grep -qx 't_ms,i_pA,v_mV' || fail "one sweep has no column of sweeps"
expect 3 "there is no sweep 9" "$loligo" convert cell.abf none.csv --sweep 9
one_line
[ ! -e none.csv ] || fail "none.csv was written"
expect 0 "2 sweeps written" "$loligo" convert "$data/B6" b6.nwb
expect 0 "" "$loligo" verify b6.nwb
out "4 inputs unchanged"
expect 0 "" "$loligo" convert "$data/nwb/table.nwb" table.csv --quiet
expect 0 "" "$loligo" convert cell.abf out.csv --json
out '"sweeps": 9'
"$loligo" convert cell.abf - --quiet >streamed.csv
grep -qx 't_ms,i_pA,v_mV,sweep' streamed.csv || fail "nothing streamed"

# The input that changed is named.
mv cell.abf kept && head -c 200000 kept >cell.abf
expect 1 "" "$loligo" verify a.nwb
out "changed input: cell.abf (recording)"
mv kept cell.abf

# Traces, twins, models, tensors.
cat >m.json <<'JSON'
{"model": "izhikevich", "variant": "std",
 "parameters": {"C": {"value": 100, "unit": "pF", "sd": 2, "ci95": [96, 104]}, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}}
JSON
echo '{"duration_ms": 100, "sample_ms": 0.1, "segments": [{"type": "const", "t0_ms": 10, "t1_ms": 90, "amp_pA": 100}]}' >p.json
"$loligo" neuron simulate m.json --protocol p.json -o t.csv --quiet
for ending in h5 npy nwb; do
  expect 0 "rows written" "$loligo" convert t.csv "t.$ending"
  expect 0 "" "$loligo" verify "t.$ending"
done
expect 0 "" "$loligo" convert t.h5 t2.csv --quiet
expect 0 "" "$loligo" compare t.csv t2.csv
expect 0 "9 parameters" "$loligo" convert m.json par.csv
grep -qx 'C,100,pF,2,96,104' par.csv || fail "par.csv: $(grep -v '^#' par.csv)"
expect 0 "" "$loligo" verify par.csv
expect 0 "" "$loligo" convert m.json plain.json --quiet
"$loligo" neuron simulate plain.json --protocol p.json -o t3.csv --quiet
expect 0 "" "$loligo" compare t.csv t3.csv
expect 2 "a twin or model becomes" "$loligo" convert m.json m.nwb
expect 0 "5 tensors" "$loligo" convert "$seeds/safetensors/five.safetensors" w.h5
expect 0 "" "$loligo" verify w.h5
expect 0 "" "$loligo" info w.h5
out "w.h5: tensors, HDF5 (loligo-tensors)"
grep -q '^layer.w  *float.* as (' out || fail "info does not tell the shape of a tensor: $(cat out)"
expect 0 "1 tensors" "$loligo" convert "$seeds/safetensors/five.safetensors" w.npy --tensor layer.w
expect 0 "" "$loligo" info w.npy
out "2 x 3"
expect 3 "there is no tensor 'x'" "$loligo" convert "$seeds/safetensors/five.safetensors" w.npy --tensor x
expect 2 "ending '.xyz'" "$loligo" convert cell.abf a.xyz
expect 3 "none.abf" "$loligo" convert none.abf b.csv
one_line
expect 5 "IO" "$loligo" convert cell.abf no/such/folder/b.csv
printf 'a,b\n1,2\n' >other.csv
expect 3 "no trace" "$loligo" convert other.csv other.h5
one_line
finish
