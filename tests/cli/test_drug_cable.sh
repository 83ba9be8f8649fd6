# Drugs on cells with shape: the same run as of a case that was changed by hand, from the command and from a file.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

# a_case GNABAR HH WEIGHT MG
a_case() {
  cat <<JSON
{"model": "cable", "celsius": 20, "v_init_mV": -70, "tstop_ms": 40, "sample_ms": 0.1,
 "sections": [{"type": 1, "parent": -1, "pts": [[0, 0, 0, 20], [20, 0, 0, 20]]},
              {"type": 3, "parent": 0, "parentx": 1, "pts": [[20, 0, 0, 2], [220, 0, 0, 2]]}],
 "regions": [{"types": [1], "mechanisms": {"$2": {"gnabar": $1, "gkbar": 0.02}, "kvm": {"gbar": 0.001}, "ih": {"gbar": 2e-4}}},
             {"types": [3], "mechanisms": {"pas": {"g": 1e-4, "e": -70}}}],
 "synapses": [{"type": "AMPA_NMDA", "loc": ["sec", 1, 0.5], "weight_uS": $3, "times_ms": [5, 9], "params": {"mg": $4}},
              {"type": "GABA_A", "loc": ["sec", 1, 0.2], "weight_uS": 1e-3, "times_ms": [20]}],
 "iclamps": [{"loc": ["soma"], "delay_ms": 2, "dur_ms": 30, "amp_nA": 0.4}],
 "probes": [{"name": "soma", "loc": ["soma"]}, {"name": "tip", "loc": ["sec", 1, 1.0]}]}
JSON
}
trace() { grep -v '^#' "$1" >"$1.bare"; }
same() {
  trace "$1"
  trace "$2"
  cmp -s "$1.bare" "$2.bare" || fail "$3: the traces differ"
}

a_case 0.1 hh 1e-3 1 >"$work/case.json"
expect 0 "" "$loligo" neuron simulate "$work/case.json" -o "$work/plain.csv" --quiet

# tetrodotoxin at its IC50 at Nav1.6 leaves half
a_case 0.05 hh 1e-3 1 >"$work/half.json"
expect 0 "" "$loligo" neuron simulate "$work/half.json" -o "$work/half.csv" --quiet
expect 0 "gnabar x 0.5" "$loligo" neuron simulate "$work/case.json" --drug tetrodotoxin --dose 3.8nM -o "$work/ttx.csv"
same "$work/half.csv" "$work/ttx.csv" "tetrodotoxin"
expect 0 "" "$loligo" drug apply "$work/case.json" --drug tetrodotoxin --dose 3.8nM -o "$work/ttx.json" --quiet
grep -q '"gnabar": 0.05' "$work/ttx.json" || fail "the file says $(grep gnabar "$work/ttx.json")"
expect 0 "" "$loligo" neuron simulate "$work/ttx.json" -o "$work/file.csv" --quiet
same "$work/half.csv" "$work/file.csv" "the written case"

# a blocker by state takes the channel's place; from the file the run is the same
expect 0 "hh -> hh_drugged" "$loligo" neuron simulate "$work/case.json" --drug phenytoin --dose 10uM -o "$work/phe.csv"
expect 0 "" "$loligo" drug apply "$work/case.json" --drug phenytoin --dose 10uM -o "$work/phe.json" --quiet
expect 0 "" "$loligo" neuron simulate "$work/phe.json" -o "$work/phe2.csv" --quiet
same "$work/phe.csv" "$work/phe2.csv" "phenytoin"
expect 3 "state-dependent blocker already" "$loligo" drug apply "$work/phe.json" --drug carbamazepine --dose 10uM -o "$work/two.json"
one_line

# no dose, no change; the channel without a blocker is the channel
expect 0 "" "$loligo" neuron simulate "$work/case.json" --drug phenytoin --dose 0uM -o "$work/none.csv" --quiet
same "$work/plain.csv" "$work/none.csv" "a dose of nothing"

# receptors: perampanel 0.6 uM leaves half of AMPA and all of NMDA; magnesium adds to the bath
expect 0 "weight x 0.5" "$loligo" drug apply "$work/case.json" --drug perampanel --dose 0.6uM -o "$work/per.json"
grep -q '"NMDA_ratio": 1.42' "$work/per.json" || fail "NMDA did not stay: $(grep ratio "$work/per.json")"
a_case 0.1 hh 1e-3 2 >"$work/mg.json"
expect 0 "" "$loligo" neuron simulate "$work/mg.json" -o "$work/mg.csv" --quiet
expect 0 "mg +1 mM" "$loligo" neuron simulate "$work/case.json" --drug magnesium --dose 1mM -o "$work/mg2.csv"
same "$work/mg.csv" "$work/mg2.csv" "magnesium"
expect 0 "blocker 10 uM" "$loligo" drug apply "$work/case.json" --drug memantine --dose 10uM -o "$work/mem.json"
expect 0 "m_shift" "$loligo" drug apply "$work/case.json" --drug retigabine --dose 1uM -o "$work/ret.json"

# networks: the cells of every population, and the weights that arrive at them
# a_net WEIGHT MEAN SD MIN
a_net() {
  cat <<JSON
{"model": "network", "tstop_ms": 150, "dt_ms": 0.05,
 "populations": [
  {"name": "E", "number": 20, "cell": {"point": {"model": "AdEx", "capacitance_pF": 200, "gl_nS": 10,
     "params": {"el": -65, "v_th": -20, "v_t": -50, "b": 0.02, "a": 0.002},
     "synapses": [{"name": "exc", "type": "ExpSyn", "params": {"tau": 5, "e": 0}, "weight_uS": $1},
                  {"name": "inh", "type": "ExpSyn", "params": {"tau": 10, "e": -80}, "weight_uS": 0.001}]}}},
  {"name": "bg", "number": 50, "poisson": {"rate_Hz": 50}}],
 "connections": [
  {"from": "E", "to": "E", "synapse": "exc", "rule": {"fixed_probability": 0.3},
   "weight_uS": {"normal": [$2, $3], "min": $4}, "delay_ms": {"uniform": [1, 3]}},
  {"from": "E", "to": "E", "synapse": "inh", "rule": {"fixed_indegree": 2}, "weight_uS": 0.001, "delay_ms": 1},
  {"from": "bg", "to": "E", "synapse": "exc", "rule": {"fixed_indegree": 30}, "delay_ms": 1}],
 "stimuli": [{"type": "poisson", "to": "E", "synapse": "exc", "rate_Hz": 200}]}
JSON
}
a_net 0.004 0.0006 0.0002 1e-6 >"$work/net.json"
a_net 0.002 0.0003 0.0001 5e-7 >"$work/net2.json"
expect 0 "" "$loligo" neuron simulate "$work/net2.json" --spikes "$work/by_hand.csv" --quiet
expect 0 "ExpSyn: weight x 0.5" "$loligo" neuron simulate "$work/net.json" --spikes "$work/treated.csv" --drug perampanel \
  --dose 0.6uM
same "$work/by_hand.csv" "$work/treated.csv" "a treated network"
[ "$(wc -l <"$work/treated.csv.bare")" -gt 20 ] || fail "the network says nothing"
expect 0 "" "$loligo" neuron simulate "$work/net.json" --spikes "$work/plain.csv" --quiet
trace "$work/plain.csv"
if cmp -s "$work/plain.csv.bare" "$work/treated.csv.bare"; then fail "the drug did nothing"; fi

# what the cell does not have is said
expect 0 "SK2: this cell has none" "$loligo" drug apply "$work/case.json" --drug apamin --dose 1nM -o "$work/apa.json"
expect 2 "give --dose" "$loligo" neuron simulate "$work/case.json" --drug apamin -o "$work/t.csv"
expect 2 "did you mean" "$loligo" neuron simulate "$work/case.json" --drug apamine --dose 1nM -o "$work/t.csv"
expect 2 "which drug" "$loligo" neuron simulate "$work/case.json" --dose 1nM -o "$work/t.csv"
finish
