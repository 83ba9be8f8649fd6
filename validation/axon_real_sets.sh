#!/bin/sh
# Test sets of measured head rotations: W and R against a training set, with labels by direct simulation.
# usage: validation/axon_real_sets.sh BUILD/loligo DATA_DIR TRAIN.h5 OUT_DIR [VELOCITIES]
#   DATA_DIR    zhan_example_impact0.csv, zhan_example_impact1.csv, jilab_example_profile.csv (shared/data/axon)
#   TRAIN.h5    what the networks learn from: sets/a/train.h5 of `loligo axon protocol a -o sets/a`
#   VELOCITIES  greatest angular velocities to scale to, rad/s (default "8 15 25"; at 40 some strains are beyond 1)
# OUT_DIR: worst and random as .h5, -chosen.csv, -labels.csv; candidates.h5. What is there is not made again.
set -eu
loligo=$1 data=$2 train=$3 out=$4 velocities=${5:-8 15 25}
mkdir -p "$out"
for file in zhan_example_impact0 zhan_example_impact1 jilab_example_profile; do
  every=
  [ "$file" != jilab_example_profile ] || every="--every 1ms --velocity"
  for w in $velocities; do
    one=$out/$file-$w.h5
    [ -s "$one" ] && continue
    # shellcheck disable=SC2086
    "$loligo" axon strain "$data/$file.csv" $every --scale "$w" -o "$out/all.h5" --quiet
    "$loligo" axon sample "$out/all.h5" --threshold 0 -o "$out/all.csv" --profiles "$one" --quiet # one of every cube
    rm -f "$out/all.h5" "$out/all.csv"
  done
done
# the strongest compressions are beyond the mechanics' range
"$loligo" axon sample "$out"/*_*-*.h5 --cube 0 --most-strain 0.6 --worst 75 --against "$train" -o "$out/worst-chosen.csv" \
  --profiles "$out/worst.h5"
"$loligo" axon sample "$out"/*_*-*.h5 --cube 0 --most-strain 0.6 --random 1000 --against "$train" -o "$out/random-chosen.csv" \
  --profiles "$out/random.h5"
for set in worst random; do
  "$loligo" axon simulate "$out/$set.h5" -o "$out/$set-labels.csv" --resume "$out/$set.journal"
done
