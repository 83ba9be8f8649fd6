#!/bin/sh
# usage: demo.sh LOLIGO: clone a real recording that ships and say in ten lines what came out.
set -eu
loligo=$1
cd "$(dirname "$0")/.."
recording=data/recordings/171116sh_0018.abf
mkdir -p demo
start=$(date +%s)
"$loligo" clone "$recording" -o demo/twin.json --report demo/report
end=$(date +%s)
echo "demo: cloned $recording in $((end - start)) s"
echo "demo: the twin is demo/twin.json; open demo/report/report.html in a browser"
