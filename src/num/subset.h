/**
 * @file subset.h
 * @brief Which of a few candidate changes does a quadratic cost need? Best subsets by constrained minima.
 *
 * The cost near a point x is c0 + g.d + d.H.d/2 in n unknowns, of which the last m are candidates (m <= 12). A subset
 * keeps its candidates free and brings the others to zero; its minimum costs one Cholesky factorisation, so that all
 * 2^m subsets are looked at rather than a path of them.
 */
#ifndef LG_SUBSET_H
#define LG_SUBSET_H

#include <stdbool.h>
#include <stddef.h>

enum { LG_SUBSET_UNKNOWNS = 40, LG_SUBSET_CANDIDATES = 12 };

typedef struct lg_quadratic {
  size_t n, m;
  double h[LG_SUBSET_UNKNOWNS * LG_SUBSET_UNKNOWNS]; /* (n, n) */
  double g[LG_SUBSET_UNKNOWNS];
  double x[LG_SUBSET_CANDIDATES]; /* (m) value of the candidates at the point */
} lg_quadratic;

/** @brief Number of candidates in a subset (bit j: candidate j). */
unsigned lg_subset_size(unsigned subset);

/**
 * @brief Minimum of the cost with the candidates outside `subset` at zero.
 * @param[out] d    (n) from the point to the minimum
 * @param[out] cost at the minimum, relative to the point (g.d + d.H.d/2)
 * @param[out] covariance (n, n) of the free unknowns, zero elsewhere; NULL: not wanted
 * @return false when the free part of H is not positive definite
 */
bool lg_subset_minimum(const lg_quadratic *q, unsigned subset, double *d, double *cost, double *covariance);

/**
 * @brief Posterior weights of subsets from half the deviance of each: exp(-BIC/2) with BIC = 2 cost + k ln(samples),
 * times `rarity` for every change beyond the first.
 * @param cost   (2^m) NAN or INFINITY: impossible
 * @param[out] weight (2^m) adds up to 1 @param[out] marginal (m) weight of all subsets that hold the candidate
 */
void lg_subset_weights(size_t m, const double *cost, double samples, double rarity, double *weight, double *marginal);

#endif
