# Helpers of the black-box tests; `. "$(dirname "$0")/lib.sh"` after `loligo=$1`.
# shellcheck shell=sh disable=SC2034
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
unset LOLIGO_SEED LOLIGO_THREADS LOLIGO_JSON LOLIGO_QUIET LOLIGO_PROGRESS
XDG_CONFIG_HOME=$work/no-config
export XDG_CONFIG_HOME

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect CODE WORDS COMMAND…: exit code, and WORDS somewhere on stderr ("" for none at all).
expect() {
  want=$1 words=$2
  shift 2
  code=0
  "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = "$want" ] || fail "'$*' ended with $code, not $want: $(head -3 "$work/err")"
  if [ -z "$words" ]; then
    [ ! -s "$work/err" ] || fail "'$*' wrote to stderr: $(head -3 "$work/err")"
  else
    grep -qF -- "$words" "$work/err" || fail "'$*' did not say '$words' but: $(head -3 "$work/err")"
  fi
}

# The last failure was one line.
one_line() { [ "$(wc -l <"$work/err")" = 1 ] || fail "more than one line of error: $(cat "$work/err")"; }

# out WORDS: stdout of the last expect holds the words.
out() { grep -qF -- "$1" "$work/out" || fail "stdout lacks '$1': $(head -5 "$work/out")"; }

finish() {
  [ "$failures" = 0 ] || exit 1
}
