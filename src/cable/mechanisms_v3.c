/* Built-in mechanisms for AVX2 with FMA: four instances at a time. */
#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

#define LEVEL v3
#define V __m256d
#define W ((size_t)4)
#define LOAD(p) _mm256_loadu_pd(p)
#define STORE(p, x) _mm256_storeu_pd((p), (x))
#define SET1(x) _mm256_set1_pd(x)
#define FMA(a, b, c) _mm256_fmadd_pd((a), (b), (c))
#define MINV(a, b) _mm256_min_pd((a), (b))
#define MAXV(a, b) _mm256_max_pd((a), (b))
#define LT(a, b) _mm256_cmp_pd((a), (b), _CMP_LT_OQ)
#define EQ(a, b) _mm256_cmp_pd((a), (b), _CMP_EQ_OQ)
#define NOT0(a) _mm256_cmp_pd((a), _mm256_setzero_pd(), _CMP_NEQ_UQ)
#define SEL(m, a, b) _mm256_blendv_pd((b), (a), (m))
#define ANY(m) (_mm256_movemask_pd(m) != 0)
#define ABS(a) _mm256_andnot_pd(_mm256_set1_pd(-0.0), (a))
#define BITS(x) _mm256_castpd_si256(x)
#define OF_BITS(x) _mm256_castsi256_pd(x)
#define POW2(s) OF_BITS(_mm256_slli_epi64(_mm256_add_epi64(BITS(s), _mm256_set1_epi64x(1023)), 52))
/* bits less those of sqrt(1/2), so that the exponent changes there; the exponent is put below 2^52 and taken off */
#define ROOT_OFF(x) _mm256_add_epi64(BITS(x), _mm256_set1_epi64x(0x3ff0000000000000 - 0x3fe6a09e667f3bcd))
#define EXPONENT(x)                                                                                                    \
  (OF_BITS(_mm256_or_si256(_mm256_srli_epi64(ROOT_OFF(x), 52), BITS(SET1(0x1p52)))) - SET1(0x1p52 + 1023.0))
#define FRACTION(x)                                                                                                    \
  OF_BITS(_mm256_add_epi64(_mm256_and_si256(ROOT_OFF(x), _mm256_set1_epi64x(0x000fffffffffffff)),                      \
                           _mm256_set1_epi64x(0x3fe6a09e667f3bcd)))
#define GATHER(from, node) _mm256_i32gather_pd((from), _mm_loadu_si128((const __m128i *)(const void *)(node)), 8)
#include "cable/mechanisms.tmpl.h"
#else /* not on this architecture: never chosen */
#include "cable/mechanisms.h"
const cable_mechanism *const lg_cable_list_v3[] = {NULL};
const size_t lg_cable_list_length_v3 = 0;
#endif
