# Cultures beside truth: the quick rows on what ships; a row that is not there; a folder without files; a wrong figure
# is found.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA/culture

expect 0 "" "$loligo" validate culture "$data" --only 1 --quiet
out "6 of 6 figures meet what they must"
expect 0 "" "$loligo" validate culture "$data" --only 2 --json --quiet
out '"n_failed": 0'
out '"schema": "loligo-validate-culture/1"'
out 'processor time of this row'

mkdir "$work/one"
for file in Y.csv edges.csv truth.json; do cp "$data/traces_t3_$file" "$work/one/traces_t1_$file"; done
expect 0 "" "$loligo" validate culture "$work/one" --only 7 --quiet
out "3 of 3 figures meet what they must"
sed 's/"k": 0.04/"k": 0.05/' "$data/traces_t3_truth.json" >"$work/one/traces_t1_truth.json"
expect 1 "" "$loligo" validate culture "$work/one" --only 7 --quiet
out "MISSED"

# the folder that holds the set's folder will do; other names of a set
mkdir "$work/all" "$work/all/mine"
cp "$data/stages_open.json" "$work/all/mine/stages_mine.json"
expect 0 "" "$loligo" validate culture "$work/all" --set mine --only 1 --quiet
sed 's/"q1": 5/"q1": 6/' "$data/stages_open.json" >"$work/all/mine/stages_mine.json"
expect 1 "" "$loligo" validate culture "$work/all" --set mine --only 1 --quiet
out "MISSED"

expect 0 "" "$loligo" validate culture "$data" --only 12 --quick --quiet
out "sets whose interval holds k"
expect 0 "" "$loligo" validate culture "$work/one" --only 15 --quick --quiet
expect 3 "no figure of row 99" "$loligo" validate culture "$data" --only 99
expect 3 "cannot be opened" "$loligo" validate culture "$work/none" --only 1
finish
