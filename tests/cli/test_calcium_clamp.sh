# Recordings to learn gates from: the same twice, named columns, refusals in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

for channel in kl closure rise hh-na hh-k vdcc-n vdcc-l; do
  expect 0 "protocols" "$loligo" calcium clamp -o "$work/$channel.csv" --channel $channel --number 7 --seed 2
  "$loligo" calcium clamp -o "$work/again.csv" --channel $channel --number 7 --seed 2 2>/dev/null
  grep -v '^#' "$work/$channel.csv" >"$work/a"
  grep -v '^#' "$work/again.csv" >"$work/b"
  cmp -s "$work/a" "$work/b" || fail "$channel is not the same twice"
done
grep -q '^protocol,t_s,u_uM,dudt_uM_per_s,o2,c1,c2,P$' "$work/kl.csv" || fail "columns of kl"
grep -q '^protocol,t_s,u_mV,dudt_mV_per_s,m,h,P$' "$work/hh-na.csv" || fail "columns of hh-na"
expect 0 "" "$loligo" calcium clamp -o "$work/s.csv" --number 3 --protocols steps,pairs --json
out '"protocols": 3'
grep -q '^pair_1,' "$work/s.csv" || fail "no pair"
expect 2 "allowed is 1 to 100000" "$loligo" calcium clamp -o "$work/s.csv" --number 0
expect 2 "give -o" "$loligo" calcium clamp
expect 2 "no family of protocols" "$loligo" calcium clamp -o "$work/s.csv" --protocols steps,jumps
one_line
finish
