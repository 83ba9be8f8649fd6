/* Tree kernels for AVX2: 4 doubles a vector. */
#include "num/tree_solver_internal.h"

#if defined(__AVX2__)
#include <immintrin.h>

#define W ((size_t)4)
#define V __m256d
#define LOAD(p) _mm256_loadu_pd(p)
#define STORE(p, x) _mm256_storeu_pd((p), (x))
#define SET1(x) _mm256_set1_pd(x)
#define ADD(a, b) _mm256_add_pd((a), (b))
#define SUB(a, b) _mm256_sub_pd((a), (b))
#define MUL(a, b) _mm256_mul_pd((a), (b))
#define DIV(a, b) _mm256_div_pd((a), (b))
#define KERNEL(name) name##_v3
#include "num/tree_kernel.tmpl.h"

const lg_tree_kernels lg_tree_kernels_v3 = {solve_v3, again_v3, solve_lanes_v3, again_lanes_v3};
#else
const lg_tree_kernels lg_tree_kernels_v3; /* not on this architecture: never chosen */
#endif
