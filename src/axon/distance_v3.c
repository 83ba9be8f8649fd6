/* Bounds and distances: AVX2. */
#include "axon/distance_kernel.h"

#if defined(__AVX2__) && defined(__FMA__)
#include "axon/distance_kernel.tmpl.h"

#include <immintrin.h>

static uint32_t near_half(const float *block, const float *mark, float size, float near, float slack) {
  __m256 a = _mm256_setzero_ps(), b = _mm256_setzero_ps();
  for (size_t m = 0; m < AXON_MARKS; m += 2) {
    const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(block + m * AXON_BLOCK), _mm256_set1_ps(mark[m]));
    const __m256 e = _mm256_sub_ps(_mm256_loadu_ps(block + (m + 1) * AXON_BLOCK), _mm256_set1_ps(mark[m + 1]));
    a = _mm256_fmadd_ps(d, d, a);
    b = _mm256_fmadd_ps(e, e, b);
  }
  const __m256 own = _mm256_set1_ps(size), sizes = _mm256_loadu_ps(block + AXON_MARKS * AXON_BLOCK);
  const __m256 most = _mm256_fmadd_ps(_mm256_set1_ps(near), _mm256_max_ps(sizes, own),
                                      _mm256_mul_ps(_mm256_set1_ps(slack), _mm256_add_ps(sizes, own)));
  const __m256 is = _mm256_cmp_ps(_mm256_add_ps(a, b), _mm256_mul_ps(most, most), _CMP_LE_OQ);
  return (uint32_t)_mm256_movemask_ps(is);
}

static uint32_t near_of(const float *block, const float *mark, float size, float near, float slack) {
  return near_half(block, mark, size, near, slack) | near_half(block + 8, mark, size, near, slack) << 8;
}

const axon_distance_build lg_axon_distance_v3 = {near_of, square};
#else
/* not on this architecture: never chosen */
const axon_distance_build lg_axon_distance_v3 = {NULL, NULL};
#endif
