/**
 * @file lsq.h
 * @brief Linear least squares inside bounds.
 */
#ifndef LOLIGO_LSQ_H
#define LOLIGO_LSQ_H

#include <loligo/ctx.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How to find the active bounds. */
typedef enum lg_lsq_method {
  LG_LSQ_TRF =
      0, /**< trust-region reflective from inside (Branch, Coleman & Li 1999), then its active set made exact */
  LG_LSQ_BVLS = 1 /**< active sets from the unbounded solution (Stark & Parker 1995) */
} lg_lsq_method;

/** Options; NULL stands for LG_LSQ_OPTIONS_INIT. */
typedef struct lg_lsq_options {
  size_t size;             /**< sizeof(lg_lsq_options) */
  lg_lsq_method method;    /**< default LG_LSQ_TRF */
  double tolerance;        /**< on scaled gradient and relative change of the cost, 1e-16 … 1e-2; default 1e-12 */
  unsigned max_iterations; /**< of each of the two parts, 1 … 100000; default 500 */
} lg_lsq_options;

/** Default options. */
#define LG_LSQ_OPTIONS_INIT                                                                                            \
  { .size = sizeof(lg_lsq_options), .method = LG_LSQ_TRF, .tolerance = 1e-12, .max_iterations = 500 }

/** What was found. */
typedef struct lg_lsq_result {
  double cost;                /**< 1/2 |A x - b|^2 */
  double cost_trf;            /**< of the trust-region part alone; equal to cost for LG_LSQ_BVLS */
  double optimality;          /**< greatest element of the gradient that could still lower the cost */
  unsigned iterations;        /**< of the trust-region part, or of BVLS */
  unsigned iterations_active; /**< exchanges of active bounds that made it exact */
  size_t n_active;            /**< unknowns at a bound */
  size_t rank;                /**< of A, columns below 1e-14 of the greatest do not count */
  int converged;              /**< 0: stopped by max_iterations; x is feasible and the best so far */
} lg_lsq_result;

/**
 * @brief Minimise 1/2 |A x - b|^2 over low <= x <= high.
 *
 * A tall A is first made triangular (Householder, column pivoting), so that iterations cost n x n; one that is upper
 * triangular already (m = n or n + 1 rows of a compressed regression) is taken as it is. The step of the trust region
 * solves the augmented triangular system by Givens rotations that skip zeros: an arrow matrix costs O(n^2).
 * Back-tracking is capped at 60 halvings and a zero step ends the loop (scipy issues 9982, 18908). Where A has not full
 * rank the solution is one of many; cost and optimality are unique.
 *
 * @param ctx the caller's context; holds the message of a failure
 * @param m,n     rows 1 … 1e8, columns 1 … 4000
 * @param a       (m, n) row-major, finite
 * @param b       (m) finite
 * @param low,high (n); -INFINITY and INFINITY stand for no bound; low < high; NULL: none
 * @param options NULL: defaults
 * @param[out] x  (n) feasible
 * @param[out] active (n) -1 at low, 1 at high, 0 inside; or NULL
 * @param[out] result or NULL
 * @retval LG_ERR_RANGE a size, bound or option is outside its range, or a number is not finite; outputs untouched
 * @see Branch, Coleman & Li 1999, doi:10.1137/S1064827595289108; Stark & Parker 1995, Comput. Stat. 10:129
 */
LG_MUST_CHECK lg_status lg_lsq_bounded(lg_ctx *ctx, size_t m, size_t n, const double *a, const double *b,
                                       const double *low, const double *high, const lg_lsq_options *options, double *x,
                                       signed char *active, lg_lsq_result *result);

#ifdef __cplusplus
}
#endif
#endif
