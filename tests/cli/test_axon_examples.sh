# The examples of axons under strain do what their page says.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
examples=$(cd "$(dirname "$0")/../../examples/axon" && pwd)
cd "$work"
expect 0 "6 profiles; written to damage.csv" "$loligo" axon simulate "$examples/profiles.csv" -o damage.csv
# the slow fibre loses more tau and strains its microtubules 3.5 times less than the fast one
grep -v '^#' damage.csv | awk -F, '$1 == "slow" {m = $2; t = $4} $1 == "fast" {f = $2; u = $4}
  END {exit !(t > u && f / m > 3.3 && f / m < 3.7)}' || fail "slow and fast: $(cat damage.csv)"
expect 0 "" "$loligo" axon simulate "$examples/profiles.csv" --params "$examples/soft.json" -o soft.csv --quiet
paste -d, damage.csv soft.csv | grep '^severe' | awk -F, '{exit !($9 < $2)}' || fail "softer tau loads microtubules more"
expect 0 "" "$loligo" axon population "$examples/profiles.csv" --seeds 1..4 -o spread.csv --quiet
grep -q '^severe,mt,4,' spread.csv
finish
