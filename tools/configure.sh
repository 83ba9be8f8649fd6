#!/bin/sh
# usage: configure.sh FOLDER [CMAKE FLAGS…]: configure once; again when flags are given that the cache does not hold,
# or when the folder was made for another place (a copied tree).
set -eu
build=$1
shift
cache=$build/CMakeCache.txt
if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$(pwd)" "$cache"; then
  echo "configure: $build was made for another folder; starting it anew"
  rm -rf "$build"
fi
fresh=
for flag in "$@"; do
  name=${flag%%=*}
  name=${name#-D}
  value=${flag#*=}
  [ -f "$cache" ] && grep -qE "^$name:[A-Z]+=$(printf '%s' "$value" | sed 's/[.[\*^$+?(){}|]/\\&/g')$" "$cache" || fresh=1
done
[ -f "$build/build.ninja" ] && [ -z "$fresh" ] && exit 0
exec cmake -S . -B "$build" -G Ninja "$@"
