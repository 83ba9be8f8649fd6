#!/bin/sh
# A full disk in an upload, in a job and in the store; a session that ends while a job runs.
set -eu
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 0; }
python3 tests/cli/serve_broken_test.py "$1"
