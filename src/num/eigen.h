/** @file eigen.h @brief Eigenvalues and vectors of large symmetric matrices. */
#ifndef LG_EIGEN_H
#define LG_EIGEN_H

#include "base/base.h"

/**
 * @brief a = V diag(values) V^T by Householder's tridiagonal form and implicit QL (Bowdler, Martin, Reinsch, Wilkinson
 * 1968, doi 10.1007/BF02162166). lg_eigen_symmetric() (Jacobi) suits up to some tens of rows.
 *
 * All rows are gone along their length, so 1,300 rows take seconds.
 * @param a       (n, n) symmetric, overwritten
 * @param values  (n) in no order
 * @param vectors (n, n) vectors in columns
 * @retval LG_ERR_NUMERICAL no convergence, as of NaN
 */
LG_MUST_CHECK lg_status lg_eigen_large(lg_ctx *ctx, size_t n, double *a, double *values, double *vectors);

#endif
