/** @file normal.h @brief The normal distribution. */
#ifndef LG_NORMAL_H
#define LG_NORMAL_H

#include "base/elementary.h"

/** @brief Standard normal distribution function: Abramowitz and Stegun 26.2.17, within 1e-7. */
static inline double lg_normal_cdf(double z) {
  const double x = fabs(z), t = 1.0 / (1.0 + 0.2316419 * x);
  const double tail = 0.3989422804014327 * lg_exp(-0.5 * x * x) * t *
                      (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z < 0.0 ? tail : 1.0 - tail;
}

#endif
