/* Floats of one profile, in the operations of the vectors: the same bits, for CPUs without them. */
#include "axon/lanes.h"

#define AXON_PLAIN
#include "axon/lanes_common.h"
#include "learn/scalar.h"

#include <math.h>

#define AXON(name) name##_float_plain
#define BUILD_NAME "float"
#define REAL float
#define V float
#define W ((size_t)1)
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))
#define SET1(x) (x)
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MUL(a, b) ((a) * (b))
#define DIV(a, b) ((a) / (b))
#define FMA(a, b, c) fmaf((a), (b), (c))
#define FNMA(a, b, c) fmaf(-(a), (b), (c))
#define MAXV(a, b) ((a) > (b) ? (a) : (b))
#define MINV(a, b) ((a) < (b) ? (a) : (b))
#define ABSV(a) fabsf(a)
#define EXPV(a) lg_exp_f32(a)
#define EXPM1V(a) (lg_exp_f32(a) - 1.0f)
#define WHERE_LESS(a, b, y, z) ((a) < (b) ? (y) : (z))
#define FIRST_STRAIN(p) ((float)*(p))
#define TO_DOUBLES(p, v) (*(p) = (double)(v))
#define REDUCE_MAX(v) ((double)(v))
#include "axon/lanes.tmpl.h"
