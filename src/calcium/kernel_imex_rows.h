/** @file kernel_imex_rows.h @brief Rows of three doubles and one unused as vectors of AVX; 3 x 4 blocks turned. */
#ifndef LG_CALCIUM_KERNEL_IMEX_ROWS_H
#define LG_CALCIUM_KERNEL_IMEX_ROWS_H

#include <immintrin.h>

#define ROW __m256d
#define ROW_ZERO _mm256_setzero_pd()
#define ROW_LOAD(p) _mm256_loadu_pd(p)
#define ROW_STORE(p, a) _mm256_storeu_pd((p), (a))
#define ROW_FMA(a, b, c) _mm256_fmadd_pd((a), (b), (c))
#define ROW_MUL(a, b) _mm256_mul_pd((a), (b))

/* Four nodes' c, b, e to their rows. */
static inline void put_four(__m256d c, __m256d b, __m256d e, __m256d *rows) {
  const __m256d low = _mm256_unpacklo_pd(c, b), high = _mm256_unpackhi_pd(c, b), zero = _mm256_setzero_pd();
  const __m256d e_low = _mm256_unpacklo_pd(e, zero), e_high = _mm256_unpackhi_pd(e, zero);
  rows[0] = _mm256_permute2f128_pd(low, e_low, 0x20);
  rows[1] = _mm256_permute2f128_pd(high, e_high, 0x20);
  rows[2] = _mm256_permute2f128_pd(low, e_low, 0x31);
  rows[3] = _mm256_permute2f128_pd(high, e_high, 0x31);
}

static inline void take_four(const __m256d *rows, __m256d d[3]) {
  const __m256d a = _mm256_permute2f128_pd(rows[0], rows[2], 0x20), b = _mm256_permute2f128_pd(rows[1], rows[3], 0x20);
  const __m256d e = _mm256_permute2f128_pd(rows[0], rows[2], 0x31), f = _mm256_permute2f128_pd(rows[1], rows[3], 0x31);
  d[0] = _mm256_unpacklo_pd(a, b);
  d[1] = _mm256_unpackhi_pd(a, b);
  d[2] = _mm256_unpacklo_pd(e, f);
}

static inline void put_one(double c, double b, double e, __m256d *rows) { rows[0] = _mm256_set_pd(0.0, e, b, c); }

static inline void take_one(const __m256d *rows, double d[3]) {
  double row[4];
  _mm256_storeu_pd(row, rows[0]);
  d[0] = row[0], d[1] = row[1], d[2] = row[2];
}

#define PUT(c, b, e, rows) put_one((c), (b), (e), (rows))
#define TAKE(rows, d) take_one((rows), (d))

#endif
