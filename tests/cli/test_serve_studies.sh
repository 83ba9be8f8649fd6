#!/bin/sh
# A study from its draft to its signature over the API of a real server, and its archive without one.
set -eu
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 0; }
python3 tests/cli/serve_studies_test.py "$1" data
