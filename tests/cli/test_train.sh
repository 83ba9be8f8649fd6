# Ctrl-C in training: the state is saved, the same command goes on, and the result has the bytes of a run left alone.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
cat >plan.json <<'END'
{"neurons": 64, "held": 64, "test": 64, "population": 64, "batch": 16, "epochs": 60, "dt_ms": 0.25, "components": 2, "features": false,
 "encoder": "channels=6 conv=4:12:8,4:9:8 lstm=4 pool=last,mean,max features=1 dense=8 act=relu"}
END
train() { "$loligo" train step-izhikevich plan.json --seed 3 -o "$@"; }

expect 0 "epoch 60" train whole.safetensors --threads 1
[ -s whole.safetensors ] || fail "no network was written"

expect 0 "" train whole.safetensors --threads 1 --json --quiet
out '"schema": "loligo-train/1"'
out '"coverage_95"'
sed 's/act=relu/act=rleu/' plan.json >wrong.json
expect 3 "wrong.json: FORMAT: encoder: " "$loligo" train step-izhikevich wrong.json -o x.safetensors
sed "s/channels=6/channels=$(printf '%0600d' 6)/" plan.json >long.json
expect 3 "long.json: FORMAT: encoder has " "$loligo" train step-izhikevich long.json -o x.safetensors

# Stop it as soon as the second epoch is over.
: >log
"$loligo" train step-izhikevich plan.json --seed 3 -o parts.safetensors --threads 2 --progress plain >out 2>log &
pid=$!
tries=0
while ! grep -q "epoch 2:" log && kill -0 $pid 2>/dev/null && [ $tries -lt 6000 ]; do
  sleep 0.01
  tries=$((tries + 1))
done
kill -INT $pid || fail "the training was over before it could be stopped: $(tail -2 log)"
code=0
wait $pid || code=$?
[ $code = 130 ] || fail "Ctrl-C ended with $code: $(tail -2 log)"
grep -q "goes on from parts.safetensors.state" log || fail "nothing was said about going on: $(tail -2 log)"
! grep -q "epoch 60:" log || fail "the training was over before it was stopped"
[ -s parts.safetensors.state ] || fail "no state was saved"
[ ! -e parts.safetensors ] || fail "a network was written although training was stopped"

# Another plan must not go on from there.
sed 's/"dt_ms": 0.25/"dt_ms": 0.2/' plan.json >other.json
expect 2 "another plan" "$loligo" train step-izhikevich other.json --seed 3 -o parts.safetensors
head -c 500 parts.safetensors.state >short
cp parts.safetensors.state kept
cp short parts.safetensors.state
expect 3 "parts.safetensors.state" train parts.safetensors
mv kept parts.safetensors.state

expect 0 "going on from parts.safetensors.state" train parts.safetensors --threads 2
cmp parts.safetensors whole.safetensors || fail "stopped and resumed, the network has other bytes"
expect 0 "going on" train parts.safetensors --threads 2 # it is done: only the table again
cmp parts.safetensors whole.safetensors || fail "the finished training changed its result"
finish
