/* Built-in mechanisms for AVX-512: eight instances at a time. */
#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>

#define LEVEL v4
#define V __m512d
#define W ((size_t)8)
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, x) _mm512_storeu_pd((p), (x))
#define SET1(x) _mm512_set1_pd(x)
#define FMA(a, b, c) _mm512_fmadd_pd((a), (b), (c))
#define MINV(a, b) _mm512_min_pd((a), (b))
#define MAXV(a, b) _mm512_max_pd((a), (b))
#define LT(a, b) _mm512_cmp_pd_mask((a), (b), _CMP_LT_OQ)
#define EQ(a, b) _mm512_cmp_pd_mask((a), (b), _CMP_EQ_OQ)
#define NOT0(a) _mm512_cmp_pd_mask((a), _mm512_setzero_pd(), _CMP_NEQ_UQ)
#define SEL(m, a, b) _mm512_mask_blend_pd((m), (b), (a))
#define ANY(m) ((m) != 0)
#define ABS(a) _mm512_abs_pd(a)
#define BITS(x) _mm512_castpd_si512(x)
#define OF_BITS(x) _mm512_castsi512_pd(x)
#define POW2(s) OF_BITS(_mm512_slli_epi64(_mm512_add_epi64(BITS(s), _mm512_set1_epi64(1023)), 52))
/* bits less those of sqrt(1/2), so that the exponent changes there; the exponent is put below 2^52 and taken off */
#define ROOT_OFF(x) _mm512_add_epi64(BITS(x), _mm512_set1_epi64(0x3ff0000000000000 - 0x3fe6a09e667f3bcd))
#define EXPONENT(x)                                                                                                    \
  (OF_BITS(_mm512_or_si512(_mm512_srli_epi64(ROOT_OFF(x), 52), BITS(SET1(0x1p52)))) - SET1(0x1p52 + 1023.0))
#define FRACTION(x)                                                                                                    \
  OF_BITS(_mm512_add_epi64(_mm512_and_si512(ROOT_OFF(x), _mm512_set1_epi64(0x000fffffffffffff)),                       \
                           _mm512_set1_epi64(0x3fe6a09e667f3bcd)))
#define GATHER(from, node) _mm512_i32gather_pd(_mm256_loadu_si256((const __m256i *)(const void *)(node)), (from), 8)
#include "cable/mechanisms.tmpl.h"
#else /* not on this architecture: never chosen */
#include "cable/mechanisms.h"
const cable_mechanism *const lg_cable_list_v4[] = {NULL};
const size_t lg_cable_list_length_v4 = 0;
#endif
