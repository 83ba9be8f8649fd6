/** @file brent.h @brief The least value of a function of one number in an interval. */
#ifndef LG_BRENT_H
#define LG_BRENT_H

typedef double lg_scalar_fn(void *user, double x);

/**
 * @brief Golden sections and parabolas: Brent 1973, Algorithms for Minimization without Derivatives, chapter 5.
 * @param tolerance absolute, on x
 * @return where it is least; *least the value
 */
double lg_brent(lg_scalar_fn *fn, void *user, double low, double high, double tolerance, double *least);

#endif
