/** @file tree_internal.h @brief The raw tree: every centre and every section end, before what nothing needs is left
 * out. */
#ifndef LG_CABLE_TREE_INTERNAL_H
#define LG_CABLE_TREE_INTERNAL_H

#include "cable/tree.h"

typedef struct raw_node {
  int32_t parent;         /* in the raw order, where parents stand before children; -1: root */
  double resistance_MOhm; /* to the parent; INFINITY where a radius is 0 */
  double area_um2, capacitance_nF, leak_uS, leak_mV;
  int32_t section, region;
  double x, distance_um;
  bool centre, needed; /* a compartment; a point where something is attached */
} raw_node;

typedef struct raw_tree {
  size_t n, n_sections;
  raw_node *nodes;       /* (n) */
  int32_t *start, *end;  /* (n_sections) raw node at x = 0 and 1 */
  int32_t *first_centre; /* (n_sections) */
  int32_t *n_centres;    /* (n_sections) */
} raw_tree;

void lg_cable_raw_destroy(lg_ctx *ctx, raw_tree *raw);
LG_MUST_CHECK lg_status lg_cable_raw_alloc(lg_ctx *ctx, size_t n, size_t n_sections, raw_tree *raw);

/** @brief All nodes of sections of points. */
LG_MUST_CHECK lg_status lg_cable_raw_from_sections(lg_ctx *ctx, const cable_model *model, const cable_cut *cut,
                                                   raw_tree *raw);
/** @brief All nodes of compartments given by their values. */
LG_MUST_CHECK lg_status lg_cable_raw_from_compartments(lg_ctx *ctx, const cable_model *model, raw_tree *raw);

/** @brief Leave out what nothing needs and put the rest in depth-first order. */
LG_MUST_CHECK lg_status lg_cable_tree_from_raw(lg_ctx *ctx, const cable_model *model, const raw_tree *raw,
                                               cable_tree **out);

/** @brief Compartment of n that holds x, as NEURON: floor(x n). */
static inline int32_t lg_cable_compartment_at(double x, int32_t n) {
  const int32_t k = (int32_t)(x * n);
  return k < n ? k : n - 1;
}

#endif
