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
#define MINV(a, b) _mm256_min_pd((a), (b))
#define POW2(s)                                                                                                        \
  _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_add_epi64(_mm256_castpd_si256(s), _mm256_set1_epi64x(1023)), 52))

#endif
