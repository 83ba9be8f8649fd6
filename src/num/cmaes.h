/**
 * @file cmaes.h
 * @brief Covariance matrix adaptation evolution strategy: minimise a function without derivatives, ask and tell.
 *
 * Hansen 2016, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772, with its default constants (no negative
 * weights). All random numbers come from the counter-based generator: the candidates of a generation depend on seed,
 * stream and generation only, so that a caller may evaluate them in any order and on any number of threads.
 */
#ifndef LG_CMAES_H
#define LG_CMAES_H

#include "base/base.h"

enum { LG_CMAES_MAX_N = 24, LG_CMAES_MAX_POPULATION = 128 };

/** State; plain data, nothing to destroy. */
typedef struct lg_cmaes {
  size_t n, population;
  uint64_t seed, stream, generation;
  double sigma;
  double mean[LG_CMAES_MAX_N];
  double covariance[LG_CMAES_MAX_N * LG_CMAES_MAX_N]; /* row-major (n, n), of the search without sigma^2 */
  /* the rest is private */
  double axes[LG_CMAES_MAX_N * LG_CMAES_MAX_N], length[LG_CMAES_MAX_N];
  double path_sigma[LG_CMAES_MAX_N], path_c[LG_CMAES_MAX_N];
  double weight[LG_CMAES_MAX_POPULATION], mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, chi_n;
  size_t mu;
} lg_cmaes;

/**
 * @brief Begin at a point.
 * @param n          1 … LG_CMAES_MAX_N
 * @param population 4 … LG_CMAES_MAX_POPULATION candidates per generation
 * @param mean       (n)
 * @param sigma      initial standard deviation in every direction, about a quarter of the range
 * @retval LG_ERR_ARGUMENT n or population out of range, or sigma not positive
 */
LG_MUST_CHECK lg_status lg_cmaes_begin(lg_ctx *ctx, size_t n, size_t population, const double *mean, double sigma,
                                       uint64_t seed, uint64_t stream, lg_cmaes *out);

/** @brief The candidates of this generation. @param[out] x (population, n) */
void lg_cmaes_ask(const lg_cmaes *s, double *x);

/**
 * @brief Learn from the generation and go on to the next.
 * @param x    (population, n) as asked
 * @param cost (population); NaN counts as the worst
 */
void lg_cmaes_tell(lg_cmaes *s, const double *x, const double *cost);

/** @brief Largest standard deviation of any coordinate: small when the search has settled. */
double lg_cmaes_spread(const lg_cmaes *s);

/**
 * @brief Eigenvalues and vectors of a symmetric matrix by cyclic Jacobi rotations.
 * @param[in,out] a (n, n) symmetric; destroyed
 * @param[out] values (n), unordered
 * @param[out] vectors (n, n), column j belongs to value j
 */
void lg_eigen_symmetric(size_t n, double *a, double *values, double *vectors);

#endif
