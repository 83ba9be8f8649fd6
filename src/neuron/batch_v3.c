/* Batch kernels for AVX2 and FMA: 4 doubles or 8 floats a vector. */
#include "neuron/batch.h"
#include "neuron/batch_full.h"

#include <math.h>

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

#define M __m256
#define W ((size_t)8)
#define REAL float
#define V __m256
#define LOAD(p) _mm256_load_ps(p)
#define STORE(p, x) _mm256_storeu_ps((p), (x))
#define SET1(x) _mm256_set1_ps((float)(x))
#define FMA(a, b, c) _mm256_fmadd_ps((a), (b), (c))
#define SEL(m, a, b) _mm256_blendv_ps((b), (a), (m))
#define GE(a, b) _mm256_cmp_ps((a), (b), _CMP_GE_OQ)
#define NONE _mm256_setzero_ps()
#define OR(a, b) _mm256_or_ps((a), (b))
#define ANY(m) (_mm256_movemask_ps(m) != 0)
#define BIT(m, l) (((unsigned)_mm256_movemask_ps(m) >> (l)) & 1u)
#define EULER_ROW(t) ((t)->row32)
#define KERNEL(name) name##_32_v3
#define LT(a, b) _mm256_cmp_ps((a), (b), _CMP_LT_OQ)
#define AND(a, b) _mm256_and_ps((a), (b))
#define ABS(a) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), (a))
#define MAXV(a, b) _mm256_max_ps((a), (b))
#define MINV(a, b) _mm256_min_ps((a), (b))
#define POW2(s)                                                                                                        \
  _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_castps_si256(s), _mm256_set1_epi32(127)), 23))
#include "neuron/batch_lanes.inc"

#define FULL_F32 1
#define FULL(name) name##32
#include "neuron/batch_full.inc"
#include "neuron/batch_undef.inc"

#define M __m256d
#define W ((size_t)4)
#define REAL double
#define V __m256d
#define LOAD(p) _mm256_load_pd(p)
#define STORE(p, x) _mm256_storeu_pd((p), (x))
#define SET1(x) _mm256_set1_pd((double)(x))
#define FMA(a, b, c) _mm256_fmadd_pd((a), (b), (c))
#define SEL(m, a, b) _mm256_blendv_pd((b), (a), (m))
#define GE(a, b) _mm256_cmp_pd((a), (b), _CMP_GE_OQ)
#define LT(a, b) _mm256_cmp_pd((a), (b), _CMP_LT_OQ)
#define NLT(a, b) _mm256_cmp_pd((a), (b), _CMP_NLT_UQ)
#define AND(a, b) _mm256_and_pd((a), (b))
#define NONE _mm256_setzero_pd()
#define OR(a, b) _mm256_or_pd((a), (b))
#define ANY(m) (_mm256_movemask_pd(m) != 0)
#define BIT(m, l) (((unsigned)_mm256_movemask_pd(m) >> (l)) & 1u)
#define EULER_ROW(t) ((t)->row)
#define KERNEL(name) name##_v3
#define ABS(a) _mm256_andnot_pd(_mm256_set1_pd(-0.0), (a))
#define MAXV(a, b) _mm256_max_pd((a), (b))
#define MINV(a, b) _mm256_min_pd((a), (b))
#define POW2(s)                                                                                                        \
  _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_add_epi64(_mm256_castpd_si256(s), _mm256_set1_epi64x(1023)), 52))
#include "neuron/batch_lanes.inc"

#include "neuron/batch_double.inc"

const lg_tile_kernels lg_tile_v3 = {.run = {[LG_BATCH_IZHIKEVICH_EULER] = izh_euler_v3,
                                            [LG_BATCH_IZHIKEVICH_RK4] = izh_rk4_v3,
                                            [LG_BATCH_HH52_STAGGERED] = hh_staggered_v3,
                                            [LG_BATCH_TM_RK4] = tm_rk4_v3},
                                    .euler32 = izh_euler_32_v3};
const lg_full_kernels lg_full_v3 = {
    .base = full_base_v3, .any = full_any_v3, .base32 = full_base_32_v3, .any32 = full_any_32_v3};
#else
const lg_tile_kernels lg_tile_v3; /* not on this architecture: never chosen */
const lg_full_kernels lg_full_v3;
#endif
