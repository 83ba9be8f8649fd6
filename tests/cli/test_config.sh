# Precedence: flag > environment > ./loligo.json > the user's config.json > default.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
mkdir -p "$work/home/loligo" "$work/project"
cd "$work/project"
XDG_CONFIG_HOME=$work/home

# --threads is checked when a command starts: 999 is refused, so the message shows which value was taken.
echo '{"threads": 901}' >"$work/home/loligo/config.json"
expect 2 "901" "$loligo" help
echo '{ // the project speaks louder
  "threads": 902 }' >loligo.json
expect 2 "902" "$loligo" help
echo '{"threads": 902, "help": {"threads": 903}}' >loligo.json
expect 2 "903" "$loligo" help
expect 2 "902" "$loligo" completion bash
expect 2 "904" env LOLIGO_THREADS=904 "$loligo" help
expect 2 "905" env LOLIGO_THREADS=904 "$loligo" help --threads 905
expect 0 "" env LOLIGO_THREADS=904 "$loligo" help --threads 1

# Mistakes are named, never ignored.
echo '{"threds": 1}' >loligo.json
expect 3 "'threds' is no option that a file may set" "$loligo" help
one_line
echo '{"help": {"shell": 1}}' >loligo.json
expect 3 "'shell' is no option that a file may set for help" "$loligo" help
echo '{"output": "x"}' >loligo.json
expect 3 "output" "$loligo" help
echo '{"threads": "many"}' >loligo.json
expect 2 "loligo.json: threads 'many' is not a number" "$loligo" help
echo '{"threads": [1]}' >loligo.json
expect 3 "threads: text, a number, true or false expected" "$loligo" help
printf '{\n "threads": 1,\n}' >loligo.json
expect 3 "loligo.json: FORMAT: loligo.json:3:" "$loligo" help
echo '{"progress": "jsn"}' >loligo.json
expect 2 "did you mean 'json'?" "$loligo" help
expect 2 "is neither yes" env LOLIGO_QUIET=perhaps "$loligo" help
echo '{"quiet": true, "json": false}' >loligo.json
expect 2 "901" "$loligo" help
rm loligo.json "$work/home/loligo/config.json"
expect 0 "" "$loligo" help
finish
