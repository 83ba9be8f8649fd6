#!/bin/sh
# usage: build_wasm.sh FOLDER [FLAGS…]: the core as WebAssembly modules, point.wasm, cell.wasm and wave.wasm, by clang with the wasm32 target, wasi-libc and
# lld (tools/debian-packages-wasm.txt): compiled with -O3, linked without -O. Exit 77 and a sentence where they are not
# there. Sources are those of src/, the lists below; threads, files and HDF5 stay out.
set -eu
cd "$(dirname "$0")/.."
out=$1
shift
missing() {
  echo "build_wasm: $1; install tools/debian-packages-wasm.txt; THE WEBASSEMBLY MODULES ARE NOT BUILT" >&2
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

common="base/ctx base/fail base/memory base/status base/cpu wasm/door wasm/serial wasm/streams"
point="base/rng data/protocol data/stimulus num/dop853 neuron/neuron neuron/model_hh52 neuron/model_tm neuron/model_izhikevich
  neuron/table_hh52 neuron/table_tm neuron/table_izhikevich neuron/root neuron/simulate neuron/simulate_fixed
  neuron/simulate_reference neuron/voltage_clamp wasm/point wasm/point_list"
cell="base/nearest data/morphology num/tree_kernel_plain num/tree_kernel_v3 num/tree_kernel_v4 num/tree_order num/tree_solver
  cable/simulate cable/group cable/group_adaptive cable/group_blocks cable/group_step cable/group_stimuli cable/kernel_hh
  cable/kernel_hh_plain cable/kernel_hh_v3 cable/kernel_hh_v4 cable/kernel_step_plain cable/kernel_step_v3
  cable/kernel_step_v4 cable/mechanism_hh cable/mechanism_pas cable/mechanisms cable/tree cable/tree_compartments
  cable/tree_count cable/tree_locate cable/tree_sections cable/distribution wasm/cell wasm/cell_list"
wave="calcium/case calcium/extra_case calcium/extra_create calcium/extra_rates calcium/vdcc calcium/profile calcium/grid
  calcium/run calcium/simulate calcium/simulate_save calcium/step_imex calcium/kernel_imex_plain calcium/kernel_imex_v3
  calcium/kernel_imex_v4 calcium/sweep calcium/diffusion calcium/reactions calcium/stimulus calcium/gate_kl calcium/film
  wasm/wave wasm/wave_list"
flags="--target=wasm32-wasi -std=c17 -O3 -ffp-contract=off -fno-math-errno -DLG_WITHOUT_TANGENTS -Iinclude -Isrc -Wall -Wextra
  -Werror -Wno-deprecated-declarations -Wno-unneeded-internal-declaration"
mkdir -p "$out/objects"
if [ -e "$out/wave.wasm" ] && [ $# = 0 ] && [ -z "$(find src include tools/build_wasm.sh -newer "$out/wave.wasm" -type f | head -n 1)" ]; then
  exit 0
fi
if command -v ccache >/dev/null 2>&1; then clang="ccache $clang"; fi
compile() { # the list of objects
  for source in "$@"; do
    object=$out/objects/$(echo "$source" | tr / -).o
    $clang $flags $extra -c "src/$source.c" -o "$object"
    echo "$object"
  done
}
extra=$*
common=$(compile $common)
for module in point cell wave; do
  eval "sources=\$$module"
  objects=$(compile $sources)
  # gc drops what no exported function reaches; no start code: a module is a library
  $clang --target=wasm32-wasi -nostartfiles $common $objects -Wl,--no-entry -Wl,--gc-sections -Wl,--strip-all \
    -Wl,-z,stack-size=262144 -o "$out/$module.new"
  mv "$out/$module.new" "$out/$module.wasm"
done
