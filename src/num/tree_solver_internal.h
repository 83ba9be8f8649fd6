/** @file tree_solver_internal.h @brief Order of elimination and the builds of its kernels. */
#ifndef LG_TREE_SOLVER_INTERNAL_H
#define LG_TREE_SOLVER_INTERNAL_H

#include "num/tree_solver.h"

/**
 * Nodes that are eliminated side by side: places [begin, begin + n). The parents of the first n_chain stand at
 * parent_begin + j; the others end a chain and find theirs in the table.
 */
typedef struct lg_tree_level {
  uint32_t begin, n, n_chain, parent_begin;
} lg_tree_level;

struct lg_tree_solver {
  size_t n, lanes, n_levels;
  uint32_t *place, *parent; /* (n): by node; by place */
  lg_tree_level *level;     /* in the order of elimination; the last is the root alone */
  const struct lg_tree_kernels *kernels;
};

/** Functions over a whole solver; w, factor and r as lg_tree_solve_in_place(). */
typedef struct lg_tree_kernels {
  void (*solve)(const lg_tree_solver *solver, const double *w, double *factor, double *r);
  void (*again)(const lg_tree_solver *solver, const double *factor, double *r);
  void (*solve_lanes)(const lg_tree_solver *solver, const double *w, double *factor, double *r);
  void (*again_lanes)(const lg_tree_solver *solver, const double *factor, double *r);
} lg_tree_kernels;

extern const lg_tree_kernels lg_tree_kernels_plain, lg_tree_kernels_v3, lg_tree_kernels_v4;

/** @brief Fill place, parent, level and n_levels (tree_order.c). */
LG_MUST_CHECK lg_status lg_tree_order(lg_ctx *ctx, const int32_t *parent, const uint32_t *kind, lg_tree_solver *solver);

#endif
