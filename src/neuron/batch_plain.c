/* Batch kernels in plain C: the reference that the SIMD kernels equal bit by bit. fma() is one rounding by definition.
 */
#include "neuron/batch.h"
#include "neuron/batch_full.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"

#define W ((size_t)1)
#define M int
#define SEL(m, a, b) ((m) ? (a) : (b))
#define GE(a, b) ((a) >= (b))
#define LT(a, b) ((a) < (b))
#define NLT(a, b) (!((a) < (b)))
#define AND(a, b) ((a) & (b))
#define NONE 0
#define OR(a, b) ((a) | (b))
#define ANY(m) (m)
#define BIT(m, l) ((void)(l), (m))
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))

static inline float lg_pow2_f(float shifted) {
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127u) << 23;
  memcpy(&shifted, &bits, sizeof shifted);
  return shifted;
}

#define REAL float
#define V float
#define SET1(x) ((float)(x))
#define FMA(a, b, c) fmaf((a), (b), (c))
#define EULER_ROW(t) ((t)->row32)
#define KERNEL(name) name##_32_plain
#define ABS(a) fabsf(a)
#define MAXV(a, b) ((a) > (b) ? (a) : (b))
#define MINV(a, b) ((a) < (b) ? (a) : (b))
#define POW2(shifted) lg_pow2_f(shifted)
#include "neuron/batch_lanes.inc"

#define FULL_F32 1
#define FULL(name) name##32
#include "neuron/batch_full.inc"
#undef REAL
#undef V
#undef SET1
#undef FMA
#undef EULER_ROW
#undef ABS
#undef MAXV
#undef MINV
#undef POW2
#undef KERNEL

#define REAL double
#define V double
#define SET1(x) ((double)(x))
#define FMA(a, b, c) fma((a), (b), (c))
#define EULER_ROW(t) ((t)->row)
#define KERNEL(name) name##_plain
#define ABS(a) fabs(a)
#define MAXV(a, b) ((a) > (b) ? (a) : (b))
#define MINV(a, b) ((a) < (b) ? (a) : (b))
#define POW2(shifted) lg_of_bits((lg_bits_of(shifted) + 1023u) << 52)
#include "neuron/batch_lanes.inc"

#include "neuron/batch_double.inc"

const lg_tile_kernels lg_tile_plain = {.run = {[LG_BATCH_IZHIKEVICH_EULER] = izh_euler_plain,
                                               [LG_BATCH_IZHIKEVICH_RK4] = izh_rk4_plain,
                                               [LG_BATCH_HH52_STAGGERED] = hh_staggered_plain,
                                               [LG_BATCH_TM_RK4] = tm_rk4_plain},
                                       .euler32 = izh_euler_32_plain};
const lg_full_kernels lg_full_plain = {
    .base = full_base_plain, .any = full_any_plain, .base32 = full_base_32_plain, .any32 = full_any_32_plain};
