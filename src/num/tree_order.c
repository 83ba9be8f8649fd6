/*
 * The order in which a tree is eliminated. A node's height is its distance from the deepest tip below it; the child
 * of the greatest height continues a node's chain. Chains that are sorted by length give levels of equal height in
 * which every chain has the same column: the parents of a level's first columns are the first columns of the next
 * level, so that vectors need no gather. Only the end of a chain looks its parent up.
 *
 * With kinds, the tree falls into pieces of one kind. A piece whose children are all done belongs to the next phase;
 * the pieces of one phase and one kind form a family with chains and levels of its own.
 */
#include "num/tree_solver_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct chain {
  uint32_t phase, kind, length, top; /* top: the node nearest to the root */
} chain;

typedef struct sorting {
  size_t n;
  const int32_t *parent;
  const uint32_t *kind;
  uint32_t *height, *phase, *piece; /* (n): height within the piece; piece: its top node; phase: at the top node */
  int32_t *next;                    /* (n): the child that continues the chain, -1 at its tip */
  chain *chains;
  size_t n_chains;
} sorting;

static bool starts_piece(const sorting *s, size_t k) {
  return k == 0 || (s->kind && s->kind[k] != s->kind[s->parent[k]]);
}

/* Pieces, heights and phases from the tips to the root: parent[k] < k makes one pass enough. */
static void measure(sorting *s) {
  for (size_t k = 0; k < s->n; k++) {
    s->next[k] = -1;
    s->piece[k] = starts_piece(s, k) ? (uint32_t)k : s->piece[s->parent[k]];
  }
  for (size_t k = s->n; k-- > 1;) {
    const size_t p = (size_t)s->parent[k];
    if (s->piece[k] == s->piece[p]) {
      if (s->next[p] < 0 || s->height[k] >= s->height[s->next[p]]) {
        s->next[p] = (int32_t)k;
        s->height[p] = s->height[k] + 1;
      }
    } else if (s->phase[s->piece[p]] <= s->phase[k]) {
      s->phase[s->piece[p]] = s->phase[k] + 1;
    }
  }
}

/* Families with the root's first, in a family the longest chain first, then by node: a total order. */
static int compare_chains(const void *a, const void *b) {
  const chain *x = a, *y = b;
  if (x->phase != y->phase) return x->phase > y->phase ? -1 : 1;
  if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
  if (x->length != y->length) return x->length > y->length ? -1 : 1;
  return x->top < y->top ? -1 : x->top > y->top;
}

static void collect_chains(sorting *s) {
  s->n_chains = 0;
  for (size_t k = 0; k < s->n; k++) {
    if (!starts_piece(s, k) && s->next[s->parent[k]] == (int32_t)k) continue;
    s->chains[s->n_chains++] = (chain){s->phase[s->piece[k]], s->kind ? s->kind[k] : 0, s->height[k] + 1, (uint32_t)k};
  }
  qsort(s->chains, s->n_chains, sizeof *s->chains, compare_chains);
}

static bool same_family(const chain *a, const chain *b) { return a->phase == b->phase && a->kind == b->kind; }

/* Places of one family: chains [first, last), levels from the highest to the tips. Its levels get begin, n, n_chain. */
static size_t place_family(const sorting *s, size_t first, size_t last, size_t place, lg_tree_solver *solver) {
  const size_t length = s->chains[first].length;
  for (size_t above = 0, width = 0, h = length; h-- > 0;) {
    while (first + width < last && s->chains[first + width].length > h) width++;
    lg_tree_level *level = &solver->level[solver->n_levels++];
    *level = (lg_tree_level){(uint32_t)place, (uint32_t)width, (uint32_t)above, 0};
    level->parent_begin = above > 0 ? level[-1].begin : 0;
    above = width;
    place += width;
  }
  for (size_t c = first; c < last; c++) {
    const lg_tree_level *level = &solver->level[solver->n_levels - s->chains[c].length];
    for (int32_t k = (int32_t)s->chains[c].top; k >= 0; k = s->next[k], level++)
      solver->place[k] = level->begin + (uint32_t)(c - first);
  }
  return place;
}

/* Elimination runs from the last place to the first: turn the levels round. */
static void reverse_levels(lg_tree_solver *solver) {
  for (size_t a = 0, b = solver->n_levels; a + 1 < b; a++) {
    const lg_tree_level swap = solver->level[a];
    solver->level[a] = solver->level[--b];
    solver->level[b] = swap;
  }
}

static void place_all(const sorting *s, lg_tree_solver *solver) {
  size_t place = 0;
  solver->n_levels = 0;
  for (size_t first = 0, last; first < s->n_chains; first = last) {
    for (last = first + 1; last < s->n_chains && same_family(&s->chains[first], &s->chains[last]);) last++;
    place = place_family(s, first, last, place, solver);
  }
  reverse_levels(solver);
  solver->parent[0] = UINT32_MAX;
  for (size_t k = 1; k < s->n; k++) solver->parent[solver->place[k]] = solver->place[s->parent[k]];
}

lg_status lg_tree_order(lg_ctx *ctx, const int32_t *parent, const uint32_t *kind, lg_tree_solver *solver) {
  lg_status status = LG_OK;
  sorting s = {.n = solver->n, .parent = parent, .kind = kind};
  LG_NEW(ctx, s.height, s.n);
  LG_NEW(ctx, s.phase, s.n);
  LG_NEW(ctx, s.piece, s.n);
  LG_NEW(ctx, s.next, s.n);
  LG_NEW(ctx, s.chains, s.n);
  measure(&s);
  collect_chains(&s);
  place_all(&s, solver);
done:
  lg_free(ctx, s.chains);
  lg_free(ctx, s.next);
  lg_free(ctx, s.piece);
  lg_free(ctx, s.phase);
  lg_free(ctx, s.height);
  return status;
}
