/* 16 pixels at a time: AVX2. */
#include "culture/median_kernel.h"

#if defined(__AVX2__)
#include <immintrin.h>

#define MEDIAN lg_culture_median_v3
#define V __m256i
#define LANES ((size_t)16)
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STORE(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), (v))
#define MINV(a, b) _mm256_min_epu16((a), (b))
#define MAXV(a, b) _mm256_max_epu16((a), (b))

#include "culture/median.tmpl.h"
#else
void lg_culture_median_v3(const uint16_t *const lines[9], size_t width, uint16_t *sorted, uint16_t *out) {
  lg_culture_median_plain(lines, width, sorted, out);
}
#endif
