/** @file reduce_search.h @brief Where the compartments of a reduced cell stand: greedy, then exchange. */
#ifndef LG_CABLE_REDUCE_SEARCH_H
#define LG_CABLE_REDUCE_SEARCH_H

#include "cable/reduce_internal.h"

typedef struct reduce_search_options {
  size_t compartments;   /* 1 … REDUCE_MAX, at most */
  size_t n_places;       /* places that matter most: synapses, clamps */
  const int32_t *places; /* (n_places) nodes of the linear cell */
  size_t n_sites;        /* places that are to be compartments, those first that matter most */
  const int32_t *sites;  /* (n_sites) */
  int effort;            /* 0: greedy; 1: levels and places moved after each addition; 2: and exchanged at the end */
} reduce_search_options;

/**
 * @brief Find a plan of at most so many compartments and fit it. All answers are judged by the EPSPs that the soma sees
 * from `places` (half of the weight) and from places all over the dendrites.
 *
 * @param[out] work  basis and impedances of the answer; destroyed by the caller
 * Same bits for any number of threads.
 */
LG_MUST_CHECK lg_status lg_reduce_search(lg_ctx *ctx, const cable_linear *linear, const reduce_search_options *options,
                                         reduce_cell *cell, reduce_samples **samples, reduce_work **work);

/** @brief The soma, the given places and places evenly over the dendrites' membrane, with weights. */
LG_MUST_CHECK lg_status lg_reduce_samples_create(lg_ctx *ctx, const cable_linear *linear, size_t n_places,
                                                 const int32_t *places, reduce_samples **out);
void lg_reduce_samples_destroy(lg_ctx *ctx, reduce_samples *samples);

#endif
