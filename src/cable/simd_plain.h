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
#define MINV(a, b) ((a) < (b) ? (a) : (b)) /* b where one is NaN, MAXV too */
#define MAXV(a, b) ((a) > (b) ? (a) : (b))
#define POW2(s) lg_of_bits((lg_bits_of(s) + 1023u) << 52)
/* x = FRACTION(x) 2^EXPONENT(x) with sqrt(1/2) <= FRACTION(x) < sqrt(2), x > 0 and normal */
#define ROOT_OFF(x) (lg_bits_of(x) + ((uint64_t)0x3ff0000000000000 - (uint64_t)0x3fe6a09e667f3bcd))
#define EXPONENT(x) ((double)((int)(ROOT_OFF(x) >> 52) - 1023))
#define FRACTION(x) lg_of_bits((ROOT_OFF(x) & (uint64_t)0x000fffffffffffff) + (uint64_t)0x3fe6a09e667f3bcd)
#define GATHER(from, node) ((from)[(node)[0]])

#endif
