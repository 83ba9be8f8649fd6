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
#define MINV(a, b) _mm512_min_pd((a), (b)) /* b where one is NaN, MAXV too */
#define MAXV(a, b) _mm512_max_pd((a), (b))
#define POW2(s)                                                                                                        \
  _mm512_castsi512_pd(_mm512_slli_epi64(_mm512_add_epi64(_mm512_castpd_si512(s), _mm512_set1_epi64(1023)), 52))
/* x = FRACTION(x) 2^EXPONENT(x) with sqrt(1/2) <= FRACTION(x) < sqrt(2), x > 0 and normal; the exponent is put below
 * 2^52 and taken off */
#define BITS(x) _mm512_castpd_si512(x)
#define OF_BITS(x) _mm512_castsi512_pd(x)
#define ROOT_OFF(x) _mm512_add_epi64(BITS(x), _mm512_set1_epi64(0x3ff0000000000000 - 0x3fe6a09e667f3bcd))
#define EXPONENT(x)                                                                                                    \
  (OF_BITS(_mm512_or_si512(_mm512_srli_epi64(ROOT_OFF(x), 52), BITS(SET1(0x1p52)))) - SET1(0x1p52 + 1023.0))
#define FRACTION(x)                                                                                                    \
  OF_BITS(_mm512_add_epi64(_mm512_and_si512(ROOT_OFF(x), _mm512_set1_epi64(0x000fffffffffffff)),                       \
                           _mm512_set1_epi64(0x3fe6a09e667f3bcd)))
#define GATHER(from, node) _mm512_i32gather_pd(_mm256_loadu_si256((const __m256i *)(const void *)(node)), (from), 8)

#endif
