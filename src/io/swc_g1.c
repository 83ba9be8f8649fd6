/* Rule G1: sections are unbranched runs of one type; the soma is one section. */
#include "io/swc_internal.h"

#include <math.h>

static const double nearest_um = 1e-6; /* points nearer than this are one */

static double distance(const swc_node *a, const swc_node *b) {
  const double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
  return sqrt(dx * dx + dy * dy + dz * dz);
}

static bool is_soma(const swc_tree *t, ptrdiff_t k) { return k >= 0 && t->nodes[k].type == SWC_SOMA; }

/** Next child from k on (k included) that is soma, or is not. */
static ptrdiff_t child_from(const swc_tree *t, ptrdiff_t k, bool soma) {
  while (k >= 0 && is_soma(t, k) != soma) k = t->next_sibling[k];
  return k;
}

static ptrdiff_t first_child(const swc_tree *t, ptrdiff_t k, bool soma) {
  return child_from(t, t->first_child[k], soma);
}

static ptrdiff_t second_child(const swc_tree *t, ptrdiff_t k, bool soma) {
  const ptrdiff_t first = first_child(t, k, soma);
  return first < 0 ? -1 : child_from(t, t->next_sibling[first], soma);
}

/* ---- the soma --------------------------------------------------------------------------------- */

static lg_status add_node(swc_building *b, const swc_node *n) {
  return lg_swc_add_point(b, n->x, n->y, n->z, 2 * n->radius);
}

static lg_status add_sphere(swc_building *b, const swc_node *n) {
  const double r = n->radius;
  lg_status status = LG_OK;
  LG_TRY(lg_swc_add_point(b, n->x, n->y - r, n->z, 2 * r));
  LG_TRY(lg_swc_add_point(b, n->x, n->y, n->z, 2 * r));
  LG_TRY(lg_swc_add_point(b, n->x, n->y + r, n->z, 2 * r));
done:
  return status;
}

static lg_status tell_three_points(swc_building *b, const swc_tree *t, size_t first) {
  const ptrdiff_t a = first_child(t, (ptrdiff_t)first, true), c = second_child(t, (ptrdiff_t)first, true);
  const swc_node *n = &t->nodes[first];
  const double r = n->radius, da = distance(n, &t->nodes[a]), dc = distance(n, &t->nodes[c]);
  const bool is_usual = fabs(da - r) <= 0.01 * r && fabs(dc - r) <= 0.01 * r;
  return lg_swc_note(b, "three_point_soma", false, n->id, n->line,
                     "soma of three points: a cylinder with length and diameter %g µm%s", 2 * r,
                     is_usual ? "" : "; its other two points do not lie on that sphere");
}

/** Last node of the chain of soma nodes that begins at k; -1 and a refusal where it branches. */
static lg_status chain_end(swc_building *b, const swc_tree *t, ptrdiff_t k, ptrdiff_t *end, size_t *n) {
  for (*n = 1;; ++*n) {
    const ptrdiff_t next = first_child(t, k, true), other = second_child(t, k, true);
    *end = k;
    if (next < 0) return LG_OK;
    if (other >= 0) {
      *end = -1;
      return lg_swc_note(b, "branching_soma", true, t->nodes[k].id, t->nodes[k].line,
                         "the soma branches here: nodes %lld and %lld hang on it", (long long)t->nodes[next].id,
                         (long long)t->nodes[other].id);
    }
    k = next;
  }
}

/** One section through all soma nodes: up one chain, the first node, down the other. */
static lg_status add_chains(swc_building *b, const swc_tree *t, size_t first, size_t n_soma) {
  lg_status status = LG_OK;
  const swc_node *node = &t->nodes[first];
  const ptrdiff_t one = first_child(t, (ptrdiff_t)first, true), two = second_child(t, (ptrdiff_t)first, true);
  ptrdiff_t end_one = -1, end_two = -1;
  size_t n_one = 0, n_two = 0;
  if (one >= 0) LG_TRY(chain_end(b, t, one, &end_one, &n_one));
  if (two >= 0) LG_TRY(chain_end(b, t, two, &end_two, &n_two));
  if (b->n_refusals) return LG_OK;
  if (two >= 0 && child_from(t, t->next_sibling[two], true) >= 0)
    return lg_swc_note(b, "branching_soma", true, node->id, node->line,
                       "more than two chains of soma nodes hang on it");
  if (1 + n_one + n_two != n_soma)
    return lg_swc_note(b, "broken_soma", true, node->id, node->line,
                       "the %zu soma nodes are not one chain: %zu hang together with this one", n_soma, n_one + n_two);
  if (two >= 0)
    for (ptrdiff_t k = end_one; k != (ptrdiff_t)first; k = t->nodes[k].parent) LG_TRY(add_node(b, &t->nodes[k]));
  LG_TRY(add_node(b, node));
  for (ptrdiff_t k = two >= 0 ? two : one; k >= 0; k = first_child(t, k, true)) LG_TRY(add_node(b, &t->nodes[k]));
done:
  return status;
}

static lg_status add_soma(swc_building *b, const swc_tree *t, size_t first, size_t n_soma) {
  lg_status status = LG_OK;
  const swc_node *node = &t->nodes[first];
  const ptrdiff_t one = first_child(t, (ptrdiff_t)first, true), two = second_child(t, (ptrdiff_t)first, true);
  LG_TRY(lg_swc_add_section(b, SWC_SOMA, -1, 0, node->id));
  const bool is_three = n_soma == 3 && one >= 0 && two >= 0;
  if (is_three) LG_TRY(tell_three_points(b, t, first));
  if (n_soma == 1 || is_three) LG_TRY(add_sphere(b, node));
  else LG_TRY(add_chains(b, t, first, n_soma));
done:
  return status;
}

/* ---- the rest --------------------------------------------------------------------------------- */

/** Work on neurites: first nodes that wait, and the section of each node. */
typedef struct neurites {
  ptrdiff_t *waiting; /* (n) */
  size_t n_waiting;
  ptrdiff_t *section; /* (n) */
  bool *seen;         /* (n) */
} neurites;

/** Children of k that are no soma wait, the first of them on top. */
static void push_children(const swc_tree *t, size_t k, neurites *w) {
  const size_t begin = w->n_waiting;
  for (ptrdiff_t c = first_child(t, (ptrdiff_t)k, false); c >= 0; c = child_from(t, t->next_sibling[c], false))
    w->waiting[w->n_waiting++] = c;
  for (size_t i = begin, j = w->n_waiting; i + 1 < j; i++) {
    const ptrdiff_t swap = w->waiting[i];
    w->waiting[i] = w->waiting[--j], w->waiting[j] = swap;
  }
}

/** The node after k in the same section; -1: k is its last. */
static ptrdiff_t next_in_section(const swc_tree *t, ptrdiff_t k) {
  const ptrdiff_t next = first_child(t, k, false);
  if (next < 0 || second_child(t, k, false) >= 0 || t->nodes[next].type != t->nodes[k].type) return -1;
  return next;
}

/** A point unless it is where the last one is. */
static lg_status add_apart(swc_building *b, const swc_node *n) {
  const lg_morphology *m = b->m;
  if (m->sections[m->n_sections - 1].n_points > 0) {
    const lg_morphology_point *p = &m->points[m->n_points - 1];
    const double dx = n->x - p->x_um, dy = n->y - p->y_um, dz = n->z - p->z_um;
    if (!(sqrt(dx * dx + dy * dy + dz * dz) > nearest_um))
      return lg_swc_note(b, "merged_point", false, n->id, n->line, "lies where the point before it lies: left out");
  }
  return add_node(b, n);
}

/** The point in front of a section's own nodes, if any; tells a jump of the diameter. */
static lg_status add_front(swc_building *b, const swc_tree *t, ptrdiff_t first, bool is_alone) {
  const swc_node *own = &t->nodes[first];
  if (own->parent < 0) return LG_OK;
  const swc_node *parent = &t->nodes[own->parent];
  if (parent->type == SWC_SOMA)
    return is_alone ? lg_swc_add_point(b, parent->x, parent->y, parent->z, 2 * own->radius) : LG_OK;
  if (is_alone || distance(own, parent) > nearest_um) return add_node(b, parent);
  if (own->radius == parent->radius)
    return lg_swc_note(b, "repeated_branch_point", false, own->id, own->line, "repeats its parent's point");
  return lg_swc_note(b, "diameter_jump", false, own->id, own->line,
                     "lies on its parent with radius %g after %g: the section begins with its own radius", own->radius,
                     parent->radius);
}

/** Where the section of a first node is joined. */
static void joint(const swc_tree *t, const neurites *w, ptrdiff_t first, ptrdiff_t *parent, double *parent_x) {
  const ptrdiff_t up = t->nodes[first].parent;
  *parent = up < 0 ? -1 : w->section[up];
  *parent_x = up < 0 ? 0 : *parent >= 0 ? 1 : 0;
  if (is_soma(t, up)) *parent_x = 0.5;
}

static lg_status add_neurite(swc_building *b, const swc_tree *t, ptrdiff_t first, neurites *w) {
  lg_status status = LG_OK;
  lg_morphology *m = b->m;
  ptrdiff_t parent, last = first;
  double parent_x;
  joint(t, w, first, &parent, &parent_x);
  while (next_in_section(t, last) >= 0) last = next_in_section(t, last);
  if (parent >= 0 && m->sections[parent].type == SWC_SOMA) parent_x = 0.5; /* also below a dropped section */
  if (parent < 0 && m->n_sections > 0) parent = 0, parent_x = 0;           /* below a dropped root */
  const size_t n_points = m->n_points;
  LG_TRY(lg_swc_add_section(b, t->nodes[first].type, parent, parent_x, t->nodes[last].id));
  LG_TRY(add_front(b, t, first, first == last));
  for (ptrdiff_t k = first;; k = next_in_section(t, k)) {
    LG_TRY(add_apart(b, &t->nodes[k]));
    if (k == last) break;
  }
  ptrdiff_t section = (ptrdiff_t)m->n_sections - 1;
  if (m->sections[section].n_points < 2) {
    m->n_sections--, m->n_points = n_points;
    section = parent;
    LG_TRY(lg_swc_note(b, "dropped_section", false, t->nodes[first].id, t->nodes[first].line,
                       "a section without length is left out; its children hang on its parent"));
  }
  for (ptrdiff_t k = first;; k = next_in_section(t, k)) {
    w->section[k] = section, w->seen[k] = true;
    if (k == last) break;
  }
  push_children(t, (size_t)last, w);
done:
  return status;
}

static lg_status tell_unreached(swc_building *b, const swc_tree *t, const neurites *w) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < t->n; k++)
    if (!w->seen[k])
      LG_TRY(lg_swc_note(b, "dropped_node", false, t->nodes[k].id, t->nodes[k].line,
                         "does not hang on the soma, and is left out"));
done:
  return status;
}

lg_status lg_swc_sections_g1(swc_building *b, const swc_tree *t) {
  lg_status status = LG_OK;
  neurites w = {0};
  size_t n_soma = 0, first = t->root;
  LG_NEW(b->ctx, w.waiting, t->n);
  LG_NEW(b->ctx, w.section, t->n);
  LG_NEW(b->ctx, w.seen, t->n);
  for (size_t k = t->n; k-- > 0;) {
    if (t->nodes[k].type != SWC_SOMA) continue;
    if (!is_soma(t, (ptrdiff_t)t->root)) first = k; /* the first in the file */
    n_soma++;
    w.seen[k] = true; /* its section: 0 */
  }
  if (n_soma > 0) {
    if (!is_soma(t, (ptrdiff_t)t->root))
      LG_TRY(lg_swc_note(b, "soma_not_root", false, t->nodes[first].id, t->nodes[first].line,
                         "the soma hangs on node %lld; what is above it is left out",
                         (long long)t->nodes[first].parent_id));
    LG_TRY(add_soma(b, t, first, n_soma));
    if (b->n_refusals) goto done;
    for (size_t k = t->n; k-- > 0;)
      if (t->nodes[k].type == SWC_SOMA) push_children(t, k, &w);
  } else {
    w.waiting[w.n_waiting++] = (ptrdiff_t)t->root;
  }
  while (w.n_waiting > 0) LG_TRY(add_neurite(b, t, w.waiting[--w.n_waiting], &w));
  LG_TRY(tell_unreached(b, t, &w));
done:
  lg_free(b->ctx, w.waiting);
  lg_free(b->ctx, w.section);
  lg_free(b->ctx, w.seen);
  return status;
}
