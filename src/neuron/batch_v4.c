/* Batch kernels for AVX-512: 8 doubles or 16 floats a vector. */
#include "neuron/batch.h"
#include "neuron/batch_full.h"

#include <math.h>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>

#define M __mmask16
#define W ((size_t)16)
#define REAL float
#define V __m512
#define LOAD(p) _mm512_load_ps(p)
#define STORE(p, x) _mm512_storeu_ps((p), (x))
#define SET1(x) _mm512_set1_ps((float)(x))
#define FMA(a, b, c) _mm512_fmadd_ps((a), (b), (c))
#define SEL(m, a, b) _mm512_mask_blend_ps((m), (b), (a))
#define GE(a, b) _mm512_cmp_ps_mask((a), (b), _CMP_GE_OQ)
#define NONE ((M)0)
#define OR(a, b) _kor_mask16((a), (b))
#define ANY(m) (!_kortestz_mask16_u8((m), (m)))
#define BIT(m, l) (((unsigned)(m) >> (l)) & 1u)
#define EULER_ROW(t) ((t)->row32)
#define KERNEL(name) name##_32_v4
#define LT(a, b) _mm512_cmp_ps_mask((a), (b), _CMP_LT_OQ)
#define AND(a, b) ((M)((a) & (b)))
#define ABS(a) _mm512_abs_ps(a)
#define MAXV(a, b) _mm512_max_ps((a), (b))
#define MINV(a, b) _mm512_min_ps((a), (b))
#define POW2(s)                                                                                                        \
  _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_castps_si512(s), _mm512_set1_epi32(127)), 23))
#include "neuron/batch_lanes.inc"

#define FULL_F32 1
#define FULL(name) name##32
#include "neuron/batch_full.inc"
#include "neuron/batch_undef.inc"

#define M __mmask8
#define W ((size_t)8)
#define REAL double
#define V __m512d
#define LOAD(p) _mm512_load_pd(p)
#define STORE(p, x) _mm512_storeu_pd((p), (x))
#define SET1(x) _mm512_set1_pd((double)(x))
#define FMA(a, b, c) _mm512_fmadd_pd((a), (b), (c))
#define SEL(m, a, b) _mm512_mask_blend_pd((m), (b), (a))
#define GE(a, b) _mm512_cmp_pd_mask((a), (b), _CMP_GE_OQ)
#define LT(a, b) _mm512_cmp_pd_mask((a), (b), _CMP_LT_OQ)
#define NLT(a, b) _mm512_cmp_pd_mask((a), (b), _CMP_NLT_UQ)
#define AND(a, b) ((M)((a) & (b)))
#define NONE ((M)0)
#define OR(a, b) _kor_mask8((a), (b))
#define ANY(m) (!_kortestz_mask8_u8((m), (m)))
#define BIT(m, l) (((unsigned)(m) >> (l)) & 1u)
#define EULER_ROW(t) ((t)->row)
#define KERNEL(name) name##_v4
#define ABS(a) _mm512_abs_pd(a)
#define MAXV(a, b) _mm512_max_pd((a), (b))
#define MINV(a, b) _mm512_min_pd((a), (b))
#define POW2(s)                                                                                                        \
  _mm512_castsi512_pd(_mm512_slli_epi64(_mm512_add_epi64(_mm512_castpd_si512(s), _mm512_set1_epi64(1023)), 52))
#include "neuron/batch_lanes.inc"

#include "neuron/batch_double.inc"

const lg_tile_kernels lg_tile_v4 = {.run = {[LG_BATCH_IZHIKEVICH_EULER] = izh_euler_v4,
                                            [LG_BATCH_IZHIKEVICH_RK4] = izh_rk4_v4,
                                            [LG_BATCH_HH52_STAGGERED] = hh_staggered_v4,
                                            [LG_BATCH_TM_RK4] = tm_rk4_v4},
                                    .euler32 = izh_euler_32_v4};
const lg_full_kernels lg_full_v4 = {
    .base = full_base_v4, .any = full_any_v4, .base32 = full_base_32_v4, .any32 = full_any_32_v4};
#else
const lg_tile_kernels lg_tile_v4; /* not on this architecture: never chosen */
const lg_full_kernels lg_full_v4;
#endif
