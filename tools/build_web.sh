#!/bin/sh
# usage: build_web.sh: builds the page (web/) into web/dist, where its sources have changed since the last time. Several
# build folders share it: nothing is built twice. Without npm, or without the packages and a network to fetch them from,
# it says so and takes web/dist away: the program is built without a page.
set -eu
cd "$(dirname "$0")/../web"
without() {
  echo "build_web: $1; THE PAGE WILL BE MISSING in this build of loligo serve" >&2
  rm -rf dist
  exit 0
}
command -v npm >/dev/null 2>&1 || without "npm is not installed (tools/debian-packages-web.txt)"
mkdir -p .cache
exec 9>.cache/lock
flock 9
sum() { LC_ALL=C find "$@" -type f | LC_ALL=C sort | xargs sha256sum | sha256sum; }
# the core for the browser; without clang's WebAssembly target the page does without it
mkdir -p src/engine/wasm .cache/wasm
if sh ../tools/build_wasm.sh web/.cache/wasm; then
  for module in point cell wave; do
    cmp -s ".cache/wasm/$module.wasm" "src/engine/wasm/$module.wasm" || cp ".cache/wasm/$module.wasm" src/engine/wasm/
  done
else
  [ $? = 77 ] || exit 1
  rm -rf src/engine/wasm
fi
packages=$(sum package.json package-lock.json)
inputs=$(sum package.json package-lock.json tsconfig.json vite.config.ts index.html public src ../data/drugs.csv ../examples)
[ ! -f dist/index.html ] || [ "$(cat .cache/inputs 2>/dev/null)" != "$inputs" ] || exit 0
if [ "$(cat .cache/packages 2>/dev/null)" != "$packages" ] || [ ! -d node_modules ]; then
  rm -f .cache/packages
  npm ci --no-audit --no-fund --ignore-scripts >.cache/npm.log 2>&1 || {
    tail -n 5 .cache/npm.log >&2
    without "npm ci failed"
  }
  echo "$packages" >.cache/packages
fi
rm -rf .cache/dist .cache/inputs
LOLIGO_DIST=.cache/dist npx --no-install vite build --logLevel warn # a page that does not build fails the build
rm -rf dist
mv .cache/dist dist
echo "$inputs" >.cache/inputs
