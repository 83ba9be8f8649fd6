# neuron live: frames are what neuron simulate gives; stimuli while it runs; refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 0; }
python3 tests/cli/neuron_live_check.py "$loligo" "$work" examples/cells/granule.swc
cell=examples/cells/granule.json
expect 2 "rate" "$loligo" neuron live $cell --rate 1000
expect 2 "cannot be together" "$loligo" neuron live $cell --nseg 1 --max-dx-um 3
expect 3 "none.json" "$loligo" neuron live "$work/none.json"
expect 3 "run live" "$loligo" neuron live $cell --max-dx-um 0.05
printf '{"model": "hh52"}' >"$work/hh.json"
expect 2 "is for cells with shape" "$loligo" neuron live "$work/hh.json" --nseg 3
finish
