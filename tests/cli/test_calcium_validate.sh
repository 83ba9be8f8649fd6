# Reference waves of calcium, where they are: the quick figures.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
ref=${LOLIGO_SHARED:-$(dirname "$0")/../../../shared}/data/calcium
expect 3 "cannot be opened" "$loligo" validate calcium "$work/none"
if [ -d "$ref" ]; then
  expect 0 "" "$loligo" validate calcium "$ref" --only 9 --quiet
  out "11 of 11 figures meet what they must"
  expect 0 "" "$loligo" validate calcium "$ref" --only 5 --quick --json --quiet
  out '"n_failed": 0'
  expect 3 "no figure of row 99" "$loligo" validate calcium "$ref" --only 99
else
  echo "SKIP: $ref is not here; set LOLIGO_SHARED to the shared folder" >&2
fi
finish
