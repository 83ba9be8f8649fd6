/**
 * @file levenberg.h
 * @brief Least squares inside bounds: Levenberg–Marquardt on normal equations that the caller makes.
 *
 * Each unknown is measured in its range: damping and the longest step are shares of it. A step that would cross a bound
 * puts the unknown on it, and the others are solved again. A weak Gaussian of the range's width around a centre keeps
 * directions that the data do not see from running away.
 * @see Marquardt 1963, doi 10.1137/0111030; Nocedal & Wright 2006, Numerical Optimization, chapter 10
 */
#ifndef LG_LEVENBERG_H
#define LG_LEVENBERG_H

#include "base/base.h"

enum { LG_LM_MOST = 48 };

/**
 * Half the sum of squares at x, with a = J^T J (n, n; both triangles) and g = J^T r unless a is NULL.
 * @return false when x cannot be evaluated
 */
typedef bool lg_lm_fn(void *user, const double *x, double *cost, double *a, double *g);

typedef struct lg_lm {
  size_t n; /* 1 … LG_LM_MOST */
  lg_lm_fn *fn;
  void *user;
  double low[LG_LM_MOST], high[LG_LM_MOST];
  double centre[LG_LM_MOST]; /* of the weak Gaussian; NAN: none for this unknown */
  bool fixed[LG_LM_MOST];
  double longest; /* share of the range that one step may go; 0: 0.25 */
  /* state */
  double x[LG_LM_MOST], g[LG_LM_MOST], a[LG_LM_MOST * LG_LM_MOST];
  double cost;      /* of the data */
  double decrement; /* that an undamped step promises, of the last iteration */
  size_t evaluations, derivatives;
} lg_lm;

/**
 * @brief Go down from s->x; x, cost, a, g are those of the best point afterwards.
 * @param iterations at most so many accepted steps
 * @param worthwhile stop when a step promises or brings less
 * @return false when the start cannot be evaluated
 */
bool lg_lm_descend(lg_lm *s, size_t iterations, double worthwhile);

/** @brief Inverse of a (with the weak Gaussian unless `bare`) over the free unknowns, 0 elsewhere; false: singular. */
bool lg_lm_covariance(const lg_lm *s, bool bare, double *covariance);

#endif
