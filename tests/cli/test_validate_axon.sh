# Axons beside reference solutions: the quick rows; a row that is not there; a folder without them; a wrong figure is found.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA/axon
expect 0 "" "$loligo" validate axon "$data" --only 2 --quiet
out "3 of 3 figures meet what they must"
expect 0 "" "$loligo" validate axon "$data" --only 4 --json --quiet
out '"n_failed": 0'
out '"source": "ref_open.json"'
expect 0 "" "$loligo" validate axon "$data" --only 5 --quiet
out "21 of 21 figures meet what they must"
expect 0 "" "$loligo" validate axon "$data" --only 9 --quiet
out "3 of 3 figures meet what they must"
expect 0 "" "$loligo" validate axon "$data" --only 13 --quick --quiet
out "NOT reproduced"
expect 3 "no figure of row 99" "$loligo" validate axon "$data" --only 99
expect 3 "cannot be opened" "$loligo" validate axon "$work/none"
mkdir "$work/wrong"
cp "$data"/ref_open* "$work/wrong"
sed 's/"mt": 0.1083/"mt": 0.1084/' "$data/ref_open.json" >"$work/wrong/ref_open.json"
expect 1 "" "$loligo" validate axon "$work/wrong" --only 3 --quiet
out "5 of 6 figures meet what they must"
finish
