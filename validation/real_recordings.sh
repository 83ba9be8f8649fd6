#!/bin/sh
# usage: real_recordings.sh LOLIGO RECORDINGS [NAME...]: clone real recordings, print one row each (see real_recordings.py).
set -eu
exec python3 "$(dirname "$0")/real_recordings.py" "$@"
