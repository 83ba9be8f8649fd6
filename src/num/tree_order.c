/*
 * The order in which a tree is eliminated. A node's height is its distance from the deepest tip below it; the child
 * of the greatest height continues a node's chain. Chains that are sorted by length give levels of equal height in
 * which every chain has the same column: the parents of a level's first columns are the first columns of the next
 * level, so that vectors need no gather. Only the top of a chain looks its parent up.
 *
 * With kinds, the tree falls into pieces of one kind. A piece whose children are all done belongs to the next phase;
 * the pieces of one phase and one kind form a family with columns and levels of its own.
 *
 * In a family that is long and narrow one level waits for the other. There the pieces' main chains become pieces of
 * their own (what hangs on them is done before), which are cut into segments: more columns, fewer levels.
 */
#include "num/tree_solver_internal.h"

#include <stdlib.h>
#include <string.h>

enum { LONG = 64, NARROW = 8, SEGMENTS = 16, MANY_SEGMENTS = 32, VERY_LONG = 2000 };

typedef struct chain {
  uint32_t phase, kind, length, top; /* top: the node nearest to the root */
  bool split;
} chain;

typedef struct sorting {
  size_t n;
  const int32_t *parent;
  const uint32_t *kind;
  uint32_t *height, *phase, *piece; /* (n): height within the piece; piece: its top node; phase: at the top node */
  int32_t *next;                    /* (n): the child that continues the chain, -1 at its tip */
  uint32_t *on_split;               /* (n): which chain that is cut into segments it is on, 0: none */
  chain *chains;
  size_t n_chains;
} sorting;

/* A column of a family: nodes from `top` down, `length` of them; foot: the separator below, -1 none. */
typedef struct column {
  uint32_t length, order;
  int32_t top, foot;
} column;

static bool starts_piece(const sorting *s, size_t k) {
  if (k == 0) return true;
  const size_t p = (size_t)s->parent[k];
  return (s->kind && s->kind[k] != s->kind[p]) || (s->on_split[p] && s->on_split[k] != s->on_split[p]);
}

/* Pieces, heights and phases from the tips to the root: parent[k] < k makes one pass enough. */
static void measure(sorting *s) {
  memset(s->height, 0, s->n * sizeof *s->height);
  memset(s->phase, 0, s->n * sizeof *s->phase);
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

static bool same_family(const chain *a, const chain *b) {
  return a->phase == b->phase && a->kind == b->kind && a->split == b->split;
}

/* Families with the root's first, in a family the longest chain first, then by node: a total order. */
static int compare_chains(const void *a, const void *b) {
  const chain *x = a, *y = b;
  if (x->phase != y->phase) return x->phase > y->phase ? -1 : 1;
  if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
  if (x->split != y->split) return x->split ? -1 : 1;
  if (x->length != y->length) return x->length > y->length ? -1 : 1;
  return x->top < y->top ? -1 : x->top > y->top;
}

static void collect_chains(sorting *s) {
  s->n_chains = 0;
  for (size_t k = 0; k < s->n; k++) {
    if (!starts_piece(s, k) && s->next[s->parent[k]] == (int32_t)k) continue;
    s->chains[s->n_chains++] = (chain){.phase = s->phase[s->piece[k]],
                                       .kind = s->kind ? s->kind[k] : 0,
                                       .length = s->height[k] + 1,
                                       .top = (uint32_t)k,
                                       .split = s->on_split[k] != 0};
  }
  qsort(s->chains, s->n_chains, sizeof *s->chains, compare_chains);
}

static size_t family_end(const sorting *s, size_t first) {
  size_t last = first + 1;
  while (last < s->n_chains && same_family(&s->chains[first], &s->chains[last])) last++;
  return last;
}

/* Marks the main chains of long and narrow families; whether there were any. */
static bool mark_split(sorting *s) {
  bool any = false;
  for (size_t first = 0, last; first < s->n_chains; first = last) {
    const chain *c = &s->chains[first];
    size_t nodes = 0;
    last = family_end(s, first);
    for (size_t k = first; k < last; k++) nodes += s->chains[k].length;
    if (c->split || c->length < LONG || nodes >= (size_t)NARROW * c->length) continue;
    for (size_t k = first; k < last; k++) {
      const chain *x = &s->chains[k];
      if (s->piece[x->top] != x->top || x->length < LONG || 2 * x->length < c->length) continue;
      for (int32_t node = (int32_t)x->top; node >= 0; node = s->next[node]) s->on_split[node] = x->top + 1;
      any = true;
    }
  }
  return any;
}

/* ---- places ---------------------------------------------------------------------------------------- */

typedef struct places {
  lg_tree_solver *solver;
  size_t at;         /* next place */
  uint32_t *numbers; /* next free of solver->numbers */
  bool *flags;
  column *columns; /* of the family in hand */
  size_t n_columns;
} places;

static uint32_t *take(places *p, size_t n) {
  uint32_t *numbers = p->numbers;
  p->numbers += n;
  return numbers;
}

static int compare_columns(const void *a, const void *b) {
  const column *x = a, *y = b;
  if (x->length != y->length) return x->length > y->length ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

/* Segments and separators of one chain: segments from the top on, a separator above each. */
static void split_chain(const sorting *s, const chain *c, size_t wanted, places *p, lg_tree_family *family) {
  const size_t most = c->length / 2, m = wanted < most ? wanted : most, inner = c->length - m;
  int32_t node = (int32_t)c->top;
  for (size_t k = 0; k < m; k++) {
    const size_t length = inner / m + (k < inner % m ? 1 : 0);
    const uint32_t at = (uint32_t)p->at++;
    p->solver->place[node] = at;
    family->separator[family->n_separators] = at;
    family->above[family->n_separators] = k > 0 ? at - 1 : 0;
    family->is_top[family->n_separators++] = k == 0;
    node = s->next[node];
    column *x = &p->columns[p->n_columns];
    *x = (column){.length = (uint32_t)length, .order = (uint32_t)p->n_columns, .top = node, .foot = -1};
    p->n_columns++;
    for (size_t j = 0; j < length; j++) node = s->next[node];
    if (k + 1 < m) x->foot = node;
  }
}

static void make_columns(const sorting *s, size_t first, size_t last, places *p, lg_tree_family *family) {
  p->n_columns = 0;
  if (!s->chains[first].split) {
    for (size_t k = first; k < last; k++)
      p->columns[p->n_columns++] = (column){
          .length = s->chains[k].length, .order = (uint32_t)(k - first), .top = (int32_t)s->chains[k].top, .foot = -1};
    return;
  }
  const size_t all = s->chains[first].length >= VERY_LONG ? MANY_SEGMENTS : SEGMENTS, each = all / (last - first);
  size_t n = 0;
  for (size_t k = first; k < last; k++) n += s->chains[k].length;
  family->separator = take(p, n);
  family->above = take(p, n);
  family->is_top = p->flags;
  for (size_t k = first; k < last; k++) split_chain(s, &s->chains[k], each > 2 ? each : 2, p, family);
  p->flags += family->n_separators;
  qsort(p->columns, p->n_columns, sizeof *p->columns, compare_columns);
  family->foot = take(p, p->n_columns);
}

/* Levels from the highest to the tips, so that the root comes first. */
static void place_family(const sorting *s, size_t first, size_t last, places *p, lg_tree_family *family) {
  make_columns(s, first, last, p, family);
  const size_t levels = p->columns[0].length;
  family->n_columns = (uint32_t)p->n_columns;
  family->n_levels = (uint32_t)levels;
  family->begin = take(p, levels);
  family->width = take(p, levels + 1);
  family->width[levels] = 0;
  size_t width = 0;
  for (size_t h = levels; h-- > 0; p->at += width) {
    while (width < p->n_columns && p->columns[width].length > h) width++;
    family->width[h] = (uint32_t)width;
    family->begin[h] = (uint32_t)p->at;
  }
  for (size_t c = 0; c < p->n_columns; c++) {
    const column *x = &p->columns[c];
    int32_t node = x->top;
    for (size_t h = x->length; h-- > 0; node = s->next[node]) p->solver->place[node] = family->begin[h] + (uint32_t)c;
    if (family->foot) family->foot[c] = x->foot < 0 ? UINT32_MAX : p->solver->place[x->foot];
  }
}

static void turn_round(lg_tree_family *family, size_t n) {
  for (size_t a = 0, b = n; a + 1 < b; a++) {
    const lg_tree_family swap = family[a];
    family[a] = family[--b];
    family[b] = swap;
  }
}

static void place_all(const sorting *s, places *p) {
  lg_tree_solver *solver = p->solver;
  solver->n_families = 0;
  for (size_t first = 0, last; first < s->n_chains; first = last) {
    last = family_end(s, first);
    place_family(s, first, last, p, &solver->family[solver->n_families++]);
  }
  turn_round(solver->family, solver->n_families);
  solver->parent[0] = UINT32_MAX;
  for (size_t k = 1; k < s->n; k++) solver->parent[solver->place[k]] = solver->place[s->parent[k]];
}

lg_status lg_tree_order(lg_ctx *ctx, const int32_t *parent, const uint32_t *kind, lg_tree_solver *solver) {
  lg_status status = LG_OK;
  const size_t n = solver->n;
  sorting s = {.n = n, .parent = parent, .kind = kind};
  places p = {.solver = solver};
  LG_NEW(ctx, s.height, n);
  LG_NEW(ctx, s.phase, n);
  LG_NEW(ctx, s.piece, n);
  LG_NEW(ctx, s.next, n);
  LG_NEW(ctx, s.on_split, n);
  LG_NEW(ctx, s.chains, n);
  LG_NEW(ctx, p.columns, n);
  do {
    measure(&s);
    collect_chains(&s);
  } while (mark_split(&s));
  /* per node at most: a separator with what is above, a column's foot, two numbers of a level; per family one more */
  LG_NEW(ctx, solver->numbers, 6 * n);
  LG_NEW(ctx, solver->flags, n);
  LG_NEW(ctx, solver->family, s.n_chains);
  p.numbers = solver->numbers;
  p.flags = solver->flags;
  place_all(&s, &p);
done:
  lg_free(ctx, p.columns);
  lg_free(ctx, s.chains);
  lg_free(ctx, s.on_split);
  lg_free(ctx, s.next);
  lg_free(ctx, s.piece);
  lg_free(ctx, s.phase);
  lg_free(ctx, s.height);
  return status;
}
