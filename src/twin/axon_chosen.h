/** @file axon_chosen.h @brief Tables of chosen strain profiles: which, out of what, how far from the others. */
#ifndef LG_AXON_CHOSEN_H
#define LG_AXON_CHOSEN_H

#include "axon/sample.h"
#include "data/provenance.h"

/**
 * @brief CSV: name,file,impact,index,peak,distance, a row for each in the order they were taken.
 *
 * file: of the source; impact: its name; index: row in the file, from 0; peak: greatest strain; distance: to the
 * nearest of those taken before (empty for the first), or, in a test set, to the nearest of the training set.
 * @param sources names by axon_pool.source, or NULL: numbers
 */
LG_MUST_CHECK lg_status lg_axon_chosen_write(lg_ctx *ctx, const char *path, const axon_pool *pool,
                                             const axon_chosen *chosen, const char *const *sources,
                                             lg_provenance *provenance);

#endif
