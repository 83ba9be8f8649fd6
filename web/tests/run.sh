#!/bin/sh
# usage: run.sh LOLIGO FOLDER_OF_SCREENSHOTS: types, pure functions, the page in a browser. 77: skipped, and why.
set -eu
here=$PWD
program=$1
shots=$2
case $program in /*) ;; *) program=$here/$program ;; esac
case $shots in /*) ;; *) shots=$here/$shots ;; esac
cd "$(dirname "$0")/.."
skip() {
  echo "web: SKIPPED: $1" >&2
  exit 77
}
command -v node >/dev/null 2>&1 || skip "there is no node"
[ -d node_modules/playwright-core ] || skip "the page's packages are not installed (the build says why)"
[ -f dist/index.html ] || skip "this build has no page"
npx --no-install tsc --noEmit
node tests/unit.mjs "$program"
exec node tests/page.mjs "$program" "$shots"
