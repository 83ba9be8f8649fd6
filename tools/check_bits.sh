#!/bin/sh
# The figure "bits": SHA-256 of traces of every model by every solver, and of batches, from gcc and clang, -O2, -O3 and
# -O3 -march=native, 1 and 2 threads; and every one of these builds against the WebAssembly modules (tests/wasm/bits.mjs:
# point neurons, cells, waves of calcium). Needs clang; for the modules node and tools/debian-packages-wasm.txt. Prints a table as JSON lines.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/p.json" <<'JSON'
{"duration_ms": 1000, "sample_ms": 0.1, "segments": [
  {"type": "const", "t0_ms": 50, "t1_ms": 300, "amp_pA": 150},
  {"type": "ramp", "t0_ms": 350, "t1_ms": 600, "from_pA": 0, "to_pA": 300},
  {"type": "ou", "t0_ms": 650, "t1_ms": 980, "mean_pA": 120, "sd_pA": 80, "tau_ms": 3, "seed": 7}]}
JSON
echo '{"model": "izhikevich", "variant": "std", "parameters": {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}}' >"$work/izhikevich.json"
echo '{"model": "tm", "parameters": {"C": 100, "gNa": 5600, "gK": 600, "gL": 2.05, "gM": 7.5, "ENa": 50, "EK": -90, "EL": -70.3, "VT": -56.2, "taumax": 608}}' >"$work/tm.json"
echo '{"model": "hh52"}' >"$work/hh52.json"
cat >"$work/hh52.p.json" <<'JSON'
{"duration_ms": 1000, "sample_ms": 0.1, "segments": [
  {"type": "const", "t0_ms": 50, "t1_ms": 300, "amp_pA": 10},
  {"type": "chirp", "t0_ms": 350, "t1_ms": 600, "mean_pA": 5, "amp_pA": 8, "f0_Hz": 1, "f1_Hz": 90},
  {"type": "ou", "t0_ms": 650, "t1_ms": 980, "mean_pA": 8, "sd_pA": 5, "tau_ms": 3, "seed": 7}]}
JSON
# every optional current, synapses and a drug
cat >"$work/tm-all.json" <<'JSON'
{"model": "tm", "parameters": {"gNaP": 0.6, "gA": 120, "gH": 1.2, "gCaT": 25, "gCaL": 1.5, "gSK": 25,
  "slow_inactivation": 0.6, "gGABAA": 1.5, "gNMDA": 0.8, "gAMPA": 1.2},
 "modifiers": {"gNa_scale": 0.95, "p_shift_mV": -3, "gGABA_nS": 0.4, "EGABA_mV": -66,
  "na_state_block": {"kon_per_uM_ms": 3.8e-5, "K_inactivated_uM": 25, "K_rest_uM": 2500, "dose_uM": 60}}}
JSON
cat >"$work/tm-drugs.json" <<'JSON'
{"model": "tm", "parameters": {"gNMDA": 1, "gA": 60, "slow_inactivation": 0.5},
 "modifiers": {"h_shift_mV": -4, "gGIRK_nS": 0.5, "rate_scale": 1.2,
  "na_state_block": {"kon_per_uM_ms": 3.8e-5, "K_inactivated_uM": 25, "K_rest_uM": 2500, "dose_uM": 30},
  "na_state_block_2": {"kon_per_uM_ms": 1e-5, "K_inactivated_uM": 9, "K_rest_uM": 600, "dose_uM": 50, "slow": 1},
  "block_one_site": 1, "nmda_block": {"dose_uM": 2, "K0_uM": 10.7, "z_delta": 0.9}}}
JSON
sed 's/\]}$/], "synaptic": [{"receptor": "AMPA", "rate_Hz": 40, "t0_ms": 0, "t1_ms": 900, "seed": 1}, {"receptor": "NMDA", "times_ms": [100, 500]}, {"receptor": "GABA_A", "times_ms": [200, 700]}]}/' \
  "$work/p.json" >"$work/tm-all.p.json"
cp "$work/tm-all.p.json" "$work/tm-drugs.p.json"
for class in LTS FS TC RTN klowkhigh; do
  echo "{\"model\": \"izhikevich\", \"variant\": \"$class\"}" >"$work/$class.json"
done
compilers=gcc
if command -v clang >/dev/null 2>&1; then compilers="gcc clang"; else echo "bits: clang is NOT here" >&2; fi
first= bad=0
wasm=
if command -v node >/dev/null 2>&1 && sh tools/build_wasm.sh build-bits-wasm >&2; then wasm=build-bits-wasm
else echo "bits: the WebAssembly modules are NOT compared" >&2; fi
for compiler in $compilers; do
  for level in 2 3 native; do
    build=build-bits-$compiler-O$level
    flags=-O$level
    [ $level != native ] || flags="-O3 -march=native"
    sh tools/configure.sh "$build" -DCMAKE_C_COMPILER=$compiler "-DCMAKE_C_FLAGS_RELEASE=$flags" -DLOLIGO_TESTS=OFF >&2
    cmake --build "$build" --target loligo neuron_batch_bench >&2
    if [ -n "$wasm" ]; then
      node tests/wasm/bits.mjs "$build/loligo" "$wasm" >"$work/wasm" || bad=1
      echo "{\"bits\": \"$compiler $flags and WebAssembly\", \"cases\": $(grep -c '"same":true' "$work/wasm"), \"different\": $(grep -c '"same":false' "$work/wasm")}"
    fi
    for threads in 1 2; do
      sums=
      for model in izhikevich LTS FS TC RTN klowkhigh hh52 tm tm-all tm-drugs; do
        protocol=$work/p.json
        [ ! -e "$work/$model.p.json" ] || protocol=$work/$model.p.json
        : >"$work/rows"
        for solver in reference rk4 euler; do
          "$build/loligo" neuron simulate "$work/$model.json" --protocol "$protocol" --solver $solver --dt 20us \
            --threads $threads -o "$work/trace.csv" --states --quiet
          grep -v '^#' "$work/trace.csv" >>"$work/rows"
        done
        [ "$(wc -l <"$work/rows")" -gt 30000 ] || { echo "bits: the traces of $model are too short" >&2; exit 1; }
        sums="$sums $model:$(sha256sum <"$work/rows" | cut -c1-12)"
      done
      for kind in euler euler32 rk4 hh52 tm tm_full tm_drug32 tm_all; do # batches: the potential of 200 neurons at every step
        "$build/bench/neuron_batch_bench" $kind 200 100 $threads "$work/trace.raw" >"$work/line"
        [ "$(wc -c <"$work/trace.raw")" -gt 1000000 ] || { echo "bits: the batch $kind is too short" >&2; exit 1; }
        sums="$sums batch-$kind:$(sha256sum <"$work/trace.raw" | cut -c1-12)"
      done
      echo "{\"bits\": \"$compiler $flags\", \"threads\": $threads, \"sha256\": \"${sums# }\"}"
      [ -n "$first" ] || first=$sums
      [ "$sums" = "$first" ] || bad=1
    done
  done
done
if [ "$bad" = 0 ]; then echo "bits: all the same" >&2; else echo "bits: DIFFERENT" >&2; fi
exit "$bad"
