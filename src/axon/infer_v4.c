/* 16 profiles: AVX-512. */
#include "axon/infer.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "learn/simd.h"

#include <immintrin.h>

#define INFER(name) name##_v4
#define BUILD lg_axon_infer_v4
#define BUILD_NAME "AVX-512"
#define V __m512
#define W ((size_t)16)
#define TILE_TIMES 3 /* 24 sums, 3 inputs, 1 weight of 32 registers */
#define TILE_OUTS 8
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, x) _mm512_storeu_ps((p), (x))
#define SET1(x) _mm512_set1_ps(x)
#define ADD(a, b) _mm512_add_ps((a), (b))
#define SUB(a, b) _mm512_sub_ps((a), (b))
#define MUL(a, b) _mm512_mul_ps((a), (b))
#define DIV(a, b) _mm512_div_ps((a), (b))
#define FMA(a, b, c) _mm512_fmadd_ps((a), (b), (c))
#define FNMA(a, b, c) _mm512_fnmadd_ps((a), (b), (c))
#define FNMS(a, b, c) _mm512_fnmsub_ps((a), (b), (c))
#define MAXV(a, b) _mm512_max_ps((a), (b))
#define MINV(a, b) _mm512_min_ps((a), (b))
#define TIMES_EXP2(x, n)                                                                                               \
  _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x), _mm512_slli_epi32(_mm512_castps_si512(n), 23)))
#include "axon/infer.tmpl.h"
#else
/* not on this architecture: never chosen */
const axon_infer_build lg_axon_infer_v4 = {"none", 1, NULL};
#endif
