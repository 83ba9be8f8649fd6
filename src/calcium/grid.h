/**
 * @file grid.h
 * @brief Vertex-centred finite volumes on the tree of a dendrite: what each node holds and what each edge lets through.
 *
 * Each half of an edge gives its cytosol, ER, plasma membrane and ER membrane to its end node; a junction is one node.
 * So the total sum((c + bT - b) V_c + e V_e) changes by the flux through the plasma membrane alone.
 */
#ifndef LG_CALCIUM_GRID_H
#define LG_CALCIUM_GRID_H

#include "calcium/case.h"

typedef struct calcium_grid {
  size_t n;                             /* nodes, parents before children */
  int32_t *parent;                      /* (n), -1 at node 0 */
  uint32_t *section;                    /* (n) */
  double *x_um;                         /* (n) along the section */
  double *cytosol_um3, *er_um3;         /* (n) volumes */
  double *plasma_um2, *er_membrane_um2; /* (n) areas */
  double *cytosol_edge_um, *er_edge_um; /* (n) face area / length of the edge to the parent; 0 at node 0 */
  size_t n_sections;
  uint32_t *first; /* (n_sections) node at x = 0: the parent's last node, or 0 */
  uint32_t *last;  /* (n_sections) node at x = length */
  uint32_t *begin; /* (n_sections) first own node; own nodes are begin … last */
} calcium_grid;

/** @brief Cut every section into equal edges of at most max_dx_um. */
LG_MUST_CHECK lg_status lg_calcium_grid_create(lg_ctx *ctx, const calcium_case *c, double max_dx_um,
                                               calcium_grid **out);
void lg_calcium_grid_destroy(lg_ctx *ctx, calcium_grid *grid);

/** Nodes on both sides of a place and the weight of the second. */
typedef struct calcium_between {
  uint32_t a, b;
  double part;
} calcium_between;

calcium_between lg_calcium_place(const calcium_case *c, const calcium_grid *grid, calcium_place place);

#endif
