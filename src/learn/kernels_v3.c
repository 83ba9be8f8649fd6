/* AVX2 + FMA: tiles of 6 × 2 vectors (12 accumulators, 2 rows of B, 1 broadcast: 15 of 16 registers). */
#include "learn/kernels.h"

#include "learn/scalar.h"

#if defined(__AVX2__) && defined(__FMA__)
#include "learn/simd.h"
#include <immintrin.h>

/* Eight lanes on, then eight off: a window into it is a mask. */
static const int32_t mask_window[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
static const int64_t mask_window_64[8] = {-1, -1, -1, -1, 0, 0, 0, 0};

#define MR 6
#define MO 2 /* outputs of a tile of mlp_simd.tmpl.h */

#include "learn/real_f32.h"
#define V __m256
#define VM __m256i
#define VL ((size_t)8)
#define LOAD(p) _mm256_loadu_ps(p)
#define LOADM(p, m) _mm256_maskload_ps(p, m)
#define STORE(p, x) _mm256_storeu_ps(p, x)
#define STOREM(p, m, x) _mm256_maskstore_ps(p, m, x)
#define SET1(x) _mm256_set1_ps(x)
#define ZERO() _mm256_setzero_ps()
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define ADD(a, b) _mm256_add_ps(a, b)
#define RELU(x) _mm256_max_ps(x, _mm256_setzero_ps())
#define MASK(n) _mm256_loadu_si256((const __m256i *)(const void *)(mask_window + 8 - (n)))
#define FMA1(a, b, c) fmaf(a, b, c)
#include "learn/gemm_simd.tmpl.h"

#define SUB(a, b) _mm256_sub_ps(a, b)
#define MUL(a, b) _mm256_mul_ps(a, b)
#define DIV(a, b) _mm256_div_ps(a, b)
#define MIN(a, b) _mm256_min_ps(a, b)
#define MAX(a, b) _mm256_max_ps(a, b)
#define EXP2_HALF(v)                                                                                                   \
  _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_castps_si256(v), _mm256_set1_epi32(126)), 23))
#define WHERE_LESS(a, b, y, z) _mm256_blendv_ps(z, y, _mm256_cmp_ps(a, b, _CMP_LT_OQ))
#define LG_VECTOR_MATH
#include "learn/simd_math.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_simd.tmpl.h"
const lg_f32_kernels lg_f32_kernels_v3 = {
    .name = "v3", .gemm = LG_M(gemm), .mlp = LG_M(mlp), .mlp_columns = LG_M(mlp_columns), LG_ELEMENTWISE};
#include "learn/simd_undef.h"

#include "learn/real_f64.h"
#define V __m256d
#define VM __m256i
#define VL ((size_t)4)
#define LOAD(p) _mm256_loadu_pd(p)
#define LOADM(p, m) _mm256_maskload_pd(p, m)
#define STORE(p, x) _mm256_storeu_pd(p, x)
#define STOREM(p, m, x) _mm256_maskstore_pd(p, m, x)
#define SET1(x) _mm256_set1_pd(x)
#define ZERO() _mm256_setzero_pd()
#define FMA(a, b, c) _mm256_fmadd_pd(a, b, c)
#define ADD(a, b) _mm256_add_pd(a, b)
#define RELU(x) _mm256_max_pd(x, _mm256_setzero_pd())
#define MASK(n) _mm256_loadu_si256((const __m256i *)(const void *)(mask_window_64 + 4 - (n)))
#define FMA1(a, b, c) fma(a, b, c)
#include "learn/gemm_simd.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_simd.tmpl.h"
const lg_f64_kernels lg_f64_kernels_v3 = {
    .name = "v3", .gemm = LG_M(gemm), .mlp = LG_M(mlp), .mlp_columns = LG_M(mlp_columns), LG_ELEMENTWISE};
#else
const lg_f32_kernels lg_f32_kernels_v3 = {0};
const lg_f64_kernels lg_f64_kernels_v3 = {0};
#endif
