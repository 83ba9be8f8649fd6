# Gates from recordings: trains, says how it does on what was held out, the same for any threads; refusals in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

"$loligo" calcium clamp -o "$work/k.csv" --channel hh-k --number 14 --protocols steps,ramps --seed 3 2>/dev/null
learn="calcium learn $work/k.csv --inputs v --powers 4 --hidden 8,8 --epochs 5 --rounds 1 --iterations 10 --ion k"
# shellcheck disable=SC2086
"$loligo" $learn -o "$work/a.safetensors" --threads 1 >"$work/table" 2>/dev/null || fail "learning"
grep -q "held-out protocols" "$work/table" || fail "no table: $(cat "$work/table")"
# shellcheck disable=SC2086
"$loligo" $learn -o "$work/b.safetensors" --threads 2 --json >"$work/json" 2>/dev/null || fail "learning, json"
grep -q '"rmse"' "$work/json" || fail "no rmse in json"
# the command stands in the metadata, so compare what is behind the header
tail -c 200 "$work/a.safetensors" >"$work/a"
tail -c 200 "$work/b.safetensors" >"$work/b"
cmp -s "$work/a" "$work/b" || fail "threads change the network"
[ ! -e "$work/a.safetensors.state" ] || fail "the state stays behind"

"$loligo" calcium clamp -o "$work/r.csv" --channel rise --number 6 --protocols transients --seed 3 2>/dev/null
"$loligo" calcium learn "$work/r.csv" --form paper --hidden 6 --epochs 2 --rounds 0 -o "$work/p.safetensors" \
  >"$work/table" 2>/dev/null || fail "the paper's form"
grep -q "P from" "$work/table" || fail "no table of the paper's form"

printf 'protocol,t_s,u_uM,dudt_uM_per_s,P\na,0,0.05,0,0.1\na,1,0.05,0,1.5\n' >"$work/bad.csv"
expect 3 "line 3: P is 1.5; allowed is 0 to 1" "$loligo" calcium learn "$work/bad.csv" -o "$work/n.safetensors"
one_line
expect 3 "say --inputs v" "$loligo" calcium learn "$work/k.csv" -o "$work/n.safetensors"
expect 3 "nothing.csv" "$loligo" calcium learn "$work/nothing.csv" -o "$work/n.safetensors"
expect 2 "--latent is 9" "$loligo" calcium learn "$work/r.csv" -o "$work/n.safetensors" --latent 9
expect 2 "no latent gates" "$loligo" calcium learn "$work/r.csv" -o "$work/n.safetensors" --latent 1 --form paper
expect 2 "--powers '3'" "$loligo" calcium learn "$work/r.csv" -o "$work/n.safetensors" --latent 1 --powers 3
expect 2 "--hidden '8,4'" "$loligo" calcium learn "$work/r.csv" -o "$work/n.safetensors" --hidden 8,4
finish
