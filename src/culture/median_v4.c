/* 32 pixels at a time: AVX-512. */
#include "culture/median_kernel.h"

#if defined(__AVX512BW__)
#include <immintrin.h>

#define MEDIAN lg_culture_median_v4
#define V __m512i
#define LANES ((size_t)32)
#define LOAD(p) _mm512_loadu_si512((const void *)(p))
#define STORE(p, v) _mm512_storeu_si512((void *)(p), (v))
#define MINV(a, b) _mm512_min_epu16((a), (b))
#define MAXV(a, b) _mm512_max_epu16((a), (b))

#include "culture/median.tmpl.h"
#else
void lg_culture_median_v4(const uint16_t *const lines[9], size_t width, uint16_t *sorted, uint16_t *out) {
  lg_culture_median_plain(lines, width, sorted, out);
}
#endif
