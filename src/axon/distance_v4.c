/* Bounds and distances: AVX-512. */
#include "axon/distance_kernel.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "axon/distance_kernel.tmpl.h"

#include <immintrin.h>

static uint32_t near_of(const float *block, const float *mark, float size, float near, float slack) {
  __m512 sum[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
  for (size_t m = 0; m < AXON_MARKS; m++) {
    const __m512 d = _mm512_sub_ps(_mm512_loadu_ps(block + m * AXON_BLOCK), _mm512_set1_ps(mark[m]));
    sum[m % 4] = _mm512_fmadd_ps(d, d, sum[m % 4]);
  }
  const __m512 all = _mm512_add_ps(_mm512_add_ps(sum[0], sum[1]), _mm512_add_ps(sum[2], sum[3]));
  const __m512 own = _mm512_set1_ps(size), sizes = _mm512_loadu_ps(block + AXON_MARKS * AXON_BLOCK);
  const __m512 most = _mm512_fmadd_ps(_mm512_set1_ps(near), _mm512_max_ps(sizes, own),
                                      _mm512_mul_ps(_mm512_set1_ps(slack), _mm512_add_ps(sizes, own)));
  return (uint32_t)_mm512_cmp_ps_mask(all, _mm512_mul_ps(most, most), _CMP_LE_OQ);
}

const axon_distance_build lg_axon_distance_v4 = {near_of, square};
#else
/* not on this architecture: never chosen */
const axon_distance_build lg_axon_distance_v4 = {NULL, NULL};
#endif
