#!/bin/sh
# usage: cable_neuron.sh [LOLIGO [MOD_DIR]]: --scheme nrn beside Debian's NEURON, a line per case.
# MOD_DIR holds the channels' .mod files (shared/data/cable/tools/mod); without it the case with channels is left out.
set -eu
here=$(dirname "$0")
mod=${2:-${LOLIGO_SHARED:-$here/../../shared}/data/cable/tools/mod}
set -- "${1:-$here/../build/loligo}"
[ ! -d "$mod" ] || set -- "$@" --mod "$mod"
"${PYTHON:-/usr/bin/python3}" "$here/cable_neuron.py" "$@" 2>/dev/null
