/** @file chi2.h @brief The chi-squared distribution, for tests of goodness of fit. */
#ifndef LG_CHI2_H
#define LG_CHI2_H

/**
 * @brief P(X > x) of chi-squared with `dof` degrees of freedom (1 … 1000).
 * Abramowitz & Stegun 26.4.4 (odd) and 26.4.5 (even).
 */
double lg_chi2_tail(int dof, double x);

#endif
