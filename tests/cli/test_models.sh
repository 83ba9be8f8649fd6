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
  case $name in cable/*) page=cable-mechanisms.md ;; axon/*) page=axon-constants.md ;; *) page=models.md ;; esac
  case $name in
  network/*) [ -f "$here/models/${name#network/}.safetensors" ] || fail "$name is listed but not there" ;;
  *) grep -q "^## $name\$" "$here/docs/$page" || fail "docs/$page lacks $name" ;;
  esac
  expect 0 "" "$loligo" describe "$name" --json
  out '"schema": "loligo-model/1"'
done <"$work/names"
(cd "$here/models" && find . -name '*.safetensors') | sed 's|^\./|network/|; s|\.safetensors$||' | while read -r name; do
  grep -qx "$name" "$work/names" || echo "$name" >>"$work/unlisted"
done
[ ! -e "$work/unlisted" ] || fail "networks that loligo models does not list (src/app/cli/shipped.c): $(cat "$work/unlisted")"
expect 0 "" "$loligo" describe network/calcium/kl
out "gates of a channel"
expect 0 "" "$loligo" models --room network --json
out '"name": "network/drug-delta"'
expect 2 "did you mean 'network/calcium/kl'?" "$loligo" describe network/calcium/kj
expect 2 "did you mean 'neuron/izhikevich/std'?" "$loligo" describe neuron/izhikevic/std
one_line
expect 2 "loligo models" "$loligo" describe qqqqqqqqqqqqqqqqqqqqqqqqqqq

for page in models:neuron cable-mechanisms:cable axon-constants:axon; do
  file=$here/docs/${page%:*}.md
  "$loligo" models --markdown --room "${page#*:}" >"$work/list.md"
  sed -n '/^## [a-z]*\//,$p' "$file" >"$work/docs.md"
  sed 1d "$work/list.md" | diff - "$work/docs.md" >&2 ||
    fail "$file is out of date: append 'loligo models --markdown --room ${page#*:}'"
done
expect 0 "" "$loligo" describe axon/female
grep -Eq "^  rows +1 +7 " "$work/out" || fail "the female axon has not 7 rows"
expect 0 "" "$loligo" describe axon/male
grep -Eq "^  rows +1 +19 " "$work/out" || fail "the male axon has not 19 rows"
out "pN s/nm2"
expect 0 "" "$loligo" describe cable/hh
out "gnabar"
expect 0 "" "$loligo" describe NaTs2_t
out "gNaTs2_tbar"
expect 2 "did you mean 'cable/Exp2Syn'?" "$loligo" describe cable/Exp2Sy
finish
