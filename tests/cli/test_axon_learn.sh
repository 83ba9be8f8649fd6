# loligo axon learn: simulated outcomes into networks; folds, test, curve; the same for any threads; refusals in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
# profiles that rise to a peak within so many ms and decay
pulses() {
  awk -v n="$1" -v shift="$2" 'BEGIN { printf "t_s"; for (k = 0; k < n; k++) printf ",p%d", k; printf "\n"
    for (t = 0; t <= 100; t++) { printf "%.3f", t / 1000
      for (k = 0; k < n; k++) { peak = 0.02 + 0.2 * ((k * 0.618 + shift) % 1); rise = 4 + 30 * ((k * 0.377 + shift) % 1)
        printf ",%.6f", t < rise ? peak * t / rise : peak * exp(-(t - rise) / 25) }
      printf "\n" } }'
}
pulses 96 0 >train.csv
pulses 24 0.31 >test.csv
"$loligo" axon simulate train.csv -o train-labels.csv --quiet
"$loligo" axon simulate test.csv -o test-labels.csv --quiet

expect 0 "" "$loligo" axon learn train.csv train-labels.csv -o a.safetensors --layout features --epochs 60 --folds 3 \
  --test test.csv --test-labels test-labels.csv --curve 32,64 --threads 1
out "features, 3 networks of 1412 weights, 96 profiles, 60 epochs"
out "3 folds"
out "in 95 %"
out "64 profiles"
[ ! -e a.safetensors.state.0 ] || fail "a state stays behind"
[ "$(find . -name '*.state*' | wc -l)" = 0 ] || fail "states stay behind: $(ls)"
expect 0 "" "$loligo" axon learn train.csv train-labels.csv -o b.safetensors --layout features --epochs 60 --folds 3 \
  --test test.csv --test-labels test-labels.csv --threads 2 --json
out '"schema": "loligo-axon-learn/1"'
out '"coverage_95"'
# the command stands in the metadata, so compare what is behind the header
tail -c 30000 a.safetensors >a
tail -c 30000 b.safetensors >b
cmp -s a b || fail "threads change the networks"
awk '/^test/ { exit !($3 > 0.9 && $5 > 0.8) }' <<E2 || fail "it learned nothing"
$("$loligo" axon learn train.csv train-labels.csv -o c.safetensors --layout features --epochs 120 --nets 2 --batch 16 \
  --test test.csv --test-labels test-labels.csv 2>/dev/null)
E2

# stopped and gone on with: the same bits
for layout in six ji; do
  common="--layout $layout --nets 2 --epochs 8 --seed 5 --threads 1"
  # shellcheck disable=SC2086
  expect 0 "spread as it is" "$loligo" axon learn train.csv train-labels.csv -o whole.safetensors $common
  code=0
  # shellcheck disable=SC2086
  timeout -s INT 0.25 "$loligo" axon learn train.csv train-labels.csv -o parts.safetensors $common >/dev/null 2>&1 || code=$?
  # shellcheck disable=SC2086
  expect 0 "spread as it is" "$loligo" axon learn train.csv train-labels.csv -o parts.safetensors $common
  tail -c 100000 whole.safetensors >a
  tail -c 100000 parts.safetensors >b
  cmp -s a b || fail "a run that was stopped ends otherwise"
done

# outcomes that are not all there
{ grep -v '^p3,' train-labels.csv | sed 's/^p4,.*/p4,nan,nan,nan,nan,nan,nan/'; echo "other,0.1,0.2,1,2,0,0"; } >some.csv
expect 0 "1 of 96 profiles have no outcome ('p3', ...)" "$loligo" axon learn train.csv some.csv -o d.safetensors \
  --layout peak --epochs 2
grep -q "1 of 96 outcomes belong to no profile ('other', ...)" err || fail "the other name is not told"
grep -q "1 outcomes are nan" err || fail "the failed simulation is not told"
out "94 profiles"
sed 's/^p5,[^,]*/p5,high/' train-labels.csv >bad.csv
expect 3 "mt is 'high', no number" "$loligo" axon learn train.csv bad.csv -o x.safetensors
one_line
sed 's/^p6,/p5,/' train-labels.csv >twice.csv
expect 3 "'p5' stands in the table twice" "$loligo" axon learn train.csv twice.csv -o x.safetensors
sed 's/^p/q/' train-labels.csv >names.csv
expect 3 "matched by name" "$loligo" axon learn train.csv names.csv -o x.safetensors
expect 3 "no column 'name'" "$loligo" axon learn train.csv train.csv -o x.safetensors
expect 3 "nothing.csv" "$loligo" axon learn train.csv nothing.csv -o x.safetensors
expect 2 "give -o" "$loligo" axon learn train.csv train-labels.csv
expect 2 "belong together" "$loligo" axon learn train.csv train-labels.csv -o x.safetensors --test test.csv
expect 2 "judged by --test" "$loligo" axon learn train.csv train-labels.csv -o x.safetensors --curve 32
expect 2 "--folds is 1" "$loligo" axon learn train.csv train-labels.csv -o x.safetensors --folds 1
expect 2 "--curve '8'" "$loligo" axon learn train.csv train-labels.csv -o x.safetensors --curve 8
[ ! -e x.safetensors ] || fail "a file was written in spite of the failure"
finish
