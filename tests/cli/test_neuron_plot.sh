# Pictures of cells with shape: voltage on the morphology, path by time, traces, rasters.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
case=$LG_TEST_DATA/cable/neuron_spikes.json
net=$(cd "$(dirname "$0")/../.." && pwd)/examples/networks/ei.json
cd "$work"
expect 0 "" "$loligo" neuron plot "$case" --at 0,5,10ms -o voltage.svg --nseg 5
grep -q "The cell at 3 times from 0 to 10 ms" voltage.svg || fail "no words: $(grep '<desc' voltage.svg)"
grep -q ">10 ms<" voltage.svg || fail "no title over the last panel"
grep -q "v (mV)" voltage.svg || fail "no bar of shades"
expect 0 "" "$loligo" neuron plot "$case" --low -80mV --high 0.04V -o voltage.png --nseg 5 --json
[ "$(head -c 4 voltage.png | tail -c 3)" = PNG ] || fail "not a PNG"
out '"low_mV": -80'
out '"high_mV": 40'
expect 0 "" "$loligo" neuron plot "$case" --as space-time -o path.svg --nseg 5
grep -q "way from the soma" path.svg || fail "no axis of places"
expect 0 "" "$loligo" neuron plot "$case" --as space-time --path-to sec:1:1 --from 0 --to 10 -o path.pdf --nseg 5
[ "$(head -c 4 path.pdf)" = "%PDF" ] || fail "not a PDF"
expect 0 "" "$loligo" neuron plot "$case" --as traces -o traces.svg --nseg 5
grep -q "membrane potential (mV)" traces.svg || fail "no axis of voltages"
# the same traces out of a file; spikes as a raster
expect 0 "spikes at" "$loligo" neuron simulate "$case" --nseg 5 -o t.csv --spikes s.csv
expect 0 "" "$loligo" neuron plot t.csv -o again.svg --json
out '"as": "traces"'
expect 0 "" "$loligo" neuron plot s.csv -o raster.svg --json
out '"as": "raster"'
grep -q "spikes per ms" raster.svg || fail "no counts below the raster"
printf 'population,cell,t_ms\nexc,3,1.5\ninh,0,2\nexc,7,3\n' >net.csv
expect 0 "" "$loligo" neuron plot net.csv -o net.svg
grep -q "exc (2 spikes)" net.svg || fail "no legend of populations"
# `plot` knows them too
expect 0 "" "$loligo" plot t.csv -o again.svg
expect 0 "" "$loligo" plot s.csv -o raster.svg
expect 2 "loligo neuron plot simulates and draws it" "$loligo" plot "$case" -o no.svg
# the example that ships
expect 0 "" "$loligo" neuron plot "$(dirname "$net")/../cells/granule.json" --at 2,4,5 -o granule.svg
# networks: their spikes
expect 0 "spikes in" "$loligo" neuron simulate "$net" --spikes raster.csv
expect 0 "" "$loligo" neuron plot raster.csv -o net.svg
grep -q "spikes)" net.svg || fail "no legend of populations"
expect 2 "is a network: simulate it" "$loligo" neuron plot "$net" -o no.svg
expect 0 "" "$loligo" info "$net"
out "population"
expect 0 "" "$loligo" info "$net" --json
out '"kind": "network of cells"'
# what cannot be drawn is said
expect 3 "1e+06 ms is not in the run" "$loligo" neuron plot "$case" --at 1000s -o no.svg --nseg 5
expect 2 "is not a number" "$loligo" neuron plot "$case" --at soon -o no.svg --nseg 5
expect 2 "is no place" "$loligo" neuron plot "$case" --as space-time --path-to there -o no.svg
expect 3 "there is no section 99" "$loligo" neuron plot "$case" --as space-time --path-to sec:99:0.5 -o no.svg
expect 2 "needs a CASE.json" "$loligo" neuron plot s.csv --as voltage -o no.svg
expect 2 "needs a file of spikes" "$loligo" neuron plot "$case" --as raster -o no.svg
expect 2 "none of .svg, .png, .pdf" "$loligo" neuron plot "$case" -o no.gif
printf 'probe,time\nsoma,1\n' >odd.csv
expect 3 "no column t_ms" "$loligo" neuron plot odd.csv -o no.svg
[ ! -e no.svg ] || fail "no.svg was written"
finish
