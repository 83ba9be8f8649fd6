/*
 * What Arbor's load_swc_arbor() makes of an SWC file (documentation of Arbor 0.9, "SWC", rules told in our own words):
 * no node is special. Every node with a parent is a frustum from its parent's point and radius to its own, of the
 * node's type; jumps of the diameter count with their annulus. A soma of one node cannot be told and is refused.
 * Arbor's branches go on through changes of type, our sections end there: the same shape.
 */
#include "io/swc_internal.h"

typedef struct branches {
  ptrdiff_t *waiting; /* (n) first nodes, the next on top */
  size_t n_waiting;
  ptrdiff_t *section; /* (n) section that ends at a node or passes it; -1 at the root */
} branches;

static bool goes_on(const swc_tree *t, ptrdiff_t k) {
  return t->n_children[k] == 1 && t->nodes[t->first_child[k]].type == t->nodes[k].type;
}

/** Children of k wait in the order of the file; at the root the first of its type goes first. */
static void push_children(const swc_tree *t, ptrdiff_t k, branches *w) {
  const size_t begin = w->n_waiting;
  ptrdiff_t first = -1;
  if (k == (ptrdiff_t)t->root)
    for (first = t->first_child[k]; first >= 0 && t->nodes[first].type != t->nodes[k].type;)
      first = t->next_sibling[first];
  if (first >= 0) w->waiting[w->n_waiting++] = first;
  for (ptrdiff_t c = t->first_child[k]; c >= 0; c = t->next_sibling[c])
    if (c != first) w->waiting[w->n_waiting++] = c;
  for (size_t i = begin, j = w->n_waiting; i + 1 < j; i++) {
    const ptrdiff_t swap = w->waiting[i];
    w->waiting[i] = w->waiting[--j], w->waiting[j] = swap;
  }
}

static lg_status add_branch(swc_building *b, const swc_tree *t, ptrdiff_t first, branches *w) {
  lg_status status = LG_OK;
  lg_morphology *m = b->m;
  const ptrdiff_t up = t->nodes[first].parent;
  ptrdiff_t last = first, parent = w->section[up];
  double parent_x = 1;
  if (parent < 0) parent = m->n_sections > 0 ? 0 : -1, parent_x = 0; /* at the root */
  while (goes_on(t, last)) last = t->first_child[last];
  const size_t n_points = m->n_points;
  LG_TRY(lg_swc_add_section(b, t->nodes[first].type, parent, parent_x, t->nodes[last].id));
  const swc_node *p = &t->nodes[up];
  LG_TRY(lg_swc_add_point(b, p->x, p->y, p->z, 2 * p->radius));
  for (ptrdiff_t k = first;; k = t->first_child[k]) {
    p = &t->nodes[k];
    LG_TRY(lg_swc_add_point(b, p->x, p->y, p->z, 2 * p->radius));
    if (k == last) break;
  }
  ptrdiff_t section = (ptrdiff_t)m->n_sections - 1;
  if (!(lg_section_length_um(m, (size_t)section) > 0)) {
    m->n_sections--, m->n_points = n_points;
    section = w->section[up];
    LG_TRY(lg_swc_note(b, "dropped_section", false, t->nodes[first].id, t->nodes[first].line,
                       "a section without length is left out; its children hang on its parent"));
  }
  w->section[last] = section;
  push_children(t, last, w);
done:
  return status;
}

lg_status lg_swc_sections_arbor(swc_building *b, const swc_tree *t) {
  lg_status status = LG_OK;
  branches w = {0};
  const swc_node *root = &t->nodes[t->root];
  bool has_partner = false;
  for (ptrdiff_t c = t->first_child[t->root]; c >= 0; c = t->next_sibling[c])
    has_partner |= t->nodes[c].type == root->type;
  if (!has_partner)
    return lg_swc_note(b, "arbor_single_node", true, root->id, root->line,
                       "Arbor's rule needs a second node of type %d at the root: it knows no spherical somata",
                       root->type);
  LG_NEW(b->ctx, w.waiting, t->n);
  LG_NEW(b->ctx, w.section, t->n);
  w.section[t->root] = -1;
  push_children(t, (ptrdiff_t)t->root, &w);
  while (w.n_waiting > 0) LG_TRY(add_branch(b, t, w.waiting[--w.n_waiting], &w));
done:
  lg_free(b->ctx, w.waiting);
  lg_free(b->ctx, w.section);
  return status;
}
