# loligo axon protocol and axon sample: sets of a protocol, resumed, the same for any threads; choices; refusals.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
small="--impacts 2 --n 40 --worst 5 --random 12"
# shellcheck disable=SC2086
expect 0 "40 training profiles" "$loligo" axon protocol a -o a $small
for set in train worst random; do
  test -s a/$set.h5 || fail "no a/$set.h5"
  grep -q '^name,file,impact,index,peak,distance$' a/$set-chosen.csv
  grep -q '^name,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct$' a/$set-labels.csv
done
rows() { grep -vc '^#' "$1"; }
[ "$(rows a/train-labels.csv)" = 41 ] || fail "not 40 labels"
[ "$(rows a/worst-chosen.csv)" = 6 ] || fail "not 5 worst"
[ "$(grep -c '^s46-v' a/worst-labels.csv)" = 5 ] || fail "the worst are not of the impact held out"
[ "$(grep -c '^s46-v' a/train-labels.csv)" = 0 ] || fail "the impact held out is trained on"
grep -q 'train-labels.csv outcomes of the mechanics: ready' a/README.txt
# labels are those of axon simulate
expect 0 "" "$loligo" axon simulate a/random.h5 -o labels.csv --quiet
grep -v '^#' labels.csv >x
grep -v '^#' a/random-labels.csv >y
cmp -s x y || fail "the labels are not those of axon simulate"
# the same command goes on: nothing is simulated twice; another number of threads, the same rows
rm a/train-labels.csv
# shellcheck disable=SC2086
expect 0 "train: 40 profiles labelled, 40 of them before" "$loligo" axon protocol a -o a $small --threads 1
# shellcheck disable=SC2086
expect 0 "" "$loligo" axon protocol a -o again $small --threads 1 --quiet --no-labels --json
out '"n": 40'
out '"n_cubes": 3976'
test ! -e again/train-labels.csv || fail "labels in spite of --no-labels"
grep -q 'train-labels.csv outcomes of the mechanics: not ready' again/README.txt
grep -v '^#' a/train-chosen.csv >x
grep -v '^#' again/train-chosen.csv >y
cmp -s x y || fail "another number of threads, another choice"
cp a/train-chosen.csv kept
expect 2 "holds other sets" "$loligo" axon protocol a -o a --impacts 2 --n 39 --worst 5 --random 12
cmp -s a/train-chosen.csv kept || fail "a refused protocol wrote into a folder"
expect 2 "a or b" "$loligo" axon protocol c -o c
expect 2 "where to" "$loligo" axon protocol a
expect 2 "reach into those to test on" "$loligo" axon protocol a -o c --impacts 46
expect 2 "either --n or --threshold" "$loligo" axon protocol a -o c --n 5 --threshold 0.3
test ! -e c || fail "a refused protocol left a folder"

# ---- choosing out of files -----------------------------------------------------------------------------------
expect 0 "no two are nearer than" "$loligo" axon sample a/train.h5 a/random.h5 --n 15 -o sel.csv --profiles sel.h5
[ "$(rows sel.csv)" = 16 ] || fail "not 15 chosen"
expect 0 "" "$loligo" axon simulate sel.h5 -o sel-labels.csv --quiet
[ "$(rows sel-labels.csv)" = 16 ] || fail "the chosen profiles are not 15"
expect 0 "5 chosen" "$loligo" axon sample a/random.h5 --cube 0 --worst 5 --against a/train.h5 -o worst.csv
expect 0 "" "$loligo" axon sample a/random.h5 --cube 0 --random 5 --against a/train.h5 -o random.csv --json --quiet
out '"n": 5'
expect 0 "tell no positions" "$loligo" axon sample "$LG_TEST_DATA/axon/ref_open_profiles.csv" --n 3 -o csv.csv
expect 0 "only" "$loligo" axon sample "$LG_TEST_DATA/axon/ref_open_profiles.csv" --n 300 -o csv.csv
head -62 "$LG_TEST_DATA/axon/ref_open_profiles.csv" >short.csv
expect 0 "hold their last value" "$loligo" axon sample a/train.h5 short.csv --n 3 -o mixed.csv
expect 0 "12 profiles; written" "$loligo" axon simulate "$LG_TEST_DATA/axon/profiles.npz" --dt 1ms -o npz.csv
expect 0 "" "$loligo" info "$LG_TEST_DATA/axon/profiles.npz"
out "text '12 x 60'"
# adaptively: candidates of a protocol, networks of its training set
expect 0 "" "$loligo" axon protocol a -o a --impacts 2 --n 40 --worst 5 --random 12 --no-labels --candidates --quiet
expect 0 "" "$loligo" axon learn a/train.h5 a/train-labels.csv -o net.safetensors --nets 2 --epochs 4 --quiet
expect 0 "10 chosen" "$loligo" axon sample a/candidates.h5 --adaptive net.safetensors --n 10 -o next.csv --profiles next.h5
[ "$(rows next.csv)" = 11 ] || fail "not 10 chosen"
expect 0 "50 chosen" "$loligo" axon sample a/train.h5 next.h5 --cube 0 --least-peak 0 --threshold 0 -o both.csv
expect 2 "goes with --n alone" "$loligo" axon sample a/train.h5 --adaptive net.safetensors --worst 5 -o x.csv
expect 3 "train.h5" "$loligo" axon sample a/candidates.h5 --adaptive a/train.h5 --n 10 -o x.csv
expect 2 "one of --n" "$loligo" axon sample a/train.h5 --n 3 --threshold 0.3 -o x.csv
expect 2 "farthest from what" "$loligo" axon sample a/train.h5 --worst 3 -o x.csv
expect 2 "goes with --worst" "$loligo" axon sample a/train.h5 --n 3 --against a/train.h5 -o x.csv
expect 2 "--n is 0" "$loligo" axon sample a/train.h5 --n 0 -o x.csv
expect 2 "where to" "$loligo" axon sample a/train.h5 --n 3
expect 3 "is a candidate" "$loligo" axon sample a/train.h5 --least-peak 0.99 -o x.csv
expect 3 "cannot" "$loligo" axon sample nothing.h5 -o x.csv
test ! -e x.csv || fail "a refused choice left a file"
finish
