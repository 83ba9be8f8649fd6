#!/bin/sh
# loligo trial: JSON of the contract, files of the folder, refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

echo '{"model": "tm"}' >"$work/rs.json"
echo '{"model": "izhikevich", "variant": "std"}' >"$work/izh.json"
trial="$loligo trial $work/rs.json"

expect 0 "" $trial --drug XE991 --dose 0.1:10uM:3log --quick --json
out '"schema": "loligo-trial/1"'
out '"verdict": "excited"'
out '"dose_uM": 10'
/usr/bin/env python3 - "$work/out" <<'P' || fail "the JSON of a trial is not that of the contract"
import json, sys
t = json.load(open(sys.argv[1]))
assert [round(d["dose_uM"], 6) for d in t["doses"]] == [0.1, 1, 10]
for d in t["doses"]:
    assert abs(sum(d["probability"].values()) - 1) < 1e-9 and d["probability"][d["verdict"]] > 0
    assert len(d["f_I"]) == 12 and set(d["f_I"][0]) >= {"I_pA", "n_spikes"} and d["rheobase_pA"] > 0
    assert d["domain"] == "green"
assert t["doses"][2]["rheobase_pA"] < t["baseline_rheobase_pA"]
assert {"provenance", "flags", "notes"} <= set(t)
P

expect 0 "wrote" $trial --drug retigabine --dose 0.5x,1x --quick -o "$work/out1"
for f in trial.json dose_response.csv f_I.csv report.html; do [ -s "$work/out1/$f" ] || fail "no $f"; done
for f in report.pdf fig-dose.svg fig-dose.png fig-fi.svg fig-traces.svg ro-crate-metadata.json; do
  [ -s "$work/out1/$f" ] || fail "no $f"
done
expect 0 "page:" "$loligo" report "$work/out1" -o "$work/again"
for f in report.html report.pdf fig-dose.svg fig-dose.png fig-fi.svg fig-traces.png; do
  cmp "$work/out1/$f" "$work/again/$f" || fail "loligo report gives another $f"
done
/usr/bin/env python3 - "$work/out1" <<'P' || fail "the page of a trial is not what it should be"
import json, re, sys
page = open(sys.argv[1] + "/report.html", encoding="utf-8").read()
assert "src=" not in page and "https:" not in page and "@import" not in page
data = json.loads(re.search(r'id="loligo-data">(.*?)</script>', page, re.S).group(1))
assert data["schema"] == "loligo-trial/1" and len(data["doses"]) == 2
for word in ("Rule behind the verdict", "Card of the drug", "Kv7", "therapeutic, free", "inhibited"):
    assert word in page, word
crate = json.load(open(sys.argv[1] + "/ro-crate-metadata.json"))
assert any(e["@id"] == "report.html" for e in crate["@graph"])
P
grep -q '^0,' "$work/out1/f_I.csv" || fail "f_I.csv lacks the untreated neuron"
grep -q ',inhibited,' "$work/out1/dose_response.csv" || fail "dose_response.csv lacks the verdict"

expect 0 "" $trial --drug diazepam --dose 100nM --quick
out "no GABA in the bath"
out "unchanged"
expect 0 "" $trial --drug diazepam --dose 100nM --gaba-tone 2nS --quick
out "inhibited"
expect 0 "" $trial --drug TTX,XE991 --dose 3nM --ratio 1000 --quick
out "excited"
expect 0 "" $trial --rescue --step 200ms
out "retigabine"

expect 2 "did you mean 'retigabine'" $trial --drug retigabin --dose 1uM
expect 2 "unit" $trial --drug XE991 --dose 1
expect 2 "negative" $trial --drug XE991 --dose=-1uM
expect 2 "unit" $trial --drug diazepam --dose 1uM --gaba-tone 2
expect 2 "which drug" $trial --dose 1uM
expect 2 "which doses" $trial --drug XE991
expect 2 "--ratio" $trial --drug XE991 --dose 1uM --ratio 2
expect 3 "cannot be opened" "$loligo" trial "$work/none.json" --drug XE991 --dose 1uM
one_line
# an izhikevich twin has no channels: a learned map says what drugs do to it, and where it does not know
expect 0 "" "$loligo" trial "$work/izh.json" --drug XE991 --dose 3uM --quick --quiet --json
out '"verdict": "excited"'
expect 0 "" "$loligo" trial "$work/izh.json" --drug retigabine --dose 3uM --quick --quiet --json
out '"verdict": "inhibited"'
expect 0 "" "$loligo" trial "$work/izh.json" --drug ZD7288 --dose 1uM --quick --quiet --json
out '"domain": "red"'
out 'beyond what the learned map was trained on'

# the truth table of the spec
expect 0 "" "$loligo" validate drug-verdicts
[ "$(grep -c '^right' "$work/out")" = 13 ] || fail "a verdict of the truth table is wrong: $(grep -A1 WRONG "$work/out")"
finish
