# loligo drug list, show, import, pk: the table of drugs, foreign tables, bad rows named by line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

expect 0 "" "$loligo" drug list
out "tetrodotoxin"
[ "$(wc -l <"$work/out")" = 42 ] || fail "not 41 drugs: $(wc -l <"$work/out")"
expect 0 "" "$loligo" drug list --class antiseizure --json
out '"schema": "loligo-drugs/1"'
grep -q nifedipine "$work/out" && fail "--class does not filter"
expect 0 "" "$loligo" drug list --target GABA-A
out diazepam
expect 1 "none of the 41 drugs" "$loligo" drug list --class qqq
expect 0 "" "$loligo" drug show TTX
out "3.8 nM"
out "Rosker 2007"
expect 0 "" "$loligo" drug show Carbamazepine --json
out '"K_rest_uM": 2500'
expect 2 "did you mean 'lacosamide'?" "$loligo" drug show lacosamid
one_line

expect 0 "" "$loligo" drug show 4-AP@Kv3.1
out "4-aminopyridine@Kv3.1"
expect 2 "it has Nav1.2" "$loligo" drug show TTX@Kv7

# one row per compound and channel: columns in any order, more than are known
cat >"$work/long.csv" <<'END'
hill,pIC50,extra,channel,id,name
1,6,x,Nav1.6,c1,alpha
1.2,5.5,y,"Kv7.2/7.3",c1,alpha
1,5,z,hERG,c2,"beta, the second"
END
expect 0 "columns that were not used: extra" "$loligo" drug import "$work/long.csv" -o "$work/t.csv"
grep -q '^alpha,,Nav1.6,gNa,pore_block,1,1,1,' "$work/t.csv" || fail "alpha is wrong: $(grep alpha "$work/t.csv")"
grep -q '^"beta, the second",,hERG,none,pore_block,10,' "$work/t.csv" || fail "beta is wrong"
expect 0 "" "$loligo" drug show c1 --table "$work/t.csv"
out "3.16 uM"
# what was written reads back to the same
"$loligo" drug import "$work/t.csv" -o - --quiet | grep -v '^#' >"$work/again.csv"
grep -v '^#' "$work/t.csv" | cmp - "$work/again.csv" || fail "a table does not survive its own import"
"$loligo" drug import "$(dirname "$0")/../../data/drugs.csv" -o "$work/own.csv" --quiet
"$loligo" drug import "$work/own.csv" -o - --quiet | grep -v '^#' >"$work/again.csv"
grep -v '^#' "$work/own.csv" | cmp - "$work/again.csv" || fail "the shipped table does not survive two imports"

# sheets: one row of names, or two; semicolons and decimal commas; Na in uM, hERG in nM
cat >"$work/sheet.csv" <<'END'
Compound;hERG IC50 (nM);hERG Hill;INa IC50 [µM];INaL pIC50;Cmax_uM;Comment
one;51,5;0,93;2,9;5,74;0,033;a
two;> 30000;;NA;;;b
END
expect 0 "columns that were not used: Comment" "$loligo" drug import "$work/sheet.csv" -o "$work/t.csv"
grep -q '^one,,hERG,none,pore_block,0.0515,0.93,' "$work/t.csv" || fail "hERG of the sheet: $(grep '^one' "$work/t.csv")"
grep -q '^one,,INa,gNa,pore_block,2.9,1,' "$work/t.csv" || fail "INa of the sheet"
grep -q '^two,,hERG,none,pore_block,>30,' "$work/t.csv" || fail "what is not reached: $(grep '^two' "$work/t.csv")"
cat >"$work/two.csv" <<'END'
,hERG,,,Nav1.5-late,,
Compound,pIC50,Hill,Saturation,pIC50,Hill,Saturation
one,7.29,0.93,0,5.74,1.4,20
END
expect 0 "" "$loligo" drug import "$work/two.csv" -o "$work/t.csv" --quiet
grep -q '^one,,Nav1.5 late,gNaP,pore_block,1.81[0-9]*,1.4,0.8,' "$work/t.csv" || fail "two rows of names: $(cat "$work/t.csv")"

# bad rows
printf 'name,channel,IC50_uM,hill\na,Nav1.6,1,1\nb,Nav1.6,-3,1\nc,Nav1.6,x,1\nd,Blah,1,1\ne,Nav1.6,1\nf,Kv2.1,2,0\n' >"$work/bad.csv"
expect 3 "bad.csv:3: FORMAT: b, Nav1.6: K (IC50, EC50), uM is -3" "$loligo" drug import "$work/bad.csv" -o "$work/none.csv"
one_line
[ ! -e "$work/none.csv" ] || fail "a refused import left a file"
expect 6 "bad.csv:3: skipped: b" "$loligo" drug import "$work/bad.csv" -o "$work/t.csv" --keep-going
for words in ":4: skipped: 'x' in column 3" ":5: skipped: d, Blah: the channel 'Blah' is unknown" ":6: skipped: 3 cells" ":7: skipped"; do
  grep -qF "$words" "$work/err" || fail "'$words' is not named: $(cat "$work/err")"
done
[ "$(grep -vc '^#' "$work/t.csv")" = 2 ] || fail "other rows than the good one are left"
printf 'name,channel,IC50\na,Nav1.6,1\n' >"$work/unit.csv"
expect 3 "has no unit" "$loligo" drug import "$work/unit.csv" -o "$work/none.csv"
expect 0 "" "$loligo" drug import "$work/unit.csv" -o "$work/t.csv" --unit nM --quiet
grep -q '^a,,Nav1.6,gNa,pore_block,0.001,' "$work/t.csv" || fail "--unit is not used"
printf 'a,b\n1,2\n' >"$work/other.csv"
expect 3 "no column holds the name" "$loligo" drug import "$work/other.csv" -o "$work/none.csv"
: >"$work/empty.csv"
expect 3 "is empty" "$loligo" drug import "$work/empty.csv" -o "$work/none.csv"
expect 0 "1 drugs" "$loligo" drug import "$work/unit.csv" --unit nM
out "Nav1.6"
expect 0 "" "$loligo" drug import "$work/long.csv" --json
out '"name": "beta, the second"'

# kinetics
expect 0 "" "$loligo" drug pk carbamazepine --dose-mg 400 --interval-h 12
out "steady state, mean"
expect 0 "" "$loligo" drug pk LCM --dose-mg 200 --json
out '"schema": "loligo-drug-course/1"'
expect 0 "" "$loligo" drug pk LCM --dose-mg 200 -o "$work/course.csv"
grep -q '^t_h,total_uM,free_uM$' "$work/course.csv" || fail "no course"
expect 3 "is not in the table" "$loligo" drug pk TTX --dose-mg 1
expect 2 "--dose-mg must be above 0" "$loligo" drug pk CBZ --dose-mg -5
# fits, and both validations where the reference data are
{
  echo drug,conc,units,channel,block
  for c in 10 30 100 300 1000; do echo "a,$c,nM,INa,$((100 * c / (c + 100)))"; done
  for c in 10 100 1000; do echo "b,$c,nM,hERG,0"; done
} >"$work/block.csv"
expect 0 "" "$loligo" drug fit "$work/block.csv" -o "$work/fits.csv"
out "no block"
grep -q '^a,INa,0\.1' "$work/fits.csv" || fail "the IC50 of 100 nM: $(cat "$work/fits.csv")"
"$loligo" --version >/dev/null
"$loligo" drug fit "$work/block.csv" -o - --threads 2 | grep -v '^#' >"$work/two"
grep -v '^#' "$work/fits.csv" | cmp - "$work/two" || fail "fits depend on threads"
expect 0 "" "$loligo" drug import "$work/fits.csv" -o "$work/t.csv" --quiet
grep -q '^b,,hERG,none,pore_block,>1,' "$work/t.csv" || fail "what is not reached"
expect 3 "'conc' is missing" "$loligo" drug fit "$work/long.csv"
expect 0 "" "$loligo" drug fit "$work/block.csv" --figure "$work/fits.svg" --bootstrap 50
grep -q "IC50 10[0-9] nM" "$work/fits.svg" || fail "the figure has no words"
expect 0 "" "$loligo" drug fit "$work/block.csv" --figure "$work/fits.pdf" --bootstrap 0
[ "$(head -c 4 "$work/fits.pdf")" = "%PDF" ] || fail "not a PDF"
expect 2 ".svg, .png, .pdf" "$loligo" drug fit "$work/block.csv" --figure "$work/fits.gif"
expect 2 "--bootstrap must be" "$loligo" drug fit "$work/block.csv" --bootstrap 1
shared=${LOLIGO_SHARED:-$(dirname "$0")/../../../shared}/data/twin
if [ -d "$shared/ref" ]; then
  expect 0 "" "$loligo" validate drug-runs "$shared/ref" --solver rk4 --quiet
  out "54 of 54 runs"
  expect 0 "" "$loligo" validate drug-fit "$shared/drugs/cipa_drug_block.csv" "$shared/drugs/cipa_IC50_optimal_long.csv" --unit nM
  out "17 of 17 pairs"
else
  echo "SKIP: $shared is not here; set LOLIGO_SHARED" >&2
fi
finish
