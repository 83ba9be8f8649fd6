/** @file simd_v4.h @brief Vectors of 8 doubles (AVX-512) under the names that kernel templates use. */
#ifndef LG_CABLE_SIMD_V4_H
#define LG_CABLE_SIMD_V4_H

#include <immintrin.h>

#define W ((size_t)8)
#define V __m512d
#define M __mmask8
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, x) _mm512_storeu_pd((p), (x))
#define SET1(x) _mm512_set1_pd(x)
#define FMA(a, b, c) _mm512_fmadd_pd((a), (b), (c))   /* a b + c */
#define FNMA(a, b, c) _mm512_fnmadd_pd((a), (b), (c)) /* c - a b */
#define SEL(m, a, b) _mm512_mask_blend_pd((m), (b), (a))
#define ABOVE(a, b) _mm512_cmp_pd_mask((a), (b), _CMP_NLE_UQ) /* true for NaN */
#define BELOW(a, b) _mm512_cmp_pd_mask((a), (b), _CMP_LT_OQ)
#define ANY(m) ((m) != 0)
#define BIT(m, l) (((unsigned)(m) >> (l)) & 1u)
#define ABS(a) _mm512_abs_pd(a)
#define MINV(a, b) _mm512_min_pd((a), (b))
#define POW2(s)                                                                                                        \
  _mm512_castsi512_pd(_mm512_slli_epi64(_mm512_add_epi64(_mm512_castpd_si512(s), _mm512_set1_epi64(1023)), 52))

#endif
