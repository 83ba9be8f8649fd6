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
  size_t n;                                 /* nodes, parents before children */
  int32_t *parent;                          /* (n), -1 at node 0 */
  uint32_t *section;                        /* (n) */
  double *x_um;                             /* (n) along the section */
  double *cytosol_um3, *er_um3;             /* (n) volumes */
  double *plasma_um2, *er_membrane_um2;     /* (n) areas */
  double *cytosol_edge_um, *er_edge_um;     /* (n) face area / length of the edge to the parent; 0 at node 0 */
  double *cytosol_blend_um3, *er_blend_um3; /* (n) of the edge to the parent, for orders 4 and 6; NULL: 2 */
  unsigned order;                           /* in space: 2, 4, 6 */
  size_t n_sections;
  uint32_t *first; /* (n_sections) node at x = 0: the parent's last node, or 0 */
  uint32_t *last;  /* (n_sections) node at x = length */
  uint32_t *begin; /* (n_sections) first own node; own nodes are begin … last */
} calcium_grid;

/** @brief Cut every section into equal edges of at most max_dx_um. */
LG_MUST_CHECK lg_status lg_calcium_grid_create(lg_ctx *ctx, const calcium_case *c, double max_dx_um,
                                               calcium_grid **out);
/**
 * @brief Make diffusion of order 4 or 6 in the edge's length where radii change smoothly and edges are equal.
 *
 * Compact scheme of Numerov: the change of a node is blended with those of its neighbours, M du/dt = M f + D L u with
 * M = V plus, for every edge, a twelfth of its volume that both ends exchange. What the blend adds to one node it takes
 * from another: totals are kept, and systems stay as sparse as those of order 2. Order 6 adds D L (0.6 B² u),
 * B = (M - V) / V, explicitly (of IMEX schemes). At branch points the order is that of the change of fluxes there.
 *
 * @param order 2: nothing to do; 4; 6
 * @retval LG_ERR_RANGE another order
 */
LG_MUST_CHECK lg_status lg_calcium_grid_order(lg_ctx *ctx, const calcium_case *c, calcium_grid *grid, unsigned order);
void lg_calcium_grid_destroy(lg_ctx *ctx, calcium_grid *grid);

/** Nodes on both sides of a place and the weight of the second. */
typedef struct calcium_between {
  uint32_t a, b;
  double part;
} calcium_between;

calcium_between lg_calcium_place(const calcium_case *c, const calcium_grid *grid, calcium_place place);

#endif
