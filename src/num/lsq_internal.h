/** @file lsq_internal.h @brief What the two ways to least squares inside bounds share: the compressed problem. */
#ifndef LG_LSQ_INTERNAL_H
#define LG_LSQ_INTERNAL_H

#include "base/base.h"
#include "num/qr.h"

#include <loligo/lsq.h>

/** 1/2 |R x - q|^2 + rest over the bounds; unknowns in the order of the columns of R. */
typedef struct lsq_problem {
  size_t n;
  double *r;   /* (n, n) upper triangle, zeros below what there was */
  double *q;   /* (n) */
  double rest; /* 1/2 of the squares that no x can lower */
  double *low, *high;
  size_t rank;
  const lg_lsq_options *options;
} lsq_problem;

/** @brief 1/2 |R x - q|^2 + rest, with the gradient unless it is NULL. @param residual (n) scratch */
double lg_lsq_cost(const lsq_problem *p, const double *x, double *residual, double *gradient);

/** @brief Greatest element of the gradient that could still lower the cost at x. */
double lg_lsq_optimality(const lsq_problem *p, const double *gradient, const signed char *active);

/** @brief Trust region, from start (n, in or out of bounds). x stays strictly inside. Returns the iterations. */
LG_MUST_CHECK lg_status lg_lsq_trf(lg_ctx *ctx, const lsq_problem *p, const double *start, double *x,
                                   lg_lsq_result *result);

/** @brief Exchange of active bounds from the sets in `active`. */
LG_MUST_CHECK lg_status lg_lsq_bvls(lg_ctx *ctx, const lsq_problem *p, double *x, signed char *active,
                                    unsigned *iterations, int *converged);

#endif
