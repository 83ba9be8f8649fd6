#!/bin/sh
# usage: test_culture_bad.sh LOLIGO
# Bad movies, masks and traces: one clear line and the right exit code, or the answer with a warning.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
if ! /usr/bin/python3 -c 'import struct' 2>/dev/null; then
  echo "SKIP: /usr/bin/python3 is missing: it makes the bad files" >&2
  exit 0
fi
cat >make.py <<'P'
import math, random, struct

def tiff(name, frames, width, height, fmt='H', samples=1, photometric=1, description=None, sizes=None, promise=None):
    """Uncompressed little-endian TIFF, one strip a frame; frames: lists of numbers."""
    kind = {'B': (8, 1), 'H': (16, 1), 'f': (32, 3), 'i': (32, 2), 'q': (64, 2)}[fmt]
    out, offsets = bytearray(b'II*\0\0\0\0\0'), []
    for pixels in frames:
        offsets.append(len(out))
        out += struct.pack('<%d%s' % (len(pixels), fmt), *pixels)
        out += b'\0' * (len(out) % 2)
    at = 4
    for k, pixels in enumerate(frames):
        w, h = sizes[k] if sizes else (width, height)
        tags = [(256, 4, 1, w), (257, 4, 1, h), (258, 3, 1, kind[0]), (259, 3, 1, 1), (262, 3, 1, photometric)]
        if description and k == 0:
            text = description.encode() + b'\0'
            text += b'\0' * (len(text) % 2)
            tags.append((270, 2, len(text), len(out)))
            out += text
        tags += [(273, 4, 1, offsets[k]), (277, 3, 1, samples), (278, 4, 1, h),
                 (279, 4, 1, len(pixels) * struct.calcsize(fmt)), (339, 3, 1, kind[1])]
        if photometric == 3:
            tags.append((320, 3, 768, len(out)))
            out += struct.pack('<768H', *range(768))
        struct.pack_into('<I', out, at, len(out))
        out += struct.pack('<H', len(tags))
        for tag in sorted(tags):
            out += struct.pack('<HHII', *tag)
        at = len(out)
        out += b'\0\0\0\0'
    open(name, 'wb').write(out)

random.seed(1)
W, H = 48, 40
noise = lambda n=W * H: [random.randrange(100, 200) for _ in range(n)]
movie = [noise() for _ in range(40)]
tiff('grey.tif', movie, W, H)
tiff('rgb.tif', [[random.randrange(256) for _ in range(3 * W * H)]], W, H, 'B', samples=3, photometric=2)
tiff('palette.tif', [[random.randrange(256) for _ in range(W * H)]], W, H, 'B', photometric=3)
tiff('one.tif', movie[:1], W, H)
tiff('sizes.tif', [noise(), noise(), noise(30 * H)], W, H, sizes=[(W, H), (W, H), (30, H)])
tiff('blank.tif', [[117] * (W * H)] * 40, W, H)
tiff('white.tif', [[65535] * (W * H)] * 40, W, H)
nan = [[float(v) for v in f] for f in movie]
nan[6][5 * W + 9] = math.nan
tiff('nan.tif', nan, W, H, 'f')
inf = [[float(v) for v in f] for f in movie]
inf[2][0] = math.inf
tiff('inf.tif', inf, W, H, 'f')
tiff('promise.tif', movie, W, H, description='ImageJ=1.53k\nimages=60\nframes=60\n')
tiff('channels.tif', movie, W, H, description='ImageJ=1.53k\nimages=40\nchannels=2\nframes=20\nhyperstack=true\n')
tiff('depth.tif', movie, W, H, description='ImageJ=1.53k\nimages=40\nslices=4\nframes=10\nhyperstack=true\n')
masks = lambda w, h, cell: [[1 + (y // cell) * 100 + x // cell for y in range(h) for x in range(w)]]
tiff('masks_other.tif', masks(W + 2, H, 8), W + 2, H)
tiff('masks_two.tif', masks(W, H, 8) * 2, W, H)
alone = [[(1 + (y // 10) * 5 + x // 10) if y % 10 < 7 and x % 10 < 7 else 0 for y in range(H) for x in range(W)]]
tiff('masks_alone.tif', alone, W, H)
tiff('masks_float.tif', [[0.5] * (W * H)], W, H, 'f')
tiff('masks_negative.tif', [[-1] * (W * H)], W, H, 'i')
tiff('masks_empty.tif', [[0] * (W * H)], W, H)
tiff('masks64.tif', masks(W, H, 12), W, H, 'q')
P
/usr/bin/python3 make.py

bad() { # CODE WORDS MOVIE: through run and traces' reader, one line
  expect "$1" "$2" "$loligo" culture run "$3" -o no --quiet --method soe --no-report
  one_line
  grep -q "$3" err || fail "the message does not name $3: $(cat err)"
  [ ! -e no/summary.json ] || fail "$3 left a summary"
}
printf 'no image at all, but long enough\n' >text.tif
bad 3 "no TIFF" text.tif
head -c 60000 grey.tif >cut.tif
code=0
"$loligo" culture run cut.tif -o no --quiet 2>err >/dev/null || code=$?
[ "$code" = 3 ] || fail "a cut stack ended with $code"
grep -qE "cut|damaged|no TIFF" err || fail "a cut stack: $(cat err)"
one_line
bad 3 "a colour image (3 values a pixel)" rgb.tif
bad 3 "a colour image (its pixels are numbers of a palette)" palette.tif
bad 3 "1 frame; a movie of at least" one.tif
bad 3 "frame 3 has 30 x 40 pixels" sizes.tif
bad 1 "blank" blank.tif
bad 3 "saturated" white.tif
bad 3 "the first in frame 7 at row 5, column 9" nan.tif
bad 3 "the first in frame 3 at row 0, column 0" inf.tif
bad 3 "promises 60 frames, 40 are in the file" promise.tif
bad 3 "2 channels" channels.tif
bad 3 "4 planes in depth at 10 times" depth.tif

mask() { # CODE WORDS MASKS
  expect "$1" "$2" "$loligo" culture traces grey.tif "$3" -o no.csv --quiet
  one_line
  grep -q "$3" err || fail "the message does not name $3: $(cat err)"
}
mask 3 "masks of 50 x 40 pixels, a movie of 48 x 40" masks_other.tif
mask 3 "2 frames; masks are one image" masks_two.tif
mask 3 "no labels (whole numbers from 0), the first at row 0, column 0" masks_float.tif
mask 3 "no labels (whole numbers from 0), the first at row 0, column 0" masks_negative.tif
mask 3 "no cell in the masks" masks_empty.tif
expect 0 "" "$loligo" culture traces grey.tif masks64.tif -o fine.csv --quiet
# cells that touch none: a graph without borders is an answer; there is nothing to identify in it
expect 0 "" "$loligo" culture graph masks_alone.tif -o alone --quiet --least-area 1
[ "$(grep -vc '^#' alone/edges.csv)" = 1 ] || fail "cells that touch none have borders"
awk -F, '/^[0-9]/ && $6 != 1 { bad = 1 } END { exit bad }' alone/cells.csv || fail "a lone cell is no border cell"
expect 3 "no two cells touch" "$loligo" culture run grey.tif --masks masks_alone.tif -o no --quiet --least-area 1 --no-report
one_line

# ---- traces: of other cells, not finite, a cell that vanishes, k that cannot be known
data=${LG_TEST_DATA:-$OLDPWD/tests/data}/culture
case $data in /*) ;; *) data=$OLDPWD/$data ;; esac
identify() {
  "$loligo" culture identify --edges "$data/traces_t3_edges.csv" --cells "$data/traces_t3_cells.csv" --no-report \
    --replicates 100 "$@"
}
grep -v '^#' "$data/traces_t3_Y.csv" >Y.csv
change() { /usr/bin/python3 -c '
import csv, sys
rows = list(csv.reader(open("Y.csv")))
names, body = rows[0], rows[1:]
exec(sys.argv[2])
csv.writer(open(sys.argv[1], "w"), lineterminator="\n").writerows([names] + body)' "$1" "$2"; }
change other.csv 'names[:] = ["c%d" % (int(n[1:]) + 1000) for n in names]'
expect 3 "the traces are of other cells" identify --traces other.csv -o no --quiet
one_line
change nan.csv 'body[10][4] = "nan"'
expect 3 "c5" identify --traces nan.csv -o no --quiet
one_line
change inf.csv 'body[10][4] = "inf"'
expect 3 "row 11" identify --traces inf.csv -o no --quiet
one_line
change more.csv 'names.append("c999"); [r.append("0.5") for r in body]'
expect 0 "1 of " identify --traces more.csv -o more
change wide.csv 'names += ["c%d" % (k + 2000) for k in range(1500)]; [r.extend(["0.5"] * 1500) for r in body]'
expect 0 "1500 of " identify --traces wide.csv -o wide
change twice.csv 'names[1] = names[0]'
expect 3 "stands there twice" identify --traces twice.csv -o no --quiet
inner=$(awk -F, '/^[0-9]/ && $2 ~ /[0-9]/ { print $1; exit }' more/params.csv)
change dark.csv "
k = names.index('c$inner')
for r in body[200:]: r[k] = '%.6f' % (-1.5 + 0.01 * (hash(r[k]) % 7))"
identify --traces dark.csv -o dark --quiet 2>/dev/null || true
grep -q "cell $inner vanishes: its trace is dark from frame 200 on" dark/summary.json ||
  fail "a cell that goes dark: $(grep -A9 warnings dark/summary.json)"
change flat.csv "
k = names.index('c$inner')
for r in body[150:]: r[k] = body[150][k]"
identify --traces flat.csv -o flat --quiet 2>/dev/null || true
grep -q "cell $inner vanishes: its trace is flat from frame 150 on" flat/summary.json ||
  fail "a cell that stands still: $(grep -A9 warnings flat/summary.json)"
! grep -q vanishes more/summary.json || fail "cells vanish from good traces"
# every trace its own noise: nothing couples them
change noise.csv '
import random
random.seed(3)
for r in body: r[:] = ["%.5f" % random.gauss(0.5, 0.05) for _ in r]'
code=0
identify --traces noise.csv -o noise --quiet >/dev/null 2>&1 || code=$?
if grep -q '"identifiable": false' noise/summary.json; then
  [ "$code" = 1 ] || fail "k is not identifiable, but exit $code"
  [ -s noise/profile.csv ] || fail "no profile of k"
  grep -A9 '"warnings"' noise/summary.json | grep -q 'k\|noise' || fail "no word on why k cannot be known"
else
  fail "k was identified from noise: $(grep k_ noise/summary.json)"
fi
finish
echo "culture, bad input: ok"
