/** @file adjoint_kernel.h @brief A step backwards over all nodes and over the instances of hh, in vectors; the same
 * bits from all builds.
 */
#ifndef LG_CABLE_ADJOINT_KERNEL_H
#define LG_CABLE_ADJOINT_KERNEL_H

#include "cable/kernel_hh.h"

/**
 * The way back through the tree's two solutions A y = h, A z = (1 - beta) h + beta s (y - v0), v1 = beta y + z, where
 * conductances that do not change add their share to A and to h alone. Arrays (n), n a multiple of 8; NULL where a sum
 * is not wanted.
 */
typedef struct adjoint_nodes {
  size_t n;
  double beta;
  const double *v0, *v1, *y, *s;
  const uint32_t *up;                          /* of axial(): the parent's place; the root's own */
  double *v;                                   /* derivative by v1 in, by v0 out */
  double *zeta, *eta;                          /* of the right-hand sides of z and y */
  double *h;                                   /* by h */
  double *diagonal;                            /* by A's diagonal */
  double *sum_nA, *sum_uS, *sum_s, *sum_axial; /* of h, diagonal, s and conductances to the parent over all steps */
} adjoint_nodes;

/** hh on the way back; arrays by instance (n), or by node where it is said. */
typedef struct adjoint_hh {
  size_t n;
  const uint32_t *node;
  const cable_hh_pace *pace;
  const double *gate[3]; /* m, h, n: gates() wants them before the step, flow() when they gave the current */
  const double *scale, *gnabar, *gkbar;
  const double *v, *ena, *ek, *h, *diagonal; /* by node; v: where the gates moved */
  double *by_gate[3], *by_v;                 /* by_v by node */
  double *sum_gnabar, *sum_gkbar;            /* over all steps; NULL: not wanted */
  double *by_ena, *by_ek;                    /* by node, likewise */
} adjoint_hh;

typedef struct adjoint_kernels {
  void (*first)(const adjoint_nodes *a);  /* zeta -> eta, the right-hand side of the second solution */
  void (*second)(const adjoint_nodes *a); /* all the rest but the axial sums */
  void (*axial)(const adjoint_nodes *a);
  void (*hh_gates)(const adjoint_hh *a); /* back through the gates' step */
  void (*hh_flow)(const adjoint_hh *a);  /* back through the current */
} adjoint_kernels;

extern const adjoint_kernels lg_adjoint_plain, lg_adjoint_v3, lg_adjoint_v4;

#endif
