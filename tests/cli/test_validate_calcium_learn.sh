# Networks of gates that ship, beside what they were learned from: memory; a folder without networks is said so.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

"$loligo" validate calcium-learn --only 14 >"$work/table" 2>"$work/err" || true
[ "$(grep -c 'squid sodium.*goal$' "$work/table")" = 2 ] || fail "sodium's memory: $(cat "$work/table" "$work/err")"
"$loligo" validate calcium-learn --only 14 --json >"$work/json" 2>/dev/null || true
grep -q '"must_met"' "$work/json" || fail "no figures in json"
expect 2 "the rows are 11 to 15" "$loligo" validate calcium-learn --only 3
mkdir "$work/none"
expect 2 "there is no network kl-latent" "$loligo" validate calcium-learn --only 14 --models "$work/none"
finish
