/* AVX-512: tiles of 8 × 2 vectors (16 accumulators hide the latency of both FMA ports). */
#include "learn/kernels.h"

#include "learn/scalar.h"

#if defined(__AVX512F__) && defined(__AVX512VL__)
#include "learn/simd.h"
#include <immintrin.h>

#define MR 8
#define MO 4 /* outputs of a tile of mlp_simd.tmpl.h */

#include "learn/real_f32.h"
#define V __m512
#define VM __mmask16
#define VL ((size_t)16)
#define LOAD(p) _mm512_loadu_ps(p)
#define LOADM(p, m) _mm512_maskz_loadu_ps(m, p)
#define STORE(p, x) _mm512_storeu_ps(p, x)
#define STOREM(p, m, x) _mm512_mask_storeu_ps(p, m, x)
#define SET1(x) _mm512_set1_ps(x)
#define ZERO() _mm512_setzero_ps()
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define ADD(a, b) _mm512_add_ps(a, b)
#define RELU(x) _mm512_max_ps(x, _mm512_setzero_ps())
#define MASK(n) ((__mmask16)((1u << (n)) - 1u))
#define FMA1(a, b, c) fmaf(a, b, c)
#include "learn/gemm_simd.tmpl.h"

#define SUB(a, b) _mm512_sub_ps(a, b)
#define MUL(a, b) _mm512_mul_ps(a, b)
#define DIV(a, b) _mm512_div_ps(a, b)
#define MIN(a, b) _mm512_min_ps(a, b)
#define MAX(a, b) _mm512_max_ps(a, b)
#define EXP2_HALF(v)                                                                                                   \
  _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_castps_si512(v), _mm512_set1_epi32(126)), 23))
#define WHERE_LESS(a, b, y, z) _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), z, y)
#define LG_VECTOR_MATH
#include "learn/simd_math.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_simd.tmpl.h"
const lg_f32_kernels lg_f32_kernels_v4 = {
    .name = "v4", .gemm = LG_M(gemm), .mlp = LG_M(mlp), .mlp_columns = LG_M(mlp_columns), LG_ELEMENTWISE};
#include "learn/simd_undef.h"

#include "learn/real_f64.h"
#define V __m512d
#define VM __mmask8
#define VL ((size_t)8)
#define LOAD(p) _mm512_loadu_pd(p)
#define LOADM(p, m) _mm512_maskz_loadu_pd(m, p)
#define STORE(p, x) _mm512_storeu_pd(p, x)
#define STOREM(p, m, x) _mm512_mask_storeu_pd(p, m, x)
#define SET1(x) _mm512_set1_pd(x)
#define ZERO() _mm512_setzero_pd()
#define FMA(a, b, c) _mm512_fmadd_pd(a, b, c)
#define ADD(a, b) _mm512_add_pd(a, b)
#define RELU(x) _mm512_max_pd(x, _mm512_setzero_pd())
#define MASK(n) ((__mmask8)((1u << (n)) - 1u))
#define FMA1(a, b, c) fma(a, b, c)
#include "learn/gemm_simd.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_simd.tmpl.h"
const lg_f64_kernels lg_f64_kernels_v4 = {
    .name = "v4", .gemm = LG_M(gemm), .mlp = LG_M(mlp), .mlp_columns = LG_M(mlp_columns), LG_ELEMENTWISE};
#else
const lg_f32_kernels lg_f32_kernels_v4 = {0};
const lg_f64_kernels lg_f64_kernels_v4 = {0};
#endif
