/** @file simd_plain.h @brief One double under the names that kernel templates use; fma() rounds once by definition. */
#ifndef LG_CABLE_SIMD_PLAIN_H
#define LG_CABLE_SIMD_PLAIN_H

#include "base/elementary.h"

#define W ((size_t)1)
#define V double
#define M int
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))
#define SET1(x) (x)
#define FMA(a, b, c) fma((a), (b), (c))
#define FNMA(a, b, c) fma(-(a), (b), (c))
#define SEL(m, a, b) ((m) ? (a) : (b))
#define ABOVE(a, b) (!((a) <= (b)))
#define BELOW(a, b) ((a) < (b))
#define ANY(m) (m)
#define BIT(m, l) ((void)(l), (m))
#define ABS(a) fabs(a)
#define MINV(a, b) ((a) < (b) ? (a) : (b))
#define POW2(s) lg_of_bits((lg_bits_of(s) + 1023u) << 52)

#endif
