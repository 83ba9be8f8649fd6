/** @file stretch.h @brief One linear cell or mode, y' = -k d y + k u(t) + gamma, solved exactly between frames. */
#ifndef LG_CULTURE_STRETCH_H
#define LG_CULTURE_STRETCH_H

#include "base/elementary.h"

#include <stddef.h>

/** @brief (1 - e^-x)/x and (1 - that)/x, at x = 0 too. */
static inline double culture_phi1(double x) { return x > 1e-8 ? -lg_expm1(-x) / x : 1.0 - 0.5 * x; }
static inline double culture_phi2(double x) {
  return x > 1e-4 ? (1.0 - culture_phi1(x)) / x : 0.5 - x / 6.0 + x * x / 24.0;
}

/** What an interval does: y_next = fade y + h1 (k u + gamma) + h2 k (u_next - u). */
typedef struct culture_interval {
  double fade, h1, h2;
} culture_interval;

static inline culture_interval culture_interval_of(double lambda) {
  return (culture_interval){lg_exp(-lambda), culture_phi1(lambda), culture_phi2(lambda)};
}

/**
 * @brief Squares that m samples leave for a feed gamma, the start being free: sums += {n, r, s}, s - 2 gamma r + gamma²
 * n.
 * @param rate of decay: k sum_j a_ij, and a leak
 * @param s input per frame in the interval that ends at a sample, or NULL
 */
void lg_culture_stretch(const double *y, const double *u, const double *s, size_t m, double k, double rate,
                        double *sums);

#endif
