#!/bin/sh
# usage: check_install.sh BUILD: install into an empty prefix, build a client by pkg-config (shared and static) and by
# find_package(loligo), run it, run the installed program; then move the prefix: everything must still work.
set -eu
build=$(cd "$1" && pwd)
client=$(cd "$(dirname "$0")/../tests/install" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{ cmake --build "$build" --target man && cmake --install "$build" --prefix "$work/first"; } >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
mv "$work/first" "$work/prefix" # a package may be moved: nothing may point at the old place
prefix=$work/prefix
pc=$(dirname "$(find "$prefix" -name loligo.pc)")
libdir=$(dirname "$pc")
export PKG_CONFIG_PATH="$pc"
[ "$(pkg-config --modversion loligo)" = "$("$prefix/bin/loligo" --version | cut -d' ' -f2)" ]
# shellcheck disable=SC2046
cc -std=c17 -Wall -Wextra -Werror "$client/client.c" -o "$work/shared" $(pkg-config --cflags --libs loligo)
LD_LIBRARY_PATH=$libdir "$work/shared"
# shellcheck disable=SC2046
cc -std=c17 -Wall -Wextra -Werror "$client/client.c" -o "$work/static" $(pkg-config --cflags loligo) \
  "$libdir/libloligo.a" $(pkg-config --static --libs loligo | sed 's/-lloligo//')
"$work/static"
cmake -S "$client" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" 2>&1 &&
  cmake --build "$work/cmake" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$work/cmake/client_shared"
"$work/cmake/client_static"
"$prefix/bin/loligo" --help | grep -q clone
[ -s "$prefix/share/man/man1/loligo-help.1" ]
[ -s "$prefix/share/bash-completion/completions/loligo" ]
[ -s "$prefix/share/loligo/data/recordings/171116sh_0018.abf" ]
# Python: the package finds the library that lies beside it, wherever that is
packages=$(dirname "$(find "$prefix" -type d -path '*/lib/python3*/loligo')")
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
  found=$(env -u LIBLOLIGO PYTHONPATH="$packages" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -c \
    'import loligo; print(loligo.version()["library"])')
  [ "$(realpath "$found")" = "$(realpath "$libdir/libloligo.so.0")" ]
  if [ -x /usr/bin/pip3 ]; then # and packs itself, without network
    PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 /usr/bin/pip3 install -q --no-deps --no-index --no-cache-dir --target "$work/pip" "$client/../../python"
    LIBLOLIGO=$libdir PYTHONPATH=$work/pip /usr/bin/python3 -c 'import loligo; loligo.Neuron("hh52").rest()'
  else
    echo "install: there is no /usr/bin/pip3; pip install ./python is not tried (python/tests/test_pack.py unpacks the wheel)" >&2
  fi
else
  echo "install: python3-numpy is not installed; the Python package is not tried" >&2
fi
# ranks: the object lies where the moved program looks for it
if [ -e "$build/loligo_mpi.so" ]; then
  cat >"$work/plan.json" <<'J'
{"schema": "loligo-sweep/1", "model": {"model": "izhikevich"}, "vary": {"C": {"from": 50, "to": 150, "n": 200}},
 "protocol": {"duration_ms": 10, "sample_ms": 1, "segments": []}, "measure": ["v_end_mV"]}
J
  if command -v mpirun >/dev/null 2>&1; then
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none \
      mpirun --oversubscribe -n 2 "$prefix/bin/loligo" sweep "$work/plan.json" -o "$work/sweep" --quiet
    [ -s "$work/sweep/results.sqlite" ]
  else
    [ -n "$(find "$libdir/loligo" -name loligo_mpi.so)" ]
  fi
fi
[ -z "$(find "$prefix/include" -type f ! -path '*/loligo/*.h')" ]
if grep -rlI "$work/first" "$prefix"; then
  echo "install: a file points at the place of installation" >&2
  exit 1
fi
echo "install: ok"
