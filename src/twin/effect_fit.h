/** @file effect_fit.h @brief EC50 of an effect: y(D) = 1 + (end - 1) D^h / (D^h + EC50^h), 1 without drug. */
#ifndef LG_TWIN_EFFECT_FIT_H
#define LG_TWIN_EFFECT_FIT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct lg_effect_fit {
  bool found; /**< y moves by a tenth at least, one sigmoid tells 80 % of its variance, EC50 among the doses */
  double ec50, low, high; /**< 95 % interval (profile of the sum of squares); NAN: cannot be told from these doses */
  double hill, end, r2;
  const char *why; /**< when not found; static text */
} lg_effect_fit;

/**
 * @brief Fit by a search over EC50 and h (0.3 … 8); the end value is linear.
 * @param dose (n) > 0, ascending; y (n): NAN are left out
 * @param interval work out the interval, which costs ten times the rest
 */
void lg_effect_fit_hill(const double *dose, const double *y, size_t n, bool interval, lg_effect_fit *out);

#endif
