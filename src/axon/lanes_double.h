/** @file lanes_double.h @brief Operations of the kernel on one double: no vectors, no fused operations. */
#ifndef LG_AXON_LANES_DOUBLE_H
#define LG_AXON_LANES_DOUBLE_H

#define AXON_PLAIN
#include "axon/lanes_common.h"
#include "base/elementary.h"

#include <math.h>

#define REAL double
#define V double
#define W ((size_t)1)
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))
#define SET1(x) (x)
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MUL(a, b) ((a) * (b))
#define DIV(a, b) ((a) / (b))
#define FMA(a, b, c) ((a) * (b) + (c))
#define FNMA(a, b, c) ((c) - (a) * (b))
#define MAXV(a, b) ((a) > (b) ? (a) : (b))
#define MINV(a, b) ((a) < (b) ? (a) : (b))
#define ABSV(a) fabs(a)
#define EXPV(a) lg_exp(a)
#define EXPM1V(a) lg_expm1(a)
#define WHERE_LESS(a, b, y, z) ((a) < (b) ? (y) : (z))
#define FIRST_STRAIN(p) (*(p))
#define TO_DOUBLES(p, v) (*(p) = (v))
#define REDUCE_MAX(v) (v)

#endif
