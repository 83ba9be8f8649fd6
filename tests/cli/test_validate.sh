# loligo validate: figures of the identification on a few neurons, and what is refused.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

expect 0 "" "$loligo" validate clone-izhikevich --neurons 4 --seed 3 --threads 1 --quiet --json
one=$(grep -o '"accepted":[^,]*,' "$work/out" | head -1)
case $one in
*[34],) ;;
*) fail "accepted of 4 neurons: $one" ;;
esac
cp "$work/out" "$work/one.json"
expect 0 "" "$loligo" validate clone-izhikevich --neurons 4 --seed 3 --threads 2 --quiet --json
same() { sed -n '/"found"/,/\]/p' "$1"; }
[ "$(same "$work/out" | wc -l)" -ge 4 ] || fail "no parameters of 4 neurons"
[ "$(same "$work/one.json")" = "$(same "$work/out")" ] || fail "two threads find something else"
expect 0 "" "$loligo" validate clone-izhikevich --neurons 2 --quiet
out "R2 accepted"
out "inside 95 % interval"
out "effective sample size"
expect 0 "" "$loligo" validate clone-izhikevich --neurons 1 --quiet --posterior laplace
! grep -q "effective sample size" "$work/out" || fail "samples that were not asked for"
expect 0 "" "$loligo" validate clone-tm --neurons 1 --quiet
out "gNa"

expect 0 "" "$loligo" validate wrong-family --neurons 1 --starts 1 --quiet
out "false alarms"
[ "$(grep -c '100.0%' "$work/out")" = 6 ] || fail "not every recording of a wrong family is flagged"

printf x >"$work/net.safetensors"
expect 3 "net.safetensors" "$loligo" validate clone-tm --neurons 1 --network "$work/net.safetensors"
expect 3 "none.abf" "$loligo" validate wrong-family "$work/none.abf" --neurons 1
expect 2 "--neurons" "$loligo" validate clone-izhikevich --neurons 0
one_line
expect 2 "--protocol" "$loligo" validate clone-tm --protocol cat
finish
