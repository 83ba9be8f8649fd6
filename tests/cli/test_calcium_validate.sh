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
  expect 0 "" "$loligo" validate calcium "$ref" --only 20 --quick --quiet
  out "2 of 2 figures meet what they must"
  expect 0 "" "$loligo" validate calcium "$ref" --only 16 --quiet
  out "3 of 3 figures meet what they must, 3 of 3 goals"
  expect 3 "no figure of row 99" "$loligo" validate calcium "$ref" --only 99
else
  echo "SKIP: $ref is not here; set LOLIGO_SHARED to the shared folder" >&2
fi
cat > "$work/short.json" <<'JSON'
{"geometry": {"L_um": 16, "R_um": 0.4, "r_ER_um": 0.15}, "t_end_s": 0.015,
 "stimulus": {"j0_uM_um_s": 2500, "sigma_um": 0.5, "t_off_s": 0.001}}
JSON
for scheme in imex2 rodas4; do
  expect 0 "by its own estimate the steps put the speed off by" "$loligo" calcium simulate "$work/short.json" -o "$work/$scheme" \
    --scheme $scheme --tolerance 1e-3 --max-dx-um 0.2 --no-report
  grep -q '"time_error_estimate"' "$work/$scheme/summary.json"
done
expect 2 "allowed is 1e-7 to 0.1" "$loligo" calcium simulate "$work/short.json" -o "$work/bad" --tolerance 2 --no-report
finish
