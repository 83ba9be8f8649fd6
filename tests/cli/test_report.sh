# A run that is not there, or is something else, is refused in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
expect 3 "nowhere" "$loligo" report "$work/nowhere"
one_line
mkdir "$work/run"
expect 3 "run.json" "$loligo" report "$work/run"
echo '{"schema": "loligo-twin/1"}' >"$work/run/run.json"
expect 3 "loligo-twin/1" "$loligo" report "$work/run"
one_line
echo '{"schema": "loligo-report/1", ' >"$work/run/run.json"
expect 3 "run.json" "$loligo" report "$work/run/run.json"
finish
