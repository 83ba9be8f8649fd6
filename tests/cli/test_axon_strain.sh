# loligo axon strain: the reference impact through files, kinematics of several kinds, random voxels, what is refused.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA/axon
cd "$work"

# the reference: to 1e-8, in CSV and through HDF5
expect 0 "5 profiles of 101 samples, 1 ms apart; written to b.csv" \
  "$loligo" axon strain --seed 3 --voxels "$data/ref_brain_voxels.csv" -o b.csv
"$loligo" compare b.csv "$data/ref_brain_strain.csv" --atol 1e-8 >diff.txt || fail "not the reference: $(cat diff.txt)"
expect 0 "" "$loligo" axon strain --seed 3 --voxels "$data/ref_brain_voxels.csv" -o b.h5 --quiet --threads 1
expect 0 "" "$loligo" axon simulate b.csv -o from_csv.csv --quiet
expect 0 "" "$loligo" axon simulate b.h5 -o from_h5.csv --quiet
grep -v '^#' from_csv.csv >a
grep -v '^#' from_h5.csv >b
cmp -s a b || fail "profiles differ by their format"

# a file of the reference's own rotation gives the same strains: accelerations as they are, velocities nearly
awk 'BEGIN {
  print "Time (ms),omega_x [rad/s],omega_y [rad/s],omega_z [rad/s],alpha_x,alpha_y,alpha_z"
  for (t = 0; t <= 100; t++) {
    s = t < 30 ? sin(3.14159265358979 * t / 30) : 0
    w = t < 30 ? (1 - cos(3.14159265358979 * t / 30)) / 2 : 1
    k = 20 * 3.14159265358979 / 0.06
    printf "%d,%.17g,0,%.17g,%.17g,0,%.17g\n", t, 20 * w, -10 * w, k * s, -k * s / 2
  }
}' >turn.csv
expect 0 "angular velocities from the columns omega_x [rad/s], omega_y [rad/s], omega_z [rad/s]" \
  "$loligo" axon strain turn.csv --voxels "$data/ref_brain_voxels.csv" -o v.csv
expect 0 "angular accelerations from the columns alpha_x, alpha_y, alpha_z" \
  "$loligo" axon strain turn.csv --acceleration --voxels "$data/ref_brain_voxels.csv" -o a.csv
"$loligo" compare v.csv a.csv --atol 2e-4 >diff.txt || fail "velocities and accelerations disagree: $(cat diff.txt)"

# degrees, a longer file with a finer step, and scaling
awk -F, 'NR == 1 { print "t_s,gyro_x_deg_s,gyro_y_deg_s,gyro_z_deg_s"; next }
  { printf "%.3f,%.17g,0,%.17g\n", $1 / 1000, $2 * 57.29577951308232, $4 * 57.29577951308232 }' turn.csv >degrees.csv
expect 3 "the columns are in degrees; rad is needed, or say --degrees" "$loligo" axon strain degrees.csv -o x.h5
one_line
expect 0 "degrees converted" "$loligo" axon strain degrees.csv --degrees --voxels "$data/ref_brain_voxels.csv" -o d.csv
sed 's/degrees/turn/g' d.csv >d2.csv
"$loligo" compare d2.csv v.csv --atol 1e-7 >diff.txt || fail "degrees are not radians: $(cat diff.txt)"
awk 'BEGIN { print "t,wx,wy,wz"
  for (k = 0; k <= 3000; k++) { t = k / 10000; u = (t - 0.15) / 0.01
    printf "%.4f,%.10g,0,0\n", t, 15 / (1 + exp(-u)) } }' >long.csv
expect 0 "rad/s2, from 130 ms" "$loligo" axon strain long.csv --voxels 20 -o long.h5
expect 0 "from 100 ms" "$loligo" axon strain long.csv --voxels 20 --start 100ms --scale 30 -o long.h5
expect 0 "up to 30 rad/s" "$loligo" axon strain long.csv --voxels 20 --start 100ms --scale 30 -o long.h5

# random voxels: reproducible, the same for any threads, others by another seed; several impacts
expect 0 "" "$loligo" axon strain --seeds 101..103 --voxels 40 -o r1.csv --quiet --threads 1
expect 0 "" "$loligo" axon strain --seeds 101..103 --voxels 40 -o r2.csv --quiet --threads 2
expect 0 "" "$loligo" axon strain --seeds 101..103 --voxels 40 --voxel-seed 2 -o r3.csv --quiet
for f in r1 r2 r3; do grep -v '^#' $f.csv >$f; done
cmp -s r1 r2 || fail "another number of threads, other strains"
cmp -s r1 r3 && fail "another seed, the same voxels"
[ "$(wc -l <r1)" = 121 ] || fail "not 120 profiles"
grep -q '^s102-v' r1 || fail "no profile of impact 102"
expect 0 "" "$loligo" axon strain long.csv turn.csv --voxels 2 --json --quiet -o two.h5
out '"name": "long"'
out '"name": "turn"'

# the whole white matter
expect 0 "92408 profiles of 101 samples" "$loligo" axon strain --seed 5 -o all.h5

# info and plot
expect 0 "" "$loligo" info b.h5
out "5: s3-v0, s3-v1, s3-v2, s3-v3, s3-v4"
out "impacts      1: s3"
expect 0 "5 profiles as rows of 101 samples" "$loligo" info b.csv --json
out '"kind": "strain profiles"'
out '"n_times": 101'
expect 0 "" "$loligo" info all.h5
out "profiles     92408"
expect 0 "" "$loligo" info "$data/ref_open_profiles.csv"
out "10: p0, p1"
"$loligo" info "$data/ref_open_trace_p4.csv" | grep -q "strain profiles" && fail "a trace is taken for strain profiles"
expect 0 "" "$loligo" plot b.h5 -o b.svg
grep -q "strain of the fibre" b.svg || fail "the axis has no label"
grep -q "s3-v4" b.svg || fail "five profiles, but no legend"
expect 0 "120 profiles as rows" "$loligo" plot r1.csv -o r1.svg
grep -q "5 to 95 %" r1.svg || fail "no bands of 120 profiles"

# what is refused, in one line
expect 2 "either files of kinematics, or --seed N" "$loligo" axon strain -o x.h5
expect 2 "either files of kinematics, or --seed N" "$loligo" axon strain long.csv --seed 3 -o x.h5
expect 2 "A..B with A <= B" "$loligo" axon strain --seeds 5..2 -o x.h5
expect 2 "where to" "$loligo" axon strain --seed 3
expect 2 "exclude each other" "$loligo" axon strain long.csv --velocity --acceleration -o x.h5
refused() { # WORDS FILE-CONTENTS OPTIONS...
  words=$1
  printf "$2" >bad.csv
  shift 2
  expect 3 "$words" "$loligo" axon strain bad.csv --voxels 5 -o x.h5 "$@"
  one_line
  grep -q 'bad.csv' err || fail "the file is not named: $(cat err)"
}
refused "is empty" ""
refused "no three angular velocities or accelerations" "t_s,a,b,c\n0,1,2,3\n0.001,1,2,3\n0.002,1,2,3\n"
refused "may be linear" "t_s,ax,ay,az\n0,1,2,3\n0.001,1,2,3\n0.002,1,2,3\n"
refused "say --velocity or --acceleration" "t_s,x,y,z\n0,1,2,3\n0.001,1,2,3\n0.002,1,2,3\n"
refused "say --velocity or --acceleration" "0,1,2,3\n0.001,1,2,3\n0.002,1,2,3\n"
refused "--every 1ms" "1,2,3\n1,2,3\n1,2,3\n" --velocity
refused "line 3, column 3: the sample is missing" "t_s,wx,wy,wz\n0,1,2,3\n0.001,1,,3\n0.002,1,2,3\n"
refused "line 3, column 3: 'x' is no number" "t_s,wx,wy,wz\n0,1,2,3\n0.001,1,x,3\n0.002,1,2,3\n"
refused "times must rise" "t_s,wx,wy,wz\n0,1,2,3\n0.002,1,2,3\n0.001,1,2,3\n"
refused "even" "t_s,wx,wy,wz\n0,1,2,3\n0.001,1,2,3\n0.003,1,2,3\n0.004,1,2,3\n"
refused "degrees? say --degrees" "t_s,wx,wy,wz\n0,1,2,3\n0.001,900,2,3\n0.002,1,2,3\n"
refused "times in ms? name them t_ms" "t_s,wx,wy,wz\n0,1,2,3\n1,2,2,3\n2,1,2,3\n"
refused "at least 3 long" "t_s,wx,wy,wz\n0,1,2,3\n0.001,1,2,3\n"
refused "line 3: 3 cells, but the first row has 4" "t_s,wx,wy,wz\n0,1,2,3\n0.001,1,2\n0.002,1,2,3\n"
refused "does not turn" "t_s,wx,wy,wz\n0,0,0,0\n0.001,0,0,0\n0.002,0,0,0\n" --scale 20
refused "the rotation ends at" "t_s,wx,wy,wz\n0,0,0,0\n0.001,1,0,0\n0.002,0,0,0\n" --start 1s
printf 'x_mm,y_mm,z_mm\n10,20,\n' >places.csv
expect 3 "line 2, column 3" "$loligo" axon strain --seed 1 --voxels places.csv -o x.h5
printf 'x_mm,y_mm,z_mm\n10,20,100\n' >places.csv
expect 3 "its sphere has 75 mm" "$loligo" axon strain --seed 1 --voxels places.csv -o x.h5
printf 'x_mm,y_mm,z_mm,fx,fy,fz\n10,20,10,0,0,0\n' >places.csv
expect 3 "the fibre has no direction" "$loligo" axon strain --seed 1 --voxels places.csv -o x.h5
printf 'x,y,z\n10,20,10\n' >places.csv
expect 3 "no columns x_mm, y_mm, z_mm" "$loligo" axon strain --seed 1 --voxels places.csv -o x.h5
printf 'name,x_mm,y_mm,z_mm\nfornix,10,20,10\nmiddle,0,0,0\n' >places.csv
expect 0 "gives no fibres" "$loligo" axon strain --seed 1 --voxels places.csv -o named.csv
grep -q '^s1-fornix,' named.csv || fail "names of places are lost"
grep -q nan named.csv && fail "no number in the middle of the head"
expect 3 "200000 random voxels of 92408" "$loligo" axon strain --seed 1 --voxels 200000 -o x.h5
expect 3 "cannot be opened" "$loligo" axon strain none.csv -o x.h5
test ! -e x.h5
finish
