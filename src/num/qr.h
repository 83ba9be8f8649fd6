/**
 * @file qr.h
 * @brief Householder QR with column pivoting, dense, row-major, no allocation.
 *
 * Businger & Golub 1965 (doi:10.1007/BF01436084), as LAPACK's dgeqp3, for matrices of at most some hundred columns. Our
 * own so that fits have the same bits on every machine (docs/decisions/0002-bits.md).
 */
#ifndef LG_QR_H
#define LG_QR_H

#include <stdbool.h>
#include <stddef.h>

typedef struct lg_qr {
  size_t m, n;  /* rows, columns */
  double *a;    /* (m, n) in: the matrix; out: R above and on the diagonal, reflectors below */
  double *tau;  /* (n) */
  size_t *at;   /* (n) column k of R is column at[k] of the matrix */
  double *work; /* (2 n) */
  size_t rank;
} lg_qr;

/**
 * @brief Factorise a P = Q R in place.
 * @param pivot false: columns stay in their order (then rank counts to the first small diagonal element)
 * @param small columns whose remainder is below small times the first one's do not count for the rank
 */
void lg_qr_factor(lg_qr *qr, bool pivot, double small);

/** @brief b (m) becomes Q^T b. */
void lg_qr_apply(const lg_qr *qr, double *b);

/**
 * @brief Least squares |a x - b|: a basic solution, 0 for the columns beyond the rank.
 * @param b (m) is overwritten by Q^T b
 * @param x (n)
 */
void lg_qr_solve(const lg_qr *qr, double *b, double *x);

#endif
