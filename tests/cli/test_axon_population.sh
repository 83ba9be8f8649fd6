# loligo axon population: spread over gaps, each axon as simulate has it, share injured; what is refused.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA/axon
cd "$work"
grep -v '^#' "$data/ref_open_profiles.csv" | cut -d, -f1,2,10 >two.csv
expect 0 "2 profiles on 3 axons" "$loligo" axon population two.csv -o s.csv --each e.csv --seeds 1,7..8 --threshold 0.03,tau_pct=1e9
grep -q '^name,output,n,mean,sd,q05,q25,q50,q75,q95,min,max,share_injured$' s.csv
test "$(grep -c -v '^#' s.csv)" = 13
test "$(grep -c -v '^#' e.csv)" = 7
# seed 1 is the default axon
"$loligo" axon simulate two.csv -o one.csv --quiet
grep -v '^#' one.csv | sed -n 2p | cut -d, -f2- >a
grep -v '^#' e.csv | grep '^p0,1,' | cut -d, -f3- >b
cmp -s a b || fail "seed 1 is not the default axon"
# another seed, by the file of constants
echo '{"seed": 8}' >eight.json
"$loligo" axon simulate two.csv -o one.csv --params eight.json --quiet
grep -v '^#' one.csv | sed -n 3p | cut -d, -f2- >a
grep -v '^#' e.csv | grep '^ramp20_to_0.12,8,' | cut -d, -f3- >b
cmp -s a b || fail "seed 8 is not the axon of seed 8"
grep '^ramp20_to_0.12,mt,3,' s.csv | grep -q ',1$' || fail "all three are beyond the threshold"
grep '^p0,tau_pct,3,' s.csv | grep -q ',0$' || fail "none is beyond the threshold"
grep '^p0,axl,3,' s.csv | grep -q ',nan$' || fail "no threshold, no share"
expect 0 "" "$loligo" axon population two.csv -o t.csv --seeds 1,7,8 --threads 1 --json --quiet --threshold 0.03,tau_pct=1e9
out '"schema": "loligo-axon-population/1"'
out '"n_seeds": 3'
out '"share_injured": 1'
grep -v '^#' s.csv >a
grep -v '^#' t.csv >b
cmp -s a b || fail "another number of threads, another spread"
expect 2 "stands twice" "$loligo" axon population two.csv -o x.csv --seeds 1..4,2
one_line
expect 2 "no seeds" "$loligo" axon population two.csv -o x.csv --seeds 9..1
expect 2 "no seeds" "$loligo" axon population two.csv -o x.csv --seeds 1,
expect 2 "more than 1000000" "$loligo" axon population two.csv -o x.csv --seeds 0..1000000
expect 2 "no output 'mtt'" "$loligo" axon population two.csv -o x.csv --seeds 1 --threshold mtt=1
expect 2 "is no NAME=NUMBER" "$loligo" axon population two.csv -o x.csv --seeds 1 --threshold mt=0.2x
expect 2 "where to" "$loligo" axon population two.csv
expect 3 "cannot be opened" "$loligo" axon population none.csv -o x.csv
test ! -e x.csv
# thresholds: one row for each axon, and the share injured by the axons' own
echo '{"rows": 7, "nel": 40}' >small.json
expect 0 "not a universal threshold" "$loligo" axon threshold -o th.csv --grid g.csv --seeds 1..3 --params small.json
grep -q '^seed,mt_separates,mt_uninjured_max,mt_injured_min,mt_margin_pct,mt_threshold,axl_separates' th.csv
test "$(grep -c -v '^#' th.csv)" = 4
test "$(grep -c -v '^#' g.csv)" = 37
expect 0 "" "$loligo" axon threshold -o tj.csv --seeds 1..3 --params small.json --json --quiet --threads 1
out '"schema": "loligo-axon-threshold/1"'
grep -v '^#' th.csv >a
grep -v '^#' tj.csv >b
cmp -s a b || fail "another number of threads, another threshold"
expect 0 "" "$loligo" axon population two.csv -o s.csv --seeds 1..3 --params small.json --threshold own --quiet
grep '^p0,mt,3,' s.csv | grep -q ',0$' || fail "a small strain injures"
expect 2 "a strain above 0" "$loligo" axon threshold -o x.csv --fixed 0
test ! -e x.csv
# sensitivities: ranked for each output, drawn, and each by itself
cut -d, -f1,2 two.csv >one.csv
expect 0 "mean over 1 profiles and 2 axons" "$loligo" axon sensitivity one.csv -o sens.csv --seeds 1,2 --params small.json \
  --each each.csv --picture tornado.svg
grep -q '^output,constant,unit,value,method,rank,mean,sd,size,min,max,n$' sens.csv
test "$(grep -c -v '^#' sens.csv)" = 129
test "$(grep -c -v '^#' each.csv)" = 257
grep -q '^mt,[a-zA-Z_]*,.*,1,' sens.csv || fail "nothing is ranked first"
grep -q '<svg' tornado.svg && grep -q 'neurofilaments lost' tornado.svg || fail "no tornado"
expect 0 "" "$loligo" axon sensitivity one.csv -o sj.csv --seeds 1,2 --params small.json --json --quiet --threads 1
out '"schema": "loligo-axon-sensitivity/1"'
grep -v '^#' sens.csv >a
grep -v '^#' sj.csv >b
cmp -s a b || fail "another number of threads, another sensitivity"
expect 2 ".svg, .png or .pdf" "$loligo" axon sensitivity one.csv -o x.csv --picture x.txt
expect 2 "where to" "$loligo" axon sensitivity one.csv
test ! -e x.csv
# spread: learned from every outcome of a population
awk 'BEGIN { printf "t_s"; for (c = 1; c <= 24; c++) printf ",c%d", c; print ""
  for (t = 0; t <= 60; t++) { printf "%g", t / 1000
    for (c = 1; c <= 24; c++) { x = t * 0.001 * (2 + c % 7); h = 0.01 + 0.005 * c; printf ",%g", x < h ? x : h }; print "" } }' >many.csv
"$loligo" axon population many.csv -o ms.csv --each me.csv --seeds 1..6 --params small.json --quiet
expect 0 "24 profiles on at least 6 axons" "$loligo" axon spread many.csv me.csv -o sp.safetensors --params small.json --folds 4
expect 0 "" "$loligo" axon spread many.csv me.csv -o sq.safetensors --params small.json --folds 4 --json --quiet --threads 1
out '"mt_population_sd"'
cmp -s sp.safetensors sq.safetensors || fail "another number of threads, another model"
expect 3 "no profile has outcomes of the reference seed" "$loligo" axon spread one.csv me.csv -o x.safetensors
expect 3 "no column 'seed'" "$loligo" axon spread many.csv ms.csv -o x.safetensors
expect 2 "where to" "$loligo" axon spread many.csv me.csv
expect 2 "is for --population" "$loligo" axon predict many.csv -o x.csv --spread sp.safetensors
test ! -e x.safetensors
finish
