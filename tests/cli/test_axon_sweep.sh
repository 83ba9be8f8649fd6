# loligo axon simulate --resume: the same outcomes from any threads, ranks and after interruptions; failures recorded.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
awk 'BEGIN {n = 150; printf "t_s"; for (k = 1; k <= n; k++) printf ",p%d", k; print "";
  for (t = 0; t <= 30; t++) { printf "%g", t / 1000;
    for (k = 1; k <= n; k++) printf ",%.6g", (t < k % 20 + 5 ? t / (k % 20 + 5) : 1) * (k % 2 ? 0.001 : -0.0005) * k;
    print "" } }' >many.csv
rows() { grep -v '^#' "$1"; }
same() {
  rows "$1" >a
  rows "$2" >b
  cmp -s a b || fail "$1 and $2 differ: $(diff a b | head -4)"
}
simulate="$loligo axon simulate many.csv --quiet"
expect 0 "" $simulate -o plain.csv
expect 0 "" $simulate -o one.csv --resume j1 --threads 1
expect 0 "" $simulate -o three.csv --resume j3 --threads 3
same plain.csv one.csv
same plain.csv three.csv
[ "$(ls j1/journal-*.lgj | wc -l)" = 1 ] || fail "no journal was kept"

# Goes on from the journal; a journal cut anywhere costs what it lacks; other profiles or constants are refused.
expect 0 "150 of 150 profiles were there already" "$loligo" axon simulate many.csv -o again.csv --resume j1
same plain.csv again.csv
for journal in j3/journal-*.lgj; do
  bytes=$(wc -c <"$journal")
  head -c "$((bytes * 2 / 3))" "$journal" >cut.part && cp cut.part "$journal"
done
expect 0 "profiles were there already" "$loligo" axon simulate many.csv -o again.csv --resume j3
grep -q '^150 of' err && fail "nothing was missing after the journal was cut"
same plain.csv again.csv
echo '{"K": 0.11}' >stiff.json
expect 2 "another sweep" "$loligo" axon simulate many.csv -o x.csv --resume j1 --params stiff.json
awk -F, 'NR == 32 {OFS = ","; $2 = 0.0123} {print}' many.csv >other.csv
expect 2 "another sweep" "$loligo" axon simulate other.csv -o x.csv --resume j1
expect 2 "there is no profile" "$loligo" axon simulate many.csv -o x.csv --resume j1 --trace nobody

# Interrupted by Ctrl-C while it works, then finished.
$simulate -o broken.csv --resume ji --threads 1 >/dev/null 2>&1 &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  [ -d ji ] && [ -n "$(find ji -name 'journal-*' -size +1k 2>/dev/null)" ] && break
  sleep 0.1
done
kill -INT $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
expect 0 "" $simulate -o broken.csv --resume ji
same plain.csv broken.csv

# One that cannot be simulated is told, the others are there.
awk -F, 'NR == 1 {print; next} {OFS = ","; $4 = $1 > 0.01 ? -0.95 : 0; print}' many.csv >bad.csv
expect 6 "failed" "$loligo" axon simulate bad.csv -o bad_out.csv --resume jb
rows bad_out.csv | grep -q '^p3,nan,nan,nan,nan,nan,nan$' || fail "the failed profile: $(rows bad_out.csv | sed -n 4p)"
[ "$(rows bad_out.csv | grep -c nan)" = 1 ] || fail "more than one profile failed"

# The same from ranks.
if command -v mpirun >/dev/null 2>&1 && [ -e "$(dirname "$loligo")/loligo_mpi.so" ] && ! grep -qa __tsan_init "$loligo"; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
  export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # of Open MPI
  expect 0 "" mpirun --oversubscribe -n 2 $simulate -o ranks.csv
  same plain.csv ranks.csv
  [ ! -e ranks.journal ] || fail "the journal beside OUT was left"
  expect 6 "failed" mpirun --oversubscribe -n 2 "$loligo" axon simulate bad.csv -o bad_ranks.csv
  same bad_out.csv bad_ranks.csv
else
  echo "SKIP: ranks are not tested: mpirun or loligo_mpi.so is missing" >&2
fi
finish
