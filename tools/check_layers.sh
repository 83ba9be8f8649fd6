#!/bin/sh
# Includes go downwards only, and no room includes another. One line per layer: what it may include beside itself.
set -eu
cd "$(dirname "$0")/.."
allowed() {
  case $1 in
  base) echo "" ;;
  num) echo "base" ;;
  data) echo "base" ;;
  io) echo "base num data" ;;
  learn) echo "base num data io" ;;
  neuron | cable | calcium | axon | culture) echo "base num data io learn" ;;
  twin) echo "base num data io learn neuron cable calcium axon culture" ;;
  wasm) echo "base num data neuron cable calcium" ;;
  app) echo "base num data io learn neuron cable calcium axon culture twin" ;;
  *) return 1 ;;
  esac
}
bad=0
for folder in src/*/; do
  layer=$(basename "$folder")
  if ! may=$(allowed "$layer"); then
    echo "layers: src/$layer is no layer; add its line to tools/check_layers.sh" >&2
    bad=1
    continue
  fi
  found=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"' "$folder" --include='*.c' --include='*.h' || true)
  printf '%s\n' "$found" | while IFS= read -r line; do
    [ -n "$line" ] || continue
    target=$(printf '%s' "$line" | sed 's/.*include[[:space:]]*"\([^"]*\)".*/\1/')
    case $target in
    */*) room=${target%%/*} ;;
    *)
      echo "layers: ${line%%#*} \"$target\": write the layer too, \"$layer/$target\""
      continue
      ;;
    esac
    case " $layer $may " in
    *" $room "*) ;;
    *) echo "layers: ${line%%#*} src/$layer must not include \"$target\" (allowed: $layer $may)" ;;
    esac
  done >"${TMPDIR:-/tmp}/layers.$$"
  if [ -s "${TMPDIR:-/tmp}/layers.$$" ]; then
    cat "${TMPDIR:-/tmp}/layers.$$" >&2
    bad=1
  fi
  rm -f "${TMPDIR:-/tmp}/layers.$$"
done
# Public headers know only each other and the C library.
if grep -nE '#[[:space:]]*include[[:space:]]+"' include/loligo/*.h; then
  echo "layers: public headers include <loligo/…>, never \"…\"" >&2
  bad=1
fi
[ "$bad" = 0 ] && echo "layers: ok"
exit "$bad"
