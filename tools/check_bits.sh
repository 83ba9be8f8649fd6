#!/bin/sh
# usage: check_bits.sh [BITS.PY'S OPTIONS]: the figure "bits" (A5), `make bits`: the same SHA-256 of traces and of the times of spikes from
# every model that ships, by gcc -O2, -O3 and -O3 -march=native, clang -O3, the kernels of smaller CPUs, WebAssembly, 1, 2 and 8 threads, 1
# and 4 ranks. Builds what it compares in build-bits-* (only the program: about 4 minutes of a core each, less with ccache), runs
# validation/bits/bits.py, keeps hashes in build-bits.json (interrupted, it goes on from there) and the table in build-bits.md.
# Needs clang, python3 with h5py, mpirun, and for the modules node and tools/debian-packages-wasm.txt; says what is missing.
set -eu
cd "$(dirname "$0")/.."
jobs=${JOBS:-2}
python=/usr/bin/python3
"$python" -c 'import h5py' 2>/dev/null || { echo "bits: python3-h5py is missing (make deps-bench)" >&2; exit 77; }
launcher=
! command -v ccache >/dev/null 2>&1 || launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
list=$(mktemp)
trap 'rm -f "$list"' EXIT
build() { # NAME FOLDER COMPILER MOST FLAGS
  if ! command -v "$3" >/dev/null 2>&1; then
    echo "bits: $3 IS NOT HERE: nothing of it is compared" >&2
    return
  fi
  sh tools/configure.sh "build-bits-$2" "-DCMAKE_C_COMPILER=$3" "-DLOLIGO_CPU_MOST=$4" "-DCMAKE_C_FLAGS_RELEASE=$5" -DLOLIGO_TESTS=OFF -DLOLIGO_WEB=OFF \
    $launcher >&2
  nice cmake --build "build-bits-$2" -j "$jobs" --target loligo >&2
  echo "$1=build-bits-$2/loligo" >>"$list"
}
build "gcc -O3" gcc-O3 gcc "" -O3
build "gcc -O2" gcc-O2 gcc "" -O2
build "gcc -O3 -march=native" gcc-native gcc "" "-O3 -march=native"
build "clang -O3" clang-O3 clang "" -O3
build "without AVX-512" gcc-v3 gcc v3 -O3
build "without AVX2" gcc-plain gcc plain -O3
set -- "$@"
if command -v node >/dev/null 2>&1 && sh tools/build_wasm.sh build-bits-wasm >&2; then set -- --wasm build-bits-wasm "$@"
else echo "bits: THE WEBASSEMBLY MODULES ARE NOT COMPARED" >&2; fi
command -v mpirun >/dev/null 2>&1 || { echo "bits: mpirun IS NOT HERE: no ranks" >&2; set -- --ranks 1 "$@"; }
newest=$(cat build-bits-*/loligo | sha256sum)
[ "$(cat build-bits.of 2>/dev/null)" = "$newest" ] || rm -f build-bits.json # hashes of other programs
echo "$newest" >build-bits.of
while read -r program; do set -- "$@" "$program"; done <"$list"
code=0
nice "$python" validation/bits/bits.py --jobs "$jobs" --json build-bits.json "$@" >build-bits.md || code=$?
cat build-bits.md
exit "$code"
