# The same bits for any number of threads, and run after run.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
echo '{"model": "izhikevich", "variant": "std", "parameters": {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}}' >izh.json
echo '{"duration_ms": 500, "sample_ms": 0.1, "segments": [{"type": "ou", "t0_ms": 20, "t1_ms": 480, "mean_pA": 80, "sd_pA": 40, "tau_ms": 3, "seed": 5}]}' >p.json
bits() { grep -v '^#' "$1" | sha256sum | cut -c1-64; }
for solver in reference rk4 euler; do
  for threads in 1 2 3; do
    "$loligo" neuron simulate izh.json --protocol p.json --solver $solver --threads $threads -o $solver$threads.csv --quiet
    [ "$(bits $solver$threads.csv)" = "$(bits ${solver}1.csv)" ] || fail "$solver: other bits with $threads threads"
  done
done
[ "$(bits rk41.csv)" != "$(bits euler1.csv)" ] || fail "two solvers gave the same trace"
finish
