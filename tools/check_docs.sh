#!/bin/sh
# usage: check_docs.sh BUILD: the reference of the public headers by Doxygen into BUILD/docs; a warning is an error.
set -eu
build=$1
cd "$(dirname "$0")/.."
if ! command -v doxygen >/dev/null 2>&1; then
  echo "docs: doxygen is not installed (apt-get install doxygen)" >&2
  exit 1
fi
mkdir -p "$build/docs"
doxygen - <<DOXY
PROJECT_NAME = Loligo
INPUT = include/loligo docs/reference.md
USE_MDFILE_AS_MAINPAGE = docs/reference.md
OUTPUT_DIRECTORY = $build/docs
STRIP_FROM_INC_PATH = include
OPTIMIZE_OUTPUT_FOR_C = YES
EXTRACT_ALL = YES
JAVADOC_AUTOBRIEF = NO
GENERATE_LATEX = NO
MACRO_EXPANSION = YES
EXPAND_ONLY_PREDEF = YES
PREDEFINED = LG_MUST_CHECK= LG_PRINTF(a,b)= __cplusplus=0
WARN_IF_UNDOCUMENTED = NO
WARN_IF_INCOMPLETE_DOC = NO
WARN_AS_ERROR = FAIL_ON_WARNINGS
HAVE_DOT = NO
QUIET = YES
DOXY
echo "docs: $build/docs/html/index.html"
