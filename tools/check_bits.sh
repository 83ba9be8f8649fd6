#!/bin/sh
# The figure "bits": SHA-256 of traces from gcc and clang, -O2 and -O3, 1 and 2 threads. Needs clang. Prints JSON lines.
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
compilers=gcc
if command -v clang >/dev/null 2>&1; then compilers="gcc clang"; else echo "bits: clang is NOT here" >&2; fi
first= bad=0
for compiler in $compilers; do
  for level in 2 3; do
    build=build-bits-$compiler-O$level
    sh tools/configure.sh "$build" -DCMAKE_C_COMPILER=$compiler -DCMAKE_C_FLAGS_RELEASE=-O$level -DLOLIGO_TESTS=OFF >&2
    cmake --build "$build" --target loligo >&2
    for threads in 1 2; do
      sums=
      for model in izhikevich tm; do
        for solver in reference rk4 euler; do
          "$build/loligo" neuron simulate "$work/$model.json" --protocol "$work/p.json" --solver $solver --dt 20us \
            --threads $threads -o "$work/trace.csv" --states --quiet
          grep -v '^#' "$work/trace.csv" >"$work/rows"
          [ "$(wc -l <"$work/rows")" -gt 10000 ] || { echo "bits: $model by $solver is too short" >&2; exit 1; }
          sums="$sums $(sha256sum <"$work/rows" | cut -c1-16)"
        done
      done
      echo "{\"bits\": \"$compiler -O$level\", \"threads\": $threads, \"sha256\": \"${sums# }\"}"
      [ -n "$first" ] || first=$sums
      [ "$sums" = "$first" ] || bad=1
    done
  done
done
if [ "$bad" = 0 ]; then echo "bits: all the same" >&2; else echo "bits: DIFFERENT" >&2; fi
exit "$bad"
