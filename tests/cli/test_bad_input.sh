# Files as laboratories have them when something went wrong: one clear line and its exit code, never a crash or a guess.
# A row of the table: file, then for info, features and clone the exit code and words of the line ("-": none at all).
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
data=$LG_TEST_DATA
mkdir "$work/d"
cd "$work/d"

# A recording of a regular spiking cell: NAME SAMPLE_MS, four steps; the noise is a fixed sequence of ±0.1 mV.
cat >../m.json <<'JSON'
{"model": "izhikevich", "variant": "std",
 "parameters": {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}}
JSON
record() {
  name=$1 dt=$2 sweep=0
  shift 2
  echo "t_ms,i_pA,v_mV,sweep" >"$name"
  for amp in "$@"; do
    cat >../p.json <<JSON
{"duration_ms": 400, "sample_ms": $dt, "segments": [{"type": "const", "t0_ms": 50, "t1_ms": 350, "amp_pA": $amp}]}
JSON
    "$loligo" neuron simulate ../m.json --protocol ../p.json -o ../t.csv --quiet
    awk -F, -v a="$amp" -v s=$sweep '/^[#t]/ {next} {x = (x * 16807 + 7) % 2147483647
      printf("%s,%s,%.4f,%s\n", $1, ($1 >= 50 && $1 < 350) ? a : 0, $2 + 0.2 * (x / 2147483647 - 0.5), s)}' ../t.csv >>"$name"
    sweep=$((sweep + 1))
  done
}
# change NAME FROM 'AWK ON FIELDS': another file out of one, header kept.
change() { awk -F, -v OFS=, "NR == 1 {print; next} {$3; print}" "$2" >"$1"; }

record good.csv 0.1 -20 60 100 150
record slow.csv 0.2 -20 60 100 150
record silent.csv 0.1 -20 -10 10 20
change volts.csv good.csv '$3 = $3 / 1000'
change microvolts.csv good.csv '$3 = $3 * 1000'
change offset.csv good.csv '$3 = $3 + 57'
change holding.csv good.csv '$2 = $2 - 40'
change nan.csv good.csv 'if (NR % 1000 == 0) $3 = "nan"'
change all_nan.csv good.csv '$3 = "nan"'
change nan_current.csv good.csv '$2 = "nan"'
cut -d, -f1,3,4 good.csv >no_current.csv
cut -d, -f1,2,4 good.csv >no_potential.csv
change flat.csv good.csv '$2 = 0'
change nA.csv good.csv '$2 = $2 / 1000'
change jump.csv good.csv 'if (NR == 100) $1 = $1 + 3'
change word.csv good.csv 'if (NR == 50) $3 = "high"'
head -c 5000 "$data/File_axon_5.abf" >cut_header.abf
head -c 200000 "$data/File_axon_5.abf" >cut_data.abf
{ head -c 76 "$data/File_axon_5.abf"; head -c 400 /dev/zero | tr '\0' '\377'; tail -c +477 "$data/File_axon_5.abf"; } >corrupt.abf
head -c 20000 "$data/nwb/table.nwb" >cut.nwb
{ head -c 512 "$data/nwb/table.nwb"; head -c 4096 /dev/zero | tr '\0' 'x'; tail -c +4609 "$data/nwb/table.nwb"; } >corrupt.nwb
cp "$data"/nwb/bad_*.nwb "$data/nwb/bad_not_nwb.h5" "$data"/abf/voltage_clamp.abf "$data"/abf/file_gone.abf .
head -c 300 "$data/B6/B6_Ch3_IDRest_181.ibw" >cut.ibw
: >empty.abf
head -c 3000 /dev/zero | tr '\0' 'z' >noise.abf
mkdir folder zarr.nwb
echo '{"zarr_format": 2}' >zarr.nwb/.zgroup

# check FILE COMMAND CODE WORDS
check() {
  file=$1 command=$2 want=$3 words=$4 code=0
  case $command in
  clone) "$loligo" clone "$file" -o twin.json >out 2>err || code=$? ;;
  *) "$loligo" "$command" "$file" >out 2>err || code=$? ;;
  esac
  [ "$code" = "$want" ] || fail "$command $file ended with $code, not $want: $(head -2 err)"
  if [ "$code" != 0 ]; then
    [ "$(wc -l <err)" = 1 ] || fail "$command $file: not one line: $(cat err)"
    grep -q "^loligo: $file: [A-Z_]*: " err || fail "$command $file: no file and code in '$(cat err)'"
    [ ! -s out ] || fail "$command $file wrote to stdout beside its error"
  fi
  [ "$words" = - ] || cat out err | grep -qF -- "$words" || fail "$command $file did not say '$words': $(head -3 err)"
  ! grep -qiE 'sanitizer|assert|internal' err || fail "$command $file: $(cat err)"
}

rows=0
while IFS='|' read -r file info info_words features features_words clone clone_words; do
  [ -n "$file" ] || continue
  check "$file" info "$info" "$info_words"
  check "$file" features "$features" "$features_words"
  [ "$clone" = . ] || check "$file" clone "$clone" "$clone_words"
  rows=$((rows + 1))
done <<'TABLE'
good.csv|0|10 kHz|0|-|.|-
slow.csv|0|sampled at 5 kHz|0|sampled at 5 kHz|0|model
holding.csv|0|holding current of up to -40 pA|0|holding current|.|-
nan.csv|0|samples of the potential are missing|0|missing (NaN)|3|is not a number
offset.csv|0|rests at|0|rests at|.|-
silent.csv|0|-|0|-|3|no spikes
volts.csv|3|are these volts, labelled mV?|3|are these volts|3|are these volts
microvolts.csv|3|the scale or the unit in the file is wrong|3|scale or the unit|3|scale or the unit
all_nan.csv|3|are missing (NaN)|3|missing (NaN)|3|missing (NaN)
nan_current.csv|0|samples of the current are missing|0|of the current are missing|3|current
no_current.csv|0|current missing|0|current missing|3|current
no_potential.csv|0|trace|3|v_mV|3|v_mV
flat.csv|0|none found|0|-|.|-
nA.csv|0|are these nA, labelled pA?|0|are these nA|.|-
jump.csv|3|equal intervals are needed|3|equal intervals|3|equal intervals
word.csv|3|'high' in the column v_mV is not a number|3|line 50|3|line 50
cut_header.abf|3|section table points outside|3|FORMAT|3|FORMAT
cut_data.abf|3|truncated|3|truncated|3|truncated
corrupt.abf|3|FORMAT|3|FORMAT|3|FORMAT
empty.abf|3|the file is empty|3|empty|3|empty
noise.abf|3|not a recording that Loligo reads|3|not a recording|3|not a recording
voltage_clamp.abf|3|voltage-clamp|3|voltage-clamp|3|voltage-clamp
file_gone.abf|0|the file 'gone.atf', which is not beside|0|gone.atf|3|current
cut.nwb|3|FORMAT|3|FORMAT|3|FORMAT
corrupt.nwb|3|FORMAT|3|FORMAT|3|FORMAT
bad_unpaired.nwb|3|UNSUPPORTED|3|UNSUPPORTED|3|UNSUPPORTED
bad_no_stimulus.nwb|3|the injected current is not in the file|3|injected current|3|injected current
bad_voltage_clamp.nwb|3|voltage|3|voltage|3|voltage
bad_nwb1.nwb|3|NWB-1|3|NWB 2.x is read|3|NWB-1
bad_unit.nwb|3|unit|3|unit|3|unit
bad_filter.nwb|3|filter|3|filter|3|filter
bad_bomb.nwb|3|FORMAT|3|FORMAT|3|FORMAT
bad_external_link.nwb|3|another file|3|another file|3|another file
bad_not_nwb.h5|0|table|3|not NWB|3|not NWB
zarr.nwb|3|Zarr|3|Zarr|3|Zarr
folder|3|no Igor waves|3|no Igor waves|3|no Igor waves
cut.ibw|3|not a recording|3|not a recording|3|not a recording
none.abf|3|IO|3|IO|3|IO
TABLE
[ "$rows" = 38 ] || fail "$rows rows instead of 38"
finish
