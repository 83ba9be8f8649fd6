/* Tree kernels for AVX-512: 8 doubles a vector. */
#include "num/tree_solver_internal.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>

#define W ((size_t)8)
#define V __m512d
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, x) _mm512_storeu_pd((p), (x))
#define SET1(x) _mm512_set1_pd(x)
#define ADD(a, b) _mm512_add_pd((a), (b))
#define SUB(a, b) _mm512_sub_pd((a), (b))
#define MUL(a, b) _mm512_mul_pd((a), (b))
#define DIV(a, b) _mm512_div_pd((a), (b))
#define KERNEL(name) name##_v4
#include "num/tree_kernel.tmpl.h"

const lg_tree_kernels lg_tree_kernels_v4 = {solve_v4, again_v4, solve_lanes_v4, again_lanes_v4};
#else
const lg_tree_kernels lg_tree_kernels_v4; /* not on this architecture: never chosen */
#endif
