# loligo axon map on a coarse white matter: directly, by a network, from ranks and after Ctrl-C; what is refused.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
seeds=$(cd "$(dirname "$0")/../../fuzz/seeds/axon_net" && pwd)
cd "$work"
map="$loligo axon map --seed 500 --every 10 --direct"
expect 0 "map: map.h5" $map -o map.h5 --json --summary regions.csv --points points.bin --slices slices --threads 2
out '"schema": "loligo-axon-map/1"'
out '"n_network": 0'
out '"n_failed": 0'
out '"region": "commissural"'
[ ! -e map.journal ] || fail "the journal was left"
grep -q '^region,n,n_failed,mt_mean,mt_median,mt_p95,mt_max,axl_mean,' regions.csv || fail "columns of regions.csv"
grep -q '^all,' regions.csv || fail "no row of the whole"
grep -q '^# partition: geometry' regions.csv || fail "the partition is not told"
n=$(grep -o '"n_voxels": [0-9]*' out | grep -o '[0-9]*$')
[ "$(wc -c <points.bin)" = $((n * 44)) ] || fail "points.bin has $(wc -c <points.bin) bytes for $n voxels"
grep -q '"loligo-axon-points/1"' points.json || fail "points.json"
for name in mt axl tau nf strain rate injured source; do
  [ -s slices/fig-$name.svg ] && [ -s slices/fig-$name.png ] || fail "no picture $name"
done
[ ! -e slices/fig-error-mt.svg ] || fail "errors without a network"
expect 0 "" "$loligo" info map.h5
out "map.h5: axon map, HDF5 (loligo-axon-map 1)"
grep -q "^peak_rate  *float32 ($n), .* to .* 1/s$" out || fail "info on a map: $(grep peak_rate out)"
grep -q "^mt  *float32 ($n), [0-9.e-]* to [0-9.e-]*$" out || fail "info on a map: $(grep '^mt' out)"
grep -q "^title  *text 'impact of seed 500" out || fail "info does not tell the title of a map"
out "loligo axon map --seed 500"
out "seed         500"
expect 0 "" "$loligo" info map.h5 --json
out '"kind": "axon map"'
out '"command": "axon map"'
out '"seed": 500'
tr -d ' \n' <out | grep -qF "{\"name\":\"position_mm\",\"type\":\"float32\",\"shape\":[$n,3],\"unit\":\"mm\",\"min\":" ||
  fail "info --json does not tell the places of a map"

# The same bytes from one thread, from three, after Ctrl-C, and from ranks.
expect 0 "map: one.h5" $map -o one.h5 --threads 1
$map -o three.h5 --threads 3 --resume j3 --quiet
[ -e j3 ] || fail "the journal was not kept"
$map -o broken.h5 --threads 1 --quiet >/dev/null 2>&1 &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  [ -n "$(find broken.journal -name 'journal-*' -size +1k 2>/dev/null)" ] && break
  sleep 0.05
done
kill -INT $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
$map -o broken.h5 --quiet
# what the files say of options differs; what they hold does not
$map -o a.h5 --quiet
$map -o b.h5 --quiet --threads 1
cmp -s a.h5 b.h5 || fail "another number of threads, other bytes"
for other in one three broken; do cmp -s a.h5 $other.h5 || fail "$other.h5 has other bytes than a.h5"; done
if command -v mpirun >/dev/null 2>&1 && [ -e "$(dirname "$loligo")/loligo_mpi.so" ] && ! grep -qa __tsan_init "$loligo"; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
  saved=${ASAN_OPTIONS:-}
  export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # of Open MPI
  expect 0 "" mpirun --oversubscribe -n 2 $map -o ranks.h5 --quiet
  cmp -s a.h5 ranks.h5 || fail "ranks give other bytes"
  [ ! -e ranks.journal ] || fail "the journal of ranks was left"
  export ASAN_OPTIONS="$saved"
else
  echo "SKIP: ranks are not tested: mpirun or loligo_mpi.so is missing" >&2
fi

# A network that knows nothing like these: all is simulated; both: errors.
expect 0 "$n of them are out of its range" "$loligo" axon map --seed 500 --every 10 -o net.h5 \
  --net "$seeds/peak.safetensors" --json
out '"n_network": 0'
printf 'region,x0_mm,x1_mm,y0_mm,y1_mm,z0_mm,z1_mm\nfront,0,100,-100,100,-100,100\n' >regions_in.csv
expect 0 "R2" "$loligo" axon map --seed 500 --every 10 -o both.h5 --both --net "$seeds/peak.safetensors" --json \
  --slices both --injury-threshold 0.01 --regions regions_in.csv --report page --resume jboth
out '"agreement"'
out '"r2"'
out '"region": "elsewhere"'
for name in error-mt sd-nf range nearest scatter; do [ -s both/fig-$name.svg ] || fail "no picture $name"; done
for words in 'id="agreement"' 'id="regions"' 'id="times"' 'What this is not' loligo-data 'below 0.99'; do
  grep -q "$words" page/report.html || fail "the page lacks $words"
done
expect 0 "page: again/report.html" "$loligo" report both.h5 --html -o again
grep -q 'id="agreement"' again/report.html || fail "the page of a file lacks the agreement"
head -c 20000 both.h5 >half.h5
expect 3 "half.h5" "$loligo" report half.h5 -o again

# The network alone, out of its range: shown, and told by the exit code; nothing is simulated.
expect 1 "$n of them are out of its range" "$loligo" axon map --seed 500 --every 10 -o alone.h5 --no-fallback \
  --net "$seeds/peak.safetensors" --json
out '"n_simulated": 0'
out "\"n_network\": $n"
expect 2 "simulates nothing" "$loligo" axon map --seed 1 -o x.h5 --direct --no-fallback

# A measured rotation, and its profiles from a file: the same map.
awk 'BEGIN {print "t_ms,omega_x,omega_y,omega_z"
  for (t = 0; t <= 100; t++) {w = t < 30 ? 12 * t / 30 : 12 * exp(-(t - 30) / 20); print t "," w "," 0.5 * w "," (-w)}}' >turn.csv
expect 0 "map: turn.h5" "$loligo" axon map turn.csv -o turn.h5 --every 12 --direct --json
out '"title": "turn.csv, '
expect 0 "" "$loligo" axon strain turn.csv -o profiles.h5 --voxels 100 --quiet
expect 0 "100 voxels simulated" "$loligo" axon map profiles.h5 -o some.h5 --direct
expect 0 "" "$loligo" axon strain --seeds 1..2 -o two.h5 --voxels 5 --quiet
expect 2 "2 impacts" "$loligo" axon map two.h5 -o x.h5 --direct
expect 0 "5 voxels simulated" "$loligo" axon map two.h5 -o some.h5 --direct --impact 1
expect 2 "no voxel is of impact 2" "$loligo" axon map two.h5 -o x.h5 --direct --impact 2

# What cannot be.
awk 'BEGIN {print "t_s,a"; for (t = 0; t < 10; t++) print t / 1000 "," t / 1000}' >profiles.csv
expect 3 "profiles.csv" "$loligo" axon map profiles.csv -o x.h5 --direct
one_line
expect 3 "IO" "$loligo" axon map missing.h5 -o x.h5 --direct
one_line
expect 2 "of which impact" "$loligo" axon map -o x.h5 --direct
expect 2 "where to" "$loligo" axon map --seed 1
expect 2 "leave out --both" "$loligo" axon map --seed 1 -o x.h5 --direct --both
expect 2 "--at" "$loligo" axon map --seed 1 -o x.h5 --direct --at 1,2
expect 2 "--injury-threshold" "$loligo" axon map --seed 1 -o x.h5 --direct --injury-threshold 20
expect 3 "missing.csv" "$loligo" axon map --seed 1 --every 20 -o x.h5 --direct --regions missing.csv
echo '{"K": 0.2}' >other.json
expect 0 "this one differs (K): loligo axon threshold" "$loligo" axon map --seed 500 --every 20 -o k.h5 --direct --params other.json
expect 2 "learned another axon" "$loligo" axon map --seed 1 --every 20 -o x.h5 --net "$seeds/peak.safetensors" --params other.json --quiet
one_line
expect 5 "nowhere" "$loligo" axon map --seed 1 --every 20 -o nowhere/x.h5 --direct --resume jx
[ ! -e x.h5 ] || fail "a map of what cannot be"
finish
