# loligo features: outputs, options, bad input, and docs/features.md as the program's own table.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
rec=$LG_TEST_DATA/File_axon_5.abf

expect 0 "" "$loligo" features "$rec"
out "sweep"
out "V_rest_mV"
expect 0 "" "$loligo" features "$rec" --all
out "AP1_phase_slope_per_ms"
expect 0 "" "$loligo" features "$rec" --json
out '"schema": "loligo-features/1"'
out '"provenance"'
out '"undefined"'
for definition in standard efel ipfx; do
  expect 0 "" "$loligo" features "$rec" --json --definition $definition -o "$work/$definition.json"
  grep -q "\"definition\": \"$definition\"" "$work/$definition.json" || fail "$definition is not in its file"
done
expect 0 "" "$loligo" features "$rec" -o "$work/f.csv"
[ "$(grep -vc '^#' "$work/f.csv")" = 10 ] || fail "the CSV has not one header and nine sweeps"
grep -q '^# definition: standard' "$work/f.csv" || fail "the CSV has no definition"
[ "$(grep -v '^#' "$work/f.csv" | awk -F, '{print NF}' | sort -u | wc -l)" = 1 ] || fail "rows differ in columns"
expect 0 "" "$loligo" features "$rec" -o -
out "sweep,I_hold_pA,I_step_pA"
expect 0 "" "$loligo" features "$rec" --step-on 215.6ms --step-off 0.7156s --json

expect 2 "a recording is missing" "$loligo" features
expect 2 "go together" "$loligo" features "$rec" --step-on 100ms
expect 2 "standard|efel|ipfx" "$loligo" features "$rec" --definition allen
expect 3 "does not lie in sweep" "$loligo" features "$rec" --step-on 1ms --step-off 2s
one_line
expect 3 "RANGE" "$loligo" features "$rec" --window-extra 1s
expect 3 "$work/none.abf" "$loligo" features "$work/none.abf"
one_line
head -c 3000 "$rec" >"$work/cut.abf"
expect 3 "FORMAT" "$loligo" features "$work/cut.abf"
one_line
expect 5 "IO" "$loligo" features "$rec" -o "$work/no/such/folder/f.csv"

# A folder of Igor waves is one recording; each wave is hashed.
expect 0 "4 kHz" "$loligo" features "$LG_TEST_DATA/B6" --json
for wave in "$LG_TEST_DATA"/B6/*.ibw; do
  out "$(sha256sum "$wave" | cut -d' ' -f1)"
done

# The documentation is the table.
"$loligo" features --list markdown >"$work/list.md"
sed -n '/^## Features of a sweep/,$p' docs/features.md >"$work/docs.md"
diff "$work/list.md" "$work/docs.md" >&2 || fail "docs/features.md is out of date: append 'loligo features --list markdown'"
expect 0 "" "$loligo" features --list text
out "AP1_thr_mV"
expect 0 "" "$loligo" features --list text --json
out '"loligo-feature-list/1"'
finish
