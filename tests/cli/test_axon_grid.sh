# loligo axon grid: table, figure, page; medians over seeds; tables beside each other; what is refused, in one line.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
small="--strains 0.1:0.2:2 --rates 50:100:2"
expect 0 "2 strains x 2 rates, 1 axon; written to one" "$loligo" axon grid -o one $small
grep -q '^strain,rate_per_s,mt,axl,tau_pct,nf_pct$' one/grid.csv
# beside the reference ramp to 0.2 at 50 /s: 0.278134
grep -v '^#' one/grid.csv | awk -F, '$1 > 0.19 && $2 < 51 {found = ($3 > 0.2773 && $3 < 0.2790)} END {exit !found}' ||
  fail "microtubules at 0.2 and 50 /s: $(cat one/grid.csv)"
for f in fig-grid.svg fig-grid.png report.html; do test -s one/$f || fail "$f is not there"; done
grep -q 'Not reproduced' one/report.html
expect 0 "" "$loligo" axon grid -o more $small --population 1..3 --json --quiet
out '"n_axons": 3'
grep -q '^strain,rate_per_s,mt,mt_q05,mt_q95,axl,' more/grid.csv
printf 'name,mt,axl,tau_pct,nf_pct\na,0.1,0.2,10,1\nb,0.2,0.4,20,2\nc,0.3,0.5,30,nan\nd,0.4,0.5,30,4\n' >direct.csv
printf 'name,mt,axl,tau_pct,nf_pct,in_range\nb,0.2,0.4,20,2,1\na,0.1,0.2,10,1,1\nd,0.4,0.5,30,4,0\ne,0,0,0,0,1\n' >predicted.csv
expect 0 "mt: R2 1.0000, NRMSE 0.00 % over 3 profiles" "$loligo" axon grid -o both $small --direct direct.csv --predicted predicted.csv
grep -q 'id="scatter"' both/report.html
test -s both/fig-scatter.png
printf 'name,mt\na,0.1\n' >short.csv
expect 3 "no column 'axl'" "$loligo" axon grid -o x $small --direct direct.csv --predicted short.csv
one_line
printf 'name,mt,axl,tau_pct,nf_pct\nz,0.1,0.2,10,1\n' >other.csv
expect 3 "matched by name" "$loligo" axon grid -o x $small --direct direct.csv --predicted other.csv
printf 'name,mt,axl,tau_pct,nf_pct\n' >bare.csv # a row of names alone
expect 3 "matched by name" "$loligo" axon grid -o x $small --direct direct.csv --predicted bare.csv
one_line
expect 2 "belong together" "$loligo" axon grid -o x $small --direct direct.csv
expect 2 "FROM:TO:N" "$loligo" axon grid -o x --strains 0.1
expect 2 "FROM:TO:N" "$loligo" axon grid -o x --strains 10:20:3
expect 2 "FROM:TO:N" "$loligo" axon grid -o x --rates 0:20:3
expect 2 "where to" "$loligo" axon grid $small
test ! -e x || fail "a folder of a run that was refused"
expect 5 "cannot be created" "$loligo" axon grid -o /dev/null/x $small
one_line
finish
