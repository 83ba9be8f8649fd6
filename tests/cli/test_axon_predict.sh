# loligo axon predict: rows by the network or by simulation, what is out of range, what is refused in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA/axon
seeds=$(cd "$(dirname "$0")/../../fuzz/seeds/axon_net" && pwd)
cd "$work"
rows() { grep -v '^#' "$1"; }

# a network that knows nothing like these: all rows are those of the simulation
expect 0 "10 of 10 profiles are out of the network's range and were simulated" \
  "$loligo" axon predict "$data/ref_open_profiles.csv" -o out.csv --net "$seeds/peak.safetensors"
rows out.csv | head -1 | grep -qx 'name,mt,mt_sd,axl,axl_sd,tau_pct,tau_pct_sd,nf_pct,nf_pct_sd,in_range,source' ||
  fail "columns: $(rows out.csv | head -1)"
"$loligo" axon simulate "$data/ref_open_profiles.csv" -o direct.csv --quiet
rows out.csv | cut -d, -f1,2,4,6,8 >a
rows direct.csv | cut -d, -f1-5 >b
cmp -s a b || fail "out of range, but not what simulate says"
[ "$(rows out.csv | grep -c ',0,direct$')" = 10 ] || fail "rows that are not direct"
expect 1 "10 of 10 profiles are out of the network's range (in_range 0)" \
  "$loligo" axon predict "$data/ref_open_profiles.csv" -o kept.csv --net "$seeds/peak.safetensors" --no-fallback
[ "$(rows kept.csv | grep -c ',0,net$')" = 10 ] || fail "rows that are not the network's"
expect 0 "" "$loligo" axon predict "$data/ref_open_profiles.csv" -o one.csv --net "$seeds/peak.safetensors" --threads 1 \
  --quiet --json
out '"schema": "loligo-axon-predict/1"'
out '"n_out_of_range": 10'
rows one.csv >a
rows out.csv >b
cmp -s a b || fail "another number of threads, another prediction"
expect 0 "" "$loligo" axon predict "$data/ref_open_profiles.csv" -o - --net "$seeds/peak.safetensors" --quiet
grep -v '^#' "$work/out" >a
cmp -s a b || fail "another prediction on stdout"
expect 0 "" "$loligo" axon predict "$data/ref_open_profiles.csv" -o out.h5 --net "$seeds/peak.safetensors" --quiet
expect 0 "" "$loligo" info out.h5
out 'tau_pct_sd'

# networks that learned twenty pulses: each is its own nearest one, and in range
awk 'BEGIN { printf "t_s"; for (j = 1; j <= 20; j++) printf ",p%d", j; print ""
  for (k = 0; k <= 100; k++) { printf "%g", k / 1000
    for (j = 1; j <= 20; j++) printf ",%.6f", k < 20 + 3 * j ? 0.008 * j * sin(3.14159265 * k / (20 + 3 * j)) : 0
    print "" } }' >pulses.csv
"$loligo" axon simulate pulses.csv -o pulses-direct.csv --quiet
"$loligo" axon learn pulses.csv pulses-direct.csv -o own.safetensors --nets 2 --epochs 6 --quiet >learned
expect 0 "20 profiles; written" "$loligo" axon predict pulses.csv -o net.csv --net own.safetensors
[ "$(rows net.csv | grep -c ',1,net$')" = 20 ] || fail "not in range: $(rows net.csv | head -3)"
[ "$(rows net.csv | sed 1d | cut -d, -f2 | sort -u | wc -l)" = 20 ] || fail "the network says the same of all"
expect 1 "20 of 20 profiles are out" "$loligo" axon predict pulses.csv -o none.csv --net own.safetensors --reach 0 --no-fallback
expect 2 "--reach is -1; allowed is 0 to 10" "$loligo" axon predict pulses.csv -o none.csv --net own.safetensors --reach -1
printf 't_s,late,flat\n' >long.csv
awk 'BEGIN { for (k = 0; k <= 150; k++) printf "%g,%g,%g\n", k / 1000, (k > 120) * 0.01 * (k - 120), 0.001 * k / 150 }' >>long.csv
"$loligo" axon predict long.csv -o long-net.csv --net own.safetensors --quiet
rows long-net.csv | grep -q '^late,.*,0,direct$' || fail "a peak after 100 ms: $(rows long-net.csv)"

expect 0 "" "$loligo" info "$seeds/peak.safetensors"
out "2 networks of layout 'peak'"
out "the default male axon"
expect 0 "" "$loligo" info "$seeds/peak.safetensors" --json
out '"known_threshold": 0.0625'

# what cannot be
printf 't_s,a,torn\n0,0,0\n0.001,0.01,-0.95\n0.002,0.02,-0.95\n' >torn.csv
expect 6 "1 of them failed (nan)" "$loligo" axon predict torn.csv -o torn-out.csv --net own.safetensors
rows torn-out.csv | grep -qx 'torn,nan,nan,nan,nan,nan,nan,nan,nan,0,direct' || fail "torn: $(rows torn-out.csv)"
expect 2 "where to" "$loligo" axon predict "$data/ref_open_profiles.csv" --net "$seeds/peak.safetensors"
expect 3 "IO" "$loligo" axon predict missing.csv -o x.csv --net "$seeds/peak.safetensors"
one_line
expect 3 "IO" "$loligo" axon predict "$data/ref_open_profiles.csv" -o x.csv --net missing.safetensors
one_line
expect 3 "FORMAT" "$loligo" axon predict "$data/ref_open_profiles.csv" -o x.csv --net "$data/ref_open_profiles.csv"
one_line
head -c 4000 "$seeds/peak.safetensors" >half.safetensors
expect 3 "half.safetensors" "$loligo" axon predict "$data/ref_open_profiles.csv" -o x.csv --net half.safetensors
one_line
expect 3 "FORMAT" "$loligo" axon predict "$seeds/peak.safetensors" -o x.csv --net "$seeds/peak.safetensors"
one_line
printf 't_s,a\n0,0\n0.001,5\n0.002,12\n' >percent.csv
expect 3 "percent? divide by 100" "$loligo" axon predict percent.csv -o x.csv --net "$seeds/peak.safetensors"
one_line
echo '{"K": 0.2}' >other.json
expect 2 "K is 0.2, but the network learned an axon with 0.1" "$loligo" axon predict "$data/ref_open_profiles.csv" \
  -o x.csv --net "$seeds/peak.safetensors" --params other.json
one_line
echo '{"K": 0.1}' >same.json
expect 0 "" "$loligo" axon predict "$data/ref_open_profiles.csv" -o x.csv --net "$seeds/peak.safetensors" \
  --params same.json --quiet
rm x.csv
expect 5 "IO" "$loligo" axon predict "$data/ref_open_profiles.csv" -o nowhere/x.csv --net "$seeds/peak.safetensors"
test ! -e x.csv
finish
