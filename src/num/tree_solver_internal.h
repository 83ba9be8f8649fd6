/** @file tree_solver_internal.h @brief Order of elimination and the builds of its kernels. */
#ifndef LG_TREE_SOLVER_INTERNAL_H
#define LG_TREE_SOLVER_INTERNAL_H

#include "num/tree_solver.h"

/** Columns that are eliminated together, level by level: the unit of the order in which sums are made. */
enum { LG_TREE_GROUP = 32 };

/**
 * Chains side by side, the longest first: level h holds the nodes of height h, column c of it at begin[h] + c for
 * c < width[h]; width never grows with h. What a chain's last node (its top) adds to its parent goes through the table.
 *
 * In a split family the chains are segments between separators. foot[c] is the separator below column c's level 0
 * (UINT32_MAX: none), and the parent of its top is the separator above. Separators are eliminated one after the other
 * when all segments are done: separator[k] adds to above[k] with the weight that the segments between have made, the
 * uppermost of a chain (is_top) to its natural parent.
 */
typedef struct lg_tree_family {
  uint32_t n_columns, n_levels, n_separators;
  uint32_t *begin, *width; /* (n_levels); (n_levels + 1), ends with 0 */
  uint32_t *foot;          /* (n_columns); NULL: not split */
  uint32_t *separator, *above;
  bool *is_top;
} lg_tree_family;

struct lg_tree_solver {
  size_t n, lanes, n_families;
  uint32_t *place, *parent; /* (n): by node; by place */
  lg_tree_family *family;   /* in the order of elimination; the last has the root */
  uint32_t *numbers;        /* what the families point to */
  bool *flags;
  const struct lg_tree_kernels *kernels;
  /* of small trees that are not split (may_step): the order of elimination, and what is added into each place in which
   * order: ends of chains, then its own chain */
  bool may_step;
  uint8_t visit[LG_TREE_STEP_NODES], child[LG_TREE_STEP_NODES], first_child[LG_TREE_STEP_NODES + 1];
};

/** Functions over a whole solver; w, factor and r as lg_tree_solve_in_place(). */
typedef struct lg_tree_kernels {
  void (*solve)(const lg_tree_solver *solver, const double *w, double *factor, double *r);
  void (*again)(const lg_tree_solver *solver, double *factor, double *r);
  void (*solve_lanes)(const lg_tree_solver *solver, const double *w, double *factor, double *r);
  void (*again_lanes)(const lg_tree_solver *solver, double *factor, double *r);
  void (*step_lanes)(const lg_tree_solver *solver, const lg_tree_step *step);
  void (*sides)(const lg_tree_solver *solver, const double *factor, double *r, const double *by, double *add);
} lg_tree_kernels;

extern const lg_tree_kernels lg_tree_kernels_plain, lg_tree_kernels_v3, lg_tree_kernels_v4;

/** @brief Fill place, parent and the families (tree_order.c). */
LG_MUST_CHECK lg_status lg_tree_order(lg_ctx *ctx, const int32_t *parent, const uint32_t *kind, lg_tree_solver *solver);

#endif
