/* Floats of 16 profiles: AVX-512. */
#include "axon/lanes.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "axon/lanes_common.h"
#include "base/elementary.h"

#include <immintrin.h>
#include <math.h>

#define AXON(name) name##_float_v4
#define BUILD_NAME "float, AVX-512"
#define REAL float
#define V __m512
#define W ((size_t)16)
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, x) _mm512_storeu_ps((p), (x))
#define SET1(x) _mm512_set1_ps(x)
#define ADD(a, b) _mm512_add_ps((a), (b))
#define SUB(a, b) _mm512_sub_ps((a), (b))
#define MUL(a, b) _mm512_mul_ps((a), (b))
#define DIV(a, b) _mm512_div_ps((a), (b))
#define FMA(a, b, c) _mm512_fmadd_ps((a), (b), (c))
#define FNMA(a, b, c) _mm512_fnmadd_ps((a), (b), (c))
#define MAXV(a, b) _mm512_max_ps((a), (b))
#define MINV(a, b) _mm512_min_ps((a), (b))
#define ABSV(a) _mm512_abs_ps(a)
#define EXPV(a) exp_of(a)
#define EXPM1V(a) _mm512_sub_ps(exp_of(a), _mm512_set1_ps(1.0f))
#define WHERE_LESS(a, b, y, z) _mm512_mask_blend_ps(_mm512_cmp_ps_mask((a), (b), _CMP_LT_OQ), (z), (y))
#define HALVES(p) _mm512_cvtpd_ps(_mm512_loadu_pd(p))
#define FIRST_STRAIN(p) _mm512_insertf32x8(_mm512_castps256_ps512(HALVES(p)), HALVES((p) + 8), 1)
#define TO_DOUBLES(p, v)                                                                                               \
  (_mm512_storeu_pd((p), _mm512_cvtps_pd(_mm512_castps512_ps256(v))),                                                  \
   _mm512_storeu_pd((p) + 8, _mm512_cvtps_pd(_mm512_extractf32x8_ps((v), 1))))
#define REDUCE_MAX(v) ((double)_mm512_reduce_max_ps(v))
#define EXP2_HALF(v)                                                                                                   \
  _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_castps_si512(v), _mm512_set1_epi32(126)), 23))
#include "axon/lanes.tmpl.h"
#else
/* not on this architecture: never chosen */
const axon_build lg_axon_float_v4 = {"none", 1, sizeof(float), NULL};
#endif
