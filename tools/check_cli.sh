#!/bin/sh
# Option tables: whatever names a file says whether it is read (CLI_INPUT) or written (CLI_OUTPUT), so that loligo verify
# can redirect the latter and exit codes come out right; whatever is one of a few words says which (CLI_CHOICE).
set -eu
cd "$(dirname "$0")/.."
bad=0
if grep -nE '^[[:space:]]*\{"[a-z0-9-]+", "[^"]*(FILE|DIR|PATH|\.json|\.csv|\.nwb|\.safetensors|\.html|\.pdf)[^"]*", CLI_TEXT' src/app/cli/*.c; then
  echo "cli: these options name files: CLI_INPUT or CLI_OUTPUT, not CLI_TEXT" >&2
  bad=1
fi
if grep -nE '^[[:space:]]*\{"output", "[^"]*", CLI_(TEXT|INPUT)' src/app/cli/*.c; then
  echo "cli: --output is a CLI_OUTPUT" >&2
  bad=1
fi
if grep -nE '^[[:space:]]*\{"[a-z0-9-]+", "[a-z0-9]+(\|[a-z0-9]+)+", CLI_TEXT' src/app/cli/*.c; then
  echo "cli: these options take one of a few words: CLI_CHOICE" >&2
  bad=1
fi
for file in src/app/cli/cmd_*.c; do
  name=$(basename "$file" .c)
  grep -q '^const cli_command cli_' "$file" || continue
  for symbol in $(sed -n 's/^const cli_command \(cli_[a-z_0-9]*\).*/\1/p' "$file"); do
    grep -q "&$symbol,"  src/app/cli/commands.c || { echo "cli: $name: $symbol is not in commands.c" >&2; bad=1; }
  done
done
[ "$bad" = 0 ] && echo "cli: ok"
exit "$bad"
