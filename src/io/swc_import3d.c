/*
 * What NEURON's Import3d makes of an SWC file (share/nrn/lib/hoc/import3d/read_swc.hoc of NEURON 8.2, rules told in our
 * own words): nodes in the order of their ids; a section is a run of nodes each of which is the only child of the one
 * before, next in that order and of the same type; it begins with a copy of its parent's point. Dendrites on a soma get
 * their own diameter at that point, or begin at their own first node ("wire") where the soma is one point, where they
 * hang on its inside, or where soma sections branch.
 */
#include "io/swc_internal.h"

#include <math.h>
#include <stdlib.h>

/** A section before points are copied. */
typedef struct run {
  size_t first, n;  /* own nodes, in the order of ids */
  ptrdiff_t parent; /* run */
  double parent_x;
  bool wire, is_dropped; /* no copy of the parent's point; without length */
  ptrdiff_t section;     /* of the morphology */
} run;

typedef struct import {
  const swc_tree *t;
  size_t n, n_runs;
  const swc_node **nodes;  /* (n) by id */
  ptrdiff_t *parent;       /* (n) in that order */
  double *n_children;      /* (n) 1: one child, next to it, of its type; hundredths mark what ends a section */
  size_t *n_soma_children; /* (n) */
  size_t *run_of;          /* (n) */
  bool *at_start;          /* (n) joined at the start of the parent's section, whose first node is its parent */
  run *runs;               /* (n) */
  bool soma_is_sphere;
} import;

static int by_id(const void *a, const void *b) {
  const swc_node *const x = *(const swc_node *const *)a, *const y = *(const swc_node *const *)b;
  return x->id < y->id ? -1 : x->id > y->id;
}

static lg_status sort_nodes(swc_building *b, import *im) {
  lg_status status = LG_OK;
  size_t *place = NULL;
  LG_NEW(b->ctx, place, im->n);
  for (size_t k = 0; k < im->n; k++) im->nodes[k] = &im->t->nodes[k];
  qsort(im->nodes, im->n, sizeof *im->nodes, by_id);
  for (size_t k = 0; k < im->n; k++) place[im->nodes[k] - im->t->nodes] = k;
  for (size_t k = 0; k < im->n; k++) {
    const ptrdiff_t parent = im->nodes[k]->parent;
    im->parent[k] = parent < 0 ? -1 : (ptrdiff_t)place[parent];
    if (im->parent[k] > (ptrdiff_t)k)
      LG_TRY(lg_swc_note(b, "import3d_order", true, im->nodes[k]->id, im->nodes[k]->line,
                         "its parent has the larger id %lld, which Import3d refuses",
                         (long long)im->t->nodes[parent].id));
  }
done:
  lg_free(b->ctx, place);
  return status;
}

/** Children of every node, with what ends a section; and who is joined at the start of its parent's section. */
static void count_children(import *im) {
  for (size_t k = 1; k < im->n; k++) {
    const ptrdiff_t p = im->parent[k];
    if (p < 0) continue;
    const int type = im->nodes[p]->type;
    im->n_soma_children[p] += im->nodes[k]->type == SWC_SOMA && type == SWC_SOMA;
    im->n_children[p] += 1;
    if (p + 1 != (ptrdiff_t)k) {
      const bool on_soma = p > 1 && im->parent[p] >= 0 && im->nodes[im->parent[p]]->type == SWC_SOMA;
      im->n_children[p] += 0.01;
      if (type != SWC_SOMA && (p == 0 || on_soma)) im->at_start[k] = true, im->n_children[p] = 1;
    }
    if (type != im->nodes[k]->type) im->n_children[p] += 0.01;
  }
}

static double apart(const swc_node *a, const swc_node *b) {
  const double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
  return sqrt(dx * dx + dy * dy + dz * dz);
}

/** NeuroMorpho.Org's soma of three points, with one diameter and as long as that: a sphere. */
static bool is_three_point_sphere(const import *im) {
  size_t n_soma = 0;
  for (size_t k = 0; k < im->n; k++) n_soma += im->nodes[k]->type == SWC_SOMA;
  if (n_soma != 3 || im->n < 3 || im->parent[1] != 0 || im->parent[2] != 0) return false;
  if (im->n_children[1] > 0 || im->n_children[2] > 0) return false;
  const swc_node *const *n = im->nodes;
  if (n[1]->radius != n[0]->radius || n[2]->radius != n[0]->radius) return false;
  const double length = apart(n[1], n[0]) + apart(n[2], n[0]);
  return fabs(length / (2 * n[0]->radius) - 1) < 0.01;
}

/** Neighbouring soma nodes hang together unless several soma nodes hang on the first of them. */
static void join_soma(import *im) {
  for (size_t k = 0; k + 1 < im->n; k++) {
    const ptrdiff_t parent = im->soma_is_sphere && k == 1 ? 1 : im->parent[k + 1];
    if (im->nodes[k]->type != SWC_SOMA || im->nodes[k + 1]->type != SWC_SOMA || parent != (ptrdiff_t)k) continue;
    if (k == 0 || im->n_soma_children[k] <= 1) im->n_children[k] = 1;
  }
}

static lg_status cut_runs(swc_building *b, import *im) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < im->n; k++) {
    const bool begins = k == 0 || im->n_children[k - 1] != 1;
    if (begins) im->runs[im->n_runs++] = (run){.first = k, .parent = -1, .parent_x = 1};
    run *r = &im->runs[im->n_runs - 1];
    if (!begins && im->parent[k] != (ptrdiff_t)k - 1 && !(im->soma_is_sphere && k == 2))
      LG_TRY(lg_swc_note(b, "import3d_order", true, im->nodes[k]->id, im->nodes[k]->line,
                         "Import3d would join it to node %lld, which is not its parent",
                         (long long)im->nodes[k - 1]->id));
    r->n++;
    im->run_of[k] = im->n_runs - 1;
  }
done:
  return status;
}

static int type_of(const import *im, const run *r) { return im->nodes[r->first]->type; }

/** Points of a section as Import3d counts them, its copy of the parent's point included. */
static size_t n_points_of(const import *im, size_t index) {
  if (index == 0) return im->soma_is_sphere ? 1 : im->runs[0].n;
  return im->runs[index].n + 1;
}

static void join_run(const import *im, size_t index) {
  run *r = &im->runs[index];
  const size_t up = (size_t)im->parent[r->first];
  r->parent = (ptrdiff_t)im->run_of[up];
  const run *parent = &im->runs[r->parent];
  const bool on_soma = type_of(im, parent) == SWC_SOMA, is_soma = type_of(im, r) == SWC_SOMA;
  const bool has_wire = r->n > 1 && !is_soma; /* only then may it leave out the parent's point */
  if (r->parent == 0 && on_soma && !is_soma && n_points_of(im, 0) == 1) {
    r->parent_x = 0.5, r->wire = has_wire;
  } else if (r->parent == 0 && up == 0) {
    r->parent_x = 0, r->wire = !is_soma && im->n_soma_children[up] > 1;
  } else if (on_soma) {
    const size_t last = parent->first + n_points_of(im, (size_t)r->parent) - (parent->first == 0 ? 1 : 2);
    if (up < last) r->parent_x = 0.5, r->wire = has_wire;
    else r->wire = has_wire && im->n_soma_children[up] > 1;
  }
  if (im->at_start[r->first]) r->parent_x = 0;
}

/** Import3d leaves out sections of one point, and of two points that are the same. */
static void drop_runs(import *im) {
  for (size_t index = im->n_runs; index-- > 1;) {
    run *r = &im->runs[index];
    const swc_node *own = im->nodes[r->first], *up = im->nodes[im->parent[r->first]];
    const size_t n = r->n + !r->wire;
    const swc_node *other = r->wire && r->n > 1 ? im->nodes[r->first + 1] : up;
    r->is_dropped = n <= 1 || (n == 2 && !(apart(own, other) > 0));
    if (!r->is_dropped) continue;
    for (size_t k = index + 1; k < im->n_runs; k++)
      if (im->runs[k].parent == (ptrdiff_t)index) im->runs[k].parent = r->parent, im->runs[k].parent_x = r->parent_x;
  }
}

static lg_status add_point(swc_building *b, const swc_node *n, double radius) {
  return lg_swc_add_point(b, n->x, n->y, n->z, 2 * radius);
}

static lg_status add_run(swc_building *b, import *im, size_t index) {
  lg_status status = LG_OK;
  run *r = &im->runs[index];
  const swc_node *first = im->nodes[r->first];
  if (r->is_dropped)
    return lg_swc_note(b, "dropped_section", false, first->id, first->line,
                       "a section without length is left out; its children hang on its parent");
  const ptrdiff_t parent = r->parent < 0 ? -1 : im->runs[r->parent].section;
  r->section = (ptrdiff_t)b->m->n_sections;
  LG_TRY(lg_swc_add_section(b, type_of(im, r), parent, r->parent < 0 ? 0 : r->parent_x,
                            im->nodes[r->first + r->n - 1]->id));
  if (index == 0 && n_points_of(im, 0) == 1) { /* a sphere: a cylinder along x */
    LG_TRY(lg_swc_add_point(b, first->x - first->radius, first->y, first->z, 2 * first->radius));
    LG_TRY(add_point(b, first, first->radius));
    return lg_swc_add_point(b, first->x + first->radius, first->y, first->z, 2 * first->radius);
  }
  if (index > 0 && !r->wire) {
    const swc_node *up = im->nodes[im->parent[r->first]];
    const bool leaves_soma =
        type_of(im, &im->runs[im->run_of[im->parent[r->first]]]) == SWC_SOMA && type_of(im, r) != SWC_SOMA;
    LG_TRY(add_point(b, up, leaves_soma ? first->radius : up->radius));
  }
  for (size_t k = 0; k < r->n; k++) LG_TRY(add_point(b, im->nodes[r->first + k], im->nodes[r->first + k]->radius));
done:
  return status;
}

static lg_status add_runs(swc_building *b, import *im) {
  lg_status status = LG_OK;
  im->soma_is_sphere = is_three_point_sphere(im);
  join_soma(im);
  LG_TRY(cut_runs(b, im));
  if (b->n_refusals > 0) return LG_OK;
  for (size_t k = 1; k < im->n_runs; k++) join_run(im, k);
  drop_runs(im);
  for (size_t k = 0; k < im->n_runs; k++) LG_TRY(add_run(b, im, k));
done:
  return status;
}

lg_status lg_swc_sections_import3d(swc_building *b, const swc_tree *t) {
  lg_status status = LG_OK;
import im = {.t = t, .n = t->n };
  LG_NEW(b->ctx, im.nodes, t->n);
  LG_NEW(b->ctx, im.parent, t->n);
  LG_NEW(b->ctx, im.n_children, t->n);
  LG_NEW(b->ctx, im.n_soma_children, t->n);
  LG_NEW(b->ctx, im.run_of, t->n);
  LG_NEW(b->ctx, im.at_start, t->n);
  LG_NEW(b->ctx, im.runs, t->n);
  LG_TRY(sort_nodes(b, &im));
  if (b->n_refusals == 0) {
    count_children(&im);
    LG_TRY(add_runs(b, &im));
  }
done:
  lg_free(b->ctx, im.nodes);
  lg_free(b->ctx, im.parent);
  lg_free(b->ctx, im.n_children);
  lg_free(b->ctx, im.n_soma_children);
  lg_free(b->ctx, im.run_of);
  lg_free(b->ctx, im.at_start);
  lg_free(b->ctx, im.runs);
  return status;
}
