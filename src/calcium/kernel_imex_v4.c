/* The sweeps with AVX-512: 8 nodes a vector. */
#include "calcium/kernel_imex_local.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "calcium/kernel_imex_rows.h"

#include <math.h>

#include "calcium/kernel_imex_one.inc"

#include "calcium/kernel_imex_node.tmpl.h"

#include "calcium/kernel_imex_undef.inc"

static inline void put_eight(__m512d c, __m512d b, __m512d e, __m256d *rows) {
  put_four(_mm512_castpd512_pd256(c), _mm512_castpd512_pd256(b), _mm512_castpd512_pd256(e), rows);
  put_four(_mm512_extractf64x4_pd(c, 1), _mm512_extractf64x4_pd(b, 1), _mm512_extractf64x4_pd(e, 1), rows + 4);
}

static inline void take_eight(const __m256d *rows, __m512d d[3]) {
  __m256d low[3], high[3];
  take_four(rows, low);
  take_four(rows + 4, high);
  for (int s = 0; s < 3; s++) d[s] = _mm512_insertf64x4(_mm512_castpd256_pd512(low[s]), high[s], 1);
}

#define NAME(x) x##_wide
#define V __m512d
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, x) _mm512_storeu_pd((p), (x))
#define SET1(x) _mm512_set1_pd(x)
#define FMA(a, b, c) _mm512_fmadd_pd((a), (b), (c))
#define FNMA(a, b, c) _mm512_fnmadd_pd((a), (b), (c))
#define POSITIVE(a) _mm512_max_pd((a), _mm512_setzero_pd())
#define ABOVE_ONE(a) (_mm512_cmp_pd_mask((a), SET1(1.0), _CMP_GT_OQ) != 0)
#define MAX_ONE(a) _mm512_max_pd((a), SET1(1.0))
#define PUT(c, b, e, rows) put_eight((c), (b), (e), (rows))
#define TAKE(rows, d) take_eight((rows), (d))
#include "calcium/kernel_imex_node.tmpl.h"

#define WIDE ((size_t)8)
#define KERNELS lg_calcium_sweep_v4
#include "calcium/kernel_imex_sweep.tmpl.h"
#else
const calcium_sweep_kernels lg_calcium_sweep_v4; /* not on this architecture: never chosen */
#endif
