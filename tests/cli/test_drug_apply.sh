# loligo drug apply and train drug-delta: treated models, a small learned map, the same bytes again, and what is refused.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

echo '{"model": "tm", "parameters": {}}' >"$work/tm.json"
expect 0 "" "$loligo" drug apply "$work/tm.json" --drug tetrodotoxin --dose 3.8nM -o "$work/ttx.json" --quiet
grep -q '"gNa_scale": 0.5' "$work/ttx.json" || fail "TTX at its IC50 leaves $(grep gNa_scale "$work/ttx.json")"
echo '{"duration_ms": 300, "sample_ms": 0.5, "segments": [{"type": "const", "t0_ms": 50, "t1_ms": 250, "amp_pA": 300}]}' \
  >"$work/p.json"
expect 0 "" "$loligo" neuron simulate "$work/ttx.json" --protocol "$work/p.json" -o "$work/t.csv" --quiet
expect 2 "--dose" "$loligo" drug apply "$work/tm.json" --drug tetrodotoxin
expect 3 "none.json" "$loligo" drug apply "$work/none.json" --drug tetrodotoxin --dose 1uM
expect 2 "did you mean" "$loligo" drug apply "$work/tm.json" --drug tetrodotoxn --dose 1uM
one_line

# a map of 32 neurons: nothing to trust, everything to exercise
echo '{"neurons": 32, "test": 8, "hidden": 8, "batch": 8, "epochs": 2, "leave_out": false}' >"$work/plan.json"
expect 0 "" "$loligo" train drug-delta "$work/plan.json" -o "$work/a.safetensors" --threads 1 --quiet
out "unseen neurons, doses between"
cp "$work/out" "$work/first"
cp "$work/a.safetensors.pairs" "$work/b.safetensors.pairs"
expect 0 "" "$loligo" train drug-delta "$work/plan.json" -o "$work/b.safetensors" --threads 2 --quiet
cmp -s "$work/out" "$work/first" || fail "another number of threads, other figures"
cmp -s "$work/a.safetensors" "$work/b.safetensors" || fail "another number of threads, another network"
echo '{"model": "izhikevich", "variant": "std", "parameters": {}}' >"$work/izh.json"
expect 0 "" "$loligo" drug apply "$work/izh.json" --drug XE991 --dose 0 --network "$work/a.safetensors" -o "$work/zero.json" --quiet
grep -q '"vt": -40,' "$work/zero.json" || fail "an effect without a dose: $(grep vt "$work/zero.json")"
expect 0 "" "$loligo" drug apply "$work/izh.json" --drug XE991 --dose 1uM --network "$work/a.safetensors" -o "$work/x.json" --quiet
grep -q '"learned"' "$work/x.json" || fail "nothing said of what was learned"
expect 0 "" "$loligo" neuron simulate "$work/x.json" --protocol "$work/p.json" -o "$work/u.csv" --quiet
# the map that ships: a Kv7 opener inhibits, its blocker excites, sodium block raises the threshold
echo '{"model": "izhikevich", "parameters": {"C": 100, "k": 0.7, "vr": -65, "vt": -45, "a": 0.03, "b": 2, "c": -55, "d": 60, "vpeak": 40}}' \
  >"$work/cell.json"
spikes() {
  "$loligo" neuron simulate "$1" --protocol "$work/p.json" -o "$work/v.csv" --spikes "$work/s.csv" --quiet
  grep -c '^[0-9]' "$work/s.csv" || true
}
plain=$(spikes "$work/cell.json")
expect 0 "" "$loligo" drug apply "$work/cell.json" --drug XE991 --dose 3uM -o "$work/more.json" --quiet
expect 0 "" "$loligo" drug apply "$work/cell.json" --drug retigabine --dose 1uM -o "$work/less.json" --quiet
grep -q '"in_range": true' "$work/less.json" || fail "1 uM of retigabine on an ordinary cell: $(grep reason "$work/less.json")"
more=$(spikes "$work/more.json") less=$(spikes "$work/less.json")
[ "$less" -lt "$plain" ] && [ "$plain" -lt "$more" ] || fail "spikes $less (retigabine), $plain, $more (XE991)"
expect 0 "outside what was learned" "$loligo" drug apply "$work/cell.json" --drug ZD7288 --dose 0.1uM -o "$work/zd.json"
sed 's/"vr": -65/"vr": -95/' "$work/cell.json" >"$work/odd.json"
expect 0 "outside the training population" "$loligo" drug apply "$work/odd.json" --drug XE991 --dose 1uM -o "$work/odd.out"

expect 2 "another plan" "$loligo" train drug-delta "$work/plan.json" -o "$work/a.safetensors" --seed 2
expect 3 "plan.json" "$loligo" drug apply "$work/izh.json" --drug XE991 --dose 1uM --network "$work/plan.json"
finish
