# loligo axon simulate: further columns, presets, impacts one after another; what is refused, in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA/axon
cd "$work"
rows() { grep -v '^#' "$1"; }
echo '{"preset": "female", "nel": 40}' >female.json
expect 0 "10 profiles" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o further.csv --params female.json --further
rows further.csv | head -1 |
  grep -q '^name,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct,reaction_pN,mt_compression,undulation_nm,mt_time_ms,axl_time_ms,injured$'
rows further.csv | grep -q '^ramp20_to_0.12,.*,[01]$'
expect 0 "" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o six.csv --params female.json --quiet
rows further.csv | cut -d, -f1-7 >a
rows six.csv >b
cmp -s a b || fail "further columns change the six"
echo '{"nel": 40}' >short.json
expect 0 "" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o preset.csv --params short.json --preset female --quiet
rows preset.csv >a
cmp -s a b || fail "the preset of the command line is not that of the file"
expect 0 "30 impacts; written to" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o three.csv --params female.json \
  --repeat 3 --rest 20
rows three.csv | grep -q '^p2:3,'
expect 0 "" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o order.csv --params female.json \
  --sequence p4,p2,p4 --json
out '"n_impacts": 3'
rows order.csv | sed 1d | cut -d, -f1 | tr '\n' ' ' | grep -q '^p4:1 p2:2 p4:3 $'
one=$(rows six.csv | grep '^p4,' | cut -d, -f2-)
rows order.csv | grep -q "^p4:1,$one\$" || fail "the first impact is not the profile alone"
expect 2 "there is no profile 'p99'" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o x.csv --sequence p1,p99
one_line
expect 3 "allowed is 1 to 1000" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o x.csv --repeat 0
one_line
expect 2 "not both" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o x.csv --repeat 2 --sequence p1
expect 2 "goes with" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o x.csv --rest 5
expect 2 "above 0" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o x.csv --injury-threshold 0
echo '{"preset": "neither"}' >bad.json
expect 3 "there are male and female" "$loligo" axon simulate "$data/ref_open_profiles.csv" --params bad.json -o x.csv
one_line
test ! -e x.csv
finish
