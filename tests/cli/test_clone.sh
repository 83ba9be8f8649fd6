# From a recording to a twin and its report: what is written, drawn again, verified; a full disk and Ctrl-C lose nothing.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"

# A recording of a known neuron: five steps, noise of 0.1 mV, 20 kHz, as a CSV that the reader takes.
cat >cell.json <<'JSON'
{"model": "izhikevich", "variant": "std",
 "parameters": {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}}
JSON
record() { # STEPS…: rec.csv
  sweep=0
  echo "t_ms,i_pA,v_mV,sweep"
  for pA in "$@"; do
    cat >p.json <<JSON
{"duration_ms": 300, "sample_ms": 0.05, "segments": [{"type": "const", "t0_ms": 50, "t1_ms": 250, "amp_pA": $pA}]}
JSON
    "$loligo" neuron simulate cell.json --protocol p.json --solver rk4 -o - --quiet | awk -F, -v pA="$pA" -v s=$sweep '
      BEGIN { x = 12345 + s }
      function u() { x = (x * 16807) % 2147483647; return x / 2147483647 }
      /^[0-9]/ { e = 0; for (k = 0; k < 12; k++) e += u()
        printf "%.2f,%s,%.4f,%d\n", $1, ($1 >= 49.999 && $1 < 249.999) ? pA : 0, $2 + 0.1 * (e - 6), s }'
    sweep=$((sweep + 1))
  done
}
record -50 70 100 150 200 250 >rec.csv

expect 0 "look at    report/report.html or" "$loligo" clone rec.csv -o twin.json --report report/ --model izhikevich
[ "$(wc -l <err)" -le 14 ] || fail "the summary has $(wc -l <err) lines"
for word in recording cell model fitted predicted parameters domain; do
  grep -q "^$word " err || fail "the summary lacks '$word': $(cat err)"
done
grep -q '"schema": "loligo-twin/1"' twin.json || fail "no twin"
grep -q '"domain": "green"' twin.json || fail "not green: $(grep -A5 '"domain"' twin.json)"
# 200 samples of the posterior, which intervals and report are taken from; without them the covariance is all.
sed -n '/"samples": \[/,/^  \],/p' twin.json >samples.txt
[ "$(grep -c '^ *\[.*\],*$' samples.txt)" = 200 ] || fail "no 200 samples: $(head -5 samples.txt)"
effective=$(sed -n 's/.*"effective": \([0-9]*\).*/\1/p' twin.json)
[ "$effective" -ge 30 ] || fail "the draws are worth $effective samples"
"$loligo" clone rec.csv -o laplace.json --model izhikevich --posterior laplace --quiet
! grep -q '"samples": \[' laplace.json || fail "samples that were not asked for"
expect 2 "--posterior" "$loligo" clone rec.csv -o x.json --posterior rough
for file in run.json traces.csv report.html report.pdf ro-crate-metadata.json fig-overlay.svg fig-family.png \
  fig-fi.svg fig-parameters.svg fig-posterior.png; do
  [ -s "report/$file" ] || fail "no report/$file"
done
for words in "Credibility card" "predicted" "95 % posterior band" "membrane capacitance" "Context of use"; do
  grep -qi "$words" report/report.html || fail "report.html lacks '$words'"
done
! grep -Eq '(src|href)="?(https?:)?//' report/report.html || fail "report.html asks for something from outside"
test -z "$(find report -name '*tmp*')" || fail "temporary files are left: $(ls report)"

# The twin is a model file; the report is drawn again with the same bytes; both are verified.
expect 0 "" "$loligo" neuron simulate twin.json --protocol p.json -o twin.csv --quiet
expect 0 "" "$loligo" report report -o again --quiet
for file in report.html report.pdf fig-family.svg fig-posterior.png; do
  cmp -s "report/$file" "again/$file" || fail "$file differs when drawn again"
done
expect 0 "" "$loligo" verify twin.json
out "verified: "
expect 0 "" "$loligo" verify report
out "verified: "
"$loligo" clone rec.csv -o one.json --model izhikevich --threads 1 --quiet
expect 0 "" "$loligo" compare twin.json one.json

# A full disk: one line, exit code 5, and what stood before stands.
before=$(cksum twin.json report/report.html report/run.json report/traces.csv)
expect 5 "could not be written" "$loligo" clone rec.csv -o /dev/full --model izhikevich --quiet
one_line
code=0
(ulimit -f 8 && exec "$loligo" clone rec.csv -o twin.json --report report --model izhikevich --quiet) >out 2>err || code=$?
[ $code = 5 ] || fail "a file too large ended with $code: $(cat err)"
grep -q "what stood there before is unchanged" err || fail "no words about the old file: $(cat err)"
code=0
(ulimit -f 8 && exec "$loligo" report report --quiet) >out 2>err || code=$?
[ $code = 5 ] || fail "report on a full disk ended with $code: $(cat err)"
[ "$before" = "$(cksum twin.json report/report.html report/run.json report/traces.csv)" ] ||
  fail "what stood before the full disk has changed"
test -z "$(find report -name '*tmp*')" || fail "temporary files are left after a full disk: $(ls report)"
touch file
expect 5 "not a directory" "$loligo" clone rec.csv -o new.json --report file --quiet
[ ! -e new.json ] || fail "a twin was written although the report cannot be"

# Ctrl-C in the middle: 130, one line, and the old twin stands.
before=$(cksum twin.json)
for wait in 0.3 0.6 1.2 2.4; do # later where the program has not begun to listen yet
  code=0
  timeout --preserve-status -s INT $wait "$loligo" clone rec.csv -o twin.json --model hh --quiet >out 2>err || code=$?
  if [ $code != 130 ] || [ -s err ]; then break; fi
done
[ $code = 130 ] || fail "Ctrl-C ended with $code: $(cat err)"
one_line
[ "$before" = "$(cksum twin.json)" ] || fail "Ctrl-C changed the twin"

# Bad recordings: one line and 3.
sed 's/,sweep$//; s/,[0-9]*$//' rec.csv | cut -d, -f1,3 >no-current.csv
expect 3 "current" "$loligo" clone no-current.csv -o x.json
one_line
awk -F, 'NR == 1 || $4 == 0' rec.csv >silent.csv
expect 3 "no spikes" "$loligo" clone silent.csv -o x.json
one_line
awk -F, -v OFS=, 'NR == 5000 { $3 = "nan" } 1' rec.csv >nan.csv
expect 3 "not a number" "$loligo" clone nan.csv -o x.json
one_line
awk -F, -v OFS=, 'NR > 1 { $3 = $3 * 1000 } 1' rec.csv >scale.csv
expect 3 "mV" "$loligo" clone scale.csv -o x.json
one_line
head -c 1000 /dev/urandom >noise.abf
expect 3 "noise.abf" "$loligo" clone noise.abf -o x.json
one_line
expect 3 "none.abf" "$loligo" clone none.abf -o x.json
one_line
expect 2 "-o TWIN.json" "$loligo" clone rec.csv
expect 2 "izhikevich" "$loligo" clone rec.csv -o x.json --model izhikevic
[ ! -e x.json ] || fail "x.json was written for a bad recording"
finish
