#!/bin/sh
# usage: neuron_reference.sh LOLIGO REF_DIR: reference spike times with --solver reference, then rk4 at 0.025 ms.
# REF_DIR holds izh_*, hh_*, drug_* (shared/data/twin/ref); a line per case with max |dt| and max |dv|.
set -eu
here=$(dirname "$0")
python=${PYTHON:-/usr/bin/python3}
echo "== reference solver"
"$python" "$here/neuron_reference.py" "$1" "$2"
echo "== rk4, 0.025 ms, first 20 spikes"
"$python" "$here/neuron_reference.py" "$1" "$2" --solver rk4 --dt 25us
