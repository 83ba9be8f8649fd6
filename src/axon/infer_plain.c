/* One profile at a time in the operations of the vectors: the same bits, for CPUs without them. */
#include "axon/infer.h"

#include "learn/scalar.h"
#include "learn/simd.h"

#include <math.h>

#define INFER(name) name##_plain
#define BUILD lg_axon_infer_plain
#define BUILD_NAME "plain"
#define V float
#define W ((size_t)1)
#define TILE_TIMES 1
#define TILE_OUTS 8
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))
#define SET1(x) (x)
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MUL(a, b) ((a) * (b))
#define DIV(a, b) ((a) / (b))
#define FMA(a, b, c) fmaf((a), (b), (c))
#define FNMA(a, b, c) fmaf(-(a), (b), (c))
#define FNMS(a, b, c) fmaf(-(a), (b), -(c))
#define MAXV(a, b) ((a) > (b) ? (a) : (b))
#define MINV(a, b) ((a) < (b) ? (a) : (b))
#define TIMES_EXP2(x, n) lg_of_bits_f32(lg_bits_of_f32(x) + (lg_bits_of_f32(n) << 23))
#include "axon/infer.tmpl.h"
