#!/bin/sh
# Backup of a server that runs and changes, restore into another folder; stopped in the middle, cut, damaged, full disk.
set -eu
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 0; }
python3 tests/cli/serve_backup_test.py "$1" data
