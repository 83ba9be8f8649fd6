# loligo train axon-male on a small plan, and validate axon-learn on small sets: what they print, going on, refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$work"
cat >plan.json <<'END'
{"protocol": "b", "impacts": 3, "test_impacts": 2, "voxels": 40, "threshold": 0.3, "nets": 2, "epochs": 4, "folds": 2}
END
expect 0 "train: " "$loligo" train axon-male plan.json -o net.safetensors --threads 1
out "six, 2 networks of 69572 weights"
out "2 folds"
out "worst"
grep -aq "no two profiles nearer than 0.3" net.safetensors || fail "the file does not say its training set"
grep -aq "random_r2" net.safetensors || fail "the file does not hold its table"
[ "$(find . -name 'net.safetensors.state*' | wc -l)" = 0 ] || fail "states stay behind"
cp net.safetensors first.safetensors
expect 0 "of them before" "$loligo" train axon-male plan.json -o net.safetensors --threads 2 --json
out '"network": "axon-male"'
grep -q "random: 0 " err && fail "the simulations were done again"
tail -c 100000 net.safetensors >a
tail -c 100000 first.safetensors >b
cmp -s a b || fail "another number of threads, another network"
# as ONNX: strain in, outputs out, checked by another program's arithmetic
expect 0 "" "$loligo" export-onnx net.safetensors -o net.onnx --test-data data
out "strain (batch, 101), 1 ms apart, from 0 -> outputs (batch, 4): mt, axl, tau_pct, nf_pct; spread (batch, 4)"
for file in input_0.pb output_0.pb output_1.pb; do [ -s "data/$file" ] || fail "no $file"; done
expect 2 "--steps" "$loligo" export-onnx net.safetensors -o net.onnx --steps 40
if /usr/bin/python3 -c 'import onnx' 2>/dev/null; then
  /usr/bin/python3 "$root/validation/onnx_check.py" "$loligo" net.safetensors >check || fail "$(cat check)"
else
  echo "skipped: python3-onnx is not installed, the model is not evaluated" >&2
fi
sed 's/"b"/"c"/' plan.json >bad.json
expect 3 "no protocol is called 'c'" "$loligo" train axon-male bad.json -o x.safetensors
sed 's/folds/foldes/' plan.json >bad.json
expect 3 "foldes" "$loligo" train axon-male bad.json -o x.safetensors
expect 2 "did you mean axon-male" "$loligo" train axon-mail plan.json -o x.safetensors

"$loligo" axon protocol a -o sets --impacts 3 --n 60 --random 30 --worst 20 --quiet
code=0
"$loligo" validate axon-learn sets --epochs 2 --nets 2 >table 2>err || code=$?
[ "$code" = 1 ] || fail "two epochs reach the limits of five folds: $code $(cat err)"
for words in "5 folds: mt R2" "peak only, random: mt R2" "Ji layout, worst: nf NRMSE" "1 net, random: axl R2" \
  "ensemble, worst: tau R2"; do
  grep -q "$words" table || fail "no row '$words'"
done
expect 0 "" "$loligo" validate axon-learn sets --protocol a --epochs 1 --nets 2 --no-baselines --no-folds --json
out '"protocol": "a"'
expect 2 "needs SETS" "$loligo" validate axon-learn --protocol real
expect 3 "nothing/train.h5" "$loligo" validate axon-learn nothing
finish
