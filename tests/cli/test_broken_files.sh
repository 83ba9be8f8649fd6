# Whatever is wrong with an input: one line, exit code 3, no output, no crash; whatever stood at the output stands.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=${LG_TEST_DATA:?}
here=$(cd "$(dirname "$0")/../.." && pwd)
cd "$work"

: >empty
mkdir folder
head -c 3000 /dev/urandom >random
abf=$here/data/recordings/171116sh_0018.abf
head -c 5000 "$abf" >header-only.abf
head -c 300000 "$abf" >cut.abf
{ head -c 512 "$abf"; head -c 100000 /dev/zero; } >zeros.abf
head -c 3000 "$data/nwb/table.nwb" >cut.nwb
cp "$data/nwb/bad_voltage_clamp.nwb" "$data/nwb/bad_nwb1.nwb" "$data/nwb/bad_unpaired.nwb" .
printf 't_ms,i_pA\n0,1\n1,1\n' >no-potential.csv
printf 't_ms,i_pA,v_mV\n0,1,-60\n0.1,x,-60\n' >word.csv
printf '{"model": "izhikevich", ' >cut.json
printf '{"model": "izhikevich", "parameters": {"C": -1}}' >range.json
printf '{"schema": "loligo-report/1"}' >lacks.json
echo old >out.json
echo old >out.csv

for file in missing empty folder random header-only.abf cut.abf zeros.abf cut.nwb bad_voltage_clamp.nwb bad_nwb1.nwb \
  bad_unpaired.nwb no-potential.csv word.csv cut.json; do
  expect 3 "$file" "$loligo" clone $file -o out.json --quiet
  one_line
  expect 3 "$file" "$loligo" clone $file -o out.json --report report --quiet
  [ ! -e report ] || fail "a report folder was made for $file"
  expect 3 "$file" "$loligo" features $file -o out.csv --quiet
  [ "$(wc -l <"$work/err")" = 1 ] || [ "$file" = bad_unpaired.nwb ] || fail "features $file: $(cat "$work/err")"
  [ ! -s "$work/out" ] || fail "features $file printed something: $(head -3 "$work/out")"
done
for file in missing empty random cut.json range.json lacks.json cut.abf; do
  expect 3 "$file" "$loligo" neuron simulate $file --protocol lacks.json -o out.csv
  one_line
done
for file in missing empty random cut.json lacks.json range.json; do
  expect 3 "$file" "$loligo" report $file
  one_line
  expect 3 "$file" "$loligo" verify $file
  one_line
  expect 3 "$file" "$loligo" compare $file out.csv
  one_line
done
[ "$(cat out.json out.csv)" = "old
old" ] || fail "an output was touched although the input is broken"
for file in *; do
  case $file in *tmp-*) fail "a temporary file is left: $file" ;; esac
done
finish
