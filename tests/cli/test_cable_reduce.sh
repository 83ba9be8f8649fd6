# loligo neuron reduce: the reduced model runs, its EPSPs are the full cell's, and what cannot be is said in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$(cd "$(dirname "$0")/../data/cable" && pwd)

cat >"$work/case.json" <<J
{"swc": "$data/dg_granule_1220882a.swc", "celsius": 6.3, "v_init_mV": -65, "tstop_ms": 60, "sample_ms": 0.1,
 "regions": [{"types": "all", "Ra_ohm_cm": 150, "cm_uF_cm2": 1, "mechanisms": {"pas": {"g": 5e-5, "e": -65}}}],
 "synapses": [{"type": "ExpSyn", "loc": ["sec", 5, 0.7], "params": {"tau": 2, "e": 0}, "weight_uS": 0.001, "times_ms": [5]},
              {"type": "ExpSyn", "loc": ["sec", 12, 0.5], "params": {"tau": 2, "e": 0}, "weight_uS": 0.002, "times_ms": [30]}],
 "probes": [{"name": "soma", "loc": ["soma"]}]}
J
reduce="$loligo neuron reduce"
expect 0 "" $reduce "$work/case.json" --compartments 8 -o "$work/reduced.json" --effort 1 --quiet
out 'compartments'
expect 0 "" $loligo neuron simulate "$work/case.json" --max-dx-um 10 -o "$work/full.csv" --quiet
expect 0 "" $loligo neuron simulate "$work/reduced.json" -o "$work/small.csv" --quiet
# height and time of the two EPSPs at the soma
peaks() { grep -v '^#' "$1" | awk -F, 'NR>1{k=$1<25; if(!(k in v)||$2>v[k]){v[k]=$2;t[k]=$1}} END{print v[1]+65,t[1],v[0]+65,t[0]}'; }
# shellcheck disable=SC2046 # four numbers each
set -- $(peaks "$work/full.csv") $(peaks "$work/small.csv")
awk -v a="$1" -v b="$2" -v c="$3" -v d="$4" -v e="$5" -v f="$6" -v g="$7" -v h="$8" 'function abs(x){return x<0?-x:x}
  BEGIN{exit !(a>0.2 && c>0.2 && abs(e/a-1)<0.03 && abs(g/c-1)<0.03 && abs(f-b)<=1 && abs(h-d)<=1)}' ||
  fail "EPSPs: full $1 $2 $3 $4, reduced $5 $6 $7 $8"
grep -q '"provenance"' "$work/reduced.json" || fail "no provenance"

# Any number of threads: the same model, but for times and the command line.
body() { sed '/"reference"/,$d' "$1"; }
expect 0 "" $reduce "$work/case.json" --compartments 8 -o "$work/other.json" --effort 1 --threads 3 --quiet --no-run
[ "$(body "$work/reduced.json")" = "$(body "$work/other.json")" ] || fail "threads change the reduced model"

# A reduced cell can be reduced again; JSON says what was kept.
expect 0 "" $reduce "$work/reduced.json" --compartments 4 -o "$work/again.json" --json --quiet
out '"input_resistance_MOhm"'
expect 0 "" $loligo neuron simulate "$work/again.json" -o "$work/again.csv" --quiet

# The report: a page, figures, the same facts as numbers.
expect 0 "" $reduce "$work/case.json" --compartments 5 -o "$work/again.json" --effort 0 --report "$work/report" --quiet
for file in index.html reduction.json fig-cell.svg fig-traces.png fig-epsps.svg ro-crate-metadata.json; do
  [ -s "$work/report/$file" ] || fail "the report lacks $file"
done
grep -q 'loligo-data' "$work/report/index.html" || fail "the page carries no data"

# Spikes: hh at the soma, the same number of them.
sed -e 's/"types": "all"/"types": [3]/' -e 's/}}}\],/}}}, {"types": [1], "Ra_ohm_cm": 150, "cm_uF_cm2": 1, "mechanisms": {"hh": {"gnabar": 1.2, "gkbar": 0.36}}}],\n "iclamps": [{"loc": ["soma"], "delay_ms": 2, "dur_ms": 50, "amp_nA": 1}],/' "$work/case.json" >"$work/spiking.json"
expect 0 "" $reduce "$work/spiking.json" --compartments 6 -o "$work/reduced.json" --effort 1 --quiet
grep -q 'spikes at soma' "$work/out" || fail "no spikes are told"
awk '/spikes at soma/{gsub(",","");exit !($5==$7&&$5>0)}' "$work/out" || fail "spikes: $(grep 'spikes at' "$work/out")"

# What cannot be.
expect 3 "allowed: 2" $reduce "$work/case.json" --compartments 1 -o "$work/no.json"
one_line
expect 3 "allowed" $reduce "$work/case.json" --compartments 4000 -o "$work/no.json"
one_line
expect 3 "has only" $reduce "$work/reduced.json" --compartments 60 -o "$work/no.json"
one_line
sed 's/5e-5/0/' "$work/case.json" >"$work/tight.json"
expect 3 "leak" $reduce "$work/tight.json" --compartments 5 -o "$work/no.json"
one_line
expect 2 "--compartments" $reduce "$work/case.json" -o "$work/no.json"
expect 2 "-o" $reduce "$work/case.json" --compartments 5
[ ! -e "$work/no.json" ] || fail "a failed reduction left a file"
finish
