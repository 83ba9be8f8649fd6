# Reconstructed cells: JSON as the shared geometry has it, refusals, cutting, nodes, drawing.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
swc=$LG_TEST_DATA/cable
cd "$work"
expect 0 "" "$loligo" neuron morphology "$swc/ball_and_stick.swc"
out "basal dendrite           1        200.000        628.319"
expect 0 "" "$loligo" neuron morphology "$swc/ball_and_stick.swc" --json
for words in '"schema": "loligo-morphology/1"' '"n_sections": 2' '"total_length_um": 212.6157' '"distal_id": 3' \
  '"parentx": 0.5' '"npts": 2' '"axial_per_um": 254.647908947' '"notes": []'; do out "$words"; done
# a refusal is one line with file, line and node; as JSON too
expect 3 "nm_repeated_id.swc: FORMAT: line 6: node 4: the id 4 is used before, in line 5" \
  "$loligo" neuron morphology "$swc/nm_repeated_id.swc"
one_line
expect 3 "line 6: node 4" "$loligo" neuron morphology "$swc/nm_repeated_id.swc" --json
out '"refused": '
out '"code": "repeated_id"'
expect 3 "the file has 2 roots, nodes 1, 10" "$loligo" neuron morphology "$swc/nm_multiple_somata.swc"
expect 3 "the soma branches here: nodes 2 and 3" "$loligo" neuron morphology "$swc/nm_bifurcating_soma.swc"
printf '1 1 0 0 0 5 -1\n2 3 8 x 0 1 1\n' >bad.swc
expect 3 "bad.swc: FORMAT: line 2: node 2: y \"x\" is no number" "$loligo" neuron morphology bad.swc
expect 3 "none.swc" "$loligo" neuron morphology none.swc
printf '1 1 0 0 0 5 -1\n2 3 8 0 0 1 1\n3 3 9 0 0 1 2\n7 3 50 0 0 1 -1\n8 3 60 0 0 1 7\n' >two.swc
expect 3 "2 roots, nodes 1, 7" "$loligo" neuron morphology two.swc
expect 0 "" "$loligo" neuron morphology two.swc --keep-soma-tree --json
out '"code": "dropped_tree"'
# somata by three rules
expect 0 "" "$loligo" neuron morphology "$swc/nm_three_pt_soma.swc" --soma arbor
out "rule for the soma: arbor"
expect 0 "" "$loligo" neuron morphology "$swc/motoneuron_v_e_moto1.swc" --soma import3d
expect 2 "g1|import3d|arbor" "$loligo" neuron morphology "$swc/nm_three_pt_soma.swc" --soma neuron
# cutting
expect 0 "" "$loligo" neuron morphology "$swc/ball_and_stick.swc" --max-dx-um 20 --json
out '"n_compartments": 12'
out '"n_compartments": 11'
expect 0 "" "$loligo" neuron morphology "$swc/ball_and_stick.swc" --max-dx-um 20 --even-too --nodes nodes.csv
out "all                      2        212.616       1128.321             11"
[ "$(grep -c '^[0-9]' nodes.csv)" = 11 ] || fail "nodes: $(cat nodes.csv)"
grep -q '^0,-1,0,0.5,500.00296' nodes.csv || fail "root: $(head -3 nodes.csv)"
expect 0 "" "$loligo" neuron morphology "$swc/ball_and_stick.swc" --nseg 4 --nodes -
out "node,parent,section,x,area_um2"
expect 2 "give one of --max-dx-um" "$loligo" neuron morphology "$swc/ball_and_stick.swc" --nseg 4 --d-lambda 0.1
expect 2 "--nseg is 0" "$loligo" neuron morphology "$swc/ball_and_stick.swc" --nseg 0
expect 2 "--max-dx-um is -1" "$loligo" neuron morphology "$swc/ball_and_stick.swc" --max-dx-um -1
# numbers of compartments out of the cell's file, where the command line says nothing
cat >cell.json <<'END'
{"celsius": 6.3, "v_init_mV": -65, "tstop_ms": 1, "sample_ms": 0.1, "nseg": 5,
 "sections": [{"type": 1, "parent": -1, "pts": [[0, 0, 0, 10], [10, 0, 0, 10]], "nseg": 3},
              {"type": 3, "parent": 0, "pts": [[10, 0, 0, 2], [300, 0, 0, 1]]}],
 "regions": [{"types": "all", "Ra_ohm_cm": 100, "cm_uF_cm2": 1, "mechanisms": {"pas": {"g": 1e-4, "e": -65}}}],
 "probes": [{"name": "soma", "loc": ["soma"]}]}
END
expect 0 "8 compartments and joints" "$loligo" neuron simulate cell.json -o trace.csv
expect 0 "4 compartments and joints" "$loligo" neuron simulate cell.json --nseg 2 -o trace.csv
sed 's/"nseg": 5/"nseg": [1, 9]/; s/, "nseg": 3//' cell.json >list.json
expect 0 "10 compartments and joints" "$loligo" neuron simulate list.json -o trace.csv
sed 's/\[1, 9\]/[1, 9, 2]/' list.json >long.json
expect 3 "3 numbers for 2 sections" "$loligo" neuron simulate long.json -o trace.csv
# drawing
expect 0 "" "$loligo" neuron morphology "$swc/dg_granule_1220882a.swc" --svg cell.svg
grep -q "A cell of [0-9]* sections" cell.svg || fail "no words in the drawing"
grep -q "basal dendrite" cell.svg || fail "no legend"
[ "$(grep -c '<path' cell.svg)" -gt 20 ] || fail "no sections in the drawing"
expect 0 "" "$loligo" neuron morphology "$swc/dg_granule_1220882a.swc" --svg side.svg --view zy
cmp -s cell.svg side.svg && fail "the same from the side"
expect 0 "" "$loligo" neuron morphology --help
# what is in it, briefly
expect 0 "" "$loligo" info "$swc/motoneuron_v_e_moto1.swc"
out "morphology, SWC"
out "basal dendrite"
expect 0 "" "$loligo" info "$swc/ball_and_stick.swc" --json
out '"kind": "morphology"'
expect 3 "line 6: node 4" "$loligo" info "$swc/nm_repeated_id.swc"
expect 0 "" "$loligo" info "$swc/neuron_spikes.json"
out "cell with shape"
expect 3 "a morphology is not converted" "$loligo" convert "$swc/ball_and_stick.swc" x.csv
finish
