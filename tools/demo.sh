#!/bin/sh
# usage: demo.sh LOLIGO: clone a real recording that ships; the program says in ten lines what came out and where to look.
set -eu
loligo=$1
cd "$(dirname "$0")/.."
start=$(date +%s)
"$loligo" clone data/recordings/171116sh_0018.abf -o demo/twin.json --report demo/report
echo "(in $(($(date +%s) - start)) s; '$loligo verify demo/report' runs it again and compares)"
