#!/bin/sh
# usage: check_symbols.sh BUILD
# The shared library exports lg_* and nothing else. Objects of the library never call exit, abort, printf & co., never
# keep writable global state, and the rooms below twin open no files. What simulates, learns or fits calls no transcendental
# function of libm: they differ between libraries (base/elementary.h and num/special.h have ours).
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
# io draws and reads, and may; sqrt, fma, fmod, ldexp and rounding are exact everywhere.
transcendental='exp|exp2|exp10|pow10|expm1|log|log2|log10|log1p|pow|sin|cos|tan|sincos|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|erf|erfc|lgamma|tgamma|cbrt|hypot|j0|j1|jn|y0|y1|yn'
complex='cexp|clog|cpow|csqrt|csin|ccos|ctan|csinh|ccosh|ctanh|cabs|carg'
# The exact solution that validate axon compares with, to 1e-6: a ratio of complex hyperbolic functions.
spared='^src/axon/shear_lag$'
list=${TMPDIR:-/tmp}/symbols.$$
# One nm for all objects whose source is there: "src/room/file.c kind name" a line.
(cd "$build/CMakeFiles/loligo_objects.dir" && find src -name '*.o' -exec nm -A {} +) |
  awk '{sub(/\.o:/, " ", $0); if (NF == 4) print $1, $3, $4; else print $1, $2, $3}' >"$list.all"
cut -d' ' -f1 "$list.all" | sort -u | while read -r source; do [ -f "$source" ] && echo "$source"; done >"$list.here"
awk 'NR == FNR {here[$1]; next} $1 in here' "$list.here" "$list.all" >"$list"
# The sandbox is a child process: it ends by _exit and sets its own limits and signals.
awk -v words="^($forbidden)$" '$2 == "U" && $3 ~ words &&
  !($1 ~ /^src\/io\/sandbox/ && $3 ~ /^(_exit|signal|sigaction)$/) {print "symbols: " $1 " calls " $3}' "$list" >"$list.bad"
awk -v words="^($opening)$" '$2 == "U" && $3 ~ words &&
  $1 ~ /^src\/(num\/|data\/recording|neuron\/|calcium\/|axon\/|culture\/)/ {
  print "symbols: " $1 " opens files (" $3 "); only io, learn, twin and app may"}' "$list" >>"$list.bad"
awk -v words="^(__)?($transcendental|$complex)(f|l|f32|f64)?(_finite)?$" -v spared="$spared" '$2 == "U" && $3 ~ words &&
  $1 ~ /^src\/(base|num|data|learn|neuron|cable|calcium|axon|culture|twin)\// {
  source = $1; sub(/\.c$/, "", source)
  if (source !~ spared) print "symbols: " $1 " calls " $3 " of libm; take that of base/elementary.h or num/special.h"}' "$list" >>"$list.bad"
[ ! -s "$list.bad" ] || { cat "$list.bad" >&2; bad=1; }
# libhdf5 is not thread-safe and one per process, so is its lock.
awk '$2 ~ /^[bBdDC]$/ && $3 !~ /^(__|DW\.|\.L|_ZZ)|\.(const|rel)/ && !($1 == "src/io/h5_lock.c" && $3 == "h5_lock") {
  print $1, $3}' "$list" >"$list.state"
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
rm -f "$list" "$list.state" "$list.all" "$list.here" "$list.bad"
[ "$bad" = 0 ] && echo "symbols: ok"
exit "$bad"
