#!/bin/sh
# usage: check_docs.sh BUILD: the documentation as a site, BUILD/docs/html: the Markdown pages of the repository, every command
# from its option table (BUILD/loligo), the public headers by Doxygen. A warning, a link that leads nowhere, an undocumented
# function and a request to another host are errors. 77: what makes it is not installed.
set -eu
build=$1
cd "$(dirname "$0")/.."
for tool in doxygen sphinx-build; do
  command -v $tool >/dev/null 2>&1 || missing="${missing-} $tool"
done
for package in python3-myst-parser furo; do
  /usr/bin/python3 -c "import importlib, sys; importlib.import_module(sys.argv[1])" \
    "$(echo $package | sed 's/python3-myst-parser/myst_parser/')" 2>/dev/null || missing="${missing-} $package"
done
if [ -n "${missing-}" ]; then
  echo "docs: SKIPPED, missing:$missing (make deps-docs installs tools/debian-packages-docs.txt)" >&2
  exit 77
fi
out=$build/docs
mkdir -p "$out"
doxygen - <<DOXY
PROJECT_NAME = Loligo
INPUT = include/loligo
OUTPUT_DIRECTORY = $out
STRIP_FROM_INC_PATH = include
OPTIMIZE_OUTPUT_FOR_C = YES
JAVADOC_AUTOBRIEF = NO
GENERATE_HTML = NO
GENERATE_LATEX = NO
GENERATE_XML = YES
XML_PROGRAMLISTING = NO
MACRO_EXPANSION = YES
EXPAND_ONLY_PREDEF = YES
PREDEFINED = LG_MUST_CHECK= LG_PRINTF(a,b)= __cplusplus=0
EXTRACT_ALL = YES
WARN_IF_UNDOCUMENTED = NO
WARN_IF_INCOMPLETE_DOC = NO
WARN_AS_ERROR = FAIL_ON_WARNINGS
HAVE_DOT = NO
QUIET = YES
DOXY
python3 tools/site/stage.py "$build/loligo" "$out/xml" "$out/source"
LOLIGO_VERSION=$("$build/loligo" --version | awk '{print $2; exit}')
export LOLIGO_VERSION
# What was read with a warning would pass in silence the next time.
sphinx-build -q -W --keep-going -b html -c tools/site -d "$out/doctrees" "$out/source" "$out/html" || {
  rm -rf "$out/doctrees"
  exit 1
}
python3 tools/site/check_site.py "$out/html"
echo "docs: $out/html/index.html"
