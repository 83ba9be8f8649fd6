# A run of calcium that is interrupted saves its state; the same command goes on from there to the same tables.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

cat >"$work/case.json" <<'JSON'
{"geometry": {"L_um": 64, "R_um": 0.4, "r_ER_um": 0.15}, "t_end_s": 0.35,
 "stimulus": {"j0_uM_um_s": 2500, "sigma_um": 0.5, "t_off_s": 0.001}}
JSON
simulate() { "$loligo" calcium simulate "$work/case.json" --max-dx-um 0.1 --quiet "$@"; }

# until a state is there: saved after 0.1 s, or left by an earlier part; then a little on, and Ctrl-C
interrupt() {
  "$loligo" calcium simulate "$work/case.json" --max-dx-um 0.1 --quiet -o "$work/parts" --state "$work/state" \
    --save-every 100ms 2>"$work/said" &
  pid=$!
  while [ ! -s "$work/state" ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
  sleep 0.1
  kill -INT $pid 2>/dev/null || true
  code=0
  wait $pid || code=$?
}

simulate -o "$work/whole"
stopped=0
for part in 1 2 3; do
  interrupt
  [ $code = 0 ] && break
  [ $code = 130 ] || fail "interrupted: exit code $code"
  [ -s "$work/state" ] || fail "no state after an interrupt"
  stopped=$((stopped + 1))
done
[ $code = 0 ] || simulate -o "$work/parts" --state "$work/state" || fail "the last part"
[ $stopped -gt 0 ] || fail "never interrupted"
[ ! -e "$work/state" ] || fail "a state is left after the end"
for table in arrivals timeseries snapshots totals; do
  grep -v '^#' "$work/whole/$table.csv" >"$work/a"
  grep -v '^#' "$work/parts/$table.csv" >"$work/b"
  cmp "$work/a" "$work/b" || fail "$table differs"
done

# the state of another run, and what is no state
interrupt
[ -s "$work/state" ] || fail "no state"
simulate -o "$work/parts" --state "$work/state" --dt 5us 2>"$work/said" && fail "another step was taken"
grep -q "the state of another run" "$work/said" || fail "$(cat "$work/said")"
echo no >"$work/state"
simulate -o "$work/parts" --state "$work/state" 2>"$work/said" && fail "what is no state was taken"
grep -q "not the state of a run of calcium" "$work/said" || fail "$(cat "$work/said")"
simulate -o "$work/parts" --state "$work/other" --tolerance 0.001 2>"$work/said" && fail "--tolerance with --state"
grep -q "has no --state" "$work/said" || fail "$(cat "$work/said")"
[ "$failures" -eq 0 ]
