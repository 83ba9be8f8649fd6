# docs/formats.md holds what `loligo help formats` prints.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
expect 0 "" "$loligo" help formats
awk '/^```text$/ {on = 1; next} /^```$/ {if (on) exit} on' docs/formats.md >"$work/docs"
diff "$work/out" "$work/docs" >&2 || fail "docs/formats.md differs from 'loligo help formats'"
finish
