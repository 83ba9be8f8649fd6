/** @file reduce_model.h @brief Between models and the matrices of the reduction; private to src/cable/reduce*.c. */
#ifndef LG_CABLE_REDUCE_MODEL_H
#define LG_CABLE_REDUCE_MODEL_H

#include "cable/reduce.h"
#include "cable/reduce_search.h"

/** The membranes of a model's regions at rest. */
struct reduce_membrane {
  double slope_uS_um2[REDUCE_REGIONS];
  reduce_ac excess[REDUCE_REGIONS][REDUCE_FREQUENCIES];
};

LG_MUST_CHECK lg_status lg_reduce_membrane(lg_ctx *ctx, const cable_model *model, reduce_membrane *membrane);
/** @brief The linear cell of a model round its soma. */
LG_MUST_CHECK lg_status lg_reduce_linear_of(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                            const reduce_membrane *membrane, cable_linear **out);

/** @brief Compartments, regions: the shape of the reduced model. Fills reduction->model and places. */
LG_MUST_CHECK lg_status lg_reduce_write_cell(lg_ctx *ctx, const cable_model *full, const cable_tree *tree,
                                             cable_reduction *reduction);
/** @brief Stimuli, synapses and probes at their new places. Fills the rest of the model, and moved. */
LG_MUST_CHECK lg_status lg_reduce_move(lg_ctx *ctx, const cable_model *full, const cable_tree *tree,
                                       cable_reduction *reduction);
/** @brief Change the weights of moved synapses (unless `keep`) so that each EPSP at the soma is as high as in the full
 * cell. */
LG_MUST_CHECK lg_status lg_reduce_match(lg_ctx *ctx, const cable_model *full, const cable_tree *tree, bool keep,
                                        cable_reduction *reduction);

#endif
