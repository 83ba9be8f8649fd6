/** @file ascending.h @brief Doubles in ascending order for qsort(), and quantiles of what it sorted; no NaN among them.
 */
#ifndef LG_ASCENDING_H
#define LG_ASCENDING_H

#include <stddef.h>

static inline int lg_ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/** @brief Quantile of n >= 1 sorted numbers, linear between neighbours (type 7 of Hyndman & Fan 1996); share 0 to 1. */
static inline double lg_quantile(const double *sorted, size_t n, double share) {
  const double at = share * (double)(n - 1);
  const size_t k = (size_t)at;
  return k + 1 < n ? sorted[k] + (at - (double)k) * (sorted[k + 1] - sorted[k]) : sorted[n - 1];
}

#endif
