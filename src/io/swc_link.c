/* Nodes to a tree: parents by index, one root, no cycle. */
#include "io/swc_internal.h"

#include <stdlib.h>
#include <string.h>

/** An id and where its node is; sorted by id, then by place. */
typedef struct swc_key {
  int64_t id;
  size_t index;
} swc_key;

static int by_id(const void *a, const void *b) {
  const swc_key *x = a, *y = b;
  if (x->id != y->id) return x->id < y->id ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static ptrdiff_t find(const swc_key *keys, size_t n, int64_t id) {
  size_t low = 0, high = n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (keys[middle].id < id) low = middle + 1;
    else high = middle;
  }
  return low < n && keys[low].id == id ? (ptrdiff_t)keys[low].index : -1;
}

/** Whether `again` is the same point as the root `first` and says what it hangs on: how Jaxley's files join trees. */
static bool joins(const swc_node *first, const swc_node *again) {
  return first->parent_id < 0 && again->parent_id >= 0 && first->type == again->type && first->x == again->x &&
         first->y == again->y && first->z == again->z && first->radius == again->radius;
}

/** Give roots that a later line joins to a parent that parent, and leave those lines out. */
static lg_status join_roots(swc_building *b, swc_tree *tree, const swc_key *keys, bool *joined) {
  lg_status status = LG_OK;
  *joined = false;
  for (size_t k = 1; k < tree->n; k++) {
    swc_node *first = &tree->nodes[keys[k - 1].index], *again = &tree->nodes[keys[k].index];
    if (keys[k].id != keys[k - 1].id || !joins(first, again)) continue;
    first->parent_id = again->parent_id;
    LG_TRY(lg_swc_note(b, "joined_root", false, first->id, again->line,
                       "the root of line %zu is joined to node %lld here", first->line, (long long)again->parent_id));
    again->line = 0; /* marks it */
    *joined = true;
  }
  size_t n = 0;
  for (size_t k = 0; k < tree->n; k++)
    if (tree->nodes[k].line > 0) tree->nodes[n++] = tree->nodes[k];
  tree->n = n;
done:
  return status;
}

static void sort_keys(const swc_tree *tree, swc_key *keys) {
  for (size_t k = 0; k < tree->n; k++) keys[k] = (swc_key){tree->nodes[k].id, k};
  qsort(keys, tree->n, sizeof *keys, by_id);
}

static lg_status find_parents(swc_building *b, swc_tree *tree) {
  lg_status status = LG_OK;
  swc_key *keys = NULL;
  bool joined;
  LG_NEW(b->ctx, keys, tree->n);
  sort_keys(tree, keys);
  LG_TRY(join_roots(b, tree, keys, &joined));
  if (joined) sort_keys(tree, keys);
  for (size_t k = 1; k < tree->n; k++) {
    if (keys[k].id != keys[k - 1].id) continue;
    const swc_node *again = &tree->nodes[keys[k].index];
    LG_TRY(lg_swc_note(b, "repeated_id", true, again->id, again->line, "the id %lld is used before, in line %zu",
                       (long long)again->id, tree->nodes[keys[k - 1].index].line));
  }
  for (size_t k = 0; k < tree->n; k++) {
    swc_node *node = &tree->nodes[k];
    node->parent = node->parent_id < 0 ? -1 : find(keys, tree->n, node->parent_id);
  }
done:
  lg_free(b->ctx, keys);
  return status;
}

static lg_status list_children(swc_building *b, swc_tree *tree) {
  lg_status status = LG_OK;
  LG_NEW(b->ctx, tree->first_child, tree->n);
  LG_NEW(b->ctx, tree->next_sibling, tree->n);
  LG_NEW(b->ctx, tree->n_children, tree->n);
  for (size_t k = 0; k < tree->n; k++) tree->first_child[k] = tree->next_sibling[k] = -1;
  for (size_t k = tree->n; k-- > 0;) {
    const ptrdiff_t parent = tree->nodes[k].parent;
    if (parent < 0) continue;
    tree->next_sibling[k] = tree->first_child[parent];
    tree->first_child[parent] = (ptrdiff_t)k;
    tree->n_children[parent]++;
  }
done:
  return status;
}

/** Next node of a walk over the tree below `root` (parents first), -1 at the end. */
static ptrdiff_t next_node(const swc_tree *tree, size_t root, ptrdiff_t k) {
  if (tree->first_child[k] >= 0) return tree->first_child[k];
  while (k != (ptrdiff_t)root && tree->next_sibling[k] < 0) k = tree->nodes[k].parent;
  return k == (ptrdiff_t)root ? -1 : tree->next_sibling[k];
}

static bool has_soma(const swc_tree *tree, size_t root, size_t *n) {
  bool found = false;
  *n = 0;
  for (ptrdiff_t k = (ptrdiff_t)root; k >= 0; k = next_node(tree, root, k)) {
    found |= tree->nodes[k].type == SWC_SOMA;
    ++*n;
  }
  return found;
}

/** "nodes 1, 6, 217, …": as many as fit. */
static void list_roots(const swc_tree *tree, char *text, size_t bytes) {
  size_t used = 0;
  text[0] = '\0';
  for (size_t k = 0; k < tree->n; k++) {
    if (tree->nodes[k].parent >= 0) continue;
    const bool fits = used + 28 < bytes;
    const int n = fits ? snprintf(text + used, bytes - used, "%s%lld", used ? ", " : "", (long long)tree->nodes[k].id)
                       : snprintf(text + used, bytes - used, ", …");
    used += n > 0 ? (size_t)n : 0;
    if (!fits) return;
  }
}

static lg_status refuse_roots(swc_building *b, const swc_tree *tree, size_t n_roots) {
  lg_status status = LG_OK;
  char list[100];
  list_roots(tree, list, sizeof list);
  for (size_t k = 0, seen = 0; k < tree->n; k++) {
    const swc_node *node = &tree->nodes[k];
    if (node->parent >= 0) continue;
    if (seen++ == 0)
      LG_TRY(lg_swc_note(b, "several_roots", true, node->id, node->line, "the file has %zu roots, nodes %s", n_roots,
                         list));
    else if (node->parent_id >= 0)
      LG_TRY(lg_swc_note(b, "several_roots", true, node->id, node->line,
                         "another root: its parent %lld is not in the file", (long long)node->parent_id));
    else LG_TRY(lg_swc_note(b, "several_roots", true, node->id, node->line, "another root"));
  }
done:
  return status;
}

/** Drop all nodes but those below `root`; their order stays. */
static lg_status keep_tree(swc_building *b, swc_tree *tree, size_t root) {
  lg_status status = LG_OK;
  ptrdiff_t *place = NULL;
  LG_NEW(b->ctx, place, tree->n);
  for (ptrdiff_t k = (ptrdiff_t)root; k >= 0; k = next_node(tree, root, k)) place[k] = 1;
  for (size_t k = 0; k < tree->n; k++) {
    size_t n = 0;
    if (tree->nodes[k].parent >= 0 || k == root) continue;
    (void)has_soma(tree, k, &n);
    LG_TRY(lg_swc_note(b, "dropped_tree", false, tree->nodes[k].id, tree->nodes[k].line,
                       "the tree of this root, %zu nodes, has no soma and is left out", n));
  }
  size_t n = 0;
  for (size_t k = 0; k < tree->n; k++) {
    if (!place[k]) continue;
    place[k] = (ptrdiff_t)n;
    tree->nodes[n] = tree->nodes[k];
    n++;
  }
  tree->n = n;
  for (size_t k = 0; k < n; k++)
    if (tree->nodes[k].parent >= 0) tree->nodes[k].parent = place[tree->nodes[k].parent];
  lg_free(b->ctx, tree->first_child);
  lg_free(b->ctx, tree->next_sibling);
  lg_free(b->ctx, tree->n_children);
  tree->first_child = tree->next_sibling = NULL, tree->n_children = NULL;
  LG_TRY(list_children(b, tree));
done:
  lg_free(b->ctx, place);
  return status;
}

static lg_status choose_root(swc_building *b, bool keep_soma_tree, swc_tree *tree) {
  size_t n_roots = 0, n_with_soma = 0, with_soma = 0, n;
  for (size_t k = 0; k < tree->n; k++) {
    if (tree->nodes[k].parent >= 0) continue;
    tree->root = k;
    n_roots++;
    if (!keep_soma_tree || !has_soma(tree, k, &n)) continue;
    with_soma = k, n_with_soma++;
  }
  lg_status status = LG_OK;
  if (n_roots > 1 && n_with_soma == 1) {
    LG_TRY(keep_tree(b, tree, with_soma));
    for (size_t k = 0; k < tree->n; k++)
      if (tree->nodes[k].parent < 0) tree->root = k;
  } else if (n_roots > 1) {
    LG_TRY(refuse_roots(b, tree, n_roots));
    if (keep_soma_tree)
      LG_TRY(lg_swc_note(b, "several_somata", true, -1, 0, "%zu of the %zu trees have a soma; one must", n_with_soma,
                         n_roots));
  }
  if (n_roots == 1 && tree->nodes[tree->root].parent_id >= 0)
    LG_TRY(lg_swc_note(b, "dangling_parent", false, tree->nodes[tree->root].id, tree->nodes[tree->root].line,
                       "its parent %lld is not in the file: taken as the root",
                       (long long)tree->nodes[tree->root].parent_id));
done:
  return status;
}

/** What no root reaches lies on a cycle or hangs on one. */
static lg_status refuse_cycles(swc_building *b, const swc_tree *tree) {
  lg_status status = LG_OK;
  size_t *mark = NULL; /* 1: below a root; k + 2: met on the way up from node k */
  LG_NEW(b->ctx, mark, tree->n);
  for (size_t k = 0; k < tree->n; k++) {
    if (tree->nodes[k].parent >= 0) continue;
    for (ptrdiff_t i = (ptrdiff_t)k; i >= 0; i = next_node(tree, k, i)) mark[i] = 1;
  }
  for (size_t k = 0; k < tree->n; k++) {
    if (mark[k]) continue;
    size_t i = k;
    while (!mark[i]) mark[i] = k + 2, i = (size_t)tree->nodes[i].parent;
    if (mark[i] != k + 2) continue; /* leads to a cycle that is told already */
    const swc_node *node = &tree->nodes[i];
    LG_TRY(lg_swc_note(b, "cycle", true, node->id, node->line, "following its parents leads back to it"));
  }
done:
  lg_free(b->ctx, mark);
  return status;
}

static lg_status tell_radii(swc_building *b, const swc_tree *tree) {
  lg_status status = LG_OK;
  size_t n_zero = 0;
  for (size_t k = 0; k < tree->n; k++) {
    const swc_node *node = &tree->nodes[k];
    if (node->radius > 0) continue;
    n_zero++;
    LG_TRY(lg_swc_note(b, "zero_radius", false, node->id, node->line, "radius 0%s",
                       node->type == SWC_SOMA ? " at the soma: it has no membrane there" : ""));
  }
  if (n_zero == tree->n)
    LG_TRY(lg_swc_note(b, "all_radii_zero", false, -1, 0, "every radius is 0: the cell has no membrane"));
done:
  return status;
}

static lg_status tell_types(swc_building *b, const swc_tree *tree) {
  for (size_t k = 0; k < tree->n; k++)
    if (tree->nodes[k].type == SWC_SOMA) return LG_OK;
  return lg_swc_note(b, "no_soma", false, -1, 0, "no node has type 1: the cell has no soma");
}

lg_status lg_swc_link(swc_building *b, bool keep_soma_tree, swc_tree *tree) {
  lg_status status = LG_OK;
  LG_TRY(find_parents(b, tree));
  LG_TRY(list_children(b, tree));
  const size_t before = b->n_refusals;
  LG_TRY(refuse_cycles(b, tree));
  if (b->n_refusals == before) LG_TRY(choose_root(b, keep_soma_tree, tree));
  LG_TRY(tell_radii(b, tree));
  LG_TRY(tell_types(b, tree));
done:
  return status;
}
