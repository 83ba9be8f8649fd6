#!/bin/sh
# Workers, programs and the server are killed while a screen runs: every result is there once. The whole (A9):
# python3 tests/cli/serve_kill_test.py build/loligo --points 10000 --kills 100
set -eu
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 0; }
python3 tests/cli/serve_kill_test.py "$1" --points "${LOLIGO_KILL_POINTS:-500}" --kills "${LOLIGO_KILLS:-5}"
