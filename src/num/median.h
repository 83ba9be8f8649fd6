/** @file median.h @brief Medians by selection. */
#ifndef LG_MEDIAN_H
#define LG_MEDIAN_H

#include <stddef.h>

/** @brief The k-th smallest (from 0) of x, which is reordered. No NaN. */
double lg_select(double *x, size_t n, size_t k);

/** @brief Median (mean of the two middle ones) of x, which is reordered; NAN of nothing. */
double lg_median(double *x, size_t n);

#endif
