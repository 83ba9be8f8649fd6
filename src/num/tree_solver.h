/**
 * @file tree_solver.h
 * @brief Linear systems on trees: (diag(d) + weights) x = r where node k is joined to its parent by the weight w[k] >=
 * 0, row k holding -w at the parent and the children (Hines 1984). Cable and calcium share it.
 *
 * One system at a time (lanes 1): nodes stand by height above the tips, each unbranched chain keeping its column, so
 * that the nodes of one height are eliminated side by side in SIMD without gathers. A long chain with little beside it
 * is cut into segments that run side by side (Wang's partition). lanes = 8, 16, …: that many systems of the same tree
 * in lockstep, flat arrays (place * lanes + lane). Bits depend neither on the CPU's vector width nor on the number of
 * lanes.
 */
#ifndef LG_TREE_SOLVER_H
#define LG_TREE_SOLVER_H

#include "base/base.h"

typedef struct lg_tree_solver lg_tree_solver;

enum { LG_TREE_FACTORS = 3 }; /* doubles per node and lane that an elimination leaves */

/**
 * @brief Order a tree and make room for nothing else: the arrays are the caller's.
 * @param parent parent[k] < k, parent[0] = -1; (n)
 * @param kind   NULL, or a number per node (n): nodes of one kind that hang together get places side by side, so that
 *               what is the same for a kind (a set of channels) runs over contiguous places. Each change of kind along
 * a path costs a little of the solver's parallelism.
 * @param lanes  1 or a multiple of 8
 * @retval LG_ERR_ARGUMENT the tree or the lanes are not as said
 */
LG_MUST_CHECK lg_status lg_tree_solver_create(lg_ctx *ctx, size_t n, const int32_t *parent, const uint32_t *kind,
                                              size_t lanes, lg_tree_solver **out);
void lg_tree_solver_destroy(lg_ctx *ctx, lg_tree_solver *solver);

/** @brief place[node]: where a node of the caller's tree stands in the solver's order; the root at 0; (n). */
const uint32_t *lg_tree_places(const lg_tree_solver *solver);
/** @brief The parent's place of each place; UINT32_MAX at the root; (n). */
const uint32_t *lg_tree_parents(const lg_tree_solver *solver);

/**
 * @brief Eliminate and solve. All arrays (n * lanes), in the solver's order, at any alignment.
 * @param d      the diagonal; kept
 * @param w      weight to the parent, (n): the same for all lanes; w[0] means nothing
 * @param factor room for what lg_tree_solve_again() uses (LG_TREE_FACTORS n lanes)
 * @param r      right-hand side in, x out
 */
void lg_tree_solve(const lg_tree_solver *solver, const double *d, const double *w, double *factor, double *r);

/** @brief As lg_tree_solve() where the diagonal stands in factor[0 … n lanes) already and may be overwritten. */
void lg_tree_solve_in_place(const lg_tree_solver *solver, const double *w, double *factor, double *r);

/** A step of SDIRK2, or of one stage, of a cable. By place: w, capacitance, fixed_g, fixed_i; flat: v, g, i. */
typedef struct lg_tree_step {
  const double *w, *capacitance, *fixed_g, *fixed_i;
  double *v, *g, *i;  /* v moves, g and i are emptied */
  double rate;        /* the matrix is capacitance rate + fixed_g + g */
  double second_rate; /* the second stage adds the solution for capacitance second_rate (v1 - v); 0: there is none */
} lg_tree_step;

enum { LG_TREE_STEP_NODES = 16 };

/** @brief Whether lg_tree_step_in_lanes() may be used: several lanes of a small tree. */
bool lg_tree_may_step(const lg_tree_solver *solver);
/** @brief (capacitance rate + fixed_g + g) v1 = capacitance rate v + fixed_i + g v - i, then the second stage. */
void lg_tree_step_in_lanes(const lg_tree_solver *solver, const lg_tree_step *step);

/** @brief Solve for another right-hand side with the factors of the last lg_tree_solve(), which stay as they are. */
void lg_tree_solve_again(const lg_tree_solver *solver, double *factor, double *r);

/**
 * @brief Solve a single system (lanes 1) for eight right-hand sides with the factors of the last lg_tree_solve().
 * @param r   (n, 8): right-hand sides in, solutions out
 * @param by  (n), or NULL; where it is given, add += by * solution
 * @param add (n, 8), or NULL
 */
void lg_tree_solve_sides(const lg_tree_solver *solver, const double *factor, double *r, const double *by, double *add);

#endif
