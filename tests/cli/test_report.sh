# A run that is not there, or is something else, is refused in one line; trials and screens are drawn as clones are.
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
seeds="$(dirname "$0")/../../fuzz/seeds/report"
for kind in trial screen; do
  mkdir "$work/$kind"
  cp "$seeds/$kind.json" "$work/$kind/"
  expect 0 "page:" "$loligo" report "$work/$kind" --json
  out "\"kind\": \"$kind\""
  for file in report.html report.pdf fig-dose.svg fig-dose.png; do
    [ -s "$work/$kind/$file" ] || fail "$kind: no $file"
  done
  expect 0 "page:" "$loligo" report "$work/$kind/$kind.json" --html -o "$work/$kind-again"
  cmp "$work/$kind/report.html" "$work/$kind-again/report.html"
  [ ! -e "$work/$kind-again/report.pdf" ] || fail "--html wrote a PDF"
  # A folder may end in slashes, whether it is there already or not; paths below it have one.
  expect 0 "page: $work/$kind/report.html" "$loligo" report "$work/$kind/" --html --json
  out "\"folder\": \"$work/$kind\""
  expect 0 "page: $work/$kind-slash/report.html" "$loligo" report "$work/$kind//" --html -o "$work/$kind-slash//"
  sed 's/"verdict": /"verdikt": /' "$seeds/$kind.json" >"$work/$kind/$kind.json"
  expect 3 "verdict" "$loligo" report "$work/$kind"
  one_line
done
finish
