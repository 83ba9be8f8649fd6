# Networks as ONNX: what is written, what is refused; checked by python3-onnx where it is installed.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
net=$root/fuzz/seeds/net/tiny.safetensors
expect 0 "" "$loligo" export-onnx "$net" -o "$work/net.onnx" --test-data "$work/data" --steps 40
out "x (batch, steps >= 1, 2), features (batch, 1) -> y (batch, 13): mixture"
for file in net.onnx data/input_0.pb data/input_1.pb data/output_0.pb; do
  [ -s "$work/$file" ] || fail "no $file"
done
[ "$(wc -c <"$work/data/input_0.pb")" -gt $((2 * 40 * 2 * 4)) ] || fail "the test data has not 40 steps"
grep -q "$(sha256sum "$net" | cut -c1-64)" "$work/net.onnx" || fail "the model does not say where it comes from"
cp "$work/data/output_0.pb" "$work/first.pb"
expect 0 "" "$loligo" export-onnx "$net" -o "$work/net.onnx" --test-data "$work/data" --steps 40 --threads 2
cmp -s "$work/data/output_0.pb" "$work/first.pb" || fail "other outputs the second time"
expect 0 "" "$loligo" export-onnx "$net" -o "$work/net.onnx" --json
out '"schema": "loligo-export-onnx/1"'
expect 2 "give -o" "$loligo" export-onnx "$net"
expect 2 "--steps 0" "$loligo" export-onnx "$net" -o "$work/net.onnx" --steps 0
expect 3 "nothing.safetensors" "$loligo" export-onnx "$work/nothing.safetensors" -o "$work/none.onnx"
head -c 600 "$net" >"$work/short.safetensors"
expect 3 "short.safetensors" "$loligo" export-onnx "$work/short.safetensors" -o "$work/none.onnx"
one_line
expect 3 "no metadata 'encoder'" "$loligo" export-onnx "$root/fuzz/seeds/safetensors/five.safetensors" -o "$work/none.onnx"
[ ! -e "$work/none.onnx" ] || fail "a file was written in spite of the failure"
expect 5 "cannot be written" "$loligo" export-onnx "$net" -o "$work/no/such/folder/net.onnx"
cells=$root/models/culture-unet.safetensors
expect 0 "" "$loligo" export-onnx "$cells" -o "$work/cells.onnx" --test-data "$work/cells"
out "x (batch, height, width, 2), sides multiples of 8 -> y (batch, height, width, 3)"
expect 2 "--steps" "$loligo" export-onnx "$cells" -o "$work/cells.onnx" --steps 4
if /usr/bin/python3 -c 'import onnx' 2>/dev/null; then
  /usr/bin/python3 "$root/validation/onnx_check.py" "$loligo" "$net" "$cells" >"$work/check" || fail "$(cat "$work/check")"
else
  echo "skipped: python3-onnx is not installed, the model is not evaluated" >&2
fi
finish
