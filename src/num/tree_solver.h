/**
 * @file tree_solver.h
 * @brief Linear systems on trees: (diag(d) + weights) x = r where node k is joined to its parent by the weight w[k] >
 * 0, row k holding -w at the parent and the children (Hines 1984). Cable and calcium share it.
 *
 * One system at a time (lanes 1): nodes are ordered by depth levels, nodes of one level are eliminated side by side in
 * SIMD. `lanes` = 8: eight systems of the same tree in lockstep, flat arrays (place * 8 + lane). Bits depend neither on
 * the CPU's vector width nor on the number of lanes in use.
 */
#ifndef LG_TREE_SOLVER_H
#define LG_TREE_SOLVER_H

#include "base/base.h"

typedef struct lg_tree_solver lg_tree_solver;

/** @brief parent[k] < k, parent[0] = -1. */
LG_MUST_CHECK lg_status lg_tree_solver_create(lg_ctx *ctx, size_t n, const int32_t *parent, size_t lanes,
                                              lg_tree_solver **out);
void lg_tree_solver_destroy(lg_ctx *ctx, lg_tree_solver *solver);

/** @brief place[node]: where a node of the caller's tree stands in the solver's order; (n). */
const uint32_t *lg_tree_places(const lg_tree_solver *solver);
/** @brief The parent's place of each place, UINT32_MAX at the root; (n). */
const uint32_t *lg_tree_parents(const lg_tree_solver *solver);

/**
 * @brief Eliminate and solve in one pass. All arrays (n * lanes), in the solver's order.
 * @param d      the diagonal; kept
 * @param w      weight to the parent, (n): the same for all lanes
 * @param factor scratch that lg_tree_solver_again() may use (2 n lanes)
 * @param r      right-hand side in, x out
 */
void lg_tree_solve(const lg_tree_solver *solver, const double *d, const double *w, double *factor, double *r);

/** @brief Solve for another right-hand side with the factors of the last lg_tree_solve(). */
void lg_tree_solve_again(const lg_tree_solver *solver, const double *w, const double *factor, double *r);

#endif
