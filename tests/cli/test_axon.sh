# loligo axon simulate: outcomes and traces as files, the same for any threads; what is refused, in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA/axon
cd "$work"
expect 0 "10 profiles; written to out.csv" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o out.csv --trace p7
grep -q '^name,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct$' out.csv
grep -q '^ramp10_to_0.20_decay,' out.csv
grep -v '^#' out-p7.csv | head -1 | grep -q '^t_s,eps,mt_max_now,axl_max_now,tau_lost_frac,nf_lost_frac,reaction_x0_pN,max_excess_compress$'
expect 0 "" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o one.csv --threads 1 --quiet
grep -v '^#' out.csv >a
grep -v '^#' one.csv >b
cmp -s a b || fail "another number of threads, another outcome"
expect 0 "" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o double.csv --params "$data/ref_open.json" \
  --precision double --quiet --json
out '"schema": "loligo-axon/1"'
out '"n_failed": 0'
# HDF5 out, a trace out of many whatever the form, rows of numbers
grep -v '^#' out-p7.csv >trace
expect 0 "" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o out.h5 --trace p7,p2 --quiet
expect 0 "" "$loligo" info out.h5
out "axon outcomes, HDF5 (loligo-axon-outcomes 1)"
grep -q '^out  *float64 ([0-9]*, 6)' out || fail "info does not tell the outcomes: $(cat out)"
grep -q '^  tau_pct  *[0-9.e-]* to [0-9.e-]* %$' out || fail "info tells no range of tau: $(grep tau out)"
out "loligo axon simulate"
expect 0 "" "$loligo" info out.h5 --json
out '"file_format": "loligo-axon-outcomes"'
out '"command": "axon simulate"'
tr -d ' \n' <out | grep -qF '{"name":"mt","unit":null,"min":0.' || fail "info --json tells no range of mt"
grep -v '^#' out-p7.csv | cmp -s - trace || fail "another form of outcomes, another trace"
[ -s out-p2.csv ] || fail "the second trace is missing"
printf '0,0.1,0.2,0.2\n0,0.05,0.1,0.1\n' >rows.csv
expect 3 "--dt 1ms" "$loligo" axon simulate rows.csv -o x.csv
expect 0 "2 profiles as rows of 4 samples, 1 ms apart" "$loligo" axon simulate rows.csv -o rows-out.csv --dt 1ms
grep -q '^1,' rows-out.csv || fail "rows without names are not numbered"
printf 't_s,a\n0,0\n0.001,5\n0.002,12\n' >percent.csv
expect 3 "percent? divide by 100" "$loligo" axon simulate percent.csv -o x.csv
one_line
printf 't_s,a\n0,0\n0.001,0.01\n0.005,0.02\n' >uneven.csv
expect 3 "even times are needed" "$loligo" axon simulate uneven.csv -o x.csv
printf 't_s,a\n0,0\n0.001,nan\n0.002,0.02\n' >gap.csv
expect 3 "line 3, column 2 'a': the strain is missing" "$loligo" axon simulate gap.csv -o x.csv
printf 'x,a\n0,0\n0.001,0\n' >noname.csv
expect 3 "the first column is 'x'" "$loligo" axon simulate noname.csv -o x.csv
echo '{"K": -1}' >bad.json
expect 3 "K" "$loligo" axon simulate "$data/ref_open_profiles.csv" --params bad.json -o x.csv
echo '{"Kay": 1}' >unknown.json
expect 3 "Kay" "$loligo" axon simulate "$data/ref_open_profiles.csv" --params unknown.json -o x.csv
expect 2 "there is no profile 'nobody'" "$loligo" axon simulate "$data/ref_open_profiles.csv" -o x.csv --trace p7,nobody
expect 2 "where to" "$loligo" axon simulate "$data/ref_open_profiles.csv"
test ! -e x.csv
finish
