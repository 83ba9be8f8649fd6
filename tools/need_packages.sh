#!/bin/sh
# usage: need_packages.sh [--refresh] LIST…
# Installs the Debian packages of the lists that are missing, and nothing else: with all of them there, no network is
# touched. As root directly, else through sudo. --refresh says so when nothing is missing.
set -eu
say=
if [ "${1:-}" = --refresh ]; then say=1; shift; fi
if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "need_packages: this is not Debian; the packages of $* must be there already" >&2
  exit 0
fi
missing=
for package in $(sed -e 's/#.*//' "$@"); do
  state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$state" = "install ok installed" ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
  [ -z "$say" ] || echo "need_packages: everything of $* is installed"
  exit 0
fi
sudo=
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "need_packages: missing:$missing; run as root: apt-get install$missing" >&2
    exit 1
  fi
  sudo=sudo
fi
echo "need_packages: installing$missing"
$sudo apt-get update -qq || echo "need_packages: apt-get update failed; trying with the lists that are there" >&2
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
