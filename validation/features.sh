#!/bin/sh
# usage: features.sh [LOLIGO [TWIN_DATA]]: features of real recordings against the reference tables, a line each.
# TWIN_DATA holds recordings/ and ref/ (shared/data/twin).
set -eu
here=$(dirname "$0")
/usr/bin/python3 "$here/features.py" "${1:-$here/../build/loligo}" "${2:-${LOLIGO_SHARED:-$here/../../shared}/data/twin}" \
  --columns
