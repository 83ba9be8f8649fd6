/** @file calcium_cable_internal.h @brief Where a dendrite's nodes lie in its cable. */
#ifndef LG_CALCIUM_CABLE_INTERNAL_H
#define LG_CALCIUM_CABLE_INTERNAL_H

#include "calcium/grid.h"
#include "twin/calcium_cable.h"

/** A compartment that calcium runs in. */
typedef struct covered {
  uint32_t node;           /* of the cable's tree */
  double plasma_um2;       /* of the dendrite's nodes in it; 0: it has none, and calcium is that of `between` */
  calcium_between between; /* around its middle */
} covered;

typedef struct calcium_cable_map {
  size_t n; /* nodes of the dendrite */
  struct place {
    uint32_t a, b, covered; /* nodes of the cable around it; index of the compartment that holds it */
    double part;            /* v = v_a + part (v_b - v_a) */
  } * places;               /* (n) */
  size_t n_covered;
  covered *covered; /* (n_covered) */
} calcium_cable_map;

/** @brief Find every node of the dendrite in the cable.
 * @retval LG_ERR_RANGE a section that the cable has not, or of another length */
LG_MUST_CHECK lg_status lg_calcium_cable_map(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                             const cable_model *model, const cable_tree *tree, calcium_cable_map *out);
void lg_calcium_cable_map_clear(lg_ctx *ctx, calcium_cable_map *map);

#endif
