/* The sweeps with AVX2 and FMA: 4 nodes a vector. */
#include "calcium/kernel_imex_local.h"

#if defined(__AVX2__) && defined(__FMA__)
#include "calcium/kernel_imex_rows.h"

#include <math.h>

#include "calcium/kernel_imex_one.inc"

#include "calcium/kernel_imex_node.tmpl.h"

#include "calcium/kernel_imex_undef.inc"

#define NAME(x) x##_wide
#define V __m256d
#define LOAD(p) _mm256_loadu_pd(p)
#define STORE(p, x) _mm256_storeu_pd((p), (x))
#define SET1(x) _mm256_set1_pd(x)
#define FMA(a, b, c) _mm256_fmadd_pd((a), (b), (c))
#define FNMA(a, b, c) _mm256_fnmadd_pd((a), (b), (c))
#define POSITIVE(a) _mm256_max_pd((a), _mm256_setzero_pd())
#define ABOVE_ONE(a) (_mm256_movemask_pd(_mm256_cmp_pd((a), SET1(1.0), _CMP_GT_OQ)) != 0)
#define MAX_ONE(a) _mm256_max_pd((a), SET1(1.0))
#define PUT(c, b, e, rows) put_four((c), (b), (e), (rows))
#define TAKE(rows, d) take_four((rows), (d))
#include "calcium/kernel_imex_node.tmpl.h"

#define WIDE ((size_t)4)
#define KERNELS lg_calcium_sweep_v3
#include "calcium/kernel_imex_sweep.tmpl.h"
#else
const calcium_sweep_kernels lg_calcium_sweep_v3; /* not on this architecture: never chosen */
#endif
