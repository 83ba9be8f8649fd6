# compare finds what differs; verify runs a result again and names the input that changed.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
printf '# program: x\nt_ms,v_mV,note\n0,-60,a\n0.1,-59.5,b\n0.2,nan,"c,d"\n' >a.csv
printf '# program: y\nt_ms,v_mV,note\n0,-60.0,a\n0.1,-59.4999,b\n0.2,nan,"c,d"\n' >b.csv
printf 't_ms,v_mV\n0,-60\n' >c.csv
expect 0 "" "$loligo" compare a.csv a.csv
out "9 values compared, 0 differ"
expect 1 "" "$loligo" compare a.csv b.csv
out "column v_mV, 1 of 3 rows, worst in row 2: -59.5 | -59.4999"
out "1 differ"
expect 0 "" "$loligo" compare a.csv b.csv --atol 0.001
expect 0 "" "$loligo" compare a.csv b.csv --rtol 1e-5
expect 1 "" "$loligo" compare a.csv b.csv --rtol 1e-7
expect 0 "" "$loligo" compare a.csv b.csv --ignore note,v_mV
expect 1 "" "$loligo" compare a.csv c.csv
out "3 columns | 2 columns"

echo '{"x": [1, 2, {"y": 3.5}], "n": null, "t": "a", "provenance": {"seed": 1}, "stop_utc": "now"}' >a.json
echo '{"t": "a", "n": null, "x": [1, 2, {"y": 3.25}], "provenance": {"seed": 2}, "more": 1}' >b.json
expect 0 "" "$loligo" compare a.json a.json
expect 1 "" "$loligo" compare a.json b.json
out "x[2].y: 3.5 | 3.25"
out "more: missing | 1"
expect 3 "a.json is JSON, but a.csv is CSV" "$loligo" compare a.json a.csv
one_line
expect 3 "none.json" "$loligo" compare a.json none.json
expect 3 "cannot be opened" "$loligo" compare none.json a.json
expect 2 "must be 0 or more" "$loligo" compare a.json a.json --rtol -1
echo '{"x": 1, "x": 2}' >twice.json
expect 3 "duplicate" "$loligo" compare twice.json twice.json
mkdir one two
cp a.json one/ && cp a.json two/ && cp b.csv two/
expect 1 "" "$loligo" compare one two
out "b.csv: missing | there"
cp a.csv one/b.csv
expect 1 "" "$loligo" compare one two
out "b.csv: column v_mV"
expect 0 "" "$loligo" compare one two --rtol 1e-3

# A result that was printed, run again from another place.
code=0
LOLIGO_RTOL=1e-3 "$loligo" compare a.csv b.csv --json >diff.json 2>err || code=$?
[ $code = 0 ] || fail "compare --json ended with $code: $(cat err)"
mkdir elsewhere
cd elsewhere
expect 0 "" "$loligo" verify ../diff.json
out "verified: "
expect 0 "" env LOLIGO_RTOL=0 "$loligo" verify ../diff.json
cd ..
mv a.csv kept.csv
sed 's/-60/-61/' kept.csv >a.csv
expect 1 "" "$loligo" verify diff.json
out "changed input: a.csv (a)"
mv kept.csv a.csv
expect 0 "" "$loligo" verify diff.json
sed 's/"n_values": 9/"n_values": 8/' diff.json >forged.json
expect 1 "" "$loligo" verify forged.json
out "n_values: was 8, is 9"
expect 1 "" "$loligo" verify forged.json --json
out '"verified": false'
rm b.csv
expect 3 "b.csv" "$loligo" verify diff.json
one_line
expect 3 "provenance" "$loligo" verify a.csv
expect 3 "cannot be opened" "$loligo" verify none.csv
sed 's/"compare",/"vanish",/' diff.json >other.json
cp two/b.csv b.csv
expect 3 "this program knows no command 'vanish'" "$loligo" verify other.json

# A trace: options of the environment are repeated, today's environment is not; several outputs do not meet.
cat >model.json <<'JSON'
{ // regular spiking
  "model": "izhikevich", "variant": "std",
  "parameters": {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}
}
JSON
echo '{"duration_ms": 300, "sample_ms": 0.25, "segments": [{"type": "const", "t0_ms": 50, "t1_ms": 250, "amp_pA": 100}]}' >p.json
mkdir -p made
LOLIGO_SOLVER=euler "$loligo" neuron simulate model.json --protocol p.json --dt 50us -o made/t.csv --spikes made/s.csv --quiet
expect 0 "" "$loligo" verify made/t.csv
out "values are the same, 2 inputs unchanged"
expect 0 "" env LOLIGO_SOLVER=rk4 "$loligo" verify made/s.csv
"$loligo" neuron simulate model.json --protocol p.json -o - --quiet >streamed.csv
expect 0 "" "$loligo" verify streamed.csv
"$loligo" neuron simulate model.json --protocol p.json --json --quiet >printed.json
expect 0 "" "$loligo" verify printed.json
expect 1 "" "$loligo" compare made/t.csv streamed.csv
out "column v_mV"
before=$(cat made/t.csv)
sed 's/"d": 100/"d": 99/' model.json >m2 && mv m2 model.json
expect 1 "" "$loligo" verify made/t.csv
out "changed input: model.json (model)"
[ "$before" = "$(cat made/t.csv)" ] || fail "verify wrote over the result"
finish
