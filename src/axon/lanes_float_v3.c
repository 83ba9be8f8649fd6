/* Floats of 8 profiles: AVX2 and FMA. */
#include "axon/lanes.h"

#if defined(__AVX2__) && defined(__FMA__)
#include "axon/lanes_common.h"
#include "base/elementary.h"

#include <immintrin.h>
#include <math.h>

#define AXON(name) name##_float_v3
#define BUILD_NAME "float, AVX2"
#define REAL float
#define V __m256
#define W ((size_t)8)
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, x) _mm256_storeu_ps((p), (x))
#define SET1(x) _mm256_set1_ps(x)
#define ADD(a, b) _mm256_add_ps((a), (b))
#define SUB(a, b) _mm256_sub_ps((a), (b))
#define MUL(a, b) _mm256_mul_ps((a), (b))
#define DIV(a, b) _mm256_div_ps((a), (b))
#define FMA(a, b, c) _mm256_fmadd_ps((a), (b), (c))
#define FNMA(a, b, c) _mm256_fnmadd_ps((a), (b), (c))
#define MAXV(a, b) _mm256_max_ps((a), (b))
#define MINV(a, b) _mm256_min_ps((a), (b))
#define ABSV(a) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), (a))
#define EXPV(a) exp_of(a)
#define EXPM1V(a) _mm256_sub_ps(exp_of(a), _mm256_set1_ps(1.0f))
#define WHERE_LESS(a, b, y, z) _mm256_blendv_ps((z), (y), _mm256_cmp_ps((a), (b), _CMP_LT_OQ))
#define HALVES(p) _mm256_cvtpd_ps(_mm256_loadu_pd(p))
#define FIRST_STRAIN(p) _mm256_insertf128_ps(_mm256_castps128_ps256(HALVES(p)), HALVES((p) + 4), 1)
#define TO_DOUBLES(p, v)                                                                                               \
  (_mm256_storeu_pd((p), _mm256_cvtps_pd(_mm256_castps256_ps128(v))),                                                  \
   _mm256_storeu_pd((p) + 4, _mm256_cvtps_pd(_mm256_extractf128_ps((v), 1))))
#define REDUCE_MAX(v) greatest(v)
#define EXP2_HALF(v)                                                                                                   \
  _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_castps_si256(v), _mm256_set1_epi32(126)), 23))
static inline double greatest(V v) {
  float x[8];
  STORE(x, v);
  for (size_t k = 1; k < W; k++) x[0] = x[k] > x[0] ? x[k] : x[0];
  return (double)x[0];
}
#include "axon/lanes.tmpl.h"
#else
/* not on this architecture: never chosen */
const axon_build lg_axon_float_v3 = {"none", 1, sizeof(float), NULL};
#endif
