/** @file tangent_kernel.h @brief Linear maps of a step on eight derivatives side by side; the same bits from all
 * builds.
 */
#ifndef LG_CABLE_TANGENT_KERNEL_H
#define LG_CABLE_TANGENT_KERNEL_H

#include "base/base.h"

enum { TANGENT_LANES = 8, TANGENT_MOST_TERMS = 512 };

/** y += slope x, for one input of one output. */
typedef struct tangent_term {
  const double *slope; /* (number) */
  const double *x;     /* (… , 8) by instance or by node */
  bool own;            /* by instance */
} tangent_term;

/** An output and its terms, which stand behind one another. */
typedef struct tangent_output {
  double *y; /* (… , 8) */
  bool own;
  size_t first, n;
} tangent_output;

typedef struct tangent_map {
  size_t number; /* instances */
  const uint32_t *node;
  size_t n_outputs;
  const tangent_output *outputs;
  const tangent_term *terms;
  double *moved; /* (n_outputs, 8) scratch */
} tangent_map;

/** What moves v; arrays (n) and (n, 8). */
typedef struct tangent_v {
  size_t n;
  const uint32_t *up; /* the parent's place, smaller than the own */
  const double *v0, *s, *g, *y0, *z0, *inverse, *ratio;
  double beta;
  const double *dg, *di;
  double *v, *y, *z;
} tangent_v;

typedef struct tangent_kernels {
  void (*add)(const tangent_map *map);     /* outputs += terms */
  void (*replace)(const tangent_map *map); /* outputs = terms, all of an instance at once */
  void (*sides)(const tangent_v *a);       /* right-hand sides y and z but for what changes the matrix */
  void (*only)(const tangent_v *a);        /* v = A^-1 y */
  void (*first)(const tangent_v *a);       /* y = A^-1 y, z += beta s y */
  void (*second)(const tangent_v *a);      /* v = beta y + A^-1 z */
} tangent_kernels;

extern const tangent_kernels lg_tangent_plain, lg_tangent_v3, lg_tangent_v4;

#endif
