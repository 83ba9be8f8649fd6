#!/bin/sh
# usage: build_wasm.sh OUT.wasm [FLAGS…]: the core as a WebAssembly module by clang with the wasm32 target, wasi-libc and
# lld (tools/debian-packages-wasm.txt): compiled with -O3, linked without -O. Exit 77 and a sentence where they are not
# there. Sources are those of src/, one list below; threads, files and HDF5 stay out.
set -eu
cd "$(dirname "$0")/.."
out=$1
shift
missing() {
  echo "build_wasm: $1; install tools/debian-packages-wasm.txt; THE WEBASSEMBLY MODULE IS NOT BUILT" >&2
  exit 77
}
clang=${WASM_CLANG:-}
for name in clang clang-14 clang-15 clang-16 clang-17 clang-18 clang-19; do
  [ -n "$clang" ] || ! command -v "$name" >/dev/null 2>&1 || clang=$name
done
[ -n "$clang" ] || missing "there is no clang"
command -v wasm-ld >/dev/null 2>&1 || missing "there is no wasm-ld (lld)"
[ -e /usr/include/wasm32-wasi/stdlib.h ] || missing "there is no wasi-libc"
[ -e "$("$clang" --target=wasm32-wasi --print-libgcc-file-name)" ] || missing "there are no builtins for wasm32 (libclang-rt-dev-wasm32)"

sources="base/ctx base/fail base/memory base/status base/rng base/cpu data/protocol data/stimulus num/dop853
  neuron/neuron neuron/model_hh52 neuron/model_tm neuron/model_izhikevich neuron/table_hh52
  neuron/table_tm neuron/table_izhikevich neuron/root neuron/simulate neuron/simulate_fixed neuron/simulate_reference
  neuron/voltage_clamp wasm/door wasm/serial wasm/left_out wasm/point"
flags="--target=wasm32-wasi -std=c17 -O3 -ffp-contract=off -fno-math-errno -Iinclude -Isrc -Wall -Wextra -Werror"
newest=$(find src include tools/build_wasm.sh -newer "$out" -type f 2>/dev/null | head -n 1 || true)
[ ! -e "$out" ] || [ -n "$newest" ] || [ $# -gt 0 ] || exit 0
if command -v ccache >/dev/null 2>&1; then clang="ccache $clang"; fi
work=$out.objects
mkdir -p "$work"
objects=
for source in $sources; do
  object=$work/$(echo "$source" | tr / -).o
  objects="$objects $object"
  $clang $flags "$@" -c "src/$source.c" -o "$object"
done
# gc drops what no exported function reaches; no start code: the module is a library
$clang --target=wasm32-wasi -nostartfiles $objects -Wl,--no-entry -Wl,--gc-sections -Wl,--strip-all \
  -Wl,-z,stack-size=262144 -o "$out.new"
mv "$out.new" "$out"
