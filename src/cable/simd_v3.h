/** @file simd_v3.h @brief Vectors of 4 doubles (AVX2, FMA) under the names that kernel templates use. */
#ifndef LG_CABLE_SIMD_V3_H
#define LG_CABLE_SIMD_V3_H

#include <immintrin.h>

#define W ((size_t)4)
#define V __m256d
#define M __m256d
#define LOAD(p) _mm256_loadu_pd(p)
#define STORE(p, x) _mm256_storeu_pd((p), (x))
#define SET1(x) _mm256_set1_pd(x)
#define FMA(a, b, c) _mm256_fmadd_pd((a), (b), (c))
#define FNMA(a, b, c) _mm256_fnmadd_pd((a), (b), (c))
#define SEL(m, a, b) _mm256_blendv_pd((b), (a), (m))
#define ABOVE(a, b) _mm256_cmp_pd((a), (b), _CMP_NLE_UQ)
#define BELOW(a, b) _mm256_cmp_pd((a), (b), _CMP_LT_OQ)
#define ANY(m) (_mm256_movemask_pd(m) != 0)
#define BIT(m, l) (((unsigned)_mm256_movemask_pd(m) >> (l)) & 1u)
#define ABS(a) _mm256_andnot_pd(_mm256_set1_pd(-0.0), (a))
#define MINV(a, b) _mm256_min_pd((a), (b)) /* b where one is NaN, MAXV too */
#define MAXV(a, b) _mm256_max_pd((a), (b))
#define POW2(s)                                                                                                        \
  _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_add_epi64(_mm256_castpd_si256(s), _mm256_set1_epi64x(1023)), 52))
/* x = FRACTION(x) 2^EXPONENT(x) with sqrt(1/2) <= FRACTION(x) < sqrt(2), x > 0 and normal; the exponent is put below
 * 2^52 and taken off */
#define BITS(x) _mm256_castpd_si256(x)
#define OF_BITS(x) _mm256_castsi256_pd(x)
#define ROOT_OFF(x) _mm256_add_epi64(BITS(x), _mm256_set1_epi64x(0x3ff0000000000000 - 0x3fe6a09e667f3bcd))
#define EXPONENT(x)                                                                                                    \
  (OF_BITS(_mm256_or_si256(_mm256_srli_epi64(ROOT_OFF(x), 52), BITS(SET1(0x1p52)))) - SET1(0x1p52 + 1023.0))
#define FRACTION(x)                                                                                                    \
  OF_BITS(_mm256_add_epi64(_mm256_and_si256(ROOT_OFF(x), _mm256_set1_epi64x(0x000fffffffffffff)),                      \
                           _mm256_set1_epi64x(0x3fe6a09e667f3bcd)))
#define GATHER(from, node) _mm256_i32gather_pd((from), _mm_loadu_si128((const __m128i *)(const void *)(node)), 8)

#endif
