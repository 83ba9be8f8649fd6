#!/bin/sh
# Who may do what on a real server, what is refused, and what stands in the audit afterwards.
set -eu
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 0; }
python3 tests/cli/serve_guard_test.py "$1"
