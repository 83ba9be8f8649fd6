# loligo neuron simulate, models, describe: the contract's files, and what is said about bad ones.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

cat >"$work/rs.json" <<'J'
{ // a regular-spiking cell
  "model": "izhikevich", "variant": "std",
  "parameters": {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}}
J
cat >"$work/step.json" <<'J'
{"duration_ms": 600, "sample_ms": 0.25, "segments": [{"type": "const", "t0_ms": 50, "t1_ms": 550, "amp_pA": 82.5}]}
J
simulate="$loligo neuron simulate"
expect 0 "" $simulate "$work/rs.json" --protocol "$work/step.json" -o "$work/t.csv" --spikes "$work/s.csv" \
  --solver reference --quiet
[ "$(grep -v '^#' "$work/t.csv" | head -1)" = "t_ms,v_mV,u_pA" ] || fail "header of the trace"
[ "$(grep -vc '^#' "$work/t.csv")" = 2402 ] || fail "rows of the trace"
[ "$(grep -v '^#' "$work/s.csv" | head -1)" = "t_ms" ] || fail "header of the spikes"
grep -v '^#' "$work/s.csv" | sed -n 2p | grep -q '^117\.79271722' || fail "time of the first spike"
[ "$(grep -vc '^#' "$work/s.csv")" = 6 ] || fail "number of spikes"

# The other solvers, standard output, JSON.
expect 0 "" $simulate "$work/rs.json" --protocol "$work/step.json" --solver rk4 --dt 25us -o - --quiet
grep -v '^#' "$work/out" | head -1 | grep -q '^t_ms,v_mV,u_pA$' || fail "trace on standard output"
expect 0 "" $simulate "$work/rs.json" --protocol "$work/step.json" --solver euler --dt 0.1ms -o - --quiet
expect 0 "" $simulate "$work/rs.json" --protocol "$work/step.json" --json
out '"n_spikes": 5'

# Every segment type, comments, a twin, HH and TM with modifiers.
cat >"$work/all.json" <<'J'
{"duration_ms": 300, "sample_ms": 0.5, "segments": [
  {"type": "ramp", "t0_ms": 0, "t1_ms": 50, "from_pA": 0, "to_pA": 40},
  {"type": "chirp", "t0_ms": 50, "t1_ms": 100, "mean_pA": 10, "amp_pA": 5, "f0_Hz": 1, "f1_Hz": 60},
  {"type": "sine", "t0_ms": 50, "t1_ms": 100, "amp_pA": 5, "f_Hz": 20, "phase_deg": 90},
  {"type": "hold", "t0_ms": 100, "t1_ms": 110, "dt_ms": 5, "values_pA": [1, 2]},
  {"type": "ou", "t0_ms": 120, "t1_ms": 200, "mean_pA": 10, "sd_pA": 4, "tau_ms": 3, "seed": 5},
  {"type": "train", "t0_ms": 200, "t1_ms": 300, "amp_pA": 100, "width_ms": 2, "rate_Hz": 50}],
 "synaptic": [{"receptor": "AMPA", "times_ms": [20, 30]},
              {"receptor": "GABA_A", "rate_Hz": 50, "t0_ms": 0, "t1_ms": 300, "seed": 3}]}
J
cat >"$work/twin.json" <<'J'
{"schema": "loligo-twin/1", "model": "tm", "parameters": {"C": {"value": 100, "unit": "pF", "sd": 1, "ci95": [98, 102]},
 "gAMPA": 1.5}, "modifiers": {"gNa_scale": 0.9, "p_shift_mV": -5, "gGABA_nS": 1, "EGABA_mV": -65,
 "na_state_block": {"kon_per_uM_ms": 3.8e-5, "K_inactivated_uM": 25, "K_rest_uM": 2500, "dose_uM": 30}},
 "fit": {}, "domain": "green"}
J
expect 0 "" $simulate "$work/twin.json" --protocol "$work/all.json" -o "$work/t.csv" --states --quiet
grep -v '^#' "$work/t.csv" | head -1 | grep -q '^t_ms,v_mV,m,h,n,p,block,' || fail "states of tm"
expect 0 "" $simulate "$work/twin.json" --protocol "$work/all.json" -o "$work/t2.csv" --states --quiet --threads 2
[ "$(grep -v '^#' "$work/t.csv" | sha256sum)" = "$(grep -v '^#' "$work/t2.csv" | sha256sum)" ] || fail "same bits"
# Two slow blockers at one site, shift of h, NMDA blocker, GIRK, temperature: columns of the second blocker and of s.
cat >"$work/drugs.json" <<'J'
{"model": "tm", "parameters": {"gNMDA": 1}, "modifiers": {"h_shift_mV": -4, "gGIRK_nS": 0.5, "rate_scale": 1.2,
 "na_state_block": {"kon_per_uM_ms": 3.8e-5, "K_inactivated_uM": 25, "K_rest_uM": 2500, "dose_uM": 30},
 "na_state_block_2": {"kon_per_uM_ms": 1e-5, "K_inactivated_uM": 9, "K_rest_uM": 600, "dose_uM": 50, "slow": 1},
 "block_one_site": 1, "nmda_block": {"dose_uM": 2, "K0_uM": 10.7, "z_delta": 0.9}}}
J
expect 0 "" $simulate "$work/drugs.json" --protocol "$work/all.json" -o "$work/t.csv" --states --quiet
grep -v '^#' "$work/t.csv" | head -1 | grep -q '^t_ms,v_mV,m,h,n,p,block,s,NMDA_x,NMDA_y,block2$' || fail "states of drugs"
for model in hh52 tm izhikevich; do
  echo "{\"model\": \"$model\"}" >"$work/m.json"
  expect 0 "" $simulate "$work/m.json" --protocol "$work/all.json" -o "$work/t.csv" --quiet
done
echo '{"model": "izhikevich", "variant": "2003", "parameters": {"a": 0.1, "b": 0.26, "c": -65, "d": 2}}' >"$work/m.json"
expect 0 "" $simulate "$work/m.json" --protocol "$work/all.json" -o "$work/t.csv" --quiet
for variant in std LTS FS TC RTN klowkhigh; do
  echo "{\"model\": \"izhikevich\", \"variant\": \"$variant\"}" >"$work/m.json"
  expect 0 "" $simulate "$work/m.json" --protocol "$work/step.json" --spikes "$work/s.csv" --quiet
done

# Bad input: one line with the place and the value, and the right exit code.
bad() { # code, words, model or protocol text, which
  if [ "$4" = model ]; then
    printf '%s' "$3" >"$work/bad.json"
    expect "$1" "$2" $simulate "$work/bad.json" --protocol "$work/step.json" -o "$work/none.csv"
  else
    printf '%s' "$3" >"$work/bad.json"
    expect "$1" "$2" $simulate "$work/rs.json" --protocol "$work/bad.json" -o "$work/none.csv"
  fi
  one_line
  [ ! -e "$work/none.csv" ] || fail "a trace was written all the same"
}
bad 3 "parameters.C" '{"model": "izhikevich", "parameters": {"C": -5}}' model
bad 3 "no such parameter" '{"model": "izhikevich", "parameters": {"Cm": 5}}' model
bad 3 "parameters.C" '{"model": "izhikevich", "parameters": {"C": "big"}}' model
bad 3 "model" '{"parameters": {"C": 5}}' model
bad 3 "there is no model" '{"model": "izh"}' model
bad 3 "has no variant" '{"model": "izhikevich", "variant": "XX"}' model
bad 3 "below vpeak" '{"model": "izhikevich", "parameters": {"c": 40}}' model
bad 3 "duplicate" '{"model": "izhikevich", "parameters": {"C": 5, "C": 6}}' model
bad 3 "modifiers" '{"model": "hh52", "modifiers": {"gNa_scale": 0.5}}' model
bad 3 "block_slow is 0.5" '{"model": "tm", "parameters": {"block_slow": 0.5}}' model
bad 3 "z_delta" '{"model": "tm", "modifiers": {"nmda_block": {"dose_uM": 1, "K0_uM": 1}}}' model
bad 3 "K_inactivated_uM" '{"model": "tm", "modifiers": {"na_state_block": {"kon_per_uM_ms": 1}}}' model
bad 3 "initial" '{"model": "hh52", "initial": {"w": 0}}' model
bad 3 "unit" '{"model": "hh52", "parameters": {"C": {"value": 1, "unit": "pF"}}}' model
bad 3 "not valid JSON" '{"model": ' model
bad 3 "duration_ms" '{"sample_ms": 1}' protocol
bad 3 "duration_ms is -1" '{"duration_ms": -1, "sample_ms": 1}' protocol
bad 3 "segments[0]" '{"duration_ms": 9, "sample_ms": 1, "segments": [{"type": "const", "t0_ms": 5, "t1_ms": 1, "amp_pA": 1}]}' protocol
bad 3 "unknown" '{"duration_ms": 9, "sample_ms": 1, "segments": [{"type": "square", "t0_ms": 1, "t1_ms": 2}]}' protocol
bad 3 "amp_pA" '{"duration_ms": 9, "sample_ms": 1, "segments": [{"type": "const", "t0_ms": 1, "t1_ms": 2}]}' protocol
bad 3 "amp_nA" '{"duration_ms": 9, "sample_ms": 1, "segments": [{"type": "const", "t0_ms": 1, "t1_ms": 2, "amp_pA": 1, "amp_nA": 2}]}' protocol
expect 3 "cannot be opened" $simulate "$work/rs.json" --protocol "$work/missing.json" -o "$work/none.csv"
expect 2 "protocol" $simulate "$work/rs.json"
expect 2 "is unknown" $simulate "$work/rs.json" --protocol "$work/step.json" --solver magic
expect 2 "dt" $simulate "$work/rs.json" --protocol "$work/step.json" --dt 1e9
expect 2 "wrong dimension" $simulate "$work/rs.json" --protocol "$work/step.json" --dt 1mV

# The table of models.
expect 0 "" "$loligo" models
out "neuron/izhikevich/klowkhigh"
expect 0 "" "$loligo" models --json
out '"schema": "loligo-models/1"'
expect 0 "" "$loligo" describe neuron/izhikevich
out "Sensitivity of u"
expect 0 "" "$loligo" describe izhikevich/FS --json
out '"name": "vb"'
expect 0 "" "$loligo" describe neuron/tm
out "slow_inactivation"
expect 2 "did you mean 'neuron/izhikevich/LTS'" "$loligo" describe neuron/izhikevich/LTX
finish
