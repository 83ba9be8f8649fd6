/**
 * @file differential_solve.h
 * @brief The sparse difference of two fitted points with their covariances: generalised least squares over subsets.
 */
#ifndef LG_DIFFERENTIAL_SOLVE_H
#define LG_DIFFERENTIAL_SOLVE_H

#include "num/subset.h"

enum { LG_DELTA_MAX_P = 24, LG_DELTA_MAX_C = 10 };

/** A candidate: how the transformed parameters move per unit of it. */
typedef struct lg_delta_candidate {
  const char *name, *unit; /* unit "" for a scale */
  bool scale;              /* the unknown is the logarithm of a factor */
  double direction[LG_DELTA_MAX_P];
} lg_delta_candidate;

/** What two points say. */
typedef struct lg_delta_answer {
  unsigned subset;
  double weight; /* of the best subset */
  double delta[LG_DELTA_MAX_C], sd[LG_DELTA_MAX_C], probability[LG_DELTA_MAX_C];
  double none; /* probability that nothing changed */
} lg_delta_answer;

/**
 * @brief z_after = z_before + sum of changes, both known with normal errors; which changes?
 * @param n_p parameters @param covariance_* (n_p, n_p)
 * @param samples that stand behind the points (for BIC)
 * @return false when a covariance is not positive definite
 */
bool lg_delta_solve(size_t n_p, const double *z_before, const double *covariance_before, const double *z_after,
                    const double *covariance_after, const lg_delta_candidate *candidates, size_t n_c, double samples,
                    lg_delta_answer *answer);

/** @brief Candidates of the Izhikevich neuron in its z: all but C. @return their number */
size_t lg_delta_izhikevich(lg_delta_candidate candidates[LG_DELTA_MAX_C]);

#endif
