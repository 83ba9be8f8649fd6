#!/bin/sh
# usage: check_symbols.sh BUILD
# The shared library exports lg_* and nothing else. Objects of the library never call exit, abort, printf & co., never
# keep writable global state, and the rooms below twin open no files.
set -eu
build=$1
bad=0
complain() {
  echo "symbols: $*" >&2
  bad=1
}
foreign=$(nm -D --defined-only "$build/libloligo.so" | awk '{print $NF}' | grep -vE '^lg_' || true)
[ -z "$foreign" ] || complain "the shared library exports $foreign"
[ "$(nm -D --defined-only "$build/libloligo.so" | grep -c ' lg_')" -gt 10 ] || complain "the shared library exports nothing"

forbidden='exit|_exit|_Exit|quick_exit|abort|__assert_fail|printf|vprintf|puts|putchar|perror|__printf_chk|__vprintf_chk|longjmp|__longjmp_chk|siglongjmp|rand|srand|random|srandom|drand48|setlocale|setenv|putenv|chdir|strtok|gmtime|localtime|system|popen|signal|sigaction'
opening='fopen|fopen64|open|open64|lg_file_read|lg_outfile_open'
list=${TMPDIR:-/tmp}/symbols.$$
for object in $(find "$build/CMakeFiles/loligo_objects.dir" -name '*.o'); do
  source=${object#*loligo_objects.dir/}
  source=${source%.o}
  [ -f "$source" ] || continue # left over from a file that is gone
  nm "$object" >"$list"
  words=$forbidden
  # The sandbox is a child process: it ends by _exit and sets its own limits and signals.
  case $source in src/io/sandbox*) words=$(printf '%s' "$forbidden" | sed 's/|_exit|/|/; s/|signal|sigaction//') ;; esac
  found=$(awk '$1 == "U" {print $2}' "$list" | grep -xE "$words" || true)
  [ -z "$found" ] || complain "$source calls $(echo "$found" | tr "\n" " ")"
  # shellcheck disable=SC2016
  state=$(awk '$2 ~ /^[bBdDC]$/ {print $3}' "$list" | grep -vE '^(__|DW\.|\.L|_ZZ)|\.(const|rel)' || true)
  # libhdf5 is not thread-safe and one per process, so is its lock.
  [ "$source:$state" = src/io/h5_lock.c:h5_lock ] && state=
  [ -z "$state" ] || printf '%s %s\n' "$source" "$(echo "$state" | tr "\n" " ")"
  case $source in
  src/num/* | src/data/recording* | src/neuron/* | src/calcium/* | src/axon/* | src/culture/*)
    found=$(awk '$1 == "U" {print $2}' "$list" | grep -xE "$opening" || true)
    [ -z "$found" ] || complain "$source opens files ($(echo "$found" | tr "\n" " ")); only io, learn, twin and app may"
    ;;
  esac
done >"$list.state"
# Tables of pointers are relocated at load time and look writable to nm; objdump knows better.
while read -r source names; do
  object=$build/CMakeFiles/loligo_objects.dir/$source.o
  for name in $names; do
    section=$(objdump -t "$object" | awk -v n="$name" '$NF == n {for (k = 1; k <= NF; k++) if ($k ~ /^\.|^\*COM/) {print $k; exit}}')
    case $section in
    .data.rel.ro*) ;;
    *) complain "$source keeps writable global state: $name ($section)" ;;
    esac
  done
done <"$list.state"
rm -f "$list" "$list.state"
[ "$bad" = 0 ] && echo "symbols: ok"
exit "$bad"
