/* Tree kernels for AVX2: 4 doubles a vector. */
#include "num/tree_solver_internal.h"

#if defined(__AVX2__)
#include <immintrin.h>

static inline __m256i first_lanes(size_t n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n), _mm256_set_epi64x(3, 2, 1, 0));
}

static inline __m256d insert_lane(__m256d x, size_t lane, double y) {
  const __m256i at = _mm256_cmpeq_epi64(_mm256_set1_epi64x((long long)lane), _mm256_set_epi64x(3, 2, 1, 0));
  return _mm256_blendv_pd(x, _mm256_set1_pd(y), _mm256_castsi256_pd(at));
}

#define W ((size_t)4)
#define V __m256d
#define LOAD(p) _mm256_loadu_pd(p)
#define STORE(p, x) _mm256_storeu_pd((p), (x))
#define LOAD_SOME(p, n) _mm256_maskload_pd((p), first_lanes(n))
#define STORE_SOME(p, x, n) _mm256_maskstore_pd((p), first_lanes(n), (x))
#define INSERT(x, l, y) insert_lane((x), (l), (y))
#define SET1(x) _mm256_set1_pd(x)
#define ADD(a, b) _mm256_add_pd((a), (b))
#define SUB(a, b) _mm256_sub_pd((a), (b))
#define MUL(a, b) _mm256_mul_pd((a), (b))
#define DIV(a, b) _mm256_div_pd((a), (b))
#define KERNEL(name) name##_v3
#define LG_TREE_CONSTANT_VECTORS 0
#include "num/tree_kernel.tmpl.h"
#include "num/tree_lanes.tmpl.h"
#include "num/tree_sides.tmpl.h"

const lg_tree_kernels lg_tree_kernels_v3 = {solve_v3,       again_v3,      solve_lanes_v3,
                                            again_lanes_v3, step_lanes_v3, sides_v3};
#else
const lg_tree_kernels lg_tree_kernels_v3; /* not on this architecture: never chosen */
#endif
