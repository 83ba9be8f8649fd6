# loligo validate: figures of the identification on a few neurons, and what is refused.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

expect 0 "" "$loligo" validate clone-izhikevich --neurons 8 --seed 3 --threads 1 --quiet --json
one=$(grep -o '"accepted":[^,]*,' "$work/out" | head -1)
case $one in
*[678],) ;;
*) fail "accepted of 8 neurons: $one" ;;
esac
cp "$work/out" "$work/one.json"
expect 0 "" "$loligo" validate clone-izhikevich --neurons 8 --seed 3 --threads 2 --quiet --json
same() { sed -n '/"found"/,/\]/p' "$1"; }
[ "$(same "$work/out" | wc -l)" -ge 8 ] || fail "no parameters of 8 neurons"
[ "$(same "$work/one.json")" = "$(same "$work/out")" ] || fail "two threads find something else"
expect 0 "" "$loligo" validate clone-izhikevich --neurons 4 --quiet
out "R2 accepted"
out "inside 95 % interval"
expect 0 "" "$loligo" validate clone-tm --neurons 2 --quiet
out "gNa"

expect 2 "--neurons" "$loligo" validate clone-izhikevich --neurons 0
one_line
expect 2 "--protocol" "$loligo" validate clone-tm --protocol cat
finish
