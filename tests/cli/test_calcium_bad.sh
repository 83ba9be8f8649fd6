# What a case of calcium must not be: one clear line each.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

try() { # WORDS JSON [OPTION…]
  words=$1
  printf '%s\n' "$2" >"$work/case.json"
  shift 2
  expect 3 "$words" "$loligo" calcium simulate "$work/case.json" -o "$work/run" --no-report --quiet "$@"
  one_line
}

try "Dc is -1 um²/s; allowed is 0 to" '{"parameters": {"Dc": -1}}'
try "not valid JSON" '{"parameters": {"Dc": NaN}}'
try "rho_R is -3 1/um²" '{"parameters": {"rho_R": -3}}'
try "rho_S of section 0 is -2" '{"parameters": {"rho_S": [[0, 1], [10, -2]]}}'
try "K_S is 0 uM" '{"constants": {"K_S": 0}}'
try "the ER's radius at 0 um is 0.4 um; it must be above 0 and below the dendrite's, 0.4 um" \
  '{"geometry": {"L_um": 64, "R_um": 0.4, "r_ER_um": 0.4}}'
try "the ER's radius at 64 um is 0.5 um" \
  '{"geometry": {"L_um": 64, "R_um": 0.4, "r_ER_um": [[0, 0.1], [64, 0.5]]}}'
try "er_fraction: 1.3 is outside" '{"swc": "x.swc", "er_fraction": 1.3}'
try "no.swc: cannot be opened" '{"swc": "no.swc", "er_fraction": 0.3}'
try "off > on" '{"stimulus": {"j0_uM_um_s": 1, "sigma_um": 1, "t_off_s": 0}}'
try "exclude each other" '{"stimulus": {"j0_uM_um_s": 1, "total_mol_s": 1e-18, "sigma_um": 1, "t_off_s": 1}}'
try "1000 um is outside section 0, 0 to 64 um" '{"stimulus": {"total_mol_s": 1e-18, "t_off_s": 1, "x0_um": 1000}}'
try "probe 0 lies at 100 um of section 0, outside the dendrite" '{"probes_um": [100]}'
try "steps of 1000 us are too long: with these constants this scheme keeps a dendrite at rest with at most 640 us" \
  '{"t_end_s": 0.01}' --dt 1ms
finish
