# A picture of a recording in three formats; its window, its sweep; what cannot be drawn is said.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")/../.." && pwd)
rec=$here/data/recordings/171116sh_0018.abf
cd "$work"
expect 0 "" "$loligo" plot "$rec" -o all.svg
grep -q ">17 sweeps from 0 to 3000 ms" all.svg || fail "no words in the picture: $(grep '<desc' all.svg)"
grep -q "SHA-256 of the recording" all.svg || fail "the picture does not say what it shows"
expect 0 "" "$loligo" plot "$rec" -o all.png
[ "$(head -c 4 all.png | tail -c 3)" = PNG ] || fail "not a PNG"
expect 0 "" "$loligo" plot "$rec" --sweep 12 --from 140ms --to 0.3s -o one.pdf
[ "$(head -c 4 one.pdf)" = "%PDF" ] || fail "not a PDF"
expect 0 "" "$loligo" plot "$rec" --sweep 12 --from 140 --to 300 -o one.svg
grep -q ">1 sweep from 140 to 300 ms" one.svg || fail "another window: $(grep '<desc' one.svg)"
grep -q "200 pA" one.svg || fail "no legend"
expect 0 "" "$loligo" plot "$rec" --sweep 12 --from 140 --to 300 -o -
cmp -s out one.svg || sed 's/-o -/-o one.svg/' out | cmp -s - one.svg || fail "streamed differs from written"
expect 0 "" "$loligo" plot "$rec" --sweep 12 -o one.svg --json
out '"schema": "loligo-plot/1"'
expect 2 "no sweep 99" "$loligo" plot "$rec" --sweep 99 -o no.svg
expect 3 "no sample lies" "$loligo" plot "$rec" --from 9s --to 10s -o no.svg
expect 2 ".svg, .png, .pdf" "$loligo" plot "$rec" -o no.gif
expect 2 "go together" "$loligo" plot "$rec" --from 1 -o no.svg
[ ! -e no.svg ] || fail "no.svg was written"
finish
