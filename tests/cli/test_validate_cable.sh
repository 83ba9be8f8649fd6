# The reference solutions of cells with shape, where they are: the quick ones.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
ref=${LOLIGO_SHARED:-$(dirname "$0")/../../../shared}/data/cable/ref
expect 3 "cannot be opened" "$loligo" validate cable "$work/none"
mkdir "$work/empty"
expect 3 "no reference solution is there" "$loligo" validate cable "$work/empty"
if [ -d "$ref" ]; then
  expect 0 "" "$loligo" validate cable "$ref" --case a_ --quiet
  out "14 of 14 figures meet what they must"
  expect 0 "" "$loligo" validate cable "$ref" --case e_channels --json --quiet
  out '"n_failed": 0'
else
  echo "SKIP: $ref is not here; set LOLIGO_SHARED to the shared folder" >&2
fi
finish
