# A recorded Traub-Miles neuron: the twin's samples and intervals hold the parameters that made it, on any number of
# threads.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"

cat >cell.json <<'JSON'
{"model": "tm", "parameters": {"C": 100, "gNa": 5600, "gK": 600, "gL": 5, "gM": 7.5, "ENa": 50, "EK": -90, "EL": -70.3,
 "VT": -56.2, "taumax": 600}}
JSON
sweep=0
echo "t_ms,i_pA,v_mV,sweep" >rec.csv
for pA in -50 150 250 400; do # noise of 0.1 mV: twelve uniform numbers make a normal one
  cat >p.json <<JSON
{"duration_ms": 250, "sample_ms": 0.05, "segments": [{"type": "const", "t0_ms": 50, "t1_ms": 200, "amp_pA": $pA}]}
JSON
  "$loligo" neuron simulate cell.json --protocol p.json --solver rk4 -o - --quiet | awk -F, -v pA="$pA" -v s=$sweep '
    BEGIN { x = 12345 + s }
    function u() { x = (x * 16807) % 2147483647; return x / 2147483647 }
    /^[0-9]/ { e = 0; for (k = 0; k < 12; k++) e += u()
      printf "%.2f,%s,%.4f,%d\n", $1, ($1 >= 49.999 && $1 < 199.999) ? pA : 0, $2 + 0.1 * (e - 6), s }' >>rec.csv
  sweep=$((sweep + 1))
done

"$loligo" clone rec.csv -o twin.json --model hh --all-sweeps --quiet
grep -q '"accepted": true' twin.json || fail "not accepted"
effective=$(sed -n 's/.*"effective": \([0-9]*\).*/\1/p' twin.json)
[ "$effective" -ge 30 ] || fail "the draws are worth $effective samples"
[ "$(sed -n '/"samples": \[/,/^  \],/p' twin.json | grep -c '^ *\[.*\],*$')" = 200 ] || fail "not 200 samples"

# What the fit held fixed goes with the twin: it replays the recording to the noise of the fit.
grep -q '"taumax"' twin.json || fail "the time constant of M that was fitted with is not in the twin"
for file in cell twin; do
  "$loligo" neuron simulate $file.json --protocol p.json --solver rk4 -o $file.csv --spikes $file.s.csv --quiet
done
paste -d, cell.s.csv twin.s.csv | awk -F, '/^[0-9]/ { n++; d = $1 - $2; if (d < 0) d = -d; if (d > 0.02) bad = 1 }
  END { exit bad || n < 5 }' || fail "the twin's spikes are not those of the cell: $(paste -d, cell.s.csv twin.s.csv)"

# The truth within three times the distance of the interval's ends from their middle, and within at least 6 of 9
# intervals; the samples' own mean lies within every interval.
sed -n '/"samples": \[/,/^  \],/p' twin.json | tr -d '[]' | awk -F, 'NF == 9 { n++; for (k = 1; k <= 9; k++) s[k] += $k }
  END { for (k = 1; k <= 9; k++) print s[k] / n }' >means
grep '"ci95"' twin.json | tr -d '[],' | awk '{ print $2, $3 }' >intervals
[ "$(wc -l <intervals)" = 9 ] || fail "$(wc -l <intervals) intervals"
printf '%s\n' 100 5600 600 5 7.5 50 -90 -70.3 -56.2 | paste -d' ' - intervals means | awk '
  { middle = ($2 + $3) / 2; half = ($3 - $2) / 2; d = $1 - middle; if (d < 0) d = -d
    if (d > 3 * half) { print "parameter " NR ": " $0; bad = 1 }
    if (d <= half) inside++
    if ($4 < $2 || $4 > $3) { print "mean of parameter " NR " outside: " $0; bad = 1 } }
  END { if (inside < 6) { print inside " of 9 inside"; bad = 1 }; exit bad }' >words || fail "$(cat words)"

"$loligo" clone rec.csv -o one.json --model hh --all-sweeps --threads 1 --quiet
expect 0 "" "$loligo" compare twin.json one.json
finish
