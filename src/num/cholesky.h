/** @file cholesky.h @brief Cholesky factorisation of small symmetric positive definite matrices, row-major, no
 * allocation. */
#ifndef LG_CHOLESKY_H
#define LG_CHOLESKY_H

#include <stdbool.h>
#include <stddef.h>

/**
 * @brief Factorise a = L L^T in place (the lower triangle becomes L; the upper is not touched).
 * @param a (n, n); only the lower triangle is read
 * @return false when a is not positive definite to working precision (or holds NaN); a is then part-way
 */
bool lg_cholesky(size_t n, double *a);

/** @brief Solve L L^T x = b in place. @param l (n, n) from lg_cholesky() @param x (n) b in, x out */
void lg_cholesky_solve(size_t n, const double *l, double *x);

/** @brief Inverse of L L^T. @param inverse (n, n) out, both triangles */
void lg_cholesky_inverse(size_t n, const double *l, double *inverse);

#endif
