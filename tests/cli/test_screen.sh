#!/bin/sh
# loligo screen and population: rows, failures, shards, resume, virtual patients.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

echo '{"model": "tm"}' >"$work/rs.json"
echo '{"model": "izhikevich", "variant": "std"}' >"$work/izh.json"
cat >"$work/lib.csv" <<'C'
id,name,channel,IC50_uM,hill
A1,alpha,Kv7.2/7.3,1,1
A1,alpha,hERG,3,1
B2,beta,Nav1.6,0.01,1
C3,gamma,hERG,1,1
C
cat >"$work/bad.csv" <<'C'
id,name,channel,IC50_uM,hill
A1,alpha,Kv7.2/7.3,1,1
B2,beta,Nav1.6,minus,1
C
rows() { grep -v '^#' "$1/results.csv"; }

expect 0 "" "$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s1" --dose 0.03:30uM:4log --threads 1
for f in results.csv results.sqlite results.h5 summary.json screen.json report.html; do
  [ -s "$work/s1/$f" ] || fail "no $f"
done
[ "$(rows "$work/s1" | wc -l)" = 13 ] || fail "12 points do not make 13 lines"
rows "$work/s1" | grep -q '^rs,A1,alpha,30.*,excited,' || fail "a Kv7 blocker does not excite"
rows "$work/s1" | grep -q '^rs,B2,beta,30.*,silenced,' || fail "a sodium blocker does not silence"
rows "$work/s1" | grep '^rs,C3,' | grep -qv ',unchanged,1,1,1,' && fail "hERG acts on a neuron without it"
/usr/bin/env python3 - "$work/s1/summary.json" <<'P' || fail "summary.json is not right"
import json, sys
s = json.load(open(sys.argv[1]))
assert s["n_points"] == 12 and s["n_failed"] == 0 and s["n_compounds"] == 3
assert [h["name"] for h in s["hits"]] == ["alpha", "beta"]
assert sum(s["verdicts"].values()) == 12 and "pro-convulsant" in s["hits"][0]["flags"]
P

expect 0 "page:" "$loligo" report "$work/s1" -o "$work/again"
cmp "$work/s1/report.html" "$work/again/report.html" || fail "loligo report gives another page"
for f in report.pdf fig-heat.svg fig-heat.png fig-counts.svg fig-dose.svg; do [ -s "$work/s1/$f" ] || fail "no $f"; done
grep -q '"name": "alpha"' "$work/s1/report.html" || fail "the page lacks its data"
# doses in any order, 0 and repetitions among them, make one ascending axis
expect 0 "" "$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s0" --dose 1uM,0.1uM,0,1uM
/usr/bin/env python3 - "$work/s0/screen.json" <<'P' || fail "the axis of doses is not right"
import json, sys
s = json.load(open(sys.argv[1]))
assert s["dose_uM"] == [0.1, 1], s["dose_uM"]
assert [len(c["verdict"]) for c in s["compounds"]] == [2, 2, 2]
assert s["compounds"][1]["verdict"][1] == "silenced", s["compounds"]
P

# threads, shards, resume: the same rows
expect 0 "" "$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s2" --dose 0.03:30uM:4log --threads 2 --no-report
rows "$work/s1" >"$work/r1"
rows "$work/s2" | cmp -s - "$work/r1" || fail "two threads give other rows"
expect 0 "" "$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s3" --dose 0.03:30uM:4log --shard 1/2 --no-report
expect 0 "" "$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s3" --dose 0.03:30uM:4log --shard 2/2 --no-report
rows "$work/s3" | cmp -s - "$work/r1" || fail "two shards give other rows"
expect 0 "" "$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s1" --dose 0.03:30uM:4log --json --no-report
out '"n_resumed": 12'
code=0
"$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s1" --dose 1uM --no-report >/dev/null 2>"$work/err" || code=$?
[ "$code" != 0 ] && grep -q "another sweep" "$work/err" || fail "other doses went into the folder of another screen"

# failures
expect 3 ":3" "$loligo" screen "$work/rs.json" "$work/bad.csv" -o "$work/s4" --dose 1uM
expect 6 ":3" "$loligo" screen "$work/rs.json" "$work/bad.csv" -o "$work/s5" --dose 1uM --keep-going --no-report
expect 6 "" "$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s6" --dose 1x --no-report
rows "$work/s6" | grep -q 'not known' || fail "the failed point has no words"
# an izhikevich twin by the learned map; beyond what the map was trained on a verdict is red
expect 0 "" "$loligo" screen "$work/izh.json" "$work/lib.csv" -o "$work/s7" --dose 1uM --no-report
rows "$work/s7" | grep -q '^izh,A1,alpha,1,.*,green,0,' || fail "half a block of Kv7 is not within the learned map"
rows "$work/s7" | grep -q '^izh,B2,beta,1,.*,red,1,' || fail "99 % of a sodium block is not beyond the learned map"
expect 2 "I/N" "$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s8" --shard 5/2
expect 0 "" "$loligo" screen "$work/rs.json" "$work/lib.csv" -o "$work/s8" --slurm
out "#SBATCH"
out "--shard"

# virtual patients
expect 0 "" "$loligo" population "$work/rs.json" -n 12 -o "$work/p.json" --quiet
expect 0 "" "$loligo" population "$work/rs.json" -n 12 -o "$work/p2.json" --quiet --threads 1
/usr/bin/env python3 - "$work/p.json" "$work/p2.json" <<'P' || fail "patients depend on threads"
import json, sys
a, b = (json.load(open(f))["individuals"] for f in sys.argv[1:])
assert a == b
P
expect 0 "" "$loligo" population "$work/rs.json" -n 12 -o "$work/p.csv" --quiet
expect 0 "" "$loligo" screen "$work/p.json" "$work/lib.csv" -o "$work/s9" --dose 1uM,30uM --no-report
expect 0 "" "$loligo" screen "$work/p.csv" "$work/lib.csv" -o "$work/s10" --dose 1uM,30uM --no-report
rows "$work/s9" >"$work/a"
rows "$work/s10" | cmp -s - "$work/a" || fail "patients from CSV are others than those from JSON"
/usr/bin/env python3 - "$work/s9/summary.json" "$work/p.json" <<'P' || fail "the summary of a population is not right"
import json, sys
s, p = (json.load(open(f)) for f in sys.argv[1:])
assert s["n_individuals"] == 12 == len(p["individuals"]) and 0 < p["share_accepted"] <= 1
assert len({i["parameters"]["C"] for i in p["individuals"]}) == 12
assert all(0 <= h["affected"] <= 1 for h in s["hits"])
P
printf 'id,temperature_C,gM_factor\n1,37,0\n2,22,1\n' >"$work/cov.csv"
expect 0 "" "$loligo" population "$work/rs.json" -n 4 --recorded-at 22 --covariates "$work/cov.csv" --calibrate none \
  -o "$work/p3.json" --quiet
/usr/bin/env python3 - "$work/p3.json" <<'P' || fail "covariates do not reach the patients"
import json, sys
p = [i["parameters"] for i in json.load(open(sys.argv[1]))["individuals"]]
assert p[0]["gM"] == 0 and p[2]["gM"] == 0 and p[1].get("gM", 7.5) > 0
assert abs(p[0]["rate_scale"] - 2.3 ** 1.5) < 1e-9 and "rate_scale" not in p[1]
P
printf 'id,weight\n1,70\n' >"$work/cov2.csv"
expect 3 "weight" "$loligo" population "$work/rs.json" -n 4 --covariates "$work/cov2.csv" -o "$work/p4.json"
expect 2 "--recorded-at" "$loligo" population "$work/rs.json" -n 4 --temperature 37 -o "$work/p4.json"
finish
