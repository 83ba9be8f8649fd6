/** @file halve.h @brief The least amount that does something, by halving. */
#ifndef LG_HALVE_H
#define LG_HALVE_H

#include <stdbool.h>

/**
 * @brief Least x in (0, high] for which does(user, x), within 0.5 % above it; 0 when 0 does already or high does not.
 * does() must go from no to yes once.
 */
static inline double lg_halve(bool (*does)(const void *user, double x), const void *user, double high) {
  double low = 0.0;
  if (does(user, low) || !does(user, high)) return 0.0;
  while (high - low > 5e-3 * high) {
    const double middle = 0.5 * (low + high);
    if (does(user, middle)) high = middle;
    else low = middle;
  }
  return high;
}

#endif
