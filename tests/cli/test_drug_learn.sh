# loligo drug learn and predict: a known effect, the file in between, and what is refused.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

awk 'BEGIN {
  print "letter,state,no_of_APs,current_injection,treatment"
  for (c = 0; c < 6; c++) for (s = 0; s < 2; s++) for (k = -5; k <= 4; k++) {
    b = (0.2 + 0.03 * c) * (10 * k + 25); if (b < 0) b = 0
    printf "%c,%s,%g,%d,%s\n", 65 + c, s ? "Insulin" : "Baseline", s ? 0.6 * b : b, 10 * k, c % 2 ? "one" : "two"
  }
}' >"$work/pairs.csv"
grep -v Insulin "$work/pairs.csv" >"$work/baseline.csv"

expect 0 "" "$loligo" drug learn "$work/pairs.csv" -o "$work/effect.json" --quiet
out "Insulin, 6 cells"
out "each cell predicted from the others"
out "each group predicted from the others"
[ "$(grep -c '6/6' "$work/out")" = 2 ] || fail "not every sign is right: $(cat "$work/out")"
expect 0 "" "$loligo" drug learn "$work/pairs.csv" --test "$work/pairs.csv" --json --quiet
out '"schema": "loligo-drug-learn/1"'
out '"test"'
expect 0 "" "$loligo" drug predict "$work/effect.json" "$work/baseline.csv" -o "$work/p.csv" --quiet
grep -q '^"C","two",0.5,40,16.9,10' "$work/p.csv" || fail "prediction of C at 40 pA: $(grep '^"C".*,40,' "$work/p.csv")"
expect 0 "" "$loligo" drug predict "$work/effect.json" "$work/baseline.csv" --dose 0 -o - --quiet
[ "$(grep -c '^"C","two",0,40,16.9,16.9,16.9,16.9,1' "$work/out")" = 1 ] || fail "an effect without drug"
expect 0 "outside" "$loligo" drug predict "$work/effect.json" "$work/baseline.csv" --dose 1mM -o "$work/q.csv"
expect 0 "right in 6 of 6" "$loligo" drug predict "$work/effect.json" "$work/pairs.csv" --json
expect 0 "" "$loligo" verify "$work/effect.json" --quiet

printf 'cell,state\nA,Baseline\n' >"$work/bad.csv"
expect 3 "no column" "$loligo" drug learn "$work/bad.csv"
one_line
expect 2 "at least three" "$loligo" drug learn "$work/baseline.csv"
expect 3 "not valid JSON" "$loligo" drug predict "$0" "$work/baseline.csv"
echo '{"schema": "loligo-drug-effect/2"}' >"$work/e.json"
expect 3 "is not loligo-drug-effect/1" "$loligo" drug predict "$work/e.json" "$work/baseline.csv"
expect 2 "--dose" "$loligo" drug predict "$work/effect.json" "$work/baseline.csv" --dose=-1uM
finish
