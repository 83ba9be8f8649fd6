/* Solvers on trees: what the caller sees, and the choice of the build. */
#include "num/tree_solver.h"

#include "base/cpu.h"
#include "num/tree_solver_internal.h"

#include <string.h>

static lg_status check(lg_ctx *ctx, size_t n, const int32_t *parent, size_t lanes) {
  if (n == 0 || n > INT32_MAX) return lg_fail(ctx, LG_ERR_ARGUMENT, "a tree of %zu nodes; allowed are 1 … 2^31 - 1", n);
  if (lanes != 1 && (lanes == 0 || lanes % 8 != 0))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%zu lanes; allowed are 1 and multiples of 8", lanes);
  if (parent[0] != -1)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "node 0 has the parent %ld; it is the root (-1)", (long)parent[0]);
  for (size_t k = 1; k < n; k++)
    if (parent[k] < 0 || (size_t)parent[k] >= k)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "node %zu has the parent %ld; allowed are 0 … %zu", k, (long)parent[k],
                     k - 1);
  return LG_OK;
}

static const lg_tree_kernels *kernels_of_this_cpu(void) {
  const lg_cpu level = lg_cpu_level();
  return level >= LG_CPU_V4 ? &lg_tree_kernels_v4 : level >= LG_CPU_V3 ? &lg_tree_kernels_v3 : &lg_tree_kernels_plain;
}

/* As the kernels go through the families: a level's nodes one after the other, its longest columns last; into a node
 * what ended below it, in that order, then its own chain. */
static void list_visits(lg_tree_solver *s) {
  uint8_t end_of[LG_TREE_STEP_NODES], below[LG_TREE_STEP_NODES];
  size_t n = 0, ends = 0, m = 0;
  memset(below, UINT8_MAX, sizeof below);
  for (size_t x = 0; x < s->n_families; x++) {
    const lg_tree_family *a = &s->family[x];
    for (uint32_t h = 0; h < a->n_levels; h++) {
      for (uint32_t c = 0; c < a->width[h]; c++) {
        s->visit[n++] = (uint8_t)(a->begin[h] + c);
        if (h > 0) below[a->begin[h] + c] = (uint8_t)(a->begin[h - 1] + c);
      }
      for (uint32_t c = a->width[h + 1]; c < a->width[h]; c++) end_of[ends++] = (uint8_t)(a->begin[h] + c);
    }
  }
  for (size_t q = 0; q < s->n; q++) {
    s->first_child[q] = (uint8_t)m;
    for (size_t k = 0; k < ends; k++)
      if (s->parent[end_of[k]] == q) s->child[m++] = end_of[k];
    if (below[q] != UINT8_MAX) s->child[m++] = below[q];
  }
  s->first_child[s->n] = (uint8_t)m;
}

lg_status lg_tree_solver_create(lg_ctx *ctx, size_t n, const int32_t *parent, const uint32_t *kind, size_t lanes,
                                lg_tree_solver **out) {
  lg_status status = check(ctx, n, parent, lanes);
  if (status != LG_OK) return status;
  lg_tree_solver *s = NULL;
  LG_NEW(ctx, s, 1);
  s->n = n;
  s->lanes = lanes;
  s->kernels = kernels_of_this_cpu();
  LG_NEW(ctx, s->place, n);
  LG_NEW(ctx, s->parent, n);
  LG_TRY(lg_tree_order(ctx, parent, kind, s));
  s->may_step = lanes > 1 && n > 1 && n <= LG_TREE_STEP_NODES;
  for (size_t k = 0; k < s->n_families; k++) s->may_step = s->may_step && !s->family[k].foot;
  if (s->may_step) list_visits(s);
  *out = s;
  s = NULL;
done:
  lg_tree_solver_destroy(ctx, s);
  return status;
}

void lg_tree_solver_destroy(lg_ctx *ctx, lg_tree_solver *solver) {
  if (!solver) return;
  lg_free(ctx, solver->family);
  lg_free(ctx, solver->flags);
  lg_free(ctx, solver->numbers);
  lg_free(ctx, solver->parent);
  lg_free(ctx, solver->place);
  lg_free(ctx, solver);
}

const uint32_t *lg_tree_places(const lg_tree_solver *solver) { return solver->place; }
const uint32_t *lg_tree_parents(const lg_tree_solver *solver) { return solver->parent; }

void lg_tree_solve(const lg_tree_solver *solver, const double *d, const double *w, double *factor, double *r) {
  memcpy(factor, d, solver->n * solver->lanes * sizeof *d);
  lg_tree_solve_in_place(solver, w, factor, r);
}

void lg_tree_solve_in_place(const lg_tree_solver *solver, const double *w, double *factor, double *r) {
  (solver->lanes == 1 ? solver->kernels->solve : solver->kernels->solve_lanes)(solver, w, factor, r);
}

void lg_tree_solve_again(const lg_tree_solver *solver, double *factor, double *r) {
  (solver->lanes == 1 ? solver->kernels->again : solver->kernels->again_lanes)(solver, factor, r);
}

void lg_tree_solve_sides(const lg_tree_solver *solver, const double *factor, double *r, const double *by, double *add) {
  solver->kernels->sides(solver, factor, r, by, add);
}

bool lg_tree_may_step(const lg_tree_solver *solver) { return solver->may_step; }

void lg_tree_step_in_lanes(const lg_tree_solver *solver, const lg_tree_step *step) {
  solver->kernels->step_lanes(solver, step);
}
