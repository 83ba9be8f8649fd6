# What every command shares: help, suggestions, exit codes of usage errors.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"

expect 0 "" "$loligo" --help
out "loligo clone cell.abf"
expect 0 "" "$loligo" --version
expect 2 "" "$loligo"
expect 2 "did you mean 'help'?" "$loligo" hepl
one_line
expect 2 "unknown command 'qqqqqqqqq'" "$loligo" qqqqqqqqq
expect 2 "did you mean --quiet?" "$loligo" help --qiet
expect 2 "unknown option -x" "$loligo" help -x
expect 2 "did you mean 'json'?" "$loligo" help --progress jsn
expect 2 "is unknown; expected auto|plain|json|none" "$loligo" help --progress zzzzzz
expect 2 "--json takes no value" "$loligo" help --json=1
expect 2 "--seed needs a value" "$loligo" help --seed
expect 2 "got the option --json" "$loligo" help --seed --json
expect 2 "'x' is not a number" "$loligo" help --seed x
expect 2 "not a whole number" "$loligo" help --seed 1.5
expect 2 "not a whole number" "$loligo" help --seed -1
expect 2 "has an unknown unit" "$loligo" help --threads 2parsec
expect 2 "has the wrong dimension" "$loligo" help --threads 2ms
expect 2 "256" "$loligo" help --threads 999
expect 2 "did you mean 'units'?" "$loligo" help unitz
expect 2 "is too much" "$loligo" help a b c
for topic in units formats exit-codes; do
  expect 0 "" "$loligo" help $topic
  [ -s "$work/out" ] || fail "help $topic is empty"
done

# The same for programs: all commands, one, a topic.
expect 0 "" "$loligo" help --json
out '"schema": "loligo-help/1"'
out '"name": "neuron simulate"'
out '"kind": "concentration"'
expect 0 "" "$loligo" help neuron simulate --json
grep -q '"name": "clone"' "$work/out" && fail "help neuron simulate --json shows other commands"
expect 0 "" "$loligo" help neuron --json
out '"name": "neuron rheobase"'
expect 0 "" "$loligo" help units --json
out '"topic": "units"'
expect 2 "did you mean 'units'?" "$loligo" help unitz --json

# Every command explains itself, beginning with an example that names it; every option has a sentence.
"$loligo" help | sed -n '/^Commands/,/^$/s/^  \([a-z-]*\( [a-z-]*\)\{0,1\}\)  .*/\1/p' >"$work/commands"
[ "$(wc -l <"$work/commands")" -ge 2 ] || fail "the list of commands is empty"
while read -r command; do
  # shellcheck disable=SC2086
  expect 0 "" "$loligo" $command --help
  [ "$(head -1 "$work/out")" = Example ] || fail "$command --help does not begin with an example"
  sed -n 2p "$work/out" | grep -q "loligo $command" || fail "the example of '$command' shows something else"
  if grep -E '^  --[a-z-]+( [^ ]+)? *$' "$work/out"; then fail "$command has an option without a sentence"; fi
  # shellcheck disable=SC2086
  expect 2 "did you mean --threads?" "$loligo" $command --thread
  one_line
done <"$work/commands"

# A file's name cannot break the line of an error.
expect 2 "unknown command 'a?b'" "$loligo" "a
b"
one_line

# Output that does not arrive is an error; a reader that leaves is not worth words.
if [ -w /dev/full ]; then
  code=0
  "$loligo" help >/dev/full 2>"$work/err" || code=$?
  [ "$code" = 5 ] || fail "writing to a full disk ended with $code"
  grep -q "could not be written" "$work/err" || fail "a full disk was not named"
fi
mkfifo "$work/pipe"
(exec 3<"$work/pipe"; exec 3<&-) &
code=0
(sleep 0.2; "$loligo" completion zsh) >"$work/pipe" 2>"$work/err" || code=$?
wait
[ "$code" = 5 ] || fail "a closed pipe ended with $code"
[ ! -s "$work/err" ] || fail "a closed pipe made words: $(cat "$work/err")"
finish
