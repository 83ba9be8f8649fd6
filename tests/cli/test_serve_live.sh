#!/bin/sh
# Live streams of a real server on this machine.
set -eu
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 0; }
python3 tests/cli/serve_live_test.py "$1"
