/** @file reduce_run.h @brief Reduce a cell and run both, full and reduced, on the model's own stimuli. */
#ifndef LG_TWIN_REDUCE_RUN_H
#define LG_TWIN_REDUCE_RUN_H

#include "cable/reduce.h"

/** A reduction with its runs; everything but the model and its tree is owned. */
typedef struct reduce_made {
  cable_reduction *reduction;
  cable_tree *tree;             /* of the reduced model */
  cable_result *full, *reduced; /* NULL: not run */
  double full_seconds, reduced_seconds;
} reduce_made;

/**
 * @brief Reduce; where `run`, run the full model first (at most 1000 ms of it), set compartments aside for the timing
 * of spikes far out on its axon (a quarter at most), and run the reduced model at the end.
 */
LG_MUST_CHECK lg_status lg_reduce_make(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                       const cable_reduce_options *options, bool run, reduce_made *out);
void lg_reduce_made_free(lg_ctx *ctx, reduce_made *made);

/** @brief Spikes at a probe. */
size_t lg_reduce_spikes(const cable_result *result, size_t probe);
/** @brief Greatest difference of spike times at a probe, ms; 0 where there are none, NAN where their numbers differ. */
double lg_reduce_spike_shift(const cable_result *full, const cable_result *reduced, size_t probe);

#endif
