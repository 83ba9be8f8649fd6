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
#include "learn/gemm_simd.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_simd.tmpl.h"
const lg_f32_kernels lg_f32_kernels_v4 = {.name = "v4", .gemm = LG_M(gemm), .mlp = LG_M(mlp), LG_ELEMENTWISE};

#undef V
#undef VM
#undef VL
#undef LOAD
#undef LOADM
#undef STORE
#undef STOREM
#undef SET1
#undef ZERO
#undef FMA
#undef RELU
#undef ADD
#undef MASK
#undef LG_ELEMENTWISE
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
#include "learn/gemm_simd.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_simd.tmpl.h"
const lg_f64_kernels lg_f64_kernels_v4 = {.name = "v4", .gemm = LG_M(gemm), .mlp = LG_M(mlp), LG_ELEMENTWISE};
#else
const lg_f32_kernels lg_f32_kernels_v4 = {0};
const lg_f64_kernels lg_f64_kernels_v4 = {0};
#endif
