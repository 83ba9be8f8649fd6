/* Built-in mechanisms for any machine: one instance at a time. */
#include <math.h>

#define LEVEL plain
#define V double
#define W ((size_t)1)
#define LOAD(p) (*(p))
#define STORE(p, x) ((void)(*(p) = (x)))
#define SET1(x) ((double)(x))
#define FMA(a, b, c) ((a) * (b) + (c))
#define MINV(a, b) ((a) < (b) ? (a) : (b))
#define MAXV(a, b) ((a) > (b) ? (a) : (b))
#define LT(a, b) ((a) < (b))
#define EQ(a, b) ((a) == (b))
#define NOT0(a) (!((a) == 0.0))
#define SEL(m, a, b) ((m) ? (a) : (b))
#define ANY(m) (m)
#define ABS(a) fabs(a)
#define POW2(shifted) lg_of_bits((lg_bits_of(shifted) + 1023u) << 52)
/* bits less those of sqrt(1/2), so that the exponent changes there */
#define ROOT_OFF(x) (lg_bits_of(x) + ((uint64_t)0x3ff0000000000000 - (uint64_t)0x3fe6a09e667f3bcd))
#define EXPONENT(x) ((double)((int)(ROOT_OFF(x) >> 52) - 1023))
#define FRACTION(x) lg_of_bits((ROOT_OFF(x) & (uint64_t)0x000fffffffffffff) + (uint64_t)0x3fe6a09e667f3bcd)
#define GATHER(from, node) ((from)[(node)[0]])
#include "cable/mechanisms.tmpl.h"
