# Completion scripts and manual pages come from the option tables.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
expect 2 "did you mean 'bash'?" "$loligo" completion bsh
for shell in bash zsh fish; do
  "$loligo" completion $shell >"$work/$shell"
  grep -q progress "$work/$shell" || fail "$shell: --progress is missing"
  grep -q "auto plain json none" "$work/$shell" || fail "$shell: the choices of --progress are missing"
done
# completes WORDS… : what bash would offer for the last word
completes() {
  bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _loligo; echo "${COMPREPLY[*]}"' - "$work/bash" "$@"
}
[ "$(completes loligo compl)" = completion ] || fail "bash: commands"
[ "$(completes loligo completion z)" = zsh ] || fail "bash: arguments of completion"
[ "$(completes loligo help --see)" = --seed ] || fail "bash: options"
[ "$(completes loligo help --progress js)" = json ] || fail "bash: choices"
if command -v zsh >/dev/null 2>&1; then zsh -n "$work/zsh" || fail "zsh: syntax"; fi
if command -v fish >/dev/null 2>&1; then fish -n "$work/fish" || fail "fish: syntax"; fi

expect 0 "" "$loligo" help --man -o "$work/man"
[ "$(find "$work/man" -name 'loligo*.1' | wc -l)" -ge 3 ] || fail "manual pages are missing"
for page in "$work"/man/*.1; do
  head -1 "$page" | grep -q '^\.TH "LOLIGO' || fail "$page has no title"
  grep -q '^.SH EXAMPLES' "$page" || fail "$page has no example"
  if command -v groff >/dev/null 2>&1; then
    [ -z "$(groff -man -ww -Tascii "$page" 2>&1 >/dev/null)" ] || fail "$page: $(groff -man -ww -Tascii "$page" 2>&1 >/dev/null | head -3)"
  fi
done
finish
