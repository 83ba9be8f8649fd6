/** @file weak.h @brief Rows of the weak form: test functions (1 - s²)², |s| < 1, moved over a trace. */
#ifndef LG_CULTURE_WEAK_H
#define LG_CULTURE_WEAK_H

#include "base/base.h"

typedef struct culture_bump {
  size_t half;
  double *value, *slope; /* (2 half + 1) in one block: free value */
  double sum;            /* of the values */
} culture_bump;

LG_MUST_CHECK lg_status lg_culture_bump_create(lg_ctx *ctx, size_t half, culture_bump *bump);

/** @brief Rows of so many frames; 0: too few for one. */
static inline size_t lg_culture_weak_count(size_t n_times, size_t half, size_t step) {
  return n_times < 2 * half + 1 ? 0 : (n_times - 2 * half - 1) / step + 1;
}

/** @brief One cell: a = sum phi z / sum phi, b = -sum phi' x / sum phi for every place of the bump. */
void lg_culture_weak_rows(const culture_bump *bump, size_t step, size_t rows, const double *x, const double *z,
                          double *a, double *b);

#endif
