# loligo drug delta: a change between two recordings, between two twins, and what is refused.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

expect 0 "" "$loligo" validate drug-delta --number 2 --record "$work/pairs" --quiet --json
out '"right_target": 2'
expect 0 "" "$loligo" drug delta "$work/pairs/000001-before.csv" "$work/pairs/000001-after.csv" --quiet -o "$work/d.json"
out "target gM: +"
grep -q '"target": "gM"' "$work/d.json" || fail "DELTA.json names no target"
cp "$work/out" "$work/one"
expect 0 "" "$loligo" drug delta "$work/pairs/000001-before.csv" "$work/pairs/000001-after.csv" --quiet --threads 1
cmp -s "$work/out" "$work/one" || fail "another number of threads, another answer"
expect 0 "" "$loligo" verify "$work/d.json" --quiet

expect 0 "" "$loligo" validate drug-delta --model izhikevich --number 1 --record "$work/izh" --quiet
out "k -30 %"
for side in before after; do
  expect 0 "" "$loligo" clone "$work/izh/000000-$side.csv" --model izhikevich -o "$work/$side.json" --quiet
done
expect 0 "" "$loligo" drug delta "$work/before.json" "$work/after.json" --quiet
out "target k: -30."
expect 0 "" "$loligo" drug delta "$work/before.json" "$work/before.json" --quiet
out "no change"

expect 2 "one of each" "$loligo" drug delta "$work/before.json" "$work/pairs/000001-after.csv"
one_line
expect 3 "none.csv" "$loligo" drug delta "$work/none.csv" "$work/pairs/000001-after.csv"
echo '{"schema": "loligo-report/1"}' >"$work/bad.json"
expect 3 "not that of a twin" "$loligo" drug delta "$work/bad.json" "$work/before.json"
expect 2 "--number" "$loligo" validate drug-delta --number 0
finish
