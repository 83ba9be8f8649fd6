/* 8 profiles: AVX2 and FMA. */
#include "axon/infer.h"

#if defined(__AVX2__) && defined(__FMA__)
#include "learn/simd.h"

#include <immintrin.h>

#define INFER(name) name##_v3
#define BUILD lg_axon_infer_v3
#define BUILD_NAME "AVX2"
#define V __m256
#define W ((size_t)8)
#define TILE_TIMES 3 /* 12 sums, 3 inputs, 1 weight of 16 registers */
#define TILE_OUTS 4
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, x) _mm256_storeu_ps((p), (x))
#define SET1(x) _mm256_set1_ps(x)
#define ADD(a, b) _mm256_add_ps((a), (b))
#define SUB(a, b) _mm256_sub_ps((a), (b))
#define MUL(a, b) _mm256_mul_ps((a), (b))
#define DIV(a, b) _mm256_div_ps((a), (b))
#define FMA(a, b, c) _mm256_fmadd_ps((a), (b), (c))
#define FNMA(a, b, c) _mm256_fnmadd_ps((a), (b), (c))
#define FNMS(a, b, c) _mm256_fnmsub_ps((a), (b), (c))
#define MAXV(a, b) _mm256_max_ps((a), (b))
#define MINV(a, b) _mm256_min_ps((a), (b))
#define TIMES_EXP2(x, n)                                                                                               \
  _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), _mm256_slli_epi32(_mm256_castps_si256(n), 23)))
#include "axon/infer.tmpl.h"
#else
/* not on this architecture: never chosen */
const axon_infer_build lg_axon_infer_v3 = {"none", 1, NULL};
#endif
