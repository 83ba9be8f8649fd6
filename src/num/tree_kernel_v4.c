/* Tree kernels for AVX-512: 8 doubles a vector. */
#include "num/tree_solver_internal.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>

/*
 * The first n of a vector in pieces of their own size. A masked access would count as one of 64 bytes: the next level
 * lies close behind, and its loads would wait for stores that do not concern them.
 */
static inline __m256d load_quarters(const double *p, size_t n) {
  if (n == 0) return _mm256_setzero_pd();
  if (n == 1) return _mm256_zextpd128_pd256(_mm_load_sd(p));
  const __m256d two = _mm256_zextpd128_pd256(_mm_loadu_pd(p));
  return n == 2 ? two : _mm256_insertf128_pd(two, _mm_load_sd(p + 2), 1);
}

static inline void store_quarters(double *p, __m256d x, size_t n) {
  if (n == 0) return;
  if (n == 1) {
    _mm_store_sd(p, _mm256_castpd256_pd128(x));
    return;
  }
  _mm_storeu_pd(p, _mm256_castpd256_pd128(x));
  if (n == 3) _mm_store_sd(p + 2, _mm256_extractf128_pd(x, 1));
}

static inline __m512d load_some(const double *p, size_t n) {
  if (n < 4) return _mm512_zextpd256_pd512(load_quarters(p, n));
  const __m512d four = _mm512_zextpd256_pd512(_mm256_loadu_pd(p));
  return n == 4 ? four : _mm512_insertf64x4(four, load_quarters(p + 4, n - 4), 1);
}

static inline void store_some(double *p, __m512d x, size_t n) {
  if (n < 4) {
    store_quarters(p, _mm512_castpd512_pd256(x), n);
    return;
  }
  _mm256_storeu_pd(p, _mm512_castpd512_pd256(x));
  store_quarters(p + 4, _mm512_extractf64x4_pd(x, 1), n - 4);
}

#define W ((size_t)8)
#define V __m512d
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, x) _mm512_storeu_pd((p), (x))
#define LOAD_SOME(p, n) load_some((p), (n))
#define STORE_SOME(p, x, n) store_some((p), (x), (n))
#define INSERT(x, l, y) _mm512_mask_mov_pd((x), (__mmask8)(1u << (l)), _mm512_set1_pd(y))
#define SET1(x) _mm512_set1_pd(x)
#define ADD(a, b) _mm512_add_pd((a), (b))
#define SUB(a, b) _mm512_sub_pd((a), (b))
#define MUL(a, b) _mm512_mul_pd((a), (b))
#define DIV(a, b) _mm512_div_pd((a), (b))
#define KERNEL(name) name##_v4
#define LG_TREE_CONSTANT_VECTORS 1
#include "num/tree_kernel.tmpl.h"
#include "num/tree_lanes.tmpl.h"
#include "num/tree_sides.tmpl.h"

const lg_tree_kernels lg_tree_kernels_v4 = {solve_v4,       again_v4,      solve_lanes_v4,
                                            again_lanes_v4, step_lanes_v4, sides_v4};
#else
const lg_tree_kernels lg_tree_kernels_v4; /* not on this architecture: never chosen */
#endif
