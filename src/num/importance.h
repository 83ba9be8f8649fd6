/**
 * @file importance.h
 * @brief Samples of a density that can only be evaluated: adaptive importance sampling with Student-t proposals.
 *
 * Every round draws from a multivariate t around the present centre; the draws of all rounds are weighed together
 * against the mixture that they came from (balance heuristic), so that a bad round costs draws but no bias. While the
 * effective sample size is too small, centre and spread are taken from the draws, with weights flattened as far as an
 * estimate of a covariance needs (Cappé et al. 2004 doi 10.1198/106186004X12803; Owen, Zhou 2000
 * doi 10.1080/01621459.2000.10473909).
 */
#ifndef LG_IMPORTANCE_H
#define LG_IMPORTANCE_H

#include "base/base.h"

enum { LG_IMPORTANCE_MAX_DIM = 24, LG_IMPORTANCE_MAX_ROUNDS = 8 };

/**
 * Logarithm of the density, up to a constant, at the n points z (n, dim); -INFINITY where it is 0. All points lie
 * inside the bounds.
 */
typedef void lg_importance_fn(void *user, const double *z, size_t n, double *log_density);

/** What to sample and how hard to try. */
typedef struct lg_importance_task {
  lg_importance_fn *log_density;
  void *user;
  const double *low, *high; /* (dim) bounds outside of which the density is 0; NULL: none */
  size_t draws;             /* of a round */
  size_t rounds;            /* at most; 1 … LG_IMPORTANCE_MAX_ROUNDS */
  double enough;            /* effective sample size at which no further round is needed */
  uint64_t seed;
} lg_importance_task;

/** One proposal: a multivariate t. */
typedef struct lg_importance_proposal {
  double centre[LG_IMPORTANCE_MAX_DIM], sd[LG_IMPORTANCE_MAX_DIM];
  double l[LG_IMPORTANCE_MAX_DIM * LG_IMPORTANCE_MAX_DIM]; /* Cholesky factor of its correlations */
  double log_scale;                                        /* minus half the log determinant */
} lg_importance_proposal;

/** Weighted draws of all rounds, and room for them. */
typedef struct lg_importance {
  size_t dim, capacity;
  size_t n, rounds; /* of the last run */
  double effective; /* sample size: 1 / sum of squared weights, 0 when every density was 0 */
  size_t best;      /* the draw of the highest density */
  double *z;        /* (n, dim) */
  double *weight;   /* (n), sum 1 (all 0 when `effective` is) */
  double *log_density;
  double *log_proposal; /* (n) of the mixture of all rounds so far */
  double *scratch;      /* (capacity, dim): points to evaluate */
  double *column;       /* (capacity) for the caller: a function of the draws */
  size_t *order;        /* (capacity) */
  lg_importance_proposal proposals[LG_IMPORTANCE_MAX_ROUNDS];
} lg_importance;

/** @brief Make room for so many draws of dim <= LG_IMPORTANCE_MAX_DIM numbers. */
LG_MUST_CHECK lg_status lg_importance_create(lg_ctx *ctx, size_t dim, size_t capacity, lg_importance **out);
void lg_importance_destroy(lg_ctx *ctx, lg_importance *cloud);

/**
 * @brief Forget all draws and set the first proposal.
 * @param centre     (dim) a mode or a mean
 * @param covariance (dim, dim) of the density as far as it is known
 * @return false when the covariance is not positive definite
 */
bool lg_importance_begin(lg_importance *cloud, const double *centre, const double *covariance);

/** @brief One round more; adapts first unless it is the first. @return false when there is no room: nothing is drawn */
bool lg_importance_round(lg_importance *cloud, const lg_importance_task *task);

/**
 * @brief Begin, then rounds until enough draws count. No allocation; the same bits for the same task.
 * @return false when not even the first round could be drawn
 */
bool lg_importance_run(lg_importance *cloud, const lg_importance_task *task, const double *centre,
                       const double *covariance);

/** @brief Weighted mean (dim) and covariance (dim, dim). */
void lg_importance_moments(const lg_importance *cloud, double *mean, double *covariance);

/**
 * @brief Weighted share of draws whose value[k * stride], k < n, lies below x; smoothed, with the mean and the variance
 * of the draws.
 */
double lg_importance_rank(const lg_importance *cloud, const double *value, size_t stride, double x);

/** @brief Quantiles of the same smoothed distribution of value[k * stride]. @param shares (m) @param out (m) */
void lg_importance_quantiles(const lg_importance *cloud, const double *value, size_t stride, const double *shares,
                             size_t m, double *out);

/** @brief m equally likely draws, as lg_resample(). @param index (m) out: rows of z */
void lg_importance_resample(const lg_importance *cloud, uint64_t seed, size_t m, size_t *index);

/**
 * @brief m equally likely rows out of n with weights of sum 1: systematic resampling, then shuffled, so that any number
 * of first rows stands for the whole.
 */
void lg_resample(const double *weight, size_t n, uint64_t seed, size_t m, size_t *index);

#endif
