/** @file axon.h @brief One axon: its bundle of microtubules, where each row has gaps, how strong each element is. */
#ifndef LG_AXON_AXON_H
#define LG_AXON_AXON_H

#include "axon/params.h"

typedef struct axon_pair {
  uint8_t a, b; /* rows, a < b */
} axon_pair;

typedef struct lg_axon {
  axon_params params;
  size_t n_pairs;
  axon_pair *pairs;
  uint8_t *intact;      /* (elements, rows) 0: the gap between two microtubules */
  double *matrix_share; /* (elements) of the matrix's stiffness: less at the node of Ranvier */
} lg_axon;

/** @brief Neighbours in a hexagonal bundle and gaps drawn from the seed (splitmix64). */
LG_MUST_CHECK lg_status lg_axon_create(lg_ctx *ctx, const axon_params *params, lg_axon **out);
void lg_axon_destroy(lg_ctx *ctx, lg_axon *axon);

/** @brief Replace the gaps: regular bundles of tests, measured ones. intact as above. */
void lg_axon_set_gaps(lg_axon *axon, const uint8_t *intact);

#endif
