# The table of models: listed, described, in the documents; a name that is nearly right is named.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")/../.." && pwd)

expect 0 "" "$loligo" models
out "neuron/izhikevich/std"
cut -d' ' -f1 "$work/out" >"$work/names"
while read -r name; do
  expect 0 "" "$loligo" describe "$name"
  out "Parameters"
  grep -q "^## $name\$" "$here/docs/models.md" || fail "docs/models.md lacks $name"
  expect 0 "" "$loligo" describe "$name" --json
  out '"schema": "loligo-model/1"'
done <"$work/names"
expect 2 "did you mean 'neuron/izhikevich/std'?" "$loligo" describe neuron/izhikevic/std
one_line
expect 2 "loligo models" "$loligo" describe qqqqqqqqqqqqqqqqqqqqqqqqqqq

"$loligo" models --markdown >"$work/list.md"
sed -n '/^## /,$p' "$here/docs/models.md" >"$work/docs.md"
sed 1d "$work/list.md" | diff - "$work/docs.md" >&2 ||
  fail "docs/models.md is out of date: append 'loligo models --markdown'"
finish
